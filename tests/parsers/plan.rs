//! Plan files.

use std::collections::BTreeMap;
use std::time::Duration;

use jumpfleet::model::{Appliance, InstallerFile, KeySource, Plan, Platform, Product, Rate, Release};
use jumpfleet::planner::{self, Request};
use proptest::prelude::*;
use serde_json::Value;

use crate::errors::assert_readable;
use crate::growth::{in_proportion, within};
use crate::inventory::read;
use crate::trial::{Trial, config, nodes};

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"format_version\":1",
    "\"format_version\":2",
    "\"plan_id\":\"\"",
    "\"hosts\":[]",
    "\"rate\":\"60/min\"",
    "null",
    "true",
    "0",
    "-1",
    "1e308",
    "\"\\u001b[31m\"",
    "\"\\ud800\"",
    "\"x\":",
    " ",
    "\n",
];

/// A real plan of so many hosts.
fn plan(hosts: usize) -> Plan {
    let names: String =
        (0..hosts).map(|n| format!("    h{n}: {{ansible_host: h{n}.example.org}}\n")).collect();
    let inventory = read(&format!(
        "all:\n  hosts:\n{names}  vars: {{jc_platform: linux_headless, jc_user: jc, jc_tag: x, ansible_become: true, \
         ansible_ssh_args: '-J b', ansible_become_password: {{env: SUDO}}}}\n"
    ));
    let inventory = inventory.expect("an inventory");
    let ids: Vec<_> = inventory.ids().collect();
    let release = Release {
        name: "main".into(),
        product: Product::BomgarPec,
        version: Some("24.3".into()),
        expires: Some("2035-01-01T00:00:00Z".parse().expect("a moment")),
        key: None,
        overrides: ["tag".to_owned()].into(),
        files: [(Platform::LinuxHeadless, "bomgar-pec-*.bin".to_owned())].into(),
    };
    let installer = InstallerFile {
        release: "main".into(),
        platform: Platform::LinuxHeadless,
        pattern: "bomgar-pec-*.bin".into(),
        shown: "bomgar-pec-‹key 1a2b3c4d›.bin".into(),
        key_fingerprint: Some("1a2b3c4d".into()),
        key: KeySource::FileName,
        architecture: None,
        sha256: "0".repeat(64),
        bytes: 1,
    };
    let mut plan = planner::plan(Request {
        now: "2026-03-01T20:00:00Z".parse().expect("a moment"),
        tool_version: "0",
        settings: "/jumpfleet.yaml".into(),
        inventory: vec!["/fleet.yaml".into()],
        inputs: Vec::new(),
        limit: Some("all".into()),
        appliance: &Appliance { site: "pra.example.org".into(), ceiling: Some(1000), clients: 0, told: None },
        releases: &BTreeMap::from([("main".to_owned(), release)]),
        default_release: Some("main"),
        rate: Rate::VENDOR_LIMIT,
        wanted: &planner::Wanted::default(),
        task: jumpfleet::model::Task::Install,
        at_once: 48,
        expected_install: Duration::from_secs(20),
        install_deadline: None,
        hosts: inventory.resolve(&ids, None).expect("hosts"),
        left_out: &[],
        installers: vec![installer],
    })
    .expect("a plan");
    planner::identify(&mut plan);
    plan
}

fn written(plan: &Plan) -> Vec<u8> {
    let mut out = Vec::new();
    planner::write_json(plan, &mut out).expect("memory takes it");
    out
}

/// Reads a plan; an error names a place in the text and can be shown.
fn try_to_read(text: &[u8]) -> Option<Plan> {
    match planner::parse(text) {
        Ok(plan) => Some(plan),
        Err(error) => {
            assert_readable(&error.to_string());
            if let planner::PlanError::NotAPlan { line, .. } = error {
                let lines = text.split(|byte| *byte == b'\n').count();
                assert!(line <= lines, "line {line} of {lines}");
            }
            None
        }
    }
}

#[test]
fn any_text_is_a_whole_plan_or_none() {
    let whole = written(&plan(3));
    assert!(try_to_read(&whole).is_some());
    Trial::of("plan", WORDS).and(whole.clone()).bytes(|text| {
        if let Some(plan) = try_to_read(text) {
            assert!(written(&plan) == whole || plan.hosts.is_empty(), "a changed plan was taken");
        }
    });
}

proptest! {
    #![proptest_config(config())]

    /// Who changes a plan on purpose reckons its id anew: nothing in it may make anything stumble.
    #[test]
    fn a_plan_with_a_changed_part_is_used_or_refused(change in nodes()) {
        let mut value = serde_json::to_value(plan(3)).expect("a plan is JSON");
        change.apply(&mut value);
        if let Ok(mut odd) = serde_json::from_value::<Plan>(value) {
            planner::identify(&mut odd);
            let text = written(&odd);
            if let Some(mut again) = try_to_read(&text) {
                prop_assert_eq!(&again, &odd);
                let faults = planner::distrusted(&again);
                faults.iter().for_each(|fault| assert_readable(fault));
                let sources = jumpfleet::ci::Sources::default();
                for format in planner::FORMATS {
                    (format.write)(&again, &sources, &mut Vec::new()).expect("memory takes it");
                }
                let difference = planner::Difference::of(&plan(3), &again);
                for format in planner::DIFF_FORMATS {
                    (format.write)(&difference, &mut Vec::new()).expect("memory takes it");
                }
                planner::refresh(&mut again);
            }
        }
    }
}

#[test]
fn the_work_grows_with_the_plan() {
    let text = |count| String::from_utf8(written(&plan(count))).expect("JSON is text");
    in_proportion("hosts", 100, text, |text| drop(planner::parse(text.as_bytes())));
    for (what, before, piece) in [
        ("unknown fields", "{", "\"x\": 1, "),
        ("a long text", "{\"plan_id\": \"", "\\u0041"),
        ("inputs", "{\"inputs\": [", "{\"path\": \"\", \"sha256\": \"\"}, "),
        ("blanks", "", " \n"),
    ] {
        in_proportion(
            what,
            2000,
            |count| before.to_owned() + &piece.repeat(count),
            |text| {
                assert!(try_to_read(text.as_bytes()).is_none());
            },
        );
    }
}

#[test]
fn deep_pits_are_refused() {
    for text in
        ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{{\"hosts\": {}", "[".repeat(100_000))]
    {
        within(1 << 24, &text[..6], &text, |text| assert!(try_to_read(text.as_bytes()).is_none()));
    }
    let script = format!("{{\"treatments\": [{{\"invocation\": {{\"command\": {}", "[".repeat(100_000));
    assert!(try_to_read(script.as_bytes()).is_none());
    let mut value: Value = serde_json::from_slice(&written(&plan(1))).expect("JSON");
    value["limit"] = Value::String("x".repeat(1 << 20));
    assert!(try_to_read(value.to_string().as_bytes()).is_none());
}
