//! Does Ansible install with the role, and change nothing a second time?

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::fleet::{Done, Stage, Test, scripts};
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

fn installs_once(stage: &Stage) {
    stage.standard();
    let tag = r#"jc_tag: "it's {{ inventory_hostname }} $HOME""#;
    stage.inventory(
        &["jc_platform: linux_headless", "jc_user: jumpclient", "jc_comments: '{not} a `template`'", tag],
        |_, _| String::new(),
    );
    stage.write(
        "site.yml",
        "- name: Jump Clients\n  hosts: all\n  gather_facts: false\n  roles:\n    - role: jump_client\n      vars:\n        \
         jump_client_installers: \"{{ playbook_dir }}/installers/headless\"\n        jump_client_hold: 2\n",
    );
    let role = package(stage, "ansible").join("jump_client");
    linted(stage, &role);
    playbook(stage, &["--syntax-check"]).expect(0);

    let looked = playbook(stage, &["--check"]).expect(0);
    assert!(stage.hosts.iter().all(|host| stage.starts(host).is_empty()), "{}", looked.stdout);
    assert_eq!(looked.stdout.matches("changed=1 ").count(), 2, "{}", looked.stdout);
    let first = playbook(stage, &[]).expect(0);
    let key = crate::fleet::KEY;
    assert!(!first.stdout.contains(key) && !first.stderr.contains(key), "{}", first.stdout);
    for host in &stage.hosts {
        assert_eq!(stage.starts(host).len(), 1, "{host}");
        assert_eq!(stage.clients(host), 1, "{host}");
        let settings = stage.on(host, "cat /opt/jumpclient/settings.ini; ls -A /var/tmp | grep jump").stdout;
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
