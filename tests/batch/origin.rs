//! Who chose what stands in a variable of a batch file?

use std::collections::{BTreeMap, BTreeSet};

use super::reader::{Batch, Kind, Loop, Part, What};

/// Who chose a value, the most careful word last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// Words, numbers and paths without anything that cmd.exe reads.
    Plain,
    /// Our own, which may hold a blank or a `&`, but no quote.
    Ours,
    /// Anybody's.
    Foreign,
}

/// What Windows itself sets, to nothing that cmd.exe reads.
const WINDOWS: &[&str] = &[
    "computername",
    "date",
    "errorlevel",
    "processor_architecture",
    "processor_architew6432",
    "programdata",
    "random",
    "systemdrive",
    "systemroot",
    "time",
];

/// What is plain although no line here shows it, and why.
const PLAIN: &[(&str, &str)] = &[
    ("status", "an exit code, read back from a folder that is closed to others"),
    ("folder", "a folder's name that is made by jumpfleet"),
    ("slot", "digits: `:is_number` has looked at it"),
    ("times", "a number that the file wrote itself, into a folder that is closed to others"),
    ("value_*", "made by jumpfleet, and quoted already as the command line needs it"),
];

/// What is our own although it is no plain word: paths that the operator names or that the script lies in.
const OURS: &[&str] = &[
    "staging",
    "log",
    "place",
    "task",
    "job",
    "file_name",
    "marker_folder",
    "here",
    "home",
    "directory",
    "installer_name",
];

/// Folders that only administrators can write to.
const CLOSED: &[&str] = &["\"%staging%", "\"%here%", "\"%home%", "\"%folder%"];

/// The origins of a file's variables.
pub struct Origins<'b> {
    batch: &'b Batch,
    plain: BTreeSet<String>,
}

impl<'b> Origins<'b> {
    /// Finds the variables that hold nothing but plain words.
    pub fn of(batch: &'b Batch) -> Self {
        let mut sets: BTreeMap<String, Vec<&Part>> = BTreeMap::new();
        for part in &batch.parts {
            if let Some(name) = set_name(part) {
                sets.entry(name).or_default().push(part);
            }
        }
        // All of them are, until one of their values says otherwise; that again is one for others.
        let mut origins = Self { batch, plain: sets.keys().cloned().collect() };
        loop {
            let is_plain = |name: &String| sets[name].iter().all(|part| origins.is_plain_set(part));
            let kept: BTreeSet<String> =
                origins.plain.iter().filter(|name| is_plain(name)).cloned().collect();
            if kept.len() == origins.plain.len() {
                return origins;
            }
            origins.plain = kept;
        }
    }

    fn is_plain_set(&self, part: &Part) -> bool {
        let rest = part.rest().to_lowercase();
        if rest.starts_with("/a") {
            return true;
        }
        let value = part.literal.split_once('=').map_or("", |(_, value)| value);
        let is_plain = |one: char| one.is_alphanumeric() || " _-.:\\/[],=+%~{}'\"*".contains(one);
        !rest.starts_with("/p")
            && without_redirection(value).chars().all(is_plain)
            && part.pieces.iter().all(|piece| self.of_piece(&piece.what) == Origin::Plain)
    }

    /// Who chose what is expanded.
    pub fn of_piece(&self, what: &What) -> Origin {
        match what {
            What::Variable { name, .. } => self.of_variable(name),
            What::Loop(number) => self.of_loop(&self.batch.loops[*number]),
            // Whoever calls a label hands on nothing of others'.
            What::Argument => Origin::Ours,
        }
    }

    fn of_variable(&self, name: &str) -> Origin {
        let is_named = |(known, _): &(&str, &str)| match known.strip_suffix('*') {
            Some(begin) => name.starts_with(begin),
            None => *known == name,
        };
        if self.plain.contains(name) || WINDOWS.contains(&name) || PLAIN.iter().any(is_named) {
            return Origin::Plain;
        }
        if OURS.contains(&name) { Origin::Ours } else { Origin::Foreign }
    }

    fn of_loop(&self, found: &Loop) -> Origin {
        let list = &self.batch.parts[found.list];
        let of_pieces =
            || list.pieces.iter().map(|piece| self.of_piece(&piece.what)).max().unwrap_or(Origin::Plain);
        let is_file = found.header.to_lowercase().contains("usebackq");
        match () {
            () if found.is("/l") => Origin::Plain,
            () if found.is("/d") || list.literal.contains(['*', '?']) || list.text.starts_with('\'') => {
                Origin::Foreign
            }
            () if is_file && CLOSED.iter().any(|folder| list.text.starts_with(folder)) => Origin::Ours,
            () if is_file => Origin::Foreign,
            () => of_pieces(),
        }
    }

    /// Variables that a loop through the registry or somebody's file sets, with the line that does.
    pub fn tainted(&self, batch: &Batch) -> BTreeMap<String, usize> {
        let is_others = |what: &What| {
            let What::Loop(number) = what else { return false };
            let found = &self.batch.loops[*number];
            let list = &self.batch.parts[found.list].text;
            let is_read = list.contains("reg query") || found.header.to_lowercase().contains("usebackq");
            is_read && self.of_loop(found) == Origin::Foreign
        };
        let sets = batch.parts.iter().filter(|part| part.pieces.iter().any(|piece| is_others(&piece.what)));
        sets.rev().filter_map(|part| Some((set_name(part)?, part.line))).collect()
    }
}

/// The name that a `set` gives a value to, in lower case.
pub fn set_name(part: &Part) -> Option<String> {
    if part.kind != Kind::Command || part.verb() != "set" {
        return None;
    }
    let rest = part.rest().to_lowercase();
    let rest = rest.trim_start_matches("/a").trim_start_matches("/p").trim_start().trim_start_matches('"');
    let end = rest.find(|one: char| "=+-*/".contains(one))?;
    Some(rest[..end].trim().to_owned())
}

fn without_redirection(value: &str) -> &str {
    value.split(" >").next().unwrap_or_default()
}
