//! Make it happen, from the question to the last word.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Event, Happening, JOURNAL_FORMAT, OutcomeKind, Plan, Rate, Secret};
use crate::planner;
use crate::report::Report;
use crate::rollout::{self, Crew, Recorder, Secrets, Standing, Stop, standings};
use crate::store::{self, Journal, Permits, RunFolder};
use crate::transport::{Dialer, Limits, Surroundings as Around};
use crate::ui::{Mode, Screen};

use super::args::RolloutArgs;
use super::plan::{self, Made};
use super::{Problem, Surroundings, VERSION, exit, inputs, output, report};

/// How many threads beside the visits may block: bastion pumps and the pacing.
const SPARE_THREADS: usize = 16;

/// `jumpfleet rollout`
pub fn run(around: &Surroundings, args: &RolloutArgs) -> Result<u8, Problem> {
    if let Some(name) = &args.resume {
        return resume(around, args, name);
    }
    let made = match &args.plan {
        Some(path) => saved(path, args)?,
        None => plan::make(around, &args.selection, &args.tuning)?,
    };
    if let Some(problem) = plan::forbidden(&made.plan) {
        return Err(problem);
    }
    if made.plan.hosts.is_empty() {
        output::say(around.global.quiet, "No hosts, nothing to do.");
        return Ok(exit::GOOD);
    }
    confirm(around, args, &made.plan)?;
    let secrets = fetch(&made.plan, made.keys)?;
    let run = Run::begin(around, &made.plan)?;
    let standings = vec![Standing::Fresh; made.plan.hosts.len()];
    run.carry_out(
        around,
        args,
        Work { plan: made.plan, files: made.files, secrets, standings, settings: made.settings },
    )
}

/// A saved plan, refused when the world moved since it was made.
fn saved(path: &Path, args: &RolloutArgs) -> Result<Made, Problem> {
    let tuning = &args.tuning;
    if tuning.release.is_some()
        || tuning.rate.is_some()
        || tuning.at_once.is_some()
        || args.selection.limit.is_some()
    {
        return Err(Problem::usage("a saved plan is carried out exactly as it was made")
            .hint("give --limit, --release, --rate and --at-once to `jumpfleet plan`"));
    }
    let text = store::read_text(path).map_err(|error| Problem::usage(error.to_string()))?;
    let plan = planner::parse(text.as_bytes()).map_err(|error| {
        let what = format!("`{}`: {error}", path.display());
        match error {
            planner::PlanError::Changed => Problem::stale(what).hint("make a new plan; a plan is not edited"),
            _ => Problem::usage(what),
        }
    })?;
    if plan.rate.exceeds_vendor_limit() && !tuning.exceed_vendor_rate {
        return Err(Problem::usage(format!(
            "the plan's rate of {} is more than the vendor allows",
            plan.rate
        ))
        .hint("add --exceed-vendor-rate if you know better"));
    }
    let mut stale = plan::moved(&plan);
    stale.extend(plan::expired(&plan));
    let located = plan::relocate(&plan);
    if let Err(more) = &located {
        stale.extend(more.iter().cloned());
    }
    match located {
        Ok(plan::Files { files, keys }) if stale.is_empty() => {
            let settings = inputs::settings_at(Path::new(&plan.settings))?;
            Ok(Made { plan, files, keys, settings: settings.rollout })
        }
        _ => Err(stale_problem(&stale)),
    }
}

fn stale_problem(stale: &[String]) -> Problem {
    Problem::stale(format!("the plan is stale: {}", stale.join("; ")))
        .hint("make a new plan and look at it again")
}

fn confirm(around: &Surroundings, args: &RolloutArgs, plan: &Plan) -> Result<(), Problem> {
    if args.yes {
        return Ok(());
    }
    let mut shown = Vec::new();
    if planner::write_text(plan, &mut shown).is_ok() {
        output::say(false, &String::from_utf8_lossy(&shown));
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Problem::usage("nobody is there to be asked").hint("add --yes to carry the plan out unasked")
        );
    }
    let _ = around;
    let mut err = std::io::stderr().lock();
    let asked =
        write!(err, "Carry this out on {} hosts? [y/N] ", plan.hosts.len()).and_then(|()| err.flush());
    let mut answer = String::new();
    let answered = asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    match answered {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        Ok(_) => Err(Problem::usage("not carried out")),
        Err(error) => Err(Problem::tool(format!("cannot ask: {error}"))),
    }
}

fn fetch(plan: &Plan, keys: Vec<Option<Secret>>) -> Result<Secrets, Problem> {
    Secrets::fetch(plan, keys, &|name| Surroundings::environment(name))
        .map_err(|missing| Problem::usage(format!("a secret is missing: {}", missing.join("; "))))
}

/// Goes on with a run that did not end.
fn resume(around: &Surroundings, args: &RolloutArgs, name: &str) -> Result<u8, Problem> {
    let entry = around.state()?.find(name)?;
    let (journal, events) = Journal::resume(&entry.folder.journal())?;
    let plan = report::plan(&entry.folder)?;
    let standings = standings(&plan, &events);
    if !standings.iter().any(|standing| *standing != Standing::Finished) {
        output::say(around.global.quiet, &format!("Run {} has nothing left to do.", entry.name));
        return conclude(around, args, &entry.folder, &plan);
    }
    let mut stale = plan::expired(&plan);
    let located = plan::relocate(&plan).map_err(|more| stale.extend(more));
    let (Ok(plan::Files { files, keys }), true) = (located, stale.is_empty()) else {
        return Err(stale_problem(&stale));
    };
    let secrets = fetch(&plan, keys)?;
    let settings = inputs::settings_at(Path::new(&plan.settings))?;
    let run = Run { name: entry.name, folder: entry.folder, journal, resumed: true };
    run.carry_out(around, args, Work { plan, files, secrets, standings, settings: settings.rollout })
}

/// What is left to be done in a run.
struct Work {
    plan: Plan,
    files: Vec<std::path::PathBuf>,
    secrets: Secrets,
    standings: Vec<Standing>,
    settings: super::settings::Rollout,
}

/// A run's folder and journal, held by this process.
struct Run {
    name: String,
    folder: RunFolder,
    journal: Journal,
    resumed: bool,
}

impl Run {
    /// Makes the folder of a new run, with the plan in it.
    fn begin(around: &Surroundings, plan: &Plan) -> Result<Self, Problem> {
        let now = Surroundings::now();
        let seed = format!("{}{}{now}", plan.plan_id, std::process::id());
        let name = format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), &store::digest_of(seed.as_bytes())[..4]);
        let folder = around.state()?.new_run(&name)?;
        store::write_whole(&folder.plan(), |out| planner::write_json(plan, out))?;
        let journal = Journal::create(&folder.journal())?;
        Ok(Self { name, folder, journal, resumed: false })
    }

    fn carry_out(self, around: &Surroundings, args: &RolloutArgs, work: Work) -> Result<u8, Problem> {
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
        output::say(
            around.global.quiet,
            &format!("Run {} ({} hosts, {finished} finished)", self.name, hosts),
        );
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

fn counts(report: &Report) -> std::collections::BTreeMap<OutcomeKind, u64> {
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

/// The appliance's start limit; it does not move with --state-dir, for all runs of a person share it.
fn permits(
    around: &Surroundings,
    plan: &Plan,
    settings: &super::settings::Rollout,
) -> Result<Permits, Problem> {
    let folder = match &settings.permits_directory {
        Some(folder) => folder.clone(),
        None => around.own_state()?.join("permits"),
    };
    let shared = Rate::VENDOR_LIMIT.interval().min(plan.rate.interval());
    Ok(Permits::open(&folder, &plan.appliance.site, plan.rate.interval(), shared)?)
}

fn dialer(settings: &super::settings::Rollout) -> Dialer {
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
    let threads = crew.plan.at_once as usize + SPARE_THREADS;
    let runtime = match runtime(threads) {
        Ok(runtime) => runtime,
        Err(error) => {
            let path = std::path::PathBuf::from("threads");
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

fn runtime(threads: usize) -> std::io::Result<tokio::runtime::Runtime> {
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

/// The report of a run that had nothing left to do.
fn conclude(
    around: &Surroundings,
    args: &RolloutArgs,
    folder: &RunFolder,
    plan: &Plan,
) -> Result<u8, Problem> {
    let events: Vec<Event> = store::read_events(&folder.journal())?;
    let name = folder.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    finish(around, args, &name, &report::of(plan, events))
}

/// Says how the run ended.
fn finish(around: &Surroundings, args: &RolloutArgs, run: &str, report: &Report) -> Result<u8, Problem> {
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

/// Looks at the plan's hosts and adds what was seen to the plan; nothing is changed and no permit is taken.
pub fn look(around: &Surroundings, made: Made) -> Result<Made, Problem> {
    let Made { plan, files, keys, settings } = made;
    let crew = Arc::new(Crew {
        secrets: fetch(&plan, keys.clone())?,
        plan,
        run: "look".to_owned(),
        files: files.clone(),
        dialer: dialer(&settings),
        recorder: Recorder::silent(Box::new(Surroundings::now)),
        stop: Stop::default(),
        connect_deadline: settings.connect_deadline,
    });
    let runtime = runtime(crew.plan.at_once as usize + SPARE_THREADS).map_err(Problem::tool)?;
    let answers = runtime.block_on(rollout::look(crew.clone()));
    let mut plan = crew.plan.clone();
    let mut observations = Vec::with_capacity(answers.len());
    for (host, answer) in plan.hosts.iter().zip(answers) {
        observations.push(match answer {
            Ok(observation) => Some(observation),
            Err(outcome) => {
                output::say(around.global.quiet, &format!("{}: {}", host.name, crate::ui::said(&outcome)));
                None
            }
        });
    }
    planner::observe(&mut plan, observations);
    Ok(Made { plan, files, keys, settings })
}
