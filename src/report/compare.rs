//! What is new since an earlier run?

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::clean::{clean_line, defuse};
use super::names::{fold, fold_within};
use super::record::{HostRecord, Report};
use crate::model::{OutcomeKind, counted};

/// The hosts of a run next to those of an earlier one, each list in the order of its plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The earlier run; none when its journal does not begin with its name.
    pub run: Option<String>,
    /// Failing now, and not failing or not there before.
    pub newly_failing: Vec<Arc<str>>,
    /// Failing in both.
    pub still_failing: Vec<Arc<str>>,
    /// Failing before, and as planned now.
    pub recovered: Vec<Arc<str>>,
    /// Failing before, and not started now, so nobody knows.
    pub left_open: Vec<Arc<str>>,
    /// Not there before, however they ended now.
    pub new: Vec<Arc<str>>,
    /// There before, and no longer planned.
    pub gone: Vec<Arc<str>>,
    /// Why the two runs can hardly be compared, each in a sentence; empty for two of one task and site.
    pub unlike: Vec<String>,
    before: HashMap<Arc<str>, OutcomeKind>,
}

/// One list of a comparison as it is shown.
pub(super) struct Change<'a> {
    /// Its word for programs.
    pub word: &'static str,
    /// Its words for people.
    pub title: &'static str,
    /// Its hosts.
    pub hosts: &'a [Arc<str>],
}

impl Change<'_> {
    /// Its hosts on a line of at most about so many characters.
    pub(super) fn names(&self, characters: usize) -> String {
        let names = fold_within(self.hosts.iter().map(|name| &**name), characters);
        clean_line(&names).into_owned()
    }
}

/// Whether a host that ended so is failing; one that was not started is not, nobody knows of it.
fn fails(kind: OutcomeKind) -> bool {
    matches!(
        kind,
        OutcomeKind::Failed | OutcomeKind::NotConnected | OutcomeKind::Unreachable | OutcomeKind::Unknown
    )
}

/// What two runs do not have in common; a replacement installs, too.
fn unlike(earlier: &Report, report: &Report) -> Vec<String> {
    let (then, now) = (&earlier.run, &report.run);
    let task = (then.task.installs() != now.task.installs())
        .then(|| format!("the task was `{}` then and is `{}` now", then.task, now.task));
    let site =
        (then.site != now.site).then(|| format!("the site was {} then and is {} now", then.site, now.site));
    task.into_iter().chain(site).collect()
}

impl Comparison {
    /// What became of the hosts of `report` since `earlier`; hosts are the same when their names are.
    pub fn between(earlier: &Report, report: &Report) -> Self {
        let known = |host: &HostRecord| (host.name.clone(), host.outcome.kind());
        let mut found = Self {
            run: earlier.run.name.clone(),
            newly_failing: Vec::new(),
            still_failing: Vec::new(),
            recovered: Vec::new(),
            left_open: Vec::new(),
            new: Vec::new(),
            gone: Vec::new(),
            unlike: unlike(earlier, report),
            before: earlier.hosts.iter().map(known).collect(),
        };
        for host in &report.hosts {
            found.add(host);
        }
        let now: std::collections::HashSet<&str> = report.hosts.iter().map(|host| &*host.name).collect();
        let gone = earlier.hosts.iter().filter(|host| !now.contains(&*host.name));
        found.gone = gone.map(|host| host.name.clone()).collect();
        found
    }

    fn add(&mut self, host: &HostRecord) {
        let kind = host.outcome.kind();
        let before = self.before(&host.name);
        if before.is_none() {
            self.new.push(host.name.clone());
        }
        let list = match (before.is_some_and(fails), fails(kind)) {
            (false, true) => &mut self.newly_failing,
            (true, true) => &mut self.still_failing,
            (true, false) if kind == OutcomeKind::NotStarted => &mut self.left_open,
            (true, false) => &mut self.recovered,
            (false, false) => return,
        };
        list.push(host.name.clone());
    }

    /// How a host ended in the earlier run, if it was part of it.
    pub fn before(&self, name: &str) -> Option<OutcomeKind> {
        self.before.get(name).copied()
    }

    /// The earlier run's name.
    pub fn name(&self) -> &str {
        self.run.as_deref().unwrap_or("without a beginning")
    }

    /// All lists, the most urgent first; some may be empty.
    pub(super) fn changes(&self) -> [Change<'_>; 6] {
        let change = |word, title, hosts| Change { word, title, hosts };
        [
            change("newly_failing", "newly failing", self.newly_failing.as_slice()),
            change("still_failing", "still failing", &self.still_failing),
            change("left_open", "failing before, not started now", &self.left_open),
            change("recovered", "recovered", &self.recovered),
            change("new", "new", &self.new),
            change("gone", "no longer planned", &self.gone),
        ]
    }

    /// The lists with hosts in them.
    pub(super) fn shown(&self) -> impl Iterator<Item = Change<'_>> {
        self.changes().into_iter().filter(|change| !change.hosts.is_empty())
    }

    /// Its section of the text report.
    pub(super) fn write_text(&self, most_names: usize, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\nSINCE {}", defuse(&clean_line(self.name())))?;
        for why in &self.unlike {
            writeln!(out, "  warning: {}", defuse(&clean_line(why)))?;
        }
        for change in self.shown() {
            let count = counted(change.hosts.len(), "host");
            writeln!(out, "  {}: {count}: {}", change.title, change.names(most_names))?;
        }
        if self.shown().next().is_none() {
            writeln!(out, "  nothing is new")?;
        }
        Ok(())
    }
}

/// A comparison as programs read it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Since")]
pub(super) struct Line<'a> {
    /// The earlier run; null when its journal does not begin with its name.
    run: Option<&'a str>,
    /// Why the two runs can hardly be compared; left out for two of one task and site.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unlike: &'a [String],
    /// The lists, by what became of their hosts.
    #[serde(flatten)]
    lists: std::collections::BTreeMap<&'static str, List>,
}

/// Hosts of one kind.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HostList")]
struct List {
    /// How many there are.
    count: usize,
    /// Their names, folded, to paste behind `--limit`.
    hosts: String,
}

impl<'a> Line<'a> {
    pub(super) fn of(comparison: &'a Comparison) -> Self {
        let list = |change: Change<'_>| {
            let hosts = fold(change.hosts.iter().map(|name| &**name));
            (change.word, List { count: change.hosts.len(), hosts })
        };
        Self {
            run: comparison.run.as_deref(),
            unlike: &comparison.unlike,
            lists: comparison.changes().into_iter().map(list).collect(),
        }
    }
}
