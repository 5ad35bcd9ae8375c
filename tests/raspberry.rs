//! Does a Raspberry Pi get its client? On hosts whose every program is for ARM processors.

use std::process::ExitCode;

#[path = "raspberry/cycle.rs"]
mod cycle;
mod fleet;
#[path = "raspberry/processors.rs"]
mod processors;
#[path = "end_to_end/scene.rs"]
#[allow(dead_code, reason = "another test binary uses the rest")]
mod scene;

fn main() -> ExitCode {
    fleet::run_on(fleet::ARM64, "pi", &[cycle::TESTS, processors::TESTS].concat())
}
