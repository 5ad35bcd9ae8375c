//! May the next request be sent? 20 a second and 15,000 an hour, for one account.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota as Rate, RateLimiter};

/// Of two limits that fill up anew, the burst and what comes in a second are 20 together, and the burst and what
/// comes in an hour 15,000 (Configuration API, "Request rate limits"): no second and no hour sees more.
const LIMITS: [(Duration, u32); 2] = [(Duration::from_millis(100), 10), (Duration::from_millis(300), 3_000)];

/// Below so many requests that the appliance still grants in this hour, they are sent slowly: others use them too.
const FEW_LEFT: u64 = 500;

/// The time between two requests when few are left, whoever sends them.
const SLOWLY: (Duration, u32) = (Duration::from_secs(1), 1);

/// How long nothing is sent where the appliance grants nothing more and does not say until when; it doubles with each
/// answer that grants nothing, for the hour that counts may be over at any time.
const PAUSE: Duration = Duration::from_secs(2);

/// How often it doubles at most.
const DOUBLINGS: u32 = 5;

/// What one account may still ask.
pub(super) struct Quota {
    limits: [DefaultDirectRateLimiter; 2],
    slowly: DefaultDirectRateLimiter,
    clock: DefaultClock,
    left: AtomicU64,
    spent: Mutex<Spent>,
}

/// That the appliance grants nothing more for now.
#[derive(Debug, Default)]
struct Spent {
    /// How many answers granted nothing, one after the other.
    answers: u32,
    until: Option<Instant>,
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
            spent: Mutex::new(Spent::default()),
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

    /// Remembers how many requests the appliance still grants in this hour (`X-RateLimit-Remaining`), and in what time it
    /// grants more, where it says so.
    pub(super) fn left(&self, left: u64, more: Option<Duration>, now: Instant) {
        self.left.store(left, Ordering::Relaxed);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if left > 0 {
            *spent = Spent::default();
            return;
        }
        let rest = more.unwrap_or(PAUSE * 2_u32.pow(spent.answers.min(DOUBLINGS)));
        *spent = Spent { answers: spent.answers.saturating_add(1), until: now.checked_add(rest) };
    }

    /// For how long nothing may be sent, as the appliance grants nothing more before; none where it may.
    pub(super) fn rest(&self, now: Instant) -> Option<Duration> {
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.until?.checked_duration_since(now).filter(|rest| !rest.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_while_the_appliance_grants_nothing() {
        let (quota, now) = (Quota::new(), Instant::now());
        let seconds = Duration::from_secs;
        assert_eq!(quota.rest(now), None);
        quota.left(1, Some(seconds(90)), now);
        assert_eq!(quota.rest(now), None, "one more may be sent");
        quota.left(0, Some(seconds(90)), now);
        assert_eq!(quota.rest(now + seconds(30)), Some(seconds(60)), "it said until when");
        assert_eq!(quota.rest(now + seconds(90)), None);
        let pauses: Vec<u64> = (0..8)
            .map(|_| {
                quota.left(0, None, now);
                quota.rest(now).unwrap().as_secs()
            })
            .collect();
        assert_eq!(pauses, [4, 8, 16, 32, 64, 64, 64, 64]);
        quota.left(7, None, now);
        assert_eq!(quota.rest(now), None);
        quota.left(0, None, now);
        assert_eq!(quota.rest(now), Some(seconds(2)));
    }

    #[test]
    fn no_second_and_no_hour_sees_more_than_the_vendor_allows() {
        for ((period, burst), (span, most)) in LIMITS.into_iter().zip([(1, 20), (3600, 15_000)]) {
            let refilled = Duration::from_secs(span).as_millis() / period.as_millis();
            assert_eq!(u128::from(burst) + refilled, most);
        }
    }
}
