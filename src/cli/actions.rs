//! What does a CI system get of a command that it does not get of standard output, and what must it not take for
//! a command?

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::Command;
use super::{Problem, Surroundings, output};
use crate::ci::{Sources, Step, Token};
use crate::model::Input;
use crate::planner;
use crate::store::{self, StoreError};

/// The files of a plan's inputs, in the repository that the CI system works on, or else below this folder.
pub fn sources<'a>(inputs: impl IntoIterator<Item = &'a Input>) -> Sources {
    let mut sources = Sources::of(inputs.into_iter().map(|input| input.path.as_str()));
    settle(&mut sources);
    sources
}

/// Says in which repository the files are: the one that the CI system works on, or else this folder.
pub fn settle(sources: &mut Sources) {
    let named = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].into_iter().find_map(Surroundings::set);
    let here = std::env::current_dir().ok().map(|path| path.display().to_string());
    sources.set_root(named.or_else(|| here.clone()), here);
}

/// Says a step's words: log and annotations on standard output, the rest in the files that GitHub names.
///
/// A file that cannot be written is warned of; it keeps nothing else from being said or judged.
pub fn tell(step: &Step) -> Result<(), Problem> {
    let token = token()?;
    output::print(|out| out.write_all(step.said(&token).as_bytes()))?;
    let summarized = file("GITHUB_STEP_SUMMARY").map(|path| summarize(step, &path));
    let outputs = file("GITHUB_OUTPUT").map(|path| store::append(&path, step.outputs(&token).as_bytes()));
    for error in [summarized, outputs].into_iter().flatten().filter_map(Result::err) {
        output::say(false, &format!("warning: {error}"));
    }
    Ok(())
}

fn summarize(step: &Step, path: &Path) -> Result<(), StoreError> {
    let text = step.summary_after(store::size(path)?);
    store::append(path, text.as_bytes())
}

fn file(variable: &str) -> Option<PathBuf> {
    Surroundings::set(variable).map(|path| Path::new(&path).to_owned())
}

fn token() -> Result<Token, Problem> {
    let mut random = [0; 16];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty()).map_err(Problem::tool)?;
    Ok(Token::of(random))
}

/// While it lives, GitHub takes nothing that is printed for a command; hosts print what they like.
pub struct Guard(Token);

impl Guard {
    /// A guard in a GitHub job for commands that show what hosts printed; none anywhere else.
    ///
    /// Both its lines go to standard error: standard output may be somebody's file. The second layer are the
    /// formats themselves, in which no line is a command.
    pub fn raise(command: &Command) -> Option<Self> {
        if Surroundings::set("GITHUB_ACTIONS").as_deref() != Some("true") || !shows_output(command) {
            return None;
        }
        let token = token().ok()?;
        say(&token.opening());
        Some(Self(token))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = io::stdout().lock().flush();
        say(&self.0.closing());
    }
}

fn say(line: &str) {
    // Without standard error there is no log that could be misread.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether a command shows what hosts or inventories said, and says nothing to GitHub itself.
fn shows_output(command: &Command) -> bool {
    match command {
        Command::Plan(args) => args.command.is_none() && args.format != planner::GITHUB,
        Command::Report(args) => args.format != crate::report::GITHUB,
        Command::Rollout(_)
        | Command::Verify(_)
        | Command::Proxy(_)
        | Command::Uninstall(_)
        | Command::Undo(_)
        | Command::Status(_) => true,
        _ => false,
    }
}
