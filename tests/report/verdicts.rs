//! What does the first line say, and the last?

use jumpfleet::model::{Event, Happening, Outcome, Plan, Rate, Rule, Task};
use jumpfleet::report::{Report, verdict};

use crate::fleet::{any_outcome, event, failure, large_plan, written};

fn finished(plan: &Plan, ends: impl IntoIterator<Item = Outcome>) -> Vec<Event> {
    let ends = plan.hosts.iter().zip(ends);
    ends.map(|(host, outcome)| {
        event(1, Some(&host.name), Happening::HostFinished { outcome, milliseconds: 1 })
    })
    .collect()
}

fn installed() -> Outcome {
    Outcome::Installed { directory: None, notes: Vec::new() }
}

fn present() -> Outcome {
    Outcome::AlreadyPresent { rule: Rule::Service, evidence: "bomgar".into(), running: true }
}

fn stop(reason: &str) -> Event {
    event(2, None, Happening::StopRequested { reason: reason.into() })
}

#[test]
fn the_first_line_says_how_it_went() {
    let plan = large_plan(2);
    let said = |ends: [Outcome; 2], stop: Option<Event>| {
        verdict(&Report::of(&plan, finished(&plan, ends).into_iter().chain(stop)))
    };
    let left = || Outcome::NotStarted { reason: "no".into() };
    assert_eq!(
        said([installed(), installed()], None),
        "ALL GOOD: all 2 hosts have the client, newly installed"
    );
    assert_eq!(said([present(), present()], None), "ALL GOOD: all 2 hosts have the client already");
    assert_eq!(
        said([present(), installed()], None),
        "ALL GOOD: all 2 hosts have the client, 1 newly installed, 1 already present"
    );
    assert_eq!(said([present(), failure(1, "")], None), "FAILED: of 2 hosts, 1 failed; 1 has the client");
    assert_eq!(
        said([any_outcome(3), any_outcome(3)], None),
        "UNREACHABLE: of 2 hosts, 2 could not be reached; none has the client"
    );
    assert_eq!(
        said([failure(1, ""), left()], Some(stop("halted: 1 of 1 failed"))),
        "HALTED (1 of 1 failed): of 2 hosts, 1 failed, 1 was not started; none has the client"
    );
    assert_eq!(
        said([installed(), left()], Some(stop("interrupted"))),
        "INTERRUPTED, can be resumed: of 2 hosts, 1 was not started; 1 has the client"
    );
    let idle = Outcome::AlreadyPresent { rule: Rule::Service, evidence: "bomgar".into(), running: false };
    assert_eq!(
        said([present(), idle], None),
        "LOOK AT 1 of 2 hosts: left alone because of a trace, and no client runs"
    );
    let none = Report::of(&large_plan(0), Vec::<Event>::new());
    assert_eq!(verdict(&none), "NOTHING TO DO: the plan holds no hosts");
}

#[test]
fn the_first_line_of_a_removal_speaks_of_its_absence() {
    let mut plan = large_plan(2);
    plan.task = Task::Uninstall;
    let said = |ends: [Outcome; 2]| {
        let report = Report::of(&plan, finished(&plan, ends));
        assert!(written(&report, "text").contains("\nalready absent  "), "counted although none is");
        verdict(&report)
    };
    let removed = || Outcome::Removed { directory: None, notes: Vec::new() };
    let absent = |why: &str| Outcome::AlreadyAbsent { why: why.into() };
    assert_eq!(said([removed(), removed()]), "ALL GOOD: all 2 hosts are without the client, newly removed");
    assert_eq!(said([absent(""), absent("")]), "ALL GOOD: all 2 hosts are without the client, as before");
    assert_eq!(
        said([absent(""), removed()]),
        "ALL GOOD: all 2 hosts are without the client, 1 removed, 1 had none"
    );
    assert_eq!(
        said([absent("a mark of another run"), removed()]),
        "LOOK AT 1 of 2 hosts: a client was left alone there"
    );
    assert_eq!(
        said([absent("a mark of another run"), failure(1, "")]),
        "FAILED: of 2 hosts, 1 failed; none is without the client"
    );
    assert_eq!(said([removed(), failure(1, "")]), "FAILED: of 2 hosts, 1 failed; 1 is without the client");
    let report = Report::of(&plan, finished(&plan, [absent("a mark of another run")]));
    let text = written(&report, "text");
    assert!(text.contains(
        "\nALREADY ABSENT: 1 host, left as they were\n  1 host · a mark of another run: host00000"
    ));
    assert!(text.contains("; nothing was removed from these hosts\n"), "{text}");
}

#[test]
fn a_missed_window_says_when_the_run_goes_on() {
    let plan = large_plan(2);
    let missed = || Outcome::NotStarted { reason: "window sat 22:00-04:00 UTC closed".into() };
    let report = Report::of(&plan, finished(&plan, [installed(), missed()]));
    assert_eq!(
        verdict(&report),
        "WINDOW MISSED, can be resumed: of 2 hosts, 1 was not started; 1 has the client"
    );
    for format in ["text", "markdown"] {
        let text = written(&report, format);
        assert_eq!(text.matches("resume the run").count(), 1, "{text}");
        assert!(text.contains("waits until their window opens again"), "{text}");
    }
    let report = Report::of(&plan, finished(&plan, [missed()]).into_iter().chain([stop("interrupted")]));
    assert!(verdict(&report).starts_with("INTERRUPTED"), "{}", verdict(&report));
}

#[test]
fn whoever_halted_the_run_is_named_with_what_to_do() {
    let plan = large_plan(2);
    let halt = |what: Happening, reason: &str| {
        let report = Report::of(&plan, [event(1, None, what), stop(reason)]);
        (verdict(&report), written(&report, "text"))
    };
    let (first, text) = halt(Happening::HaltRequested { by: "bob@ops2".into() }, "halted: by bob@ops2");
    assert!(first.starts_with("HALTED (by bob@ops2): of 2 hosts, 2 were not started"), "{first}");
    assert!(text.contains("halted by bob@ops2\n") && text.contains("find out why"), "{text}");
    let closed = Happening::GateClosed { wave: 0, why: "2 of 4 failed".into() };
    let why = "halted: the gate behind wave canary stays closed: 2 of 4 failed";
    let (_, text) = halt(closed.clone(), why);
    assert!(text.contains("see to what keeps the gate closed"), "{text}");
    let page = written(&Report::of(&plan, [event(1, None, closed), stop(why)]), "html");
    let title =
        "<title>HALTED (the gate behind wave canary stays closed: 2 of 4 failed): jumpfleet report</title>";
    assert!(page.contains(title), "{}", &page[..1000]);
}

#[test]
fn the_limit_is_the_fastest_rate_that_was_set() {
    let mut plan = large_plan(2);
    plan.rate = Rate::per_minute(6);
    let changed =
        |rate: u32| event(1, None, Happening::PaceChanged { rate: Rate::per_minute(rate), why: "so".into() });
    let last =
        |events: &[Event]| written(&Report::of(&plan, events), "text").lines().last().map(str::to_owned);
    let said = |rate: &str| Some(format!("pace     no installer was started; at most {rate} were allowed"));
    assert_eq!(last(&[changed(2)]), said("6/min"));
    assert_eq!(last(&[changed(20), changed(2)]), said("20/min"));
}

#[test]
fn the_last_line_says_whether_the_rate_was_kept() {
    let plan = large_plan(61);
    let last = |gap: i64| {
        let started = plan.hosts.iter().enumerate().map(|(at, host)| {
            event(at as i64 * gap / 1000, Some(&host.name), Happening::InstallStarted { waited: 0 })
        });
        let text = written(&Report::of(&plan, started), "text");
        text.lines().last().unwrap_or_default().to_owned()
    };
    assert!(last(2000).ends_with("31 in the busiest minute; at most 60/min allowed"), "{}", last(2000));
    assert!(last(1000).ends_with("61 in the busiest minute; at most 60/min allowed, MORE THAN ALLOWED"));
}

#[test]
fn events_of_another_plan_are_said_and_not_counted() {
    let stranger = large_plan(3);
    let report = Report::of(&large_plan(2), finished(&stranger, [installed(), installed(), failure(1, "")]));
    assert_eq!((report.run.foreign, report.exit_code()), (1, 0));
    assert!(written(&report, "text").contains("not of this plan: 1\n"));
}

#[test]
fn too_many_names_to_paste_become_a_command() {
    let plan = large_plan(500);
    let text = written(&Report::of(&plan, finished(&plan, (0..500).map(|at| failure(at, "")))), "text");
    assert!(text.contains(
        "jq -r '.hosts[]|select(.outcome==\"failed\" or .outcome==\"unreachable\").name' > hosts.txt"
    ));
    assert!(text.contains("  --limit @hosts.txt\n"));
}
