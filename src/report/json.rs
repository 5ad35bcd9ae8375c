//! What do other programs read?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::compare;
use super::course::Course;
use super::names::fold;
use super::record::{Cause, HostRecord, Report, SessionRecord};
use super::verdict::verdict;
use crate::ci::spelled;
use crate::model::{Class, Outcome, OutcomeKind, Phase, Platform, Rate, RecordEnd, Rule, SessionEnd, Task};

/// The version of the format; it grows when a field changes its meaning or goes away.
const FORMAT: u32 = 1;

/// The JSON Schema of the document.
pub fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    generator.root_schema_for::<Document<'static>>()
}

/// Everything that became of a run.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it says the shape; the lines are written one by one")]
struct Document<'a> {
    /// The version of the format.
    #[schemars(extend("const" = FORMAT))]
    format_version: u32,
    /// The run as a whole.
    summary: Summary<'a>,
    /// Which way it went.
    course: Course,
    /// What is new since an earlier run.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<compare::Line<'a>>,
    /// What hosts that did not end well have in common, the most frequent first.
    causes: Vec<CauseLine<'a>>,
    /// Every planned host, in the order of the plan.
    hosts: Vec<HostLine<'a>>,
}

/// Writes one JSON document, a line for every host and cause; errors are those of `out`.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    write!(out, "{{\n\"format_version\": {FORMAT},\n\"summary\": ")?;
    spelled::to_writer(&mut out, &Summary::of(report))?;
    out.write_all(b",\n\"course\": ")?;
    spelled::to_writer(&mut out, &report.course)?;
    if let Some(since) = &report.since {
        out.write_all(b",\n\"since\": ")?;
        spelled::to_writer(&mut out, &compare::Line::of(since))?;
    }
    list("causes", report.causes.iter().map(|cause| CauseLine::of(report, cause)), &mut out)?;
    list("hosts", report.hosts.iter().map(|host| HostLine::of(report, host)), &mut out)?;
    out.write_all(b"\n}\n")?;
    out.flush()
}

fn list(name: &str, lines: impl Iterator<Item = impl Serialize>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, ",\n\"{name}\": [")?;
    for (at, line) in lines.enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        spelled::to_writer(&mut *out, &line)?;
    }
    out.write_all(b"\n]")
}

/// The run as a whole.
#[derive(Serialize, JsonSchema)]
struct Summary<'a> {
    /// The first line of the report for people.
    verdict: String,
    /// What the process that made the run returns.
    exit_code: u8,
    /// Its name; null when the journal does not begin with it.
    run: Option<&'a str>,
    /// The plan, SHA-256 in 64 hexadecimal digits.
    plan_id: &'a str,
    /// The site.
    site: &'a str,
    /// What is done to the hosts.
    task: Task,
    /// The version of jumpfleet that began it, or else the one that planned it.
    tool_version: &'a str,
    /// Who began it.
    by: Option<&'a str>,
    /// When it began.
    started: Option<Timestamp>,
    /// When its last event happened.
    last: Option<Timestamp>,
    /// Whether its last process came to its end.
    complete: bool,
    /// Whether a process was carrying it out when this was written.
    live: bool,
    /// How many times another process went on with it.
    resumed: u32,
    /// Why no new installers were started, if that was asked for.
    stop: Option<&'a str>,
    /// How many hosts are planned.
    hosts: usize,
    /// How many hosts there are of each outcome.
    counts: &'a BTreeMap<OutcomeKind, u64>,
    /// The most starts per time.
    rate: Rate,
    /// How many installers or removals were started.
    starts: u64,
    /// How many a minute, where there are enough to say.
    starts_per_minute: Option<f64>,
    /// The most in any minute.
    starts_in_busiest_minute: u64,
    /// Events about hosts, or of plans, that this plan does not hold; not counted anywhere else.
    foreign_events: u64,
}

impl<'a> Summary<'a> {
    fn of(report: &'a Report) -> Self {
        let run = &report.run;
        Self {
            verdict: verdict(report),
            exit_code: report.exit_code(),
            run: run.name.as_deref(),
            plan_id: &run.plan_id,
            site: &run.site,
            task: run.task,
            tool_version: &run.tool_version,
            by: run.by.as_deref(),
            started: run.started,
            last: run.last,
            complete: run.complete,
            live: run.live,
            resumed: run.resumed,
            stop: run.stop.as_deref(),
            hosts: report.hosts.len(),
            counts: &report.counts,
            rate: run.rate,
            starts: report.pace.starts,
            starts_per_minute: report.pace.per_minute.map(|rate| (rate * 1000.0).round() / 1000.0),
            starts_in_busiest_minute: report.pace.busiest_minute,
            foreign_events: run.foreign,
        }
    }
}

/// Identical ends of several hosts, folded into one.
#[derive(Serialize, JsonSchema)]
struct CauseLine<'a> {
    /// How they ended.
    outcome: OutcomeKind,
    /// Where it happened, for failed and unknown hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<Phase>,
    /// What kind of mishap, for failed and unreachable hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    /// The rule that matched, for hosts with a client.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    /// What happened, masked, with the host's own name and address replaced.
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    /// How many hosts.
    count: usize,
    /// Their names, folded, to paste behind `--limit`.
    hosts: String,
}

impl<'a> CauseLine<'a> {
    fn of(report: &'a Report, cause: &'a Cause) -> Self {
        Self {
            outcome: cause.kind,
            phase: cause.phase,
            class: cause.class,
            rule: cause.rule,
            detail: &cause.detail,
            count: cause.hosts.len(),
            hosts: fold(cause.names(report)),
        }
    }
}

/// One planned host and what became of it.
#[derive(Serialize, JsonSchema)]
struct HostLine<'a> {
    /// The name in the inventory.
    name: &'a str,
    /// Name or address it was connected to by.
    address: &'a str,
    /// Where the inventory names it, as `file:line`.
    place: &'a str,
    /// The name of its wave.
    #[serde(skip_serializing_if = "Option::is_none")]
    wave: Option<&'a str>,
    /// The release it was to get.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    /// The kind of installer it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Platform>,
    /// What its wave is spread over, such as its site.
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<&'a str>,
    #[serde(flatten)]
    outcome: &'a Outcome,
    /// How many visits began.
    attempts: u32,
    /// When its first visit began.
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<Timestamp>,
    /// How long it waited for its last permit.
    #[serde(skip_serializing_if = "Option::is_none")]
    waited_milliseconds: Option<u64>,
    /// When its installer was last told to start.
    #[serde(skip_serializing_if = "Option::is_none")]
    install_started: Option<Timestamp>,
    /// How long its last installer ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    install_milliseconds: Option<u64>,
    /// The exit code of its last installer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i32>,
    /// When the removal of its client was last told to start.
    #[serde(skip_serializing_if = "Option::is_none")]
    removal_started: Option<Timestamp>,
    /// How long its last removal took.
    #[serde(skip_serializing_if = "Option::is_none")]
    removal_milliseconds: Option<u64>,
    /// What became of its record on the site when its client was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordEnd>,
    /// The number of that record.
    #[serde(skip_serializing_if = "Option::is_none")]
    record_client: Option<u32>,
    /// The sessions that its removal met.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sessions: Vec<SessionLine<'a>>,
    /// When it got its outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished: Option<Timestamp>,
    /// How long its last visit took.
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u64>,
    /// Its outcome in the run that this one is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<OutcomeKind>,
}

impl<'a> HostLine<'a> {
    fn of(report: &'a Report, host: &'a HostRecord) -> Self {
        Self {
            name: &host.name,
            address: &host.address,
            place: &host.place,
            wave: report.waves.get(host.wave as usize).map(String::as_str),
            release: host.release.as_deref(),
            platform: host.platform,
            spread: host.spread.as_deref(),
            outcome: &host.outcome,
            attempts: host.attempts,
            started: host.started,
            waited_milliseconds: host.waited.map(milliseconds),
            install_started: host.install_started,
            install_milliseconds: host.install_took.map(milliseconds),
            status: host.status,
            removal_started: host.removal_started,
            removal_milliseconds: host.removal_took.map(milliseconds),
            record: host.record.map(|(end, _)| end),
            record_client: host.record.and_then(|(_, client)| client),
            sessions: host.sessions.iter().map(SessionLine::of).collect(),
            finished: host.finished,
            milliseconds: host.took.map(milliseconds),
            before: report.since.as_ref().and_then(|since| since.before(&host.name)),
        }
    }
}

/// A session that a removal met.
#[derive(Serialize, JsonSchema)]
struct SessionLine<'a> {
    /// What the site knows it by.
    lsid: &'a str,
    /// The names of the users in it.
    users: &'a [String],
    /// What became of it at last.
    end: SessionEnd,
}

impl<'a> SessionLine<'a> {
    fn of(session: &'a SessionRecord) -> Self {
        Self { lsid: &session.lsid, users: &session.users, end: session.end }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
