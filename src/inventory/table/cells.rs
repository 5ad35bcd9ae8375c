//! Which cells does a table have, and where does each begin? The door to the CSV parser.

use std::borrow::Cow;

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

use crate::inventory::lines::behind;
use crate::inventory::yaml::Mark;

/// One cell of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell<'t> {
    /// Its text, without the quotes around it.
    pub text: Cow<'t, str>,
    /// Where it begins, with its quote.
    pub mark: Mark,
    /// The line it ends on.
    pub last: u32,
    /// Whether it begins with a quote that is never closed.
    pub is_open: bool,
}

/// What may stand between cells, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A table that is read row by row.
pub struct Table<'t> {
    text: &'t str,
    /// How many bytes were read, and where that is.
    at: usize,
    mark: Mark,
    delimiter: u8,
    /// Making one takes longer than reading a row.
    reader: Reader,
}

impl<'t> Table<'t> {
    /// A table; what stands between its cells is found out where it is not named.
    ///
    /// Excel writes it into the first line, as `sep=;`.
    pub fn of(text: &'t str, delimiter: Option<u8>) -> Self {
        let begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mark = Mark { line: 1, column: 1 };
        let mut table = Self { text, at: begin, mark, delimiter: b',', reader: Reader::new() };
        let first = table.text[begin..].split(['\r', '\n']).next().unwrap_or_default();
        let written = separator(first);
        if written.is_some() {
            table.pass(begin + first.len());
        }
        table.skip_line_ends();
        let rest = &table.text[table.at..];
        table.delimiter = delimiter.or(written).unwrap_or_else(|| likeliest(rest));
        table.reader = ReaderBuilder::new().delimiter(table.delimiter).build();
        table
    }

    /// What stands between its cells.
    pub fn delimiter(&self) -> char {
        self.delimiter.into()
    }

    /// The next row that is not blank; none at the end.
    pub fn row(&mut self) -> Option<Vec<Cell<'t>>> {
        self.skip_line_ends();
        if self.at == self.text.len() {
            return None;
        }
        self.reader.reset();
        let mut row = Vec::new();
        loop {
            let begin = self.at;
            let mark = self.mark;
            let (text, ends) = self.field();
            let raw = self.text[begin..self.at].trim_end_matches(['\r', '\n']);
            let is_open = raw.starts_with('"') && raw.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
            let last = behind(raw, mark).line;
            row.push(Cell { text, mark, last, is_open });
            if ends {
                return Some(row);
            }
        }
    }

    /// One cell's text, and whether its row ends behind it.
    fn field(&mut self) -> (Cow<'t, str>, bool) {
        let mut bytes = Vec::new();
        let mut room = [0; 1024];
        let mut end = self.at;
        let ends = loop {
            let (result, taken, written) = self.reader.read_field(&self.text.as_bytes()[end..], &mut room);
            end += taken;
            bytes.extend_from_slice(&room[..written]);
            match result {
                ReadFieldResult::OutputFull => {}
                // Asked again with nothing left, the reader ends the last row.
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::Field { record_end } => break record_end,
                ReadFieldResult::End => break true,
            }
        };
        self.pass(end);
        // The delimiter and the quote are ASCII, so that what is left is text as before.
        (Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()), ends)
    }

    fn skip_line_ends(&mut self) {
        let rest = &self.text[self.at..];
        self.pass(self.at + rest.len() - rest.trim_start_matches(['\r', '\n']).len());
    }

    /// Goes on to a byte of the text, and over the second half of a line end.
    fn pass(&mut self, end: usize) {
        let halved = self.text[..end].ends_with('\r') && self.text[end..].starts_with('\n');
        let end = end + usize::from(halved);
        self.mark = behind(&self.text[self.at..end], self.mark);
        self.at = end;
    }
}

/// What Excel's first line says stands between cells.
fn separator(line: &str) -> Option<u8> {
    let line = line.trim_matches('"');
    match line.get(..4)?.eq_ignore_ascii_case("sep=").then(|| &line.as_bytes()[4..])? {
        [only] if only.is_ascii() && *only != b'"' => Some(*only),
        _ => None,
    }
}

/// What stands oftenest between the cells of the first row, outside of quotes.
fn likeliest(text: &str) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some(at) = DELIMITERS.iter().position(|known| *known == byte) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = (0..DELIMITERS.len()).rev().max_by_key(|at| counts[*at]).unwrap_or(0);
    DELIMITERS[most]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<(String, u32, u32)>> {
        let mut table = Table::of(text, None);
        let mut rows = Vec::new();
        while let Some(row) = table.row() {
            let cell = |cell: Cell<'_>| (cell.text.into_owned(), cell.mark.line, cell.mark.column);
            rows.push(row.into_iter().map(cell).collect());
        }
        rows
    }

    fn cell(text: &str, line: u32, column: u32) -> (String, u32, u32) {
        (text.to_owned(), line, column)
    }

    #[test]
    fn cells_know_their_places_whatever_the_line_ends_and_quotes() {
        let text = "name;\"a \"\"b\"\"\"\r\n\r\npc1;\"two\r\nlines; one cell\";x\r\npc2;é;y";
        let wanted = [
            vec![cell("name", 1, 1), cell("a \"b\"", 1, 6)],
            vec![cell("pc1", 3, 1), cell("two\r\nlines; one cell", 3, 5), cell("x", 4, 18)],
            vec![cell("pc2", 5, 1), cell("é", 5, 5), cell("y", 5, 7)],
        ];
        assert_eq!(rows(text), wanted);
        let old = text.replace("\r\n", "\r").replace('\n', "\r");
        let places = |text: &str| -> Vec<_> {
            rows(text).into_iter().flatten().map(|(_, line, column)| (line, column)).collect()
        };
        assert_eq!(places(&old), places(text));
        assert_eq!(
            rows("\u{feff}a\tb,c\tb\n1\t2,3\t"),
            [
                vec![cell("a", 1, 1), cell("b,c", 1, 3), cell("b", 1, 7)],
                vec![cell("1", 2, 1), cell("2,3", 2, 3), cell("", 2, 7)],
            ]
        );
    }

    #[test]
    fn the_separator_is_read_or_found_out() {
        assert_eq!(rows("sep=;\r\na;b,c,d\r\n"), [vec![cell("a", 2, 1), cell("b,c,d", 2, 3)]]);
        assert_eq!(rows("sep=|\ra,b|c\r"), [vec![cell("a,b", 2, 1), cell("c", 2, 5)]]);
        assert_eq!(rows("\"sep=|\"\na|b\n")[0].len(), 2);
        assert_eq!(rows("\"a;;;;b\",c\n")[0].len(), 2);
        assert_eq!(rows("alone\n1\n"), [vec![cell("alone", 1, 1)], vec![cell("1", 2, 1)]]);
        assert_eq!(rows(""), Vec::<Vec<_>>::new());
        assert_eq!(rows("\r\n\n"), Vec::<Vec<_>>::new());
    }

    #[test]
    fn a_quote_that_is_never_closed_is_noticed() {
        let mut table = Table::of("a,b\n1,\"2\n3,4\n", None);
        assert!(table.row().is_some_and(|row| row.iter().all(|cell| !cell.is_open)));
        assert!(table.row().is_some_and(|row| row[1].is_open));
        let mut table = Table::of("a,b\n1,\"2 \"\"x\"\"\"\n", None);
        table.row();
        assert!(table.row().is_some_and(|row| !row[1].is_open && row[1].text == "2 \"x\""));
    }
}
