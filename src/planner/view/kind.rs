//! Which hosts are treated alike?

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::spoken::{Spoken, Values, login, spoken, way};
use crate::model::{OWN_NAME, Plan, PlannedHost, Platform, Slot};
use crate::planner::task::{Skip, replaced, skip};
use crate::report::names::fold;

/// Up to so many different commands of one kind are shown each; beyond, only what differs is.
const MOST_COMMANDS: usize = 12;

/// So many of a gap's values are shown, the most frequent first.
const MOST_VALUES: usize = 3;

/// Hosts that are treated alike, but for their own names.
#[derive(Debug)]
pub struct Kind<'a> {
    /// The hosts, in the order of the plan.
    pub hosts: Vec<&'a PlannedHost>,
    /// Their names, folded.
    pub names: String,
    /// The installer's kind.
    pub platform: Platform,
    /// Such as `linux_headless of release spring, as admin, root through sudo`.
    pub who: String,
    /// What else is worth knowing of the way to them, one sentence each.
    pub way: Vec<String>,
    /// The client that is removed from them first, if the plan looked.
    pub replaced: bool,
    /// Why nothing is done to them, if so.
    pub nothing: Option<String>,
    /// What they are told, in order.
    pub told: Vec<Spoken>,
    /// The gaps that each fills with a value of its own: the gap, how many values, the most frequent ones.
    pub own: Vec<Own>,
}

/// A gap that hosts of one kind fill with many values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The gap.
    pub slot: Slot,
    /// How many values there are.
    pub count: usize,
    /// The most frequent ones, each with its number of hosts.
    pub most: Vec<(String, usize)>,
}

/// What hosts of one group have in common.
#[derive(PartialEq, Eq, Hash, Clone)]
struct Key {
    treatment: u32,
    access: u32,
    window: Option<u32>,
    skip: Option<Skip>,
    replaced: Option<String>,
}

/// The hosts folded by identical treatment: those that something is done to first, then the most.
pub(super) fn kinds(plan: &Plan) -> Vec<Kind<'_>> {
    let mut groups: Vec<(Key, Vec<&PlannedHost>)> = Vec::new();
    let mut index = HashMap::new();
    for host in &plan.hosts {
        let (treatment, access, window) = (host.treatment, host.access, host.window);
        let key = Key { treatment, access, window, skip: skip(plan, host), replaced: replaced(plan, host) };
        let at = *index.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(host);
    }
    let mut kinds: Vec<_> = groups.into_iter().flat_map(|(key, hosts)| split(plan, &key, hosts)).collect();
    kinds.sort_by_key(|kind| (kind.nothing.is_some(), std::cmp::Reverse(kind.hosts.len())));
    kinds
}

/// A group by the commands its hosts hear; whole when these are too many.
fn split<'a>(plan: &'a Plan, key: &Key, hosts: Vec<&'a PlannedHost>) -> Vec<Kind<'a>> {
    if key.skip.is_some() {
        return vec![kind(plan, key, hosts, &Values::new(), Vec::new())];
    }
    match commands(&hosts) {
        Some(commands) => {
            let each = commands.into_iter();
            each.map(|(values, hosts)| kind(plan, key, hosts, &values, Vec::new())).collect()
        }
        None => {
            let (alike, own) = compared(&hosts);
            vec![kind(plan, key, hosts, &alike, own)]
        }
    }
}

fn kind<'a>(
    plan: &'a Plan,
    key: &Key,
    hosts: Vec<&'a PlannedHost>,
    values: &Values,
    own: Vec<Own>,
) -> Kind<'a> {
    let treatment = &plan.treatments[key.treatment as usize];
    let access = &plan.accesses[key.access as usize];
    let platform = treatment.shape.platform;
    let mut way = way(access);
    way.extend(key.window.map(|window| format!("only {}", plan.windows[window as usize])));
    let told = match key.skip {
        Some(_) => Vec::new(),
        None => spoken(plan, treatment, values, first(key, &hosts)),
    };
    Kind {
        names: fold(hosts.iter().map(|host| host.name.as_ref())),
        platform,
        who: format!("{platform} of release {}, {}", treatment.release, login(access)),
        way,
        replaced: key.replaced.is_some(),
        nothing: key.skip.map(|skip| format!("{skip}: nothing is done")),
        told,
        own,
        hosts,
    }
}

/// What a replacement does before it installs.
fn first(key: &Key, hosts: &[&PlannedHost]) -> String {
    match &key.replaced {
        Some(other) => format!("first remove {other}"),
        None if hosts.iter().all(|host| host.observation.is_some()) => {
            "no other client is there to be removed".to_owned()
        }
        None => "first remove a client of an older generation or of another site, if one is there".to_owned(),
    }
}

/// The hosts that hear exactly the same, but for their own names; none when the commands are too many.
fn commands<'a>(hosts: &[&'a PlannedHost]) -> Option<Vec<(Values, Vec<&'a PlannedHost>)>> {
    let mut commands: Vec<(Values, Vec<&PlannedHost>)> = Vec::new();
    for host in hosts {
        let values = without_own_name(host);
        match commands.iter().position(|(known, _)| *known == values) {
            Some(at) => commands[at].1.push(host),
            None if commands.len() == MOST_COMMANDS => return None,
            None => commands.push((values, vec![host])),
        }
    }
    Some(commands)
}

/// What all hosts have in common, and the values where they differ.
fn compared(hosts: &[&PlannedHost]) -> (Values, Vec<Own>) {
    let mut differing: BTreeMap<Slot, HashMap<Arc<str>, usize>> = BTreeMap::new();
    for host in hosts {
        for (slot, value) in &host.values {
            *differing.entry(*slot).or_default().entry(general(value, &host.name)).or_default() += 1;
        }
    }
    let mut alike = Values::new();
    differing.retain(|slot, values| match values.keys().next() {
        Some(only) if values.len() == 1 => {
            alike.insert(*slot, only.clone());
            false
        }
        _ => true,
    });
    (alike, differing.into_iter().map(|(slot, values)| own(slot, values)).collect())
}

fn own(slot: Slot, values: HashMap<Arc<str>, usize>) -> Own {
    let count = values.len();
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let most = values.into_iter().take(MOST_VALUES).map(|(value, hosts)| (value.to_string(), hosts));
    Own { slot, count, most: most.collect() }
}

fn without_own_name(host: &PlannedHost) -> Values {
    host.values.iter().map(|(slot, value)| (*slot, general(value, &host.name))).collect()
}

/// A value with the host's own name taken out.
pub(in crate::planner) fn general(value: &Arc<str>, name: &str) -> Arc<str> {
    if value.contains(name) { value.replace(name, OWN_NAME).into() } else { value.clone() }
}
