//! What does Ctrl-C leave: once, twice, and the polite request of a service manager?

use std::time::Duration;

use rustix::process::Signal;

use crate::fleet::{Done, Stage};
use crate::hosts;
use crate::journal::{self, Line};
use crate::process::{Running, until};
use crate::shares;

/// Installers that were started before the stop.
const STARTED: usize = 2;

pub fn ctrl_c_lets_running_installs_finish(stage: &Stage) {
    one_stop(stage, Signal::INT);
}

pub fn a_request_to_terminate_is_like_ctrl_c(stage: &Stage) {
    one_stop(stage, Signal::TERM);
}

fn one_stop(stage: &Stage, signal: Signal) {
    let running = begin(stage);
    running.signal(signal);
    let done = running.end().expect(7);
    let lines = lines(stage);
    let started = started(&lines);
    assert_eq!(started.len(), STARTED, "an installer was started after the stop");
    assert_eq!(hosts::starts(stage, &stage.hosts).len(), STARTED);
    let installed: Vec<String> = stage.hosts.iter().filter(|host| started.contains(host)).cloned().collect();
    journal::assert_one_outcome_each(&lines, &installed, "installed");
    let stop = position(&lines, "stop_requested");
    assert!(lines[stop..].iter().any(|line| line.event == "install_ended"), "no install was waited for");
    check_said(stage, &done);
    resume(stage);
}

fn check_said(stage: &Stage, done: &Done) {
    let left = stage.hosts.len() - STARTED;
    let told = &done.stdout;
    assert!(told.contains(&format!("{left} were not started")) && told.contains("INTERRUPTED"), "{told}");
    assert!(done.stderr.contains("stopping: interrupted"), "{}", done.stderr);
    assert!(done.stderr.contains("rollout --resume"), "{}", done.stderr);
    let report = stage.report();
    let counts = &report["summary"]["counts"];
    assert_eq!((&counts["installed"], &counts["not_started"]), (&STARTED.into(), &left.into()), "{report}");
    assert_eq!(report["summary"]["exit_code"], 7);
}

pub fn a_second_ctrl_c_ends_at_once(stage: &Stage) {
    let running = begin(stage);
    running.signal(Signal::INT);
    until("the stop is in the journal", || journal::count(&running.lines(), "stop_requested") == 1);
    running.signal(Signal::INT);
    let done = running.end_within(Duration::from_secs(2)).expect(7);
    assert!(done.stderr.contains("rollout --resume"), "{}", done.stderr);
    assert_eq!(journal::count(&lines(stage), "install_ended"), 0, "an install was waited for");
    assert_eq!(stage.report()["summary"]["exit_code"], 7);
    resume(stage);
}

/// A rollout of which two installers run, and the next permit is most of a second away.
fn begin(stage: &Stage) -> Running {
    shares::prepare(stage);
    for host in &stage.hosts {
        hosts::behave(stage, host, "sleep=4");
    }
    let mut running = Running::start(stage, &["rollout", "-i", "inventory.yaml", "--yes"]);
    running.await_events("install_started", STARTED);
    until("both installers have begun", || hosts::starts(stage, &stage.hosts).len() == STARTED);
    running
}

/// Whatever was cut short comes to its end, and nothing is done twice.
fn resume(stage: &Stage) {
    let done = Running::start(stage, &["rollout", "--resume"]).end().expect(0);
    assert!(done.stdout.contains("ALL GOOD"), "{}", done.stdout);
    hosts::assert_installed_once(stage, &stage.hosts);
    let lines = lines(stage);
    journal::assert_one_outcome_each(&lines, &stage.hosts, "installed");
    let resumed = position(&lines, "run_resumed");
    assert!(finished_hosts_are_untouched(&lines[..resumed], &lines[resumed..]));
}

fn finished_hosts_are_untouched(before: &[Line], after: &[Line]) -> bool {
    let finished =
        before.iter().filter(|line| line.event == "host_finished" && line.value["outcome"] == "installed");
    finished.into_iter().all(|line| after.iter().all(|later| later.host != line.host))
}

fn lines(stage: &Stage) -> Vec<Line> {
    journal::read(&journal::newest(&stage.path().join("state/jumpfleet")).expect("a journal"))
}

fn started(lines: &[Line]) -> Vec<String> {
    lines.iter().filter(|line| line.event == "install_started").map(|line| line.host.clone()).collect()
}

#[track_caller]
fn position(lines: &[Line], event: &str) -> usize {
    lines.iter().position(|line| line.event == event).unwrap_or_else(|| panic!("no {event} in the journal"))
}
