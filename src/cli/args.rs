//! What was typed?

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::care::Care;
use crate::model::Rate;
use crate::rollout::Profile;

/// Mass deployment of BeyondTrust PRA Jump Clients: inventory, plan, paced rollout, report.
#[derive(Debug, Parser)]
#[command(name = "jumpfleet", version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Typed {
    /// What they all share.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  all good                       5  halted
  1  jumpfleet itself failed        6  the plan is stale or not approved
  2  bad usage or input             7  interrupted, can be resumed
  3  some hosts failed             10  plan --detailed-exitcode: something would change
  4  some hosts unreachable, none failed";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The settings file; without it `jumpfleet.yaml` is looked for here and in the folders above
    #[arg(long, global = true, value_name = "FILE", env = "JUMPFLEET_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where runs and their journals are kept [default: $XDG_STATE_HOME/jumpfleet]
    #[arg(long, global = true, value_name = "DIR", env = "JUMPFLEET_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
    /// Say nothing but results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what would happen, and save it to be carried out exactly so
    Plan(PlanArgs),
    /// Carry a plan out
    Rollout(RolloutArgs),
    /// Start no installers for a while in a run that is going on
    Pause(RunningArgs),
    /// Go on after a pause, or open the gate that the run waits at
    Continue(RunningArgs),
    /// End the starts of a run that is going on; running installers are waited for
    Halt(RunningArgs),
    /// Set how fast a run that is going on starts installers
    Rate(RateArgs),
    /// Play a saved plan on hosts that are made up, in a moment
    Rehearse(RehearseArgs),
    /// Look whether hosts still are as planned
    Verify(VerifyArgs),
    /// Remove clients
    Uninstall(UninstallArgs),
    /// Remove the clients that a run installed
    Undo(UndoArgs),
    /// Show what happened in a run
    Report(ReportArgs),
    /// Show how a run stands
    Status(StatusArgs),
    /// List the runs there are
    Runs(RunsArgs),
    /// Look into an inventory
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    Man {
        /// The folder they are written to
        folder: PathBuf,
    },
}

/// Which hosts?
#[derive(Debug, Args)]
pub struct Selection {
    /// The inventory: a YAML file, or a folder of them
    #[arg(short, long, value_name = "PATH")]
    pub inventory: Option<PathBuf>,
    /// Only these hosts, in Ansible's pattern language, such as 'web:&prod:!web07' or '@failed.txt'
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Option<String>,
}

/// What overrides the settings?
#[derive(Debug, Default, Clone, PartialEq, Args)]
pub struct Tuning {
    /// The release of hosts that name none
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// The most installer starts per time, such as 60/min or 1/s
    #[arg(long, value_name = "RATE")]
    pub rate: Option<Rate>,
    /// How many visits go on at once
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub at_once: Option<u32>,
    /// Allow a rate above the vendor's limit of 60 starts per minute; it is written down
    #[arg(long)]
    pub exceed_vendor_rate: bool,
    /// How careful the run shall be
    #[command(flatten)]
    pub care: Care,
}

impl Tuning {
    /// Whether it asks for something that a finished plan has decided already.
    pub fn is_given(&self) -> bool {
        *self != Self { exceed_vendor_rate: self.exceed_vendor_rate, ..Self::default() }
    }
}

/// How is it carried out?
#[derive(Debug, Args)]
pub struct How {
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Print every event as a line of JSON instead of progress
    #[arg(long)]
    pub json: bool,
}

/// `jumpfleet plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// What overrides the settings
    #[command(flatten)]
    pub tuning: Tuning,
    /// First remove clients of an older generation or of another site
    #[arg(long)]
    pub replace: bool,
    /// Plan a removal, for `jumpfleet uninstall FILE`
    #[arg(long, conflicts_with = "replace")]
    pub uninstall: bool,
    /// Save the plan here, for `jumpfleet rollout FILE`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Also look at the hosts (nothing is changed there) and leave out those that have a client
    #[arg(long)]
    pub probe: bool,
    /// Exit with 10 when something would change
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// `jumpfleet rehearse`
#[derive(Debug, Args)]
pub struct RehearseArgs {
    /// The saved plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// What goes wrong how often, such as 'failed=2%,unreachable=5%'; also present, flaky, busy, timeout, gone
    #[arg(long, value_name = "PROFILE", default_value = "none")]
    pub failures: Profile,
    /// What decides which hosts it goes wrong on
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// When the made-up run begins, for plans with maintenance windows [default: now]
    #[arg(long, value_name = "TIME")]
    pub start: Option<jiff::Timestamp>,
    /// Print every event as a line of JSON instead of the course
    #[arg(long)]
    pub json: bool,
}

/// `jumpfleet rollout`
#[derive(Debug, Args)]
pub struct RolloutArgs {
    /// The saved plan to carry out
    #[arg(value_name = "PLAN", conflicts_with_all = ["inventory", "resume"])]
    pub plan: Option<PathBuf>,
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// What overrides the settings
    #[command(flatten)]
    pub tuning: Tuning,
    /// Go on with a run that was interrupted or killed
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "latest", conflicts_with = "inventory")]
    pub resume: Option<String>,
    /// Plan anew for those hosts of a run that are left: `failed` (and unreachable ones), or `outstanding` (not
    /// started, unknown or unreachable)
    #[arg(long, value_names = ["WHICH", "RUN"], num_args = 1..=2, conflicts_with_all = ["plan", "inventory", "limit", "resume"])]
    pub rerun: Vec<String>,
    /// First remove clients of an older generation or of another site
    #[arg(long)]
    pub replace: bool,
    /// How it is carried out
    #[command(flatten)]
    pub how: How,
}

/// `jumpfleet verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// The hosts of this run, as it planned them: its name, the beginning of it, or `latest`
    #[arg(long, value_name = "RUN", conflicts_with_all = ["inventory", "release"])]
    pub run: Option<String>,
    /// The release of hosts that name none
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// How many hosts are looked at at once
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub at_once: Option<u32>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `jumpfleet uninstall`
#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// The saved plan to carry out
    #[arg(value_name = "PLAN", conflicts_with = "inventory")]
    pub plan: Option<PathBuf>,
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// What overrides the settings
    #[command(flatten)]
    pub tuning: Tuning,
    /// How it is carried out
    #[command(flatten)]
    pub how: How,
}

/// `jumpfleet undo`
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// The run: its name, the beginning of it, or `latest`
    pub run: String,
    /// Only these hosts of it, in Ansible's pattern language
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Option<String>,
    /// The most removals started per time, such as 60/min; the run's own rate unless given
    #[arg(long, value_name = "RATE")]
    pub rate: Option<Rate>,
    /// How many visits go on at once
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub at_once: Option<u32>,
    /// Allow a rate above the vendor's limit of 60 starts per minute; it is written down
    #[arg(long)]
    pub exceed_vendor_rate: bool,
    /// How it is carried out
    #[command(flatten)]
    pub how: How,
}

/// `jumpfleet pause`, `continue` and `halt`
#[derive(Debug, Args)]
pub struct RunningArgs {
    /// The run: its name, the beginning of it, or `latest`
    #[arg(default_value = "latest")]
    pub run: String,
}

/// `jumpfleet rate`
#[derive(Debug, Args)]
pub struct RateArgs {
    /// The run: its name, the beginning of it, or `latest`
    pub run: String,
    /// The most installer starts per time, such as 20/min
    pub rate: Rate,
}

/// `jumpfleet report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The run: its name, the beginning of it, or `latest`
    #[arg(default_value = "latest")]
    pub run: String,
    /// The format
    #[arg(long, default_value = "text", value_parser = clap::builder::PossibleValuesParser::new(crate::report::exporter_names()))]
    pub format: String,
    /// Write it here instead of printing it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `jumpfleet status`
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The run: its name, the beginning of it, or `latest`
    #[arg(default_value = "latest")]
    pub run: String,
    /// Follow the run until it ends: a page on a terminal, elsewhere a line for everything that happens
    #[arg(short, long)]
    pub watch: bool,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `jumpfleet runs`
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// How they are shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `jumpfleet inventory`
#[derive(Debug, Subcommand)]
pub enum InventoryCommand {
    /// Print the hosts with every value and where it was written
    List {
        /// Which hosts
        #[command(flatten)]
        selection: Selection,
        /// How they are shown; JSON has the shape of `ansible-inventory --list`
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// In JSON too, say where each value was written
        #[arg(long)]
        origins: bool,
    },
}

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}
