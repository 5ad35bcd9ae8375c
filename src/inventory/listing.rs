//! Which hosts are there, with which values, written where? As text, and as `ansible-inventory --list` has it.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use super::check::wrapped;
use super::members::{ALL, Group};
use super::precedence::Effective;
use super::resolve::HostScope;
use super::scalar::{UNSAFE, hidden, is_sealed};
use super::{HostId, Inventory, complaint, schema};
use crate::model::{Place, Value};
use crate::template::{Engine, Rendered, is_template, is_template_value};

/// What stands in a listing for a value that Ansible Vault sealed.
pub const VAULTED: &str = "‹vaulted›";

/// One variable of one host with the place whose word counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its name.
    pub name: Arc<str>,
    /// What it comes to; templates of variables jumpfleet does not know are left as they are.
    pub value: Value,
    /// What was written, where that is a template.
    pub written: Option<Value>,
    /// Where it was written.
    pub from: Place,
}

impl Inventory {
    /// All variables of a host, sorted by name.
    ///
    /// A template that cannot be worked out stays as written: [`Inventory::resolve`] says what is wrong.
    pub fn variables(&self, id: HostId) -> Vec<Listed> {
        self.listed(id, &mut Engine::default())
    }

    fn listed(&self, id: HostId, engine: &mut Engine) -> Vec<Listed> {
        let effective = self.effective(id);
        let scope = HostScope { inventory: self, id, effective: &effective };
        let listed = |(name, value, origin): &Effective<'_>| {
            let known = schema::find(name).is_some() && is_template_value(value);
            let worked_out = known.then(|| rendered(value, engine, &scope));
            Listed {
                name: (*name).clone(),
                written: worked_out.as_ref().map(|_| (*value).clone()),
                value: worked_out.unwrap_or_else(|| (*value).clone()),
                from: complaint::place(&self.files, *origin),
            }
        };
        effective.iter().map(listed).collect()
    }

    /// Writes these hosts and their groups as JSON in the shape of `ansible-inventory --list`.
    ///
    /// Without origins, values stand as they were written, so that the two can be compared. With
    /// origins, each variable becomes `{"from": "file:line", "value": …}` with templates worked out,
    /// and `"written"` shows the template.
    pub fn write_json(&self, ids: &[HostId], origins: bool, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let chosen: HashSet<HostId> = ids.iter().copied().collect();
        let mut groups: BTreeMap<&str, &Group> = BTreeMap::new();
        for group in &self.members.groups {
            groups.insert(&group.name, group);
        }
        let mut meta_written = false;
        out.write_all(b"{")?;
        let mut first = true;
        for (name, group) in groups {
            if !meta_written && name > "_meta" {
                meta_written = true;
                self.write_meta(ids, origins, &mut first, &mut out)?;
            }
            self.write_group(group, &chosen, &mut first, &mut out)?;
        }
        if !meta_written {
            self.write_meta(ids, origins, &mut first, &mut out)?;
        }
        out.write_all(b"\n}\n")?;
        out.flush()
    }

    fn write_meta(
        &self,
        ids: &[HostId],
        origins: bool,
        first: &mut bool,
        out: &mut impl Write,
    ) -> io::Result<()> {
        key("_meta", 1, first, out)?;
        out.write_all(b"{")?;
        let mut inner = true;
        key("hostvars", 2, &mut inner, out)?;
        out.write_all(b"{")?;
        let mut sorted = ids.to_vec();
        sorted.sort_unstable_by(|a, b| self.name(*a).cmp(self.name(*b)));
        sorted.dedup();
        let mut engine = Engine::default();
        let mut hosts = true;
        for id in sorted {
            self.write_host(id, origins, &mut engine, &mut hosts, out)?;
        }
        close("}", 2, hosts, out)?;
        key("profile", 2, &mut inner, out)?;
        out.write_all(b"\"inventory_legacy\"")?;
        close("}", 1, false, out)
    }

    fn write_host(
        &self,
        id: HostId,
        origins: bool,
        engine: &mut Engine,
        first: &mut bool,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let effective = self.effective(id);
        if effective.is_empty() {
            return Ok(());
        }
        key(self.name(id), 3, first, out)?;
        out.write_all(b"{")?;
        let mut inner = true;
        if origins {
            for listed in self.listed(id, engine) {
                key(&listed.name, 4, &mut inner, out)?;
                write_listed(&listed, out)?;
            }
        } else {
            for (name, value, _) in effective {
                key(name, 4, &mut inner, out)?;
                write_value(value, 4, out)?;
            }
        }
        close("}", 3, false, out)
    }

    fn write_group(
        &self,
        group: &Group,
        chosen: &HashSet<HostId>,
        first: &mut bool,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let is_all = Some(ALL) == self.members.group(&group.name);
        let listed = group.hosts.iter().filter(|host| !is_all && chosen.contains(host));
        let hosts: Vec<Value> = listed.map(|host| Value::Text(self.name(*host).clone())).collect();
        let child = |(child, _): &(u32, _)| Value::Text(self.members.groups[*child as usize].name.clone());
        let children: Vec<Value> = group.children.iter().map(child).collect();
        if hosts.is_empty() && children.is_empty() {
            return Ok(());
        }
        key(&group.name, 1, first, out)?;
        out.write_all(b"{")?;
        let mut inner = true;
        for (name, list) in [("children", children), ("hosts", hosts)] {
            if !list.is_empty() {
                key(name, 2, &mut inner, out)?;
                write_value(&Value::List(list.into()), 2, out)?;
            }
        }
        close("}", 1, false, out)
    }

    /// Writes these hosts for people: the groups of each, then each variable with its place.
    pub fn write_text(&self, ids: &[HostId], out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let mut engine = Engine::default();
        for (index, id) in ids.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            let place = self.place(*id);
            writeln!(out, "{}  ({}:{})", self.name(*id), place.file, place.line)?;
            writeln!(out, "  in {}", self.profile(*id).groups.join(", "))?;
            let rows: Vec<(Listed, String)> = self
                .listed(*id, &mut engine)
                .into_iter()
                .map(|listed| {
                    let value = shown(&listed.value);
                    (listed, value)
                })
                .collect();
            let wide = |text: &str| text.chars().count();
            let names = rows.iter().map(|(listed, _)| wide(&listed.name)).max().unwrap_or(0);
            let values = rows.iter().map(|(_, value)| wide(value).min(48)).max().unwrap_or(0);
            for (listed, value) in rows {
                let from = format!("{}:{}", listed.from.file, listed.from.line);
                writeln!(out, "  {:names$}  {value:values$}  {from}", listed.name)?;
            }
        }
        out.flush()
    }
}

/// The value with its templates worked out, as far as that is possible.
pub fn rendered(value: &Value, engine: &mut Engine, scope: &HostScope<'_>) -> Value {
    if wrapped(value, UNSAFE).is_some() || is_sealed(value) {
        return value.clone();
    }
    match value {
        Value::Text(text) if is_template(text) => match engine.hand_on(text, scope) {
            Ok(Rendered::Text(text)) => Value::Text(text.into()),
            Ok(Rendered::HandedOn(_)) => hidden(Value::Bool(true)),
            Err(_) => value.clone(),
        },
        Value::Map(entries) => Value::Map(
            entries.iter().map(|(key, value)| (key.clone(), rendered(value, engine, scope))).collect(),
        ),
        other => other.clone(),
    }
}

/// A value in one line; text stands without quotes, unless it would be unclear where it ends.
pub fn shown(value: &Value) -> String {
    match value {
        _ if is_sealed(value) => VAULTED.to_owned(),
        _ if let Some(text) = wrapped(value, UNSAFE) => shown(text),
        Value::Text(text) if !text.is_empty() && !text.chars().any(char::is_control) => text.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entry = |(key, value): &(Arc<str>, Value)| format!("{key}: {}", shown(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn write_listed(listed: &Listed, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"{")?;
    let mut first = true;
    key("from", 5, &mut first, out)?;
    text(&format!("{}:{}", listed.from.file, listed.from.line), out)?;
    key("value", 5, &mut first, out)?;
    write_value(&listed.value, 5, out)?;
    if let Some(written) = &listed.written {
        key("written", 5, &mut first, out)?;
        write_value(written, 5, out)?;
    }
    close("}", 4, false, out)
}

fn write_value(value: &Value, depth: usize, out: &mut impl Write) -> io::Result<()> {
    match value {
        Value::Null => out.write_all(b"null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Integer(value) => write!(out, "{value}"),
        Value::Float(value) => serde_json::to_writer(out, value).map_err(io::Error::from),
        Value::Text(value) => text(value, out),
        Value::List(items) => {
            out.write_all(b"[")?;
            for (index, item) in items.iter().enumerate() {
                out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
                indent(depth + 1, out)?;
                write_value(item, depth + 1, out)?;
            }
            close("]", depth, items.is_empty(), out)
        }
        Value::Map(entries) => {
            let mut sorted: Vec<&(Arc<str>, Value)> = entries.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            out.write_all(b"{")?;
            let mut first = true;
            for (name, value) in sorted {
                key(name, depth + 1, &mut first, out)?;
                write_value(value, depth + 1, out)?;
            }
            close("}", depth, first, out)
        }
    }
}

fn text(text: &str, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

fn key(name: &str, depth: usize, first: &mut bool, out: &mut impl Write) -> io::Result<()> {
    out.write_all(if std::mem::replace(first, false) { b"\n" } else { b",\n" })?;
    indent(depth, out)?;
    text(name, out)?;
    out.write_all(b": ")
}

fn close(bracket: &str, depth: usize, empty: bool, out: &mut impl Write) -> io::Result<()> {
    if !empty {
        out.write_all(b"\n")?;
        indent(depth, out)?;
    }
    out.write_all(bracket.as_bytes())
}

fn indent(depth: usize, out: &mut impl Write) -> io::Result<()> {
    const BLANKS: &[u8] = &[b' '; 64];
    let mut left = depth * 4;
    while left > 0 {
        let now = left.min(BLANKS.len());
        out.write_all(&BLANKS[..now])?;
        left -= now;
    }
    Ok(())
}
