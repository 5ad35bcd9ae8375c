//! Are clients installed, proved, verified and removed?

use std::sync::Arc;

use crate::fleet::{KEY, Stage, Test};
use crate::scene::{self, ends, inventory, one, record, standard};

pub const TESTS: &[Test] = &[
    ("both_installers_leave_clients_that_are_verified_and_removed", 2, both_installers),
    ("powershell_hears_the_same_lines", 1, powershell),
    ("a_restart_that_is_wanted_is_told_everywhere", 1, restart),
    ("a_client_that_does_not_run_before_a_restart_is_told_of_with_it", 1, restart_first),
    ("linux_and_windows_share_one_rollout", 2, mixed),
];

fn both_installers(stage: &Stage) {
    standard(stage);
    inventory(stage, |index, _| match index {
        0 => r"jc_install_dir: 'C:\Tools\Jump & Client'".to_owned(),
        _ => "jc_platform: windows_exe".to_owned(),
    });
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        assert_eq!(scene::end(&report, host), "installed", "{:#}", record(&report, host));
        assert_eq!(scene::starts(stage, host), 1);
        assert_eq!(scene::left(stage, host), Vec::<String>::new());
    }
    assert_eq!(record(&report, &stage.hosts[0])["directory"], r"C:\Tools\Jump & Client");
    let verified = stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0);
    assert!(verified.stdout.starts_with("AS PLANNED: 2 hosts\n"), "{}", verified.stdout);
    stage.rollout(&[]).expect(0);
    let again = stage.report();
    for host in &stage.hosts {
        assert!(scene::end(&again, host).starts_with("already_present/"), "{:#}", record(&again, host));
        assert_eq!(scene::starts(stage, host), 1);
    }
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    let removed = stage.report();
    for host in &stage.hosts {
        assert_eq!(scene::end(&removed, host), "removed", "{:#}", record(&removed, host));
        let drive = scene::drive(stage, host);
        assert!(!drive.join("ProgramData/jumpfleet/PRAJumpClient.txt").exists());
        assert_eq!(scene::left(stage, host), Vec::<String>::new());
    }
}

fn powershell(stage: &Stage) {
    let host = one(stage);
    let shell = r"C:\windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    let set = ["reg", "add", r"HKLM\SOFTWARE\OpenSSH", "/v", "DefaultShell", "/d", shell, "/f"];
    scene::run(stage, &host, &set);
    ends(stage, &[], 0, "installed");
}

fn restart(stage: &Stage) {
    let host = one(stage);
    scene::behave(stage, &host, "after=3010\nsleep=9");
    let report = ends(stage, &[], 0, "installed");
    stage.assert_heard_before(9.0);
    assert_eq!(record(&report, &host)["notes"], serde_json::json!(["restart_pending"]));
    assert_eq!(record(&report, &host)["status"], 3010);
    let said = |format: &str| stage.jumpfleet(&["report", "latest", "--format", format]).expect(0).stdout;
    assert!(said("text").contains("\nRESTART PENDING: 1 host\n"), "{}", said("text"));
    for (format, word) in [
        ("markdown", "restart pending"),
        ("html", "restart pending"),
        ("junit", "restart pending"),
        ("csv", "restart_pending"),
    ] {
        assert!(said(format).contains(word), "{format}: {}", said(format));
    }
    let manager = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager";
    let name = "PendingFileRenameOperations";
    scene::run(stage, &host, &["reg", "add", manager, "/v", name, "/t", "REG_MULTI_SZ", "/d", "x", "/f"]);
    let verified = stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0);
    assert!(verified.stdout.contains("restart pending"), "{}", verified.stdout);
}

/// It says that all is well, and nobody can prove it before the restart.
fn restart_first(stage: &Stage) {
    let host = one(stage);
    scene::behave(stage, &host, "after=3010\ndies=1");
    let report = ends(stage, &[], 3, "failed/verify/not_running");
    let detail = record(&report, &host)["detail"].as_str().unwrap();
    assert!(
        detail.ends_with("; its installer asks for a restart of the host, which may bring it up"),
        "{detail}"
    );
    assert_eq!(record(&report, &host)["status"], 3010);
}

fn mixed(stage: &Stage) {
    let hosts = [vec!["h001".to_owned(), "h002".to_owned()], stage.hosts.clone()].concat();
    let stage = &Stage::new(Arc::clone(&stage.fleet), hosts).sharing(&stage.permits());
    standard(stage);
    stage.build(
        "linux",
        &["--product", "bomgar-pec", "--uid", KEY, "--expires", "2035-01-01T00:00:00Z", "--overrides", "tag"],
    );
    let settings = std::fs::read_to_string(stage.path().join("jumpfleet.yaml")).unwrap();
    let files = "    files:\n      linux_headless: linux/bomgar-pec-*.bin\n";
    stage.write("jumpfleet.yaml", &settings.replacen("    files:\n", files, 1));
    inventory(stage, |_, name| match name.starts_with('h') {
        true => {
            "jc_platform: linux_headless, jc_user: jumpclient, jc_boot: none, ansible_become: true".to_owned()
        }
        false => String::new(),
    });
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        assert_eq!(scene::end(&report, host), "installed", "{:#}", record(&report, host));
    }
    // One limiter: no two of the four starts are closer than the rate's interval.
    let mut begun: Vec<jiff::Timestamp> = stage
        .hosts
        .iter()
        .map(|host| record(&report, host)["install_started"].as_str().unwrap().parse().unwrap())
        .collect();
    begun.sort();
    let gaps = begun.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_millis());
    assert!(gaps.clone().all(|gap| gap >= 900), "{:?}", gaps.collect::<Vec<_>>());
}
