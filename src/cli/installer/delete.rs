//! Shall an installer be gone from the site? Hosts that wait to be installed with it could not be any more.

use std::io::{BufRead, IsTerminal, Write};

use clap::Args;

use super::list;
use crate::cli::appliance::{account, problem};
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
        confirm(id, &settings.appliance.site)?;
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

fn confirm(id: u32, site: &str) -> Result<(), Problem> {
    if !std::io::stdin().is_terminal() {
        return Err(Problem::stale("nobody is there to be asked").hint("add --yes to delete it unasked"));
    }
    let mut err = std::io::stderr().lock();
    let asked = write!(err, "Delete installer {id} of {site}? [y/N] ").and_then(|()| err.flush());
    let mut answer = String::new();
    match asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer)) {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        Ok(_) => Err(Problem::stale("not deleted")),
        Err(error) => Err(Problem::tool(format!("cannot ask: {error}"))),
    }
}
