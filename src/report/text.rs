//! What does a tired person read at night?

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::advice::{for_cause, for_kind};
use super::clean::{clean, clean_line, defuse, first_characters, last_bytes};
use super::limit::limit_pattern;
use super::names::fold_within;
use super::record::{Cause, Report, SessionRecord};
use super::timeline::{clock, lines};
use super::verdict::{duration, kind_words, moment, pace, verdict};
use crate::model::{Outcome, OutcomeKind, RecordEnd, counted};

/// The most causes that are shown of one kind.
const MOST_CAUSES: usize = 40;
/// The most characters of a folded list of hosts.
const MOST_NAMES: usize = 600;
/// The most characters of a detail or a line of output.
const MOST_LINE: usize = 300;
/// The most lines of a host's output.
const MOST_OUTPUT: usize = 8;
/// How many bytes of output are looked at for those lines.
const OUTPUT_BYTES: usize = 4096;

/// Writes the report for people, without colours; errors are those of `out`.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    writeln!(out, "{}\n", verdict(report))?;
    head(report, &mut out)?;
    counts(report, &mut out)?;
    if let Some(since) = &report.since {
        since.write_text(MOST_NAMES, &mut out)?;
    }
    for kind in [
        OutcomeKind::Failed,
        OutcomeKind::NotConnected,
        OutcomeKind::Unreachable,
        OutcomeKind::Unknown,
        OutcomeKind::NotStarted,
    ] {
        section(report, kind, &mut out)?;
    }
    present(report, &mut out)?;
    absent(report, &mut out)?;
    noted(report, &mut out)?;
    records(report, &mut out)?;
    sessions(report, &mut out)?;
    course(report, &mut out)?;
    patterns(report, &mut out)?;
    writeln!(out, "\npace     {}", pace(report))?;
    out.flush()
}

fn head(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let run = &report.run;
    let name = run.name.as_deref().unwrap_or("(its journal has no beginning)");
    let resumed = match run.resumed {
        0 => String::new(),
        1 => ", resumed once".to_owned(),
        times => format!(", resumed {times} times"),
    };
    writeln!(out, "run      {}{resumed}", clean_line(name))?;
    writeln!(out, "site     {}", clean_line(&run.site))?;
    writeln!(out, "plan     {}", clean_line(&run.plan_id))?;
    if let (Some(first), Some(last)) = (run.started, run.last) {
        writeln!(out, "time     {} to {}, {}", moment(first), moment(last), duration(report.elapsed()))?;
    }
    if let Some(by) = &run.by {
        writeln!(out, "by       {}", clean_line(by))?;
    }
    if run.foreign > 0 {
        writeln!(out, "warning  events not counted, because they are not of this plan: {}", run.foreign)?;
    }
    writeln!(out)
}

fn counts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for (kind, count) in &report.counts {
        writeln!(out, "{:<16}{count:>8}", kind_words(*kind))?;
    }
    writeln!(out, "{:<16}{:>8}", "planned", report.hosts.len())
}

fn section(report: &Report, kind: OutcomeKind, out: &mut dyn Write) -> io::Result<()> {
    let causes: Vec<_> = report.causes_of(kind).collect();
    if causes.is_empty() {
        return Ok(());
    }
    let title = kind_words(kind).to_uppercase();
    writeln!(out, "\n{title}: {}", counted(report.count(kind), "host"))?;
    if let Some(next) = for_kind(report, kind) {
        writeln!(out, "  next: {next}")?;
    }
    for cause in causes.iter().take(MOST_CAUSES) {
        one(report, cause, out)?;
    }
    let rest = &causes[causes.len().min(MOST_CAUSES)..];
    if !rest.is_empty() {
        let left: usize = rest.iter().map(|cause| cause.hosts.len()).sum();
        let left = counted(left, "host");
        writeln!(out, "\n  … and {} more causes on {left}; `--format json` has them all", rest.len())?;
    }
    Ok(())
}

fn one(report: &Report, cause: &Cause, out: &mut dyn Write) -> io::Result<()> {
    let mut words = vec![counted(cause.hosts.len(), "host")];
    words.extend(cause.phase.map(|phase| phase.to_string()));
    words.extend(cause.class.map(|class| class.to_string()));
    words.extend(Some(&cause.detail).filter(|detail| !detail.is_empty()).map(|detail| line(detail)));
    writeln!(out, "\n  {}", words.join(" · "))?;
    writeln!(out, "    on:   {}", names(report, cause))?;
    if let Some(next) = for_cause(cause) {
        writeln!(out, "    next: {next}")?;
    }
    output(report, cause, out)
}

/// The end of what the first talkative host of a cause printed.
fn output(report: &Report, cause: &Cause, out: &mut dyn Write) -> io::Result<()> {
    let Some((host, tail)) = cause.output(report) else { return Ok(()) };
    let tail = clean(last_bytes(tail, OUTPUT_BYTES));
    let lines: Vec<_> = tail.lines().filter(|line| !line.trim().is_empty()).collect();
    writeln!(out, "    {} printed at the end:", clean_line(host))?;
    for shown in &lines[lines.len().saturating_sub(MOST_OUTPUT)..] {
        writeln!(out, "      | {}", line(shown))?;
    }
    Ok(())
}

fn present(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let count = report.count(OutcomeKind::AlreadyPresent);
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "\nALREADY PRESENT: {}, left as they were", counted(count, "host"))?;
    for cause in report.causes_of(OutcomeKind::AlreadyPresent) {
        let rule = cause.rule.map_or("", |rule| rule.word());
        let idle = if cause.detail.is_empty() { String::new() } else { format!(" ({})", cause.detail) };
        writeln!(out, "  {} by {rule}{idle}: {}", counted(cause.hosts.len(), "host"), names(report, cause))?;
    }
    Ok(())
}

fn absent(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let count = report.count(OutcomeKind::AlreadyAbsent);
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "\nALREADY ABSENT: {}, left as they were", counted(count, "host"))?;
    for cause in report.causes_of(OutcomeKind::AlreadyAbsent) {
        let why = if cause.detail.is_empty() { "no client was there".into() } else { line(&cause.detail) };
        writeln!(out, "  {} · {why}: {}", counted(cause.hosts.len(), "host"), names(report, cause))?;
    }
    Ok(())
}

/// What else is worth knowing of hosts on which all went well.
fn noted(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for (note, names) in report.noted() {
        let (count, title) = (counted(names.len(), "host"), note.said().to_uppercase());
        let names = fold_within(names.iter().copied(), MOST_NAMES);
        writeln!(out, "\n{title}: {count}\n  {}", clean_line(&names))?;
    }
    Ok(())
}

/// So many records that are left are named at most.
const MOST_RECORDS: usize = 100;

/// The other half of a removal: what became of the records on the site.
fn records(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut by_end: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for host in &report.hosts {
        if let Some(words) = host.record.and_then(|(end, _)| record_words(end, &host.outcome)) {
            by_end.entry(words).or_default().push(&host.name);
        }
    }
    if !by_end.is_empty() {
        writeln!(out, "\nRECORDS ON THE SITE")?;
    }
    for (words, names) in by_end {
        let count = counted(names.len(), "host");
        writeln!(out, "  {count} · {words}: {}", fold_within(names, MOST_NAMES))?;
    }
    let left = report.hosts.iter().filter_map(|host| match host.record? {
        (RecordEnd::Replaced | RecordEnd::Left, client) => client,
        _ => None,
    });
    let left: Vec<String> = left.map(|client| client.to_string()).collect();
    if left.is_empty() {
        return Ok(());
    }
    let (shown, more) = left.split_at(left.len().min(MOST_RECORDS));
    let more = if more.is_empty() { String::new() } else { format!(" ({} more)", more.len()) };
    writeln!(out, "  what is left is deleted by: jumpfleet clients prune --id {}{more}", shown.join(","))
}

/// The sessions that the removal met, which somebody may ask about the next day.
fn sessions(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let met = report.hosts.iter().flat_map(|host| host.sessions.iter().map(move |session| (host, session)));
    let mut met = met.peekable();
    if met.peek().is_some() {
        writeln!(out, "\nSESSIONS")?;
    }
    for (host, SessionRecord { lsid, users, end, .. }) in met {
        let text = format!("{}: {end}: {lsid} by {}", host.name, users.join(", "));
        writeln!(out, "  {}", line(&text))?;
    }
    Ok(())
}

/// A record without a client is a ghost, and so is a client without a record.
fn record_words(end: RecordEnd, outcome: &Outcome) -> Option<&'static str> {
    let had_client = !matches!(outcome, Outcome::AlreadyAbsent { .. });
    Some(match (end, had_client) {
        (RecordEnd::Deleted, true) => "deleted",
        (RecordEnd::Deleted, false) => "deleted, a ghost: there was no client",
        (RecordEnd::Gone, _) => "gone by itself",
        (RecordEnd::None, true) => {
            "none was there, a ghost: its client was unknown to the site or in a personal list"
        }
        (RecordEnd::None, false) => return None,
        (RecordEnd::Doubtful, _) => "left, for it is not surely the host's",
        (RecordEnd::Left, _) => "left, for the site did not delete it",
        (RecordEnd::Replaced, _) => {
            "that of the client before, a ghost: `jumpfleet clients prune` takes it away"
        }
    })
}

/// Which way the run went, where it did not go straight on.
fn course(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let lines = lines(report);
    if !lines.is_empty() {
        writeln!(out, "\nCOURSE (UTC)")?;
    }
    for (at, line) in lines {
        match at {
            Some(at) => writeln!(out, "  {}  {line}", clock(at))?,
            None => writeln!(out, "  {line}")?,
        }
    }
    Ok(())
}

/// What to paste behind `--limit` for another try.
fn patterns(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let failed = [OutcomeKind::Failed, OutcomeKind::Unreachable];
    let outstanding = [OutcomeKind::Unknown, OutcomeKind::NotStarted];
    for (title, kinds) in [("failed", failed), ("outstanding", outstanding)] {
        let selected = || {
            let wanted = report.hosts.iter().filter(|host| kinds.contains(&host.outcome.kind()));
            wanted.map(|host| &*host.name)
        };
        if selected().next().is_none() {
            continue;
        }
        writeln!(out, "\n{title} hosts ({}) again:", kinds.map(kind_words).join(", "))?;
        match limit_pattern(selected()) {
            Some(pattern) => writeln!(out, "  --limit {pattern}")?,
            None => writeln!(out, "  {} > hosts.txt\n  --limit @hosts.txt", query(report, kinds))?,
        }
    }
    Ok(())
}

/// A command that prints the names of the hosts that ended in one of two ways.
fn query(report: &Report, kinds: [OutcomeKind; 2]) -> String {
    let run = report.run.name.as_deref().unwrap_or("latest");
    let wanted = kinds.map(|kind| format!(".outcome==\"{kind}\"")).join(" or ");
    format!("jumpfleet report {} --format json | jq -r '.hosts[]|select({wanted}).name'", clean_line(run))
}

fn names(report: &Report, cause: &Cause) -> String {
    clean_line(&fold_within(cause.names(report), MOST_NAMES)).into_owned()
}

fn line(text: &str) -> String {
    defuse(&first_characters(&clean_line(text), MOST_LINE)).into_owned()
}
