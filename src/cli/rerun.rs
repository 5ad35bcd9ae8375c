//! Which hosts of an earlier run are tried again, and how are they planned anew?

use crate::model::{OutcomeKind, Rules};
use crate::planner;
use crate::report::names::fold_within;

use super::args::{RolloutArgs, Selection};
use super::plan::{self, Made};
use super::{Problem, Surroundings, inputs, output, report, rollout};

/// The most characters of a list of hosts in a message.
const MOST_NAMES: usize = 300;

/// How hosts ended that are tried again.
fn kinds(which: &str) -> Result<&'static [OutcomeKind], Problem> {
    match which {
        "failed" => Ok(&[OutcomeKind::Failed, OutcomeKind::Unreachable]),
        "outstanding" => Ok(&[OutcomeKind::NotStarted, OutcomeKind::Unknown, OutcomeKind::Unreachable]),
        _ => Err(Problem::usage(format!("`{which}` is no kind of hosts"))
            .hint("write --rerun failed or --rerun outstanding, and a run's name behind it")),
    }
}

/// A plan for those hosts of a run, from its settings and inventory as they are now; none when none is left.
pub fn make(
    around: &Surroundings,
    args: &RolloutArgs,
    which: &str,
    run: &str,
) -> Result<Option<Made>, Problem> {
    let kinds = kinds(which)?;
    let entry = around.state()?.find(run)?;
    let (done, events) = report::read(&entry.folder)?;
    if !done.task.installs() {
        return Err(Problem::usage(format!("run {} removed clients", entry.name))
            .hint("repeat it with `jumpfleet uninstall`: hosts without a client are left alone"));
    }
    let report = report::of(&done, events);
    let left: Vec<&str> = kinds.iter().flat_map(|kind| report.names_of(*kind)).collect();
    if left.is_empty() {
        let what = format!("Run {} has no {which} hosts: nothing is left to be done.", entry.name);
        output::say(around.global.quiet, &what);
        return Ok(None);
    }
    let inventory = done.inventory.clone();
    let around = around.with_settings(&done.settings);
    let pattern = pattern(&around, &Selection { inventory: inventory.clone(), limit: None }, left)?;
    let mut tuning = args.tuning.clone();
    let speed = &mut tuning.speed;
    speed.rate = speed.rate.or(Some(done.rate));
    speed.at_once = speed.at_once.or(Some(done.at_once));
    if let (None, Some((only, _)), 1) =
        (&tuning.release, done.releases.first_key_value(), done.releases.len())
    {
        tuning.release = Some(only.clone());
    }
    let selection = Selection { inventory, limit: Some(pattern) };
    let task = if args.replace { crate::model::Task::Replace } else { done.task };
    let mut made = plan::make_asking(&around, &selection, &tuning, task, args.how.offline)?;
    if !rollout::is_tuned(args) {
        let gates = std::mem::take(&mut made.plan.rules.gates);
        made.plan.rules = Rules { gates, ..done.rules };
        planner::refresh(&mut made.plan);
    }
    Ok(Some(made))
}

/// The pattern of these hosts; those that have left the inventory are named.
fn pattern(around: &Surroundings, selection: &Selection, names: Vec<&str>) -> Result<String, Problem> {
    let inventory = inputs::read(around, selection)??.inventory;
    let (there, gone): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| inventory.find(name).is_some());
    if !gone.is_empty() {
        let what = format!("no longer in the inventory: {}", fold_within(gone, MOST_NAMES));
        if there.is_empty() {
            return Err(Problem::usage(format!("all hosts that are left are {what}")));
        }
        output::say(around.global.quiet, &format!("warning: {what}"));
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match there.iter().find(|name| !name.chars().all(plain)) {
        Some(odd) => Err(Problem::usage(format!("the name `{odd}` has another meaning in a pattern"))
            .hint("name the hosts with --inventory and --limit")),
        None => Ok(there.join(",")),
    }
}
