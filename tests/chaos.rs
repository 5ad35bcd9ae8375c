//! Do the promises of a run hold under every fault? A short test of each, or rounds of them for hours.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

#[path = "chaos/cables.rs"]
mod cables;
#[path = "crash/chance.rs"]
mod chance;
#[path = "chaos/clocks.rs"]
mod clocks;
#[path = "chaos/crowds.rs"]
mod crowds;
#[path = "crash/damage.rs"]
#[allow(dead_code, reason = "the crash suite uses the rest")]
mod damage;
#[path = "chaos/disks.rs"]
mod disks;
mod fleet;
#[path = "crash/hosts.rs"]
mod hosts;
#[path = "chaos/invariants.rs"]
mod invariants;
#[path = "crash/journal.rs"]
mod journal;
#[path = "crash/kills.rs"]
#[allow(dead_code, reason = "the crash suite uses the rest")]
mod kills;
#[path = "chaos/link.rs"]
mod link;
#[path = "chaos/machines.rs"]
mod machines;
#[path = "chaos/power.rs"]
mod power;
#[path = "crash/process.rs"]
mod process;
#[path = "chaos/proof.rs"]
mod proof;
#[path = "chaos/kills.rs"]
mod random;
#[path = "chaos/rounds.rs"]
mod rounds;
#[path = "chaos/scene.rs"]
mod scene;
#[path = "crash/secrecy.rs"]
#[allow(dead_code, reason = "the crash suite uses the rest")]
mod secrecy;
#[path = "crash/shares.rs"]
mod shares;
#[path = "chaos/shells.rs"]
mod shells;
#[path = "chaos/trouble.rs"]
mod trouble;
#[path = "crash/window.rs"]
mod window;

use fleet::Stage;
use rounds::{Asked, Fault};

const fn fault(name: &'static str, hosts: usize, share: u64, make: fn(&Stage, &mut chance::Chance)) -> Fault {
    Fault { name, hosts, share, make }
}

/// The longest first: the others run beside them.
const FAULTS: &[Fault] = &[
    fault("five_controllers", 64, 4, crowds::five_controllers),
    fault("late_in_every_phase", 2, 2, cables::late_in_every_phase),
    fault("cable_cut", 6, 8, cables::cut_in_every_phase),
    fault("sshd_stopped", 6, 8, machines::sshd_stopped),
    fault("host_rebooted", 4, 6, machines::rebooted_until_installed),
    fault("packets_lost", 4, 4, cables::packets_lost),
    fault("killed_at_gates", 8, 15, random::at_gates_and_pauses),
    fault("killed_anywhere", 8, 40, random::at_random_points),
    fault("power_lost", 6, 12, power::lost_ends),
    fault("disk_full", 6, 4, disks::full_in_the_middle),
    fault("clock_stepped", 6, 3, clocks::stepped_back_and_forth),
    fault("clock_into_a_window", 3, 2, clocks::window_opens_when_the_clock_says),
    fault("clock_out_of_a_window", 4, 2, clocks::clock_leaves_an_open_window),
    fault("two_operators", 3, 3, crowds::two_operators),
    fault("sudo_asks", 5, 4, shells::sudo_asks),
    fault("profile_prints_rubbish", 5, 3, shells::profiles_print_rubbish),
    fault("newer_journal", 3, 1, crowds::newer_journal),
    fault("broken_invariants_are_seen", 2, 0, proof::broken_invariants_are_seen),
    fault("two_seconds_late", 2, 1, cables::two_seconds_late),
];

/// What takes minutes is for the long form alone.
const LONG: [&str; 1] = ["two_seconds_late"];

fn main() -> ExitCode {
    if let Some(asked) = Asked::from_environment() {
        return rounds::run(FAULTS, asked);
    }
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    let seed = std::env::var("JUMPFLEET_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(clock);
    eprintln!("chaos: JUMPFLEET_SEED={seed}");
    let short = FAULTS.iter().filter(|fault| !LONG.contains(&fault.name));
    let tests: Vec<_> = short
        .map(|fault| (fault.name, fault.hosts, move |stage: &Stage| rounds::once(fault, stage, seed)))
        .collect();
    fleet::run("chaos", true, &tests)
}
