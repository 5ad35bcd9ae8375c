//! What may stand in settings, as a JSON Schema: made of the same tables that check them.

use serde_json::{Value, json};

use super::check::{Field, Kind};
use super::table::SETTINGS;
use crate::model::Rate;

/// The schema of a settings file, without its head.
pub fn schema() -> Value {
    let mut schema = of(&SETTINGS);
    // What two values together must not say.
    schema["properties"]["appliance"]["allOf"] = json!([
        {
            "if": {"properties": {"model": {"const": "cloud"}}, "required": ["model"]},
            "then": {"required": ["licences"]},
        },
        {"not": {"required": ["model", "max_clients"]}},
    ]);
    schema
}

/// What YAML 1.1 takes for `true` and `false`; readers of YAML 1.2 hand them on as text.
const SWITCH_WORDS: &str = "^(yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$";

/// Lengths of time have many spellings; all of them have a number and a unit.
const LENGTH: &str = "[0-9].*[A-Za-zµ]|[Pp].*[0-9]|[0-9]:[0-9]";

/// RFC 3339, in any of the spellings that are understood.
const MOMENT: &str = "^[0-9+-].*[Tt ].*([Zz]|[+-][0-9])";

const SITE: &str = "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$";

const INSTALLER_FILE: &str = "^([^*]*/)?[^*/]*\\*?[^*/]*$";

fn of(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string", "pattern": "\\S"}),
        Kind::Site => text(SITE, &["pra.example.org"]),
        Kind::InstallerFile => text(INSTALLER_FILE, &["installers/bomgar-pec-*.bin"]),
        Kind::Number(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Word(words) => json!({"type": "string", "enum": words()}),
        Kind::Moment => text(MOMENT, &["2026-12-31T18:00:00Z"]),
        Kind::Length => text(LENGTH, &["90s", "10m", "2h"]),
        Kind::Rate => text(Rate::PATTERN, &["60/min", "1/s", "3600/h"]),
        Kind::Parsed(form) => json!({
            "type": ["string", "integer"], "minimum": 1, "pattern": form.pattern, "examples": [form.example],
        }),
        Kind::Switch => json!({"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": SWITCH_WORDS}]}),
        Kind::Reference => reference(),
        Kind::OrNone(kind) => json!({"anyOf": [{"const": "none"}, of(kind)]}),
        Kind::WordOr(words, kind) => json!({"anyOf": [{"type": "string", "enum": words()}, of(kind)]}),
        Kind::OneOrMore(kind) => json!({"anyOf": [of(kind), {"type": "array", "items": of(kind)}]}),
        Kind::List(kind) => json!({"type": "array", "items": of(kind)}),
        Kind::Filled(kind) => json!({"type": "array", "items": of(kind), "minItems": 1}),
        Kind::Fields(fields) => object(fields),
        Kind::Named(kind) => json!({"type": "object", "additionalProperties": of(kind)}),
        Kind::Judged(words, kind) | Kind::Keyed(words, kind) => {
            let properties = words().into_iter().map(|word| (word.to_owned(), of(kind))).collect();
            json!({"type": "object", "properties": Value::Object(properties), "additionalProperties": false})
        }
    }
}

fn text(pattern: &str, examples: &[&str]) -> Value {
    json!({"type": "string", "pattern": pattern, "examples": examples})
}

fn reference() -> Value {
    json!({
        "type": "object",
        "properties": {
            "env": {"type": "string", "description": "the environment variable that holds it"},
            "file": {"type": "string", "description": "the file whose first line it is"},
            "keyring": {"type": "string", "description": "the entry of jumpfleet in the keyring that it is"},
        },
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
        "examples": [{"env": "PRA_KEY"}, {"file": "/run/secrets/pra_key"}],
    })
}

fn object(fields: &[Field]) -> Value {
    let described = |field: &Field| {
        let mut schema = of(&field.kind);
        schema["description"] = field.about.into();
        (field.name.to_owned(), schema)
    };
    let properties = fields.iter().map(described).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({
        "type": "object",
        "properties": Value::Object(properties),
        "required": required,
        "additionalProperties": false,
    })
}
