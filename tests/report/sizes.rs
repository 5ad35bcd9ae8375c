//! Do reports about many hosts stay within what other tools accept?

use jumpfleet::model::{Happening, Outcome};
use jumpfleet::report::Report;

use crate::fleet::{any_outcome, event, failure, large_journal, large_plan, written};
use crate::xmllint;

/// GitHub refuses a job summary above 1 MiB; we keep clear of it.
const MARKDOWN: usize = 900 * 1024;
/// GitLab's limits for a JUnit report.
const JUNIT_BYTES: usize = 30_000_000;
const JUNIT_OBJECTS: usize = 250_000;

fn report(hosts: usize, end: impl FnMut(usize) -> Outcome) -> Report {
    let plan = large_plan(hosts);
    Report::of(&plan, large_journal(&plan, end))
}

/// Elements, attributes and texts, counted in what was written.
fn objects(xml: &str) -> usize {
    let mut count = 0;
    for part in xml.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        count += usize::from(!tag.starts_with(['/', '?']));
        count += tag.matches("=\"").count();
        count += usize::from(!text.trim().is_empty());
    }
    count
}

/// Everything that a host might print to break a parser.
fn hostile() -> String {
    let controls: String = (0u8..32).map(char::from).collect();
    let odd = "]]> <![CDATA[ &amp; &#0; \u{fffe}\u{ffff}\u{fffd}\u{7f}\u{85}\u{9b}31m\u{202e} 🦀 \u{10ffff} --> <?x ?>\"'";
    format!("{controls}{odd}\n").repeat(60)
}

#[test]
fn markdown_of_ten_thousand_distinct_failures_fits_a_job_summary() {
    let tail = "`".repeat(50) + &"x\n".repeat(3000);
    let report = report(10_000, |at| failure(at, &tail));
    let markdown = written(&report, "markdown");
    assert!(markdown.len() <= MARKDOWN, "{}", markdown.len());
    assert!(markdown.contains("more causes on"), "what is left out is counted");
    assert!(markdown.starts_with("## FAILED: of 10000 hosts, 10000 failed"));
}

#[test]
fn markdown_of_every_kind_of_misfortune_fits_and_leaves_out_no_kind() {
    let odd_names = report(10_000, |at| match at % 5 {
        0 => failure(at, &"y".repeat(5000)),
        1 => Outcome::Unreachable {
            class: jumpfleet::model::Class::NoRoute,
            detail: format!("{at} {}", "z".repeat(900)),
        },
        2 => Outcome::Unknown {
            phase: jumpfleet::model::Phase::Install,
            detail: format!("{at} {}", "z".repeat(900)),
        },
        3 => Outcome::NotStarted { reason: format!("{at} {}", "z".repeat(900)) },
        _ => any_outcome(1),
    });
    let markdown = written(&odd_names, "markdown");
    assert!(markdown.len() <= MARKDOWN, "{}", markdown.len());
    for title in ["failed", "unreachable", "unknown", "not started", "already present"] {
        assert!(markdown.contains(&format!("\n### 2000 {title}\n")), "{title}");
    }
}

#[test]
fn junit_of_ten_thousand_hostile_failures_is_valid_and_small_enough() {
    let report = report(10_000, |at| failure(at, &hostile()));
    let xml = written(&report, "junit");
    assert!(xml.len() < JUNIT_BYTES, "{}", xml.len());
    assert!(objects(&xml) < JUNIT_OBJECTS, "{}", objects(&xml));
    assert!(xml.contains("left_out"), "what is left out is said");
    xmllint::validate(&xml);
}

#[test]
fn a_host_costs_at_most_ten_objects() {
    for outcome in 0..8 {
        let small = objects(&written(&report(200, |_| any_outcome(outcome)), "junit"));
        let large = objects(&written(&report(300, |_| any_outcome(outcome)), "junit"));
        assert!(large - small <= 10 * 100, "{outcome}: {}", large - small);
    }
}

#[test]
fn junit_of_larger_fleets_leaves_out_first_what_is_needed_least() {
    let xml = written(&report(24_500, |at| failure(at, "no\n")), "junit");
    assert!(objects(&xml) < JUNIT_OBJECTS, "{}", objects(&xml));
    assert!(xml.contains("file=") && !xml.contains("no\n<"));
    let xml = written(&report(30_000, |at| failure(at, "no\n")), "junit");
    assert!(objects(&xml) < JUNIT_OBJECTS, "{}", objects(&xml));
    assert!(!xml.contains("file=") && xml.contains("left_out"));
}

#[test]
fn text_of_ten_thousand_distinct_failures_can_be_read() {
    let text = written(&report(10_000, |at| failure(at, "no\n")), "text");
    assert!(text.lines().count() < 400, "{}", text.lines().count());
}

#[test]
fn a_course_of_thousands_of_orders_stays_short_for_people_and_whole_for_programs() {
    let plan = large_plan(10_000);
    let mut events = large_journal(&plan, |at| failure(at, "no\n"));
    for at in 0..3000 {
        events.push(event(at, None, Happening::Paused { by: format!("ada{at}@ops1") }));
        events.push(event(at, None, Happening::PaceChanged { rate: plan.rate, why: "so".into() }));
    }
    events.push(event(
        3000,
        None,
        Happening::BudgetReached {
            rule: "failures".into(),
            limit: "100%".into(),
            mishaps: 10_000,
            sample: 10_000,
            hosts: plan.hosts.iter().map(|host| host.name.clone()).collect(),
        },
    ));
    let report = Report::of(&plan, events);
    let (text, markdown) = (written(&report, "text"), written(&report, "markdown"));
    assert!(text.lines().count() < 500, "{}", text.lines().count());
    assert!(text.lines().all(|line| line.chars().count() < 700));
    assert!(text.contains("  … and 2941 more; `--format json` has them all\n"));
    assert!(markdown.len() <= MARKDOWN, "{}", markdown.len());
    for shown in [&text, &markdown] {
        assert!(shown.contains("halted by the rule failures, limit 100%: 10000 of 10000 hosts"));
    }
    let json: serde_json::Value = serde_json::from_str(&written(&report, "json")).expect("JSON");
    assert_eq!(json["course"]["orders"].as_array().map(Vec::len), Some(3000));
    assert_eq!(json["course"]["budgets"][0]["hosts"].as_array().map(Vec::len), Some(10_000));
}

#[test]
fn a_page_of_any_fleet_that_a_site_can_have_stays_below_eight_megabytes() {
    for end in [
        (|_| Outcome::Installed { directory: Some("/opt/jumpclient".into()), notes: Vec::new() })
            as fn(usize) -> Outcome,
        |at| failure(at, &format!("{at}{}", hostile())),
        |at| failure(at, &format!("{at}{}", "\u{10ffff}<&\"".repeat(2000))),
        |at| Outcome::NotStarted { reason: format!("{at} {}", "<é>".repeat(900)) },
        |at| Outcome::AlreadyPresent {
            rule: jumpfleet::model::Rule::Process,
            evidence: format!("{at} {}", "<>".repeat(900)),
            running: true,
        },
        any_outcome,
    ] {
        let page = written(&report(25_000, end), "html");
        assert!(page.len() < 8_000_000, "{}", page.len());
        assert!(page.ends_with("</html>"));
    }
}

#[test]
fn a_table_has_a_row_for_every_host_and_no_formula() {
    let mut plan = large_plan(500);
    for (at, host) in plan.hosts.iter_mut().enumerate() {
        host.name = format!("{}{at}", ["=cmd|x", "+", "-", "@", "web,\"1\"\r\n", "\t="][at % 6]).into();
    }
    let events = large_journal(&plan, |at| match at % 2 {
        0 => any_outcome(at),
        _ => Outcome::NotStarted { reason: "=HYPERLINK(\"http://192.0.2.1\")\n,\"".into() },
    });
    let table = written(&Report::of(&plan, events), "csv");
    assert!(table.ends_with("\r\n"));
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(reader.headers().expect("a head").iter().collect::<Vec<_>>(), jumpfleet::report::COLUMNS);
    let rows: Vec<_> = reader.records().map(|row| row.expect("as many cells as the head has")).collect();
    assert_eq!(rows.len(), 500);
    for cell in rows.iter().flatten() {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    assert_eq!(&rows[4][0], "web,\"1\" 4");
    assert_eq!(&rows[1][11], "'=HYPERLINK(\"http://192.0.2.1\") ,\"");
}
