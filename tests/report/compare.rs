//! What is new since an earlier run, and what makes a pipeline fail?

use jumpfleet::model::{Event, Happening, Outcome, Plan, Task};
use jumpfleet::report::{Comparison, Criterion, Report, judge};

use crate::fleet::{any_outcome, event, failure, large_plan, written};

/// A report in which each host of a plan ends with one of these, by the numbers of `any_outcome`.
fn report(names: &[&str], ends: &[usize]) -> Report {
    let mut plan = large_plan(names.len());
    for (host, name) in plan.hosts.iter_mut().zip(names) {
        host.name = (*name).into();
    }
    Report::of(&plan, journal(&plan, ends))
}

fn journal(plan: &Plan, ends: &[usize]) -> Vec<Event> {
    let end = |(host, end): (&jumpfleet::model::PlannedHost, &usize)| {
        let what = Happening::HostFinished { outcome: any_outcome(*end), milliseconds: 1 };
        event(1, Some(&host.name), what)
    };
    plan.hosts.iter().zip(ends).map(end).collect()
}

const INSTALLED: usize = 0;
const PRESENT: usize = 1;
const FAILED: usize = 2;
const UNREACHABLE: usize = 3;
const UNKNOWN: usize = 4;
const NOT_STARTED: usize = 5;

fn compared() -> Report {
    let earlier = report(
        &["a", "b", "c", "d", "e", "f", "gone"],
        &[INSTALLED, FAILED, UNREACHABLE, UNKNOWN, NOT_STARTED, INSTALLED, FAILED],
    );
    let mut now = report(
        &["a", "b", "c", "d", "e", "f", "n1", "n2"],
        &[FAILED, FAILED, PRESENT, NOT_STARTED, UNREACHABLE, INSTALLED, INSTALLED, UNKNOWN],
    );
    now.since = Some(Comparison::between(&earlier, &now));
    now
}

#[test]
fn every_host_is_in_the_list_that_it_belongs_to() {
    let since = compared().since.expect("a comparison");
    let names =
        |list: &[std::sync::Arc<str>]| list.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!(names(&since.newly_failing), "a e n2");
    assert_eq!(names(&since.still_failing), "b");
    assert_eq!(names(&since.recovered), "c");
    assert_eq!(names(&since.left_open), "d");
    assert_eq!(names(&since.new), "n1 n2");
    assert_eq!(names(&since.gone), "gone");
}

#[test]
fn text_markdown_json_and_csv_say_what_is_new() {
    let report = compared();
    let text = written(&report, "text");
    let (_, section) = text.split_once("\nSINCE ").expect("a section");
    assert!(section.contains("  newly failing: 3 hosts: a,e,n2\n  still failing: 1 host: b\n"), "{section}");
    assert!(section.contains("  no longer planned: 1 host: gone\n"), "{section}");
    let markdown = written(&report, "markdown");
    assert!(markdown.contains("\n- recovered: 1 host: `c`\n"), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&written(&report, "json")).expect("JSON");
    assert_eq!(json["since"]["newly_failing"], serde_json::json!({"count": 3, "hosts": "a,e,n2"}));
    assert_eq!(json["since"]["left_open"]["hosts"], "d");
    assert_eq!(json["hosts"][2]["before"], "unreachable");
    assert!(json["hosts"][6].get("before").is_none());
    let csv = written(&report, "csv");
    assert!(
        csv.lines().nth(3).is_some_and(|row| row.starts_with("c,") && row.ends_with(",unreachable,,")),
        "{csv}"
    );
}

#[test]
fn what_did_not_change_is_not_news() {
    let earlier = report(&["a"], &[INSTALLED]);
    let mut now = report(&["a"], &[PRESENT]);
    now.since = Some(Comparison::between(&earlier, &now));
    assert!(written(&now, "text").contains("\n  nothing is new\n"));
    assert!(written(&now, "markdown").contains("\nNothing is new.\n"));
}

#[test]
fn runs_that_can_hardly_be_compared_say_why() {
    let earlier = report(&["a"], &[INSTALLED]);
    let since = |change: &dyn Fn(&mut Report)| {
        let mut now = report(&["a"], &[INSTALLED]);
        change(&mut now);
        now.since = Some(Comparison::between(&earlier, &now));
        now
    };
    let alike = since(&|now| now.run.task = Task::Replace);
    for format in ["text", "markdown", "html", "json"] {
        let written = written(&alike, format);
        assert!(!written.contains("unlike") && !written.contains(" then and is "), "{format}: {written}");
    }
    let other = since(&|now| {
        now.run.task = Task::Uninstall;
        now.run.site = "new.example.org".to_owned();
    });
    let then = &earlier.run.site;
    let site = format!("the site was {then} then and is new.example.org now");
    let text = written(&other, "text");
    let lines = format!("  warning: the task was `install` then and is `uninstall` now\n  warning: {site}\n");
    assert!(text.contains(&lines), "{text}");
    let json: serde_json::Value = serde_json::from_str(&written(&other, "json")).expect("JSON");
    assert_eq!(json["since"]["unlike"][1], site);
    for format in ["markdown", "html"] {
        let written = written(&other, format);
        assert!(written.contains(&site) && written.contains("Warning:"), "{format}: {written}");
    }
}

fn fails(report: &Report, on: &str) -> Option<u8> {
    let criteria: Vec<Criterion> = on.split(',').map(|text| text.parse().expect("a criterion")).collect();
    judge(report, &criteria).map(|(code, said)| {
        assert!(!said.is_empty());
        code
    })
}

#[test]
fn a_pipeline_fails_on_what_it_names_with_the_codes_of_a_rollout() {
    let some = report(&["a", "b", "c", "d"], &[INSTALLED, FAILED, UNREACHABLE, NOT_STARTED]);
    for (on, code) in [
        ("failed", Some(3)),
        ("unreachable", Some(4)),
        ("unknown", None),
        ("not_started", Some(7)),
        ("any", Some(7)),
        ("unreachable,failed", Some(3)),
        ("failed,not_started", Some(7)),
        ("failed>1", None),
        ("failed>=25%", Some(3)),
        ("failed>25%", None),
        ("failed>25%,unreachable>=1", Some(4)),
    ] {
        assert_eq!(fails(&some, on), code, "{on}");
    }
    let good = report(&["a"], &[INSTALLED]);
    assert_eq!(fails(&good, "any,failed,unreachable,unknown,not_started"), None);
    assert_eq!(fails(&compared(), "new-failures"), Some(3));
    assert_eq!(fails(&compared(), "new-failures>=3"), Some(3));
    assert_eq!(fails(&compared(), "new-failures>3"), None);
}

#[test]
fn a_halted_run_fails_as_halted() {
    let plan = large_plan(2);
    let failed = Happening::HostFinished { outcome: failure(1, ""), milliseconds: 1 };
    let left = Happening::HostFinished {
        outcome: Outcome::NotStarted { reason: "halted: x".into() },
        milliseconds: 1,
    };
    let stop = event(2, None, Happening::StopRequested { reason: "halted: x".into() });
    let events =
        [event(1, Some(&plan.hosts[0].name), failed), stop, event(3, Some(&plan.hosts[1].name), left)];
    let halted = Report::of(&plan, events);
    assert_eq!(fails(&halted, "any"), Some(5));
    assert_eq!(fails(&halted, "not_started,failed"), Some(5));
    assert_eq!(fails(&halted, "failed"), Some(3));
}
