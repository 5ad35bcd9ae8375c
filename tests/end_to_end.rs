//! Does the main job work on real hosts?
use std::process::ExitCode;

mod fleet;
use fleet::{Stage, Test};

fn main() -> ExitCode {
    fleet::run("e2e", false, TESTS)
}

const TESTS: &[Test] = &[("installs_and_survives_a_reboot", 2, installs_and_survives_a_reboot)];

fn installs_and_survives_a_reboot(stage: &Stage) {
    stage.standard();
    stage.inventory(&["jc_tag: web"], |index, _| match index {
        0 => "jc_platform: linux_headless, jc_user: jumpclient".to_owned(),
        _ => "jc_platform: linux_service".to_owned(),
    });
    stage.rollout(&[]).expect(0);
    for host in &stage.hosts {
        assert_eq!(stage.clients(host), 1, "{host}");
        assert!(stage.fleet.lab(&["reboot", host]).status.success());
        assert_eq!(stage.clients(host), 1, "{host} after the reboot");
        assert_eq!(stage.starts(host).len(), 1);
    }
}
