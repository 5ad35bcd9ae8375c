//! What becomes of hosts that are silent, cut off, or lost in the middle of their install?

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::fleet::{SITE, Stage, Test};
use crate::scene::{
    await_start, begun, behave, detail, end, ended, has_its_client, record, run, until, untouched,
};

pub const TESTS: &[Test] = &[
    ("a_host_frozen_in_its_install_is_unknown_until_it_is_looked_at", 1, unknown),
    ("hosts_that_cannot_be_reached_hold_nobody_up", 6, unreachable),
    ("a_session_killed_in_the_install_does_not_stop_it", 1, killed_session),
    ("a_cable_pulled_for_a_moment_is_not_noticed", 1, short_cut),
    ("a_host_cut_off_in_its_install_is_looked_at_again", 1, long_cut),
    ("a_host_frozen_for_a_while_is_looked_at_again", 1, thawed),
    ("a_host_that_restarts_in_its_install_is_told_apart", 1, restarted),
    ("a_host_lost_before_its_turn_is_visited_again", 2, lost_in_the_queue),
];

const ROLLOUT: &[&str] = &["rollout", "-i", "inventory.yaml", "--yes"];

/// What a program that was left running has said so far.
fn said(stage: &Stage) -> String {
    ["stdout", "stderr"].map(|name| fs::read_to_string(stage.path().join(name)).unwrap_or_default()).concat()
}

#[track_caller]
fn finish(stage: &Stage, mut rollout: Child, code: i32) {
    assert_eq!(rollout.wait().expect("an end").code(), Some(code), "{}", said(stage));
}

/// The journal of the only run of a test.
fn journal(stage: &Stage) -> PathBuf {
    let runs = stage.path().join("state/jumpfleet/runs");
    let mut found = fs::read_dir(runs).expect("a run").map(|run| run.expect("a run").path());
    found.next().expect("a run").join("journal.jsonl")
}

fn events(stage: &Stage, event: &str, host: &str) -> usize {
    let journal = fs::read_to_string(journal(stage)).expect("a journal");
    let wanted = |line: &&str| {
        line.contains(&format!("\"event\":\"{event}\"")) && line.contains(&format!("\"{host}\""))
    };
    journal.lines().filter(wanted).count()
}

fn unknown(stage: &Stage) {
    stage.standard_with(SITE, "install_deadline: 6s, connect_deadline: 3s");
    stage.headless();
    let host = &stage.hosts[0];
    behave(stage, host, "sleep=4");
    let rollout = stage.start(ROLLOUT);
    await_start(stage, host);
    stage.lab("freeze", host);
    finish(stage, rollout, 3);
    let report = stage.report();
    ended(&report, host, "unknown/install");
    assert_eq!(report["summary"]["counts"]["unknown"], 1);
    // The installer went on meanwhile; only a look can tell.
    stage.lab("thaw", host);
    assert_eq!(stage.clients(host), 0, "nobody has started the client of a headless install");
    stage.jumpfleet(&["rollout", "--resume", "latest", "--yes"]).expect(0);
    let report = stage.report();
    ended(&report, host, "installed");
    assert_eq!(report["summary"]["resumed"], 1);
    has_its_client(stage, host);
    assert_eq!(events(stage, "install_started", host), 1);
}

fn unreachable(stage: &Stage) {
    stage.standard_with(SITE, "connect_deadline: 3s, retries: {classes: {no_banner: 2}}");
    let [frozen, cut, refused, nameless, first, second] =
        [0, 1, 2, 3, 4, 5].map(|index| stage.hosts[index].as_str());
    stage.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient"], |index, _| match index {
        3 => "no_such_variable: true".to_owned(),
        _ => String::new(),
    });
    let address = stage.address(nameless);
    crate::scene::replace(
        stage,
        "inventory.yaml",
        &format!("ansible_host: {address},"),
        "ansible_host: no-such-host.invalid,",
    );
    stage.lab("freeze", frozen);
    stage.lab("cut", cut);
    run(stage, refused, "systemctl stop ssh.socket ssh.service");
    let begun = Instant::now();
    stage.rollout(&[]).expect(4);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
    let report = stage.report();
    ended(&report, frozen, "unreachable/no_banner");
    let ways = ["unreachable/no_route", "unreachable/connect_timeout"];
    assert!(ways.contains(&end(&report, cut).as_str()), "{:#}", record(&report, cut));
    ended(&report, refused, "unreachable/connection_refused");
    ended(&report, nameless, "unreachable/name_resolution");
    for host in [frozen, cut, refused] {
        assert_eq!(record(&report, host)["attempts"], 3, "{host}");
    }
    assert_eq!(record(&report, nameless)["attempts"], 1);
    let moment = |value: &serde_json::Value| {
        value.as_str().expect("a moment").parse::<jiff::Timestamp>().expect("one")
    };
    let start = moment(&report["summary"]["started"]);
    for host in [first, second] {
        ended(&report, host, "installed");
        let waited = moment(&record(&report, host)["finished"]).duration_since(start);
        assert!(waited < jiff::SignedDuration::from_secs(15), "{host} waited {waited:#} for others");
    }
    stage.lab("thaw", frozen);
    stage.lab("mend", cut);
    for host in [frozen, cut, refused, nameless] {
        untouched(stage, host);
    }
    for host in [first, second] {
        has_its_client(stage, host);
    }
}

fn killed_session(stage: &Stage) {
    stage.standard();
    stage.headless();
    let host = &stage.hosts[0];
    behave(stage, host, "sleep=4");
    let rollout = stage.start(ROLLOUT);
    await_start(stage, host);
    run(stage, host, "pkill -KILL -f '^sshd: admin'");
    finish(stage, rollout, 0);
    let report = stage.report();
    ended(&report, host, "installed");
    has_its_client(stage, host);
    assert!(events(stage, "connected", host) >= 1 && events(stage, "install_started", host) == 1);
}

fn short_cut(stage: &Stage) {
    stage.standard();
    stage.headless();
    let host = &stage.hosts[0];
    behave(stage, host, "sleep=3");
    let rollout = stage.start(ROLLOUT);
    await_start(stage, host);
    stage.lab("cut", host);
    let cut = Instant::now();
    until(20, "the installer has ended", || {
        installer_has_ended(stage, host) && cut.elapsed() > Duration::from_secs(4)
    });
    stage.lab("mend", host);
    finish(stage, rollout, 0);
    ended(&stage.report(), host, "installed");
    has_its_client(stage, host);
}

fn installer_has_ended(stage: &Stage, host: &str) -> bool {
    let ends = stage.changed(host).join("var/lib/jump-client-stand-in/ends");
    fs::read_to_string(ends).is_ok_and(|text| !text.is_empty())
}

fn long_cut(stage: &Stage) {
    stage.standard_with(SITE, "install_deadline: 5s, connect_deadline: 3s");
    stage.headless();
    let host = &stage.hosts[0];
    behave(stage, host, "sleep=2");
    let rollout = stage.start(ROLLOUT);
    await_start(stage, host);
    stage.lab("cut", host);
    let cut = Instant::now();
    until(30, "the deadline has passed", || cut.elapsed() > Duration::from_secs(9));
    stage.lab("mend", host);
    finish(stage, rollout, 0);
    ended(&stage.report(), host, "installed");
    has_its_client(stage, host);
}

fn thawed(stage: &Stage) {
    stage.standard_with(SITE, "install_deadline: 5s, connect_deadline: 3s");
    stage.headless();
    let host = &stage.hosts[0];
    behave(stage, host, "sleep=2");
    let rollout = stage.start(ROLLOUT);
    await_start(stage, host);
    stage.lab("freeze", host);
    let frozen = Instant::now();
    until(30, "the deadline has passed", || frozen.elapsed() > Duration::from_secs(9));
    stage.lab("thaw", host);
    finish(stage, rollout, 0);
    ended(&stage.report(), host, "installed");
    has_its_client(stage, host);
}

fn restarted(stage: &Stage) {
    stage.standard();
    stage.headless();
    let host = &stage.hosts[0];
    behave(stage, host, "sleep=30");
    let rollout = stage.start(ROLLOUT);
    await_start(stage, host);
    behave(stage, host, "sleep=0");
    stage.lab("reboot", host);
    let mut rollout = rollout;
    let code = rollout.wait().expect("an end").code();
    let report = stage.report();
    // The installer went down with the host, before it had made anything: to begin again is right.
    ended(&report, host, "installed");
    assert_eq!(code, Some(0));
    assert_eq!(stage.clients(host), 1);
    assert_eq!((begun(stage, host), events(stage, "install_started", host)), (2, 2));
}

fn lost_in_the_queue(stage: &Stage) {
    stage.standard_with(SITE, "rate: 6/min");
    stage.headless();
    let [first, second] = [0, 1].map(|index| stage.hosts[index].as_str());
    let rollout = stage.start(ROLLOUT);
    until(30, "one has started and the other waits", || {
        let begun = begun(stage, first) + begun(stage, second);
        begun == 1 && events(stage, "install_ready", first) + events(stage, "install_ready", second) == 2
    });
    let waiting = if begun(stage, first) == 1 { second } else { first };
    run(stage, waiting, "pkill -KILL -f '^sshd: admin'");
    finish(stage, rollout, 0);
    let report = stage.report();
    for host in [first, second] {
        ended(&report, host, "installed");
        has_its_client(stage, host);
        assert_eq!(events(stage, "install_started", host), 1, "{host}");
    }
    assert_eq!(report["summary"]["starts"], 2);
    assert_eq!(record(&report, waiting)["attempts"], 2, "{}", detail(&report, waiting));
}
