//! How does a connection pass through a bastion?
//!
//! libssh2 wants a socket. It gets one end of a pair; a thread carries bytes between the other end
//! and a channel of the bastion's session, and ends when either side does.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Instant;

use rustix::event::PollFlags;
use rustix::net::{SendFlags, send};

use super::wire::{KEEP_ALIVE, Trouble, Wire, read_now, wait_for};

const STACK: usize = 512 * 1024;
const BUFFER: usize = 64 * 1024;

/// Has the bastion connect to `host` and `port`; the answer behaves like a socket to there.
pub(super) fn through(
    bastion: Wire,
    host: &str,
    port: u16,
    deadline: Instant,
) -> Result<UnixStream, Trouble> {
    let channel = bastion.drive(deadline, |ssh| ssh.channel_direct_tcpip(host, port, None))?;
    let pump = |near: UnixStream, far: UnixStream| {
        far.set_nonblocking(true)?;
        let pump =
            Pump { bastion, channel, socket: far, to_host: Buffer::new(), to_us: Buffer::new(), stuck: None };
        thread::Builder::new().name("bastion".to_owned()).stack_size(STACK).spawn(move || pump.run())?;
        Ok(near)
    };
    let started: io::Result<UnixStream> = UnixStream::pair().and_then(|(near, far)| pump(near, far));
    started.map_err(|error| Trouble::lost(&format!("cannot pass on bytes: {error}")))
}

/// A run of bytes that waits to be passed on; it does not move, because libssh2 remembers where it was.
struct Buffer {
    bytes: Box<[u8]>,
    from: usize,
    to: usize,
}

impl Buffer {
    fn new() -> Self {
        Self { bytes: vec![0; BUFFER].into_boxed_slice(), from: 0, to: 0 }
    }

    fn is_empty(&self) -> bool {
        self.from == self.to
    }

    fn waiting(&self) -> &[u8] {
        &self.bytes[self.from..self.to]
    }

    fn filled(&mut self, count: usize) {
        (self.from, self.to) = (0, count);
    }

    fn passed(&mut self, count: usize) {
        self.from = (self.from + count).min(self.to);
    }
}

/// The call that libssh2 wants repeated before any other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Read,
    Write,
}

struct Pump {
    bastion: Wire,
    channel: ssh2::Channel,
    socket: UnixStream,
    to_host: Buffer,
    to_us: Buffer,
    stuck: Option<Call>,
}

/// Both sides are done, or one is gone.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl Pump {
    fn run(mut self) {
        while self.carry().and_then(|moved| if moved { Ok(()) } else { self.wait() }).is_ok() {}
    }

    /// Carries what can be carried now, in both directions.
    fn carry(&mut self) -> Result<bool, Over> {
        let mut moved = self.take_ours()?;
        let room = self.channel.write_window().remaining;
        moved |= match self.stuck.take() {
            Some(Call::Read) => self.read_channel()?,
            Some(Call::Write) => self.write_channel()?,
            None => self.write_channel()? | (self.stuck.is_none() && self.read_channel()?),
        };
        // Reading also swallows the bastion's word that there is room again: what waits can go now.
        moved |= !self.to_host.is_empty() && self.channel.write_window().remaining > room;
        moved |= self.give_ours()?;
        if self.to_us.is_empty() && self.channel.eof() {
            return Err(Over);
        }
        Ok(moved)
    }

    fn take_ours(&mut self) -> Result<bool, Over> {
        if !self.to_host.is_empty() {
            return Ok(false);
        }
        match read_now(&mut self.socket, &mut self.to_host.bytes)? {
            Some(0) => Err(Over),
            Some(count) => {
                self.to_host.filled(count);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn give_ours(&mut self) -> Result<bool, Over> {
        if self.to_us.is_empty() {
            return Ok(false);
        }
        match send(&self.socket, self.to_us.waiting(), SendFlags::NOSIGNAL) {
            Ok(count) => {
                self.to_us.passed(count);
                Ok(count > 0)
            }
            Err(rustix::io::Errno::AGAIN) => Ok(false),
            Err(_) => Err(Over),
        }
    }

    fn write_channel(&mut self) -> Result<bool, Over> {
        if self.to_host.is_empty() {
            return Ok(false);
        }
        match self.channel.write(self.to_host.waiting()) {
            Ok(count) => {
                self.to_host.passed(count);
                Ok(count > 0)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.stuck = self.bastion.is_sending().then_some(Call::Write);
                Ok(false)
            }
            Err(_) => Err(Over),
        }
    }

    fn read_channel(&mut self) -> Result<bool, Over> {
        if !self.to_us.is_empty() {
            return Ok(false);
        }
        match read_now(&mut self.channel, &mut self.to_us.bytes)? {
            Some(count) => {
                self.to_us.filled(count);
                Ok(count > 0)
            }
            None => {
                self.stuck = self.bastion.is_sending().then_some(Call::Read);
                Ok(false)
            }
        }
    }

    /// Sleeps until something can be carried; now and then the bastion hears that we are still here.
    fn wait(&self) -> Result<(), Over> {
        let mut ours = PollFlags::empty();
        ours.set(PollFlags::IN, self.to_host.is_empty());
        ours.set(PollFlags::OUT, !self.to_us.is_empty());
        let mut sockets = vec![(self.socket.as_fd(), ours)];
        // Bytes that nobody can take yet must not wake us again and again.
        if self.stuck.is_some() || self.to_us.is_empty() || !self.to_host.is_empty() {
            sockets.push((self.bastion.socket(), self.bastion.wanted()));
        }
        match wait_for(&sockets, Some(Instant::now() + KEEP_ALIVE)) {
            Some(came) if came[0].contains(PollFlags::HUP) && !self.to_host.is_empty() => Err(Over),
            Some(_) => Ok(()),
            None => {
                self.bastion.keep_alive();
                Ok(())
            }
        }
    }
}
