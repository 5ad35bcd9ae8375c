//! Are the hosts still as planned?

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::installer;
use crate::model::{Observation, Outcome, Plan, PlannedHost, Task, counted};
use crate::report::names::fold;
use crate::rollout::drift;
use crate::ui::said;

use super::args::{Format, Tuning, VerifyArgs};
use super::plan::{self, Made};
use super::{Problem, Surroundings, exit, inputs, output, report, rollout, uninstall};

/// The version of the JSON form; it grows when a field changes its meaning or goes away.
const FORMAT: u32 = 1;

/// What was found on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    AsPlanned,
    Drift,
    Unreachable,
}

/// One host, with what is not as planned or why it could not be looked at.
#[derive(Debug, Serialize)]
struct Checked {
    name: Arc<str>,
    state: State,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    found: Vec<String>,
    /// What is worth knowing of it, although it is no drift.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
}

/// All hosts.
#[derive(Debug, Serialize)]
struct Findings {
    format_version: u32,
    site: String,
    as_planned: usize,
    drift: usize,
    unreachable: usize,
    hosts: Vec<Checked>,
}

/// `jumpfleet verify`
pub fn run(around: &Surroundings, args: &VerifyArgs) -> Result<u8, Problem> {
    let mut made = planned(around, args)?;
    made.plan.at_once = args.at_once.unwrap_or(made.plan.at_once);
    if let Some(problem) = plan::forbidden(&made.plan) {
        return Err(problem);
    }
    let findings = Findings::of(&made.plan, rollout::looks(around, &made)?);
    output::print(|out| match args.format {
        Format::Text => findings.text(out),
        Format::Json => findings.json(out),
    })?;
    Ok(findings.exit_code())
}

/// The plan to compare with. As in a removal, neither installer files nor keys are needed to look.
fn planned(around: &Surroundings, args: &VerifyArgs) -> Result<Made, Problem> {
    let Some(run) = &args.run else {
        let tuning = Tuning { release: args.release.clone(), ..Tuning::default() };
        return plan::make(around, &args.selection, &tuning, Task::Uninstall);
    };
    let done = report::plan(&around.state()?.find(run)?.folder)?;
    if !done.task.installs() {
        return Err(Problem::usage("that run removed clients: there is nothing to be verified")
            .hint("`jumpfleet uninstall` says of each host whether a client is left"));
    }
    let is_meant = inputs::limited(around, &done, args.selection.limit.as_deref())?;
    uninstall::removal(done, None, &is_meant)
}

impl Findings {
    fn of(plan: &Plan, looks: Vec<Result<Observation, Outcome>>) -> Self {
        let check = |(host, look): (&PlannedHost, _)| {
            let name = host.name.clone();
            let seen = match look {
                Ok(seen) => seen,
                Err(outcome) => {
                    let found = vec![said(&outcome)];
                    return Checked { name, state: State::Unreachable, found, remarks: Vec::new() };
                }
            };
            let found = drift(plan, host, &seen);
            let state = if found.is_empty() { State::AsPlanned } else { State::Drift };
            Checked { name, state, found, remarks: remarks(plan, host, &seen) }
        };
        let hosts: Vec<Checked> = plan.hosts.iter().zip(looks).map(check).collect();
        let count = |state| hosts.iter().filter(|host| host.state == state).count();
        Self {
            format_version: FORMAT,
            site: plan.appliance.site.clone(),
            as_planned: count(State::AsPlanned),
            drift: count(State::Drift),
            unreachable: count(State::Unreachable),
            hosts,
        }
    }

    fn exit_code(&self) -> u8 {
        match (self.drift, self.unreachable) {
            (0, 0) => exit::GOOD,
            (0, _) => exit::UNREACHABLE,
            _ => exit::DRIFT,
        }
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        output::json(out, self)
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let all = counted(self.hosts.len(), "host");
        let word = match self.exit_code() {
            exit::GOOD => {
                writeln!(out, "AS PLANNED: {all}")?;
                return self.remarks(out);
            }
            exit::DRIFT => "DRIFT",
            _ => "UNREACHABLE",
        };
        let counted = [
            (self.drift, "not as planned"),
            (self.unreachable, "could not be looked at"),
            (self.as_planned, "as planned"),
        ];
        let parts = counted.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, words)| format!("{count} {words}")).collect();
        writeln!(out, "{word}: of {all}, {}", parts.join(", "))?;
        self.section("NOT AS PLANNED", State::Drift, out)?;
        self.section("NOT LOOKED AT", State::Unreachable, out)?;
        self.remarks(out)
    }

    /// The hosts of a state, those with the same findings together.
    fn section(&self, title: &str, state: State, out: &mut dyn Write) -> io::Result<()> {
        let hosts = self.hosts.iter().filter(|host| host.state == state);
        section(title, hosts.map(|host| (&*host.name, &host.found[..])), out)
    }

    /// The hosts of which something is worth knowing.
    fn remarks(&self, out: &mut dyn Write) -> io::Result<()> {
        let hosts = self.hosts.iter().filter(|host| !host.remarks.is_empty());
        section("WORTH KNOWING", hosts.map(|host| (&*host.name, &host.remarks[..])), out)
    }
}

fn remarks(plan: &Plan, host: &PlannedHost, seen: &Observation) -> Vec<String> {
    let shape = &plan.treatment(host).shape;
    let platform = installer::installer(shape.platform);
    let notes = platform.notes(None, seen).into_iter().map(|note| note.said().to_owned());
    platform.remarks(shape, seen).into_iter().map(|remark| remark.text).chain(notes).collect()
}

/// Hosts with lines about them, those with the same lines together; nothing where there is none.
fn section<'a>(
    title: &str,
    hosts: impl Iterator<Item = (&'a str, &'a [String])>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut kinds: Vec<(&[String], Vec<&str>)> = Vec::new();
    let mut index = HashMap::new();
    for (name, lines) in hosts {
        let at = *index.entry(lines).or_insert_with(|| {
            kinds.push((lines, Vec::new()));
            kinds.len() - 1
        });
        kinds[at].1.push(name);
    }
    if kinds.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for (lines, names) in kinds {
        writeln!(out, "  {} ({})", fold(names.iter().copied()), counted(names.len(), "host"))?;
        for line in lines {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}
