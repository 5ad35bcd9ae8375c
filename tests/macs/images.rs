//! What becomes of a disk image that is read for long, busy, quarantined, or whose installer fails?

use crate::fleet::{Stage, Test};
use crate::scene::{behave, detail, ended, record, run};
use crate::{left, standard};

pub const TESTS: &[Test] = &[
    ("an_image_stays_open_as_long_as_it_is_read", 1, read_for_long),
    ("an_installer_that_hangs_is_ended_and_its_image_closed", 1, given_up),
    ("an_image_that_is_busy_is_tried_again", 2, busy),
    ("a_quarantined_image_is_freed_or_it_is_told", 2, quarantined),
    ("an_installer_that_fails_leaves_nothing", 3, failing),
    ("a_client_that_never_comes_is_no_success", 1, nothing_comes),
];

/// Longer than the 15 s of the guide.
fn read_for_long(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    behave(stage, &stage.hosts[0], "sleep=18");
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), &stage.hosts[0], "installed");
    stage.assert_heard_before(18.0);
    assert_eq!(run(stage, &stage.hosts[0], "hdiutil info; ls -A /var/tmp"), "");
}

fn given_up(stage: &Stage) {
    standard(stage, ", install_deadline: 5s", |_, _| String::new());
    behave(stage, &stage.hosts[0], "sleep=300");
    stage.rollout(&[]).expect(3);
    ended(&stage.report(), &stage.hosts[0], "failed/install/timeout");
    assert_eq!(left(stage, &stage.hosts[0]), "");
}

fn busy(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    for (host, times) in stage.hosts.iter().zip([2, 9]) {
        run(stage, host, &format!("echo attach_busy={times} >>/etc/mac-stand-in"));
    }
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    ended(&report, &stage.hosts[0], "installed");
    ended(&report, &stage.hosts[1], "failed/install/installer_failed");
    let tail = record(&report, &stage.hosts[1])["tail"].as_str().unwrap_or_default().to_owned();
    assert!(tail.contains("Resource temporarily unavailable"), "{tail}");
    assert_eq!(left(stage, &stage.hosts[1]), "");
    assert!(stage.starts(&stage.hosts[1]).is_empty());
}

/// Marks what is staged as soon as it begins to arrive.
const MARK: &str = "cat >/tmp/mark <<'END'
import glob, os, time
while True:
    for path in glob.glob('/var/tmp/jumpfleet-*/**', recursive=True, include_hidden=True):
        if os.path.isfile(path):
            os.setxattr(path, 'user.com.apple.quarantine', b'0081;0;Safari;')
            raise SystemExit
    time.sleep(0.005)
END
nohup python3 /tmp/mark </dev/null >/dev/null 2>&1 &";

fn quarantined(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    for host in &stage.hosts {
        run(stage, host, MARK);
    }
    run(stage, &stage.hosts[1], "echo xattr_locked=1 >>/etc/mac-stand-in");
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    for host in &stage.hosts {
        let running = run(stage, host, "ps -A -ww -o pid= -o command=");
        assert!(!running.contains("/tmp/mark"), "nothing was marked: {running}");
    }
    ended(&report, &stage.hosts[0], "installed");
    ended(&report, &stage.hosts[1], "failed/install/installer_failed");
    let tail = record(&report, &stage.hosts[1])["tail"].as_str().unwrap_or_default().to_owned();
    assert!(tail.contains("the disk image is quarantined, and its mark cannot be removed"), "{tail}");
    assert_eq!(left(stage, &stage.hosts[1]), "");
}

fn failing(stage: &Stage) {
    standard(stage, "", |index, _| if index == 1 { "jc_tag: x".to_owned() } else { String::new() });
    behave(stage, &stage.hosts[0], "exit=7");
    behave(stage, &stage.hosts[1], "deny=tag");
    run(stage, &stage.hosts[2], "printf '#!/bin/sh\\nexit 1\\n' >/usr/bin/hdiutil");
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    ended(&report, &stage.hosts[0], "failed/install/installer_failed");
    assert!(detail(&report, &stage.hosts[0]).contains("exit code 7"));
    ended(&report, &stage.hosts[1], "failed/install/override_refused");
    ended(&report, &stage.hosts[2], "failed/install/installer_failed");
    for host in &stage.hosts {
        assert_eq!(left(stage, host), "", "{host}");
    }
}

fn nothing_comes(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    behave(stage, &stage.hosts[0], "lie=1");
    // Not a minute of real time.
    run(
        stage,
        &stage.hosts[0],
        "printf '#!/bin/dash\\nexit 0\\n' >/usr/local/bin/sleep; chmod 755 /usr/local/bin/sleep",
    );
    stage.rollout(&[]).expect(3);
    ended(&stage.report(), &stage.hosts[0], "failed/verify/nothing_installed");
    assert_eq!(left(stage, &stage.hosts[0]), "");
}
