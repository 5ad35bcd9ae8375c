//! How many installers may start in what time?

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::readable;

/// Installer starts per time, written `60/min`, `1/s` or `3600/h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    starts: u32,
    period: Duration,
}

/// The most starts in a rate: the time between two of them must not come to nothing.
const MOST: u32 = 1_000_000;

impl Rate {
    /// The most the vendor allows: 60 client installs per minute (Jump Client Guide, "Manage Deployment Rate").
    pub const VENDOR_LIMIT: Self = Self { starts: 60, period: Duration::from_secs(60) };

    /// How late a start may reach its host without 61 starts falling into a closed window of one minute.
    pub const GUARD: Duration = Duration::from_secs(1);

    /// The time between two starts: the period plus the guard, shared out evenly.
    ///
    /// A start leaves here on time but reaches its host a little later, never the same little;
    /// the guard keeps 61 of them from falling into one minute as the hosts count it.
    pub fn interval(self) -> Duration {
        let minutes = self.period.as_secs_f64() / 60.0;
        (self.period + Self::GUARD.mul_f64(minutes)) / self.starts
    }

    /// How many starts there may be in its period.
    pub const fn starts(self) -> u32 {
        self.starts
    }

    /// The time its starts are counted in: a second, a minute or an hour.
    pub fn period(self) -> Duration {
        self.period
    }

    /// So many starts a minute.
    pub const fn per_minute(starts: u32) -> Self {
        Self { starts, period: Duration::from_secs(60) }
    }

    /// The rate times a factor, to whole starts an hour and never none; by the minute where that is exact.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let per_hour = ((self.per_hour() * factor).round() as u32).max(1);
        if per_hour.is_multiple_of(60) {
            Self::per_minute(per_hour / 60)
        } else {
            Self { starts: per_hour, period: Duration::from_secs(3600) }
        }
    }

    /// The slower of two rates.
    #[must_use]
    pub fn slower(self, other: Self) -> Self {
        if other.per_hour() < self.per_hour() { other } else { self }
    }

    /// Starts in an hour, for comparing rates and for estimates.
    pub fn per_hour(self) -> f64 {
        f64::from(self.starts) * 3600.0 / self.period.as_secs_f64()
    }

    /// Whether a run that was planned at this rate may be told to go at another one: never faster than the vendor
    /// allows, unless the plan is.
    pub fn admits(self, wanted: Self) -> bool {
        wanted.per_hour() <= self.per_hour().max(Self::VENDOR_LIMIT.per_hour())
    }

    /// Whether the rate is faster than the vendor allows.
    pub fn exceeds_vendor_limit(self) -> bool {
        self.per_hour() > Self::VENDOR_LIMIT.per_hour()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.period.as_secs() {
            1 => "s",
            60 => "min",
            _ => "h",
        };
        write!(out, "{}/{unit}", self.starts)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is not a rate: write a whole number of starts per time, such as `60/min`, `1/s` or `3600/h`",
                readable(text)
            )
        };
        let (starts, unit) = text.trim().split_once('/').ok_or_else(wrong)?;
        let starts: u32 = starts.trim().parse().map_err(|_| wrong())?;
        let period = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3600,
            _ => return Err(wrong()),
        };
        if starts == 0 {
            return Err(format!("`{}` would never start anything: the rate is at least 1", readable(text)));
        }
        if starts > MOST {
            return Err(format!(
                "`{}` is not a rate: more than {MOST} starts leave no time between two",
                readable(text)
            ));
        }
        Ok(Self { starts, period: Duration::from_secs(period) })
    }
}

impl Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_shown() {
        for text in ["60/min", "1/s", "3600/h"] {
            assert_eq!(text.parse::<Rate>().map(|rate| rate.to_string()), Ok(text.to_owned()));
        }
        for text in ["60", "0/min", "x/min", "60/day", "-1/s", "1.5/s", "4294967295/s", ""] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_vendor_limit_is_a_start_a_second_in_any_spelling() {
        for (text, exceeds) in
            [("60/min", false), ("1/s", false), ("3600/h", false), ("61/min", true), ("2/s", true)]
        {
            assert_eq!(text.parse::<Rate>().map(Rate::exceeds_vendor_limit), Ok(exceeds), "{text}");
        }
    }

    #[test]
    fn sixty_intervals_last_longer_than_a_minute_by_the_guard() {
        for text in ["60/min", "1/s", "3600/h"] {
            let interval = text.parse::<Rate>().map(Rate::interval).unwrap_or_default();
            let sixty = interval * 60;
            let wanted = Duration::from_secs(60) + Rate::GUARD;
            assert!(sixty.abs_diff(wanted) < Duration::from_micros(1), "{text}: {sixty:?}");
        }
    }
}
