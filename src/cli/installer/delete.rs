//! Shall an installer be gone from the site? Hosts that wait to be installed with it could not be any more.

use clap::Args;

use super::list;
use crate::cli::appliance::{account, problem};
use crate::cli::ask::Question;
use crate::cli::{Problem, Surroundings, exit, inputs, output};

/// `jumpfleet installer delete`
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// The release's name, or the number that `list` shows
    pub name: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `jumpfleet installer delete`
pub fn run(around: &Surroundings, args: &DeleteArgs) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let id = list::number(&settings, &args.name)?;
    if !args.yes {
        let text = &format!("Delete installer {id} of {}?", settings.appliance.site);
        Question { text, deed: "delete it", declined: "not deleted" }.ask()?;
    }
    match account(&settings)?.delete_installer(id) {
        Ok(()) => output::say(
            around.global.quiet,
            &format!("installer {id} is deleted; clients that it installed stay"),
        ),
        // Somebody was quicker, or it has expired.
        Err(error) if error.is_missing() => {
            output::say(around.global.quiet, &format!("installer {id} was not there any more"));
        }
        Err(error) => return Err(problem(&error)),
    }
    Ok(exit::GOOD)
}
