//! What does an event change?

use std::time::Duration;

use super::budget::{self, Sample};
use super::gate::Passage;
use super::queue::Queue;
use super::{Moment, Policy, State};
use crate::model::reason::upgraded;
use crate::model::{Class, Happening, Outcome, OutcomeKind, Task};
use crate::rollout::standing;

impl Policy {
    pub(super) fn hear_run(&mut self, what: &Happening, now: Moment) {
        match what {
            Happening::RunResumed { .. } => self.reopen(),
            Happening::WaveStarted { wave, .. } => self.begin_wave(*wave as usize),
            Happening::GateReached { wave, gate } => self.reach_gate(*wave as usize, *gate, now),
            Happening::GateOpened { .. } => self.passage = Passage::Open,
            Happening::GateClosed { wave, why } => {
                self.passage = Passage::Closed;
                let closed = self.closed(*wave, why);
                self.halt.get_or_insert(closed);
            }
            Happening::PaceChanged { rate, .. } => self.tempo.announce(*rate),
            Happening::RateSet { rate, by } => self.tempo.set(*rate, by),
            Happening::BudgetReached { rule, limit, mishaps, sample, .. } => {
                self.sample.is_spent = true;
                self.halt.get_or_insert_with(|| budget::said(rule, limit, *mishaps, *sample));
            }
            Happening::ApplianceUpgraded { from, to } => {
                self.halt.get_or_insert_with(|| upgraded(from, to));
            }
            Happening::InstallersEnded { release, why } => self.releases.end(release, why),
            Happening::HaltRequested { by } => {
                self.halt.get_or_insert_with(|| format!("by {by}"));
            }
            Happening::Paused { .. } => self.paused = true,
            // Whoever lifts a pause has not yet said that the next wave may begin.
            Happening::Continued { .. } if self.paused => self.paused = false,
            Happening::Continued { by } => self.passage.open_by(by),
            Happening::StopRequested { reason } => {
                self.stop.get_or_insert_with(|| reason.clone());
            }
            _ => {}
        }
    }

    pub(super) fn hear_host(&mut self, place: u32, what: &Happening, now: Moment) {
        let index = place as usize;
        if let Some(standing) = standing::after(self.hosts[index].standing, what, self.task) {
            self.hosts[index].standing = standing;
        }
        match what {
            Happening::RetryPlanned { phase, class, delay, .. } => {
                self.tries.entry(place).or_default().count(*class);
                self.tempo.mishap(*phase, *class);
                self.rest_until(place, now.clock + Duration::from_millis(*delay));
            }
            Happening::HostAway { delay, .. } => {
                self.away(place, now.clock, now.clock + Duration::from_millis(*delay));
            }
            Happening::HostFinished { outcome, .. } => self.end(place, outcome),
            Happening::Rechecked { missing, unseen } => self.rechecked(place, missing.is_empty(), *unseen),
            // Until its own client is installed, this host has none.
            Happening::RemovalEnded { .. } if self.task == Task::Replace => self.hosts[index].is_bare = true,
            _ => {}
        }
    }

    pub(super) fn set_state(&mut self, place: u32, state: State) {
        let before = std::mem::replace(&mut self.hosts[place as usize].state, state);
        match (before.is_untouched(), state.is_untouched()) {
            (true, false) => self.untouched -= 1,
            // Its install had begun in an earlier process, was turned away, and waits for its window like any other.
            (false, true) => self.untouched += 1,
            _ => {}
        }
    }

    fn rest_until(&mut self, place: u32, until: Duration) {
        self.set_state(place, State::Resting);
        self.queue.rest(place, until);
    }

    /// A host that cannot be reached holds up no gate, and counts once among the unreachable ones.
    fn away(&mut self, place: u32, now: Duration, until: Duration) {
        let tries = self.tries.entry(place).or_default();
        tries.away += 1;
        tries.away_since.get_or_insert(now);
        if tries.away == 1 {
            self.waves[self.hosts[place as usize].wave as usize].unreachable += 1;
            self.leave_wave(place);
            self.sample.add(place, OutcomeKind::Unreachable);
        }
        self.rest_until(place, until);
    }

    fn is_away(&self, place: u32) -> bool {
        self.tries.get(&place).is_some_and(|tries| tries.away > 0)
    }

    fn leave_wave(&mut self, place: u32) {
        let wave = &mut self.waves[self.hosts[place as usize].wave as usize];
        wave.open = wave.open.saturating_sub(1);
    }

    fn end(&mut self, place: u32, outcome: &Outcome) {
        let kind = outcome.kind();
        let before = self.hosts[place as usize].state;
        let away = self.is_away(place);
        match before {
            State::Ended(old) => self.waves[self.hosts[place as usize].wave as usize].uncount(old),
            _ => {
                self.left -= 1;
                if !away {
                    self.leave_wave(place);
                }
            }
        }
        self.hosts[place as usize].is_bare &= !kind.is_final();
        self.set_state(place, State::Ended(kind));
        let wave = &mut self.waves[self.hosts[place as usize].wave as usize];
        if away {
            wave.unreachable = wave.unreachable.saturating_sub(1);
        }
        wave.count(kind);
        self.tempo.ended(outcome);
        // The host has been counted when it was found to be away.
        if !(away && kind == OutcomeKind::Unreachable) {
            // A session that keeps a host says nothing about removals.
            let is_kept = matches!(outcome, Outcome::Failed { class: Class::SessionOpen, .. });
            self.sample.add(place, if is_kept { OutcomeKind::AlreadyAbsent } else { kind });
        }
        self.tries.remove(&place);
    }

    fn rechecked(&mut self, place: u32, is_well: bool, is_unseen: bool) {
        // A look that comes back late says nothing about the next gate.
        if self.hosts[place as usize].wave as usize == self.wave {
            self.passage.rechecked(is_well, is_unseen);
        }
        let host = &mut self.hosts[place as usize];
        let installed = [OutcomeKind::Installed, OutcomeKind::Connected];
        let before = installed.into_iter().find(|kind| host.state == State::Ended(*kind));
        if let Some(before) = before.filter(|_| !is_well) {
            let kind = if is_unseen { OutcomeKind::Unknown } else { OutcomeKind::Failed };
            host.state = State::Ended(kind);
            let wave = &mut self.waves[host.wave as usize];
            wave.uncount(before);
            wave.count(kind);
        }
    }

    /// Another process goes on: what stopped the run is over, and what was left open is open again.
    fn reopen(&mut self) {
        self.halt = None;
        self.stop = None;
        self.paused = false;
        self.passage.reopen();
        self.sample = Sample::new(self.rules.budget);
        self.tempo.reopen();
        self.queue = Queue::default();
        for place in 0..self.hosts.len() {
            let away = self.is_away(u32::try_from(place).unwrap_or(u32::MAX));
            let host = &mut self.hosts[place];
            let wave = &mut self.waves[host.wave as usize];
            match host.state {
                State::Ended(kind) if kind.is_final() => continue,
                State::Ended(kind) => {
                    wave.uncount(kind);
                    wave.open += 1;
                    self.left += 1;
                }
                _ if away => {
                    wave.unreachable = wave.unreachable.saturating_sub(1);
                    wave.open += 1;
                }
                _ => {}
            }
            host.state = State::Waiting;
        }
        self.untouched = self.left;
        self.tries.clear();
    }
}
