//! What do the values of variables look like from outside?

use crate::model::{Boot, Platform, Window};

/// What a value looks like, for programs that check it before jumpfleet does; never narrower than the check itself.
#[derive(Clone, Copy)]
pub enum Form {
    /// Text on one line, of at most so many characters.
    Text(Option<usize>),
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// Text that fits an expression.
    Like(&'static Like),
    /// A whole number from the first to the second.
    Number(i64, i64),
    /// `true` or `false`.
    Switch,
    /// `true` alone.
    True,
    /// `{env: NAME}` or `{file: PATH}`.
    Secret,
}

/// Text that fits an expression.
pub struct Like {
    /// What it looks like, as a regular expression.
    pub pattern: &'static str,
    /// What must not be anywhere in it.
    pub never: Option<&'static str>,
    /// Some that are right.
    pub examples: &'static [&'static str],
}

pub(super) const TEXT: Form = Form::Text(None);

pub(super) const CODE_NAME: &Like =
    &Like { pattern: "^[A-Za-z0-9_-]{1,64}$", never: None, examples: &["business_hours"] };

pub(super) const JUMP_GROUP: &Like = &Like {
    pattern: "^(jumpgroup:[A-Za-z0-9_-]{1,64}|user:.*\\S.*)$",
    never: None,
    examples: &["jumpgroup:linux_servers", "user:helpdesk"],
};

pub(super) const PATH: &Like = &Like {
    pattern: "^(/|[A-Za-z]:[\\\\/]|\\\\\\\\)",
    never: Some("(^|[\\\\/])\\.\\.([\\\\/]|$)"),
    examples: &["/opt/beyondtrust/client", "C:\\Support\\Client"],
};

pub(super) const WINDOW: &Like =
    &Like { pattern: Window::PATTERN, never: None, examples: &["sat 22:00-04:00 Europe/Madrid"] };

pub(super) const ARGUMENTS: &Like =
    &Like { pattern: "^\\s*(['\"]?-.*)?$", never: None, examples: &["-J bastion.example.org"] };

/// A name or an IPv4 address, or an IPv6 address with at least two colons.
pub(super) const ADDRESS: &Like = &Like {
    pattern: "^([^-\\s/@,;:`$\"'\\[][^\\s/@,;:`$\"'\\[]*|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(%.*)?)$",
    never: None,
    examples: &["192.0.2.11", "web01.example.org", "2001:db8::11"],
};

pub(super) fn platforms() -> Vec<&'static str> {
    Platform::ALL.iter().map(|platform| platform.word()).collect()
}

pub(super) fn boots() -> Vec<&'static str> {
    Boot::ALL.iter().map(|boot| boot.word()).collect()
}
