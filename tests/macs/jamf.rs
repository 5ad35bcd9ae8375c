//! Does the script for Jamf Pro install on a Mac what its policy cached, once, and say in its exit code how that went?

use std::process::Command;

use crate::fleet::{Done, KEY, Stage, Test};
use crate::scene::run;
use crate::{left, standard};

pub const TESTS: &[Test] =
    &[("a_policy_of_jamf_installs_once", 1, installs_once), ("a_policy_of_jamf_fails_aloud", 1, fails_aloud)];

const ROOM: &str = "/Library/Application Support/JAMF/Waiting Room";
const SCRIPT: &str = "/Library/Application Support/JAMF/policy.sh";

/// What a policy does before its script: the script is there, and the disk image in the waiting room.
fn cached(stage: &Stage) {
    standard(stage, "", |_, _| "jc_tag: \"it's $HOME\", jc_comments: '{{ inventory_hostname }}'".to_owned());
    stage.jumpfleet(&["package", "jamf", "-i", "inventory.yaml", "-o", "jamf"]).expect(0);
    let host = &stage.hosts[0];
    run(stage, host, &format!("mkdir -p '{ROOM}' && touch '{ROOM}/bomgar-pec-{KEY}.dmg.cache.xml'"));
    let root = String::from_utf8(stage.fleet.lab(&["root", host]).stdout).expect("a path");
    for (from, to) in [
        ("jamf/macos_dmg.sh".to_owned(), SCRIPT.to_owned()),
        (format!("installers/new/bomgar-pec-{KEY}.dmg"), ROOM.to_owned()),
    ] {
        let into = format!("{}{to}", root.trim());
        assert!(Command::new("cp").arg(stage.path().join(from)).arg(into).status().expect("cp").success());
    }
}

/// Runs the script as Jamf does: mount point, computer's name, user, and the policy's own parameters.
fn policy(stage: &Stage, parameters: &str) -> Done {
    let host = &stage.hosts[0];
    stage.on(host, &format!("sh '{SCRIPT}' / {host} studio {parameters}"))
}

fn installs_once(stage: &Stage) {
    cached(stage);
    let host = &stage.hosts[0];
    let done = policy(stage, "'' '' '' '' 'of this policy'").expect(0);
    assert!(done.stdout.contains("installed: /Applications/.com.bomgar."), "{done:?}");
    assert!(!format!("{done:?}").contains(KEY), "{done:?}");
    assert_eq!(stage.starts(host).len(), 1);
    let settings = run(stage, host, "cat /Applications/.com.bomgar.*/*/Contents/settings.ini");
    for line in ["jc_tag=of this policy".to_owned(), format!("jc_comments={host}")] {
        assert!(settings.lines().any(|said| said == line), "{settings}");
    }
    assert_eq!(run(stage, host, &format!("ls -A '{ROOM}'")), "", "the image and its key are gone");
    let left = left(stage, host);
    assert!(!left.contains("jumpfleet-") && !left.contains("image-path"), "{left}");
    // It is the inventory's client in all but what the policy said itself.
    let verified = stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(3);
    assert!(verified.stdout.contains("jc_tag") && !verified.stdout.contains("jc_comments"), "{verified:?}");

    let again = policy(stage, "").expect(0);
    assert!(again.stdout.contains("already present: ") && !again.stdout.contains("marker file"), "{again:?}");
    let marker = "'/Library/Application Support/jumpfleet/PRAJumpClient.txt'";
    run(
        stage,
        host,
        &format!("sed 's/^site: .*/site: other.example.org/' {marker} >new && cat new >{marker}"),
    );
    let others = policy(stage, "").expect(0);
    assert!(others.stdout.contains("its marker file names another site: other.example.org"), "{others:?}");
    assert_eq!(stage.starts(host).len(), 1);
}

fn fails_aloud(stage: &Stage) {
    cached(stage);
    let host = &stage.hosts[0];
    let unknown = policy(stage, "'A name'").expect(64);
    assert!(unknown.stdout.contains("the package was made without jc_name"), "{unknown:?}");
    run(stage, host, &format!("cd '{ROOM}' && mv bomgar-pec-{KEY}.dmg renamed.dmg"));
    let renamed = policy(stage, "").expect(66);
    assert!(renamed.stdout.contains("no bomgar-pec-*.dmg of the wanted SHA-256"), "{renamed:?}");
    run(stage, host, &format!("cd '{ROOM}' && echo x >>renamed.dmg && mv renamed.dmg bomgar-pec-{KEY}.dmg"));
    policy(stage, "").expect(66);
    assert!(stage.starts(host).is_empty());
    assert_eq!(left(stage, host), "/Library/Application Support/JAMF\n");
}
