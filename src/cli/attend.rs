//! Who speaks to a run while it goes on? Interrupts, orders from other terminals, the person at this one.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::model::reason::INTERRUPTED;
use crate::model::{Given, Happening, Order};
use crate::rollout::{self, Crew};
use crate::store::{Orders, Permits, StoreError};
use crate::ui::Screen;

use super::person::Person;
use super::run::PATIENCE;

/// The pause between two looks for orders.
const LISTEN: Duration = Duration::from_millis(200);

/// How a run came to its end.
pub enum Ended {
    /// By itself, or after a stop that was waited for.
    Done(Result<(), StoreError>),
    /// A second interrupt: visits are left as they are.
    Hurried,
}

/// Carries the run out and listens to whoever speaks to it.
pub async fn attend(
    crew: &Arc<Crew>,
    permits: Permits,
    orders: Orders,
    screen: &Screen,
    mut person: Person,
    interrupts: &mut Interrupts,
) -> Ended {
    let work = rollout::carry_out(crew.clone(), permits);
    tokio::pin!(work);
    let mut done = None;
    let mut asked = false;
    let mut listen = tokio::time::interval(LISTEN);
    let mut orders = Some(orders);
    // What they say is written down beside the loop: a slow disk must not keep the next interrupt waiting.
    let mut notes = JoinSet::new();
    loop {
        tokio::select! {
            result = &mut work, if done.is_none() => done = Some(result),
            Some(_) = notes.join_next() => {}
            () = interrupts.next() => {
                if asked {
                    let noted = async { while notes.join_next().await.is_some() {} };
                    // The run can be resumed without it.
                    let _ = tokio::time::timeout(PATIENCE, noted).await;
                    return Ended::Hurried;
                }
                asked = true;
                crew.stop.ask(INTERRUPTED);
                note(&mut notes, crew, vec![Happening::StopRequested { reason: INTERRUPTED.into() }]);
            }
            _ = listen.tick() => {
                let heard = heard(&mut orders, screen);
                let allowed = heard.iter().filter(|given| allowed(crew, given, screen));
                note(&mut notes, crew, allowed.map(Given::done).collect());
            }
            answer = person.answer() => {
                // The gate may have been opened from elsewhere meanwhile, and the next wave be paused by now.
                let asked = crew.recorder.ask(|policy, _| (policy.awaits_person(), policy.is_paused()));
                let (awaited, paused) = asked.unwrap_or_default();
                if !matches!(answer, Happening::Continued { .. }) {
                    note(&mut notes, crew, vec![answer]);
                } else if awaited {
                    // Whoever wants the next wave to begin wants no pause either.
                    note(&mut notes, crew, vec![answer; 1 + usize::from(paused)]);
                }
            }
        }
        // The run ends after the stop in the journal, too.
        if notes.is_empty()
            && let Some(result) = done.take()
        {
            return Ended::Done(result);
        }
    }
}

/// Writes down what they want, in the order in which they wanted it.
fn note(notes: &mut JoinSet<bool>, crew: &Arc<Crew>, what: Vec<Happening>) {
    if !what.is_empty() {
        let crew = crew.clone();
        notes.spawn_blocking(move || what.into_iter().all(|what| crew.recorder.note_durably(None, what)));
    }
}

/// The orders that came; one that cannot be understood is said and changes nothing.
fn heard(orders: &mut Option<Orders>, screen: &Screen) -> Vec<Given> {
    match orders.as_mut().map(Orders::next) {
        None => Vec::new(),
        Some(Ok(given)) => given,
        Some(Err(error)) => {
            let told = if matches!(error, StoreError::Content { .. }) {
                "an order is not carried out"
            } else {
                *orders = None;
                "no more orders are listened to"
            };
            screen.say(format!("warning: {told}: {error}"));
            Vec::new()
        }
    }
}

/// Whether an order may be carried out: whoever wants to exceed the vendor's rate plans so, and it is written down.
fn allowed(crew: &Crew, given: &Given, screen: &Screen) -> bool {
    let Order::Rate { rate } = given.order else { return true };
    let admitted = crew.plan.rate.admits(rate);
    if !admitted {
        screen.say(format!("warning: {} wants {rate}, which is more than the plan allows", given.by));
    }
    admitted
}

/// Ctrl-C, and the polite request to end that a service manager or CI sends.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Listens from here on; needs a runtime.
    pub fn listen() -> std::io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Tells when the next one comes, or has come since the last one was told of.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
