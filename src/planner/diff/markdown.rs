//! What is pasted into a merge request about two plans?

use std::fmt::Write as _;

use super::difference::{Difference, Group};
use crate::model::counted;
use crate::report::markup::{code, prose};
use crate::report::names::fold_within;

/// The most bytes of a whole page.
const MOST_BYTES: usize = 900 * 1024;
/// Up to so many bytes each section may fill the page, so that the later ones find room.
const SHARES: [usize; 4] = [200 * 1024, 450 * 1024, 550 * 1024, MOST_BYTES - 1024];
/// The most characters of a folded list of hosts.
const MOST_NAMES: usize = 600;

/// GitHub's Markdown, at most 900 KiB.
pub(super) fn page(difference: &Difference) -> String {
    let mut page = head(difference);
    section(
        "For all hosts",
        difference.settings.iter().map(|change| said(&change.said(), 0)),
        SHARES[0],
        &mut page,
    );
    let groups = [
        ("Treated differently", &difference.changed, SHARES[1]),
        ("Added", &difference.added, SHARES[2]),
        ("Removed", &difference.removed, SHARES[3]),
    ];
    for (title, groups, share) in groups {
        let title = format!("{title}: {}", counted(Difference::count(groups), "host"));
        section(&title, groups.iter().map(group), share, &mut page);
    }
    page
}

/// The first lines: how many, and which files.
pub(super) fn head(difference: &Difference) -> String {
    let mut page = String::from("## What the plan changes\n\n");
    let _ = writeln!(page, "**{}**\n", prose(&difference.headline()));
    for (word, side) in [("from", &difference.old), ("to", &difference.new)] {
        let id = side.plan_id.get(..12).unwrap_or(&side.plan_id);
        let _ =
            writeln!(page, "- {word} plan {}: {}; {}", code(id), prose(&side.headline), prose(&side.lasts));
    }
    for input in difference.inputs.iter().take(20) {
        let _ = writeln!(page, "- {}: {}", input.change, code(&difference.sources.path(&input.path)));
    }
    if difference.inputs.len() > 20 {
        let _ = writeln!(page, "- and {} more files", difference.inputs.len() - 20);
    }
    if difference.is_empty() {
        page.push_str("\nBoth plans do the same.\n");
    }
    page
}

fn section(title: &str, blocks: impl ExactSizeIterator<Item = String>, share: usize, page: &mut String) {
    let all = blocks.len();
    if all > 0 {
        let _ = writeln!(page, "\n### {title}\n");
    }
    for (at, block) in blocks.enumerate() {
        if page.len() + block.len() > share {
            let _ = writeln!(page, "\n… and {} more; `--format json` has them all.", all - at);
            return;
        }
        page.push_str(&block);
    }
}

fn group(group: &Group) -> String {
    let names = fold_within(group.hosts.iter().map(|name| &**name), MOST_NAMES);
    let mut block = format!("- {} {}", counted(group.hosts.len(), "host"), code(&names));
    if !group.what.is_empty() {
        let _ = write!(block, ": {} ({})", prose(&group.what), code(&group.place));
    }
    block.push('\n');
    group.changes.iter().for_each(|change| block.push_str(&said(&change.said(), 2)));
    block
}

fn said(text: &str, indent: usize) -> String {
    format!("{:indent$}- {}\n", "", code(text))
}
