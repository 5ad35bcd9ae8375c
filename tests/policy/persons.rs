//! What do persons and processes change in a run that goes on?

use std::time::Duration;

use jumpfleet::model::{Class, Event, GateKind, Happening, Outcome, Phase, Plan, Standing};
use jumpfleet::rollout::{Admission, Moment, Next, Policy};

use crate::scene::{START, gated, plan};

/// A run that is led by hand.
struct Led {
    plan: Plan,
    policy: Policy,
    clock: Duration,
    journal: Vec<Event>,
}

impl Led {
    fn new(plan: Plan) -> Self {
        let mut led = Self::bare(plan);
        led.follow();
        led
    }

    fn bare(plan: Plan) -> Self {
        let moment = Moment { at: START.parse().unwrap(), clock: Duration::ZERO };
        Self { policy: Policy::new(&plan, moment), plan, clock: Duration::ZERO, journal: Vec::new() }
    }

    fn now(&self) -> Moment {
        Moment { at: START.parse().unwrap(), clock: self.clock }
    }

    fn note(&mut self, host: Option<usize>, what: Happening) {
        self.write(host, what);
        self.follow();
    }

    fn write(&mut self, host: Option<usize>, what: Happening) {
        let host = host.map(|host| self.plan.hosts[host].name.clone());
        let event = Event { at: self.now().at, host, what };
        self.policy.hear(&event, self.now());
        self.journal.push(event);
    }

    fn follow(&mut self) {
        while let Some((host, what)) = self.policy.follows(self.now()) {
            self.write(host, what);
        }
    }

    fn visit(&mut self) -> Option<usize> {
        match self.policy.next(self.now()) {
            Next::Visit { host, .. } => Some(host),
            _ => None,
        }
    }

    fn install(&mut self, host: usize) {
        self.note(Some(host), Happening::InstallStarted { waited: 0 });
        let outcome = Outcome::Installed { directory: None, notes: Vec::new() };
        self.note(Some(host), Happening::HostFinished { outcome, milliseconds: 0 });
    }

    fn fail(&mut self, host: usize) {
        let outcome = Outcome::Failed {
            phase: Phase::Install,
            class: Class::InstallerFailed,
            detail: "no".into(),
            tail: String::new(),
        };
        self.note(Some(host), Happening::HostFinished { outcome, milliseconds: 0 });
    }

    /// Another process that goes on where this one was killed.
    fn killed_and_resumed(self) -> Self {
        let mut next = Self::bare(self.plan);
        next.policy.replay(&self.journal, next.now());
        next.journal = self.journal;
        next.note(None, Happening::RunResumed { by: "ada@ops1".into(), finished: 0 });
        next
    }

    fn last(&self) -> &Happening {
        &self.journal.last().unwrap().what
    }
}

fn by() -> String {
    "ada@ops1".into()
}

#[test]
fn a_pause_starts_nothing_and_loses_nothing() {
    let mut run = Led::new(plan(&[3]));
    let first = run.visit().unwrap();
    run.note(None, Happening::Paused { by: by() });
    assert_eq!(run.visit(), None);
    assert_eq!(run.policy.admits(first, run.now()), Admission::Later);
    run.note(None, Happening::Continued { by: by() });
    assert_eq!(run.policy.admits(first, run.now()), Admission::Granted);
    assert_eq!(run.visit(), Some(1));
}

#[test]
fn a_halt_ends_the_starts_and_says_who_asked() {
    let mut run = Led::new(plan(&[3]));
    let first = run.visit().unwrap();
    run.note(None, Happening::HaltRequested { by: by() });
    assert_eq!(run.last(), &Happening::StopRequested { reason: "halted: by ada@ops1".into() });
    assert_eq!(run.policy.admits(first, run.now()), Admission::Stopped);
    assert_eq!(run.visit(), None);
}

#[test]
fn a_rate_that_a_person_set_takes_the_place_of_the_ramp() {
    let mut plan = plan(&[30]);
    plan.rules.ramp = jumpfleet::model::Rules::default_ramp(plan.rate);
    let mut run = Led::new(plan);
    assert_eq!(run.policy.rate().to_string(), "6/min");
    run.note(None, Happening::RateSet { rate: "20/min".parse().unwrap(), by: by() });
    assert!(matches!(run.last(), Happening::PaceChanged { rate, why }
        if rate.to_string() == "20/min" && why == "set by ada@ops1"));
    assert_eq!(run.policy.rate().to_string(), "20/min");
    let run = run.killed_and_resumed();
    assert_eq!(run.policy.rate().to_string(), "20/min");
}

#[test]
fn a_gate_by_hand_opens_for_a_person_and_not_for_the_end_of_a_pause() {
    let mut run = Led::new(gated(plan(&[1, 1]), GateKind::Manual, 0));
    let host = run.visit().unwrap();
    run.install(host);
    assert!(matches!(run.last(), Happening::GateReached { wave: 0, .. }));
    run.note(None, Happening::Paused { by: by() });
    run.note(None, Happening::Continued { by: by() });
    assert_eq!(run.visit(), None);
    run.note(None, Happening::Continued { by: by() });
    assert!(matches!(run.last(), Happening::WaveStarted { wave: 1, .. }));
    assert_eq!(run.visit(), Some(1));
}

#[test]
fn a_gate_that_closed_opens_only_for_a_person_once_the_run_goes_on() {
    let mut run = Led::new(gated(plan(&[1, 1]), GateKind::Auto, 0));
    let host = run.visit().unwrap();
    run.fail(host);
    assert!(matches!(run.last(), Happening::StopRequested { reason } if reason.contains("stays closed")));
    let mut run = run.killed_and_resumed();
    assert!(matches!(run.last(), Happening::GateReached { gate, .. } if gate.kind == GateKind::Manual));
    assert_eq!(run.visit(), None);
    run.note(None, Happening::Continued { by: by() });
    assert_eq!(run.visit(), Some(1));
}

#[test]
fn a_run_that_was_killed_at_a_gate_reaches_it_anew() {
    let mut run = Led::new(gated(plan(&[1, 1]), GateKind::Auto, 60));
    let host = run.visit().unwrap();
    run.install(host);
    assert!(matches!(run.last(), Happening::GateReached { .. }));
    let mut run = run.killed_and_resumed();
    assert!(matches!(run.last(), Happening::GateReached { .. }));
    assert_eq!(run.policy.next(run.now()), Next::Nothing);
    run.clock = Duration::from_secs(60);
    assert_eq!(run.policy.next(run.now()), Next::Recheck { host: 0 });
    run.note(Some(0), Happening::Rechecked { missing: Vec::new(), unseen: false });
    assert_eq!(run.visit(), Some(1));
}

#[test]
fn what_has_begun_is_looked_at_before_anything_is_touched() {
    let mut run = Led::new(plan(&[4]));
    for _ in 0..3 {
        run.visit().unwrap();
    }
    run.note(Some(0), Happening::Staged { sent: 1 });
    run.note(Some(2), Happening::InstallReady);
    let mut run = run.killed_and_resumed();
    let next = |run: &mut Led| match run.policy.next(run.now()) {
        Next::Visit { host, standing, attempt } => (host, standing, attempt),
        other => panic!("{other:?}"),
    };
    assert_eq!(next(&mut run), (2, Standing::Begun, 1));
    assert_eq!(next(&mut run), (0, Standing::Staged, 1));
    assert_eq!(next(&mut run), (1, Standing::Fresh, 1));
    assert_eq!(next(&mut run), (3, Standing::Fresh, 1));
    assert_eq!(run.policy.next(run.now()), Next::Nothing);
}

#[test]
fn an_unknown_host_of_a_wave_that_is_past_is_visited_again() {
    let mut run = Led::new(gated(plan(&[2, 1]), GateKind::None, 0));
    for _ in 0..2 {
        run.visit().unwrap();
    }
    run.note(Some(0), Happening::InstallStarted { waited: 0 });
    let outcome = Outcome::Unknown { phase: Phase::Install, detail: "lost".into() };
    run.note(Some(0), Happening::HostFinished { outcome, milliseconds: 0 });
    run.install(1);
    assert_eq!(run.visit(), Some(2));
    let mut run = run.killed_and_resumed();
    assert_eq!((run.visit(), run.visit(), run.visit()), (Some(0), Some(2), None));
    run.install(2);
    assert!(!run.policy.is_over());
    run.install(0);
    assert!(run.policy.is_over());
}

#[test]
fn a_mishap_of_the_budget_whose_end_was_torn_off_is_found_again() {
    let mut plan = plan(&[3]);
    plan.rules.budget.failures = Some(jumpfleet::model::Portion::Count(1));
    let mut run = Led::new(plan);
    let host = run.visit().unwrap();
    run.fail(host);
    // The process was killed after the host's end and before what follows from it.
    let end =
        run.journal.iter().position(|event| matches!(event.what, Happening::HostFinished { .. })).unwrap();
    run.journal.truncate(end + 1);
    let mut next = Led::bare(run.plan);
    next.policy.replay(&run.journal, next.now());
    next.follow();
    assert!(matches!(next.last(), Happening::StopRequested { .. }));
}

#[test]
fn a_host_whose_old_client_is_gone_gets_its_new_one_whatever_stops_the_others() {
    let mut plan = plan(&[3]);
    plan.task = jumpfleet::model::Task::Replace;
    let mut run = Led::new(plan);
    let (bare, other) = (run.visit().unwrap(), run.visit().unwrap());
    run.note(Some(bare), Happening::RemovalStarted { waited: 0 });
    run.note(Some(bare), Happening::RemovalEnded { milliseconds: 1 });
    run.note(None, Happening::Paused { by: by() });
    assert_eq!(run.policy.admits(bare, run.now()), Admission::Granted);
    assert_eq!(run.policy.admits(other, run.now()), Admission::Later);
    run.note(None, Happening::HaltRequested { by: by() });
    assert_eq!(run.policy.admits(bare, run.now()), Admission::Granted);
    assert_eq!(run.policy.admits(other, run.now()), Admission::Stopped);
    run.install(bare);
    assert!(!run.policy.is_bare(bare));
}

#[test]
fn a_client_that_nobody_could_look_at_is_unknown_and_looked_at_by_the_next_process() {
    let mut run = Led::new(gated(plan(&[3, 1]), GateKind::Auto, 0));
    for _ in 0..3 {
        let host = run.visit().unwrap();
        run.install(host);
    }
    for host in [0, 1, 2] {
        assert_eq!(run.policy.next(run.now()), Next::Recheck { host });
    }
    run.note(Some(0), Happening::Rechecked { missing: Vec::new(), unseen: false });
    run.note(Some(1), Happening::Rechecked { missing: vec!["away".into()], unseen: true });
    run.note(Some(2), Happening::Rechecked { missing: Vec::new(), unseen: false });
    // One host out of reach is no failure of a client.
    assert!(matches!(run.last(), Happening::WaveStarted { wave: 1, .. }), "{:?}", run.last());
    assert!(!run.policy.is_over());
    let mut run = run.killed_and_resumed();
    assert_eq!(run.policy.next(run.now()), Next::Visit { host: 1, standing: Standing::Begun, attempt: 1 });
}

#[test]
fn a_wave_of_which_nobody_was_seen_again_opens_no_gate() {
    let mut run = Led::new(gated(plan(&[1, 1]), GateKind::Auto, 0));
    let host = run.visit().unwrap();
    run.install(host);
    assert_eq!(run.policy.next(run.now()), Next::Recheck { host: 0 });
    run.note(Some(0), Happening::Rechecked { missing: vec!["away".into()], unseen: true });
    assert!(
        matches!(run.last(), Happening::StopRequested { reason } if reason.contains("none of 1 clients"))
    );
}
