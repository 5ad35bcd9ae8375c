//! What are a run's rules in words?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use jiff::SignedDuration;

use super::counted;
use super::course::Course;
use super::feasible::moment;
use crate::model::{Budget, Gate, GateKind, Plan, Portion, Retries};

/// The share of a wave that may be bad for an automatic gate to open, when the budget names none.
const GATE_LIMIT: Portion = Portion::Percent(10);

/// Writes how the run goes: its ramp, its limits, its tries and its windows, each in a line.
pub(super) fn rules(plan: &Plan, course: &Course<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules = &plan.rules;
    if !rules.ramp.is_empty() {
        writeln!(out, "  ramp {}", ramp(plan))?;
    }
    if !rules.adaptive {
        writeln!(out, "  the rate is kept even when the appliance is overloaded")?;
    }
    writeln!(out, "  {}", budget(&rules.budget))?;
    writeln!(out, "  {}", retries(&rules.retries))?;
    if let Some(wait) = rules.wait_for_offline {
        writeln!(out, "  hosts that are away are tried again for {}", length(wait * 1000))?;
    }
    windows(plan, course, out)
}

fn ramp(plan: &Plan) -> String {
    let step = |(index, climb): (usize, &crate::model::Climb)| match climb.hosts {
        Some(hosts) if index == 0 => format!("{} for {hosts} clients", climb.rate),
        Some(hosts) => format!("{} for {hosts}", climb.rate),
        None if index == 0 => climb.rate.to_string(),
        None => format!("then {}", climb.rate),
    };
    plan.rules.ramp.iter().enumerate().map(step).collect::<Vec<_>>().join(", ")
}

fn budget(budget: &Budget) -> String {
    let limits = [(budget.failures, "failed"), (budget.unreachable, "unreachable")];
    let limits = limits.into_iter().filter_map(|(limit, what)| Some(format!("{} {what}", limit?)));
    let limits: Vec<_> = limits.collect();
    let mut said = Vec::new();
    if !limits.is_empty() {
        let sample = if limits.iter().any(|limit| limit.contains('%')) {
            format!(" (a share counts from {} on)", counted(budget.sample as usize))
        } else {
            String::new()
        };
        said.push(format!(
            "{} of the last {}{sample}",
            limits.join(" or "),
            counted(budget.of_last as usize)
        ));
    }
    if let Some(count) = budget.consecutive {
        said.push(format!("{count} failed in a row"));
    }
    match &said[..] {
        [] => "never halts by itself".to_owned(),
        said => format!("halts at {}", said.join(", or ")),
    }
}

fn retries(retries: &Retries) -> String {
    let mut by_times: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (class, times) in &retries.limits {
        by_times.entry(*times).or_default().push(class.word());
    }
    let times = by_times.into_iter().map(|(times, classes)| {
        let word = if times == 1 { "time" } else { "times" };
        format!("up to {times} {word} {}", classes.join(", "))
    });
    let times: Vec<_> = times.collect();
    match &times[..] {
        [] => "tries nothing again".to_owned(),
        times => {
            let (first, longest) = (length(retries.first), length(retries.longest));
            format!("tries again {}; rests {first} first, {longest} at most", times.join("; "))
        }
    }
}

fn windows(plan: &Plan, course: &Course<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut hosts = vec![0; plan.windows.len()];
    for window in plan.hosts.iter().filter_map(|host| host.window) {
        hosts[window as usize] += 1;
    }
    for ((window, hosts), number) in plan.windows.iter().zip(hosts).zip(0..) {
        write!(out, "  window {window}: {}", counted(hosts))?;
        match window.occurrence(plan.created) {
            Some(open) if open.holds(plan.created) => write!(out, ", open until {}", open.closes)?,
            Some(next) => write!(out, ", opens {}, closes {}", next.opens, next.closes)?,
            None => write!(out, ", does not open again")?,
        }
        match course.missed.get(&number) {
            Some(missed) => writeln!(out, "; {missed} would come too late")?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// Writes when a wave is done.
pub(super) fn wave(plan: &Plan, course: &Course<'_>, index: u32, out: &mut dyn Write) -> io::Result<()> {
    match course.waves.get(&index).filter(|_| plan.waves.len() > 1) {
        Some(end) => writeln!(out, ", done {}", moment(plan.created, *end)),
        None => writeln!(out),
    }
}

/// Writes what stands behind a wave.
pub(super) fn gate(plan: &Plan, gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    match gate.kind {
        GateKind::Auto => {
            let limit = plan.rules.budget.failures.unwrap_or(GATE_LIMIT);
            writeln!(
                out,
                "  gate auto: {} later every client of the wave is looked at again; it opens below {limit} bad hosts",
                length(gate.soak * 1000)
            )
        }
        GateKind::Manual => writeln!(out, "  gate manual: a person opens it"),
        GateKind::None => writeln!(out, "  gate none: the next wave follows at once"),
    }
}

/// What the reckoned time leaves out, where people have a say.
pub(super) fn people(plan: &Plan) -> String {
    match plan.rules.gates.iter().filter(|gate| gate.kind == GateKind::Manual).count() {
        0 => String::new(),
        1 => ", without the wait for a person at 1 gate".to_owned(),
        gates => format!(", without the wait for people at {gates} gates"),
    }
}

/// Milliseconds, such as `5m`.
fn length(milliseconds: u64) -> String {
    let length = SignedDuration::try_from(Duration::from_millis(milliseconds)).unwrap_or(SignedDuration::MAX);
    format!("{length:#}")
}
