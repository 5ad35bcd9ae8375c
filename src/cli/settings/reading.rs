//! What do the settings say of reading inventories?

use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use super::check::{Field, Kind};
use crate::inventory::Node;
use crate::model::SecretReference;
use crate::store::{self, VaultSource};

/// `inventory` of the settings.
pub const INVENTORY: Kind = Kind::Fields(&[
    Field { name: "script_deadline", kind: Kind::Length, required: false },
    Field { name: "vault_passwords", kind: Kind::Named(&Kind::Reference), required: false },
]);

/// How inventories are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// How long an inventory script may take.
    pub script_deadline: Duration,
    /// What opens values that Ansible Vault encrypted, in the order written.
    pub vault_passwords: Vec<VaultSource>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { script_deadline: store::SCRIPT_DEADLINE, vault_passwords: Vec::new() }
    }
}

/// What a checked tree says; files are taken from the settings' folder.
pub fn reading(node: Option<&Node>, folder: &Path) -> Reading {
    let passwords = node.and_then(|node| node.get("vault_passwords")).map(Node::entries).unwrap_or_default();
    let source = |entry: &crate::inventory::Entry| {
        let named = |key: &str| entry.node.get(key).and_then(Node::text);
        let file = |path: &str| SecretReference::File(folder.join(path).display().to_string());
        let from =
            named("env").map(|name| SecretReference::Env(name.to_owned())).or(named("file").map(file))?;
        Some(VaultSource { label: entry.key.to_string(), from })
    };
    let deadline = node.and_then(|node| node.get("script_deadline")).and_then(Node::text);
    let deadline = deadline.and_then(|text| text.parse().ok()).map(SignedDuration::unsigned_abs);
    Reading {
        script_deadline: deadline.unwrap_or(store::SCRIPT_DEADLINE),
        vault_passwords: passwords.iter().filter_map(source).collect(),
    }
}
