//! How does a wave stand, and what comes after it?

use super::gate::Passage;
use super::{Host, Moment, Policy, State};
use crate::model::{Gate, GateKind, Happening, OutcomeKind};

/// The hosts of one wave, which lie together in the plan.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wave {
    /// The first one's place in the plan.
    pub(super) first: u32,
    /// The place behind the last one.
    pub(super) end: u32,
    /// Hosts that have neither an outcome nor are away.
    pub(super) open: u32,
    /// Hosts whose client was installed, or removed.
    pub(super) done: u32,
    /// Hosts that failed, or are in an unknown state.
    pub(super) failed: u32,
    /// Hosts that could not be reached.
    pub(super) unreachable: u32,
}

impl Wave {
    pub(super) fn count(&mut self, kind: OutcomeKind) {
        if let Some(count) = self.counter(kind) {
            *count += 1;
        }
    }

    pub(super) fn uncount(&mut self, kind: OutcomeKind) {
        if let Some(count) = self.counter(kind) {
            *count = count.saturating_sub(1);
        }
    }

    fn counter(&mut self, kind: OutcomeKind) -> Option<&mut u32> {
        match kind {
            OutcomeKind::Installed | OutcomeKind::Connected | OutcomeKind::Removed => Some(&mut self.done),
            OutcomeKind::Failed | OutcomeKind::NotConnected | OutcomeKind::Unknown => Some(&mut self.failed),
            OutcomeKind::Unreachable => Some(&mut self.unreachable),
            OutcomeKind::AlreadyPresent | OutcomeKind::AlreadyAbsent | OutcomeKind::NotStarted => None,
        }
    }
}

/// The waves of hosts that are in the order of their waves.
pub(super) fn of(hosts: &[Host], waves: usize) -> Vec<Wave> {
    let mut found = vec![Wave::default(); waves.max(1)];
    for (place, host) in hosts.iter().enumerate() {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let wave = &mut found[host.wave as usize];
        if wave.open == 0 {
            wave.first = place;
        }
        wave.end = place + 1;
        wave.open += 1;
    }
    found
}

impl Policy {
    /// What the course of the waves asks for: the next one's start, its gate, or nothing yet.
    pub(super) fn progress(&mut self, now: Moment) -> Option<Happening> {
        let wave = u32::try_from(self.wave).unwrap_or(u32::MAX);
        if !self.wave_began {
            return self.start_of(self.wave);
        }
        if self.waves[self.wave].open > 0 || self.wave + 1 >= self.waves.len() {
            return None;
        }
        match &self.passage {
            Passage::Ahead { by_hand } => {
                let gate = self.rules.gates.get(self.wave).copied();
                let gate = gate.unwrap_or(Gate { kind: GateKind::None, soak: 0 });
                let kind = if *by_hand { GateKind::Manual } else { gate.kind };
                Some(Happening::GateReached { wave, gate: Gate { kind, ..gate } })
            }
            Passage::Open => self.start_of(self.wave + 1),
            Passage::Closed => None,
            Passage::At(visit) => {
                let verdict = visit.judge(&self.waves[self.wave], &self.rules.budget, now.clock)?;
                Some(match verdict {
                    Ok(why) => Happening::GateOpened { wave, why },
                    Err(why) => Happening::GateClosed { wave, why },
                })
            }
        }
    }

    /// Why a run halts whose gate stays closed.
    pub(super) fn closed(&self, wave: u32, why: &str) -> String {
        let name = self.wave_names.get(wave as usize).map_or("", String::as_str);
        format!("the gate behind wave {name} stays closed: {why}")
    }

    fn start_of(&self, wave: usize) -> Option<Happening> {
        let found = self.waves.get(wave)?;
        Some(Happening::WaveStarted {
            wave: u32::try_from(wave).ok()?,
            name: self.wave_names.get(wave).cloned().unwrap_or_default(),
            hosts: u64::from(found.end - found.first),
        })
    }

    pub(super) fn begin_wave(&mut self, wave: usize) {
        if wave < self.waves.len() {
            self.wave = wave;
            self.wave_began = true;
            self.passage = Passage::default();
            self.queue.cursor = self.waves[wave].first;
        }
    }

    pub(super) fn reach_gate(&mut self, wave: usize, gate: Gate, now: Moment) {
        let Some(found) = self.waves.get(wave) else { return };
        let installed = |place: &u32| {
            matches!(
                self.hosts[*place as usize].state,
                State::Ended(OutcomeKind::Installed | OutcomeKind::Connected)
            )
        };
        let again = match gate.kind {
            GateKind::Auto => (found.first..found.end).filter(installed).collect(),
            _ => Default::default(),
        };
        self.passage = Passage::reached(gate, again, now.clock);
    }
}
