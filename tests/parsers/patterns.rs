//! What `--limit` says, and the files behind its `@`.

use jumpfleet::inventory::{Inventory, Pattern};
use jumpfleet::model::Mistakes;

use crate::errors::assert_fit;
use crate::growth::{in_proportion, within};
use crate::inventory::read;
use crate::trial::Trial;

const WORDS: &[&str] = &[
    "all", "web", "h1", "h2", "!", "&", "~", ":", ",", "*", "?", "[", "]", "[0]", "[-1]", "[1:]", "[0:2]",
    "[!a]", "(", ")", "|", "\\", "{1,9}", "{999}", "^", "$", "@limit", "@", "-", "\n",
];

fn fleet(hosts: usize) -> Inventory {
    let names: String = (0..hosts).map(|n| format!("    h{n}:\n")).collect();
    read(&format!("web:\n  hosts:\n{names}db:\n  hosts:\n    d1:\n")).expect("an inventory")
}

fn select(inventory: &Inventory, text: &str, file: &str) -> Result<usize, Mistakes> {
    let pattern = Pattern::parse(text, &mut |path| match path {
        "limit" => Ok(file.to_owned()),
        _ => Err("there is none".to_owned()),
    })?;
    inventory.select(Some(&pattern)).map(|selection| {
        assert!(selection.ids.is_sorted(), "out of order");
        selection.ids.len()
    })
}

#[test]
fn any_pattern_chooses_hosts_or_is_refused() {
    let inventory = fleet(20);
    Trial::of("patterns", WORDS).text(|text| {
        for (pattern, file) in [(text, ""), ("@limit", text)] {
            if let Err(mistakes) = select(&inventory, pattern, file) {
                assert_fit(&mistakes, &[("limit", file)]);
            }
        }
    });
}

#[test]
fn the_work_grows_with_the_pattern_and_the_fleet() {
    let inventory = fleet(100);
    for (what, piece) in [
        ("names", "h1,"),
        ("exclusions", "!h2,"),
        ("sets", "h[0-9]*,"),
        ("stars", "*"),
        ("brackets", "[a"),
        ("ors", "a|"),
    ] {
        let read = |text: &str| drop(select(&inventory, text, ""));
        in_proportion(what, 30, |count| piece.repeat(count) + "all", read);
    }
    for (what, sign, name) in
        [("hosts", "", "h"), ("left out", "!", "h"), ("nobody", "", "x"), ("nobody left out", "!", "x")]
    {
        // As many lines as hosts: what is left of a fleet that failed.
        let lines = |count| (0..count).map(|n| format!("{sign}{name}{n}\n")).collect();
        in_proportion(what, 1000, lines, |text| {
            drop(select(&fleet(text.lines().count()), "@limit", text));
        });
    }
}

#[test]
fn deep_and_huge_expressions_are_refused() {
    let inventory = fleet(3);
    for text in [
        format!("~{}", "(".repeat(100_000)),
        format!("~{}a{}", "(".repeat(100_000), ")".repeat(100_000)),
        "~((a{1000}){1000}){1000}".to_owned(),
        format!("~{}", r"\w{500}".repeat(1000)),
        "[".repeat(100_000),
        r"~\w{200}{20},".repeat(50),
        "*".repeat(100_000),
    ] {
        within(1 << 28, &text[..12], &text, |text| drop(select(&inventory, text, "")));
    }
}
