//! Does a run survive `kill -9` at any moment?

use std::collections::BTreeMap;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::fleet::{Done, Stage};
use crate::hosts;
use crate::journal::{self, PHASES};
use crate::process::Running;
use crate::shares;

/// How many kills it takes at least.
const KILLS: usize = 20;

/// How many rounds it may take until every phase was hit.
const ROUNDS: usize = 16;

/// How long a run may take to its end: others may share its start limit.
const LONGEST: Duration = Duration::from_secs(240);

const FAST: [&str; 3] = ["--rate", "600/min", "--exceed-vendor-rate"];

/// When to kill.
enum Moment {
    /// So long after the program has started.
    After(Duration),
    /// As soon as some host is in this phase.
    In(&'static str),
}

/// What the kills have hit so far.
#[derive(Default)]
pub struct Tally {
    /// How many there were.
    pub kills: usize,
    /// How many hosts were in each phase.
    pub hit: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn is_enough(&self) -> bool {
        self.kills >= KILLS && PHASES.iter().all(|phase| self.hit.contains_key(phase))
    }

    /// A phase that no kill has hit, or else any.
    fn wanted(&self, chance: &mut Chance) -> &'static str {
        let missing: Vec<_> = PHASES.iter().filter(|phase| !self.hit.contains_key(*phase)).collect();
        let any = PHASES[chance.below(7) as usize];
        missing.get(chance.below(7) as usize % missing.len().max(1)).map_or(any, |phase| **phase)
    }
}

pub fn twenty_kills_and_nothing_twice_or_lost(stage: &Stage) {
    let mut chance = Chance::new("kills");
    shares::prepare(stage);
    let mut tally = Tally::default();
    for number in 0..ROUNDS {
        if tally.is_enough() {
            break;
        }
        round(stage, number, &mut chance, &mut tally);
    }
    eprintln!("{} kills hit hosts in {:?}", tally.kills, tally.hit);
    assert!(tally.is_enough(), "{} kills hit only {:?}", tally.kills, tally.hit);
}

/// One rollout, killed up to four times, and resumed to its end.
fn round(stage: &Stage, number: usize, chance: &mut Chance, tally: &mut Tally) {
    hosts::forget(stage, &stage.hosts);
    for host in &stage.hosts {
        let sleep = chance.between(300, 3000).as_secs_f64();
        hosts::behave(stage, host, &format!("sleep={sleep:.1}"));
    }
    let at_once = (3 + chance.below(8)).to_string();
    let rollout = ["rollout", "-i", "inventory.yaml", "--yes", "--at-once", &at_once];
    let rate = if number % 5 == 1 { &[][..] } else { &FAST };
    let before = journal::runs(&stage.path().join("state/jumpfleet")).len();
    let running = Running::start(stage, &[&rollout[..], rate].concat());
    let go_on = || Running::start(stage, &["rollout", "--resume"]);
    let state = stage.path().join("state/jumpfleet");
    let kills = 2 + chance.below(3);
    let done = ride(&state, before, running, go_on, kills, chance, tally).expect(0);
    check(stage, &done.stdout);
}

/// Kills a run so often, if it lasts, and goes on with it, to its end; `before` it there were so many runs.
pub fn ride(
    state: &Path,
    before: usize,
    mut running: Running,
    go_on: impl Fn() -> Running,
    kills: u64,
    chance: &mut Chance,
    tally: &mut Tally,
) -> Done {
    for _ in 0..kills {
        let moment = moment(chance, tally);
        if !kill_at(state, &mut running, before, &moment) {
            break;
        }
        tally.kills += 1;
        let lines = running.lines();
        running.kill();
        for phase in journal::phases(&lines) {
            *tally.hit.entry(phase).or_default() += 1;
        }
        running = go_on();
    }
    running.end_within(LONGEST)
}

fn moment(chance: &mut Chance, tally: &Tally) -> Moment {
    match chance.below(2) {
        0 => Moment::After(chance.between(50, 4000)),
        _ => Moment::In(tally.wanted(chance)),
    }
}

/// Waits for the moment; false if the program came to its end first.
fn kill_at(state: &Path, running: &mut Running, before: usize, moment: &Moment) -> bool {
    let started = Instant::now();
    loop {
        if running.has_ended() {
            return false;
        }
        // Before there is a journal there is nothing that could be resumed.
        let begun = journal::runs(state).len() > before;
        let now = match moment {
            Moment::After(time) => started.elapsed() >= *time,
            Moment::In(phase) => journal::phases(&running.lines()).contains(phase),
        };
        if begun && now {
            return true;
        }
        sleep(Duration::from_millis(3));
    }
}

fn check(stage: &Stage, said: &str) {
    let all = stage.hosts.len();
    assert!(said.contains(&format!("ALL GOOD: all {all} hosts have the client, newly installed")), "{said}");
    hosts::assert_installed_once(stage, &stage.hosts);
    let journal = journal::newest(&stage.path().join("state/jumpfleet")).expect("a journal");
    let lines = journal::read(&journal);
    assert_eq!(lines[0].event, "run_started");
    assert_eq!(lines.last().expect("lines").event, "run_finished");
    journal::assert_one_outcome_each(&lines, &stage.hosts, "installed");
    let report = stage.report();
    assert_eq!(report["summary"]["counts"]["installed"], all);
    assert_eq!(report["summary"]["exit_code"], 0);
    assert_eq!(report["summary"]["complete"], true);
    assert_eq!(report["summary"]["resumed"], journal::count(&lines, "run_resumed"));
}
