//! What may stand in an inventory, as a JSON Schema: made of the same table that checks its variables.

use serde_json::{Map, Value, json};

use crate::inventory::schema::{Form, KNOWN, Known, Like};

/// Text without control characters.
const ONE_LINE: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// Text that Jinja works out first; what comes of it nobody knows yet.
const TEMPLATE: &str = "\\{\\{|\\{%|\\{#";

/// A reference in one text.
const WRITTEN: &str = "^\\{\\s*(env\\s*:\\s*[A-Za-z_][A-Za-z0-9_]*|file\\s*:\\s*\\S.*)\\s*\\}$";

/// What Ansible Vault encrypted, as readers of YAML that pass over the tag see it.
const SEALED: &str = "^\\s*\\$ANSIBLE_VAULT;";

const GROUP: &str = "^[^\\s\\u0000-\\u001f:,&!*?\\[\\]~@/\\\\{}'\"]+$";

/// A host's name with its ranges, or an IPv6 address; either with a port.
const HOST: &str = concat!(
    "^([^\\s\\u0000-\\u001f,&!*?~@/\\\\{}'\":\\[\\]]|\\[[0-9A-Za-z]*:[0-9A-Za-z]+(:\\+?[0-9]+)?\\])+(:[0-9]+)?$",
    "|^\\[?[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(\\]:[0-9]+)?$"
);

/// A folder's or file's groups, without the head of the schema.
pub fn inventory() -> Value {
    json!({
        "type": "object",
        "propertyNames": {"pattern": GROUP},
        "properties": {
            "all": reference("group"),
            "plugin": {"description": "inventory plugins are not read", "not": {}},
        },
        "additionalProperties": reference("group"),
        "$defs": {
            "group": {
                "description": "a group: its hosts, the groups inside it, and what all of them have",
                "type": ["object", "null"],
                "properties": {
                    "hosts": names(HOST, "variables", "the hosts by name; `web[01:50]` stands for fifty of them"),
                    "children": names(GROUP, "group", "the groups inside it"),
                    "vars": reference("group_variables"),
                },
                "additionalProperties": false,
            },
            "group_variables": group_variables(),
            "variables": variables(),
        },
    })
}

/// A file of `group_vars` or `host_vars`, without the head of the schema.
pub fn group_or_host_variables() -> Value {
    json!({"$ref": "#/$defs/variables", "$defs": {"variables": variables()}})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Names with what stands behind each; a single one may stand alone.
fn names(pattern: &str, behind: &str, about: &str) -> Value {
    json!({
        "description": about,
        "type": ["object", "string", "null"],
        "pattern": "^\\S*$",
        "propertyNames": {"pattern": pattern},
        "additionalProperties": reference(behind),
    })
}

fn group_variables() -> Value {
    let number = json!({"type": ["integer", "string", "null"], "pattern": "^[0-9]*$"});
    json!({
        "$ref": "#/$defs/variables",
        "properties": {"ansible_group_priority": with(number, "Which of two groups of one depth wins: the higher.")},
    })
}

/// Variables as jumpfleet knows them; others are left alone, unless their name begins like ours.
fn variables() -> Value {
    let ours: Vec<&str> =
        KNOWN.iter().map(|known| known.name).filter(|name| name.starts_with("jc_")).collect();
    let properties: Map<String, Value> =
        KNOWN.iter().map(|known| (known.name.to_owned(), variable(known))).collect();
    json!({
        "type": ["object", "null"],
        "properties": properties,
        "propertyNames": {"anyOf": [{"enum": ours}, {"not": {"pattern": "^jc_"}}]},
    })
}

fn variable(known: &Known) -> Value {
    let about = format!("{} Takes {}.", known.about, known.takes);
    let none = json!({"type": "null"});
    if let Form::Secret = known.form {
        let written = json!({"type": "string", "allOf": [{"pattern": ONE_LINE}, {"pattern": WRITTEN}]});
        let sealed = json!({"type": "string", "pattern": SEALED});
        return with(json!({"anyOf": [secret(), written, sealed, none]}), &about);
    }
    let template = json!({"type": "string", "pattern": TEMPLATE});
    with(json!({"anyOf": [form(known.form), template, {"const": ""}, none]}), &about)
}

fn with(mut schema: Value, about: &str) -> Value {
    schema["description"] = about.into();
    schema
}

fn form(form: Form) -> Value {
    match form {
        Form::Text(None) => json!({"type": "string", "pattern": ONE_LINE}),
        Form::Text(Some(most)) => json!({"type": "string", "pattern": ONE_LINE, "maxLength": most}),
        Form::Word(words) => json!({"type": "string", "enum": words()}),
        Form::Like(like) => self::like(like),
        Form::Number(least, most) => json!({"anyOf": [
            {"type": "integer", "minimum": least, "maximum": most},
            {"type": "string", "pattern": "^[0-9]+$"},
        ]}),
        Form::Switch => json!({"anyOf": [
            {"type": "boolean"},
            {"enum": [0, 1]},
            {"type": "string", "pattern": words(&["true", "yes", "on", "1", "false", "no", "off", "0"])},
        ]}),
        Form::True => json!({"anyOf": [
            {"const": true}, {"const": 1}, {"type": "string", "pattern": words(&["true", "yes", "on", "1"])},
        ]}),
        Form::Secret => secret(),
    }
}

fn like(like: &Like) -> Value {
    let mut schema = json!({
        "type": "string",
        "allOf": [{"pattern": ONE_LINE}, {"pattern": like.pattern}],
        "examples": like.examples,
    });
    if let Some(never) = like.never {
        schema["not"] = json!({"pattern": never});
    }
    schema
}

/// These words in small letters and capitals.
fn words(words: &[&str]) -> String {
    let any_case = |word: &&str| -> String {
        let letter = |c: char| match c.is_ascii_alphabetic() {
            true => format!("[{}{c}]", c.to_ascii_uppercase()),
            false => c.to_string(),
        };
        word.chars().map(letter).collect()
    };
    format!("^({})$", words.iter().map(any_case).collect::<Vec<_>>().join("|"))
}

/// Where a secret is; written out it would be refused.
fn secret() -> Value {
    let name = json!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"});
    let path = json!({"type": "string", "minLength": 1, "pattern": ONE_LINE});
    json!({
        "type": "object",
        "properties": {
            "env": with(name, "The environment variable that holds it."),
            "file": with(path.clone(), "The file whose first line it is."),
            "keyring": with(path, "The entry of jumpfleet in the keyring that it is."),
        },
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
        "examples": [{"env": "SUDO_PASSWORD"}, {"file": "/run/secrets/sudo_password"}],
    })
}
