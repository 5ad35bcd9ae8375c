//! How does one command run: what goes in, what comes out, and can its end be believed?

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::PollFlags;

use super::wire::{KEEP_ALIVE, Trouble, Wire, read_now, wait_for};

const STDOUT: i32 = 0;
const STDERR: i32 = 1;
const BUFFER: usize = 32 * 1024;

/// How long a command that was given up may take to let go of its channel.
const FAREWELL: Duration = Duration::from_millis(300);

/// The least that is kept of a stream while it runs, so that the marks in it are seen.
const ROOM_FOR_MARKS: usize = 4096;

/// The last bytes of a stream, and how many were dropped before them.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) bytes: Vec<u8>,
    pub(super) dropped: u64,
    limit: usize,
}

impl Tail {
    fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), dropped: 0, limit }
    }

    fn add(&mut self, more: &[u8]) {
        self.bytes.extend_from_slice(more);
        // Twice the room, so that a long stream is not moved at every read.
        let room = self.limit.max(ROOM_FOR_MARKS);
        if self.bytes.len() > room.saturating_mul(2) {
            self.keep(room);
        }
    }

    fn keep(&mut self, room: usize) {
        let surplus = self.bytes.len().saturating_sub(room);
        self.bytes.drain(..surplus);
        self.dropped += surplus as u64;
    }

    /// Forgets everything up to and including the last occurrence of `mark`; whether there was one.
    pub(super) fn forget_through(&mut self, mark: &str) -> bool {
        let Some(at) = self.rfind(mark) else { return false };
        self.bytes.drain(..at + mark.len());
        self.dropped = 0;
        true
    }

    /// Whether `mark` is there, of which nothing ended within the first `from` bytes that ever came.
    fn has(&self, mark: &str, from: u64) -> bool {
        let known = usize::try_from(from.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        let begin = known.saturating_sub(mark.len()).min(self.bytes.len());
        self.bytes[begin..].windows(mark.len()).any(|window| window == mark.as_bytes())
    }

    /// How many bytes have come.
    fn come(&self) -> u64 {
        self.dropped + self.bytes.len() as u64
    }

    /// Where `mark` occurs last.
    pub(super) fn rfind(&self, mark: &str) -> Option<usize> {
        self.bytes.windows(mark.len()).rposition(|window| window == mark.as_bytes())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Whose word on the exit code is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Believe {
    /// The server's; its 0 only when the mark says the same.
    Server,
    /// The mark's alone, which tells all 32 bits of it.
    Mark,
}

/// How a command ended, once that is certain.
pub(super) struct Ended {
    pub(super) status: i32,
    pub(super) stdout: Tail,
    pub(super) stderr: Tail,
}

/// Why it is not certain.
pub(super) enum Unended {
    Trouble(Trouble),
    /// By this signal, without `SIG`.
    Killed(String),
}

impl<T: Into<Trouble>> From<T> for Unended {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

/// One command on a channel of its own.
pub(super) struct Exchange<'a> {
    wire: &'a Wire,
    channel: ssh2::Channel,
    pub(super) stdout: Tail,
    pub(super) stderr: Tail,
    /// Both streams have ended.
    pub(super) is_over: bool,
}

impl<'a> Exchange<'a> {
    pub(super) fn open(
        wire: &'a Wire,
        command: &str,
        limits: (usize, usize),
        deadline: Instant,
    ) -> Result<Self, Trouble> {
        let mut exchange = Self::reserve(wire, limits, deadline)?;
        exchange.exec(command, deadline)?;
        Ok(exchange)
    }

    /// Opens a channel on which nothing runs yet.
    pub(super) fn reserve(
        wire: &'a Wire,
        limits: (usize, usize),
        deadline: Instant,
    ) -> Result<Self, Trouble> {
        let channel = wire.drive(deadline, ssh2::Session::channel_session)?;
        let (stdout, stderr) = (Tail::new(limits.0), Tail::new(limits.1));
        Ok(Self { wire, channel, stdout, stderr, is_over: false })
    }

    /// Starts the command.
    pub(super) fn exec(&mut self, command: &str, deadline: Instant) -> Result<(), Trouble> {
        let channel = &mut self.channel;
        self.wire.drive(deadline, |_| channel.exec(command))
    }

    /// Takes in what has come, at most one buffer a stream; whether anything had.
    pub(super) fn take_in(&mut self, deadline: Instant) -> Result<bool, Trouble> {
        let mut taken = self.take_in_once(deadline)?;
        // To look at the errors can bring in output that was not there a moment before, and the socket
        // would not tell of it again.
        if !taken && self.channel.read_window().available > 0 {
            taken = self.take_in_once(deadline)?;
        }
        self.is_over = self.channel.eof();
        if Instant::now() > deadline {
            return Err(Trouble::Late);
        }
        Ok(taken)
    }

    fn take_in_once(&mut self, deadline: Instant) -> Result<bool, Trouble> {
        let mut buffer = [0; BUFFER];
        let out = self.read(STDOUT, &mut buffer, deadline)?;
        self.stdout.add(&buffer[..out]);
        let err = self.read(STDERR, &mut buffer, deadline)?;
        self.stderr.add(&buffer[..err]);
        Ok(out + err > 0)
    }

    fn read(&mut self, stream: i32, into: &mut [u8], deadline: Instant) -> Result<usize, Trouble> {
        loop {
            match read_now(&mut self.channel.stream(stream), into) {
                Ok(Some(count)) => return Ok(count),
                Ok(None) if self.wire.is_sending() => self.wire.wait(deadline)?,
                Ok(None) => return Ok(0),
                Err(error) => return Err(Trouble::lost(&error.to_string())),
            }
        }
    }

    /// Takes in what comes until something does, or both streams end.
    pub(super) fn listen(&mut self, deadline: Instant) -> Result<(), Trouble> {
        while !self.take_in(deadline)? && !self.is_over {
            self.wire.wait(deadline)?;
        }
        Ok(())
    }

    /// Sends all of `bytes`, taking in what comes meanwhile; ends early if the command does not listen.
    pub(super) fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), Trouble> {
        let mut sent = 0;
        while sent < bytes.len() && !self.is_over {
            match self.channel.write(&bytes[sent..]) {
                Ok(count) if count > 0 => sent += count,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                    return Err(Trouble::lost(&error.to_string()));
                }
                Ok(_) | Err(_) => self.await_room(deadline)?,
            }
            if Instant::now() > deadline {
                return Err(Trouble::Late);
            }
        }
        Ok(())
    }

    /// Waits until more can be sent, taking in what comes meanwhile.
    fn await_room(&mut self, deadline: Instant) -> Result<(), Trouble> {
        if self.wire.is_sending() {
            return self.wire.wait(deadline);
        }
        let room = self.channel.write_window().remaining;
        let came = self.take_in(deadline)?;
        // Reading also swallows the host's word that there is room again, and it does not say it twice.
        if came || self.is_over || self.channel.write_window().remaining != room {
            return Ok(());
        }
        self.wire.wait(deadline)
    }

    /// Tells the command that nothing more will be sent.
    pub(super) fn end_input(&mut self, deadline: Instant) -> Result<(), Trouble> {
        let channel = &mut self.channel;
        self.wire.drive(deadline, |_| channel.send_eof())
    }

    /// Waits until the command has printed `mark`, which is true, or ends without it; `silent` hears every so often
    /// that it is still waited for.
    pub(super) fn hear(
        &mut self,
        mark: &str,
        deadline: Instant,
        every: Duration,
        silent: &mut dyn FnMut(),
    ) -> Result<bool, Trouble> {
        let (mut known, mut next) = (0, Instant::now() + every);
        loop {
            if self.stdout.has(mark, known) {
                return Ok(true);
            }
            if self.is_over {
                return Ok(false);
            }
            known = self.stdout.come();
            if Instant::now() >= next {
                silent();
                next = Instant::now() + every;
            }
            if !self.take_in(deadline)? && !self.is_over {
                // Whether it is too late is found out when something is to be taken in. `listen`, told to end early, might
                // leave a packet half sent.
                let _ = self.wire.wait(deadline.min(next));
            }
        }
    }

    /// Waits for the end; a command without a certain end is given up.
    pub(super) fn end(mut self, mark: &str, believe: Believe, deadline: Instant) -> Result<Ended, Unended> {
        match self.certain_end(mark, believe, deadline) {
            Ok(status) => {
                self.stdout.keep(self.stdout.limit);
                self.stderr.keep(self.stderr.limit);
                Ok(Ended { status, stdout: self.stdout, stderr: self.stderr })
            }
            Err(unended) => {
                self.give_up();
                Err(unended)
            }
        }
    }

    /// The only place that decides whether the end of a command can be believed.
    ///
    /// `exit_status` answers 0 also after a kill, after a cut and for a server that sent no status. So
    /// both streams must have ended, the channel must be closed, no signal may be named, and a 0 counts
    /// only if `mark`, which the shell prints after the command, says 0 as well, or any status only by the mark.
    fn certain_end(&mut self, mark: &str, believe: Believe, deadline: Instant) -> Result<i32, Unended> {
        while !self.is_over {
            self.listen(deadline)?;
        }
        let channel = &mut self.channel;
        self.wire.drive(deadline, |_| channel.wait_eof())?;
        self.wire.drive(deadline, |_| channel.close())?;
        self.wire.drive(deadline, |_| channel.wait_close())?;
        if !self.channel.eof() {
            return Err(Trouble::lost("the command's output did not end").into());
        }
        if let Some(signal) = self.channel.exit_signal()?.exit_signal {
            return Err(Unended::Killed(signal));
        }
        let status = self.channel.exit_status()?;
        let marked = self.take_mark(mark);
        match (believe, status, marked) {
            (Believe::Server, 0, Some(0)) => Ok(0),
            (Believe::Server, status @ (..=-1 | 1..), _) => Ok(status),
            (Believe::Mark, _, Some(marked)) => Ok(marked),
            _ => Err(Trouble::lost("the host did not say how the command ended").into()),
        }
    }

    /// Takes the marked status out of what the command printed.
    fn take_mark(&mut self, mark: &str) -> Option<i32> {
        let at = self.stdout.rfind(mark)?;
        let rest = &self.stdout.bytes[at + mark.len()..];
        let length = rest.iter().position(|&byte| byte == b'\n')?;
        let status = std::str::from_utf8(&rest[..length]).ok()?.trim().parse().ok();
        self.stdout.bytes.drain(at..at + mark.len() + length + 1);
        status
    }

    /// Gives the command up; the connection stays usable if it still answers.
    pub(super) fn give_up(mut self) {
        let deadline = Instant::now() + FAREWELL;
        let channel = &mut self.channel;
        // Nothing can be done about a host that does not even let go.
        let _ = self.wire.drive(deadline, |_| channel.close());
    }

    /// Keeps the connection alive until `stop` is closed by its other end.
    pub(super) fn attend(&mut self, stop: &UnixStream) -> Result<(), Trouble> {
        loop {
            let round = Instant::now() + KEEP_ALIVE;
            while self.take_in(round)? && !self.is_over {}
            if self.is_over {
                return Err(Trouble::lost("the shell ended while it waited"));
            }
            let sockets = [(stop.as_fd(), PollFlags::IN), (self.wire.socket(), self.wire.wanted())];
            match wait_for(&sockets, Some(round)) {
                Some(came) if !came[0].is_empty() => return Ok(()),
                Some(_) => {}
                None => self.wire.keep_alive(),
            }
        }
    }
}
