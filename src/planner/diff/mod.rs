//! What is different between two plans, and in which formats is that said?

mod difference;
mod facts;
mod fields;
mod github;
mod markdown;
mod text;

use std::io;

use crate::ci::spelled;

pub use difference::Difference;
pub use github::step as diff_step;

/// One format a difference can be written in.
pub struct DiffFormat {
    /// The word behind `--format`.
    pub name: &'static str,
    /// What it is for, one sentence without its full stop.
    pub sentence: &'static str,
    /// Writes the difference; errors are those of `out`.
    pub write: fn(&Difference, &mut dyn io::Write) -> io::Result<()>,
}

/// Every format, the default one first.
pub const DIFF_FORMATS: &[DiffFormat] = &[
    DiffFormat { name: "text", sentence: "for people: how many, then who and why", write: text::write },
    DiffFormat { name: "json", sentence: "for programs: every host and every change", write: json },
    DiffFormat {
        name: "markdown",
        sentence: "for merge requests and tickets: the same as text, below 900 KiB",
        write: |difference, out| out.write_all(markdown::page(difference).as_bytes()),
    },
    DiffFormat {
        name: crate::planner::GITHUB,
        sentence: "for GitHub Actions: annotations at the changed lines, a job summary, and counts for later steps",
        write: github::write,
    },
];

/// The format of this name, if there is one.
pub fn diff_format(name: &str) -> Option<&'static DiffFormat> {
    DIFF_FORMATS.iter().find(|format| format.name == name)
}

/// The names of all formats, for the command line.
pub fn diff_format_names() -> impl Iterator<Item = &'static str> {
    DIFF_FORMATS.iter().map(|format| format.name)
}

fn json(difference: &Difference, out: &mut dyn io::Write) -> io::Result<()> {
    spelled::to_writer(&mut *out, difference)?;
    out.write_all(b"\n")
}
