//! How far has a host come after an event?

use crate::model::{Happening, Standing, Task};

/// How far a host has come after this event; none when the event says nothing about that.
pub fn after(before: Standing, what: &Happening, task: Task) -> Option<Standing> {
    match what {
        Happening::Staged { .. } => Some(before.max(Standing::Staged)),
        Happening::InstallReady | Happening::InstallStarted { .. } => Some(Standing::Begun),
        // A replacement's removal comes before anything of its own is started.
        Happening::RemovalStarted { .. } if task == Task::Uninstall => Some(Standing::Begun),
        Happening::RemovalStarted { .. } => Some(before.max(Standing::Staged)),
        // Whoever plans another visit knows how far the host has come.
        Happening::RetryPlanned { standing, .. } => Some(*standing),
        Happening::HostFinished { outcome, .. } if outcome.is_final() => Some(Standing::Finished),
        // Its client was installed; only the host knows what became of it since.
        Happening::Rechecked { unseen: true, .. } => Some(Standing::Begun),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, Outcome, Phase};

    fn standing(task: Task, happenings: Vec<Happening>) -> Standing {
        let next = |before, what: &Happening| after(before, what, task).unwrap_or(before);
        happenings.iter().fold(Standing::Fresh, next)
    }

    #[test]
    fn a_removal_that_was_started_is_looked_at_first() {
        let started = || Happening::RemovalStarted { waited: 0 };
        let unknown = Outcome::Unknown { phase: Phase::Remove, detail: String::new() };
        let lost = Happening::HostFinished { outcome: unknown, milliseconds: 0 };
        assert_eq!(standing(Task::Uninstall, vec![started()]), Standing::Begun);
        assert_eq!(standing(Task::Uninstall, vec![started(), lost.clone()]), Standing::Begun);
        // The installer of a replacement comes only after it.
        assert_eq!(standing(Task::Replace, vec![started()]), Standing::Staged);
        let staged = Happening::Staged { sent: 1 };
        let ready = Happening::InstallReady;
        assert_eq!(standing(Task::Replace, vec![staged, started(), ready, lost]), Standing::Begun);
        let failed = Outcome::Failed {
            phase: Phase::Verify,
            class: Class::StillThere,
            detail: String::new(),
            tail: String::new(),
        };
        let finished = Happening::HostFinished { outcome: failed, milliseconds: 0 };
        assert_eq!(standing(Task::Uninstall, vec![started(), finished]), Standing::Finished);
    }
}
