//! What do people see while a run goes on? Events in, lines or bars out.

mod line;
mod status;
mod tally;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ci::spelled;
use crate::model::{Event, Happening, Outcome};
use crate::report::{clean_line, defuse};
pub use line::line;
use line::mishap;
pub use status::{Life, Mishap, Status};
pub use tally::Tally;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A bar on the terminal, with mishaps above it.
    Bars,
    /// A line a host, for logs.
    Lines,
    /// The events themselves, one JSON object a line, on standard output.
    Json,
    /// Nothing.
    Quiet,
}

/// The one mouth of a run; it hears events from any thread, keeps their order and never fails the run.
///
/// It speaks on a thread of its own: a terminal that is held, or a pipe that nobody reads, blocks that
/// thread and nothing else.
pub struct Screen {
    words: Sender<Word>,
    progress: Arc<Progress>,
}

enum Word {
    Event(Box<Event>),
    Close,
}

/// How far the thread is.
#[derive(Default)]
struct Progress {
    shown: AtomicU64,
    closed: AtomicBool,
}

/// Says that the thread has ended, however it ended.
struct Closing(Arc<Progress>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Release);
    }
}

impl Screen {
    /// A screen for a run over so many hosts, of which some are finished already.
    ///
    /// `interval` is the time between two starts, for the estimate; `colour` allows colours.
    pub fn new(mode: Mode, hosts: u64, finished: u64, interval: Duration, colour: bool) -> Self {
        Self::with(move || {
            let mut painter = Painter::new(mode, hosts, finished, interval, colour);
            move |word| painter.show(word)
        })
    }

    /// A screen that shows words as `begin`, called on its thread, wants them shown.
    fn with<S: FnMut(Word)>(begin: impl FnOnce() -> S + Send + 'static) -> Self {
        let (words, heard): (_, Receiver<Word>) = channel();
        let progress = Arc::new(Progress::default());
        let closing = Closing(progress.clone());
        // Without its thread the screen is closed and shows nothing.
        let _ = thread::Builder::new().name("screen".to_owned()).spawn(move || {
            let mut show = begin();
            for word in heard {
                let is_last = matches!(word, Word::Close);
                show(word);
                closing.0.shown.fetch_add(1, Ordering::Release);
                if is_last {
                    return;
                }
            }
        });
        Self { words, progress }
    }

    /// Hears an event; returns at once.
    pub fn hear(&self, event: &Event) {
        // After its end there is nobody to be told.
        let _ = self.words.send(Word::Event(Box::new(event.clone())));
    }

    /// Takes the bar away when everything heard so far has been shown; returns at once.
    pub fn close(&self) {
        let _ = self.words.send(Word::Close);
    }

    /// How much has been shown; none when it is closed and nothing is left to be shown.
    pub fn shown(&self) -> Option<u64> {
        let closed = self.progress.closed.load(Ordering::Acquire);
        (!closed).then(|| self.progress.shown.load(Ordering::Acquire))
    }
}

/// What the screen's thread holds.
struct Painter {
    mode: Mode,
    tally: Tally,
    bar: ProgressBar,
    /// Whether the stream of events says its version already.
    is_open: bool,
}

impl Painter {
    fn new(mode: Mode, hosts: u64, finished: u64, interval: Duration, colour: bool) -> Self {
        let bar = match mode {
            Mode::Bars => ProgressBar::with_draw_target(Some(hosts), ProgressDrawTarget::stderr()),
            _ => ProgressBar::hidden(),
        };
        let template =
            if colour { "{bar:32.green/dim} {pos}/{len}  {msg}" } else { "{bar:32} {pos}/{len}  {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_position(finished);
        if mode == Mode::Bars {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        Self { mode, tally: Tally::new(hosts, finished, interval), bar, is_open: false }
    }

    fn show(&mut self, word: Word) {
        match word {
            Word::Event(event) => self.show_event(&event),
            Word::Close => self.bar.finish_and_clear(),
        }
    }

    fn show_event(&mut self, event: &Event) {
        let before = self.tally.interval();
        self.tally.add(event);
        // A run that begins at the pace it was planned for says nothing new.
        let is_news = !matches!(event.what, Happening::PaceChanged { .. }) || self.tally.interval() != before;
        match self.mode {
            Mode::Quiet => {}
            Mode::Json => {
                if !std::mem::replace(&mut self.is_open, true) {
                    json(&event.opening(env!("CARGO_PKG_VERSION")));
                }
                json(event);
            }
            Mode::Lines => {
                if let Some(line) = line(event, &self.tally).filter(|_| is_news) {
                    talk(&harmless(&line));
                }
            }
            Mode::Bars => {
                if let Some(line) = mishap(event, &self.tally).filter(|_| is_news) {
                    self.bar.println(harmless(&line));
                }
                self.bar.set_position(self.tally.finished());
                self.bar.set_message(self.tally.summary(event.at));
            }
        }
    }
}

/// Standard error and standard output may be closed pipes; a run does not end for that.
fn talk(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A line in which what a host printed moves no cursor and commands no CI system.
fn harmless(line: &str) -> String {
    defuse(&clean_line(line)).into_owned()
}

fn json(event: &Event) {
    let mut line = Vec::new();
    if spelled::to_writer(&mut line, event).is_ok() {
        line.push(b'\n');
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}

/// What happens to a run of so many hosts as a whole, if it is worth a line.
pub fn told(what: &Happening, hosts: u64) -> Option<String> {
    line::of_run(what, hosts)
}

/// An outcome in a few words.
pub fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Installed { .. } => "installed".to_owned(),
        Outcome::AlreadyPresent { rule, evidence, running } => {
            let idle = if *running { "" } else { "; but no client runs" };
            format!("already present ({rule}: {evidence}){idle}")
        }
        Outcome::Removed { .. } => "removed".to_owned(),
        Outcome::AlreadyAbsent { why } if why.is_empty() => "already absent".to_owned(),
        Outcome::AlreadyAbsent { why } => format!("left alone: {why}"),
        Outcome::Failed { phase, class, detail, .. } => format!("failed: {phase}: {class}: {detail}"),
        Outcome::Unreachable { class, detail } => format!("unreachable: {class}: {detail}"),
        Outcome::Unknown { phase, detail } => format!("unknown: {phase}: {detail}"),
        Outcome::NotStarted { reason } => format!("not started: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn event(delay: u64) -> Event {
        let what = Happening::InstallStarted { waited: delay };
        Event { at: Timestamp::UNIX_EPOCH, host: Some("h1".into()), what }
    }

    fn until_closed(screen: &Screen) {
        while screen.shown().is_some() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_blocked_screen_holds_nobody_and_keeps_the_order() {
        let (release, held) = channel::<()>();
        let (tell, told) = channel();
        let screen = Screen::with(move || {
            let mut first = true;
            move |word| {
                if std::mem::take(&mut first) {
                    held.recv().unwrap();
                }
                if let Word::Event(event) = word {
                    tell.send(event.what).unwrap();
                }
            }
        });
        let events: Vec<Event> = (0..1000).map(event).collect();
        events.iter().for_each(|event| screen.hear(event));
        screen.close();
        assert_eq!(screen.shown(), Some(0));
        release.send(()).unwrap();
        until_closed(&screen);
        assert!(told.iter().eq(events.into_iter().map(|event| event.what)));
    }

    #[test]
    fn a_screen_whose_thread_failed_is_closed() {
        let screen = Screen::with(|| |_| panic!("no screen"));
        screen.hear(&event(1));
        until_closed(&screen);
        screen.hear(&event(2));
        screen.close();
    }
}
