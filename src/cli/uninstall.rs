//! Which clients shall go?

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::model::{Event, Happening, Outcome, Plan, Task};
use crate::planner::{self, Removal};
use crate::store::Journal;

use super::args::{Speed, UndoArgs, UninstallArgs};
use super::plan::{self, Files, Made};
use super::{Problem, Surroundings, VERSION, exit, inputs, output, report, rollout, site};

/// `jumpfleet uninstall`
pub fn run(around: &Surroundings, args: &UninstallArgs) -> Result<u8, Problem> {
    let tuning = &args.tuning;
    let made = match &args.plan {
        Some(path) => {
            let tuned = tuning.is_given() || args.selection.limit.is_some();
            let made = rollout::saved_plan(around, path, tuned, tuning.speed.exceed_vendor_rate)?;
            if made.plan.task.installs() {
                return Err(Problem::usage("the plan installs clients")
                    .hint(format!("carry it out with: jumpfleet rollout {}", path.display())));
            }
            made
        }
        None => plan::make_asking(around, &args.selection, tuning, Task::Uninstall, args.how.offline)?,
    };
    rollout::begin(around, &args.how, made)
}

/// `jumpfleet undo`
pub fn undo(around: &Surroundings, args: &UndoArgs) -> Result<u8, Problem> {
    let entry = around.state()?.find(&args.run)?;
    // Held to the end: nobody goes on with a run that is being undone.
    let (_journal, events) = Journal::resume(&entry.folder.journal())?;
    let mut done = report::plan(&entry.folder)?;
    if !done.task.installs() {
        return Err(Problem::usage(format!("run {} removed clients: it cannot be undone", entry.name))
            .hint("install them again with `jumpfleet rollout`"));
    }
    // Also those whose client was found dead or was not found again later: it may still be there, and only
    // a client with this run's mark is removed.
    let was_installed = |event: &Event| match &event.what {
        Happening::HostFinished { outcome: Outcome::Installed { .. }, .. } => event.host.clone(),
        _ => None,
    };
    let installed: HashSet<Arc<str>> = events.iter().filter_map(was_installed).collect();
    let is_meant = inputs::limited(around, &done, args.limit.as_deref())?;
    if !installed.iter().any(&is_meant) {
        let what = format!("Run {} installed no client here: nothing is left to be undone.", entry.name);
        output::say(around.global.quiet, &what);
        return Ok(exit::GOOD);
    }
    pace(&mut done, &args.speed)?;
    done.limit.clone_from(&args.limit);
    let hosts = |name: &Arc<str>| installed.contains(name) && is_meant(name);
    let mut made = removal(done, Some(entry.name), &hosts)?;
    site::hear_removal(&mut made.plan, args.how.offline)?;
    rollout::begin(around, &args.how, made)
}

/// The removal of what a plan was for, ready to be carried out or looked at.
pub fn removal(
    done: Plan,
    undoes: Option<String>,
    hosts: &dyn Fn(&Arc<str>) -> bool,
) -> Result<Made, Problem> {
    let settings = inputs::settings_at(Path::new(&done.settings))?.rollout;
    let wanted = Removal { now: Surroundings::now(), tool_version: VERSION, undoes, hosts };
    let plan = planner::removal(done, wanted);
    let Files { files, keys } = plan::relocate(&plan).map_err(|stale| Problem::stale(stale.join("; ")))?;
    Ok(Made { plan, files, keys, settings })
}

/// Gives the plan the pace that was asked for.
fn pace(plan: &mut Plan, speed: &Speed) -> Result<(), Problem> {
    plan.at_once = speed.at_once.unwrap_or(plan.at_once);
    plan.rate = speed.allowed(plan.rate, [])?;
    plan.estimate.interval = plan.rate.interval().as_secs_f64();
    Ok(())
}
