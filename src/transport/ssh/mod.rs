//! How are hosts entered over SSH? This folder is the one door to the `ssh2` crate.
//!
//! Sessions are non-blocking underneath: every wait is a `poll` with the time that is left, so no
//! silent, stalled or dripping host can hold a thread beyond its deadline.

mod batch;
mod dial;
mod exchange;
mod files;
mod greeting;
mod hop;
mod host_key;
mod login;
mod session;
mod shell;
mod wire;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub use dial::Dialer;
pub use session::{Command, Elevation, Finished, Gate, Go, Listener, Session, Shell, Word};

/// Reads a text file; `None` if there is no such file.
pub type ReadFile = dyn Fn(&str) -> io::Result<Option<String>> + Send + Sync;

/// Appends one line to a file, which is made if it is missing and need not end with a line end.
pub type AppendLine = dyn Fn(&str, &str) -> io::Result<()> + Send + Sync;

/// What surrounds the person who runs jumpfleet, passed in because this room asks no environment.
pub struct Surroundings {
    /// Reads known_hosts and key files.
    pub read: Box<ReadFile>,
    /// Appends a line to a known_hosts file, for `accept-new`.
    pub append: Box<AppendLine>,
    /// The home directory, for `~` and the usual files.
    pub home: Option<PathBuf>,
    /// The login name, for hosts that name none.
    pub user: String,
    /// The socket of the ssh-agent (`SSH_AUTH_SOCK`).
    pub agent: Option<PathBuf>,
}

/// How long and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Key exchanges at once over all hosts, because they cost processor time.
    pub handshakes: usize,
    /// Connections to one server at once that have not logged in yet; sshd refuses beyond `MaxStartups` 10.
    pub per_server: usize,
    /// The longest wait for one TCP connection, and for a bastion to make one.
    pub connect: Duration,
    /// The longest wait for the greeting and the key exchange of one server.
    pub handshake: Duration,
    /// The longest wait from opening a channel to a shell that listens, sudo included.
    pub shell: Duration,
    /// How often it is told that a command has not said yet that it began.
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshakes: 16,
            per_server: 8,
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(20),
            shell: Duration::from_secs(30),
            silence: Duration::from_secs(30),
        }
    }
}
