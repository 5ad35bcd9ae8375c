//! What do PDQ Deploy and other tools need that run one line on a computer?

use super::made::{Kind, Made, Request};
use super::slots::SPARE;
use super::windows::{self, Tool};

/// One line, and the batch files it starts.
pub(super) const KIND: Kind =
    Kind { word: "pdq", about: "one line for PDQ Deploy and its like", longest_run: Some(LONGEST_RUN), make };

/// Minutes for which a line waits at most: a start slot within a day. These tools set no limit.
const LONGEST_RUN: u32 = 24 * 60 + SPARE;

const TOOL: Tool = Tool { word: "pdq", files: &["pdq/command.txt"], longest_run: LONGEST_RUN };

fn make(request: &Request<'_>) -> Result<Made, String> {
    windows::make(request, &TOOL)
}
