//! What does the log of a GitHub job take for a command while a rollout goes on against hostile servers?

use std::io::Write;
use std::net::TcpListener;
use std::thread;

use crate::corpus::{CORPUS, assert_plain, commands};
use crate::scene::Scene;

/// Servers that greet with texts of the corpus, each on a port of its own.
fn servers() -> Vec<u16> {
    let listen = |text: &'static str| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.expect("a connection");
                // Whoever has heard enough hangs up.
                let _ = connection.write_all(format!("{text}\r\n{text}\r\n").as_bytes());
            }
        });
        port
    };
    CORPUS.iter().copied().map(listen).collect()
}

#[test]
fn what_servers_say_is_no_command_while_a_run_goes_on() {
    let ports = servers();
    let host =
        |(at, port): (usize, &u16)| format!("    h{at}: {{ansible_host: 127.0.0.1, ansible_port: {port}}}\n");
    let hosts: String = ports.iter().enumerate().map(host).collect();
    let scene = Scene::new(&format!("web:\n  hosts:\n{hosts}"));
    let mut settings = scene.read("jumpfleet.yaml");
    settings = settings.replace("retries: none}", "retries: none, connect_deadline: 5s, budget: none}");
    scene.write("jumpfleet.yaml", &settings);
    let done = scene.on_github(&["rollout", "-i", "fleet.yaml", "--yes"]).expect(4);
    assert!(done.stderr.contains("no_banner") || done.stderr.contains("handshake"), "{}", done.stderr);
    let first = done.stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("::stop-commands::jumpfleet-"), "{first}");
    let token = first.trim_start_matches("::stop-commands::");
    assert_eq!(done.stderr.lines().last(), Some(&*format!("::{token}::")), "{}", done.stderr);
    // Both streams are one log to the runner, in whatever order.
    for log in [&done.stderr, &done.stdout] {
        assert_plain(log, "the console");
        assert_eq!(commands(log), Vec::<String>::new());
    }
    let inside = done
        .stderr
        .replace(&format!("::stop-commands::{token}\n"), "")
        .replace(&format!("::{token}::\n"), "");
    assert_eq!(commands(&inside), Vec::<String>::new(), "also without the quotation no line is a command");
    for format in ["text", "json", "junit", "markdown"] {
        let report = scene.on_github(&["report", "--format", format]).expect(0);
        assert_plain(&report.stdout, format);
        assert_eq!(commands(&report.stdout), Vec::<String>::new(), "{format}");
    }
    let report = scene.on_github(&["report", "--format", "github"]).expect(0);
    let heard = commands(&report.stdout);
    assert_eq!(heard.len(), 10, "nine causes and how many more");
    for command in &heard[..9] {
        assert!(command.starts_with("::error file=fleet.yaml,line="), "{command}");
    }
    assert!(heard[9].starts_with("::error title=") && heard[9].contains(" more::"), "{}", heard[9]);
}

#[test]
fn elsewhere_nobody_sees_the_quotation() {
    let scene = Scene::new("web: {hosts: {web01: }}\n");
    let done = scene.run(&["plan", "-i", "fleet.yaml"]).expect(0);
    assert!(!done.stderr.contains("stop-commands"), "{}", done.stderr);
    let done = scene.on_github(&["plan", "-i", "fleet.yaml", "--format", "json"]).expect(0);
    assert!(done.stdout.starts_with('{') && done.stderr.starts_with("::stop-commands::"), "{}", done.stderr);
    assert_eq!(scene.on_github(&["runs"]).expect(0).stderr, "");
}
