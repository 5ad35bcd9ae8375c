//! The settings file.

use std::path::Path;

use jumpfleet::cli::settings::parse;

use crate::errors::assert_fit;
use crate::growth::{in_proportion, within};
use crate::trial::Trial;

const WORDS: &[&str] = &[
    "appliance:",
    "  site: ",
    "pra.example.org",
    "  model: cloud",
    "  licences: ",
    "  max_clients: ",
    "  clients: ",
    "releases:",
    "  main:",
    "    product: bomgar-pec",
    "    expires: ",
    "2035-01-01T00:00:00Z",
    "    key: ",
    "{env: KEY}",
    "{file: f}",
    "    overrides: [tag]",
    "    files: {linux_headless: 'a-*.bin'}",
    "rollout:",
    "  release: main",
    "  rate: 60/min",
    "  at_once: ",
    "  expected_install: ",
    "10s",
    "P1Y",
    "-5m",
    "9999999999h",
    "  permits_directory: ",
    "\n",
    " ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&a ",
    "*a",
    "<<: *a",
    "'",
    "\"",
    "~",
    "0x10",
    "1_0",
    "010",
    "1:30",
    "!!str ",
    "!x ",
    "---\n",
    "*",
];

#[test]
fn any_settings_are_read_or_refused_at_their_place() {
    Trial::of("settings", WORDS).text(|text| match parse(Path::new("jumpfleet.yaml"), text.to_owned()) {
        Ok(settings) => assert!(settings.rollout.at_once > 0),
        Err(mistakes) => assert_fit(&mistakes, &[("jumpfleet.yaml", text)]),
    });
}

#[test]
fn the_work_grows_with_the_text() {
    let read = |text: &str| drop(parse(Path::new("jumpfleet.yaml"), text.to_owned()));
    type Piece = fn(usize) -> String;
    let cases: &[(&str, usize, &str, Piece)] = &[
        ("unknown settings", 300, "appliance: {site: a}\n", |n| format!("x{n}: 1\n")),
        ("releases", 100, "appliance: {site: a}\nrollout: {release: x}\nreleases:\n", |n| {
            format!("  r{n}: {{product: bomgar-pec, files: {{linux_headless: a}}}}\n")
        }),
        ("releases in one line", 500, "appliance: {site: a}\nreleases: {", |n| format!("r{n}: 1, ")),
        ("overrides", 500, "appliance: {site: a}\nreleases:\n  a:\n    overrides: [", |_| "x, ".to_owned()),
        ("overrides that fit", 500, "appliance: {site: a}\nreleases:\n  a:\n    overrides:\n", |_| {
            "    - tag\n".to_owned()
        }),
        ("files", 200, "appliance: {site: a}\nreleases:\n  a:\n    files:\n", |n| format!("      f{n}: a\n")),
        ("a long site", 2000, "releases: {}\nappliance:\n  site: a", |_| "-a".to_owned()),
    ];
    for (what, pieces, before, piece) in cases {
        let text = |count: usize| {
            let body: String = (0..count).map(piece).collect();
            let end = if before.ends_with('{') {
                "}\n"
            } else if before.ends_with('[') {
                "]\n"
            } else {
                "\n"
            };
            format!("{before}{body}{end}")
        };
        in_proportion(what, *pieces, text, read);
    }
}

#[test]
fn deep_pits_and_bombs_are_refused() {
    let laughs: String =
        (1..30).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))).collect();
    for text in [
        "[".repeat(100_000),
        "{".repeat(100_000),
        "- ".repeat(100_000),
        "a: {".repeat(100_000),
        (0..3000).map(|n| " ".repeat(n) + "a:\n").collect(),
        format!("a0: &a0 [x]\n{laughs}"),
        format!("appliance: {{site: {}1{}}}\n", "[".repeat(250), "]".repeat(250)),
    ] {
        within(1 << 28, &text[..10], &text, |text| {
            let mistakes = parse(Path::new("jumpfleet.yaml"), text.to_owned()).expect_err("a refusal");
            assert_fit(&mistakes, &[("jumpfleet.yaml", text)]);
        });
    }
}
