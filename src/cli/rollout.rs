//! Make it happen, from the question to the last word.

use std::path::Path;
use std::sync::Arc;

use crate::model::{Event, Observation, Outcome, Plan, Secret, Standing, Task, counted};
use crate::planner;
use crate::rollout::{self, Crew, Guard, Recorder, Secrets, Stop};
use crate::store::{self, Finder, Journal, Orders, RunFolder, VaultPasswords};

use super::args::{How, RolloutArgs};
use super::ask::Question;
use super::plan::{self, Made};
use super::run::{Course, Run, Work, clock, dialer, finish, fits, runtime};
use super::{Problem, Surroundings, VERSION, exit, inputs, moved, output, report, rerun, saved, site};

/// `jumpfleet rollout`
pub fn run(around: &Surroundings, args: &RolloutArgs) -> Result<u8, Problem> {
    if let Some(name) = &args.resume {
        if is_tuned(args) {
            return Err(Problem::usage("a run goes on exactly as it was planned")
                .hint("leave --limit, --rate and all that a plan decides out, or make a new plan"));
        }
        return resume(around, &args.how, name);
    }
    let made = match (&args.plan, args.rerun.split_first()) {
        (Some(path), _) => {
            let made = saved_plan(around, path, is_tuned(args), args.tuning.speed.exceed_vendor_rate)?;
            if !made.plan.task.installs() {
                return Err(Problem::usage("the plan removes clients")
                    .hint(format!("carry it out with: jumpfleet uninstall {}", path.display())));
            }
            made
        }
        (None, Some((which, run))) => {
            let run = run.first().map_or("latest", String::as_str);
            match rerun::make(around, args, which, run)? {
                Some(made) => made,
                None => return Ok(exit::GOOD),
            }
        }
        (None, None) => {
            let task = if args.replace { Task::Replace } else { Task::Install };
            plan::make_asking(around, &args.selection, &args.tuning, task, args.how.offline)?
        }
    };
    begin(around, &args.how, made)
}

/// Asks, and carries a plan out as a new run.
pub fn begin(around: &Surroundings, how: &How, made: Made) -> Result<u8, Problem> {
    if let Some(problem) = plan::forbidden(&made.plan) {
        return Err(problem);
    }
    if made.plan.hosts.is_empty() {
        output::say(around.global.quiet, "No hosts, nothing to do.");
        return Ok(exit::GOOD);
    }
    how.sessions.wish(made.plan.task)?;
    confirm(how, &made.plan)?;
    // Reading and answering may have taken long.
    let late = plan::expiring(&made.plan, &[]);
    if !late.is_empty() {
        return Err(stale_problem(&late));
    }
    let site = site::of_plan(&made.plan, how.offline)?;
    let moved = site::moved(&made.plan, site.as_ref(), &[])?;
    if !moved.is_empty() {
        return Err(stale_problem(&moved));
    }
    let secrets = fetch(around, &made.plan, made.keys)?;
    let heard_by = how.watching.wanted(&made.settings)?;
    let run = Run::begin(around, &made.plan)?;
    let Made { plan, files, settings, .. } = made;
    let course = Course::of(&plan, Vec::new());
    run.carry_out(around, how, Work { plan, files, secrets, course, settings, heard_by, site })
}

/// Whether the command line asks for something that a finished plan has decided already.
pub fn is_tuned(args: &RolloutArgs) -> bool {
    args.tuning.is_given() || args.selection.limit.is_some() || args.replace
}

/// A saved plan, refused when the world moved since it was made, or when something was typed that it has decided.
pub fn saved_plan(
    around: &Surroundings,
    path: &Path,
    is_tuned: bool,
    exceed_vendor_rate: bool,
) -> Result<Made, Problem> {
    if is_tuned {
        return Err(Problem::usage("a saved plan is carried out exactly as it was made")
            .hint("give --limit, --rate and all that a plan decides to `jumpfleet plan`"));
    }
    let plan = saved::plan(path)?;
    trusted(&plan)?;
    if plan.rate.exceeds_vendor_limit() && !exceed_vendor_rate {
        return Err(Problem::usage(format!(
            "the plan's rate of {} is more than the vendor allows",
            plan.rate
        ))
        .hint("add --exceed-vendor-rate if you know better"));
    }
    let mut stale = moved::files(&plan);
    if stale.is_empty() {
        stale = moved::answers(around, &plan)?;
    }
    stale.extend(plan::expiring(&plan, &[]));
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

/// Refuses a plan that this version would not have made so.
fn trusted(plan: &Plan) -> Result<(), Problem> {
    let faults = planner::distrusted(plan);
    if faults.is_empty() {
        return Ok(());
    }
    let made = format!("the plan was made by another version or changed by hand: {}", faults.join("; "));
    let hint = if plan.tool_version == VERSION {
        "make a new plan and look at it again".to_owned()
    } else {
        format!("make a new plan, or use the jumpfleet that made it: version {}", plan.tool_version)
    };
    Err(Problem::stale(made).hint(hint))
}

fn stale_problem(stale: &[String]) -> Problem {
    Problem::stale(format!("the plan is stale: {}", stale.join("; ")))
        .hint("make a new plan and look at it again")
}

fn confirm(how: &How, plan: &Plan) -> Result<(), Problem> {
    if how.yes {
        return Ok(());
    }
    let mut shown = Vec::new();
    if planner::write_text(plan, &mut shown).is_ok() {
        output::say(false, &String::from_utf8_lossy(&shown));
    }
    let hosts = counted(plan.hosts.len(), "host");
    let question = if plan.task.installs() { "Carry this out on" } else { "Remove the clients of" };
    let text = &format!("{question} {hosts}?");
    Question { text, deed: "carry the plan out", declined: "not carried out" }.ask()
}

/// So many missing secrets are told; a fleet may have one for each host.
const MOST_MISSING: usize = 5;

fn fetch(around: &Surroundings, plan: &Plan, keys: Vec<Option<Secret>>) -> Result<Secrets, Problem> {
    let passwords = match rollout::needs_vault(plan) {
        true => inputs::passwords(&around.with_settings(&plan.settings))?,
        false => VaultPasswords::default(),
    };
    let finder = Finder { environment: &Surroundings::environment, passwords: &passwords };
    Secrets::fetch(plan, keys, finder).map_err(|mut missing| {
        let more = missing.len().saturating_sub(MOST_MISSING);
        missing.truncate(MOST_MISSING);
        let mut what = format!("a secret is missing: {}", missing.join("; "));
        if more > 0 {
            what.push_str(&format!("; and {more} more"));
        }
        Problem::usage(what)
    })
}

/// Goes on with a run that did not end.
fn resume(around: &Surroundings, how: &How, name: &str) -> Result<u8, Problem> {
    let entry = around.state()?.find(name)?;
    let orders = Orders::open(&entry.folder)?;
    let (journal, events) = Journal::resume(&entry.folder.journal())?;
    let plan = report::plan(&entry.folder)?;
    // Killed before its first event: then this process begins the run.
    let resumed = !events.is_empty();
    let course = Course::of(&plan, events);
    let standings = course.policy.standings();
    let is_left = standings.iter().any(|standing| *standing != Standing::Finished);
    if !is_left && (how.offline || !course.policy.awaits_contact()) {
        output::say(around.global.quiet, &format!("Run {} has nothing left to do.", entry.name));
        return conclude(around, how, &entry.folder, &plan);
    }
    trusted(&plan)?;
    let site = site::of_plan(&plan, how.offline)?;
    let mut stale = plan::expiring(&plan, &standings);
    if is_left {
        stale.extend(site::moved(&plan, site.as_ref(), &standings)?);
    }
    let located = plan::relocate(&plan).map_err(|more| stale.extend(more));
    let (Ok(plan::Files { files, keys }), true) = (located, stale.is_empty()) else {
        return Err(cannot_go_on(&stale, &standings));
    };
    let moved = moved::files(&plan);
    if !moved.is_empty() {
        let what = format!("warning: the run goes on as it was planned, although {}", moved.join("; "));
        output::say(around.global.quiet, &what);
    }
    let secrets = fetch(around, &plan, keys)?;
    let settings = inputs::settings_at(Path::new(&plan.settings))?.rollout;
    let heard_by = how.watching.wanted(&settings)?;
    let run = Run { name: entry.name, folder: entry.folder, orders, journal, resumed };
    run.carry_out(around, how, Work { plan, files, secrets, course, settings, heard_by, site })
}

/// Why a run cannot go on, and what is not known of its hosts because of that.
fn cannot_go_on(stale: &[String], standings: &[Standing]) -> Problem {
    let begun = standings.iter().filter(|standing| **standing == Standing::Begun).count() as u64;
    let mut what = stale.join("; ");
    if begun > 0 {
        let hosts = counted(begun, "host");
        what.push_str(&format!("; an install began on {hosts} and may have ended since: nobody has looked"));
    }
    Problem::stale(format!("the run cannot go on: {what}"))
        .hint("make a new plan; hosts that have a client by now are left as they are")
}

/// The report of a run that had nothing left to do.
fn conclude(around: &Surroundings, how: &How, folder: &RunFolder, plan: &Plan) -> Result<u8, Problem> {
    let events: Vec<Event> = store::read_events(&folder.journal())?;
    let name = folder.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    finish(around, how, &name, &report::of(plan, events))
}

/// Looks at the plan's hosts and adds what was seen to the plan; nothing is changed and no permit is taken.
pub fn look(around: &Surroundings, mut made: Made) -> Result<Made, Problem> {
    let answers = looks(around, &made)?;
    let mut observations = Vec::with_capacity(answers.len());
    for (host, answer) in made.plan.hosts.iter().zip(answers) {
        observations.push(match answer {
            Ok(observation) => Some(observation),
            Err(outcome) => {
                output::say(around.global.quiet, &format!("{}: {}", host.name, crate::ui::said(&outcome)));
                None
            }
        });
    }
    planner::observe(&mut made.plan, observations);
    Ok(made)
}

/// What is seen on the plan's hosts, in its order.
pub fn looks(around: &Surroundings, made: &Made) -> Result<Vec<Result<Observation, Outcome>>, Problem> {
    let crew = crew(around, made)?;
    let runtime = runtime(crew.plan.at_once).map_err(Problem::tool)?;
    Ok(runtime.block_on(rollout::look(crew)))
}

/// What is needed to enter the plan's hosts outside of any run.
pub fn crew(around: &Surroundings, made: &Made) -> Result<Arc<Crew>, Problem> {
    fits(&made.plan)?;
    Ok(Arc::new(Crew {
        secrets: fetch(around, &made.plan, made.keys.clone())?,
        plan: made.plan.clone(),
        // Looks of several people at one host must not use the same folder there.
        run: format!("look-{}", std::process::id()),
        resumed: false,
        files: made.files.clone(),
        dialer: dialer(&made.settings),
        recorder: Recorder::silent(clock()),
        site: None,
        guard: Guard::default(),
        stop: Stop::default(),
        connect_deadline: made.settings.connect_deadline,
        restart_deadline: made.settings.restart_deadline,
    }))
}
