//! What is worth saying about what a person wrote?

use super::{FindingLevel, Mistake};

/// Something about a file that a person wrote, with a word for its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How serious.
    pub level: FindingLevel,
    /// A stable word for programs, such as `unused_release`.
    pub code: &'static str,
    /// What it is, where, and what to write instead.
    pub about: Mistake,
}
