//! Who may start next? Visits queue here, and each permit goes to the one that waited longest.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::store::{Pacer, Permit, Permits, StoreError};

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

/// A visit's way to permits.
#[derive(Clone)]
pub struct Pace {
    requests: mpsc::UnboundedSender<SyncSender<Permit>>,
    permits: Arc<Permits>,
}

impl Pace {
    /// Starts handing out permits; the task ends when nobody can ask any more, or with the limit's error.
    pub fn start(permits: Permits, stop: Stop) -> (Self, JoinHandle<Result<(), StoreError>>) {
        let (requests, waiting) = mpsc::unbounded_channel();
        let permits = Arc::new(permits);
        let task = tokio::spawn(serve(permits.clone(), waiting, stop));
        (Self { requests, permits }, task)
    }

    /// Waits for a permit that is still fresh when it arrives; none means that the run stops.
    pub fn permit(&self) -> Option<Permit> {
        loop {
            let permit = self.ask()?.recv().ok()?;
            // A permit that lay too long would bring this start too close to the next one.
            if self.is_fresh(permit) {
                return Some(permit);
            }
        }
    }

    /// Whether the permit may still be used.
    pub fn is_fresh(&self, permit: Permit) -> bool {
        self.permits.is_fresh(permit)
    }

    fn ask(&self) -> Option<Receiver<Permit>> {
        let (answer, permit) = sync_channel(1);
        self.requests.send(answer).ok()?;
        Some(permit)
    }
}

async fn serve(
    permits: Arc<Permits>,
    mut waiting: mpsc::UnboundedReceiver<SyncSender<Permit>>,
    stop: Stop,
) -> Result<(), StoreError> {
    let mut stopped = stop.watch();
    while let Some(answer) = waiting.recv().await {
        // Dropping the answer tells the visit that there will be none.
        while !stop.is_asked() {
            match permits.take() {
                Ok(Pacer::Start(permit)) => {
                    let _ = answer.send(permit);
                    break;
                }
                Ok(Pacer::Wait(wait)) => tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = stopped.changed() => {}
                },
                Err(error) => {
                    stop.ask(&format!("there are no permits: {error}"));
                    return Err(error);
                }
            }
        }
    }
    Ok(())
}
