//! Does an SSH server answer at all?
//!
//! The greeting is looked at before libssh2 reads it: a server that is silent, slow, full or something
//! else than SSH is told apart here, takes no place among the key exchanges, and cannot flood libssh2,
//! which would read lines for ever.

use std::os::fd::BorrowedFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use rustix::net::{RecvFlags, recv};

use super::wire::wait_for;
use crate::model::Class;
use crate::transport::Failure;
use crate::transport::failure::quote;

/// Lines before the greeting are allowed (RFC 4253, 4.2), but not without end.
const MOST: usize = 8 * 1024;

/// How long to wait for more of a greeting that has begun; it cannot be polled for.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits for a complete greeting and leaves it unread.
pub(super) fn wait(socket: BorrowedFd<'_>, deadline: Instant) -> Result<(), Failure> {
    let mut bytes = vec![0; MOST];
    let mut seen = 0;
    loop {
        let Some(came) = wait_for(&[(socket, PollFlags::IN | PollFlags::RDHUP)], Some(deadline)) else {
            return Err(missing("sent no SSH greeting in time", &bytes[..seen]));
        };
        let before = seen;
        seen = match recv(socket, &mut bytes[..], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
            Ok((count, _)) => count,
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => before,
            Err(_) => return Err(missing("cut it before its SSH greeting", &bytes[..seen])),
        };
        if is_complete(&bytes[..seen]) {
            return Ok(());
        }
        if seen == 0 || (seen == before && came[0].contains(PollFlags::RDHUP)) {
            return Err(missing("closed it before its SSH greeting", &bytes[..seen]));
        }
        if seen == MOST {
            return Err(missing("does not speak SSH", &bytes[..seen]));
        }
        if seen == before {
            thread::sleep(PAUSE.min(deadline.saturating_duration_since(Instant::now())));
        }
    }
}

fn is_complete(bytes: &[u8]) -> bool {
    bytes
        .split_inclusive(|&byte| byte == b'\n')
        .any(|line| line.starts_with(b"SSH-") && line.ends_with(b"\n"))
}

/// No greeting: too many logins at once (`MaxStartups`), a penalty, or something that is not SSH.
fn missing(what: &str, said: &[u8]) -> Failure {
    let said = quote(&String::from_utf8_lossy(said));
    let said = if said.is_empty() { said } else { format!("; it said `{said}`") };
    Failure::on_the_way(Class::NoBanner, format!("the server took the connection but {what}{said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_a_whole_line_of_its_own() {
        for (said, complete) in [
            ("SSH-2.0-OpenSSH_9.2p1\r\n", true),
            ("Welcome\r\nSSH-2.0-x\n", true),
            ("SSH-2.0-half", false),
            ("not SSH-2.0-x\n", false),
            ("", false),
        ] {
            assert_eq!(is_complete(said.as_bytes()), complete, "{said}");
        }
    }
}
