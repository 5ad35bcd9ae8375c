//! What holds for every journal, also for one that nobody would write?

use jumpfleet::model::{Class, Event, Happening, OutcomeKind, Phase, Plan, Standing};
use jumpfleet::report::{Report, exporter_names};
use proptest::prelude::*;

use crate::fleet::{any_outcome, event, journal, large_plan, plan, written};

const HOSTS: usize = 6;

/// Any event about one of the hosts, the run, or a host that nobody planned.
fn any_event() -> impl Strategy<Value = Event> {
    let plan = large_plan(HOSTS + 1);
    (0..=HOSTS + 3, 0usize..14, 0i64..1000, 0usize..6).prop_map(move |(host, what, seconds, outcome)| {
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
    let installed = report.count(OutcomeKind::Installed);
    let in_causes: usize = report.causes.iter().map(|cause| cause.hosts.len()).sum();
    assert_eq!(in_causes as u64 + installed, plan.hosts.len() as u64);
}

#[test]
fn every_prefix_of_the_journal_gives_every_host_one_outcome() {
    let (plan, journal) = (plan(), journal());
    for length in 0..=journal.len() {
        let report = Report::of(&plan, &journal[..length]);
        assert_complete(&report, &plan);
        for format in exporter_names() {
            assert!(!written(&report, format).is_empty());
        }
    }
}

proptest! {
    #[test]
    fn any_journal_gives_every_host_one_outcome(events in prop::collection::vec(any_event(), 0..60)) {
        let plan = six_hosts();
        assert_complete(&Report::of(&plan, &events), &plan);
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
    fn the_last_outcome_of_a_host_is_its_outcome(ends in prop::collection::vec(0usize..6, 1..5)) {
        let plan = large_plan(1);
        let finished = ends.iter().map(|end| event(1, Some(&plan.hosts[0].name), happening(99, *end)));
        let report = Report::of(&plan, finished);
        prop_assert_eq!(&report.hosts[0].outcome, &any_outcome(ends[ends.len() - 1]));
    }

    #[test]
    fn an_installer_without_an_end_is_never_called_not_started(
        before in prop::collection::vec(any_event(), 0..20), started in any::<bool>()
    ) {
        let plan = six_hosts();
        let what = if started { Happening::InstallStarted { waited: 0 } } else { Happening::InstallReady };
        let last = event(1001, Some(&plan.hosts[0].name), what);
        let report = Report::of(&plan, before.into_iter().chain([last]));
        prop_assert_eq!(report.hosts[0].outcome.kind(), OutcomeKind::Unknown);
    }
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
    assert_eq!(code(vec![]), 7, "nothing happened");
    assert_eq!(Report::of(&large_plan(0), Vec::<Event>::new()).exit_code(), 0, "no hosts");
}
