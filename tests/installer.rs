//! Does every platform say the right words? Cases as data, and every script run or checked for real.
//!
//! `UPDATE_CASES=1 cargo test --test installer` writes the expectations anew; read the difference
//! line by line against the vendor's guide before you keep it. A missing program fails its test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may end here")]
#![allow(clippy::disallowed_methods, reason = "a test plays the host whose files scripts read and write")]

mod batch;
#[path = "installer/batch_files.rs"]
mod batch_files;
#[path = "installer/cases.rs"]
mod cases;
#[path = "installer/judgement.rs"]
mod judgement;
#[path = "installer/macos.rs"]
mod macos;
#[path = "batch/planted.rs"]
mod planted;
#[path = "installer/posix.rs"]
mod posix;
#[path = "installer/programs.rs"]
mod programs;
#[path = "installer/scripts.rs"]
mod scripts;
#[path = "installer/windows.rs"]
mod windows;
mod wine;
