//! Does the main job work on real hosts?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes and reads the files of its own folder")]

#[path = "end_to_end/duplicates.rs"]
mod duplicates;
mod fleet;
#[path = "end_to_end/installs.rs"]
mod installs;
#[path = "end_to_end/logins.rs"]
mod logins;
#[path = "end_to_end/lost.rs"]
mod lost;
#[path = "end_to_end/mishaps.rs"]
mod mishaps;
#[path = "end_to_end/plans.rs"]
mod plans;
#[path = "end_to_end/removals.rs"]
mod removals;
#[path = "end_to_end/reports.rs"]
mod reports;
#[path = "end_to_end/scene.rs"]
mod scene;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Those that wait longest come first.
    let rooms = [
        lost::TESTS,
        removals::TESTS,
        mishaps::TESTS,
        logins::TESTS,
        plans::TESTS,
        reports::TESTS,
        installs::TESTS,
        duplicates::TESTS,
    ];
    fleet::run("e2e", false, &rooms.concat())
}
