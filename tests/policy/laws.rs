//! What holds in every run, whatever its rules and mishaps?

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jumpfleet::model::{Budget, Climb, Event, GateKind, Happening, Outcome, Plan, Portion, Rate, Rules};
use jumpfleet::report::Report;
use jumpfleet::rollout::{Moment, Policy, Script, rehearse_on};
use proptest::prelude::*;

use crate::scene::{Played, START, gated, is_start, plan, play_with};

fn rules() -> impl Strategy<Value = (Plan, String, u64)> {
    let waves = prop::collection::vec(1usize..30, 1..4);
    let kind = prop::sample::select(vec![GateKind::Auto, GateKind::Manual, GateKind::None]);
    let budget = prop::option::of((1u32..30, 1u32..60, 1u32..8));
    let shares = prop::collection::vec(0u32..40, 7);
    let more = (1u32..60, any::<bool>(), any::<bool>(), prop::option::of(1u64..7200), any::<u64>());
    (waves, kind, budget, shares, more).prop_map(|(waves, kind, budget, shares, more)| {
        let (at_once, ramp, windows, wait_for_offline, seed) = more;
        let mut plan = gated(plan(&waves), kind, 30);
        plan.at_once = at_once;
        plan.rules.seed = seed;
        plan.rules.wait_for_offline = wait_for_offline;
        if ramp {
            plan.rules.ramp = Rules::default_ramp(plan.rate);
            plan.rules.ramp.insert(0, Climb { rate: Rate::per_minute(30), hosts: Some(3) });
        }
        if windows {
            plan.windows =
                vec!["tue 00:10-00:12 UTC".parse().unwrap(), "daily 00:00-00:01 UTC".parse().unwrap()];
            for (at, host) in plan.hosts.iter_mut().enumerate() {
                host.window = [None, Some(0), Some(1)][at % 3];
            }
        }
        plan.rules.budget = budget.map_or(Budget::NONE, |(failures, unreachable, consecutive)| Budget {
            failures: Some(Portion::Percent(failures)),
            unreachable: Some(Portion::Percent(unreachable)),
            consecutive: Some(consecutive),
            of_last: 20,
            sample: 5,
        });
        let words = jumpfleet::rollout::Profile::WORDS.into_iter().zip(&shares);
        let mishaps: Vec<_> = words.map(|(word, share)| format!("{word}={share}%")).collect();
        (plan, mishaps.join(","), seed)
    })
}

/// Exactly one end for every host that has one, and no installer started twice without a retry between.
fn once_each(plan: &Plan, played: &Played) {
    let mut ended = HashSet::new();
    let mut started = HashSet::new();
    for event in &played.events {
        let Some(host) = event.host.clone() else { continue };
        match &event.what {
            Happening::HostFinished { .. } => assert!(ended.insert(host.clone()), "{host} ended twice"),
            Happening::RetryPlanned { .. } => {
                started.remove(&host);
            }
            what if is_start(what) => {
                assert!(!ended.contains(&host) && started.insert(host.clone()), "{host} started twice");
            }
            _ => {}
        }
    }
    if played.report.run.stop.is_none() {
        assert_eq!(ended.len(), plan.hosts.len(), "a host was forgotten");
    }
    assert_eq!(played.report.counts.values().sum::<u64>(), plan.hosts.len() as u64);
}

/// At most sixty starts in any closed minute, and never closer than the rate that was written down last.
fn in_pace(plan: &Plan, played: &Played) {
    let starts = played.starts();
    assert!(starts.windows(61).all(|minute| minute[60] - minute[0] > 60.0));
    let (mut rate, mut last) = (plan.rate, None);
    for event in &played.events {
        match &event.what {
            Happening::PaceChanged { rate: changed, .. } => rate = *changed,
            what if is_start(what) => {
                if let Some(last) = last {
                    let gap = Duration::try_from(event.at.duration_since(last)).unwrap();
                    assert!(gap + Duration::from_millis(1) >= rate.interval(), "{gap:?} at {rate}");
                }
                last = Some(event.at);
            }
            _ => {}
        }
    }
}

fn nothing_after_a_stop(played: &Played) {
    let stop = |what: &Happening| matches!(what, Happening::StopRequested { .. });
    let stops = played.events.iter().filter(|event| stop(&event.what)).count();
    assert!(stops <= 1);
    let after = played.events.iter().skip_while(|event| !stop(&event.what));
    assert!(
        !after
            .into_iter()
            .any(|event| is_start(&event.what) || matches!(event.what, Happening::VisitStarted { .. }))
    );
}

fn in_its_window(plan: &Plan, played: &Played) {
    let places: HashMap<_, _> = plan.hosts.iter().map(|host| (&host.name, host.window)).collect();
    let start = START.parse().unwrap();
    for event in played.events.iter().filter(|event| is_start(&event.what)) {
        if let Some(window) = event.host.as_ref().and_then(|host| places[host]) {
            let open = plan.windows[window as usize].occurrence(start).unwrap();
            assert!(open.holds(event.at), "{:?} outside of {}", event.host, plan.windows[window as usize]);
        }
    }
}

/// Whoever reads the journal up to any event knows what the process knew.
fn a_reader_knows_as_much(plan: &Plan, played: &Played) {
    let moment = |event: Option<&jumpfleet::model::Event>| {
        let start: jiff::Timestamp = START.parse().unwrap();
        let at = event.map_or(start, |event| event.at);
        Moment { at, clock: Duration::try_from(at.duration_since(start)).unwrap() }
    };
    let mut live = Policy::new(plan, moment(None));
    for (at, event) in played.events.iter().enumerate() {
        live.hear(event, moment(Some(event)));
        if at % 97 == 0 {
            let mut reader = Policy::new(plan, moment(None));
            reader.replay(&played.events[..=at], moment(Some(event)));
            assert_eq!(live.rate(), reader.rate());
            assert_eq!(live.stop(), reader.stop());
            assert_eq!(live.standings(), reader.standings());
        }
    }
}

/// Plays a run that is killed after so many shares of its events, each time somewhere in what is new, and gone on
/// with so many seconds later, to its end; returns the journal and where each process began.
fn play_killed(
    plan: &Plan,
    mishaps: &str,
    seed: u64,
    kills: &[(prop::sample::Index, u64)],
) -> (Vec<Event>, Vec<usize>) {
    let (mut journal, mut begins) = (play_with(plan, mishaps, seed).events, vec![0]);
    for (at, later) in kills {
        let known = begins[begins.len() - 1];
        journal.truncate(known + 1 + at.index(journal.len() - known));
        let start = journal[journal.len() - 1].at + jiff::SignedDuration::from_secs(*later as i64);
        let script = Script { start, profile: mishaps.parse().unwrap(), seed };
        begins.push(journal.len());
        let mut more = Vec::new();
        rehearse_on(plan, script, &journal, &mut |event| more.push(event.clone()));
        journal.extend(more);
    }
    (journal, begins)
}

/// One final outcome a host at most, nothing of a host after it but looks, and no start after a start that was
/// not turned away.
fn once_each_for_good(journal: &[Event]) {
    let (mut ended, mut started) = (HashSet::new(), HashSet::new());
    for event in journal {
        let Some(host) = event.host.clone() else { continue };
        let is_look = matches!(event.what, Happening::Rechecked { .. });
        assert!(is_look || !ended.contains(&host), "{host} ended, then {:?}", event.what);
        match &event.what {
            Happening::HostFinished { outcome, .. } if outcome.is_final() => drop(ended.insert(host)),
            Happening::RetryPlanned { .. } => drop(started.remove(&host)),
            what if is_start(what) => assert!(started.insert(host.clone()), "{host} started twice"),
            _ => {}
        }
    }
}

/// How often a law is tried: so often, or as `PROPTEST_CASES` has it.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Killed anywhere, again and again, and gone on with: nothing is lost, nothing done twice, nothing hurried.
    #[test]
    fn a_run_that_is_killed_again_and_again_goes_by_its_rules(
        (plan, mishaps, seed) in rules(),
        kills in prop::collection::vec((any::<prop::sample::Index>(), 0u64..200), 1..5),
    ) {
        let (journal, begins) = play_killed(&plan, &mishaps, seed, &kills);
        once_each_for_good(&journal);
        let begun: jiff::Timestamp = START.parse().unwrap();
        let starts = journal.iter().filter(|event| is_start(&event.what));
        let starts: Vec<f64> = starts.map(|event| event.at.duration_since(begun).as_secs_f64()).collect();
        prop_assert!(starts.windows(61).all(|minute| minute[60] - minute[0] > 60.0));
        prop_assert!(starts.windows(2).all(|two| two[1] - two[0] >= plan.rate.interval().as_secs_f64() - 0.001));
        let report = Report::of(&plan, &journal);
        prop_assert_eq!(report.hosts.len(), plan.hosts.len());
        prop_assert_eq!(report.counts.values().sum::<u64>(), plan.hosts.len() as u64);
        prop_assert_eq!(&report, &Report::of(&plan, &journal));
        let last = &journal[begins[begins.len() - 1]..];
        let stopped = last.iter().any(|event| matches!(event.what, Happening::StopRequested { .. }));
        let ended: HashSet<_> = journal.iter()
            .filter(|event| matches!(event.what, Happening::HostFinished { .. }))
            .filter_map(|event| event.host.clone())
            .collect();
        prop_assert!(stopped || ended.len() == plan.hosts.len(), "{} of {} ended", ended.len(), plan.hosts.len());
    }

    #[test]
    fn every_run_goes_by_its_rules((plan, mishaps, seed) in rules()) {
        let played = play_with(&plan, &mishaps, seed);
        once_each(&plan, &played);
        in_pace(&plan, &played);
        nothing_after_a_stop(&played);
        in_its_window(&plan, &played);
        a_reader_knows_as_much(&plan, &played);
        let again = play_with(&plan, &mishaps, seed);
        prop_assert_eq!(&again.events, &played.events);
    }

    /// A process that is killed after any event is gone on with, and no host gets two clients.
    #[test]
    fn a_run_that_was_killed_anywhere_can_be_gone_on_with((plan, mishaps, seed) in rules(), at in any::<prop::sample::Index>()) {
        let played = play_with(&plan, &mishaps, seed);
        let journal = &played.events[..=at.index(played.events.len())];
        let start: jiff::Timestamp = START.parse().unwrap();
        let now = Moment { at: start, clock: Duration::ZERO };
        let mut policy = Policy::new(&plan, now);
        policy.replay(journal, now);
        let resumed = Happening::RunResumed { by: "ada".into(), finished: 0 };
        policy.hear(&jumpfleet::model::Event { at: start, host: None, what: resumed }, now);
        let report = Report::of(&plan, journal);
        for (place, host) in report.hosts.iter().enumerate() {
            let is_left = !matches!(&host.outcome, Outcome::Unknown { .. } | Outcome::NotStarted { .. });
            let standing = policy.standing(place);
            prop_assert_eq!(is_left, standing == jumpfleet::model::Standing::Finished, "{}: {:?}", host.name, host.outcome);
        }
    }
}
