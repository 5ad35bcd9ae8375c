//! What does a text in Python's quotes say?

use std::sync::Arc;

use super::Python;
use crate::inventory::scalar::UNSAFE;
use crate::model::Value;

impl Python<'_, '_> {
    /// One text, or several behind each other, which are one.
    pub(super) fn strings(&mut self) -> Option<Value> {
        let mut whole: Option<(Vec<u8>, bool)> = None;
        loop {
            self.pass_blanks();
            let rest = self.rest();
            let end = rest.find(['\'', '"']).unwrap_or(rest.len());
            let prefix = rest[..end].to_ascii_lowercase();
            if !(end < rest.len() && matches!(&*prefix, "" | "r" | "b" | "u" | "br" | "rb")) {
                break;
            }
            self.at += end;
            let (raw, bytes) = (prefix.contains('r'), prefix.contains('b'));
            let part = self.quoted(raw, bytes)?;
            match &mut whole {
                Some((_, kind)) if *kind != bytes => return None,
                Some((text, _)) => text.extend(part),
                none => *none = Some((part, bytes)),
            }
        }
        let (text, bytes) = whole?;
        let text = self.text(&String::from_utf8(text).ok()?);
        // Ansible takes no templates from bytes.
        Some(if bytes { Value::Map(Arc::from([(self.interner.text(UNSAFE), text)])) } else { text })
    }

    /// What stands between quotes, the first of which is next.
    fn quoted(&mut self, raw: bool, bytes: bool) -> Option<Vec<u8>> {
        let quote = self.rest().chars().next()?;
        let three = quote.to_string().repeat(3);
        let close = if self.rest().starts_with(&three) { three } else { quote.to_string() };
        self.at += close.len();
        let mut text = Vec::new();
        loop {
            if self.rest().starts_with(&close) {
                self.at += close.len();
                return Some(text);
            }
            let c = self.rest().chars().next().filter(|c| *c != '\0' && (c.is_ascii() || !bytes))?;
            self.at += c.len_utf8();
            match c {
                '\\' if raw => {
                    let next = self.rest().chars().next()?;
                    self.at += next.len_utf8();
                    push(&mut text, c);
                    push(&mut text, next);
                }
                '\\' => self.escape(bytes, &mut text)?,
                c => push(&mut text, c),
            }
        }
    }

    /// What a backslash, which was taken, makes of the characters behind it.
    fn escape(&mut self, bytes: bool, text: &mut Vec<u8>) -> Option<()> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        let code = match c {
            '\\' | '\'' | '"' => u32::from(c),
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            'x' => self.digits(2, 16)?,
            'u' if !bytes => self.digits(4, 16)?,
            'U' if !bytes => self.digits(8, 16)?,
            'N' if !bytes => return None,
            '0'..='7' => {
                self.at -= 1;
                let rest = self.rest().bytes();
                let count = rest.take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                self.digits(count, 8)?
            }
            other => {
                text.push(b'\\');
                u32::from(other)
            }
        };
        match bytes {
            true => text.push((code & 0xff) as u8),
            false => push(text, char::from_u32(code)?),
        }
        Some(())
    }

    fn digits(&mut self, count: usize, radix: u32) -> Option<u32> {
        let digits = self.rest().get(..count).filter(|digits| digits.chars().all(|c| c.is_digit(radix)))?;
        let code = u32::from_str_radix(digits, radix).ok()?;
        self.at += count;
        Some(code)
    }
}

fn push(text: &mut Vec<u8>, c: char) {
    text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}
