//! In what may two plans treat one host differently, and which variable decides it?

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::difference::Change;
use crate::model::{Access, Plan, PlannedHost, Slot, Treatment};
use crate::planner::task::{replaced, skip};
use crate::planner::view::{DERIVED, general};

/// A field, the variables that may decide it (the one that counts first), and its two values.
type Field = (String, Vec<&'static str>, Option<String>, Option<String>);

/// Compares hosts of two plans; what pairs of tables' entries differ in is found out once.
pub(super) struct Comparison<'a> {
    old: &'a Plan,
    new: &'a Plan,
    accesses: HashMap<(u32, u32), Vec<Field>>,
    treatments: HashMap<(u32, u32), Vec<Field>>,
}

/// The variables behind the keys of an [`Access`] as plans write it.
const ACCESS: &[(&str, &str, &[&str])] = &[
    ("port", "port", &["ansible_port", "ansible_ssh_port"]),
    ("user", "login", &["ansible_user", "ansible_ssh_user"]),
    ("key_file", "key file", &["ansible_private_key_file", "ansible_ssh_private_key_file"]),
    ("key_passphrase", "passphrase", &["jc_key_passphrase"]),
    ("password", "login password", &["ansible_password", "ansible_ssh_password", "ansible_ssh_pass"]),
    ("become", "root through sudo", &["ansible_become"]),
    (
        "become_password",
        "sudo password",
        &["ansible_become_password", "ansible_become_pass", "ansible_sudo_pass"],
    ),
    ("jump", "bastions", ARGUMENTS),
    ("known_hosts", "known hosts", ARGUMENTS),
    ("host_key_policy", "host keys", ARGUMENTS),
];

const ARGUMENTS: &[&str] = &[
    "ansible_ssh_extra_args",
    "ansible_ssh_common_args",
    "ansible_ssh_args",
    "ansible_host_key_checking",
    "ansible_ssh_host_key_checking",
];

impl<'a> Comparison<'a> {
    pub(super) fn of(old: &'a Plan, new: &'a Plan) -> Self {
        Self { old, new, accesses: HashMap::new(), treatments: HashMap::new() }
    }

    /// Everything in which a host is treated differently.
    pub(super) fn changes(&mut self, was: &PlannedHost, is: &PlannedHost) -> Vec<Change> {
        let (old, new) = (self.old, self.new);
        let mut fields = Vec::new();
        if was.address != is.address {
            let both = (Some(was.address.to_string()), Some(is.address.to_string()));
            fields.push(("address".to_owned(), vec!["ansible_host", "ansible_ssh_host"], both.0, both.1));
        }
        if !self.is_same_access(was, is) {
            let pair = (was.access, is.access);
            let found = self
                .accesses
                .entry(pair)
                .or_insert_with(|| access(&old.accesses[pair.0 as usize], &new.accesses[pair.1 as usize]));
            fields.extend(found.iter().cloned());
        }
        let pair = (was.treatment, is.treatment);
        let found = self.treatments.entry(pair).or_insert_with(|| treatment(old, new, pair));
        fields.extend(found.iter().cloned());
        fields.extend(self.values(was, is));
        fields.extend(self.turn(was, is));
        fields.extend(self.fate(was, is));
        fields.into_iter().map(|field| self.change(was, is, field)).collect()
    }

    fn is_same_access(&self, was: &PlannedHost, is: &PlannedHost) -> bool {
        self.old.accesses[was.access as usize] == self.new.accesses[is.access as usize]
    }

    /// What fills gaps, but for what only follows from another gap's value.
    fn values(&self, was: &PlannedHost, is: &PlannedHost) -> Vec<Field> {
        let slots = |plan: &Plan, host: &PlannedHost| -> Vec<Slot> {
            plan.treatment(host).values.keys().chain(host.values.keys()).copied().collect()
        };
        let slots: BTreeSet<_> = slots(self.old, was).into_iter().chain(slots(self.new, is)).collect();
        let fields = slots.into_iter().filter(|slot| !DERIVED.contains(slot)).filter_map(|slot| {
            let (before, after) = (self.old.value(was, slot), self.new.value(is, slot));
            let shown = |value: Option<&Arc<str>>, host: &PlannedHost| {
                value.map(|value| general(value, &host.name).to_string())
            };
            (before != after).then(|| {
                let (name, variables) = variable(slot);
                (name.to_owned(), variables, shown(before, was), shown(after, is))
            })
        });
        fields.collect()
    }

    /// When a host has its turn.
    fn turn(&self, was: &PlannedHost, is: &PlannedHost) -> Vec<Field> {
        let wave = |plan: &Plan, host: &PlannedHost| Some(plan.waves[host.wave as usize].clone());
        let window = |plan: &Plan, host: &PlannedHost| {
            host.window.map(|window| plan.windows[window as usize].to_string())
        };
        [
            ("wave".to_owned(), vec!["jc_wave"], wave(self.old, was), wave(self.new, is)),
            ("window".to_owned(), vec!["jc_window"], window(self.old, was), window(self.new, is)),
        ]
        .into_iter()
        .filter(|(_, _, before, after)| before != after)
        .collect()
    }

    /// What a look at the host makes of it.
    fn fate(&self, was: &PlannedHost, is: &PlannedHost) -> Option<Field> {
        let fate = |plan: &Plan, host: &PlannedHost| {
            let other = || replaced(plan, host).map(|other| format!("takes the place of {other}"));
            skip(plan, host).map(|skip| skip.to_string()).or_else(other)
        };
        let (before, after) = (fate(self.old, was), fate(self.new, is));
        (before != after).then(|| ("what was seen".to_owned(), Vec::new(), before, after))
    }

    /// With the line that decides the new value, or else decided the old one.
    fn change(&self, was: &PlannedHost, is: &PlannedHost, field: Field) -> Change {
        let (what, variables, old, new) = field;
        let place = |plan: &Plan, host: &PlannedHost| {
            variables.iter().find_map(|variable| Some((*variable, plan.origin(host, variable)?)))
        };
        let (now, before) = (place(self.new, is), place(self.old, was));
        let is_gone = now.is_none();
        let (variable, place) = now.or(before).unzip();
        let variable = variable.map(str::to_owned);
        Change { what, old, new, variable, is_gone: is_gone && place.is_some(), place }
    }
}

/// The name of a gap and the variables that fill it.
fn variable(slot: Slot) -> (&'static str, Vec<&'static str>) {
    match slot {
        Slot::Parameter(parameter) => (parameter.word(), vec![parameter.word()]),
        Slot::InstallDir => ("jc_install_dir", vec!["jc_install_dir"]),
        Slot::User => ("jc_user", vec!["jc_user"]),
        Slot::MarkerFile => ("jc_marker_file", vec!["jc_marker_file"]),
        Slot::Staging => ("jc_staging_dir", vec!["jc_staging_dir"]),
        Slot::Release => ("release in the marker file", vec!["jc_release"]),
        other => (other.word(), Vec::new()),
    }
}

/// In what two ways into a host differ.
fn access(old: &Access, new: &Access) -> Vec<Field> {
    let (old, new) = (as_json(old), as_json(new));
    let fields = ACCESS.iter().filter_map(|(key, what, variables)| {
        let (before, after) = (old.get(*key), new.get(*key));
        (before != after).then(|| ((*what).to_owned(), variables.to_vec(), before.map(text), after.map(text)))
    });
    fields.collect()
}

/// A value as plans write it; nouns of ours cannot fail to be written.
fn as_json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// A value for people.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => match (fields.get("host"), fields.get("port"), fields.get("user")) {
            (Some(host), Some(port), None) => format!("{}:{port}", text(host)),
            (Some(host), Some(port), Some(user)) => format!("{}@{}:{port}", text(user), text(host)),
            _ => fields
                .iter()
                .map(|(key, value)| format!("{key} {}", text(value)))
                .collect::<Vec<_>>()
                .join(", "),
        },
        other => other.to_string(),
    }
}

/// In what two treatments differ beside values, which are compared host by host.
fn treatment(old: &Plan, new: &Plan, (was, is): (u32, u32)) -> Vec<Field> {
    let (was, is) = (&old.treatments[was as usize], &new.treatments[is as usize]);
    let mut fields: Vec<Field> = Vec::new();
    if old.task.installs() != new.task.installs() {
        let task = |plan: &Plan| Some(plan.task.to_string());
        fields.push(("task".to_owned(), Vec::new(), task(old), task(new)));
    }
    let mut add = |what: &str, variable: &'static str, before: String, after: String| {
        if before != after {
            fields.push((what.to_owned(), vec![variable], Some(before), Some(after)));
        }
    };
    add("platform", "jc_platform", was.shape.platform.to_string(), is.shape.platform.to_string());
    add("release", "jc_release", was.release.clone(), is.release.clone());
    add("product", "jc_release", was.shape.product.to_string(), is.shape.product.to_string());
    add("start at boot", "jc_boot", was.shape.boot.to_string(), is.shape.boot.to_string());
    // Another task has other scripts by itself.
    if old.task == new.task && has_other_scripts(was, is) {
        let by = |plan: &Plan| format!("those of jumpfleet {}", plan.tool_version);
        fields.push(("scripts".to_owned(), Vec::new(), Some(by(old)), Some(by(new))));
    }
    fields
}

/// Whether hosts of one shape hear other scripts than before.
fn has_other_scripts(was: &Treatment, is: &Treatment) -> bool {
    was.shape == is.shape && was.invocation != is.invocation
}
