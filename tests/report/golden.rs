//! Do the files that people and programs read still look the same? `UPDATE_GOLDEN=1` writes them anew.

use jumpfleet::model::{Event, OutcomeKind};
use jumpfleet::report::{Report, verdict};

use crate::fleet::{halted_journal, journal, plan, written};
use crate::xmllint;

fn report() -> Report {
    Report::of(&plan(), journal())
}

/// A run in two waves that was paused, sped up, and halted by its budget.
fn halted() -> Report {
    Report::of(&plan(), halted_journal())
}

#[expect(clippy::disallowed_methods, reason = "a person asked for new golden files")]
fn compare(report: &Report, format: &str, file: &str, golden: &str) {
    let written = written(report, format);
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        let path = format!("{}/tests/report/{file}", env!("CARGO_MANIFEST_DIR"));
        return std::fs::write(path, written).expect("a golden file");
    }
    assert_eq!(written, golden, "tests/report/{file} differs; UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn text() {
    compare(&report(), "text", "report.txt", include_str!("report.txt"));
    compare(&halted(), "text", "halted.txt", include_str!("halted.txt"));
}

#[test]
fn json() {
    compare(&report(), "json", "report.json", include_str!("report.json"));
    compare(&halted(), "json", "halted.json", include_str!("halted.json"));
}

#[test]
fn junit() {
    compare(&report(), "junit", "report.xml", include_str!("report.xml"));
    compare(&halted(), "junit", "halted.xml", include_str!("halted.xml"));
    xmllint::validate(&written(&report(), "junit"));
    xmllint::validate(&written(&halted(), "junit"));
}

#[test]
fn markdown() {
    compare(&report(), "markdown", "report.md", include_str!("report.md"));
    compare(&halted(), "markdown", "halted.md", include_str!("halted.md"));
}

#[test]
fn csv() {
    compare(&report(), "csv", "report.csv", include_str!("report.csv"));
}

#[test]
fn a_page_asks_for_nothing_and_has_nothing_between_its_lines() {
    let page = written(&report(), "html");
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">") && page.ends_with("</html>"));
    for foreign in [" src=", "@import", "url(", "<link", "<img", " style=", " onclick"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
}

#[test]
fn every_host_of_the_journal_ends_as_its_events_say() {
    let report = report();
    let names = |kind| report.names_of(kind).collect::<Vec<_>>().join(" ");
    assert_eq!(names(OutcomeKind::Installed), "web01 web03 web08 win1");
    assert_eq!(names(OutcomeKind::AlreadyPresent), "web02 web07 pi1");
    assert_eq!(names(OutcomeKind::Failed), "web04 web05 web06 mac1");
    assert_eq!(names(OutcomeKind::Unreachable), "db1.example.org db2.example.org");
    assert_eq!(names(OutcomeKind::Unknown), "app1 app2 app4");
    assert_eq!(names(OutcomeKind::NotStarted), "app3 app5");
    assert_eq!(report.exit_code(), 7);
    assert_eq!(report.run.resumed, 1);
    assert!(!report.run.complete);
    assert!(verdict(&report).starts_with("INTERRUPTED"), "{}", verdict(&report));
}

#[test]
fn the_same_misfortune_on_two_hosts_is_one_cause() {
    let report = report();
    let cause = report.causes_of(OutcomeKind::Failed).next().expect("a cause");
    assert_eq!(cause.names(&report).collect::<Vec<_>>(), ["web04", "web05"]);
    assert_eq!(cause.detail, "the installer on <host> ended with exit code 1: --jc-tag is not permitted");
    let cause = report.causes_of(OutcomeKind::Unreachable).next().expect("a cause");
    assert_eq!(cause.detail, "<host>:22: no answer within 10 s");
    assert_eq!(cause.hosts.len(), 2);
}

#[test]
fn json_is_json_and_names_every_host_in_order() {
    let json: serde_json::Value = serde_json::from_str(&written(&report(), "json")).expect("JSON");
    assert_eq!(json["format_version"], 1);
    let names: Vec<_> =
        json["hosts"].as_array().expect("hosts").iter().map(|host| host["name"].as_str()).collect();
    let planned = plan();
    let planned: Vec<_> = planned.hosts.iter().map(|host| Some(&*host.name)).collect();
    assert_eq!(names, planned);
}

#[test]
fn what_a_host_printed_cannot_act() {
    let report = report();
    for format in ["text", "markdown"] {
        let text = written(&report, format);
        assert!(!text.contains('\u{1b}') && !text.contains('\0') && !text.contains("##["), "{format}");
        assert!(!text.lines().any(|line| line.trim().starts_with("::")), "{format}");
    }
    let markdown = written(&report, "markdown");
    let fence = markdown.lines().filter(|line| line.starts_with("````")).count();
    assert_eq!(fence, 2, "the output with three backticks stands between fences of four");
}

#[test]
fn a_replayed_journal_gives_the_same_bytes() {
    let plan = plan();
    for journal in [journal(), halted_journal()] {
        let replayed: Vec<Event> = journal
            .iter()
            .map(|event| serde_json::to_string(event).expect("a line"))
            .map(|line| serde_json::from_str(&line).expect("an event"))
            .collect();
        let (live, replayed) = (Report::of(&plan, journal), Report::of(&plan, replayed));
        for format in jumpfleet::report::exporter_names() {
            assert_eq!(written(&live, format), written(&replayed, format));
        }
    }
}
