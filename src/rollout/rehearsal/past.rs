//! What had an earlier process done to the hosts of a run that is gone on with?

use std::collections::HashSet;

use crate::model::{Event, Happening, Plan, Task};

/// What the journal of an earlier process says of the hosts.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// The hosts on which the last start was neither turned away nor came to an outcome.
    pub begun: HashSet<usize>,
    /// The hosts whose old client is gone already.
    pub cleared: HashSet<usize>,
}

/// Whether an event takes a permit.
pub(super) fn is_start(what: &Happening) -> bool {
    matches!(what, Happening::InstallStarted { .. } | Happening::RemovalStarted { .. })
}

impl Past {
    /// Reads the journal once.
    pub(super) fn of(plan: &Plan, journal: &[Event]) -> Self {
        let (mut begun, mut cleared) = (HashSet::new(), HashSet::new());
        for event in journal {
            let Some(host) = &event.host else { continue };
            match &event.what {
                // The removal before a replacement is looked at and begun anew.
                Happening::RemovalStarted { .. } if plan.task == Task::Replace => {}
                Happening::RemovalEnded { .. } => drop(cleared.insert(host)),
                what if is_start(what) => drop(begun.insert(host)),
                Happening::RetryPlanned { .. } => drop(begun.remove(host)),
                Happening::HostFinished { outcome, .. } if outcome.is_final() => drop(begun.remove(host)),
                _ => {}
            }
        }
        let places = |hosts: &HashSet<_>| {
            (0..plan.hosts.len()).filter(|host| hosts.contains(&plan.hosts[*host].name)).collect()
        };
        Self { begun: places(&begun), cleared: places(&cleared) }
    }
}
