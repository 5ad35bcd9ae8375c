//! Which random moments? The same ones again for the same seed.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A small generator of random numbers (xorshift64*, Vigna 2016).
pub struct Chance(u64);

impl Chance {
    /// From `JUMPFLEET_SEED`, or else from the clock; the seed is printed.
    pub fn new(what: &str) -> Self {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_micros();
        let given = std::env::var("JUMPFLEET_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or(u64::try_from(clock).expect("a clock of this age"));
        eprintln!("{what}: JUMPFLEET_SEED={seed}");
        Self::of(seed)
    }

    /// From this seed.
    pub fn of(seed: u64) -> Self {
        // Zero is the one state that it never leaves.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number from 0 up to `end`, without it.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % end
    }

    /// One of these.
    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    /// Whether something happens that happens so often in a hundred times.
    pub fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// A duration between these two, to the millisecond.
    pub fn between(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least))
    }
}
