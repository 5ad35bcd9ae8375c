//! What stands in a journal, read as any other program would read it?
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// The host, or nothing for the run as a whole.
    pub host: String,
    /// What happened.
    pub event: String,
    /// The whole line.
    pub value: Value,
}

/// The runs in a state folder, the oldest first.
pub fn runs(state: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(state.join("runs")).into_iter().flatten().flatten();
    let mut runs: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    runs.retain(|run| run.join("journal.jsonl").is_file());
    runs.sort();
    runs
}

/// The journal of the newest run, if there is one.
pub fn newest(state: &Path) -> Option<PathBuf> {
    runs(state).pop().map(|run| run.join("journal.jsonl"))
}

/// The whole lines of a journal.
pub fn read(path: &Path) -> Vec<Line> {
    let text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(line).collect()
}

fn line(text: &str) -> Line {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Line {
        at: word("at").parse().unwrap_or_else(|error| panic!("{error}: {text}")),
        host: word("host"),
        event: word("event"),
        value,
    }
}

/// How many lines tell of this event.
pub fn count(lines: &[Line], event: &str) -> usize {
    lines.iter().filter(|line| line.event == event).count()
}

/// The phase each host under way was in when the journal ended.
pub fn phases(lines: &[Line]) -> Vec<&'static str> {
    under_way(lines).into_values().collect()
}

/// The hosts that were under way when the journal ended, each with its phase.
pub fn under_way(lines: &[Line]) -> BTreeMap<&str, &'static str> {
    let mut under_way: BTreeMap<&str, &'static str> = BTreeMap::new();
    for line in lines {
        match line.event.as_str() {
            "run_started" | "run_resumed" => under_way.clear(),
            "host_finished" | "retry_planned" => {
                under_way.remove(line.host.as_str());
            }
            event => {
                if let Some(phase) = phase_after(event) {
                    under_way.insert(&line.host, phase);
                }
            }
        }
    }
    under_way
}

/// What a host goes through, in its order.
pub const PHASES: [&str; 7] =
    ["connect", "probe", "upload", "permit", "install", "start", "verify and sweep"];

fn phase_after(event: &str) -> Option<&'static str> {
    Some(match event {
        "visit_started" => "connect",
        "connected" => "probe",
        "probed" => "upload",
        "staged" | "install_ready" => "permit",
        "install_started" => "install",
        "install_ended" => "start",
        "client_started" => "verify and sweep",
        _ => return None,
    })
}

/// Asserts that each of these hosts has exactly one final outcome and that it is this one.
#[track_caller]
pub fn assert_one_outcome_each(lines: &[Line], hosts: &[String], outcome: &str) {
    for host in hosts {
        let finished = lines.iter().filter(|line| line.host == *host && line.event == "host_finished");
        let outcomes: Vec<&str> = finished.filter_map(|line| line.value["outcome"].as_str()).collect();
        let closed: Vec<&&str> =
            outcomes.iter().filter(|word| !["unknown", "not_started"].contains(*word)).collect();
        assert_eq!(closed, [&outcome], "{host}: {outcomes:?}");
    }
}
