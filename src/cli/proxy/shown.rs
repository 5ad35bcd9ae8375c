//! How are clients and their proxies shown?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::{Problem, exit, output};
use crate::model::{counted, visible};
use crate::report::names::fold;

/// The version of the JSON form; it grows when a field changes its meaning or goes away.
const FORMAT: u32 = 1;

/// What is said of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Shown,
    AsWanted,
    WouldChange,
    Changed,
    NotStarted,
    TakenBack,
    Failed,
    Unreachable,
    NoClient,
}

impl State {
    fn words(self) -> &'static str {
        match self {
            Self::Shown => "set to",
            Self::AsWanted => "as wanted",
            Self::WouldChange => "would change",
            Self::Changed => "changed",
            Self::NotStarted => "not started",
            Self::TakenBack => "taken back",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
            Self::NoClient => "no client",
        }
    }
}

/// A client, or a host without one, and what there is to say.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) host: Arc<str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) directory: String,
    pub(super) state: State,
    pub(super) detail: String,
}

pub(super) fn line(host: &Arc<str>, directory: &str, state: State, detail: String) -> Line {
    Line { host: host.clone(), directory: directory.to_owned(), state, detail }
}

impl std::fmt::Display for Line {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.host, self.state.words())?;
        for part in [&self.directory, &self.detail].into_iter().filter(|part| !part.is_empty()) {
            write!(out, ": {}", visible(part))?;
        }
        Ok(())
    }
}

pub(super) fn exit_code(lines: &[Line]) -> u8 {
    let any = |state| lines.iter().any(|line| line.state == state);
    if any(State::NotStarted) {
        exit::INTERRUPTED
    } else if any(State::Failed) || any(State::TakenBack) {
        exit::DRIFT
    } else if any(State::Unreachable) {
        exit::UNREACHABLE
    } else {
        exit::GOOD
    }
}

pub(super) fn told(lines: &[Line], format: Format) -> Result<(), Problem> {
    #[derive(Serialize)]
    struct Told<'l> {
        format_version: u32,
        clients: &'l [Line],
    }
    output::print(|out| match format {
        Format::Text => write_text(lines, out),
        Format::Json => output::json(out, &Told { format_version: FORMAT, clients: lines }),
    })
}

/// Clients of which the same is to be said stand together.
pub(super) fn write_text(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    let mut kinds: BTreeMap<(State, &str), Vec<&str>> = BTreeMap::new();
    for line in lines {
        kinds.entry((line.state, &line.detail)).or_default().push(&line.host);
    }
    for ((state, detail), mut names) in kinds {
        let count = names.len();
        names.dedup();
        let is_without = matches!(state, State::NoClient | State::Unreachable);
        let of = counted(count, if is_without { "host" } else { "client" });
        let said = match (state, visible(detail)) {
            (State::Shown, detail) => detail.into_owned(),
            (state, detail) if detail.is_empty() => state.words().to_owned(),
            (state, detail) => format!("{} ({detail})", state.words()),
        };
        writeln!(out, "{said}: {} ({of})", fold(names))?;
    }
    Ok(())
}
