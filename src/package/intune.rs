//! What does Microsoft Intune need to install the client on Windows?

use super::made::{Kind, Made, Request};
use super::windows::{self, Tool};

/// A Win32 app for each kind of hosts.
pub(super) const KIND: Kind = Kind {
    word: "intune",
    about: "Win32 apps for Microsoft Intune: install, uninstall, detection",
    longest_run: Some(LONGEST_RUN),
    make,
};

/// Minutes that Intune lets an installation take at most (*Installation time required*).
const LONGEST_RUN: u32 = 1440;

const TOOL: Tool = Tool { word: "intune", files: &["windows/detect.ps1"], longest_run: LONGEST_RUN };

fn make(request: &Request<'_>) -> Result<Made, String> {
    windows::make(request, &TOOL)
}
