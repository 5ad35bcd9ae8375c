//! Are inventory and settings as they should be? Looks at these files only: no installer, no host.

mod checks;
mod rules;
mod shown;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::Selection;
use super::{Problem, Surroundings, exit, output};
use crate::model::{FindingLevel, Remark};
use checks::Checked;
pub use shown::Document;

/// `jumpfleet lint`
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Which inventory; without one the settings alone are looked at
    #[command(flatten)]
    pub selection: Selection,
    /// How the findings are shown
    #[arg(long, value_enum, default_value_t = LintFormat::Text)]
    pub format: LintFormat,
    /// Warnings count too: exit with 2 when there is one
    #[arg(long)]
    pub strict: bool,
    /// Write the findings here instead of printing them
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Who reads the findings?
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// People
    Text,
    /// Programs
    Json,
    /// GitHub Actions: annotations at the lines of a pull request
    Github,
    /// Code scanning tools: SARIF 2.1.0
    Sarif,
    /// GitLab: a code quality report
    GitlabCodequality,
}

/// `jumpfleet lint`
pub fn run(around: &Surroundings, args: &LintArgs) -> Result<u8, Problem> {
    let checked = checks::check(around, &args.selection)?;
    output::result(args.output.as_deref(), |out| shown::write(&checked, args.format, out))?;
    if args.output.is_some() {
        output::say(around.global.quiet, &shown::summary(&checked.remarks));
    }
    Ok(exit_code(&checked, args.strict))
}

fn exit_code(checked: &Checked, strict: bool) -> u8 {
    let counts = |remark: &Remark| match remark.level {
        FindingLevel::Error => true,
        FindingLevel::Warning => strict,
        FindingLevel::Note => false,
    };
    if checked.remarks.iter().any(counts) { exit::INPUT } else { exit::GOOD }
}
