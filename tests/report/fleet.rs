//! Plans, journals and reports to test with.

use std::sync::Arc;

use jiff::Timestamp;
use jumpfleet::model::{Class, Event, Happening, Outcome, Phase, Plan, PlannedHost, Rule};
use jumpfleet::report::{Report, exporter};

/// The plan of the golden files.
pub fn plan() -> Plan {
    serde_json::from_str(include_str!("plan.json")).expect("the plan of the tests")
}

/// The journal of the golden files: a run that was interrupted, resumed, and then lost its process.
pub fn journal() -> Vec<Event> {
    events(include_str!("journal.jsonl"))
}

/// A journal of the same plan: two waves, a gate, a pause, another rate, and a budget that was used up.
pub fn halted_journal() -> Vec<Event> {
    events(include_str!("halted.jsonl"))
}

fn events(journal: &str) -> Vec<Event> {
    journal.lines().map(|line| serde_json::from_str(line).expect("a line of the journal")).collect()
}

/// A plan with so many hosts in two waves.
pub fn large_plan(hosts: usize) -> Plan {
    let mut plan = plan();
    plan.hosts = (0..hosts)
        .map(|at| PlannedHost {
            name: format!("host{at:05}.example.org").into(),
            place: format!("inventories/large.yml:{}", at + 10),
            address: format!("10.{}.{}.{}", at / 65536, at / 256 % 256, at % 256).into(),
            access: 0,
            treatment: 0,
            wave: u32::from(at >= 100),
            window: None,
            spread: None,
            origins: None,
            values: Default::default(),
            observation: None,
            namesakes: None,
            record: None,
        })
        .collect();
    plan
}

/// An event so many seconds after the first.
pub fn event(seconds: i64, host: Option<&Arc<str>>, what: Happening) -> Event {
    let at = Timestamp::from_second(1_777_672_800 + seconds).expect("a moment");
    Event { at, host: host.cloned(), what }
}

/// The journal of a plan whose every host is visited and gets the outcome that `end` says.
pub fn large_journal(plan: &Plan, mut end: impl FnMut(usize) -> Outcome) -> Vec<Event> {
    let mut events = vec![event(
        0,
        None,
        Happening::RunStarted {
            format_version: 1,
            tool_version: "0.1.0".into(),
            run: "large".into(),
            plan_id: plan.plan_id.clone(),
            site: plan.appliance.site.clone(),
            task: plan.task,
            undoes: None,
            hosts: plan.hosts.len() as u64,
            rate: plan.rate,
            by: "ada@ops1".into(),
        },
    )];
    for (at, host) in plan.hosts.iter().enumerate() {
        let name = Some(&host.name);
        let seconds = at as i64;
        let outcome = end(at);
        events.push(event(seconds, name, Happening::VisitStarted { attempt: 1 }));
        events.push(event(seconds, name, Happening::Connected { milliseconds: 40 }));
        if matches!(outcome, Outcome::Installed { .. } | Outcome::Failed { .. }) {
            events.push(event(seconds, name, Happening::InstallReady));
            events.push(event(seconds, name, Happening::InstallStarted { waited: 10 }));
            events.push(event(
                seconds + 30,
                name,
                Happening::InstallEnded { status: 0, milliseconds: 30_000 },
            ));
        }
        events.push(event(seconds + 31, name, Happening::HostFinished { outcome, milliseconds: 31_000 }));
    }
    let counts = Default::default();
    events.push(event(plan.hosts.len() as i64 + 31, None, Happening::RunFinished { counts, exit: 3 }));
    events
}

/// A failure like no other, with so much output.
pub fn failure(at: usize, tail: &str) -> Outcome {
    Outcome::Failed {
        phase: Phase::Install,
        class: Class::InstallerFailed,
        detail: format!("error {at} of its own | kind, `with` <everything> @octocat {}", "x".repeat(60)),
        tail: tail.to_owned(),
    }
}

/// One outcome of each kind in turn.
pub fn any_outcome(at: usize) -> Outcome {
    match at % 8 {
        0 => Outcome::Installed { directory: None, notes: Vec::new() },
        1 => Outcome::AlreadyPresent { rule: Rule::Process, evidence: "bomgar-scc".into(), running: true },
        2 => failure(at % 24, "no\n"),
        3 => Outcome::Unreachable { class: Class::NoRoute, detail: "no route".into() },
        4 => Outcome::Unknown { phase: Phase::Install, detail: "connection lost".into() },
        5 => Outcome::NotStarted { reason: "interrupted".into() },
        6 => Outcome::Removed { directory: None, notes: Vec::new() },
        _ => Outcome::AlreadyAbsent { why: ["", "it is another run's"][at / 8 % 2].into() },
    }
}

/// The report in a format.
pub fn written(report: &Report, format: &str) -> String {
    let mut bytes = Vec::new();
    let exporter = exporter(format).expect("a format");
    (exporter.write)(report, &mut bytes).expect("memory takes everything");
    String::from_utf8(bytes).expect("UTF-8")
}
