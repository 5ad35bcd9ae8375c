//! What stands on the page? Everything but the table of hosts, ready to be shown.

use serde::Serialize;

use super::audit::{self, Entry};
use super::course::{self, Course};
use super::funnel::{self, Funnel};
use super::pace::{self, Chart};
use super::text::{line, number, spaced};
use super::trouble::{self, Trouble};
use crate::model::{OutcomeKind, counted};
use crate::report::record::Report;
use crate::report::verdict::{duration, kind_words, moment, pace, verdict, word_and_rest};

/// The most characters of a name in a fact.
const MOST_FACT: usize = 200;
/// The most characters of a list of hosts that are compared.
const MOST_CHANGED: usize = 4000;

#[derive(Serialize)]
pub(super) struct View<'a> {
    /// The word in front of the verdict, such as `FAILED`.
    word: String,
    /// The rest of it.
    rest: String,
    /// What the word means: `good`, `bad`, `look` or `open`.
    tone: &'static str,
    facts: Vec<Fact>,
    total: String,
    counts: Vec<Count>,
    bar: Vec<Slice>,
    since: Option<Since>,
    troubles: Vec<Trouble>,
    pace: String,
    chart: Option<Chart>,
    course: Course<'a>,
    funnels: Vec<Funnel<'a>>,
    audit: Vec<Entry>,
    more_audit: usize,
}

#[derive(Serialize)]
struct Fact {
    label: &'static str,
    text: String,
    code: bool,
}

#[derive(Serialize)]
struct Count {
    kind: &'static str,
    words: String,
    count: String,
    share: String,
    none: bool,
}

/// A part of a bar that is 1000 wide.
#[derive(Serialize)]
pub(super) struct Slice {
    pub kind: &'static str,
    pub words: String,
    pub from: String,
    pub width: String,
}

#[derive(Serialize)]
struct Since {
    run: String,
    unlike: Vec<String>,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    word: &'static str,
    title: &'static str,
    count: String,
    hosts: String,
}

impl<'a> View<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let (word, rest) = word_and_rest(report);
        let audit = audit::entries(report);
        Self {
            word,
            rest,
            tone: tone(report),
            facts: facts(report),
            total: number(report.hosts.len() as u64),
            counts: report.counts.iter().map(|(kind, count)| self::count(report, *kind, *count)).collect(),
            bar: slices(report.counts.iter().map(|(kind, count)| (*kind, *count))),
            since: since(report),
            troubles: trouble::all(report),
            pace: pace(report),
            chart: pace::chart(report),
            course: course::of(report),
            funnels: funnel::all(report),
            more_audit: audit.len().saturating_sub(audit::MOST),
            audit: audit.into_iter().take(audit::MOST).collect(),
        }
    }
}

fn tone(report: &Report) -> &'static str {
    match report.exit_code() {
        0 if verdict(report).starts_with("LOOK") => "look",
        0 => "good",
        4 | 7 => "open",
        _ => "bad",
    }
}

fn facts(report: &Report) -> Vec<Fact> {
    let run = &report.run;
    let fact = |label, text: &str, code| Fact { label, text: line(text, MOST_FACT).into_owned(), code };
    let mut facts = vec![
        fact("Run", run.name.as_deref().unwrap_or("its journal has no beginning"), true),
        fact("Site", &run.site, false),
        fact("Task", run.task.word(), false),
    ];
    if let (Some(first), Some(last)) = (run.started, run.last) {
        let span = format!("{} to {}", moment(first), moment(last));
        facts.push(fact("Time", &span, false));
        facts.push(fact("Took", &duration(report.elapsed()), false));
    }
    if let Some(by) = &run.by {
        facts.push(fact("By", by, false));
    }
    facts.push(fact("Plan", &run.plan_id, true));
    facts
}

fn count(report: &Report, kind: OutcomeKind, count: u64) -> Count {
    let total = report.hosts.len() as f64;
    let percent = if total > 0.0 { count as f64 * 100.0 / total } else { 0.0 };
    let share = match percent {
        0.0 => String::new(),
        small if small < 0.1 => "below 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    };
    Count { kind: kind.word(), words: kind_words(kind), count: number(count), share, none: count == 0 }
}

/// A bar of all kinds that occur, each at least so wide that it is seen.
pub(super) fn slices(counts: impl Iterator<Item = (OutcomeKind, u64)>) -> Vec<Slice> {
    const LEAST: f64 = 4.0;
    let counts: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
    let total = counts.iter().map(|(_, count)| count).sum::<u64>().max(1) as f64;
    let widths: Vec<f64> =
        counts.iter().map(|(_, count)| (*count as f64 * 1000.0 / total).max(LEAST)).collect();
    let whole = widths.iter().sum::<f64>();
    let mut from = 0.0;
    let slice = |((kind, count), width): (&(OutcomeKind, u64), f64)| {
        let width = width * 1000.0 / whole;
        let slice = Slice {
            kind: kind.word(),
            words: format!("{} {}", counted(*count, "host"), kind_words(*kind)),
            from: format!("{from:.1}"),
            width: format!("{width:.1}"),
        };
        from += width;
        slice
    };
    counts.iter().zip(widths).map(slice).collect()
}

fn since(report: &Report) -> Option<Since> {
    let since = report.since.as_ref()?;
    let change = |change: crate::report::compare::Change<'_>| Change {
        word: change.word,
        title: change.title,
        count: number(change.hosts.len() as u64),
        hosts: spaced(&change.names(MOST_CHANGED)),
    };
    Some(Since {
        run: line(since.name(), MOST_FACT).into_owned(),
        unlike: since.unlike.iter().map(|why| line(why, MOST_FACT).into_owned()).collect(),
        changes: since.shown().map(change).collect(),
    })
}
