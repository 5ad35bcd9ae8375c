//! Which keys does a mapping have? Each once, with what `<<` merges in.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Item, Key, Mark, Reader, Stop, Token};
use crate::inventory::complaint::Flaw;

/// Takes the value behind a key.
type Visit<'v, 't> = &'v mut dyn FnMut(&mut Reader<'t>, Key<'t>, Mark) -> Result<(), Stop>;

impl<'t> Reader<'t> {
    /// Hands each key of a mapping, whose beginning was taken already, to `visit`, which takes the value.
    ///
    /// A key that stands twice is a flaw. What `<<` merges in comes last and never replaces a key.
    pub fn entries(&mut self, visit: Visit<'_, 't>) -> Result<(), Stop> {
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
        for (items, mark) in merges {
            self.play(items);
            self.merge(&mut keys, mark, visit)?;
        }
        Ok(())
    }

    fn merge(&mut self, keys: &mut Keys, mark: Mark, visit: Visit<'_, 't>) -> Result<(), Stop> {
        match self.peek()?.token {
            Token::Map => {
                self.next_item()?;
                self.merge_map(keys, visit)
            }
            Token::List => {
                self.next_item()?;
                while !matches!(self.peek()?.token, Token::End) {
                    self.merge(keys, mark, visit)?;
                }
                self.next_item()?;
                Ok(())
            }
            _ => {
                let flaw = Flaw::new("`<<` merges mappings, and this is none");
                self.wrong(mark, flaw.hint("write `<<: *name`, where `&name` stands before a mapping"));
                self.skip()
            }
        }
    }

    fn merge_map(&mut self, keys: &mut Keys, visit: Visit<'_, 't>) -> Result<(), Stop> {
        while let Some((key, mark)) = self.key()? {
            if key.plain && key.text == "<<" {
                self.merge(keys, mark, visit)?;
            } else if keys.add(&key.text, mark).is_some() {
                self.skip()?;
            } else {
                visit(self, key, mark)?;
            }
        }
        Ok(())
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
