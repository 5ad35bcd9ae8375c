//! Do clients get the proxy that is wanted, or keep the one they had? On real hosts with stand-in clients.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may end here")]

#[path = "proxy/changes.rs"]
mod changes;
mod fleet;
#[path = "proxy/scene.rs"]
mod scene;

use std::process::ExitCode;

fn main() -> ExitCode {
    fleet::run("proxy", false, changes::TESTS)
}
