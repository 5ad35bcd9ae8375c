//! What do hosts have that no variable of jumpfleet's says: a value of somebody else's, or what their groups have?

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::check::{sealed, wrapped};
use super::complaint::{Complaints, Flaw};
use super::members::{ALL, GroupId};
use super::resolve::HostScope;
use super::scalar::{UNSAFE, is_sealed};
use super::{HostId, Inventory};
use crate::model::{Host, Mistakes, Value, Window};
use crate::template::{Engine, is_template};

/// Instead of a variable's name: hosts are told apart by the groups they are in.
pub const BY_GROUP: &str = "group";

impl Inventory {
    /// Notes what each host is spread over, the value of a variable or its groups; says how many have a value.
    pub fn spread(&self, hosts: &mut [Host], by: &str) -> Result<usize, Mistakes> {
        let mut variable =
            Variable { inventory: self, name: by, engine: Engine::default(), texts: HashSet::new() };
        let mut complaints = Complaints::default();
        for host in hosts.iter_mut() {
            host.spread = self.find(&host.name).and_then(|id| variable.of(id, &mut complaints));
        }
        if !complaints.is_empty() {
            return Err(complaints.finish(&self.files));
        }
        Ok(hosts.iter().filter(|host| host.spread.is_some()).count())
    }

    /// Gives hosts that have no window the one of their strongest group that has one.
    pub fn default_windows(&self, hosts: &mut [Host], by_group: &BTreeMap<String, Arc<Window>>) {
        for host in hosts.iter_mut().filter(|host| host.window.is_none()) {
            host.window = self.find(&host.name).and_then(|id| self.strongest(id, by_group)).cloned();
        }
    }

    /// What the strongest of a host's groups has; `all` is the weakest, and the others are as with variables.
    fn strongest<'v, V>(&self, id: HostId, by_group: &'v BTreeMap<String, V>) -> Option<&'v V> {
        let names = &self.profile(id).groups;
        let rank = |number: GroupId| {
            let group = &self.members.groups[number as usize];
            let inside = number == ALL || names.binary_search(&group.name).is_ok();
            inside.then_some((group.depth, group.priority, &group.name))
        };
        let ranked =
            by_group.iter().filter_map(|(name, value)| Some((rank(self.members.group(name)?)?, value)));
        ranked.max_by(|one, other| one.0.cmp(&other.0)).map(|(_, value)| value)
    }
}

/// One variable, asked for host by host.
struct Variable<'i> {
    inventory: &'i Inventory,
    name: &'i str,
    engine: Engine,
    texts: HashSet<Arc<str>>,
}

impl Variable<'_> {
    /// What it comes to on a host as text, if the host has it.
    fn of(&mut self, id: HostId, complaints: &mut Complaints) -> Option<Arc<str>> {
        let inventory = self.inventory;
        if self.name == BY_GROUP {
            return Some(self.shared(&inventory.profile(id).groups.join(", ")));
        }
        let effective = inventory.effective(id);
        let at = effective.binary_search_by(|(known, ..)| (***known).cmp(self.name)).ok()?;
        let (_, value, origin) = *effective.get(at)?;
        let scope = HostScope { inventory, id, effective: &effective };
        match self.text(value, &scope) {
            Ok(text) => text.map(|text| self.shared(&text)),
            Err(flaw) => {
                let what = format!("`{}`: {}", self.name, flaw.what);
                complaints.add(origin, Flaw { what, hint: flaw.hint });
                None
            }
        }
    }

    fn text(&mut self, value: &Value, scope: &HostScope<'_>) -> Result<Option<String>, Flaw> {
        if is_sealed(value) {
            return Err(sealed());
        }
        let plain = wrapped(value, UNSAFE);
        Ok(Some(match plain.unwrap_or(value) {
            Value::Null => return Ok(None),
            Value::Text(text) if plain.is_none() && is_template(text) => {
                let rendered = self.engine.render(text, scope);
                rendered.map_err(|failure| Flaw { what: failure.what, hint: failure.hint })?
            }
            Value::Text(text) => text.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::List(_) | Value::Map(_) => {
                return Err(Flaw::new("hosts are spread over texts and numbers, not over lists or mappings"));
            }
        }))
    }

    /// The one copy of a text.
    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(new.clone());
        new
    }
}
