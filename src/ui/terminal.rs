//! How is the foot of a terminal drawn over without harm to what stands above it?
//!
//! The cursor is never hidden and nothing is switched: whenever the process dies, the terminal is as it was.

use std::io::{self, Write};

use rustix::process::getpgrp;
use rustix::termios::{tcgetpgrp, tcgetwinsize};

use super::width::width;
use crate::report::clean_line;

/// The size that is assumed when the terminal does not say its own.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// How large a terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

impl Size {
    /// The size of the terminal that this is written to, now.
    pub fn of(output: impl std::os::fd::AsFd) -> Self {
        let known = |size: u16, usual| if size == 0 { usual } else { usize::from(size) };
        tcgetwinsize(output).map_or(USUAL, |size| Self {
            columns: known(size.ws_col, USUAL.columns),
            rows: known(size.ws_row, USUAL.rows),
        })
    }
}

/// Whether this process is the one that the terminal listens to; one in the background draws nothing there.
fn is_ours() -> bool {
    tcgetpgrp(io::stderr()).map_or(true, |group| group == getpgrp())
}

/// Standard error, with some rows at its foot that are drawn anew again and again.
///
/// The cursor waits at the beginning of the last of these rows.
#[derive(Debug, Default)]
pub struct Foot {
    /// How wide each of the rows is that stand there.
    rows: Vec<usize>,
    /// How many rows the person's Enter has moved the cursor down.
    entered: usize,
}

impl Foot {
    /// Prints lines for good, and draws these rows beneath them, on a terminal of so many columns; a failure to write
    /// ends no run.
    pub fn draw(&mut self, lines: &[String], rows: &[String], columns: usize) {
        let rows = if is_ours() { rows } else { &[] };
        let drawn = self.drawn(lines, rows, columns);
        let mut err = io::stderr().lock();
        let _ = err.write_all(drawn.as_bytes()).and_then(|()| err.flush());
    }

    /// The person has pressed Enter, and the terminal has shown that.
    pub fn entered(&mut self) {
        self.entered += 1;
    }

    /// Forgets what was drawn: somebody else has written meanwhile.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// One text that is written at once, so that nothing flickers.
    fn drawn(&mut self, lines: &[String], rows: &[String], columns: usize) -> String {
        let up = self.above(columns);
        let mut text = String::from("\r");
        if up > 0 {
            text.push_str(&format!("\u{1b}[{up}A"));
        }
        for line in lines {
            text.push_str(line);
            text.push_str("\u{1b}[K\n");
        }
        text.push_str(&rows.join("\u{1b}[K\n"));
        text.push_str("\u{1b}[K\u{1b}[J\r");
        *self = Self { rows: rows.iter().map(|row| width(&clean_line(row))).collect(), entered: 0 };
        text
    }

    /// How many rows the first one lies above the cursor.
    ///
    /// Most terminals break rows anew when they become narrower; one that cuts them off loses a line of the log here,
    /// which the report has too.
    fn above(&self, columns: usize) -> usize {
        let Some((_, above)) = self.rows.split_last() else { return 0 };
        let broken: usize = above.iter().map(|width| width.div_ceil(columns.max(1)).max(1)).sum();
        broken + self.entered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal shows after some writing.
    fn screen(terminal: &mut vt100::Parser, written: &str) -> String {
        // As the terminal's driver does.
        terminal.process(written.replace('\n', "\r\n").as_bytes());
        terminal.screen().contents()
    }

    fn terminal() -> vt100::Parser {
        vt100::Parser::new(6.try_into().unwrap(), 20.try_into().unwrap(), 0)
    }

    fn rows(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_drawn_anew_leaves_nothing_behind() {
        let mut terminal = terminal();
        let mut foot = Foot::default();
        let mut draw = |lines: &str, drawn: &str| {
            let written = foot.drawn(&rows(lines), &rows(drawn), 20);
            screen(&mut terminal, &written)
        };
        assert_eq!(draw("", "one\ntwo"), "one\ntwo");
        assert_eq!(draw("", "1"), "1");
        assert_eq!(draw("log", "a\nb\nc"), "log\na\nb\nc");
        assert_eq!(draw("second", "a\nb"), "log\nsecond\na\nb");
        assert_eq!(draw("3\n4\n5\n6", "a\nb"), "3\n4\n5\n6\na\nb");
        assert_eq!(draw("end", ""), "3\n4\n5\n6\nend");
        assert_eq!(draw("more", ""), "4\n5\n6\nend\nmore");
    }

    #[test]
    fn enter_moves_nothing_out_of_place() {
        let mut terminal = terminal();
        let mut foot = Foot::default();
        screen(&mut terminal, &foot.drawn(&[], &rows("a\nb"), 20));
        // Drawn once more before anybody has heard of the key.
        for drawn_between in [false, true, false] {
            screen(&mut terminal, "\n");
            if drawn_between {
                screen(&mut terminal, &foot.drawn(&[], &rows("a\nb"), 20));
            }
            foot.entered();
            let shown = screen(&mut terminal, &foot.drawn(&rows("pending"), &rows("a\nb"), 20));
            assert!(shown.ends_with("pending\na\nb"), "{shown}");
            assert_eq!(shown.matches('a').count(), 1, "{shown}");
        }
    }
    #[test]
    fn rows_that_a_narrower_terminal_breaks_are_drawn_over_too() {
        let mut foot = Foot::default();
        foot.drawn(&[], &rows("\u{1b}[32m日本日本日本日本日\u{1b}[0m\nsecond row\nlast row"), 20);
        for (columns, above) in [(20, 2), (18, 2), (17, 3), (9, 4), (5, 6), (1, 28)] {
            assert_eq!(foot.above(columns), above, "{columns}");
        }
        assert!(foot.drawn(&[], &[], 9).starts_with("\r\u{1b}[4A"));
        assert_eq!(foot.above(9), 0);
    }
}
