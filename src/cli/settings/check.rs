//! Is a settings file well-formed, and where is it not?
//!
//! serde_yaml stops at the first mistake and knows no place for many; this walk names all of them.

use jiff::{SignedDuration, Timestamp};

use crate::inventory::{Node, Tree};
use crate::model::{Mistake, Mistakes, Origin, Rate, Value};
use crate::planner::LONGEST;

/// What may stand somewhere.
pub enum Kind {
    /// Text that is not empty.
    Text,
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A moment as RFC 3339 writes it, such as `2026-12-31T18:00:00Z`.
    Moment,
    /// A length of time, such as `90s` or `10m`.
    Length,
    /// Starts per time, such as `60/min`.
    Rate,
    /// What is read from text of a form.
    Parsed(&'static Form),
    /// A bare host name; what is wrong with it is said elsewhere.
    Site,
    /// A path in whose last part one `*` may stand; what is wrong with it is said elsewhere.
    InstallerFile,
    /// `true` or `false`.
    Switch,
    /// `{env: NAME}` or `{file: PATH}`.
    Reference,
    /// This, or the word `none`.
    OrNone(&'static Kind),
    /// One of these words, or a mapping that says more.
    WordOr(fn() -> Vec<&'static str>, &'static Kind),
    /// One of these, or a list of them.
    OneOrMore(&'static Kind),
    /// A list of these.
    List(&'static Kind),
    /// The same; that there is none is said elsewhere.
    Filled(&'static Kind),
    /// A mapping with exactly these keys.
    Fields(&'static [Field]),
    /// A mapping whose keys are names that the person chooses.
    Named(&'static Kind),
    /// A mapping whose keys are some of these words; other keys are judged elsewhere.
    Judged(fn() -> Vec<&'static str>, &'static Kind),
    /// A mapping whose keys are some of these words.
    Keyed(fn() -> Vec<&'static str>, &'static Kind),
}

/// Text that is read by a parser of its own.
pub struct Form {
    /// What the parser says of it, a mistake as `what: what to write`.
    pub parse: fn(&str) -> Result<(), String>,
    /// What it looks like, as a regular expression: never narrower than the parser.
    pub pattern: &'static str,
    /// One that is right.
    pub example: &'static str,
}

/// A key of a mapping.
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What it is for, as the documents have it.
    pub about: &'static str,
    /// What stands behind it.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
}

/// A key that must be there.
pub const fn must(name: &'static str, about: &'static str, kind: Kind) -> Field {
    Field { name, about, kind, required: true }
}

/// A key that may be left out.
pub const fn may(name: &'static str, about: &'static str, kind: Kind) -> Field {
    Field { name, about, kind, required: false }
}

/// Every mistake of a tree against its schema.
pub fn check(tree: &Tree, schema: &Kind) -> Mistakes {
    check_as(tree, schema, "the settings")
}

/// The same of a file that is called so.
pub fn check_as(tree: &Tree, schema: &Kind, name: &str) -> Mistakes {
    let mut walk = Walk { tree, mistakes: Mistakes::default() };
    walk.node(&tree.root, schema, name);
    walk.mistakes
}

/// A text or a whole number, as it would be typed.
pub fn plain(node: &Node) -> Option<String> {
    match node.scalar()? {
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

struct Walk<'a> {
    tree: &'a Tree,
    mistakes: Mistakes,
}

impl Walk<'_> {
    fn wrong(&mut self, at: Origin, what: String, hint: &str) {
        let mistake: Mistake = self.tree.mistake(at, what);
        self.mistakes.add(if hint.is_empty() { mistake } else { mistake.hint(hint) });
    }

    fn node(&mut self, node: &Node, kind: &Kind, name: &str) {
        let at = node.origin();
        match kind {
            Kind::Text | Kind::Site | Kind::InstallerFile => {
                if node.text().is_none_or(|text| text.trim().is_empty()) {
                    self.wrong(
                        at,
                        format!("`{name}` is not a text"),
                        "write a text; quote it if it looks like a number",
                    );
                }
            }
            Kind::Number(least, most) => self.number(node, *least, *most, name),
            Kind::Word(words) => self.word(node, &words(), name),
            Kind::Moment => self.parsed(node, name, "a moment such as 2026-12-31T18:00:00Z", |text| {
                text.parse::<Timestamp>().is_ok()
            }),
            Kind::Length => {
                self.parsed(node, name, "a length of time such as 90s, 10m or 2h, a year at most", |text| {
                    text.parse::<SignedDuration>()
                        .is_ok_and(|length| length.is_positive() && length.unsigned_abs() <= LONGEST)
                })
            }
            Kind::Rate => self.parsed(node, name, "starts per time such as 60/min, 1/s or 3600/h", |text| {
                text.parse::<Rate>().is_ok()
            }),
            Kind::Parsed(form) => self.judged(node, name, form.parse),
            Kind::Switch => {
                if !matches!(node.scalar(), Some(Value::Bool(_))) {
                    self.wrong(at, format!("`{name}` is neither `true` nor `false`"), "");
                }
            }
            Kind::Reference => self.reference(node, name),
            Kind::OrNone(_) if node.text() == Some("none") => {}
            Kind::OrNone(kind) => self.node(node, kind, name),
            Kind::WordOr(_, kind) if node.is_map() => self.node(node, kind, name),
            Kind::WordOr(words, _) => self.word(node, &words(), name),
            Kind::OneOrMore(kind) if node.is_list() => self.list(node, kind, name),
            Kind::OneOrMore(kind) => self.node(node, kind, name),
            Kind::List(kind) | Kind::Filled(kind) => self.list(node, kind, name),
            Kind::Fields(fields) => self.fields(node, fields, name),
            Kind::Named(kind) | Kind::Judged(_, kind) => {
                for entry in self.map(node, name) {
                    self.node(&entry.node, kind, &entry.key);
                }
            }
            Kind::Keyed(words, kind) => {
                for entry in self.map(node, name) {
                    if !words().contains(&&*entry.key) {
                        self.wrong(
                            entry.origin(),
                            format!("`{name}` has no `{}`", entry.key),
                            &format!("it has: {}", words().join(", ")),
                        );
                    }
                    self.node(&entry.node, kind, &entry.key);
                }
            }
        }
    }

    fn map<'n>(&mut self, node: &'n Node, name: &str) -> &'n [crate::inventory::Entry] {
        if !node.is_map() {
            self.wrong(
                node.origin(),
                format!("`{name}` is not a mapping"),
                "write `key: value` lines below it",
            );
        }
        node.entries()
    }

    fn fields(&mut self, node: &Node, fields: &'static [Field], name: &str) {
        for entry in self.map(node, name) {
            match fields.iter().find(|field| field.name == &*entry.key) {
                Some(field) => self.node(&entry.node, &field.kind, field.name),
                None => {
                    let names: Vec<_> = fields.iter().map(|field| field.name).collect();
                    let what = format!("`{}` is not a setting of {name}", entry.key);
                    self.wrong(entry.origin(), what, &format!("it has: {}", names.join(", ")));
                }
            }
        }
        for field in fields.iter().filter(|field| field.required) {
            if node.is_map() && node.get(field.name).is_none() {
                self.wrong(node.origin(), format!("{name} lacks `{}`", field.name), "");
            }
        }
    }

    fn list(&mut self, node: &Node, kind: &Kind, name: &str) {
        if !node.is_list() {
            self.wrong(node.origin(), format!("`{name}` is not a list"), "write `[one, two]`");
        }
        for item in node.items() {
            self.node(item, kind, name);
        }
    }

    fn number(&mut self, node: &Node, least: u64, most: u64, name: &str) {
        let number = match node.scalar() {
            Some(Value::Integer(number)) => u64::try_from(*number).ok(),
            _ => None,
        };
        if number.is_none_or(|number| number < least || number > most) {
            self.wrong(node.origin(), format!("`{name}` is not a whole number from {least} to {most}"), "");
        }
    }

    fn word(&mut self, node: &Node, words: &[&str], name: &str) {
        if node.text().is_none_or(|text| !words.contains(&text)) {
            let hint = format!("write one of: {}", words.join(", "));
            self.wrong(node.origin(), format!("`{name}` is none of the words it can be"), &hint);
        }
    }

    fn parsed(&mut self, node: &Node, name: &str, form: &str, fits: fn(&str) -> bool) {
        if !node.text().is_some_and(fits) {
            self.wrong(node.origin(), format!("`{name}` cannot be understood"), &format!("write {form}"));
        }
    }

    fn judged(&mut self, node: &Node, name: &str, parse: fn(&str) -> Result<(), String>) {
        let Some(text) = plain(node) else {
            return self.wrong(node.origin(), format!("`{name}` is neither a text nor a number"), "");
        };
        if let Err(wrong) = parse(&text) {
            let (what, hint) = wrong.split_once(": ").unwrap_or((&wrong, ""));
            self.wrong(node.origin(), format!("`{name}`: {what}"), hint);
        }
    }

    /// A secret may have been written where a reference belongs: its line is not shown.
    fn reference(&mut self, node: &Node, name: &str) {
        let one = match node.entries() {
            [entry] => matches!(&*entry.key, "env" | "file" | "keyring") && entry.node.text().is_some(),
            _ => false,
        };
        if !one {
            let mut mistake =
                self.tree.mistake(node.origin(), format!("`{name}` is not a reference to a secret"));
            mistake.source = None;
            self.mistakes.add(mistake.hint("write {env: NAME} or {file: PATH}, never the secret itself"));
        }
    }
}
