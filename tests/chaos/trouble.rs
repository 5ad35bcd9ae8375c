//! How does a host get into trouble at a chosen phase of its visit, and out of it again?

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::fleet::Done;
use crate::invariants::others_installed;
use crate::journal;
use crate::process::Running;
use crate::rounds;
use crate::scene::{PATIENCE, Scene};

/// The pause between two looks at the journal: some phases are short.
const LOOK: Duration = Duration::from_millis(4);

/// Something that is done to a host, and undone.
pub struct Trouble<'t> {
    /// What it is called in the tables.
    pub name: &'static str,
    /// The phases it is tried in.
    pub phases: &'t [&'static str],
    /// How long it lasts at most, in milliseconds.
    pub longest: u64,
    /// Does it.
    pub strike: &'t (dyn Fn(&str) + Sync),
    /// Undoes it.
    pub relieve: &'t (dyn Fn(&str) + Sync),
}

/// One host, the phase in which it is struck, and for how long.
struct Strike {
    host: String,
    phase: &'static str,
    lasts: Duration,
}

/// Strikes some hosts of a run that has begun, goes on with it until nothing is open, and returns how it ended.
///
/// Whatever befalls these hosts, all others get their client.
pub fn strike(scene: &Scene<'_>, mut running: Running, trouble: &Trouble<'_>, chance: &mut Chance) -> Done {
    let over = AtomicBool::new(false);
    let strikes = strikes(scene, trouble, chance);
    scope(|scope| {
        for strike in &strikes {
            let over = &over;
            scope.spawn(move || carry_out(scene, strike, trouble, over));
        }
        let give_up = Instant::now() + PATIENCE;
        while !running.has_ended() && Instant::now() < give_up {
            sleep(LOOK * 5);
        }
        over.store(true, Ordering::Relaxed);
    });
    let done = scene.bring_to_its_end(running.end_within(Duration::from_secs(1)));
    assert!(matches!(done.code, Some(0 | 3 | 4)), "{done:?}");
    let struck: Vec<String> = strikes.into_iter().map(|strike| strike.host).collect();
    others_installed(scene, &struck);
    done
}

fn strikes(scene: &Scene<'_>, trouble: &Trouble<'_>, chance: &mut Chance) -> Vec<Strike> {
    let struck = 1 + chance.below(3) as usize;
    let first = chance.below(scene.stage.hosts.len() as u64) as usize;
    let hosts = scene.stage.hosts.iter().cycle().skip(first).take(struck.min(scene.stage.hosts.len()));
    let mut strike = |host: &String| Strike {
        host: host.clone(),
        phase: chance.one_of(trouble.phases),
        // Most troubles pass while TCP still waits, some do not.
        lasts: if chance.percent(70) {
            chance.between(200, 4000)
        } else {
            chance.between(4000, trouble.longest)
        },
    };
    hosts.map(&mut strike).collect()
}

fn carry_out(scene: &Scene<'_>, strike: &Strike, trouble: &Trouble<'_>, over: &AtomicBool) {
    let phase = || journal::under_way(&scene.lines()).get(strike.host.as_str()).copied();
    while phase() != Some(strike.phase) {
        if over.load(Ordering::Relaxed) {
            return;
        }
        sleep(LOOK);
    }
    (trouble.strike)(&strike.host);
    rounds::hit(trouble.name, phase().unwrap_or("after its end"));
    let until = Instant::now() + strike.lasts;
    while Instant::now() < until && !over.load(Ordering::Relaxed) {
        sleep(LOOK);
    }
    (trouble.relieve)(&strike.host);
}
