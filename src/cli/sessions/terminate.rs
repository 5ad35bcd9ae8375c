//! Are all sessions of a host or of a user ended? They are looked for again afterwards, as a user may come back at once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::whom::Whom;
use super::{Sight, Window, list};
use crate::appliance::{Account, ApiError, Ended, Session, SessionWay};
use crate::cli::appliance::{account, problem};
use crate::cli::{Problem, Surroundings, exit, inputs, output};
use crate::model::readable;

/// `jumpfleet sessions terminate`
#[derive(Debug, Args)]
pub struct TerminateArgs {
    /// Whose sessions
    #[command(flatten)]
    pub whom: Whom,
    /// Only say which sessions would be ended
    #[arg(long)]
    pub dry_run: bool,
    /// Where they are looked for
    #[command(flatten)]
    pub window: Window,
    /// Print what came of it as JSON
    #[arg(long)]
    pub json: bool,
}

/// How often is looked again at most: a session takes a moment to end, and a user may come back.
const LOOKS: u32 = 5;

/// The pause before each of these looks.
const PAUSE: Duration = Duration::from_secs(1);

/// What came of it, as a flow of other tools reads it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Terminated<'t> {
    /// The site.
    site: &'t str,
    #[serde(flatten)]
    whom: &'t Whom,
    /// Whether it was only said which sessions would be ended.
    dry_run: bool,
    /// `success`, or `error` where something failed.
    result: &'static str,
    #[serde(flatten)]
    sight: Option<Sight>,
    #[serde(flatten)]
    done: Done,
    /// What kept everything from being done.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What became of each session.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct Done {
    /// The sessions that were open, in the order they were found.
    found: Vec<Session>,
    /// The LSIDs of those that were ended.
    ended: BTreeSet<String>,
    /// The LSIDs of those that had ended by themselves.
    already_ended: BTreeSet<String>,
    /// Why others were not ended, by their LSIDs.
    failed: BTreeMap<String, String>,
    #[serde(skip)]
    nearly: Option<String>,
    /// Whether what failed would fail again.
    #[serde(skip)]
    is_hopeless: bool,
}

/// `jumpfleet sessions terminate`
pub fn run(around: &Surroundings, args: &TerminateArgs) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let account = account(&settings)?;
    let (mut way, mut done) = (None, Done::default());
    let since = args.window.since();
    let outcome = carry_out(&account, args, since, &mut way, &mut done);
    let sight = way.map(|way| Sight::of(way, since));
    if let Some(said) = sight.as_ref().and_then(Sight::said).filter(|_| !args.json && done.found.is_empty()) {
        output::say(around.global.quiet, &said);
    }
    let is_good = outcome.is_ok() && done.failed.is_empty();
    let terminated = Terminated {
        site: &settings.appliance.site,
        whom: &args.whom,
        dry_run: args.dry_run,
        result: if is_good { "success" } else { "error" },
        sight,
        error: outcome.as_ref().err().map(ToString::to_string),
        done,
    };
    output::print(|out| match args.json {
        true => output::json(out, &terminated),
        false => text(&terminated, out),
    })?;
    match outcome {
        Err(error) => Err(problem(&error)),
        Ok(()) => Ok(if is_good { exit::GOOD } else { exit::DRIFT }),
    }
}

fn carry_out(
    account: &Account,
    args: &TerminateArgs,
    since: Timestamp,
    way: &mut Option<SessionWay>,
    done: &mut Done,
) -> Result<(), ApiError> {
    let way = *way.insert(SessionWay::of(account)?);
    let mut open = done.look(account, &args.whom, way, since)?;
    if args.dry_run {
        return Ok(());
    }
    for _ in 0..LOOKS {
        if open.is_empty() {
            return Ok(());
        }
        open.iter().for_each(|lsid| done.end(account, way, lsid));
        thread::sleep(PAUSE);
        open = done.look(account, &args.whom, way, since)?;
        done.compare(&open);
        if done.is_hopeless && open.iter().all(|lsid| done.failed.contains_key(lsid)) {
            break;
        }
    }
    for lsid in open {
        done.ended.remove(&lsid);
        done.failed.entry(lsid).or_insert_with(|| "it is still open".to_owned());
    }
    Ok(())
}

impl Done {
    /// The sessions that are meant and open; those that were not seen before are noted.
    fn look(
        &mut self,
        account: &Account,
        whom: &Whom,
        way: SessionWay,
        since: Timestamp,
    ) -> Result<BTreeSet<String>, ApiError> {
        let all = account.sessions(way, since)?;
        self.nearly = whom.nearly(&all);
        let meant: Vec<Session> = all.into_iter().filter(|session| whom.has(session)).collect();
        let open = meant.iter().map(|session| session.lsid.clone()).collect();
        let known: BTreeSet<&str> = self.found.iter().map(|session| &*session.lsid).collect();
        let new: Vec<Session> = meant.iter().filter(|new| !known.contains(&*new.lsid)).cloned().collect();
        self.found.extend(new);
        Ok(open)
    }

    /// Ends a session, unless that was done already and takes its time.
    fn end(&mut self, account: &Account, way: SessionWay, lsid: &str) {
        if self.ended.contains(lsid) {
            return;
        }
        let note = lsid.to_owned();
        // An earlier try may have failed.
        self.failed.remove(lsid);
        match account.end_session(way, lsid) {
            Ok(Ended::Now) => drop(self.ended.insert(note)),
            Ok(Ended::Before) => drop(self.already_ended.insert(note)),
            Err(error) => {
                self.is_hopeless |= error.concerns_all();
                self.failed.insert(note, error.to_string());
            }
        }
    }

    /// Judges by a new look: what is gone is ended, whatever was answered, and what is there is not.
    fn compare(&mut self, open: &BTreeSet<String>) {
        let gone: Vec<String> = self.failed.keys().filter(|lsid| !open.contains(*lsid)).cloned().collect();
        for lsid in gone {
            self.failed.remove(&lsid);
            self.already_ended.insert(lsid);
        }
        self.already_ended.retain(|lsid| !open.contains(lsid));
    }
}

fn text(terminated: &Terminated<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Terminated { whom, done, .. } = terminated;
    let of = match (&whom.hostname, &whom.username) {
        (Some(name), _) => format!("on the host `{}`", readable(name)),
        (None, name) => format!("of the user `{}`", readable(name.as_deref().unwrap_or_default())),
    };
    if done.found.is_empty() && terminated.error.is_none() {
        let nearly = done.nearly.as_ref().map_or_else(String::new, |name| {
            format!(
                "; there is one of `{}`, which is not the same in capital and small letters",
                readable(name)
            )
        });
        return writeln!(out, "no session {of} is open{nearly}");
    }
    for session in &done.found {
        let lsid = &session.lsid;
        let became = match done.failed.get(lsid) {
            Some(why) => format!("FAILED         {why}: "),
            None if done.ended.contains(lsid) => "ended          ".to_owned(),
            None if done.already_ended.contains(lsid) => "already ended  ".to_owned(),
            None => "open           ".to_owned(),
        };
        write!(out, "{became}")?;
        list::line(session, out)?;
    }
    Ok(())
}
