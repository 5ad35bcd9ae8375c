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
