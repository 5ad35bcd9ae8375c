//! What does a person read on a terminal about two plans?

use std::io::{self, Write};

use super::difference::{Difference, Group, Side};
use crate::model::counted;
use crate::report::names::fold_within;
use crate::report::{clean_line, defuse};

/// So many groups of a kind are shown.
const MOST_GROUPS: usize = 50;

/// The most characters of a folded list of hosts.
const MOST_NAMES: usize = 600;

/// Writes how many hosts came, went and are treated differently, then what is different; errors are those of `out`.
pub(super) fn write(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    side(out, "from", &difference.old)?;
    side(out, "to", &difference.new)?;
    line(out, 0, &difference.headline())?;
    if !difference.inputs.is_empty() {
        writeln!(out, "\nFiles")?;
    }
    for input in &difference.inputs {
        line(out, 2, &format!("{}: {}", input.change, difference.sources.path(&input.path)))?;
    }
    if !difference.settings.is_empty() {
        writeln!(out, "\nFor all hosts")?;
    }
    for change in difference.settings.iter().take(MOST_GROUPS) {
        line(out, 2, &change.said())?;
    }
    if let Some(more) = difference.settings.len().checked_sub(MOST_GROUPS).filter(|more| *more > 0) {
        writeln!(out, "  … and {more} more; --format json has them all")?;
    }
    groups(out, "Added", &difference.added)?;
    groups(out, "Removed", &difference.removed)?;
    groups(out, "Treated differently", &difference.changed)?;
    if difference.is_empty() { writeln!(out, "\nBoth plans do the same.") } else { Ok(()) }
}

fn side(out: &mut dyn Write, word: &str, side: &Side) -> io::Result<()> {
    let id = side.plan_id.get(..12).unwrap_or(&side.plan_id);
    line(out, 0, &format!("{word:<4} plan {id}: {}; {}", side.headline, side.lasts))
}

fn groups(out: &mut dyn Write, title: &str, groups: &[Group]) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title} ({})", counted(Difference::count(groups), "host"))?;
    for group in groups.iter().take(MOST_GROUPS) {
        let names = fold_within(group.hosts.iter().map(|name| &**name), MOST_NAMES);
        let what = if group.what.is_empty() {
            String::new()
        } else {
            format!(": {} (at {})", group.what, group.place)
        };
        line(out, 2, &format!("{names} ({}){what}", counted(group.hosts.len(), "host")))?;
        group.changes.iter().try_for_each(|change| line(out, 4, &change.said()))?;
    }
    let rest = groups.get(MOST_GROUPS..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(());
    }
    let left = counted(Difference::count(rest), "host");
    writeln!(out, "  … and {} more kinds of change on {left}; --format json has them all", rest.len())
}

/// A line with what may be a stranger's words in it.
fn line(out: &mut dyn Write, indent: usize, text: &str) -> io::Result<()> {
    writeln!(out, "{:indent$}{}", "", defuse(&clean_line(text)))
}
