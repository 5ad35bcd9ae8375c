//! Who is visited next?

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::shift::Opening;
use super::{Moment, Policy, State};
use crate::model::Standing;

/// The hosts that wait: those whose turn comes first, those that rest, and the place up to which the plan is done.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    /// The first host of the current wave that nobody has come to yet.
    pub(super) cursor: u32,
    /// Hosts whose window closed before they were visited.
    pub(super) missed: Vec<u32>,
    ready: VecDeque<u32>,
    resting: BinaryHeap<Reverse<(Duration, u32)>>,
    sorted: bool,
}

impl Queue {
    pub(super) fn rest(&mut self, place: u32, until: Duration) {
        self.resting.push(Reverse((until, place)));
    }

    /// When the next rest is over.
    pub(super) fn due(&self) -> Option<Duration> {
        self.resting.peek().map(|Reverse((until, _))| *until)
    }

    fn rested(&mut self, now: Duration) -> Option<u32> {
        let Reverse((until, _)) = self.resting.peek()?;
        if *until > now {
            return None;
        }
        self.resting.pop().map(|Reverse((_, place))| place)
    }
}

impl Policy {
    /// The next host to be visited, taken out of the queue.
    pub(super) fn next_host(&mut self, now: Moment) -> Option<u32> {
        if !self.queue.sorted {
            self.first_of_all();
        }
        loop {
            let (place, expected) = self.candidate(now)?;
            let host = self.hosts[place as usize];
            // It may have had its turn before this one.
            if host.state != expected {
                continue;
            }
            // What has begun is looked at, whatever the hour: nothing is started there.
            // Nor is a host left without any client.
            if host.standing == Standing::Begun || host.is_bare {
                return Some(place);
            }
            match self.shifts.opening(host.window, now.at) {
                _ if self.releases.has_expired(host.release, now.at) => self.queue.missed.push(place),
                Opening::Now => return Some(place),
                Opening::Later(window) => {
                    self.set_state(place, State::Deferred);
                    self.shifts.defer(window, place);
                }
                Opening::Never => self.queue.missed.push(place),
            }
        }
    }

    /// The next host that may be due, and how it stands if it still is.
    fn candidate(&mut self, now: Moment) -> Option<(u32, State)> {
        if let Some(place) = self.queue.ready.pop_front() {
            return Some((place, State::Waiting));
        }
        if let Some(place) = self.queue.rested(now.clock) {
            return Some((place, State::Resting));
        }
        if let Some(place) = self.shifts.opened(now.at) {
            return Some((place, State::Deferred));
        }
        let end = self.waves[self.wave].end;
        let place = self.queue.cursor;
        if !self.wave_began || place >= end {
            return None;
        }
        self.queue.cursor += 1;
        Some((place, State::Waiting))
    }

    /// Hosts whose install had begun are looked at before any other one is touched, then those that an earlier
    /// process left in waves that are past.
    fn first_of_all(&mut self) {
        self.queue.sorted = true;
        let first = self.waves[self.wave].first;
        self.queue.cursor = self.queue.cursor.max(first);
        let places = || self.hosts.iter().enumerate().filter(|(_, host)| host.state == State::Waiting);
        let begun = places().filter(|(_, host)| host.standing == Standing::Begun);
        let begun: Vec<u32> = begun.filter_map(|(place, _)| u32::try_from(place).ok()).collect();
        let past = places().take_while(|(place, _)| *place < first as usize);
        let past = past.filter(|(_, host)| host.standing != Standing::Begun);
        let past: Vec<u32> = past.filter_map(|(place, _)| u32::try_from(place).ok()).collect();
        self.queue.ready.extend(begun);
        self.queue.ready.extend(past);
    }
}
