//! What happened? Folds a plan and its events into a report, and says it in several formats.

pub(crate) mod markup;
pub mod names;

mod advice;
mod causes;
mod clean;
mod compare;
pub mod course;
mod criteria;
mod ends;
mod fold;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod limit;
mod markdown;
mod pace;
mod record;
mod table;
mod text;
mod timeline;
mod verdict;

use std::io;

pub use clean::{clean_line, defuse};
pub use compare::Comparison;
pub use course::Course;
pub use criteria::{Criterion, judge};
pub use ends::{Ends, is_outlasted};
pub use fold::Fold;
pub use github::step;
pub use json::schema;
pub use pace::Pace;
pub use record::{Cause, HostRecord, Report, RunRecord};
pub use table::{COLUMNS, write_row};
pub use verdict::{duration, moment, verdict};

/// One format a report can be written in.
pub struct Exporter {
    /// The word behind `--format`.
    pub name: &'static str,
    /// What it is for, one sentence without its full stop.
    pub sentence: &'static str,
    /// The file it is written to beside those of the other formats.
    pub file: &'static str,
    /// Writes the report; errors are those of `out`.
    pub write: fn(&Report, &mut dyn io::Write) -> io::Result<()>,
}

/// The name of the format that a step of a GitHub job also leaves a summary and outputs with.
pub const GITHUB: &str = "github";

/// Every format, the default one first.
pub const EXPORTERS: &[Exporter] = &[
    Exporter {
        name: "text",
        sentence: "for people: the verdict first, what to do next, host patterns to paste",
        file: "report.txt",
        write: text::write,
    },
    Exporter {
        name: "json",
        sentence: "for programs: a summary, every host, and the causes of failure",
        file: "report.json",
        write: json::write,
    },
    Exporter {
        name: "junit",
        sentence: "for CI systems: one test case a host, one suite a wave",
        file: "junit.xml",
        write: junit::write,
    },
    Exporter {
        name: "markdown",
        sentence: "for job summaries and tickets: GitHub's Markdown, failures first, below 900 KiB",
        file: "report.md",
        write: markdown::write,
    },
    Exporter {
        name: "html",
        sentence: "for people with a browser: one page that needs no network, with all hosts to filter and sort",
        file: "report.html",
        write: html::write,
    },
    Exporter {
        name: "csv",
        sentence: "for spreadsheets: one row a host",
        file: "report.csv",
        write: table::write,
    },
    Exporter {
        name: GITHUB,
        sentence: "for GitHub Actions: annotations at the hosts' lines, a job summary, and counts for later steps",
        file: "github.txt",
        write: github::write,
    },
    Exporter {
        name: "gitlab-codequality",
        sentence: "for GitLab's merge requests: hosts that are not as planned, at their lines",
        file: "codequality.json",
        write: gitlab::code_quality,
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
