//! Does what the commands print for programs fit its schema?

use std::fs;

use serde_json::{Value, json};

use crate::scene::{OWN, Site, ended};

/// Runs a command, and asserts that what it prints fits the schema, and that no field may be of any kind.
#[track_caller]
fn fits(site: &Site, schema: &str, line: &str) -> Value {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (_, out, err) = ended(&site.jumpfleet(&words, &OWN));
    let printed: Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {out}{err}"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/").to_owned() + schema + ".json";
    let text = fs::read_to_string(path).expect("a schema");
    let validator = jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).expect("a schema");
    let flaws: Vec<String> = validator.iter_errors(&printed).map(|flaw| flaw.to_string()).collect();
    assert_eq!(flaws, Vec::<String>::new(), "{line}: {printed}");
    let one = printed.as_array().map_or(&printed, |all| &all[0]);
    for key in one.as_object().expect("an object").keys() {
        let mut bent = printed.clone();
        let one = if bent.is_array() { &mut bent[0] } else { &mut bent };
        one[key] = json!([[1]]);
        assert!(!validator.is_valid(&bent), "{schema}: `{key}` may be anything");
    }
    printed
}

fn prepared(version: &str) -> Site {
    let site = Site::with(version, &[], json!({"perm_reporting_duplicate_jump_client": true}));
    site.settings("");
    site.order(json!({"do": "add", "kind": "group", "name": "Servers", "code_name": "servers"}));
    for more in [
        json!({}),
        json!({"is_lost": true, "last_disconnect_timestamp": "2039-01-01T00:00:00.000+00:00"}),
        json!({"last_disconnect_timestamp": "2040-01-01T00:00:00.000+00:00"}),
    ] {
        let mut order = json!({"do": "add", "kind": "client", "hostname": "web1", "fqdn": "web1.example.org",
            "system_identifier": "x", "installed": "2026-01-01T00:00:00+00:00"});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        site.order(order);
    }
    site.order(json!({"do": "add", "kind": "session", "hostname": "web1", "username": "eve"}));
    site
}

#[test]
fn what_is_printed_for_programs_fits_its_schema() {
    for version in ["1.10", "1.12"] {
        let site = prepared(version);
        fits(&site, "appliance-check", "appliance check --format json");
        let list = fits(&site, "clients-list", "clients list --format json");
        assert_eq!(list.as_array().unwrap().len(), 3);
        fits(&site, "clients-duplicates", "clients duplicates --format json");
        let hosts =
            "web: {hosts: {db1: }, vars: {jc_platform: linux_headless, jc_user: c, ansible_user: root}}\n";
        fs::write(site.path().join("fleet.yaml"), hosts).unwrap();
        let drift = fits(&site, "clients-drift", "clients drift -i fleet.yaml --format json");
        assert!(drift["differences"].as_array().unwrap().len() > 1, "{drift}");
        fits(&site, "clients-set", "clients set tag=new --all --dry-run --format json");
        fits(&site, "clients-set", "clients set tag=new --all --yes --rate 1000/min --format json");
        let listed = fits(&site, "sessions-list", "sessions list --json");
        assert_eq!(listed.get("seen_since").is_some(), version == "1.10", "{listed}");
        fits(&site, "sessions-terminate", "sessions terminate --hostname web1 --dry-run --json");
        let ended = fits(&site, "sessions-terminate", "sessions terminate --hostname web1 --json");
        assert_eq!(ended.get("seen_since").is_some(), version == "1.10", "{ended}");
        fits(&site, "clients-prune", "clients prune --lost --dry-run --format json");
        fits(&site, "clients-prune", "clients prune --lost --yes --format json");
        let (code, _, err) = self::ended(&site.jumpfleet(
            &["installer", "create", "main", "--group", "servers", "--platform", "linux_service"],
            &OWN,
        ));
        assert_eq!(code, 0, "{err}");
        fits(&site, "installer-list", "installer list --format json");
        fits(&site, "installer-show", "installer show main --format json");
    }
}

#[test]
fn clients_are_listed_for_spreadsheets() {
    let site = prepared("1.10");
    site.order(json!({"do": "change", "kind": "clients", "id": 2, "hostname": "=cmd|' /C calc'!A0", "comments": "a,\"b\"\nc"}));
    let (code, out, err) = ended(&site.jumpfleet(&["clients", "list", "--format", "csv"], &OWN));
    assert_eq!(code, 0, "{err}");
    let mut table = csv::Reader::from_reader(out.as_bytes());
    let columns: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    let (_, list, _) = ended(&site.jumpfleet(&["clients", "list", "--format", "json"], &OWN));
    let list: Vec<serde_json::Map<String, Value>> = serde_json::from_str(&list).unwrap();
    let mut fields: Vec<&String> = list[0].keys().collect();
    let mut sorted: Vec<&String> = columns.iter().collect();
    fields.sort();
    sorted.sort();
    assert_eq!(fields, sorted, "the columns are the fields");
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 3);
    for (row, client) in rows.iter().zip(&list) {
        assert_eq!(row[0], client["id"].to_string());
        assert_eq!(&row[4], client["state"].as_str().unwrap());
        assert_eq!(&row[12], client["last_connect"].as_str().unwrap());
    }
    assert!(rows[1][2].starts_with("'="), "no formula: {}", &rows[1][2]);
    let (_, none, _) = ended(&site.jumpfleet(&["clients", "list", "--tag", "none", "--format", "csv"], &OWN));
    assert_eq!(none.lines().count(), 1, "{none}");
}
