//! Which texts is a parser given? Committed seeds, rubbish, shuffled words of its language, and broken seeds.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use serde_json::{Value, json};

/// Cases a parser is given unless `JUMPFLEET_CASES` says another number.
const CASES: u32 = 1000;

/// What stands where a number, a name or a line end is expected, in any language.
const NASTY: &[&str] = &[
    "",
    "\0",
    "\u{1b}[31m",
    "\u{9b}2J",
    "\u{7f}",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "é",
    "🦀",
    "\r",
    "\r\n",
    "\n",
    "\t",
    "-1",
    "1e999",
    "NaN",
    "4294967296",
    "18446744073709551616",
    "99999999999999999999999999",
];

/// The same cases every time, as many as are wanted.
pub fn config() -> Config {
    let cases = std::env::var("JUMPFLEET_CASES").ok().and_then(|cases| cases.parse().ok());
    Config {
        cases: cases.unwrap_or(CASES),
        max_shrink_iters: 2000,
        rng_seed: RngSeed::Fixed(0),
        // A failing text is kept as a seed, where everybody can read it.
        failure_persistence: None,
        ..Config::default()
    }
}

/// One parser's trial.
pub struct Trial {
    words: Vec<&'static str>,
    seeds: Vec<Vec<u8>>,
}

#[derive(Debug, Clone)]
enum Edit {
    Flip(Index, u8),
    Cut(Index, usize),
    Repeat(Index, usize, usize),
    Insert(Index, Index),
    Truncate(Index),
    Splice(Index, Index),
}

impl Trial {
    /// A trial with the seeds of `tests/parsers/seeds/NAME/` and the words of the parser's language.
    pub fn of(name: &str, words: &[&'static str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parsers/seeds").join(name);
        let entries = fs::read_dir(&folder).expect("a folder of seeds");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("a seed").path()).collect();
        paths.sort();
        let seeds: Vec<_> = paths.iter().map(|path| fs::read(path).expect("a seed")).collect();
        Self { words: words.iter().chain(NASTY).copied().collect(), seeds }
    }

    /// The same with one seed more.
    pub fn and(mut self, seed: impl Into<Vec<u8>>) -> Self {
        self.seeds.push(seed.into());
        self
    }

    /// Gives the parser everything; `property` panics when something is wrong.
    pub fn bytes(self, property: impl Fn(&[u8])) {
        self.seeds.iter().for_each(|seed| property(seed));
        let mut runner = TestRunner::new(config());
        let result = runner.run(&self.texts(), |text| {
            property(&text);
            Ok(())
        });
        if let Err(TestError::Fail(why, text)) = result {
            panic!("{why}\nmake this a seed: {:?}", String::from_utf8_lossy(&text));
        }
    }

    /// The same for a parser that is only ever given UTF-8.
    pub fn text(self, property: impl Fn(&str)) {
        self.bytes(|bytes| property(&String::from_utf8_lossy(bytes)));
    }

    fn texts(&self) -> impl Strategy<Value = Vec<u8>> + use<> {
        let (words, seeds) = (self.words.clone(), self.seeds.clone());
        let rubbish = prop::collection::vec(any::<u8>(), 0..300);
        let unicode = any::<String>().prop_map(String::into_bytes);
        let near = prop::collection::vec(prop::sample::select(self.words.clone()), 0..60)
            .prop_map(|words| words.concat().into_bytes());
        let broken = (any::<Index>(), prop::collection::vec(edit(), 1..6)).prop_map(move |(seed, edits)| {
            let mut text = seed.get(&seeds).clone();
            edits.iter().for_each(|edit| edit.apply(&mut text, &words, &seeds));
            text
        });
        prop_oneof![1 => rubbish, 1 => unicode, 3 => near, 5 => broken]
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Flip(at, byte)),
        (at(), 1usize..40).prop_map(|(at, length)| Edit::Cut(at, length)),
        (at(), 1usize..40, 1usize..20).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        (at(), at()).prop_map(|(at, word)| Edit::Insert(at, word)),
        at().prop_map(Edit::Truncate),
        (at(), at()).prop_map(|(at, other)| Edit::Splice(at, other)),
    ]
}

impl Edit {
    fn apply(&self, text: &mut Vec<u8>, words: &[&str], seeds: &[Vec<u8>]) {
        let length = text.len();
        let position = |at: &Index| at.index(length + 1);
        let until = |from: usize, count: usize| from..(from + count).min(length);
        match self {
            Self::Flip(at, byte) if length > 0 => text[at.index(length)] = *byte,
            Self::Flip(_, byte) => text.push(*byte),
            Self::Cut(at, count) => drop(text.drain(until(position(at), *count))),
            Self::Repeat(at, count, times) => {
                let from = position(at);
                let piece = text[until(from, *count)].repeat(*times);
                text.splice(from..from, piece);
            }
            Self::Insert(at, word) => {
                let from = position(at);
                text.splice(from..from, word.get(words).bytes());
            }
            Self::Truncate(at) => text.truncate(position(at)),
            Self::Splice(at, other) => {
                let from = position(at);
                let other = other.get(seeds);
                text.truncate(from);
                text.extend_from_slice(&other[from.min(other.len())..]);
            }
        }
    }
}

/// A part of a JSON text, and what is put in its place; nothing takes it out.
#[derive(Debug, Clone)]
pub struct Change {
    part: Index,
    value: Option<Value>,
}

/// Any change of any part.
pub fn nodes() -> impl Strategy<Value = Change> {
    let odd = prop::sample::select(vec![
        None,
        Some(Value::Null),
        Some(json!(true)),
        Some(json!(-1)),
        Some(json!(0)),
        Some(json!(u64::MAX)),
        Some(json!(i64::MIN)),
        Some(json!(1e300)),
        Some(json!(-1e300)),
        Some(json!(5e-324)),
        Some(json!("")),
        Some(json!("\u{1b}[31m\n\0")),
        Some(json!("9999-12-31T23:59:59Z")),
        Some(json!("-009999-01-02T01:59:59Z")),
        Some(json!("4294967295/h")),
        Some(json!("x".repeat(10_000))),
        Some(json!([])),
        Some(json!({})),
    ]);
    (any::<Index>(), odd).prop_map(|(part, value)| Change { part, value })
}

impl Change {
    /// Changes the part.
    pub fn apply(&self, value: &mut Value) {
        let at = self.part.index(parts(value));
        self.change(value, at);
    }

    fn change(&self, value: &mut Value, at: usize) {
        if at == 0 {
            *value = self.value.clone().unwrap_or_default();
            return;
        }
        let mut left = at - 1;
        match value {
            Value::Array(items) => {
                for index in 0..items.len() {
                    let here = parts(&items[index]);
                    if left == 0 && self.value.is_none() {
                        items.remove(index);
                        return;
                    }
                    if left < here {
                        return self.change(&mut items[index], left);
                    }
                    left -= here;
                }
            }
            Value::Object(entries) => {
                let names: Vec<String> = entries.keys().cloned().collect();
                for name in names {
                    let here = entries.get(&name).map_or(0, parts);
                    if left == 0 && self.value.is_none() {
                        entries.remove(&name);
                        return;
                    }
                    if left < here {
                        return entries.get_mut(&name).map_or((), |entry| self.change(entry, left));
                    }
                    left -= here;
                }
            }
            _ => {}
        }
    }
}

fn parts(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(parts).sum(),
        Value::Object(entries) => entries.values().map(parts).sum(),
        _ => 0,
    }
}
