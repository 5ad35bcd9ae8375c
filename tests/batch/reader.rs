//! What does cmd.exe see in a batch file? Its commands, conditions and loops, with everything that is expanded in them.
//!
//! It reads as much of the language as our files use: one statement after the other, blocks, loops and their variables,
//! which are upper-case letters here so that they can be told from their modifiers.

/// A batch file that was read.
#[derive(Default)]
pub struct Batch {
    /// Its statements' parts, in order.
    pub parts: Vec<Part>,
    /// All loops.
    pub loops: Vec<Loop>,
    /// Labels, with their lines and whether they stand in a block.
    pub labels: Vec<(usize, String, bool)>,
    /// The number of its last line that is a statement, and that statement's last command.
    pub last: Option<usize>,
}

/// What a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A command with its arguments and redirections.
    Command,
    /// What an `if` asks.
    Condition,
    /// What a loop goes through.
    List,
}

/// A piece of a statement.
pub struct Part {
    pub line: usize,
    /// All parts of one unit are expanded by cmd.exe before the first of them is run.
    pub unit: usize,
    pub kind: Kind,
    pub text: String,
    /// The text without what is expanded in it.
    pub literal: String,
    pub pieces: Vec<Piece>,
    /// The loops around it, by their numbers.
    pub loops: Vec<usize>,
}

/// Something that is expanded.
pub struct Piece {
    pub what: What,
    pub quoted: bool,
}

/// What is expanded.
#[derive(PartialEq, Eq, Debug, Clone)]
pub enum What {
    /// `%name%`, or `%name:change%`.
    Variable { name: String, change: String },
    /// `%1`, `%~dp0`, `%*`.
    Argument,
    /// `%%A`, with its loop's number.
    Loop(usize),
}

/// A loop.
pub struct Loop {
    /// Between `for` and `in`.
    pub header: String,
    /// The part that is its list.
    pub list: usize,
    first: char,
    count: u32,
}

impl Loop {
    /// Whether it has a switch, such as `/f`.
    pub fn is(&self, switch: &str) -> bool {
        self.header.to_lowercase().split_whitespace().any(|word| word == switch)
    }

    fn has(&self, letter: char) -> bool {
        (self.first as u32..self.first as u32 + self.count).contains(&(letter as u32))
    }
}

impl Part {
    /// The first word of a command, in lower case.
    pub fn verb(&self) -> String {
        let end = |character: char| character.is_whitespace() || "\"^<>=/".contains(character);
        self.command().split(end).next().unwrap_or_default().to_lowercase()
    }

    /// What follows the first word, without redirections.
    pub fn rest(&self) -> String {
        without_redirections(self.command()[self.verb().len()..].trim())
    }

    /// The text without redirections that stand before it.
    fn command(&self) -> &str {
        let mut rest = &self.text[..];
        while let Some(file) =
            rest.trim_start_matches(|one: char| one.is_ascii_digit()).strip_prefix(['<', '>'])
        {
            let file = file.trim_start_matches('>');
            let quoted = file.strip_prefix('"').and_then(|name| name.find('"')).map_or(0, |end| end + 2);
            let end = file[quoted..].find(char::is_whitespace).map_or(file.len(), |end| end + quoted);
            rest = file[end..].trim_start();
        }
        rest
    }
}

/// The text of a command as far as it is no redirection.
fn without_redirections(text: &str) -> String {
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        quoted ^= character == '"';
        if !quoted && "<>".contains(character) && !text[..at].ends_with('^') {
            let before = text[..at].trim_end_matches(|last: char| last.is_ascii_digit());
            let number = &text[before.len()..at];
            let is_blank = before.is_empty() || before.ends_with(char::is_whitespace) || number.is_empty();
            return if is_blank { before } else { &text[..at] }.trim_end().to_owned();
        }
    }
    text.to_owned()
}

struct Reader {
    found: Batch,
    /// How many loops are around what is in each block.
    blocks: Vec<usize>,
    loops: Vec<usize>,
    unit: usize,
    line: usize,
}

/// Reads a batch file.
pub fn read(text: &str) -> Batch {
    let mut reader =
        Reader { found: Batch::default(), blocks: Vec::new(), loops: Vec::new(), unit: 0, line: 0 };
    for (number, line) in text.lines().enumerate() {
        reader.line = number + 1;
        reader.loops.truncate(reader.blocks.last().copied().unwrap_or(0));
        if reader.blocks.is_empty() {
            reader.unit += 1;
        }
        let line = line.trim();
        match line.strip_prefix(':') {
            Some(label) => {
                let name = label.split_whitespace().next().unwrap_or_default().to_lowercase();
                if !label.starts_with(':') {
                    reader.found.labels.push((reader.line, name, !reader.blocks.is_empty()));
                }
            }
            None => reader.statement(line),
        }
    }
    reader.found
}

impl Reader {
    fn statement(&mut self, line: &str) {
        let mut rest = line;
        loop {
            rest = rest.trim_start_matches([' ', '\t', '@', '&', '|']);
            let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
            rest = match (rest.chars().next(), word.to_lowercase().as_str()) {
                (None, _) | (_, "rem") => return,
                (Some('('), _) => {
                    self.blocks.push(self.loops.len());
                    &rest[1..]
                }
                (Some(')'), _) => {
                    self.blocks.pop();
                    self.loops.truncate(self.blocks.last().copied().unwrap_or(0));
                    &rest[1..]
                }
                (_, "else") => &rest[4..],
                (_, "if") => self.condition(&rest[2..]),
                (_, "for") => self.each(&rest[3..]),
                _ => {
                    let end = self.end(rest, |character| {
                        "&|".contains(character) || character == ')' && !self.blocks.is_empty()
                    });
                    self.found.last = Some(self.found.parts.len());
                    self.part(Kind::Command, rest[..end].trim());
                    &rest[end..]
                }
            };
        }
    }

    /// Notes what an `if` asks; what follows.
    fn condition<'t>(&mut self, text: &'t str) -> &'t str {
        let mut rest = text.trim_start();
        while let Some(after) = ["/i ", "not "].iter().find_map(|word| strip(rest, word)) {
            rest = after.trim_start();
        }
        let begin = rest;
        let first = self.end(rest, char::is_whitespace);
        let word = rest[..first].to_lowercase();
        rest = rest[first..].trim_start();
        if ["errorlevel", "defined", "exist"].contains(&word.as_str()) {
            rest = &rest[self.end(rest, char::is_whitespace)..];
        } else if !word.contains("==") {
            for _ in 0..2 {
                rest = rest.trim_start();
                rest = &rest[self.end(rest, char::is_whitespace)..];
            }
        }
        self.part(Kind::Condition, begin[..begin.len() - rest.len()].trim());
        rest
    }

    /// Notes a loop and its list; what it does.
    fn each<'t>(&mut self, text: &'t str) -> &'t str {
        let Some((header, rest)) = text.split_once(" in (") else { return "" };
        let end = match rest.starts_with('\'') {
            true => rest.find("')").map_or(rest.len(), |at| at + 1),
            false => self.end(rest, |character| character == ')'),
        };
        let list = &rest[..end];
        let first = header.rsplit("%%").next().and_then(|name| name.chars().next()).unwrap_or('?');
        self.part(Kind::List, list);
        let number = self.found.parts.len() - 1;
        if let Some(command) = list.strip_prefix('\'').and_then(|list| list.strip_suffix('\'')) {
            self.found.parts[number].pieces.clear();
            self.part(Kind::Command, command.trim());
        }
        self.loops.push(self.found.loops.len());
        self.found.loops.push(Loop { header: header.to_owned(), list: number, first, count: count(header) });
        rest[end..].trim_start_matches([')', ' ']).strip_prefix("do").unwrap_or_default()
    }

    /// Where the first character stands that ends something, outside of quotes and of what is expanded.
    fn end(&self, text: &str, ends: impl Fn(char) -> bool) -> usize {
        let mut quoted = false;
        let mut at = 0;
        while let Some(character) = text[at..].chars().next() {
            if let Some((_, length)) = self.expansion(&text[at..]) {
                at += length;
                continue;
            }
            // `2>&1` is one redirection.
            let is_redirected = character == '&' && text[..at].ends_with(['>', '<']);
            if !quoted && !is_redirected && ends(character) {
                return at;
            }
            quoted ^= character == '"';
            at += character.len_utf8();
            // What follows a caret means nothing.
            if character == '^' && !quoted {
                at += text[at..].chars().next().map_or(0, char::len_utf8);
            }
        }
        at
    }

    fn part(&mut self, kind: Kind, text: &str) {
        let (mut pieces, mut literal) = (Vec::new(), String::new());
        let (mut quoted, mut at) = (false, 0);
        while let Some(character) = text[at..].chars().next() {
            if let Some((what, length)) = self.expansion(&text[at..]) {
                pieces.extend(what.map(|what| Piece { what, quoted }));
                at += length;
                continue;
            }
            literal.push(character);
            at += character.len_utf8();
            quoted ^= character == '"';
            if character == '^' && !quoted {
                let escaped = text[at..].chars().next();
                literal.extend(escaped);
                at += escaped.map_or(0, char::len_utf8);
            }
        }
        let (line, unit, loops) = (self.line, self.unit, self.loops.clone());
        self.found.parts.push(Part { line, unit, kind, text: text.to_owned(), literal, pieces, loops });
    }

    /// What is expanded at the beginning of a text, and how long it is; `%%` alone is a percent sign.
    fn expansion(&self, text: &str) -> Option<(Option<What>, usize)> {
        let rest = text.strip_prefix('%')?;
        if let Some(name) = rest.strip_prefix('%') {
            let tilde = usize::from(name.starts_with('~'));
            let modifiers = name[tilde..].chars().take_while(char::is_ascii_lowercase).count() * tilde;
            let letter = name[tilde + modifiers..].chars().next();
            let found = letter.and_then(|letter| {
                self.loops.iter().rev().find(|number| self.found.loops[**number].has(letter))
            });
            return Some(match found {
                Some(number) => (Some(What::Loop(*number)), 3 + tilde + modifiers),
                None => (None, 2),
            });
        }
        let plain =
            rest.trim_start_matches('~').trim_start_matches(|letter: char| letter.is_ascii_lowercase());
        let is_argument = |text: &str| text.starts_with(|first: char| first.is_ascii_digit() || first == '*');
        if is_argument(rest) || rest.starts_with('~') && is_argument(plain) {
            let length = if is_argument(rest) { 2 } else { text.len() - plain.len() + 1 };
            return Some((Some(What::Argument), length));
        }
        let end = rest.find('%')?;
        let (name, change) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        let is_name = !name.is_empty() && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
        let (name, change) = (name.to_lowercase(), change.to_owned());
        is_name.then_some((Some(What::Variable { name, change }), end + 2))
    }
}

fn strip<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.get(..word.len()).filter(|begin| begin.eq_ignore_ascii_case(word)).map(|_| &text[word.len()..])
}

/// How many variables a loop has, by its `tokens=`.
fn count(header: &str) -> u32 {
    let Some((_, tokens)) = header.split_once("tokens=") else { return 1 };
    let tokens = tokens.split([' ', '"']).next().unwrap_or_default();
    let more = u32::from(tokens.len() > 1 && tokens.ends_with('*'));
    let range = |part: &str| match part.trim_end_matches('*').split_once('-') {
        Some((from, to)) => to.parse::<u32>().unwrap_or(1) + 1 - from.parse::<u32>().unwrap_or(1),
        None => u32::from(!part.is_empty() && part != "*"),
    };
    tokens.split(',').map(range).sum::<u32>() + more
}
