//! Which group lies in which, and who is in it? As a tree, in the shape of `ansible-inventory --graph`.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufWriter, Write};

use super::members::{ALL, GroupId};
use super::precedence::Effective;
use super::scalar::{UNSAFE, is_sealed};
use super::{HostId, Inventory, check, listing};
use crate::model::{Mistake, Mistakes, Value};

/// Groups lie in each other no deeper than this on paper: nobody reads on, and lines grow with each level.
const DEEPEST: usize = 100;

/// What is shown of an inventory.
struct Graph<'i> {
    inventory: &'i Inventory,
    chosen: HashSet<HostId>,
    with_variables: bool,
}

impl Inventory {
    /// Writes a group with everything in it; of hosts only those that are chosen.
    ///
    /// With variables, each host has all that count for it, each group its own. The error says that there is no such
    /// group.
    pub fn write_graph(
        &self,
        group: &str,
        ids: &[HostId],
        with_variables: bool,
        out: &mut dyn Write,
    ) -> Result<io::Result<()>, Mistakes> {
        let Some(start) = self.members.group(group) else {
            let mistake = Mistake::general(format!("no group is called `{}`", check::shown(group)));
            let near = Mistake::nearest(group, self.groups().map(AsRef::as_ref));
            return Err(match near {
                Some(near) => mistake.hint(format!("did you mean `{near}`?")),
                None => mistake.hint("name a group of the inventory, or none for all of them"),
            }
            .into());
        };
        let graph = Graph { inventory: self, chosen: ids.iter().copied().collect(), with_variables };
        let mut out = BufWriter::with_capacity(1 << 16, out);
        Ok(graph.write(start, &mut out).and_then(|()| out.flush()))
    }
}

impl Graph<'_> {
    fn write(&self, start: GroupId, out: &mut dyn Write) -> io::Result<()> {
        let groups = &self.inventory.members.groups;
        let mut trail: Vec<(GroupId, usize)> = Vec::new();
        let mut entered = Some(start);
        loop {
            if let Some(group) = entered.take() {
                let deep = if trail.len() < DEEPEST { "" } else { " …" };
                line(trail.len(), &format!("@{}:{deep}", groups[group as usize].name), out)?;
                if deep.is_empty() {
                    trail.push((group, 0));
                }
            }
            let Some((group, next)) = trail.last_mut() else { return Ok(()) };
            match groups[*group as usize].children.get(*next) {
                Some((child, _)) => {
                    *next += 1;
                    entered = Some(*child);
                }
                None => {
                    let group = *group;
                    self.content(group, trail.len(), out)?;
                    trail.pop();
                }
            }
        }
    }

    /// Hosts and variables of a group, behind the groups in it.
    fn content(&self, number: GroupId, depth: usize, out: &mut dyn Write) -> io::Result<()> {
        let group = &self.inventory.members.groups[number as usize];
        let hosts = group.hosts.iter().filter(|host| number != ALL && self.chosen.contains(host));
        for host in hosts {
            line(depth, self.inventory.name(*host), out)?;
            if self.with_variables {
                let effective = self.inventory.effective(*host);
                variables(
                    effective.iter().map(|(name, value, _): &Effective<'_>| (&***name, *value)),
                    depth + 1,
                    out,
                )?;
            }
        }
        if self.with_variables {
            let files = group.file_variables.iter().map(|(_, variable)| variable);
            let mut own: BTreeMap<&str, &Value> = BTreeMap::new();
            own.extend(group.variables.iter().chain(files).map(|(name, value, _)| (&**name, value)));
            let priority = Value::Integer(group.priority);
            if group.priority != 1 {
                own.insert("ansible_group_priority", &priority);
            }
            variables(own.into_iter(), depth, out)?;
        }
        Ok(())
    }
}

fn variables<'v>(
    variables: impl Iterator<Item = (&'v str, &'v Value)>,
    depth: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (name, value) in variables {
        line(depth, &format!("{{{name} = {}}}", printed(value)), out)?;
    }
    Ok(())
}

fn line(depth: usize, text: &str, out: &mut dyn Write) -> io::Result<()> {
    match depth {
        0 => writeln!(out, "{text}"),
        _ => writeln!(out, "{}--{text}", "  |".repeat(depth)),
    }
}

/// A value as Python prints it; text stands without quotes.
fn printed(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        _ => match check::wrapped(value, UNSAFE) {
            Some(Value::Text(text)) => text.to_string(),
            _ => quoted(value),
        },
    }
}

/// The same with text in quotes, as inside lists and mappings.
fn quoted(value: &Value) -> String {
    match value {
        _ if is_sealed(value) => listing::VAULTED.to_owned(),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.is_nan() => "nan".to_owned(),
        Value::Float(number) => float(*number),
        Value::Text(text) => literal(text),
        Value::List(items) => format!("[{}]", items.iter().map(quoted).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => match check::wrapped(value, UNSAFE) {
            Some(inner) => quoted(inner),
            None => {
                let entries =
                    entries.iter().map(|(key, value)| format!("{}: {}", literal(key), quoted(value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        },
    }
}

/// A number as Python writes it: as Rust does, but the exponent has a sign and two digits.
fn float(number: f64) -> String {
    let text = format!("{number:?}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            format!("{digits}e{:+03}", exponent.parse::<i32>().unwrap_or_default())
        }
        None => text,
    }
}

/// A text as Python writes it in its programs.
fn literal(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut written = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            _ if c == quote => written.extend(['\\', c]),
            _ if c.is_control() => written.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ => written.push(c),
        }
    }
    written.push(quote);
    written
}
