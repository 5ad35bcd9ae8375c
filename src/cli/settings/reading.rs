//! What do the settings say of reading inventories?

use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use super::check::{Form, Kind, may};
use crate::inventory::{Columns, Entry, Node};
use crate::model::SecretReference;
use crate::store::{self, VaultSource};

/// `inventory` of the settings.
pub const INVENTORY: Kind = Kind::Fields(&[
    may("csv", "what the columns of tables are", CSV),
    may("script_deadline", "how long an inventory script may take", Kind::Length),
    may(
        "vault_passwords",
        "what opens values of Ansible Vault; `default` is the label of those without one",
        Kind::Named(&Kind::Reference),
    ),
]);

const CSV: Kind = Kind::Fields(&[
    may("host", "the names of the hosts", Kind::Text),
    may("groups", "cells that name groups", Kind::OneOrMore(&Kind::Text)),
    may("variables", "the variables", Kind::Named(&Kind::Text)),
    may("delimiter", "what stands between cells", Kind::Parsed(&DELIMITER)),
    may("encoding", "how tables without a byte order mark are encoded", Kind::Word(encodings)),
]);

const DELIMITER: Form = Form { parse: delimited, pattern: "^(tab|[!-/:-@\\[-`{-~\t ])$", example: ";" };

fn encodings() -> Vec<&'static str> {
    store::ENCODINGS.to_vec()
}

fn delimited(text: &str) -> Result<(), String> {
    match delimiter(text) {
        Some(_) => Ok(()),
        None => Err("this cannot stand between cells: write one sign such as `;`, or `tab`".to_owned()),
    }
}

fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        b"tab" => Some(b'\t'),
        [only] if only.is_ascii_punctuation() && *only != b'"' || *only == b'\t' || *only == b' ' => {
            Some(*only)
        }
        _ => None,
    }
}

/// How inventories are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// How long an inventory script may take.
    pub script_deadline: Duration,
    /// What the columns of tables mean.
    pub columns: Columns,
    /// How tables are encoded that do not say it themselves.
    pub encoding: Option<String>,
    /// What opens values that Ansible Vault encrypted, in the order written.
    pub vault_passwords: Vec<VaultSource>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            script_deadline: store::SCRIPT_DEADLINE,
            columns: Columns::default(),
            encoding: None,
            vault_passwords: Vec::new(),
        }
    }
}

/// What a checked tree says; files are taken from the settings' folder.
pub fn reading(node: Option<&Node>, folder: &Path) -> Reading {
    let passwords = node.and_then(|node| node.get("vault_passwords")).map(Node::entries).unwrap_or_default();
    let source = |entry: &Entry| {
        let named = |key: &str| entry.node.get(key).and_then(Node::text);
        let file = |path: &str| SecretReference::File(folder.join(path).display().to_string());
        let keyring = |name: &str| SecretReference::Keyring(name.to_owned());
        let from = named("env").map(|name| SecretReference::Env(name.to_owned()));
        let from = from.or(named("file").map(file)).or(named("keyring").map(keyring))?;
        Some(VaultSource { label: entry.key.to_string(), from })
    };
    let deadline = node.and_then(|node| node.get("script_deadline")).and_then(Node::text);
    let deadline = deadline.and_then(|text| text.parse().ok()).map(SignedDuration::unsigned_abs);
    let csv = node.and_then(|node| node.get("csv"));
    let text = |key: &str| csv.and_then(|csv| csv.get(key)).and_then(Node::text).map(str::to_owned);
    Reading {
        columns: columns(csv, text("delimiter").as_deref().and_then(delimiter)),
        encoding: text("encoding"),
        script_deadline: deadline.unwrap_or(store::SCRIPT_DEADLINE),
        vault_passwords: passwords.iter().filter_map(source).collect(),
    }
}

fn columns(csv: Option<&Node>, delimiter: Option<u8>) -> Columns {
    let get = |key: &str| csv.and_then(|csv| csv.get(key));
    let texts = |node: &Node| -> Vec<String> {
        let all = if node.is_list() { node.items() } else { std::slice::from_ref(node) };
        all.iter().filter_map(Node::text).map(str::to_owned).collect()
    };
    let variables = |node: &Node| {
        let column = |entry: &Entry| Some((entry.key.to_string(), entry.node.text()?.to_owned()));
        node.entries().iter().filter_map(column).collect()
    };
    Columns {
        host: get("host").and_then(Node::text).map(str::to_owned),
        groups: get("groups").map(texts).unwrap_or_default(),
        variables: get("variables").map(variables),
        delimiter,
    }
}
