//! What was typed about waves, gates, the ramp and limits, and what does it change?

use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use crate::model::{Climb, Gate, GateKind, Portion, Rate};
use crate::planner::{LONGEST, Wanted};

const HEADING: &str = "Waves, ramp and limits";

/// How careful shall the run be?
#[derive(Debug, Default, Clone, PartialEq, Args)]
pub struct Care {
    /// The hosts in each wave, such as 5,10%,100%; the last one again and again
    #[arg(help_heading = HEADING, long, value_name = "SIZES", value_delimiter = ',')]
    pub waves: Vec<Portion>,
    /// Share the hosts of a wave out over the values of this variable, or over `group`
    #[arg(help_heading = HEADING, long, value_name = "VARIABLE")]
    pub spread_by: Option<String>,
    /// What opens the way to the next wave: auto, manual or none
    #[arg(help_heading = HEADING, long, value_name = "KIND")]
    pub gate: Option<GateKind>,
    /// How long automatic gates wait before they look at a wave's clients again, such as 10m
    #[arg(help_heading = HEADING, long, value_name = "TIME", value_parser = length)]
    pub soak: Option<Duration>,
    /// Rates with the clients installed at each, such as 6/min:10,20/min:50,60/min; or none
    #[arg(help_heading = HEADING, long, value_name = "STEPS")]
    pub ramp: Option<Ramp>,
    /// Halt at so many failures, such as 3 or 10%; or none
    #[arg(help_heading = HEADING, long, value_name = "LIMIT")]
    pub max_failures: Option<OrNone<Portion>>,
    /// Halt at so many unreachable hosts, such as 20 or 50%; or none
    #[arg(help_heading = HEADING, long, value_name = "LIMIT")]
    pub max_unreachable: Option<OrNone<Portion>>,
    /// Halt at so many failures one after the other; or none
    #[arg(help_heading = HEADING, long, value_name = "NUMBER")]
    pub max_consecutive: Option<OrNone<Consecutive>>,
    /// Try hosts that cannot be reached again for so long, such as 4h; or none
    #[arg(help_heading = HEADING, long, value_name = "TIME")]
    pub wait_for_offline: Option<OrNone<Length>>,
    /// Keep the rate even while the appliance shows that it is overloaded
    #[arg(help_heading = HEADING, long)]
    pub no_adaptive: bool,
    /// On Windows hosts, first remove the folders of a failed try that would pass for a client
    #[arg(help_heading = HEADING, long)]
    pub clean_left_overs: bool,
}

impl Care {
    /// What the settings want, with what was typed in its place.
    pub fn over(&self, mut wanted: Wanted) -> Wanted {
        if !self.waves.is_empty() {
            wanted.waves.clone_from(&self.waves);
        }
        let settings = wanted.gates.iter().find(|gate| gate.kind == GateKind::Auto).map(|gate| gate.soak);
        if let Some(kind) = self.gate {
            wanted.gates = vec![Gate { kind, soak: 0 }];
        }
        let typed = self.soak.map(whole_seconds);
        for gate in wanted.gates.iter_mut().filter(|gate| gate.kind == GateKind::Auto) {
            gate.soak = typed.or(self.gate.and(settings)).unwrap_or(gate.soak);
        }
        if let Some(Ramp(steps)) = &self.ramp {
            wanted.ramp = Some(steps.clone());
        }
        let budget = &mut wanted.budget;
        budget.failures = self.max_failures.map_or(budget.failures, |limit| limit.0);
        budget.unreachable = self.max_unreachable.map_or(budget.unreachable, |limit| limit.0);
        budget.consecutive =
            self.max_consecutive.map_or(budget.consecutive, |limit| limit.0.map(|count| count.0));
        for limit in [budget.failures, budget.unreachable].into_iter().flatten() {
            // A number is meant as it stands: so many hosts have to be counted.
            if let Portion::Count(count) = limit {
                budget.of_last = budget.of_last.max(count);
            }
        }
        if let Some(by) = &self.spread_by {
            wanted.spread_by = Some(by.clone());
        }
        if let Some(OrNone(wait)) = self.wait_for_offline {
            wanted.wait_for_offline = wait.map(|Length(wait)| whole_seconds(wait));
        }
        wanted.adaptive &= !self.no_adaptive;
        wanted.clean_left_overs |= self.clean_left_overs;
        wanted
    }
}

/// The steps of a ramp; none at all for `none`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ramp(pub Vec<Climb>);

impl FromStr for Ramp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let steps = text.split(',').map(step).collect::<Result<Vec<_>, _>>()?;
        match steps.split_last() {
            Some((_, before)) if before.iter().any(|step| step.hosts.is_none()) => {
                Err("every step but the last needs its number of clients, such as `6/min:10`".to_owned())
            }
            _ => Ok(Self(steps)),
        }
    }
}

fn step(text: &str) -> Result<Climb, String> {
    let (rate, hosts) = text.split_once(':').map_or((text, None), |(rate, hosts)| (rate, Some(hosts)));
    let count = |hosts: &str| hosts.trim().parse().ok().filter(|hosts| *hosts > 0);
    let hosts = match hosts {
        Some(text) => Some(count(text).ok_or_else(|| format!("`{text}` is no number of clients"))?),
        None => None,
    };
    Ok(Climb { rate: rate.trim().parse::<Rate>()?, hosts })
}

/// Something, or the word `none`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrNone<T>(pub Option<T>);

impl<T: FromStr<Err = String>> FromStr for OrNone<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|value| Self(Some(value))) }
    }
}

/// A number of hosts, one at least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Consecutive(pub u32);

impl FromStr for Consecutive {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| *number > 0).map(Self);
        number.ok_or_else(|| format!("`{text}` is no number of hosts"))
    }
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Length(pub Duration);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        length(text).map(Self)
    }
}

/// A length of time as it is typed, such as `90s`, `10m` or `4h`.
pub fn length(text: &str) -> Result<Duration, String> {
    let length = text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive);
    let length = length.map(SignedDuration::unsigned_abs).filter(|length| *length <= LONGEST);
    length.ok_or_else(|| format!("`{text}` is no length of time: write one such as `90s`, `10m` or `4h`"))
}

/// A length of time that may be in days too, such as `30d`.
pub fn days(text: &str) -> Result<Duration, String> {
    match text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok()).filter(|days| *days > 0) {
        Some(days) => Ok(Duration::from_secs(u64::from(days) * 86_400)),
        None => length(text),
    }
}

/// In whole seconds, the begun one included.
fn whole_seconds(length: Duration) -> u64 {
    length.as_secs() + u64::from(length.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        care: Care,
    }

    fn over(typed: &str, wanted: Wanted) -> Wanted {
        let words = std::iter::once("jumpfleet").chain(typed.split_whitespace());
        Typed::try_parse_from(words).unwrap_or_else(|error| panic!("{error}")).care.over(wanted)
    }

    #[test]
    fn what_is_not_typed_stays_as_the_settings_have_it() {
        let settings = Wanted { waves: vec![Portion::Count(7)], adaptive: false, ..Wanted::default() };
        assert_eq!(over("", settings.clone()), settings);
    }

    #[test]
    fn what_is_typed_takes_its_place() {
        let manual = Gate { kind: GateKind::Manual, soak: 0 };
        let auto = Gate { kind: GateKind::Auto, soak: 300 };
        let settings = Wanted { gates: vec![auto, manual], ..Wanted::default() };
        let gates = |typed: &str| over(typed, settings.clone()).gates;
        assert_eq!(gates("--gate manual"), [manual]);
        assert_eq!(gates("--gate auto"), [auto]);
        assert_eq!(gates("--soak 1500ms"), [Gate { soak: 2, ..auto }, manual]);
        let all = "--waves 5,10%,100% --ramp 6/min:10,60/min --max-failures 160 --max-unreachable none \
                   --max-consecutive 3 --wait-for-offline 4h --no-adaptive";
        let wanted = over(all, settings);
        assert_eq!(wanted.waves, [Portion::Count(5), Portion::Percent(10), Portion::Percent(100)]);
        assert_eq!(wanted.ramp.as_ref().map(Vec::len), Some(2));
        let budget = wanted.budget;
        assert_eq!((budget.failures, budget.of_last), (Some(Portion::Count(160)), 160));
        assert_eq!((budget.unreachable, budget.consecutive), (None, Some(3)));
        assert_eq!((wanted.wait_for_offline, wanted.adaptive), (Some(4 * 3600), false));
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for (typed, said) in [
            ("--waves 0", "no portion"),
            ("--gate maybe", "not a gate"),
            ("--soak 0s", "no length of time"),
            ("--ramp 6/min,60/min", "every step but the last"),
            ("--ramp 6/min:0", "no number of clients"),
            ("--ramp fast", "not a rate"),
            ("--max-failures 101%", "no portion"),
            ("--max-consecutive 0", "no number of hosts"),
            ("--wait-for-offline -1h", "no length of time"),
            ("--wait-for-offline 10000h", "no length of time"),
        ] {
            let (option, value) = typed.split_once(' ').unwrap();
            let refused = Typed::try_parse_from(["jumpfleet", &format!("{option}={value}")]);
            let said_so = refused.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said_so.contains(said), "{typed}: {said_so}");
        }
    }
}
