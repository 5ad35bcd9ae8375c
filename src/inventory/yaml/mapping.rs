//! Which keys does a mapping have? Each once, with what `<<` merges in.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::{Item, Key, Mark, Reader, Stop, Token};
use crate::inventory::complaint::Flaw;
use crate::model::Value;

/// What stands behind each `<<` of a mapping, and where.
type Merges<'t> = Vec<(Rc<[Item<'t>]>, Mark)>;

/// Takes the value behind a key.
type Visit<'v, 't> = &'v mut dyn FnMut(&mut Reader<'t>, Key<'t>, Mark) -> Result<(), Stop>;

impl<'t> Reader<'t> {
    /// Hands each key of a mapping, whose beginning was taken already, to `visit`, which takes the value.
    ///
    /// A key that stands twice is a flaw. What `<<` merges in comes last and never replaces a key.
    pub fn entries(&mut self, visit: Visit<'_, 't>) -> Result<(), Stop> {
        self.entries_and_merged(visit).map(|_| ())
    }

    /// The same, telling what was merged in.
    pub fn entries_and_merged(&mut self, visit: Visit<'_, 't>) -> Result<Merged, Stop> {
        let mut keys = Keys::default();
        let mut merges = Vec::new();
        while let Some((key, mark)) = self.key()? {
            if key.plain && key.text == "<<" {
                merges.push((self.capture()?, mark));
            } else if let Some(first) = keys.add(&key.text, mark) {
                let flaw = Flaw::new(format!("`{}` is here a second time", key.text));
                self.wrong(
                    mark,
                    flaw.hint(format!("it stands in line {first} already: keep one of the two")),
                );
                self.skip()?;
            } else {
                visit(self, key, mark)?;
            }
        }
        self.merge_all(merges, &mut keys, visit).map(Merged)
    }

    /// Merges what stands behind each `<<` of a mapping, all of whose own keys were seen; tells the names.
    fn merge_all(
        &mut self,
        merges: Merges<'t>,
        keys: &mut Keys,
        visit: Visit<'_, 't>,
    ) -> Result<Vec<String>, Stop> {
        let mut merged = Vec::new();
        // Of two `<<` the later one wins.
        for (items, mark) in merges.into_iter().rev() {
            self.play(items);
            merged.push(self.merge(keys, mark, visit)?);
        }
        Ok(merged.into_iter().rev().flatten().collect())
    }

    fn merge(&mut self, keys: &mut Keys, mark: Mark, visit: Visit<'_, 't>) -> Result<Vec<String>, Stop> {
        match self.peek()?.token {
            Token::Map => {
                self.next_item()?;
                self.merge_map(keys, visit)
            }
            Token::List => {
                self.next_item()?;
                let mut several = Vec::new();
                while !matches!(self.peek()?.token, Token::End) {
                    several.push(self.merge(keys, mark, visit)?);
                }
                self.next_item()?;
                // PyYAML begins with the weakest, which is the last one.
                Ok(several.into_iter().rev().flatten().collect())
            }
            _ => {
                let flaw = Flaw::new("`<<` merges mappings, and this is none");
                self.wrong(mark, flaw.hint("write `<<: *name`, where `&name` stands before a mapping"));
                self.skip().map(|()| Vec::new())
            }
        }
    }

    fn merge_map(&mut self, keys: &mut Keys, visit: Visit<'_, 't>) -> Result<Vec<String>, Stop> {
        let (mut merges, mut names) = (Vec::new(), Vec::new());
        while let Some((key, mark)) = self.key()? {
            if key.plain && key.text == "<<" {
                merges.push((self.capture()?, mark));
                continue;
            }
            names.push(key.text.clone().into_owned());
            if keys.add(&key.text, mark).is_some() {
                self.skip()?;
            } else {
                visit(self, key, mark)?;
            }
        }
        let mut merged = self.merge_all(merges, keys, visit)?;
        merged.append(&mut names);
        Ok(merged)
    }

    /// The next key of a mapping, or none at its end.
    fn key(&mut self) -> Result<Option<(Key<'t>, Mark)>, Stop> {
        loop {
            let item = self.next_item()?;
            match item.token {
                Token::End | Token::Finish => return Ok(None),
                Token::Scalar(key) if !key.is_null() => return Ok(Some((key, item.mark))),
                Token::Scalar(_) => {
                    self.wrong(item.mark, Flaw::new("a name is missing before the colon"));
                    self.skip()?;
                }
                Token::List | Token::Map => {
                    self.wrong(item.mark, Flaw::new("a list or mapping cannot be a name").hint(
                        "a value that begins with `{` or `[` needs quotes, such as `\"{{ inventory_hostname }}\"`",
                    ));
                    self.peeked = Some(item);
                    // The token was counted when it was taken the first time.
                    self.skip()?;
                    self.skip()?;
                }
            }
        }
    }

    /// Takes one whole node out of the stream.
    fn capture(&mut self) -> Result<Rc<[Item<'t>]>, Stop> {
        let mut items = Vec::new();
        let mut open = 0usize;
        loop {
            let item = self.next_item()?;
            match item.token {
                Token::List | Token::Map => open += 1,
                Token::End => open = open.saturating_sub(1),
                _ => {}
            }
            items.push(item);
            if open == 0 {
                return Ok(items.into());
            }
        }
    }
}

/// The names that `<<` merged into a mapping, as PyYAML puts them in front of the mapping's own.
#[derive(Default)]
pub struct Merged(Vec<String>);

impl Merged {
    /// Puts what was merged in first.
    pub fn lead(&self, entries: &mut [(Arc<str>, Value)]) {
        if self.0.is_empty() {
            return;
        }
        let mut places = HashMap::new();
        for (place, name) in self.0.iter().enumerate() {
            places.entry(name.as_str()).or_insert(place);
        }
        entries.sort_by_key(|(name, _)| places.get(&**name).copied().unwrap_or(usize::MAX));
    }
}

/// The keys of one mapping that were seen, with their lines.
#[derive(Default)]
struct Keys {
    few: Vec<(String, u32)>,
    many: HashMap<String, u32>,
}

impl Keys {
    /// Remembers a key; if it was seen before, says in which line.
    fn add(&mut self, key: &str, mark: Mark) -> Option<u32> {
        if let Some((_, line)) = self.few.iter().find(|(few, _)| few == key) {
            return Some(*line);
        }
        if self.few.len() < 8 {
            self.few.push((key.to_owned(), mark.line));
            return None;
        }
        match self.many.get(key) {
            Some(line) => Some(*line),
            None => {
                self.many.insert(key.to_owned(), mark.line);
                None
            }
        }
    }
}
