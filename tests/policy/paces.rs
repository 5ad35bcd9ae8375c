//! How fast does a run go?

use jumpfleet::model::{Climb, Happening, OutcomeKind, Rate, Rules};

use crate::scene::{plan, play};

fn rates(played: &crate::scene::Played) -> Vec<(f64, String, String)> {
    let changes = played.all(|what| match what {
        Happening::PaceChanged { rate, why } => Some((rate.to_string(), why.clone())),
        _ => None,
    });
    changes.into_iter().map(|(at, (rate, why))| (at, rate, why)).collect()
}

#[test]
fn a_ramp_is_climbed_by_installed_clients() {
    let mut plan = plan(&[100]);
    plan.rules.ramp = Rules::default_ramp(Rate::VENDOR_LIMIT);
    let played = play(&plan, "none");
    assert_eq!(played.count(OutcomeKind::Installed), 100);
    let rates: Vec<_> = rates(&played).into_iter().map(|(_, rate, _)| rate).collect();
    assert_eq!(rates, ["6/min", "20/min", "60/min"]);
    let starts = played.starts();
    let gaps = |from: usize, to: usize| (starts[to] - starts[from]) / (to - from) as f64;
    // Some more start at the slow rate while the tenth client is still being installed.
    assert!((gaps(0, 9) - 10.167).abs() < 0.01, "{}", gaps(0, 9));
    assert!((gaps(20, 40) - 3.05).abs() < 0.01, "{}", gaps(20, 40));
    assert!((gaps(90, 99) - 1.017).abs() < 0.01, "{}", gaps(90, 99));
}

#[test]
fn a_step_faster_than_the_plan_is_as_fast_as_the_plan() {
    let mut plan = plan(&[20]);
    plan.rate = "30/min".parse().unwrap();
    plan.rules.ramp = vec![Climb { rate: Rate::VENDOR_LIMIT, hosts: None }];
    let starts = play(&plan, "none").starts();
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 2.03), "{starts:?}");
}

#[test]
fn hosts_that_fail_do_not_climb() {
    let mut plan = plan(&[60]);
    plan.rules.ramp = Rules::default_ramp(Rate::VENDOR_LIMIT);
    let played = play(&plan, "failed=100%");
    let rates: Vec<_> = rates(&played).into_iter().map(|(_, rate, _)| rate).collect();
    assert_eq!(rates, ["6/min"]);
}

#[test]
fn an_overloaded_appliance_halves_the_rate_which_recovers_slowly() {
    let mut plan = plan(&[400]);
    plan.at_once = 400;
    let played = play(&plan, "timeout=12%");
    let rates = rates(&played);
    let (_, first, why) = &rates[0];
    assert_eq!(first, "30/min");
    assert!(why.contains("timed out or the site was too busy"), "{why}");
    let climbs = rates.windows(2).filter(|pair| {
        let per_hour = |rate: &str| rate.parse::<Rate>().unwrap().per_hour();
        per_hour(&pair[1].1) > per_hour(&pair[0].1)
    });
    assert!(climbs.count() > 0, "{rates:?}");
    plan.rules.adaptive = false;
    assert!(
        crate::scene::play(&plan, "timeout=12%")
            .all(|what| match what {
                Happening::PaceChanged { .. } => Some(()),
                _ => None,
            })
            .is_empty()
    );
}

#[test]
fn one_slow_host_alone_changes_nothing() {
    let mut events = Vec::new();
    for seed in 0..20 {
        let played = crate::scene::play_with(&plan(&[60]), "timeout=1%", seed);
        if played.count(OutcomeKind::Failed) == 1 {
            events.push(rates(&played).len());
        }
    }
    assert!(!events.is_empty() && events.iter().all(|changes| *changes == 0), "{events:?}");
}

#[test]
fn twenty_five_thousand_hosts_take_seven_hours_and_a_moment() {
    let mut plan = plan(&[25_000]);
    plan.at_once = 100;
    let starts = play(&plan, "none").starts();
    assert_eq!(starts.len(), 25_000);
    let last = starts.last().unwrap();
    let least = 24_999.0 * Rate::VENDOR_LIMIT.interval().as_secs_f64();
    assert!((least..least + 10.0).contains(last), "{last} {least}");
}
