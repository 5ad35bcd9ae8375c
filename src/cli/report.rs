//! What happened in a run?

use super::args::ReportArgs;
use super::{Problem, Surroundings, output};
use crate::model::{Event, Plan};
use crate::planner;
use crate::report::{Report, exporter};
use crate::store::{self, RunFolder};

/// `jumpfleet report`
pub fn run(around: &Surroundings, args: &ReportArgs) -> Result<u8, Problem> {
    let entry = around.state()?.find(&args.run)?;
    let (plan, events) = read(&entry.folder)?;
    let report = of(&plan, events);
    let exporter = exporter(&args.format).ok_or_else(|| Problem::usage("there is no such format"))?;
    output::result(args.output.as_deref(), |out| (exporter.write)(&report, out))?;
    Ok(super::exit::GOOD)
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
