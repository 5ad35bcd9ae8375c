//! What if the state directory has no room, at any moment of a run?

use std::process::Command;

use crate::chance::Chance;
use crate::damage::Disk;
use crate::fleet::Stage;
use crate::invariants::hold;
use crate::journal;
use crate::process::until;
use crate::rounds;
use crate::scene::{PATIENCE, Scene};

pub fn full_in_the_middle(stage: &Stage, chance: &mut Chance) {
    let mut scene = Scene::new(stage, chance, "");
    let disk = Disk::new(&stage.path().join("small"));
    scene.state = disk.path.join("jumpfleet");
    if chance.percent(50) {
        // The start limit without room too, and so alone.
        scene.alone();
        scene.set("JUMPFLEET_PERMITS_DIR", disk.path.join("permits"));
    }
    scene.installs_take(chance, 300, 2000);
    nothing_begins_on(&scene, &disk);
    let mut running = scene.begin(&[]);
    for _ in 0..1 + chance.below(3) {
        let (known, more) = (scene.lines().len(), 1 + chance.below(25) as usize);
        until("more is in the journal", || scene.lines().len() > known + more || running.has_ended());
        disk.fill();
        let stopped = running.end_within(PATIENCE);
        disk.make_room();
        rounds::hit("disk full", if stopped.code == Some(1) { "stopped the run" } else { "came too late" });
        if stopped.code != Some(1) {
            hold(&scene, &stopped.expect(0), 1);
            return;
        }
        assert!(stopped.stderr.contains("cannot write"), "{}", stopped.stderr);
        assert!(stopped.stderr.contains("make room"), "{}", stopped.stderr);
        running = scene.go_on();
    }
    let done = running.end_within(PATIENCE).expect(0);
    hold(&scene, &done, 1);
    journal::assert_one_outcome_each(&scene.lines(), &stage.hosts, "installed");
}

/// A run that cannot even begin starts nothing.
fn nothing_begins_on(scene: &Scene<'_>, disk: &Disk) {
    disk.fill();
    let refused = scene.begin(&[]).end().expect(1);
    assert!(refused.stderr.contains("No space left"), "{}", refused.stderr);
    assert_eq!(crate::hosts::starts(scene.stage, &scene.stage.hosts), []);
    disk.make_room();
    // What was begun of it is no run.
    let cleared = Command::new("rm").arg("-rf").arg(&scene.state).status();
    assert!(cleared.expect("rm can be started").success());
}
