//! Is progress readable on every terminal, harmless in every log, and does Enter show who is pending?

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::pty::Terminal;
use crate::scene::{Host, Scene};

const HOSTS: &[(&str, Host)] = &[
    ("web01.example.org", Host::Refuses),
    ("web02-with-a-name-that-is-longer-than-anybody-wants-to-read.example.org", Host::Refuses),
    ("日本語のとても長い名前のサーバー.example.org", Host::KeepsSilent),
    ("rubbish", Host::SendsEscapes),
];

/// The escapes that the progress is drawn with: up, to the end of the row or of the screen, and colours.
fn foreign_escapes(raw: &str) -> Vec<String> {
    let is_ours = |escape: &str| {
        let Some(rest) = escape.strip_prefix('[') else { return false };
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        matches!(digits.chars().next(), Some('A' | 'K' | 'J' | 'm')) && !rest.starts_with("2J")
    };
    let escapes = raw.split('\u{1b}').skip(1).filter(|escape| !is_ours(escape));
    escapes.map(|escape| escape.chars().take(10).collect()).collect()
}

#[test]
fn no_width_wraps_a_row_and_nothing_of_a_host_reaches_the_terminal() {
    for columns in [80, 40, 200] {
        let scene = Scene::new(HOSTS);
        let mut terminal = Terminal::start(&scene.rollout(&[]), columns);
        terminal.until("the bar", |screen| screen.contains("3/4  75%") && screen.contains("1 left"));
        terminal.press("\n");
        let screen = terminal.until_shown(" pending: 1");
        assert!(screen.contains("  日本語の") && screen.contains("3/4  75%"), "{columns}:\n{screen}");
        // The same with the window drawn smaller, while it is drawn on.
        terminal.resize(columns / 2 + 10);
        sleep(Duration::from_secs(1));
        terminal.press("\n");
        terminal.until("the second answer", |screen| screen.matches(" pending: 1").count() == 2);
        let screen = terminal.screen();
        assert_eq!(screen.matches("3/4  75%").count(), 1, "one bar is left:\n{screen}");
        terminal.press("\u{3}");
        terminal.until_shown("stopping: interrupted");
        assert_eq!(terminal.wrapped(), Vec::<String>::new(), "{columns}");
        terminal.press("\u{3}");
        assert_eq!(terminal.ended(), (Some(7), true), "{}", terminal.screen());
        let raw = terminal.raw();
        assert!(!raw.contains("\u{1b}[?25l"), "the cursor was hidden");
        assert_eq!(foreign_escapes(&raw), Vec::<String>::new());
        assert!(!terminal.screen().contains("left"), "the bar is gone:\n{}", terminal.screen());
    }
}

/// Runs to the hosts that end by themselves, on a terminal, and presses Enter meanwhile.
fn ended(change: impl FnOnce(&mut Command)) -> (String, String) {
    let scene =
        Scene::new(&[("web01", Host::Refuses), ("web02", Host::Refuses), ("slow", Host::KeepsSilent)]);
    let mut command = scene.rollout(&[]);
    change(&mut command);
    let mut terminal = Terminal::start(&command, 80);
    terminal.until("the mishaps", |screen| screen.matches("unreachable: ").count() >= 2);
    terminal.press("\n");
    sleep(Duration::from_secs(1));
    let screen = terminal.screen();
    terminal.press("\u{3}");
    terminal.until_shown("stopping: interrupted");
    terminal.press("\u{3}");
    assert_eq!(terminal.ended().0, Some(7));
    (screen, terminal.raw())
}

#[test]
fn a_ci_system_gets_lines_and_nobody_is_listened_to() {
    let (screen, raw) = ended(|command| {
        command.env("CI", "true");
    });
    assert!(screen.contains("/3] web01: unreachable: ") && !screen.contains("pending"), "{screen}");
    let bare = raw.replace("\u{1b}[33m", "").replace("\u{1b}[0m", "");
    assert!(bare != raw && !bare.contains('\u{1b}'), "only colours: {raw:?}");
    let (_, raw) = ended(|command| {
        command.args(["--color", "never"]).env("CI", "true");
    });
    assert!(!raw.contains('\u{1b}'), "{raw:?}");
}

#[test]
fn a_dumb_terminal_gets_lines_and_its_person_is_listened_to() {
    let (screen, raw) = ended(|command| {
        command.env("TERM", "dumb");
    });
    assert!(screen.contains("/3] web01: unreachable: ") && screen.contains("pending: 1"), "{screen}");
    assert!(!raw.contains('\u{1b}'), "{raw:?}");
}

#[test]
fn colours_are_shown_or_not_and_the_words_stay_the_same() {
    let (plain, raw) = ended(|command| {
        command.env("NO_COLOR", "1");
    });
    assert!(plain.contains("2/3  66%") && !raw.contains("\u{1b}[3"), "{plain}");
    let (coloured, raw) = ended(|command| {
        command.args(["--color", "always"]).env("NO_COLOR", "1");
    });
    assert!(raw.contains("\u{1b}[33mweb01: unreachable"), "{raw:?}");
    for line in ["web01: unreachable: connection_refused", "2/3  66%", "2 unreachable · 1 preparing"] {
        assert!(plain.contains(line) && coloured.contains(line), "{line}:\n{plain}\n{coloured}");
    }
}

#[test]
fn lines_from_time_to_time_name_no_host_that_is_well() {
    let (screen, _) = ended(|command| {
        command.args(["--progress", "lines"]);
    });
    assert!(screen.contains(" web01: unreachable: ") && !screen.contains("/3] "), "{screen}");
}

#[test]
fn a_question_stands_until_it_is_answered_and_enter_does_not_answer_it() {
    let scene = Scene::new(&[("web01", Host::Refuses), ("web02", Host::Refuses)]);
    let mut command = scene.command("jumpfleet");
    command.args(["rollout", "-i", "fleet.yaml", "--waves", "1", "--gate", "manual"]);
    let mut terminal = Terminal::start(&command, 80);
    terminal.until_shown("[y/N]");
    terminal.press("y\n");
    terminal.until_shown("Begin the next wave?");
    terminal.press("\n");
    let asked = |screen: &str| screen.contains("pending: ") && screen.trim_end().ends_with("ends the run:");
    let screen = terminal.until("the question beneath the answer", asked);
    assert!(!screen.contains("50%"), "no bar is drawn over the question:\n{screen}");
    terminal.press("yes\n");
    terminal.until_shown("continued by ada@");
    assert_eq!(terminal.ended().0, Some(4), "{}", terminal.screen());
    assert!(terminal.raw().contains("web02: unreachable"));
}

#[test]
fn a_rollout_in_the_background_is_not_stopped_by_its_terminal() {
    let scene = Scene::new(&[("slow", Host::KeepsSilent)]);
    let mut shell = scene.command("bash");
    shell.args(["--norc", "--noprofile", "-i"]).env("PS1", "> ");
    let mut terminal = Terminal::start(&shell, 120);
    terminal.press("jumpfleet rollout -i fleet.yaml --yes &\n");
    terminal.until_shown("(1 host, 0 finished)");
    sleep(Duration::from_secs(2));
    terminal.press("\njobs\n");
    terminal.until_shown("Running ");
    // Brought to the front it draws its bar, and stopped and gone on with it still does.
    terminal.press("fg\n");
    terminal.until_shown("0/1  0%");
    terminal.press("\u{1a}");
    terminal.until_shown("Stopped ");
    terminal.press("bg\n");
    sleep(Duration::from_secs(2));
    terminal.press("clear; echo clea''red; jobs\n");
    let screen =
        terminal.until("the jobs", |screen| screen.contains("cleared") && screen.contains("Running "));
    assert!(!screen.contains("0/1  0%"), "no bar is drawn from the background:\n{screen}");
    terminal.press("kill -INT %1; kill -INT %1\n");
    sleep(Duration::from_secs(1));
    terminal.press("kill -INT %1; wait; exit\n");
    terminal.ended();
}
