//! How does a value reach a program unchanged through the shell it is said to?
//!
//! Values are quoted where they stand, by the [`Quote`] of their gap; nothing else in the crate
//! escapes anything. Scripts are carried to the host as files and never as one line of a login
//! shell, so each value passes exactly one shell. Control characters are refused before a value
//! comes here: no shell can say NUL, and cmd.exe has no word for a line break.
//!
//! A script must leave room for the quotes: on Windows no fixed text before a gap may end in a
//! backslash (`\"` is a literal quote) and no two gaps may touch (`""` is one too).

pub mod posix;
pub mod powershell;
pub mod systemd;
pub mod windows;

use std::borrow::Cow;

use crate::model::{Piece, Quote, Script, Slot};

/// Protects a value as its place in a script needs it; [`Quote::Bare`] changes nothing and is only
/// for values whose characters were checked.
pub fn quote(kind: Quote, value: &str) -> String {
    match kind {
        Quote::Posix => posix::quote(value),
        Quote::WindowsArgument => windows::cmd_line_argument(value),
        Quote::MsiProperty => windows::msi_property(value),
        Quote::SystemdWord => systemd::word(value),
        Quote::Bare => value.to_owned(),
    }
}

/// Fills every gap of a script with its quoted value; the error is the first slot without a value.
pub fn fill<'a>(script: &Script, value: impl Fn(Slot) -> Option<Cow<'a, str>>) -> Result<String, Slot> {
    fill_with(script, |slot, kind| value(slot).map(|value| quote(kind, &value)))
}

/// The same with words that are quoted already, such as the name of a variable that is filled on the host.
pub fn fill_with(script: &Script, word: impl Fn(Slot, Quote) -> Option<String>) -> Result<String, Slot> {
    let mut filled = String::new();
    for piece in &script.0 {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Gap { slot, quote } => filled.push_str(&word(*slot, *quote).ok_or(*slot)?),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(slot: Slot) -> Option<Cow<'static, str>> {
        match slot {
            Slot::InstallDir => Some(Cow::Borrowed("/opt/it's here")),
            Slot::User => Some(Cow::Borrowed("support")),
            _ => None,
        }
    }

    #[test]
    fn fills_every_gap_where_it_stands() {
        let script = Script::new()
            .text("mkdir ")
            .gap(Slot::InstallDir, Quote::Posix)
            .text("\necho ")
            .gap(Slot::InstallDir, Quote::Bare)
            .text("\n")
            .gap(Slot::User, Quote::Posix);
        assert_eq!(fill(&script, known).unwrap(), "mkdir '/opt/it'\\''s here'\necho /opt/it's here\nsupport");
    }

    #[test]
    fn names_the_first_slot_nobody_filled() {
        let script = Script::new()
            .gap(Slot::User, Quote::Posix)
            .gap(Slot::Key, Quote::Bare)
            .gap(Slot::Site, Quote::Bare);
        assert_eq!(fill(&script, known), Err(Slot::Key));
    }

    #[test]
    fn an_empty_script_stays_empty() {
        assert_eq!(fill(&Script::new(), |_| None), Ok(String::new()));
    }

    #[test]
    fn a_value_is_never_read_as_a_script() {
        let script = Script::new().text("echo ").gap(Slot::User, Quote::Posix);
        let filled = fill(&script, |_| Some(Cow::Owned("{{ key }} $(id)".to_owned()))).unwrap();
        assert_eq!(filled, "echo '{{ key }} $(id)'");
    }

    #[test]
    fn each_place_has_its_own_quoting() {
        let value = "a 5% 'b'";
        let table = [
            (Quote::Posix, r"'a 5% '\''b'\'''"),
            (Quote::WindowsArgument, r#""a 5%% 'b'""#),
            (Quote::MsiProperty, r#""a 5%% 'b'""#),
            (Quote::SystemdWord, r#""a 5%% 'b'""#),
            (Quote::Bare, "a 5% 'b'"),
        ];
        for (kind, said) in table {
            assert_eq!(quote(kind, value), said, "{kind:?}");
        }
    }
}
