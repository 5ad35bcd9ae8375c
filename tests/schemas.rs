//! Do the JSON Schemas say what the program says? Each is checked by a validator of somebody else's over everything
//! that is right and much that is wrong, and what is shipped is what the program prints.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "documents/blocks.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod blocks;
#[path = "report/fleet.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod fleet;
#[path = "schemas/inventories.rs"]
mod inventories;
#[path = "documents/pages.rs"]
mod pages;
#[path = "schemas/settings.rs"]
mod settings;
#[path = "schemas/shipped.rs"]
mod shipped;
#[path = "schemas/written.rs"]
mod written;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Map, Value};

/// Runs the program in a folder.
fn jumpfleet(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
    command.args(arguments).current_dir(folder).env("HOME", folder).stdin(Stdio::null());
    for variable in ["JUMPFLEET_CONFIG", "JUMPFLEET_STATE_DIR", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"] {
        command.env_remove(variable);
    }
    command.output().expect("the program can be started")
}

/// What the program prints; it must succeed.
#[track_caller]
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let done = jumpfleet(folder, arguments);
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}

/// A shipped schema.
fn schema(name: &str) -> Value {
    let path = pages::root().join("schemas").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// What checks against a shipped schema.
fn validator(name: &str) -> jsonschema::Validator {
    jsonschema::draft202012::new(&schema(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Everything that a validator has to say about a value.
fn flaws(validator: &jsonschema::Validator, value: &Value) -> String {
    let flaws = validator.iter_errors(value);
    flaws.map(|flaw| format!("  at {}: {flaw}\n", flaw.instance_path())).collect()
}

/// The value of a YAML file as validators and editors take it: YAML 1.2, tags passed over.
fn yaml(text: &str) -> Result<Value, String> {
    let merged = serde_yaml::from_str(text).and_then(|mut value: serde_yaml::Value| {
        value.apply_merge()?;
        Ok(value)
    });
    merged.map(json).map_err(|error| error.to_string())
}

fn json(value: serde_yaml::Value) -> Value {
    match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(value) => value.into(),
        serde_yaml::Value::Number(number) => serde_json::to_value(number).expect("a number"),
        serde_yaml::Value::String(text) => text.into(),
        serde_yaml::Value::Sequence(items) => items.into_iter().map(json).collect(),
        serde_yaml::Value::Tagged(tagged) => json(tagged.value),
        serde_yaml::Value::Mapping(map) => {
            let key = |key| match json(key) {
                Value::String(key) => key,
                other => other.to_string(),
            };
            Value::Object(
                map.into_iter().map(|(name, value)| (key(name), json(value))).collect::<Map<_, _>>(),
            )
        }
    }
}

/// Fails with all complaints at once.
#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
