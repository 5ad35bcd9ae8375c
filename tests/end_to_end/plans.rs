//! Is a plan carried out exactly as it was shown, or not at all?

use std::fs;

use serde_json::Value;

use crate::fleet::{KEY, SITE, Stage, Test};
use crate::scene::{behave, ended, has_its_client, replace, until, untouched};

pub const TESTS: &[Test] = &[
    ("a_saved_plan_is_carried_out_as_it_is", 1, saved),
    ("a_stale_plan_is_refused", 1, stale),
    ("a_plan_whose_release_expired_meanwhile_is_refused", 1, expired_meanwhile),
    ("a_staged_file_is_not_sent_again", 2, staged_before),
    ("nobody_is_asked_where_nobody_answers", 1, nobody_asked),
    ("events_are_lines_of_json", 2, json_lines),
    ("a_log_has_no_escape_codes", 1, plain_log),
    ("colours_are_for_terminals_that_want_them", 1, colours),
    ("runs_that_cannot_be_recorded_do_not_begin", 1, unrecorded),
    ("an_interrupted_run_is_gone_on_with", 3, interrupted),
    ("without_permits_nothing_starts", 1, without_permits),
];

const PLAN: &[&str] = &["plan", "-i", "inventory.yaml", "--output", "plan.json"];
const SAVED: &[&str] = &["rollout", "plan.json", "--yes"];

fn saved(stage: &Stage) {
    stage.standard();
    stage.headless();
    let shown = stage.jumpfleet(PLAN).expect(0);
    assert!(shown.stdout.contains(&stage.hosts[0]), "{}", shown.stdout);
    assert!(shown.stderr.contains("jumpfleet rollout plan.json"), "{}", shown.stderr);
    untouched(stage, &stage.hosts[0]);
    let plan: Value = serde_json::from_str(&read(stage, "plan.json")).expect("a plan in JSON");
    assert!(!plan.to_string().contains(KEY), "the plan holds the key");
    // What is decided is not decided again.
    stage.jumpfleet(&["rollout", "plan.json", "--yes", "--limit", "all"]).expect(2);
    stage.jumpfleet(SAVED).expect(0);
    let report = stage.report();
    ended(&report, &stage.hosts[0], "installed");
    assert_eq!(report["summary"]["plan_id"], plan["plan_id"]);
    has_its_client(stage, &stage.hosts[0]);
    stage.jumpfleet(SAVED).expect(0);
    ended(&stage.report(), &stage.hosts[0], "already_present/install_directory");
    has_its_client(stage, &stage.hosts[0]);
}

fn expired_meanwhile(stage: &Stage) {
    stage.standard();
    stage.headless();
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(12);
    replace(stage, "jumpfleet.yaml", "2035-01-01T00:00:00Z", &expires.to_string());
    stage.jumpfleet(PLAN).expect(0);
    until(30, "the installers expire", || jiff::Timestamp::now() > expires);
    let refused = stage.jumpfleet(SAVED).expect(6);
    assert!(refused.stderr.contains("expire"), "{}", refused.stderr);
    untouched(stage, &stage.hosts[0]);
}

/// On a terminal there is a bar, green unless `NO_COLOR` is set or the terminal is dumb.
fn colours(stage: &Stage) {
    stage.standard();
    stage.headless();
    let shown = |environment: &str| {
        let line = format!(
            "{environment} script -qec 'jumpfleet rollout -i inventory.yaml --yes' /dev/null </dev/null"
        );
        let done = stage.shell(&line).output().expect("a pseudo-terminal");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let green = "\u{1b}[32m";
    let wanted = shown("TERM=xterm");
    assert!(wanted.contains(green) && wanted.contains("] 0/1  0%"), "{wanted:?}");
    let plain = shown("TERM=xterm NO_COLOR=1");
    assert!(!plain.contains("\u{1b}[3") && plain.contains("] 0/1  0%"), "{plain:?}");
    let dumb = shown("TERM=dumb");
    assert!(!dumb.contains('\u{1b}') && !dumb.contains("] 0/1") && dumb.contains("1 host"), "{dumb:?}");
}

/// Two hosts at one start an hour: the second one waits with everything laid ready, and its run is killed.
fn staged_before(stage: &Stage) {
    stage.standard();
    stage.headless();
    let staged = || {
        let journal = fs::read_dir(stage.path().join("state/jumpfleet/runs")).ok()?.next()?.ok()?.path();
        let text = fs::read_to_string(journal.join("journal.jsonl")).ok()?;
        let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        Some(events.filter(|event| event["event"] == "staged").collect::<Vec<_>>())
    };
    let count = |wanted: usize| staged().is_some_and(|events| events.len() == wanted);
    let mut first = stage.start(&["rollout", "-i", "inventory.yaml", "--yes", "--rate", "1/h"]);
    until(60, "both hosts have the file", || count(2));
    until(60, "one host has its client", || stage.hosts.iter().any(|host| stage.clients(host) == 1));
    first.kill().expect("it runs");
    first.wait().expect("it ended");
    let mut second = stage.start(&["rollout", "--resume", "--yes"]);
    until(60, "the waiting host is ready once more", || count(3));
    second.kill().expect("it runs");
    second.wait().expect("it ended");
    let events = staged().expect("a journal");
    assert!(events[..2].iter().all(|event| event["sent"].as_u64() > Some(0)), "{events:?}");
    assert_eq!(events[2]["sent"], 0, "{events:?}");
}

fn read(stage: &Stage, name: &str) -> String {
    fs::read_to_string(stage.path().join(name)).expect("a file")
}

fn stale(stage: &Stage) {
    stage.standard();
    stage.headless();
    stage.jumpfleet(PLAN).expect(0);
    let files = ["inventory.yaml", "jumpfleet.yaml", "plan.json"];
    let originals = files.map(|name| read(stage, name));
    let refused = |code: i32, word: &str| {
        let refused = stage.jumpfleet(SAVED).expect(code);
        assert!(refused.stderr.contains(word), "{word} is not in\n{}", refused.stderr);
        assert_eq!(refused.stdout, "");
        for (name, original) in files.iter().zip(&originals) {
            stage.write(name, original);
        }
    };
    stage.write("inventory.yaml", &format!("{}# one more remark\n", originals[0]));
    refused(6, "`inventory.yaml` was changed");
    replace(stage, "jumpfleet.yaml", "b300", "b400");
    refused(6, "was changed");
    stage.write("plan.json", &originals[2].replace("60/min", "59/min"));
    refused(6, "plan_id");
    stage.write("plan.json", &originals[2].replace(&stage.hosts[0], "elsewhere"));
    refused(6, "plan_id");
    stage.write("plan.json", &originals[2][..originals[2].len() / 2]);
    refused(2, "not a plan");
    stage.write("plan.json", &originals[2].replace("\"format_version\": 1", "\"format_version\": 99"));
    refused(2, "newer");
    fs::remove_file(stage.path().join("inventory.yaml")).expect("a file less");
    refused(6, "inventory.yaml");

    let installer = stage.path().join(format!("installers/headless/bomgar-pec-{KEY}.bin"));
    let bytes = fs::read(&installer).expect("the installer");
    fs::write(&installer, [&bytes[..], b"more"].concat()).expect("another installer");
    refused(6, "was replaced");
    fs::remove_file(&installer).expect("a file less");
    refused(6, "bomgar-pec-");
    untouched(stage, &stage.hosts[0]);
    assert_eq!(stage.jumpfleet(&["runs"]).expect(0).stdout, "no runs yet\n");

    fs::write(&installer, bytes).expect("the installer");
    stage.jumpfleet(SAVED).expect(0);
    has_its_client(stage, &stage.hosts[0]);
}

fn nobody_asked(stage: &Stage) {
    stage.standard();
    stage.headless();
    let refused = stage.jumpfleet(&["rollout", "-i", "inventory.yaml"]).expect(6);
    assert!(
        refused.stderr.contains("--yes") && refused.stderr.contains(&stage.hosts[0]),
        "{}",
        refused.stderr
    );
    for (arguments, word) in [
        (&["rollout", "--yes"][..], "inventory"),
        (&["rollout", "-i", "nowhere.yaml", "--yes"], "nowhere.yaml"),
        (&["rollout", "-i", "inventory.yaml", "--yes", "--release", "other"], "other"),
        (&["rollout", "-i", "inventory.yaml", "--yes", "--rate", "61/min"], "--exceed-vendor-rate"),
        (&["rollout", "-i", "inventory.yaml", "--limit", "nobody", "--yes"], "nobody"),
        (&["rollout", "--resume", "latest", "--yes"], "there are no runs yet"),
        (&["report", "latest"], "there are no runs yet"),
        (&["roll"], "roll"),
    ] {
        let refused = stage.jumpfleet(arguments).expect(2);
        assert!(refused.stderr.contains(word), "{arguments:?}: {}", refused.stderr);
    }
    untouched(stage, &stage.hosts[0]);
}

/// A stream's lines, or a journal's.
fn parsed(text: &str) -> Vec<Value> {
    let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(read).collect()
}

/// The first line says which version this is, and all fit the schema.
fn assert_opened(events: &[Value]) {
    let first = &events[0];
    assert_eq!((&first["event"], &first["format_version"]), (&"stream_started".into(), &1.into()));
    assert_eq!(first["tool_version"], env!("CARGO_PKG_VERSION"));
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/events.json"));
    let schema = serde_json::from_str(&schema.expect("the schema")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for event in events {
        assert!(schema.is_valid(event), "{event}");
    }
}

fn json_lines(stage: &Stage) {
    stage.standard();
    stage.headless();
    behave(stage, &stage.hosts[1], "exit=7");
    let done = stage.rollout(&["--json"]).expect(3);
    let events = parsed(&done.stdout);
    assert_opened(&events);
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().expect("a name")).collect();
    assert_eq!(
        (names[0], names[1], names[names.len() - 1]),
        ("stream_started", "run_started", "run_finished")
    );
    let last = &events[events.len() - 1];
    assert_eq!(
        (&last["exit"], &last["counts"]["installed"], &last["counts"]["failed"]),
        (&3.into(), &1.into(), &1.into())
    );
    for name in [
        "visit_started",
        "connected",
        "probed",
        "staged",
        "install_ready",
        "install_started",
        "host_finished",
    ] {
        assert_eq!(names.iter().filter(|found| **found == name).count() / 2, 1, "{name} in {names:?}");
    }
    assert!(!done.stdout.contains(KEY) && !done.stderr.contains(KEY));
    // Behind its version the stream is the journal, line by line.
    let (_, stream) = done.stdout.split_once('\n').expect("lines");
    let run = stage.report()["summary"]["run"].as_str().expect("a run").to_owned();
    assert_eq!(read(stage, &format!("state/jumpfleet/runs/{run}/journal.jsonl")), stream);
    let listed = stage.jumpfleet(&["runs", "--format", "json"]).expect(0).stdout;
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((&listed[0]["run"], &listed[0]["exit"]), (&run.as_str().into(), &3.into()));
    // Every command that carries something out opens its stream alike.
    for arguments in
        [&["undo", &run, "--yes", "--json"][..], &["uninstall", "-i", "inventory.yaml", "--yes", "--json"]]
    {
        assert_opened(&parsed(&stage.jumpfleet(arguments).expect(0).stdout));
    }
}

fn plain_log(stage: &Stage) {
    stage.standard();
    stage.headless();
    let mut all = Vec::new();
    for arguments in [
        PLAN,
        &["plan", "-i", "inventory.yaml", "--probe"],
        SAVED,
        &["report"],
        &["runs"],
        &["inventory", "list", "-i", "inventory.yaml"],
    ] {
        let done = stage.jumpfleet(arguments).expect(0);
        all.push(format!("{arguments:?}\n{}{}", done.stdout, done.stderr));
    }
    for text in all {
        assert!(!text.contains(['\u{1b}', '\r', '\u{7}']), "{text:?}");
        assert!(!text.contains(KEY), "the key is in {text}");
    }
    let quiet = stage.jumpfleet(&["--quiet", "rollout", "-i", "inventory.yaml", "--yes"]).expect(0);
    assert_eq!(quiet.stderr, "");
    assert!(quiet.stdout.starts_with("ALL GOOD"), "{}", quiet.stdout);
}

fn unrecorded(stage: &Stage) {
    stage.standard();
    stage.headless();
    stage.write("a-file", "");
    let refused = stage.rollout(&["--state-dir", "a-file/state"]).expect(1);
    assert!(refused.stderr.contains("a-file"), "{}", refused.stderr);
    stage.write("state/jumpfleet/permits", "");
    let refused = stage.rollout(&[]).expect(1);
    assert!(refused.stderr.contains("permits"), "{}", refused.stderr);
    untouched(stage, &stage.hosts[0]);
}

fn interrupted(stage: &Stage) {
    stage.standard_with(SITE, "rate: 12/min");
    stage.headless();
    for host in &stage.hosts {
        behave(stage, host, "sleep=2");
    }
    let mut rollout = stage.start(&["rollout", "-i", "inventory.yaml", "--yes"]);
    let begun = || stage.hosts.iter().map(|host| crate::scene::begun(stage, host)).sum::<usize>();
    until(30, "the first installer starts", || begun() == 1);
    let told = std::process::Command::new("kill").args(["-INT", &rollout.id().to_string()]).status();
    assert!(told.expect("kill").success());
    assert_eq!(rollout.wait().expect("an end").code(), Some(7), "{}", read(stage, "stderr"));
    assert_eq!(begun(), 1);
    let report = stage.report();
    assert_eq!(
        (&report["summary"]["counts"]["installed"], &report["summary"]["counts"]["not_started"]),
        (&1.into(), &2.into())
    );
    let lines = read(stage, "stderr");
    assert!(lines.contains("rollout --resume"), "{lines}");
    for host in &stage.hosts {
        assert_eq!(crate::scene::staged(stage, host), "", "{host}");
    }
    stage.jumpfleet(&["rollout", "--resume", "latest", "--yes"]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "installed");
        has_its_client(stage, host);
    }
    let again = stage.jumpfleet(&["rollout", "--resume", "latest", "--yes"]).expect(0);
    assert!(again.stderr.contains("nothing left to do"), "{}", again.stderr);
}

fn without_permits(stage: &Stage) {
    stage.standard();
    stage.headless();
    let host = &stage.hosts[0];
    stage.lab("freeze", host);
    let mut rollout = stage.start(&["rollout", "-i", "inventory.yaml", "--yes"]);
    let permits = stage.path().join(format!("state/jumpfleet/permits/{SITE}.permits"));
    until(20, "the limit is there", || permits.exists());
    // Somebody breaks it while the host keeps the run waiting.
    fs::remove_file(&permits).expect("a file less");
    fs::create_dir(&permits).expect("a folder in its place");
    stage.lab("thaw", host);
    assert_eq!(rollout.wait().expect("an end").code(), Some(1), "{}", read(stage, "stderr"));
    assert!(read(stage, "stderr").contains(&format!("{SITE}.permits")), "{}", read(stage, "stderr"));
    let report = stage.report();
    ended(&report, host, "not_started");
    assert_eq!(report["summary"]["starts"], 0);
    untouched(stage, host);
    fs::remove_dir(&permits).expect("a folder less");
    stage.jumpfleet(&["rollout", "--resume", "latest", "--yes"]).expect(0);
    has_its_client(stage, host);
}
