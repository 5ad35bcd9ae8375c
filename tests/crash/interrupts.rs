//! What does Ctrl-C leave: once, twice, and the polite request of a service manager?

use std::io::{Read, Write};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use crate::fleet::{Done, Stage};
use crate::hosts;
use crate::journal::{self, Line};
use crate::process::{Running, until};
use crate::shares;

/// Installers that run when the stop comes, at least.
const STARTED: usize = 2;

pub fn ctrl_c_lets_running_installs_finish(stage: &Stage) {
    one_stop(stage, Signal::INT);
}

pub fn a_request_to_terminate_is_like_ctrl_c(stage: &Stage) {
    one_stop(stage, Signal::TERM);
}

fn one_stop(stage: &Stage, signal: Signal) {
    let mut running = begin(stage);
    running.signal(signal);
    running.await_events("stop_requested", 1);
    hosts::release(stage, &stage.hosts);
    let done = running.end().expect(7);
    let lines = lines(stage);
    let stop = position(&lines, "stop_requested");
    let started = started(&lines[..stop]);
    assert_eq!(
        self::started(&lines[stop..]),
        Vec::<String>::new(),
        "an installer was started after the stop"
    );
    assert_eq!(hosts::starts(stage, &stage.hosts).len(), started.len());
    assert_eq!(
        journal::count(&lines[stop..], "install_ended"),
        started.len(),
        "not all installs were waited for"
    );
    journal::assert_one_outcome_each(&lines, &started, "installed");
    check_said(stage, &done, started.len());
    resume(stage);
}

fn check_said(stage: &Stage, done: &Done, installed: usize) {
    let left = stage.hosts.len() - installed;
    let told = &done.stdout;
    assert!(told.contains("INTERRUPTED") && told.contains(&format!("{left} w")), "{told}");
    assert!(done.stderr.contains("stopping: interrupted"), "{}", done.stderr);
    assert!(done.stderr.contains("rollout --resume"), "{}", done.stderr);
    let report = stage.report();
    let counts = &report["summary"]["counts"];
    assert_eq!((&counts["installed"], &counts["not_started"]), (&installed.into(), &left.into()), "{report}");
    assert_eq!(report["summary"]["exit_code"], 7);
}

pub fn a_second_ctrl_c_ends_at_once(stage: &Stage) {
    let mut running = begin(stage);
    running.signal(Signal::INT);
    running.await_events("stop_requested", 1);
    assert!(!running.has_ended(), "running installs were not waited for");
    running.signal(Signal::INT);
    // A second or two; a loaded machine may take longer, an install takes ten minutes.
    let done = running.end_within(Duration::from_secs(5)).expect(7);
    assert!(done.stderr.contains("rollout --resume"), "{}", done.stderr);
    assert_eq!(journal::count(&lines(stage), "install_ended"), 0, "an install was waited for");
    assert_eq!(stage.report()["summary"]["exit_code"], 7);
    hosts::release(stage, &stage.hosts);
    resume(stage);
}

/// A pipe as standard output, so full that the program's first line blocks.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut filler = writer.try_clone().expect("its other end");
    rustix::fs::fcntl_setfl(&filler, rustix::fs::OFlags::NONBLOCK).expect("a pipe that does not block");
    while filler.write(b"\n").is_ok() {}
    rustix::fs::fcntl_setfl(&filler, rustix::fs::OFlags::empty()).expect("a pipe that blocks");
    (reader, writer)
}

fn begin_json(stage: &Stage, out: std::io::PipeWriter) -> Running {
    let state = stage.path().join("state/jumpfleet");
    let command = stage.command(&["rollout", "-i", "inventory.yaml", "--yes", "--json"]);
    Running::start_into(stage, &state, command, Stdio::from(out))
}

/// Nobody reads what a rollout prints, and it goes on, stops when asked, and ends.
pub fn an_unread_pipe_keeps_no_interrupt(stage: &Stage) {
    shares::prepare(stage);
    for host in &stage.hosts {
        hosts::behave(stage, host, hosts::HELD);
    }
    let (_unread, out) = full_pipe();
    let mut running = begin_json(stage, out);
    running.await_events("install_started", STARTED);
    running.signal(Signal::INT);
    running.await_events("stop_requested", 1);
    hosts::release(stage, &stage.hosts);
    let done = running.end_within(Duration::from_secs(20)).expect(7);
    assert!(done.stderr.contains("rollout --resume"), "{}", done.stderr);
    let lines = lines(stage);
    assert!(position(&lines, "stop_requested") < position(&lines, "run_finished"));
    let (_unread, out) = full_pipe();
    let state = stage.path().join("state/jumpfleet");
    for host in &stage.hosts {
        hosts::behave(stage, host, hosts::HELD);
    }
    let command = stage.command(&["rollout", "--resume", "--json"]);
    let mut running = Running::start_into(stage, &state, command, Stdio::from(out));
    running.await_events("install_started", started(&lines).len() + 1);
    running.signal(Signal::INT);
    running.await_events("stop_requested", 2);
    running.signal(Signal::TERM);
    let done = running.end_within(Duration::from_secs(5)).expect(7);
    assert!(done.stderr.contains("rollout --resume"), "{}", done.stderr);
    hosts::release(stage, &stage.hosts);
    resume(stage);
}

/// Whoever reads late still gets every line of a rollout that ends by itself.
pub fn a_slow_reader_gets_every_line(stage: &Stage) {
    shares::prepare(stage);
    let (mut reader, out) = full_pipe();
    let mut running = begin_json(stage, out);
    running.await_events("run_finished", 1);
    sleep(Duration::from_secs(3));
    assert!(!running.has_ended(), "the last lines were thrown away");
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("what the program printed");
    running.end().expect(0);
    let journal = journal::newest(&stage.path().join("state/jumpfleet")).expect("a journal");
    let (first, stream) = text.trim_start().split_once('\n').expect("lines");
    assert!(first.contains("\"stream_started\""), "{first}");
    assert_eq!(stream, std::fs::read_to_string(journal).expect("the journal"));
}

/// A rollout of which two installers run and do not end.
fn begin(stage: &Stage) -> Running {
    shares::prepare(stage);
    for host in &stage.hosts {
        hosts::behave(stage, host, hosts::HELD);
    }
    let mut running = Running::start(stage, &["rollout", "-i", "inventory.yaml", "--yes"]);
    running.await_events("install_started", STARTED);
    until("the installers have begun", || hosts::starts(stage, &stage.hosts).len() >= STARTED);
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
