//! Who is in the inventory, and what was said about each?

use super::args::{Format, Selection};
use super::{Problem, Surroundings, exit, inputs, output};

/// `jumpfleet inventory list`
pub fn run(
    _around: &Surroundings,
    selection: &Selection,
    format: Format,
    origins: bool,
) -> Result<u8, Problem> {
    let read = inputs::read(selection)??;
    let ids = inputs::select(&read.inventory, selection)?;
    let _ = (format, origins, ids);
    output::print(|_| Ok(()))?;
    Ok(exit::GOOD)
}
