//! Does a run go on when the power failed and the end of its journal is lost, or full of zeros?

use std::fs;
use std::path::Path;

use crate::chance::Chance;
use crate::fleet::Stage;
use crate::invariants::{hold, outcomes};
use crate::process::until;
use crate::rounds;
use crate::scene::{PATIENCE, Scene};

/// How many bytes of a journal are its end, about.
const END: u64 = 1500;

pub fn lost_ends(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, "");
    scene.installs_take(chance, 300, 3000);
    let mut running = scene.begin(&[]);
    for _ in 0..2 + chance.below(4) {
        let (known, more) = (scene.lines().len(), chance.below(30) as usize);
        until("more is in the journal", || scene.lines().len() > known + more || running.has_ended());
        std::thread::sleep(chance.between(0, 700));
        if running.has_ended() {
            break;
        }
        running.kill();
        damage(&scene.journal(), chance);
        running = scene.go_on();
    }
    let done = running.end_within(PATIENCE).expect(0);
    hold(&scene, &done, 1);
    let report = stage.report();
    // Whoever's outcome was lost is found to have its client.
    let good = |outcome: &&str| matches!(*outcome, "installed" | "already_present");
    assert!(outcomes(&report).values().all(good), "{report}");
    assert!(report["summary"]["complete"].as_bool() == Some(true), "{report}");
}

/// Takes the end away at any byte, or leaves its length and fills it with zeros.
fn damage(journal: &Path, chance: &mut Chance) {
    let mut bytes = fs::read(journal).expect("a journal");
    let length = bytes.len() as u64;
    let kept = match chance.below(100) {
        0..10 => 0,
        10..70 => length - chance.below(length.min(END) + 1),
        _ => chance.below(length + 1),
    };
    let kept = kept as usize;
    match chance.below(3) {
        0 => bytes[kept..].fill(0),
        1 => {
            // The file system had written the length and one sector more than the rest.
            bytes[kept..].fill(0);
            bytes.truncate(kept + chance.below(512) as usize);
        }
        _ => bytes.truncate(kept),
    }
    fs::write(journal, &bytes).expect("a journal");
    rounds::hit("power failure", if kept == 0 { "everything lost" } else { "an end lost" });
}
