//! What does an inventory in INI form say? Line by line, as Ansible reads it, and a list of hosts in one line.

use std::collections::HashMap;
use std::sync::Arc;

use super::build::{Build, Variable};
use super::check::shown;
use super::complaint::Flaw;
use super::lines::{Lines, behind, trimmed};
use super::members::{GroupId, UNGROUPED};
use super::names::without_port;
use super::python;
use super::words::{Word, words};
use super::yaml::{Mark, Stop};
use crate::model::{Mistake, Value};

/// What the lines below a section's header are.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Section {
    /// Hosts of this group with their variables.
    Hosts(GroupId),
    /// Groups inside this group.
    Children(GroupId),
    /// Variables of this group.
    Vars(GroupId),
    /// The header is wrong, so nobody knows.
    Unknown,
}

struct Ini<'b> {
    build: &'b mut Build,
    section: Section,
    /// Whether nothing but comments was read.
    empty: bool,
    /// Groups that were named as children before any section declared them.
    pending: Vec<Pending>,
    pending_numbers: HashMap<Arc<str>, usize>,
}

/// A group that waits to be declared, with those it shall be put into.
struct Pending {
    name: Arc<str>,
    parents: Vec<(GroupId, Mark)>,
}

/// Takes in a whole file.
pub fn read(build: &mut Build, text: &str) -> Result<(), Stop> {
    build.in_words = true;
    let mut ini = Ini {
        build,
        section: Section::Hosts(UNGROUPED),
        empty: true,
        pending: Vec::new(),
        pending_numbers: HashMap::new(),
    };
    for (line, mark) in Lines::of(text) {
        let (line, mark) = trimmed(line, mark);
        if !line.is_empty() && !line.starts_with(['#', ';']) {
            ini.empty = false;
            ini.line(line, mark)?;
        }
    }
    ini.finish();
    Ok(())
}

/// Takes in hosts that were typed as a list with commas.
pub fn list(build: &mut Build, text: &str) -> Result<(), Stop> {
    build.in_words = true;
    let mut mark = Mark { line: 1, column: 1 };
    for entry in text.split(',') {
        let (name, begin) = trimmed(entry, mark);
        mark = behind(entry, mark);
        mark.column += 1;
        if name.is_empty() {
            continue;
        }
        if without_port(name).0.contains('[') {
            let what = format!("`{}` is a range, and a list names each host", shown(name));
            build.wrong(begin, Flaw::new(what).hint("write the names, or the range into a file"));
        } else if let Some(named) = build.named(name, begin)? {
            build.hosts(&named, UNGROUPED, Vec::new());
        }
    }
    Ok(())
}

impl Ini<'_> {
    fn line(&mut self, line: &str, mark: Mark) -> Result<(), Stop> {
        match header(line) {
            Some(Ok(header)) => {
                self.section = self.begin(&header, mark);
                self.build.broken |= self.section == Section::Unknown;
                return Ok(());
            }
            Some(Err(flaw)) => {
                self.section = Section::Unknown;
                self.build.broken = true;
                self.build.wrong(mark, flaw);
                return Ok(());
            }
            None => {}
        }
        match self.section {
            Section::Hosts(group) => self.host(group, line, mark),
            Section::Children(group) => {
                self.child(group, line, mark);
                Ok(())
            }
            Section::Vars(group) => {
                if let Some(variable) = self.assignment(line, mark) {
                    self.build.group_variables(group, vec![variable]);
                }
                Ok(())
            }
            Section::Unknown => Ok(()),
        }
    }

    /// A section begins.
    fn begin(&mut self, header: &Header<'_>, mark: Mark) -> Section {
        let mark = Mark { column: mark.column + 1, ..mark };
        let Some(group) = self.build.group(header.group, mark) else { return Section::Unknown };
        if header.kind == "vars" {
            return Section::Vars(group);
        }
        self.build.define(group);
        if let Some(number) = self.pending_numbers.remove(header.group) {
            for (parent, mark) in std::mem::take(&mut self.pending[number].parents) {
                self.build.child(parent, group, mark);
            }
        }
        if header.kind == "children" { Section::Children(group) } else { Section::Hosts(group) }
    }

    fn host(&mut self, group: GroupId, line: &str, mark: Mark) -> Result<(), Stop> {
        let at = |offset: u32| Mark { column: mark.column + offset, ..mark };
        let words = match words(line) {
            Ok(words) => words,
            Err((offset, flaw)) => {
                self.build.wrong(at(offset), flaw);
                return Ok(());
            }
        };
        let Some((name, variables)) = words.split_first() else { return Ok(()) };
        if name.text == "---" || name.text == "-" {
            let flaw = Flaw::new("this is YAML, and the file is read as INI because of its name");
            self.build.wrong(mark, flaw.hint("end its name in `.yml`"));
            return Err(Stop);
        }
        if name.text.ends_with(':') {
            let what = format!("nothing stands behind the colon of `{}`", shown(&name.text));
            let hint = "write a port as in `web01:2222`; a file in YAML has a name that ends in `.yml`";
            self.build.wrong(at(name.at), Flaw::new(what).hint(hint));
            return Ok(());
        }
        let named = self.build.named(&name.text, at(name.at))?;
        let variables = variables.iter().filter_map(|word| self.own_variable(word, mark)).collect();
        if let Some(named) = named {
            self.build.hosts(&named, group, variables);
        }
        Ok(())
    }

    /// A host's variable, `name=value`.
    fn own_variable(&mut self, word: &Word, mark: Mark) -> Option<Variable> {
        let at = |offset: u32| Mark { column: mark.column + offset, ..mark };
        let Some((name, value)) = word.assignment() else {
            let what = format!("`{}` is no variable: an equals sign is missing", shown(&word.text));
            let hint = "behind a host write `name=value`; a value with blanks needs quotes, another host a line of its own";
            self.build.wrong(at(word.at), Flaw::new(what).hint(hint));
            return None;
        };
        self.variable(name, at(word.at), value, at(word.value))
    }

    /// A line with a group's variable, `name = value`.
    fn assignment(&mut self, line: &str, mark: Mark) -> Option<Variable> {
        let Some((name, value)) = line.split_once('=') else {
            let flaw = Flaw::new("this is no variable: an equals sign is missing");
            let hint = "below `[group:vars]` write `name = value`; hosts stand below `[group]`";
            self.build.wrong(mark, flaw.hint(hint));
            return None;
        };
        let behind = Mark { column: mark.column + name.chars().count() as u32 + 1, ..mark };
        let (name, _) = trimmed(name, mark);
        let (value, start) = trimmed(value, behind);
        self.variable(name, mark, value, start)
    }

    fn variable(&mut self, name: &str, mark: Mark, value: &str, start: Mark) -> Option<Variable> {
        if name.is_empty() {
            self.build.wrong(mark, Flaw::new("a name is missing before the equals sign"));
            return None;
        }
        let value = python::literal(value, &mut self.build.interner)
            .unwrap_or_else(|| Value::Text(self.build.interner.text(value)));
        Some(self.build.variable(name, mark, (value, start), mark.line))
    }

    /// A line below `[group:children]`.
    fn child(&mut self, parent: GroupId, line: &str, mark: Mark) {
        let end = line.find(|c: char| c.is_whitespace() || c == ':' || c == ']').unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        if name.is_empty() || !is_over(rest) {
            let what = format!("`{}` is not the name of one group", shown(line));
            let hint = "below `[group:children]` write one group a line, without variables";
            self.build.wrong(mark, Flaw::new(what).hint(hint));
            return;
        }
        if let Some(child) = self.build.members.group(name) {
            self.build.child(parent, child, mark);
            return;
        }
        let name = self.build.interner.text(name);
        let number = *self.pending_numbers.entry(name.clone()).or_insert_with(|| {
            self.pending.push(Pending { name, parents: Vec::new() });
            self.pending.len() - 1
        });
        self.pending[number].parents.push((parent, mark));
    }

    /// The file is over: groups that no section declared may still be defined in another file.
    fn finish(self) {
        if self.empty {
            let flaw = Flaw::new("the file is empty");
            let hint = "an inventory in INI form has hosts, one a line, below groups such as `[web]`";
            self.build.wrong(Mark { line: 1, column: 1 }, flaw.hint(hint));
        }
        for Pending { name, parents } in self.pending {
            let Some((_, first)) = parents.first().copied() else { continue };
            let Some(group) = self.build.group(&name, first) else { continue };
            for (parent, mark) in parents {
                self.build.child(parent, group, mark);
            }
        }
    }
}

/// `[group]` or `[group:kind]`.
struct Header<'t> {
    group: &'t str,
    kind: &'t str,
}

/// The header of a section; none if the line is something else.
fn header(line: &str) -> Option<Result<Header<'_>, Flaw>> {
    const KINDS: [&str; 3] = ["hosts", "children", "vars"];
    let inner = line.strip_prefix('[')?;
    let hint =
        "write `[web]`, `[web:children]` or `[web:vars]` without blanks; a comment behind it begins with `#`";
    let odd = || Some(Err(Flaw::new("this is not the header of a section").hint(hint)));
    let end = inner.find(|c: char| c == ':' || c == ']' || c.is_whitespace()).unwrap_or(inner.len());
    let (group, rest) = inner.split_at(end);
    let (kind, rest) = match rest.strip_prefix(':') {
        Some(rest) => rest.split_at(rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())),
        None => ("hosts", rest),
    };
    let closed = rest.strip_prefix(']').filter(|rest| is_over(rest));
    match closed {
        Some(_) if !group.is_empty() && KINDS.contains(&kind) => Some(Ok(Header { group, kind })),
        Some(_) if !group.is_empty() && !kind.is_empty() => {
            let what = format!("a section has hosts, children or vars, not `{}`", shown(kind));
            Some(Err(match Mistake::nearest(kind, KINDS) {
                Some(near) => Flaw::new(what).hint(format!("did you mean `[{group}:{near}]`?")),
                None => Flaw::new(what).hint(hint),
            }))
        }
        // A host may begin with a range or an address in brackets.
        None if !line.ends_with(']') && inner.split(']').next().is_some_and(|first| first.contains(':')) => {
            None
        }
        _ => odd(),
    }
}

/// Whether nothing but blanks and a comment is left.
fn is_over(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
