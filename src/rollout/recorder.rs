//! How does what happened reach the journal first, and everybody else after?

use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;

use crate::model::{Event, Happening};
use crate::store::{Journal, Settling, StoreError};

/// Tells the wall-clock time.
pub type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// Hears of events that are in the journal.
type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// Writes events down and passes them on, in one order for everybody.
pub struct Recorder {
    state: Mutex<State>,
    now: Clock,
    listener: Listener,
}

struct State {
    journal: Option<Journal>,
    broken: bool,
    failure: Option<StoreError>,
}

impl State {
    fn fail(&mut self, error: StoreError) {
        self.broken = true;
        self.failure.get_or_insert(error);
    }
}

/// What became of an event that was to be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// It is in the journal.
    Yes,
    /// It was too late for it.
    TooLate,
    /// The journal cannot be written.
    Never,
}

impl Recorder {
    /// A recorder for this journal; `listener` must return at once, for visits wait for it.
    pub fn new(journal: Journal, now: Clock, listener: Listener) -> Self {
        Self {
            state: Mutex::new(State { journal: Some(journal), broken: false, failure: None }),
            now,
            listener,
        }
    }

    /// A recorder that keeps nothing, for looks that change nothing.
    pub fn silent(now: Clock) -> Self {
        let state = State { journal: None, broken: false, failure: None };
        Self { state: Mutex::new(state), now, listener: Box::new(|_| ()) }
    }

    /// Writes an event down; false means that it is not in the journal and must not be built upon.
    pub fn note(&self, host: Option<&Arc<str>>, what: Happening) -> bool {
        self.note_if(host, what, || true) == Noted::Yes
    }

    /// Writes an event down unless it is too late for it when its turn has come.
    pub fn note_if(&self, host: Option<&Arc<str>>, what: Happening, in_time: impl Fn() -> bool) -> Noted {
        match self.write(host, what, in_time) {
            Ok(_) => Noted::Yes,
            Err(noted) => noted,
        }
    }

    /// The event as it was written down, or what became of it instead.
    fn write(
        &self,
        host: Option<&Arc<str>>,
        what: Happening,
        in_time: impl Fn() -> bool,
    ) -> Result<Event, Noted> {
        let mut state = self.state();
        if state.broken {
            return Err(Noted::Never);
        }
        if !in_time() {
            return Err(Noted::TooLate);
        }
        let event = Event { at: (self.now)(), host: host.cloned(), what };
        match state.journal.as_mut().map_or(Ok(()), |journal| journal.append(&event)) {
            Ok(()) => {
                (self.listener)(&event);
                Ok(event)
            }
            Err(error) => {
                state.fail(error);
                Err(Noted::Never)
            }
        }
    }

    /// Writes an event down so that it survives a power failure.
    pub fn note_durably(&self, host: Option<&Arc<str>>, what: Happening) -> bool {
        self.note(host, what) && self.settle()
    }

    /// Writes the last event down so that it survives a power failure; none means that it is not written.
    pub fn note_last(&self, what: Happening) -> Option<Event> {
        let event = self.write(None, what, || true).ok()?;
        self.settle().then_some(event)
    }

    fn settle(&self) -> bool {
        // Not under the lock: a slow disk must not hold up a visit that has just got its permit.
        let settling = self.state().journal.as_ref().map(Journal::settling);
        match settling.map_or(Ok(()), Settling::settle) {
            Ok(()) => true,
            Err(error) => {
                self.state().fail(error);
                false
            }
        }
    }

    /// Whether writing failed; from then on nothing more is written.
    pub fn is_broken(&self) -> bool {
        self.state().broken
    }

    /// The failure to write, for the one who ends the run.
    pub fn health(&self) -> Result<(), StoreError> {
        self.state().failure.take().map_or(Ok(()), Err)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic while the lock was held leaves a whole journal: lines are written by one call.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
