//! Plans, rehearsals and questions to their events.

use jiff::Timestamp;
use jumpfleet::model::{
    Event, Gate, GateKind, Happening, Outcome, OutcomeKind, Plan, PlannedHost, Rate, Rules,
};
use jumpfleet::report::Report;
use jumpfleet::rollout::{Script, rehearse};

/// Midnight before a Tuesday, in UTC.
pub const START: &str = "2026-11-24T00:00:00Z";

/// A plan with waves of these sizes, no ramp, no gates and no budget; an install takes 20 s.
pub fn plan(waves: &[usize]) -> Plan {
    let mut plan: Plan = serde_json::from_str(include_str!("../report/plan.json")).expect("a plan");
    plan.rules = Rules::direct();
    plan.rate = Rate::VENDOR_LIMIT;
    plan.at_once = 48;
    plan.estimate.install = 20.0;
    plan.waves = (1..=waves.len()).map(|wave| wave.to_string()).collect();
    let wave_of = waves.iter().enumerate().flat_map(|(wave, size)| std::iter::repeat_n(wave, *size));
    plan.hosts = wave_of
        .enumerate()
        .map(|(at, wave)| PlannedHost {
            name: format!("h{at:05}").into(),
            place: format!("fleet.yaml:{}", at + 1),
            address: format!("h{at:05}").into(),
            access: 0,
            treatment: 0,
            wave: u32::try_from(wave).expect("few waves"),
            window: None,
            spread: None,
            origins: None,
            values: Default::default(),
            observation: None,
            namesakes: None,
            record: None,
        })
        .collect();
    plan
}

/// A gate of this kind behind every wave but the last.
pub fn gated(mut plan: Plan, kind: GateKind, soak: u64) -> Plan {
    plan.rules.gates = vec![Gate { kind, soak }; plan.waves.len() - 1];
    plan
}

/// Everything that happened in a rehearsal.
pub struct Played {
    pub events: Vec<Event>,
    pub report: Report,
}

/// Plays a plan with these mishaps.
pub fn play(plan: &Plan, mishaps: &str) -> Played {
    play_with(plan, mishaps, 7)
}

pub fn play_with(plan: &Plan, mishaps: &str, seed: u64) -> Played {
    let script = Script {
        start: START.parse().expect("a moment"),
        profile: mishaps.parse().expect("a profile"),
        seed,
    };
    let mut events = Vec::new();
    rehearse(plan, script, &mut |event| events.push(event.clone()));
    let report = Report::of(plan, &events);
    Played { events, report }
}

impl Played {
    /// Seconds from the start to each installer's start.
    pub fn starts(&self) -> Vec<f64> {
        let begun: Timestamp = START.parse().expect("a moment");
        let starts = self.events.iter().filter(|event| is_start(&event.what));
        starts.map(|event| event.at.duration_since(begun).as_secs_f64()).collect()
    }

    pub fn count(&self, kind: OutcomeKind) -> u64 {
        self.report.count(kind)
    }

    /// The events for which `pick` finds something, with the seconds since the start.
    pub fn all<T>(&self, pick: impl Fn(&Happening) -> Option<T>) -> Vec<(f64, T)> {
        let begun: Timestamp = START.parse().expect("a moment");
        let picked = self
            .events
            .iter()
            .filter_map(|event| Some((event.at.duration_since(begun).as_secs_f64(), pick(&event.what)?)));
        picked.collect()
    }

    /// The reasons for which hosts were not started, each once.
    pub fn reasons(&self) -> Vec<&str> {
        let mut reasons: Vec<_> = self
            .report
            .hosts
            .iter()
            .filter_map(|host| match &host.outcome {
                Outcome::NotStarted { reason } => Some(reason.as_str()),
                _ => None,
            })
            .collect();
        reasons.sort_unstable();
        reasons.dedup();
        reasons
    }
}

pub fn is_start(what: &Happening) -> bool {
    matches!(what, Happening::InstallStarted { .. } | Happening::RemovalStarted { .. })
}
