//! Is each trace of a client enough, by itself, to leave a host alone?

use crate::fleet::{Done, Stage, Test};
use crate::scene::{behave, end, ended, has_its_client, record, run, staged};

pub const TESTS: &[Test] = &[
    ("each_duplicate_rule_alone_keeps_a_host_as_it_is", TRACES.len(), each_rule),
    ("of_two_rollouts_to_one_host_only_one_installs", 2, two_rollouts),
];

/// A rule, what is seen of it, and how the trace comes onto a host.
const TRACES: &[(&str, &str, &str)] = &[
    ("install_directory", "/opt/jumpclient", "mkdir /opt/jumpclient"),
    ("install_directory", "/opt/bomgar/bomgar-pec-older", "mkdir -p /opt/bomgar/bomgar-pec-older"),
    (
        "process",
        "bomgar-pec",
        "cp /bin/sleep /usr/local/bin/bomgar-pec; setsid -f /usr/local/bin/bomgar-pec infinity >/dev/null 2>&1",
    ),
    (
        "process",
        "bomgar-scc",
        "cp /bin/sleep /usr/local/bin/bomgar-scc; setsid -f runuser -u plain /usr/local/bin/bomgar-scc infinity >/dev/null 2>&1",
    ),
    (
        "service",
        "/etc/systemd/system/bomgar-pec-1.service",
        "echo '[Unit]' >/etc/systemd/system/bomgar-pec-1.service",
    ),
    (
        "service",
        "/etc/systemd/system/other.service",
        "echo 'ExecStart=/opt/jumpclient/init-script start' >/etc/systemd/system/other.service",
    ),
    ("service", "/etc/init.d/bomgar-pec-1", "echo '#!/bin/sh' >/etc/init.d/bomgar-pec-1"),
    (
        "marker_file",
        "/var/lib/jumpfleet/PRAJumpClient.txt",
        "mkdir /var/lib/jumpfleet; touch /var/lib/jumpfleet/PRAJumpClient.txt",
    ),
    ("other_generation", "/opt/beyondtrust/sra-pin-1", "mkdir -p /opt/beyondtrust/sra-pin-1"),
    (
        "other_generation",
        "sra-pin",
        "cp /bin/sleep /usr/local/bin/sra-pin; setsid -f /usr/local/bin/sra-pin infinity >/dev/null 2>&1",
    ),
    (
        "other_generation",
        "/etc/systemd/system/sra-scc-1.service",
        "echo '[Unit]' >/etc/systemd/system/sra-scc-1.service",
    ),
];

fn each_rule(stage: &Stage) {
    stage.standard();
    stage.headless();
    for (host, (_, _, make)) in stage.hosts.iter().zip(TRACES) {
        run(stage, host, make);
    }
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    assert_eq!(report["summary"]["starts"], 0);
    for (host, (rule, evidence, _)) in stage.hosts.iter().zip(TRACES) {
        ended(&report, host, &format!("already_present/{rule}"));
        assert_eq!(record(&report, host)["evidence"], *evidence);
        assert!(stage.starts(host).is_empty(), "{host}");
        assert_eq!(staged(stage, host), "", "{host}");
    }
    stage.jumpfleet(&["plan", "-i", "inventory.yaml", "--probe", "--detailed-exitcode"]).expect(0);
}

/// Rollouts with state folders of their own share no limit and no lock: only the host knows of both.
fn two_rollouts(stage: &Stage) {
    stage.standard();
    stage.inventory(&[], |index, _| match index {
        0 => "jc_platform: linux_headless, jc_user: jumpclient".to_owned(),
        _ => "jc_platform: linux_service".to_owned(),
    });
    for host in &stage.hosts {
        // Long before it makes anything.
        behave(stage, host, "sleep=4");
    }
    let other = |arguments: &[&str]| {
        let mut command = stage.command(arguments);
        command.env("XDG_STATE_HOME", stage.path().join("other"));
        Done::from(command.output().expect("the program can be started")).expect(0)
    };
    let rollout = ["rollout", "-i", "inventory.yaml", "--yes"];
    let mut first = stage.start(&rollout);
    other(&rollout);
    assert!(first.wait().expect("an end").success());
    let reports = [
        stage.report(),
        serde_json::from_str(&other(&["report", "latest", "--format", "json"]).stdout).expect("a report"),
    ];
    for host in &stage.hosts {
        has_its_client(stage, host);
        let mut ends = reports.each_ref().map(|report| end(report, host));
        ends.sort();
        assert!(ends[0].starts_with("already_present/") && ends[1] == "installed", "{host}: {ends:?}");
    }
}
