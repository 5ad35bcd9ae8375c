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

/// Reads the profiles strictly and holds them against the guide's tables and Apple's exclusions.
const PROFILES: &str = r#"
import pathlib, plistlib, sys, uuid

seen = set()
def profile(name):
    with open(pathlib.Path(sys.argv[1]) / name, "rb") as file:
        whole = plistlib.load(file, fmt=plistlib.FMT_XML)
    content = whole["PayloadContent"]
    assert whole["PayloadType"] == "Configuration" and len(content) == 1, name
    for part in [whole] + content:
        assert part["PayloadVersion"] == 1 and part["PayloadIdentifier"].startswith("{{ organisation }}."), name
        for unique in (uuid.UUID(part["PayloadUUID"]), part["PayloadIdentifier"]):
            assert unique not in seen, unique
            seen.add(unique)
    return content[0]

privacy = profile("macos-privacy.mobileconfig")
assert privacy["PayloadType"] == "com.apple.TCC.configuration-profile-policy"
services = privacy["Services"]
assert set(services) == {"Accessibility", "SystemPolicyAllFiles", "ScreenCapture"}
for service, entries in services.items():
    assert [e["Identifier"] for e in entries] == ["com.bomgar.bomgar-pec", "com.bomgar.bomgar-scc"], service
    for entry in entries:
        requirement = entry["CodeRequirement"]
        assert entry["IdentifierType"] == "bundleID" and entry["StaticCode"] is False
        assert requirement.startswith('identifier "%s" and anchor apple generic ' % entry["Identifier"])
        assert requirement.endswith("certificate leaf[subject.OU] = B65TM49E24")
        if service == "ScreenCapture":
            assert entry["Authorization"] == "AllowStandardUserToSetSystemService" and "Allowed" not in entry
        else:
            assert entry["Allowed"] is True and "Authorization" not in entry

items = profile("macos-login-items.mobileconfig")
assert items["PayloadType"] == "com.apple.servicemanagement"
rules = [(rule["RuleType"], rule["RuleValue"]) for rule in items["Rules"]]
assert rules == [("LabelPrefix", "Bomgar"), ("TeamIdentifier", "B65TM49E24"), ("LabelPrefix", "com.bomgar")]
"#;

#[test]
fn the_macos_profiles_say_what_the_guide_asks_for() {
    let output =
        tool("python3", "python3").args(["-c", PROFILES]).arg(root().join("templates")).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

/// A Windows of its own in a temporary folder, as far as Wine has one.
struct Windows {
    folder: tempfile::TempDir,
}

impl Windows {
    fn new() -> Self {
        let windows = Self { folder: tempfile::tempdir().unwrap() };
        let output = windows.wine("wineboot", "wine", &["-i"]);
        assert!(output.status.success(), "{}", told(&output));
        windows
    }

    fn wine(&self, program: &str, package: &str, arguments: &[&str]) -> Output {
        tool(program, package)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("WINEPREFIX", self.folder.path().join("prefix"))
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            .env_remove("DISPLAY")
            .output()
            .unwrap()
    }

    /// Carries a script over as a file with CRLF line ends and runs it; what it printed.
    fn run(&self, script: &str) -> Output {
        fs::write(self.folder.path().join("step.cmd"), script.replace('\n', "\r\n")).unwrap();
        self.wine("wine", "wine", &["cmd", "/c", "step.cmd"])
    }

    fn path(&self, below_drive: &str) -> PathBuf {
        self.folder.path().join("prefix/drive_c").join(below_drive)
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        let _ = self.wine("wineserver", "wine", &["-k"]);
    }
}

const GIVEN: [(Parameter, &str); 4] = [
    (Parameter::Name, r"web 1 & more\"),
    (Parameter::JumpGroup, "jumpgroup:web"),
    (Parameter::Tag, "100% ^ (y) !z!"),
    (Parameter::Ephemeral, "1"),
];

#[test]
fn a_package_is_installed_and_removed_under_wine() {
    let windows = Windows::new();
    fs::write(windows.folder.path().join("client.txt"), "client").unwrap();
    let source = root().join("tests/cases/stand_in.wxs");
    let arguments = ["-a", "x64", "-o", "bomgar-pec-win64.msi", &source.to_string_lossy()];
    let built = windows.wine("wixl", "wixl", &arguments);
    assert!(built.status.success(), "{}", told(&built));

    let case = Case {
        host: CaseHost {
            parameters: GIVEN.map(|(name, value)| (name, value.to_owned())).into(),
            install_dir: Some(r"C:\Program Files\Jump & Client".to_owned()),
            ..CaseHost::default()
        },
        release: CaseRelease {
            product: Product::BomgarPec,
            file: "bomgar-pec-win64.msi".to_owned(),
            key: Some("k1".to_owned()),
        },
        ..headless(Path::new("/"), Boot::None)
    };
    let values = values(Platform::WindowsMsi, &case);
    let invocation =
        installer::installer(Platform::WindowsMsi).invocation(&shape(Platform::WindowsMsi, &case));
    let said = |step: &Step| {
        let output = windows.run(&fill(&step.script, &values));
        assert!(output.status.success(), "{}: {}", step.name, told(&output));
        assert!(output.stderr.is_empty(), "{}: {}", step.name, told(&output));
        told(&output)
    };
    let rules = |output: &str| -> Vec<Rule> {
        observe::read(output).unwrap().traces.into_iter().map(|trace| trace.rule).collect()
    };
    assert_eq!(rules(&said(&invocation.probe)), []);
    said(&invocation.prepare);
    let file = "bomgar-pec-win64.msi";
    let staging = windows.path("windows/temp/jumpfleet-r1");
    fs::copy(windows.folder.path().join(file), staging.join(file)).unwrap();
    assert_eq!(observe::status(&said(&invocation.install)), Some(0));
    assert!(windows.path("Program Files/Jump & Client/client.txt").exists());
    assert!(!staging.join("install.log").exists(), "the log holds the key");

    let query = windows.wine("wine", "wine", &["reg", "query", r"HKLM\SOFTWARE\StandIn"]);
    let registered = told(&query);
    for (name, value) in [("key", "k1"), ("name", GIVEN[0].1), ("group", GIVEN[1].1), ("tag", GIVEN[2].1)] {
        assert!(registered.contains(&format!("{name}    REG_SZ    ={value}\r")), "{name}: {registered}");
    }
    assert!(registered.contains("ephemeral    REG_SZ    =1\r"), "{registered}");

    said(&invocation.mark);
    let after = said(&invocation.probe);
    assert_eq!(rules(&after), [Rule::InstallDirectory, Rule::Registry, Rule::MarkerFile]);
    assert_eq!(observe::read(&after).unwrap().fact("installer_status"), Some("0"));
    let mark = fs::read_to_string(windows.path("ProgramData/jumpfleet/PRAJumpClient.txt")).unwrap();
    assert!(mark.contains("run: r1") && mark.contains(r"C:\Program Files\Jump & Client"), "{mark}");

    for step in &invocation.remove {
        said(step);
    }
    assert_eq!(rules(&said(&invocation.probe)), []);
    said(&invocation.clean);
    assert!(!staging.exists());
}

fn seen(facts: &[(&str, &str)], traces: &[(Rule, &str)]) -> Observation {
    let trace = |(rule, evidence): &(Rule, &str)| Trace { rule: *rule, evidence: (*evidence).to_owned() };
    Observation {
        facts: facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        traces: traces.iter().map(trace).collect(),
    }
}

const FIT: &[(&str, &str)] = &[
    ("os", "Linux"),
    ("arch", "x86_64"),
    ("uid", "0"),
    ("login", "ops"),
    ("systemd", "252"),
    ("digest_tool", "sha256sum"),
    ("user_exists", "yes"),
    ("install_parent", "writable"),
    ("staging_free_kib", "1000000"),
    ("install_free_kib", "1000000"),
    ("processes", "all"),
];

fn elevated(platform: Platform, product: Product, boot: Boot) -> Shape {
    let case = headless(Path::new("/opt/jumpclient"), Boot::Systemd);
    Shape { product, boot, platform, ..shape(Platform::LinuxHeadless, &case) }
}

#[test]
fn a_host_that_cannot_take_the_client_is_told_why() {
    let shape = elevated(Platform::LinuxHeadless, Product::BomgarPec, Boot::Systemd);
    let installer = installer::installer(Platform::LinuxHeadless);
    assert_eq!(installer.unfit(&shape, &seen(FIT, &[])), None);
    for (name, value, class, word) in [
        ("os", "FreeBSD", Class::Unfit, "FreeBSD"),
        ("arch", "aarch64", Class::Unfit, "raspberry_pi"),
        ("arch", "riscv64", Class::Unfit, "riscv64"),
        ("uid", "1000", Class::Sudo, "ops"),
        ("systemd", "no", Class::Unfit, "jc_boot"),
        ("digest_tool", "none", Class::Unfit, "sha256sum"),
        ("user_exists", "no", Class::Unfit, "jc_user"),
        ("install_parent", "read_only", Class::Unfit, "written"),
        ("staging_free_kib", "100", Class::DiskFull, "staging"),
        ("install_free_kib", "0", Class::DiskFull, "client"),
    ] {
        let mut looked = seen(FIT, &[]);
        looked.facts.insert(name.to_owned(), value.to_owned());
        let (found, text) = installer.unfit(&shape, &looked).unwrap_or_else(|| panic!("{name}={value}"));
        assert!(found == class && text.contains(word), "{name}={value}: {found} {text}");
    }
    // Root makes the folder above the install directory itself.
    let mut looked = seen(FIT, &[]);
    looked.facts.insert("install_parent".to_owned(), "missing".to_owned());
    assert_eq!(installer.unfit(&shape, &looked), None);
    // The vendor's service finds its own way to start.
    let shape = elevated(Platform::LinuxService, Product::BomgarPec, Boot::Systemd);
    looked.facts.insert("systemd".to_owned(), "no".to_owned());
    assert_eq!(installer::installer(Platform::LinuxService).unfit(&shape, &looked), None);
    looked.facts.insert("arch".to_owned(), "armv7l".to_owned());
    let shape = elevated(Platform::RaspberryPi, Product::BomgarPec, Boot::Init);
    assert_eq!(installer::installer(Platform::RaspberryPi).unfit(&shape, &looked), None);
}

#[test]
fn the_first_rule_that_matches_is_named() {
    let shape = elevated(Platform::LinuxHeadless, Product::BomgarPec, Boot::Systemd);
    let installer = installer::installer(Platform::LinuxHeadless);
    let first = |traces: &[(Rule, &str)]| {
        installer.duplicate(&shape, Some("/opt/jumpclient"), &seen(FIT, traces)).map(|trace| trace.evidence)
    };
    assert_eq!(first(&[]), None);
    let mut traces = vec![
        (Rule::OtherGeneration, "/opt/beyondtrust/sra-pin-x"),
        (Rule::MarkerFile, "/var/lib/jumpfleet/PRAJumpClient.txt"),
        (Rule::Service, "/etc/systemd/system/jumpfleet-jump-client.service"),
        (Rule::Process, "bomgar-pec"),
        (Rule::InstallDirectory, "/opt/bomgar/bomgar-pec-x"),
        (Rule::InstallDirectory, "/opt/jumpclient"),
    ];
    while let Some((_, evidence)) = traces.last().copied() {
        assert_eq!(first(&traces).as_deref(), Some(evidence));
        traces.pop();
    }
}

#[test]
fn a_client_is_proven_by_what_runs_and_what_starts_it_at_boot() {
    let directory = (Rule::InstallDirectory, "/opt/jumpclient");
    let process = (Rule::Process, "bomgar-pec");
    let service = (Rule::Service, "/etc/systemd/system/x.service");
    let unit = [("unit", "x.service"), ("unit_active", "active"), ("unit_enabled", "enabled")];
    let missing = |platform, product, boot, facts: &[(&str, &str)], traces: &[(Rule, &str)]| {
        let facts: Vec<(&str, &str)> = FIT.iter().chain(facts).copied().collect();
        installer::installer(platform)
            .missing(&elevated(platform, product, boot), &seen(&facts, traces))
            .len()
    };
    let (headless, service_mode) = (Platform::LinuxHeadless, Platform::LinuxService);
    let (old, new) = (Product::BomgarPec, Product::SraPin);
    let running = [directory, process, service];
    assert_eq!(missing(headless, old, Boot::Systemd, &unit, &running), 0);
    assert_eq!(missing(headless, old, Boot::Systemd, &unit, &[directory]), 1);
    assert_eq!(missing(headless, old, Boot::Systemd, &[], &running), 1);
    let dead = [("unit", "x.service"), ("unit_active", "failed"), ("unit_enabled", "disabled")];
    assert_eq!(missing(headless, old, Boot::Systemd, &dead, &[]), 4);
    assert_eq!(missing(headless, old, Boot::Init, &[("init_boot", "yes")], &running), 0);
    assert_eq!(missing(headless, old, Boot::Init, &[], &running), 1);
    assert_eq!(missing(headless, old, Boot::None, &[("init_status", "0")], &[directory]), 0);
    assert_eq!(missing(headless, old, Boot::None, &[("init_status", "1")], &[directory]), 1);
    assert_eq!(missing(headless, new, Boot::Systemd, &unit, &running), 0);
    assert_eq!(missing(service_mode, old, Boot::Systemd, &[], &running), 0, "any service is one");
    assert_eq!(missing(service_mode, old, Boot::Systemd, &dead, &running), 2);
    assert_eq!(missing(service_mode, old, Boot::Systemd, &[], &[directory, process]), 1);
    assert_eq!(missing(service_mode, new, Boot::Systemd, &[], &running), 1);
    assert_eq!(missing(service_mode, new, Boot::None, &[], &running), 0);
}

#[test]
fn an_installers_last_words_are_understood() {
    let linux = installer::installer(Platform::LinuxHeadless);
    for (output, class) in [
        ("Error: the option --jc-name may not be overridden for this installer", Class::OverrideRefused),
        ("Error: unknown option: --jc-name", Class::OverrideRefused),
        ("Error: this installer has expired", Class::InstallerExpired),
        ("the file was renamed: its name holds no key, and no --key-info was given", Class::KeyMissing),
        ("could not find the installer key", Class::KeyMissing),
        ("cp: error writing 'x': No space left on device", Class::DiskFull),
        ("cannot write to the staging folder", Class::DiskFull),
        ("something else", Class::InstallerFailed),
        ("", Class::InstallerFailed),
    ] {
        assert_eq!(linux.explain(1, output), class, "{output}");
    }
    let windows = installer::installer(Platform::WindowsMsi);
    for (status, output, class) in [
        (1603, "", Class::InstallerFailed),
        (1603, "the installer has expired", Class::InstallerExpired),
        (112, "", Class::DiskFull),
        (1619, "", Class::Checksum),
        (1620, "", Class::Checksum),
        (1618, "", Class::InstallerFailed),
    ] {
        assert_eq!(windows.explain(status, output), class, "{status}");
    }
}

/// Programs of a Mac that leave a note of how they were called; the image is a folder.
const MAC: &[(&str, &str)] = &[
    (
        "hdiutil",
        r#"echo "hdiutil $*" >>"$NOTES"
case $1 in
    attach) for last; do :; done
        mkdir -p "$last/Open To Start Support Session.app/Contents/MacOS"
        cp "$IMAGE" "$last/Open To Start Support Session.app/Contents/MacOS/sdcust" ;;
    detach) rm -rf "$2/"* ;;
esac"#,
    ),
    ("xattr", r#"echo "xattr $*" >>"$NOTES"; exit 1"#),
    ("sleep", r#"case $1 in 15) echo "sleep $*" >>"$NOTES" ;; *) exec /bin/sleep "$@" ;; esac"#),
];

#[test]
fn a_disk_image_is_always_closed_again() {
    for (status, image) in [(0, "exit 0"), (9, "exit 9")] {
        let folder = tempfile::tempdir().unwrap();
        let (programs, notes) = (folder.path().join("programs"), folder.path().join("notes"));
        fs::create_dir(&programs).unwrap();
        for (name, text) in MAC {
            program(&programs.join(name), &format!("#!/bin/sh\n{text}\n"));
        }
        // Without setsid, as on a Mac.
        for name in ["sh", "mkdir", "rm", "mv", "cat", "tail", "grep", "nohup", "cp"] {
            let path = std::env::split_paths("/usr/bin:/bin")
                .map(|folder| folder.join(name))
                .find(|path| path.exists());
            std::os::unix::fs::symlink(path.unwrap(), programs.join(name)).unwrap();
        }
        let client = folder.path().join("image");
        program(&client, &format!("#!/bin/sh\necho \"sdcust $*\" >>\"$NOTES\"\n{image}\n"));
        let case = Case {
            host: CaseHost {
                elevate: true,
                parameters: [(Parameter::Tag, "it's".to_owned())].into(),
                ..CaseHost::default()
            },
            ..headless(Path::new("/"), Boot::Systemd)
        };
        let mut values = values(Platform::MacosDmg, &case);
        let staging = folder.path().join("jumpfleet-r1");
        fs::create_dir(&staging).unwrap();
        values.insert(Slot::Staging, staging.to_string_lossy().into());
        let invocation =
            installer::installer(Platform::MacosDmg).invocation(&shape(Platform::MacosDmg, &case));
        // macOS runs sh as bash.
        let mut child = Command::new("/bin/bash")
            .arg("--posix")
            .env_clear()
            .env("PATH", &programs)
            .env("NOTES", &notes)
            .env("IMAGE", &client)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let script = fill(&invocation.install.script, &values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let told = told(&output);
        assert_eq!(observe::status(&told), Some(status), "{told}\n{:?}", fs::read_to_string(&notes));
        let notes = fs::read_to_string(&notes).unwrap();
        let volume = staging.join("volume").to_string_lossy().into_owned();
        let expected = format!(
            "xattr -d com.apple.quarantine ./bomgar-pec-k1 it's.bin\n\
             hdiutil attach ./bomgar-pec-k1 it's.bin -nobrowse -readonly -noautoopen -quiet -mountpoint {volume}\n\
             sdcust --silent --jc-tag it's\n\
             sleep 15\n\
             hdiutil detach {volume} -quiet\n"
        );
        assert_eq!(notes, expected);
    }
}
