//! Which sessions are open?

use std::collections::BTreeSet;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Sight, Window};
use crate::appliance::{Session, SessionWay};
use crate::cli::appliance::{account, problem};
use crate::cli::{Problem, Surroundings, exit, inputs, output};
use crate::model::readable;

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listed<'s> {
    /// The site.
    site: &'s str,
    /// What it tells of.
    #[serde(flatten)]
    sight: Sight,
    /// The sessions that are open.
    sessions: Vec<Session>,
}

/// `jumpfleet sessions list`
pub fn run(around: &Surroundings, window: &Window, json: bool) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let account = account(&settings)?;
    let way = SessionWay::of(&account).map_err(|error| problem(&error))?;
    let since = window.since();
    let sessions = account.sessions(way, since).map_err(|error| problem(&error))?;
    let sight = Sight::of(way, since);
    if let Some(said) = sight.said().filter(|_| !json) {
        output::say(around.global.quiet, &said);
    }
    output::print(|out| match json {
        true => output::json(out, &Listed { site: &settings.appliance.site, sight, sessions }),
        false if sessions.is_empty() => writeln!(out, "no session is open"),
        false => sessions.iter().try_for_each(|session| line(session, out)),
    })?;
    Ok(exit::GOOD)
}

/// One session for people.
pub fn line(session: &Session, out: &mut dyn Write) -> io::Result<()> {
    let named = |names: &BTreeSet<String>| {
        let names: Vec<String> = names.iter().map(|name| readable(name).into_owned()).collect();
        if names.is_empty() { "-".to_owned() } else { names.join(", ") }
    };
    let since = session.started.map_or_else(String::new, |at| format!(", since {at}"));
    let (hosts, users) = (named(&session.hostnames), named(&session.usernames));
    writeln!(out, "{}  {hosts}  by {users}{since}", readable(&session.lsid))
}
