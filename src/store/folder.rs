//! How is a folder of files written: all of them or none?
#![expect(clippy::disallowed_methods, reason = "this is the room where files are opened")]

use std::fs;
use std::path::Path;

use super::{StoreError, files, write_new, write_public};

/// Writes files, by their paths in the folder, for all to read.
///
/// A folder that is not there or empty becomes whole at once or stays as it was. In one that has files already, each
/// file is put in the place of the one before, whole, and others stay.
pub fn write_folder(folder: &Path, files: &[(&str, &str)]) -> Result<(), StoreError> {
    if has_entries(folder) {
        let write = |(path, text): &(&str, &str)| {
            write_public(&folder.join(path), |out| out.write_all(text.as_bytes()))
        };
        return files.iter().try_for_each(write);
    }
    // Where a link leads to is the folder that is meant.
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let part = files::part(&folder);
    let written = files.iter().try_for_each(|(path, text)| write_new(&part.join(path), text));
    let moved = written
        .and_then(|()| fs::rename(&part, &folder).map_err(|error| StoreError::io("write", &folder, error)));
    if moved.is_err() {
        // The half-written folder is worth nothing; that it may be left is less bad than hiding the cause.
        let _ = fs::remove_dir_all(&part);
    }
    moved
}

fn has_entries(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names = super::super::below(folder).unwrap();
        names.sort();
        names
    }

    #[test]
    fn a_folder_becomes_whole_or_stays_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let new = home.path().join("deep/new");
        write_folder(&new, &[("a/b.txt", "1"), ("c.txt", "2")]).unwrap();
        assert_eq!(names(&new), ["a/b.txt", "c.txt"]);
        let empty = home.path().join("empty");
        fs::create_dir(&empty).unwrap();
        // A file cannot be where a folder has to be.
        assert!(write_folder(&empty, &[("a", "1"), ("a/b", "2")]).is_err());
        assert_eq!(names(home.path()), ["deep/new/a/b.txt", "deep/new/c.txt"]);
        write_folder(&empty, &[("a", "1")]).unwrap();
        assert_eq!(names(&empty), ["a"]);
    }

    #[test]
    fn what_else_is_in_a_folder_stays() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("key.txt"), "mine").unwrap();
        fs::write(home.path().join("a"), "old").unwrap();
        write_folder(home.path(), &[("a", "new"), ("b/c", "2")]).unwrap();
        assert_eq!(names(home.path()), ["a", "b/c", "key.txt"]);
        assert_eq!(fs::read_to_string(home.path().join("a")).unwrap(), "new");
    }
}
