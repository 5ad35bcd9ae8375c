//! What about the site and its API account?

pub mod check;
mod way;

use clap::Subcommand;

pub use way::{account, has_account, number, problem, telling};

use super::args::Format;
use super::{Problem, Surroundings};

/// What to do with the site?
#[derive(Debug, Subcommand)]
pub enum ApplianceCommand {
    /// Look whether the site can be asked, and what the API account may do
    Check {
        /// How it is shown
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// `jumpfleet appliance`
pub fn run(around: &Surroundings, command: &ApplianceCommand) -> Result<u8, Problem> {
    match command {
        ApplianceCommand::Check { format } => check::run(around, *format),
    }
}
