//! How does a plan become a file, and a file a plan that can be trusted?

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};
use sha2::{Digest, Sha256};

use super::odd::odd;
use crate::ci::spelled;
use crate::model::{PLAN_FORMAT, Plan, hex, readable};

/// A file is not a plan that can be carried out.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// It is not JSON, or not a plan.
    #[error("it is not a plan: line {line}, column {column}: {what}")]
    NotAPlan {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What the parser says.
        what: String,
    },
    /// A newer jumpfleet wrote it.
    #[error("it was written by a newer jumpfleet (format {0}; this one reads up to {PLAN_FORMAT})")]
    Newer(u32),
    /// Its content does not fit its id.
    #[error("it was changed after it was made: its content does not fit its plan_id")]
    Changed,
    /// A value is none that it can have.
    #[error("it is inconsistent: {0}")]
    Odd(String),
    /// It points to something it does not hold.
    #[error("it is inconsistent: host `{0}` points to something the plan does not hold")]
    Dangling(String),
}

/// Gives the plan its id: SHA-256 of the compact JSON of everything in it, the id left blank.
pub fn identify(plan: &mut Plan) {
    plan.plan_id = String::new();
    plan.plan_id = digest(plan);
}

fn digest(plan: &Plan) -> String {
    struct Hashing(Sha256);
    impl Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut out = io::BufWriter::with_capacity(64 * 1024, Hashing(Sha256::new()));
    // Neither the hasher nor a plan of strings and numbers can fail to be written.
    let written = serde_json::to_writer(&mut out, plan).is_ok();
    match out.into_inner() {
        Ok(hashing) if written => hex(&hashing.0.finalize()),
        _ => String::new(),
    }
}

/// The digest of a file that is not needed.
pub(super) fn digest_of_nothing() -> String {
    hex(&Sha256::digest([]))
}

/// Writes the plan as JSON with one host, treatment or finding a line, so that two plans can be compared.
pub fn write_json(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let mut to = serde_json::Serializer::with_formatter(&mut *out, LinePerItem::default());
    plan.serialize(&mut to)?;
    out.write_all(b"\n")
}

/// Reads a plan and checks that it is whole, unchanged and understood.
pub fn parse(text: &[u8]) -> Result<Plan, PlanError> {
    let mut plan: Plan = serde_json::from_slice(text).map_err(|error| {
        let newer = serde_json::from_slice::<Version>(text)
            .ok()
            .filter(|version| version.format_version > PLAN_FORMAT);
        match newer {
            Some(version) => PlanError::Newer(version.format_version),
            None => {
                let what = readable(&error.to_string()).into_owned();
                PlanError::NotAPlan { line: error.line(), column: error.column(), what }
            }
        }
    })?;
    if plan.format_version > PLAN_FORMAT {
        return Err(PlanError::Newer(plan.format_version));
    }
    let id = std::mem::take(&mut plan.plan_id);
    if digest(&plan) != id {
        return Err(PlanError::Changed);
    }
    plan.plan_id = id;
    if let Some(what) = odd(&plan) {
        return Err(PlanError::Odd(what));
    }
    consistent(&plan)?;
    Ok(plan)
}

#[derive(serde::Deserialize)]
struct Version {
    format_version: u32,
}

fn consistent(plan: &Plan) -> Result<(), PlanError> {
    let treatments = plan.treatments.iter().all(|treatment| {
        treatment.installer < plan.installers.len() && plan.releases.contains_key(&treatment.release)
    });
    let mut names = std::collections::HashSet::with_capacity(plan.hosts.len());
    let dangling = plan.hosts.iter().find(|host| {
        !treatments
            || host.treatment as usize >= plan.treatments.len()
            || host.access as usize >= plan.accesses.len()
            || host.wave as usize >= plan.waves.len()
            || host.window.is_some_and(|window| window as usize >= plan.windows.len())
            || host.spread.is_some_and(|spread| spread as usize >= plan.spreads.len())
            || host.origins.is_some_and(|origins| origins as usize >= plan.origins.len())
            || !names.insert(&host.name)
    });
    match dangling {
        Some(host) => Err(PlanError::Dangling(readable(&host.name).into_owned())),
        None => Ok(()),
    }
}

/// Pretty for the first two levels, compact below.
#[derive(Default)]
struct LinePerItem {
    pretty: PrettyFormatter<'static>,
    depth: usize,
}

const PRETTY_LEVELS: usize = 2;

impl LinePerItem {
    fn is_pretty(&self) -> bool {
        self.depth <= PRETTY_LEVELS
    }
}

macro_rules! opens {
    ($($name:ident)+) => { $(
        fn $name<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
            self.depth += 1;
            if self.is_pretty() { self.pretty.$name(out) } else { serde_json::ser::CompactFormatter.$name(out) }
        }
    )+ };
}

macro_rules! closes {
    ($($name:ident)+) => { $(
        fn $name<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
            let closed = if self.is_pretty() {
                self.pretty.$name(out)
            } else {
                serde_json::ser::CompactFormatter.$name(out)
            };
            self.depth -= 1;
            closed
        }
    )+ };
}

macro_rules! begins {
    ($($name:ident)+) => { $(
        fn $name<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
            if self.is_pretty() {
                self.pretty.$name(out, first)
            } else {
                serde_json::ser::CompactFormatter.$name(out, first)
            }
        }
    )+ };
}

macro_rules! plain {
    ($($name:ident)+) => { $(
        fn $name<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
            if self.is_pretty() { self.pretty.$name(out) } else { serde_json::ser::CompactFormatter.$name(out) }
        }
    )+ };
}

impl Formatter for LinePerItem {
    opens!(begin_array begin_object);
    closes!(end_array end_object);
    begins!(begin_array_value begin_object_key);
    plain!(end_array_value begin_object_value end_object_value);

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        spelled::fragment(out, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Appliance, Estimate, Rate, Rules, Task};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn plan(starts: f64) -> Plan {
        let mut plan = Plan {
            format_version: PLAN_FORMAT,
            plan_id: String::new(),
            tool_version: "0".into(),
            created: Timestamp::UNIX_EPOCH,
            settings: "/jumpfleet.yaml".into(),
            inventory: vec!["/fleet.yaml".into()],
            inputs: Vec::new(),
            limit: None,
            appliance: Appliance { site: "pra.example.org".into(), ceiling: None, clients: 0, told: None },
            task: Task::Install,
            undoes: None,
            rate: Rate::VENDOR_LIMIT,
            at_once: 1,
            rules: Rules::direct(),
            releases: Default::default(),
            installers: Vec::new(),
            waves: Vec::new(),
            windows: Vec::new(),
            spreads: Vec::new(),
            accesses: Vec::new(),
            treatments: Vec::new(),
            origins: Vec::new(),
            hosts: Vec::new(),
            estimate: Estimate {
                interval: Rate::VENDOR_LIMIT.interval().as_secs_f64(),
                starts,
                install: 0.1 + 0.2,
                done: Timestamp::UNIX_EPOCH,
            },
            findings: Vec::new(),
        };
        identify(&mut plan);
        plan
    }

    fn written(plan: &Plan) -> String {
        let mut out = Vec::new();
        write_json(plan, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn a_plan_is_read_back_as_it_was_written(starts in 0.0_f64..1e9) {
            let plan = plan(starts);
            prop_assert_eq!(parse(written(&plan).as_bytes()), Ok(plan));
        }

        #[test]
        fn no_input_is_taken_for_a_plan_by_force(text in ".{0,200}") {
            prop_assert!(parse(text.as_bytes()).is_err());
        }
    }

    #[test]
    fn a_changed_plan_is_refused() {
        let text = written(&plan(1.0)).replace("pra.example.org", "pra.example.com");
        assert_eq!(parse(text.as_bytes()), Err(PlanError::Changed));
    }

    #[test]
    fn a_newer_plan_is_refused_by_its_version() {
        let text = written(&plan(1.0)).replace("\"format_version\": 1", "\"format_version\": 2, \"more\": 1");
        assert_eq!(parse(text.as_bytes()), Err(PlanError::Newer(2)));
    }
}
