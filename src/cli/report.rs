//! What happened in a run?

use std::path::Path;

use super::args::ReportArgs;
use super::{Problem, Surroundings, actions, exit, output, saved};
use crate::model::{Event, Happening, Plan};
use crate::planner;
use crate::report::{self, Comparison, Criterion, EXPORTERS, Report, exporter, judge, verdict};
use crate::store::{self, RunEntry, RunFolder, StateFolder};

/// `jumpfleet report`
pub fn run(around: &Surroundings, args: &ReportArgs) -> Result<u8, Problem> {
    if args.compare.is_none() && args.fail_on.iter().any(|criterion| criterion.needs_comparison()) {
        return Err(Problem::usage("new-failures needs an earlier run").hint("name it with --compare RUN"));
    }
    let state = around.state()?;
    let entry = match &args.plan {
        Some(path) => carried_out(&state, path)?,
        None => state.find(&args.run)?,
    };
    let mut report = whole(&entry.folder)?;
    actions::settle(&mut report.sources);
    if let Some(name) = &args.compare {
        let earlier = earlier(&state, name, &entry)?;
        report.since = Some(Comparison::between(&whole(&earlier.folder)?, &report));
    }
    match &args.output_dir {
        Some(folder) => write_all(around, &report, folder)?,
        None => write_one(&report, args)?,
    }
    Ok(judged(&report, &args.fail_on))
}

/// The newest run of a saved plan: a rollout that was refused has none, and no other run answers for it.
fn carried_out(state: &StateFolder, path: &Path) -> Result<RunEntry, Problem> {
    let plan = saved::plan(path)?;
    let is_of_plan = |entry: &RunEntry| {
        let first = store::ends(&entry.folder.journal()).ok().flatten().map(|(first, _)| first.what);
        matches!(first, Some(Happening::RunStarted { plan_id, .. }) if plan_id == plan.plan_id)
    };
    state.list()?.into_iter().rev().find(is_of_plan).ok_or_else(|| {
        Problem::usage(format!("no run has carried out `{}`", path.display()))
            .hint("a rollout that was refused makes no run; `jumpfleet runs` lists the runs there are")
    })
}

/// The run that another one is compared with.
fn earlier(state: &StateFolder, name: &str, entry: &RunEntry) -> Result<RunEntry, Problem> {
    let hint = "`jumpfleet runs` lists the runs there are";
    let list = state.list()?;
    if name != "previous" {
        return match state.find(name)? {
            same if same.name == entry.name => {
                Err(Problem::usage(format!("run {} cannot be compared with itself", entry.name)).hint(hint))
            }
            other if place(&list, &other) > place(&list, entry) => {
                Err(Problem::usage(format!("run {} began after {}", other.name, entry.name))
                    .hint("name an earlier run to compare with"))
            }
            other => Ok(other),
        };
    }
    let of = kind(entry)?;
    let place = place(&list, entry).unwrap_or_default();
    let alike = |listed: &&RunEntry| kind(listed).is_ok_and(|kind| kind == of);
    if let Some(before) = list[..place].iter().rev().find(alike) {
        return Ok(before.clone());
    }
    let what = format!("there is no run before {} with the same task and site", entry.name);
    Err(Problem::usage(what).hint("name another run with --compare RUN; `jumpfleet runs` lists them"))
}

/// What a run has to have in common with another one to be compared with it unasked: whether it installs, and the site.
fn kind(entry: &RunEntry) -> Result<(bool, String), Problem> {
    let plan = plan(&entry.folder)?;
    Ok((plan.task.installs(), plan.appliance.site))
}

fn place(list: &[RunEntry], run: &RunEntry) -> Option<usize> {
    list.iter().position(|listed| listed.name == run.name)
}

fn write_one(report: &Report, args: &ReportArgs) -> Result<(), Problem> {
    if args.format == report::GITHUB && args.output.is_none() {
        return actions::tell(&report::step(report).map_err(Problem::tool)?);
    }
    let exporter = exporter(&args.format).ok_or_else(|| Problem::usage("there is no such format"))?;
    output::result(args.output.as_deref(), |out| (exporter.write)(report, out))
}

/// Writes a file for each format, each whole or not at all.
fn write_all(around: &Surroundings, report: &Report, folder: &Path) -> Result<(), Problem> {
    store::make_private(folder)?;
    for exporter in EXPORTERS {
        store::write_whole(&folder.join(exporter.file), |out| (exporter.write)(report, out))?;
    }
    let files: Vec<_> = EXPORTERS.iter().map(|exporter| exporter.file).collect();
    output::say(around.global.quiet, &verdict(report));
    output::say(around.global.quiet, &format!("Written to {}: {}", folder.display(), files.join(", ")));
    Ok(())
}

/// The exit code that was asked for, and why on standard error.
fn judged(report: &Report, criteria: &[Criterion]) -> u8 {
    let Some((code, reasons)) = judge(report, criteria) else { return exit::GOOD };
    for reason in reasons {
        output::say(false, &format!("fails on {reason}"));
    }
    code
}

/// The report of a run's folder, as far as the run has come.
fn whole(folder: &RunFolder) -> Result<Report, Problem> {
    // Asked first: a run that ends meanwhile has all its events then.
    let live = store::is_held(&folder.journal())?;
    let (plan, events) = read(folder)?;
    Ok(if live { Report::of_live(&plan, events) } else { of(&plan, events) })
}

/// Reads a run's plan and journal.
pub fn read(folder: &RunFolder) -> Result<(Plan, Vec<Event>), Problem> {
    let plan = plan(folder)?;
    let events = store::read_events(&folder.journal())?;
    Ok((plan, events))
}

/// Reads the plan a run carries out.
pub fn plan(folder: &RunFolder) -> Result<Plan, Problem> {
    let path = folder.plan();
    let text = store::read_text(&path)?;
    planner::parse(text.as_bytes())
        .map_err(|error| Problem::tool(format!("`{}` cannot be used: {error}", path.display())))
}

/// The report of a run, live or long past: the same fold over the same journal.
pub fn of(plan: &Plan, events: Vec<Event>) -> Report {
    Report::of(plan, events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Task;

    #[test]
    fn previous_is_the_run_before_with_the_same_task_and_site() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        let mut plan: Plan = serde_json::from_str(include_str!("../../tests/report/plan.json")).unwrap();
        let mut begin = |name: &str, task, site: &str| {
            plan.task = task;
            plan.appliance.site = site.to_owned();
            planner::identify(&mut plan);
            let run = state.new_run(name).unwrap();
            store::write_whole(&run.plan(), |out| planner::write_json(&plan, out)).unwrap();
            store::write_whole(&run.journal(), |_| Ok(())).unwrap();
        };
        for (name, task, site) in [
            ("20260501T100000Z-aaaa", Task::Install, "a.example.org"),
            ("20260501T110000Z-bbbb", Task::Uninstall, "a.example.org"),
            ("20260501T120000Z-cccc", Task::Install, "b.example.org"),
            ("20260501T130000Z-dddd", Task::Replace, "a.example.org"),
        ] {
            begin(name, task, site);
        }
        let before = |name: &str, run: &str| {
            earlier(&state, name, &state.find(run).unwrap()).map(|entry| entry.name).ok()
        };
        assert_eq!(before("previous", "latest").as_deref(), Some("20260501T100000Z-aaaa"));
        for alone in ["20260501T10", "20260501T11", "20260501T12"] {
            assert_eq!(before("previous", alone), None, "{alone}");
        }
        // Named, any earlier one is taken, and the comparison says what is odd about it.
        assert_eq!(before("20260501T12", "latest").as_deref(), Some("20260501T120000Z-cccc"));
        assert_eq!(before("latest", "20260501T12"), None);
    }
}
