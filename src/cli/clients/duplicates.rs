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
use crate::matching::duplicates::{self, Identified, Same};
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
    /// The computers that are there more than once.
    computers: Vec<Computer<'f>>,
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

/// `jumpfleet clients duplicates`
pub fn run(around: &Surroundings, format: Format) -> Result<u8, Problem> {
    let site = Site::reach(around)?;
    let (source, found) = find(&site, &Filter::default())?;
    output::print(|out| match format {
        Format::Json => output::json(out, &document(source, &found, &site.codes)),
        Format::Text => text(source, &found, &site.codes, out),
    })?;
    Ok(if found.is_empty() { exit::GOOD } else { exit::DRIFT })
}

/// All that are twice among the clients that are meant, whichever is asked.
pub fn find(site: &Site, filter: &Filter) -> Result<(Source, Vec<Same>), Problem> {
    let failed = |error: ApiError| problem(&error);
    let report = site.account.duplicates().map_err(failed)?;
    let mut records: Vec<JumpClient> = Vec::new();
    // Only what may be twice is kept.
    let is_meant = |client: &JumpClient| report.as_ref().is_none_or(|report| report.contains_key(&client.id));
    let taken = site.account.clients_of(filter, |client| {
        if is_meant(&client) {
            records.push(client);
        }
    });
    taken.map_err(failed)?;
    Ok(match report {
        None => (Source::Names, duplicates::alike(records)),
        Some(report) => {
            let known =
                |one: Duplicate| Identified { system: one.system_identifier, installed: one.install_time };
            let known = report.into_iter().map(|(id, one)| (id, known(one))).collect();
            (Source::Report, duplicates::identified(records, &known))
        }
    })
}

fn document<'f>(source: Source, found: &'f [Same], codes: &Codes) -> Found<'f> {
    let computer = |same: &'f Same| Computer {
        known_by: &same.known_by,
        survivor: Shown::of(&same.survivor, codes),
        others: same.others.iter().map(|other| Shown::of(other, codes)).collect(),
    };
    Found { source, computers: found.iter().map(computer).collect() }
}

fn text(source: Source, found: &[Same], codes: &Codes, out: &mut dyn Write) -> io::Result<()> {
    let by = match source {
        Source::Report => "by the site's own report",
        Source::Names => "by names and addresses",
    };
    if found.is_empty() {
        return writeln!(out, "no computer is there twice, {by}");
    }
    for same in found {
        writeln!(out, "{}, {} records, {by}", readable(&same.known_by), same.others.len() + 1)?;
        write!(out, "  stays  ")?;
        line(&same.survivor, codes, out)?;
        for other in &same.others {
            write!(out, "  other  ")?;
            line(other, codes, out)?;
        }
    }
    Ok(())
}
