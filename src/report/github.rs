//! What does a GitHub job say of a run? One annotation a cause, at the inventory's line of its first host.

use std::io;

use super::advice::for_cause;
use super::causes::NO_CLIENT_RUNS;
use super::names::fold_within;
use super::record::{Cause, Report};
use super::verdict::{kind_words, verdict};
use super::{markdown, text};
use crate::ci::{Annotation, Level, Step};
use crate::model::{OutcomeKind, counted};

/// The most characters of a folded list of hosts.
const MOST_NAMES: usize = 400;

/// Where annotations that have no room are found.
const REST: &str = "the job summary has them all";

/// Writes the annotations alone; errors are those of `out`.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(step(report)?.commands().as_bytes())
}

/// Everything a step has to say of a run; there are no errors but those of memory.
pub fn step(report: &Report) -> io::Result<Step> {
    let mut log = Vec::new();
    text::write(report, &mut log)?;
    Ok(Step {
        log: String::from_utf8_lossy(&log).into_owned(),
        annotations: report.causes.iter().filter_map(|cause| annotation(report, cause)).collect(),
        rest: REST,
        summary: markdown::page(report),
        brief: markdown::brief(report),
        outputs: outputs(report),
    })
}

fn level(cause: &Cause) -> Option<Level> {
    match cause.kind {
        OutcomeKind::Failed | OutcomeKind::NotConnected | OutcomeKind::Unreachable | OutcomeKind::Unknown => {
            Some(Level::Error)
        }
        OutcomeKind::NotStarted => Some(Level::Warning),
        OutcomeKind::AlreadyPresent if cause.detail == NO_CLIENT_RUNS => Some(Level::Warning),
        OutcomeKind::AlreadyAbsent if !cause.detail.is_empty() => Some(Level::Notice),
        _ => None,
    }
}

fn annotation(report: &Report, cause: &Cause) -> Option<Annotation> {
    let level = level(cause)?;
    let count = counted(cause.hosts.len(), "host");
    let word = cause.class.map(|class| format!(" ({class})")).unwrap_or_default();
    let phase = cause.phase.map(|phase| format!("{phase}: ")).unwrap_or_default();
    let mut lines = vec![format!("{phase}{}", cause.detail)];
    lines.push(format!("on {}", fold_within(cause.names(report), MOST_NAMES)));
    lines.extend(for_cause(cause).map(|next| format!("next: {next}")));
    let place = cause.hosts.first().and_then(|at| report.hosts.get(*at)).map(|host| &host.place);
    Some(Annotation {
        level,
        title: format!("{count} {}{word}", kind_words(cause.kind)),
        message: lines.join("\n"),
        spot: place.and_then(|place| report.sources.spot(place)),
    })
}

fn outputs(report: &Report) -> Vec<(&'static str, String)> {
    let mut outputs = vec![
        ("run", report.run.name.clone().unwrap_or_default()),
        ("plan_id", report.run.plan_id.clone()),
        ("verdict", verdict(report)),
        ("exit_code", report.exit_code().to_string()),
        ("hosts", report.hosts.len().to_string()),
    ];
    outputs.extend(OutcomeKind::ALL.iter().map(|kind| (kind.word(), report.count(*kind).to_string())));
    outputs
}
