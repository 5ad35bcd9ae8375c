//! Is a host as the plan says it is after a rollout? Pure.

use std::collections::BTreeMap;

use crate::installer::{self, Installer};
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
    found.extend(elsewhere(platform, directory, seen));
    found.extend(other);
    if shape.marker {
        found.extend(marks(plan, host, seen));
    }
    found
}

/// A client in another directory than the planned one.
fn elsewhere(platform: &dyn Installer, directory: Option<&str>, seen: &Observation) -> Option<String> {
    let planned = directory?;
    let mut folders = seen.traces.iter().filter(|trace| trace.rule == Rule::InstallDirectory);
    let first = folders.clone().next()?;
    let is_there = folders.any(|trace| platform.same_place(&trace.evidence, planned));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Parameter, Trace};

    /// A plan of headless hosts with a tag, and the look at one of them as it should be.
    fn fleet() -> (Plan, Observation) {
        let mut plan: Plan = serde_json::from_str(include_str!("../../tests/report/plan.json")).unwrap();
        let treatment = &mut plan.treatments[0];
        treatment.shape.install_dir = true;
        treatment.shape.parameters = [Parameter::Tag].into();
        treatment.values.insert(Slot::InstallDir, "/opt/jumpclient".into());
        treatment.values.insert(Slot::Parameter(Parameter::Tag), "web".into());
        let trace = |(rule, evidence): (Rule, &str)| Trace { rule, evidence: evidence.to_owned() };
        let traces = [
            (Rule::InstallDirectory, "/opt/jumpclient"),
            (Rule::Process, "bomgar-pec"),
            (Rule::MarkerFile, "/var/lib/jumpfleet/PRAJumpClient.txt"),
        ];
        let facts = [
            ("unit", "jumpfleet-jump-client.service"),
            ("unit_active", "active"),
            ("unit_enabled", "enabled"),
            ("processes", "all"),
            ("marker_release", treatment.release.as_str()),
            ("marker_product", "bomgar-pec"),
            ("marker_site", plan.appliance.site.as_str()),
            ("marker_setting_jc_tag", "web"),
        ];
        let fact = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let seen = Observation {
            facts: facts.into_iter().map(fact).collect(),
            traces: traces.into_iter().map(trace).collect(),
        };
        (plan, seen)
    }

    #[test]
    fn each_word_of_a_look_counts() {
        let (plan, seen) = fleet();
        let found = |change: &dyn Fn(&mut Observation)| {
            let mut seen = seen.clone();
            change(&mut seen);
            drift(&plan, &plan.hosts[0], &seen)
        };
        assert_eq!(found(&|_| {}), Vec::<String>::new());
        for (fact, value, said) in [
            ("unit_active", "failed", "is failed, not active"),
            ("unit_enabled", "disabled", "it is disabled, not enabled"),
            ("marker_release", "old", "its release is `old`, not"),
            ("marker_product", "sra-pin", "its product is `sra-pin`, not"),
            ("marker_site", "old.example.org", "its site is `old.example.org`, not"),
            ("marker_setting_jc_tag", "db", "`jc_tag` is `db`, not `web`"),
            ("marker_setting_jc_comments", "x", "`jc_comments` is `x`, and is not planned"),
        ] {
            let lines = found(&|seen| drop(seen.facts.insert(fact.to_owned(), value.to_owned())));
            assert!(lines.len() == 1 && lines[0].contains(said), "{fact}: {lines:?}");
        }
        let unset = found(&|seen| drop(seen.facts.remove("marker_setting_jc_tag")));
        assert_eq!(unset, ["`jc_tag` is not set, planned is `web`"]);
        let gone = |rule: Rule| found(&|seen| seen.traces.retain(|trace| trace.rule != rule));
        assert_eq!(gone(Rule::Process), ["no process of the client runs"]);
        assert_eq!(gone(Rule::InstallDirectory), ["no directory of the client is there"]);
        let unmarked = found(&|seen| seen.facts.retain(|name, _| !name.starts_with("marker_")));
        assert_eq!(unmarked, ["no marker file says that jumpfleet installed it"]);
        assert_eq!(found(&|seen| seen.traces.clear()), ["no client is there"]);
        let moved = found(&|seen| seen.traces[0].evidence = "/opt/bomgar/bomgar-pec-x".to_owned());
        assert!(
            moved.iter().any(|line| line.contains("is in /opt/bomgar/bomgar-pec-x, not in")),
            "{moved:?}"
        );
    }
}
