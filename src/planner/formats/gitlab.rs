//! What does GitLab show of a plan in a merge request?

use std::io::{self, Write};

use crate::ci::{self, Issue, Severity, Sources, Spot};
use crate::model::{FindingLevel, Plan};
use crate::planner::view::View;

/// Writes how many clients come, change and go: errors are those of `out`.
pub(super) fn widget(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let counts = View::of(plan).counts;
    ci::widget(counts.install, counts.replace, counts.remove, out)
}

/// Writes the findings and what is unusual, each at its line; errors are those of `out`.
pub(super) fn code_quality(plan: &Plan, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let view = View::of(plan);
    let issues: Vec<_> = view
        .findings
        .iter()
        .chain(&view.unusual)
        .filter(|remark| remark.is_for_somebody())
        .map(|remark| {
            let spot = spot(plan, sources, remark.place.as_deref());
            Issue {
                description: remark.message.clone(),
                check_name: remark.code.clone(),
                fingerprint: ci::fingerprint(&["plan", &remark.code, &spot.path, &remark.message]),
                severity: severity(remark.level),
                spot,
            }
        })
        .collect();
    ci::code_quality(&issues, out)
}

/// Where a remark stands; what concerns no host stands in the settings.
pub(super) fn spot(plan: &Plan, sources: &Sources, place: Option<&str>) -> Spot {
    let found = place.and_then(|place| sources.spot(place));
    found.unwrap_or_else(|| Spot { path: sources.path(&plan.settings), line: 1, column: None })
}

fn severity(level: FindingLevel) -> Severity {
    match level {
        FindingLevel::Error => Severity::Critical,
        FindingLevel::Warning => Severity::Major,
        FindingLevel::Note => Severity::Info,
    }
}
