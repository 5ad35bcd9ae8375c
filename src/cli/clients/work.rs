//! How is something done to many clients? One after the other, at a pace, and written down before and after.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::thread;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::notes::Notes;
use super::shown::Site;
use crate::appliance::ApiError;
use crate::cli::appliance::problem;
use crate::cli::ask::Question;
use crate::cli::{Problem, Surroundings, exit, output};
use crate::model::{JumpClient, Rate, readable};

/// How it is done.
#[derive(Debug, Args)]
pub struct Manner {
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// How many clients at most in a time
    #[arg(long, value_name = "RATE", default_value = "120/min")]
    pub rate: Rate,
}

/// What is done to clients.
pub struct Work<'w> {
    /// Whoever asked for it.
    pub around: &'w Surroundings,
    /// Where.
    pub site: &'w Site,
    /// The word for it, such as `prune`.
    pub kind: &'static str,
    /// How.
    pub manner: &'w Manner,
}

/// Shows what would be done.
pub type Show<'s> = &'s dyn Fn(&mut dyn Write) -> io::Result<()>;

/// What became of a client.
pub enum Did {
    /// What was wanted.
    It,
    /// Nothing, and why that is fine.
    Nothing(&'static str),
}

impl Did {
    /// There is nothing to be done any more.
    pub const GONE: Self = Self::Nothing("it was not there any more");

    /// What came of a change or a removal, whose record may be gone meanwhile.
    pub fn of<T>(answer: Result<T, ApiError>) -> Result<Self, ApiError> {
        Ok(if ApiError::if_there(answer)?.is_some() { Self::It } else { Self::GONE })
    }
}

/// What came of all.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Tally {
    /// The numbers of the clients it was done to.
    done: Vec<u32>,
    /// Why nothing was done to others, by their numbers.
    skipped: BTreeMap<u32, &'static str>,
    /// Why it failed with others, by their numbers.
    failed: BTreeMap<u32, String>,
    /// How many were not tried any more.
    left: usize,
    /// The file that has what the clients were before.
    journal: String,
    #[serde(skip)]
    stopped: Option<Problem>,
}

/// What is printed as JSON.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "its schema is what is wanted of it")]
pub enum Document<P> {
    /// With `--dry-run`: what would be done.
    Planned(Vec<P>),
    /// Without it: what came of it.
    Done(Tally),
}

impl Work<'_> {
    /// Asks whether it shall be done, unless that was said; `show` shows what, where that was not printed.
    pub fn agree(&self, question: &Question<'_>, show: Option<Show<'_>>) -> Result<(), Problem> {
        if self.manner.yes {
            return Ok(());
        }
        // A closed standard error is found out by the question.
        let _ = show.map(|show| show(&mut io::stderr().lock()));
        question.ask()
    }

    /// Does it to each, whatever became of the others; only what would befall all of them ends it.
    pub fn carry_out<T>(
        &self,
        items: &[T],
        client: impl Fn(&T) -> &JumpClient,
        act: impl Fn(&T) -> Result<Did, ApiError>,
    ) -> Result<Tally, Problem> {
        let notes = Notes::begin(self.around, self.kind, &self.site.settings.appliance.site)?;
        let mut tally = Tally { journal: notes.path(), left: items.len(), ..Tally::default() };
        for item in items {
            let client = client(item);
            // What cannot be written down is not done, and what was done before is told all the same.
            if let Err(problem) = notes.before(self.kind, client, &self.site.codes) {
                tally.stopped = Some(problem);
                break;
            }
            let (what, why) = tally.take(client.id, act(item));
            if let Err(problem) = notes.after(what, client.id, why.as_deref()) {
                tally.stopped = Some(problem);
            }
            if tally.stopped.is_some() {
                break;
            }
            if tally.left > 0 {
                thread::sleep(self.manner.rate.interval());
            }
        }
        Ok(tally)
    }
}

impl Tally {
    /// Counts what became of one client; the word for it, and the reason.
    fn take(&mut self, id: u32, did: Result<Did, ApiError>) -> (&'static str, Option<String>) {
        self.left -= 1;
        match did {
            Ok(Did::It) => {
                self.done.push(id);
                ("done", None)
            }
            Ok(Did::Nothing(why)) => {
                self.skipped.insert(id, why);
                ("skipped", Some(why.to_owned()))
            }
            Err(error) => {
                let why = error.to_string();
                self.failed.insert(id, why.clone());
                if error.concerns_all() {
                    self.stopped = Some(problem(&error));
                }
                ("failed", Some(why))
            }
        }
    }

    /// Says what came of it, and gives the exit code that it means.
    pub fn end(self, quiet: bool, deed: &str, json: bool) -> Result<u8, Problem> {
        output::print(|out| if json { output::json(out, &self) } else { self.text(deed, out) })?;
        output::say(quiet, &format!("what the clients were is kept in {}", self.journal));
        match self.stopped {
            Some(problem) => Err(problem),
            None => Ok(if self.failed.is_empty() { exit::GOOD } else { exit::DRIFT }),
        }
    }

    fn text(&self, deed: &str, out: &mut dyn Write) -> io::Result<()> {
        for (id, why) in &self.skipped {
            writeln!(out, "{id:>6}  left as it is: {why}")?;
        }
        for (id, why) in &self.failed {
            writeln!(out, "{id:>6}  FAILED: {}", readable(why))?;
        }
        let mut parts = vec![format!("{} {deed}", self.done.len())];
        let counts = [
            (self.skipped.len(), "left as they are"),
            (self.failed.len(), "failed"),
            (self.left, "not tried"),
        ];
        parts.extend(
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")),
        );
        writeln!(out, "{}", parts.join(", "))
    }
}
