//! Where is what Ansible Vault sealed, and what stays shut?

use std::collections::HashMap;

use super::build::Build;
use super::complaint::Flaw;
use super::members::{ALL, GroupId};
use super::node::{Node, tree};
use super::resolve::HostScope;
use super::scalar::{HIDDEN_TEMPLATE, is_sealed, wrapped_text};
use super::yaml::{Mark, Stop};
use super::{HostId, Inventory, Open, Role};
use crate::model::{Origin, Secret, Value, VaultReference};
use crate::template::{Hidden, is_template};
use crate::vault::{self, Shut};

/// Whose variables a file holds.
#[derive(Debug, Clone, Copy)]
pub enum Owner {
    /// A group's.
    Group(GroupId),
    /// A host's.
    Host(HostId),
}

/// A sealed file of variables that could not be opened.
#[derive(Debug)]
pub struct ShutFile {
    owner: Owner,
    /// Its beginning.
    pub origin: Origin,
    /// Why it stays shut.
    pub flaw: Flaw,
}

impl ShutFile {
    /// A file that stays shut.
    pub fn new(owner: Owner, origin: Origin, why: &Shut) -> Self {
        let flaw = Flaw::new(format!("this file of variables stays encrypted: {why}")).hint(why.hint());
        Self { owner, origin, flaw }
    }

    /// Whether a host would get variables of it.
    pub fn concerns(&self, inventory: &Inventory, id: HostId) -> bool {
        match self.owner {
            Owner::Host(host) => host == id,
            Owner::Group(ALL) => true,
            Owner::Group(group) => {
                let name = &inventory.members.groups[group as usize].name;
                inventory.profile(id).groups.binary_search(name).is_ok()
            }
        }
    }
}

/// Takes in a file that was sealed as a whole: its variables are read, and their values forgotten.
pub fn read(build: &mut Build, role: &Role, path: &str, text: &str, open: Open<'_>) -> Result<(), Stop> {
    let beginning = Mark { line: 1, column: 1 };
    let owner = match role {
        Role::GroupVars(name) => build.members.group(name).map(Owner::Group),
        Role::HostVars(name) => build.members.host(name).map(Owner::Host),
        _ => {
            let flaw = Flaw::new("this inventory is encrypted as a whole, and a plan would show its hosts");
            build.wrong(beginning, flaw.hint("encrypt passwords only, or files of variables"));
            return Err(Stop);
        }
    };
    match (open(text), owner) {
        (Err(shut), Some(owner)) => {
            let shut = ShutFile::new(owner, build.origin(beginning), &shut);
            build.shut.push(shut);
            Ok(())
        }
        (opened, _) => {
            // The texts of this file are not kept.
            let kept = std::mem::take(&mut build.interner);
            build.is_sealed = true;
            let outcome = build.text(role, path, opened.as_ref().map_or("", Secret::reveal));
            build.is_sealed = false;
            build.interner = kept;
            outcome
        }
    }
}

/// Whether a value is a template that names another variable and does nothing else: that tells no secret.
pub fn hands_on(value: &Value) -> bool {
    let Value::Text(text) = value else { return false };
    let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    inner.is_some_and(|name| !name.trim().is_empty() && name.trim().chars().all(fits))
}

/// What is wrong in a sealed file, without any of it.
pub fn unreadable() -> Flaw {
    Flaw::new("what is encrypted here is not a mapping of variables")
        .hint("`ansible-vault edit` shows it; the place is one in the decrypted text")
}

/// Where a hidden value of a host stands, and the value as far as it is known.
pub fn whereabouts<'s>(
    hidden: &Hidden,
    scope: &HostScope<'s>,
) -> Result<Option<(VaultReference, &'s Value)>, Flaw> {
    let found = place(hidden, scope);
    let printed = |origin: &Origin| scope.inventory.printed.contains(&origin.file);
    match &found {
        Some((.., origin)) if printed(origin) => Err(Flaw::new(
            "a script printed this Ansible Vault value, and a plan can only point into files",
        )
        .hint(
            "let it print `{\"env\": NAME}` or `{\"file\": PATH}`, or write the variable into `group_vars`",
        )),
        Some((_, value, _)) if wrapped_text(value) == Some(HIDDEN_TEMPLATE) => {
            Err(Flaw::new("a template in an encrypted file does more than name another variable")
                .hint("write `{{ name }}` and nothing else there, or move the template into a file that is not encrypted"))
        }
        Some((_, value, origin)) if !vault::is_sealed(scope.inventory.text_of(*origin)) => {
            vault::look(wrapped_text(value).unwrap_or_default())
                .map_err(|shut| Flaw::new(shut.to_string()).hint(shut.hint()))?;
            Ok(found.map(|(place, value, _)| (place, value)))
        }
        _ => Ok(found.map(|(place, value, _)| (place, value))),
    }
}

fn place<'s>(hidden: &Hidden, scope: &HostScope<'s>) -> Option<(VaultReference, &'s Value, Origin)> {
    let at = scope.effective.binary_search_by(|(known, ..)| (***known).cmp(&hidden.variable)).ok()?;
    let (_, value, origin) = *scope.effective.get(at)?;
    let value = hidden.inside.iter().try_fold(value, |value, step| below(value, step))?;
    let file = scope.inventory.files.get(origin.file.0 as usize)?;
    let label = vault::label(file.text()).or_else(|| vault::label(wrapped_text(value)?));
    let place = VaultReference {
        file: scope.inventory.folder.join(&*file.path).display().to_string(),
        line: origin.line,
        column: origin.column,
        variable: hidden.variable.clone(),
        inside: hidden.inside.clone(),
        label: label.map(str::to_owned),
    };
    Some((place, value, origin))
}

fn below<'v>(value: &'v Value, step: &str) -> Option<&'v Value> {
    match value {
        Value::Map(entries) => entries.iter().find(|(key, _)| &**key == step).map(|(_, value)| value),
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// What was found at the place of a sealed value.
pub enum Found {
    /// What Ansible Vault sealed there.
    Sealed(String),
    /// What stands there in a file that was sealed as a whole.
    Plain(Secret),
}

/// What stands at these places of one file, in their order; none where nothing sealed stands (any more).
pub fn found(text: &str, places: &[&VaultReference], open: Open<'_>) -> Result<Vec<Option<Found>>, Shut> {
    let opened = if vault::is_sealed(text) { Some(open(text)?) } else { None };
    let text = opened.as_ref().map_or(text, Secret::reveal);
    let Ok(tree) = tree("", text) else { return Err(Shut::Malformed("what is in it is not YAML")) };
    let mut nodes = HashMap::new();
    note(&tree.root, &mut nodes);
    let at = |place: &&VaultReference| {
        let node = nodes.get(&(place.line, place.column))?;
        let value = node.find(place.inside.iter().map(String::as_str))?.value();
        match (is_sealed(&value), opened.is_some()) {
            (true, _) => wrapped_text(&value).map(|text| Found::Sealed(text.to_owned())),
            (false, true) if matches!(&value, Value::Text(text) if is_template(text)) => None,
            (false, true) => plain(&value).map(|text| Found::Plain(Secret::new(text))),
            (false, false) => None,
        }
    };
    Ok(places.iter().map(at).collect())
}

/// Every node by its place; an alias stands for the node that was noted at its place already.
fn note<'n>(node: &'n Node, nodes: &mut HashMap<(u32, u32), &'n Node>) {
    let origin = node.origin();
    // What begins at the same place as what is around it is the outer one.
    if nodes.contains_key(&(origin.line, origin.column)) {
        return;
    }
    nodes.insert((origin.line, origin.column), node);
    node.items().iter().for_each(|item| note(item, nodes));
    node.entries().iter().for_each(|entry| note(&entry.node, nodes));
}

/// A scalar as Python writes it, for Ansible hands it on so.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(format!("{number:?}")),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => wrapped_text(value).map(str::to_owned),
    }
}
