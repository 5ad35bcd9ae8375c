//! What do the files that GitHub names hold after a command?

use crate::corpus::commands;
use crate::scene::{Scene, done};

const FLEET: &str = "web:\n  hosts:\n    web[01:30]: {}\n    odd01: {ansible_user: root}\n";

/// The values that GitHub reads out of its file of outputs.
fn outputs(text: &str) -> Vec<(String, String)> {
    let mut values = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, end) = line.split_once("<<").unwrap_or_else(|| panic!("{line}"));
        let value: Vec<_> = lines.by_ref().take_while(|line| *line != end).collect();
        values.push((name.to_owned(), value.join("\n")));
    }
    values
}

#[test]
fn a_step_leaves_a_summary_annotations_and_counts() {
    let scene = Scene::new(FLEET);
    scene.write("summary.md", "what was there before\n");
    let done =
        scene.on_github(&["plan", "-i", "fleet.yaml", "--format", "github", "-o", "plan.json"]).expect(0);
    let heard = commands(&done.stdout);
    let unusual = "::notice file=fleet.yaml,line=4,title=Plan%3A unusual::login is `root` on 1 host (odd01)";
    assert!(heard.iter().any(|command| command.starts_with(unusual)), "{heard:?}");
    assert!(done.stdout.contains("31 to install"), "the log shows the plan: {}", done.stdout);
    let summary = scene.read("summary.md");
    assert!(summary.starts_with("what was there before\n## Plan "), "{summary}");
    let values = outputs(&scene.read("outputs"));
    let value = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!((value("hosts"), value("changes"), value("errors")), (Some("31"), Some("31"), Some("0")));
    assert_eq!(value("plan_id").map(str::len), Some(64));
}

#[test]
fn a_summary_that_is_full_gets_a_few_lines_or_none() {
    let scene = Scene::new(FLEET);
    scene.plan("plan.json", &[]);
    let show = || scene.on_github(&["plan", "show", "plan.json", "--format", "github"]).expect(0);
    scene.write("summary.md", &"x".repeat(1024 * 1024 - 1200));
    show();
    let length = scene.read("summary.md").len();
    assert!(length <= 1024 * 1024 && scene.read("summary.md").contains("the summary of this step is full"));
    scene.write("summary.md", &"x".repeat(1024 * 1024 - 10));
    show();
    assert_eq!(scene.read("summary.md").len(), 1024 * 1024 - 10);
}

#[test]
fn a_file_that_cannot_be_written_keeps_nothing_else_from_the_job() {
    let scene = Scene::new(FLEET);
    let mut command = scene.command();
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "/nowhere/summary.md");
    command.env("GITHUB_OUTPUT", scene.path().join("outputs"));
    command.args(["plan", "-i", "fleet.yaml", "--format", "github", "--detailed-exitcode"]);
    let done = done(command.output().expect("the program starts")).expect(10);
    assert!(done.stderr.contains("warning: cannot write `/nowhere/summary.md`"), "{}", done.stderr);
    assert!(scene.read("outputs").contains("changes<<"));
}

#[test]
fn outside_of_a_job_nothing_is_written_anywhere() {
    let scene = Scene::new(FLEET);
    scene.plan("plan.json", &[]);
    let shown = scene.show("plan.json", "github");
    assert_eq!(commands(&shown).len(), 1, "{shown}");
    assert!(!scene.path().join("summary.md").exists() && !scene.path().join("outputs").exists());
}

#[test]
fn every_token_is_another_one() {
    let scene = Scene::new(FLEET);
    scene.plan("plan.json", &[]);
    let first = |text: String| text.lines().next().map(str::to_owned).unwrap_or_default();
    let (one, two) = (first(scene.show("plan.json", "github")), first(scene.show("plan.json", "github")));
    assert!(one.starts_with("::stop-commands::jumpfleet-") && one.len() >= 32 + 27, "{one}");
    assert_ne!(one, two);
}
