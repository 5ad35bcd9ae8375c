//! What does a Windows host hear around the vendor's command line? Steps as the text of `.cmd` files.
//!
//! Each script is carried to the host as a file and run with `cmd /c`: cmd.exe reads `%`, `^` and
//! quotes differently on a line that is typed. A value reaches its script in a variable without
//! quotes, and stands in quotes wherever it is used.
//!
//! The installer and the vendor's removal run as jobs of the task scheduler. sshd on Windows puts what a session starts into a job
//! object that ends with it, `start` or not, and does not do so for every lost connection
//! (PowerShell/Win32-OpenSSH issues 1195 and 1751); `wmic`, which would escape too, is gone from newer Windows.
//! A job runs as the system, as those of the guide's tools do (Jump Client Guide, "Mass Deploy").

use crate::model::{Dialect, Generation, Invocation, Product, Quote, Rule, Script, Shape, Slot, Step};

use crate::shell::windows::cmd_line_argument;

use super::super::platform::{VENDORS_REMOVAL, settings, step};
use super::{codes, display_product};

/// Success with or without a restart, and 1605: the product is not installed (Windows Installer error codes).
const REMOVED: &[i32] = &[0, 1605, 1641, 3010];

const HEAD: &str = include_str!("head.cmd");

/// Goes through the uninstall entries, and says `:entry` for each, which the script around it has.
pub(in super::super) const ENTRIES: &str = include_str!("entries.cmd");

pub(in super::super) const LOCK: &str = include_str!("lock.cmd");

/// The part of batch files that makes a folder the administrators' own (`:own`), and an empty one (`:anew`): ends with
/// 0, 17 for a link, 75 for a folder that is in use, or another code.
pub const OWN: &str = include_str!("own.cmd");

/// The first and the last lines of a job, around what it runs.
pub(in super::super) const JOB: &str = include_str!("job.cmd");
pub(in super::super) const JOB_END: &str = include_str!("job_end.cmd");

/// Lays a job ready.
pub(in super::super) const LAY: &str = include_str!("lay.cmd");

/// Starts a job, and waits for one.
pub(in super::super) const AWAIT: &str = include_str!("await.cmd");

/// A `.cmd` file: its head, its variables, its body.
pub(in super::super) struct File(Script);

impl File {
    pub(in super::super) fn new() -> Self {
        Self(Script::new().text(HEAD))
    }

    pub(in super::super) fn slot(self, name: &str, slot: Slot) -> Self {
        // The value may come in quotes, which a path cannot hold itself.
        let set = self.0.text(format!("set {name}=")).gap(slot, Quote::WindowsArgument);
        Self(set.text(format!("\nset \"{name}=%{name}:\"=%\"\n")))
    }

    /// A path that a look found.
    pub(in super::super) fn path(self, name: &str, path: &str) -> Self {
        let quoted = cmd_line_argument(path);
        Self(self.0.text(format!("set {name}={quoted}\nset \"{name}=%{name}:\"=%\"\n")))
    }

    pub(in super::super) fn slot_if(self, there: bool, name: &str, slot: Slot) -> Self {
        if there { self.slot(name, slot) } else { self.word(name, "") }
    }

    pub(in super::super) fn word(self, name: &str, value: &str) -> Self {
        Self(self.0.text(format!("set \"{name}={value}\"\n")))
    }

    fn display_name(self, product: Product) -> Self {
        let shown = display_product(product);
        let set = self.0.text(format!("set \"display_name={shown} [")).gap(Slot::Site, Quote::Bare);
        Self(set.text("]\"\n")).word("display_product", shown)
    }

    /// The name of the installer's job: the staging folder's own.
    pub(in super::super) fn task(self) -> Self {
        Self(self.0.text("for %%I in (\"%staging%\") do set \"task=%%~nxI\"\n"))
    }

    /// The name of the removal's job, which an installer may lie beside.
    fn removal_task(self) -> Self {
        Self(self.0.text("for %%I in (\"%staging%\") do set \"task=%%~nxI-remove\"\n"))
    }

    /// How the names of the files begin that a job has in the staging folder.
    pub(in super::super) fn job(self, name: &str) -> Self {
        self.word("job", name)
    }

    pub(in super::super) fn body(self, body: &str) -> Script {
        self.0.text(body)
    }
}

/// What both platforms hear around the vendor's command line.
pub(in super::super) fn invocation(shape: &Shape, command: Script, removal: Script) -> Invocation {
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
        abandon: step("end the installer", 120, staged(include_str!("abandon.cmd"))),
        clean: clean(),
    }
}

/// A script about the staging folder, whose name is the job's too.
fn staged(body: &str) -> Script {
    let file = File::new().slot("staging", Slot::Staging).slot("file_name", Slot::FileName);
    file.job("install").task().body(body).text(LOCK)
}

fn probe(shape: &Shape) -> Step {
    let mut file = File::new()
        .slot("staging", Slot::Staging)
        .job("install")
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
    step("look at the host", 120, file.body(include_str!("probe.cmd")).text(ENTRIES).text(LOCK))
}

fn prepare() -> Step {
    let file = File::new().slot("staging", Slot::Staging).slot("file_name", Slot::FileName);
    step("make the staging folder", 60, file.body(include_str!("prepare.cmd")).text(OWN))
}

fn digest() -> Step {
    let file = File::new().slot("staging", Slot::Staging).slot("file_name", Slot::FileName);
    step("read the digest of the staged file", 300, file.body(include_str!("digest.cmd")))
}

/// Lays the job ready, so that nothing but its start is left for the permit.
fn ready(command: &Script) -> Step {
    let file = File::new().slot("staging", Slot::Staging).job("install").task();
    let script = file
        .body(include_str!("ready.cmd"))
        .text(JOB)
        .script(command)
        .text(" >install.out 2>&1\n")
        .text(JOB_END)
        .text(LAY)
        .text(LOCK);
    step("lay the installer's job ready", 60, script)
}

/// Starts the job and waits for its end.
fn install(shape: &Shape) -> Step {
    let script = File::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .job("install")
        .task()
        .body(include_str!("install.cmd"))
        .text(AWAIT)
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
    step("write the marker file", 60, file.body(include_str!("mark.cmd")).text(OWN))
}

/// The vendor's removal of the entries that are meant, as a job, and of our mark.
fn remove(shape: &Shape, which: &str, name: &str) -> Vec<Step> {
    let file = File::new().slot("staging", Slot::Staging).job("remove").removal_task();
    let removal = file
        .word("which", which)
        .display_name(shape.product)
        .body(include_str!("remove_job.cmd"))
        .text(JOB)
        .text("cd /d \"%SystemRoot%\"\ncall :remove >\"%staging%\\remove.out\" 2>&1\n")
        .text(JOB_END)
        .text(":remove\n")
        .text(include_str!("remove.cmd"))
        .text(ENTRIES)
        .text(LAY)
        .text(AWAIT)
        .text(OWN)
        .text(LOCK);
    let mut steps = vec![Step { success: REMOVED.to_vec(), ..step(name, 600, removal) }];
    if shape.marker {
        let unmark = File::new().slot("marker_file", Slot::MarkerFile);
        steps.push(step("remove the marker file", 60, unmark.body(include_str!("unmark.cmd"))));
    }
    steps
}

/// Removes the folders that a failed try left.
fn tidy(shape: &Shape) -> Step {
    let file = File::new()
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .word("product", shape.product.word());
    step("remove what a failed try left", 120, file.body(include_str!("tidy.cmd")))
}

fn clean() -> Step {
    let file = File::new().slot("staging", Slot::Staging).task();
    step("remove the staging folder", 180, file.body(include_str!("clean.cmd")).text(LOCK))
}
