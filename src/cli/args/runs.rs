//! What was typed to speak to a run, and to see what came of it?

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Format;
use crate::model::Rate;
use crate::report::{Criterion, exporter_names};

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
    /// The newest run that carried this saved plan out, and no other
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    pub plan: Option<PathBuf>,
    /// The format
    #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(exporter_names()))]
    pub format: String,
    /// Write it here instead of printing it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write it in every format into this folder, which is made if it is missing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["format", "output"])]
    pub output_dir: Option<PathBuf>,
    /// Also say what is new since this earlier run; `previous` is the one before it with the same task and site
    #[arg(long, value_name = "RUN")]
    pub compare: Option<String>,
    /// Exit as a rollout would when this is so: failed, unreachable, unknown, not_started, any, new-failures; with a
    /// limit if wanted, such as 'failed>2%' or 'unreachable>=5'
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub fail_on: Vec<Criterion>,
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
