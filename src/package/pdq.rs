//! What do PDQ Deploy and other tools need that run one line on a computer?

use super::made::{Kind, Made, Request};
use super::windows::{self, Tool};

/// One line, and the batch files it starts.
pub(super) const KIND: Kind = Kind { word: "pdq", about: "one line for PDQ Deploy and its like", make };

const TOOL: Tool = Tool { word: "pdq", files: &["pdq/command.txt"] };

fn make(request: &Request<'_>) -> Result<Made, String> {
    windows::make(request, &TOOL)
}
