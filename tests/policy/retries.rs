//! What is tried again, and when?

use std::collections::BTreeSet;
use std::time::Duration;

use jumpfleet::model::{Class, Happening, OutcomeKind, Phase, RETRYABLE};
use jumpfleet::rollout::{Moment, Policy, Rest};

use crate::scene::{START, is_start, plan, play};

fn moment(seconds: u64) -> Moment {
    Moment { at: START.parse().unwrap(), clock: Duration::from_secs(seconds) }
}

#[test]
fn what_locks_accounts_or_is_an_answer_is_never_repeated() {
    let policy = Policy::new(&plan(&[1]), moment(0));
    let repeated: BTreeSet<_> = RETRYABLE.iter().map(|(class, ..)| *class).collect();
    for class in Class::ALL {
        let rest = policy.rest(0, Phase::Connect, *class, moment(0));
        assert_eq!(matches!(rest, Rest::Again(_)), repeated.contains(class), "{class}");
    }
    for class in [Class::Authentication, Class::HostKeyChanged, Class::OverrideRefused, Class::Checksum] {
        assert!(!repeated.contains(&class), "{class}");
    }
    // After its installer was started a host is looked at, not tried again.
    assert_eq!(policy.rest(0, Phase::Install, Class::ConnectionLost, moment(0)), Rest::End);
    assert!(matches!(policy.rest(0, Phase::Install, Class::InstallerBusy, moment(0)), Rest::Again(_)));
}

#[test]
fn tries_are_counted_by_class_and_rests_grow() {
    let mut plan = plan(&[1]);
    plan.at_once = 1;
    let played = play(&plan, "flaky=100%");
    let rests = played.all(|what| match what {
        Happening::RetryPlanned { delay, .. } => Some(*delay),
        _ => None,
    });
    let rests: Vec<_> = rests.into_iter().map(|(_, rest)| rest).collect();
    assert_eq!(rests.len(), 2, "{rests:?}");
    assert!((2000..=3000).contains(&rests[0]) && (4000..=6000).contains(&rests[1]), "{rests:?}");
    assert_eq!(played.count(OutcomeKind::Unreachable), 1);
}

#[test]
fn rests_of_different_hosts_and_seeds_differ() {
    let rests = |seed| {
        let mut plan = plan(&[100]);
        plan.rules.seed = seed;
        let policy = Policy::new(&plan, moment(0));
        let rest = |host| match policy.rest(host, Phase::Connect, Class::NoBanner, moment(0)) {
            Rest::Again(rest) => rest,
            other => panic!("{other:?}"),
        };
        (0..100).map(rest).collect::<BTreeSet<_>>()
    };
    assert!(rests(0).len() > 95);
    assert_ne!(rests(0), rests(1));
    assert_eq!(rests(1), rests(1));
}

#[test]
fn a_busy_installer_is_started_again_with_a_permit_of_its_own() {
    let played = play(&plan(&[50]), "busy=40%");
    let retries = played.all(|what| match what {
        Happening::RetryPlanned { class: Class::InstallerBusy, delay, .. } => Some(*delay),
        _ => None,
    });
    assert!(retries.len() > 5);
    assert!(retries.iter().all(|(_, delay)| *delay >= 10_000), "{retries:?}");
    let starts = played.events.iter().filter(|event| is_start(&event.what)).count();
    assert_eq!(starts, retries.len() + 50);
    let gaps = played.starts();
    assert!(gaps.windows(2).all(|pair| pair[1] - pair[0] > 1.016), "{gaps:?}");
}

#[test]
fn limits_are_the_plans() {
    let mut plan = plan(&[10]);
    plan.rules.retries.limits = [(Class::ConnectionLost, 5)].into();
    let played = play(&plan, "flaky=100%");
    let retries = played.all(|what| matches!(what, Happening::RetryPlanned { .. }).then_some(()));
    assert_eq!(retries.len(), 50);
    plan.rules.retries.limits.clear();
    assert!(
        play(&plan, "flaky=100%")
            .all(|what| matches!(what, Happening::RetryPlanned { .. }).then_some(()))
            .is_empty()
    );
}
