//! What may stand next on the command line? The answer to a shell that asks while somebody types.
//!
//! Whatever is amiss, it says nothing and completes nothing: an error would stand in the middle of what is typed.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::{Arg, Command, CommandFactory};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};
use clap_complete::env::Shells;

use super::args::{Global, Selection, Typed};
use super::colour::When;
use super::vault::VaultArgs;
use super::{Problem, Surroundings, exit, inputs, output};
use crate::inventory::Inventory;

/// The variable by which the scripts say which shell asks.
const ASKS: &str = "JUMPFLEET_COMPLETE";

/// Nobody chooses among more than so many.
const MOST: usize = 1000;

/// `jumpfleet completions`
pub fn script(shell: clap_complete::Shell) -> Result<u8, Problem> {
    let shell = shell.to_string();
    let completer = Shells::builtins();
    let completer = completer.completer(&shell).ok_or_else(|| Problem::usage("there is no such shell"))?;
    let mut script = Vec::new();
    completer
        .write_registration(ASKS, "jumpfleet", "jumpfleet", "jumpfleet", &mut script)
        .map_err(Problem::tool)?;
    let script = String::from_utf8(script).map_err(Problem::tool)?;
    let script = if shell == "bash" { with_colons(&script) } else { script };
    output::print(|out| out.write_all(script.as_bytes()))?;
    Ok(exit::GOOD)
}

/// The script of bash with a function of ours in front of its own.
fn with_colons(script: &str) -> String {
    let ours = script.replace("-F _clap_complete_jumpfleet jumpfleet", "-F _jumpfleet jumpfleet");
    format!("{ours}{}", include_str!("completion/colons.bash"))
}

/// Answers a shell that asks; false when none does and the command line is to be carried out.
pub fn answered() -> bool {
    if Surroundings::environment(ASKS).is_none_or(|shell| shell.is_empty()) {
        return false;
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    let here = std::env::current_dir().ok();
    let answer = CompleteEnv::with_factory(|| completed(Typed::command()))
        .var(ASKS)
        .bin("jumpfleet")
        .completer("jumpfleet");
    // Its errors are for nobody: see above.
    let _ = answer.try_complete(arguments, here.as_deref());
    true
}

/// The command and all below it, with what their values may be.
fn completed(command: Command) -> Command {
    let with_values = |arg: Arg| match completer(arg.get_id().as_str()) {
        Some(completer) => arg.add(completer),
        None => arg,
    };
    command.mut_args(with_values).mut_subcommands(completed)
}

/// What completes the argument of this name, in whichever command it is.
fn completer(name: &str) -> Option<ArgValueCompleter> {
    Some(match name {
        "run" | "resume" => ArgValueCompleter::new(|current: &OsStr| listed(runs(), current)),
        "rerun" => ArgValueCompleter::new(Rerun),
        "limit" | "host" | "group" => ArgValueCompleter::new(patterns),
        "release" => ArgValueCompleter::new(|current: &OsStr| listed(releases(), current)),
        "gate" => ArgValueCompleter::new(|current: &OsStr| {
            listed(["auto", "manual", "none"].map(str::to_owned).into(), current)
        }),
        "plan" => {
            ArgValueCompleter::new(PathCompleter::any().filter(|path| {
                path.is_dir() || path.extension().is_some_and(|extension| extension == "json")
            }))
        }
        "state_dir" | "folder" => ArgValueCompleter::new(PathCompleter::dir()),
        _ => return None,
    })
}

/// Those that begin as what was typed, in their order.
fn listed(words: Vec<String>, current: &OsStr) -> Vec<CompletionCandidate> {
    let begun = current.to_string_lossy();
    let fitting = words.into_iter().filter(|word| word.starts_with(&*begun)).take(MOST);
    fitting.enumerate().map(|(at, word)| CompletionCandidate::new(word).display_order(Some(at))).collect()
}

/// `latest`, and the names of the runs, the newest first.
fn runs() -> Vec<String> {
    let state = surroundings().state().and_then(|state| Ok(state.list()?));
    let mut names: Vec<String> = state.unwrap_or_default().into_iter().map(|entry| entry.name).collect();
    if !names.is_empty() {
        names.push("latest".to_owned());
    }
    names.reverse();
    names
}

/// Completes `--rerun WHICH RUN`.
struct Rerun;

impl ValueCompleter for Rerun {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        self.complete_at(0, current)
    }

    fn complete_at(&self, index: usize, current: &OsStr) -> Vec<CompletionCandidate> {
        let which = || ["failed", "outstanding"].map(str::to_owned).into();
        listed(if index == 0 { which() } else { runs() }, current)
    }
}

/// The hosts and groups of the inventory, as the last word of a pattern; files behind `@`.
fn patterns(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(text) = current.to_str() else { return Vec::new() };
    if let Some(file) = text.strip_prefix('@') {
        let files = PathCompleter::any().complete(OsStr::new(file));
        return files.into_iter().map(|file| file.add_prefix("@")).collect();
    }
    let (before, _) = parted(text);
    let Some(inventory) = inventory() else { return Vec::new() };
    let groups = inventory.groups().map(ToString::to_string);
    let hosts = inventory.ids().map(|id| inventory.name(id).to_string());
    let whole = |name: &String| (!before.is_empty() && name.contains(':')).then(|| name.clone());
    let words = groups.chain(hosts).flat_map(|name| [whole(&name), Some(format!("{before}{name}"))]);
    listed(words.flatten().collect(), current)
}

/// A pattern parted before its last word, with the signs that say how the word is meant.
fn parted(pattern: &str) -> (&str, &str) {
    let begin = pattern.rfind([',', ':']).map_or(0, |at| at + 1);
    let word = pattern[begin..].trim_start_matches(['&', '!']);
    pattern.split_at(pattern.len() - word.len())
}

fn inventory() -> Option<Inventory> {
    let sources = every(&["-i", "--inventory"], &words());
    let inventory = sources.into_iter().map(|source| whole(source).display().to_string()).collect();
    // No script is run because somebody presses a key.
    let read = inputs::read_files(&surroundings(), &Selection { inventory, limit: None });
    read.ok()?.ok().map(|read| read.inventory)
}

fn releases() -> Vec<String> {
    let settings = inputs::settings(&surroundings()).ok().and_then(Result::ok);
    settings.map(|settings| settings.releases.keys().cloned().collect()).unwrap_or_default()
}

/// What was typed of the options that say where things are.
fn surroundings() -> Surroundings {
    let named = |option, variable| {
        typed(&[option]).or_else(|| Surroundings::environment(variable).map(PathBuf::from))
    };
    Surroundings::read(Global {
        config: named("--config", "JUMPFLEET_CONFIG"),
        state_dir: named("--state-dir", "JUMPFLEET_STATE_DIR"),
        quiet: true,
        vault: VaultArgs::default(),
        color: When::Never,
    })
}

/// The path that was typed last behind one of these options.
fn typed(options: &[&str]) -> Option<PathBuf> {
    every(options, &words()).pop().map(whole)
}

/// What was typed, as the shell tells it.
fn words() -> Vec<String> {
    std::env::args().skip_while(|word| word != "--").skip(1).collect()
}

/// Everything that was typed behind one of these options.
fn every(options: &[&str], words: &[String]) -> Vec<String> {
    let is_option =
        |word: &str| options.iter().any(|option| word == *option || word.starts_with(&format!("{option}=")));
    let places = (0..words.len()).filter(|at| is_option(&words[*at]));
    places
        .filter_map(|at| match words[at].split_once('=') {
            Some((_, value)) => Some(value.to_owned()),
            // bash gives the sign as a word of its own.
            None => words[at + 1..].iter().find(|word| *word != "=").cloned(),
        })
        .collect()
}

/// A path as the shell would have read it: without quotes, and with the home folder in the place of `~`.
fn whole(word: String) -> PathBuf {
    let bare = word.trim_matches(['\'', '"']);
    match (bare.strip_prefix("~/"), Surroundings::home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(bare),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_completed_at_its_last_word() {
        for (pattern, parts) in [
            ("we", ("", "we")),
            ("web:!we", ("web:!", "we")),
            ("web,db:&", ("web,db:&", "")),
            ("!x", ("!", "x")),
        ] {
            assert_eq!(parted(pattern), parts);
        }
    }

    #[test]
    fn what_was_typed_behind_an_option_is_known() {
        for (line, path) in [
            ("jumpfleet plan -i fleet.yaml -l we", Some("fleet.yaml")),
            ("jumpfleet plan --inventory=a --inventory b", Some("b")),
            ("jumpfleet plan --inventory = b -l", Some("b")),
            ("jumpfleet plan -i", None),
            ("jumpfleet plan", None),
        ] {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(every(&["-i", "--inventory"], &words).pop().as_deref(), path, "{line}");
        }
        assert_eq!(whole("'a b.yaml'".to_owned()), PathBuf::from("a b.yaml"));
    }
}
