//! What in an inventory is right and yet hardly meant?

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::Inventory;
use super::check::wrapped;
use super::complaint::{Complaints, Flaw};
use super::members::{ALL, GroupId, UNGROUPED};
use super::scalar::{UNSAFE, VAULT};
use super::schema::{self, KNOWN};
use crate::model::{FindingLevel, Origin, Remark, Value};
use crate::template::is_template_value;

/// Names that Ansible itself gave up, each with the one that took its place.
const OLD: [(&str, &str); 6] = [
    ("ansible_ssh_host", "ansible_host"),
    ("ansible_ssh_port", "ansible_port"),
    ("ansible_ssh_user", "ansible_user"),
    ("ansible_sudo", "ansible_become"),
    ("ansible_sudo_user", "ansible_become_user"),
    ("ansible_sudo_pass", "ansible_become_password"),
];

/// How names of secrets end.
const SECRETS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "pass",
    "secret",
    "token",
    "credential",
    "credentials",
    "api_key",
    "apikey",
    "private_key",
];

/// Variables whose value is a private key's file.
const KEY_FILES: [&str; 2] = ["ansible_private_key_file", "ansible_ssh_private_key_file"];

/// A file that only few may read, named by a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded {
    /// Its path as it is written.
    pub path: Arc<str>,
    /// Where.
    pub origin: Origin,
}

/// What was found, by the word for its kind.
#[derive(Default)]
struct Found(BTreeMap<&'static str, Complaints>);

impl Found {
    fn add(&mut self, code: &'static str, origin: Origin, flaw: Flaw) {
        self.0.entry(code).or_default().add(origin, flaw);
    }
}

impl Inventory {
    /// What is probably not meant, whichever hosts are chosen; all of it are warnings.
    pub fn oddities(&self) -> Vec<Remark> {
        let mut found = Found::default();
        for (name, value, origin) in self.written() {
            old_spelling(name, origin, &mut found);
            plain_secret(name, value, origin, &mut found);
            trusted_at_sight(name, value, origin, &mut found);
        }
        for group in self.empty_groups() {
            let group = &self.members.groups[group as usize];
            let Some(origin) = group.origin else { continue };
            let flaw = Flaw::new(format!("group `{}` has no hosts", group.name));
            found.add("empty_group", origin, flaw.hint("give it hosts, or take it out"));
        }
        let remarks = found.0.into_iter().flat_map(|(code, complaints)| {
            let mistakes = complaints.finish(&self.files).0.into_iter();
            mistakes.map(move |about| Remark { level: FindingLevel::Warning, code, about })
        });
        remarks.collect()
    }

    /// The files of secrets and private keys that variables name, those with templates in their path left out.
    pub fn guarded(&self) -> Vec<Guarded> {
        let file = |value: &Value| match value {
            Value::Map(entries) => match &**entries {
                [(key, Value::Text(path))] if &**key == "file" => Some(path.clone()),
                _ => None,
            },
            _ => None,
        };
        let named = self.written().filter(|(_, value, _)| !is_template_value(value));
        let guarded = named.filter_map(|(name, value, origin)| {
            let known = &KNOWN[schema::find(name)?];
            let path = match value {
                Value::Text(path) if KEY_FILES.contains(&known.name) => Some(path.clone()),
                value if known.secret => file(value),
                _ => None,
            };
            Some(Guarded { path: path.filter(|path| !path.is_empty())?, origin })
        });
        guarded.collect()
    }

    /// A warning at a place of this inventory.
    pub fn remark(&self, code: &'static str, origin: Origin, what: String, hint: &str) -> Option<Remark> {
        let mut complaints = Complaints::default();
        complaints.add(origin, Flaw::new(what).hint(hint));
        let about = complaints.finish(&self.files).0.pop()?;
        Some(Remark { level: FindingLevel::Warning, code, about })
    }

    /// Every variable as it was written, with its place; those that a whole range of hosts has come once.
    fn written(&self) -> impl Iterator<Item = (&Arc<str>, &Value, Origin)> {
        let groups = self.members.groups.iter().flat_map(|group| {
            group.variables.iter().chain(group.file_variables.iter().map(|(_, variable)| variable))
        });
        let mut seen = HashSet::new();
        let own = self.members.hosts.iter().filter_map(|host| host.variables.as_ref());
        let own = own.filter(move |variables| seen.insert(Arc::as_ptr(variables)));
        groups
            .chain(own.flat_map(|variables| variables.iter()))
            .map(|(name, value, origin)| (name, value, *origin))
    }

    /// Groups with no host in them or below.
    fn empty_groups(&self) -> impl Iterator<Item = GroupId> {
        let groups = &self.members.groups;
        let mut has_hosts = vec![false; groups.len()];
        let mut above: Vec<GroupId> =
            (0..groups.len() as GroupId).filter(|group| !groups[*group as usize].hosts.is_empty()).collect();
        while let Some(group) = above.pop() {
            if !std::mem::replace(&mut has_hosts[group as usize], true) {
                above.extend(&groups[group as usize].parents);
            }
        }
        let own = |group: &GroupId| !matches!(*group, ALL | UNGROUPED);
        (0..groups.len() as GroupId).filter(own).filter(move |group| !has_hosts[*group as usize])
    }
}

fn old_spelling(name: &str, origin: Origin, found: &mut Found) {
    if let Some((_, new)) = OLD.iter().find(|(old, _)| *old == name) {
        let flaw = Flaw::new(format!("`{name}` is an old spelling")).hint(format!("write `{new}`"));
        found.add("old_spelling", origin, flaw);
    }
}

fn plain_secret(name: &str, value: &Value, origin: Origin, found: &mut Found) {
    let Value::Text(text) = value else { return };
    let lower = name.to_ascii_lowercase();
    let ends_so = |word: &&str| {
        lower.strip_suffix(*word).is_some_and(|before| before.is_empty() || before.ends_with(['_', '-']))
    };
    let is_written = !text.is_empty() && !is_template_value(value) && wrapped(value, VAULT).is_none();
    if is_written && schema::find(name).is_none() && SECRETS.iter().any(ends_so) {
        let flaw = Flaw::new(format!("`{name}` looks like a secret in plain text"));
        let complaints = found.0.entry("plain_secret").or_default();
        complaints.hide(origin, origin.line);
        complaints
            .add(origin, flaw.hint("whoever reads this file has it: keep it elsewhere and name the place"));
    }
}

fn trusted_at_sight(name: &str, value: &Value, origin: Origin, found: &mut Found) {
    let Value::Text(text) = wrapped(value, UNSAFE).unwrap_or(value) else { return };
    let is_arguments = name.starts_with("ansible_ssh_") && name.ends_with("_args");
    if is_arguments && text.contains("accept-new") {
        let flaw = Flaw::new("hosts whose key is not known yet are trusted at first sight");
        found.add(
            "host_keys_accepted",
            origin,
            flaw.hint("list their keys in known_hosts before, and take it out"),
        );
    }
}
