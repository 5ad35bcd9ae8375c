//! What did the person want, and what came of it? The only room that names all others.
#![expect(clippy::disallowed_methods, reason = "the environment and the clock are read here and passed on")]

mod actions;
mod appliance;
mod args;
mod ask;
mod attend;
mod care;
mod client;
mod clients;
mod colour;
mod completion;
mod examples;
mod explain;
mod generate;
mod init;
mod inputs;
mod installer;
mod inventory;
mod jump;
mod limit;
mod lint;
mod moved;
mod order;
mod output;
mod package;
mod person;
mod plan;
mod problem;
mod proxy;
mod rehearse;
mod report;
mod rerun;
mod review;
mod rollout;
mod run;
mod runs;
mod saved;
mod schema;
mod sessions;
pub mod settings;
mod site;
mod status;
mod teach;
mod uninstall;
mod vault;
mod verify;
mod watch;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use jiff::Timestamp;

use crate::model::Order;
use crate::store::StateFolder;
use crate::ui::{Mode, Paint};
use args::{Command, Global, How, InventoryCommand, Progress};
pub use problem::Problem;

/// The exit codes, as the README lists them.
pub mod exit {
    /// All good.
    pub const GOOD: u8 = 0;
    /// jumpfleet itself failed.
    pub const TOOL: u8 = 1;
    /// Bad usage or input.
    pub const INPUT: u8 = 2;
    /// Some hosts are not as planned.
    pub const DRIFT: u8 = 3;
    /// Some hosts could not be looked at, and no other one is amiss.
    pub const UNREACHABLE: u8 = 4;
    /// The plan is stale or not approved.
    pub const STALE: u8 = 6;
    /// Interrupted, can be resumed.
    pub const INTERRUPTED: u8 = 7;
    /// Something would change.
    pub const CHANGES: u8 = 10;

    /// All of them with what they mean.
    pub const CODES: &[(u8, &str)] = &[
        (GOOD, "all good"),
        (TOOL, "jumpfleet itself failed"),
        (INPUT, "bad usage or input"),
        (DRIFT, "some hosts failed"),
        (UNREACHABLE, "some hosts unreachable, none failed"),
        (5, "halted"),
        (STALE, "the plan is stale or not approved"),
        (INTERRUPTED, "interrupted, can be resumed"),
        (CHANGES, "--detailed-exitcode: something would change"),
    ];
}

/// The version of jumpfleet.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What surrounds the program: read once, passed on.
pub struct Surroundings {
    /// The global options.
    global: Global,
    /// Whether standard error is a terminal that takes bars, and no CI system reads it.
    terminal: bool,
    /// Whether somebody is there who may be asked and may press Enter.
    person: bool,
    /// Whether colours are wanted on standard error.
    colour: bool,
}

impl Surroundings {
    fn read(global: Global) -> Self {
        let is_ci = Self::environment("CI").is_some_and(|value| !matches!(&*value, "" | "0" | "false"));
        let terminal = std::io::stderr().is_terminal();
        let colour = colour::is_wanted(global.color, Self::environment, terminal);
        let person = std::io::stdin().is_terminal() && !is_ci;
        Self { global, terminal: terminal && !is_ci && !Self::is_dumb(), person, colour }
    }

    /// The same with the settings file of a plan, unless another one is named.
    fn with_settings(&self, path: &str) -> Self {
        let config = self.global.config.clone().or_else(|| Some(path.into()));
        let global = Global { config, ..self.global.clone() };
        Self { global, ..*self }
    }

    /// The colours of an output.
    fn paint(&self, output: &impl IsTerminal) -> Paint {
        Paint { on: colour::is_wanted(self.global.color, Self::environment, output.is_terminal()) }
    }

    /// How the progress of a run over so many hosts is shown.
    fn mode(&self, how: &How, hosts: u64) -> Mode {
        /// The most hosts that get a line each where nobody asks for it.
        const FEW: u64 = 200;
        match how.progress {
            _ if how.json => Mode::Json,
            _ if self.global.quiet => Mode::Quiet,
            Some(Progress::Bar) => Mode::Bar,
            Some(Progress::Lines) => Mode::Lines,
            Some(Progress::Hosts) => Mode::Hosts,
            None if self.terminal => Mode::Bar,
            None if hosts <= FEW => Mode::Hosts,
            None => Mode::Lines,
        }
    }

    /// An environment variable's value, if it has one.
    fn set(name: &str) -> Option<String> {
        Self::environment(name).filter(|value| !value.is_empty())
    }

    /// An environment variable's value.
    fn environment(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// Whether the terminal says that it takes no escape codes.
    fn is_dumb() -> bool {
        Self::environment("TERM").is_some_and(|term| term == "dumb")
    }

    fn home() -> Option<PathBuf> {
        Self::environment("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
    }

    /// `$XDG_STATE_HOME/jumpfleet`, as the XDG Base Directory Specification wants it.
    fn own_state(&self) -> Result<PathBuf, Problem> {
        let state = Self::environment("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let state = state.or_else(|| Self::home().map(|home| home.join(".local/state")));
        state.map(|state| state.join("jumpfleet")).ok_or_else(|| {
            Problem::usage("there is no place to keep runs: neither XDG_STATE_HOME nor HOME is set")
                .hint("name one with --state-dir")
        })
    }

    fn state(&self) -> Result<StateFolder, Problem> {
        match &self.global.state_dir {
            Some(path) => Ok(StateFolder::new(path)),
            None => self.own_state().map(StateFolder::new),
        }
    }

    /// The time to the millisecond: finer says nothing across a network and makes journals long.
    fn now() -> Timestamp {
        let now = Timestamp::now();
        now.round(jiff::Unit::Millisecond).unwrap_or(now)
    }

    /// Who is at work, as journals name them.
    fn by() -> String {
        let user = Self::user();
        let host = crate::store::read_text(std::path::Path::new("/proc/sys/kernel/hostname"));
        format!("{user}@{}", host.as_deref().unwrap_or("unknown").trim())
    }

    fn user() -> String {
        let named = ["LOGNAME", "USER"].into_iter().find_map(Self::environment);
        named.unwrap_or_else(|| {
            if rustix::process::geteuid().is_root() { "root".into() } else { "unknown".into() }
        })
    }
}

/// Lets the process open as many files as it may: every visit holds some.
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    // Where this is refused the old limit holds, and what does not fit into it is refused in its turn.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    if completion::answered() {
        return ExitCode::from(exit::GOOD);
    }
    let when = colour::typed(std::env::args());
    let typed = match teach::understood(std::env::args_os(), colour::choice(when, Surroundings::environment))
    {
        Ok(typed) => typed,
        Err(error) => {
            // A reader that has gone, as behind `| head`, changes nothing.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::INPUT));
        }
    };
    raise_open_files();
    let around = Surroundings::read(typed.global);
    let guard = actions::Guard::raise(&typed.command);
    let done = match typed.command {
        Command::Plan(args) => plan::run(&around, &args),
        Command::Rollout(args) => rollout::run(&around, &args),
        Command::Pause(args) => order::run(&around, &args.run, Order::Pause),
        Command::Continue(args) => order::run(&around, &args.run, Order::Continue),
        Command::Halt(args) => order::run(&around, &args.run, Order::Halt),
        Command::Rate(args) => order::run(&around, &args.run, Order::Rate { rate: args.rate }),
        Command::Rehearse(args) => rehearse::run(&around, &args),
        Command::Verify(args) => verify::run(&around, &args),
        Command::Proxy(command) => proxy::run(&around, &command),
        Command::Uninstall(args) => uninstall::run(&around, &args),
        Command::Undo(args) => uninstall::undo(&around, &args),
        Command::Report(args) => report::run(&around, &args),
        Command::Status(args) => status::run(&around, &args),
        Command::Runs(args) => runs::run(&around, &args),
        Command::Package(args) => package::run(&around, &args),
        Command::Installer(command) => installer::run(&around, &command),
        Command::Appliance(command) => appliance::run(&around, &command),
        Command::Clients(command) => clients::run(&around, &command),
        Command::Jump(args) => jump::run(&around, &args),
        Command::Sessions(command) => sessions::run(&around, &command),
        Command::Init(args) => init::run(&around, &args),
        Command::Lint(args) => lint::run(&around, &args),
        Command::Schema(args) => schema::run(&args),
        Command::Inventory(InventoryCommand::List { selection, format, origins }) => {
            inventory::run(&around, &selection, format, origins)
        }
        Command::Inventory(InventoryCommand::Graph(args)) => inventory::graph(&around, &args),
        Command::Inventory(InventoryCommand::Explain(args)) => explain::run(&around, args),
        Command::Completions { shell } => completion::script(shell),
        Command::Man { folder } => generate::manual(&folder),
    };
    let code = done.unwrap_or_else(|problem| {
        problem.show(Paint { on: around.colour });
        problem.exit_code()
    });
    drop(guard);
    ExitCode::from(code)
}
