//! How would a saved plan go? Its course on hosts that are made up, on standard output.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};

use crate::model::{Event, Happening, OutcomeKind, Plan, Task, counted};
use crate::report::{Ends, Report, is_outlasted};
use crate::rollout::{Script, rehearse};
use crate::ui;

use super::args::RehearseArgs;
use super::{Problem, Surroundings, VERSION, exit, output, saved};

/// `jumpfleet rehearse`
///
/// Returns 0 whatever the made-up run comes to: it says what the run would return.
pub fn run(around: &Surroundings, args: &RehearseArgs) -> Result<u8, Problem> {
    let plan = saved::plan(&args.plan)?;
    let start = args.start.unwrap_or_else(Surroundings::now);
    let script = Script { start, profile: args.failures, seed: args.seed };
    output::print(|out| if args.json { events(&plan, script, out) } else { course(&plan, script, out) })?;
    if !args.json {
        output::say(around.global.quiet, "Nothing was connected to. These hosts were made up.");
    }
    Ok(exit::GOOD)
}

fn events(plan: &Plan, script: Script, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |event: &Event| {
        serde_json::to_writer(&mut *out, event)?;
        writeln!(out)
    };
    let mut written = Ok(());
    let mut is_open = false;
    let mut fold = Report::open(plan);
    let mut last = script.start;
    rehearse(plan, script, &mut |event| {
        if !std::mem::replace(&mut is_open, true) {
            written = line(&event.opening(VERSION));
        }
        if written.is_ok() {
            written = line(event);
        }
        fold.add(event);
        last = event.at;
    });
    written?;
    line(&Event { at: last, host: None, what: super::run::end(&fold.close()) })
}

fn course(plan: &Plan, script: Script, out: &mut dyn Write) -> io::Result<()> {
    let id = plan.plan_id.get(..12).unwrap_or(&plan.plan_id);
    let hosts = counted(plan.hosts.len(), "host");
    writeln!(out, "Rehearsal of plan {id} on {hosts} from {}", script.start)?;
    writeln!(out, "  what goes wrong: {}, seed {}\n", script.profile, script.seed)?;
    let mut tally = Tally { hosts: plan.hosts.len() as u64, task: plan.task, ..Tally::default() };
    let mut written = Ok(());
    rehearse(plan, script, &mut |event| {
        let line = tally.add(event);
        if let (Some(line), Ok(())) = (line, &written) {
            written = writeln!(out, "{:>10}  {line}", elapsed(script.start, event.at));
        }
    });
    written?;
    tally.end(script.start, out)
}

/// What came of the made-up hosts.
#[derive(Default)]
struct Tally {
    hosts: u64,
    counts: BTreeMap<OutcomeKind, u64>,
    starts: u64,
    outlasted: u64,
    stop: Option<String>,
    task: Task,
    last: Option<Timestamp>,
}

impl Tally {
    /// Counts an event, and says it if it is worth a line.
    fn add(&mut self, event: &Event) -> Option<String> {
        self.last = Some(event.at);
        match &event.what {
            Happening::InstallStarted { .. } | Happening::RemovalStarted { .. } => self.starts += 1,
            Happening::HostFinished { outcome, .. } => {
                *self.counts.entry(outcome.kind()).or_default() += 1;
                self.outlasted += u64::from(is_outlasted(outcome));
            }
            Happening::Rechecked { missing, .. } if !missing.is_empty() => self.lost(),
            Happening::StopRequested { reason } => self.stop = Some(reason.clone()),
            _ => {}
        }
        if event.host.is_some() { None } else { ui::told(&event.what, self.task, self.hosts) }
    }

    /// A client that was installed is not there any more.
    fn lost(&mut self) {
        if let Some(installed) = self.counts.get_mut(&OutcomeKind::Installed) {
            *installed -= 1;
        }
        *self.counts.entry(OutcomeKind::Failed).or_default() += 1;
    }

    fn end(mut self, start: Timestamp, out: &mut dyn Write) -> io::Result<()> {
        let ended = self.counts.values().sum::<u64>();
        *self.counts.entry(OutcomeKind::NotStarted).or_default() += self.hosts.saturating_sub(ended);
        self.counts.retain(|_, count| *count > 0);
        let lasted = elapsed(start, self.last.unwrap_or(start));
        writeln!(out, "{lasted:>10}  the run ends with exit code {}\n", self.exit_code())?;
        for (kind, count) in &self.counts {
            writeln!(out, "{:<16}{count:>10}", kind.word().replace('_', " "))?;
        }
        writeln!(out, "{:<16}{:>10}", "planned", self.hosts)?;
        writeln!(out, "{:<16}{:>10}", "starts", self.starts)
    }

    /// What the run would return.
    fn exit_code(&self) -> u8 {
        let Self { counts, outlasted, stop, .. } = self;
        Ends { counts, outlasted: *outlasted, unconfirmed: 0, stop: stop.as_deref() }.exit_code()
    }
}

/// Hours, minutes and seconds since the start.
fn elapsed(start: Timestamp, at: Timestamp) -> String {
    let since: SignedDuration = at.duration_since(start);
    let seconds = since.as_secs().max(0);
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
