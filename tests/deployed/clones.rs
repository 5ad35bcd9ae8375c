//! Does a Windows clone install its client at the end of its setup, and never again?
//!
//! Wine has no setup of its own, so what Windows would run at its end is run by the test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes and reads the files of its own folder")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

#[path = "../fleet/mod.rs"]
mod fleet;

use fleet::{Done, KEY, SITE, Stage, Test};

fn main() -> ExitCode {
    fleet::run_on(fleet::WINDOWS, "clones", TESTS)
}

const TESTS: &[Test] = &[
    ("a_clone_with_the_exe_installs_once", 1, exe),
    ("a_clone_with_the_msi_and_its_key_installs_once", 1, msi),
    ("a_clone_that_has_a_client_stays_as_it_is", 1, baked_in),
    ("a_clone_that_restarts_in_the_midst_of_it_goes_on_afterwards", 1, restarted),
    ("two_that_begin_at_once_install_once", 1, at_once),
];

/// How long anything may take that is waited for, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(90);

const SCRIPTS: &str = r"C:\Windows\Setup\Scripts";

/// Settings, installer and package; returns the installer.
fn packaged(stage: &Stage, kind: &str, more: &str) -> PathBuf {
    let builder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand_in/build_windows");
    let built = Command::new(builder)
        .args(["--kind", kind, "--product", "bomgar-pec", "--uid", KEY, "--expires", "2035-01-01T00:00:00Z"])
        .args(["--overrides", "tag,comments", "--site", SITE, "--out", "installers"])
        .current_dir(stage.path())
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let file = stage.path().join(String::from_utf8_lossy(&built.stdout).trim());
    let pattern = file.file_name().unwrap().to_str().unwrap().replace(KEY, "*");
    stage.write(
        "jumpfleet.yaml",
        &format!(
            "appliance: {{site: {SITE}, model: b300}}\nreleases:\n  main:\n    product: bomgar-pec\n    \
             expires: 2035-01-01T00:00:00Z\n    overrides: [tag, comments]\n{more}    files:\n      \
             windows_{kind}: installers/{pattern}\nrollout: {{release: main}}\n"
        ),
    );
    stage.inventory(
        &[
            &format!("jc_platform: windows_{kind}"),
            "jc_tag: 'a & b'",
            "jc_comments: \"{{ inventory_hostname }}\"",
        ],
        |_, _| String::new(),
    );
    stage.jumpfleet(&["package", "golden-image", "-i", "inventory.yaml", "-o", "image"]).expect(0);
    file
}

/// Makes the host a clone of an image with the package and the installer in it, whose setup has not ended yet.
fn cloned(stage: &Stage, kind: &str, file: &Path) {
    let scripts = drive(stage).join("windows/Setup/Scripts");
    fs::create_dir_all(scripts.parent().unwrap()).unwrap();
    let from = stage.path().join(format!("image/windows_{kind}"));
    assert!(Command::new("cp").arg("-r").arg(from).arg(&scripts).status().unwrap().success());
    fs::copy(file, scripts.join("jump-client").join(file.file_name().unwrap())).unwrap();
}

fn drive(stage: &Stage) -> PathBuf {
    let root = String::from_utf8(stage.fleet.lab(&["root", &stage.hosts[0]]).stdout).unwrap();
    PathBuf::from(root.trim())
}

fn run(stage: &Stage, file: &str) -> Done {
    stage.fleet.lab(&["exec", &stage.hosts[0], "cmd", "/d", "/c", &format!(r"{SCRIPTS}\{file}")]).into()
}

fn log(stage: &Stage) -> String {
    fs::read_to_string(drive(stage).join("ProgramData/jumpfleet/first-boot.log")).unwrap_or_default()
}

fn starts(stage: &Stage) -> usize {
    let path = drive(stage).join("ProgramData/jump-client-stand-in/starts");
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

/// The name of the site leads nowhere, but it leads: that is the network here.
fn bring_network(stage: &Stage) {
    let hosts = drive(stage).join("../../etc/hosts");
    let before = fs::read_to_string(&hosts).unwrap_or_default();
    fs::write(&hosts, format!("{before}192.0.2.1 {SITE}\n")).unwrap();
}

/// Whether the scheduled task is there that begins further tries.
fn has_task(stage: &Stage) -> bool {
    drive(stage).join("windows/system32/tasks/jumpfleet-first-boot").exists()
}

/// What the time does on Windows: the task runs, and this waits until it has ended.
fn strike(stage: &Stage) {
    stage.fleet.lab(&["exec", &stage.hosts[0], "schtasks", "/run", "/tn", "jumpfleet-first-boot"]);
    until("the task has ended", || !has_task(stage));
}

fn until(what: &str, done: impl Fn() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < give_up, "in vain: {what}");
        sleep(Duration::from_millis(200));
    }
}

/// Tells the installer what to do.
fn installer(stage: &Stage, line: &str) {
    fs::write(drive(stage).join("ProgramData/jump-client-stand-in.txt"), line).unwrap();
}

fn exe(stage: &Stage) {
    let file = packaged(stage, "exe", "");
    cloned(stage, "exe", &file);
    led_elsewhere(stage);
    run(stage, "SetupComplete.cmd").expect(0);
    assert!(log(stage).contains("there is no network yet"), "{}", log(stage));
    assert_eq!(starts(stage), 0, "without a network nothing is begun");
    assert!(has_task(stage), "{}", log(stage));
    bring_network(stage);
    strike(stage);
    installed_once(stage);
}

fn restarted(stage: &Stage) {
    let file = packaged(stage, "exe", "");
    cloned(stage, "exe", &file);
    bring_network(stage);
    installer(stage, "sleep=600\n");
    scope(|threads| {
        threads.spawn(|| run(stage, "SetupComplete.cmd"));
        until("the installer is started", || starts(stage) == 1);
        stage.lab("reboot", &stage.hosts[0]);
    });
    assert!(has_task(stage), "nothing would go on: {}", log(stage));
    installer(stage, "");
    strike(stage);
    assert_eq!(starts(stage), 2, "{}", log(stage));
    assert!(log(stage).contains("installed: "), "{}", log(stage));
    is_gone(stage);
}

fn at_once(stage: &Stage) {
    let file = packaged(stage, "exe", "");
    cloned(stage, "exe", &file);
    bring_network(stage);
    installer(stage, "sleep=8\n");
    scope(|threads| {
        threads.spawn(|| run(stage, "SetupComplete.cmd").expect(0));
        until("the installer is started", || starts(stage) == 1);
        let second = run(stage, r"jump-client\first-boot.cmd");
        assert_eq!(second.code, Some(75), "{}{}", second.stdout, second.stderr);
        assert!(has_task(stage), "the one that came second ended the other's tries");
    });
    installed_once(stage);
}

/// Anybody may make folders in ProgramData, and what leads elsewhere is not followed.
fn led_elsewhere(stage: &Stage) {
    let (folder, elsewhere) = (drive(stage).join("ProgramData/jumpfleet"), drive(stage).join("elsewhere"));
    fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink("../elsewhere", &folder).unwrap();
    run(stage, "SetupComplete.cmd").expect(0);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    let log = drive(stage).join("windows/Setup/Scripts/jump-client/first-boot.log");
    assert!(fs::read_to_string(log).unwrap().contains("there is no network yet"));
    fs::remove_file(&folder).unwrap();
}

fn msi(stage: &Stage) {
    let file = packaged(stage, "msi", "    key: {env: KEY_INFO}\n");
    cloned(stage, "msi", &file);
    let folder = drive(stage).join("windows/Setup/Scripts/jump-client");
    // `echo KEY > key` leaves a blank behind it.
    fs::write(folder.join("key"), format!("{KEY} \r\n")).unwrap();
    bring_network(stage);
    run(stage, "SetupComplete.cmd").expect(0);
    installed_once(stage);
}

/// The task and what would be run again are gone.
fn is_gone(stage: &Stage) {
    assert!(!has_task(stage), "{}", log(stage));
    // Wine keeps the folder of a batch file that runs.
    let left = fs::read_dir(drive(stage).join("windows/Setup/Scripts/jump-client")).into_iter().flatten();
    assert_eq!(left.count(), 0, "the installer and its key are gone");
}

/// One start, whatever began it; then once more what the setup runs.
fn installed_once(stage: &Stage) {
    assert!(log(stage).contains("installed: "), "{}", log(stage));
    assert_eq!(starts(stage), 1);
    is_gone(stage);
    let marker = fs::read_to_string(drive(stage).join("ProgramData/jumpfleet/PRAJumpClient.txt")).unwrap();
    assert!(marker.contains("run: first-boot") && marker.contains("jc_tag=a & b"), "{marker}");
    // Its own name was not in the image.
    assert!(!marker.contains("jc_comments"), "{marker}");
    assert!(!log(stage).contains(KEY), "{}", log(stage));
    run(stage, "SetupComplete.cmd").expect(0);
    assert_eq!(starts(stage), 1);
}

fn baked_in(stage: &Stage) {
    let file = packaged(stage, "exe", "");
    cloned(stage, "exe", &file);
    bring_network(stage);
    let marker = drive(stage).join("ProgramData/jumpfleet/PRAJumpClient.txt");
    fs::create_dir_all(marker.parent().unwrap()).unwrap();
    fs::write(marker, "release: winter\r\n").unwrap();
    run(stage, "SetupComplete.cmd").expect(0);
    assert!(log(stage).contains("the image has a client already"), "{}", log(stage));
    assert_eq!(starts(stage), 0);
    assert!(!has_task(stage), "{}", log(stage));
}
