//! What was typed that several commands take?

use clap::{Args, ValueEnum};

use crate::cli::care::Care;
use crate::cli::watch::Watching;
use crate::model::Rate;

/// Which hosts?
#[derive(Debug, Args)]
pub struct Selection {
    /// The inventory: a file in one of Ansible's forms, a script, a folder of them, or hosts with commas; may be given
    /// several times
    #[arg(short, long, value_name = "SOURCE")]
    pub inventory: Vec<String>,
    /// Only these hosts, in Ansible's pattern language, such as 'web:&prod:!web07' or '@failed.txt'
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Option<String>,
}

impl Selection {
    /// Whether an inventory is named.
    pub fn is_given(&self) -> bool {
        !self.inventory.is_empty()
    }
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
    /// Who else hears of it
    #[command(flatten)]
    pub watching: Watching,
}

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}
