//! Are orders from another terminal carried out, and written down with who gave them?

use std::time::Duration;

use crate::fleet::Stage;
use crate::hosts::{self, HELD};
use crate::journal;
use crate::scene::{begin, count, lines, of, order, prepare};

/// How long nothing must happen for it to be believed.
const QUIET: Duration = Duration::from_secs(4);

pub fn a_pause_starts_nothing_until_it_ends(stage: &Stage) {
    prepare(stage, "");
    let mut run = begin(stage, &[]);
    run.await_events("install_started", 1);
    order(stage, &["pause"]);
    let started = |run: &crate::process::Running| journal::count(&run.lines(), "install_started");
    let before = started(&run);
    assert!(before < stage.hosts.len());
    std::thread::sleep(QUIET);
    assert_eq!(started(&run), before);
    let status = order(stage, &["status"]);
    assert!(status.stdout.contains("paused by"), "{}", status.stdout);
    order(stage, &["continue"]);
    run.end().expect(0);
    let lines = lines(stage);
    for event in ["paused", "continued"] {
        assert!(of(&lines, event)[0].value["by"].as_str().unwrap().contains('@'), "{event}");
    }
    hosts::assert_installed_once(stage, &stage.hosts);
}

pub fn a_halt_waits_for_what_runs(stage: &Stage) {
    prepare(stage, "");
    for host in &stage.hosts {
        hosts::behave(stage, host, HELD);
    }
    let mut run = begin(stage, &[]);
    run.await_events("install_started", 2);
    order(stage, &["halt"]);
    let started = of(&run.lines(), "install_started").len();
    hosts::release(stage, &stage.hosts);
    let done = run.end().expect(5);
    assert!(done.stdout.contains("HALTED (by "), "{}", done.stdout);
    assert_eq!(count(stage, "installed") as usize, started);
    assert_eq!(count(stage, "not_started") as usize, stage.hosts.len() - started);
}

pub fn a_rate_is_set_while_the_run_goes_on(stage: &Stage) {
    prepare(stage, "");
    let mut run = begin(stage, &["--rate", "1/min"]);
    run.await_events("install_started", 1);
    let refused = stage.jumpfleet(&["rate", "latest", "90/min"]).expect(2);
    assert!(refused.stderr.contains("90/min"), "{}", refused.stderr);
    order(stage, &["rate", "latest", "60/min"]);
    run.end().expect(0);
    let lines = lines(stage);
    let set = &of(&lines, "rate_set")[0];
    assert!(set.value["by"].as_str().unwrap().contains('@'));
    // At a start a minute it would have taken four more minutes.
    assert_eq!(of(&lines, "install_started").len(), 5);
    assert_eq!(of(&lines, "pace_changed").len(), 1);
}

pub fn orders_to_a_run_that_is_over_are_refused(stage: &Stage) {
    prepare(stage, "");
    begin(stage, &[]).end().expect(0);
    for words in [&["pause"][..], &["continue"], &["halt"], &["rate", "latest", "6/min"]] {
        let done = stage.jumpfleet(words).expect(2);
        assert!(done.stderr.contains("no process carries run"), "{words:?}: {}", done.stderr);
    }
}
