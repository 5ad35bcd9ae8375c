//! How many starts does a closed window hold, and how close do two of them come?
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fmt;

/// The window in which the vendor counts, in seconds.
const MINUTE: f64 = 60.0;

/// The vendor's limit in that window.
pub const LIMIT: usize = 60;

/// The time between two permits that the limit leaves, guard included, in seconds.
pub const INTERVAL: f64 = 61.0 / 60.0;

/// The shortest time between two starts as sent: a permit may lie unused, and moments are rounded.
pub const LEAST_GAP: f64 = INTERVAL - 0.250 - 0.002;

/// Times in seconds, first to last.
pub struct Times(Vec<f64>);

impl Times {
    /// In any order.
    pub fn new(times: impl IntoIterator<Item = f64>) -> Self {
        let mut times: Vec<f64> = times.into_iter().collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The most in any minute, both of its ends included.
    pub fn most_in_a_minute(&self) -> usize {
        // Moments have a hundredth of a second; a sum of such must not fall short by a rounding error.
        let within =
            |first: f64| self.0.iter().filter(move |time| (first..=first + MINUTE + 1e-6).contains(*time));
        self.0.iter().map(|first| within(*first).count()).max().unwrap_or_default()
    }

    /// The shortest time between two that follow each other.
    pub fn smallest_gap(&self) -> f64 {
        self.0.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min)
    }

    /// From the first to the last.
    pub fn span(&self) -> f64 {
        self.0.last().copied().unwrap_or_default() - self.0.first().copied().unwrap_or_default()
    }
}

impl fmt::Display for Times {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, span) = (self.count(), self.span());
        let (most, gap) = (self.most_in_a_minute(), self.smallest_gap());
        write!(out, "{count} starts in {span:.2} s, at most {most} in a minute, smallest gap {gap:.3} s")
    }
}

/// Proves that the check finds what it looks for: 61 starts at exact seconds are one too many.
pub fn counts_both_ends() {
    let seconds = |count: u32| Times::new((0..count).map(f64::from));
    assert_eq!(seconds(61).most_in_a_minute(), LIMIT + 1);
    assert_eq!(seconds(60).most_in_a_minute(), LIMIT);
    assert!((seconds(61).smallest_gap() - 1.0).abs() < 1e-9);
}
