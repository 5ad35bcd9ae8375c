//! Which pages are there?

use std::fs;
use std::path::{Path, PathBuf};

/// One page of the documents.
pub struct Page {
    /// Its path below the repository, such as `docs/plan.md`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The page of this name.
pub fn page(name: &str) -> Page {
    let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Page { name: name.to_owned(), text }
}

/// Every page: those beside the README and those in `docs`.
pub fn all() -> Vec<Page> {
    let mut names = Vec::new();
    for folder in ["", "docs"] {
        let found = fs::read_dir(root().join(folder)).expect("a folder");
        let paths = found.map(|entry| Path::new(folder).join(entry.expect("an entry").file_name()));
        names.extend(paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    names.sort();
    names.iter().map(|path| page(&path.display().to_string())).collect()
}
