//! May the next wave begin?

use std::collections::VecDeque;
use std::time::Duration;

use super::wave::Wave;
use crate::model::{Budget, Gate, GateKind, Portion};

/// The way from the wave that is under way to the next one.
#[derive(Debug, Clone)]
pub(super) enum Passage {
    /// Not reached yet; `by_hand` once a run was resumed behind a gate that had closed.
    Ahead {
        /// Whether only a person opens it, whatever the plan says.
        by_hand: bool,
    },
    /// Reached.
    At(Stay),
    /// Open.
    Open,
    /// Closed, and the run halts.
    Closed,
}

/// A stay at a gate.
#[derive(Debug, Clone)]
pub(super) struct Stay {
    gate: Gate,
    until: Duration,
    soaked: bool,
    /// Hosts that are still to be looked at again.
    again: VecDeque<u32>,
    looks: u32,
    looked: u32,
    well: u32,
    /// Hosts that nobody could look at.
    unseen: u32,
    opened_by: Option<String>,
}

impl Default for Passage {
    fn default() -> Self {
        Self::Ahead { by_hand: false }
    }
}

impl Passage {
    pub(super) fn reached(gate: Gate, again: VecDeque<u32>, now: Duration) -> Self {
        let looks = u32::try_from(again.len()).unwrap_or(u32::MAX);
        // Where nothing was installed, nothing has to settle.
        let soak = if again.is_empty() { 0 } else { gate.soak };
        let until = now + Duration::from_secs(soak);
        Self::At(Stay {
            gate,
            until,
            soaked: false,
            again,
            looks,
            looked: 0,
            well: 0,
            unseen: 0,
            opened_by: None,
        })
    }

    /// When the time to settle is over, if it is being waited for.
    pub(super) fn soaked(&self) -> Option<Duration> {
        match self {
            Self::At(stay) if stay.gate.kind == GateKind::Auto && !stay.soaked => Some(stay.until),
            _ => None,
        }
    }

    /// Tells the time; looks begin when the time to settle is over.
    pub(super) fn pass(&mut self, now: Duration) {
        if let Self::At(stay) = self {
            stay.soaked |= now >= stay.until;
        }
    }

    /// The next host to be looked at again.
    pub(super) fn next_recheck(&mut self) -> Option<u32> {
        match self {
            Self::At(stay) if stay.soaked => stay.again.pop_front(),
            _ => None,
        }
    }

    pub(super) fn rechecked(&mut self, is_well: bool, is_unseen: bool) {
        if let Self::At(stay) = self {
            stay.looked += 1;
            stay.well += u32::from(is_well);
            stay.unseen += u32::from(is_unseen);
        }
    }

    pub(super) fn open_by(&mut self, by: &str) {
        if let Self::At(stay) = self {
            stay.opened_by = Some(by.to_owned());
        }
    }

    /// Whether only a person opens it.
    pub(super) fn awaits_person(&self) -> bool {
        matches!(self, Self::At(stay) if stay.gate.kind == GateKind::Manual)
    }

    /// Another process goes on: a gate that was reached is reached anew, and one that closed needs a person.
    pub(super) fn reopen(&mut self) {
        *self = match self {
            Self::Open => Self::Open,
            Self::Closed => Self::Ahead { by_hand: true },
            Self::Ahead { by_hand } => Self::Ahead { by_hand: *by_hand },
            Self::At(stay) => Self::Ahead { by_hand: stay.gate.kind == GateKind::Manual },
        };
    }
}

impl Stay {
    /// Whether the gate opens, and why; none while that cannot be said.
    pub(super) fn judge(
        &self,
        wave: &Wave,
        budget: &Budget,
        now: Duration,
    ) -> Option<Result<String, String>> {
        if let Some(by) = &self.opened_by {
            return Some(Ok(format!("by {by}")));
        }
        match self.gate.kind {
            GateKind::None => Some(Ok("nothing is asked for".to_owned())),
            GateKind::Manual => None,
            GateKind::Auto => {
                let looked = now >= self.until && self.looked >= self.looks;
                looked.then(|| self.weigh(wave, budget))
            }
        }
    }

    fn weigh(&self, wave: &Wave, budget: &Budget) -> Result<String, String> {
        if self.looks > 0 && self.well == 0 {
            return Err(format!("none of {} clients was seen to run", self.looks));
        }
        // Who could not be looked at counts among the unreachable ones, though it stays unknown.
        let failed = u64::from(wave.failed.saturating_sub(self.unseen));
        let tried = failed + u64::from(wave.done);
        let limit = budget.failures.or(Budget::DEFAULT.failures).unwrap_or(Portion::Percent(10));
        if limit.is_reached(failed, tried) {
            return Err(format!("{failed} of {tried} hosts failed, and the limit is {limit}"));
        }
        let reached = u64::from(wave.end - wave.first);
        let away = u64::from(wave.unreachable + self.unseen);
        // Without a limit of the plan's own, too few would vouch for the wave.
        let limit = budget.unreachable.or(Budget::DEFAULT.unreachable.filter(|_| self.unseen > 0));
        if let Some(limit) = limit.filter(|limit| limit.is_reached(away, reached)) {
            return Err(format!("{away} of {reached} hosts could not be reached, and the limit is {limit}"));
        }
        Ok(format!(
            "{} s later {} of {} clients run; {failed} of {tried} hosts failed",
            self.gate.soak, self.well, self.looks
        ))
    }
}
