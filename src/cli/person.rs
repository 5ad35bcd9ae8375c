//! What does the person at this terminal want of the run? Answers at gates, and Enter for who is pending.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::model::Happening;
use crate::ui::Screen;

use super::Surroundings;

/// The pause between two looks whether the run goes on and the terminal listens to it.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// How long a process in the background waits before it looks again.
const BACKGROUND: Duration = Duration::from_secs(1);

const QUESTION: &str = "Begin the next wave? `yes` begins it, `halt` ends the run:";

/// The person at this terminal, who is asked at gates that a person opens.
pub struct Person {
    may_answer: bool,
    screen: Arc<Screen>,
    gates: UnboundedReceiver<()>,
    lines: UnboundedReceiver<String>,
    is_asked: bool,
    /// Ends the listening when nobody waits for the person any more.
    _ear: Option<Ear>,
}

impl Person {
    /// Somebody who is listened to if `is_there`, and may answer if `may_answer`; `gates` tells when to ask.
    pub fn new(is_there: bool, may_answer: bool, gates: UnboundedReceiver<()>, screen: Arc<Screen>) -> Self {
        let (line, lines) = unbounded_channel();
        let ear = is_there.then(|| Ear::listen(line));
        Self { may_answer: is_there && may_answer, screen, gates, lines, is_asked: false, _ear: ear }
    }

    /// What the person wants, once a gate was reached and an answer given.
    pub async fn answer(&mut self) -> Happening {
        loop {
            tokio::select! {
                Some(()) = self.gates.recv() => self.ask(),
                Some(line) = self.lines.recv() => {
                    if let Some(answer) = self.heard(&line) {
                        return answer;
                    }
                }
                else => std::future::pending().await,
            }
        }
    }

    fn ask(&mut self) {
        if self.may_answer {
            self.is_asked = true;
            self.screen.ask(QUESTION);
        } else {
            self.screen.say("a person opens this gate: jumpfleet continue");
        }
    }

    fn heard(&mut self, line: &str) -> Option<Happening> {
        let by = Surroundings::by();
        let answer = match line.trim() {
            "y" | "yes" if self.is_asked => Happening::Continued { by },
            "halt" if self.is_asked => Happening::HaltRequested { by },
            _ => {
                self.screen.pending();
                return None;
            }
        };
        self.is_asked = false;
        self.screen.answered();
        Some(answer)
    }
}

/// A thread that reads lines from the terminal, until it is dropped.
struct Ear {
    is_over: Arc<AtomicBool>,
}

impl Ear {
    fn listen(lines: UnboundedSender<String>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        // Without the thread nobody is heard, and gates are opened by `jumpfleet continue`.
        let _ = thread::Builder::new().name("person".to_owned()).spawn(move || {
            while !over.load(Ordering::Acquire) {
                match heard() {
                    Heard::Nothing => {}
                    Heard::End => return,
                    // When nobody listens any more, nothing is to be heard.
                    Heard::Line(line) => drop(lines.send(line)),
                }
            }
        });
        Self { is_over }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
    }
}

enum Heard {
    Line(String),
    Nothing,
    End,
}

/// A line, if one is there in a moment.
///
/// Whoever reads from a terminal in the background is stopped by it, and a rollout must not be: so it looks first.
fn heard() -> Heard {
    if !is_in_front() {
        thread::sleep(BACKGROUND);
        return Heard::Nothing;
    }
    let stdin = io::stdin();
    let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut ready, Some(&PAUSE)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Heard::Nothing,
        Ok(_) if is_in_front() => {}
        Ok(_) => return Heard::Nothing,
        Err(_) => return Heard::End,
    }
    let mut bytes = [0; 1024];
    match rustix::io::read(&stdin, &mut bytes) {
        Ok(0) | Err(_) => Heard::End,
        Ok(read) => Heard::Line(String::from_utf8_lossy(&bytes[..read]).into_owned()),
    }
}

/// Whether the terminal listens to this process.
fn is_in_front() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}
