//! Which runs are there?

use std::io::Write;

use serde::Serialize;

use super::args::{Format, RunsArgs};
use super::{Problem, Surroundings, exit, output};
use crate::model::{Event, Happening};
use crate::store;

/// A run in the list.
#[derive(Serialize)]
struct Listed {
    run: String,
    site: String,
    plan_id: String,
    by: String,
    hosts: u64,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
}

/// `jumpfleet runs`
pub fn run(around: &Surroundings, args: &RunsArgs) -> Result<u8, Problem> {
    let mut listed = Vec::new();
    for entry in around.state()?.list()? {
        match store::read_events(&entry.folder.journal()) {
            Ok(events) => listed.extend(summary(entry.name, &events)),
            // One that cannot be read hides none of the others.
            Err(error) => output::say(false, &format!("warning: run {}: {error}", entry.name)),
        }
    }
    output::print(|out| match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &listed)?;
            writeln!(out)
        }
        Format::Text => text(&listed, out),
    })?;
    Ok(exit::GOOD)
}

fn summary(run: String, events: &[Event]) -> Option<Listed> {
    let Some(Happening::RunStarted { plan_id, site, hosts, by, .. }) =
        events.first().map(|event| &event.what)
    else {
        return None;
    };
    let ended = match events.last().map(|event| &event.what) {
        Some(Happening::RunFinished { exit, .. }) => Some(*exit),
        _ => None,
    };
    let state = match ended {
        None => "not ended",
        Some(exit::INTERRUPTED) => "interrupted",
        Some(_) => "ended",
    };
    Some(Listed {
        run,
        site: site.clone(),
        plan_id: plan_id.clone(),
        by: by.clone(),
        hosts: *hosts,
        state,
        exit: ended,
    })
}

fn text(listed: &[Listed], out: &mut dyn Write) -> std::io::Result<()> {
    if listed.is_empty() {
        return writeln!(out, "no runs yet");
    }
    for run in listed {
        let exit = run.exit.map_or(String::new(), |exit| format!(", exit code {exit}"));
        writeln!(
            out,
            "{}  {}  {}  {}{exit}  by {}  plan {}",
            run.run,
            run.site,
            output::hosts(run.hosts),
            run.state,
            run.by,
            &run.plan_id[..run.plan_id.len().min(12)]
        )?;
    }
    Ok(())
}
