//! What is seen of a Mac, and what is warned of?

use std::fs;

use serde_json::Value;

use crate::fleet::{Stage, Test};
use crate::scene::{replace, run};
use crate::standard;

pub const TESTS: &[Test] =
    &[("missing_profiles_are_warned_of", 4, missing_profiles), ("a_pkg_is_refused", 1, pkg)];

const PRIVACY: &str =
    "no device management profile allows `com.bomgar.bomgar-pec` accessibility and full disk access";
const LOGIN_ITEMS: &str = "no device management profile manages the login items of team `B65TM49E24`";

/// One Mac has the profiles of `templates/`, one has none, one is too old for login items, one has another vendor's.
fn missing_profiles(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    let none = "rm /var/db/ConfigurationProfiles/*";
    run(stage, &stage.hosts[1], none);
    let older = "printf '%s\\n' version=12.7.6 machine=x86_64 user=admin >>/etc/mac-stand-in";
    run(stage, &stage.hosts[2], &format!("{none}; {older}"));
    run(
        stage,
        &stage.hosts[3],
        "cd /var/db/ConfigurationProfiles && for file in *; do sed -e 's/com.bomgar.bomgar-pec/org.example.pec/g' \
            -e 's/>B65TM49E24</>A00AA00A00</' \"$file\" >new && mv new \"$file\"; done",
    );
    let plan = stage.jumpfleet(&["plan", "-i", "inventory.yaml", "--probe"]).expect(0).stdout;
    let finding =
        |text: &str| plan.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("{plan}"));
    assert!(finding(PRIVACY).contains("(3 hosts) [privacy_profile_missing]"), "{plan}");
    assert!(finding(LOGIN_ITEMS).contains("(2 hosts) [login_item_profile_missing]"), "{plan}");

    stage.rollout(&[]).expect(0);
    for (host, facts) in [(0, ["14.6.1", "arm64", "plain"]), (2, ["12.7.6", "x86_64", "admin"])] {
        assert_eq!(noted(stage, &stage.hosts[host], ["distribution", "arch", "console_user"]), facts);
    }
    // It is no drift: nothing of a rollout's is missing.
    let verified = stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0).stdout;
    assert!(verified.starts_with("AS PLANNED: 4 hosts\n\nWORTH KNOWING\n"), "{verified}");
    assert!(verified.contains(PRIVACY) && verified.contains(LOGIN_ITEMS), "{verified}");
    let json = stage.jumpfleet(&["verify", "-i", "inventory.yaml", "--format", "json"]).expect(0).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let remarks: Vec<usize> =
        (0..4).map(|host| json["hosts"][host]["remarks"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(remarks, [0, 2, 1, 2], "{json:#}");
}

/// What the journal of the only run notes of a Mac, by the first look at it.
fn noted<const COUNT: usize>(stage: &Stage, host: &str, facts: [&str; COUNT]) -> [String; COUNT] {
    let run = fs::read_dir(stage.path().join("state/jumpfleet/runs")).unwrap().next().unwrap().unwrap();
    let text = fs::read_to_string(run.path().join("journal.jsonl")).unwrap();
    let mut events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let probed = events.find(|event| event["event"] == "probed" && event["host"] == host).unwrap();
    facts.map(|fact| probed["observation"]["facts"][fact].as_str().unwrap_or_default().to_owned())
}

fn pkg(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    stage.write("installers/sra-pin-mac_x86.pkg", "xar!");
    replace(stage, "jumpfleet.yaml", "installers/new/bomgar-pec-*.dmg", "installers/sra-pin-mac_x86.pkg");
    let refused = stage.jumpfleet(&["plan", "-i", "inventory.yaml"]).expect(2).stderr;
    assert!(refused.contains("is a PKG, not a DMG") && refused.contains("`installer -pkg`"), "{refused}");
}
