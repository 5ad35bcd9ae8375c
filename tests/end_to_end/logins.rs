//! Who is let in, who is not, and is anything tried twice that locks accounts?

use std::fs;
use std::process::{Child, Command, Output, Stdio};

use crate::fleet::{Done, SITE, Stage, Test, scripts};
use crate::scene::{begun, detail, end, ended, has_its_client, record, run, until, untouched};

pub const TESTS: &[Test] = &[
    ("host_keys_decide_who_is_trusted", 5, host_keys),
    ("new_host_keys_are_written_down_once", 2, accept_new),
    ("sudo_passwords_are_given_once", 5, sudo),
    ("login_passwords_are_given_once", 2, passwords),
    ("encrypted_keys_are_opened_with_their_passphrase", 3, passphrases),
    ("a_bastion_is_passed_on_the_way", 4, bastion),
    ("a_full_login_queue_is_waited_for", 2, login_queue),
];

/// Rolls out with environment variables, where secrets are.
fn rollout_with(stage: &Stage, variables: &[(&str, &str)]) -> Done {
    let mut command = stage.command(&["rollout", "-i", "inventory.yaml", "--yes"]);
    let output: Output =
        command.envs(variables.iter().copied()).output().expect("the program can be started");
    output.into()
}

/// The lines of a host's journal that hold a text.
fn journal(stage: &Stage, host: &str, text: &str) -> Vec<String> {
    let lines = run(stage, host, "journalctl --sync; journalctl -q -o cat");
    lines.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

/// The lab's known_hosts, and the key of one host in it.
fn known(stage: &Stage, host: &str) -> (String, String) {
    let all = fs::read_to_string(stage.fleet.folder().join("known_hosts")).expect("the lab's known_hosts");
    let address = stage.address(host);
    let line =
        all.lines().find(|line| line.split(' ').next() == Some(address.as_str())).expect("the host's line");
    let key = line.split_once(' ').expect("a key").1.to_owned();
    (all, key)
}

fn host_keys(stage: &Stage) {
    stage.standard();
    let [changed, unknown, revoked, hashed, proper] =
        [0, 1, 2, 3, 4].map(|index| stage.hosts[index].as_str());
    let key = |host: &str| known(stage, host).1;
    let line = |host: &str, key: &str| format!("{} {key}\n", stage.address(host));
    stage.write("known/changed", &line(changed, &key(unknown)));
    stage.write("known/unknown", &line(changed, &key(changed)));
    stage.write("known/revoked", &format!("{}@revoked * {}\n", line(revoked, &key(revoked)), key(revoked)));
    stage.write("known/hashed", &line(hashed, &key(hashed)));
    stage.write("known/proper", &format!("# a remark\n\n10.99.*,!10.99.9.9 {}\n", key(proper)));
    let hash = Command::new("ssh-keygen")
        .args(["-q", "-H", "-f", "known/hashed"])
        .current_dir(stage.path())
        .output();
    assert!(hash.expect("ssh-keygen").status.success());
    let names = ["changed", "unknown", "revoked", "hashed", "proper"];
    stage.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient"], |index, _| {
        let file = stage.path().join("known").join(names[index]);
        format!("ansible_ssh_common_args: '-o UserKnownHostsFile={}'", file.display())
    });
    stage.rollout(&[]).expect(4);
    let report = stage.report();
    for (host, class, word) in [
        (changed, "host_key_changed", "ssh-keygen -R"),
        (unknown, "host_key_unknown", "is not in"),
        (revoked, "host_key_revoked", "@revoked"),
    ] {
        ended(&report, host, &format!("unreachable/{class}"));
        assert!(detail(&report, host).contains(word), "{}", detail(&report, host));
        assert_eq!(record(&report, host)["attempts"], 1);
        assert!(journal(stage, host, "Accepted").is_empty(), "{host} was logged in to");
        untouched(stage, host);
    }
    for host in [hashed, proper] {
        ended(&report, host, "installed");
        has_its_client(stage, host);
    }
    let before = fs::read_to_string(stage.path().join("known/unknown")).expect("a file");
    assert_eq!(before.lines().count(), 1, "nothing is written down unasked");
}

fn accept_new(stage: &Stage) {
    stage.standard();
    let file = stage.path().join("new/folder/known_hosts");
    let arguments = format!("-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile={}", file.display());
    let vars = [
        "jc_platform: linux_headless",
        "jc_user: jumpclient",
        &format!("ansible_ssh_common_args: '{arguments}'"),
    ];
    stage.inventory(&vars, |_, _| String::new());
    stage.rollout(&[]).expect(0);
    let written = fs::read_to_string(&file).expect("the new file");
    let mut lines: Vec<&str> = written.lines().collect();
    lines.sort_unstable();
    let mut wanted: Vec<String> =
        stage.hosts.iter().map(|host| format!("{} {}", stage.address(host), known(stage, host).1)).collect();
    wanted.sort_unstable();
    assert_eq!(lines, wanted);
    stage.rollout(&[]).expect(0);
    assert_eq!(fs::read_to_string(&file).expect("the file"), written, "nothing is written twice");

    // What was trusted at first sight is held to from then on.
    let host = &stage.hosts[0];
    run(
        stage,
        host,
        "rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key",
    );
    run(stage, host, "systemctl restart ssh");
    stage.rollout(&[]).expect(4);
    ended(&stage.report(), host, "unreachable/host_key_changed");
    assert_eq!(fs::read_to_string(&file).expect("the file"), written);
}

fn sudo(stage: &Stage) {
    stage.standard();
    stage.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient"], |index, _| {
        let kinds = [
            "ansible_user: operator, ansible_become_password: {env: RIGHT}",
            "ansible_user: operator, ansible_become_password: {env: WRONG}",
            "ansible_user: operator",
            "ansible_user: plain",
            "ansible_user: plain, ansible_become_password: {env: PLAIN}",
        ];
        kinds[index].to_owned()
    });
    run(stage, &stage.hosts[4], "echo plain:Plain-Pass1 | chpasswd");
    let variables = [("RIGHT", "operator-Pass1"), ("WRONG", "not-the-Pass1"), ("PLAIN", "Plain-Pass1")];
    let rolled = rollout_with(stage, &variables).expect(3);
    let report = stage.report();
    ended(&report, &stage.hosts[0], "installed");
    has_its_client(stage, &stage.hosts[0]);
    let words = ["did not accept the password", "ansible_become_password", "ansible_become_password", "sudo"];
    for (host, word) in stage.hosts[1..].iter().zip(words) {
        ended(&report, host, "failed/probe/sudo");
        assert!(detail(&report, host).contains(word), "{}", detail(&report, host));
        assert_eq!(record(&report, host)["attempts"], 1);
        untouched(stage, host);
    }
    assert_eq!(journal(stage, &stage.hosts[1], "authentication failure").len(), 1, "one try, not three");
    let everything = format!("{}{}{report}", rolled.stdout, rolled.stderr);
    for (_, secret) in variables {
        assert!(!everything.contains(secret), "a password is shown");
    }
    // Without the variable there is nothing to try.
    let missing = stage.rollout(&[]).expect(2);
    assert!(missing.stderr.contains("WRONG") && missing.stderr.contains("PLAIN"), "{}", missing.stderr);
}

fn passwords(stage: &Stage) {
    stage.standard();
    let vars = [
        "jc_platform: linux_headless",
        "jc_user: jumpclient",
        "ansible_user: operator",
        "ansible_ssh_private_key_file: null",
        "ansible_become_password: {env: RIGHT}",
    ];
    stage.inventory(&vars, |index, _| format!("ansible_password: {{env: {}}}", ["RIGHT", "WRONG"][index]));
    rollout_with(stage, &[("RIGHT", "operator-Pass1"), ("WRONG", "not-the-Pass1")]).expect(4);
    let report = stage.report();
    let [right, wrong] = [0, 1].map(|index| stage.hosts[index].as_str());
    ended(&report, right, "installed");
    has_its_client(stage, right);
    assert!(!journal(stage, right, "Accepted password for operator").is_empty());
    ended(&report, wrong, "unreachable/authentication");
    assert_eq!(record(&report, wrong)["attempts"], 1);
    assert_eq!(journal(stage, wrong, "Failed password for operator").len(), 1, "one try: accounts lock");
    untouched(stage, wrong);
}

fn passphrases(stage: &Stage) {
    stage.standard();
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "open sesame", "-C", "locked", "-f", "locked"])
        .current_dir(stage.path())
        .output();
    assert!(made.expect("ssh-keygen").status.success());
    let public = fs::read_to_string(stage.path().join("locked.pub")).expect("the public key");
    for host in &stage.hosts {
        run(stage, host, &format!("echo '{}' >/home/admin/.ssh/authorized_keys", public.trim()));
    }
    let file = stage.path().join("locked");
    let vars = [
        "jc_platform: linux_headless",
        "jc_user: jumpclient",
        &format!("ansible_ssh_private_key_file: {}", file.display()),
    ];
    stage.inventory(&vars, |index, _| {
        let kinds = ["jc_key_passphrase: {env: RIGHT}", "jc_key_passphrase: {env: WRONG}", ""];
        kinds[index].to_owned()
    });
    rollout_with(stage, &[("RIGHT", "open sesame"), ("WRONG", "open barley")]).expect(4);
    let report = stage.report();
    ended(&report, &stage.hosts[0], "installed");
    has_its_client(stage, &stage.hosts[0]);
    for (host, word) in stage.hosts[1..].iter().zip(["passphrase does not open", "no passphrase is named"]) {
        ended(&report, host, "unreachable/authentication");
        assert!(detail(&report, host).contains(word), "{}", detail(&report, host));
        untouched(stage, host);
    }
}

fn bastion(stage: &Stage) {
    stage.standard();
    let [first, second, target, behind_nothing] = [0, 1, 2, 3].map(|index| stage.hosts[index].as_str());
    let [a, b] = [first, second].map(|host| stage.address(host));
    let file = stage.fleet.folder().join("known_hosts");
    let known = format!("-o UserKnownHostsFile={}", file.display());
    stage.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient"], |index, _| {
        let ways = [
            known.clone(),
            format!("-J admin@{a} {known}"),
            format!("-o ProxyJump=admin@{a},admin@{b}:22 {known}"),
            format!("-J {a}:2222 {known}"),
        ];
        format!("ansible_ssh_common_args: '{}'", ways[index])
    });
    stage.rollout(&[]).expect(4);
    let report = stage.report();
    for (host, from) in [(second, &a), (target, &b)] {
        ended(&report, host, "installed");
        has_its_client(stage, host);
        let logins = journal(stage, host, "Accepted publickey for admin from");
        // The second host is a bastion itself and is passed by whoever is on the way to the third.
        assert!(
            logins.iter().all(|login| login.contains(&format!("from {from} "))) && !logins.is_empty(),
            "{logins:?}"
        );
    }
    ended(&report, behind_nothing, "unreachable/bastion");
    assert!(detail(&report, behind_nothing).contains(&a), "{}", detail(&report, behind_nothing));
    untouched(stage, behind_nothing);
}

/// Takes the one place a host has for those who have not logged in yet.
fn hold_the_door(stage: &Stage, host: &str, seconds: u32) -> Child {
    run(
        stage,
        host,
        "printf 'MaxStartups 1:100:1\\nLoginGraceTime 300\\n' >/etc/ssh/sshd_config.d/few.conf; systemctl restart ssh",
    );
    let script = format!(
        "exec 3<>/dev/tcp/{}/22; read -r greeting <&3; echo held; exec sleep {seconds}",
        stage.address(host)
    );
    let file = fs::File::create(stage.path().join(host)).expect("a file");
    let holder = Command::new(scripts("lab"))
        .args(["--name", stage.fleet.name(), "run", "bash", "-c", &script])
        .stdin(Stdio::null())
        .stdout(file)
        .spawn()
        .expect("somebody at the door");
    until(20, "the door is held", || {
        fs::read_to_string(stage.path().join(host)).is_ok_and(|text| text == "held\n")
    });
    holder
}

fn login_queue(stage: &Stage) {
    stage.standard_with(SITE, "connect_deadline: 5s, retries: {classes: {no_banner: 2}}");
    stage.headless();
    let [short, long] = [0, 1].map(|index| stage.hosts[index].as_str());
    let mut holders = [hold_the_door(stage, short, 60), hold_the_door(stage, long, 60)];
    let mut rollout = stage.start(&["rollout", "-i", "inventory.yaml", "--yes"]);
    let said = || fs::read_to_string(stage.path().join("stderr")).unwrap_or_default();
    until(30, "both were refused once", || said().matches("tried again in").count() >= 2);
    holders[0].kill().expect("the first holder leaves");
    assert_eq!(rollout.wait().expect("an end").code(), Some(4), "{}", said());
    let report = stage.report();
    ended(&report, short, "installed");
    has_its_client(stage, short);
    assert!(record(&report, short)["attempts"].as_u64() > Some(1));
    assert_eq!(end(&report, long), "unreachable/no_banner");
    assert_eq!(record(&report, long)["attempts"], 3);
    assert_eq!(begun(stage, long), 0);
    for mut holder in holders {
        // The first one has ended before.
        let _ = holder.kill();
        holder.wait().expect("an end");
    }
}
