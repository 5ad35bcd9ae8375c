//! Every file that is read or written: inputs, runs, journals, permits, secrets.

mod decode;
mod files;
mod folder;
mod journal;
mod keyrings;
mod orders;
mod permit_files;
mod permits;
mod places;
mod runs;
mod scripts;
mod secrets;
mod sources;
mod variables;
mod vault_passwords;

use std::path::{Path, PathBuf};

use crate::model::shown_path;

pub use decode::ENCODINGS;
pub use files::{
    Digested, append, append_line, begin, below, beside, digest, digest_of, find_one, is_there, mode, open,
    read_text, remove, rename, size, take, write_new, write_public, write_whole,
};
pub use folder::write_folder;
pub use journal::{Journal, JournalReader, Settling, ends, is_held, read_events};
pub use keyrings::{forget_in_keyring, found_in_keyring, keep_in_keyring};
pub use orders::Orders;
pub use permit_files::machine_folder;
pub use permits::{Pacer, Permit, Permits};
pub use runs::{RunEntry, RunFolder, StateFolder, make_private};
pub use scripts::SCRIPT_DEADLINE;
pub use secrets::{Environment, Finder, resolve};
pub use sources::{
    Found, InventoryFile, children, find_inventory, is_host_list, is_table, name_of, read_inventory,
};
pub use vault_passwords::{VaultPasswords, VaultSource};

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {doing} `{}`: {source}", shown_path(path))]
    Io {
        /// What was tried, such as `read`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds something else than it should.
    #[error("`{}` {what}", shown_path(path))]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// An inventory script did not do what one does.
    #[error("the inventory script `{}` {what}", shown_path(path))]
    Script {
        /// The script.
        path: PathBuf,
        /// What it did, with the end of what it said on standard error.
        what: String,
    },
    /// Another process works on the same thing.
    #[error("another jumpfleet works on `{}`", shown_path(path))]
    Busy {
        /// What is locked.
        path: PathBuf,
    },
    /// There is no such run.
    #[error("there is no run `{name}` in `{}`", folder.display())]
    NoRun {
        /// What was asked for.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// There are no runs at all.
    #[error("there are no runs yet in `{}`", folder.display())]
    NoRuns {
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// The names of several runs begin so.
    #[error("`{name}` may be any of {}", names.join(", "))]
    ManyRuns {
        /// What was asked for.
        name: String,
        /// The newest of those that may be meant.
        names: Vec<String>,
    },
}

impl StoreError {
    fn io(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), source }
    }

    fn content(path: &Path, what: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), what: what.into() }
    }

    /// What the person can do about it, if it can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                Some("check who owns the file and the folders above it")
            }
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Some("make room, then go on with `jumpfleet rollout --resume`")
            }
            Self::Script { .. } => {
                Some("run it by hand with `--list`: it prints its groups as JSON, in time, and ends with 0")
            }
            Self::Busy { .. } => {
                Some("wait for it to end, or stop it with Ctrl-C; a killed one holds nothing")
            }
            Self::NoRun { .. } => Some("`jumpfleet runs` lists the runs there are"),
            Self::NoRuns { .. } => {
                Some("`jumpfleet rollout` begins one; those of another account are found with --state-dir")
            }
            Self::ManyRuns { .. } => Some("write more of its name"),
            _ => None,
        }
    }
}
