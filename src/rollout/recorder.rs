//! How does what happened reach the journal first, then the policy, and everybody else after?

use std::sync::Arc;
use std::sync::Mutex;

use tokio::sync::watch;

use super::policy::{Moment, Policy};
use super::{Admission, Stop};
use crate::model::{Event, Happening};
use crate::store::{Journal, Settling, StoreError};

/// Tells the time.
pub type Clock = Box<dyn Fn() -> Moment + Send + Sync>;

/// Hears of events that are in the journal.
type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// Writes events down and passes them on, in one order for everybody.
///
/// What follows from an event is written down before anybody else's next event, so that nothing is started
/// between the mishap that ends the budget and the end of the starts.
pub struct Recorder {
    state: Mutex<State>,
    now: Clock,
    listener: Listener,
    stop: Stop,
    changed: watch::Sender<()>,
}

struct State {
    journal: Option<Journal>,
    policy: Option<Policy>,
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
    /// A recorder for this journal and the policy that goes by it; `listener` must return at once, for
    /// visits wait for it. `stop` is asked for when the journal says so.
    pub fn new(journal: Journal, policy: Policy, now: Clock, listener: Listener, stop: Stop) -> Self {
        let state = State { journal: Some(journal), policy: Some(policy), broken: false, failure: None };
        Self { state: Mutex::new(state), now, listener, stop, changed: watch::Sender::new(()) }
    }

    /// A recorder that keeps nothing, for looks that change nothing.
    pub fn silent(now: Clock) -> Self {
        let state = State { journal: None, policy: None, broken: false, failure: None };
        Self {
            state: Mutex::new(state),
            now,
            listener: Box::new(|_| ()),
            stop: Stop::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// Writes an event down; false means that it is not in the journal and must not be built upon.
    pub fn note(&self, host: Option<&Arc<str>>, what: Happening) -> bool {
        self.write(host, what, |_, _| true).is_ok()
    }

    /// Writes an event down that starts something on a host of the plan, unless the policy does not admit it or
    /// it is too late for it when its turn has come.
    pub fn note_start(
        &self,
        host: usize,
        name: &Arc<str>,
        what: Happening,
        in_time: impl Fn() -> bool,
    ) -> Noted {
        let admitted = |policy: Option<&Policy>, now| {
            policy.is_none_or(|policy| policy.admits(host, now) == Admission::Granted) && in_time()
        };
        match self.write(Some(name), what, admitted) {
            Ok(_) => Noted::Yes,
            Err(noted) => noted,
        }
    }

    /// Asks the policy, or tells it the time; none when there is none.
    pub fn ask<T>(&self, question: impl FnOnce(&mut Policy, Moment) -> T) -> Option<T> {
        let mut state = self.state();
        let now = (self.now)();
        state.policy.as_mut().map(|policy| question(policy, now))
    }

    /// Writes down what follows from what is known by now.
    pub fn catch_up(&self) {
        let mut state = self.state();
        if !state.broken {
            // A journal that fails is seen by whoever writes next.
            let _ = self.follow(&mut state);
        }
    }

    /// Tells whoever holds the receiver when something about the run as a whole has changed.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// The event as it was written down, or what became of it instead.
    fn write(
        &self,
        host: Option<&Arc<str>>,
        what: Happening,
        in_time: impl FnOnce(Option<&Policy>, Moment) -> bool,
    ) -> Result<Event, Noted> {
        let mut state = self.state();
        if state.broken {
            return Err(Noted::Never);
        }
        let now = (self.now)();
        if !in_time(state.policy.as_ref(), now) {
            return Err(Noted::TooLate);
        }
        let event = self.append(&mut state, host, what, now)?;
        self.follow(&mut state)?;
        Ok(event)
    }

    fn append(
        &self,
        state: &mut State,
        host: Option<&Arc<str>>,
        what: Happening,
        now: Moment,
    ) -> Result<Event, Noted> {
        let event = Event { at: now.at, host: host.cloned(), what };
        if let Err(error) = state.journal.as_mut().map_or(Ok(()), |journal| journal.append(&event)) {
            state.fail(error);
            return Err(Noted::Never);
        }
        if let Some(policy) = &mut state.policy {
            policy.hear(&event, now);
        }
        if let Happening::StopRequested { reason } = &event.what {
            self.stop.ask(reason);
        }
        if event.host.is_none() {
            self.changed.send_replace(());
        }
        (self.listener)(&event);
        Ok(event)
    }

    fn follow(&self, state: &mut State) -> Result<(), Noted> {
        loop {
            let now = (self.now)();
            let Some(policy) = &mut state.policy else { return Ok(()) };
            let Some((host, what)) = policy.follows(now) else { return Ok(()) };
            let name = host.and_then(|host| policy.name(host).cloned());
            self.append(state, name.as_ref(), what, now)?;
        }
    }

    /// Writes an event down so that it survives a power failure.
    pub fn note_durably(&self, host: Option<&Arc<str>>, what: Happening) -> bool {
        self.note(host, what) && self.settle()
    }

    /// Writes the last event down so that it survives a power failure; none means that it is not written.
    pub fn note_last(&self, what: Happening) -> Option<Event> {
        let event = self.write(None, what, |_, _| true).ok()?;
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
