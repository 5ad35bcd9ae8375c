//! How wide is text on a terminal, and how is it made to fit? Pure.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Turns the character before it into a wide picture, on some terminals.
const AS_PICTURE: char = '\u{fe0f}';

/// The columns that a character takes at most.
fn columns_of(c: char) -> usize {
    if c == AS_PICTURE { 1 } else { c.width().unwrap_or(0) }
}

/// The columns that a text takes at most; it must hold no control characters.
pub fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// The text in at most so many columns, with `…` for what is left out.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    match columns.checked_sub(1) {
        Some(room) => Cow::Owned(format!("{}…", &text[..fitting(text, room)])),
        None => Cow::Borrowed(""),
    }
}

/// The text, cut and filled with spaces to so many columns.
pub fn padded(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(&text))))
}

/// The text in lines of at most so many columns, all but the first indented; the last of at most `most` lines ends
/// with `…` when not everything fits.
pub fn wrapped(text: &str, columns: usize, most: usize) -> Vec<String> {
    const INDENT: usize = 4;
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && lines.len() < most {
        let indent = if lines.is_empty() || columns <= 2 * INDENT { 0 } else { INDENT };
        let room = columns.saturating_sub(indent).max(1);
        let lead = " ".repeat(indent);
        if width(rest) <= room || lines.len() + 1 == most {
            lines.push(format!("{lead}{}", cut(rest, room)));
            break;
        }
        let end = fitting(rest, room);
        // At a word's end, unless that would leave a line nearly empty.
        let space = rest[..end].rfind(' ').filter(|space| width(&rest[..*space]) * 2 > room);
        // A character wider than the room is shown all the same, for otherwise nothing would ever be left out.
        let end = space.unwrap_or(end).max(rest.chars().next().map_or(0, char::len_utf8));
        lines.push(format!("{lead}{}", &rest[..end]));
        rest = rest[end..].trim_start();
    }
    lines
}

/// How many bytes of the text fit into so many columns.
fn fitting(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    let fits = |(_, c): &(usize, char)| {
        taken += columns_of(*c);
        taken <= columns
    };
    text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_cut_where_its_columns_end() {
        for (text, columns, wanted) in [
            ("web01", 5, "web01"),
            ("web01", 4, "web…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("e\u{301}e\u{301}", 2, "e\u{301}e\u{301}"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(cut(text, columns), wanted);
        }
        assert_eq!(padded("日本", 6), "日本  ");
    }

    #[test]
    fn long_text_goes_on_in_indented_lines() {
        let text = "web03: failed: install: the installer ended with exit code 7";
        let lines = ["web03: failed: install: the", "    installer ended with exit", "    code 7"];
        assert_eq!(wrapped(text, 30, 5), lines);
        assert_eq!(wrapped(text, 30, 2), ["web03: failed: install: the", "    installer ended with exit…"]);
        assert_eq!(wrapped("日本日本", 1, 2), ["日", "…"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(text in "\\PC{0,90}", columns in 2usize..60, most in 1usize..6) {
            prop_assert!(width(&cut(&text, columns)) <= columns);
            for line in wrapped(&text, columns, most) {
                prop_assert!(width(&line) <= columns, "{line:?}");
            }
        }
    }
}
