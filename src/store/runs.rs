//! Where do runs live, and which are there?
#![expect(clippy::disallowed_methods, reason = "this is the room where folders are read")]

use std::fs;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The folder that keeps runs, `$XDG_STATE_HOME/jumpfleet` unless another one is named.
#[derive(Debug, Clone)]
pub struct StateFolder {
    path: PathBuf,
}

/// One run's folder.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

/// A run as it is listed.
#[derive(Debug, Clone)]
pub struct RunEntry {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: RunFolder,
}

impl StateFolder {
    /// The folder at this path; it is made when something is written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn runs(&self) -> PathBuf {
        self.path.join("runs")
    }

    /// Makes a folder for a new run; fails when the name is taken.
    pub fn new_run(&self, name: &str) -> Result<RunFolder, StoreError> {
        let runs = self.runs();
        make_private(&runs)?;
        let path = runs.join(name);
        fs::create_dir(&path).map_err(|error| StoreError::io("create", &path, error))?;
        Ok(RunFolder { path })
    }

    /// All runs, the oldest first: their names begin with the time they were started.
    pub fn list(&self) -> Result<Vec<RunEntry>, StoreError> {
        let runs = self.runs();
        let entries = match fs::read_dir(&runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io("read", &runs, error)),
        };
        let mut list = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| StoreError::io("read", &runs, error))?;
            let folder = RunFolder { path: entry.path() };
            // A run that was killed before its journal was made left nothing worth listing.
            if folder.journal().is_file() {
                list.push(RunEntry { name: entry.file_name().to_string_lossy().into_owned(), folder });
            }
        }
        // Of two that began in one second, the one whose plan was written first.
        list.sort_by_cached_key(|entry| {
            let second = entry.name.split('-').next().map(str::to_owned);
            let planned = fs::metadata(entry.folder.plan()).and_then(|plan| plan.modified()).ok();
            (second, planned, entry.name.clone())
        });
        Ok(list)
    }

    /// The run of that name, the only one that begins with it, or the newest for `latest`.
    pub fn find(&self, name: &str) -> Result<RunEntry, StoreError> {
        let mut list = self.list()?;
        /// The most runs that are named when several may be meant.
        const MOST: usize = 5;
        if list.is_empty() {
            return Err(StoreError::NoRuns { folder: self.runs() });
        }
        let missing = || StoreError::NoRun { name: name.to_owned(), folder: self.runs() };
        if name == "latest" {
            return list.pop().ok_or_else(missing);
        }
        if let Some(exact) = list.iter().position(|entry| entry.name == name) {
            return Ok(list.swap_remove(exact));
        }
        list.retain(|entry| entry.name.starts_with(name));
        match (list.pop(), list.is_empty()) {
            (None, _) => Err(missing()),
            (Some(only), true) => Ok(only),
            (Some(newest), false) => {
                let older = list.into_iter().rev().map(|entry| entry.name);
                let names = [newest.name].into_iter().chain(older).take(MOST).collect();
                Err(StoreError::ManyRuns { name: name.to_owned(), names })
            }
        }
    }
}

impl RunFolder {
    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its journal.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.jsonl")
    }

    /// The orders to the process that carries it out.
    pub fn orders(&self) -> PathBuf {
        self.path.join("orders.jsonl")
    }

    /// The span under which its last process is traced.
    pub fn traceparent(&self) -> PathBuf {
        self.path.join("traceparent")
    }

    /// The plan it carries out.
    pub fn plan(&self) -> PathBuf {
        self.path.join("plan.json")
    }
}

/// Makes a folder that only its owner can look into.
pub fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| StoreError::io("create", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_by_name_beginning_and_age() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        assert!(matches!(state.find("latest"), Err(StoreError::NoRuns { .. })));
        for name in ["20261122T100000Z-aaaa", "20261122T110000Z-bbbb", "20261122T110000Z-bbcc"] {
            let run = state.new_run(name).unwrap();
            fs::write(run.journal(), "").unwrap();
        }
        state.new_run("20261122T120000Z-dead").unwrap();
        let found = |name: &str| state.find(name).map(|entry| entry.name).ok();
        assert_eq!(found("latest").as_deref(), Some("20261122T110000Z-bbcc"));
        assert_eq!(found("20261122T10").as_deref(), Some("20261122T100000Z-aaaa"));
        assert_eq!(found("20261122T110000Z-bb"), None);
        let error = state.find("20261122T11").unwrap_err().to_string();
        assert_eq!(error, "`20261122T11` may be any of 20261122T110000Z-bbcc, 20261122T110000Z-bbbb");
        assert!(matches!(state.find("2027"), Err(StoreError::NoRun { .. })));
        assert!(state.new_run("20261122T100000Z-aaaa").is_err());
        // Begun in one second, the earlier one with the later name.
        for (name, age) in [("20261122T110000Z-bbbb", 1), ("20261122T110000Z-bbcc", 2)] {
            let plan = fs::File::create(state.find(name).unwrap().folder.plan()).unwrap();
            let then = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(10 - age);
            plan.set_modified(then).unwrap();
        }
        assert_eq!(state.find("latest").unwrap().name, "20261122T110000Z-bbbb");
    }
}
