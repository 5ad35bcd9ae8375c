//! What do other programs read?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::compare;
use super::names::fold;
use super::record::{Cause, HostRecord, Report};
use super::verdict::verdict;
use crate::ci::spelled;
use crate::model::{Class, Outcome, OutcomeKind, Phase, Platform, Rate, Rule, Task};

/// The version of the format; it grows when a field changes its meaning or goes away.
const FORMAT: u32 = 1;

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

#[derive(Serialize)]
struct Summary<'a> {
    verdict: String,
    exit_code: u8,
    run: Option<&'a str>,
    plan_id: &'a str,
    site: &'a str,
    task: Task,
    tool_version: &'a str,
    by: Option<&'a str>,
    started: Option<Timestamp>,
    last: Option<Timestamp>,
    complete: bool,
    resumed: u32,
    stop: Option<&'a str>,
    hosts: usize,
    counts: &'a BTreeMap<OutcomeKind, u64>,
    rate: Rate,
    starts: u64,
    starts_per_minute: Option<f64>,
    starts_in_busiest_minute: u64,
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

#[derive(Serialize)]
struct CauseLine<'a> {
    outcome: OutcomeKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<Phase>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    count: usize,
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

#[derive(Serialize)]
struct HostLine<'a> {
    name: &'a str,
    address: &'a str,
    place: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    wave: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Platform>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<&'a str>,
    #[serde(flatten)]
    outcome: &'a Outcome,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waited_milliseconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    install_started: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    install_milliseconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removal_started: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removal_milliseconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u64>,
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
            finished: host.finished,
            milliseconds: host.took.map(milliseconds),
            before: report.since.as_ref().and_then(|since| since.before(&host.name)),
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
