//! What if a host goes down, or its sshd stands still, in the middle of its visit?

use rustix::process::Signal;

use crate::chance::Chance;
use crate::fleet::Stage;
use crate::hosts;
use crate::invariants::hold;
use crate::journal::PHASES;
use crate::scene::Scene;
use crate::trouble::{Trouble, strike};

const IMPATIENT: &str = "connect_deadline: 6s, retries: {first: 1s, longest: 3s}";

/// A host that lost its power starts again with its files as they were, and without its processes.
pub fn rebooted_until_installed(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, IMPATIENT);
    // Long enough for a host to go down before its installer ends, also where this machine does much else.
    scene.installs_take(chance, 4000, 6000);
    let running = scene.begin(&[]);
    let trouble = Trouble {
        name: "host rebooted",
        // A client that nothing starts at boot is gone after a later reboot, whatever a run does.
        phases: &["connect", "probe", "upload", "permit", "install", "install"],
        longest: 5000,
        strike: &|host| stage.lab("reboot", host),
        relieve: &|_| (),
    };
    let done = strike(&scene, running, &trouble, chance);
    // The first start was ended by the reboot.
    hold(&scene, &done, 2);
}

/// Every sshd of a host stopped, its listener and its sessions; then they go on as if nothing had been.
pub fn sshd_stopped(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, IMPATIENT);
    scene.installs_take(chance, 500, 4000);
    let running = scene.begin(&[]);
    let trouble = Trouble {
        name: "sshd stopped",
        phases: &PHASES,
        longest: 20_000,
        strike: &|host| hosts::signal(stage, host, "sshd", Signal::STOP),
        relieve: &|host| hosts::signal(stage, host, "sshd", Signal::CONT),
    };
    let done = strike(&scene, running, &trouble, chance);
    hold(&scene, &done, 1);
}
