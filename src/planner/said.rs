//! What are a run's rules in words?

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::course::Course;
use super::feasible::moment;
use crate::model::{Budget, Class, Gate, GateKind, Plan, Platform, Portion, counted};

/// The share of a wave that may be bad for an automatic gate to open, when the budget names none.
const GATE_LIMIT: Portion = Portion::Percent(10);

/// How the run goes: its ramp, its limits, its tries and its windows, a sentence each.
pub(super) fn rules(plan: &Plan, course: &Course<'_>) -> Vec<String> {
    let habits = habits(plan).into_iter().map(|(_, sentence)| sentence);
    habits.chain(windows(plan, course)).collect()
}

/// The rules that do not depend on hosts, each with what it is about.
pub(super) fn habits(plan: &Plan) -> Vec<(&'static str, String)> {
    let rules = &plan.rules;
    let mut said = Vec::new();
    if let Some(by) = &rules.spread_by {
        said.push(("waves", format!("waves are spread over `{by}`")));
    }
    if !rules.ramp.is_empty() {
        said.push(("ramp", format!("ramp {}", ramp(plan))));
    }
    if !rules.adaptive {
        said.push(("overload", "the rate is kept even when the appliance is overloaded".to_owned()));
    }
    said.push(("limits", budget(&rules.budget)));
    said.push(("tries", retries(plan)));
    if let Some(wait) = rules.wait_for_offline {
        let sentence = format!("hosts that are away are tried again for {}", length(wait * 1000));
        said.push(("hosts that are away", sentence));
    }
    said
}

fn ramp(plan: &Plan) -> String {
    let step = |(index, climb): (usize, &crate::model::Climb)| match climb.hosts {
        Some(hosts) if index == 0 => format!("{} for {}", climb.rate, counted(hosts, "client")),
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
            format!(" (a share counts from {} on)", counted(budget.sample, "host"))
        } else {
            String::new()
        };
        said.push(format!("{} of the last {}{sample}", limits.join(" or "), counted(budget.of_last, "host")));
    }
    if let Some(count) = budget.consecutive {
        said.push(format!("{count} failed in a row"));
    }
    match &said[..] {
        [] => "never halts by itself".to_owned(),
        said => format!("halts at {}", said.join(", or ")),
    }
}

fn retries(plan: &Plan) -> String {
    let retries = &plan.rules.retries;
    let mut by_times: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let has_packages =
        plan.treatments.iter().any(|treatment| treatment.shape.platform == Platform::WindowsMsi);
    // Nobody but Windows Installer fails like that.
    let concerns = |class: Class| class != Class::OrphanKey || has_packages;
    for (class, times) in retries.limits.iter().filter(|(class, _)| concerns(**class)) {
        by_times.entry(*times).or_default().push(class.word());
    }
    let times = by_times
        .into_iter()
        .map(|(times, classes)| format!("up to {} {}", counted(times, "time"), classes.join(", ")));
    let times: Vec<_> = times.collect();
    match &times[..] {
        [] => "tries nothing again".to_owned(),
        times => {
            let (first, longest) = (length(retries.first), length(retries.longest));
            format!("tries again {}; rests {first} first, {longest} at most", times.join("; "))
        }
    }
}

fn windows(plan: &Plan, course: &Course<'_>) -> Vec<String> {
    let mut hosts = vec![0; plan.windows.len()];
    for window in plan.hosts.iter().filter_map(|host| host.window) {
        hosts[window as usize] += 1;
    }
    let said = plan.windows.iter().zip(hosts).zip(0..).map(|((window, hosts), number)| {
        let opens = match window.occurrence(plan.created) {
            Some(open) if open.holds(plan.created) => format!(", open until {}", open.closes),
            Some(next) => format!(", opens {}, closes {}", next.opens, next.closes),
            None => ", does not open again".to_owned(),
        };
        let missed = course.missed.get(&number);
        let missed = missed.map_or(String::new(), |missed| format!("; {missed} would come too late"));
        format!("window {window}: {}{opens}{missed}", counted(hosts, "host"))
    });
    said.collect()
}

/// When a wave is done, where there is more than one.
pub(super) fn done(plan: &Plan, course: &Course<'_>, index: u32) -> Option<String> {
    let end = course.waves.get(&index).filter(|_| plan.waves.len() > 1)?;
    Some(moment(plan.created, *end).to_string())
}

/// What stands behind a wave.
pub(super) fn gate(plan: &Plan, gate: &Gate) -> String {
    match gate.kind {
        GateKind::Auto => {
            let limit = plan.rules.budget.failures.unwrap_or(GATE_LIMIT);
            format!(
                "gate auto: {} later every client of the wave is looked at again; it opens below {limit} bad hosts",
                length(gate.soak * 1000)
            )
        }
        GateKind::Manual => "gate manual: a person opens it".to_owned(),
        GateKind::None => "gate none: the next wave follows at once".to_owned(),
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
pub(super) fn length(milliseconds: u64) -> String {
    let length = SignedDuration::try_from(Duration::from_millis(milliseconds)).unwrap_or(SignedDuration::MAX);
    format!("{length:#}")
}
