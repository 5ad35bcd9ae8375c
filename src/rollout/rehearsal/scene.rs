//! What happens to a host that is made up?

use crate::model::{Class, Outcome, Phase, Rule, Task};

/// What happens to a host next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scene {
    /// It is ready, and asks for a permit.
    Ready,
    /// Its visit meets a mishap.
    Mishap(Phase, Class),
    /// Its old client is gone, and it asks for a permit for the new one.
    Cleared,
    /// Its installer ends.
    Ended(i32),
    /// It has its outcome.
    Finished(End),
    /// It was looked at again.
    Rechecked(bool),
}

/// How a host that is made up ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Done,
    Present,
    Failed(Class),
}

impl End {
    /// The outcome of a host that ends so.
    pub(super) fn outcome(self, task: Task) -> Outcome {
        match (self, task) {
            (Self::Done, Task::Uninstall) => Outcome::Removed { directory: None, notes: Vec::new() },
            (Self::Done, _) => Outcome::Installed { directory: None, notes: Vec::new() },
            (Self::Present, Task::Uninstall) => Outcome::AlreadyAbsent { why: String::new() },
            (Self::Present, _) => Outcome::AlreadyPresent {
                rule: Rule::InstallDirectory,
                evidence: "rehearsed".to_owned(),
                running: true,
            },
            (Self::Failed(class), _) => Outcome::Failed {
                phase: Phase::Install,
                class,
                detail: "rehearsed".to_owned(),
                tail: String::new(),
            },
        }
    }
}
