//! Does the transport keep its promises towards a real OpenSSH server, and towards servers that misbehave?
//!
//! Runs as root: every test starts its own sshd on a loopback port, some make throw-away accounts.
//! Debian packages: openssh-server openssh-client sudo.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]
#![allow(clippy::disallowed_methods, reason = "a test is an edge: it reads files, clock and environment")]
#![allow(missing_docs, reason = "nobody imports a test")]

#[path = "transport/bastions.rs"]
mod bastions;
#[path = "transport/commands.rs"]
mod commands;
#[path = "transport/host_keys.rs"]
mod host_keys;
#[path = "transport/lab.rs"]
mod lab;
#[path = "transport/logins.rs"]
mod logins;
#[path = "transport/stalls.rs"]
mod stalls;
#[path = "transport/sudo.rs"]
mod sudo;
#[path = "transport/uploads.rs"]
mod uploads;
