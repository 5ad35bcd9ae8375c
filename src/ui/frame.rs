//! What does the progress at the foot of the terminal look like? Pure.

use jiff::Timestamp;

use super::bar;
use super::paint::{Meaning, Paint};
use super::tally::Tally;
use super::width::{cut, width};
use crate::report::duration;

/// The longest bar; a longer one says no more.
const LONGEST_BAR: u16 = 60;

/// The shortest bar that still shows anything.
const SHORTEST_BAR: usize = 8;

/// What stands between two pieces.
const BETWEEN: &str = " · ";

/// Some words with what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// What they mean.
    pub meaning: Option<Meaning>,
}

impl Piece {
    /// Words that mean something.
    pub fn new(meaning: impl Into<Option<Meaning>>, text: impl Into<String>) -> Self {
        Self { text: text.into(), meaning: meaning.into() }
    }
}

/// The rows at the foot of a terminal of so many columns; none of them is wider, and the last column stays free.
pub fn frame(tally: &mut Tally, now: Timestamp, columns: usize, paint: Paint) -> Vec<String> {
    const MOST_ROWS: usize = 2;
    let room = columns.saturating_sub(1);
    let mut rows = vec![progress(tally, room, paint)];
    rows.extend(flow(&tally.pieces(now), room, MOST_ROWS, paint));
    rows
}

/// `[====>     ] 12/40  30%  at least 28 s`, or what of it fits.
fn progress(tally: &Tally, room: usize, paint: Paint) -> String {
    let (done, all) = (tally.finished(), tally.hosts());
    let share = if all == 0 { 1.0 } else { (done as f64 / all as f64).min(1.0) };
    let counted = format!("{done}/{all}  {:.0}%", (share * 100.0).floor());
    let left = tally.time_left().map(|left| format!("{counted}  at least {}", duration(left)));
    let fits = |text: &String| width(text) + 3 + SHORTEST_BAR <= room;
    let text = left.filter(fits).unwrap_or(counted);
    let Some(length) = room.checked_sub(width(&text) + 3).filter(|length| *length >= SHORTEST_BAR) else {
        return cut(&text, room).into_owned();
    };
    let length = u16::try_from(length).unwrap_or(LONGEST_BAR).min(LONGEST_BAR);
    let drawn = bar::bar(done, all, length);
    format!("[{}] {text}", paint.paint(Some(Meaning::Good), &drawn))
}

/// The pieces in rows, the first ones first; what finds no room is left out.
fn flow(pieces: &[Piece], room: usize, most: usize, paint: Paint) -> Vec<String> {
    let mut rows: Vec<(usize, String)> = Vec::new();
    for piece in pieces {
        let is_last = rows.len() == most;
        let text = cut(&piece.text, room);
        let painted = paint.paint(piece.meaning, &text);
        match rows.last_mut() {
            Some((taken, row)) if *taken + width(BETWEEN) + width(&text) <= room => {
                *taken += width(BETWEEN) + width(&text);
                row.push_str(BETWEEN);
                row.push_str(&painted);
            }
            _ if is_last => break,
            _ => rows.push((width(&text), painted)),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Event, Happening, Outcome, Task};
    use crate::ui::Outset;

    fn tally(hosts: u64, finished: u64) -> Tally {
        Tally::new(Outset { task: Task::Install, hosts, finished, interval: Duration::from_secs(1) })
    }

    fn plain(tally: &mut Tally, columns: usize) -> Vec<String> {
        frame(tally, Timestamp::UNIX_EPOCH, columns, Paint::default())
    }

    #[test]
    fn a_frame_fits_its_terminal() {
        let mut tally = tally(25_000, 12_345);
        let paused = Happening::Paused { by: "ada@ops1".into() };
        tally.add(&Event { at: Timestamp::UNIX_EPOCH, host: None, what: paused });
        let rows = [
            "[=============================>                              ] 12345/25000  49%",
            "paused by ada@ops1 · 0 of 60 starts/min · 12655 left",
        ];
        assert_eq!(plain(&mut tally, 81), rows);
        let rows = ["[==========>          ] 12345/25000  49%", "paused by ada@ops1 · 0 of 60 starts/min"];
        assert_eq!(plain(&mut tally, 41)[..2], rows);
        assert_eq!(plain(&mut tally, 12)[0], "12345/2500…");
        for columns in 2..200 {
            for row in plain(&mut tally, columns) {
                assert!(width(&row) < columns, "{row:?} in {columns}");
            }
        }
    }

    #[test]
    fn the_time_that_is_left_is_shown_while_it_runs() {
        let mut tally = tally(100, 40);
        let rows = plain(&mut tally, 80);
        let bar = "[==================>                          ] 40/100  40%  at least 1 min 0 s";
        assert_eq!(rows[0], bar);
        let outcome = Outcome::Installed { directory: None, notes: Vec::new() };
        for host in 0..60 {
            let what = Happening::HostFinished { outcome: outcome.clone(), milliseconds: 1 };
            let host = Some(format!("h{host}").into());
            tally.add(&Event { at: Timestamp::UNIX_EPOCH, host, what });
        }
        assert!(plain(&mut tally, 80)[0].ends_with("=] 100/100  100%"));
    }

    #[test]
    fn colours_take_no_room() {
        let mut tally = tally(25_000, 12_345);
        let paint = Paint { on: true };
        let coloured = frame(&mut tally, Timestamp::UNIX_EPOCH, 80, paint).join("\n");
        let bare = crate::report::clean_line(&coloured).into_owned();
        assert_eq!(bare, plain(&mut tally, 80).join(" "));
        assert_ne!(coloured, bare);
    }
}
