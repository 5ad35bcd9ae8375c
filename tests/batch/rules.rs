//! Which rules does a batch file keep, and which does it break?

use std::collections::BTreeMap;

use super::origin::{Origin, Origins, set_name};
use super::reader::{Batch, Kind, Part, What, read};

/// A rule that a line breaks.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    pub line: usize,
    pub rule: &'static str,
    pub what: String,
}

/// The longest line that cmd.exe reads (Microsoft, "Command prompt line string limitation").
const LONGEST: usize = 8191;

/// Everything that is wrong with a batch file, as it lies on a disk.
pub fn flaws(bytes: &[u8]) -> Vec<Flaw> {
    let text = String::from_utf8_lossy(bytes);
    let batch = read(&text);
    let origins = Origins::of(&batch);
    let mut flaws = Flaws(Vec::new());
    flaws.bytes(&text);
    flaws.labels(&batch);
    for part in &batch.parts {
        flaws.errorlevel(part);
        flaws.set(part);
        flaws.call(part, &origins);
        flaws.unquoted(part, &origins);
        flaws.exit(part, &origins);
    }
    flaws.quotes(&batch, &origins);
    flaws.early(&batch);
    flaws.end(&batch);
    flaws.0.sort();
    flaws.0
}

struct Flaws(Vec<Flaw>);

impl Flaws {
    fn add(&mut self, line: usize, rule: &'static str, what: &str) {
        self.0.push(Flaw { line, rule, what: what.to_owned() });
    }

    /// Without CRLF cmd.exe misses labels, a byte order mark is a command to it, and letters need their code page.
    fn bytes(&mut self, text: &str) {
        let mut has_code_page = false;
        for (index, line) in text.split_terminator('\n').enumerate() {
            let number = index + 1;
            let Some(line) = line.strip_suffix('\r') else {
                self.add(number, "crlf", "the line does not end in CRLF");
                continue;
            };
            has_code_page |= line.starts_with("chcp 65001");
            let odd = |one: char| one == '\u{feff}' || one == '\u{fffd}' || one.is_control() && one != '\t';
            if line.contains(odd) {
                self.add(number, "bytes", "a character that is no text");
            }
            if !line.is_ascii() && !has_code_page {
                self.add(number, "code_page", "a letter beyond ASCII before `chcp 65001`");
            }
            if line.encode_utf16().count() > LONGEST {
                self.add(number, "long", "longer than cmd.exe reads");
            }
            let lower = line.to_lowercase();
            if lower.contains("win32_product") || lower.contains("wmic product") {
                self.add(number, "win32_product", "it repairs every package it lists");
            }
        }
        if !text.ends_with('\n') {
            self.add(text.lines().count(), "crlf", "the last line does not end");
        }
    }

    fn labels(&mut self, batch: &Batch) {
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for (line, name, in_block) in &batch.labels {
            if known.insert(name, *line).is_some() {
                self.add(*line, "label", &format!("`:{name}` is there twice"));
            }
            if *in_block {
                self.add(*line, "label", &format!("`:{name}` stands in a block, which a jump to it leaves"));
            }
        }
        for part in batch.parts.iter().filter(|part| part.kind == Kind::Command) {
            let rest = part.rest();
            let target = rest.split_whitespace().next().unwrap_or_default().to_lowercase();
            let is_label = part.verb() == "goto" || part.verb() == "call" && target.starts_with(':');
            let name = target.trim_start_matches(':');
            if is_label && target != ":eof" && !known.contains_key(name) {
                self.add(part.line, "label", &format!("there is no `:{name}`"));
            }
        }
    }

    /// `if errorlevel 1` takes every negative code for success, such as those of programs that crash.
    fn errorlevel(&mut self, part: &Part) {
        if part.kind == Kind::Condition && part.text.to_lowercase().starts_with("errorlevel") {
            self.add(part.line, "errorlevel", &part.text);
        }
    }

    /// A value outside of quotes ends where it holds a `&`, and one behind the closing quote is lost.
    fn set(&mut self, part: &Part) {
        if part.kind != Kind::Command || part.verb() != "set" || part.rest().starts_with('/') {
            return;
        }
        let rest = part.rest();
        let is_open = match rest.starts_with('"') {
            true => rest.len() < 2 || !rest.ends_with('"'),
            false => part.pieces.iter().any(|piece| !piece.quoted && !is_made(&piece.what)),
        };
        if is_open {
            self.add(part.line, "set", &part.text);
        }
    }

    /// `call` reads its line a second time, `%` and all, and cmd.exe reads whatever it is given.
    fn call(&mut self, part: &Part, origins: &Origins<'_>) {
        if part.kind != Kind::Command || !["call", "cmd", "start"].contains(&part.verb().as_str()) {
            return;
        }
        let is_call = part.verb() == "call";
        let foreign = part.pieces.iter().any(|piece| {
            let is_read_again = is_call || matches!(piece.what, What::Loop(_));
            is_read_again && origins.of_piece(&piece.what) == Origin::Foreign
        });
        if foreign || is_call && !part.rest().starts_with(':') {
            self.add(part.line, "call", &part.text);
        }
    }

    /// What stands outside of quotes is read by cmd.exe as a part of the line; a loop's variable is not, but divides words.
    fn unquoted(&mut self, part: &Part, origins: &Origins<'_>) {
        let says = part.kind == Kind::Command && ["echo", "set"].contains(&part.verb().as_str());
        let is_name = part.kind == Kind::Condition && part.text.to_lowercase().starts_with("defined ");
        for piece in part.pieces.iter().filter(|piece| !piece.quoted) {
            let origin = origins.of_piece(&piece.what);
            let is_harmless = match &piece.what {
                What::Variable { .. } => origin == Origin::Plain,
                What::Loop(_) => origin != Origin::Foreign || says || is_name,
                What::Argument => true,
            };
            if !is_harmless {
                self.add(part.line, "unquoted", &part.text);
            }
        }
    }

    /// A code that nobody names is whatever happened to be there, and differs between Windows' and other cmd.exes.
    fn exit(&mut self, part: &Part, origins: &Origins<'_>) {
        if part.kind != Kind::Command || part.verb() != "exit" {
            return;
        }
        let rest = part.rest();
        let code = rest.strip_prefix("/b").unwrap_or(&rest).trim();
        let is_plain = |what: &What| origins.of_piece(what) == Origin::Plain;
        let is_value = part.pieces.len() == 1 && is_plain(&part.pieces[0].what) && code.starts_with('%');
        if code.parse::<i32>().is_err() && !is_value {
            self.add(part.line, "exit", &part.text);
        }
    }

    /// A quote in a value that somebody else chose closes ours: it goes before the value is used.
    fn quotes(&mut self, batch: &Batch, origins: &Origins<'_>) {
        for (name, set) in origins.tainted(batch) {
            let stripped = format!("set \"{name}=%{name}:\"=%\"");
            let cleans = |part: &&Part| part.line > set && part.text.eq_ignore_ascii_case(&stripped);
            let clean = batch.parts.iter().find(cleans).map(|part| part.line);
            let is_it = |what: &What| matches!(what, What::Variable { name: used, change } if *used == name && !change.starts_with("\"="));
            for part in &batch.parts {
                let is_dirty = clean.is_none_or(|clean| (set..clean).contains(&part.line));
                if is_dirty && part.pieces.iter().any(|piece| is_it(&piece.what)) {
                    self.add(
                        part.line,
                        "quotes",
                        &format!("`{name}` is others' since line {set}: {}", part.text),
                    );
                }
            }
        }
    }

    /// cmd.exe expands a whole block, and a whole loop, before it runs the first command in it.
    fn early(&mut self, batch: &Batch) {
        for (index, part) in batch.parts.iter().enumerate() {
            for piece in &part.pieces {
                let What::Variable { name, .. } = &piece.what else { continue };
                let is_too_early = batch.parts.iter().enumerate().any(|(other, set)| {
                    let again =
                        set.loops.iter().any(|one| part.loops.contains(one) && !batch.is_single(*one));
                    let before = again || other < index;
                    set.unit == part.unit && before && set.kind == Kind::Command && changes(set, name)
                });
                if is_too_early {
                    self.add(
                        part.line,
                        "early",
                        &format!("`%{name}%` is what it was before the block: {}", part.text),
                    );
                }
            }
        }
    }

    /// Whoever comes to the end of a file ends with whatever code happened to be there.
    fn end(&mut self, batch: &Batch) {
        let Some(last) = batch.last.map(|last| &batch.parts[last]) else { return };
        let alone = batch.parts.iter().filter(|part| part.unit == last.unit).count() == 1;
        if !alone || !["exit", "goto"].contains(&last.verb().as_str()) {
            self.add(last.line, "end", "the file ends without `exit` or `goto`");
        }
    }
}

/// Values of a package are quoted already as the command line needs them.
fn is_made(what: &What) -> bool {
    matches!(what, What::Variable { name, .. } if name.starts_with("value_"))
}

fn changes(part: &Part, name: &str) -> bool {
    match name {
        "errorlevel" => !["echo", "set", "goto", "exit"].contains(&part.verb().as_str()),
        name => set_name(part).is_some_and(|set| set == name),
    }
}

impl Batch {
    /// Whether a loop is run through once: it has one item.
    fn is_single(&self, number: usize) -> bool {
        let list = &self.parts[self.loops[number].list];
        let quotes = list.literal.matches('"').count();
        !self.loops[number].header.contains('/')
            && quotes == 2
            && list.text.starts_with('"')
            && list.text.ends_with('"')
    }
}
