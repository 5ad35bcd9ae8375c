//! What is pasted into merge requests, tickets and job summaries before anything is done?
//!
//! GitHub refuses a job summary above 1 MiB as a whole, so everything here is written against a budget.

use std::fmt::Write as _;

use crate::model::counted;
use crate::planner::view::{Kind, Remark, Spoken, View, Wave};
use crate::report::markup::{code, fenced, prose};
use crate::report::names::fold_within;

use super::text::values;

/// The most bytes of a whole page.
pub(super) const MOST_BYTES: usize = 900 * 1024;
/// What is kept free for what was left out.
const MOST_REST: usize = 400;
/// The share that rules, releases and waves may fill.
const MOST_DETAILS: usize = 100 * 1024;
/// The share that findings may fill.
const MOST_REMARKS: usize = 100 * 1024;
/// The most characters of a folded list of hosts.
const MOST_NAMES: usize = 600;
/// So many kinds are shown unfolded.
const OPEN: usize = 3;

/// The plan in GitHub's Markdown, at most so many bytes but never less than its first lines.
pub(super) fn page(view: &View<'_>, budget: usize) -> String {
    let mut page = head(view);
    let head = page.len();
    let left = budget.saturating_sub(head + MOST_REST);
    let details = details(view, (left / 4).min(MOST_DETAILS));
    let remarks = remarks(view, (left / 4).min(MOST_REMARKS));
    page.push_str(&remarks);
    kinds(view, budget.saturating_sub(MOST_REST + details.len()), &mut page);
    page.push_str(&details);
    page
}

/// The first lines: how many, which, how long, how bad.
pub(super) fn head(view: &View<'_>) -> String {
    let mut page = String::new();
    let site = code(&view.plan.appliance.site);
    let _ = writeln!(page, "## Plan {} for {site}\n", code(view.id));
    let _ = writeln!(page, "**{}**\n", prose(&view.headline));
    if let Some(alarm) = &view.alarm {
        let _ = writeln!(page, "**{}**\n", prose(alarm));
    }
    if let Some(run) = &view.plan.undoes {
        let _ = writeln!(page, "- undoes run {}: clients of others are left alone", code(run));
    }
    let _ = writeln!(page, "- {}\n- {}\n", prose(&view.lasts), prose(&view.pace));
    if !view.platforms.is_empty() {
        page.push_str("| Platform | Hosts |\n|---|--:|\n");
    }
    for (platform, hosts) in &view.platforms {
        let _ = writeln!(page, "| `{platform}` | {hosts} |");
    }
    page
}

/// Adds blocks while there is room, then says how many were left out.
fn fill(blocks: impl ExactSizeIterator<Item = String>, what: &str, budget: usize, page: &mut String) {
    let all = blocks.len();
    for (at, block) in blocks.enumerate() {
        if page.len() + block.len() > budget {
            let _ = writeln!(page, "\n… and {} more {what}; `--format json` has them all.", all - at);
            return;
        }
        page.push_str(&block);
    }
}

fn remarks(view: &View<'_>, budget: usize) -> String {
    let mut page = String::new();
    if !view.findings.is_empty() {
        page.push_str("\n### What may go wrong\n\n");
        fill(view.findings.iter().map(remark), "findings", budget, &mut page);
    }
    if !view.unusual.is_empty() {
        page.push_str("\n### What is unusual\n\n");
        fill(view.unusual.iter().map(remark), "remarks", budget, &mut page);
    }
    page
}

fn remark(remark: &Remark) -> String {
    let place = remark.place.as_ref().map_or(String::new(), |place| format!(" ({})", code(place)));
    format!("- **{}**: {}{place} `{}`\n", remark.level, prose(&remark.message), remark.code)
}

fn kinds(view: &View<'_>, budget: usize, page: &mut String) {
    if view.kinds.is_empty() {
        return;
    }
    page.push_str("\n### What they hear\n\n");
    fill(view.kinds.iter().enumerate().map(|(at, kind)| block(at, kind)), "kinds of hosts", budget, page);
}

fn block(at: usize, kind: &Kind<'_>) -> String {
    let names = fold_within(kind.hosts.iter().map(|host| host.name.as_ref()), MOST_NAMES);
    let title = format!("**{}** {}", counted(kind.hosts.len(), "host"), code(&names));
    if let Some(nothing) = &kind.nothing {
        return format!("{title}\n\n{}\n\n", prose(nothing));
    }
    let mut block = format!("{title}\n\n{}\n\n", prose(&kind.who));
    for told in &kind.way {
        let _ = writeln!(block, "- {}", prose(told));
    }
    if at >= OPEN {
        block.push_str("<details><summary>what they hear</summary>\n");
    }
    block.push('\n');
    let spoken: Vec<_> = kind.told.iter().map(spoken).collect();
    fenced(&spoken.join("\n"), &mut block);
    for own in &kind.own {
        let _ = writeln!(block, "- {}", prose(&values(own)));
    }
    block.push_str(if at >= OPEN { "\n</details>\n\n" } else { "\n" });
    block
}

fn spoken(told: &Spoken) -> String {
    match told {
        Spoken::Step(step) => step.clone(),
        Spoken::Command(command) => {
            command.lines().map(|line| format!("$ {line}")).collect::<Vec<_>>().join("\n")
        }
    }
}

fn details(view: &View<'_>, budget: usize) -> String {
    let mut page = String::from("\n### How it goes\n\n");
    let mut lines: Vec<String> = view.rules.iter().map(|rule| format!("- {}\n", prose(rule))).collect();
    for release in &view.releases {
        lines.push(format!("- release {}\n", prose(&release.title)));
        lines.extend(release.files.iter().chain(&release.key).map(|file| format!("  - {}\n", prose(file))));
    }
    fill(lines.into_iter(), "lines", budget, &mut page);
    if view.waves.len() > 1 {
        page.push_str("\n| Wave | Hosts | Done | Then |\n|---|--:|---|---|\n");
        fill(view.waves.iter().map(wave), "waves", budget, &mut page);
    }
    page
}

fn wave(wave: &Wave) -> String {
    let done = wave.done.as_deref().unwrap_or_default();
    let gate = wave.gate.as_deref().unwrap_or_default();
    format!("| {} | {} | {done} | {} |\n", prose(&wave.title), wave.hosts, prose(gate))
}
