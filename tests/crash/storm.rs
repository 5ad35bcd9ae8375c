//! Can restarts outrun the limit?

use std::collections::VecDeque;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::fleet::Stage;
use crate::hosts;
use crate::process::Running;
use crate::shares::{self, Share};
use crate::window::{INTERVAL, LEAST_GAP, Times};

/// How many programs live at once; every third of a second the oldest is killed and another started.
const PROGRAMS: usize = 8;

const STORM: Duration = Duration::from_secs(20);

pub fn a_storm_of_restarts_stays_within_the_limit(stage: &Stage) {
    shares::prepare(stage);
    let hosts = stage.hosts.chunks(stage.hosts.len() / PROGRAMS);
    let shares: Vec<Share<'_>> = hosts
        .enumerate()
        .map(|(number, hosts)| Share::new(stage, &format!("share-{number}"), hosts))
        .collect();
    let took = storm(&shares);
    let recorded = Times::new(hosts::starts(stage, &stage.hosts).iter().map(|start| start.uptime));
    let possible = (took.as_secs_f64() / INTERVAL).ceil() as usize;
    eprintln!("{recorded}; {possible} were possible");
    assert!(recorded.count() <= possible, "{recorded}, {possible} were allowed");
    assert!(recorded.count() >= 3, "the storm let too little happen to prove anything: {recorded}");
    finish(stage, &shares);
}

/// Kills and restarts; returns how long it went on.
fn storm(shares: &[Share<'_>]) -> Duration {
    let mut chance = Chance::new("storm");
    let begun = Instant::now();
    let mut living: VecDeque<(usize, Running)> =
        (0..shares.len()).map(|at| (at, shares[at].go_on())).collect();
    let mut kills = 0;
    while begun.elapsed() < STORM {
        sleep(chance.between(200, 400));
        let (at, oldest) = living.pop_front().expect("a program");
        oldest.kill();
        living.push_back((at, shares[at].go_on()));
        kills += 1;
    }
    living.into_iter().for_each(|(_, program)| program.kill());
    eprintln!("{kills} kills in {:?}", begun.elapsed());
    begun.elapsed()
}

fn finish(stage: &Stage, shares: &[Share<'_>]) {
    let living: Vec<Running> = shares.iter().map(Share::go_on).collect();
    for program in living {
        program.end_within(Duration::from_secs(120)).expect(0);
    }
    let sent = Times::new(shares.iter().flat_map(Share::sent).map(|(_, at)| at));
    assert!(sent.smallest_gap() >= LEAST_GAP, "{sent}");
    hosts::assert_installed_once(stage, &stage.hosts);
}
