//! Who did what, and when? Everything a person or a rule changed about the run, in order.

use jiff::Timestamp;
use serde::Serialize;

use super::text::line;
use crate::report::record::Report;
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

/// All of it, the earliest first.
pub(super) fn entries(report: &Report) -> Vec<Entry> {
    let (run, course) = (&report.run, &report.course);
    let mut trail: Vec<(Option<Timestamp>, String, &str, bool)> = Vec::new();
    let began = format!(
        "run begun by jumpfleet {}: {} {} hosts of plan {}, at most {}",
        run.tool_version,
        run.task,
        report.hosts.len(),
        run.plan_id,
        run.rate
    );
    trail.push((run.started, began, run.by.as_deref().unwrap_or_default(), false));
    for exceeded in &course.exceeded {
        let what = format!(
            "rate {} above the vendor's limit, as asked for with --exceed-vendor-rate",
            exceeded.rate
        );
        trail.push((Some(exceeded.at), what, "", true));
    }
    for resumed in &course.resumptions {
        let what = format!("another process went on; {} hosts had their outcome", resumed.finished);
        trail.push((Some(resumed.at), what, &resumed.by, false));
    }
    for pace in &course.paces {
        trail.push((Some(pace.at), format!("rate {}: {}", pace.rate, pace.why), "", false));
    }
    for order in &course.orders {
        trail.push((Some(order.at), order_words(order.order), &order.by, true));
    }
    for record in &course.gates {
        let at = record.decision.as_ref().map_or(record.reached, |decision| decision.decided);
        trail.push((Some(at), gate(record), "", false));
    }
    for record in &course.budgets {
        trail.push((Some(record.at), budget(record), "", true));
    }
    trail.sort_by_key(|(at, ..)| *at);
    if let Some(reason) = &run.stop {
        trail.push((None, format!("no more starts: {reason}"), "", true));
    }
    if run.foreign > 0 {
        trail.push((
            None,
            format!("{} events not counted, because they are not of this plan", run.foreign),
            "",
            true,
        ));
    }
    let end = if run.complete {
        format!("ended with exit code {}", report.exit_code())
    } else {
        "not ended".into()
    };
    trail.push((run.last, end, "", false));
    trail.into_iter().map(entry).collect()
}

fn entry((at, what, who, grave): (Option<Timestamp>, String, &str, bool)) -> Entry {
    Entry {
        time: at.map(clock),
        what: line(&what, MOST_LINE).into_owned(),
        who: line(who, MOST_LINE).into_owned(),
        grave,
    }
}
