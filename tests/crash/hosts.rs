//! What do light hosts themselves say? Asked past the lab's command, for these tests ask often.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::fleet::Stage;

/// What the stand-ins' programs are called while they run.
const CLIENTS: [&str; 2] = ["bomgar-pec", "sra-pin"];

/// One start of an installer, as the stand-in wrote it down before it did anything else.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// The host.
    pub host: String,
    /// Seconds since the machine's boot, to a hundredth.
    pub uptime: f64,
    /// Seconds since 1970.
    pub wall: f64,
}

/// The root folder of a host as this machine sees it; a rebooted host has another one.
pub fn root(stage: &Stage, host: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{}/root", init(stage, host)))
}

fn init(stage: &Stage, host: &str) -> String {
    let path = stage.fleet.folder().join("hosts").join(host).join("pid");
    let identity = fs::read_to_string(&path).expect("the process of a host");
    identity.split_whitespace().next().expect("a process number").to_owned()
}

/// Runs a shell line as root inside each host, all at once.
pub fn everywhere(stage: &Stage, hosts: &[String], line: &str) {
    thread::scope(|scope| {
        for host in hosts {
            scope.spawn(move || {
                let inside = ["--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"];
                let done = Command::new("nsenter")
                    .args(["--target", &init(stage, host)])
                    .args(inside)
                    .args(["--", "sh", "-c", line])
                    .stdin(Stdio::null())
                    .output()
                    .expect("nsenter can be started");
                let told = String::from_utf8_lossy(&done.stderr);
                assert!(done.status.success(), "{host}: `{line}`: {told}");
            });
        }
    });
}

/// Tells the installers on a host how to misbehave.
pub fn behave(stage: &Stage, host: &str, how: &str) {
    let path = root(stage, host).join("etc/jump-client-stand-in");
    fs::write(path, format!("{how}\n")).expect("the behaviour of a host");
}

/// How an installer is told to run until [`release`].
pub const HELD: &str = "sleep=600";

/// Lets the installers that are held on these hosts go on, and the ones to come run through.
pub fn release(stage: &Stage, hosts: &[String]) {
    for host in hosts {
        behave(stage, host, "sleep=0");
    }
    everywhere(stage, hosts, "pkill -x sleep || true");
}

/// Every start on these hosts, first to last.
pub fn starts(stage: &Stage, hosts: &[String]) -> Vec<Start> {
    let mut all: Vec<Start> = hosts.iter().flat_map(|host| starts_on(stage, host)).collect();
    all.sort_by(|one, other| one.uptime.total_cmp(&other.uptime));
    all
}

/// Every start on this host, first to last.
pub fn starts_on(stage: &Stage, host: &str) -> Vec<Start> {
    let path = root(stage, host).join("var/lib/jump-client-stand-in/starts");
    let text = fs::read_to_string(path).unwrap_or_default();
    let start = |line: &str| {
        let mut numbers = line.split(' ').map(|word| word.parse().expect("a time"));
        let (uptime, wall) = (numbers.next().expect("an uptime"), numbers.next().expect("a time"));
        Start { host: host.to_owned(), uptime, wall }
    };
    text.lines().map(start).collect()
}

/// Every end of an installer on this host, first to last: seconds since the machine's boot, and its exit code.
pub fn ends_on(stage: &Stage, host: &str) -> Vec<(f64, i32)> {
    let path = root(stage, host).join("var/lib/jump-client-stand-in/ends");
    let text = fs::read_to_string(path).unwrap_or_default();
    let end = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        (words[0].parse().expect("an uptime"), words[3].parse().expect("an exit code"))
    };
    text.lines().map(end).collect()
}

/// The processes on these hosts that name our staging folder, such as an installer at work.
pub fn ours(stage: &Stage, hosts: &[String]) -> Vec<String> {
    let list = |host: &String| fs::read_link(format!("/proc/{}/ns/pid", init(stage, host)));
    let lists: HashMap<PathBuf, &String> =
        hosts.iter().filter_map(|host| Some((list(host).ok()?, host))).collect();
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").expect("the process list").flatten() {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains("/jumpfleet-") {
            let list = fs::read_link(process.path().join("ns/pid")).unwrap_or_default();
            found.extend(lists.get(&list).map(|host| format!("{host}: {line}")));
        }
    }
    found
}

/// Sends a signal to every process of this name on a host.
pub fn signal(stage: &Stage, host: &str, name: &str, signal: Signal) {
    let own = fs::read_link(format!("/proc/{}/ns/pid", init(stage, host))).expect("a host's process list");
    for process in fs::read_dir("/proc").expect("the process list").flatten() {
        let is_named = fs::read_to_string(process.path().join("comm")).is_ok_and(|comm| comm.trim() == name);
        if is_named && fs::read_link(process.path().join("ns/pid")).is_ok_and(|list| list == own) {
            let number = process.file_name().to_string_lossy().parse().ok().and_then(Pid::from_raw);
            // It may have ended a moment ago.
            let _ = kill_process(number.expect("a process number"), signal);
        }
    }
}

/// How many clients run on each of these hosts.
pub fn clients(stage: &Stage, hosts: &[String]) -> Vec<usize> {
    let mut counted: HashMap<PathBuf, usize> = HashMap::new();
    for process in fs::read_dir("/proc").expect("the process list").flatten() {
        let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        let state = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        if CLIENTS.contains(&name.trim()) && !state.contains(") Z ") {
            // A process that ended a moment ago is in no list of processes.
            let Ok(list) = fs::read_link(process.path().join("ns/pid")) else { continue };
            *counted.entry(list).or_default() += 1;
        }
    }
    let count = |host: &String| {
        let list =
            fs::read_link(format!("/proc/{}/ns/pid", init(stage, host))).expect("a host's process list");
        counted.get(&list).copied().unwrap_or_default()
    };
    hosts.iter().map(count).collect()
}

/// The staging folders that lie on these hosts.
pub fn staged(stage: &Stage, hosts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for host in hosts {
        for entry in fs::read_dir(root(stage, host).join("var/tmp")).expect("a host's folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.contains("jumpfleet") {
                found.push(format!("{host}: {name}"));
            }
        }
    }
    found
}

/// Asserts what a finished rollout leaves: one start and one running client a host, and nothing staged.
#[track_caller]
pub fn assert_installed_once(stage: &Stage, hosts: &[String]) {
    for host in hosts {
        assert_eq!(starts_on(stage, host).len(), 1, "starts on {host}");
    }
    assert_eq!(clients(stage, hosts), vec![1; hosts.len()], "clients running on {hosts:?}");
    assert_eq!(staged(stage, hosts), Vec::<String>::new());
}

/// Makes the hosts as they were before any client.
pub fn forget(stage: &Stage, hosts: &[String]) {
    everywhere(
        stage,
        hosts,
        "pkill -KILL -x bomgar-pec; rm -rf /opt/jumpclient /var/lib/jumpfleet /var/lib/jump-client-stand-in",
    );
}
