//! What was typed to plan, to rehearse, to carry out and to verify?

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::{Format, How, Selection, Speed, Tuning};
use crate::cli::review::PlanCommand;
use crate::planner;
use crate::rollout::Profile;

/// `jumpfleet plan`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct PlanArgs {
    /// What is done with saved plans instead
    #[command(subcommand)]
    pub command: Option<PlanCommand>,
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
    #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(planner::format_names()))]
    pub format: String,
    /// Also look at the hosts (nothing is changed there) and leave out those that have a client
    #[arg(long)]
    pub probe: bool,
    /// Do not ask the site's API, although the settings name an API account
    #[arg(long)]
    pub offline: bool,
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
    /// How fast it goes; as the run did unless given
    #[command(flatten)]
    pub speed: Speed,
    /// How it is carried out
    #[command(flatten)]
    pub how: How,
}
