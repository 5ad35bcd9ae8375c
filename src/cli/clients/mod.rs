//! Which clients does the site know, and are they what they shall be?

mod chosen;
pub mod drift;
pub mod duplicates;
mod list;
mod notes;
pub mod prune;
pub mod set;
pub mod shown;
pub mod work;

use clap::Subcommand;

use super::args::Format;
use super::{Problem, Surroundings};
use chosen::Chosen;
use drift::DriftArgs;
use prune::PruneArgs;
use set::SetArgs;

/// What to do with the site's clients?
#[derive(Debug, Subcommand)]
pub enum ClientsCommand {
    /// List the clients that the site knows
    List {
        /// Which ones
        #[command(flatten)]
        chosen: Chosen,
        /// How they are shown
        #[arg(long, value_enum, default_value_t = list::Format::Text)]
        format: list::Format,
    },
    /// Show which records are of one computer, and which of them counts
    Duplicates {
        /// How they are shown
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Delete records that nobody needs any more, once asked
    ///
    /// A record cannot be restored; what it was is written down before, for whoever has to make a new one.
    Prune(PruneArgs),
    /// Compare the inventory with what the site knows
    Drift(DriftArgs),
    /// Give clients another tag, name, group, policy or comments, once asked
    ///
    /// What they had is written down before; nothing sets it back by itself.
    Set(SetArgs),
}

/// `jumpfleet clients`
pub fn run(around: &Surroundings, command: &ClientsCommand) -> Result<u8, Problem> {
    match command {
        ClientsCommand::List { chosen, format } => list::run(around, chosen, *format),
        ClientsCommand::Duplicates { format } => duplicates::run(around, *format),
        ClientsCommand::Prune(args) => prune::run(around, args),
        ClientsCommand::Drift(args) => drift::run(around, args),
        ClientsCommand::Set(args) => set::run(around, args),
    }
}
