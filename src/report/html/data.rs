//! How do all hosts get into the page: as data that no parser of markup can read as anything else?
//!
//! One list a column, because names of fields for each of 25,000 hosts would be most of the file, and texts that many
//! hosts share stand in one list.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::text::{cost, line, output};
use crate::model::{Outcome, OutcomeKind, Platform};
use crate::report::advice::for_cause;
use crate::report::record::{HostRecord, Report};
use crate::report::verdict::kind_words;

/// The most bytes of the texts that causes have, and of those that hosts have for themselves.
const DETAILS: usize = 1200 * 1024;
const NOTES: usize = 500 * 1024;
const OUTPUTS: usize = 900 * 1024;
/// The most characters of a detail, and of one for which there is no room.
const MOST_DETAIL: usize = 400;
const LEAST_DETAIL: usize = 24;
/// The most bytes of one host's output.
const MOST_OUTPUT: usize = 2048;
/// The most characters of a name, an address or a place.
const MOST_NAME: usize = 260;
/// What stands for nothing in a column of numbers.
const NONE: i64 = -1;

/// Writes one object of JSON that may stand inside of a script element; errors are those of `out`.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Inert(out);
    let hosts = &report.hosts;
    let begin = report.run.started.map_or(0, Timestamp::as_millisecond);
    let since = |at: Option<Timestamp>| at.map_or(NONE, |at| at.as_millisecond() - begin);
    let mut files = Words::default();
    let places: Vec<(i64, i64)> = hosts.iter().map(|host| place(&host.place, &mut files)).collect();
    let mut releases = Words::default();
    let release: Vec<i64> = hosts.iter().map(|host| releases.of(host.release.as_deref())).collect();
    let mut spreads = Words::default();
    let spread: Vec<i64> = hosts.iter().map(|host| spreads.of(host.spread.as_deref())).collect();
    let mut texts = Texts::default();
    let notes: Vec<i64> =
        hosts.iter().map(|host| texts.add(line(&note(host), MOST_DETAIL).into(), NOTES)).collect();
    let mut outputs = Texts::default();
    let printed: Vec<i64> = hosts.iter().map(|host| outputs.add(printed(host), OUTPUTS)).collect();

    write!(out, "{{\"begin\":{begin}")?;
    column(&mut out, "kinds", OutcomeKind::ALL.iter().map(|kind| (kind.word(), kind_words(*kind))))?;
    column(&mut out, "platforms", Platform::ALL.iter().map(|platform| platform.word()))?;
    column(&mut out, "waves", report.waves.iter().map(|wave| line(wave, MOST_NAME)))?;
    column(&mut out, "files", files.shown())?;
    column(&mut out, "releases", releases.shown())?;
    column(&mut out, "spreads", spreads.shown())?;
    column(&mut out, "notes", texts.list.iter())?;
    column(&mut out, "outputs", outputs.list.iter())?;
    column(&mut out, "causes", causes(report).iter())?;
    column(&mut out, "name", hosts.iter().map(|host| line(&host.name, MOST_NAME)))?;
    column(&mut out, "address", hosts.iter().map(address))?;
    column(&mut out, "file", places.iter().map(|place| place.0))?;
    column(&mut out, "line", places.iter().map(|place| place.1))?;
    column(&mut out, "wave", hosts.iter().map(|host| host.wave))?;
    column(&mut out, "platform", hosts.iter().map(platform))?;
    column(&mut out, "release", release.iter())?;
    column(&mut out, "spread", spread.iter())?;
    column(&mut out, "kind", hosts.iter().map(|host| index_of(host.outcome.kind())))?;
    column(&mut out, "cause", cause_of_each(report).iter())?;
    column(&mut out, "note", notes.iter())?;
    column(&mut out, "output", printed.iter())?;
    column(&mut out, "attempts", hosts.iter().map(|host| host.attempts))?;
    column(&mut out, "visited", hosts.iter().map(|host| since(host.started)))?;
    column(
        &mut out,
        "started",
        hosts.iter().map(|host| since(host.install_started.or(host.removal_started))),
    )?;
    column(&mut out, "finished", hosts.iter().map(|host| since(host.finished)))?;
    column(&mut out, "waited", hosts.iter().map(|host| milliseconds(host.waited)))?;
    column(&mut out, "ran", hosts.iter().map(|host| milliseconds(host.install_took.or(host.removal_took))))?;
    column(&mut out, "took", hosts.iter().map(|host| milliseconds(host.took)))?;
    column(&mut out, "status", hosts.iter().map(|host| host.status))?;
    if let Some(earlier) = &report.since {
        let before = |host: &HostRecord| earlier.before(&host.name).map_or(NONE, index_of);
        column(&mut out, "before", hosts.iter().map(before))?;
    }
    out.write_all(b"}")
}

/// Writes a list under its name.
fn column(out: &mut dyn Write, name: &str, values: impl Iterator<Item = impl Serialize>) -> io::Result<()> {
    write!(out, ",\n\"{name}\":[")?;
    for (at, value) in values.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut *out, &value)?;
    }
    out.write_all(b"]")
}

/// Writes JSON in which nothing means anything to a parser of HTML. These signs stand inside of texts only.
struct Inert<'a>(&'a mut dyn Write);

impl Write for Inert<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| matches!(byte, b'<' | b'>' | b'&')) {
            match part.split_last() {
                Some((sign @ (b'<' | b'>' | b'&'), before)) => {
                    self.0.write_all(before)?;
                    write!(self.0, "\\u{sign:04x}")?;
                }
                _ => self.0.write_all(part)?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Words that hosts share, each once.
#[derive(Default)]
struct Words<'a> {
    list: Vec<&'a str>,
    index: HashMap<&'a str, i64>,
}

impl<'a> Words<'a> {
    fn of(&mut self, word: Option<&'a str>) -> i64 {
        let Some(word) = word else { return NONE };
        *self.index.entry(word).or_insert_with(|| {
            self.list.push(word);
            self.list.len() as i64 - 1
        })
    }

    fn shown(&self) -> impl Iterator<Item = std::borrow::Cow<'a, str>> {
        self.list.iter().map(|word| line(word, MOST_NAME))
    }
}

/// Longer texts, each once, until there are too many.
#[derive(Default)]
struct Texts {
    list: Vec<Arc<str>>,
    index: HashMap<Arc<str>, i64>,
    spent: usize,
}

impl Texts {
    fn add(&mut self, text: String, most: usize) -> i64 {
        if text.is_empty() {
            return NONE;
        }
        if let Some(index) = self.index.get(text.as_str()) {
            return *index;
        }
        let cost = cost(&text) + 3;
        if self.spent + cost > most {
            return NONE;
        }
        self.spent += cost;
        let text: Arc<str> = text.into();
        self.list.push(text.clone());
        self.index.insert(text, self.list.len() as i64 - 1);
        self.list.len() as i64 - 1
    }
}

/// What is said of a host alone: what was found there, or where the client is.
fn note(host: &HostRecord) -> String {
    let found = match &host.outcome {
        Outcome::Installed { directory, .. }
        | Outcome::Connected { directory, .. }
        | Outcome::Removed { directory, .. } => directory.as_deref(),
        Outcome::AlreadyPresent { evidence, .. } => Some(evidence.as_str()),
        _ => None,
    };
    let notes = host.outcome.notes().iter().map(|note| note.said());
    let sessions: Vec<String> = host.sessions.iter().map(|session| session.said()).collect();
    let sessions = sessions.iter().map(String::as_str);
    found.into_iter().chain(notes).chain(sessions).collect::<Vec<_>>().join("; ")
}

fn printed(host: &HostRecord) -> String {
    match &host.outcome {
        Outcome::Failed { tail, .. } => output(tail, MOST_OUTPUT),
        _ => String::new(),
    }
}

/// Index of the file and the line in it.
fn place<'a>(place: &'a str, files: &mut Words<'a>) -> (i64, i64) {
    let parts = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    match parts {
        Some((file, line)) => (files.of(Some(file)), line),
        None => (files.of(Some(place)), NONE),
    }
}

/// The address, or 0 when it is the name.
fn address(host: &HostRecord) -> serde_json::Value {
    if host.address == host.name { 0.into() } else { line(&host.address, MOST_NAME).into() }
}

fn platform(host: &HostRecord) -> i64 {
    let position = host.platform.and_then(|own| Platform::ALL.iter().position(|platform| *platform == own));
    position.map_or(NONE, |at| at as i64)
}

fn index_of(kind: OutcomeKind) -> i64 {
    OutcomeKind::ALL.iter().position(|known| *known == kind).map_or(NONE, |at| at as i64)
}

fn milliseconds(duration: Option<std::time::Duration>) -> i64 {
    duration.map_or(NONE, |duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

/// The cause of each host, by its place among the report's causes.
fn cause_of_each(report: &Report) -> Vec<i64> {
    let mut each = vec![NONE; report.hosts.len()];
    for (number, cause) in report.causes.iter().enumerate() {
        for host in &cause.hosts {
            each[*host] = number as i64;
        }
    }
    each
}

/// Phase, class, rule, detail and what to do, of each cause.
#[derive(Serialize)]
struct CauseRow(&'static str, &'static str, &'static str, String, &'static str);

fn causes(report: &Report) -> Vec<CauseRow> {
    let mut spent = 0;
    let row = |cause: &crate::report::Cause| {
        let room = if spent < DETAILS { MOST_DETAIL } else { LEAST_DETAIL };
        let detail = line(&cause.detail, room).into_owned();
        let advice = for_cause(cause).filter(|_| spent < DETAILS).unwrap_or("");
        spent += cost(&detail) + advice.len();
        CauseRow(
            cause.phase.map_or("", |phase| phase.word()),
            cause.class.map_or("", |class| class.word()),
            cause.rule.map_or("", |rule| rule.word()),
            detail,
            advice,
        )
    };
    report.causes.iter().map(row).collect()
}
