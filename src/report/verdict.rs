//! How did it go, in one sentence?

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;

use super::clean::clean_line;
use super::record::Report;
use crate::model::reason::HALTED;
use crate::model::{Outcome, OutcomeKind, Rate, Task, counted};

/// The first line of a report for people: one word in capitals, then how many hosts ended how.
pub fn verdict(report: &Report) -> String {
    let (word, rest) = word_and_rest(report);
    format!("{word}: {rest}")
}

/// The verdict in its two parts: what stands in capitals, and how many hosts ended how.
pub(super) fn word_and_rest(report: &Report) -> (String, String) {
    let total = report.hosts.len() as u64;
    if total == 0 {
        return ("NOTHING TO DO".to_owned(), "the plan holds no hosts".to_owned());
    }
    let bad = bad_ends(report);
    if report.run.live {
        return ("GOING ON".to_owned(), so_far(report, total, &bad));
    }
    if !bad.is_empty() {
        let rest = format!("of {}, {}; {}", counted(total, "host"), bad.join(", "), good_ends(report));
        return (word(report), rest);
    }
    match (odd(report), report.run.task) {
        (0, Task::Uninstall) => (word(report), all_absent(report, total)),
        (0, _) => (word(report), all_present(report, total)),
        (odd, task) => {
            let why = match task {
                Task::Uninstall => "a client was left alone there",
                _ => "left alone because of a trace, and no client runs",
            };
            (format!("LOOK AT {odd} of {}", counted(total, "host")), why.to_owned())
        }
    }
}

/// How far a run has come that is not over.
fn so_far(report: &Report, total: u64, bad: &[String]) -> String {
    let done = report.hosts.iter().filter(|host| host.finished.is_some()).count();
    let bad = if bad.is_empty() { String::new() } else { format!(": {}", bad.join(", ")) };
    format!("{done} of {} are done so far{bad}; {}", counted(total, "host"), good_ends(report))
}

fn word(report: &Report) -> String {
    match report.exit_code() {
        0 => "ALL GOOD".to_owned(),
        4 => "UNREACHABLE".to_owned(),
        5 => format!("HALTED ({})", halt(report)),
        7 if has_only_missed_windows(report) => "WINDOW MISSED, can be resumed".to_owned(),
        7 => "INTERRUPTED, can be resumed".to_owned(),
        _ => "FAILED".to_owned(),
    }
}

/// Whether nothing but closed windows kept hosts from being started.
fn has_only_missed_windows(report: &Report) -> bool {
    report.run.stop.is_none()
        && report.count(OutcomeKind::NotStarted) == report.course.missed_window
        && report.course.missed_window > 0
}

/// How many hosts were left alone although they are not as they should be: without a client that runs, or
/// with a client that was to be removed.
fn odd(report: &Report) -> u64 {
    let odd = |outcome: &Outcome| match outcome {
        Outcome::AlreadyPresent { running, .. } => !running,
        Outcome::AlreadyAbsent { why } => !why.is_empty(),
        _ => false,
    };
    report.hosts.iter().filter(|host| odd(&host.outcome)).count() as u64
}

/// Why the run stopped itself.
fn halt(report: &Report) -> Cow<'_, str> {
    let reason = report.run.stop.as_deref().unwrap_or_default();
    clean_line(reason.strip_prefix(HALTED).unwrap_or(reason))
}

/// The kinds that are not good, as `3 failed`.
fn bad_ends(report: &Report) -> Vec<String> {
    let kinds = [
        OutcomeKind::Failed,
        OutcomeKind::NotConnected,
        OutcomeKind::Unreachable,
        OutcomeKind::Unknown,
        OutcomeKind::NotStarted,
    ];
    // While the run goes on, hosts without their outcome are neither lost nor left out.
    let kinds = if report.run.live { &kinds[..3] } else { &kinds[..] };
    let counted = kinds.iter().copied().map(|kind| (kind, report.count(kind)));
    counted
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| match kind {
            OutcomeKind::NotConnected => format!("{count} installed but not connected"),
            OutcomeKind::Unreachable => format!("{count} could not be reached"),
            OutcomeKind::Unknown if count == 1 => "1 is in an unknown state".to_owned(),
            OutcomeKind::Unknown => format!("{count} are in an unknown state"),
            OutcomeKind::NotStarted if count == 1 => "1 was not started".to_owned(),
            OutcomeKind::NotStarted => format!("{count} were not started"),
            _ => format!("{count} failed"),
        })
        .collect()
}

fn all_present(report: &Report, total: u64) -> String {
    let connected = report.count(OutcomeKind::Connected);
    let (installed, before) =
        (report.count(OutcomeKind::Installed) + connected, report.count(OutcomeKind::AlreadyPresent));
    let also = if connected == installed && connected > 0 { " and connected" } else { "" };
    let all = if total == 1 { "the host has".to_owned() } else { format!("all {total} hosts have") };
    match (installed, before) {
        (_, 0) => format!("{all} the client, newly installed{also}"),
        (0, _) => format!("{all} the client already"),
        _ => format!("{all} the client, {installed} newly installed{also}, {before} already present"),
    }
}

fn all_absent(report: &Report, total: u64) -> String {
    let (removed, before) = (report.count(OutcomeKind::Removed), report.count(OutcomeKind::AlreadyAbsent));
    let all = if total == 1 { "the host is".to_owned() } else { format!("all {total} hosts are") };
    match (removed, before) {
        (_, 0) => format!("{all} without the client, newly removed"),
        (0, _) => format!("{all} without the client, as before"),
        _ => format!("{all} without the client, {removed} removed, {before} had none"),
    }
}

/// How many hosts are as they should be.
fn good_ends(report: &Report) -> String {
    let count = |kinds: &[OutcomeKind]| kinds.iter().map(|kind| report.count(*kind)).sum::<u64>();
    if report.run.task == Task::Uninstall {
        let left_alone = odd(report);
        return match count(&[OutcomeKind::Removed, OutcomeKind::AlreadyAbsent]).saturating_sub(left_alone) {
            0 => "none is without the client".to_owned(),
            1 => "1 is without the client".to_owned(),
            absent => format!("{absent} are without the client"),
        };
    }
    match count(&[OutcomeKind::Installed, OutcomeKind::Connected, OutcomeKind::AlreadyPresent]) {
        0 => "none has the client".to_owned(),
        1 => "1 has the client".to_owned(),
        present => format!("{present} have the client"),
    }
}

/// The kind of outcome as people read it.
pub(super) fn kind_words(kind: OutcomeKind) -> String {
    kind.word().replace('_', " ")
}

/// A duration in its two largest units.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => format!("{} ms", duration.as_millis()),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A moment to the second, in UTC, because a report must read the same everywhere.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The fastest rate that held in the run: a person may set one above the plan's.
fn fastest(report: &Report) -> Rate {
    let rates = report.course.paces.iter().map(|pace| pace.rate);
    rates.fold(report.run.rate, |fastest, rate| if rate.slower(fastest) == rate { fastest } else { rate })
}

/// How fast installers were started, next to what was allowed.
pub(super) fn pace(report: &Report) -> String {
    let pace = &report.pace;
    let limit = fastest(report);
    if pace.starts == 0 {
        let what = if report.run.task == Task::Uninstall { "removal" } else { "installer" };
        return format!("no {what} was started; at most {limit} were allowed");
    }
    let achieved = pace.per_minute.map(|rate| format!("{rate:.1} starts a minute, ")).unwrap_or_default();
    let allowed = limit.per_hour() / 60.0;
    // A closed minute holds both of its ends, so a limit that is kept may not be reached by more than itself.
    let over = if pace.busiest_minute as f64 > allowed.max(1.0) { ", MORE THAN ALLOWED" } else { "" };
    format!("{achieved}{} in the busiest minute; at most {limit} allowed{over}", pace.busiest_minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        for (milliseconds, words) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1 s"),
            (61_000, "1 min 1 s"),
            (3_600_000, "1 h 0 min"),
            (90_000_000, "25 h 0 min"),
        ] {
            assert_eq!(duration(Duration::from_millis(milliseconds)), words);
        }
    }
}
