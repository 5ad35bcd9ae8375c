//! What the commands that ask the site print, as JSON Schemas.

use serde_json::Value;

use super::types::printed;
use crate::cli::{appliance, clients, installer, sessions};

/// What `clients list --format json` prints.
pub fn clients_list() -> Value {
    printed::<Vec<clients::shown::Shown<'_>>>()
}

/// What `clients duplicates --format json` prints.
pub fn clients_duplicates() -> Value {
    printed::<clients::duplicates::Found<'_>>()
}

/// What `clients drift --format json` prints.
pub fn clients_drift() -> Value {
    printed::<clients::drift::Compared<'_>>()
}

/// What `clients prune --format json` prints.
pub fn clients_prune() -> Value {
    printed::<clients::work::Document<clients::prune::Planned<'_>>>()
}

/// What `clients set --format json` prints.
pub fn clients_set() -> Value {
    printed::<clients::work::Document<clients::set::Planned<'_>>>()
}

/// What `sessions list --json` prints.
pub fn sessions_list() -> Value {
    printed::<sessions::list::Listed<'_>>()
}

/// What `sessions terminate --json` prints.
pub fn sessions_terminate() -> Value {
    printed::<sessions::terminate::Terminated<'_>>()
}

/// What `installer list --format json` prints.
pub fn installer_list() -> Value {
    printed::<Vec<installer::list::Listed>>()
}

/// What `installer show --format json` prints.
pub fn installer_show() -> Value {
    printed::<installer::list::Listed>()
}

/// What `appliance check --format json` prints.
pub fn appliance_check() -> Value {
    printed::<appliance::check::Checked>()
}
