//! What does a plan say that was made before?

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::{Problem, actions, exit, output};
use crate::model::Plan;
use crate::planner::{self, Difference};
use crate::store;

/// What is done with saved plans.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Show a saved plan again; nothing is read but the plan
    Show(ShowArgs),
    /// Show what is different between two saved plans, and why
    Diff(DiffArgs),
}

/// `jumpfleet plan show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The saved plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// How it is shown
    #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(planner::format_names()))]
    pub format: String,
}

/// `jumpfleet plan diff`
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The plan as it was
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The plan as it is
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// How it is shown
    #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(planner::diff_format_names()))]
    pub format: String,
    /// Exit with 10 when something is different
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// `jumpfleet plan show` and `diff`
pub fn run(command: &PlanCommand) -> Result<u8, Problem> {
    match command {
        PlanCommand::Show(args) => {
            show(&read(&args.plan)?, &args.format)?;
            Ok(exit::GOOD)
        }
        PlanCommand::Diff(args) => diff(args),
    }
}

fn diff(args: &DiffArgs) -> Result<u8, Problem> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let mut difference = Difference::of(&old, &new);
    difference.sources = actions::sources(new.inputs.iter().chain(&old.inputs));
    if args.format == planner::GITHUB {
        actions::tell(&planner::diff_step(&difference).map_err(Problem::tool)?)?;
    } else {
        let format =
            planner::diff_format(&args.format).ok_or_else(|| Problem::usage("there is no such format"))?;
        output::print(|out| (format.write)(&difference, out))?;
    }
    Ok(if args.detailed_exitcode && !difference.is_empty() { exit::CHANGES } else { exit::GOOD })
}

/// Shows a plan in a format of this name.
pub fn show(plan: &Plan, format: &str) -> Result<(), Problem> {
    let sources = actions::sources(&plan.inputs);
    if format == planner::GITHUB {
        return actions::tell(&planner::step(plan, &sources));
    }
    let format = planner::format(format).ok_or_else(|| Problem::usage("there is no such format"))?;
    output::print(|out| (format.write)(plan, &sources, out))
}

/// Reads a saved plan.
pub fn read(path: &Path) -> Result<Plan, Problem> {
    let text = store::read_text(path).map_err(|error| Problem::usage(error.to_string()))?;
    planner::parse(text.as_bytes()).map_err(|error| Problem::usage(format!("`{}`: {error}", path.display())))
}
