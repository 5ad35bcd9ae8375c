//! Where do the lines of a text begin, as Python splits them and as places count them?

use super::yaml::Mark;

/// The lines of a text with their places.
pub struct Lines<'t> {
    rest: &'t str,
    mark: Mark,
}

impl<'t> Lines<'t> {
    /// The lines of a text; a byte order mark at its beginning is passed over.
    pub fn of(text: &'t str) -> Self {
        let rest = text.strip_prefix('\u{feff}');
        let column = if rest.is_some() { 2 } else { 1 };
        Self { rest: rest.unwrap_or(text), mark: Mark { line: 1, column } }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = (&'t str, Mark);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let mark = self.mark;
        let Some((end, c)) = self.rest.char_indices().find(|(_, c)| ends_line(*c)) else {
            return Some((std::mem::take(&mut self.rest), mark));
        };
        let line = &self.rest[..end];
        let after = &self.rest[end + c.len_utf8()..];
        self.mark = match c {
            '\n' | '\r' => Mark { line: mark.line + 1, column: 1 },
            // Places count lines as every editor does, and these are inside of one there.
            _ => behind(&self.rest[..end + c.len_utf8()], mark),
        };
        self.rest = if c == '\r' { after.strip_prefix('\n').unwrap_or(after) } else { after };
        Some((line, mark))
    }
}

fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Where each line of a text begins, in bytes, as places count lines: a carriage return alone ends one too.
pub fn starts(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let ends = |at: &usize| match bytes[*at] {
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        byte => byte == b'\n',
    };
    std::iter::once(0).chain((0..bytes.len()).filter(ends).map(|at| at + 1))
}

/// A text without the blanks around it, and where it begins.
pub fn trimmed(text: &str, mark: Mark) -> (&str, Mark) {
    let begun = text.trim_start_matches(is_blank);
    (begun.trim_end_matches(is_blank), behind(&text[..text.len() - begun.len()], mark))
}

/// The place behind a text that begins at a place.
pub fn behind(text: &str, mut mark: Mark) -> Mark {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        mark = match c {
            '\n' => Mark { line: mark.line + 1, column: 1 },
            '\r' if characters.peek() != Some(&'\n') => Mark { line: mark.line + 1, column: 1 },
            _ => Mark { column: mark.column + 1, ..mark },
        };
    }
    mark
}

/// What Python takes for blank.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_python_ends_them_and_are_counted_as_editors_do() {
        let text = "\u{feff}a\r\n b \rc\u{b}d\n\ne";
        let lines: Vec<_> = Lines::of(text)
            .map(|(line, mark)| {
                let (text, mark) = trimmed(line, mark);
                (text, mark.line, mark.column)
            })
            .collect();
        assert_eq!(lines, [("a", 1, 2), ("b", 2, 2), ("c", 3, 1), ("d", 3, 3), ("", 4, 1), ("e", 5, 1)]);
    }
}
