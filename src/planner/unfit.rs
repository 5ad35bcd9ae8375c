//! Which hosts that were looked at cannot take the client?

use std::collections::BTreeMap;

use super::finding;
use super::task::skip;
use crate::installer;
use crate::model::{Finding, FindingLevel, Plan, PlannedHost, counted};

/// How many reasons are told one by one.
const MOST: usize = 10;

/// A warning for each reason why hosts would end as unfit, at the first host that has it.
pub(super) fn unfit(plan: &Plan) -> Vec<Finding> {
    let mut reasons: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for host in &plan.hosts {
        if let Some(reason) = reason(plan, host) {
            reasons.entry(reason).or_insert((0, &host.place)).0 += 1;
        }
    }
    let rest: usize = reasons.values().skip(MOST).map(|(hosts, _)| hosts).sum();
    let told = reasons.into_iter().take(MOST).map(|(reason, (hosts, place))| {
        let what = format!("{} cannot take the client: {reason}", counted(hosts, "host"));
        Finding { place: Some(place.to_owned()), ..warning(what) }
    });
    let more = (rest > 0)
        .then(|| warning(format!("{} more cannot take it for other reasons", counted(rest, "host"))));
    told.chain(more).collect()
}

fn warning(what: String) -> Finding {
    finding(FindingLevel::Warning, "hosts_unfit", what)
}

fn reason(plan: &Plan, host: &PlannedHost) -> Option<String> {
    let seen = host.observation.as_ref().filter(|_| skip(plan, host).is_none())?;
    let treatment = plan.treatment(host);
    let file = plan.installers.get(treatment.installer);
    installer::unfit(&treatment.shape, file, seen).map(|(_, text)| text)
}
