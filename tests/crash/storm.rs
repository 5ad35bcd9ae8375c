//! Can restarts outrun the limit?

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::fleet::Stage;
use crate::hosts;
use crate::process::Running;
use crate::shares::{self, Share};
use crate::window::{INTERVAL, LEAST_GAP, Times};

/// How many programs live at once; every third of a second one of them is killed and started again.
const PROGRAMS: usize = 8;

const STORM: Duration = Duration::from_secs(20);

/// On a busy machine few programs live long enough to start anything; then it goes on until some have.
const LONGEST_STORM: Duration = Duration::from_secs(80);

/// So many starts prove something.
const ENOUGH: usize = 6;

pub fn a_storm_of_restarts_stays_within_the_limit(stage: &Stage) {
    shares::prepare(stage);
    let hosts = stage.hosts.chunks(stage.hosts.len() / PROGRAMS);
    let shares: Vec<Share<'_>> = hosts
        .enumerate()
        .map(|(number, hosts)| Share::new(stage, &format!("share-{number}"), hosts))
        .collect();
    let took = storm(stage, &shares);
    let recorded = recorded(stage);
    let possible = (took.as_secs_f64() / INTERVAL).ceil() as usize;
    eprintln!("{recorded}; {possible} were possible");
    assert!(recorded.count() <= possible, "{recorded}, {possible} were allowed");
    assert!(recorded.count() >= ENOUGH, "the storm let too little happen to prove anything: {recorded}");
    finish(stage, &shares);
}

fn recorded(stage: &Stage) -> Times {
    Times::new(hosts::starts(stage, &stage.hosts).iter().map(|start| start.uptime))
}

/// Kills and restarts; returns how long it went on.
fn storm(stage: &Stage, shares: &[Share<'_>]) -> Duration {
    let mut chance = Chance::new("storm");
    let begun = Instant::now();
    let mut living: Vec<Running> = shares.iter().map(Share::go_on).collect();
    let mut kills = 0;
    let is_enough = || begun.elapsed() >= STORM && recorded(stage).count() >= ENOUGH;
    while !is_enough() && begun.elapsed() < LONGEST_STORM {
        sleep(chance.between(200, 400));
        let victim = chance.below(shares.len() as u64) as usize;
        living.swap_remove(victim).kill();
        living.push(shares[victim].go_on());
        let last = living.len() - 1;
        living.swap(victim, last);
        kills += 1;
    }
    living.into_iter().for_each(Running::kill);
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
