//! Can others read the profiles, and do they say what the guide asks for?

use std::path::Path;
use std::process::Command;

use jumpfleet::model::Product;
use serde_json::Value;

use crate::scene;

/// The guide's requirement as it is printed there, line breaks and blanks of the page included.
const REQUIREMENT: &str = "identifier \"com.bomgar.bomgar-pec\" and anchor apple generic and certificate 1 \
    [field.1.2.840.113635.100.6.2.6] /* exists */ and certificate leaf[field.1.2.840.113635.100.6.1.13] /* exists */ \
    and certificate leaf [subject.OU] = B65TM49E24";

const MACS: &str = "macs:\n  vars: {jc_platform: macos_dmg, ansible_user: root}\n  hosts: {studio01: }\n";

fn profile(kind: &str, site: &str) -> String {
    let mut plan = scene::plan(MACS, Product::BomgarPec, &"0".repeat(64));
    plan.appliance.site = site.to_owned();
    let made = scene::made(kind, &plan);
    let file = made.files.into_iter().find(|file| file.path.ends_with(".mobileconfig"));
    file.expect("a profile").text
}

fn write(kind: &str, folder: &Path) -> std::path::PathBuf {
    let path = folder.join(format!("{kind}.mobileconfig"));
    std::fs::write(&path, profile(kind, scene::SITE)).unwrap();
    path
}

/// What Python's strict reader makes of a profile.
fn read(kind: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let script = "import json, plistlib, sys\n\
        print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'), fmt=plistlib.FMT_XML)))";
    let output =
        Command::new("python3").args(["-c", script]).arg(write(kind, folder.path())).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn xmllint_finds_them_to_be_property_lists() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["pppc", "login-items"] {
        let output = Command::new("xmllint")
            .args(["--nonet", "--noout", "--dtdvalid"])
            .arg(scene::root().join("tests/packaged/plist.dtd"))
            .arg(write(kind, folder.path()))
            .output()
            .expect("xmllint, of the package libxml2-utils");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn their_payloads_have_the_keys_that_apple_knows() {
    let text = std::fs::read_to_string(scene::root().join("tests/packaged/profile.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    for kind in ["pppc", "login-items"] {
        let wrong: Vec<String> = schema.iter_errors(&read(kind)).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{kind}: {wrong:?}");
    }
    // It must be able to find something: the two keys of a service exclude each other.
    let mut both = read("pppc");
    both["PayloadContent"][0]["Services"]["ScreenCapture"][0]["Allowed"] = true.into();
    assert!(!schema.is_valid(&both), "the schema takes what Apple excludes");
}

#[test]
fn the_privacy_profile_says_what_the_guide_asks_for() {
    let services = &read("pppc")["PayloadContent"][0]["Services"];
    for (service, verdict, value) in [
        ("Accessibility", "Allowed", Value::Bool(true)),
        ("SystemPolicyAllFiles", "Allowed", Value::Bool(true)),
        ("ScreenCapture", "Authorization", "AllowStandardUserToSetSystemService".into()),
    ] {
        let entries = services[service].as_array().unwrap();
        let bundles = ["com.bomgar.bomgar-pec", "com.bomgar.bomgar-scc"];
        assert_eq!(entries.len(), bundles.len(), "{service}");
        for (entry, bundle) in entries.iter().zip(bundles) {
            assert_eq!(entry["Identifier"], *bundle);
            assert_eq!(entry["IdentifierType"], "bundleID");
            assert_eq!(entry[verdict], value, "{service}");
            let wanted = REQUIREMENT.replace("com.bomgar.bomgar-pec", bundle);
            let said = entry["CodeRequirement"].as_str().unwrap();
            assert_eq!(without_blanks(said), without_blanks(&wanted));
        }
    }
}

#[test]
fn the_login_items_are_the_guides() {
    let content = read("login-items");
    let rules = content["PayloadContent"][0]["Rules"].as_array().unwrap();
    let said: Vec<_> =
        rules.iter().map(|rule| (rule["RuleType"].as_str(), rule["RuleValue"].as_str())).collect();
    assert_eq!(
        said,
        [
            (Some("LabelPrefix"), Some("Bomgar")),
            (Some("TeamIdentifier"), Some("B65TM49E24")),
            (Some("LabelPrefix"), Some("com.bomgar"))
        ]
    );
}

/// A profile with new identifiers would be installed beside the old one instead of in its place.
#[test]
fn identifiers_stay_with_the_site_and_the_purpose() {
    let mut seen = std::collections::BTreeSet::new();
    for kind in ["pppc", "login-items"] {
        assert_eq!(profile(kind, scene::SITE), profile(kind, "PRA.example.org".to_lowercase().as_str()));
        let whole = read(kind);
        for part in [&whole, &whole["PayloadContent"][0]] {
            assert!(seen.insert(part["PayloadUUID"].to_string()), "the same twice: {}", part["PayloadUUID"]);
            assert!(part["PayloadIdentifier"].as_str().unwrap().starts_with("org.example.pra.jump-client."));
        }
        assert_ne!(profile(kind, scene::SITE), profile(kind, "other.example.org"));
    }
    // uuid5(uuid5(NAMESPACE_DNS, "pra.example.org"), "org.example.pra.jump-client.privacy") of Python's `uuid`.
    assert!(seen.contains("\"EEFD3853-326A-5D8D-ABFE-E6A8E212A822\""), "{seen:?}");
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}
