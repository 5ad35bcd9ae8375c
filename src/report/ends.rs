//! Which exit code does a run have, by how its hosts ended?

use std::collections::BTreeMap;

use crate::model::reason::{EXPIRED, INTERRUPTED};
use crate::model::{Outcome, OutcomeKind};

/// What of a run decides its exit code.
#[derive(Debug, Clone, Copy)]
pub struct Ends<'a> {
    /// How many hosts ended each way.
    pub counts: &'a BTreeMap<OutcomeKind, u64>,
    /// How many of those that were not started cannot be started by any other process, see [`is_outlasted`].
    pub outlasted: u64,
    /// How many installed clients were still waited for on the site.
    pub unconfirmed: u64,
    /// Why no new installers were started, if that was asked for.
    pub stop: Option<&'a str>,
}

/// Whether a host was not started because its installer had expired: no other process can start it.
pub fn is_outlasted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NotStarted { reason } if reason.starts_with(EXPIRED))
}

impl Ends<'_> {
    fn count(&self, kind: OutcomeKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// Whether the run stopped itself, which is any stop that no person asked for.
    pub fn is_halted(&self) -> bool {
        self.stop.is_some_and(|reason| !reason.starts_with(INTERRUPTED))
    }

    /// Whether a person stopped the run while installers ran that nobody has looked for since, on their hosts or on
    /// the site.
    fn was_cut_short(&self) -> bool {
        self.stop.is_some() && self.count(OutcomeKind::Unknown) + self.unconfirmed > 0
    }

    fn failed(&self) -> u64 {
        let kinds = [OutcomeKind::Failed, OutcomeKind::NotConnected, OutcomeKind::Unknown];
        kinds.into_iter().map(|kind| self.count(kind)).sum()
    }

    /// 0 all good, 3 some failed or are unknown, 4 some are unreachable and none failed, 5 halted, 7 interrupted
    /// and worth resuming.
    pub fn exit_code(&self) -> u8 {
        if self.is_halted() {
            5
        } else if self.count(OutcomeKind::NotStarted) > self.outlasted || self.was_cut_short() {
            7
        } else if self.failed() + self.outlasted > 0 {
            3
        } else if self.count(OutcomeKind::Unreachable) > 0 {
            4
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_says_what_a_run_returns() {
        use OutcomeKind::{Connected, Failed, Installed, NotConnected, NotStarted, Unknown, Unreachable};
        for (counts, outlasted, stop, code) in [
            (&[(Installed, 4)][..], 0, None, 0),
            (&[(Connected, 4)], 0, None, 0),
            (&[(Connected, 4), (NotConnected, 1)], 0, None, 3),
            (&[(Installed, 4), (Unreachable, 1)], 0, None, 4),
            (&[(Failed, 1), (Unreachable, 1)], 0, None, 3),
            (&[(Installed, 4), (NotStarted, 1)], 0, None, 7),
            (&[(Installed, 4), (NotStarted, 1)], 1, None, 3),
            (&[(NotStarted, 2)], 1, None, 7),
            (&[(Unknown, 1)], 0, None, 3),
            (&[(Unknown, 1)], 0, Some("interrupted"), 7),
            (&[(Installed, 4)], 0, Some("interrupted"), 0),
            (&[(Installed, 4)], 0, Some("halted: by ada"), 5),
        ] {
            let counts: BTreeMap<_, _> = counts.iter().copied().collect();
            assert_eq!(
                Ends { counts: &counts, outlasted, unconfirmed: 0, stop }.exit_code(),
                code,
                "{counts:?} {stop:?}"
            );
        }
        let counts = BTreeMap::from([(Installed, 4)]);
        let waits = Ends { counts: &counts, outlasted: 0, unconfirmed: 1, stop: Some("interrupted") };
        assert_eq!(waits.exit_code(), 7, "a client is waited for still");
    }
}
