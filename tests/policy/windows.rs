//! Is no host started outside of its window?

use std::time::Duration;

use jumpfleet::model::{Class, Happening, Outcome, OutcomeKind};
use jumpfleet::rollout::{Admission, Moment, Policy, Profile, Script, rehearse_on};

use crate::scene::{is_start, plan, play};

#[test]
fn hosts_wait_for_their_window_and_are_never_begun_late() {
    let mut plan = plan(&[600]);
    plan.windows = vec!["tue 02:00-02:05 UTC".parse().unwrap(), "mon 01:00-02:00 UTC".parse().unwrap()];
    for (at, host) in plan.hosts.iter_mut().enumerate() {
        host.window = (at >= 200).then_some(0);
    }
    let played = play(&plan, "none");
    let mut in_window = 0;
    for event in played.events.iter().filter(|event| is_start(&event.what)) {
        let host: usize = event.host.as_deref().unwrap()[1..].parse().unwrap();
        let at = event.at.to_string();
        if host >= 200 {
            in_window += 1;
            assert!(("2026-11-24T02:00:00Z".."2026-11-24T02:05:00Z").contains(&at.as_str()), "{at}");
        } else {
            assert!(at.as_str() < "2026-11-24T00:05:00Z", "{at}");
        }
    }
    // Five minutes hold as many starts as the rate allows, and no more hosts are begun.
    assert!((290..=296).contains(&in_window), "{in_window}");
    assert_eq!(played.count(OutcomeKind::NotStarted), 400 - in_window);
    assert_eq!(played.reasons(), ["window tue 02:00-02:05 UTC closed"]);
    assert_eq!(played.report.exit_code(), 7);
}

#[test]
fn a_clock_that_is_set_back_makes_hosts_wait_and_ends_nothing() {
    let mut plan = plan(&[1]);
    plan.windows = vec!["tue 01:00-02:00 UTC".parse().unwrap()];
    plan.hosts[0].window = Some(0);
    let moment = |at: &str| Moment { at: at.parse().unwrap(), clock: Duration::ZERO };
    let policy = Policy::new(&plan, moment("2026-11-24T01:30:00Z"));
    let admitted = |at: &str| policy.admits(0, moment(at));
    assert_eq!(admitted("2026-11-24T01:30:00Z"), Admission::Granted);
    assert_eq!(admitted("2026-11-24T00:30:00Z"), Admission::Later);
    assert_eq!(admitted("2026-11-24T01:31:00Z"), Admission::Granted);
    assert_eq!(admitted("2026-11-24T02:30:00Z"), Admission::Closed);
}

#[test]
fn a_host_whose_visit_waits_for_a_permit_when_the_window_closes_is_not_started() {
    let mut plan = plan(&[40]);
    plan.rate = "6/min".parse().unwrap();
    plan.windows = vec!["tue 00:00-00:01 UTC".parse().unwrap()];
    plan.hosts.iter_mut().for_each(|host| host.window = Some(0));
    let played = play(&plan, "none");
    assert_eq!(played.starts().len(), 6);
    let ends = played.all(|what| match what {
        Happening::HostFinished { outcome: Outcome::NotStarted { .. }, .. } => Some(()),
        _ => None,
    });
    assert_eq!(ends.len(), 34);
    // They are told at once, not when their turn would have come.
    assert!(ends.iter().all(|(at, ())| *at < 62.0), "{ends:?}");
}

#[test]
fn a_host_that_had_begun_before_its_window_shut_waits_for_the_next_one() {
    let mut plan = plan(&[2]);
    plan.at_once = 1;
    plan.windows = vec!["daily 00:00-00:01 UTC".parse().unwrap()];
    plan.hosts.iter_mut().for_each(|host| host.window = Some(0));
    let events = play(&plan, "none").events;
    let ready = events.iter().position(|event| event.what == Happening::InstallReady).unwrap();
    let script =
        Script { start: "2026-11-24T00:05:00Z".parse().unwrap(), profile: Profile::default(), seed: 0 };
    let mut more = Vec::new();
    rehearse_on(&plan, script, &events[..=ready], &mut |event| more.push(event.clone()));
    let early = more
        .iter()
        .filter(|event| matches!(event.what, Happening::RetryPlanned { class: Class::WindowShut, .. }));
    assert_eq!(early.count(), 1);
    let starts = more.iter().filter(|event| is_start(&event.what)).map(|event| event.at.to_string());
    assert!(starts.clone().all(|at| at.starts_with("2026-11-25T00:00:")), "{:?}", starts.collect::<Vec<_>>());
    assert_eq!(starts.count(), 2);
}
