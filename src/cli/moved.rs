//! Has the world moved since a plan was made?

use std::collections::HashSet;

use super::args::Selection;
use super::inputs::{self, Read};
use super::{Problem, Surroundings};
use crate::model::{Host, Input, InputKind, Plan};
use crate::planner;
use crate::store::{self, StoreError};

/// So many hosts are named that are not any more what the plan took them for.
const MOST_NAMED: usize = 5;

/// Says which files of a plan have moved since it was made; nothing if none has.
pub fn files(plan: &Plan) -> Vec<String> {
    let changed = |input: &Input| match store::digest(input.path.as_ref()) {
        Ok(digested) if digested.sha256 == input.sha256 => None,
        Ok(_) => Some(format!("`{}` was changed", inputs::short(&input.path))),
        Err(error) => Some(error.to_string()),
    };
    let mut moved: Vec<_> =
        plan.inputs.iter().filter(|input| input.kind.is_file()).filter_map(changed).collect();
    match added(plan) {
        Ok(added) => moved.extend(added),
        // A file that is gone was named above.
        Err(error) if moved.is_empty() => moved.push(error.to_string()),
        Err(_) => {}
    }
    moved
}

/// The files that the inventory has now and had not when the plan was made.
fn added(plan: &Plan) -> Result<Vec<String>, StoreError> {
    let found = store::find_inventory(&plan.inventory)?;
    let known: HashSet<&str> = plan.inputs.iter().map(|input| input.path.as_str()).collect();
    let paths = found.iter().filter_map(|found| found.path()).map(inputs::whole);
    let new = paths.filter(|path| !known.contains(path.as_str()));
    Ok(new.map(|path| format!("`{}` is new", inputs::short(&path))).collect())
}

/// Asks the inventory scripts of a plan again, and says which of its hosts are not what it took them for any more.
///
/// What a script prints may change at any time without a meaning for the plan: other hosts, other variables.
pub fn answers(around: &Surroundings, plan: &Plan) -> Result<Vec<String>, Problem> {
    let outputs = |inputs: &[Input]| -> Vec<Input> {
        inputs.iter().filter(|input| input.kind == InputKind::Output).cloned().collect()
    };
    let before = outputs(&plan.inputs);
    if before.is_empty() {
        return Ok(Vec::new());
    }
    let selection = Selection { inventory: plan.inventory.clone(), limit: None };
    let now = inputs::read(&around.with_settings(&plan.settings), &selection)??;
    if outputs(&now.inputs) == before {
        return Ok(Vec::new());
    }
    hosts(plan, &now)
}

fn hosts(plan: &Plan, now: &Read) -> Result<Vec<String>, Problem> {
    let ids: Vec<_> = plan.hosts.iter().filter_map(|host| now.inventory.find(&host.name)).collect();
    let mut resolved: Vec<Host> = Vec::with_capacity(ids.len());
    now.inventory.resolve_each(&ids, None, &mut |host| resolved.push(host))?;
    let mut resolved = resolved.into_iter().peekable();
    let mut told = Vec::new();
    for planned in &plan.hosts {
        let unlike = match resolved.next_if(|host| host.name == planned.name) {
            Some(host) => planner::unlike(plan, planned, &host),
            None => Some("is not in the inventory any more"),
        };
        told.extend(unlike.map(|unlike| format!("`{}` {unlike}", planned.name)));
    }
    let more = told.len().saturating_sub(MOST_NAMED);
    told.truncate(MOST_NAMED);
    if more > 0 {
        told.push(format!("so it is with {more} more"));
    }
    Ok(told)
}
