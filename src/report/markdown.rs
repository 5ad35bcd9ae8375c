//! What is pasted into job summaries and tickets?
//!
//! GitHub refuses a job summary above 1 MiB as a whole, so everything here is written against a budget.

use std::fmt::Write as _;
use std::io;

use super::advice::{for_cause, for_kind};
use super::clean::first_characters;
use super::markup::{code, output, prose};
use super::names::fold_within;
use super::record::{Cause, Report};
use super::timeline::{clock, lines};
use super::verdict::{duration, kind_words, moment, pace, verdict};
use crate::model::{OutcomeKind, counted};

/// The most bytes of a whole report.
const MOST_BYTES: usize = 900 * 1024;
/// The share of it that each kind of outcome may fill up to, so that the later ones find room.
const SHARES: [(OutcomeKind, usize); 7] = [
    (OutcomeKind::Failed, 600 * 1024),
    (OutcomeKind::NotConnected, 660 * 1024),
    (OutcomeKind::Unreachable, 720 * 1024),
    (OutcomeKind::Unknown, 800 * 1024),
    (OutcomeKind::NotStarted, 830 * 1024),
    (OutcomeKind::AlreadyPresent, 845 * 1024),
    (OutcomeKind::AlreadyAbsent, MOST_BYTES - MOST_COURSE - MOST_SESSIONS - 2 * 1024),
];
/// The most bytes of the course, title and what was left out beside it.
const MOST_COURSE: usize = 40 * 1024;
/// The most bytes of the sessions that removals met.
const MOST_SESSIONS: usize = 20 * 1024;
/// How many causes of a kind are shown with everything; the others get a line each.
const MOST_LARGE: usize = 25;
/// The most bytes of a host's output.
const MOST_OUTPUT: usize = 4096;
/// The most characters of a detail.
const MOST_DETAIL: usize = 400;
/// The most characters of a folded list of hosts.
const MOST_NAMES: usize = 1500;
/// The same for causes further down.
const FEW_NAMES: usize = 120;

/// Writes GitHub's Markdown, at most 900 KiB; errors are those of `out`.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(report).as_bytes())
}

/// The verdict and how many hosts ended how, nothing else.
pub(super) fn brief(report: &Report) -> String {
    let mut page = String::new();
    head(report, &mut page);
    counts(report, &mut page);
    page
}

/// GitHub's Markdown, at most 900 KiB.
pub(super) fn page(report: &Report) -> String {
    let mut page = brief(report);
    since(report, &mut page);
    for (kind, share) in SHARES {
        section(report, kind, share, &mut page);
    }
    noted(report, &mut page);
    sessions(report, &mut page);
    course(report, &mut page);
    page
}

fn head(report: &Report, page: &mut String) {
    let run = &report.run;
    let _ = writeln!(page, "## {}\n", prose(&verdict(report)));
    let name = run.name.as_deref().unwrap_or("without a beginning");
    let _ = writeln!(page, "- run {} on {}, plan {}", code(name), code(&run.site), code(&run.plan_id));
    if let (Some(first), Some(last)) = (run.started, run.last) {
        let _ = writeln!(page, "- {} to {}, {}", moment(first), moment(last), duration(report.elapsed()));
    }
    let _ = writeln!(page, "- {}", pace(report));
    if run.foreign > 0 {
        let _ = writeln!(page, "- events not counted, because they are not of this plan: {}", run.foreign);
    }
    page.push('\n');
}

fn counts(report: &Report, page: &mut String) {
    let _ = writeln!(page, "| Outcome | Hosts |\n|---|--:|");
    for (kind, count) in &report.counts {
        let _ = writeln!(page, "| {} | {count} |", kind_words(*kind));
    }
    let _ = writeln!(page, "| **planned** | **{}** |", report.hosts.len());
}

/// What is new since an earlier run, where that was asked for.
fn since(report: &Report, page: &mut String) {
    let Some(since) = &report.since else { return };
    let _ = writeln!(page, "\n### Since {}\n", code(since.name()));
    for why in &since.unlike {
        let _ = writeln!(page, "- **Warning:** {}", prose(why));
    }
    for change in since.shown() {
        let count = counted(change.hosts.len(), "host");
        let _ = writeln!(page, "- {}: {count}: {}", change.title, code(&change.names(MOST_NAMES)));
    }
    if since.shown().next().is_none() {
        page.push_str("Nothing is new.\n");
    }
}

fn section(report: &Report, kind: OutcomeKind, share: usize, page: &mut String) {
    let causes: Vec<_> = report.causes_of(kind).collect();
    if causes.is_empty() {
        return;
    }
    page.truncate(page.trim_end().len());
    let _ = writeln!(page, "\n\n### {} {}\n", report.count(kind), kind_words(kind));
    if let Some(next) = for_kind(report, kind) {
        let _ = writeln!(page, "Next: {next}.\n");
    }
    for (at, cause) in causes.iter().enumerate() {
        let block = match kind {
            _ if at >= MOST_LARGE => small(report, cause, FEW_NAMES),
            OutcomeKind::Failed | OutcomeKind::Unreachable => large(report, cause),
            _ => small(report, cause, MOST_NAMES),
        };
        if page.len() + block.len() > share {
            return rest(&causes[at..], page);
        }
        page.push_str(&block);
    }
}

/// What else is worth knowing of hosts on which all went well.
fn noted(report: &Report, page: &mut String) {
    for (note, names) in report.noted() {
        page.truncate(page.trim_end().len());
        let count = counted(names.len(), "host");
        let _ = writeln!(page, "\n\n### {count}: {}\n", note.said());
        let _ = writeln!(page, "{}", code(&fold_within(names.iter().copied(), MOST_NAMES)));
    }
}

/// The sessions that the removal met, which somebody may ask about the next day.
fn sessions(report: &Report, page: &mut String) {
    let met = || report.hosts.iter().flat_map(|host| host.sessions.iter().map(move |met| (&host.name, met)));
    let count = met().count();
    if count == 0 {
        return;
    }
    page.truncate(page.trim_end().len());
    let _ = writeln!(page, "\n\n### Sessions that were met: {count}\n");
    let begin = page.len();
    for (at, (host, session)) in met().enumerate() {
        let said = first_characters(&format!("{host}: {}", session.said()), MOST_DETAIL).into_owned();
        let line = format!("- {}\n", code(&said));
        if page.len() - begin + line.len() > MOST_SESSIONS {
            let _ = writeln!(page, "\n… and {} more; the `json` report holds them all.", count - at);
            return;
        }
        page.push_str(&line);
    }
}

/// Which way the run went, where it did not go straight on.
fn course(report: &Report, page: &mut String) {
    let lines = lines(report);
    if lines.is_empty() {
        return;
    }
    page.truncate(page.trim_end().len());
    let _ = writeln!(page, "\n\n### Course (UTC)\n");
    let begin = page.len();
    for (at, (time, line)) in lines.iter().enumerate() {
        let time = time.map_or(String::new(), |time| format!("{} ", clock(time)));
        let line = format!("- {time}{}\n", code(line));
        if page.len() - begin + line.len() > MOST_COURSE {
            let _ = writeln!(page, "\n… and {} more; the `json` report holds them all.", lines.len() - at);
            return;
        }
        page.push_str(&line);
    }
}

/// Counts what had no room.
fn rest(causes: &[&Cause], page: &mut String) {
    let left: usize = causes.iter().map(|cause| cause.hosts.len()).sum();
    let left = counted(left, "host");
    let _ = writeln!(
        page,
        "\n… and {} more causes on {left}; the `json` and `junit` reports hold every host.",
        causes.len()
    );
}

/// A cause with what to do, its hosts and the end of one host's output.
fn large(report: &Report, cause: &Cause) -> String {
    let mut block = format!("**{}**{}\n\n", counted(cause.hosts.len(), "host"), words(cause));
    let _ = writeln!(block, "- on {}", code(&fold_within(cause.names(report), MOST_NAMES)));
    if let Some(next) = for_cause(cause) {
        let _ = writeln!(block, "- next: {next}");
    }
    block.push('\n');
    if let Some((host, tail)) = cause.output(report) {
        output(host, tail, MOST_OUTPUT, &mut block);
    }
    block
}

/// A cause on one line.
fn small(report: &Report, cause: &Cause, characters: usize) -> String {
    let count = counted(cause.hosts.len(), "host");
    let next = for_cause(cause).map_or(String::new(), |next| format!("; next: {next}"));
    format!("- {count}{}: {}{next}\n", words(cause), code(&fold_within(cause.names(report), characters)))
}

fn words(cause: &Cause) -> String {
    let mut words = String::new();
    let fixed = [cause.phase.map(|phase| phase.word()), cause.class.map(|class| class.word())];
    for word in fixed.into_iter().flatten().chain(cause.rule.map(|rule| rule.word())) {
        let _ = write!(words, " · `{word}`");
    }
    if !cause.detail.is_empty() {
        let _ = write!(words, " · {}", code(&first_characters(&cause.detail, MOST_DETAIL)));
    }
    words
}
