//! What was meant by a command line that cannot be understood? Words of other tools, and what they are called here.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, CommandFactory, Error, FromArgMatches};

use super::args::Typed;
use super::examples;

/// Commands that people try, and what to do instead.
const COMMANDS: &[(&[&str], &str)] = &[
    (
        &["install", "deploy", "apply", "run", "start", "push", "exec", "playbook"],
        "clients are installed by: jumpfleet rollout PLAN",
    ),
    (
        &["preview", "dry-run", "dryrun", "diff", "check", "show"],
        "what would happen is shown by: jumpfleet plan -i INVENTORY",
    ),
    (&["simulate", "simulation", "test"], "a night is played through by: jumpfleet rehearse PLAN"),
    (&["resume", "retry", "restart"], "a run goes on where it stopped with: jumpfleet rollout --resume"),
    (&["stop", "abort", "cancel", "kill"], "a run that is going on is ended by: jumpfleet halt"),
    (&["wait", "hold", "suspend"], "a run that is going on waits after: jumpfleet pause"),
    (&["approve", "unpause"], "a gate is opened, and a pause ended, by: jumpfleet continue"),
    (&["remove", "delete", "destroy", "purge"], "clients are removed by: jumpfleet uninstall -i INVENTORY"),
    (&["rollback", "revert"], "what a run installed is removed by: jumpfleet undo RUN"),
    (&["list", "ls", "history", "jobs", "log", "logs"], "the runs there are, are listed by: jumpfleet runs"),
    (&["hosts", "list-hosts", "ping"], "the hosts are listed by: jumpfleet inventory list -i INVENTORY"),
    (&["results", "summary"], "what happened in a run is shown by: jumpfleet report"),
    (&["version"], "the version is shown by: jumpfleet --version"),
];

/// Options that people try, and what to do instead.
const OPTIONS: &[(&[&str], &str)] = &[
    (
        &["--dry-run", "--dryrun", "--check", "-C", "--noop", "--simulate", "-n"],
        "a rollout has no dry run: `jumpfleet plan` shows what would happen, `jumpfleet rehearse` how it would go",
    ),
    (
        &["--forks", "-f", "--parallel", "--concurrency", "-j", "--jobs"],
        "how many hosts are visited at once is said by --at-once NUMBER",
    ),
    (
        &["--hosts", "--host", "--target", "--targets", "-t", "--only", "--group"],
        "hosts are chosen by --limit PATTERN",
    ),
    (&["--exclude", "--skip"], "hosts are left out by a pattern such as --limit 'all:!web07'"),
    (
        &[
            "--user",
            "-u",
            "--private-key",
            "--key-file",
            "--become",
            "-b",
            "-K",
            "--ask-become-pass",
            "--port",
        ],
        "the way into a host stands in the inventory: ansible_user, ansible_ssh_private_key_file, ansible_become …",
    ),
    (&["-e", "--extra-vars", "--set", "--var"], "values of hosts stand in the inventory"),
    (
        &["--force", "--no-confirm", "--assume-yes", "--auto-approve", "--confirm"],
        "nothing is asked with --yes",
    ),
    (
        &["--canary", "--batch", "--batch-size", "--serial"],
        "the sizes of waves are said by --waves, such as --waves 5,10%,100%",
    ),
    (
        &["--verbose", "-v", "-vv", "-vvv", "--debug"],
        "a line for each host is shown by --progress hosts, everything by --json",
    ),
    (&["--inventory-file", "--file"], "an inventory is named by --inventory PATH, short -i"),
    (&["--settings", "--config-file", "-c"], "the settings file is named by --config FILE"),
    (&["--colour", "--no-color", "--no-colour"], "colours are switched by --color always or --color never"),
    (
        &["--speed", "--throttle", "--per-minute", "--limit-rate"],
        "how fast installers are started is said by --rate, such as --rate 20/min",
    ),
    (&["--json"], "this command prints JSON with --format json"),
];

/// Understands a command line, or says what may have been meant by it.
pub fn understood(
    arguments: impl IntoIterator<Item = OsString>,
    colours: ColorChoice,
) -> Result<Typed, Error> {
    let command = examples::shown(Typed::command()).color(colours);
    let matches = command.try_get_matches_from(arguments).map_err(taught)?;
    Typed::from_arg_matches(&matches)
}

/// The error with a tip, if one is known for what was typed.
fn taught(mut error: Error) -> Error {
    let wrong = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    };
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = wrong(ContextKind::InvalidSubcommand);
            word.and_then(|word| known(COMMANDS, &word).map(str::to_owned).or_else(|| of_argument(&word)))
        }
        ErrorKind::MissingSubcommand => wrong(ContextKind::InvalidSubcommand)
            .filter(|command| command == "jumpfleet")
            .map(|_| "a first look is taken with: jumpfleet plan -i INVENTORY".to_owned()),
        ErrorKind::UnknownArgument => wrong(ContextKind::InvalidArg).and_then(|word| of_argument(&word)),
        _ => None,
    };
    if let Some(tip) = tip {
        for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg] {
            error.remove(kind);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

fn of_argument(word: &str) -> Option<String> {
    if let Some(tip) = known(OPTIONS, word.split('=').next().unwrap_or(word)) {
        return Some(tip.to_owned());
    }
    let is_file = [".yaml", ".yml", ".ini", ".csv"].iter().any(|end| word.ends_with(end));
    (is_file && !word.starts_with('-')).then(|| format!("an inventory is named with -i: -i {word}"))
}

fn known(table: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(words, _)| words.contains(&word)).map(|(_, tip)| *tip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> String {
        let words = line.split_whitespace().map(OsString::from);
        understood(words, ColorChoice::Never).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn words_of_other_tools_are_understood() {
        for (line, tip) in [
            ("jumpfleet deploy plan.json", "jumpfleet rollout PLAN"),
            ("jumpfleet history", "jumpfleet runs"),
            ("jumpfleet rolout plan.json", "'rollout'"),
            ("jumpfleet rollout plan.json --dry-run", "`jumpfleet plan` shows what would happen"),
            ("jumpfleet rollout -i x --forks=20", "--at-once NUMBER"),
            ("jumpfleet rollout -i x --exceed-vendor-rates", "'--exceed-vendor-rate'"),
            ("jumpfleet plan fleet.yaml", "-i fleet.yaml"),
            ("jumpfleet rollout -i x -u admin", "ansible_user"),
            ("jumpfleet report --format yaml", "possible values: text, json"),
            ("jumpfleet plan -i x --rate 60", "such as `60/min`"),
        ] {
            let said = said(line);
            assert!(said.contains(tip), "{line}: {said}");
            assert!(said.matches("tip:").count() <= 1, "{said}");
        }
    }

    #[test]
    fn no_tip_is_for_what_there_is() {
        let command = Typed::command();
        let mut options: Vec<String> = Vec::new();
        for sub in command.get_subcommands() {
            assert!(known(COMMANDS, sub.get_name()).is_none(), "{}", sub.get_name());
            options
                .extend(sub.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}")));
            options.extend(
                sub.get_arguments().filter_map(|arg| arg.get_short()).map(|short| format!("-{short}")),
            );
        }
        // These two exist for some commands and mean the same there.
        options.retain(|option| option != "--json");
        let shadowed: Vec<_> = options.iter().filter(|option| known(OPTIONS, option).is_some()).collect();
        assert!(shadowed.is_empty(), "{shadowed:?}");
    }
}
