//! What went wrong, on which hosts, and what is to be done? Complete also without the script.

use serde::Serialize;

use super::text::{cost, line, number, output, spaced};
use crate::model::{OutcomeKind, counted};
use crate::report::advice::{for_cause, for_kind};
use crate::report::clean::clean_line;
use crate::report::names::{fold, fold_within};
use crate::report::record::{Cause, Report};
use crate::report::verdict::kind_words;

/// The kinds of which somebody has to know, the most urgent first, with what each may fill of the page: bytes that
/// the ones before it left are its own too.
const SHARES: [(OutcomeKind, usize); 7] = [
    (OutcomeKind::Failed, 800 * 1024),
    (OutcomeKind::NotConnected, 300 * 1024),
    (OutcomeKind::Unreachable, 300 * 1024),
    (OutcomeKind::Unknown, 200 * 1024),
    (OutcomeKind::NotStarted, 200 * 1024),
    (OutcomeKind::AlreadyPresent, 100 * 1024),
    (OutcomeKind::AlreadyAbsent, 100 * 1024),
];
/// What the markup around a cause takes.
const FRAME: usize = 600;
/// The most characters of a detail.
const MOST_DETAIL: usize = 400;
/// The most bytes of a host's output.
const MOST_OUTPUT: usize = 4096;
/// The most characters of a list of hosts that is shown at once; a longer one is opened.
const MOST_NAMES: usize = 240;
/// The most causes of a kind that have their output with them.
const MOST_LARGE: usize = 50;

/// One kind of outcome that needs a look.
#[derive(Serialize)]
pub(super) struct Trouble {
    kind: &'static str,
    words: String,
    count: String,
    advice: Option<String>,
    causes: Vec<Shown>,
    /// What had no room.
    rest: Option<String>,
}

/// A cause.
#[derive(Serialize)]
struct Shown {
    /// Its place among the report's causes, by which the script finds its hosts.
    number: usize,
    hosts: String,
    /// The fixed words: phase, class or rule.
    words: Vec<&'static str>,
    detail: String,
    advice: Option<&'static str>,
    /// The beginning of the names, or all of them.
    names: String,
    /// All of the names where those are too many to be shown at once.
    all: Option<String>,
    printed: Option<Printed>,
}

#[derive(Serialize)]
struct Printed {
    host: String,
    text: String,
}

/// Every kind that occurred and is not simply good.
pub(super) fn all(report: &Report) -> Vec<Trouble> {
    let mut left = 0;
    let mut troubles = Vec::new();
    for (kind, share) in SHARES {
        left += share;
        if report.count(kind) > 0 {
            troubles.push(trouble(report, kind, &mut left));
        }
    }
    troubles
}

fn trouble(report: &Report, kind: OutcomeKind, left: &mut usize) -> Trouble {
    let mut trouble = Trouble {
        kind: kind.word(),
        words: sentence(&kind_words(kind)),
        count: counted(report.count(kind), "host"),
        advice: for_kind(report, kind),
        causes: Vec::new(),
        rest: None,
    };
    let causes: Vec<_> = report.causes.iter().enumerate().filter(|(_, cause)| cause.kind == kind).collect();
    for (at, (number, cause)) in causes.iter().enumerate() {
        let shown = shown(report, *number, cause, at < MOST_LARGE);
        let Some(rest) = left.checked_sub(shown.cost()) else {
            trouble.rest = Some(self::rest(&causes[at..]));
            break;
        };
        *left = rest;
        trouble.causes.push(shown);
    }
    trouble
}

/// The words with a capital letter in front.
fn sentence(words: &str) -> String {
    let (first, rest) = words.split_at(words.len().min(1));
    first.to_uppercase() + rest
}

/// Counts what had no room.
fn rest(causes: &[(usize, &Cause)]) -> String {
    let left: usize = causes.iter().map(|(_, cause)| cause.hosts.len()).sum();
    let causes = number(causes.len() as u64);
    format!(
        "… and {causes} more causes on {}; the table and the JSON report hold every host.",
        counted(left, "host")
    )
}

fn shown(report: &Report, number: usize, cause: &Cause, large: bool) -> Shown {
    let fixed = [cause.phase.map(|phase| phase.word()), cause.class.map(|class| class.word())];
    let all = fold(cause.names(report));
    let all = spaced(&clean_line(&all));
    let long = all.chars().count() > MOST_NAMES;
    let names =
        if long { spaced(&clean_line(&fold_within(cause.names(report), MOST_NAMES))) } else { all.clone() };
    let printed = cause.output(report).filter(|_| large);
    Shown {
        number,
        hosts: counted(cause.hosts.len(), "host"),
        words: fixed.into_iter().flatten().chain(cause.rule.map(|rule| rule.word())).collect(),
        detail: line(&cause.detail, MOST_DETAIL).into_owned(),
        advice: for_cause(cause),
        names,
        all: long.then_some(all),
        printed: printed.map(|(host, tail)| Printed {
            host: line(host, MOST_NAMES).into_owned(),
            text: output(tail, MOST_OUTPUT),
        }),
    }
}

impl Shown {
    fn cost(&self) -> usize {
        let printed = self.printed.as_ref().map_or(0, |printed| cost(&printed.text));
        FRAME + cost(&self.detail) + cost(&self.names) + self.all.as_deref().map_or(0, cost) + printed
    }
}
