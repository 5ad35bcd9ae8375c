//! Does the main job work on Windows hosts, as far as Wine is one?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes and reads the files of its own folder")]

#[path = "windows/duplicates.rs"]
mod duplicates;
mod fleet;
#[path = "windows/installs.rs"]
mod installs;
#[path = "windows/mishaps.rs"]
mod mishaps;
#[path = "windows/scene.rs"]
mod scene;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Those that wait longest come first.
    fleet::run_on(fleet::WINDOWS, "win", &[mishaps::TESTS, installs::TESTS, duplicates::TESTS].concat())
}
