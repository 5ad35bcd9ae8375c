//! May the next request be sent? 20 a second and 15,000 an hour, for one account.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota as Rate, RateLimiter};

/// Of two limits that fill up anew, the burst and what comes in a second are 20 together, and the burst and what
/// comes in an hour 15,000 (Configuration API, "Request rate limits"): no second and no hour sees more.
const LIMITS: [(Duration, u32); 2] = [(Duration::from_millis(100), 10), (Duration::from_millis(300), 3_000)];

/// Below so many requests that the appliance still grants in this hour, they are sent slowly: others use them too.
const FEW_LEFT: u64 = 500;

/// The time between two requests when few are left, whoever sends them.
const SLOWLY: (Duration, u32) = (Duration::from_secs(1), 1);

/// What one account may still ask.
pub(super) struct Quota {
    limits: [DefaultDirectRateLimiter; 2],
    slowly: DefaultDirectRateLimiter,
    clock: DefaultClock,
    left: AtomicU64,
}

impl Quota {
    /// A whole quota.
    pub(super) fn new() -> Self {
        let limit = |(period, burst)| {
            let rate = Rate::with_period(period).unwrap_or(Rate::per_second(NonZeroU32::MIN));
            RateLimiter::direct(rate.allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN)))
        };
        Self {
            limits: LIMITS.map(limit),
            slowly: limit(SLOWLY),
            clock: DefaultClock::default(),
            left: AtomicU64::new(u64::MAX),
        }
    }

    /// Waits until a request may be sent.
    pub(super) fn wait(&self) {
        let slowly = (self.left.load(Ordering::Relaxed) < FEW_LEFT).then_some(&self.slowly);
        for limit in self.limits.iter().chain(slowly) {
            while let Err(early) = limit.check() {
                thread::sleep(early.wait_time_from(self.clock.now()));
            }
        }
    }

    /// Remembers how many requests the appliance still grants in this hour (`X-RateLimit-Remaining`).
    pub(super) fn left(&self, left: u64) {
        self.left.store(left, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_and_no_hour_sees_more_than_the_vendor_allows() {
        for ((period, burst), (span, most)) in LIMITS.into_iter().zip([(1, 20), (3600, 15_000)]) {
            let refilled = Duration::from_secs(span).as_millis() / period.as_millis();
            assert_eq!(u128::from(burst) + refilled, most);
        }
    }
}
