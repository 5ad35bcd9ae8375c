//! What does a GitHub job say of a plan?

use std::io::{self, Write};

use super::gitlab::spot;
use super::markdown;
use super::text;
use crate::ci::{Annotation, Level, Sources, Step};
use crate::model::{FindingLevel, Plan};
use crate::planner::view::{Remark, View};

/// Where annotations that have no room are found.
const REST: &str = "the job summary has them all";

/// Writes the annotations alone; errors are those of `out`.
pub(super) fn write(plan: &Plan, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(step(plan, sources).commands().as_bytes())
}

/// Everything a step has to say of a plan.
pub fn step(plan: &Plan, sources: &Sources) -> Step {
    let view = View::of(plan);
    let mut log = Vec::new();
    // Memory takes everything.
    let _ = text::write(&view, &mut log);
    let remarks = view.findings.iter().chain(&view.unusual);
    Step {
        log: String::from_utf8_lossy(&log).into_owned(),
        annotations: remarks
            .filter(|remark| remark.is_for_somebody())
            .map(|remark| annotation(plan, sources, remark))
            .collect(),
        rest: REST,
        summary: markdown::page(&view, markdown::MOST_BYTES),
        brief: markdown::head(&view),
        outputs: outputs(&view),
    }
}

fn annotation(plan: &Plan, sources: &Sources, remark: &Remark) -> Annotation {
    let level = match remark.level {
        FindingLevel::Error => Level::Error,
        FindingLevel::Warning => Level::Warning,
        FindingLevel::Note => Level::Notice,
    };
    let title = format!("Plan: {}", remark.code.replace('_', " "));
    let spot = Some(spot(plan, sources, remark.place.as_deref()));
    Annotation { level, title, message: remark.message.clone(), spot }
}

fn outputs(view: &View<'_>) -> Vec<(&'static str, String)> {
    let counts = view.counts;
    let count = |level| view.findings.iter().filter(|remark| remark.level == level).count().to_string();
    vec![
        ("plan_id", view.plan.plan_id.clone()),
        ("hosts", counts.hosts.to_string()),
        ("install", counts.install.to_string()),
        ("replace", counts.replace.to_string()),
        ("remove", counts.remove.to_string()),
        ("nothing", counts.nothing.to_string()),
        ("changes", counts.changes().to_string()),
        ("errors", count(FindingLevel::Error)),
        ("warnings", count(FindingLevel::Warning)),
    ]
}
