//! What happened? Folds a plan and its events into a report, and says it in several formats.

pub mod names;

mod advice;
mod causes;
mod clean;
pub mod course;
mod fold;
mod json;
mod junit;
mod limit;
mod markdown;
mod pace;
mod record;
mod text;
mod timeline;
mod verdict;

use std::io;

pub use clean::clean_line;
pub use course::Course;
pub use fold::Fold;
pub use pace::Pace;
pub use record::{Cause, HostRecord, Report, RunRecord};
pub use verdict::{duration, moment, verdict};

/// One format a report can be written in.
pub struct Exporter {
    /// The word behind `--format`.
    pub name: &'static str,
    /// What it is for, one sentence without its full stop.
    pub sentence: &'static str,
    /// Writes the report; errors are those of `out`.
    pub write: fn(&Report, &mut dyn io::Write) -> io::Result<()>,
}

/// Every format, the default one first.
pub const EXPORTERS: &[Exporter] = &[
    Exporter {
        name: "text",
        sentence: "for people: the verdict first, what to do next, host patterns to paste",
        write: text::write,
    },
    Exporter {
        name: "json",
        sentence: "for programs: a summary, every host, and the causes of failure",
        write: json::write,
    },
    Exporter {
        name: "junit",
        sentence: "for CI systems: one test case a host, one suite a wave",
        write: junit::write,
    },
    Exporter {
        name: "markdown",
        sentence: "for job summaries and tickets: GitHub's Markdown, failures first, below 900 KiB",
        write: markdown::write,
    },
];

/// The format of this name, if there is one.
pub fn exporter(name: &str) -> Option<&'static Exporter> {
    EXPORTERS.iter().find(|exporter| exporter.name == name)
}

/// The names of all formats, for the command line.
pub fn exporter_names() -> impl Iterator<Item = &'static str> {
    EXPORTERS.iter().map(|exporter| exporter.name)
}
