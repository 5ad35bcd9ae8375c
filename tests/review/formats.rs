//! Do all formats of a plan say the same, and what their readers need?

use serde_json::{Value, json};

use crate::scene::Scene;

/// Forty hosts that are alike, one that is not, and twelve with another tag.
const FLEET: &str = "\
web:
  hosts:
    web[01:40]: {}
    odd01: {ansible_port: 2222}
  vars: {jc_tag: web}
db:
  hosts:
    db[01:12]: {jc_tag: db, ansible_ssh_common_args: '-o StrictHostKeyChecking=accept-new'}
";

fn scene() -> Scene {
    let scene = Scene::new(FLEET);
    scene.plan("plan.json", &["--waves", "2,100%"]);
    scene
}

#[test]
fn every_format_says_how_many_which_and_what() {
    let scene = scene();
    for format in ["text", "markdown", "html", "github"] {
        let shown = match format {
            "github" => {
                scene.on_github(&["plan", "show", "plan.json", "--format", format]).expect(0);
                scene.read("summary.md")
            }
            format => scene.show("plan.json", format),
        };
        for wanted in [
            "53 to install, of 53 hosts in 2 waves",
            "takes at least",
            "web[01-40]",
            "db[01-12]",
            "--jc-tag web",
            "sh ./bomgar-pec-‹key ",
            "1 warning",
            "host_keys_accepted",
            "1 host (odd01)",
        ] {
            assert!(shown.contains(wanted), "{wanted} is not in {format}:\n{shown}");
        }
        assert!(!shown.contains("0123456789abcdef0123"), "{format} shows the key");
        let (fold, details) = (shown.find("What they hear"), shown.find("How it goes"));
        assert!(fold.is_some() && fold < details, "{format}: who hears what comes before the details");
    }
}

#[test]
fn a_saved_plan_is_shown_as_it_was_when_it_was_made() {
    let scene = scene();
    let made = scene.run(&["plan", "-i", "fleet.yaml", "-o", "again.json"]).expect(0).stdout;
    scene.write("fleet.yaml", "gone: {}\n");
    assert_eq!(scene.show("again.json", "text"), made);
    assert_eq!(scene.show("again.json", "json"), scene.read("again.json"));
    let refused = scene.run(&["plan", "show", "jumpfleet.yaml"]).expect(2);
    assert!(refused.stderr.contains("it is not a plan"), "{}", refused.stderr);
    let mixed = scene.run(&["plan", "-i", "fleet.yaml", "show", "again.json"]);
    assert_eq!(mixed.code, Some(2), "{}", mixed.stdout);
}

#[test]
fn the_widget_of_gitlab_counts_what_comes_and_goes() {
    let scene = scene();
    let widget =
        |plan: &str| -> Value { serde_json::from_str(&scene.show(plan, "gitlab-terraform")).expect("JSON") };
    assert_eq!(widget("plan.json"), json!({"create": 53, "update": 0, "delete": 0}));
    scene.plan("removal.json", &["--uninstall"]);
    assert_eq!(widget("removal.json"), json!({"create": 0, "update": 0, "delete": 53}));
}

#[test]
fn findings_stand_at_the_line_of_the_inventory() {
    let scene = scene();
    let issues: Value = serde_json::from_str(&scene.show("plan.json", "gitlab-codequality")).expect("JSON");
    let issues = issues.as_array().expect("an array");
    let at = |check: &str| {
        let issue = issues.iter().find(|issue| issue["check_name"] == check);
        let issue = issue.unwrap_or_else(|| panic!("{check} is not in {issues:?}"));
        format!("{} {}", issue["location"]["path"], issue["location"]["lines"]["begin"])
    };
    assert_eq!(at("host_keys_accepted"), "\"fleet.yaml\" 8");
    assert_eq!(at("unusual"), "\"fleet.yaml\" 4");
    let mut prints: Vec<_> = issues.iter().map(|issue| issue["fingerprint"].as_str()).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), issues.len());
}

#[test]
fn a_plan_that_is_not_carried_out_is_an_error() {
    let scene = Scene::new("web:\n  hosts:\n    web01: {}\n");
    scene.write("jumpfleet.yaml", &scene.read("jumpfleet.yaml").replace("2035-01-01", "2025-01-01"));
    let done = scene.on_github(&["plan", "-i", "fleet.yaml", "--format", "github"]).expect(2);
    let error = done.stdout.lines().find(|line| line.starts_with("::error "));
    let error = error.unwrap_or_else(|| panic!("{}", done.stdout));
    assert!(error.contains("title=Plan%3A installer expired::the installers of `spring` expired"), "{error}");
    assert!(done.stdout.contains("1 error: not carried out"), "{}", done.stdout);
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_runs_nothing() {
    let page = scene().show("plan.json", "html");
    for forbidden in
        ["<script", "javascript:", "http:", "https:", "url(", "@import", "<link", "<iframe", " on"]
    {
        let markup: String = page.split('<').map(|tag| tag.split('>').next().unwrap_or_default()).collect();
        let style =
            page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
        assert!(
            !markup.contains(forbidden) && (forbidden == " on" || !style.contains(forbidden)),
            "{forbidden}"
        );
    }
    assert!(page.contains("default-src 'none'; style-src 'sha256-"), "{page}");
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print"));
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
}

/// Every host is a kind of its own: ports are not a value that kinds are folded over.
fn crowd(count: usize) -> String {
    let hosts: String =
        (0..count).map(|at| format!("    h{at:05}: {{ansible_port: {}}}\n", at % 60_000 + 1)).collect();
    format!("web:\n  hosts:\n{hosts}")
}

#[test]
fn a_page_for_github_stays_below_its_limit_and_counts_what_it_leaves_out() {
    let scene = Scene::new(&crowd(6000));
    scene.plan("plan.json", &[]);
    let page = scene.show("plan.json", "markdown");
    assert!(page.len() <= 900 * 1024 && page.len() > 700 * 1024, "{}", page.len());
    assert!(page.contains("more kinds of hosts; `--format json` has them all."));
    assert!(page.contains("### How it goes"), "the details have their room");
}
