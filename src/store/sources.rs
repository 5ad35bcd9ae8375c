//! Which files make up an inventory?
#![expect(clippy::disallowed_methods, reason = "this is the room where folders are read")]

use std::fs;
use std::path::{Path, PathBuf};

use super::{StoreError, read_text};

/// What a file of an inventory says something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InventoryRole {
    /// Groups and hosts.
    Inventory,
    /// Variables of this group.
    GroupVars(String),
    /// Variables of this host.
    HostVars(String),
}

/// A file of an inventory with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryFile {
    /// The path as it is shown to people.
    pub path: PathBuf,
    /// What it speaks of.
    pub role: InventoryRole,
    /// Its text.
    pub text: String,
}

/// Reads an inventory file or folder and the `group_vars` and `host_vars` beside or in it, in Ansible's order.
pub fn inventory_files(path: &Path) -> Result<Vec<InventoryFile>, StoreError> {
    let metadata = fs::metadata(path).map_err(|error| StoreError::io("read", path, error))?;
    let (inventories, beside) = if metadata.is_dir() {
        (children(path)?.into_iter().filter(|child| is_inventory(child)).collect(), path)
    } else {
        (vec![path.to_owned()], path.parent().unwrap_or(Path::new("")))
    };
    if inventories.is_empty() {
        return Err(StoreError::content(path, "holds no inventory: a `.yaml` or `.yml` file is wanted"));
    }
    let mut files = Vec::new();
    for inventory in inventories {
        files.push(read(&inventory, InventoryRole::Inventory)?);
    }
    variables(&beside.join("group_vars"), InventoryRole::GroupVars, &mut files)?;
    variables(&beside.join("host_vars"), InventoryRole::HostVars, &mut files)?;
    Ok(files)
}

fn read(path: &Path, role: InventoryRole) -> Result<InventoryFile, StoreError> {
    Ok(InventoryFile { path: path.to_owned(), role, text: read_text(path)? })
}

fn variables(
    folder: &Path,
    role: fn(String) -> InventoryRole,
    files: &mut Vec<InventoryFile>,
) -> Result<(), StoreError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in children(folder)? {
        if entry.is_dir() {
            let name = name_of(&entry).to_owned();
            for file in children(&entry)?.into_iter().filter(|file| file.is_file() && is_variables(file)) {
                files.push(read(&file, role(name.clone()))?);
            }
        } else if is_variables(&entry) {
            let name = match entry.extension() {
                Some(_) => entry.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default(),
                None => name_of(&entry),
            };
            files.push(read(&entry, role(name.to_owned()))?);
        }
    }
    Ok(())
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |error| StoreError::io("read", folder, error);
    let mut children = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    // Editors' backups and hidden files are not meant, as in Ansible.
    children.retain(|child| !name_of(child).starts_with('.') && !name_of(child).ends_with('~'));
    children.sort();
    Ok(children)
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn is_inventory(path: &Path) -> bool {
    path.is_file() && matches!(extension(path), "yaml" | "yml")
}

/// Host names have dots of their own, so only the endings Ansible knows are taken for endings.
fn is_variables(path: &Path) -> bool {
    matches!(extension(path), "yaml" | "yml" | "json" | "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_beside_the_file_in_files_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["group_vars/web", "host_vars"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        for name in [
            "fleet.yaml",
            "other.yaml",
            "group_vars/all.yml",
            "group_vars/web/b.yaml",
            "group_vars/web/a.yaml",
            "group_vars/web/a.yaml~",
            "group_vars/notes.txt",
            "host_vars/db1.example.org.yaml",
        ] {
            fs::write(at(name), "").unwrap();
        }
        let found = |path: &Path| -> Vec<(String, InventoryRole)> {
            let shown = |file: InventoryFile| (name_of(&file.path).to_owned(), file.role);
            inventory_files(path).unwrap().into_iter().map(shown).collect()
        };
        let vars = vec![
            ("all.yml".to_owned(), InventoryRole::GroupVars("all".into())),
            ("a.yaml".to_owned(), InventoryRole::GroupVars("web".into())),
            ("b.yaml".to_owned(), InventoryRole::GroupVars("web".into())),
            ("db1.example.org.yaml".to_owned(), InventoryRole::HostVars("db1.example.org".into())),
        ];
        let mut one = vec![("fleet.yaml".to_owned(), InventoryRole::Inventory)];
        one.extend(vars.clone());
        assert_eq!(found(&at("fleet.yaml")), one);
        let mut all = vec![
            ("fleet.yaml".to_owned(), InventoryRole::Inventory),
            ("other.yaml".to_owned(), InventoryRole::Inventory),
        ];
        all.extend(vars);
        assert_eq!(found(folder.path()), all);
    }
}
