//! Who did what, and when? Everything a person or a rule changed about the run, in order.

use jiff::Timestamp;
use serde::Serialize;

use super::text::line;
use crate::model::{SessionEnd, counted};
use crate::report::record::{HostRecord, Report, SessionRecord};
use crate::report::timeline::{budget, clock, gate, order_words};

/// The most entries that are shown.
pub(super) const MOST: usize = 500;
/// The most characters of an entry.
const MOST_LINE: usize = 600;

/// One line of the trail.
#[derive(Serialize)]
pub(super) struct Entry {
    time: Option<String>,
    what: String,
    who: String,
    /// Whether somebody answering for the run should look at it.
    grave: bool,
}

/// Something that happened, before it is made harmless.
struct Step<'a> {
    at: Option<Timestamp>,
    what: String,
    who: &'a str,
    grave: bool,
}

impl<'a> Step<'a> {
    /// What a rule did.
    fn rule(at: Timestamp, what: String) -> Self {
        Self { at: Some(at), what, who: "", grave: false }
    }

    /// What a person did.
    fn person(at: Option<Timestamp>, what: String, who: &'a str) -> Self {
        Self { at, what, who, grave: false }
    }

    fn grave(self) -> Self {
        Self { grave: true, ..self }
    }
}

/// All of it, the earliest first.
pub(super) fn entries(report: &Report) -> Vec<Entry> {
    let mut steps = vec![begin(report)];
    steps.extend(persons(report));
    steps.extend(rules(report));
    steps.extend(sessions(report));
    steps.sort_by_key(|step| step.at);
    steps.extend(end(report));
    steps.into_iter().map(entry).collect()
}

fn begin(report: &Report) -> Step<'_> {
    let run = &report.run;
    let (version, task, plan, rate) = (&run.tool_version, run.task, &run.plan_id, run.rate);
    let hosts = counted(report.hosts.len(), "host");
    let what = format!("run begun by jumpfleet {version}: {task}, {hosts}, plan {plan}, at most {rate}");
    Step::person(run.started, what, run.by.as_deref().unwrap_or_default())
}

fn persons(report: &Report) -> impl Iterator<Item = Step<'_>> {
    let course = &report.course;
    let exceeded = course.exceeded.iter().map(|exceeded| {
        let what = format!("rate {} above the vendor's limit, by --exceed-vendor-rate", exceeded.rate);
        Step::person(Some(exceeded.at), what, "").grave()
    });
    let resumed = course.resumptions.iter().map(|resumed| {
        let what =
            format!("another process went on; {} had their outcome", counted(resumed.finished, "host"));
        Step::person(Some(resumed.at), what, &resumed.by)
    });
    let orders = course.orders.iter();
    let orders =
        orders.map(|order| Step::person(Some(order.at), order_words(order.order), &order.by).grave());
    exceeded.chain(resumed).chain(orders)
}

fn rules(report: &Report) -> impl Iterator<Item = Step<'_>> {
    let course = &report.course;
    let paces =
        course.paces.iter().map(|pace| Step::rule(pace.at, format!("rate {}: {}", pace.rate, pace.why)));
    let gates = course.gates.iter().map(|record| {
        let at = record.decision.as_ref().map_or(record.reached, |decision| decision.decided);
        Step::rule(at, gate(record))
    });
    let budgets = course.budgets.iter().map(|record| Step::rule(record.at, budget(record)).grave());
    paces.chain(gates).chain(budgets)
}

/// The sessions that removals met; one that was ended cut somebody off.
fn sessions(report: &Report) -> impl Iterator<Item = Step<'_>> {
    let of = |host: &'_ HostRecord, session: &'_ SessionRecord| {
        let step = Step::rule(session.at, format!("{}: {}", host.name, session.said()));
        if session.end == SessionEnd::Ended { step.grave() } else { step }
    };
    report.hosts.iter().flat_map(move |host| host.sessions.iter().map(move |session| of(host, session)))
}

/// How it ended, which belongs to no other moment than the last.
fn end(report: &Report) -> impl Iterator<Item = Step<'_>> {
    let run = &report.run;
    let stop =
        run.stop.as_ref().map(|reason| Step::person(None, format!("no more starts: {reason}"), "").grave());
    let foreign = (run.foreign > 0).then(|| {
        let what = format!("events not counted, because they are not of this plan: {}", run.foreign);
        Step::person(None, what, "").grave()
    });
    let code = report.exit_code();
    let end = if run.complete { format!("ended with exit code {code}") } else { "not ended".to_owned() };
    stop.into_iter().chain(foreign).chain([Step::person(run.last, end, "")])
}

fn entry(step: Step<'_>) -> Entry {
    Entry {
        time: step.at.map(clock),
        what: line(&step.what, MOST_LINE).into_owned(),
        who: line(step.who, MOST_LINE).into_owned(),
        grave: step.grave,
    }
}
