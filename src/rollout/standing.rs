//! How far had each host come when the journal ended?

use std::collections::HashMap;

use crate::model::{Event, Happening, Plan, Standing};

/// The standings of the plan's hosts, in its order.
pub fn standings(plan: &Plan, events: &[Event]) -> Vec<Standing> {
    let mut known: HashMap<&str, Standing> = HashMap::with_capacity(plan.hosts.len());
    for event in events {
        let Some(host) = event.host.as_deref() else { continue };
        match &event.what {
            Happening::Staged { .. } => {
                known.entry(host).or_insert(Standing::Staged);
            }
            Happening::InstallReady | Happening::InstallStarted { .. } => {
                known.insert(host, Standing::Begun);
            }
            // Of an install nothing has begun yet where another client is removed before it.
            Happening::RemovalStarted { .. } if plan.task.installs() => {
                known.entry(host).or_insert(Standing::Staged);
            }
            Happening::RemovalStarted { .. } => {
                known.insert(host, Standing::Begun);
            }
            // Whoever plans another visit knows how far the host has come.
            Happening::RetryPlanned { standing, .. } => {
                known.insert(host, *standing);
            }
            Happening::HostFinished { outcome, .. } if outcome.is_final() => {
                known.insert(host, Standing::Finished);
            }
            _ => {}
        }
    }
    plan.hosts.iter().map(|host| known.get(&*host.name).copied().unwrap_or(Standing::Fresh)).collect()
}
