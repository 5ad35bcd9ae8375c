//! Does a client come onto a host that has none, stay there, and stay the only one?

use std::process::Command;

use crate::fleet::{KEY, SITE, Stage, Test};
use crate::scene::{ended, has_its_client, record, run, staged};

pub const TESTS: &[Test] = &[
    ("every_kind_of_linux_installer_survives_a_reboot", 4, every_kind),
    ("a_second_rollout_changes_nothing", 2, second_rollout),
    ("odd_values_arrive_as_they_were_written", 1, odd_values),
    ("an_account_without_root_gets_its_client", 1, without_root),
    ("root_itself_logs_in_without_sudo", 1, as_root),
    ("noisy_login_shells_do_not_disturb", 3, noisy_shells),
    ("init_scripts_start_the_client_at_boot", 1, by_init_script),
];

fn every_kind(stage: &Stage) {
    stage.standard();
    newer_releases(stage);
    stage.inventory(&["jc_tag: web"], |index, _| {
        let kinds = [
            "jc_platform: linux_headless, jc_user: jumpclient",
            "jc_platform: linux_service",
            "jc_platform: linux_service, jc_release: named",
            "jc_platform: linux_headless, jc_release: generic",
        ];
        kinds[index].to_owned()
    });
    let rolled = stage.command(&["rollout", "-i", "inventory.yaml", "--yes"]).env("JC_KEY", KEY).output();
    crate::fleet::Done::from(rolled.expect("a rollout")).expect(0);
    let report = stage.report();
    let [headless, service, named, generic] = [0, 1, 2, 3].map(|index| stage.hosts[index].as_str());
    let short = &KEY[..12];
    for (host, process, folder, unit) in [
        (headless, "bomgar-pec", "/opt/jumpclient".to_owned(), "jumpfleet-jump-client".to_owned()),
        (service, "bomgar-pec", format!("/opt/bomgar/bomgar-pec-{KEY}"), format!("bomgar-pec-{KEY}")),
        (named, "sra-pin", format!("/opt/beyondtrust/sra-pin-{short}"), format!("sra-pin-{short}")),
        (generic, "sra-pin", format!("/opt/beyondtrust/sra-pin-{short}"), format!("sra-pin-{short}")),
    ] {
        ended(&report, host, "installed");
        assert_eq!(record(&report, host)["status"], 0);
        assert_eq!(staged(stage, host), "");
        let settings = run(stage, host, &format!("cat {folder}/settings.ini"));
        assert!(settings.contains("jc_tag=web\n"), "{settings}");
        is_marked(stage, host);
        runs_once(stage, host, process, &unit);
        keeps_the_key_to_itself(stage, host);
        stage.lab("reboot", host);
        runs_once(stage, host, process, &unit);
    }
    let unit = "/etc/systemd/system/jumpfleet-jump-client.service";
    assert_eq!(run(stage, headless, &format!("stat -c '%a %U:%G' {unit}")), "644 root:root\n");
    assert_eq!(run(stage, headless, &format!("systemd-analyze verify {unit} 2>&1")), "");
    assert_eq!(run(stage, headless, "ps -C bomgar-pec -o user="), "jumpclient\n");
}

fn newer_releases(stage: &Stage) {
    let rest =
        ["--product", "sra-pin", "--uid", KEY, "--expires", "2035-01-01T00:00:00Z", "--overrides", "tag"];
    stage.build("installers/named", &rest);
    stage.build("installers/generic", &[&rest[..], &["--generic"]].concat());
    let release = "product: sra-pin, expires: 2035-01-01T00:00:00Z, overrides: [tag]";
    crate::scene::resettle(
        stage,
        "releases:\n",
        &format!(
            "releases:\n  named: {{{release}, files: {{linux_service: installers/named/sra-pin-linux_x86_64-*.bin}}}}\n  \
             generic: {{{release}, key: {{env: JC_KEY}}, files: {{linux_headless: installers/generic/sra-pin-linux_x86_64.bin}}}}\n"
        ),
    );
}

fn is_marked(stage: &Stage, host: &str) {
    let mark =
        run(stage, host, "stat -c '%a %U' /var/lib/jumpfleet/PRAJumpClient.txt; cat /var/lib/jumpfleet/*");
    let report = stage.report();
    let name = report["summary"]["run"].as_str().expect("a run");
    assert!(mark.starts_with("644 root\nrelease: "), "{mark}");
    assert!(mark.contains(&format!("run: {name}\n")), "{mark}");
}

fn runs_once(stage: &Stage, host: &str, process: &str, unit: &str) {
    assert_eq!(run(stage, host, &format!("pgrep -cx {process}")), "1\n", "{host}");
    assert_eq!(run(stage, host, &format!("systemctl is-active {unit}")), "active\n", "{host}");
    assert_eq!(run(stage, host, &format!("systemctl is-enabled {unit}")), "enabled\n", "{host}");
    assert_eq!(stage.starts(host).len(), 1, "{host}");
}

/// Beside the vendor's own folder and unit, and the stand-in's record of its arguments.
fn keeps_the_key_to_itself(stage: &Stage, host: &str) {
    let search = format!(
        "find / -xdev \\( -path /proc -o -path /opt/bomgar -o -path /opt/beyondtrust \
         -o -path /var/lib/jump-client-stand-in -o -name 'bomgar-pec-{KEY}.service' \\) -prune \
         -o \\( -name '*{KEY}*' -o -type f -perm /o=r -newer /etc/hostname -exec grep -qF {KEY} {{}} \\; \\) -print"
    );
    assert_eq!(run(stage, host, &search), "", "{host}");
}

/// Every file that a host has of its own, with its owner, its mode and its digest; sudo leaves a note
/// in the home of whoever used it, which is not ours.
fn listing(stage: &Stage, host: &str) -> String {
    let list = "find etc opt home root usr var/lib/jumpfleet var/lib/jump-client-stand-in var/tmp \
        ! -name .sudo_as_admin_successful ! -path home ! -path home/admin -printf '%M %u %p %l\\n' -type f -exec sha256sum {} + 2>/dev/null | sort";
    let listed = Command::new("sh").args(["-c", list]).current_dir(stage.changed(host)).output();
    String::from_utf8(listed.expect("a listing").stdout).expect("names in UTF-8")
}

fn second_rollout(stage: &Stage) {
    stage.standard();
    stage.inventory(&[], |index, _| match index {
        0 => "jc_platform: linux_headless, jc_user: jumpclient".to_owned(),
        _ => "jc_platform: linux_service".to_owned(),
    });
    let look = ["plan", "-i", "inventory.yaml", "--probe", "--detailed-exitcode"];
    let bare: Vec<String> = stage.hosts.iter().map(|host| listing(stage, host)).collect();
    stage.jumpfleet(&look).expect(10);
    for (host, bare) in stage.hosts.iter().zip(&bare) {
        assert_eq!(&listing(stage, host), bare, "a look changed something");
    }
    stage.rollout(&[]).expect(0);
    let installed: Vec<String> = stage.hosts.iter().map(|host| listing(stage, host)).collect();
    assert!(installed[0].contains("opt/jumpclient/settings.ini"), "{}", installed[0]);
    stage.jumpfleet(&look).expect(0);
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    assert_eq!(report["summary"]["counts"]["already_present"], 2);
    assert_eq!(report["summary"]["starts"], 0);
    for (host, installed) in stage.hosts.iter().zip(&installed) {
        ended(&report, host, "already_present/install_directory");
        assert_eq!(&listing(stage, host), installed, "{host}");
        has_its_client(stage, host);
    }
}

fn odd_values(stage: &Stage) {
    stage.standard();
    let host = &stage.hosts[0];
    let tag = r#"it's "one" $HOME `id` \ é;&|*"#;
    let yaml = serde_json::to_string(tag).expect("a string");
    let vars = [
        "jc_platform: linux_headless",
        "jc_user: jumpclient",
        "jc_install_dir: /opt/jump client+1",
        "jc_jump_group: jumpgroup:Linux_Servers",
        "jc_comments: '-n --user root'",
        "jc_staging_dir: '/srv/some where'",
        "jc_marker_file: '/var/lib/a mark'",
        &format!("jc_tag: {yaml}"),
    ];
    stage.inventory(&vars, |_, _| String::new());
    run(stage, host, "install -d -m 1777 '/srv/some where'");
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), host, "installed");
    has_its_client(stage, host);
    let settings = run(stage, host, "cat '/opt/jump client+1/settings.ini'");
    for line in
        [&format!("jc_tag={tag}"), "jc_comments=-n --user root", "jc_jump_group=jumpgroup:Linux_Servers"]
    {
        assert!(settings.lines().any(|found| found == line), "{line} is not in\n{settings}");
    }
    assert!(run(stage, host, "cat '/var/lib/a mark'").contains("install directory: /opt/jump client+1\n"));
    assert_eq!(run(stage, host, "ls -A '/srv/some where'; ls -d /var/lib/jumpfleet 2>/dev/null; true"), "");
    stage.lab("reboot", host);
    has_its_client(stage, host);
}

fn without_root(stage: &Stage) {
    stage.standard();
    let host = &stage.hosts[0];
    let vars = [
        "ansible_user: plain",
        "ansible_become: false",
        "jc_platform: linux_headless",
        "jc_install_dir: /home/plain/jumpclient",
        "jc_boot: none",
    ];
    stage.inventory(&vars, |_, _| String::new());
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), host, "installed");
    has_its_client(stage, host);
    assert_eq!(run(stage, host, "ps -C bomgar-pec -o user="), "plain\n");
    assert_eq!(
        run(stage, host, "ls -A /var/lib/jumpfleet /etc/systemd/system/jumpfleet* 2>/dev/null; true"),
        ""
    );
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), host, "already_present/install_directory");
    has_its_client(stage, host);
}

fn as_root(stage: &Stage) {
    stage.standard();
    let vars =
        ["ansible_user: root", "ansible_become: false", "jc_platform: linux_headless", "jc_user: jumpclient"];
    stage.inventory(&vars, |_, _| String::new());
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), &stage.hosts[0], "installed");
    has_its_client(stage, &stage.hosts[0]);
    assert_eq!(run(stage, &stage.hosts[0], "journalctl -q -t sudo"), "", "sudo was not needed");
}

fn noisy_shells(stage: &Stage) {
    stage.standard();
    stage.headless();
    let noise = "echo rubbish; echo more >&2; printf '::jumpfleet:: fact os Plan9\\n::jumpfleet:: end\\n'; cat /etc/os-release; \
        printf '\\033[31mred'";
    for host in &stage.hosts[..2] {
        run(
            stage,
            host,
            &format!("cat >/home/admin/.bashrc <<'END'\n{noise}\nEND\ncp /home/admin/.bashrc /root/"),
        );
    }
    // Also once the connection is one that a person would have: a greeting, and another shell.
    run(stage, &stage.hosts[1], "echo 'Banner /etc/os-release' >>/etc/ssh/sshd_config; systemctl reload ssh");
    run(stage, &stage.hosts[2], "usermod --shell /bin/sh admin; echo 'echo hello' >/home/admin/.profile");
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "installed");
        has_its_client(stage, host);
    }
}

fn by_init_script(stage: &Stage) {
    stage.standard();
    let host = &stage.hosts[0];
    run(stage, host, "command -v update-rc.d");
    stage.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient", "jc_boot: init"], |_, _| {
        String::new()
    });
    stage.rollout(&[]).expect(0);
    ended(&stage.report(), host, "installed");
    has_its_client(stage, host);
    stage.lab("reboot", host);
    has_its_client(stage, host);
    assert_eq!(stage.report()["summary"]["site"], SITE);
}
