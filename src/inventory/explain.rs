//! Why does a host have this value? Every word that was said on it, from the one that counts to the weakest.

use std::collections::HashMap;
use std::sync::Arc;

use super::build::Variable;
use super::check::wrapped;
use super::complaint::{is_secret_name, place};
use super::listing::rendered;
use super::members::{ALL, GroupId};
use super::precedence::{Definition, definitions, ordered};
use super::resolve::HostScope;
use super::scalar::UNSAFE;
use super::{HostId, Inventory};
use crate::model::{Origin, Place, Value};
use crate::template::{Engine, Scope, is_template};

/// What one variable of a host comes to, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Its name.
    pub name: Arc<str>,
    /// What it comes to; what looks like a secret is hidden.
    pub value: Value,
    /// How a template came to that, if the word that counts is one.
    pub template: Option<Worked>,
    /// Everything that was said, the word that counts first.
    pub words: Vec<Word>,
}

/// How a template was worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Worked {
    /// The template as it was written.
    pub written: Value,
    /// The variables it used, each with what it comes to and where that was written; names of Ansible's own have no
    /// place.
    pub used: Vec<(String, Value, Option<Place>)>,
    /// Why it could not be worked out.
    pub failure: Option<String>,
}

/// What was said on a variable at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The value as it was written there.
    pub value: Value,
    /// Where.
    pub from: Place,
    /// The group it was said of; none if it was the host itself.
    pub group: Option<Arc<str>>,
    /// Why the word before it counts more; none for the one that counts.
    pub lost: Option<String>,
}

/// A word before it is shown.
struct Said<'i> {
    group: Option<GroupId>,
    layer: u16,
    variable: &'i Variable,
}

impl Inventory {
    /// Every variable of a host, sorted by name, with every word that was said on it.
    pub fn explain(&self, id: HostId) -> Vec<Explained> {
        let mut said: HashMap<&Arc<str>, Vec<Said<'_>>> = HashMap::new();
        let groups = ordered(&self.members, &self.members.hosts[id.index()].groups);
        for Definition { group, layer, variable } in definitions(&self.members, &groups) {
            said.entry(&variable.0).or_default().push(Said { group: Some(group), layer, variable });
        }
        let own = self.members.hosts[id.index()].variables.as_deref();
        let overridden = self.overridden.get(&id).map(Vec::as_slice).unwrap_or_default();
        for variable in overridden.iter().chain(own.into_iter().flatten()) {
            said.entry(&variable.0).or_default().push(Said { group: None, layer: 0, variable });
        }
        let effective = self.effective(id);
        let scope = HostScope { inventory: self, id, effective: &effective };
        let mut engine = Engine::default();
        let explained = |(name, value, _): &(&Arc<str>, &Value, Origin)| {
            let mut words = said.remove(*name).unwrap_or_default();
            words.reverse();
            self.explained(name, value, &words, &mut engine, &scope)
        };
        effective.iter().map(explained).collect()
    }

    fn explained(
        &self,
        name: &Arc<str>,
        value: &Value,
        words: &[Said<'_>],
        engine: &mut Engine,
        scope: &HostScope<'_>,
    ) -> Explained {
        let template = !templates(value).is_empty();
        let comes_to = if template { rendered(value, engine, scope) } else { value.clone() };
        let worked = template.then(|| self.worked(value, engine, scope));
        let secret = is_secret_name(name) || template && tells_secret(value, engine, scope, 0);
        let shown = |value: &Value| if is_secret_name(name) { masked(value) } else { value.clone() };
        let word = |(at, said): (usize, &Said<'_>)| Word {
            value: shown(&said.variable.1),
            from: place(&self.files, said.variable.2),
            group: said.group.map(|group| self.members.groups[group as usize].name.clone()),
            lost: at.checked_sub(1).and_then(|at| words.get(at)).map(|stronger| self.why(stronger, said)),
        };
        Explained {
            name: name.clone(),
            value: if secret { masked(&comes_to) } else { comes_to },
            template: worked,
            words: words.iter().enumerate().map(word).collect(),
        }
    }

    fn worked(&self, value: &Value, engine: &mut Engine, scope: &HostScope<'_>) -> Worked {
        let mut used: Vec<(String, Value, Option<Place>)> = Vec::new();
        let mut failure = None;
        for text in templates(value) {
            failure = failure.or(engine.hand_on(text, scope).err().map(|failure| failure.what));
            for name in engine.names(text) {
                if used.iter().any(|(known, ..)| *known == name) {
                    continue;
                }
                let at = scope.effective.binary_search_by(|(known, ..)| (***known).cmp(&name)).ok();
                let from =
                    at.and_then(|at| scope.effective.get(at)).map(|(.., origin)| place(&self.files, *origin));
                let Some(written) = scope.value(&name) else { continue };
                let comes_to = rendered(&written, engine, scope);
                let secret = is_secret_name(&name) || tells_secret(&written, engine, scope, 0);
                used.push((name, if secret { masked(&comes_to) } else { comes_to }, from));
            }
        }
        used.sort_by(|one, other| one.0.cmp(&other.0));
        Worked { written: value.clone(), used, failure }
    }

    /// Why one word counts more than the next one.
    fn why(&self, stronger: &Said<'_>, weaker: &Said<'_>) -> String {
        let from_file = |said: &Said<'_>| self.variable_files.contains(&said.variable.2.file);
        let (Some(strong), Some(weak)) = (stronger.group, weaker.group) else {
            return match (stronger.group, weaker.group) {
                (None, Some(_)) => "what is said of the host goes before its groups".to_owned(),
                _ if from_file(stronger) && !from_file(weaker) => {
                    "a file goes before the inventory".to_owned()
                }
                _ => later(stronger, weaker),
            };
        };
        if from_file(stronger) != from_file(weaker) {
            return "a group's file goes before what the inventory says of any group".to_owned();
        }
        let group = |number: GroupId| &self.members.groups[number as usize];
        if from_file(stronger) && weak == ALL && strong != ALL {
            return "`all` is the weakest group".to_owned();
        }
        if stronger.layer != weaker.layer {
            return "its inventory is named later".to_owned();
        }
        let (strong, weak) = (group(strong), group(weak));
        if strong.name == weak.name {
            return later(stronger, weaker);
        }
        if strong.depth != weak.depth {
            return format!(
                "`{}` lies deeper than `{}` ({} against {})",
                strong.name, weak.name, strong.depth, weak.depth
            );
        }
        if strong.priority != weak.priority {
            return format!("priority {} goes before {}", strong.priority, weak.priority);
        }
        format!("of two groups as deep, `{}` is the later name", strong.name)
    }
}

fn later(stronger: &Said<'_>, weaker: &Said<'_>) -> String {
    match stronger.variable.2.file == weaker.variable.2.file {
        true => "it is written later".to_owned(),
        false => "its file is read later".to_owned(),
    }
}

/// The templates in a value.
fn templates(value: &Value) -> Vec<&str> {
    match value {
        _ if wrapped(value, UNSAFE).is_some() => Vec::new(),
        Value::Text(text) if is_template(text) => vec![text],
        Value::List(items) => items.iter().flat_map(templates).collect(),
        Value::Map(entries) => entries.iter().flat_map(|(_, value)| templates(value)).collect(),
        _ => Vec::new(),
    }
}

/// Templates may lead to each other; nobody hides a secret deeper.
const DEEPEST: usize = 10;

/// Whether a value uses variables that are called like secrets.
fn tells_secret(value: &Value, engine: &mut Engine, scope: &HostScope<'_>, depth: usize) -> bool {
    depth < DEEPEST
        && templates(value).into_iter().any(|text| {
            let _ = engine.hand_on(text, scope);
            engine.names(text).iter().any(|name| {
                is_secret_name(name)
                    || scope.value(name).is_some_and(|value| tells_secret(&value, engine, scope, depth + 1))
            })
        })
}

/// The value without its texts and numbers; a reference to a secret stays.
fn masked(value: &Value) -> Value {
    match value {
        Value::Map(entries) if matches!(&**entries, [(key, _)] if matches!(&**key, "env" | "file" | "keyring" | "__ansible_vault")) => {
            value.clone()
        }
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Text(text) if is_template(text) => value.clone(),
        _ => Value::Text("‹hidden›".into()),
    }
}
