//! Do the files for GitHub Actions and GitLab CI work? Every script in them is run in a checkout like theirs.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;

use crate::corpus::commands;
use crate::scene::{Done, Scene, VARS, done};

const FLEET: &str = "web:\n  hosts:\n    web01: {ansible_host: 127.0.0.1, ansible_port: 9}\n";

fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci").join(name);
    serde_yaml::from_str(&fs::read_to_string(path).expect("an example")).expect("YAML")
}

/// A repository whose branch `main` has one host, and whose working tree has one more.
fn repository() -> Scene {
    let scene = Scene::new(FLEET);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(scene.path()).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
        let output = command.args(arguments).output().expect("git starts");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    // The installers stay on the runner.
    let installers = scene.path().join("installers").display().to_string();
    let settings = scene.read("jumpfleet.yaml").replace("installers/", &format!("{installers}/"));
    scene.write("jumpfleet.yaml", &settings);
    scene.write(".gitignore", "installers/\nstate/\nbin/\n");
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    git(&["remote", "add", "origin", "."]);
    git(&["fetch", "-q", "origin"]);
    git(&["checkout", "-q", "-b", "change"]);
    scene.write(
        "fleet.yaml",
        &format!("{FLEET}    web02: {{ansible_host: 127.0.0.1, ansible_port: 10}}\n{VARS}"),
    );
    git(&["commit", "-q", "-a", "-m", "two"]);
    scene
}

/// Runs a script as the runner does, `jumpfleet` being on its path.
fn script(scene: &Scene, shell: &[&str], text: &str, environment: &[(&str, &str)]) -> Done {
    let program =
        Path::new(env!("CARGO_BIN_EXE_jumpfleet")).parent().expect("a folder").display().to_string();
    let path = format!("{program}:/usr/local/bin:/usr/bin:/bin");
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(text).current_dir(scene.path()).env_clear().env("PATH", path);
    command.env("HOME", scene.path()).env("XDG_STATE_HOME", scene.path().join("state"));
    command.env("USER", "runner").env("JUMPFLEET_PERMITS_DIR", scene.path().join("state/permits"));
    done(command.envs(environment.iter().copied()).output().expect("a shell starts"))
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// Runs the steps of a job of the workflow; returns each step's name and how it ended.
fn github(scene: &Scene, job: &str, event: &str) -> Vec<(String, Done)> {
    let workflow = example("github.yml");
    let steps = workflow["jobs"][job]["steps"].as_sequence().expect("steps").clone();
    let here = scene.path().display().to_string();
    let (summary, outputs) = (format!("{here}/summary.md"), format!("{here}/outputs"));
    let environment = [
        ("GITHUB_ACTIONS", "true"),
        ("CI", "true"),
        ("GITHUB_WORKSPACE", &*here),
        ("GITHUB_STEP_SUMMARY", &*summary),
        ("GITHUB_OUTPUT", &*outputs),
        ("GITHUB_BASE_REF", "main"),
        ("SUDO_PASSWORD", "x"),
    ];
    let mut ended = Vec::new();
    let mut failed = false;
    for step in &steps {
        let always = text(step, "if") == Some("always()");
        let meant =
            text(step, "if").is_none_or(|when| !when.contains("pull_request") || event == "pull_request");
        if let Some(paths) = step["with"].get("path").and_then(Value::as_str) {
            for path in paths.lines() {
                assert!(scene.path().join(path).exists(), "{path} is uploaded and not there");
            }
        }
        let Some(run) = text(step, "run").filter(|_| meant && (always || !failed)) else { continue };
        assert!(!run.contains("${{"), "expressions in scripts are injected into: {run}");
        let done = script(scene, &["bash", "-e", "-c"], run, &environment);
        failed |= done.code != Some(0);
        ended.push((text(step, "name").expect("a name").to_owned(), done));
    }
    ended
}

#[test]
fn a_pull_request_shows_its_plan_and_what_it_changes() {
    let scene = repository();
    let steps = github(&scene, "plan", "pull_request");
    for (name, done) in &steps {
        assert_eq!(done.code, Some(0), "{name}: {}{}", done.stdout, done.stderr);
    }
    assert_eq!(steps.len(), 3);
    let summary = scene.read("summary.md");
    assert!(summary.contains("**2 to install, of 2 hosts in 1 wave**"), "{summary}");
    assert!(summary.contains("**1 added, 0 removed, 0 treated differently, 1 as before**"), "{summary}");
    assert!(scene.read("outputs").contains("changes<<"));
    let added = commands(&steps[1].1.stdout);
    let notice = "::notice file=fleet.yaml,line=4,title=1 host added::";
    assert!(added.iter().any(|command| command.starts_with(notice)), "{added:?}");
}

#[test]
fn what_was_merged_is_carried_out_as_planned_and_reported_though_it_fails() {
    let scene = repository();
    let planned = github(&scene, "plan", "push");
    assert_eq!(planned.len(), 2, "nothing is compared after the merge");
    let steps = github(&scene, "rollout", "push");
    let codes: Vec<_> = steps.iter().map(|(_, done)| done.code).collect();
    assert_eq!(codes, [Some(4), Some(0)], "{}", steps[0].1.stderr);
    let heard = commands(&steps[1].1.stdout);
    assert!(heard[0].starts_with("::error file=fleet.yaml,line=3,title=1 host unreachable"), "{heard:?}");
    assert!(scene.read("summary.md").contains("UNREACHABLE"));
    assert!(scene.read("report/junit.xml").contains("<testsuites"));
    assert!(scene.read("report/report.md").contains("UNREACHABLE"));
}

#[test]
fn a_rollout_that_was_refused_is_not_answered_for_by_another_run() {
    let scene = repository();
    github(&scene, "plan", "push");
    github(&scene, "rollout", "push");
    let inventory = scene.read("fleet.yaml");
    scene.write("fleet.yaml", &format!("{inventory}# moved\n"));
    github(&scene, "plan", "push");
    scene.write("fleet.yaml", &inventory);
    let steps = github(&scene, "rollout", "push");
    let codes: Vec<_> = steps.iter().map(|(_, done)| done.code).collect();
    assert_eq!(codes, [Some(6), Some(2)], "{}", steps[1].1.stderr);
    assert!(steps[1].1.stderr.contains("no run has carried out `plan.json`"), "{}", steps[1].1.stderr);
}

/// The lines of a job's part, as GitLab runs them: one script that ends at the first line that fails.
fn gitlab(scene: &Scene, job: &str, part: &str) -> Done {
    let file = example("gitlab-ci.yml");
    let lines = file[job][part].as_sequence().expect("lines").clone();
    let lines: Vec<_> = lines.iter().filter_map(Value::as_str).collect();
    let here = scene.path().display().to_string();
    let environment = [
        ("CI", "true"),
        ("GITLAB_CI", "true"),
        ("CI_PROJECT_DIR", &*here),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
    ];
    script(scene, &["bash", "-eo", "pipefail", "-c"], &lines.join("\n"), &environment)
}

/// Fails unless everything that a job keeps is there.
fn kept(scene: &Scene, job: &str) {
    let artifacts = &example("gitlab-ci.yml")[job]["artifacts"];
    let paths = artifacts["paths"].as_sequence().into_iter().flatten();
    let reports = artifacts.get("reports").and_then(Value::as_mapping);
    for path in paths.chain(reports.into_iter().flat_map(|reports| reports.values())) {
        let path = path.as_str().expect("a path");
        assert!(scene.path().join(path).exists(), "{job} keeps {path}, which is not there");
    }
}

#[test]
fn gitlab_gets_its_widgets_and_reports() {
    let scene = repository();
    gitlab(&scene, "plan", "script").expect(0);
    kept(&scene, "plan");
    assert_eq!(scene.read("terraform.json"), "{\"create\":2,\"update\":0,\"delete\":0}\n");
    scene.write("plan.kept", &scene.read("plan.json"));
    let difference = gitlab(&scene, "difference", "script").expect(0);
    assert!(difference.stdout.contains("1 added, 0 removed"), "{}", difference.stdout);
    kept(&scene, "difference");
    // The rollout takes the plan of the job that it needs.
    scene.write("plan.json", &scene.read("plan.kept"));
    gitlab(&scene, "rollout", "script").expect(4);
    gitlab(&scene, "rollout", "after_script").expect(0);
    kept(&scene, "rollout");
    let issues: serde_json::Value =
        serde_json::from_str(&scene.read("report/codequality.json")).expect("JSON");
    assert_eq!(issues.as_array().map(Vec::len), Some(2));
    assert_eq!(issues[0]["location"]["path"], "fleet.yaml");
    assert_eq!(issues[0]["location"]["lines"]["begin"], 3);
}
