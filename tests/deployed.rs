//! Do packages install clients, once, on real hosts?

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes and reads the files of its own folder")]

mod fleet;
#[path = "deployed/image.rs"]
mod image;
#[path = "deployed/role.rs"]
mod role;

use std::path::PathBuf;
use std::process::ExitCode;

use fleet::Stage;

fn main() -> ExitCode {
    fleet::run("deployed", false, &[image::TESTS, role::TESTS].concat())
}

/// A package of the test's inventory, in the test's folder.
fn package(stage: &Stage, kind: &str) -> PathBuf {
    let _ = std::fs::remove_dir_all(stage.path().join(kind));
    stage.jumpfleet(&["package", kind, "-i", "inventory.yaml", "-o", kind]).expect(0);
    stage.path().join(kind)
}
