//! Is a client installed, found again, looked at and removed as on any Linux?

use crate::fleet::{KEY, SITE, Stage, Test};
use crate::scene::{ended, has_its_client, record, run, traces};

pub const TESTS: &[Test] =
    &[("a_client_comes_and_goes", 1, comes_and_goes), ("a_newer_client_comes_and_goes", 1, newer)];

/// Settings with one release whose Raspberry Pi installer is built with these words.
pub fn settle(stage: &Stage, product: &str, file: &str, build: &[&str]) {
    let fixed = ["--uid", KEY, "--expires", "2035-01-01T00:00:00Z", "--overrides", "tag,comments"];
    stage.build("installers", &[&fixed[..], &["--product", product], build].concat());
    stage.write(
        "jumpfleet.yaml",
        &format!(
            "appliance: {{site: {SITE}, model: b300}}\nreleases:\n  main:\n    product: {product}\n    \
             expires: 2035-01-01T00:00:00Z\n    overrides: [tag, comments]\n    files:\n      raspberry_pi: {file}\n      \
             linux_headless: {file}\n\
             rollout: {{release: main, expected_install: 5s, ramp: none, gates: none, budget: none}}\n"
        ),
    );
}

/// An inventory of Pis on which no systemd runs.
pub fn pis(stage: &Stage, boot: &str) {
    let boot = format!("jc_boot: {boot}");
    stage.inventory(&["jc_platform: raspberry_pi", "jc_user: jumpclient", "jc_tag: pi", &boot], |_, _| {
        String::new()
    });
}

fn comes_and_goes(stage: &Stage) {
    settle(stage, "bomgar-pec", "installers/bomgar-pec-*.bin", &["--arch", "arm64"]);
    pis(stage, "init");
    let host = stage.hosts[0].as_str();
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), host, "installed");
    has_its_client(stage, host);
    assert!(stage.starts(host)[0].ends_with("--install-dir /opt/jumpclient --user jumpclient --jc-tag pi"));
    // Its process is one of the Pi's own kind, and it is registered for the next boot.
    assert!(
        run(stage, host, "head -c 20 /opt/jumpclient/bomgar-pec | tail -c 2 | od -An -tx1").contains("b7 00")
    );
    assert!(!run(stage, host, "ls /etc/rc2.d/S*jumpfleet-jump-client").is_empty());
    // No init runs those scripts on this kind of hosts: that a reboot is survived, the systemd hosts show.
    stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0);

    stage.rollout(&[]).expect(0);
    let report = stage.report();
    ended(&report, host, "already_present/install_directory");
    assert_eq!(record(&report, host)["evidence"], "/opt/jumpclient");
    has_its_client(stage, host);

    run(stage, host, "pkill -x bomgar-pec");
    let verify = stage.jumpfleet(&["verify", "-i", "inventory.yaml"]);
    assert!(verify.stdout.contains("no process of the client runs"), "{verify:?}");

    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    ended(&stage.report(), host, "removed");
    assert_eq!(traces(stage, host), Vec::<String>::new());
}

fn newer(stage: &Stage) {
    settle(stage, "sra-pin", "installers/sra-pin-linux_arm64-*.bin", &["--arch", "arm64"]);
    pis(stage, "none");
    let host = stage.hosts[0].as_str();
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), host, "installed");
    assert_eq!(run(stage, host, "pgrep -cx sra-pin"), "1\n");
    stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0);
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    ended(&stage.report(), host, "removed");
    assert_eq!(traces(stage, host), Vec::<String>::new());
}
