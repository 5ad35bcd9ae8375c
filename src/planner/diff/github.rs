//! What does a GitHub job say of two plans? Annotations at the lines that decide what is different.

use std::io;

use super::difference::{Change, Difference, Group};
use super::{markdown, text};
use crate::ci::{Annotation, Level, Step};
use crate::model::counted;
use crate::report::names::fold_within;

/// The most characters of a folded list of hosts.
const MOST_NAMES: usize = 400;

/// Writes the annotations alone; errors are those of `out`.
pub(super) fn write(difference: &Difference, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(step(difference)?.commands().as_bytes())
}

/// Everything a step has to say of two plans; there are no errors but those of memory.
pub fn step(difference: &Difference) -> io::Result<Step> {
    let mut log = Vec::new();
    text::write(difference, &mut log)?;
    let changed = difference.changed.iter().map(|group| changed(difference, group));
    let added = difference.added.iter().map(|group| moved(difference, group, "added"));
    let removed = difference.removed.iter().map(|group| moved(difference, group, "removed"));
    Ok(Step {
        log: String::from_utf8_lossy(&log).into_owned(),
        annotations: changed.chain(added).chain(removed).collect(),
        rest: "the job summary has them all",
        summary: markdown::page(difference),
        brief: markdown::head(difference),
        outputs: vec![
            ("added", Difference::count(&difference.added).to_string()),
            ("removed", Difference::count(&difference.removed).to_string()),
            ("changed", Difference::count(&difference.changed).to_string()),
            ("unchanged", difference.unchanged.to_string()),
            ("settings", difference.settings.len().to_string()),
            ("same", difference.is_empty().to_string()),
        ],
    })
}

fn changed(difference: &Difference, group: &Group) -> Annotation {
    let said: Vec<_> = group.changes.iter().map(Change::said).collect();
    let place =
        group.changes.iter().filter(|change| !change.is_gone).find_map(|change| change.place.as_ref());
    let title = format!("{} treated differently", counted(group.hosts.len(), "host"));
    notice(difference, title, format!("{}\n{}", names(group), said.join("\n")), place.unwrap_or(&group.place))
}

fn moved(difference: &Difference, group: &Group, word: &str) -> Annotation {
    let title = format!("{} {word}", counted(group.hosts.len(), "host"));
    let mut annotation = notice(difference, title, format!("{}\n{}", names(group), group.what), &group.place);
    if word == "removed" {
        // Its line is one of the old file.
        annotation.spot = None;
    }
    annotation
}

fn names(group: &Group) -> String {
    format!("on {}", fold_within(group.hosts.iter().map(|name| &**name), MOST_NAMES))
}

fn notice(difference: &Difference, title: String, message: String, place: &str) -> Annotation {
    Annotation { level: Level::Notice, title, message, spot: difference.sources.spot(place) }
}
