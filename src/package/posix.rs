//! How does a computer do to itself what a visit would do to it? The invocation as a POSIX script.
//!
//! Every step is said word for word as a visit says it. What is known only there, such as the
//! installer file's name, reaches it in variables that begin with `package_`.

use std::fmt::Write as _;

use super::kit::{Kit, ended};
use super::made::Request;
use crate::model::{Boot, Generation, KeySource, Platform, Quote, Script, Shape, Slot, Step};
use crate::shell::{self, posix};

/// Where the steps stage the installer, if the inventory names no other folder.
const STAGING: &str = "/var/tmp";
/// The end of a step's text; no value holds a line end, so none can be taken for it.
const END: &str = "END_OF_STEP";

/// What every template of a POSIX script is filled with.
///
/// # Errors
/// What is missing, which is a fault of ours.
pub(super) fn parts(
    request: &Request<'_>,
    kit: &Kit<'_>,
    run: &str,
) -> Result<[(&'static str, String); 5], String> {
    let settings: Vec<&str> = kit.settings().map(Slot::word).collect();
    Ok([
        ("site", kit.site.to_owned()),
        ("settings", posix::quote(&settings.join(" "))),
        ("values", values(kit, run)),
        ("steps", steps(kit, run).map_err(|slot| format!("nothing fills `{slot}`"))?),
        ("visit", request.templates.text("posix/visit.sh")?.into_owned()),
    ])
}

/// What a script needs to know of its computers: what is wanted of them, and the values of the overrides.
fn values(kit: &Kit<'_>, run: &str) -> String {
    let shape = &kit.treatment.shape;
    let expires = kit.release.expires.map(|time| time.as_second().to_string()).unwrap_or_default();
    let base = kit.common.get(&Slot::Staging).map_or(STAGING, |base| base.as_ref());
    let mac = shape.platform == Platform::MacosDmg;
    let mut lines = String::new();
    let said: [(&str, &str); 14] = [
        ("installer_pattern", &plain(&kit.file_pattern())),
        ("installer_sha256", &kit.file.sha256),
        ("installer_expires", &expires),
        ("install_seconds", &kit.treatment.invocation.install.deadline.to_string()),
        ("wanted_site", kit.site),
        ("wanted_os", if mac { "Darwin" } else { "Linux" }),
        ("wanted_processor", processor(shape.platform)),
        ("wanted_root", yes(shape.elevate)),
        ("wanted_unit", yes(mac || has_unit(shape))),
        ("wanted_systemd", yes(has_unit(shape))),
        ("wanted_key", yes(shape.key == KeySource::Argument)),
        ("package_staging", &format!("{base}/jumpfleet-{run}")),
        ("package_file_name", ""),
        ("package_key", ""),
    ];
    for (name, value) in said {
        let _ = writeln!(lines, "{name}={}", posix::quote(value));
    }
    lines + &settings_of(kit)
}

/// The overrides' values: those that all computers share, and a function for each one's own.
fn settings_of(kit: &Kit<'_>) -> String {
    let mut lines = String::new();
    let mut exported = "export package_staging package_file_name package_key".to_owned();
    for slot in kit.settings() {
        let common = kit.common.get(&slot).map_or("", |value| value.as_ref());
        let _ = writeln!(lines, "package_{slot}={}", posix::quote(common));
        let _ = write!(exported, " package_{slot}");
    }
    let own: Vec<Slot> = kit.own_settings().collect();
    let _ = writeln!(lines, "{exported}\n\n# What is one computer's own, by its name.\nvalues_of() {{");
    if own.is_empty() {
        return lines + "    :\n}\n";
    }
    lines.push_str("    case $(printf '%s\\n' \"$1\" | tr '[:upper:]' '[:lower:]') in\n");
    for (host, names) in kit.hosts.iter().zip(kit.names()) {
        let names: Vec<String> = names.iter().map(|name| posix::quote(name)).collect();
        let _ = writeln!(lines, "        {})", names.join(" | "));
        for slot in &own {
            let value = kit.value(host, *slot).unwrap_or_default();
            let _ = writeln!(lines, "            package_{slot}={}", posix::quote(value));
        }
        lines.push_str("            ;;\n");
    }
    lines + "    esac\n}\n"
}

/// Every step as a function that prints it, and one that starts the client.
///
/// # Errors
/// The slot that nothing fills.
fn steps(kit: &Kit<'_>, run: &str) -> Result<String, Slot> {
    let invocation = &kit.treatment.invocation;
    let mut lines = String::new();
    for (name, step) in [
        ("look", Some(&invocation.probe)),
        ("prepare", Some(&invocation.prepare)),
        ("digest", Some(&invocation.digest)),
        ("ready", invocation.ready.as_ref()),
        ("install", Some(&invocation.install)),
        ("mark", Some(&invocation.mark)),
        ("abandon", Some(&invocation.abandon)),
        ("clean", Some(&invocation.clean)),
    ] {
        if let Some(step) = step {
            lines.push_str(&function(kit, run, name, step)?);
        }
    }
    let mut start = "start_client() {\n    :\n".to_owned();
    for (number, step) in (1..).zip(&invocation.start) {
        let name = format!("start_{number}");
        lines.push_str(&function(kit, run, &name, step)?);
        let failed = posix::quote(&format!("{} failed", step.name));
        let _ = writeln!(
            start,
            "    run_within {} step_{name} || leave 70 \"$(printed)\" {failed}",
            step.deadline
        );
    }
    Ok(lines + &start + "}\n")
}

fn function(kit: &Kit<'_>, run: &str, name: &str, step: &Step) -> Result<String, Slot> {
    let text = said(kit, run, &step.script)?;
    Ok(format!("step_{name}() {{\n    cat <<'{END}'\n{text}{END}\n}}\n"))
}

/// A step's text: what is known now is said now, what is known there is asked of a variable.
fn said(kit: &Kit<'_>, run: &str, script: &Script) -> Result<String, Slot> {
    let text = shell::fill_with(script, |slot, quote| {
        Some(match slot {
            Slot::Staging | Slot::FileName | Slot::Key | Slot::Parameter(_) if quote == Quote::Posix => {
                format!("\"$package_{slot}\"")
            }
            slot => shell::quote(quote, kit.known(slot, run)?),
        })
    })?;
    Ok(ended(text))
}

/// A pattern for `case` that takes nothing of the name for a sign of its own.
pub(super) fn plain(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "._-*".contains(c) { c } else { '?' };
    name.chars().map(kept).collect()
}

/// Whether a systemd unit is what brings the client back; the vendor's own service, up to 24.x, may be of any kind.
fn has_unit(shape: &Shape) -> bool {
    match shape.platform {
        Platform::LinuxService => shape.boot == Boot::Systemd && shape.generation() == Generation::Sra,
        Platform::LinuxHeadless | Platform::RaspberryPi => shape.boot == Boot::Systemd,
        _ => false,
    }
}

fn processor(platform: Platform) -> &'static str {
    match platform {
        Platform::MacosDmg => "any",
        Platform::RaspberryPi => "arm",
        _ => "intel",
    }
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}
