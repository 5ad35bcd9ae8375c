//! What do people open in a spreadsheet? One row a host.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use csv::{Terminator, WriterBuilder};
use jiff::Timestamp;

use super::clean::clean_line;
use super::record::{HostRecord, Report};
use crate::model::Outcome;

/// The columns, in order; new ones are added at the end.
pub const COLUMNS: [&str; 21] = [
    "host",
    "address",
    "place",
    "wave",
    "spread",
    "platform",
    "release",
    "outcome",
    "phase",
    "class",
    "rule",
    "detail",
    "attempts",
    "started",
    "install_started",
    "finished",
    "seconds",
    "status",
    "before",
    "notes",
    "sessions",
];

/// Writes RFC 4180: a head, a row a host, lines that end with CR LF; errors are those of `out`.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    table.write_record(COLUMNS)?;
    for host in &report.hosts {
        let row = row(report, host);
        table.write_record(row.iter().map(|cell| cell.as_bytes()))?;
    }
    table.flush()
}

/// Writes one row of RFC 4180 of strangers' texts.
pub fn write_row<'c>(cells: impl IntoIterator<Item = &'c str>, out: &mut dyn Write) -> io::Result<()> {
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).buffer_capacity(1024).from_writer(out);
    let cells: Vec<Cow<'_, str>> = cells.into_iter().map(cell).collect();
    table.write_record(cells.iter().map(|cell| cell.as_bytes()))?;
    table.flush()
}

fn row<'a>(report: &'a Report, host: &'a HostRecord) -> [Cow<'a, str>; COLUMNS.len()] {
    let wave = report.waves.get(host.wave as usize).map_or("", String::as_str);
    let before = report.since.as_ref().and_then(|since| since.before(&host.name));
    let [phase, class, rule, detail] = end(&host.outcome);
    [
        cell(&host.name),
        cell(&host.address),
        cell(&host.place),
        cell(wave),
        cell(host.spread.as_deref().unwrap_or_default()),
        host.platform.map_or("", |platform| platform.word()).into(),
        cell(host.release.as_deref().unwrap_or_default()),
        host.outcome.kind().word().into(),
        phase.into(),
        class.into(),
        rule.into(),
        cell(detail),
        host.attempts.to_string().into(),
        moment(host.started),
        moment(host.install_started.or(host.removal_started)),
        moment(host.finished),
        host.took.map_or(Cow::Borrowed(""), |took| seconds(took).into()),
        host.status.map_or(Cow::Borrowed(""), |status| status.to_string().into()),
        before.map_or("", |kind| kind.word()).into(),
        host.outcome.notes().iter().map(|note| note.word()).collect::<Vec<_>>().join(" ").into(),
        sessions(host),
    ]
}

/// The sessions that the host's removal met, one behind the other.
fn sessions(host: &HostRecord) -> Cow<'static, str> {
    let said: Vec<String> = host.sessions.iter().map(|session| session.said()).collect();
    cell(&said.join("; ")).into_owned().into()
}

/// Phase, class, rule and detail of an outcome, as far as it has them.
fn end(outcome: &Outcome) -> [&str; 4] {
    match outcome {
        Outcome::NotConnected { detail, .. } => ["", "", "", detail],
        Outcome::Installed { directory, .. }
        | Outcome::Connected { directory, .. }
        | Outcome::Removed { directory, .. } => ["", "", "", directory.as_deref().unwrap_or_default()],
        Outcome::AlreadyPresent { rule, evidence, .. } => ["", "", rule.word(), evidence],
        Outcome::AlreadyAbsent { why } => ["", "", "", why],
        Outcome::Failed { phase, class, detail, .. } => [phase.word(), class.word(), "", detail],
        Outcome::Unreachable { class, detail } => ["", class.word(), "", detail],
        Outcome::Unknown { phase, detail } => [phase.word(), "", "", detail],
        Outcome::NotStarted { reason } => ["", "", "", reason],
    }
}

fn moment(at: Option<Timestamp>) -> Cow<'static, str> {
    at.map_or(Cow::Borrowed(""), |at| at.to_string().into())
}

fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}

/// A stranger's text that no spreadsheet takes for a formula: those begin with one of a few signs, also with their
/// full-width forms, and an apostrophe in front makes them text.
fn cell(text: &str) -> Cow<'_, str> {
    let text = clean_line(text);
    let formula = ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    // Some programs leave spaces in front out.
    if text.trim_start().starts_with(formula) { format!("'{text}").into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        for (text, wanted) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("\r=1", "' =1"),
            ("  =1", "'  =1"),
            ("＝1", "'＝1"),
            ("\u{1b}[1m=1", "'=1"),
            ("web-1=2", "web-1=2"),
            ("", ""),
        ] {
            assert_eq!(cell(text), wanted, "{text:?}");
        }
    }
}
