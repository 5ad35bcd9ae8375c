//! How is a client taken off a Linux host?

use super::{SERVICE, default_folder};
use crate::installer::platform::{VENDORS_REMOVAL, step};
use crate::installer::posix::{self, Lines};
use crate::model::{Quote, Script, Shape, Slot, Step};

/// The vendor's removal; it asks whether it is meant.
pub(super) fn removal_command(shape: &Shape) -> Script {
    let script = Script::new().text("printf 'y\\ny\\n' | sh ");
    match shape.install_dir {
        true => script.gap(Slot::InstallDir, Quote::Posix).text("/uninstall"),
        false => script.text(format!("{}*/uninstall", default_folder(shape.product))),
    }
}

/// Which client is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The host's own.
    Own,
    /// The one in whose place its own is installed.
    Other,
}

/// A script about the vendor's removal of a client: where it is, whether it may be run, and what to do.
fn about(shape: &Shape, target: Target, what: &str) -> Script {
    let lines = Lines::new().slot_if(shape.install_dir, "install_dir", Slot::InstallDir);
    let (lines, which) = match target {
        Target::Own => {
            (lines.word("default", default_folder(shape.product)), include_str!("which_client.sh"))
        }
        Target::Other => {
            (lines.slot_if(shape.marker, "marker_file", Slot::MarkerFile), include_str!("which_other.sh"))
        }
    };
    lines.body(include_str!("may_uninstall.sh")).text(which).text(what)
}

fn vendors_removal(shape: &Shape, target: Target) -> Step {
    let name = match target {
        Target::Own => VENDORS_REMOVAL,
        Target::Other => "run the vendor's removal of the other client",
    };
    let what = [include_str!("uninstall_client.sh"), include_str!("uninstall.sh")].concat();
    step(name, 300, about(shape, target, &what))
}

/// The vendor's removal and everything around it, which knows nothing of what we put beside its client.
pub(super) fn removal(shape: &Shape, target: Target) -> Vec<Step> {
    let look = about(shape, target, include_str!("can_uninstall.sh"));
    let mut steps = vec![step("look for the vendor's removal", 60, look)];
    if shape.elevate {
        let script = Lines::new().word("name", SERVICE).body(include_str!("stop_service.sh"));
        steps.push(step("stop the client's service", 120, script));
    }
    steps.push(vendors_removal(shape, target));
    if shape.elevate {
        let script = Lines::new().word("name", SERVICE).body(include_str!("sweep.sh"));
        steps.push(step("remove the service's files", 60, script));
    }
    if shape.marker {
        steps.push(posix::unmark());
    }
    steps
}
