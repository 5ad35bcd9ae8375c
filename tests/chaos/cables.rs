//! What if the connection to a host is cut, slow or full of holes, in any phase of its visit?

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::chance::Chance;
use crate::fleet::{Stage, scripts};
use crate::invariants::hold;
use crate::journal::{self, PHASES};
use crate::link::Link;
use crate::rounds;
use crate::scene::{PATIENCE, Scene};
use crate::trouble::{Trouble, strike};

/// Rests and deadlines that fit the length of the troubles.
const IMPATIENT: &str = "connect_deadline: 6s, retries: {first: 1s, longest: 3s}";

/// Runs a command where the hosts can be reached.
fn in_network(stage: &Stage, words: &[&str]) {
    let network = format!("--net=/run/netns/jumpfleet-{}", stage.fleet.name());
    let done = Command::new("nsenter").arg(network).args(words).output().expect("nsenter can be started");
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The host's end of the cable in the lab's bridge: its number stands in its name.
fn plug(stage: &Stage, host: &str, state: &str) {
    let number: usize = host.trim_start_matches('h').parse().expect("a number");
    in_network(stage, &["ip", "link", "set", &format!("v{number}"), state]);
}

pub fn cut_in_every_phase(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, IMPATIENT);
    scene.installs_take(chance, 500, 4000);
    let running = scene.begin(&[]);
    let trouble = Trouble {
        name: "cable cut",
        phases: &PHASES,
        longest: 20_000,
        strike: &|host| plug(stage, host, "down"),
        relieve: &|host| plug(stage, host, "up"),
    };
    let done = strike(&scene, running, &trouble, chance);
    hold(&scene, &done, 1);
}

/// Lost packets, until this is dropped.
struct Holes<'s> {
    stage: &'s Stage,
    share: String,
}

impl<'s> Holes<'s> {
    fn new(stage: &'s Stage, percent: u64) -> Self {
        let needed = Command::new(scripts("needs")).arg("iptables").status();
        assert!(needed.expect("scripts/needs can be started").success(), "there is no iptables");
        let holes = Self { stage, share: format!("0.{percent:02}") };
        holes.each("-A");
        holes
    }

    fn each(&self, what: &str) {
        for host in &self.stage.hosts {
            let address = self.stage.address(host);
            for (chain, side) in [("INPUT", "-s"), ("OUTPUT", "-d")] {
                let packets = ["iptables", "-w", what, chain, side, &address, "-m", "statistic"];
                let lost = ["--mode", "random", "--probability", &self.share, "-j", "DROP"];
                in_network(self.stage, &[&packets[..], &lost].concat());
            }
        }
    }
}

impl Drop for Holes<'_> {
    fn drop(&mut self) {
        self.each("-D");
    }
}

pub fn packets_lost(stage: &Stage, chance: &mut Chance) {
    let scene = Scene::new(stage, chance, "");
    scene.installs_take(chance, 300, 2000);
    let percent = 3 + chance.below(18);
    let holes = Holes::new(stage, percent);
    let done = scene.begin(&[]).end_within(PATIENCE);
    drop(holes);
    rounds::hit("packets lost", &format!("{:>2}% and more", percent / 5 * 5));
    let done = scene.bring_to_its_end(done);
    assert!(matches!(done.code, Some(0 | 3 | 4)), "{done:?}");
    hold(&scene, &done, 1);
}

/// Two seconds each way: four for every question and its answer.
pub fn two_seconds_late(stage: &Stage, chance: &mut Chance) {
    late(stage, chance, Duration::from_secs(2));
}

/// A line behind three satellites is slow enough for a short test.
pub fn late_in_every_phase(stage: &Stage, chance: &mut Chance) {
    let delay = chance.between(300, 700);
    late(stage, chance, delay);
}

fn late(stage: &Stage, chance: &mut Chance, delay: Duration) {
    let scene = Scene::new(stage, chance, "connect_deadline: 2m");
    scene.installs_take(chance, 300, 2000);
    let links: Vec<Link> = stage.hosts.iter().map(|host| Link::to(stage, host, delay)).collect();
    let known: String = links.iter().map(Link::known_host).collect();
    stage.write("known_hosts", &known);
    let file = stage.path().join("known_hosts");
    let inventory = fs::read_to_string(stage.path().join("inventory.yaml")).expect("the inventory");
    let redirect = |inventory: String, link: &Link| link.redirect(&inventory, &file);
    stage.write("inventory.yaml", &links.iter().fold(inventory, redirect));
    let done = scene.begin(&[]).end_within(PATIENCE * 3);
    rounds::hit("latency", &format!("{delay:?} each way"));
    let done = scene.bring_to_its_end(done.expect(0));
    hold(&scene, &done, 1);
    journal::assert_one_outcome_each(&scene.lines(), &stage.hosts, "installed");
}
