//! When is the next line due in a log that nobody wants full? Pure.

use jiff::{SignedDuration, Timestamp};

/// So long after its beginning a run says something every minute, and every five minutes from then on: CI systems
/// take a job that says nothing for ten minutes for a dead one (Travis CI, CircleCI).
const LIVELY: SignedDuration = SignedDuration::from_mins(10);

/// The rhythm of a log.
#[derive(Debug, Clone, Copy)]
pub struct Beat {
    begun: Timestamp,
    last: Timestamp,
}

impl Beat {
    /// A rhythm that begins now.
    pub fn new(now: Timestamp) -> Self {
        Self { begun: now, last: now }
    }

    /// Whether a line is due; then the next one is due later.
    pub fn strikes(&mut self, now: Timestamp) -> bool {
        let rest = SignedDuration::from_mins(if now.duration_since(self.begun) <= LIVELY { 1 } else { 5 });
        let strikes = now.duration_since(self.last) >= rest;
        if strikes {
            self.last = now;
        }
        strikes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_fills_less_than_two_screens() {
        let mut beat = Beat::new(Timestamp::UNIX_EPOCH);
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let minutes: Vec<i64> =
            (0..7 * 3600).filter(|seconds| beat.strikes(at(*seconds))).map(|at| at / 60).collect();
        assert_eq!(minutes[..12], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20]);
        assert_eq!(minutes.len(), 91);
    }
}
