//! Which records are of one computer? By the site's own report where it has one, and else by what they tell.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::shown::{Shown, Site, line};
use crate::appliance::{ApiError, Duplicate, Filter};
use crate::cli::appliance::problem;
use crate::cli::args::Format;
use crate::cli::{Problem, Surroundings, exit, output};
use crate::matching::drift::Codes;
use crate::matching::duplicates::{self, Alike, Identified, Resembling, Same};
use crate::model::{JumpClient, readable};

/// Who says that records are of one computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The site's report of duplicate Jump Clients.
    Report,
    /// Their names and addresses.
    Names,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found<'f> {
    /// Who says so.
    source: Source,
    /// The computers that are surely there more than once.
    computers: Vec<Computer<'f>>,
    /// The records that may be of one computer, of which nobody knows: they are never deleted.
    doubtful: Vec<Doubtful<'f>>,
}

/// A computer that is there more than once.
#[derive(Debug, Serialize, JsonSchema)]
struct Computer<'f> {
    /// What its records have in common.
    known_by: &'f str,
    /// The record that counts.
    survivor: Shown<'f>,
    /// The other ones.
    others: Vec<Shown<'f>>,
}

/// Records that may be of one computer.
#[derive(Debug, Serialize, JsonSchema)]
struct Doubtful<'f> {
    /// What they have in common.
    known_by: &'f str,
    /// What speaks against it.
    why: &'f str,
    /// They, with the one that would count first.
    records: Vec<Shown<'f>>,
}

/// `jumpfleet clients duplicates`
pub fn run(around: &Surroundings, format: Format) -> Result<u8, Problem> {
    let site = Site::reach(around)?;
    let (source, found) = find(&site, &Filter::default(), around.global.quiet)?;
    output::print(|out| match format {
        Format::Json => output::json(out, &document(source, &found, &site.codes)),
        Format::Text => text(source, &found, &site.codes, out),
    })?;
    Ok(if found.same.is_empty() && found.resembling.is_empty() { exit::GOOD } else { exit::DRIFT })
}

/// All that are twice among the clients that are meant, whichever is asked.
pub fn find(site: &Site, filter: &Filter, quiet: bool) -> Result<(Source, Alike), Problem> {
    let failed = |error: ApiError| problem(&error);
    let report = site.account.duplicates().map_err(failed)?;
    // Sites without the report say no more than that.
    if let Err(why) = &report
        && !why.is_missing()
    {
        let why = why.to_string();
        let said = "the site's own report is not to be had, names and addresses are compared";
        output::say(quiet, &format!("{said}: {}", readable(&why)));
    }
    let mut records: Vec<JumpClient> = Vec::new();
    // Only what may be twice is kept.
    let is_meant =
        |client: &JumpClient| report.as_ref().map_or(true, |report| report.contains_key(&client.id));
    let taken = site.account.clients_of(filter, |client| {
        if is_meant(&client) {
            records.push(client);
        }
    });
    taken.map_err(failed)?;
    Ok(match report {
        Err(_) => (Source::Names, duplicates::alike(records)),
        Ok(report) => {
            let known = |one: Duplicate| Identified {
                system: one.system_identifier,
                installed: one.install_time.at(),
            };
            let known = report.into_iter().map(|(id, one)| (id, known(one))).collect();
            let same = duplicates::identified(records, &known);
            (Source::Report, Alike { same, resembling: Vec::new() })
        }
    })
}

fn document<'f>(source: Source, found: &'f Alike, codes: &Codes) -> Found<'f> {
    let shown = |records: &'f [JumpClient]| records.iter().map(|record| Shown::of(record, codes)).collect();
    let computer = |same: &'f Same| Computer {
        known_by: &same.known_by,
        survivor: Shown::of(&same.survivor, codes),
        others: shown(&same.others),
    };
    let doubtful = |one: &'f Resembling| Doubtful {
        known_by: &one.known_by,
        why: one.why,
        records: shown(&one.records),
    };
    Found {
        source,
        computers: found.same.iter().map(computer).collect(),
        doubtful: found.resembling.iter().map(doubtful).collect(),
    }
}

fn text(source: Source, found: &Alike, codes: &Codes, out: &mut dyn Write) -> io::Result<()> {
    let by = match source {
        Source::Report => "by the site's own report",
        Source::Names => "by names and addresses",
    };
    if found.same.is_empty() {
        writeln!(out, "no computer is surely there twice, {by}")?;
    }
    for same in &found.same {
        writeln!(out, "{}, {} records, {by}", readable(&same.known_by), same.others.len() + 1)?;
        list("stays", std::slice::from_ref(&same.survivor), codes, out)?;
        list("other", &same.others, codes, out)?;
    }
    for one in &found.resembling {
        let Resembling { known_by, why, records } = one;
        writeln!(out, "{}, {} records, may be one computer: {why}", readable(known_by), records.len())?;
        list("maybe", records, codes, out)?;
    }
    Ok(())
}

fn list(word: &str, records: &[JumpClient], codes: &Codes, out: &mut dyn Write) -> io::Result<()> {
    records.iter().try_for_each(|record| {
        write!(out, "  {word}  ")?;
        line(record, codes, out)
    })
}
