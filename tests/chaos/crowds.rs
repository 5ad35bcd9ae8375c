//! What if five controllers work at once, two operators resume one run, or a newer version wrote its journal?

use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::damage;
use crate::fleet::Stage;
use crate::hosts;
use crate::invariants::{hold, sent};
use crate::journal;
use crate::process::{Running, until};
use crate::rounds;
use crate::scene::{PATIENCE, Scene};
use crate::window::{LEAST_GAP, LIMIT, Times};

const CONTROLLERS: usize = 5;

/// Plans of which each has hosts of its own and some of the next one's.
pub fn five_controllers(stage: &Stage, chance: &mut Chance) {
    let mut scenes: Vec<Scene<'_>> = (0..CONTROLLERS).map(|_| Scene::new(stage, chance, "")).collect();
    scenes[0].installs_take(chance, 300, 3000);
    let own = stage.hosts.len().div_ceil(CONTROLLERS);
    let overlap = 1 + chance.below(own as u64) as usize;
    let mut living: Vec<Running> = Vec::new();
    for (number, scene) in scenes.iter_mut().enumerate() {
        scene.state = stage.path().join(format!("state-{number}"));
        scene.is_fast = false;
        let first = number * own;
        let hosts = stage.hosts.iter().cycle().skip(first).take(own + overlap);
        let limit = hosts.map(String::as_str).collect::<Vec<_>>().join(":");
        living.push(scene.begin(&["--limit", &limit]));
    }
    for _ in 0..chance.below(4) {
        std::thread::sleep(chance.between(500, 4000));
        let victim = chance.below(CONTROLLERS as u64) as usize;
        // Before there is a journal there is nothing to go on with.
        if journal::newest(&scenes[victim].state).is_none() || living[victim].has_ended() {
            continue;
        }
        let last = scenes[victim].go_on_after(living.swap_remove(victim));
        living.push(last);
        let end = living.len() - 1;
        living.swap(victim, end);
        rounds::hit("five controllers", "one killed");
    }
    rounds::hit("five controllers", "at once");
    let ended: Vec<_> = living.into_iter().map(|process| process.end_within(PATIENCE).expect(0)).collect();
    for (scene, done) in scenes.iter().zip(&ended) {
        hold(scene, done, 1);
    }
    hosts::assert_installed_once(stage, &stage.hosts);
    let all = Times::new(scenes.iter().flat_map(|scene| sent(&scene.lines()).collect::<Vec<_>>()));
    assert!(all.most_in_a_minute() <= LIMIT, "{all}");
    assert!(all.smallest_gap() >= LEAST_GAP, "{all}");
}

/// Of two who go on with a run at the same moment one does, and the other one is told.
pub fn two_operators(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, "");
    for host in &stage.hosts {
        hosts::behave(stage, host, hosts::HELD);
    }
    let mut running = scene.begin(&[]);
    running.await_events("install_started", 1);
    for _ in 0..2 + chance.below(3) {
        running.kill();
        let (mut one, mut other) = (scene.go_on(), scene.go_on());
        until("one of them was refused", || one.has_ended() || other.has_ended());
        let refused = if one.has_ended() { one } else { std::mem::replace(&mut other, one) };
        let refused = refused.end().expect(1);
        assert!(refused.stderr.contains("another jumpfleet works on"), "{}", refused.stderr);
        assert!(refused.stderr.contains("wait for it to end"), "{}", refused.stderr);
        running = other;
        std::thread::sleep(chance.between(0, 1500));
        assert!(!running.has_ended(), "{}", running.stderr());
        rounds::hit("two operators", "one refused");
    }
    let give_up = Instant::now() + PATIENCE;
    while !running.has_ended() && Instant::now() < give_up {
        hosts::release(stage, &stage.hosts);
        std::thread::sleep(Duration::from_millis(200));
    }
    let done = running.end_within(Duration::from_secs(1)).expect(0);
    hold(&scene, &done, 1);
    journal::assert_one_outcome_each(&scene.lines(), &stage.hosts, "installed");
}

/// A journal of a newer format is refused and left as it is.
pub fn newer_journal(stage: &Stage, chance: &mut Chance) {
    // As if new, and nothing else: the test is the crash suite's.
    Scene::new(stage, chance, "");
    damage::a_journal_of_a_newer_format_is_refused(stage);
    rounds::hit("newer journal", "refused");
}
