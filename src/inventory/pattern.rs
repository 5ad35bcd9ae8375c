//! Which hosts does `web:&prod:!web07` choose? Ansible's pattern language.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::members::{GroupId, Members};
use super::{HostId, Inventory};
use crate::model::{Mistake, Mistakes, Place};

/// The most bytes one expression may take in memory; it takes more than it has only where it repeats repetitions.
const LARGEST: usize = 1 << 20;

/// What `--limit` says, taken apart.
#[derive(Debug, Clone)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    operation: Operation,
    text: String,
    place: Option<Place>,
    find: Find,
    subscript: Option<Subscript>,
}

/// In the order in which parts are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    Union,
    Intersection,
    Exclusion,
}

#[derive(Debug, Clone)]
enum Find {
    Name(String),
    Glob(Regex),
    Expression(Regex),
}

/// The hosts between two positions, the last included; positions below 0 count from the end.
#[derive(Debug, Clone, Copy)]
enum Subscript {
    One(i64),
    From(i64, Option<i64>),
}

/// The hosts that were chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Their numbers, in the order the inventory first names them.
    pub ids: Vec<HostId>,
    /// What is odd about the pattern without being wrong.
    pub warnings: Vec<String>,
}

impl Pattern {
    /// Takes a pattern apart; `read_file` gives the text of the file behind an `@`, or says why it cannot.
    ///
    /// Parts are separated by commas, or by colons where there is no comma.
    pub fn parse(
        text: &str,
        read_file: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let mut parts = Vec::new();
        for piece in split(text) {
            let Some(path) = piece.strip_prefix('@') else {
                parts.extend(mistakes.take(part(piece, None)));
                continue;
            };
            match read_file(path) {
                Ok(lines) => parts.extend(file_parts(path, &lines, &mut mistakes)),
                Err(why) => mistakes.add(Mistake::general(format!("`@{path}` cannot be read: {why}"))),
            }
        }
        if parts.is_empty() && mistakes.0.is_empty() {
            let what = format!("the pattern `{text}` is empty");
            mistakes.add(Mistake::general(what).hint("write a group or host, such as `web` or `web:!web07`"));
        }
        parts.sort_by_key(|part: &Part| part.operation);
        mistakes.none_or(Self { parts })
    }
}

fn file_parts(path: &str, lines: &str, mistakes: &mut Mistakes) -> Vec<Part> {
    let mut parts = Vec::new();
    for (index, line) in lines.lines().enumerate() {
        let piece = line.trim();
        if !piece.is_empty() {
            let place = Place { file: path.into(), line: index as u32 + 1, column: 1 };
            parts.extend(mistakes.take(part(piece, Some(place))));
        }
    }
    parts
}

/// The pieces between commas, or between colons that stand outside of brackets.
fn split(text: &str) -> Vec<&str> {
    if !text.contains(',') && text.trim_start_matches(['!', '&']).parse::<std::net::Ipv6Addr>().is_ok() {
        return vec![text];
    }
    let separator = if text.contains(',') { ',' } else { ':' };
    let mut pieces = Vec::new();
    let (mut start, mut brackets) = (0, 0usize);
    for (at, c) in text.char_indices() {
        match c {
            '[' if separator == ':' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            _ if c == separator && brackets == 0 => {
                pieces.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

fn part(text: &str, place: Option<Place>) -> Result<Part, Mistakes> {
    let (operation, body) = match (text.strip_prefix('!'), text.strip_prefix('&')) {
        (Some(body), _) => (Operation::Exclusion, body),
        (_, Some(body)) => (Operation::Intersection, body),
        _ => (Operation::Union, text),
    };
    let body = body.trim();
    let wrong = |what: String, hint: &str| {
        let mistake = Mistake { place: place.clone(), ..Mistake::general(what) };
        Mistakes::from(mistake.hint(hint))
    };
    if body.is_empty() {
        return Err(wrong(format!("nothing stands behind `{text}`"), "write a group or host behind it"));
    }
    let (find, subscript) = match body.strip_prefix('~') {
        Some(expression) => {
            let regex = RegexBuilder::new(&format!("^(?:{expression})")).size_limit(LARGEST).build();
            let regex = regex.map_err(|error| {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                wrong(
                    format!("`{body}` is not a regular expression: {why}"),
                    "look-around and back references do not exist here",
                )
            })?;
            (Find::Expression(regex), None)
        }
        None => {
            let (name, subscript) = subscript(body);
            let find = match name.contains(['*', '?', '[']) {
                true => Find::Glob(glob(name).ok_or_else(|| {
                    wrong(format!("`{name}` is not a pattern"), "write `*`, `?` or `[abc]`")
                })?),
                false => Find::Name(name.to_owned()),
            };
            (find, subscript)
        }
    };
    Ok(Part { operation, text: body.to_owned(), place, find, subscript })
}

/// Takes `[3]`, `[-1]`, `[2:5]` or `[2:]` from the end of a name.
fn subscript(text: &str) -> (&str, Option<Subscript>) {
    let Some((name, inner)) = text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) else {
        return (text, None);
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse::<i64>().ok();
    let found = match inner.split_once([':', '-']) {
        _ if name.is_empty() => None,
        Some(("", end)) if inner.starts_with('-') && digits(end) => number(inner).map(Subscript::One),
        Some((start, "")) if digits(start) => number(start).map(|start| Subscript::From(start, None)),
        Some((start, end)) if digits(start) && digits(end) => {
            number(start).map(|start| Subscript::From(start, number(end)))
        }
        None if digits(inner) => number(inner).map(Subscript::One),
        _ => None,
    };
    match found {
        Some(found) => (name, Some(found)),
        None => (text, None),
    }
}

/// A shell pattern as an expression that matches whole names.
fn glob(pattern: &str) -> Option<Regex> {
    let mut expression = String::from("^(?s:");
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => match set(rest) {
                Some((class, after)) => {
                    expression.push_str(&class);
                    rest = after;
                }
                None => expression.push_str("\\["),
            },
            _ => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    expression.push_str(")$");
    Regex::new(&expression).ok()
}

/// The characters between brackets as an expression, and what follows them.
fn set(text: &str) -> Option<(String, &str)> {
    let body = text.strip_prefix('!').unwrap_or(text);
    let from = body.chars().next().map_or(0, char::len_utf8);
    let close = from + body.get(from..)?.find(']')?;
    let mut class = String::from(if body.len() == text.len() { "[" } else { "[^" });
    for c in body[..close].chars() {
        if "\\[]^&~".contains(c) {
            class.push('\\');
        }
        class.push(c);
    }
    class.push(']');
    Some((class, &body[close + 1..]))
}

impl Inventory {
    /// The hosts a pattern chooses, or all of them; a part that matches nothing is a mistake.
    ///
    /// Unions come first, then intersections, then exclusions, whatever the order written; an
    /// exclusion that excludes nobody is a warning.
    pub fn select(&self, limit: Option<&Pattern>) -> Result<Selection, Mistakes> {
        let Some(pattern) = limit else {
            return Ok(Selection { ids: self.ids().collect(), warnings: Vec::new() });
        };
        let mut mistakes = Mistakes::default();
        let mut warnings = Vec::new();
        let unions = pattern.parts.iter().any(|part| part.operation == Operation::Union);
        let mut chosen = Bits::new(self.members.hosts.len(), !unions);
        for part in &pattern.parts {
            let suggest = mistakes.0.len() < Mistake::MOST_SUGGESTIONS;
            let matched = mistakes.take(self.matched(part, suggest)).unwrap_or_default();
            match part.operation {
                Operation::Union => matched.iter().for_each(|id| chosen.set(*id)),
                Operation::Intersection => chosen.meet(&matched),
                Operation::Exclusion => {
                    if !matched.iter().any(|id| chosen.has(*id)) {
                        warnings.push(format!("`!{}` excludes no host", part.text));
                    }
                    matched.iter().for_each(|id| chosen.clear(*id));
                }
            }
        }
        mistakes.none_or(Selection { ids: chosen.ids(), warnings })
    }

    /// The hosts one part stands for.
    fn matched(&self, part: &Part, suggest: bool) -> Result<Vec<HostId>, Mistakes> {
        let found = match (&part.find, part.operation) {
            // Where a group and a host share a name, Ansible takes the host, but only here.
            (Find::Name(name), Operation::Union) if part.subscript.is_none() => {
                self.find(name).map(|host| vec![host]).or_else(|| self.named(&part.find))
            }
            _ => self.named(&part.find),
        };
        let Some(all) = found else {
            return match part.operation {
                Operation::Exclusion => Ok(Vec::new()),
                _ => Err(self.nothing(part, suggest).into()),
            };
        };
        let Some(subscript) = part.subscript else { return Ok(all) };
        match cut_out(&all, subscript) {
            Some(some) => Ok(some),
            None => {
                let what = format!("`{}` asks for more than the {} hosts there are", part.text, all.len());
                Err(Mistake { place: part.place.clone(), ..Mistake::general(what) }.into())
            }
        }
    }

    fn nothing(&self, part: &Part, suggest: bool) -> Mistake {
        let what = format!("`{}` is neither a group nor a host of this inventory", part.text);
        let mistake = Mistake { place: part.place.clone(), ..Mistake::general(what) };
        let known = self.groups().chain(self.hosts()).map(|name| &**name).filter(|_| suggest);
        match Mistake::nearest(&part.text, known) {
            Some(near) => mistake.hint(format!("did you mean `{near}`?")),
            None if part.text.ends_with(']') => mistake.hint(
                "`[…]` chooses by position behind a group's name: `web[0]`, `web[-1]`, `web[2:5]`; names fit `web0[1-3]`",
            ),
            None if part.text.contains(':') => {
                mistake.hint("where a comma separates parts, a colon does not: use one of the two throughout")
            }
            None => mistake.hint("`jumpfleet inventory list` shows the names there are"),
        }
    }

    /// All hosts behind a name or expression, each once; none if no group and no host is called so.
    fn named(&self, find: &Find) -> Option<Vec<HostId>> {
        let members = &self.members;
        match find {
            Find::Name(name) if name == "all" => Some(self.ids().collect()),
            Find::Name(name) => match members.group(name) {
                Some(group) => Some(hosts_of(members, &[group])),
                None => members.host(name).map(|host| vec![host]),
            },
            Find::Glob(regex) | Find::Expression(regex) => {
                let is = |name: &Arc<str>| regex.is_match(name);
                let numbers = 0..members.groups.len() as GroupId;
                let groups: Vec<GroupId> =
                    numbers.filter(|number| is(&members.groups[*number as usize].name)).collect();
                let mut hosts = hosts_of(members, &groups);
                let mut seen = Bits::new(members.hosts.len(), false);
                hosts.iter().for_each(|id| seen.set(*id));
                hosts.extend(self.ids().filter(|id| !seen.has(*id) && is(self.name(*id))));
                (!hosts.is_empty() || !groups.is_empty()).then_some(hosts)
            }
        }
    }
}

/// The hosts in these groups and below, each once, in the order Ansible walks them.
fn hosts_of(members: &Members, groups: &[GroupId]) -> Vec<HostId> {
    let mut seen = Bits::new(members.hosts.len(), false);
    let mut hosts = Vec::new();
    for group in groups.iter().flat_map(|group| members.below(*group)) {
        for host in &members.groups[group as usize].hosts {
            if !seen.has(*host) {
                seen.set(*host);
                hosts.push(*host);
            }
        }
    }
    hosts
}

fn cut_out(all: &[HostId], subscript: Subscript) -> Option<Vec<HostId>> {
    let count = all.len() as i64;
    match subscript {
        Subscript::One(at) => {
            let at = if at < 0 { at + count } else { at };
            usize::try_from(at).ok().and_then(|at| all.get(at)).map(|host| vec![*host])
        }
        Subscript::From(start, end) => {
            let end = end.unwrap_or(count - 1).min(count - 1);
            let some = usize::try_from(start).ok()?..usize::try_from(end + 1).ok()?;
            all.get(some).filter(|some| !some.is_empty()).map(<[HostId]>::to_vec)
        }
    }
}

/// A set of hosts, one bit each.
#[derive(Debug, Clone)]
struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    fn new(count: usize, full: bool) -> Self {
        Self { words: vec![if full { u64::MAX } else { 0 }; count.div_ceil(64)], count }
    }

    fn set(&mut self, id: HostId) {
        self.words[id.index() / 64] |= 1 << (id.index() % 64);
    }

    fn has(&self, id: HostId) -> bool {
        self.words[id.index() / 64] >> (id.index() % 64) & 1 == 1
    }

    fn clear(&mut self, id: HostId) {
        self.words[id.index() / 64] &= !(1 << (id.index() % 64));
    }

    /// Keeps only those that are among these.
    fn meet(&mut self, these: &[HostId]) {
        let mut both = Self::new(self.count, false);
        these.iter().filter(|id| self.has(**id)).for_each(|id| both.set(*id));
        *self = both;
    }

    fn ids(&self) -> Vec<HostId> {
        (0..self.count as u32).map(HostId).filter(|id| self.has(*id)).collect()
    }
}
