//! Does the schema of settings take what the program takes, and refuse what it refuses?

use std::path::Path;

use jumpfleet::cli::settings::parse;
use regex::Regex;
use serde_json::Value;

use crate::{blocks, flaws, none, pages, schema, validator, yaml};

const BASE: &str = "appliance: {site: a.example}\nreleases: {}\n";

/// Every settings file that a page shows, whole or the rollout alone, with its place.
fn shown() -> Vec<(String, String)> {
    let mut shown = Vec::new();
    for page in pages::all() {
        for block in blocks::of(&page) {
            let text = match block.text.split_once(": ") {
                Some((_, text)) if block.info == "remark" && block.text.starts_with("file ") => text,
                _ if block.is("yaml") => &block.text,
                _ => continue,
            };
            let place = format!("{}:{}", page.name, block.line);
            if text.starts_with("rollout:") {
                shown.push((place, format!("{BASE}{}", text.replace("  release: spring\n", ""))));
            } else if text.starts_with("appliance:") || text.contains("\nappliance:") {
                shown.push((place, text.to_owned()));
            }
        }
    }
    shown
}

/// Whether the program takes settings, and whether the schema does.
fn judged(text: &str) -> (bool, String) {
    let takes = parse(Path::new("jumpfleet.yaml"), text.to_owned()).is_ok();
    (takes, flaws(&validator("settings"), &yaml(text).unwrap()))
}

#[test]
fn every_settings_block_of_the_pages_fits_or_is_shown_as_wrong() {
    let shown = shown();
    assert!(shown.len() > 12, "{}", shown.len());
    let mut wrong = Vec::new();
    let mut refused = 0;
    for (place, text) in shown {
        let (takes, flaws) = judged(&text);
        refused += usize::from(!takes);
        if takes != flaws.is_empty() {
            wrong.push(format!("{place}: the program takes it: {takes}\n{flaws}"));
        }
    }
    none(&wrong);
    assert!(refused > 0, "no page shows a mistake");
}

/// Settings of which no single value is wrong, or only with knowledge that a schema has not.
const BEYOND: &[&str] = &[
    "rollout: {release: b}",
    "rollout: {soak: 0s}",
    "rollout: {soak: 9000h}",
    "rollout: {gates: [{kind: manual, soak: 1m}]}",
    "rollout: {ramp: [{rate: 6/min}, {rate: 9/min}]}",
    "rollout: {budget: {failures: 160}}",
    "rollout: {budget: {sample: 160}}",
    "rollout: {retries: {first: 1h, longest: 1m}}",
    "rollout: {windows: {web: 'sat 22:00-04:00 Europe/Madird'}}",
    "rollout: {adaptive: 'yes'}",
];

const WRONG: &[&str] = &[
    "rollout: []",
    "rollout: {colour: x}",
    "rollout: {waves: []}",
    "rollout: {waves: 5}",
    "rollout: {waves: [5, 0]}",
    "rollout: {waves: [101%]}",
    "rollout: {waves: [[1]]}",
    "rollout: {spread_by: 4}",
    "rollout: {gates: perhaps}",
    "rollout: {gates: [auto, perhaps]}",
    "rollout: {gates: [{soak: 1m}]}",
    "rollout: {gates: [{kind: auto, sock: 1m}]}",
    "rollout: {soak: soon}",
    "rollout: {ramp: fast}",
    "rollout: {ramp: [{hosts: 3}]}",
    "rollout: {ramp: [{rate: 6/min, hosts: 0}]}",
    "rollout: {rate: 60 per minute}",
    "rollout: {rate: 60}",
    "rollout: {at_once: 0}",
    "rollout: {at_once: 2001}",
    "rollout: {at_once: '4'}",
    "rollout: {budget: some}",
    "rollout: {budget: {failures: 0%}}",
    "rollout: {budget: {consecutive: 0}}",
    "rollout: {retries: {classes: {authentication: 3}}}",
    "rollout: {retries: {classes: {no_baner: 1}}}",
    "rollout: {retries: {classes: {no_banner: 21}}}",
    "rollout: {adaptive: perhaps}",
    "rollout: {wait_for_offline: never}",
    "rollout: {windows: {web: 'sat 22:00-04:00'}}",
    "rollout: {windows: sat}",
    "rollout: {seed: -1}",
];

const RIGHT: &[&str] = &[
    "rollout: {}",
    "rollout: {waves: [5, 10%, '100 %'], seed: 0, adaptive: false, wait_for_offline: none}",
    "rollout: {gates: manual}",
    "rollout: {gates: [auto, {kind: auto, soak: 1500ms}, none]}",
    "rollout: {ramp: none, budget: none, retries: none}",
    "rollout: {ramp: []}",
    "rollout: {ramp: [{rate: 6/min, hosts: 10}, {rate: 1/s}]}",
    "rollout: {budget: {failures: none, unreachable: 20, consecutive: none, of_last: 200}}",
    "rollout: {retries: {classes: {no_banner: 9, no_route: 0}, first: 500ms}}",
    "rollout: {windows: {web: 'sat 22:00-04:00 UTC', all: 'daily 01:00-02:00 UTC'}}",
    "rollout: {soak: PT5M, expected_install: 1h 30m, connect_deadline: '00:01:00'}",
    "rollout: {adaptive: yes}",
];

#[test]
fn what_stands_in_a_rollout_is_judged_alike() {
    let mut wrong = Vec::new();
    for (texts, takes, fits) in [(RIGHT, true, true), (WRONG, false, false), (BEYOND, false, true)] {
        for text in texts {
            let (takes_it, flaws) = judged(&format!("{BASE}{text}\n"));
            if (takes_it, flaws.is_empty()) != (takes, fits) {
                wrong.push(format!("{text}: the program takes it: {takes_it}\n{flaws}"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn what_stands_of_the_site_and_releases_is_judged_alike() {
    let release = "product: bomgar-pec, files: {linux_headless: 'x/bomgar-pec-*.bin'}";
    let with_release =
        |more: &str| format!("appliance: {{site: a.example}}\nreleases: {{a: {{{release}{more}}}}}\n");
    let with_site = |more: &str| format!("appliance: {{site: a.example{more}}}\nreleases: {{}}\n");
    let cases = [
        (with_site(""), true),
        (with_site(", model: b300, clients: 7"), true),
        (with_site(", model: cloud, licences: 2"), true),
        (with_site(", max_clients: 50"), true),
        (with_site(", model: cloud"), false),
        (with_site(", model: b300, max_clients: 50"), false),
        (with_site(", model: b500"), false),
        (with_site(", modle: b300"), false),
        (with_site(", clients: -1"), false),
        (with_site(", licences: 0"), false),
        (BASE.replace("a.example", "https://a.example"), false),
        (BASE.replace("a.example", "a.example."), false),
        (BASE.replace("a.example", "A.Example"), true),
        (BASE.replace("a.example", "-a"), false),
        (BASE.replace("releases: {}", ""), false),
        (with_release(""), true),
        (with_release(", version: '24.1', expires: 2035-01-01T00:00:00Z, key: {env: KEY}"), true),
        (with_release(", key: {file: a/b}, overrides: [tag, jump_group]"), true),
        (with_release(", version: 24.1"), false),
        (with_release(", expires: soon"), false),
        (with_release(", expires: 2035-01-01"), false),
        (with_release(", key: hunter2"), false),
        (with_release(", key: {env: A, file: b}"), false),
        (with_release(", key: {}"), false),
        (with_release(", overrides: [colour]"), false),
        (with_release(", overrides: tag"), false),
        (with_release("").replace("product: bomgar-pec, ", ""), false),
        (with_release("").replace("bomgar-pec, files", "bomgar, files"), false),
        (with_release("").replace("x/bomgar", "x*/bomgar"), false),
        (with_release("").replace("linux_headless", "linux"), false),
    ];
    let mut wrong = Vec::new();
    for (text, right) in cases {
        let (takes, flaws) = judged(&text);
        if (takes, flaws.is_empty()) != (right, right) {
            wrong.push(format!("{text}the program takes it: {takes}\n{flaws}"));
        }
    }
    none(&wrong);
}

/// What the schema says of a key is what the page says behind it.
#[test]
fn the_page_and_the_schema_describe_settings_alike() {
    let page = pages::page("docs/settings.md").text;
    let link = Regex::new(r"\[([^\]]*)\]\([^)]*\)").unwrap();
    let row = Regex::new(r"(?m)^\| `([a-z0-9_]+)` \|.*\| ([^|]+) \|$").unwrap();
    let mut rows: Vec<(String, String)> = row
        .captures_iter(&page)
        .map(|found| (found[1].to_owned(), link.replace_all(&found[2], "$1").into_owned()))
        .collect();
    let mut described = Vec::new();
    let schema = schema("settings");
    properties(&schema["properties"]["appliance"], &mut described);
    properties(&schema["properties"]["releases"], &mut described);
    properties(&schema["properties"]["rollout"], &mut described);
    properties(&schema["properties"]["notify"], &mut described);
    properties(&schema["properties"]["inventory"], &mut described);
    rows.sort();
    described.sort();
    described.dedup();
    let said: Vec<_> = described.iter().filter(|said| !rows.contains(said)).collect();
    let shown: Vec<_> = rows.iter().filter(|row| !described.contains(row)).collect();
    assert!(said.is_empty() && shown.is_empty(), "the schema alone: {said:#?}\nthe page alone: {shown:#?}");
    assert!(rows.len() > 35, "{}", rows.len());
}

/// Keys with what is said of them; secrets' references and maps of words have no rows of their own.
fn properties(schema: &Value, found: &mut Vec<(String, String)>) {
    match schema {
        Value::Object(map) => {
            let is_reference = map.contains_key("maxProperties");
            if let Some(Value::Object(properties)) = map.get("properties").filter(|_| !is_reference) {
                for (key, property) in properties {
                    if let Some(about) = property["description"].as_str() {
                        found.push((key.clone(), about.to_owned()));
                    }
                }
            }
            map.iter().filter(|_| !is_reference).for_each(|(_, value)| properties(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, found)),
        _ => {}
    }
}
