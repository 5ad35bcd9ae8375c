//! What does GitLab show in a merge request?
//!
//! Forms: GitLab's pages "Code Quality" (an array of issues in a file below `artifacts:reports:codequality`) and
//! "Terraform integration in merge requests" (counts in one below `artifacts:reports:terraform`).

use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Spot, spelled};
use crate::model::{hex, visible};

/// The most issues of a file; one more says how many were left out. Merge requests become slow with more.
const MOST_ISSUES: usize = 5000;

/// How serious an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Worth a look.
    Minor,
    /// Something may be wrong.
    Major,
    /// Something is wrong.
    Critical,
    /// Nothing can go on.
    Blocker,
}

/// One line of the widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// What there is to say, on one line.
    pub description: String,
    /// A stable word for the kind of issue, such as `installer_failed`.
    pub check_name: String,
    /// What tells it from every other issue, and is the same the next time: see [`fingerprint`].
    pub fingerprint: String,
    /// How serious.
    pub severity: Severity,
    /// Where.
    pub spot: Spot,
}

#[derive(Serialize)]
struct Written<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: Severity,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// A name for an issue out of what it is about, never out of its line: lines move.
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// Writes a code quality report, an issue a line; errors are those of `out`.
pub fn code_quality(issues: &[Issue], out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    out.write_all(b"[")?;
    let left_out = left_out(issues);
    for (at, issue) in issues.iter().take(MOST_ISSUES).chain(&left_out).enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        let written = Written {
            description: &visible(&issue.description),
            check_name: &issue.check_name,
            fingerprint: &issue.fingerprint,
            severity: issue.severity,
            location: Location { path: &issue.spot.path, lines: Lines { begin: issue.spot.line.max(1) } },
        };
        spelled::to_writer(&mut out, &written)?;
    }
    out.write_all(b"\n]\n")?;
    out.flush()
}

fn left_out(issues: &[Issue]) -> Option<Issue> {
    let rest = issues.get(MOST_ISSUES..).unwrap_or_default();
    rest.first().map(|first| Issue {
        description: format!("and {} more, which have no room here", rest.len()),
        check_name: "left_out".to_owned(),
        fingerprint: fingerprint(&["left_out"]),
        severity: Severity::Info,
        spot: first.spot.clone(),
    })
}

/// Writes the counts of the Terraform widget; errors are those of `out`.
pub fn widget(create: usize, update: usize, delete: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{{\"create\":{create},\"update\":{update},\"delete\":{delete}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(at: usize) -> Issue {
        Issue {
            description: format!("host `h{at}` failed\n\u{1b}[31m"),
            check_name: "installer_failed".into(),
            fingerprint: fingerprint(&["installer_failed", &at.to_string()]),
            severity: Severity::Critical,
            spot: Spot { path: "inv/fleet.yaml".into(), line: 3, column: None },
        }
    }

    fn written(issues: &[Issue]) -> serde_json::Value {
        let mut out = Vec::new();
        code_quality(issues, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn an_issue_has_what_gitlab_asks_for() {
        let wanted = serde_json::json!([{
            "description": "host `h1` failed␊␛[31m",
            "check_name": "installer_failed",
            "fingerprint": fingerprint(&["installer_failed", "1"]),
            "severity": "critical",
            "location": {"path": "inv/fleet.yaml", "lines": {"begin": 3}},
        }]);
        assert_eq!(written(&[issue(1)]), wanted);
        assert_eq!(written(&[]), serde_json::json!([]));
    }

    #[test]
    fn too_many_issues_are_counted() {
        let issues: Vec<_> = (0..MOST_ISSUES + 3).map(issue).collect();
        let written = written(&issues);
        let written = written.as_array().unwrap();
        assert_eq!(written.len(), MOST_ISSUES + 1);
        assert_eq!(written[MOST_ISSUES]["description"], "and 3 more, which have no room here");
    }

    #[test]
    fn fingerprints_tell_parts_apart() {
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
        assert_eq!(fingerprint(&["a"]).len(), 64);
    }
}
