//! Are the hosts still as planned?

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::model::{Observation, Outcome, Plan, PlannedHost, Task};
use crate::planner;
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
    // A look needs no removal.
    made.plan.findings.retain(|finding| finding.code != planner::NO_REMOVAL);
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
            let (state, found) = match look {
                Ok(seen) => match drift(plan, host, &seen) {
                    found if found.is_empty() => (State::AsPlanned, found),
                    found => (State::Drift, found),
                },
                Err(outcome) => (State::Unreachable, vec![said(&outcome)]),
            };
            Checked { name: host.name.clone(), state, found }
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
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let all = output::hosts(self.hosts.len() as u64);
        let word = match self.exit_code() {
            exit::GOOD => return writeln!(out, "AS PLANNED: {all}"),
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
        self.section("NOT LOOKED AT", State::Unreachable, out)
    }

    /// The hosts of a state, those with the same findings together.
    fn section(&self, title: &str, state: State, out: &mut dyn Write) -> io::Result<()> {
        let mut kinds: Vec<(&[String], Vec<&str>)> = Vec::new();
        let mut index = HashMap::new();
        for host in self.hosts.iter().filter(|host| host.state == state) {
            let at = *index.entry(&*host.found).or_insert_with(|| {
                kinds.push((&host.found, Vec::new()));
                kinds.len() - 1
            });
            kinds[at].1.push(&host.name);
        }
        if kinds.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{title}")?;
        for (found, names) in kinds {
            writeln!(out, "  {} ({})", fold(names.iter().copied()), output::hosts(names.len() as u64))?;
            for line in found {
                writeln!(out, "    {line}")?;
            }
        }
        Ok(())
    }
}
