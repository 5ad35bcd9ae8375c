//! How is what a screen hears put on the terminal or into a log?

use std::io::Write;
use std::time::{Duration, Instant};

use super::beat::Beat;
use super::frame::{Piece, frame};
use super::line::{line, meaning, mishap};
use super::pending::pending;
use super::tally::Tally;
use super::terminal::{Foot, Size};
use super::width::wrapped;
use super::{Mode, View, Word};
use crate::ci::spelled;
use crate::model::{Event, Happening};
use crate::report::{clean_line, defuse};

/// The least time between two drawings, however much happens.
const REST: Duration = Duration::from_millis(100);

/// After so long without a tick the process was stopped, and somebody else has written to the terminal.
const STOPPED: Duration = Duration::from_secs(2);

/// The most rows of one mishap; all of it is in the report.
const MOST_ROWS: usize = 4;

/// The most rows that show who is pending where the screen's size means nothing.
const PLAIN_ROWS: usize = 20;

/// What the screen's thread holds.
pub struct Painter {
    view: View,
    tally: Tally,
    beat: Beat,
    foot: Foot,
    question: Option<String>,
    /// Whether the question stands on the screen already.
    is_asked: bool,
    /// Whether the stream of events says its version already.
    is_open: bool,
    drawn: Option<Instant>,
    ticked: Instant,
}

impl Painter {
    /// Nothing is shown yet.
    pub(super) fn new(view: View) -> Self {
        Self {
            tally: Tally::new(view.outset),
            beat: Beat::new((view.now)()),
            foot: Foot::default(),
            question: None,
            is_asked: false,
            is_open: false,
            drawn: None,
            ticked: Instant::now(),
            view,
        }
    }

    /// Shows a word.
    pub(super) fn show(&mut self, word: Word) {
        if self.ticked.elapsed() > STOPPED {
            self.foot.forget();
        }
        self.ticked = Instant::now();
        match word {
            Word::Event(event) => self.show_event(&event),
            Word::Say(sentence) => self.put(&[Piece::new(None, sentence)]),
            Word::Ask(question) => {
                self.question = Some(question);
                self.is_asked = false;
                self.put(&[]);
            }
            Word::Answered => self.question = None,
            Word::Entered => self.show_pending(),
            Word::Tick => self.tick(),
            Word::Close => self.close(),
        }
    }

    fn show_event(&mut self, event: &Event) {
        let before = self.tally.interval();
        self.tally.add(event);
        if moves_on(&event.what) {
            self.question = None;
        }
        // A run that begins at the pace it was planned for says nothing new.
        let is_news = !matches!(event.what, Happening::PaceChanged { .. }) || self.tally.interval() != before;
        let said = match self.view.mode {
            Mode::Quiet => None,
            Mode::Json => return self.stream(event),
            Mode::Hosts => line(event, &self.tally).map(|text| Piece::new(meaning(&event.what), text)),
            Mode::Bar => mishap(event, &self.tally),
            Mode::Lines => mishap(event, &self.tally).map(|piece| {
                let text = format!("{} {}", event.at.strftime("%H:%M:%S"), piece.text);
                Piece::new(piece.meaning, text)
            }),
        };
        match said.filter(|_| is_news) {
            Some(piece) => self.put(&[piece]),
            None => self.tick(),
        }
    }

    /// The stream of events says its version first.
    fn stream(&mut self, event: &Event) {
        if !std::mem::replace(&mut self.is_open, true) {
            json(&event.opening(env!("CARGO_PKG_VERSION")));
        }
        json(event);
    }

    /// Draws anew what changes by itself.
    fn tick(&mut self) {
        match self.view.mode {
            Mode::Bar if self.drawn.is_none_or(|drawn| drawn.elapsed() >= REST) => self.put(&[]),
            Mode::Lines => {
                let now = (self.view.now)();
                if self.beat.strikes(now) {
                    let summary = self.tally.summary(now);
                    self.put(&[Piece::new(None, format!("{} {summary}", now.strftime("%H:%M:%S")))]);
                }
            }
            _ => {}
        }
    }

    fn show_pending(&mut self) {
        self.foot.entered();
        let size = Size::of(std::io::stderr());
        let rows = if self.view.mode == Mode::Bar { size.rows.saturating_sub(5) } else { PLAIN_ROWS };
        let lines = pending(&self.tally, (self.view.now)(), size.columns, rows.max(1));
        self.put(&lines.into_iter().map(|line| Piece::new(None, line)).collect::<Vec<_>>());
    }

    fn close(&mut self) {
        self.question = None;
        if self.view.mode == Mode::Bar {
            self.foot.draw(&[], &[], Size::of(std::io::stderr()).columns);
        }
    }

    /// Puts lines on the screen for good, and the question or the bar beneath them.
    fn put(&mut self, pieces: &[Piece]) {
        if self.view.mode == Mode::Bar {
            return self.draw(pieces);
        }
        for piece in pieces {
            talk(&self.view.paint.paint(piece.meaning, &defuse(&clean_line(&piece.text))));
        }
        self.question.iter().for_each(|question| talk(question));
    }

    fn draw(&mut self, pieces: &[Piece]) {
        if self.question.is_some() && self.is_asked && pieces.is_empty() {
            return;
        }
        self.is_asked = self.question.is_some();
        let size = Size::of(std::io::stderr());
        let paint = self.view.paint;
        let fitted = |piece: &Piece| {
            let lines = wrapped(&clean_line(&piece.text), size.columns.saturating_sub(1), MOST_ROWS);
            lines.into_iter().map(|line| paint.paint(piece.meaning, &line)).collect::<Vec<_>>()
        };
        let mut lines: Vec<String> = pieces.iter().flat_map(fitted).collect();
        let mut rows = Vec::new();
        match &self.question {
            // What is typed stands below it, and nothing is drawn there.
            Some(question) => lines.extend(wrapped(question, size.columns.saturating_sub(1), MOST_ROWS)),
            None => rows = frame(&mut self.tally, (self.view.now)(), size.columns, paint),
        }
        rows.truncate(size.rows.saturating_sub(2).max(1));
        self.foot.draw(&lines, &rows, size.columns);
        self.drawn = Some(Instant::now());
    }
}

/// Whether a question that was asked before has lost its sense.
fn moves_on(what: &Happening) -> bool {
    matches!(
        what,
        Happening::GateOpened { .. } | Happening::GateClosed { .. } | Happening::StopRequested { .. }
    )
}

/// Standard error and standard output may be closed pipes; a run does not end for that.
fn talk(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

fn json(event: &Event) {
    let mut line = Vec::new();
    if spelled::to_writer(&mut line, event).is_ok() {
        line.push(b'\n');
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}
