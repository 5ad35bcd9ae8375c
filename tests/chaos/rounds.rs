//! How do faults come round after round, for hours, and what is told about them?

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::scope;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::fleet::{Fleet, Stage};
use crate::process::KILLED;

/// A fault: its name, how many hosts it wants in a short test, and what it does.
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// Hosts.
    pub hosts: usize,
    /// How many of a hundred random rounds it gets, about.
    pub share: u64,
    /// Makes one round.
    pub make: fn(&Stage, &mut Chance),
}

/// How many rounds go on at once, each on hosts of its own.
const LANES: usize = 6;

/// How many hosts a lane has when faults are mixed.
const HOSTS: usize = 8;

/// So many failed rounds are enough.
const FAILURES: usize = 8;

/// Whether somebody wants no further round.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// What was hit how often, by fault and phase.
static HITS: Mutex<BTreeMap<(String, String), usize>> = Mutex::new(BTreeMap::new());

/// Notes that a fault hit something.
pub fn hit(fault: &str, what: &str) {
    *HITS.lock().expect("nothing fails here").entry((fault.to_owned(), what.to_owned())).or_default() += 1;
}

/// One round with this seed, which says how to repeat it if it fails.
pub fn once(fault: &Fault, stage: &Stage, seed: u64) {
    struct Hint<'f>(&'f str, u64);
    impl Drop for Hint<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("repeat with: scripts/chaos --seed {} --only {} --count 1", self.1, self.0);
            }
        }
    }
    let _hint = Hint(fault.name, seed);
    (fault.make)(stage, &mut Chance::of(seed));
}

/// What the long form is asked for.
pub struct Asked {
    /// What all chance comes from.
    pub seed: u64,
    /// How many kills, or rounds of the one fault.
    pub count: usize,
    /// The one fault.
    pub only: Option<String>,
}

impl Asked {
    /// From the environment, as `scripts/chaos` sets it; none for the short form.
    pub fn from_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let count = variable("CHAOS_COUNT")?.parse().expect("CHAOS_COUNT is a number");
        let seed =
            variable("JUMPFLEET_SEED").expect("JUMPFLEET_SEED").parse().expect("JUMPFLEET_SEED is a number");
        Some(Self { seed, count, only: variable("CHAOS_ONLY") })
    }
}

/// The rounds of all lanes.
struct Course<'f> {
    faults: Vec<&'f Fault>,
    asked: Asked,
    begun: Instant,
    next: AtomicUsize,
    told: Mutex<BTreeMap<&'static str, Told>>,
    failed: AtomicUsize,
}

/// What one fault has done so far.
#[derive(Default)]
struct Told {
    good: usize,
    failed: usize,
    longest: Duration,
}

/// Goes on until there were enough kills, or rounds, and tells about each.
pub fn run(faults: &[Fault], asked: Asked) -> ExitCode {
    let chosen = |fault: &&Fault| asked.only.as_ref().is_none_or(|only| *only == fault.name);
    let faults: Vec<&Fault> = faults.iter().filter(chosen).collect();
    if faults.is_empty() {
        eprintln!("there is no such fault");
        return ExitCode::from(2);
    }
    let width = if asked.only.is_some() { faults[0].hosts } else { HOSTS };
    // All lanes share one pace: with more hosts in all, rounds would only wait for each other's permits.
    let lanes = (LANES * HOSTS / width).clamp(1, LANES);
    let lanes = if asked.only.is_some() { lanes.min(asked.count.max(1)) } else { lanes };
    let fleet = Arc::new(Fleet::up("chaos", lanes * width, true));
    let permits = tempfile::tempdir().expect("a temporary folder");
    let course = Course {
        faults,
        asked,
        begun: Instant::now(),
        next: AtomicUsize::new(0),
        told: Mutex::default(),
        failed: AtomicUsize::new(0),
    };
    listen();
    println!("seed {}, {lanes} rounds at once on {width} hosts each", course.asked.seed);
    scope(|scope| {
        for lane in 0..lanes {
            let (fleet, course, permits) = (&fleet, &course, permits.path().to_owned());
            let hosts = (1..=width).map(|host| format!("h{:03}", lane * width + host)).collect();
            scope.spawn(move || course.lane(fleet, hosts, &permits));
        }
    });
    course.tell();
    ExitCode::from(u8::from(course.failed.load(Ordering::Relaxed) > 0))
}

/// Lets Ctrl-C end the course with its rounds and its tables; the second one ends it at once.
fn listen() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    std::thread::spawn(move || {
        runtime.block_on(async {
            let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .expect("a signal can be awaited");
            loop {
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
                if INTERRUPTED.swap(true, Ordering::Relaxed) {
                    std::process::exit(130);
                }
                println!("interrupted: no further rounds");
            }
        });
    });
}

impl Course<'_> {
    fn is_over(&self, round: usize) -> bool {
        if INTERRUPTED.load(Ordering::Relaxed) {
            return true;
        }
        let enough = match self.asked.only {
            Some(_) => round >= self.asked.count,
            None => KILLED.load(Ordering::Relaxed) >= self.asked.count,
        };
        enough || self.failed.load(Ordering::Relaxed) >= FAILURES
    }

    fn lane(&self, fleet: &Arc<Fleet>, hosts: Vec<String>, permits: &Path) {
        loop {
            let round = self.next.fetch_add(1, Ordering::Relaxed);
            if self.is_over(round) {
                return;
            }
            let seed = seed_of(self.asked.seed, round);
            let fault = self.fault(seed);
            let begun = Instant::now();
            let stage = Stage::new(fleet.clone(), hosts.clone()).sharing(permits);
            let made = catch_unwind(AssertUnwindSafe(|| once(fault, &stage, seed)));
            if made.is_err() {
                for host in &hosts {
                    stage.lab("mend", host);
                }
            }
            self.note(round, fault, seed, begun.elapsed(), made.is_ok());
        }
    }

    /// The fault of a round, by its share.
    fn fault(&self, seed: u64) -> &Fault {
        let all = self.faults.iter().map(|fault| fault.share).sum();
        let mut at = Chance::of(!seed).below(all);
        let is_it = |fault: &&&Fault| {
            let found = at < fault.share;
            at = at.saturating_sub(fault.share);
            found
        };
        self.faults.iter().find(is_it).unwrap_or(&self.faults[0])
    }

    fn note(&self, round: usize, fault: &Fault, seed: u64, took: Duration, good: bool) {
        let kills = KILLED.load(Ordering::Relaxed);
        let word = if good { "ok" } else { "FAILED" };
        println!(
            "{:>6.0} s  round {round:<5} {:<28} {word:<7} {:>5.1} s  {kills:>5} kills  seed {seed}",
            self.begun.elapsed().as_secs_f64(),
            fault.name,
            took.as_secs_f64()
        );
        let mut told = self.told.lock().expect("nothing fails here");
        let told = told.entry(fault.name).or_default();
        told.longest = told.longest.max(took);
        if good {
            told.good += 1;
        } else {
            told.failed += 1;
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn tell(&self) {
        println!("\n{:<28} {:>6} {:>7} {:>9}", "fault", "good", "failed", "longest");
        for (name, told) in self.told.lock().expect("nothing fails here").iter() {
            let longest = told.longest.as_secs_f64();
            println!("{name:<28} {:>6} {:>7} {longest:>7.1} s", told.good, told.failed);
        }
        println!("\n{:<28} {:<24} {:>6}", "hit", "where", "times");
        for ((fault, what), times) in HITS.lock().expect("nothing fails here").iter() {
            println!("{fault:<28} {what:<24} {times:>6}");
        }
        let (kills, took) = (KILLED.load(Ordering::Relaxed), self.begun.elapsed().as_secs());
        println!("\n{kills} kills in {took} s, seed {}", self.asked.seed);
    }
}

/// The seed of a round; the first one's is the whole course's, so that any round can be made the first.
fn seed_of(seed: u64, round: usize) -> u64 {
    if round == 0 {
        return seed;
    }
    // SplitMix64 (Steele, Lea, Flood 2014).
    let mut mixed = seed.wrapping_add((round as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
