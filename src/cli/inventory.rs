//! Who is in the inventory, and what was said about each?

use clap::Args;

use super::args::{Format, Selection};
use super::{Problem, Surroundings, exit, inputs, output};

/// `jumpfleet inventory graph`
#[derive(Debug, Args)]
pub struct GraphArgs {
    /// The group to begin with
    #[arg(default_value = "all")]
    pub group: String,
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// With all variables: those that count for a host, and a group's own
    #[arg(long)]
    pub vars: bool,
}

/// Shows which group lies in which, and who is in it.
pub fn graph(around: &Surroundings, args: &GraphArgs) -> Result<u8, Problem> {
    let inventory = inputs::read(around, &args.selection)??.inventory;
    let selected = inputs::select(around, &inventory, args.selection.limit.as_deref())?;
    if args.vars {
        inputs::tell_shut(around, &inventory);
    }
    let mut unknown = None;
    output::print(|out| {
        let drawn = inventory.write_graph(&args.group, &selected.ids, args.vars, out);
        drawn.unwrap_or_else(|mistakes| {
            unknown = Some(mistakes);
            Ok(())
        })
    })?;
    unknown.map_or(Ok(exit::GOOD), |mistakes| Err(mistakes.into()))
}

/// `jumpfleet inventory list`
pub fn run(
    around: &Surroundings,
    selection: &Selection,
    format: Format,
    origins: bool,
) -> Result<u8, Problem> {
    let inventory = inputs::read(around, selection)??.inventory;
    let selected = inputs::select(around, &inventory, selection.limit.as_deref())?;
    inputs::tell_shut(around, &inventory);
    output::print(|out| match format {
        Format::Text => inventory.write_text(&selected.ids, out),
        Format::Json => inventory.write_json(&selected.ids, origins, out),
    })?;
    Ok(exit::GOOD)
}
