//! A rollout that is watched: begun, asked, and judged by its report.

use serde_json::Value;

use crate::fleet::{Done, SITE, Stage};
use crate::journal::{self, Line};
use crate::process::Running;

/// What light hosts need, on which no systemd runs.
pub const HEADLESS: [&str; 3] = ["jc_platform: linux_headless", "jc_user: jumpclient", "jc_boot: none"];

/// Settings with these rules, and the inventory of headless hosts.
pub fn prepare(stage: &Stage, rules: &str) {
    stage.standard_with(SITE, rules);
    stage.inventory(&HEADLESS, |_, _| String::new());
}

/// Begins a rollout and leaves it running.
pub fn begin(stage: &Stage, more: &[&str]) -> Running {
    Running::start(stage, &[&["rollout", "-i", "inventory.yaml", "--yes"], more].concat())
}

/// Goes on with the last run and leaves it running.
pub fn resume(stage: &Stage) -> Running {
    Running::start(stage, &["rollout", "--resume", "--yes"])
}

/// The journal of the last run.
pub fn lines(stage: &Stage) -> Vec<Line> {
    let path = journal::newest(&stage.path().join("state/jumpfleet")).expect("a journal");
    journal::read(&path)
}

/// The lines that tell of this event.
pub fn of(lines: &[Line], event: &str) -> Vec<Line> {
    lines.iter().filter(|line| line.event == event).cloned().collect()
}

/// How many hosts the last run's report counts by outcome.
pub fn count(stage: &Stage, outcome: &str) -> u64 {
    stage.report()["summary"]["counts"][outcome].as_u64().unwrap_or_default()
}

/// The report's outcome of a host.
pub fn outcome(stage: &Stage, host: &str) -> Value {
    let report = stage.report();
    let hosts = report["hosts"].as_array().expect("hosts");
    hosts
        .iter()
        .find(|known| known["name"] == host)
        .cloned()
        .unwrap_or_else(|| panic!("{host} is not in the report"))
}

/// An order from another terminal, which must be carried out.
#[track_caller]
pub fn order(stage: &Stage, arguments: &[&str]) -> Done {
    stage.jumpfleet(arguments).expect(0)
}
