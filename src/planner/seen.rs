//! What did the look at the hosts show that is worth knowing before they get their clients?

use std::collections::BTreeMap;

use super::finding;
use super::task::skip;
use crate::installer::{self, Remarkable};
use crate::model::{Finding, FindingLevel, Plan, counted};

/// A warning of each kind, about all hosts that it is true of and that get a client; none where nobody looked.
pub(super) fn remarkable(plan: &Plan) -> Vec<Finding> {
    let mut remarks: BTreeMap<Remarkable, (usize, &str)> = BTreeMap::new();
    for host in &plan.hosts {
        let Some(seen) = host.observation.as_ref().filter(|_| skip(plan, host).is_none()) else { continue };
        let shape = &plan.treatment(host).shape;
        for remark in installer::installer(shape.platform).remarks(shape, seen) {
            remarks.entry(remark).or_insert((0, &host.place)).0 += 1;
        }
    }
    let warning = |(remark, (hosts, place)): (Remarkable, (usize, &str))| {
        let message = format!("{} ({})", remark.text, counted(hosts, "host"));
        Finding { place: Some(place.to_owned()), ..finding(FindingLevel::Warning, remark.code, message) }
    };
    remarks.into_iter().map(warning).collect()
}
