//! In which formats is a plan shown?

mod github;
mod gitlab;
mod html;
mod markdown;
mod text;

use std::io;

use super::file::write_json;
use super::view::View;
use crate::ci::Sources;
use crate::model::Plan;

pub use github::step;

/// One format a plan can be written in.
pub struct Format {
    /// The word behind `--format`.
    pub name: &'static str,
    /// What it is for, one sentence without its full stop.
    pub sentence: &'static str,
    /// Writes the plan, whose places are found by the sources; errors are those of `out`.
    pub write: fn(&Plan, &Sources, &mut dyn io::Write) -> io::Result<()>,
}

/// The name of the format that a step of a GitHub job also leaves a summary and outputs with.
pub const GITHUB: &str = "github";

/// Every format, the default one first.
pub const FORMATS: &[Format] = &[
    Format {
        name: "text",
        sentence: "for people: what it comes to, who hears what, what may go wrong, the details",
        write: |plan, _, out| write_text(plan, out),
    },
    Format {
        name: "json",
        sentence: "for programs: the plan itself, as `-o` saves it",
        write: |plan, _, out| write_json(plan, out),
    },
    Format {
        name: "markdown",
        sentence: "for merge requests and tickets: the same as text, below 900 KiB",
        write: |plan, _, out| out.write_all(markdown::page(&View::of(plan), markdown::MOST_BYTES).as_bytes()),
    },
    Format {
        name: "html",
        sentence: "for reviewers: one page that needs no network and no script",
        write: |plan, _, out| html::write(&View::of(plan), out),
    },
    Format {
        name: "gitlab-terraform",
        sentence: "for GitLab's merge requests: how many clients come, change and go",
        write: |plan, _, out| gitlab::widget(plan, out),
    },
    Format {
        name: "gitlab-codequality",
        sentence: "for GitLab's merge requests: the findings at their lines",
        write: gitlab::code_quality,
    },
    Format {
        name: GITHUB,
        sentence: "for GitHub Actions: the findings as annotations, a job summary, and counts for later steps",
        write: github::write,
    },
];

/// The format of this name, if there is one.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The names of all formats, for the command line.
pub fn format_names() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.name)
}

/// Writes the plan for people who read it before they say yes; errors are those of `out`.
pub fn write_text(plan: &Plan, out: &mut dyn io::Write) -> io::Result<()> {
    text::write(&View::of(plan), out)
}
