//! How does a run stand? Counts, pace and estimate from events; pure.

use std::collections::{BTreeMap, HashMap, VecDeque};
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
    interval: Duration,
    outcomes: BTreeMap<OutcomeKind, u64>,
    under_way: HashMap<Arc<str>, Phase>,
    starts: VecDeque<Timestamp>,
}

impl Tally {
    /// Nothing has happened yet, but to `finished` hosts before.
    pub fn new(hosts: u64, finished: u64, interval: Duration) -> Self {
        Self {
            hosts,
            before: finished,
            interval,
            outcomes: BTreeMap::new(),
            under_way: HashMap::new(),
            starts: VecDeque::new(),
        }
    }

    /// Counts an event.
    pub fn add(&mut self, event: &Event) {
        let Some(host) = &event.host else { return };
        let phase = match &event.what {
            Happening::VisitStarted { .. } => Phase::Connect,
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
            Happening::HostFinished { outcome, .. } => {
                self.under_way.remove(host);
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
        while self.starts.front().is_some_and(|start| now.duration_since(*start) > MINUTE) {
            self.starts.pop_front();
        }
        let mut parts: Vec<String> = self
            .outcomes
            .iter()
            .map(|(kind, count)| format!("{count} {}", kind.word().replace('_', " ")))
            .collect();
        let installing = self.under_way.values().filter(|phase| **phase >= Phase::Install).count();
        let waiting = self.under_way.values().filter(|phase| **phase == Phase::Permit).count();
        let preparing = self.under_way.len() - installing - waiting;
        for (count, what) in [(preparing, "preparing"), (waiting, "waiting"), (installing, "installing")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        let limit = 60.0 / self.interval.as_secs_f64();
        parts.push(format!("{} of {limit:.0} starts/min", self.starts.len()));
        let left = self.hosts.saturating_sub(self.finished());
        let eta = self.interval * u32::try_from(left).unwrap_or(u32::MAX);
        parts.push(format!("{left} left, {:#}", SignedDuration::from_secs(eta.as_secs() as i64)));
        parts.join(" · ")
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
}
