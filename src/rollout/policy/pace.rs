//! At which rate may installers be started now?

use std::collections::VecDeque;

use crate::model::{Class, Climb, Outcome, Phase, Rate, Rules};

/// How many of the installs that ended last are asked whether the appliance is overloaded.
const OVERLOAD_SAMPLE: usize = 20;

/// So many of them, and so large a share of them, mean that it is: one may be the host's own trouble.
const OVERLOAD_COUNT: usize = 2;
const OVERLOAD_PERCENT: usize = 10;

/// The rate is never cut below this share of what it would be.
const LEAST: f64 = 1.0 / 16.0;

/// So many good installs one after the other give back a tenth of the rate.
const RECOVERY: u32 = 10;
const RECOVERED: f64 = 0.1;

/// The rate of a run: its ramp, what a person set, and what the appliance can bear.
#[derive(Debug, Clone)]
pub(super) struct Tempo {
    planned: Rate,
    ramp: Vec<Climb>,
    adaptive: bool,
    step: usize,
    /// Clients installed since the step began.
    climbed: u64,
    set: Option<(Rate, String)>,
    /// The share of the rate that is left while the appliance is overloaded.
    share: f64,
    good: u32,
    overloads: VecDeque<bool>,
    why: String,
    /// The rate that was written down last.
    announced: Rate,
}

impl Tempo {
    pub(super) fn new(planned: Rate, rules: &Rules) -> Self {
        Self {
            planned,
            ramp: rules.ramp.clone(),
            adaptive: rules.adaptive,
            step: 0,
            climbed: 0,
            set: None,
            share: 1.0,
            good: 0,
            overloads: VecDeque::new(),
            why: "the ramp begins".to_owned(),
            announced: planned,
        }
    }

    /// The rate now.
    pub(super) fn rate(&self) -> Rate {
        let rate = match (&self.set, self.ramp.get(self.step)) {
            (Some((rate, _)), _) => *rate,
            (None, Some(climb)) => climb.rate.slower(self.planned),
            (None, None) => self.planned,
        };
        if self.share < 1.0 { rate.scaled(self.share).slower(rate) } else { rate }
    }

    /// The rate and why it changed, if it is not the one that was written down last.
    pub(super) fn change(&self) -> Option<(Rate, String)> {
        let rate = self.rate();
        (rate != self.announced).then(|| (rate, self.why.clone()))
    }

    pub(super) fn announce(&mut self, rate: Rate) {
        self.announced = rate;
    }

    /// A person wants this rate from here on, instead of the ramp.
    pub(super) fn set(&mut self, rate: Rate, by: &str) {
        self.set = Some((rate, by.to_owned()));
        self.share = 1.0;
        self.overloads.clear();
        self.why = format!("set by {by}");
    }

    /// Another process goes on: the appliance may have recovered, and its state is not known.
    pub(super) fn reopen(&mut self) {
        self.share = 1.0;
        self.good = 0;
        self.overloads.clear();
        self.why = "the run goes on".to_owned();
        self.announced = self.planned;
    }

    /// A visit met a mishap and is made again.
    pub(super) fn mishap(&mut self, phase: Phase, class: Class) {
        if is_overload(phase, class) {
            self.weigh(true);
        }
    }

    /// A host ended.
    pub(super) fn ended(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Installed { .. } | Outcome::Connected { .. } | Outcome::Removed { .. } => {
                self.climb();
                self.weigh(false);
            }
            Outcome::Failed { phase, class, .. } if *phase >= Phase::Install => {
                self.weigh(is_overload(*phase, *class));
            }
            _ => {}
        }
    }

    fn climb(&mut self) {
        let Some(climb) = self.ramp.get(self.step) else { return };
        self.climbed += 1;
        if self.step + 1 < self.ramp.len() && climb.hosts.is_some_and(|hosts| self.climbed >= hosts) {
            if self.set.is_none() {
                self.why = format!("{} clients are installed at {}", self.climbed, climb.rate);
            }
            self.step += 1;
            self.climbed = 0;
        }
    }

    /// Halves the rate when the appliance shows that it is overloaded, and gives it back slowly.
    fn weigh(&mut self, overloaded: bool) {
        if !self.adaptive {
            return;
        }
        self.overloads.push_back(overloaded);
        if self.overloads.len() > OVERLOAD_SAMPLE {
            self.overloads.pop_front();
        }
        let bad = self.overloads.iter().filter(|overloaded| **overloaded).count();
        if overloaded {
            self.good = 0;
            if bad >= OVERLOAD_COUNT && bad * 100 >= OVERLOAD_PERCENT * self.overloads.len() {
                self.why = format!(
                    "halved: in {bad} of the last {} installs the installer timed out or the site was too busy",
                    self.overloads.len()
                );
                self.share = (self.share / 2.0).max(LEAST);
                self.overloads.clear();
            }
        } else if self.share < 1.0 {
            self.good += 1;
            if self.good >= RECOVERY {
                self.good = 0;
                self.share = (self.share + RECOVERED).min(1.0);
                self.why = format!("{RECOVERY} installs in a row went well");
            }
        }
    }
}

/// Whether the mishap shows an appliance that cannot keep up.
fn is_overload(phase: Phase, class: Class) -> bool {
    match class {
        Class::ServerBusy => true,
        Class::Timeout => phase == Phase::Install,
        _ => false,
    }
}
