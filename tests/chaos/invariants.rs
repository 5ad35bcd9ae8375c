//! What holds after every fault?

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jumpfleet::model::Plan;
use serde_json::Value;

use crate::fleet::{Done, KEY};
use crate::hosts;
use crate::journal::{self, Line};
use crate::rounds;
use crate::scene::{Scene, is_final};
use crate::secrecy::found;
use crate::window::{LIMIT, Times};

/// How long a host may take to end what it was told to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// When installers were told to start by runs that share one start limit, in seconds since 1970.
static SHARED: Mutex<Vec<f64>> = Mutex::new(Vec::new());

/// Asserts all of it; `starts` is how often an installer may have been started on one host.
#[track_caller]
pub fn hold(scene: &Scene<'_>, done: &Done, starts: usize) {
    let report = same_report(scene, done);
    one_outcome_each(scene, &report);
    nothing_twice(scene, &report, starts);
    within_the_limit(scene);
    nothing_secret(scene);
    nothing_left(scene, &report);
}

/// The outcomes of a report, by host.
pub fn outcomes(report: &Value) -> BTreeMap<&str, &str> {
    let hosts = report["hosts"].as_array().expect("hosts");
    hosts.iter().map(|host| (text(host, "name"), text(host, "outcome"))).collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// The journal gives the report that the process gave, gives it again, and gives one at any earlier moment.
fn same_report(scene: &Scene<'_>, done: &Done) -> Value {
    let shown = report(&scene.state, "text");
    if done.code.is_some_and(|code| ![1, 2].contains(&code)) {
        assert_eq!(done.stdout, shown, "the journal gives another report than the process did");
    }
    let first = report(&scene.state, "json");
    assert_eq!(first, report(&scene.state, "json"), "the journal gives two reports");
    let early = scene.stage.path().join("early");
    let text = cut_short(scene, &early);
    let known: Value = serde_json::from_str(&report(&early, "json")).expect("a JSON report");
    assert_eq!(outcomes(&known).len(), outcomes_of(&first).len(), "after {text}");
    fs::remove_dir_all(&early).expect("the shortened run");
    serde_json::from_str(&first).expect("a JSON report")
}

fn outcomes_of(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).expect("a JSON report");
    outcomes(&report).into_keys().map(str::to_owned).collect()
}

/// A copy of the newest run that ends in the middle of its journal; returns its last line.
fn cut_short(scene: &Scene<'_>, state: &Path) -> String {
    let journal = scene.journal();
    let run = journal.parent().expect("a run");
    let copy = state.join("runs").join(run.file_name().expect("a name"));
    fs::create_dir_all(&copy).expect("a folder");
    fs::copy(run.join("plan.json"), copy.join("plan.json")).expect("the plan");
    let lines = fs::read_to_string(&journal).expect("the journal");
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    let half = &lines[..lines.len().div_ceil(2)];
    fs::write(copy.join("journal.jsonl"), half.concat()).expect("a journal");
    half.last().copied().unwrap_or_default().to_owned()
}

fn report(state: &Path, format: &str) -> String {
    let told = Command::new(env!("CARGO_BIN_EXE_jumpfleet"))
        .args(["report", "latest", "--format", format, "--state-dir"])
        .arg(state)
        .output()
        .expect("the program can be started");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).expect("a report in UTF-8")
}

/// Every planned host has one outcome, and what ended for good was not touched again.
fn one_outcome_each(scene: &Scene<'_>, report: &Value) {
    let run = scene.journal();
    let plan = fs::read(run.with_file_name("plan.json")).expect("the plan");
    let plan: Plan = serde_json::from_slice(&plan).expect("a plan");
    let mut planned: Vec<&str> = plan.hosts.iter().map(|host| &*host.name).collect();
    planned.sort_unstable();
    let told: Vec<&str> =
        report["hosts"].as_array().expect("hosts").iter().map(|host| text(host, "name")).collect();
    assert_eq!(told.len(), planned.len(), "hosts in the report");
    assert_eq!(outcomes(report).into_keys().collect::<Vec<_>>(), planned);
    let counted = report["summary"]["counts"].as_object().expect("counts").values();
    assert_eq!(counted.filter_map(Value::as_u64).sum::<u64>(), planned.len() as u64);
    let lines = scene.lines();
    for host in planned {
        let mut own = lines.iter().filter(|line| line.host == host);
        own.by_ref().find(|line| line.event == "host_finished" && is_final(text(&line.value, "outcome")));
        let later: Vec<&Line> = own.filter(|line| line.event != "rechecked").collect();
        assert!(later.is_empty(), "{host} had its outcome, then {later:?}");
    }
}

/// No host has two clients, and none was touched by an installer after one had succeeded there.
fn nothing_twice(scene: &Scene<'_>, report: &Value, allowed: usize) {
    let stage = scene.stage;
    let clients = hosts::clients(stage, &stage.hosts);
    for (host, clients) in stage.hosts.iter().zip(clients) {
        let starts = hosts::starts_on(stage, host);
        let ends = hosts::ends_on(stage, host);
        let good: Vec<f64> = ends.iter().filter(|(_, status)| *status == 0).map(|(at, _)| *at).collect();
        assert!(starts.len() <= allowed, "{host}: {starts:?}, {ends:?}");
        assert!(good.len() <= 1, "{host} was installed twice: {starts:?}, {ends:?}");
        let late = |at: f64| starts.iter().any(|start| start.uptime > at);
        assert!(!good.iter().any(|at| late(*at)), "{host}: started after a success: {starts:?}, {ends:?}");
        assert!(clients <= 1, "{host} has {clients} clients");
        if outcomes(report).get(host.as_str()) == Some(&"installed") {
            assert_eq!((good.len(), clients), (1, 1), "{host} is said to be installed");
        }
    }
}

/// No minute holds more starts than the vendor allows, as the hosts count them and as runs beside this one do.
fn within_the_limit(scene: &Scene<'_>) {
    if scene.is_fast {
        return;
    }
    let recorded =
        Times::new(hosts::starts(scene.stage, &scene.stage.hosts).iter().map(|start| start.uptime));
    assert!(recorded.most_in_a_minute() <= LIMIT, "{recorded}");
    let mut shared = SHARED.lock().expect("no check fails while it is held");
    if scene.is_shared {
        shared.extend(sent(&scene.lines()));
        let all = Times::new(shared.iter().copied());
        drop(shared);
        assert!(all.most_in_a_minute() <= LIMIT, "all runs together: {all}");
    }
}

/// When a run told installers to start, in seconds since 1970.
pub fn sent(lines: &[Line]) -> impl Iterator<Item = f64> + '_ {
    let started = lines.iter().filter(|line| line.event == "install_started");
    started.map(|line| line.at.as_millisecond() as f64 / 1000.0)
}

/// Neither key nor password stands in a file, in what was printed, or in what the list of processes showed.
fn nothing_secret(scene: &Scene<'_>) {
    for secret in [KEY, &scene.canary] {
        assert_eq!(found(scene.stage.path(), secret), Vec::<PathBuf>::new(), "{secret}");
        assert_eq!(found(&scene.state, secret), Vec::<PathBuf>::new(), "{secret}");
    }
    for host in &scene.stage.hosts {
        assert_eq!(found(&scene.stage.changed(host), &scene.canary), Vec::<PathBuf>::new(), "on {host}");
    }
}

/// Where the run has ended there is nothing of it: no file, and no process but the client.
///
/// A host that was lost for good cannot be swept; then the run says so.
fn nothing_left(scene: &Scene<'_>, report: &Value) {
    let lines = scene.lines();
    let said = |host: &str| lines.iter().any(|line| line.host == host && line.event == "left_behind");
    let over = outcomes(report).into_iter().filter(|(host, outcome)| is_final(outcome) && !said(host));
    let over: Vec<String> = over.map(|(host, _)| host.to_owned()).collect();
    for line in lines.iter().filter(|line| line.event == "left_behind") {
        rounds::hit(
            "left behind, and said",
            &text(&line.value, "detail").chars().take(60).collect::<String>(),
        );
    }
    let give_up = Instant::now() + PATIENCE;
    loop {
        let mut left = hosts::staged(scene.stage, &over);
        left.extend(hosts::ours(scene.stage, &over));
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < give_up, "left behind: {left:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Asserts that every host but these has its client by now.
#[track_caller]
pub fn others_installed(scene: &Scene<'_>, but: &[String]) {
    let others: Vec<String> = scene.stage.hosts.iter().filter(|host| !but.contains(host)).cloned().collect();
    journal::assert_one_outcome_each(&scene.lines(), &others, "installed");
}

/// How many events of this name the newest run's journal holds.
pub fn count(scene: &Scene<'_>, event: &str) -> usize {
    journal::count(&scene.lines(), event)
}
