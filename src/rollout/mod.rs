//! How does a plan happen? One loop, many visits, one limit, one journal.

mod bench;
mod contact;
mod groups;
mod known;
mod lost;
mod pace;
mod permit;
mod policy;
mod proof;
mod proxy;
mod recheck;
mod record;
mod recorder;
mod rehearsal;
mod removal;
mod secrets;
mod sessions;
mod standing;
mod told;
mod verify;
mod visit;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::appliance::Account;
use crate::model::{Happening, Observation, Outcome, Plan};
use crate::store::{Permits, StoreError};
use crate::transport::Dialer;

pub use pace::{Pace, Stop};
pub use policy::{Admission, Awaited, Consequence, Moment, Next, Policy, Rest, Sample};
pub use proxy::{Change, Wish, read_clients, set_proxy};
pub use recorder::{Clock, Recorder};
pub use rehearsal::{Profile, Script, rehearse, rehearse_on};
pub use secrets::{Secrets, needs_vault};
pub use sessions::{Guard, Wish as SessionWish};
pub use verify::drift;
pub use visit::Visit;

/// The longest time between two looks at what is due: windows open by a clock that people set.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// What every visit of a run shares.
pub struct Crew {
    /// The plan that is carried out.
    pub plan: Plan,
    /// The run's name.
    pub run: String,
    /// Whether an earlier process carried out a part of it; the end of what that one did may be in no journal.
    pub resumed: bool,
    /// The installer files on this machine, as [`Plan::installers`] lists them.
    pub files: Vec<PathBuf>,
    /// Makes connections.
    pub dialer: Dialer,
    /// Knows the secrets the plan refers to, and masks them.
    pub secrets: Secrets,
    /// Writes down what happens.
    pub recorder: Recorder,
    /// The site's API; none where nobody asks it.
    pub site: Option<Account>,
    /// Keeps sessions from being cut off by a removal.
    pub guard: Guard,
    /// Says when no new installer may start.
    pub stop: Stop,
    /// How long connecting and logging in may take.
    pub connect_deadline: Duration,
    /// How long a host is waited for that its installer may have restarted.
    pub restart_deadline: Duration,
}

/// Carries out what is left of a plan, from where the recorder's policy stands.
///
/// Returns when every host has its outcome, or when a stop was asked for and the running installs have
/// ended. A host's misfortune is in the journal; the error is that the journal or the limit failed.
pub async fn carry_out(crew: Arc<Crew>, permits: Permits) -> Result<(), StoreError> {
    let lookout = contact::Lookout::begin(&crew);
    let (pace, pacing) = Pace::start(permits, crew.clone());
    let mut floor = Floor { crew, pace, visits: JoinSet::new() };
    let result = floor.run().await;
    drop(lookout);
    // Only the floor holds the pace; without it the pacing task has nobody to serve and ends.
    drop(floor);
    // A panic of the pacing must not pass for a run that went well.
    match pacing.await {
        Ok(paced) => result.and(paced),
        Err(panic) => result.and(Err(StoreError::Content {
            path: PathBuf::from("start limit"),
            what: format!("failed within jumpfleet: {panic}"),
        })),
    }
}

/// The visits that go on.
struct Floor {
    crew: Arc<Crew>,
    pace: Pace,
    visits: JoinSet<Visited>,
}

/// The host's place in the plan, and what is to be written down if its visit panicked.
type Visited = (usize, Option<Happening>);

impl Floor {
    async fn run(&mut self) -> Result<(), StoreError> {
        let mut stopped = self.crew.stop.watch();
        let mut changed = self.crew.recorder.watch();
        loop {
            self.crew.recorder.catch_up();
            // What is due while nobody is free waits until somebody comes back.
            let is_full = !self.crew.stop.is_asked() && self.fill();
            let (is_over, due) = self.outlook();
            let due = if is_full { LONGEST_SLEEP } else { due };
            if self.visits.is_empty() && (self.crew.stop.is_asked() || is_over) {
                return self.crew.recorder.health();
            }
            tokio::select! {
                Some(done) = self.visits.join_next(), if !self.visits.is_empty() => self.came_back(done),
                () = tokio::time::sleep(due.min(LONGEST_SLEEP)) => {}
                _ = stopped.changed() => {}
                _ = changed.changed() => {}
            }
            if self.crew.recorder.is_broken() {
                self.crew.stop.ask("the journal cannot be written");
            }
        }
    }

    /// Whether every host has its outcome, and how long until something is due.
    fn outlook(&self) -> (bool, Duration) {
        let asked = self.crew.recorder.ask(|policy, now| (policy.is_over(), policy.due(now)));
        let (is_over, due) = asked.unwrap_or((true, None));
        (is_over, due.unwrap_or(LONGEST_SLEEP))
    }

    /// Sends out visits; true when as many go on at once as the plan allows.
    fn fill(&mut self) -> bool {
        while self.visits.len() < self.crew.plan.at_once as usize {
            match self.crew.recorder.ask(Policy::next).unwrap_or(Next::Nothing) {
                Next::Visit { host, standing, attempt } => {
                    let visit = Visit::new(self.crew.clone(), self.pace.clone(), host, attempt, standing);
                    self.visits.spawn_blocking(move || {
                        // A fault of ours must cost one host, not the run.
                        let made = catch_unwind(AssertUnwindSafe(|| visit.make()));
                        (host, made.is_err().then(|| visit.fault()).map(ended))
                    });
                }
                Next::Recheck { host } => {
                    let crew = self.crew.clone();
                    self.visits.spawn_blocking(move || {
                        let made = catch_unwind(AssertUnwindSafe(|| recheck::make(&crew, host)));
                        (host, made.is_err().then(recheck::fault))
                    });
                }
                Next::Nothing => return false,
            }
        }
        true
    }

    fn came_back(&mut self, done: Result<Visited, tokio::task::JoinError>) {
        // Visits catch their own panics and are never cancelled.
        if let Ok((host, Some(what))) = done {
            self.crew.recorder.note_durably(Some(&self.crew.plan.hosts[host].name), what);
        }
    }
}

fn ended(outcome: Outcome) -> Happening {
    Happening::HostFinished { outcome, milliseconds: 0 }
}

/// Looks at the hosts without touching them; the answers are in the plan's order.
pub async fn look(crew: Arc<Crew>) -> Vec<Result<Observation, Outcome>> {
    let hosts = (0..crew.plan.hosts.len()).collect();
    each(&crew, hosts, visit::look).await
}

/// Does something to hosts, as many at once as the plan allows; the answers are in the order of `hosts`, which are
/// places in the plan.
pub async fn each<T: Send + 'static>(
    crew: &Arc<Crew>,
    hosts: Vec<usize>,
    work: impl Fn(&Crew, usize) -> Result<T, Outcome> + Send + Sync + 'static,
) -> Vec<Result<T, Outcome>> {
    let work = Arc::new(work);
    let mut answers: Vec<Option<Result<T, Outcome>>> = hosts.iter().map(|_| None).collect();
    let mut going = JoinSet::new();
    let mut next = 0;
    while next < hosts.len() || !going.is_empty() {
        while next < hosts.len() && going.len() < crew.plan.at_once as usize {
            let (crew, work, index, host) = (crew.clone(), work.clone(), next, hosts[next]);
            // A fault of ours must cost one host, not all.
            going.spawn_blocking(move || (index, catch_unwind(AssertUnwindSafe(|| work(&crew, host)))));
            next += 1;
        }
        if let Some(Ok((index, answer))) = going.join_next().await {
            answers[index] = Some(answer.unwrap_or_else(|_| Err(visit::fault())));
        }
    }
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(visit::fault()))).collect()
}
