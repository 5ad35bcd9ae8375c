//! What if somebody sets the clock an hour forward or back while a run goes on?
//!
//! The machine's clock is everybody's, so a small library tells the program alone another wall-clock time; the
//! clocks that nobody can set stay what they are.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};

use crate::chance::Chance;
use crate::fleet::Stage;
use crate::hosts;
use crate::invariants::{count, hold};
use crate::journal;
use crate::rounds;
use crate::scene::{PATIENCE, Scene};
use crate::window::{LIMIT, Times};

const HOUR: i64 = 3600;

/// Builds the library once.
fn library() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chaos/clock.c");
        let library = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clock.so");
        let part = library.with_extension(format!("{}.part", std::process::id()));
        let built =
            Command::new("gcc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&part).arg(source).status();
        assert!(built.expect("gcc can be started").success());
        fs::rename(&part, &library).expect("the library");
        library
    })
}

/// The clock of one scene's programs.
struct WallClock(PathBuf);

impl WallClock {
    fn of(scene: &mut Scene<'_>) -> Self {
        let clock = Self(scene.stage.path().join("clock"));
        clock.set(0);
        scene.set("LD_PRELOAD", library());
        scene.set("CHAOS_CLOCK", &clock.0);
        clock
    }

    /// So many seconds from the real time.
    fn set(&self, seconds: i64) {
        let part = self.0.with_extension("part");
        fs::write(&part, seconds.to_string()).expect("a file");
        fs::rename(part, &self.0).expect("a file");
    }
}

/// The limit, rests and gates go by clocks that nobody sets.
pub fn stepped_back_and_forth(stage: &Stage, chance: &mut Chance) {
    let rules = "waves: [50%, 100%], gates: {kind: auto, soak: 3s}";
    let mut scene = Scene::new(stage, chance, rules);
    // The limit is what this is about, and moments of this clock mean nothing to other rounds.
    scene.alone();
    let clock = WallClock::of(&mut scene);
    scene.installs_take(chance, 300, 1500);
    let begun = Instant::now();
    let mut running = scene.begin(&[]);
    let mut steps = 0;
    while !running.has_ended() && begun.elapsed() < PATIENCE {
        clock.set(chance.one_of(&[-HOUR, 0, HOUR]));
        steps += 1;
        sleep(chance.between(300, 2500));
    }
    let done = running.end_within(Duration::from_secs(1)).expect(0);
    rounds::hit("clock stepped", "± 1 h, again and again");
    assert!(steps > 3, "{steps} steps prove little");
    // An hour that passed at once hurries nothing, one that is repeated delays nothing.
    let expected = stage.hosts.len() as u64 + 3 + 60;
    assert!(begun.elapsed() < Duration::from_secs(expected), "it took {:?}", begun.elapsed());
    let recorded = Times::new(hosts::starts(stage, &stage.hosts).iter().map(|start| start.uptime));
    assert!(recorded.span() >= (stage.hosts.len() - 2) as f64, "{recorded}");
    assert!(recorded.most_in_a_minute() <= LIMIT, "{recorded}");
    soaked(&scene);
    hold(&scene, &done, 1);
    journal::assert_one_outcome_each(&scene.lines(), &stage.hosts, "installed");
}

/// Three seconds lie between the last end of the first wave and the first start of the second one.
fn soaked(scene: &Scene<'_>) {
    let (first, second) = scene.stage.hosts.split_at(scene.stage.hosts.len().div_ceil(2));
    let ends = first.iter().flat_map(|host| hosts::ends_on(scene.stage, host));
    let last = ends.map(|(at, _)| at).fold(0.0, f64::max);
    let next = hosts::starts(scene.stage, second)[0].uptime;
    assert!(next - last >= 3.0, "the second wave began {:.2} s after the first one", next - last);
}

/// Gives every host a window in UTC that opens and closes so many minutes from now.
fn give_window(scene: &Scene<'_>, opens: i64, closes: i64) {
    let at = |minutes: i64| (Timestamp::now() + minutes.minutes()).strftime("%H:%M").to_string();
    let window = format!("jc_window: 'daily {}-{} UTC'", at(opens), at(closes));
    scene.inventory(|_, _| window.clone());
}

/// Hosts wait for the window that the wall clock shows, and no longer.
pub fn window_opens_when_the_clock_says(stage: &Stage, chance: &mut Chance) {
    let mut scene = Scene::new(stage, chance, "");
    scene.alone();
    give_window(&scene, 40, 100);
    let clock = WallClock::of(&mut scene);
    let running = scene.begin(&[]);
    sleep(chance.between(2000, 4000));
    assert_eq!(count(&scene, "visit_started"), 0, "a host was visited before its window opened");
    clock.set(HOUR);
    let done = running.end().expect(0);
    rounds::hit("clock stepped", "into a window");
    hold(&scene, &done, 1);
    journal::assert_one_outcome_each(&scene.lines(), &stage.hosts, "installed");
}

/// A clock that is set back in front of an open window makes hosts wait, and ends nothing.
pub fn clock_leaves_an_open_window(stage: &Stage, chance: &mut Chance) {
    let mut scene = Scene::new(stage, chance, "");
    scene.alone();
    give_window(&scene, -30, 90);
    let clock = WallClock::of(&mut scene);
    scene.installs_take(chance, 300, 1500);
    let mut running = scene.begin(&["--rate", "30/min"]);
    running.await_events("install_started", 1);
    let forward = chance.percent(50);
    clock.set(if forward { 2 * HOUR } else { -HOUR });
    sleep(Duration::from_millis(1500));
    let started = count(&scene, "install_started");
    sleep(Duration::from_secs(4));
    assert_eq!(count(&scene, "install_started"), started, "started outside of the window");
    let done = if forward {
        rounds::hit("clock stepped", "behind a window");
        running.end().expect(7)
    } else {
        rounds::hit("clock stepped", "in front of a window");
        assert!(!running.has_ended(), "{}", running.stderr());
        clock.set(0);
        running.end().expect(0)
    };
    clock.set(0);
    let done = scene.bring_to_its_end(done).expect(0);
    hold(&scene, &done, 1);
    journal::assert_one_outcome_each(&scene.lines(), &stage.hosts, "installed");
}
