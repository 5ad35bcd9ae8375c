//! Does a run that another process carries out take orders, and are those who gave them told the truth?
//! The test plays that process: it holds the journal and writes the events.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

#[path = "report/fleet.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod fleet;

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jumpfleet::model::{Event, Given, Happening, Order, Plan, Rate};
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
        command.env("JUMPFLEET_STATE_DIR", self.state.path()).env("LOGNAME", "ada").env_remove("COLUMNS");
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
        self.journal.append(&Event { at: Timestamp::now(), host: None, what }).expect("an event");
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
