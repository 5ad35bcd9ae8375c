//! What is known of a client that a host shows already, by the site's record and by its marker file?

use super::bench::Bench;
use crate::model::{Observation, Outcome, Rule};
use crate::planner;

/// The end of a host that shows no client, and of which the site has a record that says it has one.
pub(super) fn kept(bench: &Bench<'_>, is_replaced: bool) -> Option<Outcome> {
    let known = planner::kept(&bench.crew.plan, bench.host).filter(|_| !is_replaced)?;
    // Nothing of a client was seen: either the record is a ghost, or its client is on another computer of that name.
    Some(Outcome::AlreadyPresent { rule: Rule::Site, evidence: known.to_string(), running: false })
}

/// That a client is another site's, in words behind the trace; empty where the marker file does not say so.
pub(super) fn of_another_site(bench: &Bench<'_>, seen: &Observation) -> String {
    let other = seen.fact("marker_site").filter(|site| *site != bench.crew.plan.appliance.site);
    other.map_or_else(String::new, |site| format!(", of {site} by its marker file"))
}

/// What the site knows of the client that a host shows, in words behind the trace; empty where it was not asked.
pub(super) fn of_client(bench: &Bench<'_>) -> String {
    match (&bench.crew.plan.appliance.told, &bench.host.record) {
        (None, _) => String::new(),
        (Some(_), Some(known)) => format!(" ({known})"),
        (Some(_), None) => {
            " (the site shows no record: the client is another site's, in a personal list, or does not connect)".to_owned()
        }
    }
}
