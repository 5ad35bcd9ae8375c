//! What is made from the words of the command line itself?

use std::path::Path;

use clap::CommandFactory;

use super::args::Typed;
use super::{Problem, exit, output};
use crate::store;

/// `jumpfleet completions`
pub fn completions(shell: clap_complete::Shell) -> Result<u8, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Typed::command(), "jumpfleet", &mut script);
    output::print(|out| out.write_all(&script))?;
    Ok(exit::GOOD)
}

/// `jumpfleet man`
pub fn manual(folder: &Path) -> Result<u8, Problem> {
    let mut command = Typed::command();
    command.build();
    page(folder, &command)?;
    Ok(exit::GOOD)
}

fn page(folder: &Path, command: &clap::Command) -> Result<(), Problem> {
    let man = clap_mangen::Man::new(command.clone());
    let path = folder.join(man.get_filename());
    store::write_public(&path, |out| man.render(&mut &mut *out))?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        page(folder, sub)?;
    }
    Ok(())
}
