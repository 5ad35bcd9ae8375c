//! Which installers are there on the site, and which of them are kept here as releases?

mod create;
mod delete;
mod download;
mod fetch;
mod kept;
pub mod list;
mod wanted;

use clap::Subcommand;

use super::args::Format;
use super::{Problem, Surroundings};
use create::CreateArgs;
use delete::DeleteArgs;
use download::DownloadArgs;
pub use kept::{made_here, releases};

/// What to do with installers?
#[derive(Debug, Subcommand)]
pub enum InstallerCommand {
    /// Make installers on the site, and keep them as a release
    Create(Box<CreateArgs>),
    /// List the installers of the site
    List {
        /// How they are shown
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show one: what the site says of it, and what is kept here
    Show {
        /// The release's name, or the number that `list` shows
        name: String,
        /// How it is shown
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Download what is missing of a release, from where it broke off
    Download(DownloadArgs),
    /// Delete an installer on the site; what was installed with it stays
    Delete(DeleteArgs),
}

/// `jumpfleet installer`
pub fn run(around: &Surroundings, command: &InstallerCommand) -> Result<u8, Problem> {
    match command {
        InstallerCommand::Create(args) => create::run(around, args),
        InstallerCommand::List { format } => list::run(around, *format),
        InstallerCommand::Show { name, format } => list::show(around, name, *format),
        InstallerCommand::Download(args) => download::run(around, args),
        InstallerCommand::Delete(args) => delete::run(around, args),
    }
}
