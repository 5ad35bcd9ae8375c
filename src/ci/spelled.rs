//! How is JSON spelled so that it moves no terminal and commands no CI system? Whoever parses it reads the same.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::model::is_shown;

/// Writes a part of a JSON string that needs no other escapes; errors are those of `out`.
///
/// JSON itself escapes what is below U+0020 only. A second `#` in a row is escaped too: `##[command]` is one for
/// several CI systems wherever it stands.
pub fn fragment<W: ?Sized + Write>(out: &mut W, text: &str) -> io::Result<()> {
    if text.chars().all(is_shown) && !text.contains("##") {
        return out.write_all(text.as_bytes());
    }
    let mut last = None;
    for c in text.chars() {
        if !is_shown(c) || (c == '#' && last == Some('#')) {
            write!(out, "\\u{:04x}", u32::from(c))?;
        } else {
            write!(out, "{c}")?;
        }
        last = Some(c);
    }
    Ok(())
}

struct Spelled;

impl Formatter for Spelled {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        fragment(out, text)
    }
}

/// Writes a value as compact JSON; errors are those of `out`.
pub fn to_writer(out: impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut to = serde_json::Serializer::with_formatter(out, Spelled);
    Ok(value.serialize(&mut to)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_read_as_it_was_written_and_harms_nobody(text in any::<String>(), hashes in "[#a\\[]{0,9}") {
            let text = text + &hashes;
            let mut out = Vec::new();
            to_writer(&mut out, &text).unwrap();
            let written = String::from_utf8(out).unwrap();
            prop_assert!(written.chars().all(is_shown) && !written.contains("##"));
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
