//! Does the main job work on Windows hosts, as far as Wine is one?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes and reads the files of its own folder")]

#[path = "windows/changes.rs"]
mod changes;
#[path = "windows/downloads.rs"]
mod downloads;
#[path = "windows/duplicates.rs"]
mod duplicates;
mod fleet;
#[path = "windows/installs.rs"]
mod installs;
#[path = "windows/mishaps.rs"]
mod mishaps;
#[path = "windows/proxy.rs"]
mod proxy;
#[path = "windows/scene.rs"]
mod scene;
#[path = "live/scene.rs"]
#[allow(dead_code, reason = "Windows hosts use a part of it")]
mod site;

use std::process::ExitCode;

fn main() -> ExitCode {
    let installers = tempfile::tempdir().expect("a temporary folder");
    scene::build_into(installers.path());
    // Those that wait longest come first.
    let tests =
        [mishaps::TESTS, changes::TESTS, downloads::TESTS, proxy::TESTS, installs::TESTS, duplicates::TESTS]
            .concat();
    fleet::run_on(fleet::WINDOWS_AND_LIGHT, "win", &tests)
}
