//! Which runs are there, and how does each stand?

use std::collections::{BTreeMap, HashMap};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::args::{Format, RunsArgs};
use super::{Problem, Surroundings, exit, output};
use crate::model::{Event, Happening, OutcomeKind, Task};
use crate::planner;
use crate::report::clean_line;
use crate::store::{self, RunEntry, StoreError};
use crate::ui::{Meaning, Paint, Size, cut, padded, width};

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// A process carries it out.
    Running,
    /// The same, and a person wants nothing started.
    Paused,
    /// The same, and the way to the next wave is closed.
    AtGate,
    /// Its process came to its end, and hosts are left.
    Interrupted,
    /// Its process is gone without a word.
    BrokenOff,
    /// Its process came to its end.
    Finished,
}

/// A run in the list.
#[derive(Debug, PartialEq, Serialize)]
struct Listed {
    run: String,
    begun: Timestamp,
    task: String,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
    hosts: u64,
    /// The hosts that ended, by outcome; kinds that did not occur are left out.
    counts: BTreeMap<OutcomeKind, u64>,
    by: String,
    site: String,
    plan_id: String,
}

/// `jumpfleet runs`
pub fn run(around: &Surroundings, args: &RunsArgs) -> Result<u8, Problem> {
    let mut listed = Vec::new();
    for entry in around.state()?.list()?.into_iter().rev() {
        let name = entry.name.clone();
        match look(entry) {
            Ok(run) => listed.push(run),
            // One that cannot be read hides none of the others.
            Err(error) => output::say(false, &format!("warning: run {name}: {error}")),
        }
    }
    let columns = io::stdout().is_terminal().then(|| Size::of(io::stdout()).columns);
    output::print(|out| match args.format {
        Format::Json => output::json(out, &listed),
        Format::Text => text(&listed, columns, around.paint(&io::stdout()), out),
    })?;
    Ok(exit::GOOD)
}

fn look(entry: RunEntry) -> Result<Listed, StoreError> {
    let path = entry.folder.journal();
    // Asked before the journal is read: what an ended process wrote last is seen.
    let is_alive = store::is_held(&path)?;
    let Some((first, last)) = store::ends(&path)? else { return unbegun(entry, is_alive) };
    let fold = match last.map(|last| last.what) {
        // It says all that the list shows; only of other runs the whole journal is read.
        Some(Happening::RunFinished { counts, exit }) => Fold { counts, exit: Some(exit), ..Fold::default() },
        _ => Fold::of(&store::read_events(&path)?),
    };
    listed(entry.name, first, fold, is_alive).ok_or_else(|| StoreError::Content {
        path,
        what: "is damaged: it does not begin with the run's start".to_owned(),
    })
}

/// A run that has no first event yet, or was killed before it: its plan tells the rest, and it can be gone on with.
fn unbegun(entry: RunEntry, is_alive: bool) -> Result<Listed, StoreError> {
    let path = entry.folder.plan();
    let plan = planner::parse(store::read_text(&path)?.as_bytes())
        .map_err(|error| StoreError::Content { path, what: format!("cannot be used: {error}") })?;
    Ok(Listed {
        begun: named_time(&entry.name).unwrap_or(plan.created),
        task: word(plan.task, plan.undoes.as_deref()),
        state: Fold::default().state(is_alive),
        exit: None,
        hosts: plan.hosts.len() as u64,
        counts: BTreeMap::new(),
        by: String::new(),
        site: plan.appliance.site,
        plan_id: plan.plan_id,
        run: entry.name,
    })
}

/// The time with which the names of runs begin.
fn named_time(run: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", run.split('-').next()?).ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
}

fn word(task: Task, undoes: Option<&str>) -> String {
    match (task, undoes) {
        (Task::Uninstall, Some(_)) => "undo".to_owned(),
        _ => task.word().to_owned(),
    }
}

/// What the events of a run amount to, as far as the list shows it.
#[derive(Debug, Default)]
struct Fold {
    counts: BTreeMap<OutcomeKind, u64>,
    exit: Option<u8>,
    is_paused: bool,
    is_at_gate: bool,
}

impl Fold {
    fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut fold = Self::default();
        let mut hosts: HashMap<&Arc<str>, OutcomeKind> = HashMap::new();
        for event in events {
            match (&event.what, &event.host) {
                (Happening::HostFinished { outcome, .. }, Some(host)) => {
                    hosts.insert(host, outcome.kind());
                }
                (Happening::Rechecked { missing, unseen }, Some(host)) if !missing.is_empty() => {
                    hosts.insert(host, if *unseen { OutcomeKind::Unknown } else { OutcomeKind::Failed });
                }
                (Happening::ClientConnected { .. }, Some(host)) => {
                    hosts.insert(host, OutcomeKind::Connected);
                }
                (Happening::ClientNotConnected { unseen: false, .. }, Some(host)) => {
                    hosts.insert(host, OutcomeKind::NotConnected);
                }
                (Happening::RunResumed { .. }, _) => fold = Self::default(),
                (Happening::RunFinished { exit, .. }, _) => fold.exit = Some(*exit),
                (Happening::Paused { .. }, _) => fold.is_paused = true,
                (Happening::Continued { .. }, _) => fold.is_paused = false,
                (Happening::GateReached { .. }, _) => fold.is_at_gate = true,
                (Happening::GateOpened { .. } | Happening::GateClosed { .. }, _) => fold.is_at_gate = false,
                _ => {}
            }
        }
        hosts.values().for_each(|kind| *fold.counts.entry(*kind).or_default() += 1);
        fold
    }

    fn state(&self, is_alive: bool) -> State {
        match (self.exit, is_alive) {
            (Some(exit::INTERRUPTED), _) => State::Interrupted,
            (Some(_), _) => State::Finished,
            (None, false) => State::BrokenOff,
            (None, true) if self.is_paused => State::Paused,
            (None, true) if self.is_at_gate => State::AtGate,
            (None, true) => State::Running,
        }
    }
}

fn listed(run: String, first: Event, fold: Fold, is_alive: bool) -> Option<Listed> {
    let Happening::RunStarted { plan_id, site, hosts, by, task, undoes, .. } = first.what else {
        return None;
    };
    let task = word(task, undoes.as_deref());
    let state = fold.state(is_alive);
    let Fold { counts, exit, .. } = fold;
    Some(Listed { run, begun: first.at, task, state, exit, hosts, counts, by, site, plan_id })
}

impl Listed {
    /// The state in a word or two, and what it means.
    fn state(&self) -> (String, Option<Meaning>) {
        let ended = self.counts.iter().filter(|(kind, _)| kind.is_final()).map(|(_, count)| count).sum();
        let share = (u64::min(ended, self.hosts) * 100).checked_div(self.hosts).unwrap_or(100);
        match (self.state, self.exit) {
            (State::Running, _) => (format!("running {share}%"), Some(Meaning::Strong)),
            (State::Paused, _) => (format!("paused {share}%"), Some(Meaning::Care)),
            (State::AtGate, _) => ("at a gate".to_owned(), Some(Meaning::Care)),
            (State::Interrupted, _) => ("interrupted".to_owned(), Some(Meaning::Care)),
            (State::BrokenOff, _) => ("broken off".to_owned(), Some(Meaning::Care)),
            (State::Finished, Some(exit::GOOD)) => ("all good".to_owned(), Some(Meaning::Good)),
            (State::Finished, Some(exit::UNREACHABLE)) => ("unreachable".to_owned(), Some(Meaning::Care)),
            (State::Finished, Some(5)) => ("halted".to_owned(), Some(Meaning::Bad)),
            (State::Finished, _) => ("failed".to_owned(), Some(Meaning::Bad)),
        }
    }

    /// How its hosts ended, where the state alone does not say it.
    fn counts(&self) -> Option<String> {
        let ended: u64 = self.counts.values().sum();
        let left = self.hosts.saturating_sub(ended);
        if left == 0 && self.counts.len() == 1 {
            return None;
        }
        let kinds =
            self.counts.iter().map(|(kind, count)| format!("{count} {}", kind.word().replace('_', " ")));
        let left = (left > 0).then(|| format!("{left} left"));
        Some(kinds.chain(left).collect::<Vec<_>>().join(", "))
    }
}

/// The table; in so many columns, or as wide as it wants to be.
fn text(runs: &[Listed], columns: Option<usize>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if runs.is_empty() {
        return writeln!(out, "no runs yet");
    }
    let heads = ["RUN", "BEGUN UTC", "TASK", "STATE", "HOSTS", "BY"].map(str::to_owned);
    let cells: Vec<[String; 6]> = runs.iter().map(cells).collect();
    let widest = |at: usize| cells.iter().chain([&heads]).map(|row| width(&row[at])).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(widest);
    let taken = widths.iter().sum::<usize>() + 2 * widths.len();
    // One column stays free, so that no terminal goes on in the next row.
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(1));
    let row = |cells: &[String; 6], meaning| {
        let [run, begun, task, state, hosts, by] = cells;
        let state = paint.paint(meaning, &padded(state, widths[3]));
        let (run, begun, task) = (padded(run, widths[0]), padded(begun, widths[1]), padded(task, widths[2]));
        let hosts = format!("{hosts:>0$}", widths[4]);
        format!("{run}  {begun}  {task}  {state}  {hosts}  {}", cut(by, room.saturating_sub(taken)))
    };
    writeln!(out, "{}", row(&heads, None).trim_end())?;
    for (run, cells) in runs.iter().zip(&cells) {
        writeln!(out, "{}", row(cells, run.state().1).trim_end())?;
        if let Some(counts) = run.counts() {
            writeln!(out, "{}", cut(&format!("    {counts}"), room))?;
        }
    }
    Ok(())
}

fn cells(run: &Listed) -> [String; 6] {
    let begun = run.begun.strftime("%e %b %H:%M").to_string();
    let by = clean_line(&run.by).into_owned();
    [clean_line(&run.run).into_owned(), begun, run.task.clone(), run.state().0, run.hosts.to_string(), by]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    fn event(host: Option<&str>, what: Happening) -> Event {
        Event { at: Timestamp::UNIX_EPOCH, host: host.map(Into::into), what }
    }

    fn begun(hosts: u64, undoes: Option<&str>) -> Event {
        let what = Happening::RunStarted {
            format_version: 1,
            tool_version: "0.1.0".into(),
            run: "r".into(),
            plan_id: "p".into(),
            site: "pra.example.org".into(),
            task: if undoes.is_some() { Task::Uninstall } else { Task::Install },
            undoes: undoes.map(str::to_owned),
            hosts,
            rate: "60/min".parse().unwrap(),
            by: "administrator@a-very-long-name-of-a-machine".into(),
        };
        event(None, what)
    }

    fn shown(events: &[Event], is_alive: bool, columns: Option<usize>) -> String {
        let fold = Fold::of(events);
        let run = listed("20260501T220000Z-3f2a".into(), events[0].clone(), fold, is_alive).unwrap();
        let mut out = Vec::new();
        text(&[run], columns, Paint::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_run_without_events_is_listed_by_its_plan() {
        let folder = tempfile::tempdir().unwrap();
        let state = store::StateFolder::new(folder.path());
        let mut plan: crate::model::Plan =
            serde_json::from_str(include_str!("../../tests/report/plan.json")).unwrap();
        planner::identify(&mut plan);
        let run = state.new_run("20260501T220000Z-3f2a").unwrap();
        store::write_whole(&run.plan(), |out| planner::write_json(&plan, out)).unwrap();
        // Killed before its first event, and while it wrote it: found by both commands.
        for journal in ["", "{\"at\": \"2026"] {
            store::write_whole(&run.journal(), |out| out.write_all(journal.as_bytes())).unwrap();
            let listed = look(state.find("latest").unwrap()).unwrap();
            assert_eq!(listed.begun.to_string(), "2026-05-01T22:00:00Z");
            assert_eq!((listed.state, listed.hosts), (State::BrokenOff, plan.hosts.len() as u64));
            assert_eq!(
                (&*listed.task, &*listed.site, &listed.plan_id),
                ("install", "pra.example.org", &plan.plan_id)
            );
        }
        assert_eq!(named_time("latest"), None);
    }

    #[test]
    fn a_run_stands_where_its_events_and_its_lock_say() {
        let ended = |host, outcome| event(Some(host), Happening::HostFinished { outcome, milliseconds: 1 });
        let installed = || Outcome::Installed { directory: None, notes: Vec::new() };
        let by = || "ada".to_owned();
        let gate = crate::model::Gate { kind: crate::model::GateKind::Manual, soak: 0 };
        let finished = |exit| event(None, Happening::RunFinished { counts: BTreeMap::new(), exit });
        let mut events = vec![begun(4, None), ended("a", installed())];
        let mut step = |more: Event, is_alive, state: &str| {
            events.push(more);
            let shown = shown(&events, is_alive, None);
            assert!(shown.contains(&format!("  {state}  ")), "{state}: {shown}");
            shown
        };
        let unknown = Outcome::NotStarted { reason: "x".into() };
        let first = step(ended("b", unknown), true, "running 25%");
        assert!(first.ends_with("    1 installed, 1 not started, 2 left\n"), "{first}");
        step(event(None, Happening::Paused { by: by() }), true, "paused 25%");
        step(event(None, Happening::Continued { by: by() }), false, "broken off");
        step(event(None, Happening::GateReached { wave: 0, gate }), true, "at a gate");
        step(finished(7), false, "interrupted");
        step(event(None, Happening::RunResumed { by: by(), finished: 1 }), true, "running 25%");
        for (host, state) in [("b", "running 50%"), ("c", "running 75%"), ("d", "running 100%")] {
            step(ended(host, installed()), true, state);
        }
        let last = step(finished(0), false, "all good ");
        assert_eq!(last.lines().count(), 2, "{last}");
        step(finished(3), false, "failed  ");
        step(finished(5), false, "halted  ");
    }

    #[test]
    fn the_table_fits_eighty_columns() {
        let events = [begun(25_000, Some("20260430T220000Z-aaaa"))];
        let narrow = shown(&events, true, Some(80));
        assert!(narrow.lines().all(|line| width(line) < 80), "{narrow}");
        assert!(narrow.contains("  undo  ") && narrow.contains("administr"), "{narrow}");
        assert!(shown(&events, true, None).contains("name-of-a-machine"));
    }
}
