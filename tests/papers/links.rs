//! Does every link lead somewhere, and is every file that is named there?

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use regex::Regex;

use crate::none;
use crate::pages::{self, Page};

/// A page without its fenced blocks.
fn prose(page: &Page) -> String {
    let mut inside = false;
    let outside = |line: &&str| {
        let fence = line.starts_with("```");
        inside ^= fence;
        !inside && !fence
    };
    page.text.lines().filter(outside).map(|line| format!("{line}\n")).collect()
}

/// The names a page's headings can be linked to by, as GitHub makes them.
fn anchors(page: &Page) -> Vec<String> {
    let prose = prose(page);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.trim().to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The targets of a page's links that stay in the repository.
fn targets(page: &Page) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").expect("an expression");
    let prose = prose(page);
    let found = link.captures_iter(&prose).map(|found| found[1].to_owned());
    found.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// The page or file a link of `page` leads to, below the repository.
fn destination(page: &Page, path: &str) -> String {
    if path.is_empty() {
        return page.name.clone();
    }
    let mut parts = PathBuf::from(&page.name);
    parts.pop();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.display().to_string()
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages::all();
    let mut wrong = Vec::new();
    for page in &pages {
        for target in targets(page) {
            let (path, heading) = target.split_once('#').unwrap_or((&target, ""));
            let place = destination(page, path);
            let known = pages.iter().find(|known| known.name == place);
            if !pages::root().join(&place).exists() {
                wrong.push(format!("{} links to {place}, which is not there", page.name));
            } else if !heading.is_empty()
                && known.is_none_or(|known| !anchors(known).iter().any(|known| known == heading))
            {
                wrong.push(format!("{} links to {target}, and there is no such heading", page.name));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_page_is_linked_from_the_readme() {
    let readme = pages::page("README.md");
    let linked: Vec<String> = targets(&readme).iter().map(|target| destination(&readme, target)).collect();
    let lonely =
        pages::all().into_iter().filter(|page| page.name != "README.md" && !linked.contains(&page.name));
    none(&lonely.map(|page| format!("{} is not linked from the README", page.name)).collect::<Vec<_>>());
}

#[test]
fn every_file_that_is_named_is_there() {
    let named = Regex::new(r"(?:^|[\s`(])((?:scripts|tests|src|docs|inventories|templates|\.ci)/[\w./-]*\w)")
        .expect("an expression");
    let mut wrong = Vec::new();
    for page in pages::all() {
        for found in named.captures_iter(&page.text) {
            let name = &found[1];
            let path = pages::root().join(name);
            let executed = name.starts_with("scripts/") || name == "tests/stand_in/build";
            // What a person is told to make is written in capitals.
            if !name.contains("NAME") && !path.exists() && !is_a_link(&page, name) {
                wrong.push(format!("{} names {name}, which is not there", page.name));
            } else if executed && fs::metadata(&path).is_ok_and(|file| file.permissions().mode() & 0o111 == 0)
            {
                wrong.push(format!("{} names {name}, which cannot be executed", page.name));
            }
        }
    }
    none(&wrong);
}

fn is_a_link(page: &Page, path: &str) -> bool {
    targets(page).iter().any(|target| target.split('#').next() == Some(path))
}

/// A block whose commands nobody runs would sooner or later show what no longer happens.
#[test]
fn transcripts_stand_where_they_are_run() {
    let mut wrong = Vec::new();
    for page in pages::all() {
        let mut language = None;
        for (at, line) in page.text.lines().enumerate() {
            match (line.strip_prefix("```"), &language) {
                (Some(info), None) => language = info.split_whitespace().next().or(Some("")),
                (Some(_), Some(_)) => language = None,
                (None, Some(language)) if line.starts_with("$ ") && *language != "console" => {
                    wrong.push(format!("{}:{}: a command in a block that nobody runs", page.name, at + 1));
                }
                _ => {}
            }
        }
    }
    none(&wrong);
}
