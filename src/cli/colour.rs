//! Are colours shown? What was typed goes before the environment, and that before what the output is.

use clap::{ColorChoice, ValueEnum};

/// When colours are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// Where they are understood and nobody objects.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// Whether colours are shown on an output that is a terminal or is not.
///
/// `NO_COLOR` (no-color.org) counts unless it is empty, then `CLICOLOR_FORCE` and `FORCE_COLOR` unless they are empty
/// or `0`, then `CLICOLOR=0` and `TERM=dumb` (bixense.com/clicolors, force-color.org).
pub fn is_wanted(when: When, environment: impl Fn(&str) -> Option<String>, is_terminal: bool) -> bool {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let forced = |name: &str| set(name).is_some_and(|value| value != "0");
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR").is_some() => false,
        When::Auto if forced("CLICOLOR_FORCE") || forced("FORCE_COLOR") => true,
        When::Auto => {
            let refused = set("CLICOLOR").is_some_and(|value| value == "0");
            is_terminal && !refused && set("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// What was typed about colours, for help and errors that come before anything else is understood.
pub fn typed(arguments: impl Iterator<Item = String>) -> When {
    let mut arguments = arguments.take_while(|argument| argument != "--").peekable();
    let mut when = When::Auto;
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--color") {
            Some("") => arguments.peek().cloned(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        when = value.and_then(|value| When::from_str(&value, false).ok()).unwrap_or(when);
    }
    when
}

/// The same for help and errors on the command line.
pub fn choice(when: When, environment: impl Fn(&str) -> Option<String>) -> ColorChoice {
    // Each of the two outputs is asked whether it is a terminal when it is written to.
    match (is_wanted(when, &environment, true), is_wanted(when, &environment, false)) {
        (false, _) => ColorChoice::Never,
        (true, false) => ColorChoice::Auto,
        (true, true) => ColorChoice::Always,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_convention_is_kept() {
        for (when, set, on_terminal, elsewhere) in [
            (When::Auto, "", true, false),
            (When::Auto, "NO_COLOR=1", false, false),
            (When::Auto, "NO_COLOR=", true, false),
            (When::Auto, "NO_COLOR=1 CLICOLOR_FORCE=1", false, false),
            (When::Auto, "CLICOLOR_FORCE=1", true, true),
            (When::Auto, "CLICOLOR_FORCE=0", true, false),
            (When::Auto, "FORCE_COLOR=3", true, true),
            (When::Auto, "FORCE_COLOR=0", true, false),
            (When::Auto, "CLICOLOR=0", false, false),
            (When::Auto, "TERM=dumb", false, false),
            (When::Auto, "TERM=dumb FORCE_COLOR=1", true, true),
            (When::Always, "NO_COLOR=1 TERM=dumb", true, true),
            (When::Never, "CLICOLOR_FORCE=1", false, false),
        ] {
            let environment = |name: &str| {
                let mut pairs = set.split_whitespace().filter_map(|pair| pair.split_once('='));
                pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
            };
            let wanted = [true, false].map(|is_terminal| is_wanted(when, environment, is_terminal));
            assert_eq!(wanted, [on_terminal, elsewhere], "{when:?} {set}");
        }
    }

    #[test]
    fn what_was_typed_is_known_before_it_is_understood() {
        for (line, when) in [
            ("plan --color never --nonsense", When::Never),
            ("--color=always plan", When::Always),
            ("plan --colour never", When::Auto),
            ("plan -- --color never", When::Auto),
            ("plan --color", When::Auto),
        ] {
            assert_eq!(typed(line.split_whitespace().map(str::to_owned)), when, "{line}");
        }
    }
}
