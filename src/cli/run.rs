//! How does this process carry a run out: journal, limit, connections, interrupts, the last word?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::appliance::Account;
use crate::model::{Event, Gate, GateKind, Happening, JOURNAL_FORMAT, OutcomeKind, Plan, Standing, counted};
use crate::planner;
use crate::report::Report;
use crate::rollout::{Clock, Crew, Guard, Moment, Policy, Recorder, Secrets, Stop};
use crate::store::{self, Journal, Orders, RunFolder};
use crate::transport::{Dialer, Limits, Surroundings as Around};
use crate::ui::{Mode, Outset, Paint, Screen, View};
use crate::watch::{Ending, Watchers};

use super::args::How;
use super::attend::{Ended, Interrupts, attend};
use super::limit::permits;
use super::person::Person;
use super::settings::Rollout;
use super::watch::HeardBy;
use super::{Problem, Surroundings, VERSION, exit, output};

/// How many threads beside the visits may block: bastion pumps and the pacing.
const SPARE_THREADS: usize = 16;

/// How long a screen that shows nothing more is waited for, once somebody wants the run to end.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// How long those who hear of a run are waited for when it has ended.
const FAREWELL: Duration = Duration::from_secs(5);

/// The pause between two looks at the screen.
const PAUSE: Duration = Duration::from_millis(2);

/// How many files a visit holds open at most: connections, pipes and threads of a way behind bastions.
const FILES_A_VISIT: u64 = 6;

/// How many files everything else holds open at most.
const SPARE_FILES: u64 = 64;

/// What is left to be done in a run.
pub struct Work {
    /// The plan.
    pub plan: Plan,
    /// The installer files, in its order.
    pub files: Vec<PathBuf>,
    /// The secrets it refers to.
    pub secrets: Secrets,
    /// How far it came so far.
    pub course: Course,
    /// The settings' defaults.
    pub settings: Rollout,
    /// Who else hears of it.
    pub heard_by: HeardBy,
    /// The site's API; none where nobody asks it.
    pub site: Option<Account>,
}

/// How far a run came, by this process's clock.
pub struct Course {
    /// What the events so far amount to.
    pub policy: Policy,
    clock: Clock,
    /// For those who watch, from the run's beginning on.
    events: Vec<Event>,
}

impl Course {
    /// Reads the events of earlier processes, once.
    pub fn of(plan: &Plan, events: Vec<Event>) -> Self {
        let clock = clock();
        let mut policy = Policy::new(plan, clock());
        policy.replay(&events, clock());
        Self { policy, clock, events }
    }

    /// How many hosts have their outcome for good.
    fn finished(&self) -> u64 {
        let standings = self.policy.standings();
        standings.iter().filter(|standing| **standing == Standing::Finished).count() as u64
    }
}

/// A run's folder and journal, held by this process.
pub struct Run {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: RunFolder,
    /// What other terminals want of it.
    pub orders: Orders,
    /// Its journal.
    pub journal: Journal,
    /// Whether another process began it.
    pub resumed: bool,
}

impl Run {
    /// Makes the folder of a new run, with the plan in it.
    pub fn begin(around: &Surroundings, plan: &Plan) -> Result<Self, Problem> {
        fits(plan)?;
        let now = Surroundings::now();
        let seed = format!("{}{}{now}", plan.plan_id, std::process::id());
        let name = format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), &store::digest_of(seed.as_bytes())[..4]);
        let folder = around.state()?.new_run(&name)?;
        store::write_whole(&folder.plan(), |out| planner::write_json(plan, out))?;
        // Before the journal is there: no order is given earlier, so none is missed.
        let orders = Orders::open(&folder)?;
        let journal = Journal::create(&folder.journal())?;
        Ok(Self { name, folder, orders, journal, resumed: false })
    }

    /// Carries the work out and says how it ended.
    pub fn carry_out(self, around: &Surroundings, how: &How, work: Work) -> Result<u8, Problem> {
        let Work { plan, files, secrets, course, settings, heard_by, site } = work;
        fits(&plan)?;
        let guard = Guard::new(&plan, how.sessions.wish(plan.task)?);
        let permits = permits(around, &plan, &settings)?;
        if self.resumed {
            permits.resume()?;
        }
        let (finished, hosts) = (course.finished(), plan.hosts.len() as u64);
        let Course { mut policy, clock, events } = course;
        if site.is_none() {
            policy.await_no_contact();
        }
        let mode = around.mode(how, hosts);
        let outset = Outset { task: plan.task, hosts, finished, interval: plan.rate.interval() };
        let paint = Paint { on: around.colour };
        let screen = Arc::new(Screen::new(View { mode, outset, paint, now: Surroundings::now }));
        let watchers = Arc::new(heard_by.set(&self, &plan, &events));
        drop(events);
        let (heard, watched) = (screen.clone(), watchers.clone());
        let stop = Stop::default();
        let (gates, gate) = tokio::sync::mpsc::unbounded_channel();
        let listener = Box::new(move |event: &Event| {
            heard.hear(event);
            watched.hear(event);
            if let Happening::GateReached { gate: Gate { kind: GateKind::Manual, .. }, .. } = event.what {
                // When nobody attends to the run any more, nobody is to be asked either.
                let _ = gates.send(());
            }
        });
        let recorder = Recorder::new(self.journal, policy, clock, listener, stop.clone());
        if !around.global.quiet {
            screen.say(format!("Run {} ({}, {finished} finished)", self.name, counted(hosts, "host")));
        }
        if mode == Mode::Bar && around.person {
            screen.say("Enter shows who is pending, Ctrl-C stops.");
        }
        open(&recorder, &self.name, &plan, self.resumed, finished);
        let crew = Arc::new(Crew {
            plan,
            run: self.name.clone(),
            resumed: self.resumed,
            files,
            dialer: dialer(&settings),
            secrets,
            recorder,
            site: site.map(|site| super::appliance::telling(site, &screen, around.global.quiet)),
            guard,
            stop,
            connect_deadline: settings.connect_deadline,
            restart_deadline: settings.restart_deadline,
        });
        let runtime = runtime(crew.plan.at_once).map_err(cannot_start)?;
        let mut interrupts = {
            let _inside = runtime.enter();
            Interrupts::listen().map_err(cannot_start)?
        };
        let is_there = around.person && !matches!(mode, Mode::Json | Mode::Quiet);
        let person = Person::new(is_there, !how.yes, gate, screen.clone());
        match runtime.block_on(attend(&crew, permits, self.orders, &screen, person, &mut interrupts)) {
            Ended::Hurried => {
                watchers.end(None);
                runtime.block_on(async {
                    tokio::join!(drain(&screen, Some(PATIENCE)), farewell(&watchers, PATIENCE))
                });
                let next = format!("Stopped at once; go on with: jumpfleet rollout --resume {}", self.name);
                briefly(move || output::say(false, &next));
                // Visits still block; the process ends around them.
                runtime.shutdown_background();
                Ok(exit::INTERRUPTED)
            }
            Ended::Done(result) => {
                let report = result.map_err(Problem::from).and_then(|()| conclude(&crew, &self.folder));
                let ending = report.as_ref().ok().map(|report| Ending::new(report, Surroundings::now()));
                watchers.end(ending);
                let patience = (mode == Mode::Bar || crew.stop.is_asked()).then_some(PATIENCE);
                runtime.block_on(async {
                    tokio::select! {
                        _ = async { tokio::join!(drain(&screen, patience), farewell(&watchers, FAREWELL)) } => {}
                        () = interrupts.next() => {}
                    }
                });
                leave_to_interrupts(runtime, interrupts);
                if !watchers.is_done() {
                    output::say(false, "warning: not everybody who watches the run heard its end in time");
                }
                finish(around, how, &self.name, &report?)
            }
        }
    }
}

/// Writes down that the run has ended, and reports on it.
fn conclude(crew: &Crew, folder: &RunFolder) -> Result<Report, Problem> {
    let mut fold = Report::open(&crew.plan);
    for event in &store::read_events(&folder.journal())? {
        fold.add(event);
    }
    let standing = fold.clone().close();
    let last = crew.recorder.note_last(end(&standing));
    crew.recorder.health()?;
    fold.add(&last.ok_or_else(|| Problem::tool("the end of the run could not be written down"))?);
    Ok(fold.close())
}

/// Waits until everything is shown; with `patience`, only as long as something gets out in that time.
async fn drain(screen: &Screen, patience: Option<Duration>) {
    screen.close();
    let (mut seen, mut since) = (screen.shown(), Instant::now());
    while let Some(shown) = screen.shown() {
        if seen != Some(shown) {
            (seen, since) = (Some(shown), Instant::now());
        } else if patience.is_some_and(|patience| since.elapsed() >= patience) {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until everybody has heard the end, so long at most.
async fn farewell(watchers: &Watchers, patience: Duration) {
    let since = Instant::now();
    while !watchers.is_done() && since.elapsed() < patience {
        tokio::time::sleep(PAUSE).await;
    }
}

/// Says something that may never get out.
fn briefly(say: impl FnOnce() + Send + 'static) {
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        say();
        // Nobody waits any more when it took too long.
        let _ = done.send(());
    });
    let _ = is_done.recv_timeout(PATIENCE);
}

/// From here on an interrupt ends the process at once: only the last words are left to be said.
#[expect(clippy::exit, reason = "the main thread may be blocked by output that nobody reads")]
fn leave_to_interrupts(runtime: tokio::runtime::Runtime, mut interrupts: Interrupts) {
    runtime.spawn(async move {
        interrupts.next().await;
        std::process::exit(i32::from(exit::INTERRUPTED));
    });
    // Signals stay caught until the process ends, so whoever answers them must stay too.
    std::mem::forget(runtime);
}

/// Both clocks of this process.
pub fn clock() -> Clock {
    let begun = Instant::now();
    Box::new(move || Moment { at: Surroundings::now(), clock: begun.elapsed() })
}

fn cannot_start(error: std::io::Error) -> Problem {
    Problem::tool(format!("the run cannot start: {error}"))
}

/// The last event of a run that stands like this.
pub(super) fn end(standing: &Report) -> Happening {
    Happening::RunFinished { counts: counts(standing), exit: standing.exit_code() }
}

fn counts(report: &Report) -> BTreeMap<OutcomeKind, u64> {
    OutcomeKind::ALL.iter().map(|kind| (*kind, report.count(*kind))).filter(|(_, count)| *count > 0).collect()
}

/// The first events of this process.
fn open(recorder: &Recorder, run: &str, plan: &Plan, resumed: bool, finished: u64) {
    let by = Surroundings::by();
    let what = if resumed {
        Happening::RunResumed { by, finished }
    } else {
        Happening::RunStarted {
            format_version: JOURNAL_FORMAT,
            tool_version: VERSION.to_owned(),
            run: run.to_owned(),
            plan_id: plan.plan_id.clone(),
            site: plan.appliance.site.clone(),
            task: plan.task,
            undoes: plan.undoes.clone(),
            hosts: plan.hosts.len() as u64,
            rate: plan.rate,
            by,
        }
    };
    recorder.note_durably(None, what);
    if plan.rate.exceeds_vendor_limit() {
        recorder.note_durably(None, Happening::VendorRateExceeded { rate: plan.rate });
    }
}

/// Refuses more visits at once than this process may have files open.
pub fn fits(plan: &Plan) -> Result<(), Problem> {
    let open_files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    fits_into(u64::from(plan.at_once).min(plan.hosts.len() as u64), open_files)
}

/// `open_files` is the process's limit; none means that there is no limit.
fn fits_into(visits: u64, open_files: Option<u64>) -> Result<(), Problem> {
    let needed = visits * FILES_A_VISIT + SPARE_FILES;
    let Some(limit) = open_files.filter(|limit| *limit < needed) else { return Ok(()) };
    let fitting = limit.saturating_sub(SPARE_FILES) / FILES_A_VISIT;
    let what = format!("{visits} visits at once may need {needed} open files, and this process gets {limit}");
    let raise = "raise the hard limit (see `ulimit -Hn`)";
    Err(Problem::usage(what).hint(match fitting {
        0 => raise.to_owned(),
        _ => format!("{raise}, or plan with --at-once {fitting} at most"),
    }))
}

/// Connections as the settings want them.
pub fn dialer(settings: &Rollout) -> Dialer {
    let read = |path: &str| match store::read_text(Path::new(path)) {
        Ok(text) => Ok(Some(text)),
        Err(store::StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(std::io::Error::other(error.to_string())),
    };
    let append = |path: &str, line: &str| {
        store::append_line(Path::new(path), line).map_err(|error| std::io::Error::other(error.to_string()))
    };
    let limits =
        Limits { connect: settings.connect_deadline.min(Limits::default().connect), ..Limits::default() };
    Dialer::new(
        limits,
        Around {
            read: Box::new(read),
            append: Box::new(append),
            home: Surroundings::home(),
            user: Surroundings::user(),
            agent: Surroundings::environment("SSH_AUTH_SOCK").map(Into::into),
        },
    )
}

/// A runtime for this many visits at once.
pub fn runtime(visits: u32) -> std::io::Result<tokio::runtime::Runtime> {
    let threads = visits as usize + SPARE_THREADS;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(threads)
        .enable_all()
        .build()
}

/// Says how the run ended.
pub fn finish(around: &Surroundings, how: &How, run: &str, report: &Report) -> Result<u8, Problem> {
    if !how.json {
        let text = crate::report::exporter("text").ok_or_else(|| Problem::tool("there is no text report"))?;
        output::print(|out| (text.write)(report, out))?;
    }
    let code = report.exit_code();
    if code == exit::INTERRUPTED {
        output::say(around.global.quiet, &format!("Go on with: jumpfleet rollout --resume {run}"));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_visits_than_files_are_refused() {
        assert!(fits_into(48, Some(1024)).is_ok());
        assert!(fits_into(160, Some(1024)).is_ok());
        assert!(fits_into(2000, None).is_ok());
        let refused = fits_into(161, Some(1024)).unwrap_err();
        assert_eq!(refused.exit_code(), exit::INPUT);
        assert!(format!("{refused:?}").contains("--at-once 160"), "{refused:?}");
        assert!(fits_into(1, Some(10)).is_err());
    }
}
