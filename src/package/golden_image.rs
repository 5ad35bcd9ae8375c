//! What does an image hold, so that every clone installs a client of its own when it first boots?

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::kit::{Kit, kits};
use super::made::{File, Kind, Made, Request};
use super::{cmd, posix};
use crate::installer;
use crate::model::{Dialect, KeySource, Plan, Platform, Slot, Treatment};
use crate::shell::windows::lines;

/// The run that marker files name.
const RUN: &str = "first-boot";
/// The unit of the first boot.
const UNIT: &str = "jumpfleet-first-boot.service";

/// A folder for each kind of hosts, and what remains to be done.
pub(super) const KIND: Kind = Kind {
    word: "golden-image",
    about: "an installation at the first boot of an image's clones",
    longest_run: None,
    make,
};

fn make(request: &Request<'_>) -> Result<Made, String> {
    let plan = request.plan;
    let kits = kits(plan, is_system);
    if kits.is_empty() {
        return Err(
            "no selected host can come out of an image: those are Windows hosts, and Linux hosts with \
                    `ansible_become: true` or the login root"
                .to_owned(),
        );
    }
    let mut made = Made::default();
    let mut sections = String::new();
    let mut left_out = BTreeSet::new();
    for kit in kits {
        let own = own_settings(&kit);
        let treatment = without(&kit, &own);
        left_out.extend(own);
        let kit = Kit { treatment: &treatment, ..kit };
        sections += &match treatment.invocation.dialect {
            Dialect::Posix => linux(request, &kit, &mut made)?,
            _ => windows(request, &kit, &mut made)?,
        };
    }
    let names: Vec<String> = left_out.iter().map(|slot| format!("`{slot}`")).collect();
    let values = [
        ("site", plan.appliance.site.clone()),
        ("expiry", expiry(plan, &mut made)),
        ("kits", sections),
        ("left_out", if names.is_empty() { "here there are none".to_owned() } else { names.join(", ") }),
    ];
    made.files.insert(0, File::new("README.md", request.templates.fill("golden-image/README.md", &values)?));
    Ok(made)
}

/// Whether the client belongs to the whole computer: one of a person has no place in an image, nor has a Mac.
fn is_system(treatment: &Treatment) -> bool {
    match treatment.invocation.dialect {
        Dialect::Posix => treatment.shape.platform != Platform::MacosDmg && treatment.shape.elevate,
        Dialect::Cmd => true,
    }
}

/// The overrides that a clone must not have: those that differ from host to host, and of a host that is alone
/// those that hold its name.
fn own_settings(kit: &Kit<'_>) -> BTreeSet<Slot> {
    let mut own: BTreeSet<Slot> = kit.own_settings().collect();
    if let [host] = kit.hosts.as_slice() {
        let name = host.name.to_lowercase();
        let short = name.split('.').next().unwrap_or(&name);
        own.extend(
            kit.settings().filter(|slot| {
                kit.value(host, *slot).is_some_and(|value| value.to_lowercase().contains(short))
            }),
        );
    }
    own
}

/// A treatment without these overrides.
fn without(kit: &Kit<'_>, own: &BTreeSet<Slot>) -> Treatment {
    let mut shape = kit.treatment.shape.clone();
    shape.parameters.retain(|parameter| !own.contains(&Slot::Parameter(*parameter)));
    let mut invocation = installer::installer(shape.platform).invocation(&shape);
    invocation.install.deadline = kit.treatment.invocation.install.deadline;
    Treatment { shape, invocation, ..kit.treatment.clone() }
}

fn linux(request: &Request<'_>, kit: &Kit<'_>, made: &mut Made) -> Result<String, String> {
    let templates = request.templates;
    let name = &kit.name;
    let site = [("site", kit.site.to_owned())];
    let file = [
        ("pattern", posix::plain(&kit.file_pattern())),
        ("sha256", kit.file.sha256.clone()),
        ("wants_key", wants_key(kit).to_owned()),
    ];
    let boot = posix::parts(request, kit, RUN)?;
    let mut put = |path: &str, text: String| made.files.push(File::new(format!("{name}/{path}"), text));
    put("first-boot.sh", templates.fill("golden-image/first-boot.sh", &boot)?);
    put(UNIT, templates.fill(&format!("golden-image/{UNIT}"), &site)?);
    put("stage.sh", templates.fill("golden-image/stage.sh", &file)?);
    put("user-data.yaml", templates.fill("golden-image/user-data.yaml", &site)?);
    templates.fill("golden-image/linux.md", &told(kit))
}

fn windows(request: &Request<'_>, kit: &Kit<'_>, made: &mut Made) -> Result<String, String> {
    let templates = request.templates;
    let invocation = &kit.treatment.invocation;
    let success: Vec<String> = invocation.install.success.iter().map(ToString::to_string).collect();
    let values = [
        ("site", kit.site.to_owned()),
        ("pattern", posix::plain(&kit.file_pattern())),
        ("sha256", kit.file.sha256.clone()),
        ("success", success.join(" ")),
        ("wants_key", wants_key(kit).to_owned()),
        ("address", address(kit.site).to_owned()),
        ("command", cmd::said(kit, RUN, &invocation.command)?),
        ("own", installer::OWN_FOLDER.to_owned()),
    ];
    let filled = |name: &str| {
        let text = templates.fill(&format!("golden-image/{name}"), &values)?;
        Ok::<_, String>(lines(&text))
    };
    let mut put = |path: &str, text: String| made.files.push(File::new(format!("{}/{path}", kit.name), text));
    put("SetupComplete.cmd", filled("SetupComplete.cmd")?);
    put("jump-client/first-boot.cmd", filled("first-boot.cmd")?);
    put("jump-client/install.cmd", filled("install.cmd")?);
    for (name, step) in
        [("look", &invocation.probe), ("digest", &invocation.digest), ("mark", &invocation.mark)]
    {
        put(&format!("jump-client/{name}.cmd"), cmd::said(kit, RUN, &step.script)?);
    }
    templates.fill("golden-image/windows.md", &told(kit))
}

/// The site where it is an address, for which nobody has to be asked; nothing where it is a name.
fn address(site: &str) -> &str {
    if site.parse::<IpAddr>().is_ok() { site } else { "" }
}

/// `yes` or nothing: whether the installer is told its key.
fn wants_key(kit: &Kit<'_>) -> &'static str {
    if kit.treatment.shape.key == KeySource::Argument { "yes" } else { "" }
}

/// What a section of the README says of a kind of hosts.
fn told(kit: &Kit<'_>) -> [(&'static str, String); 5] {
    let key = match kit.treatment.invocation.dialect {
        _ if wants_key(kit).is_empty() => String::new(),
        Dialect::Cmd => format!("Write the installer key into the file `{}\\jump-client\\key`. ", kit.name),
        Dialect::Posix => format!("Write the installer key into the file `{}/key`, mode 0600. ", kit.name),
    };
    [
        ("name", kit.name.clone()),
        ("hosts", kit.told()),
        ("pattern", kit.file_pattern()),
        ("release", kit.treatment.release.clone()),
        ("key", key),
    ]
}

/// Until when an image of each release is of use, for the person who makes it as well.
fn expiry(plan: &Plan, made: &mut Made) -> String {
    let told: Vec<String> = plan
        .releases
        .iter()
        .map(|(name, release)| match release.expires {
            Some(expires) => format!(
                "The installer of release `{name}` expires at {expires}: a clone that first boots later gets no \
                 client. Make a new installer and a new image before then."
            ),
            None => format!(
                "Nobody wrote down when the installer of release `{name}` expires (`expires` in the settings): a \
                 clone that first boots later gets no client."
            ),
        })
        .collect();
    made.warnings.extend(told.iter().cloned());
    told.join("\n")
}
