//! What does Configuration Manager need, and other agents that run a batch file, such as Altiris?

use super::made::{Kind, Made, Request};
use super::windows::{self, Tool};

/// An application with its detection and a global condition; the batch file alone does for Altiris.
pub(super) const KIND: Kind = Kind {
    word: "sccm",
    about: "an application for Configuration Manager, or batch files for Altiris",
    longest_run: Some(LONGEST_RUN),
    make,
};

/// Minutes that Configuration Manager lets a deployment type run at most (*Maximum allowed run time*).
const LONGEST_RUN: u32 = 720;

const TOOL: Tool =
    Tool { word: "sccm", files: &["windows/detect.ps1", "sccm/condition.ps1"], longest_run: LONGEST_RUN };

fn make(request: &Request<'_>) -> Result<Made, String> {
    windows::make(request, &TOOL)
}
