//! Who is in the inventory, and what was said about each?

use super::args::{Format, Selection};
use super::{Problem, Surroundings, exit, inputs, output};

/// `jumpfleet inventory list`
pub fn run(
    around: &Surroundings,
    selection: &Selection,
    format: Format,
    origins: bool,
) -> Result<u8, Problem> {
    let inventory = inputs::read(around, selection)??.inventory;
    let selected = inputs::select(around, &inventory, selection.limit.as_deref())?;
    output::print(|out| match format {
        Format::Text => inventory.write_text(&selected.ids, out),
        Format::Json => inventory.write_json(&selected.ids, origins, out),
    })?;
    Ok(exit::GOOD)
}
