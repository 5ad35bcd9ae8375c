//! How is a stranger's text shortened and counted before it goes into the page?

use std::borrow::Cow;

use crate::report::clean::{clean, clean_line, first_characters, last_bytes};

/// One line without anything that turns or moves what stands beside it.
pub(super) fn line(text: &str, characters: usize) -> Cow<'_, str> {
    match clean_line(text) {
        Cow::Borrowed(text) => first_characters(text, characters),
        Cow::Owned(text) => Cow::Owned(first_characters(&text, characters).into_owned()),
    }
}

/// The end of what a host printed, its lines kept.
pub(super) fn output(text: &str, bytes: usize) -> String {
    clean(last_bytes(text, bytes)).trim_end().to_owned()
}

/// Folded names with spaces behind the commas between them, so that lines can end there.
pub(super) fn spaced(names: &str) -> String {
    let mut spaced = String::with_capacity(names.len() + names.len() / 16);
    let mut depth = 0;
    for c in names.chars() {
        depth += i32::from(c == '[') - i32::from(c == ']');
        spaced.push(c);
        if c == ',' && depth <= 0 {
            spaced.push(' ');
        }
    }
    spaced
}

/// How many bytes a text takes in the page at most: the signs that markup knows take six.
pub(super) fn cost(text: &str) -> usize {
    let signs = |byte: &u8| matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'' | b'/' | b'\\' | b'\n' | b'\t');
    text.len() + 5 * text.bytes().filter(|byte| signs(byte)).count()
}

/// `12,345`.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups_of_three() {
        let numbers = [0, 999, 1000, 25_000, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "25,000", "1,234,567"]);
    }

    #[test]
    fn names_can_be_broken_between_each_other() {
        assert_eq!(spaced("db1,web[01-03,07],x … and 2 more"), "db1, web[01-03,07], x … and 2 more");
    }

    #[test]
    fn a_shortened_line_stays_clean() {
        assert_eq!(line("a\u{202e}\nb\u{1b}[31mc", 3), "a b…");
        assert_eq!(output("one\r\ntwo\0\n\n", 100), "one\ntwo");
    }
}
