//! What is different between two plans? One value that every format is written from.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::facts::{Fact, facts};
use super::fields::Comparison;
use crate::ci::Sources;
use crate::model::{Input, Plan, PlannedHost};
use crate::planner::view::View;

/// The version of the form for programs; it grows when a field changes its meaning or goes away.
pub(super) const FORMAT: u32 = 1;

/// Two plans, the old one first, and everything in which they differ.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// The version of this form.
    pub format_version: u32,
    /// The old plan.
    pub old: Side,
    /// The new plan.
    pub new: Side,
    /// The files the plans were made from that are not the same.
    pub inputs: Vec<InputChange>,
    /// What is decided differently for all hosts.
    pub settings: Vec<Change>,
    /// Hosts that only the new plan has.
    pub added: Vec<Group>,
    /// Hosts that only the old plan has.
    pub removed: Vec<Group>,
    /// Hosts that both have and that are treated differently, the most first.
    pub changed: Vec<Group>,
    /// How many hosts are treated as before.
    pub unchanged: usize,
    /// The files that places name.
    #[serde(skip)]
    pub sources: Sources,
}

/// One of the two plans.
#[derive(Debug, Serialize)]
pub struct Side {
    /// Its id.
    pub plan_id: String,
    /// How many hosts it holds.
    pub hosts: usize,
    /// What it comes to, in words.
    pub headline: String,
    /// How long it takes, in words.
    pub lasts: String,
}

/// A file that plans are made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputChange {
    /// Its absolute path.
    pub path: String,
    /// `changed`, `new` or `gone`.
    pub change: &'static str,
}

/// One thing that is different.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Change {
    /// What.
    pub what: String,
    /// What it was, if it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What it is, if it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// The variable that decides it, if the plans tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Where that is written (for the first host), as `file:line`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whether it is not written any more; the place is where it was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_gone: bool,
}

/// Hosts to which the same happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Their names, in the order of the plan.
    pub hosts: Vec<Arc<str>>,
    /// What they get, for hosts that came or went.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// Where the first of them is named, as `file:line`.
    pub place: String,
    /// What is different, for hosts that both plans have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl Difference {
    /// Compares two plans.
    pub fn of(old: &Plan, new: &Plan) -> Self {
        let before: HashMap<&str, &PlannedHost> = by_name(old);
        let after: HashMap<&str, &PlannedHost> = by_name(new);
        let mut comparison = Comparison::of(old, new);
        let mut changed = Folded::default();
        let mut unchanged = 0;
        for host in &new.hosts {
            let Some(was) = before.get(&*host.name) else { continue };
            let changes = comparison.changes(was, host);
            if changes.is_empty() {
                unchanged += 1;
            } else {
                changed.add(host, changes);
            }
        }
        Self {
            format_version: FORMAT,
            old: Side::of(old),
            new: Side::of(new),
            inputs: inputs(old, new),
            settings: settings(old, new),
            added: alone(new, &before),
            removed: alone(old, &after),
            changed: changed.groups(),
            unchanged,
            sources: Sources::of(new.inputs.iter().chain(&old.inputs).map(|input| input.path.as_str())),
        }
    }

    /// Whether the plans do the same; files may have changed nevertheless.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
            && self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
    }

    /// How many hosts there are in groups.
    pub fn count(groups: &[Group]) -> usize {
        groups.iter().map(|group| group.hosts.len()).sum()
    }

    /// How many hosts came, went and are treated differently, in words.
    pub fn headline(&self) -> String {
        format!(
            "{} added, {} removed, {} treated differently, {} as before",
            Self::count(&self.added),
            Self::count(&self.removed),
            Self::count(&self.changed),
            self.unchanged
        )
    }
}

impl Side {
    fn of(plan: &Plan) -> Self {
        let view = View::of(plan);
        Self {
            plan_id: plan.plan_id.clone(),
            hosts: plan.hosts.len(),
            headline: view.headline,
            lasts: view.takes,
        }
    }
}

impl Change {
    /// In words, such as `jc_tag: web → db (fleet.yaml:12)`.
    pub fn said(&self) -> String {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        let written = match (&self.variable, &self.place) {
            (Some(variable), Some(place)) if self.is_gone => format!(" ({variable} was at {place})"),
            (Some(variable), Some(place)) if *variable != self.what => format!(" ({variable} at {place})"),
            (_, Some(place)) => format!(" (at {place})"),
            _ => String::new(),
        };
        format!("{}: {} → {}{written}", self.what, shown(&self.old), shown(&self.new))
    }
}

fn by_name(plan: &Plan) -> HashMap<&str, &PlannedHost> {
    plan.hosts.iter().map(|host| (&*host.name, host)).collect()
}

/// The hosts that the other plan has not, folded by what they get.
fn alone(plan: &Plan, others: &HashMap<&str, &PlannedHost>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut index: HashMap<u32, usize> = HashMap::new();
    for host in plan.hosts.iter().filter(|host| !others.contains_key(&*host.name)) {
        let at = *index.entry(host.treatment).or_insert_with(|| {
            let treatment = plan.treatment(host);
            let what = format!("{} of release {}", treatment.shape.platform, treatment.release);
            groups.push(Group { hosts: Vec::new(), what, place: host.place.clone(), changes: Vec::new() });
            groups.len() - 1
        });
        groups[at].hosts.push(host.name.clone());
    }
    groups
}

/// Hosts by identical changes.
#[derive(Default)]
struct Folded {
    groups: Vec<Group>,
    index: HashMap<Vec<Change>, usize>,
}

impl Folded {
    fn add(&mut self, host: &PlannedHost, changes: Vec<Change>) {
        // Each host's own line is another one; the first host's stands for them all.
        let key: Vec<Change> =
            changes.iter().map(|change| Change { place: None, ..change.clone() }).collect();
        let groups = &mut self.groups;
        let at = *self.index.entry(key).or_insert_with(|| {
            groups.push(Group { hosts: Vec::new(), what: String::new(), place: host.place.clone(), changes });
            groups.len() - 1
        });
        groups[at].hosts.push(host.name.clone());
    }

    fn groups(mut self) -> Vec<Group> {
        self.groups.sort_by_key(|group| std::cmp::Reverse(group.hosts.len()));
        self.groups
    }
}

/// The files that are not the same; the same file of two checkouts is one file.
fn inputs(old: &Plan, new: &Plan) -> Vec<InputChange> {
    let (before, after) = (digests(old), digests(new));
    let now = new.inputs.iter().filter_map(|input| match before.get(below(new, &input.path)) {
        None => Some((input, "new")),
        Some(digest) if *digest != input.sha256 => Some((input, "changed")),
        Some(_) => None,
    });
    let is_gone = |input: &&Input| !after.contains_key(below(old, &input.path));
    let gone = old.inputs.iter().filter(is_gone).map(|input| (input, "gone"));
    now.chain(gone).map(|(input, change)| InputChange { path: input.path.clone(), change }).collect()
}

fn digests(plan: &Plan) -> HashMap<&str, &str> {
    plan.inputs.iter().map(|input| (below(plan, &input.path), input.sha256.as_str())).collect()
}

/// A path as seen from the folder of the plan's settings, if it lies below.
fn below<'p>(plan: &Plan, path: &'p str) -> &'p str {
    let folder = plan.settings.rsplit_once('/').map_or("", |(folder, _)| folder);
    path.strip_prefix(folder).and_then(|path| path.strip_prefix('/')).unwrap_or(path)
}

fn settings(old: &Plan, new: &Plan) -> Vec<Change> {
    let (before, after) = (facts(old), facts(new));
    let mut known = HashSet::new();
    let names = after.iter().chain(&before).map(|(what, _)| what).filter(|what| known.insert(*what));
    let (old, new) = (by_what(&before), by_what(&after));
    let changes = names.filter_map(|what| {
        let (old, new) = (old.get(what.as_str()).cloned(), new.get(what.as_str()).cloned());
        let what = what.clone();
        (old != new).then_some(Change { what, old, new, variable: None, place: None, is_gone: false })
    });
    changes.collect()
}

/// What is decided of each thing; a plan may say several things of one.
fn by_what(facts: &[Fact]) -> HashMap<&str, String> {
    let mut decided: HashMap<&str, String> = HashMap::new();
    for (what, value) in facts {
        let known = decided.entry(what).or_default();
        known.push_str(if known.is_empty() { "" } else { "; " });
        known.push_str(value);
    }
    decided
}
