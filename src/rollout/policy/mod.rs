//! What may happen next in a run, and what must? A pure state machine: events and the time in, decisions out.
//!
//! It knows no thread, no clock and no file. The live loop, the rehearsal and whoever else carries out a plan
//! drive the same one: they write an event down, let the machine take it, and write down what follows.
//! Everything it knows it heard from events, so a journal that is read again leads to the same state.

mod budget;
mod contacts;
mod gate;
mod hearing;
mod pace;
mod queue;
mod releases;
mod rest;
mod shift;
mod wave;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::reason::{HALTED, WINDOW};
use crate::model::{
    Class, Event, Happening, Outcome, OutcomeKind, Phase, Plan, PlannedHost, Rate, Rules, Standing, Task,
};
pub use budget::Sample;
pub use contacts::Awaited;
use contacts::Contacts;
use gate::Passage;
use pace::Tempo;
use queue::Queue;
use releases::Releases;
use rest::Tries;
use shift::{Opening, Shifts};
use wave::Wave;

pub(super) use rest::share;
pub use rest::{Rest, may_pass};

/// A moment by both clocks: the wall's, which people set, and one that only goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Wall-clock time; maintenance windows go by it.
    pub at: Timestamp,
    /// Time since some moment in the past that is the same for the whole process; rests go by it.
    pub clock: Duration,
}

/// What a free visitor does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Visits a host of the plan.
    Visit {
        /// Its place in the plan.
        host: usize,
        /// How far it has come.
        standing: Standing,
        /// 1 for its first visit by this process.
        attempt: u32,
    },
    /// Looks again at a client that was installed in this run.
    Recheck {
        /// Its place in the plan.
        host: usize,
    },
    /// Nothing, for now.
    Nothing,
}

/// Whether a host's installer may be started at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Granted,
    /// Not now: the run is paused, or its window is not open yet.
    Later,
    /// Not any more: its window closed, or its installer has expired.
    Closed,
    /// Not any more: the run stops.
    Stopped,
}

/// What follows from what happened: an event of a host of the plan, or of the run.
pub type Consequence = (Option<usize>, Happening);

/// How a host stands in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It was not visited yet.
    Waiting,
    /// Its window is not open yet.
    Deferred,
    /// Somebody is there.
    Visited,
    /// It is visited again after a rest.
    Resting,
    /// It has its outcome.
    Ended(OutcomeKind),
}

impl State {
    fn is_untouched(self) -> bool {
        matches!(self, Self::Waiting | Self::Deferred)
    }
}

#[derive(Debug, Clone, Copy)]
struct Host {
    wave: u32,
    window: Option<u32>,
    standing: Standing,
    state: State,
    /// Index into the releases.
    release: u16,
    /// Its old client was removed in this run, and the new one is not installed yet.
    is_bare: bool,
}

/// The state of a run.
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Rules,
    task: Task,
    names: Vec<Arc<str>>,
    places: HashMap<Arc<str>, u32>,
    hosts: Vec<Host>,
    waves: Vec<Wave>,
    wave_names: Vec<String>,
    /// Index of the wave that is under way, or that ended last.
    wave: usize,
    wave_began: bool,
    passage: Passage,
    queue: Queue,
    shifts: Shifts,
    releases: Releases,
    sample: Sample,
    tempo: Tempo,
    tries: HashMap<u32, Tries>,
    /// Hosts without their outcome.
    left: usize,
    /// Hosts that nobody has come to in this process, or that wait for their window.
    untouched: usize,
    halt: Option<String>,
    stop: Option<String>,
    paused: bool,
    contacts: Contacts,
}

impl Policy {
    /// The state of a run of which nothing has happened yet; windows count from `now`.
    pub fn new(plan: &Plan, now: Moment) -> Self {
        let releases = Releases::of_plan(plan);
        let host = |planned: &PlannedHost| Host {
            wave: planned.wave,
            window: planned.window,
            standing: Standing::Fresh,
            state: State::Waiting,
            release: releases.of(plan, planned),
            is_bare: false,
        };
        let hosts: Vec<Host> = plan.hosts.iter().map(host).collect();
        let names: Vec<Arc<str>> = plan.hosts.iter().map(|host| host.name.clone()).collect();
        let place = |(place, name): (usize, &Arc<str>)| Some((name.clone(), u32::try_from(place).ok()?));
        Self {
            rules: plan.rules.clone(),
            task: plan.task,
            places: names.iter().enumerate().filter_map(place).collect(),
            waves: wave::of(&hosts, plan.waves.len()),
            wave_names: plan.waves.clone(),
            wave: 0,
            wave_began: plan.waves.len() < 2,
            passage: Passage::default(),
            queue: Queue::default(),
            shifts: Shifts::new(&plan.windows, now.at),
            sample: Sample::new(plan.rules.budget),
            tempo: Tempo::new(plan.rate, &plan.rules),
            tries: HashMap::new(),
            left: hosts.len(),
            untouched: hosts.len(),
            halt: None,
            stop: None,
            paused: false,
            contacts: Contacts::of_plan(plan),
            names,
            hosts,
            releases,
        }
    }

    /// Goes through a journal; afterwards the run stands where its last event left it.
    pub fn replay<'e>(&mut self, events: impl IntoIterator<Item = &'e Event>, now: Moment) {
        for event in events {
            self.hear(event, now);
        }
    }

    /// Takes an event that was written down and returns what follows, one after the other, until nothing does.
    ///
    /// Each consequence must be written down and taken in its turn before the next one is asked for.
    pub fn follows(&mut self, now: Moment) -> Option<Consequence> {
        if self.stop.is_some() {
            return None;
        }
        if let Some(reason) = &self.halt {
            return Some((None, Happening::StopRequested { reason: format!("{HALTED}{reason}") }));
        }
        if let Some(reached) = self.sample.reached(self.left > 0, self.untouched > 0) {
            return Some((None, self.budget_reached(reached)));
        }
        if let Some((rate, why)) = self.tempo.change() {
            return Some((None, Happening::PaceChanged { rate, why }));
        }
        if let Some(host) = self.queue.missed.pop() {
            return Some((Some(host as usize), self.missed(host, now)));
        }
        self.progress(now).map(|what| (None, what))
    }

    /// Takes an event of the journal into account.
    pub fn hear(&mut self, event: &Event, now: Moment) {
        match event.host.as_ref().and_then(|name| self.places.get(name).copied()) {
            Some(place) => {
                self.hear_host(place, &event.what, now);
                self.hear_contact(place, &event.what, event.at);
            }
            None => self.hear_run(&event.what, now),
        }
    }

    /// Who is to be visited next; the visitor's host counts as visited from here on.
    pub fn next(&mut self, now: Moment) -> Next {
        if self.stop.is_some() || self.halt.is_some() || self.paused {
            return Next::Nothing;
        }
        self.passage.pass(now.clock);
        if let Some(host) = self.passage.next_recheck() {
            return Next::Recheck { host: host as usize };
        }
        let Some(host) = self.next_host(now) else { return Next::Nothing };
        let tries = self.tries.entry(host).or_default();
        tries.visits += 1;
        let attempt = tries.visits;
        self.set_state(host, State::Visited);
        let standing = self.hosts[host as usize].standing;
        Next::Visit { host: host as usize, standing, attempt }
    }

    /// Whether the installer of a host that was visited may be started now.
    pub fn admits(&self, host: usize, now: Moment) -> Admission {
        let Some(known) = self.hosts.get(host) else { return Admission::Granted };
        // Whoever has lost its old client is not left without one.
        if known.is_bare {
            return Admission::Granted;
        }
        if self.stop.is_some() || self.halt.is_some() {
            return Admission::Stopped;
        }
        match self.shifts.opening(known.window, now.at) {
            _ if self.releases.has_expired(known.release, now.at) => Admission::Closed,
            Opening::Never => Admission::Closed,
            // Somebody has set the clock back since the visit began.
            Opening::Later(_) => Admission::Later,
            Opening::Now if self.paused => Admission::Later,
            Opening::Now => Admission::Granted,
        }
    }

    /// The place of the first one in a queue for permits that may be started now; whoever may not be any more
    /// is taken out. `host` says whose place in the plan it is.
    pub fn turn<T>(
        &self,
        waiting: &mut VecDeque<T>,
        host: impl Fn(&T) -> usize,
        now: Moment,
    ) -> Option<usize> {
        waiting.retain(|one| matches!(self.admits(host(one), now), Admission::Granted | Admission::Later));
        waiting.iter().position(|one| self.admits(host(one), now) == Admission::Granted)
    }

    /// What becomes of a host whose visit met a mishap before its installer was started, or whose installer
    /// ended with one.
    pub fn rest(&self, host: usize, phase: Phase, class: Class, now: Moment) -> Rest {
        let place = u32::try_from(host).unwrap_or(u32::MAX);
        let none = Tries::default();
        let tries = self.tries.get(&place).unwrap_or(&none);
        let Some(name) = self.names.get(host) else { return Rest::End };
        rest::decide(&self.rules, tries, name, phase, class, now.clock)
    }

    /// How long until something is due that no event announces; none when only events matter.
    pub fn due(&self, now: Moment) -> Option<Duration> {
        let windows = self.shifts.due(now.at);
        if self.paused || self.stop.is_some() {
            return windows;
        }
        let rests = self.queue.due().map(|due| due.saturating_sub(now.clock));
        let soak = self.passage.soaked().map(|due| due.saturating_sub(now.clock));
        [rests, soak, windows].into_iter().flatten().min()
    }

    /// The rate at which installers may be started now.
    pub fn rate(&self) -> Rate {
        self.tempo.rate()
    }

    /// Whether no host is left without its outcome, and no client is waited for.
    pub fn is_over(&self) -> bool {
        self.left == 0 && !self.awaits_contact()
    }

    /// Index of the wave that is under way, or that ended last.
    pub fn wave(&self) -> usize {
        self.wave
    }

    /// The name of a host of the plan.
    pub fn name(&self, host: usize) -> Option<&Arc<str>> {
        self.names.get(host)
    }

    /// Why no new installer is started, once that was written down.
    pub fn stop(&self) -> Option<&str> {
        self.stop.as_deref()
    }

    /// Whether its old client was removed in this run, and the new one is not installed yet.
    pub fn is_bare(&self, host: usize) -> bool {
        self.hosts.get(host).is_some_and(|host| host.is_bare)
    }

    /// Whether a host that was looked at has to wait until its window opens.
    pub fn is_early(&self, host: usize, now: Moment) -> bool {
        let window = self.hosts.get(host).and_then(|host| host.window);
        matches!(self.shifts.opening(window, now.at), Opening::Later(_)) && !self.is_bare(host)
    }

    /// Whether a person paused the run.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether a person is waited for at a gate.
    pub fn awaits_person(&self) -> bool {
        self.passage.awaits_person()
    }

    /// Why a host is not started any more whose window closed, or whose installer has expired.
    pub fn closed_reason(&self, host: usize, now: Moment) -> String {
        if let Some(reason) = self.hosts.get(host).and_then(|host| self.releases.reason(host.release, now.at))
        {
            return reason;
        }
        let window = self.hosts.get(host).and_then(|host| host.window);
        let text = window.and_then(|window| self.shifts.text(window)).unwrap_or("unknown");
        format!("{WINDOW}{text} closed")
    }

    /// How far each host of the plan has come, in its order.
    pub fn standings(&self) -> Vec<Standing> {
        (0..self.hosts.len()).map(|host| self.standing(host)).collect()
    }

    /// How far a host has come.
    pub fn standing(&self, host: usize) -> Standing {
        match self.hosts.get(host) {
            Some(Host { state: State::Ended(kind), .. }) if kind.is_final() => Standing::Finished,
            Some(host) => host.standing,
            None => Standing::Fresh,
        }
    }

    fn budget_reached(&self, reached: budget::Reached) -> Happening {
        let names = reached.hosts.iter().filter_map(|place| self.names.get(*place as usize).cloned());
        Happening::BudgetReached {
            rule: reached.rule.to_owned(),
            limit: reached.limit,
            mishaps: reached.mishaps,
            sample: reached.sample,
            hosts: names.collect(),
        }
    }

    fn missed(&self, host: u32, now: Moment) -> Happening {
        let outcome = Outcome::NotStarted { reason: self.closed_reason(host as usize, now) };
        Happening::HostFinished { outcome, milliseconds: 0 }
    }
}
