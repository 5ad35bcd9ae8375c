//! What was typed?

mod deploy;
mod inventory;
mod proxy;
mod runs;
mod shared;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use super::colour::When;
use super::exit;
use super::vault::VaultArgs;
pub use deploy::{PlanArgs, RehearseArgs, RolloutArgs, UndoArgs, UninstallArgs, VerifyArgs};
pub use inventory::InventoryCommand;
pub use proxy::{ProxyCommand, SetArgs, ShowArgs, Way};
pub use runs::{RateArgs, ReportArgs, RunningArgs, RunsArgs, StatusArgs};
pub use shared::{Format, How, Progress, Selection, Speed, Tuning};

use super::appliance::ApplianceCommand;
use super::clients::ClientsCommand;
use super::init::InitArgs;
use super::installer::InstallerCommand;
use super::jump::JumpArgs;
use super::lint::LintArgs;
use super::package::PackageArgs;
use super::schema::SchemaArgs;
use super::sessions::SessionsCommand;

/// Mass deployment of BeyondTrust PRA Jump Clients: inventory, plan, paced rollout, report.
#[derive(Debug, Parser)]
#[command(name = "jumpfleet", version, propagate_version = true, after_help = exit_codes(), arg_required_else_help = true)]
pub struct Typed {
    /// What they all share.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The exit codes for the end of the help.
fn exit_codes() -> String {
    let rows = exit::CODES.iter().map(|(code, means)| format!("\n  {code:>2}  {means}"));
    format!("Exit codes:{}", rows.collect::<String>())
}

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
    /// What opens encrypted values
    #[command(flatten)]
    pub vault: VaultArgs,
    /// When colours are shown: on terminals, unless NO_COLOR, CLICOLOR_FORCE or FORCE_COLOR is set; or always, or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,
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
    /// Show or set the proxy of clients that are there
    #[command(subcommand)]
    Proxy(ProxyCommand),
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
    /// Write files for a tool that pushes software already
    Package(PackageArgs),
    /// Make installers on the site and keep them as releases
    #[command(subcommand)]
    Installer(InstallerCommand),
    /// Look at the site and its API account
    #[command(subcommand)]
    Appliance(ApplianceCommand),
    /// List, compare, change and delete the clients that the site knows
    #[command(subcommand)]
    Clients(Box<ClientsCommand>),
    /// List and end sessions that are open on the site
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Get what starts a session with a host in the access console
    Jump(JumpArgs),
    /// Write a project to start from
    Init(InitArgs),
    /// Check an inventory and the settings, and nothing else
    Lint(LintArgs),
    /// Look into an inventory
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Print the JSON Schema of a file that is read or written
    Schema(SchemaArgs),
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
