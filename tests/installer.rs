//! Does every platform say the right words? Cases as data, and every script run or checked for real.
//!
//! `UPDATE_CASES=1 cargo test --test installer` writes the expectations anew; read the difference
//! line by line against the vendor's guide before you keep it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jumpfleet::installer::{self, observe};
use jumpfleet::model::{
    Access, Boot, Class, Dialect, Host, Invocation, KeySource, Observation, Parameter, Place, Platform,
    Product, Release, Rule, Shape, Slot, Step, Trace,
};
use jumpfleet::shell;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Shows the bodies of scripts too; elsewhere `‹posix/probe.sh›` stands for that file's text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
    host: CaseHost,
    release: CaseRelease,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refused: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    steps: Vec<CaseStep>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseHost {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<Parameter, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    install_dir: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    elevate: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boot: Option<Boot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marker_file: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseRelease {
    product: Product,
    file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseStep {
    phase: String,
    name: String,
    deadline: u32,
    success: Vec<i32>,
    script: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn host(platform: Platform, case: &CaseHost) -> Host {
    let text = |value: &Option<String>| value.as_deref().map(Arc::from);
    Host {
        name: "host".into(),
        place: Place { file: "cases".into(), line: 1, column: 1 },
        groups: Vec::new(),
        address: "host".into(),
        access: Arc::new(Access { elevate: case.elevate, user: case.login.clone(), ..Access::default() }),
        platform,
        release: None,
        parameters: case.parameters.iter().map(|(name, value)| (*name, value.as_str().into())).collect(),
        parameter_places: BTreeMap::new(),
        install_dir: text(&case.install_dir),
        user: text(&case.user),
        boot: case.boot.unwrap_or(Boot::Systemd),
        wave: None,
        staging_dir: None,
        marker_file: text(&case.marker_file),
    }
}

fn release(case: &CaseRelease) -> Release {
    Release {
        name: "servers".to_owned(),
        product: case.product,
        version: None,
        expires: None,
        key: None,
        overrides: BTreeSet::new(),
        files: BTreeMap::new(),
    }
}

/// The values a visit adds at run time.
fn run_time(platform: Platform, case: &CaseRelease) -> BTreeMap<Slot, Arc<str>> {
    let windows = matches!(platform, Platform::WindowsExe | Platform::WindowsMsi);
    let staging = if windows { r"C:\Windows\Temp\jumpfleet-r1" } else { "/var/tmp/jumpfleet-r1" };
    let mut values = BTreeMap::from([
        (Slot::Staging, staging.into()),
        (Slot::FileName, case.file.as_str().into()),
        (Slot::FileDigest, "0".repeat(64).into()),
        (Slot::Site, "pra.example.org".into()),
        (Slot::Run, "r1".into()),
    ]);
    if let Some(key) = &case.key {
        values.insert(Slot::Key, key.as_str().into());
    }
    values
}

fn shape(platform: Platform, case: &Case) -> Shape {
    let key = if case.release.key.is_some() { KeySource::Argument } else { KeySource::FileName };
    installer::shape(&host(platform, &case.host), &release(&case.release), key)
}

fn values(platform: Platform, case: &Case) -> BTreeMap<Slot, Arc<str>> {
    let mut values = installer::values(&host(platform, &case.host), &release(&case.release));
    values.extend(run_time(platform, &case.release));
    values
}

fn fill(script: &jumpfleet::model::Script, values: &BTreeMap<Slot, Arc<str>>) -> String {
    shell::fill(script, |slot| values.get(&slot).map(|value| Cow::Borrowed(&**value)))
        .unwrap_or_else(|slot| panic!("the gap `{slot}` has no value"))
}

fn steps(invocation: &Invocation) -> Vec<(&'static str, &Step)> {
    let mut steps = vec![
        ("probe", &invocation.probe),
        ("prepare", &invocation.prepare),
        ("digest", &invocation.digest),
        ("install", &invocation.install),
    ];
    steps.extend(invocation.start.iter().map(|step| ("start", step)));
    steps.push(("mark", &invocation.mark));
    steps.extend(invocation.remove.iter().map(|step| ("remove", step)));
    steps.push(("abandon", &invocation.abandon));
    steps.push(("clean", &invocation.clean));
    steps
}

/// The fixed bodies of scripts, each with the name that stands for it, the longest first.
fn bodies() -> Vec<(String, String)> {
    let mut bodies = Vec::new();
    for room in ["posix", "linux", "macos", "windows"] {
        for entry in fs::read_dir(root().join("src/installer").join(room)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            bodies.push((fs::read_to_string(&path).unwrap(), format!("‹{room}/{name}›\n")));
        }
    }
    bodies.sort_by_key(|(body, _)| std::cmp::Reverse(body.len()));
    bodies
}

/// What the case expects if the code is right as it is.
fn answer(platform: Platform, case: &Case, bodies: &[(String, String)]) -> Case {
    let host_of_case = host(platform, &case.host);
    let shape = shape(platform, case);
    let installer = installer::installer(platform);
    let mut refused = installer.refusals(&shape);
    refused.extend(installer::refused_values(&host_of_case, &release(&case.release)));
    if !refused.is_empty() {
        return Case { refused, command: None, steps: Vec::new(), ..case.clone() };
    }
    let values = values(platform, case);
    let invocation = installer.invocation(&shape);
    let fold = |text: String| {
        let fold_one = |text: String, (body, name): &(String, String)| text.replace(body, name);
        if case.whole { text } else { bodies.iter().fold(text, fold_one) }
    };
    let steps = steps(&invocation)
        .into_iter()
        .map(|(phase, step)| CaseStep {
            phase: phase.to_owned(),
            name: step.name.clone(),
            deadline: step.deadline,
            success: step.success.clone(),
            script: fold(fill(&step.script, &values)),
        })
        .collect();
    let command = Some(fill(&invocation.command, &values));
    Case { refused, command, steps, ..case.clone() }
}

fn cases_file(platform: Platform) -> PathBuf {
    root().join(format!("tests/cases/{platform}.yaml"))
}

fn cases(platform: Platform) -> Vec<Case> {
    let path = cases_file(platform);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const HEADING: &str = "# Host and release in, exact words out. Regenerate with UPDATE_CASES=1, then read the difference.\n\
    # In scripts, ‹posix/probe.sh› stands for the text of src/installer/posix/probe.sh.\n";

/// Both texts line by line, with what is missing and what is too much.
fn difference(expected: &str, found: &str) -> String {
    let mut shown = String::new();
    let (expected, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let same_start = expected.iter().zip(&found).take_while(|(left, right)| left == right).count();
    let same_end = expected[same_start..]
        .iter()
        .rev()
        .zip(found[same_start..].iter().rev())
        .take_while(|(left, right)| left == right)
        .count();
    for line in &expected[same_start.saturating_sub(3)..same_start] {
        let _ = writeln!(shown, "      {line}");
    }
    for line in &expected[same_start..expected.len() - same_end] {
        let _ = writeln!(shown, "    - {line}");
    }
    for line in &found[same_start..found.len() - same_end] {
        let _ = writeln!(shown, "    + {line}");
    }
    shown
}

fn differences(expected: &Case, found: &Case) -> String {
    let mut shown = String::new();
    let mut compare = |what: &str, expected: &str, found: &str| {
        if expected != found {
            let _ = write!(shown, "  {what}:\n{}", difference(expected, found));
        }
    };
    compare("refused", &expected.refused.join("\n"), &found.refused.join("\n"));
    compare("command", expected.command.as_deref().unwrap_or(""), found.command.as_deref().unwrap_or(""));
    let names = |case: &Case| {
        let line = |step: &CaseStep| {
            format!("{}: {} ({} s, {:?})", step.phase, step.name, step.deadline, step.success)
        };
        case.steps.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    compare("steps", &names(expected), &names(found));
    for (left, right) in expected.steps.iter().zip(&found.steps) {
        compare(&format!("{} `{}`", left.phase, left.name), &left.script, &right.script);
    }
    shown
}

#[test]
fn every_platform_says_what_its_cases_expect() {
    let bodies = bodies();
    let mut wrong = String::new();
    for platform in Platform::ALL.iter().copied() {
        let cases = cases(platform);
        assert!(cases.len() >= 12, "{platform} has only {} cases", cases.len());
        let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names.len(), cases.len(), "two cases of {platform} have one name");
        let answers: Vec<Case> = cases.iter().map(|case| answer(platform, case, &bodies)).collect();
        if std::env::var_os("UPDATE_CASES").is_some() {
            let text = serde_yaml::to_string(&answers).unwrap().replace("\n- name:", "\n\n- name:");
            fs::write(cases_file(platform), format!("{HEADING}{text}")).unwrap();
            continue;
        }
        for (expected, found) in cases.iter().zip(&answers) {
            let shown = differences(expected, found);
            if !shown.is_empty() {
                let _ = writeln!(wrong, "{platform}: {}\n{shown}", expected.name);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Runs a program of the given package; a machine without it fails the test and says what to install.
fn tool(program: &str, package: &str) -> Command {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
    assert!(found, "`{program}` is missing: install the package `{package}`");
    Command::new(program)
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every POSIX script that any case makes, each once, with a name for it.
fn posix_scripts() -> BTreeMap<String, String> {
    let mut scripts: BTreeMap<String, String> = BTreeMap::new();
    for platform in Platform::ALL.iter().copied() {
        for case in cases(platform) {
            let invocation = installer::installer(platform).invocation(&shape(platform, &case));
            if invocation.dialect != Dialect::Posix || !case.refused.is_empty() {
                continue;
            }
            let values = values(platform, &case);
            for (phase, step) in steps(&invocation) {
                let name = format!("{platform}-{phase}-{}", step.name.replace([' ', '\''], "-"));
                scripts.entry(fill(&step.script, &values)).or_insert(name);
            }
        }
    }
    scripts
}

fn written(folder: &Path) -> Vec<PathBuf> {
    let scripts = posix_scripts();
    assert!(scripts.len() > 40, "only {} scripts", scripts.len());
    let write = |(number, (text, name)): (usize, (String, String))| {
        let path = folder.join(format!("{number}-{name}.sh"));
        fs::write(&path, text).unwrap();
        path
    };
    scripts.into_iter().enumerate().map(write).collect()
}

#[test]
fn every_posix_script_passes_shellcheck() {
    let folder = tempfile::tempdir().unwrap();
    let files = written(folder.path());
    for dialect in ["sh", "dash"] {
        let output = tool("shellcheck", "shellcheck")
            .args(["--norc", "-s", dialect, "-f", "gcc"])
            // Variables stand at the top of every body, also where this one does not need them,
            // and some of the cases' values hold a `$` on purpose.
            .args(["-e", "SC2034,SC2016"])
            .args(&files)
            .output()
            .unwrap();
        assert!(output.status.success(), "{dialect}:\n{}", told(&output));
    }
}

#[test]
fn every_shell_can_read_every_posix_script() {
    let folder = tempfile::tempdir().unwrap();
    for file in written(folder.path()) {
        for (program, arguments) in
            [("dash", &["-n"][..]), ("busybox", &["sh", "-n"]), ("bash", &["--posix", "-n"])]
        {
            let output = tool(program, program).args(arguments).arg(&file).output().unwrap();
            let told = told(&output);
            assert!(output.status.success() && told.is_empty(), "{program} {}: {told}", file.display());
        }
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    for directory in ["client", "jump client & co", "100% Zürich"] {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join(directory);
        fs::create_dir(&directory).unwrap();
        program(&directory.join("init-script"), "#!/bin/sh\n");
        let case = headless(&directory, Boot::Systemd);
        let shape = shape(Platform::LinuxHeadless, &case);
        let values = values(Platform::LinuxHeadless, &case);
        let start = &installer::installer(Platform::LinuxHeadless).invocation(&shape).start;
        let script = fill(&start[0].script, &values);
        let unit = script.split_once("<<'END_OF_UNIT' || exit\n").unwrap().1;
        let unit = unit.split_once("END_OF_UNIT\n").unwrap().0;
        assert!(!unit.contains("{{"), "{unit}");
        let file = folder.path().join("jumpfleet-jump-client.service");
        fs::write(&file, unit).unwrap();
        let output =
            tool("systemd-analyze", "systemd").args(["verify", "--man=no"]).arg(&file).output().unwrap();
        // A wrong word is only told, with exit code 0.
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
    }
}

fn program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn headless(directory: &Path, boot: Boot) -> Case {
    Case {
        name: "a run for real".to_owned(),
        whole: false,
        host: CaseHost {
            install_dir: Some(directory.to_string_lossy().into_owned()),
            user: (boot == Boot::Systemd).then(|| "daemon".to_owned()),
            elevate: boot == Boot::Systemd,
            boot: Some(boot),
            ..CaseHost::default()
        },
        release: CaseRelease {
            product: Product::BomgarPec,
            file: "bomgar-pec-k1 it's.bin".to_owned(),
            key: None,
        },
        refused: Vec::new(),
        command: None,
        steps: Vec::new(),
    }
}

/// A temporary folder that plays the host, with a headless client without root going through its steps.
struct Stage {
    folder: tempfile::TempDir,
    invocation: Invocation,
    values: BTreeMap<Slot, Arc<str>>,
}

const SHELLS: &[&[&str]] = &[&["dash"], &["busybox", "sh"], &["bash", "--posix"]];

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = headless(&folder.path().join("jump client"), Boot::None);
        let mut values = values(Platform::LinuxHeadless, &case);
        let staging = folder.path().join("jumpfleet-r1");
        values.insert(Slot::Staging, staging.to_string_lossy().into());
        let invocation =
            installer::installer(Platform::LinuxHeadless).invocation(&shape(Platform::LinuxHeadless, &case));
        Self { folder, invocation, values }
    }

    fn staging(&self) -> PathBuf {
        PathBuf::from(&*self.values[&Slot::Staging])
    }

    fn client(&self) -> PathBuf {
        PathBuf::from(&*self.values[&Slot::InstallDir])
    }

    fn command(&self, shell: &[&str]) -> Command {
        let mut command = tool(shell[0], shell[0]);
        command.args(&shell[1..]).current_dir(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The script on the shell's standard input, as a transport would send it.
    fn run(&self, shell: &[&str], step: &Step) -> Output {
        let mut child = self.command(shell).spawn().unwrap();
        let script = fill(&step.script, &self.values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn look(&self, shell: &[&str]) -> Observation {
        let output = self.run(shell, &self.invocation.probe);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", told(&output));
        observe::read(&told(&output)).unwrap()
    }

    fn stage(&self, shell: &[&str], installer: &str) {
        let output = self.run(shell, &self.invocation.prepare);
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
        fs::write(self.staging().join(&*self.values[&Slot::FileName]), installer).unwrap();
    }
}

/// Stands for the vendor's installer: makes the folder it is told to, and a client in it.
const STAND_IN: &str = r#"printf 'asked: %s\n' "$*"
directory=$2
mkdir "$directory" || exit 1
printf '#!/bin/sh\nexit 0\n' >"$directory/init-script"
printf '#!/bin/sh\nread -r sure; [ "$sure" = y ] && rm -rf "%s"\n' "$directory" >"$directory/uninstall"
chmod 0755 "$directory/init-script" "$directory/uninstall"
umask >"$directory/umask"
"#;

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_client_is_installed_and_removed_for_real() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, STAND_IN);
        assert_eq!(mode(&stage.staging()), 0o700);
        let digest = stage.run(shell, &stage.invocation.digest);
        let expected = Command::new("sha256sum").arg(stage.staging().join("bomgar-pec-k1 it's.bin")).output();
        let expected = told(&expected.unwrap());
        assert_eq!(observe::digest(&told(&digest)).as_deref(), expected.split_whitespace().next());

        let before = stage.look(shell);
        assert_eq!(before.fact("os"), Some("Linux"));
        assert_eq!(before.fact("installer_running"), Some("no"));
        assert_eq!(before.fact("installer_status"), None);
        assert_eq!(before.fact("install_parent"), Some("writable"));
        assert!(!before.traces.iter().any(|trace| trace.rule == Rule::InstallDirectory));

        let output = stage.run(shell, &stage.invocation.install);
        assert_eq!(observe::status(&told(&output)), Some(0), "{shell:?}: {}", told(&output));
        assert!(output.status.success());
        assert_eq!(mode(&stage.staging().join("install.log")), 0o600);
        assert_eq!(fs::read_to_string(stage.client().join("umask")).unwrap().trim(), "0022");

        let after = stage.look(shell);
        assert_eq!(after.fact("installer_status"), Some("0"));
        assert_eq!(after.fact("init_status"), Some("0"));
        let trace =
            Trace { rule: Rule::InstallDirectory, evidence: stage.client().to_string_lossy().into_owned() };
        assert!(after.traces.contains(&trace), "{after:?}");

        // What is there already is not installed again.
        assert_eq!(stage.run(shell, &stage.invocation.install).status.code(), Some(76));
        for step in &stage.invocation.remove {
            let output = stage.run(shell, step);
            assert!(output.status.success(), "{}", told(&output));
        }
        assert!(!stage.client().exists());
        let output = stage.run(shell, &stage.invocation.clean);
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
        assert!(!stage.staging().exists());
        assert!(stage.run(shell, &stage.invocation.clean).status.success(), "nothing is clean too");
    }
}

#[test]
fn a_failed_installer_leaves_no_half_made_directory() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, "mkdir \"$2\"; echo no space left on device >&2; exit 7\n");
        let output = stage.run(shell, &stage.invocation.install);
        assert_eq!(observe::status(&told(&output)), Some(7));
        assert_eq!(output.status.code(), Some(7));
        assert!(!stage.client().exists());
        let installer = installer::installer(Platform::LinuxHeadless);
        assert_eq!(installer.explain(7, &told(&output)), Class::DiskFull);
        // A second try in the same folder starts afresh.
        stage.stage(shell, STAND_IN);
        assert_eq!(observe::status(&told(&stage.run(shell, &stage.invocation.install))), Some(0));
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_installer_outlives_its_connection() {
    for shell in SHELLS {
        let stage = Stage::new();
        let slow = format!("while [ ! -e go ]; do sleep 0.05; done\n{STAND_IN}");
        stage.stage(shell, &slow);
        let mut child = stage.command(shell).spawn().unwrap();
        let script = fill(&stage.invocation.install.script, &stage.values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        until("the installer runs", || stage.look(shell).fact("installer_running") == Some("yes"));
        // The connection is gone, and everything that hung on it.
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(stage.look(shell).fact("installer_running"), Some("yes"));
        assert_eq!(stage.run(shell, &stage.invocation.install).status.code(), Some(75), "started twice");
        assert_eq!(stage.run(shell, &stage.invocation.clean).status.code(), Some(75), "swept while it works");
        fs::write(stage.staging().join("go"), "").unwrap();
        until("it has ended", || stage.look(shell).fact("installer_status") == Some("0"));
        assert!(stage.client().join("init-script").exists());
        assert_eq!(stage.look(shell).fact("installer_running"), Some("no"));
    }
}

/// Whether the process is there and not a corpse that nobody collects.
fn runs(process: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(process).join("stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn a_given_up_installer_is_ended_as_a_whole() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, "mkdir \"$2\"; trap '' TERM; sleep 300 & echo $! >sleeper; wait; sleep 300\n");
        let mut child = stage.command(shell).spawn().unwrap();
        let script = fill(&stage.invocation.install.script, &stage.values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        until("it sleeps", || stage.staging().join("sleeper").metadata().is_ok_and(|file| file.len() > 1));
        let sleeper = fs::read_to_string(stage.staging().join("sleeper")).unwrap();
        let output = stage.run(shell, &stage.invocation.abandon);
        assert!(output.status.success(), "{}", told(&output));
        until("nothing of it runs", || !runs(sleeper.trim()));
        assert_eq!(stage.look(shell).fact("installer_running"), Some("no"));
        assert!(!stage.client().exists());
        child.wait().unwrap();
        assert!(stage.run(shell, &stage.invocation.abandon).status.success(), "nothing to end is fine");
    }
}

#[test]
fn an_install_script_cut_off_on_its_way_starts_nothing() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, STAND_IN);
        let script = fill(&stage.invocation.install.script, &stage.values);
        let ends: Vec<usize> = script.match_indices('\n').map(|(end, _)| end + 1).collect();
        for end in &ends[..ends.len() - 1] {
            let mut child = stage.command(shell).spawn().unwrap();
            child.stdin.take().unwrap().write_all(&script.as_bytes()[..*end]).unwrap();
            child.wait_with_output().unwrap();
            assert!(!stage.staging().join("install.pid").exists(), "{shell:?} after {end} bytes");
        }
        assert!(!stage.client().exists());
    }
}

#[test]
fn a_strange_staging_folder_is_refused() {
    for shell in SHELLS {
        let stage = Stage::new();
        let elsewhere = stage.folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, stage.staging()).unwrap();
        let output = stage.run(shell, &stage.invocation.prepare);
        assert_eq!(output.status.code(), Some(73), "{}", told(&output));
        assert!(told(&output).contains("symbolic link"));
        fs::remove_file(stage.staging()).unwrap();

        // What is open to others is closed, what is there stays there.
        stage.stage(shell, "first");
        Command::new("chmod").arg("0755").arg(stage.staging()).status().unwrap();
        assert!(stage.run(shell, &stage.invocation.prepare).status.success());
        assert_eq!(mode(&stage.staging()), 0o700);
        assert!(stage.staging().join("bomgar-pec-k1 it's.bin").exists());
    }
}

#[test]
fn only_folders_of_ours_are_swept_away() {
    for shell in SHELLS {
        for name in ["other", "jumpfleet-", "jumpfleet-x/../other", "jumpfleet-x/.."] {
            let mut stage = Stage::new();
            fs::create_dir_all(stage.folder.path().join("jumpfleet-x")).unwrap();
            fs::create_dir(stage.folder.path().join("other")).unwrap();
            let path = stage.folder.path().join(name).to_string_lossy().into_owned();
            stage.values.insert(Slot::Staging, path.as_str().into());
            let output = stage.run(shell, &stage.invocation.clean);
            assert_eq!(output.status.code(), Some(64), "{name}: {}", told(&output));
            assert!(
                stage.folder.path().join("other").exists()
                    && stage.folder.path().join("jumpfleet-x").exists()
            );
        }
    }
}
