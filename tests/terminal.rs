//! What does a person see on a terminal? The program on real pseudo-terminals, its screen drawn by an emulator.
//!
//! The hosts are sockets of this machine that refuse, keep silent or send rubbish; none of them takes a login.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

#[path = "terminal/completions.rs"]
mod completions;
#[path = "terminal/mistakes.rs"]
mod mistakes;
#[path = "terminal/progress.rs"]
mod progress;
#[path = "terminal/pty.rs"]
mod pty;
#[path = "terminal/scene.rs"]
mod scene;
