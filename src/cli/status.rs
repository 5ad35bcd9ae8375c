//! How does a run stand?

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::thread::sleep;
use std::time::Duration;

use super::args::{Format, StatusArgs};
use super::{Problem, Surroundings, exit, report};
use crate::model::{Event, Happening, OutcomeKind};
use crate::report::{Fold, Report, clean_line};
use crate::store::{self, JournalReader, RunEntry};
use crate::ui::{Mishap, Outset, Size, Status, Tally, cut, line, said};

/// The pause between two looks at a run that is followed.
const PAUSE: Duration = Duration::from_secs(1);

/// How many mishaps are shown.
const MISHAPS: usize = 5;

/// `jumpfleet status`
pub fn run(around: &Surroundings, args: &StatusArgs) -> Result<u8, Problem> {
    let mut followed = Followed::open(around.state()?.find(&args.run)?)?;
    followed.read()?;
    let page = args.format == Format::Text && io::stdout().is_terminal() && !Surroundings::is_dumb();
    let begin = if args.watch && page { "\u{1b}[2J" } else { "" };
    let first = followed.shown(args.format)?;
    let first = if args.watch && page { redrawn(&first) } else { first };
    let mut shown = put(&format!("{begin}{first}"))?;
    while args.watch && followed.goes_on && shown.is_continue() {
        sleep(PAUSE);
        let lines = followed.read()?;
        shown = match (page, args.format) {
            (true, _) => put(&redrawn(&followed.shown(args.format)?))?,
            (_, Format::Text) if followed.goes_on => put(&lines)?,
            (_, Format::Text) => put(&format!("{lines}{}", followed.shown(args.format)?))?,
            (_, Format::Json) => put(&followed.shown(args.format)?)?,
        };
    }
    Ok(exit::GOOD)
}

/// A page over the page before, line by line, so that nothing flickers; what does not fit is cut.
fn redrawn(page: &str) -> String {
    let size = Size::of(io::stdout());
    let lines = page.lines().take(size.rows.saturating_sub(1));
    let lines: String = lines.map(|line| format!("{}\u{1b}[K\n", cut(line, size.columns - 1))).collect();
    format!("\u{1b}[H{lines}\u{1b}[J")
}

/// Prints at once; breaks when nobody reads any more.
fn put(text: &str) -> Result<ControlFlow<()>, Problem> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(Problem::tool(format!("cannot print the result: {error}"))),
    }
}

/// A run that is followed: what its events amount to, none of them read twice.
struct Followed {
    entry: RunEntry,
    journal: JournalReader,
    fold: Fold,
    tally: Tally,
    mishaps: VecDeque<Mishap>,
    report: Report,
    goes_on: bool,
}

impl Followed {
    fn open(entry: RunEntry) -> Result<Self, Problem> {
        let journal = JournalReader::open(&entry.folder.journal())?;
        let plan = report::plan(&entry.folder)?;
        let fold = Report::open(&plan);
        let (task, interval) = (plan.task, plan.rate.interval());
        let outset = Outset { task, hosts: plan.hosts.len() as u64, finished: 0, interval };
        Ok(Self {
            report: fold.clone().close(),
            tally: Tally::new(outset),
            mishaps: VecDeque::new(),
            goes_on: false,
            entry,
            journal,
            fold,
        })
    }

    /// Reads what came since, and returns a line for each event that is worth one.
    fn read(&mut self) -> Result<String, Problem> {
        // Asked before the journal is read: what an ended process wrote last is seen.
        let alive = store::is_held(&self.entry.folder.journal())?;
        let news = self.journal.news()?;
        let mut lines = String::new();
        for event in &news {
            self.fold.add(event);
            self.tally.add(event);
            self.mishaps.extend(mishap(event));
            lines.extend(line(event, &self.tally).map(|line| format!("{}\n", clean_line(&line))));
        }
        self.mishaps.drain(..self.mishaps.len().saturating_sub(MISHAPS));
        if !news.is_empty() {
            self.report = self.fold.clone().close();
        }
        self.goes_on = alive && !self.report.run.complete;
        Ok(lines)
    }

    fn shown(&mut self, format: Format) -> Result<String, Problem> {
        let now = Surroundings::now();
        let mishaps = self.mishaps.make_contiguous();
        let status = Status::of(&self.entry.name, &self.report, &mut self.tally, mishaps, self.goes_on, now);
        match format {
            Format::Text => Ok(status.page(now)),
            Format::Json => Ok(serde_json::to_string(&status).map_err(Problem::tool)? + "\n"),
        }
    }
}

fn mishap(event: &Event) -> Option<Mishap> {
    let host = event.host.as_ref()?;
    let what = match &event.what {
        Happening::HostFinished { outcome, .. } => match outcome.kind() {
            OutcomeKind::Failed | OutcomeKind::Unreachable | OutcomeKind::Unknown => said(outcome),
            _ => return None,
        },
        Happening::ClientNotConnected { detail, .. } => format!("did not connect to the site: {detail}"),
        Happening::Rechecked { missing, .. } if !missing.is_empty() => {
            format!("looked at again: {}", missing.join(", "))
        }
        _ => return None,
    };
    Some(Mishap { at: event.at, what: format!("{host}: {what}") })
}
