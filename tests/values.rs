//! What do values come to that are encrypted, never templates, explained, or stand in tables?
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests read their own fixtures and stop at the first surprise"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use jumpfleet::inventory::{self, Columns, Explained, HostId, Inventory, Manner, Role, Source};
use jumpfleet::model::{Host, Mistakes, Parameter, Secret, SecretReference, Value};
use jumpfleet::store;
use jumpfleet::vault::{Keyring, Shut};

#[path = "values/cli.rs"]
mod cli;
#[path = "values/sealed.rs"]
mod sealed;
#[path = "values/tables.rs"]
mod tables;
#[path = "values/words.rs"]
mod words;

/// What was encrypted in the fixtures, none of which may be seen anywhere.
const SECRETS: [&str; 5] = ["operator-Pass1", "db-Pass3", "grün 🔑 pass", "open-Sesame1", "other-Pass2"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn source(path: &str, role: Role, text: &str) -> Source {
    Source { path: path.into(), role, text: text.into() }
}

fn read(text: &str) -> Inventory {
    inventory::read(vec![source("hosts.yml", Role::Inventory, text)])
        .unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn all(inventory: &Inventory) -> Vec<HostId> {
    inventory.ids().collect()
}

#[track_caller]
fn nothing_secret(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in:\n{text}");
    }
}
