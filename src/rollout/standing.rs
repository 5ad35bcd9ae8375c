//! How far had each host come when the journal ended?

use std::collections::HashMap;

use crate::model::{Event, Happening, Plan, Standing, Task};

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

/// The standings of the plan's hosts, in its order.
pub fn standings(plan: &Plan, events: &[Event]) -> Vec<Standing> {
    let mut known: HashMap<&str, Standing> = HashMap::with_capacity(plan.hosts.len());
    for event in events {
        let Some(host) = event.host.as_deref() else { continue };
        let before = known.get(host).copied().unwrap_or(Standing::Fresh);
        if let Some(standing) = after(before, &event.what, plan.task) {
            known.insert(host, standing);
        }
    }
    plan.hosts.iter().map(|host| known.get(&*host.name).copied().unwrap_or(Standing::Fresh)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::{Class, Outcome, Phase, PlannedHost, Task};

    fn plan(task: Task) -> Plan {
        let text = include_str!("../../tests/report/plan.json");
        let mut plan: Plan = serde_json::from_str(text).unwrap();
        plan.task = task;
        plan.hosts.truncate(1);
        plan
    }

    fn standing(task: Task, happenings: Vec<Happening>) -> Standing {
        let plan = plan(task);
        let PlannedHost { name, .. } = plan.hosts[0].clone();
        let event = |what| Event { at: Timestamp::UNIX_EPOCH, host: Some(name.clone()), what };
        standings(&plan, &happenings.into_iter().map(event).collect::<Vec<_>>())[0]
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
