//! Which words does each case expect, and where do they differ from what is said?

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jumpfleet::installer;
use jumpfleet::model::{
    Access, Boot, Host, Invocation, KeySource, Parameter, Place, Platform, Product, Release, Shape, Slot,
    Step,
};
use jumpfleet::shell;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// Shows the bodies of scripts too; elsewhere `‹linux/probe.sh›` stands for that file's text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    pub host: CaseHost,
    pub release: CaseRelease,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The vendor's removal, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<CaseStep>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseHost {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<Parameter, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install_dir: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elevate: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<Boot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker_file: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRelease {
    pub product: Product,
    pub file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseStep {
    phase: String,
    name: String,
    deadline: u32,
    success: Vec<i32>,
    script: String,
}

pub fn root() -> PathBuf {
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
        window: None,
        spread: None,
        staging_dir: None,
        marker_file: text(&case.marker_file),
        origins: Default::default(),
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

pub fn shape(platform: Platform, case: &Case) -> Shape {
    let key = if case.release.key.is_some() { KeySource::Argument } else { KeySource::FileName };
    installer::shape(&host(platform, &case.host), &release(&case.release), key)
}

pub fn values(platform: Platform, case: &Case) -> BTreeMap<Slot, Arc<str>> {
    let mut values = installer::values(&host(platform, &case.host), &release(&case.release));
    values.extend(run_time(platform, &case.release));
    values
}

pub fn fill(script: &jumpfleet::model::Script, values: &BTreeMap<Slot, Arc<str>>) -> String {
    shell::fill(script, |slot| values.get(&slot).map(|value| Cow::Borrowed(&**value)))
        .unwrap_or_else(|slot| panic!("the gap `{slot}` has no value"))
}

pub fn steps(invocation: &Invocation) -> Vec<(&'static str, &Step)> {
    let mut steps =
        vec![("probe", &invocation.probe), ("prepare", &invocation.prepare), ("digest", &invocation.digest)];
    steps.extend(invocation.ready.iter().map(|step| ("ready", step)));
    steps.push(("install", &invocation.install));
    steps.extend(invocation.start.iter().map(|step| ("start", step)));
    steps.push(("mark", &invocation.mark));
    steps.extend(invocation.remove.iter().map(|step| ("remove", step)));
    steps.extend(invocation.replace.iter().map(|step| ("replace", step)));
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
        return Case { refused, command: None, removal: None, steps: Vec::new(), ..case.clone() };
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
    let removal = Some(fill(&invocation.removal, &values));
    Case { refused, command, removal, steps, ..case.clone() }
}

fn cases_file(platform: Platform) -> PathBuf {
    root().join(format!("tests/cases/{platform}.yaml"))
}

pub fn cases(platform: Platform) -> Vec<Case> {
    let path = cases_file(platform);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const HEADING: &str = "# Host and release in, exact words out. Regenerate with UPDATE_CASES=1, then read the difference.\n\
    # In scripts, ‹linux/probe.sh› stands for the text of src/installer/linux/probe.sh.\n";

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
    compare("removal", expected.removal.as_deref().unwrap_or(""), found.removal.as_deref().unwrap_or(""));
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
        if std::env::var_os("UPDATE_CASES").is_some_and(|word| word == "1") {
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

/// A headless client of the older generation in that directory.
pub fn headless(directory: &Path, boot: Boot) -> Case {
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
        removal: None,
        steps: Vec::new(),
    }
}
