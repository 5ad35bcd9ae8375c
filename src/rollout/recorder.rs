//! How does what happened reach the journal first, and everybody else after?

use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;

use crate::model::{Event, Happening};
use crate::store::{Journal, StoreError};

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

impl Recorder {
    /// A recorder for this journal; `listener` must be quick, for visits wait for it.
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
        self.write(host, what, Journal::append)
    }

    /// Writes an event down so that it survives a power failure.
    pub fn note_durably(&self, host: Option<&Arc<str>>, what: Happening) -> bool {
        self.write(host, what, Journal::append_durably)
    }

    fn write(
        &self,
        host: Option<&Arc<str>>,
        what: Happening,
        append: fn(&mut Journal, &Event) -> Result<(), StoreError>,
    ) -> bool {
        let mut state = self.state();
        if state.broken {
            return false;
        }
        let event = Event { at: (self.now)(), host: host.cloned(), what };
        match state.journal.as_mut().map_or(Ok(()), |journal| append(journal, &event)) {
            Ok(()) => {
                (self.listener)(&event);
                true
            }
            Err(error) => {
                state.broken = true;
                state.failure = Some(error);
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
