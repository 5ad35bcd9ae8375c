//! Does the schema of inventories take what the program takes, and refuse what it refuses?

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jumpfleet::inventory::schema::{Form, KNOWN};
use jumpfleet::model::Value as Ours;
use jumpfleet::template::is_template_value;
use serde_json::{Value, json};

use crate::{flaws, none, pages, validator, yaml};

/// The files of an inventory below a folder, each with the schema that it has to fit.
fn files(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_owned(), "inventory")];
    while let Some((folder, schema)) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let of_variables = matches!(name, "group_vars" | "host_vars");
            let schema = if of_variables { "variables" } else { schema };
            if path.is_dir() {
                waiting.push((path, schema));
            } else if name.ends_with(".yaml") || name.ends_with(".yml") || schema == "variables" {
                found.push((path, schema));
            }
        }
    }
    found.sort();
    found
}

/// Editors find the schema by the first line.
#[test]
fn the_examples_name_their_schema() {
    let all =
        files(&pages::root().join("inventories")).into_iter().filter(|(_, schema)| *schema == "inventory");
    let mut named = 0;
    for (path, _) in all {
        let text = fs::read_to_string(&path).unwrap();
        let schema =
            text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let schema = schema.unwrap_or_else(|| panic!("{} names no schema", path.display()));
        let schema = path.parent().unwrap().join(schema);
        assert_eq!(
            schema.canonicalize().unwrap(),
            pages::root().join("schemas/inventory.json").canonicalize().unwrap()
        );
        named += 1;
    }
    assert!(named > 7, "{named}");
}

#[test]
fn every_inventory_that_can_be_read_fits() {
    let root = pages::root();
    let (inventory, variables) = (validator("inventory"), validator("variables"));
    let mut wrong = Vec::new();
    let all = [files(&root.join("inventories")), files(&root.join("tests/inventory/same"))].concat();
    assert!(all.len() > 20, "{all:?}");
    for (path, schema) in all {
        let value = yaml(&fs::read_to_string(&path).unwrap());
        let value = value.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let flaws = flaws(if schema == "inventory" { &inventory } else { &variables }, &value);
        if !flaws.is_empty() {
            wrong.push(format!("{}:\n{flaws}", path.display()));
        }
    }
    none(&wrong);
}

/// What no schema can know of an inventory, and why.
const BEYOND: &[(&str, &str)] = &[
    ("aliases", "it is no YAML: the alias stands for nothing"),
    ("become", "what sudo replaces counts only for hosts that become root"),
    ("connection", "a connection counts only for hosts that are chosen"),
    ("documents", "a file of two documents is never one value"),
    ("duplicate_keys", "a value has every key once"),
    ("no_platform", "a host may have its platform from any group"),
    ("rings", "which group lies in which is not of one place"),
    ("same_address", "addresses are not compared"),
    ("secrets", "a key stands twice; what secrets look like is asked of each variable below"),
    ("tags", "a value has no tags any more"),
    ("templates", "templates are worked out later"),
    ("too_long_for_the_host", "the longest value depends on the platform, which is of any group"),
    ("undefined_groups", "names are not compared"),
];

#[test]
fn mistakes_that_a_schema_can_know_are_refused() {
    let (inventory, variables) = (validator("inventory"), validator("variables"));
    let mut wrong = Vec::new();
    let mut refused = 0;
    for entry in fs::read_dir(pages::root().join("tests/inventory/mistakes")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if files(&folder).iter().all(|(_, schema)| *schema == "variables") {
            // Other forms have no schema.
            continue;
        }
        let fits = files(&folder).into_iter().all(|(path, schema)| {
            let Ok(value) = yaml(&fs::read_to_string(path).unwrap()) else { return true };
            (if schema == "inventory" { &inventory } else { &variables }).is_valid(&value)
        });
        refused += usize::from(!fits);
        if fits != BEYOND.iter().any(|(beyond, _)| *beyond == name) {
            wrong.push(format!("{name}: fits is {fits}"));
        }
    }
    none(&wrong);
    assert!(refused > 12, "{refused}");
}

/// Values that tell variables apart, for all of them.
fn values() -> Vec<Value> {
    let long = |count| "ü".repeat(count);
    let texts = [
        "",
        "a",
        "A",
        "42",
        "0",
        "-1",
        "65535",
        "65536",
        "525600",
        "true",
        "No",
        "on",
        "1",
        "maybe",
        "linux",
        "linux_headless",
        "windows_msi",
        "systemd",
        "none",
        "cron",
        "jumpgroup:web",
        "jumpgroup:Web Servers",
        "user:helpdesk",
        "user: ",
        "team:web",
        "web",
        "business_hours",
        "Business Hours",
        "/opt/client",
        "/opt/../etc",
        "opt/client",
        "C:\\Support",
        "C:/Support",
        "..",
        "sat 22:00-04:00 Europe/Madrid",
        "sat 22:00-04:00",
        "daily 00:00-24:00 UTC",
        "192.0.2.1",
        "192.0.2.1:22",
        "2001:db8::1",
        "fe80::1%eth0",
        "[2001:db8::1]",
        "web 01",
        "-J bastion",
        "-web",
        "user@web",
        "{{ site }}",
        "{% if x %}",
        "bell\u{7}",
        "two\nlines",
        "jumpclient",
        "Bey Trust",
        "root",
        "sudo",
        "ssh",
        "~/.ssh/id",
        "a/b",
        "münchen.example",
        "\u{85}",
    ];
    let mut values: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    values.extend([64, 65, 128, 129, 1024, 1025].map(|count| json!(long(count))));
    values.extend([
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(2),
        json!(22),
        json!(65536),
        json!(525601),
        json!(-1),
        json!(1.5),
        json!([]),
        json!(["a"]),
        json!({}),
        json!({"env": "GOOD"}),
        json!({"env": "1 BAD"}),
        json!({"env": 1}),
        json!({"file": "/run/x"}),
        json!({"file": ""}),
        json!({"file": "a", "env": "B"}),
        json!({"plain": "x"}),
        json!({"file": "{{ folder }}/x"}),
        json!("{env: GOOD}"),
        json!("{env: 1 BAD}"),
        json!("{file: /run/x}"),
        json!("{file:}"),
        json!("{x: y}"),
    ]);
    values
}

fn ours(value: &Value) -> Ours {
    match value {
        Value::Null => Ours::Null,
        Value::Bool(value) => Ours::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Ours::Integer(number),
            None => Ours::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => Ours::Text(text.as_str().into()),
        Value::Array(items) => Ours::List(items.iter().map(ours).collect()),
        Value::Object(map) => {
            Ours::Map(map.iter().map(|(key, value)| (key.as_str().into(), ours(value))).collect())
        }
    }
}

/// Whether the program alone knows what is wrong with a value.
fn is_beyond(form: Form, value: &Value) -> bool {
    match form {
        // Numbers may be written as text, and how large they are is not seen from outside.
        Form::Number(..) => value.as_str().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit())),
        // What an option means is not seen either.
        Form::Like(like) => {
            like.pattern.contains("-.*)?") && value.as_str().is_some_and(|text| text.starts_with('-'))
        }
        _ => false,
    }
}

#[test]
fn a_variable_takes_what_the_program_takes() {
    let variables = validator("variables");
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<(bool, bool), usize> = BTreeMap::new();
    for known in KNOWN {
        for value in values() {
            let own = ours(&value);
            let takes =
                known.check(&own).is_ok() || !known.secret && is_template_value(&own) && !value.is_object();
            let fits = variables.is_valid(&json!({known.name: value}));
            *counts.entry((takes, fits)).or_default() += 1;
            if takes != fits && !(fits && is_beyond(known.form, &value)) {
                wrong
                    .push(format!("{}: {value}: the program takes it: {takes}, it fits: {fits}", known.name));
            }
        }
    }
    none(&wrong);
    assert!(counts[&(true, true)] > 500 && counts[&(false, false)] > 500, "{counts:?}");
}

#[test]
fn names_like_ours_are_refused_and_all_others_left_alone() {
    let (variables, inventory) = (validator("variables"), validator("inventory"));
    for (name, fits) in
        [("jc_tga", false), ("jc_", false), ("ansible_whatever", true), ("colour", true), ("JC_TAG", true)]
    {
        assert_eq!(variables.is_valid(&json!({name: "x"})), fits, "{name}");
        let whole = json!({"web": {"hosts": {"web01": {name: "x"}}, "vars": {name: ["x"]}}});
        assert_eq!(inventory.is_valid(&whole), fits, "{name}");
    }
}
