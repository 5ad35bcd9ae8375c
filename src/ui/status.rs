//! How does a run stand, on one page?

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::line::acts;
use super::tally::Tally;
use crate::model::{GateKind, OutcomeKind, Phase, Rate, Task, counted};
use crate::report::course::{GateRecord, WaveRecord};
use crate::report::{Report, clean_line, duration, moment, verdict};

/// The version of the form for programs; it grows when a field changes its meaning or goes away.
const FORMAT: u32 = 1;

/// Whether a run is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// A process carries it out.
    GoingOn,
    /// Its process came to its end, and every host has its outcome.
    Ended,
    /// Its process came to its end, and hosts are left.
    Interrupted,
    /// Its process is gone without a word.
    BrokenOff,
}

/// What went wrong on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mishap {
    /// When.
    pub at: Timestamp,
    /// Where and what.
    pub what: String,
}

/// The standing of a run at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status<'a> {
    /// The version of this form.
    pub format_version: u32,
    /// The run's name.
    pub run: &'a str,
    /// Its site.
    pub site: &'a str,
    /// Whether it is alive.
    pub state: Life,
    /// Who began it.
    pub by: Option<&'a str>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When its last event happened.
    pub last: Option<Timestamp>,
    /// How it went, once it does not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// How many hosts are planned.
    pub hosts: u64,
    /// The hosts that have their outcome, by outcome; kinds that did not occur are left out.
    pub counts: BTreeMap<OutcomeKind, u64>,
    /// How many hosts have no final outcome yet.
    pub left: u64,
    /// What goes on, while something does.
    #[serde(flatten)]
    pub work: Option<Work<'a>>,
    /// What went wrong last, the latest last.
    pub mishaps: &'a [Mishap],
}

/// What goes on in a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Work<'a> {
    /// What is done to its hosts.
    pub task: Task,
    /// How many waves the plan has.
    pub waves: usize,
    /// The wave that began last, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave: Option<&'a WaveRecord>,
    /// The gate that is waited at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<&'a GateRecord>,
    /// Who paused the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<&'a str>,
    /// Why no installer is started any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<&'a str>,
    /// The most starts per time, now.
    pub rate: Rate,
    /// Why it is another one than the plan's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_why: Option<&'a str>,
    /// Starts in the last minute.
    pub starts_in_last_minute: u64,
    /// How many hosts are at work in each phase.
    pub under_way: BTreeMap<Phase, u64>,
    /// How many hosts are away and waited for.
    pub away: u64,
    /// Seconds until the last start at least; none while a person is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<u64>,
}

impl<'a> Status<'a> {
    /// What the events so far amount to; `alive` says whether a process carries the run out.
    pub fn of(
        run: &'a str,
        report: &'a Report,
        tally: &mut Tally,
        mishaps: &'a [Mishap],
        alive: bool,
        now: Timestamp,
    ) -> Self {
        let state = match (report.run.complete, alive, report.exit_code()) {
            (false, true, _) => Life::GoingOn,
            (false, false, _) => Life::BrokenOff,
            (true, _, 7) => Life::Interrupted,
            (true, ..) => Life::Ended,
        };
        let goes_on = state == Life::GoingOn;
        let mut counts = report.counts.clone();
        if goes_on {
            counts = final_counts(report);
        }
        counts.retain(|_, count| *count > 0);
        let left = report.hosts.len() as u64 - final_counts(report).values().sum::<u64>();
        Self {
            format_version: FORMAT,
            run,
            site: &report.run.site,
            state,
            by: report.run.by.as_deref(),
            started: report.run.started,
            last: report.run.last,
            verdict: (!goes_on).then(|| verdict(report)),
            hosts: report.hosts.len() as u64,
            counts,
            left,
            work: goes_on.then(|| Work::of(report, tally, left, now)),
            mishaps,
        }
    }

    /// The page for people.
    pub fn page(&self, now: Timestamp) -> String {
        let mut page =
            format!("Run {} on {}: {}\n", clean_line(self.run), clean_line(self.site), self.life(now));
        if let Some(verdict) = &self.verdict {
            let _ = writeln!(page, "  {verdict}");
        }
        let mut row = |name: &str, text: String| {
            let _ = writeln!(page, "  {name:<8} {}", clean_line(&text));
        };
        if let Some(work) = &self.work {
            work.holdups(self.run, now).into_iter().for_each(|(name, text)| row(name, text));
        }
        let counts: Vec<String> = self
            .counts
            .iter()
            .map(|(kind, count)| format!("{count} {}", kind.word().replace('_', " ")))
            .collect();
        let ended = self.counts.values().sum::<u64>();
        let colon = if counts.is_empty() { "" } else { ": " };
        let done = if self.work.is_some() { "done" } else { "ended" };
        row(done, format!("{ended} of {}{colon}{}", counted(self.hosts, "host"), counts.join(", ")));
        if let Some(work) = &self.work {
            work.progress(self.left).into_iter().for_each(|(name, text)| row(name, text));
        }
        for (at, mishap) in self.mishaps.iter().enumerate() {
            let name = if at == 0 { "mishaps" } else { "" };
            row(name, format!("{} {}", clock(mishap.at), mishap.what));
        }
        if let Some(next) = self.next() {
            row("next", next);
        }
        page
    }

    fn life(&self, now: Timestamp) -> String {
        let since = |at: Timestamp| duration(now.duration_since(at).unsigned_abs());
        match (self.state, self.started, self.last) {
            (Life::GoingOn, Some(started), _) => format!("going on for {}", since(started)),
            (Life::GoingOn, ..) => "going on".to_owned(),
            (Life::Ended, _, Some(last)) => format!("ended {}", moment(last)),
            (Life::Ended, ..) => "ended".to_owned(),
            (Life::Interrupted, _, Some(last)) => format!("interrupted {}", moment(last)),
            (Life::Interrupted, ..) => "interrupted".to_owned(),
            (Life::BrokenOff, _, Some(last)) => format!("broken off {}", moment(last)),
            (Life::BrokenOff, ..) => "broken off".to_owned(),
        }
    }

    fn next(&self) -> Option<String> {
        match self.state {
            Life::GoingOn => None,
            Life::Ended => Some(format!("jumpfleet report {}", self.run)),
            Life::Interrupted | Life::BrokenOff => Some(format!("jumpfleet rollout --resume {}", self.run)),
        }
    }
}

/// The hosts that are done with, by outcome.
fn final_counts(report: &Report) -> BTreeMap<OutcomeKind, u64> {
    let mut counts = BTreeMap::new();
    let outcomes = report.hosts.iter().filter(|host| host.finished.is_some()).map(|host| &host.outcome);
    for outcome in outcomes.filter(|outcome| outcome.is_final()) {
        *counts.entry(outcome.kind()).or_default() += 1;
    }
    counts
}

impl<'a> Work<'a> {
    fn of(report: &'a Report, tally: &mut Tally, left: u64, now: Timestamp) -> Self {
        let course = &report.course;
        let pace = course.pace();
        let (paused, gate) = (course.paused.as_deref(), course.gate_ahead());
        let by_hand = paused.is_some() || gate.is_some_and(|gate| gate.kind == GateKind::Manual);
        let starts = tally.interval().as_secs_f64() * left as f64;
        let soak = gate.filter(|gate| gate.kind == GateKind::Auto);
        let soak = soak.map_or(0, |gate| soaked(gate).duration_since(now).as_secs().max(0));
        Self {
            task: report.run.task,
            waves: report.waves.len(),
            wave: course.wave(),
            gate,
            paused,
            stop: report.run.stop.as_deref(),
            rate: pace.map_or(report.run.rate, |pace| pace.rate),
            rate_why: pace.map(|pace| pace.why.as_str()),
            starts_in_last_minute: tally.starts(now),
            under_way: tally.under_way(),
            away: tally.away(),
            seconds_left: (!by_hand && report.run.stop.is_none())
                .then(|| starts as u64 + soak.unsigned_abs()),
        }
    }

    /// What the run waits for, and how fast it may go.
    fn holdups(&self, run: &str, now: Timestamp) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        if let Some(wave) = self.wave {
            let number = wave.wave + 1;
            rows.push((
                "wave",
                format!("{number} of {}: {} ({})", self.waves, wave.name, counted(wave.hosts, "host")),
            ));
        }
        rows.extend(self.gate.map(|gate| ("gate", waits(gate, run, now))));
        rows.extend(
            self.paused.map(|by| ("paused", format!("by {by}; end it with: jumpfleet continue {run}"))),
        );
        rows.extend(
            self.stop
                .map(|reason| ("stopping", format!("{reason}; running {} are waited for", acts(self.task)))),
        );
        let why = self.rate_why.map_or(String::new(), |why| format!(" ({why})"));
        rows.push((
            "rate",
            format!("{}{why}; {} started in the last minute", self.rate, self.starts_in_last_minute),
        ));
        rows
    }

    fn progress(&self, left: u64) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        if !self.under_way.is_empty() {
            let phases: Vec<String> =
                self.under_way.iter().map(|(phase, count)| format!("{count} {phase}")).collect();
            rows.push(("at work", phases.join(", ")));
        }
        if self.away > 0 {
            rows.push(("away", format!("{}, tried again from time to time", counted(self.away, "host"))));
        }
        let least = self.seconds_left.map_or(String::new(), |seconds| {
            format!(", {} at least", duration(std::time::Duration::from_secs(seconds)))
        });
        rows.push(("left", format!("{}{least}", counted(left, "host"))));
        rows
    }
}

/// When an `auto` gate has waited long enough.
fn soaked(gate: &GateRecord) -> Timestamp {
    let soak = SignedDuration::from_secs(i64::try_from(gate.soak).unwrap_or(i64::MAX));
    gate.reached.checked_add(soak).unwrap_or(Timestamp::MAX)
}

fn waits(gate: &GateRecord, run: &str, now: Timestamp) -> String {
    let number = gate.wave + 1;
    match gate.kind {
        GateKind::Manual => format!("behind wave {number}: waits for somebody: jumpfleet continue {run}"),
        GateKind::Auto if now < soaked(gate) => {
            let until = clock(soaked(gate));
            format!("behind wave {number}: waits until {until} UTC, then looks at its clients again")
        }
        GateKind::Auto => format!("behind wave {number}: looks at its clients again"),
        GateKind::None => format!("behind wave {number}: opens"),
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}
