//! Does every report know every host, whatever became of it?

use std::fs;

use jumpfleet::report::EXPORTERS;
use serde_json::Value;

use crate::fleet::{KEY, SITE, Stage, Test};
use crate::scene::{behave, ended, run};

pub const TESTS: &[Test] = &[("every_format_knows_every_host", ENDS.len(), every_format)];

/// How each host ends.
const ENDS: &[&str] = &[
    "installed",
    "already_present/marker_file",
    "failed/install/installer_failed",
    "failed/probe/sudo",
    "unreachable/connection_refused",
    "unreachable/host_key_unknown",
];

fn every_format(stage: &Stage) {
    stage.standard_with(SITE, "connect_deadline: 5s");
    stage.write("nobody", "");
    let nobody = stage.path().join("nobody");
    stage.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient"], |index, _| match index {
        3 => "ansible_user: plain".to_owned(),
        5 => format!("ansible_ssh_common_args: '-o UserKnownHostsFile={}'", nobody.display()),
        _ => String::new(),
    });
    run(stage, &stage.hosts[1], "mkdir /var/lib/jumpfleet; touch /var/lib/jumpfleet/PRAJumpClient.txt");
    behave(stage, &stage.hosts[2], "exit=7");
    run(stage, &stage.hosts[4], "systemctl stop ssh.socket ssh.service");
    let rolled = stage.rollout(&[]).expect(3);
    let report = stage.report();
    for (host, end) in stage.hosts.iter().zip(ENDS) {
        ended(&report, host, end);
    }
    let counts = ["installed", "already_present", "failed", "unreachable", "unknown", "not_started"];
    assert_eq!(counts.map(|kind| report["summary"]["counts"][kind].as_u64()), [1, 1, 2, 2, 0, 0].map(Some));
    assert_eq!(show(stage, "text"), rolled.stdout, "a run's last words are its report");
    for exporter in EXPORTERS {
        is_whole(stage, exporter.name);
    }
    junit_has_a_case_for_each(stage);
    a_folder_holds_them_all(stage);
    a_pipeline_fails_when_it_wants_to(stage);
}

fn show(stage: &Stage, format: &str) -> String {
    stage.jumpfleet(&["report", "latest", "--format", format]).expect(0).stdout
}

fn is_whole(stage: &Stage, format: &str) {
    let shown = show(stage, format);
    for word in ["installer_failed", "sudo", "connection_refused", "host_key_unknown", "exit code 7"] {
        assert!(shown.contains(word), "{word} is not in {format}:\n{shown}");
    }
    for host in &stage.hosts[2..] {
        assert!(shown.contains(host.as_str()), "{host} is not in {format}:\n{shown}");
    }
    assert!(!shown.contains('\u{1b}') && !shown.contains(KEY), "{format}:\n{shown}");
    stage.jumpfleet(&["report", "latest", "--format", format, "--output", "report"]).expect(0);
    assert_eq!(fs::read_to_string(stage.path().join("report")).expect("a report"), shown);
}

fn a_folder_holds_them_all(stage: &Stage) {
    stage.jumpfleet(&["report", "--output-dir", "new/out"]).expect(0);
    let folder = stage.path().join("new/out");
    for exporter in EXPORTERS {
        let written = fs::read_to_string(folder.join(exporter.file)).expect("a file for each format");
        assert_eq!(written, show(stage, exporter.name), "{}", exporter.name);
    }
    let files = fs::read_dir(&folder).expect("the folder").count();
    assert_eq!(files, EXPORTERS.len(), "nothing half-written is left");
}

fn a_pipeline_fails_when_it_wants_to(stage: &Stage) {
    let judged = |on: &str, code| stage.jumpfleet(&["report", "--quiet", "--fail-on", on]).expect(code);
    assert_eq!(judged("failed,unreachable", 3).stderr.matches("fails on ").count(), 2);
    judged("any", 3);
    judged("unreachable", 4);
    judged("failed>50%,unknown,not_started", 0);
    assert!(judged("new-failures", 2).stderr.contains("--compare"));
    assert!(judged("broken", 2).stderr.contains("nothing fails on `broken`"));
    let alone = stage.jumpfleet(&["report", "--compare", "previous"]).expect(2);
    assert!(alone.stderr.contains("there is no run before"), "{}", alone.stderr);
    let same = stage.jumpfleet(&["report", "--compare", "latest"]).expect(2);
    assert!(same.stderr.contains("cannot be compared with itself"), "{}", same.stderr);
}

/// Also for those that were never reached: a report that leaves them out looks better than the fleet is.
fn junit_has_a_case_for_each(stage: &Stage) {
    let junit = show(stage, "junit");
    assert_eq!(junit.matches("<testcase ").count(), stage.hosts.len(), "{junit}");
    for host in &stage.hosts {
        assert!(junit.contains(&format!("name=\"{host}\"")), "{host} is not in\n{junit}");
    }
    let bad = junit.matches("<failure").count() + junit.matches("<error").count();
    assert_eq!(bad, 4, "{junit}");
    let json: Value = serde_json::from_str(&show(stage, "json")).expect("JSON");
    assert_eq!(json["hosts"].as_array().map(Vec::len), Some(stage.hosts.len()));
}
