//! Do the papers say what is true? Links, tables and names against the program; no host is needed.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

#[path = "papers/facts.rs"]
mod facts;
#[path = "papers/help.rs"]
mod help;
#[path = "papers/links.rs"]
mod links;
#[path = "documents/pages.rs"]
mod pages;

use std::process::{Command, Output, Stdio};

/// Fails with all complaints at once.
#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs the program in a folder.
fn jumpfleet(folder: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for variable in ["JUMPFLEET_CONFIG", "JUMPFLEET_STATE_DIR", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.output().expect("the program can be started")
}

/// What the program prints; it must succeed.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let done = jumpfleet(&pages::root(), arguments);
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}
