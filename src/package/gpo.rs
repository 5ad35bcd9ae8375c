//! What does a group policy need to install the client when computers start?

use super::made::{Kind, Made, Request};
use super::windows::{self, Tool};

/// A start-up script that ends at once where its mark is.
pub(super) const KIND: Kind = Kind { word: "gpo", about: "a start-up script for a group policy", make };

const TOOL: Tool = Tool { word: "gpo", files: &["gpo/startup.cmd"] };

fn make(request: &Request<'_>) -> Result<Made, String> {
    windows::make(request, &TOOL)
}
