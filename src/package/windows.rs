//! How does a Windows computer do to itself what a visit would do to it? The invocation as batch files.
//!
//! The looks, the vendor's command line, the mark and the removal are said word for word as a visit says them. What is
//! known only there, such as the installer file's name, reaches them in variables. All of it is batch, which every
//! Windows runs without a policy for scripts; lines end in CRLF, without which cmd.exe misses labels.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use super::kit::{Kit, ended, kits};
use super::made::{File, Made, Request};
use super::slots::{IN_TIME, LATE, NoSlots, SPARE, Slots, longest};
use crate::installer;
use crate::model::{
    Architecture, Dialect, KeySource, Plan, Platform, Quote, Script, Slot, Treatment, counted,
};
use crate::report::names::fold_within;
use crate::shell::{self, windows};

/// The most characters of a computer's name (NetBIOS), which is what `%COMPUTERNAME%` holds.
const LONGEST_NAME: usize = 15;

/// The most characters of the hosts' names in a README.
const LONGEST_LIST: usize = 400;

/// What is one tool's own.
pub(super) struct Tool {
    /// The kind's word, the folder of its templates, and the run that marker files name.
    pub(super) word: &'static str,
    /// Minutes that it lets an installation take at most.
    pub(super) longest_run: u32,
    /// Templates that become files beside `install.cmd`.
    pub(super) files: &'static [&'static str],
}

/// A folder for each kind of hosts, and what remains to be clicked.
///
/// # Errors
/// Why there is nothing to be made.
pub(super) fn make(request: &Request<'_>, tool: &Tool) -> Result<Made, String> {
    let plan = request.plan;
    let kits = kits(plan, is_windows);
    if kits.is_empty() {
        return Err("no selected host runs Windows (`jc_platform: windows_msi` or `windows_exe`)".to_owned());
    }
    let known = computers(&kits, request.over.is_some())?;
    let slots = slots(request, tool, &known)?;
    let mut made = Made { warnings: warnings(plan, &kits), ..Made::default() };
    for kit in &kits {
        files(request, tool, kit, slots.as_ref(), &mut made)?;
    }
    let values = [
        ("site", plan.appliance.site.clone()),
        ("hosts", counted(kits.iter().map(|kit| kit.hosts.len()).sum::<usize>(), "host")),
        ("kits", kits.iter().map(section).collect()),
        ("folder", kits[0].name.clone()),
        ("pace", pace(request, slots.as_ref())),
        ("minutes", (slots.as_ref().map_or(0, |slots| slots.window / 60) + SPARE).to_string()),
        ("codes", request.templates.text("windows/codes.md")?.into_owned()),
        ("traces", request.templates.text("windows/traces.md")?.into_owned()),
    ];
    let readme = request.templates.fill(&format!("{}/README.md", tool.word), &values)?;
    made.files.insert(0, File::new("README.md", readme));
    Ok(made)
}

fn is_windows(treatment: &Treatment) -> bool {
    treatment.invocation.dialect == Dialect::Cmd
}

/// The name a computer calls itself by; none where the inventory has only its address.
fn computer(host: &str) -> Option<String> {
    if host.parse::<IpAddr>().is_ok() {
        return None;
    }
    Some(host.split('.').next()?.chars().take(LONGEST_NAME).collect::<String>().to_uppercase())
}

/// The names of all computers, where files of theirs are found by name.
///
/// # Errors
/// The hosts whose names cannot be told from others'.
fn computers(kits: &[Kit<'_>], all: bool) -> Result<Vec<String>, String> {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for kit in kits.iter().filter(|kit| all || has_own(kit)) {
        for host in &kit.hosts {
            let name = computer(&host.name).ok_or_else(|| {
                format!(
                    "`{}` is an address, and a package finds what is a host's own by its computer name",
                    host.name
                )
            })?;
            if let Some(other) = known.insert(name.clone(), &host.name) {
                return Err(format!(
                    "`{other}` and `{}` are both called `{name}` by Windows: give them packages of their own with --limit",
                    host.name
                ));
            }
        }
    }
    Ok(known.into_keys().collect())
}

fn has_own(kit: &Kit<'_>) -> bool {
    kit.own_settings().next().is_some()
}

fn slots(request: &Request<'_>, tool: &Tool, known: &[String]) -> Result<Option<Slots>, String> {
    let Some(window) = request.over else { return Ok(None) };
    let rate = request.plan.rate;
    let longest = longest(tool.longest_run);
    if window > longest * 60 {
        return Err(format!(
            "--over {} is longer than `{}` waits for an installation: the longest time that works is --over {}",
            length(window.div_ceil(60)),
            tool.word,
            length(longest)
        ));
    }
    let shared = Slots::share(known.iter().map(String::as_str), window, rate);
    shared.map(Some).map_err(|why| match why {
        NoSlots::Uneven(minutes) => format!(
            "--over is a time that divides a day into equal parts, for it begins anew when it ends: the next longer one is \
             --over {}",
            length(minutes)
        ),
        NoSlots::Short(minutes) if minutes > longest => format!(
            "{} at {rate} do not fit into --over {}, the longest time for which `{}` waits: make packages of parts of the \
             fleet with --limit, and push one after the other",
            counted(known.len(), "start"),
            length(longest),
            tool.word
        ),
        NoSlots::Short(minutes) => format!(
            "{} at {rate} do not fit into --over {}: the shortest time that works is --over {}",
            counted(known.len(), "start"),
            length(window.div_ceil(60)),
            length(minutes)
        ),
        NoSlots::Many(most) => format!(
            "{} at {rate} do not fit into a day, which takes {most}: make packages of parts of the fleet with --limit, and \
             push one a day",
            counted(known.len(), "start")
        ),
    })
}

/// Minutes as they are typed, such as `3h` or `90m`.
fn length(minutes: u32) -> String {
    if minutes.is_multiple_of(60) { format!("{}h", minutes / 60) } else { format!("{minutes}m") }
}

fn warnings(plan: &Plan, kits: &[Kit<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    if kits.iter().flat_map(|kit| &kit.hosts).any(|host| host.window.is_some()) {
        warnings.push(
            "maintenance windows (`jc_window`) are not in the package: set them in the tool".to_owned(),
        );
    }
    let others = plan.hosts.iter().filter(|host| !is_windows(plan.treatment(host))).count();
    if others > 0 {
        warnings.push(format!("{} left out: the package is for Windows", counted(others, "host")));
    }
    warnings
}

fn files(
    request: &Request<'_>,
    tool: &Tool,
    kit: &Kit<'_>,
    slots: Option<&Slots>,
    made: &mut Made,
) -> Result<(), String> {
    let said =
        |script: &Script| said(kit, tool.word, script).map_err(|slot| format!("nothing fills `{slot}`"));
    let invocation = &kit.treatment.invocation;
    let mut put = |path: &str, text: &str| {
        made.files.push(File::new(format!("{}/{path}", kit.name), windows::lines(text)));
    };
    let removals: Vec<String> =
        (1..=invocation.remove.len()).map(|number| format!("remove-{number}")).collect();
    let mut values = vec![
        ("site", kit.site.to_owned()),
        ("tool", tool.word.to_owned()),
        ("settings", settings(kit, slots)),
        ("command", said(&invocation.command)?.trim_end().to_owned()),
        ("own", installer::OWN_FOLDER.to_owned()),
        ("removals", removals.iter().map(|name| format!("call :remove {name}\n")).collect()),
    ];
    values.extend(detection(kit));
    if let Some(slots) = slots {
        values.push(("window", slots.window.to_string()));
        values.push(("in_time", IN_TIME.to_string()));
        put("steps/slot.cmd", &request.templates.fill("windows/slot.cmd", &values)?);
    }
    for name in ["install.cmd", "uninstall.cmd"] {
        put(name, &request.templates.fill(&format!("windows/{name}"), &values)?);
    }
    for path in tool.files {
        let name = path.rsplit('/').next().unwrap_or(path);
        put(name, &request.templates.fill(path, &values)?);
    }
    put("steps/look.cmd", &said(&invocation.probe.script)?);
    put("steps/mark.cmd", &said(&invocation.mark.script)?);
    for (name, step) in removals.iter().zip(&invocation.remove) {
        put(&format!("steps/{name}.cmd"), &said(&step.script)?);
    }
    if let Some(table) = table(kit, slots) {
        put("hosts.txt", &table);
    }
    Ok(())
}

/// A step's text: what is known now is said now, what is known there is asked of a variable.
fn said(kit: &Kit<'_>, run: &str, script: &Script) -> Result<String, Slot> {
    let text = shell::fill_with(script, |slot, quote| {
        Some(match slot {
            Slot::FileName => "\"%installer_name%\"".to_owned(),
            Slot::Staging => "\"%staging%\"".to_owned(),
            Slot::Key => "\"%key%\"".to_owned(),
            // Quoted as the command line needs it already.
            own @ Slot::Parameter(_) if !kit.common.contains_key(&own) => format!("%value_{own}%"),
            slot => shell::quote(quote, kit.known(slot, run)?),
        })
    })?;
    Ok(ended(text))
}

/// What `install.cmd` needs to know, a `set` each.
fn settings(kit: &Kit<'_>, slots: Option<&Slots>) -> String {
    let pattern = kit.file_pattern();
    let (before, after) = pattern.split_once('*').unwrap_or((&pattern, ""));
    let has_key = pattern.contains('*');
    let own: Vec<&str> = kit.own_settings().map(Slot::word).collect();
    let mut lines = String::new();
    for (name, value) in [
        ("pattern", pattern.as_str()),
        ("sha256", &kit.file.sha256),
        ("key_before", if has_key { before } else { "" }),
        ("key_after", if has_key { after } else { "" }),
        ("wanted_key", if kit.treatment.shape.key == KeySource::Argument { "yes" } else { "" }),
        ("wanted_row", if own.is_empty() { "" } else { "yes" }),
        ("install_dir", kit.common.get(&Slot::InstallDir).map_or("", |folder| folder.as_ref())),
        ("wide", if kit.file.architecture == Some(Architecture::X86_64) { "yes" } else { "" }),
    ] {
        let _ = writeln!(lines, "set \"{name}={}\"", value.replace('%', "%%"));
    }
    if slots.is_some() || !own.is_empty() {
        lines.push_str("rem What is this computer's own: a line of hosts.txt, parted by tabs.\nset \"row=\"\nset \"slot=\"\n");
        for (column, name) in (2..)
            .zip(["slot"].into_iter().map(str::to_owned).chain(own.iter().map(|own| format!("value_{own}"))))
        {
            lines.push_str(&lookup(column, &name));
        }
        lines.push_str("if defined slot set \"row=yes\"\nif \"%slot%\"==\"-\" set \"slot=\"\n");
    }
    lines
}

/// The value of one column; each is looked up by itself, because a value is not to be read twice.
fn lookup(column: usize, name: &str) -> String {
    format!(
        "for /f \"usebackq tokens=1,{column} delims=\t\" %%A in (\"%here%\\hosts.txt\") do \
         if /i \"%%A\"==\"%COMPUTERNAME%\" set \"{name}=%%B\"\n"
    )
}

/// Each computer's slot and its own values, quoted as the command line needs them.
fn table(kit: &Kit<'_>, slots: Option<&Slots>) -> Option<String> {
    let own: Vec<Slot> = kit.own_settings().collect();
    if slots.is_none() && own.is_empty() {
        return None;
    }
    let quote = match kit.treatment.shape.platform {
        Platform::WindowsMsi => Quote::MsiProperty,
        _ => Quote::WindowsArgument,
    };
    let mut lines = String::new();
    for host in &kit.hosts {
        let name = computer(&host.name).unwrap_or_default();
        let slot = slots.and_then(|slots| slots.of.get(&name)).map_or("-".to_owned(), u32::to_string);
        let _ = write!(lines, "{name}\t{slot}");
        for own in &own {
            // Out of a variable cmd.exe reads no `%` again.
            let value = shell::quote(quote, kit.value(host, *own).unwrap_or_default()).replace("%%", "%");
            let _ = write!(lines, "\t{value}");
        }
        lines.push('\n');
    }
    Some(lines)
}

/// What PowerShell detection asks for.
fn detection(kit: &Kit<'_>) -> [(&'static str, String); 4] {
    let product = kit.treatment.shape.product;
    let shown = installer::uninstall_name(product, kit.site);
    let version = kit.release.version.as_deref().unwrap_or_default();
    let is_version =
        version.split('.').count() > 1 && version.split('.').all(|part| part.parse::<u16>().is_ok());
    let folder = kit.common.get(&Slot::InstallDir).map_or("", |folder| folder.as_ref());
    [
        ("display_name", powershell(&shown)),
        ("product", powershell(product.word())),
        ("version", powershell(if is_version { version } else { "0.0" })),
        ("install_dir", powershell(folder)),
    ]
}

/// A literal in ASCII, for Windows PowerShell reads a file without a byte order mark in an old code page.
fn powershell(value: &str) -> String {
    if value.is_ascii() {
        return shell::powershell::literal(value);
    }
    let units: Vec<String> = value.encode_utf16().map(|unit| format!("0x{unit:x}")).collect();
    format!("([string]::new([char[]]({})))", units.join(", "))
}

fn section(kit: &Kit<'_>) -> String {
    let names = fold_within(kit.hosts.iter().map(|host| host.name.as_ref()), LONGEST_LIST);
    let mut lines = format!(
        "* `{}`: {}, {names}\n  * put `{}` of release `{}` beside `install.cmd`, under the name it was downloaded with \
         ({} bytes, SHA-256 `{}`)\n",
        kit.name,
        counted(kit.hosts.len(), "host"),
        kit.file_pattern(),
        kit.treatment.release,
        kit.file.bytes,
        kit.file.sha256
    );
    if kit.treatment.shape.key == KeySource::Argument {
        lines.push_str(
            "  * write the string behind `KEY_INFO=` into a file `key.txt` beside it, and nothing else; it is a secret\n",
        );
    }
    if has_own(kit) {
        lines.push_str(
            "  * a computer that is not in `hosts.txt` is not installed: its own values are not known\n",
        );
    }
    lines
}

/// What is said of the pace.
fn pace(request: &Request<'_>, slots: Option<&Slots>) -> String {
    let rate = request.plan.rate;
    let Some(slots) = slots else {
        return format!(
            "This tool does not pace, and the site takes {} new clients at the most. So push to a part of the computers at a \
             time, or make the package with `--over 3h`: then each computer waits for a start slot of its own.\n",
            rate
        );
    };
    let over = length(slots.window / 60);
    format!(
        "Each computer waits for a start slot of its own: a second of every {over}, counted from midnight UTC, given to the {} \
         of the inventory so that no minute sees more starts than {rate} allows. That holds whenever the tool starts them, all at once or one by \
         one, as long as their clocks are right to {LATE} seconds. A computer that is not in `hosts.txt` takes a slot by the hash of its \
         name; those are not counted, so make the package anew when the inventory has grown. `steps\\slot.cmd show` prints a \
         computer's slot and how long it would wait. While it waits, whatever else the tool would install on that computer \
         waits too: push this when nothing else is due.\n",
        counted(slots.of.len(), "host")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computers_call_themselves_by_the_first_part_of_their_name() {
        for (host, name) in [
            ("files01.example.org", Some("FILES01")),
            ("till", Some("TILL")),
            ("a-very-long-name-indeed.example.org", Some("A-VERY-LONG-NAM")),
            ("192.0.2.11", None),
            ("2001:db8::1", None),
        ] {
            assert_eq!(computer(host).as_deref(), name, "{host}");
        }
    }

    #[test]
    fn literals_are_ascii() {
        assert_eq!(powershell("it's"), "'it''s'");
        assert_eq!(powershell("é"), "([string]::new([char[]](0xe9)))");
    }

    #[test]
    fn times_are_shown_as_they_are_typed() {
        assert_eq!([60, 90, 1440].map(length), ["1h", "90m", "24h"]);
    }
}
