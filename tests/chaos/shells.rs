//! What if sudo asks although it never did, or a profile prints rubbish into every answer?

use crate::chance::Chance;
use crate::fleet::Stage;
use crate::hosts;
use crate::invariants::{count, hold};
use crate::journal;
use crate::rounds;
use crate::scene::{PATIENCE, Scene};
use crate::trouble::{Trouble, strike};

/// From some moment on sudo wants a password; the one that is sent is right, or no account has it.
pub fn sudo_asks(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, "");
    scene.installs_take(chance, 500, 2500);
    let is_right = chance.percent(50);
    if is_right {
        hosts::everywhere(stage, &stage.hosts, &format!("echo admin:{} | chpasswd", scene.canary));
    }
    let ask = "rm -rf /run/sudo; printf 'admin ALL=(ALL:ALL) ALL\\n' >/etc/sudoers.d/lab";
    let running = scene.begin(&[]);
    let trouble = Trouble {
        name: if is_right { "sudo asks, password right" } else { "sudo asks, password wrong" },
        phases: &journal::PHASES,
        longest: 5000,
        strike: &|host| hosts::everywhere(stage, &[host.to_owned()], ask),
        relieve: &|_| (),
    };
    let done = strike(&scene, running, &trouble, chance);
    assert!(done.code == Some(0) || (!is_right && done.code == Some(3)), "{done:?}");
    hold(&scene, &done, 1);
    assert_eq!(count(&scene, "left_behind"), 0, "what the login account staged was left to sudo");
}

/// What profiles print, as bash runs it.
const RUBBISH: [&str; 9] = [
    r"echo 'Welcome to this host. Unauthorised access is prohibited.'",
    r"printf 'no line end'",
    r"printf '\033[2J\033[1;31mred\033]0;title\007'",
    r"printf '\000\001\377\376'",
    r"printf 'to the errors without a line end' >&2",
    r"head -c 60000 /dev/urandom",
    r#"trap 'printf "rubbish after everything"' EXIT"#,
    r"trap 'echo rubbish after everything >&2' EXIT",
    r"printf 'exit=7\nsha256=0000\nstatus 0\r\n'",
];

/// Some of it at every login, of a fleet whose profiles differ, and ssh's own file too.
pub fn profiles_print_rubbish(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, "");
    scene.installs_take(chance, 300, 1500);
    for host in &stage.hosts {
        let lines: Vec<&str> = (0..1 + chance.below(3)).map(|_| chance.one_of(&RUBBISH)).collect();
        rounds::hit(
            "profile prints rubbish",
            if lines.len() > 1 { "of several kinds" } else { "of one kind" },
        );
        let profile = hosts::root(stage, host).join("home/admin/.bashrc");
        std::fs::write(profile, format!("{}\n", lines.join("\n"))).expect("a profile");
        if chance.percent(30) {
            let rc = hosts::root(stage, host).join("etc/ssh/sshrc");
            std::fs::write(rc, "printf 'rubbish of ssh'\n").expect("a script of sshd");
        }
    }
    let done = scene.begin(&[]).end_within(PATIENCE).expect(0);
    hold(&scene, &done, 1);
    journal::assert_one_outcome_each(&scene.lines(), &stage.hosts, "installed");
}
