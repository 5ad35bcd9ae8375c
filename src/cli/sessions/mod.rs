//! Which sessions are open on the site, and which shall end?

pub mod list;
pub mod terminate;
mod whom;

use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Problem, Surroundings, care};
use crate::appliance::{SESSION_WINDOW, SessionWay};
use terminate::TerminateArgs;

/// What to do with sessions?
#[derive(Debug, Subcommand)]
pub enum SessionsCommand {
    /// List the sessions that are open
    List {
        /// Which ones
        #[command(flatten)]
        window: Window,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// End every session on a host or of a user, and look again whether they are gone
    Terminate(TerminateArgs),
}

/// How far back is looked where only the session report tells?
#[derive(Debug, Args)]
pub struct Window {
    /// On sites without Command API v2, how long ago a session may have begun, such as 12h or 30d [default: 7d]
    #[arg(long, value_name = "TIME", value_parser = care::days)]
    pub within: Option<Duration>,
}

impl Window {
    /// The earliest beginning of a session that is found.
    pub fn since(&self) -> Timestamp {
        let within = self.within.unwrap_or(SESSION_WINDOW);
        Surroundings::now().checked_sub(within).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The sessions that a site can tell of.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sight {
    /// How it was asked.
    pub way: SessionWay,
    /// Sessions that began before are not seen, as only the session report tells of them; none where all are seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_since: Option<Timestamp>,
}

impl Sight {
    /// What a site that is asked so tells of, for sessions since this time.
    fn of(way: SessionWay, since: Timestamp) -> Self {
        Self { way, seen_since: (way == SessionWay::SessionReport).then_some(since) }
    }

    /// The same in words; none where all are seen.
    fn said(&self) -> Option<String> {
        let since = self.seen_since?.strftime("%Y-%m-%d %H:%M UTC");
        Some(format!(
            "sessions that began before {since} are not seen: this site tells only of what began within some time; \
             --within looks further back"
        ))
    }
}

/// `jumpfleet sessions`
pub fn run(around: &Surroundings, command: &SessionsCommand) -> Result<u8, Problem> {
    match command {
        SessionsCommand::List { window, json } => list::run(around, window, *json),
        SessionsCommand::Terminate(args) => terminate::run(around, args),
    }
}
