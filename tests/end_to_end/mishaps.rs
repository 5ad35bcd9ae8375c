//! What is said and left behind when the installer, the release or the host is not as it should be?

use crate::fleet::{KEY, Stage, Test};
use crate::scene::{
    behave, detail, ended, has_its_client, record, replace, resettle, run, traces, tried_and_swept, untouched,
};

pub const TESTS: &[Test] = &[
    ("an_override_that_is_not_permitted_is_refused_by_the_plan", 1, not_permitted),
    ("an_override_that_the_release_lies_about_is_refused_by_the_installer", 2, lying_release),
    ("a_renamed_installer_is_refused", 1, renamed),
    ("an_expired_installer_is_refused", 1, expired),
    ("an_installer_that_expires_before_the_first_start_is_told", 1, expires_in_between),
    ("installers_that_fail_leave_nothing", 6, failing),
    ("a_client_that_does_not_run_is_no_success", 1, dying),
    ("an_installer_that_hangs_is_ended", 1, hanging),
    ("hosts_that_are_not_as_the_inventory_says_are_left_alone", 4, unfit),
    ("full_disks_are_told", 3, full),
];

fn not_permitted(stage: &Stage) {
    stage.standard();
    resettle(stage, "overrides: [name, jump_group, jump_policy, tag, comments]", "overrides: [tag]");
    stage.inventory(
        &["jc_platform: linux_headless", "jc_user: jumpclient", "jc_tag: web", "jc_comments: none of these"],
        |_, _| String::new(),
    );
    let text = std::fs::read_to_string(stage.path().join("inventory.yaml")).expect("the inventory");
    let line = 1 + text.lines().position(|line| line.contains("jc_comments")).expect("the line");
    for command in [&["plan", "-i", "inventory.yaml"][..], &["rollout", "-i", "inventory.yaml", "--yes"]] {
        let refused = stage.jumpfleet(command).expect(2);
        let place = format!("inventory.yaml:{line}:5: ");
        let other = format!("inventory.yaml:{line}:18: ");
        assert!(refused.stderr.contains(&place) || refused.stderr.contains(&other), "{}", refused.stderr);
        assert!(
            refused.stderr.contains("jc_comments") && !refused.stderr.contains("jc_tag"),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("Allow Override During Installation"), "{}", refused.stderr);
    }
    untouched(stage, &stage.hosts[0]);
}

fn lying_release(stage: &Stage) {
    stage.standard();
    let rest = ["--product", "bomgar-pec", "--uid", KEY, "--expires", "2035-01-01T00:00:00Z"];
    for mode in ["headless", "service"] {
        stage.build(
            &format!("installers/{mode}"),
            &[&rest[..], &["--overrides", "tag", "--mode", mode]].concat(),
        );
    }
    stage.inventory(&["jc_comments: hello"], |index, _| match index {
        0 => "jc_platform: linux_headless, jc_user: jumpclient".to_owned(),
        _ => "jc_platform: linux_service".to_owned(),
    });
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "failed/install/override_refused");
        assert_eq!(record(&report, host)["status"], 1);
        assert!(record(&report, host)["tail"].as_str().is_some_and(|tail| tail.contains("--jc-comments")));
        tried_and_swept(stage, host);
    }
}

fn renamed(stage: &Stage) {
    stage.standard();
    stage.headless();
    let installers = stage.path().join("installers/headless");
    let original = installers.join(format!("bomgar-pec-{KEY}.bin"));
    std::fs::rename(&original, installers.join("jumpclient.bin")).expect("a renamed file");
    resettle(stage, "headless/bomgar-pec-*.bin", "headless/jumpclient.bin");
    let refused = stage.rollout(&[]).expect(2);
    assert!(refused.stderr.contains("no key in its file name"), "{}", refused.stderr);
    untouched(stage, &stage.hosts[0]);

    // A star lets the person say that the key is in there; the installer knows better.
    std::fs::rename(installers.join("jumpclient.bin"), installers.join(format!("client-{KEY}.bin")))
        .expect("a file");
    resettle(stage, "headless/jumpclient.bin", "headless/client-*.bin");
    stage.rollout(&[]).expect(3);
    ended(&stage.report(), &stage.hosts[0], "failed/install/key_missing");
    tried_and_swept(stage, &stage.hosts[0]);
}

fn expired(stage: &Stage) {
    stage.standard();
    stage.headless();
    let old = ["--product", "bomgar-pec", "--uid", KEY, "--expires", "2024-01-01T00:00:00Z"];
    stage.build("installers/headless", &old);
    replace(stage, "jumpfleet.yaml", "expires: 2035-01-01T00:00:00Z", "expires: 2024-01-01T00:00:00Z");
    let shown = stage.jumpfleet(&["plan", "-i", "inventory.yaml"]).expect(2);
    assert!(shown.stdout.contains("expired at 2024-01-01T00:00:00Z"), "{}", shown.stdout);
    let refused = stage.rollout(&[]).expect(2);
    assert!(refused.stderr.contains("expired at 2024-01-01T00:00:00Z"), "{}", refused.stderr);
    untouched(stage, &stage.hosts[0]);

    replace(stage, "jumpfleet.yaml", "expires: 2024-01-01T00:00:00Z", "expires: 2035-01-01T00:00:00Z");
    stage.rollout(&[]).expect(3);
    ended(&stage.report(), &stage.hosts[0], "failed/install/installer_expired");
    tried_and_swept(stage, &stage.hosts[0]);
}

fn expires_in_between(stage: &Stage) {
    stage.standard();
    stage.headless();
    let host = &stage.hosts[0];
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(25);
    let expires = expires.round(jiff::Unit::Second).expect("a moment");
    stage.build(
        "installers/headless",
        &["--product", "bomgar-pec", "--uid", KEY, "--expires", &expires.to_string()],
    );
    // A service manager that is busy until then.
    let late = expires.as_second() + 1;
    let slow = format!(
        "cat >/usr/local/sbin/systemctl <<'END'\n#!/bin/sh\n\
         [ \"$1\" != daemon-reload ] || while [ \"$(date +%s)\" -lt {late} ]; do sleep 0.2; done\n\
         exec /usr/bin/systemctl \"$@\"\nEND\nchmod 0755 /usr/local/sbin/systemctl"
    );
    run(stage, host, &slow);
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    ended(&report, host, "failed/start/installer_expired");
    assert_eq!(record(&report, host)["status"], 0, "the installer itself succeeded");
    assert_eq!((stage.starts(host).len(), stage.clients(host)), (1, 0));
}

fn failing(stage: &Stage) {
    stage.standard();
    resettle(stage, "rollout: {", "rollout: {install_deadline: 60s, ");
    stage.inventory(&["jc_tag: web"], |index, _| match index {
        4 | 5 => "jc_platform: linux_service".to_owned(),
        _ => "jc_platform: linux_headless, jc_user: jumpclient".to_owned(),
    });
    let kinds = ["exit=7", "lie=1", "partial=1", "deny=tag", "exit=7", "partial=1"];
    for (host, kind) in stage.hosts.iter().zip(kinds) {
        behave(stage, host, kind);
    }
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    let ends = [
        "failed/install/installer_failed",
        "failed/verify/nothing_installed",
        "failed/install/installer_failed",
        "failed/install/override_refused",
        "failed/install/installer_failed",
        "failed/install/installer_failed",
    ];
    for (index, (host, end)) in stage.hosts.iter().zip(ends).enumerate() {
        ended(&report, host, end);
        assert_eq!(record(&report, host)["status"], [7, 0, 1, 1, 7, 1][index]);
        tried_and_swept(stage, host);
    }
    assert!(detail(&report, &stage.hosts[0]).contains("exit code 7"), "{}", detail(&report, &stage.hosts[0]));
    // What failed can be rolled out again once its cause is gone, and is not taken for a client.
    for host in &stage.hosts {
        behave(stage, host, "''");
        run(stage, host, ": >/var/lib/jump-client-stand-in/starts");
    }
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "installed");
        has_its_client(stage, host);
    }
}

fn dying(stage: &Stage) {
    stage.standard();
    stage.headless();
    let host = &stage.hosts[0];
    behave(stage, host, "dies=1");
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    ended(&report, host, "failed/verify/not_running");
    assert!(detail(&report, host).contains("process"), "{}", detail(&report, host));
    assert_eq!((stage.starts(host).len(), stage.clients(host)), (1, 0));
    assert!(
        !traces(stage, host).iter().any(|trace| trace.contains("/var/tmp/")),
        "{:?}",
        traces(stage, host)
    );
    assert!(
        !traces(stage, host).iter().any(|trace| trace.contains("PRAJumpClient")),
        "marked: {:?}",
        traces(stage, host)
    );
    // What it left is a trace, so the host is left alone, and that no client runs is said aloud.
    let again = stage.rollout(&[]).expect(0);
    assert!(again.stdout.starts_with("LOOK AT 1 of 1 host:"), "{}", again.stdout);
    let report = stage.report();
    ended(&report, host, "already_present/install_directory");
    assert_eq!(record(&report, host)["running"], false);
}

fn hanging(stage: &Stage) {
    stage.standard_with(crate::fleet::SITE, "install_deadline: 4s");
    stage.headless();
    let host = &stage.hosts[0];
    behave(stage, host, "hang=1");
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    ended(&report, host, "failed/install/timeout");
    assert!(detail(&report, host).contains("it was ended"), "{}", detail(&report, host));
    tried_and_swept(stage, host);
    assert_eq!(run(stage, host, "pgrep -x sleep; true"), "", "nothing of it runs");
}

fn unfit(stage: &Stage) {
    stage.standard();
    resettle(
        stage,
        "linux_headless: installers",
        "raspberry_pi: installers/headless/bomgar-pec-*.bin\n      linux_headless: installers",
    );
    stage.inventory(&[], |index, _| {
        let kinds = [
            "jc_platform: raspberry_pi, jc_user: jumpclient",
            "jc_platform: linux_headless, jc_user: nobody-has-this",
            "jc_platform: linux_headless, ansible_user: root, ansible_become: false, jc_user: jumpclient",
            "jc_platform: linux_headless, ansible_user: plain, ansible_become: false, jc_boot: none, \
             jc_install_dir: /opt/plain",
        ];
        kinds[index].to_owned()
    });
    // The account whose name is missing everywhere: here `root` is who runs jumpfleet.
    let text = std::fs::read_to_string(stage.path().join("inventory.yaml")).expect("the inventory");
    let third =
        text.lines().find(|line| line.contains("ansible_user: root")).expect("the third host").to_owned();
    let nameless =
        third.replace("ansible_user: root", "ansible_user: null").replace(", jc_user: jumpclient", "");
    let nameless = nameless.replace('}', ", jc_install_dir: /opt/own, jc_boot: none}");
    stage.write("inventory.yaml", &text.replace(&third, &nameless));
    let rolled = stage.command(&["rollout", "-i", "inventory.yaml", "--yes"]).env("LOGNAME", "root").output();
    crate::fleet::Done::from(rolled.expect("a rollout")).expect(3);
    let report = stage.report();
    for (host, word) in stage.hosts.iter().zip(["ARM", "jc_user", "ansible_user: root", "written to"]) {
        ended(&report, host, "failed/probe/unfit");
        assert!(detail(&report, host).contains(word), "{}", detail(&report, host));
        untouched(stage, host);
    }
    // What no host could do is refused before any host is asked.
    stage.inventory(&["jc_platform: linux_service", "ansible_become: false"], |_, _| String::new());
    let refused = stage.rollout(&[]).expect(2);
    assert!(refused.stderr.contains("ansible_become: true"), "{}", refused.stderr);
}

fn full(stage: &Stage) {
    stage.standard();
    stage.build(
        "installers/headless",
        &["--product", "bomgar-pec", "--uid", KEY, "--expires", "2035-01-01T00:00:00Z", "--size", "24000000"],
    );
    stage.headless();
    run(stage, &stage.hosts[0], "mount -t tmpfs -o size=64k,mode=1777 tmpfs /var/tmp");
    run(stage, &stage.hosts[1], "mount -t tmpfs -o size=20m,mode=1777 tmpfs /var/tmp");
    // Room enough, but no place for one more file.
    run(stage, &stage.hosts[2], "mount -t tmpfs -o size=64m,nr_inodes=2 tmpfs /opt");
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    let ends = ["failed/probe/disk_full", "failed/stage/disk_full", "failed/install/disk_full"];
    for (host, end) in stage.hosts.iter().zip(ends) {
        ended(&report, host, end);
        assert_eq!(traces(stage, host), Vec::<String>::new(), "{host}");
        assert_eq!(run(stage, host, "ls -A /var/tmp | grep -v ^systemd-; true"), "", "{host}");
    }
    let starts = stage.hosts.iter().map(|host| stage.starts(host).len());
    assert_eq!(starts.collect::<Vec<_>>(), [0, 0, 1]);
}
