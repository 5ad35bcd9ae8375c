//! How is a bar drawn? As text, which others put where nothing else is disturbed.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

/// A bar of so many columns, full as far as `done` is of `all`.
pub fn bar(done: u64, all: u64, columns: u16) -> String {
    let row = Row { columns, text: Arc::default() };
    let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::term_like(Box::new(row.clone())));
    if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:{columns}}}")) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_position(done.min(all));
    row.clear();
    bar.force_draw();
    row.drawn()
}

/// A terminal of one row that keeps what was written last.
#[derive(Debug, Clone)]
struct Row {
    columns: u16,
    text: Arc<Mutex<String>>,
}

impl Row {
    fn drawn(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).trim_start_matches('\r').to_owned()
    }

    fn clear(&self) {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl TermLike for Row {
    fn width(&self) -> u16 {
        self.columns
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.clear();
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_it_shall_be_and_full_at_the_end_only() {
        assert_eq!(bar(0, 40, 10), "          ");
        assert_eq!(bar(1, 40, 10), ">         ");
        assert_eq!(bar(20, 40, 10), "=====>    ");
        assert_eq!(bar(39, 40, 10), "=========>");
        assert_eq!(bar(40, 40, 10), "==========");
        assert_eq!(bar(50, 40, 10), "==========");
        assert_eq!(bar(0, 0, 10), "==========");
        for done in 0..=1000 {
            assert_eq!(bar(done, 1000, 33).len(), 33, "{done}");
        }
    }
}
