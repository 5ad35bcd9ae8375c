//! What time is it on the site? By the `Date` of its answers, which tells whole seconds.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// A moment of the site that was passed at some moment here.
#[derive(Debug, Clone, Copy)]
struct Mark {
    there: Timestamp,
    here: Instant,
}

impl Mark {
    /// What the site's clock shows at a moment here.
    fn at(self, here: Instant) -> Option<Timestamp> {
        let since = here.saturating_duration_since(self.here);
        let until = self.here.saturating_duration_since(here);
        self.there.checked_add(since).ok()?.checked_sub(until).ok()
    }
}

/// The site's clock, between two marks: each answer may bring them nearer to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    least: Mark,
    most: Mark,
}

impl Clock {
    /// What an answer tells that was asked for and came at these moments: it was written somewhere between them.
    pub(super) fn of(date: Timestamp, asked: Instant, came: Instant) -> Option<Self> {
        let end = date.checked_add(Duration::from_secs(1)).ok()?;
        Some(Self { least: Mark { there: date, here: came }, most: Mark { there: end, here: asked } })
    }

    /// What both tell together; where they contradict, somebody has set the clock, and the newer one is right.
    pub(super) fn and(self, newer: Self) -> Self {
        let base = newer.least.here;
        let least = if self.least.at(base) > newer.least.at(base) { self.least } else { newer.least };
        let most = if self.most.at(base) < newer.most.at(base) { self.most } else { newer.most };
        if least.at(base) > most.at(base) { newer } else { Self { least, most } }
    }

    /// What it shows at the least.
    pub(super) fn least(self, here: Instant) -> Option<Timestamp> {
        self.least.at(here)
    }
}

/// A time as headers have it (RFC 9110, 5.6.7).
pub(super) fn date(header: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(header.trim()).ok()
}

/// How long a `Retry-After` wants to be waited: seconds, or a time, which is one of the site's clock.
pub(super) fn rest(header: &str, now: Option<Timestamp>) -> Option<Duration> {
    let header = header.trim();
    match header.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(Duration::try_from(date(header)?.duration_since(now?)).unwrap_or_default()),
    }
}

/// In what time an `X-RateLimit-Reset` grants more: seconds, the seconds since 1970 of the site's clock, or a time.
///
/// The vendor documents no such header; these are the forms that servers write it in.
pub(super) fn reset(header: &str, now: Option<Timestamp>) -> Option<Duration> {
    /// More seconds than anybody would have others wait are those of a date.
    const DATE: u64 = 1_000_000_000;
    match header.trim().parse::<u64>() {
        Ok(at) if at >= DATE => {
            let at = Timestamp::from_second(i64::try_from(at).ok()?).ok()?;
            Some(Duration::try_from(at.duration_since(now?)).unwrap_or_default())
        }
        _ => rest(header, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millisecond).unwrap()
    }

    #[test]
    fn answers_bring_the_clock_nearer_and_a_clock_that_was_set_is_believed() {
        let begin = Instant::now();
        let here = |millisecond| begin + Duration::from_millis(millisecond);
        let answer =
            |second: i64, asked, came| Clock::of(at(second * 1000), here(asked), here(came)).unwrap();
        // The site is 10.9 s ahead: it writes 10 at 0, 11 at 100 and at 400, and 12 at 1200.
        let clock = answer(10, 0, 20);
        assert_eq!(clock.least(here(1000)), Some(at(10_980)));
        let clock = clock.and(answer(11, 100, 130)).and(answer(11, 400, 420)).and(answer(12, 1200, 1210));
        assert_eq!(clock.least(here(2000)), Some(at(12_870)), "the answer at 130 knows most");
        assert!(clock.least(here(2000)) <= Some(at(12_900)), "never later than it is");
        let set = clock.and(answer(4, 3000, 3010));
        assert_eq!(set.least(here(3010)), Some(at(4_000)));
    }

    #[test]
    fn a_rest_is_said_in_seconds_or_as_a_time() {
        let now = date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(now.map(Timestamp::as_second), Some(784_111_777));
        assert_eq!(rest(" 7 ", None), Some(Duration::from_secs(7)));
        assert_eq!(rest("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(rest("Sun, 06 Nov 1994 08:40:07 GMT", now), Some(Duration::ZERO), "it is over");
        assert_eq!(rest("Sun, 06 Nov 1994 08:50:07 GMT", None), None);
        assert_eq!(rest("soon", now), None);
        let now = date("Fri, 15 Jan 2027 08:00:00 GMT");
        for header in ["30", "1800000030", "Fri, 15 Jan 2027 08:00:30 GMT"] {
            assert_eq!(reset(header, now), Some(Duration::from_secs(30)), "{header}");
        }
        assert_eq!(reset("1799999000", now), Some(Duration::ZERO), "it is over");
        assert_eq!(reset("1800000030", None), None);
    }
}
