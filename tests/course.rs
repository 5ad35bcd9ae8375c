//! Is a run led as its rules and its people want, on real hosts?

use std::process::ExitCode;

#[path = "course/absent.rs"]
mod absent;
#[path = "course/budgets.rs"]
mod budgets;
mod fleet;
#[path = "course/gates.rs"]
mod gates;
#[path = "crash/hosts.rs"]
mod hosts;
#[path = "crash/journal.rs"]
mod journal;
#[path = "course/orders.rs"]
mod orders;
#[path = "crash/process.rs"]
mod process;
#[path = "course/retries.rs"]
mod retries;
#[path = "course/scene.rs"]
mod scene;
#[path = "course/windows.rs"]
mod windows;

use fleet::Test;

fn main() -> ExitCode {
    fleet::run("course", true, TESTS)
}

/// The longest first: the others run beside them.
const TESTS: &[Test] = &[
    ("a_host_that_comes_back_is_installed", 3, absent::a_host_that_comes_back_is_installed),
    ("a_host_that_stays_away_is_unreachable", 2, absent::a_host_that_stays_away_is_unreachable),
    ("a_window_that_closes_lets_nobody_begin_late", 8, windows::a_window_that_closes_lets_nobody_begin_late),
    ("a_busy_package_manager_is_waited_for", 2, retries::a_busy_package_manager_is_waited_for),
    (
        "what_is_staged_goes_when_sudo_begins_to_refuse",
        2,
        retries::what_is_staged_goes_when_sudo_begins_to_refuse,
    ),
    ("an_automatic_gate_looks_again_and_opens", 4, gates::an_automatic_gate_looks_again_and_opens),
    ("a_client_that_died_keeps_the_gate_closed", 4, gates::a_client_that_died_keeps_the_gate_closed),
    ("a_gate_by_hand_waits_for_a_person", 3, gates::a_gate_by_hand_waits_for_a_person),
    ("the_person_at_the_terminal_is_asked", 2, gates::the_person_at_the_terminal_is_asked),
    ("a_run_killed_at_a_gate_goes_on_there", 3, gates::a_run_killed_at_a_gate_goes_on_there),
    ("a_ramp_begins_slowly", 4, gates::a_ramp_begins_slowly),
    ("a_budget_ends_the_starts", 8, budgets::a_budget_ends_the_starts),
    ("a_halted_run_goes_on_when_a_person_says_so", 6, budgets::a_halted_run_goes_on_when_a_person_says_so),
    ("a_pause_starts_nothing_until_it_ends", 6, orders::a_pause_starts_nothing_until_it_ends),
    ("a_halt_waits_for_what_runs", 6, orders::a_halt_waits_for_what_runs),
    ("a_rate_is_set_while_the_run_goes_on", 5, orders::a_rate_is_set_while_the_run_goes_on),
    ("orders_to_a_run_that_is_over_are_refused", 1, orders::orders_to_a_run_that_is_over_are_refused),
];
