//! Which files, scripts and lists make up an inventory, and what do they say?
#![expect(clippy::disallowed_methods, reason = "this is the room where folders are read")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::decode::decode;
use super::{StoreError, read_text, scripts, variables};
use crate::inventory::{Role, Source, to_be_asked};
use crate::model::InputKind;

/// Something that belongs to an inventory and is not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An inventory, or a file with the variables of a group or host.
    File(PathBuf, Role),
    /// A program that prints an inventory.
    Script(PathBuf),
    /// Hosts that were typed.
    List(String),
}

impl Found {
    /// The file's path.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path, _) | Self::Script(path) => Some(path),
            Self::List(_) => None,
        }
    }
}

/// Something of an inventory that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryFile {
    /// The file that was read or run; none for what was typed.
    pub path: Option<PathBuf>,
    /// What the text is.
    pub kind: InputKind,
    /// What is taken in; nothing of a script itself.
    pub source: Option<Source>,
    /// SHA-256 of the text.
    pub sha256: String,
}

/// How deep folders may lie in each other: links can lead in circles.
pub const DEEPEST: usize = 40;

/// How a typed list of hosts is called in messages.
const TYPED: &str = "--inventory";

/// Ansible's endings of files in folders that are no inventories.
const IGNORED: [&str; 12] =
    [".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"];

/// Ansible's names of files in folders that are no inventories.
const NEVER: [&str; 3] = ["group_vars", "host_vars", "vars_plugins"];

/// Whether this is no path but a list of hosts.
pub fn is_host_list(source: &str) -> bool {
    source.contains(',') && !Path::new(source).exists()
}

/// Finds everything the inventories named here are made of, in Ansible's order: each inventory with the variables
/// beside or in it, and those that several share behind the last of these.
pub fn find_inventory(sources: &[String]) -> Result<Vec<Found>, StoreError> {
    let folders: Vec<Option<PathBuf>> = sources.iter().map(|source| folder_of(source)).collect();
    let mut found = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        if is_host_list(source) {
            found.push(Found::List(source.clone()));
            continue;
        }
        let path = Path::new(source);
        let before = found.len();
        fs::metadata(path).map_err(|error| StoreError::io("read", path, error))?;
        inventories(path, 0, &mut found)?;
        if found.len() == before {
            return Err(StoreError::content(path, "holds no inventory: the folder has no file that is one"));
        }
        let Some(folder) = &folders[index] else { continue };
        let again = |later: &Option<PathBuf>| later.as_ref().is_some_and(|later| is_same(later, folder));
        if !folders[index + 1..].iter().any(again) {
            beside(folder, &mut found)?;
        }
    }
    Ok(found)
}

/// The folder whose variables belong to an inventory.
fn folder_of(source: &str) -> Option<PathBuf> {
    let path = Path::new(source);
    match is_host_list(source) {
        true => None,
        false if path.is_dir() => Some(path.to_owned()),
        false => Some(path.parent().unwrap_or(Path::new("")).to_owned()),
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let whole =
        |path: &Path| fs::canonicalize(if path == Path::new("") { Path::new(".") } else { path }).ok();
    one == other || whole(one).is_some_and(|one| Some(one) == whole(other))
}

/// The inventory at a path, or all inventories in a folder and in the folders in it.
fn inventories(path: &Path, depth: usize, found: &mut Vec<Found>) -> Result<(), StoreError> {
    if !path.is_dir() {
        found.push(match scripts::is_script(path) {
            true => Found::Script(path.to_owned()),
            false => Found::File(path.to_owned(), Role::Inventory),
        });
        return Ok(());
    }
    if depth == DEEPEST {
        return Err(StoreError::content(path, "lies too deep: does a link lead back to a folder above?"));
    }
    for child in children(path)?.iter().filter(|child| !is_ignored(name_of(child))) {
        inventories(child, depth + 1, found)?;
    }
    Ok(())
}

/// Whether a file or folder in an inventory folder is none of its inventories.
pub fn is_ignored(name: &str) -> bool {
    NEVER.contains(&name) || IGNORED.iter().any(|ending| name.ends_with(ending))
}

fn beside(folder: &Path, found: &mut Vec<Found>) -> Result<(), StoreError> {
    for (name, role) in [("group_vars", Role::GroupVars as fn(String) -> Role), ("host_vars", Role::HostVars)]
    {
        for (whose, files) in variables::files(&folder.join(name))? {
            found.extend(files.into_iter().map(|file| Found::File(file, role(whose.clone()))));
        }
    }
    Ok(())
}

/// What lies in a folder, sorted by name; editors' backups and hidden files are not meant, as in Ansible.
pub fn children(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |error| StoreError::io("read", folder, error);
    let mut children = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    children.retain(|child| !name_of(child).starts_with('.') && !name_of(child).ends_with('~'));
    children.sort();
    Ok(children)
}

/// The last part of a path.
pub fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// What stands behind the last dot of a path's last part.
pub fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Reads what was found; scripts are run, each within the deadline, and all of its questions for single hosts again.
///
/// The error holds everything that could not be read.
pub fn read_inventory(
    found: Vec<Found>,
    deadline: Duration,
    encoding: Option<&str>,
) -> Result<Vec<InventoryFile>, Vec<StoreError>> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for one in found {
        let read = match one {
            Found::File(path, Role::Inventory) if is_table(&path) => {
                table(path, encoding).map(|file| files.push(file))
            }
            Found::File(path, role) => read_text(&path).map(|text| files.push(file(path, role, text))),
            Found::List(text) => {
                let source = Source { path: TYPED.to_owned(), role: Role::Hosts, text };
                files.push(InventoryFile { path: None, ..of(source) });
                Ok(())
            }
            Found::Script(path) => ask(&path, deadline, &mut files),
        };
        errors.extend(read.err());
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

fn of(source: Source) -> InventoryFile {
    let sha256 = super::digest_of(source.text.as_bytes());
    InventoryFile { path: None, kind: InputKind::File, source: Some(source), sha256 }
}

fn file(path: PathBuf, role: Role, text: String) -> InventoryFile {
    let source = Source { path: path.display().to_string(), role, text };
    InventoryFile { path: Some(path), ..of(source) }
}

/// Whether this is a table with a host in each row.
pub fn is_table(path: &Path) -> bool {
    extension(path).eq_ignore_ascii_case("csv")
}

/// A table is bytes: who exports one seldom knows how its characters are encoded.
fn table(path: PathBuf, encoding: Option<&str>) -> Result<InventoryFile, StoreError> {
    let bytes = fs::read(&path).map_err(|error| StoreError::io("read", &path, error))?;
    let text = decode(&bytes, encoding).map_err(|what| StoreError::content(&path, what))?;
    let sha256 = super::digest_of(&bytes);
    Ok(InventoryFile { sha256, ..file(path, Role::Inventory, text) })
}

/// Runs a script: once for all groups, and for each host if it did not print what it knows of them.
fn ask(path: &Path, deadline: Duration, files: &mut Vec<InventoryFile>) -> Result<(), StoreError> {
    let sha256 = super::digest(path)?.sha256;
    files.push(InventoryFile { path: Some(path.to_owned()), kind: InputKind::File, source: None, sha256 });
    let text = scripts::run(path, &["--list"], Instant::now() + deadline)?;
    let hosts = to_be_asked(&text);
    files.push(answer(path, "--list", Role::Output, text));
    let until = Instant::now() + deadline;
    for host in hosts {
        let text = scripts::run(path, &["--host", &host], until)?;
        files.push(answer(path, &format!("--host {host}"), Role::HostOutput(host), text));
    }
    Ok(())
}

fn answer(path: &Path, call: &str, role: Role, text: String) -> InventoryFile {
    let source = Source { path: format!("{} {call}", path.display()), role, text };
    InventoryFile { path: Some(path.to_owned()), kind: InputKind::Output, ..of(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    /// What is found, with the paths from the folder on.
    fn found(folder: &tempfile::TempDir, sources: &[&str]) -> Vec<String> {
        let at = |source: &&str| match source.contains(',') {
            true => (*source).to_owned(),
            false => folder.path().join(source).display().to_string(),
        };
        let sources: Vec<String> = sources.iter().map(at).collect();
        let shown = |found: Found| match found {
            Found::File(path, role) => {
                let path = path.strip_prefix(folder.path()).unwrap().display().to_string();
                match role {
                    Role::GroupVars(name) | Role::HostVars(name) => format!("{path} of {name}"),
                    _ => path,
                }
            }
            other => format!("{other:?}"),
        };
        find_inventory(&sources).unwrap().into_iter().map(shown).collect()
    }

    #[test]
    fn folders_are_walked_as_ansible_walks_them() {
        let folder = folder(&[
            "b.ini",
            "a",
            "c/d.yml",
            "c/group_vars/x.yml",
            "z.json",
            "notes.md",
            "old.cfg",
            "x.yml~",
            ".hidden",
            "y.txt",
            "w.bak",
            "c/e.orig",
            "vars_plugins/p.py",
        ]);
        assert_eq!(found(&folder, &[""]), ["a", "b.ini", "c/d.yml", "z.json"]);
    }

    #[test]
    fn variables_are_found_beside_the_file_in_files_and_folders() {
        let folder = folder(&[
            "fleet.yaml",
            "group_vars/all.yml",
            "group_vars/all.json",
            "group_vars/db/deep/er/x.json",
            "group_vars/db/a.yaml",
            "group_vars/db/a.yaml~",
            "group_vars/db/skipped.d/x.yml",
            "group_vars/db.yml",
            "group_vars/notes.txt",
            "host_vars/db1.example.org.yaml",
            "host_vars/db2.example.org",
        ]);
        let wanted = [
            "fleet.yaml",
            "group_vars/all.yml of all",
            "group_vars/db/a.yaml of db",
            "group_vars/db/deep/er/x.json of db",
            "host_vars/db1.example.org.yaml of db1.example.org",
            "host_vars/db2.example.org of db2.example.org",
        ];
        assert_eq!(found(&folder, &["fleet.yaml"]), wanted);
    }

    #[test]
    fn variables_of_several_inventories_stand_behind_the_last_of_their_folder() {
        let folder = folder(&["a/one", "a/two", "a/group_vars/x.yml", "b/one", "b/host_vars/h.yml"]);
        let wanted = [
            "a/one",
            "b/one",
            "b/host_vars/h.yml of h",
            "List(\"h1,h2\")",
            "a/two",
            "a/group_vars/x.yml of x",
        ];
        assert_eq!(found(&folder, &["a/one", "b/one", "h1,h2", "a/two"]), wanted);
    }

    #[test]
    fn a_folder_that_leads_into_itself_and_an_empty_one_are_refused() {
        let folder = folder(&["a/group_vars/x.yml", "b/one"]);
        let at = |name: &str| vec![folder.path().join(name).display().to_string()];
        assert!(find_inventory(&at("a")).unwrap_err().to_string().contains("holds no inventory"));
        assert!(find_inventory(&at("nowhere")).unwrap_err().to_string().contains("No such file"));
        std::os::unix::fs::symlink(folder.path().join("b"), folder.path().join("b/c")).unwrap();
        assert!(find_inventory(&at("b")).is_err());
    }
}
