//! What do the tests of Windows hosts have in common?

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::Value;

use crate::fleet::{KEY, SITE, Stage};

/// The uninstall entries' home.
pub const UNINSTALL: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall";

/// The product as its uninstall entry names it.
pub const PRODUCT: &str = "BeyondTrust Privileged Remote Access Jump Client";

/// Where the vendor's installers lie that all tests share.
static INSTALLERS: OnceLock<PathBuf> = OnceLock::new();

/// Says where the first test that needs the vendor's installers builds them.
pub fn build_into(folder: &Path) {
    INSTALLERS.set(folder.to_owned()).expect("it is said once");
}

/// The folder with both of the vendor's installers.
pub fn installers() -> &'static Path {
    static BUILT: Once = Once::new();
    let folder = INSTALLERS.get().expect("it is said where");
    BUILT.call_once(|| ["msi", "exe"].into_iter().for_each(|kind| build(kind, "bomgar-pec", SITE, folder)));
    folder
}

/// Builds an installer of a product for a site.
pub fn build(kind: &str, product: &str, site: &str, folder: &Path) {
    let builder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand_in/build_windows");
    let built = Command::new(builder)
        .args(["--kind", kind, "--product", product, "--uid", KEY, "--site", site])
        .args(["--expires", "2035-01-01T00:00:00Z", "--overrides", "name,jump_group,tag,comments", "--out"])
        .arg(folder)
        .arg("--programs")
        .arg(programs())
        .output()
        .expect("the builder can be started");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

/// Where the programs in installers are kept once they are compiled; the stand-in appliance looks there too.
fn programs() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    env::var_os("CARGO_TARGET_DIR").map_or_else(own, PathBuf::from).join("stand-in")
}

/// Lays both of the vendor's installers ready and writes settings for them; runs go straight ahead.
pub fn standard(stage: &Stage) {
    let link = stage.path().join("installers");
    std::os::unix::fs::symlink(installers(), link).expect("a link to the installers");
    stage.write("key", KEY);
    stage.write(
        "jumpfleet.yaml",
        &format!(
            "appliance: {{site: {SITE}, model: b300}}\n\
             releases:\n  main:\n    product: bomgar-pec\n    expires: 2035-01-01T00:00:00Z\n    \
             key: {{file: key}}\n    overrides: [name, jump_group, tag, comments]\n    files:\n      \
             windows_msi: installers/bomgar-pec-win64.msi\n      \
             windows_exe: installers/bomgar-pec-{}*.exe\n\
             rollout: {{release: main, expected_install: 5s, ramp: none, gates: none, budget: none, \
             retries: {{first: 200ms}}}}\n",
            &KEY[..4]
        ),
    );
    private(&stage.path().join("key"));
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("permissions");
}

/// The inventory: packages, unless a host says otherwise.
pub fn inventory(stage: &Stage, host: impl Fn(usize, &str) -> String) {
    stage.inventory(&["ansible_become: false", "jc_platform: windows_msi", "jc_tag: a b"], host);
}

/// Adds a release `newer` of the newer generation to the settings.
pub fn newer(stage: &Stage) {
    build("msi", "sra-pin", SITE, &stage.path().join("sra"));
    let settings = fs::read_to_string(stage.path().join("jumpfleet.yaml")).expect("settings");
    let release = "releases:\n  newer:\n    product: sra-pin\n    expires: 2035-01-01T00:00:00Z\n    \
                   overrides: [tag]\n    files: {windows_msi: sra/sra-pin-win_x64-*.msi}\n";
    stage.write("jumpfleet.yaml", &settings.replacen("releases:\n", release, 1));
}

/// The name of the last run.
pub fn last_run(stage: &Stage) -> String {
    stage.report()["summary"]["run"].as_str().expect("a run").to_owned()
}

/// The usual settings and inventory, and the one host.
pub fn one(stage: &Stage) -> String {
    standard(stage);
    inventory(stage, |_, _| String::new());
    stage.hosts[0].clone()
}

/// Drive C of a host.
pub fn drive(stage: &Stage, host: &str) -> PathBuf {
    let asked = stage.fleet.lab(&["root", host]);
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim())
}

/// Tells the installers on a host how to behave.
pub fn behave(stage: &Stage, host: &str, lines: &str) {
    let file = drive(stage, host).join("ProgramData/jump-client-stand-in.txt");
    fs::write(file, lines.replace('\n', "\r\n") + "\r\n").expect("the file can be written");
}

/// Runs a Windows program on a host and insists that it succeeds; what it printed.
#[track_caller]
pub fn run(stage: &Stage, host: &str, words: &[&str]) -> String {
    let done = stage.fleet.lab(&[&["exec", host], words].concat());
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Drive C as far as a host has changed it, also when it cannot be reached.
pub fn changed(stage: &Stage, host: &str) -> PathBuf {
    stage.changed(host).join("prefix/drive_c")
}

/// Whether a folder, or one in it, holds a file of this name.
pub fn holds(folder: &Path, name: &str) -> bool {
    let inside = fs::read_dir(folder).into_iter().flatten().flatten();
    inside.map(|entry| entry.path().join(name)).any(|path| path.exists())
}

/// How many installers a host has started, also when it cannot be reached.
pub fn starts(stage: &Stage, host: &str) -> usize {
    let record = stage.changed(host).join("prefix/drive_c/ProgramData/jump-client-stand-in/starts");
    fs::read_to_string(record).map_or(0, |text| text.lines().count())
}

/// What of jumpfleet's is left on a host but its marker file: folders, with what is in them, and jobs.
pub fn left(stage: &Stage, host: &str) -> Vec<String> {
    let drive = drive(stage, host);
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let ours = |folder: &str| {
        let found = names(&drive.join(folder)).into_iter().filter(|name| name.starts_with("jumpfleet"));
        found.map(|name| format!("{name} {:?}", names(&drive.join(folder).join(&name)))).collect::<Vec<_>>()
    };
    ["windows/temp", "windows/system32/tasks"].into_iter().flat_map(ours).collect()
}

/// How a host ended by the last run's report, such as `failed/install/timeout`.
pub fn end(report: &Value, host: &str) -> String {
    let words = ["outcome", "phase", "class", "rule"].map(|name| record(report, host)[name].as_str());
    words.into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// A host's line in a report.
pub fn record<'r>(report: &'r Value, host: &str) -> &'r Value {
    let hosts = report["hosts"].as_array().expect("hosts");
    hosts.iter().find(|record| record["name"] == host).expect("the host is in the report")
}

/// Rolls out, and insists on the exit code and on how the one host ended; the report.
#[track_caller]
pub fn ends(stage: &Stage, more: &[&str], code: i32, wanted: &str) -> Value {
    let said = stage.rollout(more).expect(code).stderr;
    let report = stage.report();
    assert_eq!(end(&report, &stage.hosts[0]), wanted, "{:#}", record(&report, &stage.hosts[0]));
    assert_eq!(left(stage, &stage.hosts[0]), Vec::<String>::new(), "{said}");
    report
}

/// Waits until something holds, and fails when it does not in time.
#[track_caller]
pub fn until(seconds: u64, what: &str, mut holds: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(seconds);
    while !holds() {
        assert!(Instant::now() < give_up, "not within {seconds} s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
