//! How careful shall a run be, and which rules follow from that for this plan?

use crate::model::{Budget, Climb, Gate, GateKind, Portion, Rate, Retries, Rules};

/// What settings and command line ask for; without a word from them it is [`Wanted::default`].
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// How many hosts the waves hold, one after the other; the last one again and again. Empty: no waves by size.
    pub waves: Vec<Portion>,
    /// What stands behind the waves, one after the other; the last one again and again.
    pub gates: Vec<Gate>,
    /// The steps of the rate; empty for none at all, and none for [`Rules::default_ramp`].
    pub ramp: Option<Vec<Climb>>,
    /// When the run halts itself.
    pub budget: Budget,
    /// What is tried again.
    pub retries: Retries,
    /// Whether the rate is halved while the appliance shows that it is overloaded.
    pub adaptive: bool,
    /// Seconds for which hosts that cannot be reached are tried again.
    pub wait_for_offline: Option<u64>,
    /// The variable over whose values waves are spread.
    pub spread_by: Option<String>,
    /// Whether folders that a failed try left are removed first.
    pub clean_left_overs: bool,
    /// What makes the pauses between tries differ.
    pub seed: u64,
}

/// Seconds an `auto` gate waits unless it is told otherwise: time for a client to connect, or to crash.
pub const SOAK: u64 = 60;

impl Default for Wanted {
    fn default() -> Self {
        Self {
            waves: Vec::new(),
            gates: vec![Gate { kind: GateKind::Auto, soak: SOAK }],
            ramp: None,
            budget: Budget::DEFAULT,
            retries: Retries::default(),
            adaptive: true,
            wait_for_offline: None,
            spread_by: None,
            clean_left_overs: false,
            seed: 0,
        }
    }
}

impl Wanted {
    /// The rules of a plan with this rate and so many waves.
    pub fn rules(&self, rate: Rate, waves: usize) -> Rules {
        let gate = |behind: usize| self.gates.get(behind).or(self.gates.last()).copied();
        Rules {
            gates: (1..waves).filter_map(|wave| gate(wave - 1)).collect(),
            ramp: self.ramp(rate),
            budget: self.budget,
            retries: self.retries.clone(),
            adaptive: self.adaptive,
            wait_for_offline: self.wait_for_offline,
            spread_by: self.spread_by.clone(),
            clean_left_overs: self.clean_left_overs,
            seed: self.seed,
        }
    }

    /// The steps, none faster than the rate and the last one at that rate or for good.
    fn ramp(&self, rate: Rate) -> Vec<Climb> {
        let wanted = self.ramp.clone().unwrap_or_else(|| Rules::default_ramp(rate));
        let mut steps: Vec<Climb> =
            wanted.into_iter().map(|step| Climb { rate: step.rate.slower(rate), ..step }).collect();
        if steps.last().is_none_or(|last| last.hosts.is_some()) {
            steps.push(Climb { rate, hosts: None });
        }
        // What comes after the last change of the rate is one step.
        while let [.., one, last] = &steps[..]
            && alike(one.rate, last.rate)
        {
            steps.remove(steps.len() - 2);
        }
        match &steps[..] {
            [only] if alike(only.rate, rate) => Vec::new(),
            _ => steps,
        }
    }
}

/// Whether two rates are the same however they are written.
fn alike(one: Rate, other: Rate) -> bool {
    one.per_hour() == other.per_hour()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(steps: &[(&str, Option<u64>)], rate: &str) -> String {
        let climb =
            |(rate, hosts): &(&str, Option<u64>)| Climb { rate: rate.parse().unwrap(), hosts: *hosts };
        let wanted = Wanted { ramp: Some(steps.iter().map(climb).collect()), ..Wanted::default() };
        let shown = |climb: Climb| match climb.hosts {
            Some(hosts) => format!("{}:{hosts}", climb.rate),
            None => climb.rate.to_string(),
        };
        wanted.ramp(rate.parse().unwrap()).into_iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn no_step_is_faster_than_the_rate_and_the_last_one_lasts() {
        let steps = [("6/min", Some(10)), ("20/min", Some(50)), ("60/min", None)];
        assert_eq!(ramp(&steps, "60/min"), "6/min:10 20/min:50 60/min");
        assert_eq!(ramp(&steps, "30/min"), "6/min:10 20/min:50 30/min");
        assert_eq!(ramp(&steps, "10/min"), "6/min:10 10/min");
        assert_eq!(ramp(&steps, "2/min"), "");
        assert_eq!(ramp(&steps[..2], "60/min"), "6/min:10 20/min:50 60/min");
        assert_eq!(ramp(&[("30/min", None)], "60/min"), "30/min");
        assert_eq!(ramp(&[("30/min", Some(5)), ("30/min", None)], "60/min"), "30/min");
        assert_eq!(ramp(&[("1/s", None)], "60/min"), "");
        assert_eq!(ramp(&[], "60/min"), "");
    }

    #[test]
    fn without_a_word_a_run_begins_slowly() {
        let rules = Wanted::default().rules("60/min".parse().unwrap(), 3);
        assert_eq!(rules.ramp, Rules::default_ramp(Rate::VENDOR_LIMIT));
        assert_eq!(rules.gates, [Gate { kind: GateKind::Auto, soak: SOAK }; 2]);
        assert_eq!(rules.budget, Budget::DEFAULT);
    }

    #[test]
    fn the_last_gate_stands_behind_all_further_waves() {
        let gate = |kind| Gate { kind, soak: 0 };
        let (manual, none) = (gate(GateKind::Manual), gate(GateKind::None));
        let wanted = Wanted { gates: vec![manual, none], ..Wanted::default() };
        assert_eq!(wanted.rules(Rate::VENDOR_LIMIT, 4).gates, [manual, none, none]);
        assert_eq!(wanted.rules(Rate::VENDOR_LIMIT, 2).gates, [manual]);
        assert_eq!(wanted.rules(Rate::VENDOR_LIMIT, 0).gates, []);
    }
}
