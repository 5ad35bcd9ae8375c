//! How does a plan happen? One loop, many visits, one limit, one journal.

mod bench;
mod lost;
mod pace;
mod policy;
mod recorder;
mod removal;
mod secrets;
mod standing;
mod verify;
mod visit;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::model::{Happening, Observation, Outcome, Plan};
use crate::store::{Permits, StoreError};
use crate::transport::Dialer;

pub use crate::model::Standing;
pub use pace::{Pace, Stop};
pub use recorder::{Clock, Recorder};
pub use secrets::Secrets;
pub use standing::standings;
pub use verify::drift;
pub use visit::{Ended, Visit};

/// What every visit of a run shares.
pub struct Crew {
    /// The plan that is carried out.
    pub plan: Plan,
    /// The run's name.
    pub run: String,
    /// The installer files on this machine, as [`Plan::installers`] lists them.
    pub files: Vec<PathBuf>,
    /// Makes connections.
    pub dialer: Dialer,
    /// Knows the secrets the plan refers to, and masks them.
    pub secrets: Secrets,
    /// Writes down what happens.
    pub recorder: Recorder,
    /// Says when no new installer may start.
    pub stop: Stop,
    /// How long connecting and logging in may take.
    pub connect_deadline: Duration,
}

/// Carries out what is left of a plan; `standings` says how far each host is, in the plan's order.
///
/// Returns when every host has its outcome, or when a stop was asked for and the running installs have
/// ended. A host's misfortune is in the journal; the error is that the journal or the limit failed.
pub async fn carry_out(
    crew: Arc<Crew>,
    permits: Permits,
    standings: Vec<Standing>,
) -> Result<(), StoreError> {
    let (pace, pacing) = Pace::start(permits, crew.stop.clone());
    let mut floor = Floor::new(crew.clone(), pace, standings);
    let result = floor.run().await;
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

/// The visits that wait, go on, and come back.
struct Floor {
    crew: Arc<Crew>,
    pace: Pace,
    waiting: VecDeque<(usize, Standing, u32)>,
    resting: Vec<Rest>,
    visits: JoinSet<Visited>,
}

/// The host's place in the plan, which visit it was, and how it came back; a panic gives its outcome.
type Visited = (usize, u32, Result<Ended, Outcome>);

/// A host that is visited again at a moment to come.
struct Rest {
    until: Instant,
    index: usize,
    standing: Standing,
    attempt: u32,
}

impl Floor {
    fn new(crew: Arc<Crew>, pace: Pace, standings: Vec<Standing>) -> Self {
        let open = |(index, standing)| (standing != Standing::Finished).then_some((index, standing, 1));
        let mut waiting: VecDeque<_> = standings.into_iter().enumerate().filter_map(open).collect();
        // A host whose install had begun is looked at before any other one is touched.
        waiting.make_contiguous().sort_by_key(|(_, standing, _)| *standing != Standing::Begun);
        Self { crew, pace, waiting, resting: Vec::new(), visits: JoinSet::new() }
    }

    async fn run(&mut self) -> Result<(), StoreError> {
        let mut stopped = self.crew.stop.watch();
        loop {
            if !self.crew.stop.is_asked() {
                self.fill();
            }
            if self.visits.is_empty() && (self.crew.stop.is_asked() || self.resting.is_empty()) {
                return self.crew.recorder.health();
            }
            let rested = self.resting.iter().map(|rest| rest.until).min();
            tokio::select! {
                Some(done) = self.visits.join_next(), if !self.visits.is_empty() => self.came_back(done),
                () = until(rested) => self.wake(),
                _ = stopped.changed() => {}
            }
        }
    }

    /// Sends out visits until as many go on at once as the plan allows.
    fn fill(&mut self) {
        while self.visits.len() < self.crew.plan.at_once as usize {
            let Some((index, standing, attempt)) = self.waiting.pop_front() else { return };
            let visit = Visit::new(self.crew.clone(), self.pace.clone(), index, attempt, standing);
            self.visits.spawn_blocking(move || {
                // A fault of ours must cost one host, not the run.
                let ended = catch_unwind(AssertUnwindSafe(|| visit.make()));
                (index, attempt, ended.map_err(|_| visit.fault()))
            });
        }
    }

    fn came_back(&mut self, done: Result<Visited, tokio::task::JoinError>) {
        // Visits catch their own panics and are never cancelled.
        let Ok((index, attempt, ended)) = done else { return };
        let host = &self.crew.plan.hosts[index].name;
        match ended {
            Ok(Ended::Recorded) => {}
            Err(outcome) => {
                let what = Happening::HostFinished { outcome, milliseconds: 0 };
                self.crew.recorder.note_durably(Some(host), what);
            }
            Ok(Ended::Retry { phase, class, detail, delay, standing }) => {
                let milliseconds = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
                let what = Happening::RetryPlanned { phase, class, detail, delay: milliseconds, standing };
                self.crew.recorder.note(Some(host), what);
                let until = Instant::now() + delay;
                self.resting.push(Rest { until, index, standing, attempt: attempt + 1 });
            }
        }
        if self.crew.recorder.is_broken() {
            self.crew.stop.ask("the journal cannot be written");
        }
    }

    /// Puts the hosts whose rest is over back into the queue, before the ones never visited.
    fn wake(&mut self) {
        let now = Instant::now();
        let (rested, resting) =
            std::mem::take(&mut self.resting).into_iter().partition(|rest| rest.until <= now);
        self.resting = resting;
        let rested: Vec<Rest> = rested;
        for Rest { index, standing, attempt, .. } in rested {
            self.waiting.push_front((index, standing, attempt));
        }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Looks at the hosts without touching them; the answers are in the plan's order.
pub async fn look(crew: Arc<Crew>) -> Vec<Result<Observation, Outcome>> {
    let hosts = crew.plan.hosts.len();
    let mut answers: Vec<Option<Result<Observation, Outcome>>> = (0..hosts).map(|_| None).collect();
    let mut looks = JoinSet::new();
    let mut next = 0;
    while next < hosts || !looks.is_empty() {
        while next < hosts && looks.len() < crew.plan.at_once as usize {
            let (crew, index) = (crew.clone(), next);
            looks.spawn_blocking(move || {
                (index, catch_unwind(AssertUnwindSafe(|| visit::look(&crew, index))))
            });
            next += 1;
        }
        if let Some(Ok((index, answer))) = looks.join_next().await {
            answers[index] = Some(answer.unwrap_or_else(|_| Err(visit::fault())));
        }
    }
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(visit::fault()))).collect()
}
