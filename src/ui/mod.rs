//! What do people see while a run goes on? Events in, lines or a bar out.

mod bar;
mod beat;
mod frame;
mod line;
mod paint;
mod painter;
mod pending;
mod status;
mod tally;
mod terminal;
mod width;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Event, Happening, Note, Outcome, Task};
pub use line::line;
pub use paint::{Meaning, Paint};
use painter::Painter;
pub use status::{Life, Mishap, Status};
pub use tally::{Outset, Tally};
pub use terminal::Size;
pub use width::{cut, padded, width};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A bar at the foot of the terminal, with mishaps above it.
    Bar,
    /// A line from time to time, and one for each mishap.
    Lines,
    /// A line for each host.
    Hosts,
    /// The events themselves, one JSON object a line, on standard output.
    Json,
    /// Nothing.
    Quiet,
}

/// What a screen is to know.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// How progress is shown.
    pub mode: Mode,
    /// How the run stands when it begins.
    pub outset: Outset,
    /// Whether colours are shown.
    pub paint: Paint,
    /// Tells the time.
    pub now: fn() -> Timestamp,
}

/// How often a screen is drawn anew by itself.
const TICK: Duration = Duration::from_millis(250);

/// The one mouth of a run; it hears events from any thread, keeps their order and never fails the run.
///
/// It speaks on a thread of its own: a terminal that is held, or a pipe that nobody reads, blocks that
/// thread and nothing else.
pub struct Screen {
    words: Sender<Word>,
    progress: Arc<Progress>,
}

/// What a screen is told.
enum Word {
    Event(Box<Event>),
    Say(String),
    Ask(String),
    Answered,
    Entered,
    Tick,
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
    /// A screen for a run.
    pub fn new(view: View) -> Self {
        Self::with(move || {
            let mut painter = Painter::new(view);
            move |word| painter.show(word)
        })
    }

    /// A screen that shows words as `begin`, called on its thread, wants them shown.
    fn with<S: FnMut(Word)>(begin: impl FnOnce() -> S + Send + 'static) -> Self {
        let (words, heard) = channel();
        let progress = Arc::new(Progress::default());
        let closing = Closing(progress.clone());
        // Without its thread the screen is closed and shows nothing.
        let _ = thread::Builder::new().name("screen".to_owned()).spawn(move || {
            let mut show = begin();
            while let Some(word) = next(&heard) {
                let (is_last, is_tick) = (matches!(word, Word::Close), matches!(word, Word::Tick));
                show(word);
                closing.0.shown.fetch_add(u64::from(!is_tick), Ordering::Release);
                if is_last {
                    return;
                }
            }
        });
        Self { words, progress }
    }

    /// Hears an event; returns at once.
    pub fn hear(&self, event: &Event) {
        self.tell(Word::Event(Box::new(event.clone())));
    }

    /// Says a sentence between the lines of the run; returns at once.
    pub fn say(&self, sentence: impl Into<String>) {
        self.tell(Word::Say(sentence.into()));
    }

    /// Puts a question to the person at the terminal, which stays there until it is answered or the run has moved on.
    pub fn ask(&self, question: impl Into<String>) {
        self.tell(Word::Ask(question.into()));
    }

    /// Takes the question away.
    pub fn answered(&self) {
        self.tell(Word::Answered);
    }

    /// Hears that the person at the terminal has pressed Enter, and shows who is pending.
    pub fn pending(&self) {
        self.tell(Word::Entered);
    }

    /// Takes the bar away when everything heard so far has been shown; returns at once.
    pub fn close(&self) {
        self.tell(Word::Close);
    }

    fn tell(&self, word: Word) {
        // After its end there is nobody to be told.
        let _ = self.words.send(word);
    }

    /// How much has been shown; none when it is closed and nothing is left to be shown.
    pub fn shown(&self) -> Option<u64> {
        let closed = self.progress.closed.load(Ordering::Acquire);
        (!closed).then(|| self.progress.shown.load(Ordering::Acquire))
    }
}

/// The next word, or that some time has passed; none when nobody is left to say any.
fn next(heard: &Receiver<Word>) -> Option<Word> {
    match heard.recv_timeout(TICK) {
        Ok(word) => Some(word),
        Err(RecvTimeoutError::Timeout) => Some(Word::Tick),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

/// What happens to a run of so many hosts as a whole, if it is worth a line.
pub fn told(what: &Happening, task: Task, hosts: u64) -> Option<String> {
    line::of_run(what, task, hosts)
}

/// An outcome in a few words.
pub fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Installed { notes, .. } => noted("installed", notes),
        Outcome::Connected { client, notes, .. } => {
            noted(&format!("connected (Jump Client {client})"), notes)
        }
        Outcome::NotConnected { detail, .. } => format!("installed but not connected: {detail}"),
        Outcome::AlreadyPresent { rule, evidence, running } => {
            let idle = if *running { "" } else { "; but no client runs" };
            format!("already present ({rule}: {evidence}){idle}")
        }
        Outcome::Removed { notes, .. } => noted("removed", notes),
        Outcome::AlreadyAbsent { why } if why.is_empty() => "already absent".to_owned(),
        Outcome::AlreadyAbsent { why } => format!("left alone: {why}"),
        Outcome::Failed { phase, class, detail, .. } => format!("failed: {phase}: {class}: {detail}"),
        Outcome::Unreachable { class, detail } => format!("unreachable: {class}: {detail}"),
        Outcome::Unknown { phase, detail } => format!("unknown: {phase}: {detail}"),
        Outcome::NotStarted { reason } => format!("not started: {reason}"),
    }
}

/// A word with what else is worth knowing.
fn noted(word: &str, notes: &[Note]) -> String {
    let said: Vec<&str> = notes.iter().map(|note| note.said()).collect();
    if said.is_empty() { word.to_owned() } else { format!("{word}; {}", said.join(", ")) }
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
                if !matches!(word, Word::Tick) && std::mem::take(&mut first) {
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
        let screen = Screen::with(|| |_: Word| panic!("no screen"));
        screen.hear(&event(1));
        until_closed(&screen);
        screen.hear(&event(2));
        screen.close();
    }
}
