//! What does a table say that endpoint tools export: a host a row?

mod cells;
mod columns;

use std::collections::HashMap;
use std::sync::Arc;

use super::build::Build;
use super::check::shown;
use super::complaint::{Flaw, is_secret_name};
use super::members::UNGROUPED;
use super::scalar::UNSAFE;
use super::yaml::{Mark, Stop};
use crate::model::{Value, Variables};
use crate::template::is_template;
use cells::{Cell, Table};

pub use columns::Columns;
use columns::Meaning;

/// Takes in a whole table; its cells are text, and never templates.
pub fn read(build: &mut Build, text: &str) -> Result<(), Stop> {
    let columns = build.columns.clone();
    let mut table = Table::of(text, columns.delimiter);
    build.delimiter = Some(table.delimiter());
    let Some(header) = table.row() else {
        let hint = "a table begins with a row that names its columns";
        build.wrong(Mark { line: 1, column: 1 }, Flaw::new("the file is empty").hint(hint));
        return Ok(());
    };
    let (meaning, flaws) = Meaning::of(&header, &columns);
    for (mark, flaw) in flaws {
        build.wrong(mark, flaw);
    }
    let Some(meaning) = meaning else { return Err(Stop) };
    let secret = header.iter().position(|cell| is_secret_name(&cell.text));
    let mut seen: HashMap<Arc<str>, u32> = HashMap::new();
    while let Some(row) = table.row() {
        if row.iter().all(|cell| cell.text.trim().is_empty()) {
            continue;
        }
        if let Some(cell) = secret.and_then(|at| row.get(at)) {
            build.hide(cell.mark, cell.last);
        }
        if let Some(open) = row.iter().find(|cell| cell.is_open) {
            let flaw = Flaw::new("the quote that begins here is never closed");
            build.wrong(open.mark, flaw.hint("close it; a quote inside of quotes is written twice"));
            return Err(Stop);
        }
        match fits(&row, header.len()) {
            Ok(()) => host(build, &meaning, &row, &mut seen)?,
            Err(flaw) => build.wrong(row[0].mark, flaw),
        }
    }
    Ok(())
}

/// Whether a row has as many cells as the header; empty ones at its end do not count.
fn fits(row: &[Cell<'_>], columns: usize) -> Result<(), Flaw> {
    let filled = row.iter().rposition(|cell| !cell.text.trim().is_empty()).map_or(0, |at| at + 1);
    if row.len() == columns || row.len() > columns && filled <= columns {
        return Ok(());
    }
    let what = format!("this row has {} cells, and the first row names {columns} columns", row.len());
    Err(Flaw::new(what).hint("a cell with the separator, a quote or a line end in it stands in quotes"))
}

/// Takes in the host of one row.
fn host(
    build: &mut Build,
    meaning: &Meaning,
    row: &[Cell<'_>],
    seen: &mut HashMap<Arc<str>, u32>,
) -> Result<(), Stop> {
    let cell = &row[meaning.host];
    let name = cell.text.trim();
    if name.is_empty() {
        let flaw = Flaw::new("this row names no host");
        build.wrong(cell.mark, flaw.hint("fill the cell, or take the row out"));
        return Ok(());
    }
    if let Some(line) = seen.insert(name.into(), cell.mark.line) {
        let flaw = Flaw::new(format!("host `{}` is here a second time", shown(name)));
        let hint = format!("it stands in line {line} already: keep one of the two");
        build.wrong(cell.mark, flaw.hint(hint));
        return Ok(());
    }
    let Some(named) = build.named_alone(name, cell.mark)? else { return Ok(()) };
    let mut variables = Variables::new();
    for (at, name) in &meaning.variables {
        let cell = &row[*at];
        if !cell.text.trim().is_empty() {
            variables.push(build.variable(name, cell.mark, (value(&cell.text), cell.mark), cell.last));
        }
    }
    let mut grouped = false;
    for at in &meaning.groups {
        let cell = &row[*at];
        let Some(group) = group_name(&cell.text).and_then(|name| build.group(&name, cell.mark)) else {
            continue;
        };
        build.define(group);
        build.hosts(&named, group, Vec::new());
        grouped = true;
    }
    if !grouped {
        build.hosts(&named, UNGROUPED, Vec::new());
    }
    build.variables_of(&named, variables);
    Ok(())
}

/// What a cell says, without the blanks around it.
fn value(text: &str) -> Value {
    let text = Value::Text(text.trim().into());
    match &text {
        Value::Text(inner) if is_template(inner) => Value::Map(Arc::from([(UNSAFE.into(), text)])),
        _ => text,
    }
}

/// The name of the group for a cell: what is no letter, digit or `_` becomes `_`, and no digit comes first.
fn group_name(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '_' };
    let name: String = text.chars().map(fits).collect();
    match name.chars().next()? {
        first if first.is_numeric() => Some(format!("_{name}")),
        _ => Some(name),
    }
}
