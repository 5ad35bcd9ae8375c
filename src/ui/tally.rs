//! How does a run stand? Counts, pace and estimate from events; pure.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Event, Happening, OutcomeKind, Phase};

/// The window in which starts are counted, as the vendor counts them.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The standing of a run.
pub struct Tally {
    hosts: u64,
    before: u64,
    /// The time between two starts that was planned, and that holds now.
    planned: Duration,
    interval: Duration,
    outcomes: BTreeMap<OutcomeKind, u64>,
    under_way: HashMap<Arc<str>, Phase>,
    away: HashSet<Arc<str>>,
    starts: VecDeque<Timestamp>,
    /// Who paused the run.
    paused: Option<String>,
    /// The wave in front of the gate that is waited at, counted from 1.
    gate: Option<u32>,
}

impl Tally {
    /// Nothing has happened yet, but to `finished` hosts before.
    pub fn new(hosts: u64, finished: u64, interval: Duration) -> Self {
        Self {
            hosts,
            before: finished,
            planned: interval,
            interval,
            outcomes: BTreeMap::new(),
            under_way: HashMap::new(),
            away: HashSet::new(),
            starts: VecDeque::new(),
            paused: None,
            gate: None,
        }
    }

    /// Counts an event.
    pub fn add(&mut self, event: &Event) {
        match &event.host {
            Some(host) => self.add_of_host(host, event),
            None => self.add_of_run(&event.what),
        }
    }

    fn add_of_run(&mut self, what: &Happening) {
        match what {
            Happening::PaceChanged { rate, .. } => self.interval = rate.interval(),
            Happening::Paused { by } => self.paused = Some(by.clone()),
            Happening::Continued { .. } => self.paused = None,
            Happening::GateReached { wave, .. } => self.gate = Some(wave + 1),
            Happening::GateOpened { .. } | Happening::GateClosed { .. } => self.gate = None,
            Happening::RunResumed { finished, .. } => self.begin_anew(*finished),
            _ => {}
        }
    }

    /// Another process goes on; whoever was under way is not any more.
    fn begin_anew(&mut self, finished: u64) {
        self.before = finished;
        self.interval = self.planned;
        self.outcomes.clear();
        self.under_way.clear();
        self.away.clear();
        self.paused = None;
        self.gate = None;
    }

    fn add_of_host(&mut self, host: &Arc<str>, event: &Event) {
        let phase = match &event.what {
            Happening::VisitStarted { .. } => {
                self.away.remove(host);
                Phase::Connect
            }
            Happening::Connected { .. } => Phase::Probe,
            Happening::Probed { .. } => return,
            Happening::Staged { .. } => Phase::Stage,
            Happening::InstallReady => Phase::Permit,
            Happening::InstallStarted { .. } => {
                self.starts.push_back(event.at);
                Phase::Install
            }
            Happening::InstallEnded { .. } => Phase::Start,
            Happening::ClientStarted => Phase::Verify,
            Happening::RemovalStarted { .. } => {
                self.starts.push_back(event.at);
                Phase::Remove
            }
            Happening::HostAway { .. } => {
                self.under_way.remove(host);
                self.away.insert(host.clone());
                return;
            }
            Happening::Rechecked { missing, unseen } => return self.recheck(missing, *unseen),
            Happening::HostFinished { outcome, .. } => {
                self.under_way.remove(host);
                self.away.remove(host);
                *self.outcomes.entry(outcome.kind()).or_default() += 1;
                return;
            }
            Happening::RetryPlanned { .. } => {
                self.under_way.remove(host);
                return;
            }
            _ => return,
        };
        self.under_way.insert(host.clone(), phase);
    }

    /// A client that is gone when it is looked for again was not installed well.
    fn recheck(&mut self, missing: &[String], unseen: bool) {
        let installed = self.outcomes.get_mut(&OutcomeKind::Installed).filter(|_| !missing.is_empty());
        if let Some(installed) = installed.filter(|installed| **installed > 0) {
            *installed -= 1;
            let kind = if unseen { OutcomeKind::Unknown } else { OutcomeKind::Failed };
            *self.outcomes.entry(kind).or_default() += 1;
        }
    }

    /// The time between two starts.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// How many hosts are at work in each phase.
    pub fn under_way(&self) -> BTreeMap<Phase, u64> {
        let mut phases = BTreeMap::new();
        self.under_way.values().for_each(|phase| *phases.entry(*phase).or_default() += 1);
        phases
    }

    /// How many hosts are away and waited for.
    pub fn away(&self) -> u64 {
        self.away.len() as u64
    }

    /// How many starts there were in the last minute.
    pub fn starts(&mut self, now: Timestamp) -> u64 {
        while self.starts.front().is_some_and(|start| now.duration_since(*start) > MINUTE) {
            self.starts.pop_front();
        }
        self.starts.len() as u64
    }

    /// How many hosts are planned.
    pub fn hosts(&self) -> u64 {
        self.hosts
    }

    /// How many hosts have their outcome.
    pub fn finished(&self) -> u64 {
        self.before + self.outcomes.values().sum::<u64>()
    }

    /// Counts by state, starts in the last minute, and the time that is left at least.
    pub fn summary(&mut self, now: Timestamp) -> String {
        let mut parts = Vec::new();
        parts.extend(self.paused.as_ref().map(|by| format!("paused by {by}")));
        parts.extend(self.gate.map(|wave| format!("at the gate behind wave {wave}")));
        let ended = self.outcomes.iter().filter(|(_, count)| **count > 0);
        parts.extend(ended.map(|(kind, count)| format!("{count} {}", kind.word().replace('_', " "))));
        parts.extend(self.work());
        let limit = 60.0 / self.interval.as_secs_f64();
        parts.push(format!("{} of {limit:.0} starts/min", self.starts(now)));
        let left = self.hosts.saturating_sub(self.finished());
        let eta = self.interval * u32::try_from(left).unwrap_or(u32::MAX);
        parts.push(format!("{left} left, {:#}", SignedDuration::from_secs(eta.as_secs() as i64)));
        parts.join(" · ")
    }

    /// What hosts are at, in a few words each.
    fn work(&self) -> impl Iterator<Item = String> {
        let mut counts = [0, 0, 0, 0];
        for phase in self.under_way.values() {
            counts[match phase {
                Phase::Permit => 1,
                Phase::Remove => 3,
                phase if *phase >= Phase::Install => 2,
                _ => 0,
            }] += 1;
        }
        let words = ["preparing", "waiting", "installing", "removing"].into_iter().zip(counts);
        let words = words.chain([("away", self.away.len())]);
        words.filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    fn event(at: i64, host: &str, what: Happening) -> Event {
        Event { at: Timestamp::from_second(at).unwrap(), host: Some(host.into()), what }
    }

    #[test]
    fn counts_states_starts_and_time_left() {
        let mut tally = Tally::new(10, 2, Duration::from_secs(1));
        tally.add(&event(0, "a", Happening::InstallStarted { waited: 0 }));
        tally.add(&event(50, "b", Happening::InstallStarted { waited: 0 }));
        tally.add(&event(50, "c", Happening::InstallReady));
        tally.add(&event(50, "d", Happening::VisitStarted { attempt: 1 }));
        let outcome = Outcome::Installed { directory: None };
        tally.add(&event(55, "a", Happening::HostFinished { outcome, milliseconds: 1 }));
        assert_eq!(tally.finished(), 3);
        let summary = tally.summary(Timestamp::from_second(61).unwrap());
        let expected =
            "1 installed · 1 preparing · 1 waiting · 1 installing · 1 of 60 starts/min · 7 left, 7s";
        assert_eq!(summary, expected);
    }

    #[test]
    fn says_what_holds_the_run_up_and_how_fast_it_may_go() {
        let of_run = |what| Event { at: Timestamp::UNIX_EPOCH, host: None, what };
        let mut tally = Tally::new(10, 0, Duration::from_secs(1));
        tally.add(&of_run(Happening::PaceChanged { rate: "6/min".parse().unwrap(), why: "so".into() }));
        let outcome = Outcome::Installed { directory: None };
        tally.add(&event(0, "a", Happening::HostFinished { outcome, milliseconds: 1 }));
        tally.add(&event(
            0,
            "a",
            Happening::Rechecked { missing: vec!["its process".into()], unseen: false },
        ));
        let away =
            Happening::HostAway { class: crate::model::Class::NoRoute, detail: "asleep".into(), delay: 1 };
        tally.add(&event(0, "b", away));
        tally.add(&event(0, "c", Happening::RemovalStarted { waited: 0 }));
        tally.add(&of_run(Happening::Paused { by: "ada@ops1".into() }));
        let summary = tally.summary(Timestamp::UNIX_EPOCH);
        let expected =
            "paused by ada@ops1 · 1 failed · 1 removing · 1 away · 1 of 6 starts/min · 9 left, 1m 31s";
        assert_eq!(summary, expected);
        tally.add(&of_run(Happening::Continued { by: "ada@ops1".into() }));
        tally.add(&event(0, "b", Happening::VisitStarted { attempt: 2 }));
        let summary = tally.summary(Timestamp::UNIX_EPOCH);
        assert!(summary.starts_with("1 failed · 1 preparing · 1 removing · 1 of"), "{summary}");
    }
}
