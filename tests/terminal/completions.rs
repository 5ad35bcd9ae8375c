//! Do real shells offer run ids, hosts and groups when Tab is pressed, and never an error?

use std::process::{Command, Stdio};

use crate::pty::Terminal;
use crate::scene::{Host, Scene};

const RUNS: [&str; 2] = ["20260501T220000Z-3f2a", "20260502T231500Z-77aa"];

/// Whether a shell is here; only bash is everywhere.
fn is_here(shell: &str) -> bool {
    let found = Command::new(shell).arg("-c").arg("exit").stdin(Stdio::null()).status().is_ok();
    assert!(found || shell != "bash", "bash cannot be started");
    found
}

/// Opens a shell with the completions loaded, and presses Tab in it.
fn offers(shell: &str, arguments: &[&str], loaded: &str) {
    if !is_here(shell) {
        return;
    }
    let scene =
        Scene::new(&[("web01", Host::Refuses), ("web02", Host::Refuses), ("database", Host::Refuses)]);
    RUNS.iter().for_each(|run| scene.run(run));
    let mut command = scene.command(shell);
    command.args(arguments).env("PS1", "> ");
    let mut terminal = Terminal::start(&command, 120);
    terminal.press(&format!("{loaded}; echo loa''ded\n"));
    terminal.until_shown("loaded");
    let mut offered = |typed: &str, words: &[&str]| {
        // As fingers do: a shell takes keys that come at once for pasted text.
        for part in typed.split_inclusive('\t') {
            terminal.press(part);
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        terminal.until(&format!("{shell}: {words:?} behind {typed:?}"), |screen| {
            words.iter().all(|word| screen.contains(word))
        });
        // The list and the line are thrown away; what is typed just behind Ctrl-C would be, too.
        for keys in ["\u{3}", "\u{3}", "\u{15}clear\n"] {
            terminal.press(keys);
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        terminal.until("an empty screen", |screen| !screen.contains(words[0]));
    };
    offered("jumpfleet report 2026\t\t\t", &RUNS);
    offered("jumpfleet rollout --resume 20260502\t", &["--resume 20260502T231500Z-77aa"]);
    offered("jumpfleet plan -i fleet.yaml -l we\t\t\t", &["web01", "web02"]);
    offered("jumpfleet plan -i fleet.yaml -l web01,da\t", &["web01,database"]);
    // Colons end words in bash.
    offered("jumpfleet plan -i fleet.yaml -l web01:da\t", &["web01:database "]);
    offered("jumpfleet plan -i fleet.yaml -l database:web\t\t\t", &["web01", "web02"]);
    offered("jumpfleet plan --release sp\t", &["--release spring"]);
    offered("jumpfleet report --format ju\t", &["--format junit"]);
    offered("jumpfleet rol\t", &["jumpfleet rollout"]);
    // Nothing is there to be completed, and nothing is said about that.
    terminal.press("jumpfleet plan -i missing.yaml -l we\t\t");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let screen = terminal.screen();
    assert!(!screen.contains("error") && !screen.contains("No such"), "{shell}:\n{screen}");
}

#[test]
fn bash_completes() {
    offers("bash", &["--norc", "--noprofile", "-i"], "source <(jumpfleet completions bash)");
}

#[test]
fn zsh_completes() {
    let loaded = "autoload -U compinit && compinit -u -D && source <(jumpfleet completions zsh)";
    offers("zsh", &["-f", "-i"], loaded);
}

#[test]
fn fish_completes() {
    offers("fish", &["--no-config", "-i"], "jumpfleet completions fish | source");
}

#[test]
fn powershell_gets_a_script_of_its_own() {
    let scene = Scene::new(&[]);
    let done = scene.command("jumpfleet").args(["completions", "powershell"]).output().expect("the program");
    let script = String::from_utf8(done.stdout).expect("text");
    assert!(script.contains("Register-ArgumentCompleter -Native -CommandName jumpfleet"), "{script}");
    for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
        assert_eq!(script.matches(open).count(), script.matches(close).count(), "{script}");
    }
    if Command::new("pwsh").arg("-Version").output().is_ok() {
        let checked = scene.command("pwsh").args(["-NoProfile", "-Command", &script]).status();
        assert!(checked.is_ok_and(|status| status.success()), "PowerShell does not take its script");
    }
}

#[test]
fn nothing_is_said_and_nothing_made_when_nothing_can_be_completed() {
    let scene = Scene::new(&[]);
    for words in
        [&["report", "x"][..], &["rollout", "-i", "missing", "-l", "w"], &["nonsense", "--nonsense", ""]]
    {
        let mut command = scene.command("jumpfleet");
        command.env("JUMPFLEET_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        let done = command.args(["--", "jumpfleet"]).args(words).output().expect("the program");
        assert!(done.status.success() && done.stderr.is_empty(), "{words:?}: {done:?}");
    }
    assert!(!scene.path().join("state").exists());
    let done = scene.command("jumpfleet").arg("runs").env("JUMPFLEET_COMPLETE", "").output();
    assert!(done.is_ok_and(|done| done.stdout.starts_with(b"no runs yet")));
}
