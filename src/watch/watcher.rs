//! Who is a watcher, and what does each of them know?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Event, OutcomeKind, Plan, Task};
use crate::report::{Report, verdict};

/// What is known of a run before it begins.
#[derive(Debug, Clone)]
pub struct About {
    /// The run's name.
    pub run: String,
    /// Its plan, 64 hexadecimal digits.
    pub plan_id: String,
    /// The site.
    pub site: String,
    /// What is done to the hosts.
    pub task: Task,
    /// How many hosts are planned.
    pub hosts: u64,
    /// The names of the waves.
    pub waves: Vec<String>,
    /// The version of jumpfleet.
    pub version: String,
}

impl About {
    /// What the plan says of the run of this name.
    pub fn new(run: &str, plan: &Plan, version: &str) -> Self {
        Self {
            run: run.to_owned(),
            plan_id: plan.plan_id.clone(),
            site: plan.appliance.site.clone(),
            task: plan.task,
            hosts: plan.hosts.len() as u64,
            waves: plan.waves.clone(),
            version: version.to_owned(),
        }
    }

    /// The beginning of the plan's id, as people see it.
    pub fn plan(&self) -> &str {
        self.plan_id.get(..12).unwrap_or(&self.plan_id)
    }
}

/// How a run came out.
#[derive(Debug, Clone)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// The first line of its report.
    pub verdict: String,
    /// Its exit code.
    pub exit: u8,
    /// Hosts by outcome.
    pub counts: BTreeMap<OutcomeKind, u64>,
    /// From the first event of its first process to the last one.
    pub lasted: Duration,
}

impl Ending {
    /// What the report says of it.
    pub fn new(report: &Report, now: Timestamp) -> Self {
        let counted = report.counts.iter().filter(|(_, count)| **count > 0);
        Self {
            at: report.run.last.unwrap_or(now),
            verdict: verdict(report),
            exit: report.exit_code(),
            counts: counted.map(|(kind, count)| (*kind, *count)).collect(),
            lasted: report.elapsed(),
        }
    }
}

/// Somebody who hears of a run. Nothing of this may block.
pub trait Watcher: Send {
    /// Hears of an event of an earlier process of the run.
    fn remember(&mut self, event: &Event);
    /// Hears of an event.
    fn hear(&mut self, event: &Event);
    /// Hears that time has passed.
    fn tick(&mut self, _now: Timestamp) {}
    /// Hears the end, the last word; none when the run was broken off.
    fn end(&mut self, ending: Option<&Ending>, now: Timestamp);
    /// Whether the last word is out, or nobody will ever hear it.
    fn is_done(&mut self) -> bool;
}

/// Does something that may take long on a thread of its own; not at all where there can be none.
pub fn aside(work: impl FnOnce() + Send + 'static) {
    // Nobody waits for it.
    let _ = thread::Builder::new().spawn(work);
}

/// Says a sentence to the person, the first time only.
pub struct Warning {
    say: Box<dyn Fn(&str) + Send + Sync>,
    is_said: AtomicBool,
}

impl Warning {
    /// Nothing was said yet; `say` may block, so only threads that nobody waits for call it.
    pub fn new(say: impl Fn(&str) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { say: Box::new(say), is_said: AtomicBool::new(false) })
    }

    /// Says what went wrong, unless something was said before.
    pub fn once(&self, what: &str) {
        if !self.is_said.swap(true, Ordering::AcqRel) {
            (self.say)(&format!("warning: {what}; the run itself is not affected"));
        }
    }
}
