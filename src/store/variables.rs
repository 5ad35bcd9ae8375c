//! Which files hold the variables of groups and hosts? As Ansible looks for them in `group_vars` and `host_vars`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::sources::{DEEPEST, children, extension, is_ignored, name_of};

/// The endings of files with variables in the order they are looked for; of several files of one name the first is
/// read.
const ENDINGS: [&str; 4] = ["", "yml", "yaml", "json"];

/// The names a folder has variables of, with the files of each in the order they are read.
pub fn files(folder: &Path) -> Result<Vec<(String, Vec<PathBuf>)>, StoreError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found: BTreeMap<String, (usize, PathBuf)> = BTreeMap::new();
    for entry in children(folder)? {
        let Some((name, rank)) = whose(&entry) else { continue };
        let known = found.entry(name).or_insert_with(|| (rank, entry.clone()));
        if rank < known.0 {
            *known = (rank, entry);
        }
    }
    let whole = |(name, (_, path)): (String, (usize, PathBuf))| Ok((name, within(path, 0)?));
    found.into_iter().map(whole).collect()
}

/// Whose variables a file or folder holds, and how early it is looked for.
fn whose(entry: &Path) -> Option<(String, usize)> {
    if entry.is_dir() {
        return Some((name_of(entry).to_owned(), 0));
    }
    let rank = ENDINGS.iter().position(|ending| *ending == extension(entry));
    match rank {
        Some(rank) if rank > 0 => Some((entry.file_stem()?.to_str()?.to_owned(), rank)),
        // A host's name has dots of its own; notes and backups are nobody's.
        None if is_ignored(name_of(entry)) => None,
        _ => Some((name_of(entry).to_owned(), 0)),
    }
}

/// The file itself, or the files in a folder and in the folders in it.
fn within(path: PathBuf, depth: usize) -> Result<Vec<PathBuf>, StoreError> {
    if !path.is_dir() {
        return Ok(vec![path]);
    }
    if depth == DEEPEST {
        return Err(StoreError::content(&path, "lies too deep: does a link lead back to a folder above?"));
    }
    let mut files = Vec::new();
    for child in children(&path)? {
        let ending = extension(&child);
        if child.is_dir() && ending.is_empty() || child.is_file() && ENDINGS.contains(&ending) {
            files.extend(within(child, depth + 1)?);
        }
    }
    Ok(files)
}
