//! How far did hosts come, by platform, by wave, and by what the waves are spread over?

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::text::{line, number};
use super::view::{Slice, slices};
use crate::model::{Outcome, OutcomeKind, Task};
use crate::report::record::{HostRecord, Report};

/// The most rows of a table; the smaller ones are added up.
const MOST_ROWS: usize = 40;
/// The most characters of a name.
const MOST_NAME: usize = 80;

/// A table of groups of hosts.
#[derive(Serialize)]
pub(super) struct Funnel<'a> {
    title: &'static str,
    /// What a group is, for the head of its column.
    group: &'static str,
    /// What the last step is called: with a client, or without one.
    done: &'static str,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: std::borrow::Cow<'a, str>,
    planned: String,
    reached: String,
    started: String,
    done: String,
    bar: Vec<Slice>,
}

#[derive(Default)]
struct Steps {
    planned: u64,
    reached: u64,
    started: u64,
    done: u64,
    counts: BTreeMap<OutcomeKind, u64>,
}

impl Steps {
    fn add(&mut self, host: &HostRecord) {
        let kind = host.outcome.kind();
        self.planned += 1;
        self.reached += u64::from(!matches!(kind, OutcomeKind::Unreachable | OutcomeKind::NotStarted));
        self.started += u64::from(host.install_started.or(host.removal_started).is_some());
        self.done += u64::from(is_done(&host.outcome));
        *self.counts.entry(kind).or_default() += 1;
    }

    fn merge(&mut self, other: Self) {
        self.planned += other.planned;
        self.reached += other.reached;
        self.started += other.started;
        self.done += other.done;
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
    }

    fn row(self, name: &str) -> Row<'_> {
        Row {
            name: line(name, MOST_NAME),
            planned: number(self.planned),
            reached: number(self.reached),
            started: number(self.started),
            done: number(self.done),
            bar: slices(self.counts.into_iter()),
        }
    }
}

/// Whether the host is as the run wanted it to be.
fn is_done(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Installed { .. } | Outcome::Connected { .. } | Outcome::Removed { .. } => true,
        Outcome::AlreadyPresent { running, .. } => *running,
        Outcome::AlreadyAbsent { why } => why.is_empty(),
        _ => false,
    }
}

/// The tables that say anything: one group alone is the whole run.
pub(super) fn all(report: &Report) -> Vec<Funnel<'_>> {
    let mut funnels = vec![funnel(report, "By platform", "Platform", platform)];
    if report.hosts.iter().any(|host| host.spread.is_some()) {
        funnels.push(funnel(report, "By spread", "Spread", spread));
    }
    if report.waves.len() > 1 {
        funnels.push(funnel(report, "By wave", "Wave", wave));
    }
    funnels
}

fn platform<'a>(_: &'a Report, host: &'a HostRecord) -> &'a str {
    host.platform.map_or("", |platform| platform.word())
}

fn wave<'a>(report: &'a Report, host: &'a HostRecord) -> &'a str {
    report.waves.get(host.wave as usize).map_or("", String::as_str)
}

fn spread<'a>(_: &'a Report, host: &'a HostRecord) -> &'a str {
    host.spread.as_deref().unwrap_or("none")
}

fn funnel<'a>(
    report: &'a Report,
    title: &'static str,
    group: &'static str,
    name: fn(&'a Report, &'a HostRecord) -> &'a str,
) -> Funnel<'a> {
    let mut order = Vec::new();
    let mut groups: HashMap<&str, Steps> = HashMap::new();
    for host in &report.hosts {
        let steps = groups.entry(name(report, host)).or_insert_with_key(|name| {
            order.push(*name);
            Steps::default()
        });
        steps.add(host);
    }
    let mut shown: Vec<(&str, Steps)> =
        order.into_iter().filter_map(|name| groups.remove_entry(name)).collect();
    if shown.len() > MOST_ROWS {
        shown.sort_by_key(|(_, steps)| std::cmp::Reverse(steps.planned));
    }
    let rest = shown.split_off(shown.len().min(MOST_ROWS));
    let mut rows: Vec<_> = shown.into_iter().map(|(name, steps)| steps.row(name)).collect();
    if !rest.is_empty() {
        let mut others = Steps::default();
        let name = format!("{} more", number(rest.len() as u64));
        rest.into_iter().for_each(|(_, steps)| others.merge(steps));
        let row = others.row("");
        rows.push(Row { name: name.into(), ..row });
    }
    let done = if report.run.task == Task::Uninstall { "Without client" } else { "With client" };
    Funnel { title, group, done, rows }
}
