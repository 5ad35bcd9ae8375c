//! Is everything found, and nothing else?

use crate::Project;

const SETTINGS: &str = "\
appliance: {site: pra.example.org, model: b300}
releases:
  spring:
    product: bomgar-pec
    expires: 2035-01-01T00:00:00Z
    overrides: [tag]
    files: {linux_headless: installers/bomgar-pec-*.bin}
rollout: {release: spring}
";

const FLEET: &str = "\
web:
  hosts:
    web[01:03]:
  vars:
    ansible_become: true
    jc_platform: linux_headless
    jc_user: jumpclient
";

fn project(more: &[(&str, &str)]) -> Project {
    let project = Project::with(&[("jumpfleet.yaml", SETTINGS), ("fleet.yaml", FLEET)]);
    more.iter().for_each(|(name, text)| project.write(name, text));
    project
}

/// The first line of each finding.
fn found(text: &str) -> Vec<&str> {
    let levels = ["error: ", "warning: ", "note: "];
    text.lines().filter(|line| levels.iter().any(|level| line.starts_with(level))).collect()
}

#[test]
fn nothing_is_said_of_what_is_right() {
    let done = project(&[]).jumpfleet(&["lint", "-i", "fleet.yaml", "--strict"]).expect(0);
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("nothing to say\n", ""));
}

/// Settings and an inventory that plan well, and in which much is hardly meant.
pub fn odd() -> Project {
    let settings = "\
appliance: {site: pra.example.org}
releases:
  spring:
    product: bomgar-pec
    overrides: [tag]
    files: {linux_headless: installers/bomgar-pec-*.bin}
  autumn:
    product: sra-pin
    key: {file: key}
    files: {linux_headless: installers/sra-pin-*.bin}
rollout:
  release: spring
  at_once: 2
  windows:
    web: daily 00:00-24:00 UTC
    all: daily 00:00-24:00 UTC
";
    let fleet = "\
web:
  hosts:
    web[01:03]: {ansible_ssh_user: deploy}
    web04: {ansible_ssh_private_key_file: ~/id, db_password: hunter2}
  vars:
    ansible_become: true
    ansible_become_password: {file: sudo}
    ansible_ssh_common_args: -o StrictHostKeyChecking=accept-new
    jc_platform: linux_headless
    jc_user: jumpclient
hollow: {children: {inner: }}
inner: {}
";
    let project = Project::with(&[("jumpfleet.yaml", settings), ("fleet.yaml", fleet)]);
    for (name, mode) in [("key", 0o644), ("sudo", 0o640), ("id", 0o620)] {
        project.write(name, "hunter3");
        project.allow(name, mode);
    }
    project.allow("fleet.yaml", 0o666);
    project
}

#[test]
fn what_is_hardly_meant_is_said_at_its_place() {
    let project = odd();
    let done = project.jumpfleet(&["lint", "-i", "fleet.yaml"]).expect(0);
    let home = project.path().display();
    let wanted = [
        "warning: fleet.yaml:1:1: every account of this machine may write this file [open_permissions]".to_owned(),
        "warning: fleet.yaml:3:36: `ansible_ssh_user` is an old spelling [old_spelling]".to_owned(),
        format!("warning: fleet.yaml:4:43: other accounts of this machine may write `{home}/id` [open_permissions]"),
        "warning: fleet.yaml:4:62: `db_password` looks like a secret in plain text [plain_secret]".to_owned(),
        "warning: fleet.yaml:8:30: hosts whose key is not known yet are trusted at first sight [host_keys_accepted]".to_owned(),
        "warning: fleet.yaml:11:1: group `hollow` has no hosts [empty_group]".to_owned(),
        "warning: fleet.yaml:11:21: group `inner` has no hosts [empty_group]".to_owned(),
        "note: jumpfleet.yaml:1:1: how many clients pra.example.org can hold is not in the settings [appliance_size_unknown]".to_owned(),
        "warning: jumpfleet.yaml:3:3: when the installers of `spring` expire is not in the settings [installer_expiry_unknown]".to_owned(),
        "warning: jumpfleet.yaml:7:3: no host gets release `autumn` [unused_release]".to_owned(),
        format!("warning: jumpfleet.yaml:9:10: every account of this machine may read `{home}/key` [open_permissions]"),
        "warning: jumpfleet.yaml:13:3: 2 visits at once are too few for 60/min: installs of 30 s need about 30 [at_once_limits_rate]".to_owned(),
        "warning: jumpfleet.yaml:16:5: no host keeps to the window of group `all` [unused_window]".to_owned(),
    ];
    assert_eq!(found(&done.stdout), wanted, "{}", done.stdout);
    assert!(done.stdout.ends_with("\n12 warnings, 1 note\n"), "{}", done.stdout);
    assert!(!done.stdout.contains("hunter"), "{}", done.stdout);
    project.jumpfleet(&["lint", "-i", "fleet.yaml", "--strict"]).expect(2);
    let quiet = project.jumpfleet(&["lint", "-i", "fleet.yaml", "--limit", "web04"]).expect(0).stdout;
    assert!(!quiet.contains("unused_"), "a part of the hosts uses a part of the settings: {quiet}");
}

/// What `plan` calls an error is one here too, all at once, with what is odd besides.
#[test]
fn everything_that_a_plan_refuses_is_said() {
    let settings = SETTINGS.replace("overrides: [tag]", "overrides: []").replace("2035", "2021");
    let cases: &[(&str, &str, &str)] = &[
        ("jumpfleet.yaml", "appliance: {site: 'https://x', modle: b300}\nreleases: []\n", ""),
        (
            "fleet.yaml",
            "web: {hosts: {web01: {jc_tga: x, ansible_ssh_pass: hunter2}}}\nwebb: {vars: 3}\n",
            "",
        ),
        (
            "fleet.yaml",
            "web: {hosts: {web01: , web02: {jc_platform: raspberry_pi, jc_user: pi, jc_release: x}}}\n",
            "",
        ),
        (
            "fleet.yaml",
            "web: {hosts: {a: {ansible_host: 192.0.2.1}, b: {ansible_host: 192.0.2.1}}, vars: {jc_platform: linux_headless}}\n",
            "",
        ),
        (
            "fleet.yaml",
            "web: {hosts: {a: {jc_tag: x}}, vars: {jc_platform: linux_headless, jc_user: u, ansible_become: true, jc_ephemeral: true}}\n",
            "",
        ),
        ("fleet.yaml", "web: {hosts: {a: {jc_user: u}}, vars: {jc_platform: linux_headless}}\n", ""),
        ("jumpfleet.yaml", &settings, "installer_expired"),
    ];
    for (name, text, finding) in cases {
        let project = project(&[(name, text)]);
        project.write("installers/bomgar-pec-w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90.bin", "x");
        let plan = project.jumpfleet(&["plan", "-i", "fleet.yaml"]).expect(2);
        let lint = project.jumpfleet(&["lint", "-i", "fleet.yaml"]).expect(2);
        let said = found(&lint.stdout);
        for error in found(&plan.stderr) {
            let same = said.iter().any(|line| line.starts_with(error));
            assert!(same, "{name}: a plan says\n{error}\nand lint says\n{}", lint.stdout);
        }
        assert!(!found(&plan.stderr).is_empty() || !finding.is_empty(), "{}", plan.stderr);
        assert!(lint.stdout.contains(finding), "{}", lint.stdout);
        assert!(!lint.stdout.contains("hunter"), "{}", lint.stdout);
    }
}

#[test]
fn neither_installers_nor_hosts_are_looked_for() {
    let project = project(&[]);
    assert!(!project.path().join("installers").exists());
    project.jumpfleet(&["lint", "-i", "fleet.yaml"]).expect(0);
    let windows = "w: {hosts: {w1: }, vars: {jc_platform: windows_msi, ansible_user: admin}}\n";
    project.write("fleet.yaml", windows);
    project.write(
        "jumpfleet.yaml",
        &SETTINGS.replace("linux_headless:", "windows_msi:").replace("*.bin", "win64.msi"),
    );
    project.jumpfleet(&["lint", "-i", "fleet.yaml", "--strict"]).expect(0);
}

#[test]
fn the_settings_can_be_looked_at_alone() {
    let project = project(&[("jumpfleet.yaml", "appliance: {site: x y}\nreleases: {}\n")]);
    let done = project.jumpfleet(&["lint"]).expect(2);
    assert_eq!(
        found(&done.stdout),
        ["error: jumpfleet.yaml:1:19: `site` is not a bare host name [settings_mistake]"]
    );
    project.write("jumpfleet.yaml", SETTINGS);
    assert_eq!(project.jumpfleet(&["lint"]).expect(0).stdout, "nothing to say\n");
    let missing = project.jumpfleet(&["lint", "-i", "nowhere.yaml"]).expect(2);
    assert!(missing.stderr.contains("nowhere.yaml"), "{}", missing.stderr);
    let elsewhere = Project::with(&[]).jumpfleet(&["lint"]).expect(2);
    assert!(elsewhere.stderr.contains("jumpfleet init"), "{}", elsewhere.stderr);
}

#[test]
fn an_inventory_without_hosts_is_said_to_be_one() {
    let project = project(&[("fleet.yaml", "web: {}\n")]);
    let done = project.jumpfleet(&["lint", "-i", "fleet.yaml"]).expect(0);
    let count = |text: &str| text.matches("[no_hosts]").count();
    assert!(done.stdout.contains("warning: the inventory has no hosts [no_hosts]"), "{}", done.stdout);
    assert_eq!(count(&done.stdout), 1, "{}", done.stdout);
    let plan = project.jumpfleet(&["plan", "-i", "fleet.yaml"]).expect(0).stdout;
    assert!(plan.contains("warning: the inventory has no hosts [no_hosts]"), "{plan}");
}

#[test]
fn a_limit_that_leaves_nobody_is_said_to_be_one() {
    let host =
        "web: {hosts: {web01: {jc_platform: linux_headless, ansible_user: root, jc_user: jumpclient}}}\n";
    let project = project(&[("fleet.yaml", host)]);
    let limited = ["-i", "fleet.yaml", "-l", "web:!web01"];
    for command in ["lint", "plan"] {
        let done = project.jumpfleet(&[&[command], &limited[..]].concat()).expect(0).stdout;
        assert_eq!(
            done.matches("warning: `--limit web:!web01` leaves no hosts [no_hosts]").count(),
            1,
            "{done}"
        );
    }
}
