//! What if a host goes down in the middle of its own install?

use std::process::{Child, ExitCode};
use std::thread::sleep;
use std::time::{Duration, Instant};

#[path = "../fleet/mod.rs"]
mod fleet;

use fleet::{Done, Stage, Test};

fn main() -> ExitCode {
    fleet::run("reboot", false, TESTS)
}

const TESTS: &[Test] = &[
    ("a_reboot_in_the_middle_of_the_install", 2, a_reboot_in_the_middle_of_the_install),
    ("sshd_killed_in_the_middle_of_the_install", 2, sshd_killed_in_the_middle_of_the_install),
    ("a_reboot_while_nobody_looks", 2, a_reboot_while_nobody_looks),
];

/// How long anything may take that is waited for, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(90);

fn prepare(stage: &Stage, lasts: &str) {
    stage.standard();
    stage.inventory(&[], |index, _| match index {
        0 => "jc_platform: linux_headless, jc_user: jumpclient".to_owned(),
        _ => "jc_platform: linux_service".to_owned(),
    });
    for host in &stage.hosts {
        stage.on(host, &format!("echo sleep={lasts} >/etc/jump-client-stand-in")).expect(0);
    }
}

/// A rollout whose installers all run, for so many seconds.
fn begin(stage: &Stage, lasts: &str) -> Child {
    prepare(stage, lasts);
    let child = stage.start(&["rollout", "-i", "inventory.yaml", "--yes"]);
    let give_up = Instant::now() + PATIENCE;
    while !stage.hosts.iter().all(|host| stage.starts(host).len() == 1) {
        assert!(Instant::now() < give_up, "the installers did not begin");
        sleep(Duration::from_millis(50));
    }
    child
}

fn end(stage: &Stage, mut child: Child) -> Done {
    let code = child.wait().expect("the program's end").code();
    let read = |name: &str| std::fs::read_to_string(stage.path().join(name)).expect("its output");
    Done { code, stdout: read("stdout"), stderr: read("stderr") }
}

/// A reboot ends the installer, so nothing is installed twice when another start follows; each start
/// is a permit.
fn a_reboot_in_the_middle_of_the_install(stage: &Stage) {
    let child = begin(stage, "120");
    reboot_all(stage);
    let done = end(stage, child).expect(0);
    assert!(done.stdout.contains("ALL GOOD"), "{}", done.stdout);
    check_interrupted(stage);
}

fn a_reboot_while_nobody_looks(stage: &Stage) {
    let mut child = begin(stage, "120");
    child.kill().expect("the program can be killed");
    child.wait().expect("the program's end");
    reboot_all(stage);
    stage.jumpfleet(&["rollout", "--resume"]).expect(0);
    check_interrupted(stage);
}

fn reboot_all(stage: &Stage) {
    for host in &stage.hosts {
        stage.on(host, "echo sleep=1 >/etc/jump-client-stand-in").expect(0);
        assert!(stage.fleet.lab(&["reboot", host]).status.success(), "{host} did not come back");
    }
}

/// The first start was ended by the reboot, the second one installed.
fn check_interrupted(stage: &Stage) {
    for host in &stage.hosts {
        assert_eq!(stage.starts(host).len(), 2, "{host}");
        let ends = stage.on(host, "grep -c ' 0$' /var/lib/jump-client-stand-in/ends").stdout;
        assert_eq!(ends.trim(), "1", "installers that came to their end on {host}");
    }
    check_clients(stage);
    assert_eq!(stage.report()["summary"]["starts"], 4);
}

fn sshd_killed_in_the_middle_of_the_install(stage: &Stage) {
    let child = begin(stage, "6");
    for host in &stage.hosts {
        stage.on(host, "pkill -KILL -x sshd; pkill -KILL -x sshd-session; systemctl restart ssh").expect(0);
    }
    let done = end(stage, child).expect(0);
    assert!(done.stdout.contains("ALL GOOD"), "{}", done.stdout);
    for host in &stage.hosts {
        assert_eq!(stage.starts(host).len(), 1, "{host}");
    }
    check_clients(stage);
}

fn check_clients(stage: &Stage) {
    for host in &stage.hosts {
        assert_eq!(stage.clients(host), 1, "clients on {host}");
        let left = stage.on(host, "ls -d /var/tmp/jumpfleet-* 2>/dev/null || true").stdout;
        assert_eq!(left, "", "{host}");
    }
}
