//! Who may start next? Visits queue here, and each permit goes to the one that waited longest.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::Crew;
use crate::store::{Pacer, Permit, Permits, StoreError};

/// The longest time between two looks at who waits: windows close by a clock that people set.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The only thing that travels backward: from here on no new installer starts.
#[derive(Clone)]
pub struct Stop {
    asked: Arc<watch::Sender<bool>>,
    reason: Arc<OnceLock<String>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { asked: Arc::new(watch::Sender::new(false)), reason: Arc::default() }
    }
}

impl Stop {
    /// Asks for the stop; the first reason given is the one that is kept.
    pub fn ask(&self, reason: &str) {
        let _ = self.reason.set(reason.to_owned());
        self.asked.send_replace(true);
    }

    /// Whether a stop was asked for.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Why, once a stop was asked for.
    pub fn reason(&self) -> Option<&str> {
        self.reason.get().map(String::as_str)
    }

    /// Tells when the stop is asked for.
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.asked.subscribe()
    }
}

/// A visit that waits for its permit.
struct Request {
    host: usize,
    answer: SyncSender<Permit>,
}

/// A visit's way to permits.
#[derive(Clone)]
pub struct Pace {
    requests: mpsc::UnboundedSender<Request>,
    permits: Arc<Permits>,
}

impl Pace {
    /// Starts handing out permits; the task ends when nobody can ask any more, or with the limit's error.
    pub fn start(permits: Permits, crew: Arc<Crew>) -> (Self, JoinHandle<Result<(), StoreError>>) {
        let (requests, asked) = mpsc::unbounded_channel();
        let permits = Arc::new(permits);
        let desk = Desk { crew, permits: permits.clone(), asked, waiting: VecDeque::new() };
        (Self { requests, permits }, tokio::spawn(desk.serve()))
    }

    /// Waits for a permit for this host that is still fresh when it arrives; none means that the host is not
    /// started any more.
    pub fn permit(&self, host: usize) -> Option<Permit> {
        loop {
            let permit = self.ask(host)?.recv().ok()?;
            // A permit that lay too long would bring this start too close to the next one.
            if self.is_fresh(permit) {
                return Some(permit);
            }
            self.permits.give_back(permit);
        }
    }

    /// Where the permits come from, which is told what becomes of them.
    pub fn permits(&self) -> &Permits {
        &self.permits
    }

    /// Whether the permit may still be used.
    pub fn is_fresh(&self, permit: Permit) -> bool {
        self.permits.is_fresh(permit)
    }

    fn ask(&self, host: usize) -> Option<Receiver<Permit>> {
        let (answer, permit) = sync_channel(1);
        self.requests.send(Request { host, answer }).ok()?;
        Some(permit)
    }
}

/// Where permits are handed out.
struct Desk {
    crew: Arc<Crew>,
    permits: Arc<Permits>,
    asked: mpsc::UnboundedReceiver<Request>,
    waiting: VecDeque<Request>,
}

impl Desk {
    async fn serve(mut self) -> Result<(), StoreError> {
        let mut stopped = self.crew.stop.watch();
        let mut changed = self.crew.recorder.watch();
        loop {
            let wait = match self.next() {
                None => LONGEST_WAIT,
                Some(first) => match self.permits.take() {
                    Ok(Pacer::Start(permit)) => {
                        let taken = self.waiting.remove(first).map(|request| request.answer.send(permit));
                        // Whoever has gone meanwhile wastes a moment, and nothing else.
                        if taken.is_none_or(|sent| sent.is_err()) {
                            self.permits.give_back(permit);
                        }
                        continue;
                    }
                    Ok(Pacer::Wait(wait)) => wait.min(LONGEST_WAIT),
                    Err(error) => {
                        self.crew.stop.ask(&format!("there are no permits: {error}"));
                        return Err(error);
                    }
                },
            };
            let idle = self.waiting.is_empty();
            tokio::select! {
                request = self.asked.recv() => match request {
                    Some(request) => self.waiting.push_back(request),
                    None => return Ok(()),
                },
                () = tokio::time::sleep(wait), if !idle => {}
                _ = stopped.changed() => {}
                _ = changed.changed() => {}
            }
        }
    }

    /// The place of the first one that may be started now; whoever may not be any more is sent away.
    fn next(&mut self) -> Option<usize> {
        let stops = self.crew.stop.is_asked();
        let waiting = &mut self.waiting;
        let (first, rate) = self.crew.recorder.ask(|policy, now| {
            waiting.retain(|request| !stops || policy.is_bare(request.host));
            // A request that is taken out tells its visit that there will be no permit.
            (policy.turn(waiting, |request| request.host, now), policy.rate())
        })?;
        self.permits.keep_to(rate.interval());
        first
    }
}
