//! Do the metrics say how a run stands, in a form that Prometheus takes?

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::fleet::Stage;
use crate::hosts;
use crate::process::until;
use crate::receiver::{begin, command};
use crate::scene::{order, prepare};

/// The samples of a metrics file by name and labels, once `promtool` found nothing wrong.
#[track_caller]
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool of Debian's package `prometheus`");
    promtool.stdin.take().expect("its input").write_all(text.as_bytes()).expect("its input");
    let said = promtool.wait_with_output().expect("its verdict");
    let complaints = [said.stdout, said.stderr].concat();
    assert!(
        said.status.success() && complaints.is_empty(),
        "{}\n{text}",
        String::from_utf8_lossy(&complaints)
    );
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a sample");
        (name.to_owned(), value.parse().expect("a number"))
    };
    text.lines().filter(|line| !line.starts_with('#')).map(sample).collect()
}

/// The file as it is now; it is whole at any time.
#[track_caller]
fn now(stage: &Stage) -> BTreeMap<String, f64> {
    samples(&fs::read_to_string(stage.path().join("metrics.prom")).expect("the metrics"))
}

const FILE: [&str; 2] = ["--metrics-file", "metrics.prom"];

pub fn metrics_follow_a_run(stage: &Stage) {
    prepare(stage, "waves: [1, 100%], gates: manual, rate: 60/min, budget: {failures: 4}");
    hosts::behave(stage, &stage.hosts[1], "exit=7");
    let run = begin(stage, &[], &FILE);
    until("the gate is in the metrics", || {
        let text = fs::read_to_string(stage.path().join("metrics.prom")).unwrap_or_default();
        text.contains("jumpfleet_gate_waiting{gate=\"manual\"} 1\n")
    });
    let seen = now(stage);
    let expected = [
        ("jumpfleet_hosts_planned", 5.0),
        ("jumpfleet_hosts_finished{outcome=\"installed\"}", 1.0),
        ("jumpfleet_hosts_finished{outcome=\"failed\"}", 0.0),
        ("jumpfleet_hosts_pending", 4.0),
        ("jumpfleet_hosts_running{phase=\"install\"}", 0.0),
        ("jumpfleet_starts_total", 1.0),
        ("jumpfleet_starts_last_minute", 1.0),
        ("jumpfleet_start_limit_per_minute", 60.0),
        ("jumpfleet_start_rate_per_minute", 60.0),
        ("jumpfleet_wave", 1.0),
        ("jumpfleet_waves_planned", 2.0),
        ("jumpfleet_gate_waiting{gate=\"auto\"}", 0.0),
        ("jumpfleet_paused", 0.0),
        ("jumpfleet_halted", 0.0),
        ("jumpfleet_ended", 0.0),
        ("jumpfleet_ended_timestamp_seconds", 0.0),
        ("jumpfleet_budget_used_ratio{rule=\"failures\"}", 0.0),
        ("jumpfleet_install_duration_seconds_count", 1.0),
    ];
    for (name, value) in expected {
        assert_eq!(seen.get(name), Some(&value), "{name} in {seen:#?}");
    }
    assert!(!seen.contains_key("jumpfleet_exit_code"));
    order(stage, &["continue"]);
    let done = run.end().expect(3);
    let seen = now(stage);
    let name = done.stdout.lines().find_map(|line| line.strip_prefix("run ")).expect("the run's name").trim();
    let info = seen.keys().find(|key| key.starts_with("jumpfleet_run_info{")).expect("the run");
    assert!(info.contains(&format!("run=\"{name}\"")) && info.contains("task=\"install\""), "{info}");
    assert_eq!(seen.keys().filter(|key| key.contains(name)).count(), 1, "only one metric may name the run");
    let expected = [
        ("jumpfleet_hosts_finished{outcome=\"installed\"}", 4.0),
        ("jumpfleet_hosts_finished{outcome=\"failed\"}", 1.0),
        ("jumpfleet_hosts_pending", 0.0),
        ("jumpfleet_starts_total", 5.0),
        ("jumpfleet_wave", 2.0),
        ("jumpfleet_gate_waiting{gate=\"manual\"}", 0.0),
        ("jumpfleet_ended", 1.0),
        ("jumpfleet_exit_code", 3.0),
        ("jumpfleet_budget_used_ratio{rule=\"failures\"}", 0.25),
        ("jumpfleet_install_duration_seconds_bucket{le=\"+Inf\"}", 5.0),
    ];
    for (name, value) in expected {
        assert_eq!(seen.get(name), Some(&value), "{name} in {seen:#?}");
    }
    let span = seen["jumpfleet_ended_timestamp_seconds"] - seen["jumpfleet_started_timestamp_seconds"];
    assert!((1.0..120.0).contains(&span), "{span}");
    let mode = fs::metadata(stage.path().join("metrics.prom")).expect("the metrics");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o644);
    let left = fs::read_dir(stage.path()).expect("the folder").flatten();
    let parts = left.filter(|entry| entry.file_name().to_string_lossy().ends_with(".part")).count();
    assert_eq!(parts, 0, "a half-written file was left");
}

pub fn metrics_go_on_with_a_resumed_run(stage: &Stage) {
    prepare(stage, "waves: [1, 100%], gates: manual");
    let mut run = begin(stage, &[], &FILE);
    run.await_events("gate_reached", 1);
    run.kill();
    let mut run = command(stage, &[], &[&["rollout", "--resume", "--yes"], &FILE[..]].concat());
    run.await_events("gate_reached", 2);
    order(stage, &["continue"]);
    run.end().expect(0);
    let seen = now(stage);
    assert_eq!(seen["jumpfleet_starts_total"], 3.0);
    assert_eq!(seen["jumpfleet_hosts_finished{outcome=\"installed\"}"], 3.0);
    assert_eq!(seen["jumpfleet_install_duration_seconds_count"], 3.0);
    // Where it cannot be written, nothing is begun.
    stage.write("file", "");
    let done = begin(stage, &[], &["--metrics-file", "file/metrics.prom"]).end().expect(2);
    assert!(done.stderr.contains("file"), "{}", done.stderr);
}
