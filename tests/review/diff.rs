//! Does the difference of two plans name the hosts, what is different, and the line that decides it?

use serde_json::Value;

use crate::scene::{Scene, VARS};

const FLEET: &str = "\
web:
  hosts:
    web[01:03]: {}
    own01: {jc_tag: mine}
    block01:
      ansible_host: 192.0.2.9
      jc_tag: block
  vars:
    jc_tag: web
";

/// The difference after the inventory was changed by `edit`, with more arguments for the second plan.
fn difference(edit: impl Fn(String) -> String, more: &[&str]) -> (Scene, Value) {
    let scene = Scene::new(FLEET);
    scene.write("host_vars/web03.yaml", "jc_comments: one\n");
    scene.write("group_vars/web.yaml", "jc_jump_group: jumpgroup:a\n");
    scene.plan("old.json", &[]);
    scene.write("fleet.yaml", &format!("{}{VARS}", edit(FLEET.to_owned())));
    scene.plan("new.json", more);
    let json = scene.run(&["plan", "diff", "old.json", "new.json", "--format", "json"]).expect(0).stdout;
    (scene, serde_json::from_str(&json).expect("JSON"))
}

#[test]
fn what_waves_are_spread_over_can_be_reviewed() {
    let (scene, difference) = difference(|fleet| fleet, &["--spread-by", "group"]);
    assert!(difference.to_string().contains("are spread over `group`"), "{difference:#}");
    for format in ["text", "markdown", "html"] {
        let shown = scene.show("new.json", format);
        assert!(shown.contains("waves are spread over"), "{shown}");
        assert!(!scene.show("old.json", format).contains("are spread over"));
    }
}

/// The changes of the group that holds a host.
fn of(difference: &Value, host: &str) -> Vec<String> {
    let groups = difference["changed"].as_array().expect("groups").iter();
    let mut mine =
        groups.filter(|group| group["hosts"].as_array().is_some_and(|names| names.contains(&host.into())));
    let group = mine.next().unwrap_or_else(|| panic!("{host} is not in {difference:#}"));
    let words = |change: &Value| {
        let word = |key: &str| change[key].as_str().unwrap_or("-").to_owned();
        [word("what"), word("old"), word("new"), word("place")].join(" ")
    };
    group["changes"].as_array().expect("changes").iter().map(words).collect()
}

#[test]
fn the_line_that_decides_a_change_is_named() {
    let edit =
        |text: String| text.replace("jc_tag: web", "jc_tag: www").replace("jc_tag: mine", "jc_tag: yours");
    let (_scene, found) = difference(|text| edit(text).replace("jc_tag: block", "jc_tag: other"), &[]);
    assert_eq!(of(&found, "web01"), ["jc_tag web www fleet.yaml:9"]);
    assert_eq!(of(&found, "own01"), ["jc_tag mine yours fleet.yaml:4"]);
    assert_eq!(of(&found, "block01"), ["jc_tag block other fleet.yaml:7"]);
    assert_eq!(found["unchanged"], 0);
    assert_eq!(found["inputs"].as_array().map(Vec::len), Some(1));
}

#[test]
fn lines_of_other_files_are_named_too() {
    let scene = Scene::new(FLEET);
    for (tag, name) in [("one", "old.json"), ("two", "new.json")] {
        scene.write("host_vars/web03.yaml", &format!("# a remark\njc_comments: {tag}\n"));
        scene.write("group_vars/web.yaml", &format!("jc_jump_group: jumpgroup:{tag}\n"));
        scene.plan(name, &[]);
    }
    let shown = scene.run(&["plan", "diff", "old.json", "new.json"]).expect(0).stdout;
    for wanted in [
        "jc_comments: one → two (at host_vars/web03.yaml:2)",
        "jc_jump_group: jumpgroup:one → jumpgroup:two (at group_vars/web.yaml:1)",
        "changed: group_vars/web.yaml",
        "0 added, 0 removed, 5 treated differently, 0 as before",
    ] {
        assert!(shown.contains(wanted), "{wanted} is not in\n{shown}");
    }
}

#[test]
fn what_is_not_written_any_more_is_named_where_it_was() {
    let (scene, found) = difference(|text| text.replace("own01: {jc_tag: mine}", "own01: {}"), &[]);
    assert_eq!(of(&found, "own01"), ["jc_tag mine web fleet.yaml:9"]);
    let (_, gone) = difference(|text| text.replace("\n      ansible_host: 192.0.2.9", ""), &[]);
    assert_eq!(of(&gone, "block01"), ["address 192.0.2.9 block01 fleet.yaml:6"]);
    drop(scene);
}

#[test]
fn hosts_come_and_go_and_the_way_in_counts() {
    let (scene, found) = difference(
        |text| text.replace("web[01:03]: {}", "web[02:05]: {ansible_user: root, ansible_port: 2222}"),
        &[],
    );
    assert_eq!(found["added"][0]["hosts"], serde_json::json!(["web04", "web05"]));
    assert_eq!(found["added"][0]["place"], "fleet.yaml:3");
    assert_eq!(found["removed"][0]["hosts"], serde_json::json!(["web01"]));
    assert_eq!(of(&found, "web02"), ["port 22 2222 fleet.yaml:3", "login admin root fleet.yaml:3"]);
    let shown = scene.run(&["plan", "diff", "old.json", "new.json", "--detailed-exitcode"]).expect(10).stdout;
    assert!(shown.contains("2 added, 1 removed, 2 treated differently, 2 as before"), "{shown}");
}

#[test]
fn what_is_decided_for_all_hosts_is_said_once() {
    let (_scene, found) =
        difference(|text| text, &["--rate", "20/min", "--waves", "2,100%", "--max-failures", "3"]);
    let settings = found["settings"].as_array().expect("settings");
    let what: Vec<_> = settings.iter().filter_map(|change| change["what"].as_str()).collect();
    for wanted in ["rate", "ramp", "limits", "wave 1", "wave 2", "gate behind wave 1"] {
        assert!(what.contains(&wanted), "{wanted} is not in {what:?}");
    }
    let rate = settings.iter().find(|change| change["what"] == "rate").expect("the rate");
    assert_eq!((rate["old"].as_str(), rate["new"].as_str()), (Some("60/min"), Some("20/min")));
}

#[test]
fn another_installer_is_another_plan() {
    let scene = Scene::new(FLEET);
    scene.plan("old.json", &[]);
    scene.write("installers/bomgar-pec-0123456789abcdef0123456789abcdef.bin", "a newer installer");
    scene.plan("new.json", &[]);
    let shown = scene.run(&["plan", "diff", "old.json", "new.json", "--detailed-exitcode"]).expect(10).stdout;
    assert!(shown.contains("installer spring linux_headless: bomgar-pec-‹key "), "{shown}");
    assert!(!shown.contains("0123456789abcdef0123"), "{shown}");
}

#[test]
fn a_removal_in_place_of_an_installation_is_said_of_its_hosts() {
    let scene = Scene::new(FLEET);
    scene.plan("old.json", &["--waves", "2,100%"]);
    scene.plan("new.json", &["--uninstall"]);
    let shown = scene.run(&["plan", "diff", "old.json", "new.json"]).expect(0).stdout;
    assert!(!shown.contains("e3b0c44") && !shown.contains("0 bytes"), "{shown}");
    assert!(!shown.contains("scripts:") && !shown.contains("it ends"), "{shown}");
    let json = scene.run(&["plan", "diff", "old.json", "new.json", "--format", "json"]).expect(0).stdout;
    let found: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(of(&found, "web01")[0], "task install uninstall -");
}

#[test]
fn plans_that_do_the_same_are_the_same_wherever_they_were_made() {
    let (one, two) = (Scene::new(FLEET), Scene::new(FLEET));
    one.plan("plan.json", &[]);
    two.plan("plan.json", &[]);
    let other = two.path().join("plan.json").display().to_string();
    let same = one.run(&["plan", "diff", "plan.json", &other, "--detailed-exitcode"]).expect(0).stdout;
    assert!(same.contains("Both plans do the same.") && !same.contains("Files"), "{same}");
}

#[test]
fn a_large_difference_stays_small_where_it_must() {
    let hosts = |tag: &str| {
        let hosts: String = (0..20_000).map(|at| format!("    h{at:05}: {{jc_tag: {tag}{at}}}\n")).collect();
        format!("web:\n  hosts:\n{hosts}")
    };
    let scene = Scene::new(&hosts("a"));
    scene.plan("old.json", &[]);
    scene.write("fleet.yaml", &format!("{}{VARS}", hosts("b")));
    scene.plan("new.json", &[]);
    let size = scene.read("new.json").len();
    assert!(size < 20_000 * 300, "{size} bytes: hosts that are written alike share where that is");
    let plan: Value = serde_json::from_str(&scene.read("new.json")).expect("JSON");
    assert_eq!(plan["origins"].as_array().map(Vec::len), Some(1));
    let page = scene.run(&["plan", "diff", "old.json", "new.json", "--format", "markdown"]).expect(0).stdout;
    assert!(
        page.len() <= 900 * 1024 && page.contains("more; `--format json` has them all."),
        "{}",
        page.len()
    );
    let text = scene.run(&["plan", "diff", "old.json", "new.json"]).expect(0).stdout;
    assert!(text.lines().count() < 200 && text.contains("more kinds of change on 19950 hosts"), "{text}");
    let json = scene.run(&["plan", "diff", "old.json", "new.json", "--format", "json"]).expect(0).stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["changed"].as_array().map(Vec::len), Some(20_000));
    assert_eq!(json["changed"][7]["changes"][0]["place"], "fleet.yaml:10");
}
