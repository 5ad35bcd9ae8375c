//! What does a group policy need to install the client when computers start?

use super::made::{Kind, Made, Request};
use super::windows::{self, Tool};

/// A start-up script that ends at once where its mark is.
pub(super) const KIND: Kind =
    Kind { word: "gpo", about: "a start-up script for a group policy", longest_run: Some(LONGEST_RUN), make };

/// Minutes that a policy waits for start-up scripts at most (*Specify maximum wait time*: 32,000 seconds).
const LONGEST_RUN: u32 = 32_000 / 60;

const TOOL: Tool = Tool { word: "gpo", files: &["gpo/startup.cmd"], longest_run: LONGEST_RUN };

fn make(request: &Request<'_>) -> Result<Made, String> {
    windows::make(request, &TOOL)
}
