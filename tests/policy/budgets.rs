//! When does a run stop itself?

use jumpfleet::model::{Budget, Happening, OutcomeKind, Portion};

use crate::scene::{Played, is_start, plan, play};

fn reached(played: &Played) -> Vec<(String, String, u64, u64, usize)> {
    let reached = played.all(|what| match what {
        Happening::BudgetReached { rule, limit, mishaps, sample, hosts } => {
            Some((rule.clone(), limit.clone(), *mishaps, *sample, hosts.len()))
        }
        _ => None,
    });
    reached.into_iter().map(|(_, reached)| reached).collect()
}

#[test]
fn a_number_of_failures_halts_and_nothing_starts_afterwards() {
    for at_once in [1, 5, 48] {
        let mut plan = plan(&[200]);
        plan.at_once = at_once;
        plan.rules.budget = Budget { failures: Some(Portion::Count(5)), ..Budget::NONE };
        let played = play(&plan, "failed=30%");
        let [(rule, limit, mishaps, _, hosts)] = &reached(&played)[..] else { panic!("one rule") };
        assert_eq!((rule.as_str(), limit.as_str(), *mishaps, *hosts), ("failures", "5", 5, 5));
        assert_eq!(played.report.exit_code(), 5);
        let halted =
            played.events.iter().position(|event| matches!(event.what, Happening::BudgetReached { .. }));
        let halted = halted.unwrap();
        assert!(!played.events[halted..].iter().any(|event| is_start(&event.what)));
        // Never more than the budget and what had been started.
        let started = played.events[..halted].iter().filter(|event| is_start(&event.what)).count();
        let ended = |kind| played.count(kind) as usize;
        assert_eq!(ended(OutcomeKind::Failed) + ended(OutcomeKind::Installed), started);
        assert!(played.reasons()[0].starts_with("halted: 5 of the last"), "{:?}", played.reasons());
    }
}

#[test]
fn a_share_says_nothing_of_few_hosts() {
    let mut plan = plan(&[49]);
    plan.rules.budget = Budget { consecutive: None, ..Budget::DEFAULT };
    let played = play(&plan, "failed=100%");
    assert!(reached(&played).is_empty());
    assert_eq!(played.count(OutcomeKind::Failed), 49);
}

#[test]
fn a_share_is_of_the_hosts_that_ended_last() {
    let mut plan = plan(&[500]);
    plan.rules.budget = Budget { failures: Some(Portion::Percent(30)), ..Budget::NONE };
    assert!(reached(&play(&plan, "failed=10%")).is_empty());
    let played = play(&plan, "failed=50%");
    let [(rule, limit, mishaps, sample, _)] = &reached(&played)[..] else { panic!("one rule") };
    assert_eq!((rule.as_str(), limit.as_str()), ("failures", "30%"));
    assert!(*sample >= 10 && mishaps * 100 >= 30 * sample, "{mishaps} of {sample}");
}

#[test]
fn failures_in_a_row_halt() {
    let mut plan = plan(&[100]);
    plan.rules.budget = Budget { consecutive: Some(3), ..Budget::NONE };
    let played = play(&plan, "failed=100%");
    let [(rule, _, mishaps, ..)] = &reached(&played)[..] else { panic!("one rule") };
    assert_eq!((rule.as_str(), *mishaps), ("consecutive", 3));
}

#[test]
fn unreachable_hosts_have_a_limit_of_their_own() {
    let mut plan = plan(&[100]);
    plan.rules.budget =
        Budget { failures: Some(Portion::Count(1)), unreachable: Some(Portion::Count(4)), ..Budget::NONE };
    let played = play(&plan, "unreachable=20%");
    let [(rule, _, mishaps, ..)] = &reached(&played)[..] else { panic!("one rule") };
    assert_eq!((rule.as_str(), *mishaps), ("unreachable", 4));
}

#[test]
fn clients_that_were_there_say_nothing_of_installs_but_that_hosts_are_reached() {
    let mut plan = plan(&[1000]);
    plan.rules.budget = Budget {
        failures: Some(Portion::Percent(40)),
        unreachable: Some(Portion::Percent(40)),
        ..Budget::NONE
    };
    // Of what is installed more than half fails, of all hosts one in twenty.
    let [(rule, ..)] = &reached(&play(&plan, "present=90%,failed=60%"))[..] else { panic!("one rule") };
    assert_eq!(rule, "failures");
    assert!(reached(&play(&plan, "present=90%,unreachable=8%")).is_empty());
}

#[test]
fn a_large_fleet_in_which_one_host_in_fifty_fails_is_not_halted_by_chance() {
    let mut plan = plan(&[10_000]);
    plan.rules.budget = Budget::DEFAULT;
    for seed in 0..5 {
        let played = crate::scene::play_with(&plan, "failed=2%", seed);
        assert!(reached(&played).is_empty(), "seed {seed}");
    }
    assert_eq!(reached(&play(&plan, "failed=25%")).len(), 1);
}
