//! What does any POSIX host hear? The steps that Linux and macOS have in common.
//!
//! Values reach a script as variables at its top, so its body is a shell file that can be read and
//! checked as it is. Bodies are fed to `sh` on its standard input or as one argument; nothing they
//! start may read from it.

use crate::model::{Boot, Class, Observation, Quote, Script, Shape, Slot, Step};

use super::platform::{settings, step};

/// Variables at the top of a script.
pub(super) struct Lines(Script);

impl Lines {
    pub(super) fn new() -> Self {
        Self(Script::new())
    }

    /// A variable with a value of the host's.
    pub(super) fn slot(self, name: &str, slot: Slot) -> Self {
        Self(self.0.text(format!("{name}=")).gap(slot, Quote::Posix).text("\n"))
    }

    /// The same if the host has such a value, an empty variable otherwise.
    pub(super) fn slot_if(self, there: bool, name: &str, slot: Slot) -> Self {
        if there { self.slot(name, slot) } else { self.word(name, "") }
    }

    /// A variable with a value of ours.
    pub(super) fn word(self, name: &str, value: &str) -> Self {
        Self(self.0.text(format!("{name}={value}\n")))
    }

    /// What the client is installed with, as the script's own arguments: names and values by turns.
    fn settings(self, shape: &Shape) -> Self {
        let mut script = self.0.text("set --");
        for slot in settings(shape) {
            script = script.text(format!(" {slot} ")).gap(slot, Quote::Posix);
        }
        Self(script.text("\n"))
    }

    /// The script that goes on with `body`.
    pub(super) fn body(self, body: &str) -> Script {
        self.0.text(body)
    }
}

const ALIVE: &str = include_str!("posix/alive.sh");
const HALF_MADE: &str = include_str!("posix/half_made.sh");

/// Below this, no installer fits, whatever its size; the file's own size is compared when it is sent.
const LEAST_ROOM_KIB: u64 = 16 * 1024;

/// How to find out which unit the client is started by.
pub(super) enum Unit {
    /// It has this name.
    Named(&'static str),
    /// The unit that newer installers name after the install directory.
    NamedAfterDirectory,
    /// The first unit of the vendor's that is found.
    Vendors,
}

/// The look: facts and traces, in one script for one round trip.
pub(super) fn probe(shape: &Shape, unit: &Unit, body: &str) -> Step {
    let lines = Lines::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .slot_if(shape.install_dir, "install_parent", Slot::InstallParent)
        .slot_if(shape.user, "user", Slot::User)
        .slot_if(shape.marker, "marker_file", Slot::MarkerFile)
        .word("own", shape.generation().word())
        // The client's account may write there, so root runs the script only where boot does it too.
        .word("ask_init_script", if shape.boot == Boot::Systemd { "no" } else { "yes" });
    let lines = match unit {
        Unit::Named(name) => lines.word("unit", name),
        Unit::NamedAfterDirectory => {
            Lines(lines.0.text("unit=").gap(Slot::InstallName, Quote::Posix).text(".service\n"))
        }
        Unit::Vendors => lines.word("unit", ""),
    };
    step("look at the host", 60, lines.body(ALIVE).text(include_str!("posix/marked.sh")).text(body))
}

/// The staging folder: the login account's own, closed to all others.
pub(super) fn prepare() -> Step {
    let script = Lines::new().slot("staging", Slot::Staging).body(include_str!("posix/prepare.sh"));
    step("make the staging folder", 30, script)
}

/// The digest of the staged file.
pub(super) fn digest() -> Step {
    let script = Lines::new()
        .slot("staging", Slot::Staging)
        .slot("file_name", Slot::FileName)
        .body(include_str!("posix/digest.sh"));
    step("read the digest of the staged file", 120, script)
}

/// Writes the script that runs `command`, so that nothing but its start is left for the permit.
///
/// `default` is how the folders begin that the vendor's installer chooses itself; one that a failed
/// installer leaves half made is removed.
pub(super) fn ready(shape: &Shape, command: &Script, default: &str) -> Step {
    let outer = Lines::new().slot("staging", Slot::Staging).body(ALIVE);
    let inner = Lines::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .word("default", default)
        .body(HALF_MADE)
        .text(include_str!("posix/run_before.sh"));
    let script = whole(
        &outer
            .text(include_str!("posix/ready_before.sh"))
            .script(&inner)
            // What the installer starts must not hold what keeps other runs away.
            .text("{\n")
            .script(command)
            .text("\n} 9>&-\n")
            .text(include_str!("posix/run_after.sh"))
            .text("END_OF_INSTALL\n"),
    );
    step("lay the installer's start ready", 30, script)
}

/// Starts what `ready` wrote in a session of its own that outlives the connection, and waits for it.
///
/// `alone` stops where another client is, or another run puts one.
pub(super) fn install(shape: &Shape, alone: &str, default: &str) -> Step {
    let make_parent = shape.install_dir && shape.elevate;
    let script = Lines::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .slot_if(make_parent, "install_parent", Slot::InstallParent)
        .word("lock_folder", if shape.elevate { "/root" } else { "$HOME" })
        .word("default", default)
        .body(ALIVE)
        .text(HALF_MADE)
        .text(include_str!("posix/install_before.sh"))
        .text(alone)
        .text(include_str!("posix/install_start.sh"));
    step("run the installer", 900, whole(&script))
}

/// The script as one compound command: a connection lost while it is sent starts nothing.
fn whole(script: &Script) -> Script {
    Script::new().text("{\n").script(script).text("}\n")
}

/// Ends what a given-up installer left running, and goes on with `after`.
pub(super) fn abandon(shape: &Shape, default: &str, after: &str) -> Step {
    let script = Lines::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .word("default", default)
        .body(ALIVE)
        .text(HALF_MADE)
        .text(include_str!("posix/abandon.sh"))
        .text(after);
    step("end the installer", 30, script)
}

/// Removes the staging folder, once `before` has made it ready for that.
pub(super) fn clean(before: &str) -> Step {
    let script = Lines::new()
        .slot("staging", Slot::Staging)
        .body(ALIVE)
        .text(include_str!("posix/clean.sh"))
        .text(before)
        .text("rm -rf -- \"$staging\"\n");
    step("remove the staging folder", 60, script)
}

/// Writes the marker file, or nothing where there is none.
pub(super) fn mark(shape: &Shape) -> Step {
    if !shape.marker {
        return step("write no marker file", 30, Script::new().text(":\n"));
    }
    let script = Lines::new()
        .slot("marker_file", Slot::MarkerFile)
        .slot("marker_folder", Slot::MarkerFolder)
        .slot("release", Slot::Release)
        .word("product", shape.product.word())
        .slot("site", Slot::Site)
        .slot("run", Slot::Run)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .settings(shape)
        .body(include_str!("posix/mark.sh"));
    step("write the marker file", 30, script)
}

/// Removes the marker file.
pub(super) fn unmark() -> Step {
    let script = Lines::new()
        .slot("marker_file", Slot::MarkerFile)
        .slot("marker_folder", Slot::MarkerFolder)
        .body(include_str!("posix/unmark.sh"));
    step("remove the marker file", 30, script)
}

/// Root that is wanted and not there, or there and not known of.
pub(super) fn lacks_rights(shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
    let root = seen.fact("uid") == Some("0");
    if shape.elevate && !root {
        let login = seen.fact("login").unwrap_or("the login account");
        return Some((Class::Sudo, format!("root is wanted and scripts run as `{login}`")));
    }
    if !shape.elevate && root {
        let text = "the login is root and the inventory does not say so: write \
            `ansible_user: root` or `ansible_become: true`";
        return Some((Class::Unfit, text.to_owned()));
    }
    None
}

/// Folders without any room.
pub(super) fn lacks_room(seen: &Observation) -> Option<(Class, String)> {
    [("staging_free_kib", "for the staging folder"), ("install_free_kib", "for the client")]
        .into_iter()
        .filter_map(|(fact, what)| Some((seen.fact(fact)?.parse::<u64>().ok()?, what)))
        .find(|(free, _)| *free < LEAST_ROOM_KIB)
        .map(|(free, what)| (Class::DiskFull, format!("only {free} KiB are free {what}")))
}
