//! What does a report know?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::compare::Comparison;
use super::course::Course;
use super::ends::{self, Ends};
use super::pace::Pace;
use crate::ci::Sources;
use crate::model::{
    Class, Note, Outcome, OutcomeKind, Phase, Platform, Rate, RecordEnd, Rule, SessionEnd, Task,
};

/// Everything that became of a plan: a fold of its events.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The run as a whole.
    pub run: RunRecord,
    /// Every planned host, in the order of the plan, with its one outcome.
    pub hosts: Vec<HostRecord>,
    /// Names of the waves, in order.
    pub waves: Vec<String>,
    /// What hosts have in common: failed first, then unreachable, unknown, not started, already present;
    /// the most frequent first.
    pub causes: Vec<Cause>,
    /// How many hosts there are of each kind, also of those of the task's that did not occur.
    pub counts: BTreeMap<OutcomeKind, u64>,
    /// How fast installers were started.
    pub pace: Pace,
    /// Which way it went.
    pub course: Course,
    /// What is new since an earlier run, where somebody asked for it.
    pub since: Option<Comparison>,
    /// The files that the places of hosts name.
    pub sources: Sources,
}

impl Report {
    /// The notes that hosts have, each with their names.
    pub(super) fn noted(&self) -> impl Iterator<Item = (Note, Vec<&str>)> {
        let of = |note: Note| {
            let hosts = self.hosts.iter().filter(move |host| host.outcome.notes().contains(&note));
            (note, hosts.map(|host| &*host.name).collect::<Vec<_>>())
        };
        Note::ALL.iter().map(move |note| of(*note)).filter(|(_, names)| !names.is_empty())
    }
}

/// The run as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Its name; none when the journal does not begin with it.
    pub name: Option<String>,
    /// The plan, SHA-256 in 64 hexadecimal digits.
    pub plan_id: String,
    /// The site.
    pub site: String,
    /// What is done to its hosts.
    pub task: Task,
    /// The version of jumpfleet that began it, or else the one that planned it.
    pub tool_version: String,
    /// Who began it.
    pub by: Option<String>,
    /// The most starts per time.
    pub rate: Rate,
    /// How many times another process went on with it.
    pub resumed: u32,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When its last event happened.
    pub last: Option<Timestamp>,
    /// Whether its last process came to its end.
    pub complete: bool,
    /// Whether a process was carrying it out when this was known.
    pub live: bool,
    /// Why no new installers were started, if that was asked for.
    pub stop: Option<String>,
    /// How many installed clients were still waited for on the site.
    pub unconfirmed: u64,
    /// Events about hosts, or of plans, that this plan does not hold; not counted anywhere else.
    pub foreign: u64,
}

/// One planned host and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct HostRecord {
    /// The name in the inventory.
    pub name: Arc<str>,
    /// Name or address it was connected to by.
    pub address: Arc<str>,
    /// Where the inventory names it, as `file:line`.
    pub place: String,
    /// Index into [`Report::waves`].
    pub wave: u32,
    /// The release it was to get.
    pub release: Option<String>,
    /// The kind of installer it takes.
    pub platform: Option<Platform>,
    /// What its wave is spread over, as it is for this host: its site, say.
    pub spread: Option<Arc<str>>,
    /// Its one outcome.
    pub outcome: Outcome,
    /// How many visits began.
    pub attempts: u32,
    /// When its first visit began.
    pub started: Option<Timestamp>,
    /// How long it waited for its last permit.
    pub waited: Option<Duration>,
    /// When its installer was last told to start.
    pub install_started: Option<Timestamp>,
    /// How long its last installer ran.
    pub install_took: Option<Duration>,
    /// The exit code of its last installer.
    pub status: Option<i32>,
    /// When the removal of its client was last told to start.
    pub removal_started: Option<Timestamp>,
    /// How long its last removal took.
    pub removal_took: Option<Duration>,
    /// What became of its record on the site, and the record's number.
    pub record: Option<(RecordEnd, Option<u32>)>,
    /// The sessions that its removal met.
    pub sessions: Vec<SessionRecord>,
    /// When it got its outcome.
    pub finished: Option<Timestamp>,
    /// How long its last visit took.
    pub took: Option<Duration>,
}

/// A session that the removal of a host's client met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// What the site knows it by.
    pub lsid: String,
    /// The names of the users in it.
    pub users: Vec<String>,
    /// What became of it at last.
    pub end: SessionEnd,
    /// When.
    pub at: Timestamp,
}

impl SessionRecord {
    /// The same in a few words.
    pub fn said(&self) -> String {
        format!("session {} by {}: {}", self.lsid, self.users.join(", "), self.end)
    }
}

/// Identical ends of several hosts, folded into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The kind of outcome; neither [`OutcomeKind::Installed`] nor [`OutcomeKind::Removed`].
    pub kind: OutcomeKind,
    /// Where it happened, for failed and unknown hosts.
    pub phase: Option<Phase>,
    /// What kind of mishap, for failed and unreachable hosts.
    pub class: Option<Class>,
    /// The rule that matched, for hosts with a client.
    pub rule: Option<Rule>,
    /// What happened, masked, with the host's own name and address replaced; empty for hosts with a client.
    pub detail: String,
    /// Indexes of the hosts, ascending; at least one.
    pub hosts: Vec<usize>,
}

impl Cause {
    /// The names of its hosts, in the order of the plan.
    pub fn names<'a>(&'a self, report: &'a Report) -> impl Iterator<Item = &'a str> {
        self.records(report).map(|host| &*host.name)
    }

    /// The first of its hosts that printed anything, and the end of that, masked.
    pub fn output<'a>(&'a self, report: &'a Report) -> Option<(&'a str, &'a str)> {
        self.records(report).find_map(|host| match &host.outcome {
            Outcome::Failed { tail, .. } if !tail.trim().is_empty() => Some((&*host.name, tail.as_str())),
            _ => None,
        })
    }

    fn records<'a>(&'a self, report: &'a Report) -> impl Iterator<Item = &'a HostRecord> {
        self.hosts.iter().filter_map(|at| report.hosts.get(*at))
    }
}

impl Report {
    /// How many hosts ended this way.
    pub fn count(&self, kind: OutcomeKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// The causes of one kind of outcome, the most frequent first.
    pub fn causes_of(&self, kind: OutcomeKind) -> impl Iterator<Item = &Cause> {
        self.causes.iter().filter(move |cause| cause.kind == kind)
    }

    /// The names of the hosts that ended this way, in the order of the plan.
    pub fn names_of(&self, kind: OutcomeKind) -> impl Iterator<Item = &str> {
        self.hosts.iter().filter(move |host| host.outcome.kind() == kind).map(|host| &*host.name)
    }

    /// From the first event to the last; zero when there is none.
    pub fn elapsed(&self) -> Duration {
        match (self.run.started, self.run.last) {
            (Some(first), Some(last)) => Duration::try_from(last.duration_since(first)).unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    /// What of it decides the exit code.
    fn ends(&self) -> Ends<'_> {
        let outlasted = self.hosts.iter().filter(|host| ends::is_outlasted(&host.outcome)).count() as u64;
        Ends {
            counts: &self.counts,
            outlasted,
            unconfirmed: self.run.unconfirmed,
            stop: self.run.stop.as_deref(),
        }
    }

    /// Whether the run stopped itself, which is any stop that no person asked for.
    pub fn is_halted(&self) -> bool {
        self.ends().is_halted()
    }

    /// What the process that made the run returns, see [`Ends::exit_code`].
    pub fn exit_code(&self) -> u8 {
        self.ends().exit_code()
    }
}
