//! Which pages are there, and what stands in them? Headings, fenced blocks and the test's own remarks.

use std::fs;
use std::path::{Path, PathBuf};

/// One page of the documents.
pub struct Page {
    /// Its path below the repository, such as `docs/plan.md`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A part of a page that means something to a test.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// The line it begins in, from 1.
    pub line: usize,
    /// The words behind the fence, such as `console exit=3`; `remark` for a comment.
    pub info: String,
    /// What it holds.
    pub text: String,
}

impl Block {
    /// Whether the fence names this language.
    pub fn is(&self, language: &str) -> bool {
        self.info.split_whitespace().next() == Some(language)
    }

    /// The value behind `name=` on the fence.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.info.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
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

impl Page {
    /// Its fenced blocks and comments, in order.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            if let Some(remark) = line.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) {
                let text = remark.trim().to_owned();
                blocks.push(Block { line: at + 1, info: "remark".to_owned(), text });
            }
            let Some(info) = line.strip_prefix("```") else { continue };
            let inside: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let text = inside.iter().map(|line| format!("{line}\n")).collect();
            blocks.push(Block { line: at + 1, info: info.trim().to_owned(), text });
        }
        blocks
    }
}
