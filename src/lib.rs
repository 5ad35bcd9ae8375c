//! jumpfleet: who gets a Jump Client, what each host will hear, and what became of it.
//!
//! ```text
//!  inventory ──▶ hosts ─┐
//!                       ├─installer─▶ invocations ──planner──▶ plan ──rollout──▶ events ──report──▶ bytes
//!  settings ──▶ release ┘                                                          │
//!                                                                               journal
//! ```
//!
//! Data goes forward; only the stop signal goes backward. A room uses rooms of lower floors only.
#![warn(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::todo,
    clippy::dbg_macro,
    clippy::disallowed_methods
)]

// The ground: nouns, and text in, text out.
pub mod ci;
pub mod matching;
pub mod model;
pub mod proxy;
pub mod shell;
pub mod template;
pub mod vault;
// Who, what to say, what happened.
pub mod installer;
pub mod inventory;
pub mod report;
// What will happen, and what other tools need to make it happen.
pub mod package;
pub mod planner;
// The edges: files, hosts, and servers on the web; and the site.
pub mod appliance;
pub mod store;
pub mod transport;
pub mod web;
// Make it happen, show it, take orders.
pub mod cli;
pub mod rollout;
pub mod ui;
pub mod watch;
