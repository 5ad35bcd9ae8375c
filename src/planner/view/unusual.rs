//! Which hosts differ from nearly all others, and in what?

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::kind::general;
use super::spoken::passed;
use super::{Kind, Remark};
use crate::model::{Access, FindingLevel, HostKeyPolicy, Plan, PlannedHost, Slot, counted};
use crate::report::names::fold_within;

/// In smaller fleets a reviewer sees every host.
const SMALLEST_FLEET: usize = 20;

/// A value is usual when so many of a hundred hosts have it.
const USUAL: usize = 80;

/// A value is unusual when at most so many of a hundred hosts have it.
const UNUSUAL: usize = 5;

/// So many remarks are made at most, about the rarest values.
const MOST_REMARKS: usize = 20;

/// The most characters of names in a remark.
const MOST_NAMES: usize = 160;

/// What is derived from another gap's value says nothing new.
pub(in crate::planner) const DERIVED: [Slot; 4] =
    [Slot::InstallName, Slot::InstallParent, Slot::InitScript, Slot::MarkerFolder];

/// The hosts that have a value of something.
type Holders<'a> = HashMap<Arc<str>, Vec<&'a PlannedHost>>;

/// What a way into hosts and their treatment have to be compared: what, and its value.
type Traits = Vec<(&'static str, Arc<str>)>;

/// Hosts whose treatment differs from the others' in one thing that nearly all have alike.
pub(super) fn unusual(plan: &Plan, kinds: &[Kind<'_>]) -> Vec<Remark> {
    if plan.hosts.len() < SMALLEST_FLEET {
        return Vec::new();
    }
    let mut found = of_ways(plan, kinds);
    found.extend(of_values(plan));
    let mut remarks: Vec<_> = found.iter().flat_map(|(what, values)| rare(plan, what, values)).collect();
    remarks.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| one.1.message.cmp(&other.1.message)));
    remarks.into_iter().take(MOST_REMARKS).map(|(_, remark)| remark).collect()
}

/// How hosts are reached and which installer they take.
fn of_ways<'a>(plan: &'a Plan, kinds: &[Kind<'a>]) -> Vec<(String, Holders<'a>)> {
    let mut found: BTreeMap<&str, Holders<'a>> = BTreeMap::new();
    let hosts = kinds.iter().flat_map(|kind| &kind.hosts);
    let mut known: HashMap<(u32, u32), Traits> = HashMap::new();
    for host in hosts {
        let traits = known.entry((host.treatment, host.access)).or_insert_with(|| {
            let treatment = plan.treatment(host);
            let mut traits = ways(&plan.accesses[host.access as usize]);
            traits.push(("platform", treatment.shape.platform.word().into()));
            traits.push(("release", treatment.release.as_str().into()));
            traits.push(("start at boot", treatment.shape.boot.word().into()));
            traits
        });
        for (what, value) in traits {
            found.entry(what).or_default().entry(value.clone()).or_default().push(host);
        }
    }
    found.into_iter().map(|(what, values)| (what.to_owned(), values)).collect()
}

fn ways(access: &Access) -> Traits {
    let keys = match access.host_key_policy {
        HostKeyPolicy::Strict => "strict",
        HostKeyPolicy::AcceptNew => "accept-new",
    };
    vec![
        ("login", access.user.as_deref().unwrap_or("the caller's name").into()),
        ("root", if access.elevate { "through sudo" } else { "no" }.into()),
        ("port", access.port.to_string().into()),
        ("way", passed(access).unwrap_or_else(|| "direct".to_owned()).into()),
        ("host keys", keys.into()),
    ]
}

/// What hosts fill gaps with; what all of a treatment have alike counts too.
fn of_values(plan: &Plan) -> Vec<(String, Holders<'_>)> {
    let mut found: BTreeMap<Slot, Holders<'_>> = BTreeMap::new();
    for host in &plan.hosts {
        let common = plan.treatment(host).values.iter();
        for (slot, value) in common.chain(&host.values).filter(|(slot, _)| !DERIVED.contains(slot)) {
            let value = general(value, &host.name);
            found.entry(*slot).or_default().entry(value).or_default().push(host);
        }
    }
    found.into_iter().map(|(slot, values)| (slot.to_string(), values)).collect()
}

/// A remark for each rare value, if there is a usual one, with how many have it.
fn rare(plan: &Plan, what: &str, values: &Holders<'_>) -> Vec<(usize, Remark)> {
    let total = plan.hosts.len();
    let usual = values.iter().find(|(_, hosts)| hosts.len() * 100 >= total * USUAL);
    let Some((usual, most)) = usual else { return Vec::new() };
    let rare = values.iter().filter(|(_, hosts)| hosts.len() * 100 <= total * UNUSUAL);
    let remarks = rare.map(|(value, hosts)| {
        let names = fold_within(hosts.iter().map(|host| host.name.as_ref()), MOST_NAMES);
        let message = format!(
            "{what} is `{value}` on {} ({names}), `{usual}` on {}",
            counted(hosts.len(), "host"),
            counted(most.len(), "host")
        );
        let place = hosts.first().map(|host| host.place.clone());
        (hosts.len(), Remark { level: FindingLevel::Note, code: "unusual".to_owned(), message, place })
    });
    remarks.collect()
}
