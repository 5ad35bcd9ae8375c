//! Is a host as the plan says it is after a rollout? Pure.

use std::collections::BTreeMap;

use crate::installer;
use crate::model::{Observation, Plan, PlannedHost, Rule, Slot};

/// How the marker file's settings begin among the facts of a look.
const SETTING: &str = "marker_setting_";

/// What on the host is not as the plan says, each in a fragment; empty means that all of it is.
pub fn drift(plan: &Plan, host: &PlannedHost, seen: &Observation) -> Vec<String> {
    let shape = &plan.treatment(host).shape;
    let platform = installer::installer(shape.platform);
    let directory = plan.value(host, Slot::InstallDir).map(AsRef::as_ref);
    let others = seen.traces.iter().filter(|trace| trace.rule == Rule::OtherGeneration);
    let other = others.map(|trace| format!("of the other generation: {}", trace.evidence)).next();
    if platform.own(shape, directory, seen).is_empty() {
        let mut found = vec!["no client is there".to_owned()];
        found.extend(other);
        return found;
    }
    let mut found = platform.missing(shape, seen);
    found.extend(elsewhere(directory, seen));
    found.extend(other);
    if shape.marker {
        found.extend(marks(plan, host, seen));
    }
    found
}

/// A client in another directory than the planned one.
fn elsewhere(directory: Option<&str>, seen: &Observation) -> Option<String> {
    let planned = directory?;
    let mut folders = seen.traces.iter().filter(|trace| trace.rule == Rule::InstallDirectory);
    let first = folders.clone().next()?;
    let is_there = folders.any(|trace| trace.evidence == planned);
    (!is_there).then(|| format!("the client is in {}, not in {planned}", first.evidence))
}

/// What the marker file says otherwise than the plan.
fn marks(plan: &Plan, host: &PlannedHost, seen: &Observation) -> Vec<String> {
    let Some(release) = seen.fact("marker_release") else {
        return vec!["no marker file says that jumpfleet installed it".to_owned()];
    };
    let mut found = Vec::new();
    let mut compare = |what: &str, planned: &str, installed: &str| {
        if planned != installed {
            found.push(format!("{what} is `{installed}`, not `{planned}`"));
        }
    };
    let treatment = plan.treatment(host);
    compare("its release", &treatment.release, release);
    compare("its product", treatment.shape.product.word(), seen.fact("marker_product").unwrap_or("unknown"));
    compare("its site", &plan.appliance.site, seen.fact("marker_site").unwrap_or("unknown"));
    found.extend(settings(plan, host, seen));
    found
}

fn settings(plan: &Plan, host: &PlannedHost, seen: &Observation) -> Vec<String> {
    let slots = plan.treatment(host).shape.parameters.iter().map(|parameter| Slot::Parameter(*parameter));
    let planned: BTreeMap<&str, &str> =
        slots.filter_map(|slot| Some((slot.word(), plan.value(host, slot)?.trim_end()))).collect();
    let installed: BTreeMap<&str, &str> =
        seen.facts.iter().filter_map(|(name, value)| Some((name.strip_prefix(SETTING)?, &**value))).collect();
    let mut found = Vec::new();
    for (name, value) in &planned {
        match installed.get(name) {
            Some(there) if there == value => {}
            Some(there) => found.push(format!("`{name}` is `{there}`, not `{value}`")),
            None => found.push(format!("`{name}` is not set, planned is `{value}`")),
        }
    }
    let unplanned = installed.iter().filter(|(name, _)| !planned.contains_key(*name));
    found.extend(unplanned.map(|(name, there)| format!("`{name}` is `{there}`, and is not planned")));
    found
}
