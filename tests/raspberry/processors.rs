//! Is an installer for other processors refused before it is started?

use serde_json::Value;

use crate::cycle::{pis, settle};
use crate::fleet::{KEY, Stage, Test};
use crate::scene::{detail, ended, untouched};

pub const TESTS: &[Test] = &[
    ("an_installer_for_other_processors_is_no_plan", 1, other_file),
    ("a_host_with_other_processors_is_left_alone", 1, other_host),
    ("a_host_without_the_loader_is_left_alone", 1, other_width),
    ("what_a_pi_is_stands_in_the_journal", 1, facts),
];

fn other_file(stage: &Stage) {
    pis(stage, "init");
    // What the file's name does not tell, the program in it does.
    for (product, file) in [("sra-pin", "sra-pin-linux_x86_64-*.bin"), ("bomgar-pec", "bomgar-pec-*.bin")] {
        settle(stage, product, &format!("installers/{file}"), &["--arch", "x86_64"]);
        let done = stage.rollout(&[]).expect(2);
        for word in [
            "jumpfleet.yaml:8:",
            "is for Intel processors (x86_64), and raspberry_pi is for ARM",
            "name the file that the site gives out",
        ] {
            assert!(done.stderr.contains(word), "{word}: {done:?}");
        }
        assert!(!done.stderr.contains(KEY), "{done:?}");
    }
    untouched(stage, &stage.hosts[0]);
}

/// Asserts that a plan warns of the host and a rollout does nothing to it, both with these words.
fn refused(stage: &Stage, words: &[&str]) {
    let host = stage.hosts[0].as_str();
    let plan = stage.jumpfleet(&["plan", "-i", "inventory.yaml", "--probe"]).expect(0).stdout;
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    ended(&report, host, "failed/probe/unfit");
    for word in words {
        assert!(plan.contains(word) && plan.contains("[hosts_unfit]"), "{word}: {plan}");
        assert!(detail(&report, host).contains(word), "{word}: {report:#}");
    }
    untouched(stage, host);
}

fn other_host(stage: &Stage) {
    settle(stage, "bomgar-pec", "installers/bomgar-pec-*.bin", &["--arch", "x86_64"]);
    stage.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient", "jc_boot: init"], |_, _| {
        String::new()
    });
    refused(stage, &["`aarch64`, it is a Raspberry Pi 4", "write `jc_platform: raspberry_pi`"]);
}

fn other_width(stage: &Stage) {
    settle(stage, "bomgar-pec", "installers/bomgar-pec-*.bin", &["--arch", "armhf"]);
    pis(stage, "init");
    refused(stage, &["the installer is for arm and the system on the host starts programs for arm64 only"]);
}

fn facts(stage: &Stage) {
    settle(stage, "bomgar-pec", "installers/bomgar-pec-*.bin", &[]);
    pis(stage, "init");
    let plan = stage.jumpfleet(&["plan", "-i", "inventory.yaml", "--probe", "--format", "json"]).expect(0);
    let plan: Value = serde_json::from_str(&plan.stdout).expect("a plan");
    let facts = &plan["hosts"][0]["observation"]["facts"];
    assert_eq!(facts["arch"], "aarch64");
    assert_eq!(facts["loaders"], "arm64");
    assert_eq!(facts["model"], "Raspberry Pi 4 Model B Rev 1.5");
    assert_eq!(facts["os"], "Linux");
    assert!(facts["distribution"].as_str().is_some_and(|name| name.starts_with("debian ")), "{facts}");
    assert!(plan["installers"][0].get("architecture").is_none(), "nothing tells it");
}
