//! How is one SSH connection driven without ever waiting longer than allowed?

use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// What an SSH connection runs over.
#[derive(Debug)]
pub(super) enum Socket {
    /// A connection of our own.
    Tcp(TcpStream),
    /// One end of a pair whose other end a bastion's pump holds.
    Tunnel(UnixStream),
}

impl Socket {
    fn shut(&self) {
        // It may be gone already; there is nobody left to tell.
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Self::Tunnel(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Tunnel(stream) => stream.as_fd(),
        }
    }
}

/// The share of a socket that libssh2 keeps.
struct Plug(Arc<Socket>);

impl AsRawFd for Plug {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

/// Why something on a connection did not come to its end.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The time was up.
    Late,
    /// libssh2 gave up, or the connection did.
    Broken { code: i32, message: String },
}

impl Trouble {
    pub(super) fn lost(message: &str) -> Self {
        Self::Broken { code: LOST, message: message.to_owned() }
    }
}

impl From<ssh2::Error> for Trouble {
    fn from(error: ssh2::Error) -> Self {
        Self::Broken { code: code_of(&error), message: error.message().to_owned() }
    }
}

// Numbers from libssh2.h.
pub(super) const LOST: i32 = -13;
pub(super) const FILE: i32 = -16;
pub(super) const UNACCEPTED: i32 = -18;
pub(super) const UNVERIFIED: i32 = -19;
pub(super) const REFUSED: i32 = -21;
const AGAIN: i32 = -37;

fn code_of(error: &ssh2::Error) -> i32 {
    match error.code() {
        ssh2::ErrorCode::Session(code) | ssh2::ErrorCode::SFTP(code) => code,
    }
}

/// An SSH connection and the socket it runs over.
pub(super) struct Wire {
    session: ssh2::Session,
    socket: Arc<Socket>,
}

impl Wire {
    pub(super) fn new(socket: Socket) -> Result<Self, ssh2::Error> {
        let mut session = ssh2::Session::new()?;
        let socket = Arc::new(socket);
        session.set_tcp_stream(Plug(Arc::clone(&socket)));
        session.set_blocking(false);
        session.set_compress(false);
        session.set_keepalive(true, KEEP_ALIVE_SECONDS);
        Ok(Self { session, socket })
    }

    pub(super) fn session(&self) -> &ssh2::Session {
        &self.session
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Repeats `attempt` until it no longer would block, or until the deadline.
    pub(super) fn drive<T>(
        &self,
        deadline: Instant,
        mut attempt: impl FnMut(&ssh2::Session) -> Result<T, ssh2::Error>,
    ) -> Result<T, Trouble> {
        loop {
            match attempt(&self.session) {
                Err(error) if code_of(&error) == AGAIN => self.wait(deadline)?,
                done => return done.map_err(Trouble::from),
            }
        }
    }

    /// Waits until libssh2 can go on.
    pub(super) fn wait(&self, deadline: Instant) -> Result<(), Trouble> {
        if wait_for(&[(self.socket(), self.wanted())], Some(deadline)).is_some() {
            Ok(())
        } else {
            Err(Trouble::Late)
        }
    }

    /// What has to happen on the socket before libssh2 can go on.
    pub(super) fn wanted(&self) -> PollFlags {
        if self.is_sending() { PollFlags::OUT } else { PollFlags::IN }
    }

    /// Whether a packet is half sent. Until the call that began it has ended it, libssh2 refuses every
    /// other call on the connection, so it must be repeated before anything else is tried.
    pub(super) fn is_sending(&self) -> bool {
        matches!(
            self.session.block_directions(),
            ssh2::BlockDirections::Outbound | ssh2::BlockDirections::Both
        )
    }

    /// Ends the connection: nothing on it waits any longer.
    pub(super) fn cut(&self) {
        self.socket.shut();
    }

    /// Tells the other side that we are still here, if it has not heard from us for a while.
    pub(super) fn keep_alive(&self) {
        // A dead connection shows itself at the next read.
        let _ = self.session.keepalive_send();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.session.disconnect(None, "done", None);
        // libssh2 leaks what it cannot send when it is freed; with the socket shut it does not try.
        self.socket.shut();
    }
}

const KEEP_ALIVE_SECONDS: u32 = 15;

/// How long a connection may be silent before [`Wire::keep_alive`] has something to do.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(KEEP_ALIVE_SECONDS as u64);

/// Waits for one of the sockets; the flags that came true for each, or none at the deadline.
pub(super) fn wait_for(
    sockets: &[(BorrowedFd<'_>, PollFlags)],
    deadline: Option<Instant>,
) -> Option<Vec<PollFlags>> {
    let mut polled: Vec<PollFd<'_>> =
        sockets.iter().map(|(socket, flags)| PollFd::from_borrowed_fd(*socket, *flags)).collect();
    loop {
        let left = match deadline {
            Some(deadline) => Some(deadline.checked_duration_since(Instant::now())?),
            None => None,
        };
        let timeout = left.map(|left| Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        });
        match poll(&mut polled, timeout.as_ref()) {
            Ok(0) => return None,
            Err(rustix::io::Errno::INTR) => {}
            // Whatever else is wrong with a socket shows itself when it is used.
            Ok(_) | Err(_) => return Some(polled.iter().map(PollFd::revents).collect()),
        }
    }
}

/// Reads once from a channel's stream; none if there is nothing to read yet.
pub(super) fn read_now(stream: &mut impl Read, into: &mut [u8]) -> io::Result<Option<usize>> {
    match stream.read(into) {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
