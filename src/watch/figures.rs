//! How does a run stand, in numbers? A fold of its events.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::model::reason::INTERRUPTED;
use crate::model::{Budget, Class, Event, GateKind, Happening, OutcomeKind, Phase, Plan, Rate};
use crate::rollout::Sample;

/// The window in which starts are counted, as the vendor counts them.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The standing of a run, earlier processes included.
pub struct Figures {
    /// How many hosts are planned.
    pub hosts: u64,
    /// The most starts per time now.
    pub rate: Rate,
    /// Hosts by outcome.
    pub outcomes: BTreeMap<OutcomeKind, u64>,
    /// Starts of installers and removals.
    pub starts: u64,
    /// Tries again, by class of mishap.
    pub retries: BTreeMap<Class, u64>,
    /// The wave that is under way, counted from 0.
    pub wave: Option<u32>,
    /// The gate that is waited at.
    pub gate: Option<GateKind>,
    /// Whether a person wants no installer to be started for a while.
    pub is_paused: bool,
    /// Whether the run ended its starts, or a person ended them for good.
    pub is_halted: bool,
    /// Whether a person interrupted it.
    pub is_interrupted: bool,
    /// When the run began.
    pub began: Option<Timestamp>,
    /// When its last event happened.
    pub last: Option<Timestamp>,
    planned: Rate,
    places: HashMap<Arc<str>, u32>,
    budget: Budget,
    sample: Sample,
    at_work: HashMap<Arc<str>, Phase>,
    away: HashSet<Arc<str>>,
    recent: VecDeque<Timestamp>,
}

impl Figures {
    /// The plan's, of which nothing has happened yet.
    pub fn new(plan: &Plan) -> Self {
        let places = plan.hosts.iter().zip(0..).map(|(host, place)| (host.name.clone(), place));
        Self {
            hosts: plan.hosts.len() as u64,
            rate: plan.rate,
            planned: plan.rate,
            outcomes: BTreeMap::new(),
            starts: 0,
            retries: BTreeMap::new(),
            wave: None,
            gate: None,
            is_paused: false,
            is_halted: false,
            is_interrupted: false,
            began: None,
            last: None,
            places: places.collect(),
            budget: plan.rules.budget,
            sample: Sample::new(plan.rules.budget),
            at_work: HashMap::new(),
            away: HashSet::new(),
            recent: VecDeque::new(),
        }
    }

    /// Counts an event.
    pub fn add(&mut self, event: &Event) {
        self.began.get_or_insert(event.at);
        self.last = Some(event.at);
        match &event.host {
            Some(host) => self.add_of_host(host, event),
            None => self.add_of_run(&event.what),
        }
    }

    fn add_of_run(&mut self, what: &Happening) {
        match what {
            Happening::RunResumed { .. } => self.begin_anew(),
            Happening::WaveStarted { wave, .. } => {
                self.wave = Some(*wave);
                self.gate = None;
            }
            Happening::GateReached { gate, .. } => self.gate = Some(gate.kind),
            Happening::GateOpened { .. } | Happening::GateClosed { .. } => self.gate = None,
            Happening::PaceChanged { rate, .. } => self.rate = *rate,
            Happening::Paused { .. } => self.is_paused = true,
            Happening::Continued { .. } => self.is_paused = false,
            Happening::StopRequested { reason } if reason.starts_with(INTERRUPTED) => {
                self.is_interrupted = true
            }
            Happening::StopRequested { .. } => self.is_halted = true,
            _ => {}
        }
    }

    /// Another process goes on: hosts without a final outcome are visited again, and what stopped it is over.
    fn begin_anew(&mut self) {
        self.outcomes.retain(|kind, _| kind.is_final());
        self.at_work.clear();
        self.away.clear();
        self.sample = Sample::new(self.budget);
        self.rate = self.planned;
        self.gate = None;
        self.is_paused = false;
        self.is_halted = false;
        self.is_interrupted = false;
    }

    fn add_of_host(&mut self, host: &Arc<str>, event: &Event) {
        match &event.what {
            Happening::VisitStarted { .. } => self.works(host, Phase::Connect),
            Happening::Connected { .. } => self.works(host, Phase::Probe),
            Happening::Probed { .. } if self.at_work.get(host) == Some(&Phase::Probe) => {
                self.works(host, Phase::Stage);
            }
            Happening::Staged { .. } | Happening::InstallReady => self.works(host, Phase::Permit),
            Happening::InstallStarted { .. } => self.start(host, Phase::Install, event.at),
            Happening::RemovalStarted { .. } => self.start(host, Phase::Remove, event.at),
            Happening::InstallEnded { .. } => self.works(host, Phase::Start),
            Happening::ClientStarted | Happening::RemovalEnded { .. } => self.works(host, Phase::Verify),
            Happening::RetryPlanned { class, .. } => {
                self.at_work.remove(host);
                *self.retries.entry(*class).or_default() += 1;
            }
            Happening::HostAway { class, .. } => {
                self.at_work.remove(host);
                *self.retries.entry(*class).or_default() += 1;
                if self.away.insert(host.clone()) {
                    self.spend(host, OutcomeKind::Unreachable);
                }
            }
            Happening::Rechecked { missing, unseen } if !missing.is_empty() => self.lost(*unseen),
            Happening::ClientConnected { .. } => self.becomes(OutcomeKind::Connected),
            Happening::ClientNotConnected { unseen: false, .. } => {
                self.becomes(OutcomeKind::NotConnected);
                self.spend(host, OutcomeKind::NotConnected);
            }
            Happening::HostFinished { outcome, .. } => {
                self.at_work.remove(host);
                let was_away = self.away.remove(host);
                *self.outcomes.entry(outcome.kind()).or_default() += 1;
                if !(was_away && outcome.kind() == OutcomeKind::Unreachable) {
                    self.spend(host, outcome.kind());
                }
            }
            _ => {}
        }
    }

    fn works(&mut self, host: &Arc<str>, phase: Phase) {
        self.at_work.insert(host.clone(), phase);
    }

    fn start(&mut self, host: &Arc<str>, phase: Phase, at: Timestamp) {
        self.works(host, phase);
        self.starts += 1;
        self.recent.push_back(at);
        self.forget(at);
    }

    fn spend(&mut self, host: &Arc<str>, kind: OutcomeKind) {
        if let Some(place) = self.places.get(host) {
            self.sample.add(*place, kind);
        }
    }

    /// A client that is gone when it is looked for again was not installed well.
    fn lost(&mut self, unseen: bool) {
        self.becomes(if unseen { OutcomeKind::Unknown } else { OutcomeKind::Failed });
    }

    /// A client that was installed is more, or less, than that.
    fn becomes(&mut self, kind: OutcomeKind) {
        let installed = [OutcomeKind::Installed, OutcomeKind::Connected];
        let before =
            installed.into_iter().find(|before| self.outcomes.get(before).is_some_and(|count| *count > 0));
        if let Some(count) = before.and_then(|before| self.outcomes.get_mut(&before)) {
            *count -= 1;
            *self.outcomes.entry(kind).or_default() += 1;
        }
    }

    fn forget(&mut self, now: Timestamp) {
        while self.recent.front().is_some_and(|start| now.duration_since(*start) > MINUTE) {
            self.recent.pop_front();
        }
    }

    /// How many starts there were in the last minute.
    pub fn recent(&mut self, now: Timestamp) -> u64 {
        self.forget(now);
        self.recent.len() as u64
    }

    /// How many hosts are at work in each phase.
    pub fn at_work(&self) -> BTreeMap<Phase, u64> {
        let mut phases = BTreeMap::new();
        self.at_work.values().for_each(|phase| *phases.entry(*phase).or_default() += 1);
        phases
    }

    /// How many hosts are away and waited for.
    pub fn away(&self) -> u64 {
        self.away.len() as u64
    }

    /// How many hosts have their outcome.
    pub fn finished(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// How many hosts are neither at work nor have their outcome.
    pub fn pending(&self) -> u64 {
        self.hosts.saturating_sub(self.finished() + self.at_work.len() as u64)
    }

    /// How much of each limit of the budget is used up: 1 when the run halts.
    pub fn spent(&self) -> Vec<(&'static str, f64)> {
        self.sample.used()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Outcome, Rate};
    use crate::watch::tests::{event, plan};

    fn ended(outcome: Outcome) -> Happening {
        Happening::HostFinished { outcome, milliseconds: 1 }
    }

    fn at_the_end() -> Figures {
        let mut figures = Figures::new(&plan(&["a", "b", "c", "d"]));
        let installed = || ended(Outcome::Installed { directory: None, notes: Vec::new() });
        let events = [
            event(0, None, Happening::WaveStarted { wave: 0, name: "canary".into(), hosts: 1 }),
            event(1, Some("a"), Happening::VisitStarted { attempt: 1 }),
            event(2, Some("a"), Happening::InstallStarted { waited: 0 }),
            event(3, Some("a"), installed()),
            event(62, Some("b"), Happening::InstallStarted { waited: 0 }),
            event(63, Some("b"), installed()),
            event(64, Some("c"), ended(Outcome::NotStarted { reason: "interrupted".into() })),
            event(65, Some("d"), Happening::VisitStarted { attempt: 1 }),
        ];
        events.iter().for_each(|event| figures.add(event));
        figures
    }

    #[test]
    fn hosts_are_finished_running_or_pending() {
        let figures = at_the_end();
        assert_eq!((figures.finished(), figures.pending()), (3, 0));
        assert_eq!(figures.at_work(), BTreeMap::from([(Phase::Connect, 1)]));
    }

    #[test]
    fn starts_are_counted_for_a_closed_minute() {
        let mut figures = at_the_end();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!((figures.recent(at(62)), figures.recent(at(63)), figures.recent(at(200))), (2, 1, 0));
        assert_eq!(figures.starts, 2);
    }

    #[test]
    fn another_process_visits_again_what_is_not_final() {
        let mut figures = at_the_end();
        figures.add(&event(
            70,
            None,
            Happening::PaceChanged { rate: Rate::per_minute(2), why: String::new() },
        ));
        figures.add(&event(99, None, Happening::RunResumed { by: "ada".into(), finished: 2 }));
        assert_eq!((figures.finished(), figures.pending(), figures.starts), (2, 2, 2));
        assert_eq!(figures.rate, Rate::per_minute(60));
    }

    #[test]
    fn a_client_that_died_is_a_failure() {
        let mut figures = at_the_end();
        let missing = vec!["no process".to_owned()];
        figures.add(&event(90, Some("a"), Happening::Rechecked { missing, unseen: false }));
        assert_eq!(figures.outcomes[&OutcomeKind::Installed], 1);
        assert_eq!(figures.outcomes[&OutcomeKind::Failed], 1);
    }
}
