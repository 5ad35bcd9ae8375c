//! Does a run survive `kill -9` at any point, its gates, pauses and looks at clients included?

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use jumpfleet::model::Plan;

use crate::chance::Chance;
use crate::fleet::{Done, Stage};
use crate::invariants::{self, hold};
use crate::journal::{self, Line};
use crate::kills::{Tally, ride};
use crate::process::Running;
use crate::rounds;
use crate::scene::{PATIENCE, Scene};

/// Any moment of a run that goes straight ahead.
pub fn at_random_points(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, "");
    scene.installs_take(chance, 300, 3000);
    let at_once = (3 + chance.below(8)).to_string();
    let running = scene.begin(&["--at-once", &at_once]);
    let mut tally = Tally::default();
    let kills = 2 + chance.below(8);
    let done = ride(&scene.state, 0, running, || scene.go_on(), kills, chance, &mut tally).expect(0);
    tally.hit.keys().for_each(|phase| rounds::hit("kill -9", phase));
    hold(&scene, &done, 1);
    all_installed(&scene);
}

fn all_installed(scene: &Scene<'_>) {
    journal::assert_one_outcome_each(&scene.lines(), &scene.stage.hosts, "installed");
}

/// What a careful run says about itself as a whole, and what hosts say meanwhile.
const POINTS: [&str; 8] = [
    "wave_started",
    "gate_reached",
    "rechecked",
    "gate_opened",
    "paused",
    "rate_set",
    "pace_changed",
    "install_started",
];

/// A run with waves, gates, a ramp, pauses and other rates.
pub fn at_gates_and_pauses(stage: &Stage, chance: &mut Chance) {
    let soak = 1 + chance.below(3);
    // The last step is the run's own rate, the vendor's or a faster one.
    let rules = format!(
        "waves: [2, 50%, 100%], gates: [{{kind: auto, soak: {soak}s}}, manual], \
         ramp: [{{rate: 40/min, hosts: 2}}, {{rate: 60/min, hosts: 4}}]"
    );
    let scene = Scene::new(stage, chance, &rules);
    scene.installs_take(chance, 300, 1500);
    let mut running = scene.begin(&[]);
    for _ in 0..2 + chance.below(4) {
        let point = chance.one_of(&POINTS);
        let late = chance.between(0, 600);
        if !reach(&scene, &mut running, point) {
            break;
        }
        sleep(late);
        rounds::hit("kill -9", point);
        running.kill();
        running = scene.go_on();
    }
    let done = attend_to_its_end(&scene, running).expect(0);
    hold(&scene, &done, 1);
    all_installed(&scene);
    in_waves(&scene, soak as f64);
}

/// Waits until there is one more of this event, as a person would who also opens gates and ends pauses; false
/// if the run ends first.
fn reach(scene: &Scene<'_>, running: &mut Running, point: &str) -> bool {
    let before = invariants::count(scene, point);
    let mut asked = false;
    while !running.has_ended() {
        let lines = scene.lines();
        if journal::count(&lines, point) > before {
            return true;
        }
        if !asked && journal::count(&lines, "install_ready") > 0 {
            asked = true;
            match point {
                "paused" => order(scene, &["pause"]),
                "rate_set" => order(scene, &["rate", "latest", "50/min"]),
                _ => {}
            }
        }
        attend(scene, &lines);
        sleep(Duration::from_millis(10));
    }
    false
}

fn attend_to_its_end(scene: &Scene<'_>, mut running: Running) -> Done {
    let give_up = Instant::now() + PATIENCE;
    while !running.has_ended() && Instant::now() < give_up {
        attend(scene, &scene.lines());
        sleep(Duration::from_millis(20));
    }
    running.end_within(Duration::from_secs(1))
}

/// Opens the gate that this process waits at, if only a person does.
fn attend(scene: &Scene<'_>, lines: &[Line]) {
    let told = |line: &&Line| {
        matches!(line.event.as_str(), "gate_reached" | "gate_opened" | "run_resumed" | "continued")
    };
    let waits = lines.iter().rfind(told).is_some_and(|line| line.value["gate"]["kind"] == "manual");
    if waits {
        order(scene, &["continue"]);
    }
}

/// An order from another terminal; a run that has just ended takes none.
fn order(scene: &Scene<'_>, words: &[&str]) {
    let given = scene.start(words).end();
    assert!(given.code.is_some_and(|code| code <= 2), "{}", given.stderr);
}

/// No host was started before the gate in front of its wave was opened, and automatic gates took their time.
fn in_waves(scene: &Scene<'_>, soak: f64) {
    let plan = std::fs::read(scene.journal().with_file_name("plan.json")).expect("the plan");
    let plan: Plan = serde_json::from_slice(&plan).expect("a plan");
    let waves: BTreeMap<&str, u32> = plan.hosts.iter().map(|host| (&*host.name, host.wave)).collect();
    let (mut open, mut reached) = (0, None);
    for line in scene.lines() {
        match line.event.as_str() {
            "install_started" => assert!(waves[line.host.as_str()] <= open, "{} was too early", line.host),
            "gate_reached" => reached = Some(line),
            "gate_opened" => {
                let reached: &Line = reached.as_ref().expect("a gate that was reached");
                let took = line.at.duration_since(reached.at).as_secs_f64();
                let is_auto = reached.value["gate"]["kind"] == "auto";
                assert!(!is_auto || took >= soak, "a gate opened after {took} s");
                open = 1 + line.value["wave"]
                    .as_u64()
                    .and_then(|wave| u32::try_from(wave).ok())
                    .expect("a wave");
            }
            _ => {}
        }
    }
    assert_eq!(open, 2, "two gates");
}
