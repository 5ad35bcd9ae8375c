//! What do both Windows platforms have in common? Steps as the text of `.cmd` files.
//!
//! Each script is carried to the host as a file and run with `cmd /c`: cmd.exe reads `%`, `^` and
//! quotes differently on a line that is typed. A value reaches its script in a variable without
//! quotes, and stands in quotes wherever it is used.
//!
//! The installer runs as a job of the task scheduler. sshd on Windows puts what a session starts into a job
//! object that ends with it, `start` or not, and does not do so for every lost connection
//! (PowerShell/Win32-OpenSSH issues 1195 and 1751); `wmic`, which would escape too, is gone from newer Windows.
//! The job runs as the system, as those of the guide's tools do (Jump Client Guide, "Mass Deploy").

pub mod codes;
pub mod log;

use crate::model::{
    Boot, Class, Dialect, Generation, Invocation, Note, Observation, Product, Quote, Rule, Script, Shape,
    Slot, Step, Trace,
};
use crate::shell::windows::cmd_line_argument;

use super::platform::{End, VENDORS_REMOVAL, explain_output, has, settings, step};

/// Where the marker file is when the host does not say.
pub(super) const MARKER_FILE: &str = r"C:\ProgramData\jumpfleet\PRAJumpClient.txt";
/// Success with or without a restart, and 1605: the product is not installed (Windows Installer error codes).
const REMOVED: &[i32] = &[0, 1605, 1641, 3010];

/// The fact that names the uninstall entry of another site's client.
const OTHER_SITE: &str = "other_site";

const HEAD: &str = include_str!("windows/head.cmd");

/// What its installer's own log is called in the staging folder.
pub(super) const LOG: &str = "install.log";

pub(super) const LOCK: &str = include_str!("windows/lock.cmd");

/// The part of batch files that makes a folder the administrators' own (`:own`), and an empty one (`:anew`): ends with
/// 0, 17 for a link, 75 for a folder that is in use, or another code.
pub const OWN: &str = include_str!("windows/own.cmd");

/// A `.cmd` file: its head, its variables, its body.
pub(super) struct File(Script);

impl File {
    pub(super) fn new() -> Self {
        Self(Script::new().text(HEAD))
    }

    pub(super) fn slot(self, name: &str, slot: Slot) -> Self {
        // The value may come in quotes, which a path cannot hold itself.
        let set = self.0.text(format!("set {name}=")).gap(slot, Quote::WindowsArgument);
        Self(set.text(format!("\nset \"{name}=%{name}:\"=%\"\n")))
    }

    /// A path that a look found.
    pub(super) fn path(self, name: &str, path: &str) -> Self {
        let quoted = cmd_line_argument(path);
        Self(self.0.text(format!("set {name}={quoted}\nset \"{name}=%{name}:\"=%\"\n")))
    }

    pub(super) fn slot_if(self, there: bool, name: &str, slot: Slot) -> Self {
        if there { self.slot(name, slot) } else { self.word(name, "") }
    }

    pub(super) fn word(self, name: &str, value: &str) -> Self {
        Self(self.0.text(format!("set \"{name}={value}\"\n")))
    }

    fn display_name(self, product: Product) -> Self {
        let shown = display_product(product);
        let set = self.0.text(format!("set \"display_name={shown} [")).gap(Slot::Site, Quote::Bare);
        Self(set.text("]\"\n")).word("display_product", shown)
    }

    /// The name of the installer's job: the staging folder's own.
    pub(super) fn task(self) -> Self {
        Self(self.0.text("for %%I in (\"%staging%\") do set \"task=%%~nxI\"\n"))
    }

    pub(super) fn body(self, body: &str) -> Script {
        self.0.text(body)
    }
}

/// What both platforms hear around the vendor's command line.
pub(super) fn invocation(shape: &Shape, command: Script, removal: Script) -> Invocation {
    Invocation {
        dialect: Dialect::Cmd,
        probe: probe(shape),
        prepare: prepare(),
        digest: digest(),
        ready: Some(ready(&command)),
        install: install(shape),
        command,
        start: Vec::new(),
        mark: mark(shape),
        removal,
        remove: remove(shape, "own", VENDORS_REMOVAL),
        replace: remove(shape, "other", "run the vendor's removal of the other client"),
        tidy: Some(tidy(shape)),
        abandon: step("end the installer", 120, staged(include_str!("windows/abandon.cmd"))),
        clean: clean(),
    }
}

/// A script about the staging folder, whose name is the job's too.
fn staged(body: &str) -> Script {
    File::new().slot("staging", Slot::Staging).slot("file_name", Slot::FileName).task().body(body).text(LOCK)
}

fn probe(shape: &Shape) -> Step {
    let mut file = File::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .slot_if(shape.marker, "marker_file", Slot::MarkerFile)
        .word("own", shape.generation().word())
        .display_name(shape.product);
    for generation in [Generation::Bomgar, Generation::Sra] {
        for (what, rule) in
            [("directory", Rule::InstallDirectory), ("process", Rule::Process), ("service", Rule::Service)]
        {
            let rule = if generation == shape.generation() { rule } else { Rule::OtherGeneration };
            file = file.word(&format!("{generation}_{what}"), rule.word());
        }
    }
    step("look at the host", 120, file.body(include_str!("windows/probe.cmd")).text(LOCK))
}

fn prepare() -> Step {
    let file = File::new().slot("staging", Slot::Staging).slot("file_name", Slot::FileName);
    step("make the staging folder", 60, file.body(include_str!("windows/prepare.cmd")).text(OWN))
}

fn digest() -> Step {
    let file = File::new().slot("staging", Slot::Staging).slot("file_name", Slot::FileName);
    step("read the digest of the staged file", 300, file.body(include_str!("windows/digest.cmd")))
}

/// Lays the job ready, so that nothing but its start is left for the permit.
fn ready(command: &Script) -> Step {
    let script = File::new()
        .slot("staging", Slot::Staging)
        .task()
        .body(include_str!("windows/ready.cmd"))
        .script(command)
        .text(" >install.out 2>&1\n")
        .text(include_str!("windows/ready_after.cmd"))
        .text(LOCK);
    step("lay the installer's job ready", 60, script)
}

/// Starts the job and waits for its end.
fn install(shape: &Shape) -> Step {
    let script = File::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .task()
        .body(include_str!("windows/install.cmd"))
        .text(LOCK);
    Step { success: codes::successes(), ..step("run the installer", 900, script) }
}

fn mark(shape: &Shape) -> Step {
    if !shape.marker {
        return step("write no marker file", 60, File::new().body("exit /b 0\n"));
    }
    let file = File::new()
        .slot("marker_file", Slot::MarkerFile)
        .slot("marker_folder", Slot::MarkerFolder)
        .slot("release", Slot::Release)
        .word("product", shape.product.word())
        .slot("site", Slot::Site)
        .slot("run", Slot::Run)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir);
    let named = |file: File, slot: Slot| {
        let name = slot.word();
        file.slot(name, slot).word(&format!("setting: {name}"), &format!("%{name}%"))
    };
    let file = settings(shape).fold(file, named);
    step("write the marker file", 60, file.body(include_str!("windows/mark.cmd")).text(OWN))
}

/// The vendor's removal of the entries that are meant, and of our mark.
fn remove(shape: &Shape, which: &str, name: &str) -> Vec<Step> {
    let removal = File::new().word("which", which).display_name(shape.product);
    let removal = match which {
        "other" => removal.body(include_str!("windows/alone.cmd")),
        _ => removal.body(""),
    };
    let removal = removal.text(include_str!("windows/remove.cmd"));
    let mut steps = vec![Step { success: REMOVED.to_vec(), ..step(name, 600, removal) }];
    if shape.marker {
        let unmark = File::new().slot("marker_file", Slot::MarkerFile);
        steps.push(step("remove the marker file", 60, unmark.body(include_str!("windows/unmark.cmd"))));
    }
    steps
}

/// Removes the folders that a failed try left.
fn tidy(shape: &Shape) -> Step {
    let file = File::new()
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .word("product", shape.product.word());
    step("remove what a failed try left", 120, file.body(include_str!("windows/tidy.cmd")))
}

fn clean() -> Step {
    let file = File::new().slot("staging", Slot::Staging).task();
    step("remove the staging folder", 180, file.body(include_str!("windows/clean.cmd")).text(LOCK))
}

/// How the uninstall entry's name begins; the site's host name in brackets follows.
pub(super) fn display_product(product: Product) -> &'static str {
    match product {
        Product::BomgarScc => "BeyondTrust Remote Support Jump Client",
        _ => "BeyondTrust Privileged Remote Access Jump Client",
    }
}

/// What a Windows host lacks.
pub(super) fn unfit(seen: &Observation) -> Option<(Class, String)> {
    let os = seen.fact("os").unwrap_or("nothing known");
    let text = if os != "Windows" {
        format!("the host runs {os}, not Windows")
    } else if seen.fact("administrator") == Some("no") {
        let login = seen.fact("login").unwrap_or("the login account");
        format!("`{login}` has no administrator rights")
    } else if seen.fact("digest_tool") == Some("none") {
        "certutil is not there to check the installer file with".to_owned()
    } else {
        return None;
    };
    Some((Class::Unfit, text))
}

/// What a running client shows. Beside a client of another site only the uninstall entry tells that it is ours.
pub(super) fn missing(seen: &Observation) -> Vec<String> {
    let mut missing = Vec::new();
    let mut lacks = |is_there: bool, what: &str| {
        if !is_there {
            missing.push(what.to_owned());
        }
    };
    match seen.fact(OTHER_SITE) {
        Some(_) => lacks(has(seen, Rule::Registry), "no uninstall entry of the site is there"),
        None => lacks(
            has(seen, Rule::Registry) || has(seen, Rule::InstallDirectory),
            "neither an uninstall entry of the site nor a directory of the client is there",
        ),
    }
    lacks(has(seen, Rule::Process), "no process of the client runs");
    lacks(has(seen, Rule::Service), "no service of the client is registered");
    if has(seen, Rule::Service) {
        lacks(seen.fact("unit_active") == Some("active"), "the client's service does not run");
        lacks(seen.fact("unit_enabled") == Some("enabled"), "the client's service would not start at boot");
    }
    missing
}

/// The traces that are, or may be, of the host's own client.
///
/// Nothing tells whose a process, a service or a vendor's folder is. Where a client of another site is registered
/// and none of ours, they are taken for the other's, for that is no duplicate.
pub(super) fn own(install_dir: Option<&str>, seen: &Observation) -> Vec<Trace> {
    let others = seen.fact(OTHER_SITE).is_some();
    let kept = |trace: &&Trace| match trace.rule {
        Rule::OtherGeneration | Rule::Site => false,
        Rule::Registry | Rule::MarkerFile => true,
        Rule::InstallDirectory if others => install_dir.is_some_and(|own| same_path(own, &trace.evidence)),
        Rule::InstallDirectory | Rule::Process | Rule::Service => !others,
    };
    seen.traces.iter().filter(kept).cloned().collect()
}

/// The first trace by the order of the rules that shows that a client is there already.
pub(super) fn duplicate(install_dir: Option<&str>, seen: &Observation) -> Option<Trace> {
    let other = seen.traces.iter().filter(|trace| trace.rule == Rule::OtherGeneration);
    own(install_dir, seen).into_iter().chain(other.cloned()).min_by_key(|trace| trace.rule)
}

/// The folders of a try that failed: nothing else of a client is there.
pub(super) fn left_over(seen: &Observation) -> Option<String> {
    let first = seen.traces.first()?;
    let alone = seen.traces.iter().all(|trace| trace.rule == Rule::InstallDirectory);
    // Only where the processes were listed is it known that none runs.
    let known = alone && seen.fact("processes") == Some("all") && seen.fact(OTHER_SITE).is_none();
    known.then(|| first.evidence.clone())
}

/// Whether a whole path is a folder that Windows or its users have, and no client may have for itself: a removal would
/// take what else is in it.
pub(super) fn is_systems(path: &str) -> bool {
    let plain = path.replace('/', "\\").to_lowercase();
    let parts: Vec<&str> =
        plain.split('\\').skip(1).filter(|part| !part.is_empty() && *part != ".").collect();
    match parts[..] {
        [] => true,
        ["windows" | "users" | "documents and settings", ..] => true,
        [only] => matches!(only, "program files" | "program files (x86)" | "programdata" | "recovery"),
        ["program files" | "program files (x86)", below] => below == "common files",
        _ => parts.contains(&".."),
    }
}

/// Windows takes upper and lower case, and both slashes, for the same.
pub(super) fn same_path(one: &str, other: &str) -> bool {
    let plain = |path: &str| path.replace('/', "\\").to_lowercase();
    plain(one) == plain(other)
}

/// What is worth knowing of a host whose client was installed or removed.
pub(super) fn notes(status: Option<i32>, seen: &Observation) -> Vec<Note> {
    let restart = status.is_some_and(codes::wants_restart) || seen.fact("restart_pending").is_some();
    let found = [(restart, Note::RestartPending), (seen.fact(OTHER_SITE).is_some(), Note::OtherSite)];
    found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect()
}

/// What becomes of a host whose installer ended with this code.
pub(super) fn ended(status: i32) -> End {
    codes::find(status).map_or(End::Fails(Class::InstallerFailed), |code| code.end)
}

/// What Windows Installer's codes mean, then what the words say.
pub(super) fn explain(status: i32, output: &str) -> Class {
    match codes::find(status).map(|code| code.end) {
        Some(End::Fails(class)) if class != Class::InstallerFailed => class,
        _ => explain_output(output),
    }
}

/// Why a host of this shape cannot be installed, whichever of the two installers it gets.
pub(super) fn refusals(shape: &Shape) -> Vec<String> {
    let mut refusals = Vec::new();
    if shape.user {
        refusals.push("`jc_user` is for headless Linux clients: leave it out on Windows".to_owned());
    }
    if shape.boot != Boot::Systemd {
        refusals.push("`jc_boot` is for headless Linux clients: leave it out on Windows".to_owned());
    }
    refusals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_windows_are_no_clients() {
        for path in [
            r"C:\",
            r"c:/",
            r"C:\Users",
            r"C:\Users\bob\Desktop",
            r"C:\WINDOWS\Temp",
            r"C:\Program Files",
            r"C:\Program Files (x86)\",
            r"C:\ProgramData\.",
            r"C:\Program Files\Common Files",
            r"C:\Tools\..\Users",
        ] {
            assert!(is_systems(path), "{path}");
        }
        for path in [r"C:\Jump", r"C:\Program Files\Jump Client", r"D:\ProgramData\jump", r"C:\Users2"] {
            assert!(!is_systems(path), "{path}");
        }
    }
}
