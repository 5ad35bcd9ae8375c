//! What on a page means something to a test? Fenced blocks and comments.

use crate::pages::Page;

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

/// A page's fenced blocks and comments, in order.
pub fn of(page: &Page) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.text.lines().enumerate();
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
