//! What was typed to speak to a run, and to see what came of it?

use std::path::PathBuf;

use clap::Args;

use super::Format;
use crate::model::Rate;

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
