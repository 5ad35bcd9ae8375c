//! How is each command used, by examples? They open its help, and stand in its manual page.

mod site;

use std::fmt::Write;

use clap::Command;

/// Something a person may want, and the command line that does it.
pub struct Example {
    /// What it does, in the imperative.
    pub what: &'static str,
    /// The whole line, as it is typed.
    pub line: &'static str,
}

const fn example(what: &'static str, line: &'static str) -> Example {
    Example { what, line }
}

/// The examples of commands by their names.
type Examples = &'static [(&'static str, &'static [Example])];

/// The examples of each command; of `jumpfleet` itself without a name.
const EXAMPLES: Examples = &[
    (
        "",
        &[
            example(
                "See what would happen; nothing is connected to",
                "jumpfleet plan -i fleet.yaml -o plan.json",
            ),
            example("Carry out exactly that", "jumpfleet rollout plan.json"),
            example("See what came of it", "jumpfleet report"),
        ],
    ),
    (
        "plan",
        &[
            example("Show what would happen on all hosts", "jumpfleet plan -i fleet.yaml"),
            example(
                "Begin with one group, slowly, and keep the plan",
                "jumpfleet plan -i fleet.yaml -l web --rate 6/min --at-once 1 -o plan.json",
            ),
            example(
                "Look at the hosts, and tell a pipeline of work to do",
                "jumpfleet plan -i fleet.yaml --probe --detailed-exitcode",
            ),
        ],
    ),
    (
        "appliance check",
        &[
            example("Look whether the site can be asked", "jumpfleet appliance check"),
            example("Look at it from a program", "jumpfleet appliance check --format json"),
        ],
    ),
    (
        "installer create",
        &[
            example(
                "Make installers for a month and keep them",
                "jumpfleet installer create main --group servers --valid 30d",
            ),
            example(
                "Let each host set its tag",
                "jumpfleet installer create main --group web --allow-override tag",
            ),
        ],
    ),
    (
        "installer list",
        &[
            example("See which installers the site has", "jumpfleet installer list"),
            example("See them from a program", "jumpfleet installer list --format json"),
        ],
    ),
    (
        "installer show",
        &[
            example("See what the site says of a release", "jumpfleet installer show main"),
            example("The same by its number on the site", "jumpfleet installer show 12"),
        ],
    ),
    (
        "installer download",
        &[
            example("Go on with a download that broke off", "jumpfleet installer download main"),
            example(
                "Fetch the files of one platform",
                "jumpfleet installer download main --platform linux_headless",
            ),
        ],
    ),
    (
        "installer delete",
        &[
            example("Delete one", "jumpfleet installer delete main"),
            example("Delete one by its number, unasked", "jumpfleet installer delete 12 --yes"),
        ],
    ),
    (
        "plan show",
        &[
            example("Show a saved plan again", "jumpfleet plan show plan.json"),
            example(
                "Show it as a page for reviewers",
                "jumpfleet plan show plan.json --format html > plan.html",
            ),
        ],
    ),
    (
        "plan diff",
        &[
            example("Show what is different, and why", "jumpfleet plan diff old.json new.json"),
            example(
                "Tell a pipeline whether anything is",
                "jumpfleet plan diff old.json new.json --detailed-exitcode",
            ),
        ],
    ),
    (
        "rollout",
        &[
            example("Carry a saved plan out", "jumpfleet rollout plan.json"),
            example("Go on with the last run where it stopped", "jumpfleet rollout --resume"),
            example("Try the failed hosts of the last run again", "jumpfleet rollout --rerun failed"),
        ],
    ),
    (
        "pause",
        &[
            example("Start nothing for a while in the newest run", "jumpfleet pause"),
            example("The same in another one", "jumpfleet pause 20260501T220000Z-3f2a"),
        ],
    ),
    (
        "continue",
        &[
            example("Go on after a pause, or open the gate", "jumpfleet continue"),
            example("The same in another run than the newest", "jumpfleet continue 20260501T220000Z-3f2a"),
        ],
    ),
    (
        "halt",
        &[
            example("End the starts of the newest run for good", "jumpfleet halt"),
            example("The same in another one", "jumpfleet halt 20260501T220000Z-3f2a"),
        ],
    ),
    (
        "rate",
        &[
            example("Slow the newest run down", "jumpfleet rate latest 6/min"),
            example("Let another one go faster", "jumpfleet rate 20260501T220000Z-3f2a 60/min"),
        ],
    ),
    (
        "rehearse",
        &[
            example("See how the night would go", "jumpfleet rehearse plan.json"),
            example(
                "The same with mishaps",
                "jumpfleet rehearse plan.json --failures failed=2%,unreachable=5%",
            ),
        ],
    ),
    (
        "verify",
        &[
            example(
                "Look whether the hosts of the last run still are as planned",
                "jumpfleet verify --run latest",
            ),
            example(
                "The same by the inventory, for programs",
                "jumpfleet verify -i fleet.yaml --format json",
            ),
        ],
    ),
    (
        "proxy show",
        &[
            example("Show which proxy each client is set to", "jumpfleet proxy show -i fleet.yaml"),
            example("The same for programs", "jumpfleet proxy show -i fleet.yaml --format json"),
        ],
    ),
    (
        "proxy set",
        &[
            example(
                "Show which clients would be changed, and change none",
                "jumpfleet proxy set -i web.yaml --method connect --server proxy:3128 --check",
            ),
            example(
                "Change them, nine a minute",
                "jumpfleet proxy set -i web.yaml --method socks4 --server p:1080 --rate 9/min",
            ),
            example("Use no proxy any more", "jumpfleet proxy set -i fleet.yaml --method direct"),
        ],
    ),
    (
        "uninstall",
        &[
            example(
                "Remove the clients of one group, once asked",
                "jumpfleet uninstall -i fleet.yaml -l web",
            ),
            example("Carry out a removal planned by `plan --uninstall`", "jumpfleet uninstall plan.json"),
        ],
    ),
    (
        "undo",
        &[
            example("Remove the clients that the newest run installed", "jumpfleet undo latest"),
            example(
                "Those of an older one, from some hosts",
                "jumpfleet undo 20260501T220000Z-3f2a -l 'web:!web07'",
            ),
        ],
    ),
    (
        "report",
        &[
            example("Show what happened in the newest run", "jumpfleet report"),
            example("Write test results for a CI system", "jumpfleet report --format junit -o report.xml"),
        ],
    ),
    (
        "status",
        &[
            example("Show how the newest run stands", "jumpfleet status"),
            example("Follow it until it ends", "jumpfleet status --watch"),
        ],
    ),
    (
        "runs",
        &[
            example("List the runs, the newest first", "jumpfleet runs"),
            example("The same for programs", "jumpfleet runs --format json"),
        ],
    ),
    (
        "package",
        &[
            example("Get a script for Jamf Pro", "jumpfleet package jamf -i fleet.yaml -l macs -o jamf"),
            example(
                "Give each Windows host a start slot of its own in three hours",
                "jumpfleet package intune -i fleet.yaml --over 3h -o intune",
            ),
            example(
                "Let the clones of an image install a client each",
                "jumpfleet package golden-image -i fleet.yaml -o image",
            ),
        ],
    ),
    (
        "init",
        &[
            example("Begin a project in this folder", "jumpfleet init"),
            example("Begin one in a new folder", "jumpfleet init night-shift"),
        ],
    ),
    (
        "lint",
        &[
            example("Check an inventory and the settings", "jumpfleet lint -i fleet.yaml"),
            example("The same for GitHub's code scanning", "jumpfleet lint -i fleet.yaml --format sarif"),
        ],
    ),
    (
        "schema",
        &[
            example(
                "Print the schema of the settings for an editor",
                "jumpfleet schema settings > settings.json",
            ),
            example("Print that of saved plans", "jumpfleet schema plan"),
        ],
    ),
    (
        "inventory list",
        &[
            example("Show every host with its values", "jumpfleet inventory list -i fleet.yaml"),
            example(
                "One host for programs, and where each value was written",
                "jumpfleet inventory list -i fleet.yaml -l web01 --format json --origins",
            ),
        ],
    ),
    (
        "inventory graph",
        &[
            example("Draw the groups with their hosts", "jumpfleet inventory graph -i fleet.yaml"),
            example("The same with their variables", "jumpfleet inventory graph -i fleet.yaml --vars"),
        ],
    ),
    (
        "inventory explain",
        &[
            example(
                "Say where each value of a host comes from",
                "jumpfleet inventory explain web01 -i fleet.yaml",
            ),
            example("The same for programs", "jumpfleet inventory explain web01 -i fleet.yaml --format json"),
        ],
    ),
    (
        "completions",
        &[
            example(
                "Install them for bash, for everybody",
                "jumpfleet completions bash > /etc/bash_completion.d/jumpfleet",
            ),
            example(
                "Install them for fish, for yourself",
                "jumpfleet completions fish > ~/.config/fish/completions/jumpfleet.fish",
            ),
        ],
    ),
    (
        "man",
        &[
            example("Install the manual pages", "jumpfleet man /usr/local/share/man/man1"),
            example("Look at one without that", "jumpfleet man /tmp/man && man /tmp/man/jumpfleet-plan.1"),
        ],
    ),
];

/// The examples of the command of this name.
pub fn of(name: &str) -> &'static [Example] {
    let mut all = EXAMPLES.iter().chain(site::EXAMPLES);
    all.find(|(known, _)| *known == name).map_or(&[], |(_, examples)| examples)
}

/// The command with examples at the beginning of its help, and so all commands below it.
pub fn shown(command: Command) -> Command {
    below(command, "")
}

fn below(command: Command, name: &str) -> Command {
    let prefix = if name.is_empty() { String::new() } else { format!("{name} ") };
    let command = command.mut_subcommands(|sub| {
        let name = format!("{prefix}{}", sub.get_name());
        below(sub, &name)
    });
    let examples = of(name);
    if examples.is_empty() {
        return command;
    }
    let header = *command.get_styles().get_header();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut text = format!("{about}\n\n{header}Examples:{header:#}");
    for example in examples {
        // Writing into a string cannot fail.
        let _ = write!(text, "\n  # {}\n  {}", example.what, example.line);
    }
    command.long_about(text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Typed;

    /// The words of a line as a shell would part them, up to what it keeps for itself.
    fn words(line: &str) -> Vec<String> {
        let words = line.split_whitespace().take_while(|word| !matches!(*word, ">" | "&&" | "|"));
        words.map(|word| word.trim_matches('\'').to_owned()).collect()
    }

    /// The names of the commands that have none below them.
    fn leaves(command: &Command, above: &str) -> Vec<String> {
        let named = |sub: &Command| format!("{above}{}", sub.get_name());
        let below = command.get_subcommands().filter(|sub| sub.get_name() != "help");
        below
            .flat_map(|sub| match sub.has_subcommands() {
                true => leaves(sub, &format!("{} ", named(sub))),
                false => vec![named(sub)],
            })
            .collect()
    }

    #[test]
    fn every_command_has_examples_that_can_be_typed() {
        for name in leaves(&Typed::command(), "").into_iter().chain([String::new()]) {
            let examples = of(&name);
            assert!((2..=3).contains(&examples.len()), "`jumpfleet {name}` has {} examples", examples.len());
            for example in examples {
                let begin = format!("jumpfleet {name}");
                assert!(example.line.starts_with(begin.trim_end()), "{}", example.line);
                assert!(example.line.len() <= 78 && example.what.len() <= 74, "{}", example.line);
                let typed = Typed::command().try_get_matches_from(words(example.line));
                assert!(typed.is_ok(), "{}: {}", example.line, typed.unwrap_err());
            }
        }
    }

    #[test]
    fn examples_stand_before_everything_else() {
        let mut command = shown(Typed::command());
        let plan = command.find_subcommand_mut("plan").unwrap();
        let help = plan.render_long_help().to_string();
        let (examples, usage) = (help.find("Examples:").unwrap(), help.find("Usage:").unwrap());
        assert!(examples < usage && help.contains("\n  jumpfleet plan -i fleet.yaml\n"), "{help}");
        assert!(!plan.render_help().to_string().contains("Examples:"));
    }
}
