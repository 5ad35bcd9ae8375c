//! What does GitLab show of a run in a merge request? An issue for each host that is not as planned, at its line.

use std::io;

use super::record::{HostRecord, Report};
use super::verdict::kind_words;
use crate::ci::{self, Issue, Severity, Spot};
use crate::model::Outcome;

/// Writes a code quality report; errors are those of `out`.
pub(super) fn code_quality(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut issues: Vec<_> = report.hosts.iter().filter_map(|host| issue(report, host)).collect();
    // What had no room is the least serious.
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.severity));
    ci::code_quality(&issues, out)
}

fn issue(report: &Report, host: &HostRecord) -> Option<Issue> {
    let (severity, check, detail) = match &host.outcome {
        Outcome::Failed { phase, class, detail, .. } => {
            (Severity::Critical, class.word(), format!("{phase}: {detail}"))
        }
        Outcome::Unreachable { class, detail } => (Severity::Major, class.word(), detail.clone()),
        Outcome::Unknown { phase, detail } => (Severity::Critical, "unknown", format!("{phase}: {detail}")),
        Outcome::NotConnected { detail, .. } => (Severity::Major, "not_connected", detail.clone()),
        Outcome::NotStarted { reason } => (Severity::Minor, "not_started", reason.clone()),
        Outcome::AlreadyPresent { running: false, evidence, .. } => {
            (Severity::Minor, "no_client_runs", format!("{evidence}, but no client runs there"))
        }
        _ => return None,
    };
    let place = report.sources.spot(&host.place);
    let spot = place.unwrap_or_else(|| Spot { path: host.place.clone(), line: 1, column: None });
    Some(Issue {
        description: format!("{} {}: {detail}", host.name, kind_words(host.outcome.kind())),
        check_name: check.to_owned(),
        fingerprint: ci::fingerprint(&["report", check, &spot.path, &host.name]),
        severity,
        spot,
    })
}
