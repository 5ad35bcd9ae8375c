//! On which hosts had an earlier process started something of which nobody knows what became?

use std::collections::HashSet;

use crate::model::{Event, Happening, Plan};

/// Whether something was started on the host.
pub(super) fn is_start(what: &Happening) -> bool {
    matches!(what, Happening::InstallStarted { .. } | Happening::RemovalStarted { .. })
}

/// The hosts on which the last start was neither turned away nor came to an outcome.
pub(super) fn begun(plan: &Plan, journal: &[Event]) -> HashSet<usize> {
    let mut begun = HashSet::new();
    for event in journal {
        let Some(host) = &event.host else { continue };
        match &event.what {
            what if is_start(what) => drop(begun.insert(host)),
            Happening::RetryPlanned { .. } => drop(begun.remove(host)),
            Happening::HostFinished { outcome, .. } if outcome.is_final() => drop(begun.remove(host)),
            _ => {}
        }
    }
    (0..plan.hosts.len()).filter(|host| begun.contains(&plan.hosts[*host].name)).collect()
}
