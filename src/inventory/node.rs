//! What does a small YAML file say, as a tree in which every part knows its place?

use std::sync::Arc;

use super::complaint::{Complaints, File};
use super::scalar::{self, Interner};
use super::yaml::{Mark, Reader, Stop, Token};
use crate::model::{FileId, Mistake, Mistakes, Origin, Place, Value};

/// One part of a file: its value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    mark: Mark,
    content: Content,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    mark: Mark,
    /// What stands behind it.
    pub node: Node,
}

impl Entry {
    /// Where the key stands.
    pub fn origin(&self) -> Origin {
        origin(self.mark)
    }
}

impl Node {
    /// Where it begins; a tree is made of one file, so the file number is always 0.
    pub fn origin(&self) -> Origin {
        origin(self.mark)
    }

    /// Where it begins, in a file of this name.
    pub fn place(&self, path: &str) -> Place {
        Place { file: path.into(), line: self.mark.line, column: self.mark.column }
    }

    /// What stands behind a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| &*entry.key == key).map(|entry| &entry.node)
    }

    /// The part at the end of a path of keys and list positions, such as `["releases", "main", "expires"]`.
    pub fn find<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> Option<&Self> {
        path.into_iter().try_fold(self, |node, step| match &node.content {
            Content::List(list) => step.parse::<usize>().ok().and_then(|index| list.get(index)),
            _ => node.get(step),
        })
    }

    /// The entries of a mapping in the order written; empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The parts of a list; empty for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a scalar.
    pub fn scalar(&self) -> Option<&Value> {
        match &self.content {
            Content::Scalar(value) => Some(value),
            _ => None,
        }
    }

    /// The text of a scalar that is text.
    pub fn text(&self) -> Option<&str> {
        match self.scalar() {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a mapping.
    pub fn is_map(&self) -> bool {
        matches!(self.content, Content::Map(_))
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.content, Content::List(_))
    }

    /// Whether it is `null`, `~` or nothing.
    pub fn is_null(&self) -> bool {
        self.scalar() == Some(&Value::Null)
    }

    /// The same without places.
    pub fn value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Content::Map(entries) => {
                Value::Map(entries.iter().map(|entry| (entry.key.clone(), entry.node.value())).collect())
            }
        }
    }
}

fn origin(mark: Mark) -> Origin {
    Origin { file: FileId(0), line: mark.line, column: mark.column }
}

/// A file that was read as a tree, able to show its lines.
#[derive(Debug)]
pub struct Tree {
    /// The whole file; `null` if nothing is in it.
    pub root: Node,
    file: File,
}

impl Tree {
    /// A mistake at a place of this file, with its line; what looks like a secret in it is masked.
    pub fn mistake(&self, origin: Origin, what: impl Into<String>) -> Mistake {
        let mut complaints = Complaints::default();
        let what = what.into();
        complaints.add(origin, super::complaint::Flaw::new(what.clone()));
        let mistakes = complaints.finish(std::slice::from_ref(&self.file));
        mistakes.0.into_iter().next().unwrap_or_else(|| Mistake::general(what))
    }
}

/// The tree of a small file; keys that stand twice and everything that is not YAML are mistakes.
pub fn tree(path: &str, text: &str) -> Result<Tree, Mistakes> {
    let mut reader = Reader::new(text);
    let mut interner = Interner::default();
    let root = whole(&mut reader, &mut interner);
    let flaws = std::mem::take(&mut reader.flaws);
    let file = File::new(path, text.to_owned());
    let mut complaints = Complaints::default();
    for (mark, flaw) in flaws {
        complaints.add(origin(mark), flaw);
    }
    match root {
        Ok(root) if complaints.is_empty() => Ok(Tree { root, file }),
        _ => Err(complaints.finish(&[file])),
    }
}

fn whole(reader: &mut Reader<'_>, interner: &mut Interner) -> Result<Node, Stop> {
    if matches!(reader.peek()?.token, Token::Finish) {
        return Ok(Node { mark: Mark { line: 1, column: 1 }, content: Content::Scalar(Value::Null) });
    }
    let root = node(reader, interner)?;
    reader.next_item()?;
    Ok(root)
}

fn node(reader: &mut Reader<'_>, interner: &mut Interner) -> Result<Node, Stop> {
    let item = reader.peek()?;
    let mark = item.mark;
    let content = match item.token {
        Token::List => {
            reader.next_item()?;
            let mut items = Vec::new();
            while !matches!(reader.peek()?.token, Token::End | Token::Finish) {
                items.push(node(reader, interner)?);
            }
            reader.next_item()?;
            Content::List(items)
        }
        Token::Map => {
            reader.next_item()?;
            let mut entries = Vec::new();
            reader.entries(&mut |reader, key, mark| {
                let entry = Entry { key: interner.text(&key.text), mark, node: node(reader, interner)? };
                entries.push(entry);
                Ok(())
            })?;
            Content::Map(entries)
        }
        _ => Content::Scalar(scalar::next_value(reader, interner)?),
    };
    Ok(Node { mark, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_knows_its_place() {
        let tree = tree("a.yml", "site: pra.example.org\nreleases:\n  main:\n    - x: 1\n").unwrap();
        let found = tree.root.find(["releases", "main", "0", "x"]).unwrap();
        assert_eq!(found.value(), Value::Integer(1));
        assert_eq!((found.origin().line, found.origin().column), (4, 10));
        assert_eq!(tree.root.entries()[1].origin().line, 2);
        assert_eq!(tree.root.get("site").and_then(Node::text), Some("pra.example.org"));
        let shown = tree.mistake(found.origin(), "no").to_string();
        assert_eq!(shown, "a.yml:4:10: no\n   |\n 4 |     - x: 1\n   |          ^");
    }

    #[test]
    fn a_key_that_stands_twice_is_a_mistake() {
        let mistakes = tree("a.yml", "a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(
            mistakes.to_string(),
            "a.yml:3:1: `a` is here a second time\n   |\n 3 | a: 3\n   | ^\n   = it stands in line 1 already: keep one of the two"
        );
    }

    #[test]
    fn merge_keys_and_aliases_are_replaced_by_what_they_stand_for() {
        let text = "base: &base {a: 1, b: 2}\nmore:\n  <<: *base\n  b: 3\nagain: *base\n\
                    twice: {<<: *base, <<: {a: 9}}\naround: {<<: {<<: *base, a: 6}}\n";
        let tree = tree("a.yml", text).unwrap();
        let more = tree.root.get("more").unwrap();
        assert_eq!(more.get("a").map(Node::value), Some(Value::Integer(1)));
        assert_eq!(more.get("b").map(Node::value), Some(Value::Integer(3)));
        assert_eq!(tree.root.find(["twice", "a"]).map(Node::value), Some(Value::Integer(9)));
        assert_eq!(tree.root.find(["around", "a"]).map(Node::value), Some(Value::Integer(6)));
        assert_eq!(tree.root.find(["again", "b"]).map(Node::value), Some(Value::Integer(2)));
    }

    #[test]
    fn an_alias_bomb_and_a_deep_pit_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let ten = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{ten}]\n"));
        }
        assert!(tree("a.yml", &bomb).is_err());
        assert!(tree("a.yml", &"[".repeat(10_000)).is_err());
        assert!(tree("a.yml", "a: &a [*a]\n").is_err());
        let mut pit = "a0: &a0 [x]\n".to_owned();
        for n in 1..200 {
            pit.push_str(&format!("a{n}: &a{n} [[[*a{}]]]\n", n - 1));
        }
        assert!(tree("a.yml", &pit).is_err());
    }

    #[test]
    fn secrets_are_not_shown() {
        let mistakes = tree("a.yml", "password: hunter2\npassword: hunter3 # x\n").unwrap_err();
        assert!(!mistakes.to_string().contains("hunter"), "{mistakes}");
    }
}
