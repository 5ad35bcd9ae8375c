//! How are the settings of a client that is there read, written and put into effect on a Windows host? Pure.
//!
//! A client is what a registered service starts: only administrators register services, and anybody may make a folder
//! that looks like a client's. The files travel by SFTP; what is written is laid into the staging folder first, which
//! is closed to others. The restart is a job of the task scheduler, so that a lost connection leaves no client stopped.

mod found;

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::installer::platform::step;
use crate::installer::windows::{AWAIT, ENTRIES, File, JOB, JOB_END, LAY, LOCK};
use crate::model::{Shape, Slot, Step, hex};

pub(super) use found::instances;

/// The name of the new settings in the staging folder.
pub(super) const STAGED: &str = "settings.new";

const DIGEST: &str = include_str!("windows/digest.cmd");
const STATE: &str = include_str!("windows/state.cmd");

/// Finds the clients, and what the vendor's programs are connected to.
pub(super) fn look(shape: &Shape) -> Step {
    let file = File::new().slot_if(shape.install_dir, "install_dir", Slot::InstallDir);
    step(
        "read the clients' settings",
        120,
        file.body(include_str!("windows/look.cmd")).text(STATE).text(ENTRIES),
    )
}

/// Puts the staged settings in the place of those that were read, with a copy of the old ones beside them.
pub(super) fn write(directory: &str, before: &[u8], after: &[u8]) -> Step {
    let file = File::new().slot("staging", Slot::Staging).path("directory", directory);
    let file = file.word("before", &digest(before)).word("after", &digest(after));
    step("write settings.ini", 90, file.body(include_str!("windows/write.cmd")).text(DIGEST))
}

/// Puts the copy of the old settings back, into the file that is there.
pub(super) fn restore(directory: &str, before: &[u8]) -> Step {
    let file = File::new().path("directory", directory).word("before", &digest(before));
    step("put the old settings.ini back", 90, file.body(include_str!("windows/restore.cmd")).text(DIGEST))
}

/// Stops and starts a client's services, each with a limit of a minute; where one does not stop, all are started again.
///
/// Their names stand in the script as they are: [`instances`] lets through no others than plain ones.
pub(super) fn restart(services: &[String]) -> Step {
    let each = |label: &str, then: &str| {
        services.iter().fold(String::new(), |mut lines, service| {
            let _ = write!(lines, "call :{label} \"{service}\"\n{then}\n");
            lines
        })
    };
    let restart = format!(
        ":restart\n{}call :others\n:up_again\n{}exit /b %failed%\n",
        each("stop", "set \"failed=%ERRORLEVEL%\"\nif not \"%failed%\"==\"0\" goto :up_again"),
        each("start", "if not \"%ERRORLEVEL%\"==\"0\" set \"failed=%ERRORLEVEL%\""),
    );
    let file = File::new().slot("staging", Slot::Staging).job("restart").task();
    let script = file
        .body(include_str!("windows/restart.cmd"))
        .text(JOB)
        .text("call :restart >restart.out 2>&1\n")
        .text(JOB_END)
        .text(restart)
        .text(include_str!("windows/service.cmd"))
        .text(STATE)
        .text(LAY)
        .text(AWAIT)
        .text(LOCK);
    step("restart the client", 330, script)
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
