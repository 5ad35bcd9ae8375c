//! How does a run stand? Counts, pace and estimate from events; pure.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::frame::Piece;
use super::paint::Meaning;
use crate::model::{Class, Event, Happening, OutcomeKind, Phase, Task};
use crate::report::duration;

/// The window in which starts are counted, as the vendor counts them.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// How a run stands when a process begins to count.
#[derive(Debug, Clone, Copy)]
pub struct Outset {
    /// What is done to its hosts.
    pub task: Task,
    /// How many hosts are planned.
    pub hosts: u64,
    /// How many of them had their outcome before.
    pub finished: u64,
    /// The time between two starts that was planned.
    pub interval: Duration,
}

/// What a host is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doing {
    /// The phase of its visit.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
}

/// Why a host is tried again, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resting {
    /// When it is tried again.
    pub until: Timestamp,
    /// What went wrong, masked.
    pub why: String,
    /// Whether it cannot be reached and is looked for from time to time.
    pub is_away: bool,
}

/// A wave that goes on.
#[derive(Debug)]
struct Wave {
    /// Counted from 1.
    number: u32,
    name: String,
    hosts: u64,
    /// How many hosts had their outcome when it began.
    before: u64,
}

/// The standing of a run.
pub struct Tally {
    outset: Outset,
    before: u64,
    /// The time between two starts that holds now.
    interval: Duration,
    outcomes: BTreeMap<OutcomeKind, u64>,
    doing: HashMap<Arc<str>, Doing>,
    resting: HashMap<Arc<str>, Resting>,
    starts: VecDeque<Timestamp>,
    /// Who paused the run.
    paused: Option<String>,
    /// The wave in front of the gate that is waited at, counted from 1.
    gate: Option<u32>,
    wave: Option<Wave>,
}

impl Tally {
    /// Nothing has happened yet but what the outset says.
    pub fn new(outset: Outset) -> Self {
        Self {
            outset,
            before: outset.finished,
            interval: outset.interval,
            outcomes: BTreeMap::new(),
            doing: HashMap::new(),
            resting: HashMap::new(),
            starts: VecDeque::new(),
            paused: None,
            gate: None,
            wave: None,
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
            Happening::WaveStarted { wave, name, hosts } => {
                let (name, before) = (name.clone(), self.finished());
                self.wave = Some(Wave { number: wave + 1, name, hosts: *hosts, before });
            }
            Happening::GateReached { wave, .. } => self.gate = Some(wave + 1),
            Happening::GateOpened { .. } | Happening::GateClosed { .. } => self.gate = None,
            Happening::RunResumed { finished, .. } => self.begin_anew(*finished),
            _ => {}
        }
    }

    /// Another process goes on; whoever was under way is not any more.
    fn begin_anew(&mut self, finished: u64) {
        let starts = std::mem::take(&mut self.starts);
        *self = Self { starts, ..Self::new(Outset { finished, ..self.outset }) };
    }

    fn add_of_host(&mut self, host: &Arc<str>, event: &Event) {
        match &event.what {
            Happening::InstallStarted { .. } | Happening::RemovalStarted { .. } => {
                self.starts.push_back(event.at);
            }
            Happening::RetryPlanned { class, detail, delay, .. } => {
                return self.rest(host, event.at, *delay, why(*class, detail), false);
            }
            Happening::HostAway { class, detail, delay } => {
                return self.rest(host, event.at, *delay, why(*class, detail), true);
            }
            Happening::Rechecked { missing, unseen } => return self.recheck(missing, *unseen),
            Happening::ClientConnected { .. } => return self.contact(OutcomeKind::Connected),
            Happening::ClientNotConnected { unseen: false, .. } => {
                return self.contact(OutcomeKind::NotConnected);
            }
            Happening::HostFinished { outcome, .. } => {
                self.doing.remove(host);
                self.resting.remove(host);
                *self.outcomes.entry(outcome.kind()).or_default() += 1;
            }
            _ => {}
        }
        if let Some(phase) = phase(&event.what) {
            self.resting.remove(host);
            self.doing.insert(host.clone(), Doing { phase, since: event.at });
        }
    }

    fn rest(&mut self, host: &Arc<str>, at: Timestamp, delay: u64, why: String, is_away: bool) {
        let delay = SignedDuration::from_millis(i64::try_from(delay).unwrap_or(i64::MAX));
        let until = at.checked_add(delay).unwrap_or(Timestamp::MAX);
        self.doing.remove(host);
        self.resting.insert(host.clone(), Resting { until, why, is_away });
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

    /// The site knows more of a client than its host does.
    fn contact(&mut self, kind: OutcomeKind) {
        let installed = self.outcomes.get_mut(&OutcomeKind::Installed).filter(|installed| **installed > 0);
        if let Some(installed) = installed {
            *installed -= 1;
            *self.outcomes.entry(kind).or_default() += 1;
        }
    }

    /// What is done to the hosts.
    pub fn task(&self) -> Task {
        self.outset.task
    }

    /// The time between two starts.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// The hosts that are visited, with what each is at.
    pub fn doing(&self) -> &HashMap<Arc<str>, Doing> {
        &self.doing
    }

    /// The hosts that are tried again.
    pub fn resting(&self) -> &HashMap<Arc<str>, Resting> {
        &self.resting
    }

    /// How many hosts nobody has come to yet, and the wave they are in, where its beginning was heard of.
    pub fn not_begun(&self) -> (u64, Option<u32>) {
        let touched = (self.doing.len() + self.resting.len()) as u64;
        match self.wave.as_ref().filter(|wave| wave.hosts < self.outset.hosts) {
            Some(wave) => {
                let ended = self.finished().saturating_sub(wave.before);
                (wave.hosts.saturating_sub(ended + touched), Some(wave.number))
            }
            None => (self.hosts().saturating_sub(self.finished() + touched), None),
        }
    }

    /// How many hosts are at work in each phase.
    pub fn under_way(&self) -> BTreeMap<Phase, u64> {
        let mut phases = BTreeMap::new();
        self.doing.values().for_each(|doing| *phases.entry(doing.phase).or_default() += 1);
        phases
    }

    /// How many hosts are away and waited for.
    pub fn away(&self) -> u64 {
        self.resting.values().filter(|rest| rest.is_away).count() as u64
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
        self.outset.hosts
    }

    /// How many hosts have their outcome.
    pub fn finished(&self) -> u64 {
        self.before + self.outcomes.values().sum::<u64>()
    }

    fn left(&self) -> u64 {
        self.hosts().saturating_sub(self.finished())
    }

    /// The time until the last start at least; none when nothing is left, or a person is waited for.
    pub fn time_left(&self) -> Option<Duration> {
        let left = u32::try_from(self.left()).unwrap_or(u32::MAX);
        (left > 0 && self.paused.is_none() && self.gate.is_none()).then(|| self.interval * left)
    }

    /// How it stands, piece by piece, what matters most first.
    pub fn pieces(&mut self, now: Timestamp) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let paused = self.paused.as_ref().map(|by| format!("paused by {by}"));
        let gate = self.gate.map(|wave| format!("at the gate behind wave {wave}"));
        pieces.extend([paused, gate].into_iter().flatten().map(|text| Piece::new(Meaning::Care, text)));
        let mut ended: Vec<_> = self.outcomes.iter().filter(|(_, count)| **count > 0).collect();
        ended.sort_by_key(|(kind, _)| is_well(**kind));
        pieces.extend(ended.into_iter().map(|(kind, count)| {
            Piece::new(meaning(*kind), format!("{count} {}", kind.word().replace('_', " ")))
        }));
        pieces.extend(self.work().map(|text| Piece::new(None, text)));
        let limit = 60.0 / self.interval.as_secs_f64();
        pieces.push(Piece::new(None, format!("{} of {limit:.0} starts/min", self.starts(now))));
        pieces.push(Piece::new(None, format!("{} left", self.left())));
        if let Some(wave) = self.wave.as_ref().filter(|wave| wave.hosts < self.outset.hosts) {
            let number = wave.number.to_string();
            let name = if wave.name == number { String::new() } else { format!(": {}", wave.name) };
            pieces.push(Piece::new(None, format!("wave {number}{name}")));
        }
        pieces
    }

    /// The same in one line, with the time that is left at least.
    pub fn summary(&mut self, now: Timestamp) -> String {
        let (done, all) = (self.finished(), self.hosts());
        let pieces: Vec<_> = self.pieces(now).into_iter().map(|piece| piece.text).collect();
        let left = self.time_left().map(|left| format!(", at least {}", duration(left))).unwrap_or_default();
        format!("{done}/{all} hosts: {}{left}", pieces.join(" · "))
    }

    /// What hosts are at, in a few words each.
    fn work(&self) -> impl Iterator<Item = String> {
        let mut counts = [0; 4];
        for doing in self.doing.values() {
            counts[match doing.phase {
                Phase::Permit => 1,
                Phase::Remove => 3,
                phase if phase >= Phase::Install => 2,
                _ => 0,
            }] += 1;
        }
        let words = ["preparing", "waiting", "installing", "removing"].into_iter().zip(counts);
        let away = usize::try_from(self.away()).unwrap_or(usize::MAX);
        let words = words.chain([("resting", self.resting.len() - away), ("away", away)]);
        words.filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}"))
    }
}

/// The phase that begins with an event.
fn phase(what: &Happening) -> Option<Phase> {
    Some(match what {
        Happening::VisitStarted { .. } => Phase::Connect,
        Happening::Connected { .. } => Phase::Probe,
        Happening::Staged { .. } => Phase::Stage,
        Happening::InstallReady => Phase::Permit,
        Happening::InstallStarted { .. } => Phase::Install,
        Happening::InstallEnded { .. } => Phase::Start,
        Happening::ClientStarted => Phase::Verify,
        Happening::RemovalStarted { .. } => Phase::Remove,
        _ => return None,
    })
}

fn why(class: Class, detail: &str) -> String {
    format!("{class}: {detail}")
}

fn is_well(kind: OutcomeKind) -> bool {
    meaning(kind) == Some(Meaning::Good)
}

/// What an outcome means to those who watch.
pub fn meaning(kind: OutcomeKind) -> Option<Meaning> {
    match kind {
        OutcomeKind::Failed | OutcomeKind::NotConnected => Some(Meaning::Bad),
        OutcomeKind::Unreachable | OutcomeKind::Unknown | OutcomeKind::NotStarted => Some(Meaning::Care),
        _ => Some(Meaning::Good),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    fn tally(finished: u64) -> Tally {
        Tally::new(Outset { task: Task::Install, hosts: 10, finished, interval: Duration::from_secs(1) })
    }

    fn event(at: i64, host: &str, what: Happening) -> Event {
        Event { at: Timestamp::from_second(at).unwrap(), host: Some(host.into()), what }
    }

    #[test]
    fn counts_states_starts_and_time_left() {
        let mut tally = tally(2);
        tally.add(&event(0, "a", Happening::InstallStarted { waited: 0 }));
        tally.add(&event(50, "b", Happening::InstallStarted { waited: 0 }));
        tally.add(&event(50, "c", Happening::InstallReady));
        tally.add(&event(50, "d", Happening::VisitStarted { attempt: 1 }));
        let outcome = Outcome::Installed { directory: None, notes: Vec::new() };
        tally.add(&event(55, "a", Happening::HostFinished { outcome, milliseconds: 1 }));
        assert_eq!(tally.finished(), 3);
        let summary = tally.summary(Timestamp::from_second(61).unwrap());
        let expected = "3/10 hosts: 1 installed · 1 preparing · 1 waiting · 1 installing · \
                        1 of 60 starts/min · 7 left, at least 7 s";
        assert_eq!(summary, expected);
    }

    #[test]
    fn says_what_holds_the_run_up_and_how_fast_it_may_go() {
        let of_run = |what| Event { at: Timestamp::UNIX_EPOCH, host: None, what };
        let mut tally = tally(0);
        tally.add(&of_run(Happening::PaceChanged { rate: "6/min".parse().unwrap(), why: "so".into() }));
        tally.add(&of_run(Happening::WaveStarted { wave: 0, name: "canary".into(), hosts: 4 }));
        let outcome = Outcome::Installed { directory: None, notes: Vec::new() };
        tally.add(&event(0, "a", Happening::HostFinished { outcome, milliseconds: 1 }));
        tally.add(&event(
            0,
            "a",
            Happening::Rechecked { missing: vec!["its process".into()], unseen: false },
        ));
        let away = Happening::HostAway { class: Class::NoRoute, detail: "asleep".into(), delay: 1 };
        tally.add(&event(0, "b", away));
        tally.add(&event(0, "c", Happening::RemovalStarted { waited: 0 }));
        assert_eq!(tally.not_begun(), (1, Some(1)));
        tally.add(&of_run(Happening::Paused { by: "ada@ops1".into() }));
        let summary = tally.summary(Timestamp::UNIX_EPOCH);
        let expected = "1/10 hosts: paused by ada@ops1 · 1 failed · 1 removing · 1 away · \
                        1 of 6 starts/min · 9 left · wave 1: canary";
        assert_eq!(summary, expected);
        tally.add(&of_run(Happening::Continued { by: "ada@ops1".into() }));
        tally.add(&event(0, "b", Happening::VisitStarted { attempt: 2 }));
        let summary = tally.summary(Timestamp::UNIX_EPOCH);
        assert!(summary.starts_with("1/10 hosts: 1 failed · 1 preparing · 1 removing · 1 of"), "{summary}");
        assert!(summary.ends_with(", at least 1 min 31 s"), "{summary}");
        tally.add(&of_run(Happening::RunResumed { by: "ada@ops1".into(), finished: 1 }));
        assert!(tally.summary(Timestamp::UNIX_EPOCH).starts_with("1/10 hosts: 1 of 60 starts/min · 9 left"));
    }
}
