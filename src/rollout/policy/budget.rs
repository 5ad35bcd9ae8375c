//! Did so much go wrong that no more may be started?

use std::collections::VecDeque;

use crate::model::{Budget, OutcomeKind, Portion};

/// The hosts that ended last, and what they spent of the budget.
#[derive(Debug, Clone)]
pub struct Sample {
    budget: Budget,
    /// Hosts on which something was started: the place, and whether it went wrong.
    started: Window,
    /// Hosts that were visited: the place, and whether it could not be reached.
    visited: Window,
    /// Failures since the last host that went well.
    row: VecDeque<u32>,
    /// Whether the end of the budget was written down.
    pub(super) is_spent: bool,
}

/// The last so many hosts, and which of them count against the budget.
#[derive(Debug, Clone, Default)]
struct Window {
    last: VecDeque<(u32, bool)>,
    bad: u64,
}

/// The rule that was reached, with its mishaps.
pub(super) struct Reached {
    pub(super) rule: &'static str,
    pub(super) limit: String,
    pub(super) mishaps: u64,
    pub(super) sample: u64,
    pub(super) hosts: Vec<u32>,
}

/// The names of the rules, as events and reports have them.
const FAILURES: &str = "failures";
const UNREACHABLE: &str = "unreachable";
const CONSECUTIVE: &str = "consecutive";

impl Window {
    fn add(&mut self, place: u32, is_bad: bool, most: u32) {
        self.last.push_back((place, is_bad));
        self.bad += u64::from(is_bad);
        while self.last.len() > most.max(1) as usize {
            self.bad -= u64::from(self.last.pop_front().is_some_and(|(_, bad)| bad));
        }
    }

    /// A share says something only of enough hosts; a number always does.
    fn reaches(&self, limit: Portion, sample: u32) -> bool {
        let total = self.last.len() as u64;
        match limit {
            Portion::Count(_) => limit.is_reached(self.bad, total),
            Portion::Percent(_) => total >= u64::from(sample) && limit.is_reached(self.bad, total),
        }
    }

    fn used(&self, limit: Portion, sample: u32) -> f64 {
        let bad = self.bad as f64;
        match limit {
            Portion::Count(limit) => bad / f64::from(limit.max(1)),
            Portion::Percent(percent) => {
                let total = (self.last.len() as u64).max(u64::from(sample)).max(1);
                bad * 100.0 / (total as f64 * f64::from(percent.max(1)))
            }
        }
    }

    fn spent(&self, rule: &'static str, limit: Portion) -> Reached {
        let bad = self.last.iter().filter(|(_, bad)| *bad).map(|(place, _)| *place);
        Reached {
            rule,
            limit: limit.to_string(),
            mishaps: self.bad,
            sample: self.last.len() as u64,
            hosts: bad.collect(),
        }
    }
}

impl Sample {
    /// Of no host yet.
    pub fn new(budget: Budget) -> Self {
        Self {
            budget,
            started: Window::default(),
            visited: Window::default(),
            row: VecDeque::new(),
            is_spent: false,
        }
    }

    /// Counts a host's end. A client that was there before says nothing about installs, but that its host
    /// can be reached.
    pub fn add(&mut self, place: u32, kind: OutcomeKind) {
        let most = self.budget.of_last;
        match kind {
            OutcomeKind::NotStarted => return,
            OutcomeKind::Unreachable => {}
            OutcomeKind::AlreadyPresent | OutcomeKind::AlreadyAbsent => {}
            OutcomeKind::Installed | OutcomeKind::Connected | OutcomeKind::Removed => {
                self.started.add(place, false, most);
                self.row.clear();
            }
            OutcomeKind::Failed | OutcomeKind::NotConnected | OutcomeKind::Unknown => {
                self.started.add(place, true, most);
                self.row.push_back(place);
                let longest = self.budget.consecutive.unwrap_or(1) as usize;
                while self.row.len() > longest.max(1) {
                    self.row.pop_front();
                }
            }
        }
        self.visited.add(place, kind == OutcomeKind::Unreachable, most);
    }

    /// How much of each limit that is set is used up, by the name of its rule: 1 when it is reached.
    ///
    /// Of too few hosts to say anything, a share is taken of as many as are needed.
    pub fn used(&self) -> Vec<(&'static str, f64)> {
        let Budget { failures, unreachable, consecutive, sample, .. } = self.budget;
        let portion = |window: &Window, limit: Portion| window.used(limit, sample);
        let row = |limit: u32| self.row.len() as f64 / f64::from(limit.max(1));
        let rules = [
            (FAILURES, failures.map(|limit| portion(&self.started, limit))),
            (UNREACHABLE, unreachable.map(|limit| portion(&self.visited, limit))),
            (CONSECUTIVE, consecutive.map(row)),
        ];
        rules.into_iter().filter_map(|(rule, used)| Some((rule, used?))).collect()
    }

    /// The rule that was reached and not yet written down.
    ///
    /// A run that has ended anyway (no host is `left`) is not halted. Hosts that cannot be reached take the
    /// longest to end, so that at the end of a run only such hosts end: they count while there are
    /// `untouched` ones.
    pub(super) fn reached(&self, left: bool, untouched: bool) -> Option<Reached> {
        let Budget { failures, unreachable, consecutive, sample, .. } = self.budget;
        if self.is_spent || !left {
            return None;
        }
        if let Some(limit) = consecutive.filter(|limit| self.row.len() >= *limit as usize) {
            return Some(Reached {
                rule: CONSECUTIVE,
                limit: limit.to_string(),
                mishaps: self.row.len() as u64,
                sample: self.row.len() as u64,
                hosts: self.row.iter().copied().collect(),
            });
        }
        let spent = |window: &Window, rule, limit: Option<Portion>| {
            let limit = limit.filter(|limit| window.reaches(*limit, sample))?;
            Some(window.spent(rule, limit))
        };
        spent(&self.started, FAILURES, failures)
            .or_else(|| spent(&self.visited, UNREACHABLE, unreachable.filter(|_| untouched)))
    }
}

/// The rule that was reached, in words.
pub(super) fn said(rule: &str, limit: &str, mishaps: u64, sample: u64) -> String {
    match rule {
        CONSECUTIVE => format!("{mishaps} hosts failed one after the other (limit {limit})"),
        UNREACHABLE => {
            format!("{mishaps} of the last {sample} hosts could not be reached (limit {limit})")
        }
        _ => format!("{mishaps} of the last {sample} installs failed (limit {limit})"),
    }
}
