//! What if a start is still on its way to a slow host when the run is killed and resumed?

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::fleet::Stage;
use crate::hosts;
use crate::journal::{self, Line};
use crate::process::{Running, until};
use crate::shares;

/// How long a host does not read what was sent, and how long its installer takes, in seconds.
const LATE: f64 = 4.0;
const WORK: f64 = 14.0;

pub fn a_start_that_comes_late_is_the_only_one(stage: &Stage) {
    let (running, late, shells) = begin(stage, stop_shells);
    // The script lies before a shell that does not read it; should it not have been sent, nothing is proven.
    std::thread::sleep(Duration::from_millis(300));
    running.kill();
    let resumed = resume_until_ready(stage, &late);
    shells.iter().for_each(|shell| send(*shell, Signal::CONT));
    let done = resumed.end().expect(0);
    assert!(done.stdout.contains("ALL GOOD"), "{}", done.stdout);
    hosts::assert_installed_once(stage, &stage.hosts);
    let lines = journal::read(&journal::newest(&stage.path().join("state/jumpfleet")).expect("a journal"));
    assert_eq!(count(&lines, &late, "install_started"), 2, "the second permit was not used");
    journal::assert_one_outcome_each(&lines, &stage.hosts, "installed");
}

pub fn a_start_that_comes_late_holds_its_place_for_longer(stage: &Stage) {
    let (running, late, ()) = begin(stage, |stage, host| stage.lab("freeze", host));
    std::thread::sleep(Duration::from_secs_f64(LATE));
    stage.lab("thaw", &late);
    running.end().expect(0);
    let (words, late) = (stage.words(), stage.started(&late));
    assert_eq!(words.len(), 2, "{words:?}");
    // Of the other host, which was not late, it was heard before this one was even started.
    assert!(words[0] < late, "{words:?}, started {late}");
    let after = words[1] - late;
    assert!((LATE..LATE + WORK).contains(&after), "heard {after} s after the start");
}

/// Begins a rollout whose second host is held up while it waits for its permit, and gets it; that host, and what
/// `hold` has to say.
fn begin<T>(stage: &Stage, hold: fn(&Stage, &str) -> T) -> (Running, String, T) {
    shares::prepare(stage);
    for host in &stage.hosts {
        hosts::behave(stage, host, &format!("sleep={WORK}"));
    }
    // Ten seconds between two starts: time to hold up the host that waits.
    let rollout = ["rollout", "-i", "inventory.yaml", "--yes", "--rate", "6/min"];
    let mut running = Running::start(stage, &rollout);
    running.await_events("install_started", 1);
    running.await_events("install_ready", 2);
    let late = waiting(&running.lines());
    let held = hold(stage, &late);
    running.await_events("install_started", 2);
    (running, late, held)
}

/// Stops the shells that wait for their script.
fn stop_shells(stage: &Stage, host: &str) -> Vec<Pid> {
    let mut shells = Vec::new();
    until("a shell waits for its script", || {
        shells = listening_shells(stage, host);
        !shells.is_empty()
    });
    shells.iter().for_each(|shell| send(*shell, Signal::STOP));
    shells
}

/// Goes on with the run until the host was looked at, found untouched and waits for its second permit.
fn resume_until_ready(stage: &Stage, late: &str) -> Running {
    let mut resumed = Running::start(stage, &["rollout", "--resume"]);
    until("the host waits for another permit", || {
        assert!(!resumed.has_ended(), "{}", resumed.stderr());
        count(&resumed.lines(), late, "install_ready") == 2
    });
    assert_eq!(count(&resumed.lines(), late, "install_started"), 1, "too late for the late start");
    resumed
}

/// The host that is ready and not started.
fn waiting(lines: &[Line]) -> String {
    let ready = lines.iter().filter(|line| line.event == "install_ready");
    let waits = |host: &&String| count(lines, host, "install_started") == 0;
    ready.map(|line| &line.host).find(waits).expect("a host that waits for its permit").clone()
}

fn count(lines: &[Line], host: &str, event: &str) -> usize {
    lines.iter().filter(|line| line.host == host && line.event == event).count()
}

/// The shells on a host that were told to read a script from their standard input.
fn listening_shells(stage: &Stage, host: &str) -> Vec<Pid> {
    let list = |process: &Path| fs::read_link(process.join("ns/pid")).ok();
    let own = list(hosts::root(stage, host).parent().expect("a process"));
    let mut shells = Vec::new();
    for entry in fs::read_dir("/proc").expect("the process list").flatten() {
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if words == b"sh\0-s\0" && list(&entry.path()) == own {
            let number = entry.file_name().to_string_lossy().parse().expect("a process number");
            shells.push(Pid::from_raw(number).expect("a process number"));
        }
    }
    shells
}

fn send(process: Pid, signal: Signal) {
    kill_process(process, signal).expect("a shell takes a signal");
}
