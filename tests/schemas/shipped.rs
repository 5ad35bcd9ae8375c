//! Is what lies in `schemas/` what the program prints, and is it a schema that people and editors can use?

use std::fs;

use serde_json::Value;

use crate::{none, pages, printed, schema};

/// The names that the command line takes.
fn names() -> Vec<String> {
    let help = printed(&pages::root(), &["schema", "--help"]);
    // The options of every command have values of their own.
    let arguments = help.split("Options:").next().unwrap_or_default();
    let named = arguments.lines().filter_map(|line| line.trim_start().strip_prefix("- "));
    let names: Vec<String> = named.filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect();
    assert_eq!(names.len(), 17, "{help}");
    names
}

/// With `JUMPFLEET_BLESS=1` in the environment they are written instead of compared.
#[test]
fn shipped_schemas_are_those_that_the_program_prints() {
    let bless = std::env::var("JUMPFLEET_BLESS").is_ok_and(|word| word == "1");
    let folder = pages::root().join("schemas");
    let mut wrong = Vec::new();
    for name in names() {
        let text = printed(&pages::root(), &["schema", &name]);
        let path = folder.join(format!("{name}.json"));
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("schemas/{name}.json is old: JUMPFLEET_BLESS=1 cargo test --test schemas"));
        }
    }
    none(&wrong);
    let shipped = fs::read_dir(folder).unwrap().count();
    assert_eq!(shipped, names().len(), "a file in schemas/ is none of the program's");
}

#[test]
fn each_is_a_schema_with_a_name_of_its_own_and_words_for_people() {
    let mut wrong = Vec::new();
    for name in names() {
        let schema = schema(&name);
        if let Err(error) = jsonschema::meta::validate(&schema) {
            wrong.push(format!("{name}: {error}"));
        }
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("urn:jumpfleet:schema:{name}"));
        assert!(schema["title"].as_str().is_some_and(|title| title.contains("jumpfleet")), "{name}");
        undescribed(&schema, &name, &mut wrong);
    }
    none(&wrong);
}

/// Notes every property without a description; keys that are a map's words are described where the map is.
fn undescribed(schema: &Value, at: &str, wrong: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                let described = |property: &&Value| property.get("description").is_some();
                let count = properties.values().filter(described).count();
                let is_map = count == 0 && map.contains_key("description");
                for (key, property) in properties {
                    let is_tag = property.get("const").is_some() || at.ends_with("/if");
                    let refers = property.get("$ref").is_some();
                    if !is_map && !is_tag && !refers && !described(&property) {
                        wrong.push(format!("{at}: `{key}` is not described"));
                    }
                }
            }
            map.iter().for_each(|(key, value)| undescribed(value, &format!("{at}/{key}"), wrong));
        }
        Value::Array(items) => items.iter().for_each(|item| undescribed(item, at, wrong)),
        _ => {}
    }
}

#[test]
fn no_schema_says_anything_of_hidden_types() {
    for name in names() {
        let text = schema(&name).to_string();
        for hidden in ["[`", "`]", "Self::", "Arc<"] {
            assert!(!text.contains(hidden), "{name} has {hidden}");
        }
    }
}
