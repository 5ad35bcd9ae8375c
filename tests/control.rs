//! Does a run that another process carries out take orders and say how it stands, and are people told the truth?
//! The test plays that process: it holds the journal and writes the events.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

#[path = "report/fleet.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod fleet;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jumpfleet::model::{Class, Event, Gate, GateKind, Given, Happening, Order, Outcome, Plan, Rate};
use jumpfleet::planner;
use jumpfleet::store::{Journal, Orders, RunFolder, StateFolder, write_whole};

const RUN: &str = "20260501T220000Z-3f2a";

/// A state folder with one run in it.
struct Scene {
    state: tempfile::TempDir,
    folder: RunFolder,
    plan: Plan,
}

impl Scene {
    fn new(rate: &str) -> Self {
        let mut plan = fleet::large_plan(3);
        plan.rate = rate.parse().expect("a rate");
        planner::identify(&mut plan);
        let state = tempfile::tempdir().expect("a folder");
        let folder = StateFolder::new(state.path()).new_run(RUN).expect("a run");
        write_whole(&folder.plan(), |out| planner::write_json(&plan, out)).expect("a plan");
        Self { state, folder, plan }
    }

    /// The process that carries the run out.
    fn process(&self) -> Process {
        let orders = Orders::open(&self.folder).expect("orders");
        let journal = Journal::create(&self.folder.journal()).expect("a journal");
        let mut process = Process { journal, orders };
        for event in fleet::large_journal(&self.plan, |_| fleet::any_outcome(0)).into_iter().take(3) {
            process.journal.append(&event).expect("an event");
        }
        process
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
        command.args(arguments).stdin(Stdio::null());
        command.env("JUMPFLEET_STATE_DIR", self.state.path()).env("LOGNAME", "ada");
        for variable in ["COLUMNS", "CI", "GITHUB_ACTIONS"] {
            command.env_remove(variable);
        }
        command
    }

    fn jumpfleet(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program can be started")
    }
}

struct Process {
    journal: Journal,
    orders: Orders,
}

impl Process {
    /// The next order; the one who gave it waits for it.
    fn order(&mut self) -> Given {
        let begun = Instant::now();
        loop {
            let mut orders = self.orders.next().expect("orders");
            if let Some(order) = orders.pop() {
                assert!(orders.is_empty(), "one order was given, not {orders:?}");
                return order;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "no order came");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn note(&mut self, what: Happening) {
        self.append(None, what);
    }

    fn append(&mut self, host: Option<&Arc<str>>, what: Happening) {
        let event = Event { at: Timestamp::now(), host: host.cloned(), what };
        self.journal.append(&event).expect("an event");
    }
}

#[track_caller]
fn ended(output: &Output, code: i32, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "`{words}` is not in\n{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn an_order_reaches_the_run_with_who_gave_it_and_is_confirmed() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    let twenty = Order::Rate { rate: Rate::per_minute(20) };
    for (arguments, order, words) in [
        (&["pause"][..], Order::Pause, "is paused"),
        (&["continue", "2026"][..], Order::Continue, "goes on"),
        (&["rate", "latest", "20/min"][..], twenty, "at 20/min"),
        (&["halt", RUN][..], Order::Halt, "halts"),
    ] {
        let command = scene.command(arguments).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let command = command.expect("the program can be started");
        let given = process.order();
        assert_eq!(given.order, order);
        assert!(given.by.starts_with("ada@") && given.by.len() > 4, "{given:?}");
        // Another event first, and the same order of somebody else: neither is the answer.
        process.note(Happening::PaceChanged { rate: Rate::per_minute(6), why: "ramp".into() });
        process.note(Given { by: "bob@ops1".into(), ..given.clone() }.done());
        thread::sleep(Duration::from_millis(300));
        process.note(given.done());
        ended(&command.wait_with_output().expect("its end"), 0, words);
    }
}

#[test]
fn a_run_that_nobody_carries_out_takes_no_orders() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    process.note(Happening::RunFinished { counts: Default::default(), exit: 0 });
    ended(&scene.jumpfleet(&["pause"]), 2, "jumpfleet report 20260501T220000Z-3f2a");
    drop(process);
    ended(&scene.jumpfleet(&["pause"]), 2, "it has ended");
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    let mut orders = process.orders;
    drop(process.journal);
    ended(&scene.jumpfleet(&["halt"]), 2, "jumpfleet rollout --resume 20260501T220000Z-3f2a");
    assert_eq!(orders.next().expect("orders"), []);
    process = Process { journal: Journal::resume(&scene.folder.journal()).expect("a journal").0, orders };
    ended(&scene.jumpfleet(&["pause", "20270101"]), 2, "there is no run `20270101`");
    assert_eq!(process.orders.next().expect("orders"), []);
}

#[test]
fn a_run_that_ends_first_is_said_to() {
    for killed in [true, false] {
        let scene = Scene::new("60/min");
        let mut process = scene.process();
        let command = scene.command(&["pause"]).stderr(Stdio::piped()).spawn().expect("the program");
        process.order();
        if !killed {
            process.note(Happening::RunFinished { counts: Default::default(), exit: 0 });
        }
        drop(process);
        ended(&command.wait_with_output().expect("its end"), 1, "ended first; it did not pause");
    }
}

#[test]
fn a_run_that_does_not_answer_is_said_not_to() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    ended(&scene.jumpfleet(&["halt"]), 1, "may still be carried out");
    assert_eq!(process.order().order, Order::Halt);
}

#[test]
fn more_than_the_vendor_allows_is_only_for_runs_that_were_planned_so() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    ended(&scene.jumpfleet(&["rate", RUN, "61/min"]), 2, "more than the vendor allows");
    ended(&scene.jumpfleet(&["rate", RUN, "fast"]), 2, "is not a rate");
    assert_eq!(process.orders.next().expect("orders"), []);
    let scene = Scene::new("120/min");
    let mut process = scene.process();
    ended(&scene.jumpfleet(&["rate", RUN, "121/min"]), 2, "more than the vendor allows");
    let command = scene.command(&["rate", RUN, "2/s"]).stderr(Stdio::piped()).spawn().expect("the program");
    let given = process.order();
    process.note(given.done());
    ended(&command.wait_with_output().expect("its end"), 0, "at 2/s");
}

/// The page of a run, which must be shown.
fn status(scene: &Scene) -> String {
    let output = scene.jumpfleet(&["status"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn has(page: &str, lines: &[&str]) {
    for line in lines {
        assert!(page.lines().any(|known| known.trim() == *line), "`{line}` is not in\n{page}");
    }
}

#[test]
fn the_status_says_what_goes_on_and_what_is_waited_for() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    let [first, second, third] = [0, 1, 2].map(|at| scene.plan.hosts[at].name.clone());
    process.note(Happening::WaveStarted { wave: 0, name: "canary".into(), hosts: 1 });
    process.note(Happening::PaceChanged { rate: Rate::per_minute(6), why: "the ramp begins".into() });
    process.append(Some(&first), Happening::InstallStarted { waited: 0 });
    process.append(Some(&second), Happening::VisitStarted { attempt: 1 });
    let away = Happening::HostAway { class: Class::NoRoute, detail: "asleep".into(), delay: 60_000 };
    process.append(Some(&third), away);
    has(
        &status(&scene),
        &[
            "wave     1 of 2: canary (1 host)",
            "rate     6/min (the ramp begins); 1 started in the last minute",
            "done     0 of 3 hosts",
            "at work  1 connect, 1 install",
            "away     1 host, tried again from time to time",
            "left     3 hosts, 30 s at least",
        ],
    );
    let failed = Outcome::Unreachable { class: Class::NoRoute, detail: "no \u{1b}[2Jroute".into() };
    process.append(Some(&first), Happening::HostFinished { outcome: failed, milliseconds: 10 });
    process.note(Happening::GateReached { wave: 0, gate: Gate { kind: GateKind::Manual, soak: 0 } });
    process.note(Happening::Paused { by: "bob@ops2".into() });
    let page = status(&scene);
    assert!(!page.contains('\u{1b}'), "{page:?}");
    assert!(page.contains(" host00000.example.org: unreachable: no_route: no route\n"), "{page}");
    has(
        &page,
        &[
            "gate     behind wave 1: waits for somebody: jumpfleet continue 20260501T220000Z-3f2a",
            "paused   by bob@ops2; end it with: jumpfleet continue 20260501T220000Z-3f2a",
            "done     1 of 3 hosts: 1 unreachable",
            "left     2 hosts",
        ],
    );
    process.note(Happening::StopRequested { reason: "halted: by bob@ops2".into() });
    has(&status(&scene), &["stopping halted: by bob@ops2; running installs are waited for"]);
    // Killed, gone on with, and brought to its end.
    drop(process.journal);
    let page = status(&scene);
    assert!(page.starts_with("Run 20260501T220000Z-3f2a on pra.example.org: broken off "), "{page}");
    has(&page, &["next     jumpfleet rollout --resume 20260501T220000Z-3f2a"]);
    process.journal = Journal::resume(&scene.folder.journal()).expect("a journal").0;
    process.note(Happening::RunResumed { by: "ada@ops1".into(), finished: 1 });
    let page = status(&scene);
    has(&page, &["rate     60/min; 1 started in the last minute", "left     2 hosts, 2 s at least"]);
    assert!(!page.contains("paused") && !page.contains("gate") && !page.contains("at work"), "{page}");
    for host in [&second, &third] {
        let outcome = Outcome::Installed { directory: None, notes: Vec::new() };
        process.append(Some(host), Happening::HostFinished { outcome, milliseconds: 10 });
    }
    process.note(Happening::RunFinished { counts: Default::default(), exit: 4 });
    let page = status(&scene);
    has(
        &page,
        &[
            "UNREACHABLE: of 3 hosts, 1 could not be reached; 2 have the client",
            "ended    3 of 3 hosts: 2 installed, 1 unreachable",
            "next     jumpfleet report 20260501T220000Z-3f2a",
        ],
    );
}

#[test]
fn programs_get_the_status_as_one_line_of_json() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    let read = || -> serde_json::Value {
        let output = scene.jumpfleet(&["status", "latest", "--format", "json"]);
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    };
    process.note(Happening::GateReached { wave: 0, gate: Gate { kind: GateKind::Auto, soak: 600 } });
    let status = read();
    assert_eq!((&status["state"], &status["left"]), (&"going_on".into(), &3.into()));
    assert_eq!((&status["gate"]["kind"], &status["rate"]), (&"auto".into(), &"60/min".into()));
    let seconds = status["seconds_left"].as_u64().expect("seconds");
    assert!((590..=603).contains(&seconds), "{seconds}");
    process.note(Happening::RunFinished { counts: Default::default(), exit: 7 });
    let status = read();
    assert_eq!((&status["state"], status.get("rate")), (&"interrupted".into(), None));
    assert!(status["verdict"].as_str().is_some_and(|verdict| verdict.starts_with("INTERRUPTED")));
}

#[test]
fn whoever_follows_a_run_sees_each_change_once_until_it_ends() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    let watch = scene.command(&["status", "--watch"]).stdout(Stdio::piped()).spawn();
    let mut watch = watch.expect("the program can be started");
    let mut lines = BufReader::new(watch.stdout.take().expect("its output")).lines();
    let mut next = || lines.next().map(|line| line.expect("text"));
    while next().expect("a page") != "  left     3 hosts, 3 s at least" {}
    process.note(Happening::Paused { by: "bob@ops2".into() });
    assert!(next().expect("a change").ends_with(" paused by bob@ops2: no installs are started"));
    process.note(Happening::Continued { by: "bob@ops2".into() });
    assert!(next().expect("a change").ends_with(" continued by bob@ops2"));
    process.note(Happening::RunFinished { counts: Default::default(), exit: 7 });
    let last = std::iter::from_fn(next).last().expect("the last page");
    assert_eq!(last, "  next     jumpfleet rollout --resume 20260501T220000Z-3f2a");
    assert!(watch.wait().expect("its end").success());
}

#[test]
fn a_terminal_shows_one_page_that_is_drawn_over() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    let mut terminal = Command::new("script");
    let program = format!("{} status --watch", env!("CARGO_BIN_EXE_jumpfleet"));
    terminal.args(["-qec", &program, "/dev/null"]).stdin(Stdio::null()).stdout(Stdio::piped());
    terminal.env("JUMPFLEET_STATE_DIR", scene.state.path()).env("TERM", "xterm");
    terminal.env_remove("CI").env_remove("GITHUB_ACTIONS");
    let mut watch = terminal.spawn().expect("`script` makes a terminal");
    let mut screen = watch.stdout.take().expect("its output");
    let (mut shown, mut bytes) = (String::new(), [0; 4096]);
    while shown.matches("\u{1b}[HRun ").count() < 2 {
        let read = screen.read(&mut bytes).expect("the screen");
        assert!(read > 0, "it ended: {shown:?}");
        shown += &String::from_utf8_lossy(&bytes[..read]);
    }
    process.note(Happening::RunFinished { counts: Default::default(), exit: 7 });
    screen.read_to_string(&mut shown).expect("the screen");
    assert!(watch.wait().expect("its end").success());
    assert!(shown.starts_with("\u{1b}[2J\u{1b}[HRun "), "{shown:?}");
    assert_eq!(shown.matches("\u{1b}[2J").count(), 1, "cleared once, so that nothing flickers: {shown:?}");
    assert!(shown.contains("interrupted ") && shown.ends_with("\u{1b}[J"), "{shown:?}");
}

#[test]
fn a_report_of_a_run_that_goes_on_tells_of_no_end() {
    let scene = Scene::new("60/min");
    let mut process = scene.process();
    let [first, second] = [0, 1].map(|at: usize| scene.plan.hosts[at].name.clone());
    let outcome = Outcome::Installed { directory: None, notes: Vec::new() };
    process.append(Some(&first), Happening::HostFinished { outcome, milliseconds: 1 });
    process.append(Some(&second), Happening::VisitStarted { attempt: 1 });
    process.append(Some(&second), Happening::InstallStarted { waited: 0 });
    let report = |format: &str| {
        let done = scene.jumpfleet(&["report", "--format", format]);
        assert_eq!(done.status.code(), Some(0));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    for format in ["text", "markdown", "html"] {
        let told = report(format);
        assert!(told.contains("GOING ON"), "{told}");
        assert!(told.contains("1 of 3 hosts are done so far; 1 has the client"), "{told}");
        assert!(told.contains("its visit is not over yet"), "{told}");
        assert!(!told.to_lowercase().contains("resume") && !told.contains("the run ended"), "{told}");
    }
    let piped = scene.jumpfleet(&["report", "--output", "-"]);
    assert!(piped.stdout.starts_with(b"GOING ON"), "{piped:?}");
    drop(process);
    assert!(report("text").starts_with("INTERRUPTED, can be resumed"), "{}", report("text"));
}

#[test]
fn the_report_of_a_plan_is_that_of_its_own_run() {
    let scene = Scene::new("60/min");
    drop(scene.process());
    let report = |plan: &Plan| {
        let path = scene.state.path().join("plan.json");
        write_whole(&path, |out| planner::write_json(plan, out)).expect("a plan");
        scene.jumpfleet(&["report", "--plan", &path.display().to_string()])
    };
    let own = report(&scene.plan);
    assert!(String::from_utf8_lossy(&own.stdout).contains("run      large"), "{own:?}");
    let mut other = scene.plan.clone();
    other.rate = Rate::per_minute(20);
    planner::identify(&mut other);
    ended(&report(&other), 2, "no run has carried out");
}
