//! How are the settings of a client that is there read, written and put into effect? Pure.
//!
//! `posix.rs` and `windows.rs` say it in the host's own language; both answer in lines that begin alike.

mod posix;
mod windows;

use std::net::SocketAddr;

use crate::model::{Platform, Shape, Step};

const MARK: &str = "::jumpfleet:: ";

/// The most bytes a `settings.ini` may have to be changed.
pub const LARGEST: u64 = 262_144;

/// The exit code of a write that left something broken behind; after any other failure the file is as it was.
pub const BROKEN: i32 = 70;

/// A client on a host, as a look at its settings shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its folder.
    pub directory: String,
    /// What starts it: the unit if there is one, or the services on Windows.
    pub services: Vec<String>,
    /// Whether it runs.
    pub running: bool,
    /// What it is connected to.
    pub connections: Vec<Connection>,
    /// What is in its `settings.ini`, or why that is not known.
    pub file: Result<Vec<u8>, String>,
    /// The path of a file that has to be fetched yet; none where the answer held it.
    pub fetch: Option<String>,
}

/// A connection that is established.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Whose it is, where several clients have processes of the same name; none where it is this client's for sure.
    pub process: Option<u32>,
    /// Where it leads.
    pub remote: SocketAddr,
}

/// Reads every client's settings and what it is connected to.
pub fn look(shape: &Shape) -> Step {
    if is_windows(shape) { windows::look(shape) } else { posix::look(shape) }
}

/// What [`look`] printed on a host that is to belong to this site; the error says that it is no whole answer.
///
/// On Windows clients of other sites are left out, and of one of which nobody can tell the file is an error.
pub fn instances(shape: &Shape, site: &str, output: &str) -> Result<Vec<Instance>, String> {
    if is_windows(shape) { windows::instances(shape.product, site, output) } else { posix::instances(output) }
}

/// The name under which new settings must lie in the staging folder before [`write()`]; none where it brings them itself.
pub fn staged(shape: &Shape) -> Option<&'static str> {
    is_windows(shape).then_some(windows::STAGED)
}

/// Puts other settings in the place of those that were read, with a copy of the old ones beside them.
///
/// Owner and rights stay. Nothing is written when the old file is not what was read.
pub fn write(shape: &Shape, directory: &str, before: &[u8], after: &[u8]) -> Step {
    match is_windows(shape) {
        true => windows::write(directory, before, after),
        false => posix::write(directory, before, after),
    }
}

/// Puts the copy of the old settings back.
pub fn restore(shape: &Shape, directory: &str, before: &[u8]) -> Step {
    if is_windows(shape) { windows::restore(directory, before) } else { posix::restore(directory) }
}

/// Restarts a client.
pub fn restart(shape: &Shape, client: &Instance) -> Step {
    match is_windows(shape) {
        true => windows::restart(&client.services),
        false => posix::restart(&client.directory, client.services.first().map(String::as_str)),
    }
}

/// Which of the vendor's processes ran while a client was stopped, by what its restart printed: they are others'.
pub fn others(output: &str) -> Vec<u32> {
    let other = |line: &str| line.strip_prefix(MARK)?.strip_prefix("other ")?.trim().parse().ok();
    output.lines().filter_map(other).collect()
}

fn is_windows(shape: &Shape) -> bool {
    matches!(shape.platform, Platform::WindowsExe | Platform::WindowsMsi)
}
