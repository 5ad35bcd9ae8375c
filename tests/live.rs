//! Do clients of real hosts come to the site, and is what it says heeded? Against a stand-in that they connect to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes and reads the files of its own folder")]

#[path = "live/connects.rs"]
mod connects;
mod fleet;
#[path = "live/pace.rs"]
mod pace;
#[path = "live/removals.rs"]
mod removals;
#[path = "live/scene.rs"]
mod scene;
#[path = "live/upgrades.rs"]
mod upgrades;

use std::process::ExitCode;

use fleet::Stage;

/// A test with the number of hosts it needs.
type Test = (&'static str, usize, fn(&Stage));

const TESTS: &[Test] = &[
    ("installed_clients_are_seen_to_connect", 4, connects::installed_clients_are_seen_to_connect),
    (
        "clients_of_one_name_are_told_apart_by_their_groups",
        3,
        connects::clients_of_one_name_are_told_apart_by_their_groups,
    ),
    ("a_client_that_does_not_connect_is_told_of", 1, connects::a_client_that_does_not_connect_is_told_of),
    ("a_site_that_stumbles_is_asked_again", 1, connects::a_site_that_stumbles_is_asked_again),
    ("a_record_without_a_client_keeps_its_host", 2, connects::a_record_without_a_client_keeps_its_host),
    ("a_removal_has_two_sides", 4, removals::a_removal_has_two_sides),
    (
        "a_limit_deletes_no_record_that_may_be_anothers",
        1,
        removals::a_limit_deletes_no_record_that_may_be_anothers,
    ),
    ("an_open_session_keeps_its_host", 2, removals::an_open_session_keeps_its_host),
    (
        "a_replacement_cuts_nobody_off_and_names_the_ghost",
        2,
        removals::a_replacement_cuts_nobody_off_and_names_the_ghost,
    ),
    (
        "no_minute_sees_more_than_sixty_starts_at_the_site",
        70,
        pace::no_minute_sees_more_than_sixty_starts_at_the_site,
    ),
    ("an_upgrade_in_mid_run_halts_it", 3, upgrades::an_upgrade_in_mid_run_halts_it),
    ("installers_that_end_in_mid_run_are_noticed", 3, upgrades::installers_that_end_in_mid_run_are_noticed),
    ("a_connection_is_new_by_the_sites_clock", 2, connects::a_connection_is_new_by_the_sites_clock),
];

fn main() -> ExitCode {
    fleet::run("live", true, TESTS)
}
