//! How carefully does a run go: how fast, in which gates, until which mishaps? Decided with the plan.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::host::words;
use super::{Class, Rate};

/// A number of hosts, written `5`, or a share of them, written `10%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portion {
    /// So many hosts.
    Count(u32),
    /// So many of a hundred.
    Percent(u32),
}

impl Portion {
    /// How many of `total` hosts it is, at least one, rounded down as Ansible's `serial` rounds.
    pub fn of(self, total: u64) -> u64 {
        match self {
            Self::Count(count) => u64::from(count),
            Self::Percent(percent) => total * u64::from(percent) / 100,
        }
        .max(1)
    }

    /// Whether `count` of `total` hosts reach it.
    pub fn is_reached(self, count: u64, total: u64) -> bool {
        match self {
            Self::Count(limit) => count >= u64::from(limit),
            Self::Percent(percent) => count > 0 && count * 100 >= u64::from(percent) * total,
        }
    }
}

impl fmt::Display for Portion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(out, "{count}"),
            Self::Percent(percent) => write!(out, "{percent}%"),
        }
    }
}

impl FromStr for Portion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no portion: write a number of hosts, such as `5`, or a share, such as `10%` (1% to 100%)"
            )
        };
        let (digits, percent) =
            text.trim().strip_suffix('%').map_or((text.trim(), false), |part| (part, true));
        let number: u32 = digits.trim_end().parse().map_err(|_| wrong())?;
        match (number, percent) {
            (1..=100, true) => Ok(Self::Percent(number)),
            (1.., false) => Ok(Self::Count(number)),
            _ => Err(wrong()),
        }
    }
}

impl Serialize for Portion {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Portion {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

words! {
    /// What opens the way from one wave to the next.
    GateKind, "a gate" {
        /// Time to settle, then every client of the wave is looked at again, then the failures are counted.
        Auto = "auto",
        /// A person.
        Manual = "manual",
        /// Nothing: the next wave begins when the last host of this one has ended.
        None = "none",
    }
}

/// What stands between one wave and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// What opens it.
    pub kind: GateKind,
    /// Seconds an `auto` gate waits before it looks at the wave's clients again.
    pub soak: u64,
}

/// One step of the ramp: this rate until so many clients were installed since the step began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Climb {
    /// The most starts per time on this step.
    pub rate: Rate,
    /// How many clients are installed on it; none for the rest of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<u64>,
}

/// How many mishaps end the starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// So many failures among the last [`Self::of_last`] hosts halt the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<Portion>,
    /// So many unreachable hosts among the last [`Self::of_last`] halt the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<Portion>,
    /// So many failures one after the other halt the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consecutive: Option<u32>,
    /// How many of the hosts that ended last are counted.
    pub of_last: u32,
    /// How many hosts must have ended before a share says anything.
    pub sample: u32,
}

/// How mishaps that may pass are tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// How often, by class; a class that is not named is never tried again.
    pub limits: BTreeMap<Class, u32>,
    /// Milliseconds before the first further try; they double with each one.
    pub first: u64,
    /// Milliseconds between two tries at most.
    pub longest: u64,
}

/// Everything a run goes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The gates behind each wave but the last, in the order of the waves.
    pub gates: Vec<Gate>,
    /// The steps of the rate, the first one first; never faster than the plan's rate. Empty: that rate at once.
    pub ramp: Vec<Climb>,
    /// When the run halts itself.
    pub budget: Budget,
    /// What is tried again.
    pub retries: Retries,
    /// Whether the rate is halved while the appliance shows that it is overloaded.
    pub adaptive: bool,
    /// Seconds for which a host that cannot be reached is tried again, from the moment when it was found to be away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_for_offline: Option<u64>,
    /// The variable whose values the hosts of each wave are spread over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread_by: Option<String>,
    /// Whether folders that a failed try left are removed from hosts before the client is installed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clean_left_overs: bool,
    /// What makes the pauses between tries differ from host to host.
    pub seed: u64,
}

impl Budget {
    /// No limit at all.
    pub const NONE: Self =
        Self { failures: None, unreachable: None, consecutive: None, of_last: 100, sample: 50 };

    /// What a run goes by unless it is told otherwise: a tenth of the last 100 hosts, five in a row, or half
    /// of them out of reach.
    ///
    /// Large fleets always have a host in fifty that fails: of fewer hosts, chance alone would make a tenth
    /// some time in the night.
    pub const DEFAULT: Self = Self {
        failures: Some(Portion::Percent(10)),
        unreachable: Some(Portion::Percent(50)),
        consecutive: Some(5),
        of_last: 100,
        sample: 50,
    };
}

/// What may be tried again: the class, how often unless the settings say otherwise, and the times
/// [`Retries::first`] it rests first. No other class ever is: accounts lock, and an answer stays an answer.
pub const RETRYABLE: &[(Class, u32, u32)] = &[
    (Class::NoBanner, 4, 1),
    (Class::ConnectionRefused, 2, 1),
    (Class::ConnectTimeout, 2, 1),
    (Class::ConnectionLost, 2, 1),
    (Class::NoRoute, 2, 1),
    // Package managers and Windows Installer hold their lock for minutes rather than seconds.
    (Class::InstallerBusy, 5, 5),
    (Class::ServerBusy, 5, 10),
    // It repairs its records at the first try, and installs at the second.
    (Class::OrphanKey, 1, 1),
];

impl Default for Retries {
    fn default() -> Self {
        let limits = RETRYABLE.iter().map(|(class, times, _)| (*class, *times)).collect();
        Self { limits, first: 2_000, longest: 300_000 }
    }
}

impl Rules {
    /// No waves, no ramp, no budget: as fast as the rate allows, to the end.
    pub fn direct() -> Self {
        Self {
            gates: Vec::new(),
            ramp: Vec::new(),
            budget: Budget::NONE,
            retries: Retries::default(),
            adaptive: true,
            wait_for_offline: None,
            spread_by: None,
            clean_left_overs: false,
            seed: 0,
        }
    }

    /// The ramp of a run that is not told otherwise; the vendor's advice is to start conservatively and to
    /// scale up (Jump Client Guide, "Manage Deployment Rate").
    pub fn default_ramp(rate: Rate) -> Vec<Climb> {
        let steps = [(Rate::per_minute(6), Some(10)), (Rate::per_minute(20), Some(50))];
        let slower = steps.into_iter().filter(|(step, _)| step.per_hour() < rate.per_hour());
        slower.chain([(rate, None)]).map(|(rate, hosts)| Climb { rate, hosts }).collect()
    }

    /// The gates' waiting time in all.
    pub fn soak(&self) -> Duration {
        self.gates.iter().map(|gate| Duration::from_secs(gate.soak)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_read_shown_and_reckoned() {
        for (text, of_40) in [("5", 5), ("10%", 4), ("1%", 1), ("100%", 40)] {
            let portion: Portion = text.parse().unwrap();
            assert_eq!(portion.to_string(), text);
            assert_eq!(portion.of(40), of_40, "{text}");
        }
        for text in ["0", "0%", "101%", "-1", "x", "", "%", "1.5%"] {
            assert!(text.parse::<Portion>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_is_reached_by_the_first_host_that_makes_it_up() {
        assert!(!Portion::Percent(10).is_reached(4, 50));
        assert!(Portion::Percent(10).is_reached(5, 50));
        assert!(!Portion::Percent(10).is_reached(0, 0));
        assert!(Portion::Count(2).is_reached(2, 1000));
    }

    #[test]
    fn the_default_ramp_never_exceeds_the_rate() {
        let rates = |rate: &str| {
            let ramp = Rules::default_ramp(rate.parse().unwrap());
            ramp.iter().map(|climb| climb.rate.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(rates("60/min"), "6/min 20/min 60/min");
        assert_eq!(rates("10/min"), "6/min 10/min");
        assert_eq!(rates("2/min"), "2/min");
    }
}
