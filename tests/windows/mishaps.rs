//! What becomes of a Windows host on which something goes wrong?

use std::fs;

use crate::fleet::{KEY, Stage, Test};
use crate::scene::{self, behave, ends, one, record};

pub const TESTS: &[Test] = &[
    ("a_package_that_hangs_is_left_to_windows_installer_and_told_of", 1, package_hangs),
    ("an_installer_outlives_a_lost_connection", 1, lost),
    ("a_host_that_its_installer_restarts_is_waited_for", 1, restarts),
    ("a_host_that_does_not_come_back_in_time_is_unknown", 1, stays_away),
    ("a_removal_outlives_a_lost_connection", 1, lost_removal),
    ("no_file_with_the_key_stays_where_nobody_comes_back", 1, no_secret_stays),
    ("another_installation_is_waited_for", 1, busy),
    ("a_failure_is_explained_by_its_log", 1, explained),
    ("an_installer_that_did_nothing_is_tried_once_more", 1, orphan),
    ("what_a_failed_try_left_is_told_apart_and_cleaned_when_asked", 1, left_over),
    ("the_vendors_folder_alone_is_a_left_over_too", 1, vendors_folder),
    ("an_installer_that_hangs_is_ended", 1, hangs),
];

fn lost(stage: &Stage) {
    let host = one(stage);
    behave(stage, &host, "sleep=6");
    let mut rollout = stage.start(&["rollout", "-i", "inventory.yaml", "--yes"]);
    scene::until(60, "an installer starts", || scene::starts(stage, &host) > 0);
    stage.lab("cut", &host);
    std::thread::sleep(std::time::Duration::from_secs(1));
    stage.fleet.lab(&["exec", &host, "taskkill", "/f", "/im", "session.exe"]);
    stage.lab("mend", &host);
    let ended = rollout.wait().unwrap();
    assert_eq!(ended.code(), Some(0), "{}", fs::read_to_string(stage.path().join("stderr")).unwrap());
    assert_eq!(scene::end(&stage.report(), &host), "installed");
    assert_eq!(scene::starts(stage, &host), 1);
}

fn lost_removal(stage: &Stage) {
    let host = one(stage);
    scene::inventory(stage, |_, _| "jc_platform: windows_exe".to_owned());
    ends(stage, &[], 0, "installed");
    behave(stage, &host, "uninstall=6");
    let mut removal = stage.start(&["uninstall", "-i", "inventory.yaml", "--yes"]);
    let notes = || {
        let path = scene::changed(stage, &host).join("ProgramData/jump-client-stand-in/installer.log");
        fs::read_to_string(path).unwrap_or_default()
    };
    scene::until(60, "the removal starts", || notes().contains("uninstalling"));
    stage.lab("cut", &host);
    std::thread::sleep(std::time::Duration::from_secs(1));
    stage.fleet.lab(&["exec", &host, "taskkill", "/f", "/im", "session.exe"]);
    stage.lab("mend", &host);
    let ended = removal.wait().unwrap();
    assert_eq!(ended.code(), Some(0), "{}", fs::read_to_string(stage.path().join("stderr")).unwrap());
    assert_eq!(scene::end(&stage.report(), &host), "removed");
    // The one that was started came to its end, and no other was begun.
    assert_eq!(notes().matches(" uninstalling").count(), 1, "{}", notes());
    assert_eq!(notes().matches(" uninstalled").count(), 1, "{}", notes());
    assert_eq!(scene::left(stage, &host), Vec::<String>::new());
}

fn no_secret_stays(stage: &Stage) {
    let host = one(stage);
    behave(stage, &host, "sleep=4");
    let mut rollout = stage.start(&["rollout", "-i", "inventory.yaml", "--yes"]);
    scene::until(60, "an installer starts", || scene::starts(stage, &host) > 0);
    // Nobody comes back: what the job itself does not take away stays.
    rollout.kill().unwrap();
    rollout.wait().unwrap();
    let temp = scene::changed(stage, &host).join("windows/temp");
    scene::until(60, "the job ends", || scene::holds(&temp, "install.rc"));
    scene::until(10, "its file goes", || !scene::holds(&temp, "install.cmd"));
    for folder in fs::read_dir(&temp).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(folder.path()).unwrap().flatten() {
            let bytes = fs::read(file.path()).unwrap();
            let text = format!(
                "{}{}",
                String::from_utf8_lossy(&bytes),
                String::from_utf8_lossy(&bytes).replace('\0', "")
            );
            assert!(!text.contains(KEY), "{:?} holds the key", file.path());
        }
    }
}

/// The installer restarts the host, which stays away for longer than a lost host was waited for.
fn restarted(stage: &Stage, limit: &str) -> crate::fleet::Done {
    let host = one(stage);
    let settings = fs::read_to_string(stage.path().join("jumpfleet.yaml")).unwrap();
    let limits = format!("expected_install: 5s, connect_deadline: 3s, restart_deadline: {limit}");
    stage.write("jumpfleet.yaml", &settings.replace("expected_install: 5s", &limits));
    behave(stage, &host, "restart=1");
    let mut rollout = stage.start(&["rollout", "-i", "inventory.yaml", "--yes"]);
    let staging = scene::changed(stage, &host).join("windows/temp");
    scene::until(60, "the installer ends", || scene::holds(&staging, "install.rc"));
    let up = || stage.fleet.lab(&["root", &host]).stdout;
    let before = up();
    scene::until(90, "the host goes down", || up() != before);
    scene::until(10, "its cable is pulled", || stage.fleet.lab(&["cut", &host]).status.success());
    let said = |name: &str| fs::read_to_string(stage.path().join(name)).unwrap();
    scene::until(30, "it is told that the host is lost", || said("stderr").contains(": lost: "));
    std::thread::sleep(std::time::Duration::from_secs(10));
    // A limit that is over by now must have ended the visit while nobody answered.
    let early = rollout.try_wait().unwrap();
    assert_eq!(early.is_some(), limit == "3s", "{}", said("stderr"));
    stage.lab("mend", &host);
    let ended = rollout.wait().unwrap();
    crate::fleet::Done { code: ended.code(), stdout: said("stdout"), stderr: said("stderr") }
}

fn restarts(stage: &Stage) {
    let done = restarted(stage, "2m").expect(0);
    assert!(done.stderr.contains("waited for up to 120 s, for it may be restarting"), "{}", done.stderr);
    let (host, report) = (&stage.hosts[0], stage.report());
    assert_eq!(scene::end(&report, host), "installed");
    assert_eq!(record(&report, host)["notes"], serde_json::json!(["restart_pending"]));
    assert_eq!(scene::starts(stage, host), 1);
    assert_eq!(scene::left(stage, host), Vec::<String>::new());
}

fn stays_away(stage: &Stage) {
    let done = restarted(stage, "3s").expect(3);
    assert!(done.stderr.contains("waited for up to 3 s"), "{}", done.stderr);
    let end = scene::end(&stage.report(), &stage.hosts[0]);
    assert!(end.starts_with("unknown/"), "{end}");
    // Whoever looks again finds it installed.
    stage.jumpfleet(&["rollout", "--resume", "latest", "--yes"]).expect(0);
    assert_eq!(scene::end(&stage.report(), &stage.hosts[0]), "installed");
}

fn busy(stage: &Stage) {
    let host = one(stage);
    behave(stage, &host, "busy=1");
    let report = ends(stage, &[], 0, "installed");
    assert_eq!(record(&report, &host)["attempts"], 2);
    assert_eq!(scene::starts(stage, &host), 2);
}

fn explained(stage: &Stage) {
    let host = one(stage);
    behave(stage, &host, "exit=1603\ncause=The host is too old.");
    let report = ends(stage, &[], 3, "failed/install/installer_failed");
    let detail = record(&report, &host)["detail"].as_str().unwrap();
    assert!(detail.contains("exit code 1603: a fatal error"), "{detail}");
    assert!(detail.contains("its log says `The host is too old.`"), "{detail}");
    let tail = record(&report, &host)["tail"].as_str().unwrap();
    assert!(tail.contains("Return value 3") && !tail.contains(KEY), "{tail}");
}

fn orphan(stage: &Stage) {
    let host = one(stage);
    behave(stage, &host, "orphan=1");
    let report = ends(stage, &[], 0, "installed");
    assert_eq!(record(&report, &host)["attempts"], 2);
}

fn left_over(stage: &Stage) {
    let host = one(stage);
    scene::inventory(stage, |_, _| r"jc_install_dir: 'C:\Jump'".to_owned());
    behave(stage, &host, "partial=1");
    ends(stage, &[], 3, "failed/install/installer_failed");
    behave(stage, &host, "");
    ends(stage, &[], 3, "failed/probe/left_over");
    assert!(scene::drive(stage, &host).join("Jump").exists());
    // What is not the client's stays, and with it the rest.
    let foreign = scene::drive(stage, &host).join("Jump/payroll & more.txt");
    fs::write(&foreign, "mine").unwrap();
    let report = ends(stage, &["--clean-left-overs"], 3, "failed/stage/command_failed");
    let record = format!("{}", record(&report, &host));
    assert!(record.contains("holds what may be somebody else's"), "{record}");
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "mine");
    fs::remove_file(&foreign).unwrap();
    // What `jumpfleet proxy` left beside the settings is the client's.
    for copy in ["settings.ini.jumpfleet-backup", "settings.ini.jumpfleet-backup.1"] {
        fs::write(foreign.with_file_name(copy), "").unwrap();
    }
    ends(stage, &["--clean-left-overs"], 0, "installed");
}

fn vendors_folder(stage: &Stage) {
    let host = one(stage);
    let folder = scene::drive(stage, &host).join("ProgramData/bomgar-pec-0xabc");
    fs::create_dir_all(&folder).unwrap();
    let report = ends(stage, &[], 3, "failed/probe/left_over");
    let detail = record(&report, &host)["detail"].as_str().unwrap();
    assert!(detail.starts_with(r"C:\ProgramData\bomgar-pec-0xabc is there"), "{detail}");
    ends(stage, &["--clean-left-overs"], 0, "installed");
    assert!(!folder.exists());
}

/// Lets installers hang, which are to end in time.
fn hung(stage: &Stage, deadline: &str) {
    let settings = fs::read_to_string(stage.path().join("jumpfleet.yaml")).unwrap();
    stage.write(
        "jumpfleet.yaml",
        &settings
            .replace("expected_install: 5s", &format!("expected_install: 2s, install_deadline: {deadline}")),
    );
    behave(stage, &stage.hosts[0], "hang=1");
}

fn hangs(stage: &Stage) {
    one(stage);
    scene::inventory(stage, |_, _| "jc_platform: windows_exe".to_owned());
    hung(stage, "5s");
    ends(stage, &[], 3, "failed/install/timeout");
}

/// A package is worked on by Windows Installer's service, whoever is ended: nobody may say that it is over.
fn package_hangs(stage: &Stage) {
    let host = one(stage);
    // So long that the package's own part is at work by then, on a busy machine too.
    hung(stage, "30s");
    stage.rollout(&[]).expect(3);
    let report = stage.report();
    assert_eq!(scene::end(&report, &host), "unknown/install", "{:#}", record(&report, &host));
    let detail = record(&report, &host)["detail"].as_str().unwrap();
    assert!(detail.ends_with("; it could not be ended"), "{detail}");
    assert!(scene::run(stage, &host, &["tasklist"]).contains("msiexec.exe"), "it was ended");
    assert_eq!(scene::starts(stage, &host), 1);
}
