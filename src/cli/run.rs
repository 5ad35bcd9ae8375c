//! How does this process carry a run out: journal, limit, connections, interrupts, the last word?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Happening, JOURNAL_FORMAT, OutcomeKind, Plan, Rate};
use crate::planner;
use crate::report::Report;
use crate::rollout::{self, Crew, Recorder, Secrets, Standing, Stop};
use crate::store::{self, Journal, Permits, RunFolder};
use crate::transport::{Dialer, Limits, Surroundings as Around};
use crate::ui::{Mode, Screen};

use super::args::RolloutArgs;
use super::settings::Rollout;
use super::{Problem, Surroundings, VERSION, exit, output, report};

/// How many threads beside the visits may block: bastion pumps and the pacing.
const SPARE_THREADS: usize = 16;

/// What is left to be done in a run.
pub struct Work {
    /// The plan.
    pub plan: Plan,
    /// The installer files, in its order.
    pub files: Vec<PathBuf>,
    /// The secrets it refers to.
    pub secrets: Secrets,
    /// How far each host is.
    pub standings: Vec<Standing>,
    /// The settings' defaults.
    pub settings: Rollout,
}

/// A run's folder and journal, held by this process.
pub struct Run {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: RunFolder,
    /// Its journal.
    pub journal: Journal,
    /// Whether another process began it.
    pub resumed: bool,
}

impl Run {
    /// Makes the folder of a new run, with the plan in it.
    pub fn begin(around: &Surroundings, plan: &Plan) -> Result<Self, Problem> {
        let now = Surroundings::now();
        let seed = format!("{}{}{now}", plan.plan_id, std::process::id());
        let name = format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), &store::digest_of(seed.as_bytes())[..4]);
        let folder = around.state()?.new_run(&name)?;
        store::write_whole(&folder.plan(), |out| planner::write_json(plan, out))?;
        let journal = Journal::create(&folder.journal())?;
        Ok(Self { name, folder, journal, resumed: false })
    }

    /// Carries the work out and says how it ended.
    pub fn carry_out(self, around: &Surroundings, args: &RolloutArgs, work: Work) -> Result<u8, Problem> {
        let Work { plan, files, secrets, standings, settings } = work;
        let permits = permits(around, &plan, &settings)?;
        let finished = standings.iter().filter(|standing| **standing == Standing::Finished).count() as u64;
        let mode = match (args.json, around.global.quiet, around.terminal) {
            (true, ..) => Mode::Json,
            (_, true, _) => Mode::Quiet,
            (.., true) => Mode::Bars,
            (.., false) => Mode::Lines,
        };
        let hosts = plan.hosts.len() as u64;
        let screen = Arc::new(Screen::new(mode, hosts, finished, plan.rate.interval(), around.colour));
        let heard = screen.clone();
        let recorder = Recorder::new(
            self.journal,
            Box::new(Surroundings::now),
            Box::new(move |event| heard.hear(event)),
        );
        open(&recorder, &self.name, &plan, self.resumed, finished);
        let planned = output::hosts(hosts);
        output::say(around.global.quiet, &format!("Run {} ({planned}, {finished} finished)", self.name));
        let crew = Arc::new(Crew {
            plan,
            run: self.name.clone(),
            files,
            dialer: dialer(&settings),
            secrets,
            recorder,
            stop: Stop::default(),
            connect_deadline: settings.connect_deadline,
        });
        let ended = attend(&crew, permits, standings);
        screen.close();
        match ended {
            Ended::Hurried => {
                let next = format!("Stopped at once; go on with: jumpfleet rollout --resume {}", self.name);
                output::say(false, &next);
                return Ok(exit::INTERRUPTED);
            }
            Ended::Done(result) => result?,
        }
        let (plan, mut events) = report::read(&self.folder)?;
        let standing = report::of(&plan, events.clone());
        let counts = counts(&standing);
        let what = Happening::RunFinished { counts, exit: standing.exit_code() };
        crew.recorder.note_durably(None, what.clone());
        crew.recorder.health()?;
        events = store::read_events(&self.folder.journal())?;
        finish(around, args, &self.name, &report::of(&plan, events))
    }
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

/// The appliance's start limit; it does not move with --state-dir, for everybody on this machine shares it.
fn permits(around: &Surroundings, plan: &Plan, settings: &Rollout) -> Result<Permits, Problem> {
    let folder = permits_folder(around, &plan.appliance.site, settings)?;
    let shared = Rate::VENDOR_LIMIT.interval().min(plan.rate.interval());
    Ok(Permits::open(&folder, &plan.appliance.site, plan.rate.interval(), shared)?)
}

/// The settings' folder, `JUMPFLEET_PERMITS_DIR`, or the machine's; without these, the person's own.
fn permits_folder(around: &Surroundings, site: &str, settings: &Rollout) -> Result<PathBuf, Problem> {
    let named = Surroundings::environment("JUMPFLEET_PERMITS_DIR").filter(|folder| !folder.is_empty());
    if let Some(folder) = settings.permits_directory.clone().or(named.map(PathBuf::from)) {
        return Ok(folder);
    }
    match store::machine_folder(site) {
        Ok(folder) => Ok(folder),
        Err(error) => {
            let own = around.own_state()?.join("permits");
            let told = format!(
                "warning: {error}; the start limit is kept in `{}`, where other accounts do not see it",
                own.display()
            );
            output::say(false, &told);
            Ok(own)
        }
    }
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

/// How a run came to its end.
enum Ended {
    /// By itself, or after a stop that was waited for.
    Done(Result<(), store::StoreError>),
    /// A second interrupt: visits are left as they are.
    Hurried,
}

/// Carries the run out and listens for interrupts.
fn attend(crew: &Arc<Crew>, permits: Permits, standings: Vec<Standing>) -> Ended {
    let runtime = match runtime(crew.plan.at_once) {
        Ok(runtime) => runtime,
        Err(error) => {
            let path = PathBuf::from("threads");
            return Ended::Done(Err(store::StoreError::Io { doing: "start", path, source: error }));
        }
    };
    let ended = runtime.block_on(async {
        let mut interrupts = Interrupts::listen();
        let work = rollout::carry_out(crew.clone(), permits, standings);
        tokio::pin!(work);
        let mut asked = false;
        loop {
            tokio::select! {
                result = &mut work => return Ended::Done(result),
                () = interrupts.next() => {
                    if asked {
                        return Ended::Hurried;
                    }
                    asked = true;
                    crew.stop.ask("interrupted");
                    crew.recorder.note_durably(None, Happening::StopRequested { reason: "interrupted".into() });
                }
            }
        }
    });
    // After a second interrupt visits still block; the process ends around them.
    runtime.shutdown_timeout(Duration::ZERO);
    ended
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

/// Ctrl-C, and the polite request to end that a service manager or CI sends.
struct Interrupts {
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Interrupts {
    fn listen() -> Self {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        Self { terminate }
    }

    async fn next(&mut self) {
        let interrupt = tokio::signal::ctrl_c();
        match &mut self.terminate {
            Some(terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            None => drop(interrupt.await),
        }
    }
}

/// Says how the run ended.
pub fn finish(around: &Surroundings, args: &RolloutArgs, run: &str, report: &Report) -> Result<u8, Problem> {
    if !args.json {
        let text = crate::report::exporter("text").ok_or_else(|| Problem::tool("there is no text report"))?;
        output::print(|out| (text.write)(report, out))?;
    }
    let code = report.exit_code();
    if code == exit::INTERRUPTED {
        output::say(around.global.quiet, &format!("Go on with: jumpfleet rollout --resume {run}"));
    }
    Ok(code)
}
