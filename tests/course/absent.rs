//! What becomes of hosts that cannot be reached for a while?

use std::time::Duration;

use crate::fleet::Stage;
use crate::hosts;
use crate::process::Running;
use crate::scene::{begin, count, lines, of, outcome, prepare};

/// A host that is away is tried again after a minute and a half at the latest.
const PATIENCE: Duration = Duration::from_secs(180);

fn begin_without(stage: &Stage, away: &str, wait: &str) -> Running {
    prepare(
        stage,
        "connect_deadline: 3s, retries: {first: 500ms, classes: {no_route: 1, connect_timeout: 1}}",
    );
    stage.lab("cut", away);
    let mut run = begin(stage, &["--wait-for-offline", wait]);
    run.await_events("host_away", 1);
    run
}

pub fn a_host_that_comes_back_is_installed(stage: &Stage) {
    let away = &stage.hosts[1];
    let run = begin_without(stage, away, "10m");
    stage.lab("mend", away);
    run.end_within(PATIENCE).expect(0);
    assert_eq!(count(stage, "installed"), 3);
    hosts::assert_installed_once(stage, &stage.hosts);
}

pub fn a_host_that_stays_away_is_unreachable(stage: &Stage) {
    let away = &stage.hosts[0];
    let run = begin_without(stage, away, "25s");
    run.end_within(PATIENCE).expect(4);
    assert_eq!(outcome(stage, away)["outcome"], "unreachable");
    assert_eq!(count(stage, "installed"), 1);
    assert!(!of(&lines(stage), "host_away").is_empty());
    stage.lab("mend", away);
}
