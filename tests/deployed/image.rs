//! Does a clone install its client when it first boots, and never again?

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fleet::{KEY, SITE, Stage, Test};
use crate::package;

pub const TESTS: &[Test] = &[
    ("a_clone_waits_for_the_network_and_installs_once", 1, first_boot),
    ("a_client_that_was_in_the_image_stays_alone", 1, baked_in),
    ("an_installer_that_fails_is_tried_again", 1, tried_again),
    ("an_installer_that_always_fails_is_given_up_and_removed", 1, given_up),
];

/// How long anything may take that is waited for, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(90);

const STAGED: &str = "/var/lib/jumpfleet-first-boot";

/// Makes the host an image: staged, with `stage.sh`'s own words for it, and not booted again yet.
fn seal(stage: &Stage, options: &str) {
    stage.standard();
    stage.headless();
    let folder = package(stage, "golden-image");
    let host = &stage.hosts[0];
    let root = String::from_utf8(stage.fleet.lab(&["root", host]).stdout).unwrap();
    let into = format!("{}/root/image", root.trim());
    let copied = Command::new("cp").args(["-r"]).arg(folder.join("linux_headless")).arg(&into).status();
    assert!(copied.unwrap().success());
    let file = stage.path().join(format!("installers/headless/bomgar-pec-{KEY}.bin"));
    assert!(Command::new("cp").arg(file).arg(&into).status().unwrap().success());
    let said = stage.on(host, &format!("cd /root/image && sh stage.sh {options} bomgar-pec-*.bin")).expect(0);
    assert!(said.stdout.starts_with("staged in /var/lib/jumpfleet-first-boot"), "{}", said.stdout);
    stage.on(host, "rm -r /root/image").expect(0);
    let verified =
        stage.on(host, "systemd-analyze verify --man=no /etc/systemd/system/jumpfleet-first-boot.service");
    assert_eq!(verified.expect(0).stderr, "");
}

fn until(what: &str, done: impl Fn() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < give_up, "in vain: {what}");
        sleep(Duration::from_millis(500));
    }
}

fn journal(stage: &Stage) -> String {
    stage.on(&stage.hosts[0], "journalctl -b -u jumpfleet-first-boot --no-pager -o cat").stdout
}

/// The name of the site leads nowhere, but it leads: that is the network here.
fn bring_network(stage: &Stage) {
    stage.on(&stage.hosts[0], &format!("echo '192.0.2.1 {SITE}' >>/etc/hosts")).expect(0);
}

fn first_boot(stage: &Stage) {
    let host = &stage.hosts[0];
    seal(stage, "");
    assert!(stage.starts(host).is_empty(), "staging installs nothing");
    stage.lab("reboot", host);
    sleep(Duration::from_secs(7));
    assert!(stage.starts(host).is_empty(), "without a network nothing is begun");
    bring_network(stage);
    until("the client is installed", || journal(stage).contains("installed: /opt/jumpclient"));
    assert_eq!(stage.clients(host), 1);
    assert_eq!(stage.on(host, "systemctl is-enabled jumpfleet-jump-client").stdout.trim(), "enabled");
    assert_eq!(stage.on(host, &left()).stdout, "", "the installer, its key and the unit are gone");
    // Its own name was not in the image.
    let marker = stage.on(host, "cat /var/lib/jumpfleet/PRAJumpClient.txt").stdout;
    assert!(marker.contains("run: first-boot\n") && !marker.contains("jc_tag"), "{marker}");
    assert_eq!(stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0).stdout, "AS PLANNED: 1 host\n");

    stage.lab("reboot", host);
    until("the client is back", || stage.clients(host) == 1);
    assert!(!journal(stage).contains("installed"), "it began again: {}", journal(stage));
    assert_eq!(stage.starts(host).len(), 1, "one start in both boots");
}

fn baked_in(stage: &Stage) {
    let host = &stage.hosts[0];
    seal(stage, "");
    stage.rollout(&[]).expect(0);
    bring_network(stage);
    stage.lab("reboot", host);
    until("it is told", || journal(stage).contains("the image has a client already"));
    until("the unit is given up", || {
        stage.on(host, "systemctl is-failed jumpfleet-first-boot").stdout.trim() == "failed"
    });
    assert_eq!(stage.starts(host).len(), 1, "only the one that was baked in");
    is_over(stage, "exit code 76: the image has a client already");
}

/// Why it was given up, and that it left nothing to begin again with.
fn is_over(stage: &Stage, why: &str) {
    let host = &stage.hosts[0];
    let kept = stage.on(host, "cat /var/lib/jumpfleet/first-boot.failed").expect(0).stdout;
    assert!(kept.starts_with(why) && !kept.contains(KEY), "{kept}");
    assert_eq!(stage.on(host, &left()).stdout, "", "the installer, its key and the unit are gone");
    assert!(!journal(stage).contains(KEY), "{}", journal(stage));
}

/// A line that lists what is left of an image's files.
fn left() -> String {
    format!(
        "ls -d {STAGED} /etc/systemd/system/jumpfleet-first-boot.service \
        /etc/systemd/system/*.wants/jumpfleet-first-boot.service /var/tmp/jumpfleet* 2>/dev/null; \
        find / -xdev -name '*{KEY}*' 2>/dev/null; true"
    )
}

/// Lets the installer of a sealed image fail, and be tried again at once.
fn spoil(stage: &Stage) {
    let spoilt = "echo exit=7 >/etc/jump-client-stand-in; sed -i 's/^RestartSec=.*/RestartSec=1/' \
        /etc/systemd/system/jumpfleet-first-boot.service";
    stage.on(&stage.hosts[0], spoilt).expect(0);
}

fn tried_again(stage: &Stage) {
    let host = &stage.hosts[0];
    seal(stage, "--cloud-init");
    bring_network(stage);
    spoil(stage);
    stage.lab("reboot", host);
    assert!(stage.starts(host).is_empty(), "it waits for the user-data");
    // What the user-data says.
    stage.on(host, "systemctl enable --now --no-block jumpfleet-first-boot.service").expect(0);
    until("it was tried twice", || stage.starts(host).len() >= 2);
    assert!(journal(stage).contains("the installer ended with exit code 7"), "{}", journal(stage));
    stage.on(host, "rm /etc/jump-client-stand-in").expect(0);
    until("the client is installed", || stage.clients(host) == 1);
    until("all is gone", || stage.on(host, &format!("test ! -e {STAGED}")).code == Some(0));
}

fn given_up(stage: &Stage) {
    let host = &stage.hosts[0];
    seal(stage, "");
    bring_network(stage);
    spoil(stage);
    stage.lab("reboot", host);
    until("it is given up", || {
        stage.on(host, "test -e /var/lib/jumpfleet/first-boot.failed").code == Some(0)
    });
    until("all is gone", || stage.on(host, &left()).stdout.is_empty());
    is_over(stage, "exit code 70: the installer ended with exit code 7");
    assert_eq!(stage.starts(host).len(), 5, "{}", journal(stage));
    stage.lab("reboot", host);
    until("it is up again", || stage.on(host, "systemctl is-system-running --wait").code.is_some());
    assert_eq!(stage.starts(host).len(), 5, "it began again: {}", journal(stage));
}
