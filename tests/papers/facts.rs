//! Is everything described that the program knows, and is what is described what it knows?

use std::fs;
use std::path::Path;

use jumpfleet::installer::codes;
use jumpfleet::inventory::schema::KNOWN;
use jumpfleet::model::{Class, Note, OutcomeKind, Phase, Platform, Product, Rule};
use jumpfleet::planner;
use jumpfleet::report::EXPORTERS;
use jumpfleet::watch::{Occasion, Shape};
use regex::Regex;

use crate::pages::{self, page};
use crate::{jumpfleet, none, printed};

/// Complains about every word that has no row in the page's tables.
#[track_caller]
fn has_rows<'w>(name: &str, words: impl IntoIterator<Item = &'w str>) {
    let text = page(name).text;
    let first = |line: &str| line.strip_prefix('|')?.split('|').next().map(str::to_owned);
    let cells: Vec<String> = text.lines().filter_map(first).collect();
    let lacks = |word: &&str| !cells.iter().any(|cell| cell.contains(&format!("`{word}`")));
    none(
        &words
            .into_iter()
            .filter(lacks)
            .map(|word| format!("{name} has no row for `{word}`"))
            .collect::<Vec<_>>(),
    );
}

fn source(path: &str) -> String {
    fs::read_to_string(pages::root().join("src").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text of every source file in a folder of `src`.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(&path).expect("a source file");
        }
    }
    text
}

fn all(pattern: &str, text: &str) -> Vec<String> {
    let regex = Regex::new(pattern).expect("an expression");
    let mut found: Vec<String> = regex.captures_iter(text).map(|found| found[1].to_owned()).collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn the_table_of_variables_is_the_schema() {
    let wanted: Vec<String> = KNOWN
        .iter()
        .map(|known| format!("| `{}` | {} | {} |", known.name, known.takes, known.about))
        .collect();
    let text = page("docs/inventory.md").text;
    let written: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| `jc_") || line.starts_with("| `ansible_")).collect();
    assert_eq!(written.join("\n"), wanted.join("\n"), "docs/inventory.md does not show the schema");
}

#[test]
fn every_setting_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = "x: 1\nappliance: {x: 1}\nreleases: {main: {x: 1}}\nrollout: \
                 {x: 1, gates: {x: 1}, ramp: [{x: 1}], budget: {x: 1}, retries: {x: 1}}\nnotify: {x: 1}\n\
                 inventory: {x: 1, csv: {x: 1}}\n";
    fs::write(folder.path().join("jumpfleet.yaml"), wrong).expect("a file");
    fs::write(folder.path().join("fleet.yaml"), "web: {hosts: {web01: }}\n").expect("a file");
    let done = jumpfleet(folder.path(), &["plan", "-i", "fleet.yaml"]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let lists = all(r"= it has: (.*)", &said);
    assert_eq!(lists.len(), 11, "{said}");
    let keys: Vec<&str> = lists.iter().flat_map(|list| list.split(", ")).collect();
    let text = page("docs/settings.md").text;
    let missing = keys.iter().filter(|key| !text.contains(&format!("`{key}`")));
    none(&missing.map(|key| format!("docs/settings.md does not describe `{key}`")).collect::<Vec<_>>());
    let rows = all(r"(?m)^\| `([a-z_]+)` \|", &text);
    let invented = rows.iter().filter(|row| !keys.contains(&row.as_str()));
    none(
        &invented
            .map(|row| format!("docs/settings.md describes `{row}`, which is no setting"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_word_of_the_settings_is_described() {
    let text = page("docs/settings.md").text;
    let models = all(r#"\("([a-z]+\d*)", [\d_]+\)"#, &source("cli/settings/table.rs"));
    assert_eq!(models.len(), 8, "{models:?}");
    let products = Product::ALL.iter().map(|product| product.word());
    let words = models.iter().map(String::as_str).chain(["cloud"]).chain(products);
    let missing = words.filter(|word| !text.contains(&format!("`{word}`")));
    none(&missing.map(|word| format!("docs/settings.md lacks `{word}`")).collect::<Vec<_>>());
}

#[test]
fn every_outcome_class_and_rule_is_described() {
    let outcomes = OutcomeKind::ALL.iter().map(|kind| kind.word());
    let classes = Class::ALL.iter().map(|class| class.word());
    has_rows("docs/outcomes.md", outcomes.chain(classes).chain(Rule::ALL.iter().map(|rule| rule.word())));
    let known: Vec<&str> = Class::ALL.iter().map(|class| class.word()).collect();
    let text = page("docs/outcomes.md").text;
    let (_, tables) = text.split_once("\n## failed\n").expect("a heading");
    let invented = all(r"(?m)^\| `([a-z_]+)` \|", tables);
    let invented = invented.iter().filter(|class| !known.contains(&class.as_str()));
    none(
        &invented
            .map(|class| format!("docs/outcomes.md has `{class}`, which is no class"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_note_is_described() {
    has_rows("docs/outcomes.md", Note::ALL.iter().map(|note| note.word()));
}

/// With `JUMPFLEET_BLESS=1` in the environment the table is written instead of compared.
#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let text = page("docs/windows.md").text;
    let (before, rest) = text.split_once("<!-- codes -->\n").expect("the table's beginning");
    let (written, after) = rest.split_once("<!-- end of codes -->").expect("the table's end");
    let wanted = codes::table();
    if std::env::var("JUMPFLEET_BLESS").is_ok() {
        let text = format!("{before}<!-- codes -->\n{wanted}<!-- end of codes -->{after}");
        fs::write(pages::root().join("docs/windows.md"), text).expect("the page can be written");
    } else {
        assert_eq!(written, wanted, "docs/windows.md is old: JUMPFLEET_BLESS=1 cargo test --test papers");
    }
}

#[test]
fn every_phase_of_a_visit_is_described() {
    let phases = [
        Phase::Connect,
        Phase::Probe,
        Phase::Stage,
        Phase::Permit,
        Phase::Install,
        Phase::Start,
        Phase::Verify,
        Phase::Clean,
    ];
    has_rows("docs/rollout.md", phases.map(Phase::word));
}

#[test]
fn every_finding_is_described() {
    let planner = sources(&pages::root().join("src/planner"));
    let codes = all(r#"FindingLevel::\w+,\s*"([a-z_]+)""#, &planner);
    assert!(codes.len() >= 10, "{codes:?}");
    has_rows("docs/plan.md", codes.iter().map(String::as_str));
}

#[test]
fn every_finding_of_lint_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("jumpfleet.yaml"), "appliance: {site: a.example}\nreleases: {}\n")
        .expect("a file");
    let done = jumpfleet(folder.path(), &["lint", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_slice(&done.stdout).expect("SARIF");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    let row = |rule: &serde_json::Value| {
        let text = |pointer: &str| {
            rule.pointer(pointer).and_then(serde_json::Value::as_str).expect("a text").to_owned()
        };
        let (level, about) = (text("/defaultConfiguration/level"), text("/shortDescription/text"));
        format!("| `{}` | {level} | {about} |", text("/id"))
    };
    let wanted: Vec<String> = rules.iter().map(row).collect();
    let page = page("docs/lint.md").text;
    let (_, table) = page.split_once("## Findings").expect("a heading");
    let written: Vec<&str> =
        table.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 4).collect();
    assert_eq!(written.join("\n"), wanted.join("\n"), "docs/lint.md does not show the findings");
}

#[test]
fn every_schema_is_described() {
    let help = printed(&["schema", "--help"]);
    let (_, arguments) = help.split_once("Arguments:").expect("what it takes");
    // The options of every command have values of their own.
    let (arguments, _) = arguments.split_once("Options:").expect("what all commands take");
    let names = all(r"(?m)^ +- ([a-z]+):", arguments);
    assert!(names.len() >= 7, "{help}");
    has_rows("docs/schemas.md", names.iter().map(String::as_str));
}

#[test]
fn every_event_is_described() {
    let model = source("model/event.rs");
    let (_, body) = model.split_once("pub enum Happening {").expect("the vocabulary");
    let names = all(r"(?m)^    ([A-Z]\w+)(?: \{|,)", body);
    assert!(names.len() >= 16, "{names:?}");
    let snake = |name: &String| {
        let mut word = String::new();
        for c in name.chars() {
            if c.is_uppercase() && !word.is_empty() {
                word.push('_');
            }
            word.extend(c.to_lowercase());
        }
        word
    };
    let words: Vec<String> = names.iter().map(snake).collect();
    has_rows("docs/state.md", words.iter().map(String::as_str));
}

#[test]
fn every_format_and_platform_is_described() {
    has_rows("docs/reports.md", EXPORTERS.iter().map(|exporter| exporter.name));
    has_rows("docs/plan.md", planner::FORMATS.iter().map(|format| format.name));
    has_rows("docs/platforms.md", Platform::ALL.iter().map(|platform| platform.word()));
}

#[test]
fn everything_that_watchers_hear_is_described() {
    let events = Occasion::ALL.iter().map(|event| event.word());
    has_rows("docs/watching.md", events.chain(Shape::ALL.iter().map(|shape| shape.word())));
    let metrics = all(r#""(jumpfleet_[a-z_]+)""#, &source("watch/metrics.rs"));
    assert!(metrics.len() >= 24, "{metrics:?}");
    has_rows("docs/watching.md", metrics.iter().map(String::as_str));
    let page = page("docs/watching.md").text;
    let rows = all(r"(?m)^\| `(jumpfleet_[a-z_]+)` \|", &page);
    assert_eq!(rows, metrics, "docs/watching.md describes other metrics than there are");
    let spans = all(r#"Phase::\w+ => "([a-z ]+)""#, &source("watch/spans.rs"));
    assert_eq!(spans.len(), 9, "{spans:?}");
    has_rows("docs/watching.md", spans.iter().map(String::as_str).filter(|name| *name != "clean"));
    let variables = all(r#""((?:OTEL_|TRACEPARENT)[A-Z_]*)""#, &source("watch/traces.rs"));
    assert!(variables.len() >= 12, "{variables:?}");
    let missing = variables.iter().filter(|name| !page.contains(&format!("`{name}")));
    none(&missing.map(|name| format!("docs/watching.md does not name `{name}`")).collect::<Vec<_>>());
}

#[test]
fn every_environment_variable_is_in_the_table() {
    let text = sources(&pages::root().join("src"));
    let mut names = all(r#"environment\("([A-Z_]+)"\)"#, &text);
    names.extend(all(r#"env = "([A-Z_]+)""#, &text));
    names.extend(all(r#"(?:set|forced|find_map|file)\("([A-Z_]+)"\)"#, &text));
    names.extend(["LOGNAME", "USER", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"].map(str::to_owned));
    for script in ["scripts/lab", "tests/lab/folder.py", "tests/inventory.rs"] {
        let text = fs::read_to_string(pages::root().join(script)).expect("a script");
        names.extend(all(r"\b(JUMPFLEET_[A-Z_]+)", &text));
    }
    assert!(names.len() >= 10, "{names:?}");
    has_rows("docs/settings.md", names.iter().map(String::as_str));
}

#[test]
fn every_room_is_on_the_map() {
    let mut rooms = Vec::new();
    for entry in fs::read_dir(pages::root().join("src")).expect("src") {
        let name = entry.expect("an entry").file_name().to_string_lossy().trim_end_matches(".rs").to_owned();
        if !matches!(name.as_str(), "lib" | "main") {
            rooms.push(name);
        }
    }
    let text = page("CONTRIBUTING.md").text;
    let missing = rooms.iter().filter(|room| !text.contains(&format!("`{room}`")));
    none(&missing.map(|room| format!("CONTRIBUTING.md does not name the room `{room}`")).collect::<Vec<_>>());
}

#[test]
fn every_inventory_that_is_shown_can_be_read() {
    let mut read = 0;
    for entry in fs::read_dir(pages::root().join("inventories")).expect("inventories") {
        let path = entry.expect("an entry").path();
        let listed = printed(&["inventory", "list", "-i", &path.display().to_string()]);
        assert!(listed.contains("jc_platform"), "{}", path.display());
        read += 1;
    }
    assert!(read >= Platform::ALL.len());
}

#[test]
fn every_lab_command_is_described() {
    let lab = fs::read_to_string(pages::root().join("tests/lab/cli.py")).expect("the lab");
    let (_, help) = lab.split_once("HELP = ").expect("its help");
    let commands =
        all(r"(?m)^  ([a-z]+(?:\|[a-z]+)?)  ?", help.split("\"\"\"\n\n").next().unwrap_or_default());
    let words: Vec<&str> = commands.iter().flat_map(|word| word.split('|')).collect();
    assert!(words.len() >= 8, "{words:?}");
    let text = page("docs/lab.md").text;
    let missing = words.iter().filter(|word| !text.contains(&format!("`{word}")));
    none(&missing.map(|word| format!("docs/lab.md does not describe `{word}`")).collect::<Vec<_>>());
}

#[test]
fn version_and_licence_are_the_crates() {
    let cargo = fs::read_to_string(pages::root().join("Cargo.toml")).expect("Cargo.toml");
    let version = &all(r#"(?m)^version = "(.*)""#, &cargo)[0];
    assert!(
        page("CHANGELOG.md").text.contains(&format!("## [{version}]")),
        "{version} is not in the changelog"
    );
    let licence = &all(r#"(?m)^license = "(.*)""#, &cargo)[0];
    for word in licence.split(" OR ") {
        let short = word.split('-').next().unwrap_or_default().to_uppercase();
        let text = fs::read_to_string(pages::root().join(format!("LICENSE-{short}"))).expect("a licence");
        assert!(text.len() > 500 && page("README.md").text.contains(&format!("LICENSE-{short}")));
    }
    let rust = &all(r#"(?m)^rust-version = "(.*)""#, &cargo)[0];
    assert!(page("README.md").text.contains(rust), "the README does not name Rust {rust}");
}
