//! How is a running program watched, interrupted and killed?
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::fleet::{Done, Stage};
use super::journal::{self, Line};

/// How long anything may take that is waited for, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many programs were killed so far.
pub static KILLED: AtomicUsize = AtomicUsize::new(0);

/// Waits until `done` says so.
#[track_caller]
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < give_up, "waited in vain until {what}");
        sleep(Duration::from_millis(2));
    }
}

/// The program at work, with its state folder and its output in files; killed when it is dropped.
pub struct Running {
    child: Child,
    state: PathBuf,
    output: PathBuf,
}

impl Running {
    /// Starts the program with the stage's own state folder.
    pub fn start(stage: &Stage, arguments: &[&str]) -> Self {
        Self::start_with(stage, &stage.path().join("state/jumpfleet"), arguments)
    }

    /// Starts the program with this state folder; permits stay where they are for the whole stage.
    pub fn start_with(stage: &Stage, state: &Path, arguments: &[&str]) -> Self {
        Self::start_command(stage, state, stage.command(arguments))
    }

    /// Starts the program as `command` has it.
    pub fn start_command(stage: &Stage, state: &Path, command: Command) -> Self {
        Self::start_to(stage, state, command, None)
    }

    /// The same with another standard output.
    pub fn start_into(stage: &Stage, state: &Path, command: Command, out: Stdio) -> Self {
        Self::start_to(stage, state, command, Some(out))
    }

    fn start_to(stage: &Stage, state: &Path, mut command: Command, out: Option<Stdio>) -> Self {
        let output = stage
            .path()
            .join(format!("output-{:?}", Instant::now()).replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
        let file = |suffix: &str| File::create(output.with_extension(suffix)).expect("a file");
        command
            .arg("--state-dir")
            .arg(state)
            .stdout(out.unwrap_or_else(|| file("out").into()))
            .stderr(file("err"));
        let child = command.spawn().expect("the program can be started");
        Self { child, state: state.to_owned(), output }
    }

    /// The journal it writes, once there is one.
    pub fn lines(&self) -> Vec<Line> {
        journal::newest(&self.state).map_or_else(Vec::new, |path| journal::read(&path))
    }

    /// What it has printed on standard error so far.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.output.with_extension("err")).unwrap_or_default()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.keep_command_line();
        self.child.try_wait().expect("the program's state").is_some()
    }

    /// Waits until the journal tells of so many events.
    #[track_caller]
    pub fn await_events(&mut self, event: &str, number: usize) {
        until(&format!("there are {number} of {event}"), || {
            let there = journal::count(&self.lines(), event) >= number;
            assert!(there || !self.has_ended(), "ended before: {}", self.stderr());
            there
        });
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process number");
        kill_process(process, signal).expect("the program takes a signal");
    }

    /// Ends it without a word, as a power failure would.
    pub fn kill(mut self) {
        self.child.kill().expect("the program can be killed");
        self.child.wait().expect("the program's end");
        KILLED.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes down beside its output what others see of it in the list of processes.
    fn keep_command_line(&self) {
        let line = fs::read(format!("/proc/{}/cmdline", self.child.id())).unwrap_or_default();
        // An ended process has none.
        if !line.is_empty() {
            fs::write(self.output.with_extension("seen"), line).expect("a file");
        }
    }

    /// Waits for its end, for so long.
    #[track_caller]
    pub fn end_within(mut self, limit: Duration) -> Done {
        let give_up = Instant::now() + limit;
        while !self.has_ended() {
            assert!(Instant::now() < give_up, "still at work after {limit:?}: {}", self.stderr());
            sleep(Duration::from_millis(5));
        }
        let read = |suffix: &str| fs::read_to_string(self.output.with_extension(suffix)).unwrap_or_default();
        let code = self.child.wait().expect("the program's end").code();
        Done { code, stdout: read("out"), stderr: read("err") }
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(self) -> Done {
        self.end_within(PATIENCE)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, unless a test failed meanwhile.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
