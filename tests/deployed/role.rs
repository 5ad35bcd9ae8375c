//! Does Ansible install with the role, and change nothing a second time?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::fleet::{Done, KEY, Stage, Test, scripts};
use crate::package;

pub const TESTS: &[Test] = &[("the_role_installs_once", 2, installs_once)];

/// A program of one of the Python environments that `scripts/test` makes.
fn python(environment: &str, program: &str) -> PathBuf {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(environment).join("bin").join(program);
    assert!(path.is_file(), "{} is missing: scripts/test installs it", path.display());
    path
}

fn playbook(stage: &Stage, arguments: &[&str]) -> Done {
    let mut lab = Command::new(scripts("lab"));
    lab.args(["--name", stage.fleet.name(), "run"])
        .arg(python("ansible", "ansible-playbook"))
        .args(["-i", "inventory.yaml", "site.yml"])
        .args(arguments)
        .current_dir(stage.path())
        .env("HOME", stage.path())
        .env("LC_ALL", "C.UTF-8")
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_ROLES_PATH", stage.path().join("ansible"))
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::null());
    lab.output().expect("scripts/lab can be started").into()
}

/// The key of the other kind's installer, and that of last year's.
const OTHER_KEYS: [&str; 2] =
    ["s3rv1ce56g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90", "0ldyear56g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90"];

/// A run that told no key, whatever came of it.
fn told_no_key(run: Done) -> Done {
    for key in OTHER_KEYS.iter().chain([&KEY]) {
        assert!(!run.stdout.contains(key) && !run.stderr.contains(key), "{}{}", run.stdout, run.stderr);
    }
    run
}

/// A headless host and one in service mode, whose installers lie in one folder with that of last year.
fn two_kinds(stage: &Stage) {
    stage.standard();
    fs::remove_dir_all(stage.path().join("installers/service")).unwrap();
    let build = |folder: &str, mode: &str, key: &str| {
        let rest =
            ["--expires", "2035-01-01T00:00:00Z", "--overrides", "tag,comments", "--product", "bomgar-pec"];
        stage.build(folder, &[&rest[..], &["--mode", mode, "--uid", key]].concat())
    };
    let service = build("installers/service", "service", OTHER_KEYS[0]);
    let tag = r#"jc_tag: "it's {{ inventory_hostname }} $HOME""#;
    stage.inventory(&["jc_comments: '{not} a `template`'", tag, "ansible_become_user: root"], |number, _| {
        ["jc_platform: linux_headless, jc_user: jumpclient", "jc_platform: linux_service"][number].to_owned()
    });
    // What is done on the controller needs no other account.
    let inventory = fs::read_to_string(stage.path().join("inventory.yaml")).unwrap();
    stage.write(
        "inventory.yaml",
        &format!("{inventory}all:\n  vars:\n    ansible_become: true\n    ansible_become_user: nobody\n"),
    );
    stage.write(
        "site.yml",
        "- name: Jump Clients\n  hosts: fleet\n  gather_facts: false\n  roles:\n    - role: jump_client\n      vars:\n        \
         jump_client_installers: \"{{ playbook_dir }}/together\"\n        jump_client_hold: 2\n",
    );
    build("together", "headless", OTHER_KEYS[1]);
    fs::copy(service, stage.path().join("together").join(format!("bomgar-pec-{}.bin", OTHER_KEYS[0])))
        .unwrap();
}

fn installs_once(stage: &Stage) {
    two_kinds(stage);
    let role = package(stage, "ansible").join("jump_client");
    linted(stage, &role);
    playbook(stage, &["--syntax-check"]).expect(0);

    let headless = format!("bomgar-pec-{KEY}.bin");
    let together = stage.path().join("together");
    let missing = told_no_key(playbook(stage, &["--check"]).expect(2));
    let what = "0 files bomgar-pec-*.bin in ";
    assert!(missing.stdout.contains(what), "{}{}", missing.stdout, missing.stderr);
    for name in [&headless, "bomgar-pec-copy.bin"] {
        fs::copy(stage.path().join("installers/headless").join(&headless), together.join(name)).unwrap();
    }
    let twice = told_no_key(playbook(stage, &["-l", &stage.hosts[0]]).expect(2));
    assert!(twice.stdout.contains("2 files bomgar-pec-*.bin in "), "{}{}", twice.stdout, twice.stderr);
    fs::remove_file(together.join("bomgar-pec-copy.bin")).unwrap();
    let looked = told_no_key(playbook(stage, &["--check"]).expect(0));
    assert!(stage.hosts.iter().all(|host| stage.starts(host).is_empty()), "{}", looked.stdout);
    assert_eq!(looked.stdout.matches("changed=1 ").count(), 2, "{}", looked.stdout);

    let full = "mount -t tmpfs -o size=8k tmpfs /var/tmp";
    stage.on(&stage.hosts[0], full).expect(0);
    told_no_key(playbook(stage, &["--diff", "-l", &stage.hosts[0]]).expect(2));
    stage.on(&stage.hosts[0], "umount /var/tmp").expect(0);

    told_no_key(playbook(stage, &["--diff"]).expect(0));
    for host in &stage.hosts {
        assert_eq!(stage.starts(host).len(), 1, "{host}");
        assert_eq!(stage.clients(host), 1, "{host}");
        let settings = stage
            .on(
                host,
                "cat /opt/jumpclient/settings.ini /opt/bomgar/*/settings.ini; ls -A /var/tmp | grep jump",
            )
            .stdout;
        assert!(settings.contains(&format!("jc_tag=it's {host} $HOME\n")), "{settings}");
        assert!(settings.contains("jc_comments={not} a `template`\n"), "{settings}");
        assert!(!settings.contains("jump-client-") && !settings.contains("jumpfleet-"), "{settings}");
    }
    assert_eq!(
        stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0).stdout,
        "AS PLANNED: 2 hosts\n"
    );

    let second = playbook(stage, &[]).expect(0);
    assert_eq!(second.stdout.matches("changed=0 ").count(), 2, "{}", second.stdout);
    assert!(stage.hosts.iter().all(|host| stage.starts(host).len() == 1));
}

fn linted(stage: &Stage, role: &Path) {
    let program = python("ansible-lint", "ansible-lint");
    let path = std::env::var("PATH").unwrap_or_default();
    let linted = Command::new(&program)
        .args(["--offline", "--profile", "production", "--nocolor"])
        .arg(role)
        .current_dir(stage.path())
        .env("HOME", stage.path())
        .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
        .output()
        .unwrap();
    let done: Done = linted.into();
    assert!(done.code == Some(0), "{}{}", done.stdout, done.stderr);
}
