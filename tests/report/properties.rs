//! What holds for every journal, also for one that nobody would write?

use jumpfleet::model::{
    Class, Event, Gate, GateKind, Happening, Outcome, OutcomeKind, Phase, Plan, Rate, Standing,
};
use jumpfleet::report::{Report, exporter_names};
use proptest::prelude::*;

use crate::fleet::{any_outcome, event, halted_journal, journal, large_plan, plan, written};

const HOSTS: usize = 6;

/// Any event about one of the hosts, the run, or a host that nobody planned.
fn any_event() -> impl Strategy<Value = Event> {
    let plan = large_plan(HOSTS + 1);
    (0..=HOSTS + 3, 0usize..28, 0i64..1000, 0usize..8).prop_map(move |(host, what, seconds, outcome)| {
        let host = plan.hosts.get(host).map(|host| &host.name);
        event(seconds, host, happening(what, outcome))
    })
}

fn happening(what: usize, outcome: usize) -> Happening {
    match what {
        0 => Happening::VisitStarted { attempt: 1 },
        1 => Happening::Connected { milliseconds: 1 },
        2 => Happening::InstallReady,
        3 => Happening::InstallStarted { waited: 1 },
        4 => Happening::InstallEnded { status: 0, milliseconds: 1 },
        5 => Happening::RetryPlanned {
            phase: Phase::Stage,
            class: Class::NoBanner,
            detail: "no".into(),
            delay: 1,
            standing: Standing::Staged,
        },
        6 => Happening::StopRequested { reason: "interrupted".into() },
        7 => Happening::StopRequested { reason: "halted: 3 failures".into() },
        8 => Happening::RunResumed { by: "ada".into(), finished: 1 },
        9 => Happening::RunFinished { counts: Default::default(), exit: 0 },
        10 => Happening::ClientStarted,
        11 => Happening::RemovalStarted { waited: 1 },
        12 => Happening::RemovalEnded { milliseconds: 1 },
        13 => Happening::HostAway { class: Class::NoRoute, detail: "asleep".into(), delay: 1 },
        14 => Happening::Rechecked { missing: vec!["its process".into(); outcome % 2], unseen: false },
        15 => Happening::WaveStarted { wave: outcome as u32, name: "w".into(), hosts: 3 },
        16 => Happening::GateReached {
            wave: outcome as u32,
            gate: Gate { kind: GateKind::ALL[outcome % 3], soak: 1 },
        },
        17 => Happening::GateOpened { wave: outcome as u32, why: "well".into() },
        18 => Happening::GateClosed { wave: outcome as u32, why: "ill".into() },
        19 => Happening::PaceChanged { rate: Rate::per_minute(outcome as u32 + 1), why: "so".into() },
        20 => Happening::BudgetReached {
            rule: "failures".into(),
            limit: "10%".into(),
            mishaps: 5,
            sample: 50,
            hosts: vec!["host00001.example.org".into()],
        },
        21 => Happening::Paused { by: "ada".into() },
        22 => Happening::Continued { by: "ada".into() },
        23 => Happening::RateSet { rate: Rate::per_minute(20), by: "ada".into() },
        24 => Happening::HaltRequested { by: "ada".into() },
        _ => Happening::HostFinished { outcome: any_outcome(outcome), milliseconds: 1 },
    }
}

fn six_hosts() -> Plan {
    large_plan(HOSTS)
}

/// Fails unless the report accounts for every planned host once.
fn assert_complete(report: &Report, plan: &Plan) {
    assert_eq!(report.hosts.len(), plan.hosts.len());
    assert!(report.hosts.iter().zip(&plan.hosts).all(|(record, host)| record.name == host.name));
    assert_eq!(report.counts.values().sum::<u64>(), plan.hosts.len() as u64);
    let well = report.count(OutcomeKind::Installed) + report.count(OutcomeKind::Removed);
    let in_causes: usize = report.causes.iter().map(|cause| cause.hosts.len()).sum();
    assert_eq!(in_causes as u64 + well, plan.hosts.len() as u64);
}

#[test]
fn every_prefix_of_the_journal_gives_every_host_one_outcome() {
    let plan = plan();
    for journal in [journal(), halted_journal()] {
        for length in 0..=journal.len() {
            let report = Report::of(&plan, &journal[..length]);
            assert_complete(&report, &plan);
            for format in exporter_names() {
                assert!(!written(&report, format).is_empty());
            }
        }
    }
}

proptest! {
    #[test]
    fn any_journal_gives_every_host_one_outcome(events in prop::collection::vec(any_event(), 0..60)) {
        let plan = six_hosts();
        let report = Report::of(&plan, &events);
        assert_complete(&report, &plan);
        for format in exporter_names() {
            prop_assert!(!written(&report, format).is_empty());
        }
    }

    #[test]
    fn folding_a_prefix_and_then_the_rest_is_folding_the_whole(
        events in prop::collection::vec(any_event(), 0..60), at in 0usize..60
    ) {
        let plan = six_hosts();
        let (prefix, rest) = events.split_at(at.min(events.len()));
        let mut fold = Report::open(&plan);
        prefix.iter().for_each(|event| fold.add(event));
        // A look at the report on the way changes nothing.
        let _ = fold.clone().close();
        rest.iter().for_each(|event| fold.add(event));
        prop_assert_eq!(fold.close(), Report::of(&plan, &events));
    }

    #[test]
    fn the_last_outcome_of_a_host_is_its_outcome(ends in prop::collection::vec(0usize..8, 1..5)) {
        let plan = large_plan(1);
        let finished = ends.iter().map(|end| event(1, Some(&plan.hosts[0].name), happening(99, *end)));
        let report = Report::of(&plan, finished);
        prop_assert_eq!(&report.hosts[0].outcome, &any_outcome(ends[ends.len() - 1]));
    }

    #[test]
    fn what_was_started_and_did_not_end_is_never_called_not_started(
        before in prop::collection::vec(any_event(), 0..20), started in 2usize..5
    ) {
        let plan = six_hosts();
        let what = if started == 4 { Happening::RemovalStarted { waited: 0 } } else { happening(started, 0) };
        let last = event(1001, Some(&plan.hosts[0].name), what);
        let report = Report::of(&plan, before.into_iter().chain([last]));
        prop_assert_eq!(report.hosts[0].outcome.kind(), OutcomeKind::Unknown);
    }

    #[test]
    fn no_pause_outlives_its_process(before in prop::collection::vec(any_event(), 0..40)) {
        let plan = six_hosts();
        let resumed = event(1001, None, Happening::RunResumed { by: "ada".into(), finished: 0 });
        let report = Report::of(&plan, before.into_iter().chain([resumed]));
        prop_assert_eq!((report.course.paused, report.course.halt, report.run.stop), (None, None, None));
    }
}

#[test]
fn a_client_that_is_gone_when_it_is_looked_for_again_was_not_installed() {
    let plan = large_plan(1);
    let host = Some(&plan.hosts[0].name);
    let installed = || event(1, host, happening(99, 0));
    let looked = |missing: &[&str]| {
        let missing = missing.iter().map(|what| (*what).to_owned()).collect();
        event(2, host, Happening::Rechecked { missing, unseen: false })
    };
    let report = |events: Vec<Event>| Report::of(&plan, events);
    assert_eq!(report(vec![installed(), looked(&[])]).exit_code(), 0);
    let failed = report(vec![installed(), looked(&["no process", "no unit"])]);
    assert_eq!(failed.exit_code(), 3);
    assert_eq!(
        failed.hosts[0].outcome,
        Outcome::Failed {
            phase: Phase::Verify,
            class: Class::NotRunning,
            detail: "looked at again after the soak time: no process, no unit".into(),
            tail: String::new(),
        }
    );
    assert_eq!(report(vec![looked(&["no process"]), installed()]).exit_code(), 0, "looked at before");
    let unreachable = vec![event(1, host, happening(99, 3)), looked(&["no process"])];
    assert_eq!(report(unreachable).exit_code(), 4, "only what was installed can be lost");
}

#[test]
fn a_removal_is_a_start() {
    let plan = large_plan(1);
    let host = Some(&plan.hosts[0].name);
    let events = [
        event(0, host, Happening::InstallReady),
        event(1, host, Happening::RemovalStarted { waited: 900 }),
        event(4, host, Happening::RemovalEnded { milliseconds: 3000 }),
    ];
    let report = Report::of(&plan, &events);
    assert_eq!(report.pace.starts, 1);
    assert_eq!(report.hosts[0].removal_took.map(|took| took.as_secs()), Some(3));
    assert_eq!(report.hosts[0].outcome.kind(), OutcomeKind::Unknown);
}

#[test]
fn exit_codes_follow_the_outcomes() {
    let plan = large_plan(3);
    let finished = |at: usize, outcome: usize| event(1, Some(&plan.hosts[at].name), happening(99, outcome));
    let ends = |kinds: [usize; 3]| kinds.into_iter().enumerate().map(|(at, kind)| finished(at, kind));
    let stop = |reason: &str| event(1, None, Happening::StopRequested { reason: reason.into() });
    let code = |events: Vec<Event>| Report::of(&plan, events).exit_code();
    assert_eq!(code(ends([0, 1, 0]).collect()), 0, "all good");
    assert_eq!(code(ends([0, 2, 3]).collect()), 3, "one failed");
    assert_eq!(code(ends([0, 4, 3]).collect()), 3, "one is unknown");
    assert_eq!(code(ends([0, 1, 3]).collect()), 4, "one is unreachable");
    assert_eq!(code(ends([0, 2, 5]).collect()), 7, "one was left out");
    assert_eq!(code(ends([0, 2, 5]).chain([stop("interrupted")]).collect()), 7, "interrupted");
    assert_eq!(
        code(ends([0, 2, 1]).chain([stop("interrupted")]).collect()),
        3,
        "interrupted too late to matter"
    );
    assert_eq!(code(ends([0, 2, 5]).chain([stop("halted: 1 failed")]).collect()), 5, "halted");
    assert_eq!(code(ends([6, 7, 6]).collect()), 0, "all removed");
    assert_eq!(code(ends([6, 7, 2]).collect()), 3, "one was not removed");
    assert_eq!(code(ends([6, 2, 5]).chain([stop("halted: by ada@ops1")]).collect()), 5, "halted by a person");
    assert_eq!(code(vec![]), 7, "nothing happened");
    assert_eq!(Report::of(&large_plan(0), Vec::<Event>::new()).exit_code(), 0, "no hosts");
}
