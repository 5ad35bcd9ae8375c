//! What does a plan say that was made before?

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::{Problem, Surroundings, actions, exit, output};
use crate::model::Plan;
use crate::planner;
use crate::store;

/// What is done with saved plans.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Show a saved plan again; nothing is read but the plan
    Show(ShowArgs),
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

/// `jumpfleet plan show` and `diff`
pub fn run(_around: &Surroundings, command: &PlanCommand) -> Result<u8, Problem> {
    match command {
        PlanCommand::Show(args) => {
            show(&read(&args.plan)?, &args.format)?;
            Ok(exit::GOOD)
        }
    }
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
