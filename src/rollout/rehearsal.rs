//! How would a run go? The same policy on hosts that are made up, by a clock that jumps from event to event.

mod past;
mod profile;
mod scene;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::policy::{Admission, Moment, Next, Policy, Rest, share};
use super::visit::{early, milliseconds};
use crate::model::{
    Class, Event, GateKind, Happening, JOURNAL_FORMAT, Observation, Outcome, Phase, Plan, Standing, Task,
};

use past::{Past, is_start};
pub use profile::Profile;
use scene::{End, Scene};

/// What a made-up host takes for connecting and getting ready, at least and at most.
const READY: (f64, f64) = (1.0, 3.0);

/// How long it takes to find out that a host cannot be reached.
const UNREACHED: Duration = Duration::from_secs(10);

/// How long a client is watched after its installer has ended.
const PROOF: Duration = Duration::from_secs(3);

/// How many times as long as expected an installer that hangs is waited for.
const HANGS: u32 = 3;

/// How long the removal of an old client takes.
const CLEARED: Duration = Duration::from_secs(2);

/// How long a look at a client takes.
const LOOK: Duration = Duration::from_secs(1);

/// After this much made-up time a rehearsal ends, whatever is left: something waits for what never comes.
const LONGEST: Duration = Duration::from_secs(60 * 24 * 3600);

/// What a rehearsal is told beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// When the run begins.
    pub start: Timestamp,
    /// What goes wrong.
    pub profile: Profile,
    /// What decides which hosts it goes wrong on; the same seed always gives the same run.
    pub seed: u64,
}

struct Stage<'a> {
    plan: &'a Plan,
    script: Script,
    policy: Policy,
    clock: Duration,
    hear: &'a mut dyn FnMut(&Event),
    scenes: BinaryHeap<Reverse<(Duration, u64, usize, Scene)>>,
    number: u64,
    under_way: usize,
    waiting: VecDeque<usize>,
    last_start: Option<Timestamp>,
    /// What an earlier process did, and which old clients this one has removed.
    past: Past,
    /// How often each host under way was visited.
    attempts: HashMap<usize, u32>,
}

/// Plays a run; `hear` gets every event, in order, as a journal would. A gate for a person is opened at once.
pub fn rehearse(plan: &Plan, script: Script, hear: &mut dyn FnMut(&Event)) {
    rehearse_on(plan, script, &[], hear);
}

/// Goes on with a run of which this is the journal, as another process would; the script says when.
pub fn rehearse_on(plan: &Plan, script: Script, journal: &[Event], hear: &mut dyn FnMut(&Event)) {
    let moment = Moment { at: script.start, clock: Duration::ZERO };
    let mut stage = Stage {
        plan,
        script,
        policy: Policy::new(plan, moment),
        clock: Duration::ZERO,
        hear,
        scenes: BinaryHeap::new(),
        number: 0,
        under_way: 0,
        waiting: VecDeque::new(),
        last_start: journal.iter().filter(|event| is_start(&event.what)).map(|event| event.at).next_back(),
        past: Past::of(plan, journal),
        attempts: HashMap::new(),
    };
    // Made-up clients connect to no site.
    stage.policy.await_no_contact();
    stage.policy.replay(journal, moment);
    stage.note(None, if journal.is_empty() { stage.opening() } else { stage.resumption() });
    stage.run();
}

impl Stage<'_> {
    fn now(&self) -> Moment {
        let since = SignedDuration::try_from(self.clock).unwrap_or(SignedDuration::MAX);
        let at = self.script.start.saturating_add(since).unwrap_or(Timestamp::MAX);
        Moment { at, clock: self.clock }
    }

    fn opening(&self) -> Happening {
        Happening::RunStarted {
            format_version: JOURNAL_FORMAT,
            tool_version: self.plan.tool_version.clone(),
            run: "rehearsal".to_owned(),
            plan_id: self.plan.plan_id.clone(),
            site: self.plan.appliance.site.clone(),
            task: self.plan.task,
            undoes: self.plan.undoes.clone(),
            hosts: self.plan.hosts.len() as u64,
            rate: self.plan.rate,
            by: "rehearsal".to_owned(),
        }
    }

    fn resumption(&self) -> Happening {
        let is_finished = |host: &usize| self.policy.standing(*host) == Standing::Finished;
        let finished = (0..self.plan.hosts.len()).filter(is_finished).count() as u64;
        Happening::RunResumed { by: "rehearsal".to_owned(), finished }
    }

    fn run(&mut self) {
        loop {
            self.follow();
            self.send_out();
            let turned_down = self.start();
            if self.follow() || turned_down {
                continue;
            }
            let over = self.policy.is_over() || self.policy.stop().is_some();
            if (over && self.under_way == 0) || self.clock >= LONGEST {
                return;
            }
            let Some(next) = self.next_moment() else { return };
            self.clock = self.clock.max(next);
            while let Some(Reverse((due, ..))) = self.scenes.peek()
                && *due <= self.clock
                && let Some(Reverse((_, _, host, scene))) = self.scenes.pop()
            {
                self.play(host, scene);
            }
        }
    }

    /// When the next thing happens: to a host, to the policy, or to whoever waits for a permit.
    fn next_moment(&self) -> Option<Duration> {
        let scene = self.scenes.peek().map(|Reverse((due, ..))| *due);
        let due = self.policy.due(self.now()).map(|due| self.clock + due.max(Duration::from_millis(1)));
        // What is due while nobody is free waits until somebody is.
        let due = due.filter(|_| self.under_way < self.plan.at_once as usize);
        let permit = (!self.waiting.is_empty()).then(|| self.next_permit()).filter(|at| *at > self.clock);
        [scene, due, permit].into_iter().flatten().min()
    }

    fn next_permit(&self) -> Duration {
        let Some(last) = self.last_start else { return Duration::ZERO };
        let ago = Duration::try_from(self.script.start.duration_since(last)).unwrap_or_default();
        let ahead = Duration::try_from(last.duration_since(self.script.start)).unwrap_or_default();
        (ahead + self.policy.rate().interval()).saturating_sub(ago)
    }

    fn note(&mut self, host: Option<usize>, what: Happening) {
        let now = self.now();
        let name = |host: usize| self.plan.hosts[host].name.clone();
        let event = Event { at: now.at, host: host.map(name), what };
        self.policy.hear(&event, now);
        (self.hear)(&event);
    }

    /// Notes what follows by itself; whether anything did.
    fn follow(&mut self) -> bool {
        let mut followed = false;
        while let Some((host, what)) = self.policy.follows(self.now()) {
            let waits = matches!(&what, Happening::GateReached { gate, .. } if gate.kind == GateKind::Manual);
            self.note(host, what);
            if waits {
                self.note(None, Happening::Continued { by: "a person".to_owned() });
            }
            followed = true;
        }
        followed
    }

    fn send_out(&mut self) {
        while self.under_way < self.plan.at_once as usize {
            match self.policy.next(self.now()) {
                Next::Nothing => return,
                Next::Recheck { host } => {
                    self.under_way += 1;
                    let gone = self.chance(host, 6, 0) < self.script.profile.gone;
                    self.after(LOOK, host, Scene::Rechecked(!gone));
                }
                Next::Visit { host, attempt, .. } => {
                    self.under_way += 1;
                    self.attempts.insert(host, attempt);
                    self.note(Some(host), Happening::VisitStarted { attempt });
                    self.visit(host, attempt);
                }
            }
        }
    }

    fn visit(&mut self, host: usize, attempt: u32) {
        let profile = self.script.profile;
        let ready = READY.0 + (READY.1 - READY.0) * self.chance(host, 0, attempt);
        let ready = Duration::from_secs_f64(ready);
        if self.chance(host, 1, 0) < profile.unreachable {
            self.after(UNREACHED, host, Scene::Mishap(Phase::Connect, Class::ConnectTimeout));
        } else if self.chance(host, 2, attempt) < profile.flaky {
            self.after(LOOK, host, Scene::Mishap(Phase::Connect, Class::ConnectionLost));
        } else if self.past.begun.remove(&host) {
            // A look shows what became of it, and nothing is started.
            self.look_at_begun(host);
        } else if self.chance(host, 3, 0) < profile.present {
            self.after(ready, host, Scene::Finished(End::Present));
        } else {
            self.after(ready, host, Scene::Ready);
        }
    }

    fn look_at_begun(&mut self, host: usize) {
        let profile = self.script.profile;
        let end = if self.chance(host, 5, 0) < profile.timeout {
            End::Failed(Class::Timeout)
        } else if self.chance(host, 8, 0) < profile.failed {
            End::Failed(Class::InstallerFailed)
        } else {
            End::Done
        };
        self.after(LOOK, host, Scene::Finished(end));
    }

    /// Gives a permit to whoever waited longest, when one is due; whether somebody will not get any.
    fn start(&mut self) -> bool {
        let now = self.now();
        let gone =
            |host: &&usize| matches!(self.policy.admits(**host, now), Admission::Closed | Admission::Stopped);
        let gone: Vec<usize> = self.waiting.iter().filter(gone).copied().collect();
        let turn = self.policy.turn(&mut self.waiting, |host| *host, now);
        for host in &gone {
            self.turned_down(*host);
        }
        if let Some(turn) = turn.filter(|_| self.next_permit() <= self.clock)
            && let Some(host) = self.waiting.remove(turn)
        {
            self.last_start = Some(now.at);
            self.act(host);
        }
        !gone.is_empty()
    }

    /// Does what the permit was for. Before a replacement an old client is removed, with a permit of its own.
    fn act(&mut self, host: usize) {
        match self.plan.task {
            Task::Uninstall => self.note(Some(host), Happening::RemovalStarted { waited: 0 }),
            Task::Replace if !self.past.cleared.contains(&host) => {
                self.note(Some(host), Happening::RemovalStarted { waited: 0 });
                return self.after(CLEARED, host, Scene::Cleared);
            }
            Task::Install | Task::Replace => self.note(Some(host), Happening::InstallStarted { waited: 0 }),
        }
        self.install(host);
    }

    fn turned_down(&mut self, host: usize) {
        let reason =
            self.policy.stop().map_or_else(|| self.policy.closed_reason(host, self.now()), str::to_owned);
        self.finish(host, Outcome::NotStarted { reason });
    }

    fn install(&mut self, host: usize) {
        let profile = self.script.profile;
        let attempt = self.attempts.get(&host).copied().unwrap_or(1);
        let expected = Duration::from_secs_f64(self.plan.estimate.install.max(0.1));
        let takes = expected.mul_f64(0.5 + self.chance(host, 7, attempt));
        if self.chance(host, 4, attempt) < profile.busy {
            self.after(LOOK, host, Scene::Mishap(Phase::Install, Class::InstallerBusy));
        } else if self.chance(host, 5, 0) < profile.timeout {
            self.after(expected * HANGS, host, Scene::Finished(End::Failed(Class::Timeout)));
        } else if self.chance(host, 8, 0) < profile.failed {
            self.after(takes, host, Scene::Finished(End::Failed(Class::InstallerFailed)));
        } else {
            self.after(takes, host, Scene::Ended(0));
        }
    }

    fn play(&mut self, host: usize, scene: Scene) {
        match scene {
            Scene::Ready => self.ready(host),
            Scene::Mishap(phase, class) => self.mishap(host, phase, class),
            Scene::Cleared => {
                self.past.cleared.insert(host);
                self.note(Some(host), Happening::RemovalEnded { milliseconds: milliseconds(CLEARED) });
                self.note(Some(host), Happening::InstallReady);
                self.waiting.push_back(host);
            }
            Scene::Ended(status) => {
                self.note(Some(host), Happening::InstallEnded { status, milliseconds: 0 });
                self.after(PROOF, host, Scene::Finished(End::Done));
            }
            Scene::Finished(end) => self.finish(host, end.outcome(self.plan.task)),
            Scene::Rechecked(is_well) => {
                self.under_way -= 1;
                let missing = if is_well { Vec::new() } else { vec!["no client runs".to_owned()] };
                self.note(Some(host), Happening::Rechecked { missing, unseen: false });
            }
        }
        self.follow();
    }

    fn ready(&mut self, host: usize) {
        self.note(Some(host), Happening::Probed { observation: Observation::default() });
        if self.policy.is_early(host, self.now()) {
            self.under_way -= 1;
            return self.note(Some(host), early());
        }
        self.note(Some(host), Happening::InstallReady);
        self.waiting.push_back(host);
    }

    fn mishap(&mut self, host: usize, phase: Phase, class: Class) {
        let detail = "rehearsed".to_owned();
        let what = match self.policy.rest(host, phase, class, self.now()) {
            Rest::Again(rest) => Happening::RetryPlanned {
                phase,
                class,
                detail,
                delay: milliseconds(rest),
                standing: Standing::Fresh,
            },
            Rest::Away(rest) => Happening::HostAway { class, detail, delay: milliseconds(rest) },
            Rest::End if phase == Phase::Connect => {
                return self.finish(host, Outcome::Unreachable { class, detail });
            }
            Rest::End => {
                return self.finish(host, Outcome::Failed { phase, class, detail, tail: String::new() });
            }
        };
        self.under_way -= 1;
        self.note(Some(host), what);
    }

    fn finish(&mut self, host: usize, outcome: Outcome) {
        self.under_way -= 1;
        self.attempts.remove(&host);
        self.note(Some(host), Happening::HostFinished { outcome, milliseconds: 0 });
        self.follow();
    }

    fn after(&mut self, wait: Duration, host: usize, scene: Scene) {
        self.number += 1;
        self.scenes.push(Reverse((self.clock + wait, self.number, host, scene)));
    }

    /// A number from 0 up to 1 that belongs to the seed, the host, what is asked, and the try.
    fn chance(&self, host: usize, question: u32, attempt: u32) -> f64 {
        let name: &Arc<str> = &self.plan.hosts[host].name;
        share(self.script.seed, name, question << 24 | attempt & 0x00ff_ffff)
    }
}
