//! When does each host start, and what ends when, if nothing goes wrong?

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use jiff::Timestamp;

use super::task::{replaced, skip};
use crate::model::{GateKind, Plan, Window};

/// How a run would go that begins at some moment; all times are seconds from there.
#[derive(Debug, Default)]
pub(super) struct Course<'a> {
    /// When the last host is done.
    pub(super) end: f64,
    /// From the first start to the last.
    pub(super) starts: f64,
    /// When the last host of each wave is done, for waves that have hosts to install.
    pub(super) waves: BTreeMap<u32, f64>,
    /// When the last host of each release is done.
    pub(super) releases: BTreeMap<&'a str, f64>,
    /// How many hosts would come too late for each window.
    pub(super) missed: BTreeMap<u32, usize>,
}

/// How the hosts that are left (by their places in the plan) would go, begun at this moment.
pub(super) fn course(plan: &Plan, from: Timestamp, left: impl Fn(usize) -> bool) -> Course<'_> {
    let mut course = Course::default();
    let mut pacing = Pacing::new(plan);
    let doors: Vec<Door> = plan.windows.iter().map(|window| Door::of(window, from)).collect();
    let mut place = 0;
    for hosts in plan.hosts.chunk_by(|one, other| one.wave == other.wave) {
        let places = (place..).take(hosts.len()).filter(|place| left(*place));
        let installs = places.filter(|place| skip(plan, &plan.hosts[*place]).is_none());
        course.wave(&mut pacing, Queues::new(plan, &doors, installs));
        place += hosts.len();
    }
    course
}

impl<'a> Course<'a> {
    /// Lets the hosts of a wave start one after the other, then waits for what stands behind it.
    fn wave(&mut self, pacing: &mut Pacing<'a>, mut queues: Queues) {
        let plan = pacing.plan;
        let mut wave = None;
        while let Some((place, mut start)) = queues.next(pacing, &mut self.missed) {
            pacing.starts.push(start);
            let host = &plan.hosts[place];
            // A client that is removed first takes a start of its own.
            if replaced(plan, host).is_some() {
                start = pacing.next();
                pacing.starts.push(start);
            }
            self.end = start + plan.estimate.install;
            self.releases.insert(&plan.treatments[host.treatment as usize].release, self.end);
            wave = Some(host.wave);
        }
        if let [first, .., last] = &pacing.starts[..] {
            self.starts = last - first;
        }
        let Some(wave) = wave else { return };
        self.waves.insert(wave, self.end);
        let gate = plan.rules.gates.get(wave as usize);
        let soak = gate.filter(|gate| gate.kind == GateKind::Auto).map_or(0, |gate| gate.soak);
        pacing.ready = self.end + soak as f64;
    }
}

/// The earliest moment of the next start.
struct Pacing<'a> {
    plan: &'a Plan,
    /// The starts so far.
    starts: Vec<f64>,
    /// No start before this.
    ready: f64,
    /// The step of the ramp.
    step: usize,
    /// How many hosts were done when the step began.
    done: usize,
}

impl<'a> Pacing<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self { plan, starts: Vec::with_capacity(plan.hosts.len()), ready: 0.0, step: 0, done: 0 }
    }

    fn next(&mut self) -> f64 {
        loop {
            let start = self.earliest();
            match self.climb() {
                Some((done, moment)) if moment <= start => {
                    (self.step, self.done) = (self.step + 1, done);
                    self.ready = self.ready.max(moment);
                }
                _ => return start,
            }
        }
    }

    /// No faster than the rate of this step, and no faster than visits become free.
    fn earliest(&self) -> f64 {
        let plan = self.plan;
        let step = plan.rules.ramp.get(self.step).map(|step| step.rate.interval().as_secs_f64());
        let interval = step.unwrap_or_default().max(plan.estimate.interval);
        let paced = self.starts.last().map_or(0.0, |last| last + interval);
        let before = self.starts.len().checked_sub(plan.at_once.max(1) as usize);
        let freed = before.map_or(0.0, |before| self.starts[before] + plan.estimate.install);
        self.ready.max(paced).max(freed)
    }

    /// How many hosts are done when this step of the ramp is over, and when that is, as far as it is known by now.
    fn climb(&self) -> Option<(usize, f64)> {
        let hosts = self.plan.rules.ramp.get(self.step)?.hosts?;
        let done = self.done.checked_add(usize::try_from(hosts).ok()?)?;
        let last = self.starts.get(done.checked_sub(1)?)?;
        Some((done, last + self.plan.estimate.install))
    }
}

/// The hosts of a wave that wait for their start, those of each window in a queue.
struct Queues {
    /// In the order in which they open.
    queues: Vec<Queue>,
    /// How many have opened.
    opened: usize,
    /// The first host of each open queue.
    first: BinaryHeap<Reverse<(usize, usize)>>,
}

struct Queue {
    window: Option<u32>,
    door: Door,
    places: VecDeque<usize>,
}

/// From when until when a window lets hosts in, in seconds.
#[derive(Clone, Copy)]
struct Door {
    opens: f64,
    closes: f64,
}

impl Door {
    const ALWAYS: Self = Self { opens: f64::NEG_INFINITY, closes: f64::INFINITY };
    const NEVER: Self = Self { opens: 0.0, closes: 0.0 };

    fn of(window: &Window, from: Timestamp) -> Self {
        let seconds = |moment: Timestamp| moment.duration_since(from).as_secs_f64();
        window.occurrence(from).map_or(Self::NEVER, |occurrence| Self {
            opens: seconds(occurrence.opens),
            closes: seconds(occurrence.closes),
        })
    }
}

impl Queues {
    fn new(plan: &Plan, doors: &[Door], places: impl Iterator<Item = usize>) -> Self {
        let mut waiting: BTreeMap<Option<u32>, VecDeque<usize>> = BTreeMap::new();
        for place in places {
            waiting.entry(plan.hosts[place].window).or_default().push_back(place);
        }
        let door = |window: u32| doors.get(window as usize).copied().unwrap_or(Door::NEVER);
        let queue = |(window, places): (Option<u32>, _)| Queue {
            window,
            door: window.map_or(Door::ALWAYS, door),
            places,
        };
        let mut queues: Vec<Queue> = waiting.into_iter().map(queue).collect();
        queues.sort_by(|one, other| one.door.opens.total_cmp(&other.door.opens));
        Self { queues, opened: 0, first: BinaryHeap::new() }
    }

    /// The host that starts next and when: the first one of those that may start by then.
    fn next(&mut self, pacing: &mut Pacing<'_>, missed: &mut BTreeMap<u32, usize>) -> Option<(usize, f64)> {
        loop {
            let start = pacing.next();
            while self.queues.get(self.opened).is_some_and(|queue| queue.door.opens <= start) {
                self.show(self.opened);
                self.opened += 1;
            }
            let Some(Reverse((_, number))) = self.first.pop() else {
                pacing.ready = self.queues.get(self.opened)?.door.opens;
                continue;
            };
            let queue = &mut self.queues[number];
            match queue.window {
                Some(window) if queue.door.closes <= start => {
                    *missed.entry(window).or_default() += queue.places.len();
                }
                _ => {
                    let place = queue.places.pop_front()?;
                    self.show(number);
                    return Some((place, start));
                }
            }
        }
    }

    /// Puts the first host of a queue in sight.
    fn show(&mut self, number: usize) {
        if let Some(place) = self.queues[number].places.front() {
            self.first.push(Reverse((*place, number)));
        }
    }
}
