//! Is a host still what a plan took it for?

use crate::installer;
use crate::model::{Host, Plan, PlannedHost, Slot};

use super::trust::{release, values};

/// What is different about a host, by the inventory as it is now, as a fragment; none if the plan fits it.
///
/// Waves are not compared, and windows only where the host has one of its own: the settings have the others.
pub fn unlike(plan: &Plan, planned: &PlannedHost, host: &Host) -> Option<&'static str> {
    let treatment = plan.treatment(planned);
    if host.address != planned.address {
        return Some("has another address");
    }
    if plan.accesses.get(planned.access as usize) != Some(&*host.access) {
        return Some("is reached in another way");
    }
    if host.release.as_deref().is_some_and(|release| release != treatment.release) {
        return Some("gets another release");
    }
    let window = planned.window.and_then(|window| plan.windows.get(window as usize));
    if host.window.is_some() && host.window.as_deref() != window {
        return Some("has another maintenance window");
    }
    let release = release(&treatment.release, plan.releases.get(&treatment.release)?);
    let mut own = installer::values(host, &release);
    own.extend(host.staging_dir.clone().map(|folder| (Slot::Staging, folder)));
    let shape = installer::shape(host, &release, treatment.shape.key);
    let same = shape == treatment.shape && own == values(treatment, planned);
    if same { None } else { Some("gets other values") }
}
