//! How do bytes and commands reach a host?

pub mod known_hosts;
pub mod ssh;

mod failure;
mod key_file;
mod turns;

pub use failure::{Failure, quote};
pub use ssh::{
    Command, Dialer, Elevation, Finished, Gate, Go, Limits, Listener, Session, Shell, Surroundings, Word,
};
