//! Would the invariants be seen to be broken? Each one is broken once, after a run that kept them all.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::chance::Chance;
use crate::fleet::{Done, KEY, Stage};
use crate::hosts;
use crate::invariants::hold;
use crate::rounds;
use crate::scene::{PATIENCE, Scene};
use crate::window;

/// What stands in the list of processes for a second client.
const SECOND_CLIENT: &str =
    "cp /bin/sleep /tmp/bomgar-pec; setsid /tmp/bomgar-pec 60 >/dev/null 2>&1 </dev/null &";

pub fn broken_invariants_are_seen(stage: &Stage, chance: &mut Chance) {
    window::counts_both_ends();
    let scene = Scene::new(stage, chance, "");
    let done = scene.begin(&[]).end_within(PATIENCE).expect(0);
    hold(&scene, &done, 1);
    eprintln!("what is complained about from here to the end of this test is planted");
    let host = &stage.hosts[0];
    let inside = |path: &str| hosts::root(stage, host).join(path);
    let records = |name: &str| inside("var/lib/jump-client-stand-in").join(name);
    let silent = || Done { code: Some(1), stdout: String::new(), stderr: String::new() };

    let other = Done { code: Some(0), stdout: done.stdout.replace("ALL", "all"), stderr: String::new() };
    assert_seen(&scene, &other, "another report");
    planted(&scene.journal(), &outcome_again(&scene, host), || {
        assert_seen(&scene, &silent(), "had its outcome")
    });
    planted(&records("starts"), "99999999.00 1 1 0 planted\n", || assert_seen(&scene, &done, "99999999"));
    planted(&records("ends"), "99999999.00 1 1 0\n", || assert_seen(&scene, &done, "installed twice"));
    for secret in [KEY, &scene.canary] {
        stage.write("state/jumpfleet/planted", "");
        planted(&scene.state.join("planted"), secret, || assert_seen(&scene, &done, secret));
    }
    let staging = inside("var/tmp/jumpfleet-planted");
    fs::create_dir(&staging).expect("a folder");
    assert_seen(&scene, &done, "left behind");
    fs::remove_dir(&staging).expect("a folder");
    hosts::everywhere(stage, &stage.hosts[..1], SECOND_CLIENT);
    assert_seen(&scene, &done, "2 clients");
    hosts::everywhere(stage, &stage.hosts[..1], "pkill -KILL -f '^/tmp/[b]omgar-pec'; rm /tmp/bomgar-pec");
    hold(&scene, &done, 1);
    rounds::hit("broken invariants", "seen");
}

/// The journal's last word about a host, once more.
fn outcome_again(scene: &Scene<'_>, host: &str) -> String {
    let lines = scene.lines();
    let own = lines.iter().rfind(|line| line.host == host && line.event == "host_finished");
    format!("{}\n", own.expect("an outcome").value)
}

/// Adds a text to a file for as long as `check` takes.
fn planted(path: &Path, text: &str, check: impl FnOnce()) {
    let before = fs::read(path).expect("a file");
    let mut file = OpenOptions::new().append(true).open(path).expect("a file");
    file.write_all(text.as_bytes()).expect("a file");
    check();
    fs::write(path, before).expect("a file");
}

fn assert_seen(scene: &Scene<'_>, done: &Done, word: &str) {
    let held = catch_unwind(AssertUnwindSafe(|| hold(scene, done, 1)));
    let complaint = held.expect_err(&format!("nothing was said about what was planted: {word}"));
    let said = complaint.downcast_ref::<String>().map_or("", String::as_str);
    assert!(said.contains(word), "{said:?} says nothing of {word}");
}
