//! What stands between two waves?

use jumpfleet::model::{Budget, GateKind, Happening, OutcomeKind, Portion};

use crate::scene::{Played, gated, is_start, plan, play};

fn gates(played: &Played) -> Vec<(f64, String)> {
    played.all(|what| match what {
        Happening::GateReached { wave, .. } => Some(format!("reached {wave}")),
        Happening::GateOpened { wave, why } => Some(format!("opened {wave}: {why}")),
        Happening::GateClosed { wave, why } => Some(format!("closed {wave}: {why}")),
        Happening::WaveStarted { wave, hosts, .. } => Some(format!("wave {wave} of {hosts}")),
        _ => None,
    })
}

/// When hosts of a wave were started.
fn starts_of(played: &Played, hosts: std::ops::Range<usize>) -> Vec<usize> {
    let names: Vec<_> = hosts.map(|at| format!("h{at:05}")).collect();
    let mine = |name: &str| names.iter().any(|known| known == name);
    let events = played.events.iter().enumerate();
    events
        .filter(|(_, event)| is_start(&event.what) && event.host.as_deref().is_some_and(mine))
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn an_automatic_gate_waits_looks_again_and_opens() {
    let played = play(&gated(plan(&[5, 20]), GateKind::Auto, 300), "none");
    let gates = gates(&played);
    let words: Vec<&str> = gates.iter().map(|(_, word)| word.as_str()).collect();
    assert_eq!(
        words,
        [
            "wave 0 of 5",
            "reached 0",
            "opened 0: 300 s later 5 of 5 clients run; 0 of 5 hosts failed",
            "wave 1 of 20",
        ]
    );
    assert!(gates[2].0 - gates[1].0 >= 300.0, "{gates:?}");
    let rechecked = played.all(|what| matches!(what, Happening::Rechecked { .. }).then_some(()));
    assert_eq!(rechecked.len(), 5);
    assert_eq!(played.count(OutcomeKind::Installed), 25);
}

#[test]
fn clients_that_are_gone_keep_the_gate_closed_and_halt_the_run() {
    let played = play(&gated(plan(&[10, 50]), GateKind::Auto, 60), "gone=50%");
    let gates = gates(&played);
    assert!(gates.last().unwrap().1.starts_with("closed 0"), "{gates:?}");
    assert_eq!(played.report.exit_code(), 5);
    assert!(starts_of(&played, 10..60).is_empty());
    assert_eq!(played.count(OutcomeKind::NotStarted), 50);
    assert!(
        played.reasons()[0].starts_with("halted: the gate behind wave 1 stays closed"),
        "{:?}",
        played.reasons()
    );
}

#[test]
fn failures_of_the_wave_keep_the_gate_closed() {
    let mut plan = gated(plan(&[10, 50]), GateKind::Auto, 60);
    plan.rules.budget = Budget { failures: Some(Portion::Percent(20)), sample: 1000, ..Budget::NONE };
    assert!(gates(&play(&plan, "failed=60%")).last().unwrap().1.starts_with("closed 0"));
    plan.rules.budget.failures = Some(Portion::Percent(100));
    assert!(gates(&play(&plan, "failed=60%")).iter().any(|(_, word)| word.starts_with("opened 0")));
}

#[test]
fn no_host_of_a_wave_is_started_before_the_gate_before_it_is_open() {
    for kind in [GateKind::Auto, GateKind::Manual, GateKind::None] {
        let played = play(&gated(plan(&[3, 4, 30]), kind, 30), "flaky=10%");
        let opened = |wave: u32| {
            let is_it = |what: &Happening| matches!(what, Happening::GateOpened { wave: known, .. } if *known == wave);
            played.events.iter().position(|event| is_it(&event.what)).unwrap()
        };
        assert!(starts_of(&played, 3..7).iter().all(|start| *start > opened(0)), "{kind}");
        assert!(starts_of(&played, 7..37).iter().all(|start| *start > opened(1)), "{kind}");
        assert_eq!(played.count(OutcomeKind::Installed), 37, "{kind}");
    }
}

#[test]
fn hosts_that_are_away_hold_up_no_gate() {
    let mut plan = gated(plan(&[20, 20]), GateKind::None, 0);
    plan.rules.wait_for_offline = Some(4 * 3600);
    let played = play(&plan, "unreachable=20%");
    let gates = gates(&played);
    assert!(gates.iter().find(|(_, word)| word == "reached 0").unwrap().0 < 900.0, "{gates:?}");
    let away = played.count(OutcomeKind::Unreachable);
    assert!(away > 0 && away + played.count(OutcomeKind::Installed) == 40);
    // The last tries are made when the time is over, which each host has from when it was found to be away.
    let last =
        played.all(|what| matches!(what, Happening::HostFinished { .. }).then_some(())).pop().unwrap().0;
    assert!((4.0 * 3600.0..4.0 * 3600.0 + 900.0).contains(&last), "{last}");
}

/// The plan's releases with installers that stop working so many seconds after the start.
fn expiring(mut plan: jumpfleet::model::Plan, seconds: i64) -> jumpfleet::model::Plan {
    let start: jiff::Timestamp = crate::scene::START.parse().unwrap();
    let name = plan.treatments[0].release.clone();
    let release = jumpfleet::model::PlannedRelease {
        product: jumpfleet::model::Product::BomgarPec,
        version: None,
        expires: Some(start + jiff::SignedDuration::from_secs(seconds)),
        key: None,
        overrides: Vec::new(),
    };
    plan.releases = [(name, release)].into();
    plan
}

#[test]
fn no_installer_is_started_once_it_has_expired() {
    let plan = expiring(gated(plan(&[5, 50]), GateKind::Auto, 3600), 3600);
    let played = play(&plan, "none");
    assert_eq!(played.count(OutcomeKind::Installed), 5);
    assert_eq!(played.reasons(), ["the installers of `pra-24` expired at 2026-11-24T01:00:00Z"]);
    assert!(starts_of(&played, 5..55).is_empty());
    // Also those that wait for their permit when it happens.
    let plan = expiring(crate::scene::plan(&[100]), 30);
    let starts = play(&plan, "none").starts();
    assert!(starts.len() > 20 && starts.iter().all(|at| *at < 30.0), "{starts:?}");
}
