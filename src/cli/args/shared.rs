//! What was typed that several commands take?

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::Problem;
use crate::cli::care::{self, Care};
use crate::cli::watch::Watching;
use crate::model::{Rate, Task};
use crate::rollout::SessionWish;

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
    /// How fast it goes
    #[command(flatten)]
    pub speed: Speed,
    /// How careful the run shall be
    #[command(flatten)]
    pub care: Care,
}

impl Tuning {
    /// Whether it asks for something that a finished plan has decided already.
    pub fn is_given(&self) -> bool {
        let exceed_vendor_rate = self.speed.exceed_vendor_rate;
        let speed = Speed { exceed_vendor_rate, ..Speed::default() };
        *self != Self { speed, ..Self::default() }
    }
}

/// How fast shall it go?
#[derive(Debug, Default, Clone, PartialEq, Args)]
pub struct Speed {
    /// The most starts per time, such as 60/min or 1/s
    #[arg(long, value_name = "RATE")]
    pub rate: Option<Rate>,
    /// How many visits go on at once
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub at_once: Option<u32>,
    /// Allow a rate above the vendor's limit of 60 starts per minute; it is written down
    #[arg(long)]
    pub exceed_vendor_rate: bool,
}

impl Speed {
    /// The rate that is wanted, unless one of these is above what the vendor allows and nobody asked for that.
    pub fn allowed(&self, default: Rate, steps: impl IntoIterator<Item = Rate>) -> Result<Rate, Problem> {
        let rate = self.rate.unwrap_or(default);
        let fast = [rate].into_iter().chain(steps).find(|rate| rate.exceeds_vendor_limit());
        match fast.filter(|_| !self.exceed_vendor_rate) {
            None => Ok(rate),
            Some(rate) => {
                let what = format!("{rate} is more than the {} the vendor allows", Rate::VENDOR_LIMIT);
                let hint = "lower the rate, or add --exceed-vendor-rate if you know better";
                Err(Problem::usage(what).hint(hint))
            }
        }
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
    /// Do not ask the site's API, although the settings name an API account
    #[arg(long)]
    pub offline: bool,
    /// What happens where somebody is in a session
    #[command(flatten)]
    pub sessions: Sessions,
    /// How progress is shown; a bar on terminals and lines elsewhere unless given
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "json")]
    pub progress: Option<Progress>,
    /// Who else hears of it
    #[command(flatten)]
    pub watching: Watching,
}

/// What shall happen to a host whose client is to go while somebody is in a session with it?
#[derive(Debug, Args)]
pub struct Sessions {
    /// Wait so long for open sessions to end before a client is removed, such as 30m; hosts with one are left otherwise
    #[arg(long, value_name = "TIME", value_parser = care::length, conflicts_with = "terminate_sessions")]
    pub wait_for_sessions: Option<Duration>,
    /// End open sessions before a client is removed
    #[arg(long)]
    pub terminate_sessions: bool,
}

impl Sessions {
    /// What is wanted; only a removal cuts sessions off.
    pub fn wish(&self, task: Task) -> Result<SessionWish, Problem> {
        let wish = match (self.terminate_sessions, self.wait_for_sessions) {
            (true, _) => SessionWish::Terminate,
            (false, Some(limit)) => SessionWish::Wait(limit),
            (false, None) => SessionWish::Refuse,
        };
        if task == Task::Install && wish != SessionWish::Refuse {
            return Err(Problem::usage("no client is removed, so no session is cut off")
                .hint("leave --wait-for-sessions and --terminate-sessions out, or add --replace"));
        }
        Ok(wish)
    }
}

/// How shall progress be shown?
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// A bar at the foot of the terminal, with mishaps above it.
    Bar,
    /// A line from time to time, and one for each mishap.
    Lines,
    /// A line for each host.
    Hosts,
}

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_faster_than_the_vendor_allows_unless_somebody_asks_for_it() {
        let fast = Rate::per_minute(61);
        let asked = Speed { exceed_vendor_rate: true, ..Speed::default() };
        let silent = Speed::default();
        for (default, steps) in [(fast, vec![]), (Rate::VENDOR_LIMIT, vec![fast])] {
            assert!(silent.allowed(default, steps.clone()).is_err());
            assert_eq!(asked.allowed(default, steps).ok(), Some(default));
        }
        assert_eq!(silent.allowed(Rate::VENDOR_LIMIT, []).ok(), Some(Rate::VENDOR_LIMIT));
        let asked = Tuning { speed: asked, ..Tuning::default() };
        assert!(!asked.is_given());
        let care = Care { no_adaptive: true, ..Care::default() };
        assert!(Tuning { care, ..asked }.is_given());
    }
}
