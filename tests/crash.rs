//! Does a run survive every way in which it can be cut short, within its limit and without telling secrets?

use std::process::ExitCode;

#[path = "crash/accounts.rs"]
mod accounts;
#[path = "crash/chance.rs"]
mod chance;
#[path = "crash/damage.rs"]
mod damage;
mod fleet;
#[path = "crash/hosts.rs"]
mod hosts;
#[path = "crash/interrupts.rs"]
mod interrupts;
#[path = "crash/journal.rs"]
mod journal;
#[path = "crash/kills.rs"]
mod kills;
#[path = "crash/late.rs"]
mod late;
#[path = "crash/pace.rs"]
mod pace;
#[path = "crash/process.rs"]
mod process;
#[path = "crash/secrecy.rs"]
mod secrecy;
#[path = "crash/shares.rs"]
mod shares;
#[path = "crash/storm.rs"]
mod storm;
#[path = "crash/window.rs"]
mod window;

use fleet::Test;

fn main() -> ExitCode {
    fleet::run("crash", true, TESTS)
}

/// The longest first: the others run beside them.
const TESTS: &[Test] = &[
    ("rollouts_side_by_side_share_the_limit", 82, pace::rollouts_side_by_side_share_the_limit),
    ("twenty_kills_and_nothing_twice_or_lost", 10, kills::twenty_kills_and_nothing_twice_or_lost),
    ("a_storm_of_restarts_stays_within_the_limit", 24, storm::a_storm_of_restarts_stays_within_the_limit),
    ("accounts_share_the_limit", 8, accounts::accounts_share_the_limit),
    ("ctrl_c_lets_running_installs_finish", 5, interrupts::ctrl_c_lets_running_installs_finish),
    ("a_request_to_terminate_is_like_ctrl_c", 5, interrupts::a_request_to_terminate_is_like_ctrl_c),
    ("a_second_ctrl_c_ends_at_once", 5, interrupts::a_second_ctrl_c_ends_at_once),
    ("an_unread_pipe_keeps_no_interrupt", 4, interrupts::an_unread_pipe_keeps_no_interrupt),
    ("a_slow_reader_gets_every_line", 3, interrupts::a_slow_reader_gets_every_line),
    ("a_torn_last_line_is_tolerated", 6, damage::a_torn_last_line_is_tolerated),
    ("a_journal_of_a_newer_format_is_refused", 3, damage::a_journal_of_a_newer_format_is_refused),
    ("one_run_has_one_process", 3, damage::one_run_has_one_process),
    ("a_full_state_folder_stops_the_run", 8, damage::a_full_state_folder_stops_the_run),
    ("a_start_that_comes_late_is_the_only_one", 2, late::a_start_that_comes_late_is_the_only_one),
    (
        "a_start_that_comes_late_holds_its_place_for_longer",
        2,
        late::a_start_that_comes_late_holds_its_place_for_longer,
    ),
    ("secrets_are_nowhere", 9, secrecy::secrets_are_nowhere),
];
