//! What happened in a run?

use std::path::Path;

use super::args::ReportArgs;
use super::{Problem, Surroundings, actions, exit, output};
use crate::model::{Event, Plan};
use crate::planner;
use crate::report::{self, Comparison, Criterion, EXPORTERS, Report, exporter, judge, verdict};
use crate::store::{self, RunEntry, RunFolder, StateFolder};

/// `jumpfleet report`
pub fn run(around: &Surroundings, args: &ReportArgs) -> Result<u8, Problem> {
    if args.compare.is_none() && args.fail_on.iter().any(|criterion| criterion.needs_comparison()) {
        return Err(Problem::usage("new-failures needs an earlier run").hint("name it with --compare RUN"));
    }
    let state = around.state()?;
    let entry = state.find(&args.run)?;
    let mut report = whole(&entry.folder)?;
    report.sources.set_root(actions::root());
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

/// The run that another one is compared with.
fn earlier(state: &StateFolder, name: &str, entry: &RunEntry) -> Result<RunEntry, Problem> {
    let hint = "`jumpfleet runs` lists the runs there are";
    if name != "previous" {
        return match state.find(name)? {
            same if same.name == entry.name => {
                Err(Problem::usage(format!("run {} cannot be compared with itself", entry.name)).hint(hint))
            }
            other => Ok(other),
        };
    }
    let before = state.list()?.into_iter().take_while(|listed| listed.name != entry.name).last();
    before.ok_or_else(|| Problem::usage(format!("there is no run before {}", entry.name)).hint(hint))
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

/// The report of a run's folder.
fn whole(folder: &RunFolder) -> Result<Report, Problem> {
    let (plan, events) = read(folder)?;
    Ok(of(&plan, events))
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
