//! What is wrong with the inventory, collected while it is read and shown only at the end?
//!
//! Source lines are cut out last, when every place where a secret stands in plain text is known.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::lines::starts;
use crate::model::{FileId, Mistake, Mistakes, Origin, Place};
use crate::vault;

/// What is wrong with a value and what to write instead, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong: a lower-case fragment with values in backticks.
    pub what: String,
    /// What to write instead, if it can be said.
    pub hint: Option<String>,
}

impl Flaw {
    /// A flaw without advice.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    /// The same flaw with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// One file that was read, kept for the lines that mistakes show.
#[derive(Debug)]
pub struct File {
    /// The path as the person named it or as it was found.
    pub path: Arc<str>,
    /// Whether blanks and commas end what a mistake underlines, as in lines of words.
    pub in_words: bool,
    /// What ends it instead, as in tables.
    pub delimiter: Option<char>,
    text: String,
    lines: OnceLock<Vec<u32>>,
    openers: OnceLock<Vec<u32>>,
}

impl File {
    /// A file with its text.
    pub fn new(path: &str, text: String) -> Self {
        Self {
            path: path.into(),
            in_words: false,
            delimiter: None,
            text,
            lines: OnceLock::new(),
            openers: OnceLock::new(),
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line with this number (from 1), without its end.
    fn line(&self, number: u32) -> &str {
        let lines = self.lines();
        let index = (number as usize).saturating_sub(1);
        let Some(start) = lines.get(index) else { return "" };
        let end = lines.get(index + 1).map_or(self.text.len(), |end| *end as usize);
        self.text.get(*start as usize..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// Where each line begins.
    fn lines(&self) -> &[u32] {
        // Sources are limited to 4 GiB where they are taken in, so positions fit.
        self.lines.get_or_init(|| starts(&self.text).map(|at| at as u32).collect())
    }
}

/// Mistakes by place, each counted once.
#[derive(Debug, Default)]
pub struct Complaints {
    list: Vec<(Option<Origin>, Flaw)>,
    known: HashSet<(Option<Origin>, String)>,
    hidden: Hidden,
}

impl File {
    /// The lines in which a text longer than the line may begin behind a name like a secret's.
    fn openers(&self) -> &[u32] {
        self.openers.get_or_init(|| {
            let opens = |line: &str| line.contains(['"', '\'', '|', '>']) && secret_value(line).is_some();
            (1..=self.lines().len() as u32).filter(|number| opens(self.line(*number))).collect()
        })
    }
}

/// From which column on the lines of files must not be shown.
type Hidden = HashMap<(FileId, u32), u32>;

impl Complaints {
    /// Adds what is wrong at a place, unless the same was said of it already.
    pub fn add(&mut self, origin: Origin, flaw: Flaw) {
        if self.known.insert((Some(origin), flaw.what.clone())) {
            self.list.push((Some(origin), flaw));
        }
    }

    /// Adds what is wrong at no place in particular.
    pub fn general(&mut self, flaw: Flaw) {
        self.list.push((None, flaw));
    }

    /// Keeps the text from `from` to the end of line `last` out of every message.
    pub fn hide(&mut self, from: Origin, last: u32) {
        self.hidden.insert((from.file, from.line), from.column);
        for line in from.line + 1..=last {
            self.hidden.insert((from.file, line), 1);
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The places something is wrong at.
    pub fn origins(&self) -> HashSet<Origin> {
        self.list.iter().filter_map(|(origin, _)| *origin).collect()
    }

    /// Takes over what another collection found.
    pub fn extend(&mut self, other: Self) {
        for (origin, flaw) in other.list {
            match origin {
                Some(origin) => self.add(origin, flaw),
                None => self.general(flaw),
            }
        }
    }

    /// All mistakes in the order of the files, each with its source line.
    pub fn finish(mut self, files: &[File]) -> Mistakes {
        self.list.sort_by_key(|(origin, _)| *origin);
        let hidden = &self.hidden;
        Mistakes(self.list.into_iter().map(|(origin, flaw)| mistake(files, hidden, origin, flaw)).collect())
    }
}

/// The place an origin stands for.
pub fn place(files: &[File], origin: Origin) -> Place {
    let file = files.get(origin.file.0 as usize).map_or_else(|| Arc::from(""), |file| file.path.clone());
    Place { file, line: origin.line, column: origin.column }
}

/// A longer line is not shown: nobody finds the caret, and a line may hold more mistakes than can be shown with it.
const WIDEST: usize = 500;

fn mistake(files: &[File], hidden: &Hidden, origin: Option<Origin>, flaw: Flaw) -> Mistake {
    let mut mistake = match origin {
        None => Mistake::general(flaw.what),
        Some(origin) => {
            let file = files.get(origin.file.0 as usize);
            let line = file.map_or("", |file| file.line(origin.line));
            let mistake = Mistake::at(place(files, origin), flaw.what);
            if line.len() > WIDEST || file.is_some_and(|file| vault::is_sealed(&file.text)) {
                return Mistake { hint: flaw.hint, ..mistake };
            }
            let shown = match file.is_some_and(|file| continues_secret(file, origin.line)) {
                true => HIDDEN.to_owned(),
                false => mask(line, hidden, origin.file, origin.line),
            };
            let delimiter = file.and_then(|file| file.delimiter);
            let width = match file.is_some_and(|file| file.in_words) {
                _ if let Some(delimiter) = delimiter => cell_width(&shown, origin.column, delimiter),
                true => word_width(&shown, origin.column),
                false => token_width(&shown, origin.column),
            };
            mistake.source(shown, width)
        }
    };
    mistake.hint = flaw.hint;
    mistake
}

/// What stands in a line instead of a secret.
const HIDDEN: &str = "‹hidden›";

/// The line without what is known or looks to be a secret in it.
fn mask(line: &str, hidden: &Hidden, file: FileId, number: u32) -> String {
    let mut keep = line.chars().count();
    if let Some(column) = hidden.get(&(file, number)) {
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        keep = keep.min((column.saturating_sub(1) as usize).max(indent));
    }
    if let Some(value) = secret_value(line) {
        keep = keep.min(line[..value].chars().count());
    }
    if keep == line.chars().count() {
        return line.to_owned();
    }
    let shown: String = line.chars().take(keep).collect();
    format!("{shown}{HIDDEN}")
}

/// What is in the names of variables that hold secrets.
const WORDS: [&str; 5] = ["pass", "secret", "token", "vault", "credential"];

/// Whether a variable is called like one that holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// The byte at which the value of a variable begins that is called like a secret, unless it is a reference.
///
/// A file that could not be read to its end has lines whose meaning is not known: names have to do.
fn secret_value(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let mut from = 0;
    while let Some(sign) = lower[from..].find([':', '=']).map(|at| from + at) {
        from = sign + 1;
        let before = lower[..sign].trim_end().trim_end_matches(['"', '\'']);
        let odd = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let name = before.rsplit(odd).next().unwrap_or_default();
        let rest = lower[from..].trim_start();
        let reference = rest.is_empty() || rest.starts_with('{') || rest.starts_with('#');
        if !reference && WORDS.iter().any(|word| name.contains(word)) {
            return Some(from + (lower[from..].len() - rest.len()));
        }
    }
    None
}

/// Whether a line goes on with a text that began above, behind a name like a secret's.
fn continues_secret(file: &File, number: u32) -> bool {
    const FAR: u32 = 200;
    let before = file.openers().partition_point(|opener| *opener < number);
    let near = file.openers()[..before].iter().rev().take_while(|opener| number - **opener <= FAR);
    near.take(4).any(|opener| reaches(file, *opener, number))
}

/// Whether the text that begins in one line is not over in another.
fn reaches(file: &File, opener: u32, number: u32) -> bool {
    // A tab cannot indent; where somebody tried, it is taken for deep.
    let indent = |line: &str| -> usize {
        let blanks = line.chars().take_while(|c| c.is_whitespace());
        blanks.map(|c| if c == '\t' { 100 } else { 1 }).sum()
    };
    let line = file.line(opener);
    let value = secret_value(line).map_or("", |at| line[at..].trim());
    if let Some(quote) = value.chars().next().filter(|first| *first == '"' || *first == '\'') {
        return !value[1..].contains(quote) && (opener + 1..number).all(|at| !file.line(at).contains(quote));
    }
    let inside = |at: u32| file.line(at).trim().is_empty() || indent(file.line(at)) > indent(line);
    value.contains(['|', '>']) && (opener + 1..=number).all(inside)
}

/// How many characters the word at this column has, or the text in quotes.
fn word_width(line: &str, column: u32) -> u32 {
    let mut rest = line.chars().skip(column.saturating_sub(1) as usize);
    let Some(first) = rest.next() else { return 1 };
    let quote = Some(first).filter(|first| matches!(first, '"' | '\''));
    let ends = |c: &char| quote.map_or(c.is_whitespace() || *c == ',', |quote| *c == quote);
    let inner = rest.clone().take_while(|c| !ends(c)).count();
    let closed = quote.is_some() && rest.nth(inner).is_some();
    (1 + inner + usize::from(closed)) as u32
}

/// How many characters the cell at this column has, quotes included.
fn cell_width(line: &str, column: u32, delimiter: char) -> u32 {
    let mut quoted = false;
    let rest = line.chars().skip(column.saturating_sub(1) as usize);
    let cell = rest.take_while(|c| {
        quoted ^= *c == '"';
        quoted || *c != delimiter
    });
    u32::try_from(cell.count()).unwrap_or(1).max(1)
}

/// How many characters the token at this column has: what a caret underlines.
fn token_width(line: &str, column: u32) -> u32 {
    let rest: Vec<char> = line.chars().skip(column.saturating_sub(1) as usize).collect();
    let Some(first) = rest.first() else { return 1 };
    if *first == '"' || *first == '\'' {
        let close = rest.iter().skip(1).position(|c| c == first);
        return close.map_or(rest.len(), |at| at + 2) as u32;
    }
    let ends = |at: usize| match rest[at] {
        ':' => rest.get(at + 1).is_none_or(|next| next.is_whitespace()),
        '#' => at > 0 && rest[at - 1].is_whitespace(),
        ',' | '}' | ']' => line.contains('{') && !rest[..at].contains(&'{'),
        _ => false,
    };
    let end = (0..rest.len()).find(|at| ends(*at)).unwrap_or(rest.len());
    let token: String = rest[..end].iter().collect();
    token.trim_end().chars().count().max(1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_secret_is_hidden_even_where_the_file_is_broken() {
        for text in [
            "all:\n  vars:\n    ansible_password: \"hunter2\n      hunter3\n  x: [",
            "all:\n  vars:\n    db_token: |\n      hunter2\n      hunter3\n\thunter4",
            "a: {ansible_become_pass: 'hunter2\n  hunter3]\n",
            "ansible_password: \"hunter2\nhunter3\n",
        ] {
            let source = crate::inventory::Source {
                path: "hosts.yml".into(),
                role: crate::inventory::Role::Inventory,
                text: text.into(),
            };
            let shown = crate::inventory::read(vec![source]).unwrap_err().to_string();
            assert!(!shown.contains("hunter"), "{shown}");
        }
        let file = File::new("f", "a:\n  password: |\n    hunter2\n  b: 1\n".to_owned());
        assert_eq!([1, 2, 3, 4].map(|line| continues_secret(&file, line)), [false, false, true, false]);
    }

    #[test]
    fn references_and_other_names_stay_readable() {
        for line in ["password: {env: NAME}", "compass: x", "  secrets:", "name: x # password"] {
            assert_eq!(
                mask(line, &Hidden::new(), FileId(0), 1).contains(HIDDEN),
                line == "compass: x",
                "{line}"
            );
        }
    }
}
