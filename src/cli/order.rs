//! What is wanted of a run that another process carries out, and was it done?

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::model::{Given, Happening, Order, Rate};
use crate::store::{self, JournalReader, Orders, RunEntry};

use super::{Problem, Surroundings, exit, output, report};

/// How long the run may take to carry an order out; it listens several times a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pause between two looks at the journal.
const PAUSE: Duration = Duration::from_millis(100);

/// What came of an order.
enum Answer {
    Done,
    Ended,
    Silence,
}

/// `jumpfleet pause`, `continue`, `halt` and `rate`
pub fn run(around: &Surroundings, run: &str, order: Order) -> Result<u8, Problem> {
    let entry = around.state()?.find(run)?;
    let mut journal = JournalReader::open(&entry.folder.journal())?;
    let complete = journal.news()?.last().is_some_and(|event| is_end(&event.what));
    if complete || !store::is_held(&entry.folder.journal())? {
        return Err(not_going_on(&entry.name, complete));
    }
    if let Order::Rate { rate } = order {
        allowed(&entry, rate)?;
    }
    let given = given(order);
    Orders::give(&entry.folder, &given)?;
    match answer(&entry, &mut journal, &given.done())? {
        Answer::Done => {
            output::say(around.global.quiet, &done(&entry.name, order));
            Ok(exit::GOOD)
        }
        Answer::Ended => Err(Problem::tool(format!("run {} ended first; it did not {order}", entry.name))
            .hint(format!("`jumpfleet report {}` says how it ended", entry.name))),
        Answer::Silence => Err(Problem::tool(format!(
            "run {} does not answer; `{order}` is written down and may still be carried out",
            entry.name
        ))
        .hint(format!("`jumpfleet status {}` says how it stands", entry.name))),
    }
}

fn given(order: Order) -> Given {
    let (at, by) = (Surroundings::now(), Surroundings::by());
    let seed = format!("{by}{}{at}", std::process::id());
    Given { id: store::digest_of(seed.as_bytes())[..8].to_owned(), at, by, order }
}

fn not_going_on(run: &str, complete: bool) -> Problem {
    let problem = Problem::usage(format!("no process carries run {run} out"));
    if complete {
        problem.hint(format!("it has ended; `jumpfleet report {run}` says how"))
    } else {
        problem.hint(format!("go on with it: jumpfleet rollout --resume {run}"))
    }
}

/// Refuses what the vendor does not allow, unless the plan does.
fn allowed(entry: &RunEntry, rate: Rate) -> Result<(), Problem> {
    let planned = report::plan(&entry.folder)?.rate;
    if !planned.admits(rate) {
        let what = format!("{rate} is more than the vendor allows, and than the run was planned for");
        return Err(Problem::usage(what).hint("a plan made with --exceed-vendor-rate may go faster"));
    }
    if rate.per_hour() > planned.per_hour() {
        let told = "warning: faster than the run was planned for; other machines that deploy to this site may \
                    rely on its share of the vendor's limit";
        output::say(false, told);
    }
    Ok(())
}

/// Waits until the order is in the journal as carried out.
fn answer(entry: &RunEntry, journal: &mut JournalReader, done: &Happening) -> Result<Answer, Problem> {
    let begun = Instant::now();
    loop {
        // Asked before the journal is read: what an ended process wrote last is seen.
        let goes_on = store::is_held(&entry.folder.journal())?;
        for event in journal.news()? {
            if event.what == *done {
                return Ok(Answer::Done);
            }
            if is_end(&event.what) {
                return Ok(Answer::Ended);
            }
        }
        match (goes_on, begun.elapsed() >= PATIENCE) {
            (false, _) => return Ok(Answer::Ended),
            (_, true) => return Ok(Answer::Silence),
            _ => sleep(PAUSE),
        }
    }
}

fn is_end(what: &Happening) -> bool {
    matches!(what, Happening::RunFinished { .. })
}

fn done(run: &str, order: Order) -> String {
    match order {
        Order::Pause => format!(
            "Run {run} is paused: nothing is started, what runs goes on; end the pause with: jumpfleet continue {run}"
        ),
        Order::Continue => format!("Run {run} goes on"),
        Order::Halt => {
            format!("Run {run} halts: nothing is started any more, what runs is waited for")
        }
        Order::Rate { rate } => format!("Run {run} starts installers at {rate}"),
    }
}
