//! Journals of runs.

use std::fs;
use std::path::Path;

use jumpfleet::model::{Event, Plan};
use jumpfleet::report::Report;
use jumpfleet::store::{Journal, read_events};
use proptest::prelude::*;
use serde_json::Value;

use crate::errors::assert_readable;
use crate::growth::{in_proportion, within};
use crate::trial::{Trial, config, nodes};

/// The journal and the plan of the reports' golden files.
const JOURNAL: &str = include_str!("../report/journal.jsonl");
const PLAN: &str = include_str!("../report/plan.json");

const WORDS: &[&str] = &[
    "{\"at\":\"2026-05-01T22:00:00Z\",",
    "\"at\":",
    "\"host\":\"web01\",",
    "\"event\":\"visit_started\",",
    "\"attempt\":1",
    "\"event\":\"run_started\",",
    "\"format_version\":99",
    "\"event\":\"host_finished\",",
    "\"outcome\":\"unknown\",",
    "\"phase\":\"stage\",",
    "\"detail\":\"\\u001b\"",
    "\"\\u001b[31m\"",
    "{",
    "}",
    "}\n",
    ",",
    "null",
    "\n",
    "[",
    "]",
];

/// What a journal with this content gives; an error names a line and can be shown.
fn read(path: &Path, text: &[u8]) -> Option<Vec<Event>> {
    fs::write(path, text).expect("a file");
    match read_events(path) {
        Ok(events) => Some(events),
        Err(error) => {
            assert_readable(&error.to_string());
            None
        }
    }
}

#[test]
fn any_journal_is_gone_on_with_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    let plan: Plan = serde_json::from_str(PLAN).expect("a plan");
    let last: Event = serde_json::from_str(JOURNAL.lines().last().expect("a line")).expect("an event");
    Trial::of("journal", WORDS).and(JOURNAL).bytes(|text| {
        let Some(events) = read(&path, text) else { return assert!(Journal::resume(&path).is_err()) };
        drop(Report::of(&plan, &events));
        let (mut journal, resumed) = Journal::resume(&path).expect("what can be read can be gone on with");
        assert_eq!(resumed, events);
        journal.append(&last).expect("room");
        drop(journal);
        let longer = read_events(&path).expect("a whole journal");
        assert_eq!(longer.split_last(), Some((&last, &events[..])));
    });
}

#[test]
fn every_torn_end_leaves_the_lines_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    for end in (0..JOURNAL.len()).step_by(37) {
        let whole = JOURNAL.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count();
        let events = read(&path, &JOURNAL.as_bytes()[..end]).expect("a torn journal can be read");
        assert_eq!(events.len(), whole, "{end}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_event_with_a_changed_part_is_read_back_or_refused(line in any::<prop::sample::Index>(), change in nodes()) {
        let lines: Vec<_> = JOURNAL.lines().collect();
        let mut value: Value = serde_json::from_str(lines[line.index(lines.len())]).expect("JSON");
        change.apply(&mut value);
        if let Ok(odd) = serde_json::from_value::<Event>(value) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("journal.jsonl");
            let mut journal = Journal::create(&path).expect("a journal");
            journal.append(&odd).expect("room");
            match read_events(&path) {
                Ok(events) => prop_assert_eq!(events, [odd]),
                Err(error) => assert!(error.to_string().contains("newer jumpfleet"), "{error}"),
            }
        }
    }
}

#[test]
fn the_work_grows_with_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    let line = JOURNAL.lines().nth(1).expect("a line");
    for (what, before, piece) in [
        ("lines", "", format!("{line}\n")),
        ("a long line", "{\"at\":\"", "x".to_owned()),
        ("a long last line", "{\"a\":\"", "\\u0041".to_owned()),
        ("fields", "{\"at\":\"2026-05-01T22:00:00Z\"", ",\"x\":1".to_owned()),
        ("empty lines", "", "\n".to_owned()),
    ] {
        let text = |count| before.to_owned() + &piece.repeat(count) + "\n\n";
        in_proportion(what, 1000, text, |text| drop(read(&path, text.as_bytes())));
    }
}

#[test]
fn deep_pits_and_rubbish_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    let inside = "{\"at\":\"2026-05-01T22:00:00Z\",\"event\":\"visit_started\",\"attempt\":1,\"x\":";
    for start in ["[", "{\"a\":", inside] {
        let text = format!("{}\n{}\n", start.repeat(100_000), "[".repeat(100_000));
        within(1 << 26, start, &text, |text| assert!(read(&path, text.as_bytes()).is_none()));
    }
    let deep = format!("{inside}{}\n\n", "[".repeat(100_000));
    assert!(read(&path, deep.as_bytes()).is_none());
}
