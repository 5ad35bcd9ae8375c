//! What can be done on a host once it is entered?

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Limits;
use super::batch::{self, Desk};
use super::exchange::{Believe, Ended, Exchange, Unended};
use super::files;
use super::shell::{self, Marks};
use super::wire::{Trouble, Wire};
use crate::model::{Class, Secret};
use crate::transport::Failure;
use crate::transport::failure::quote;

const UPLOAD_BUFFER: usize = 256 * 1024;

/// Root through sudo.
#[derive(Debug, Clone)]
pub struct Elevation {
    /// The sudo password; none means that sudo must not ask.
    pub password: Option<Secret>,
}

/// Which shell a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell<'a> {
    /// The host's `sh`, which hears it on standard input.
    Sh,
    /// cmd.exe, which hears it as a batch file, whatever the account's own shell is.
    Cmd {
        /// How the folder's name begins that is made for batch files and taken away again, such as
        /// `C:\Windows\Temp\jumpfleet-r1`; letters, digits and `_-.:\` alone.
        folder: &'a str,
    },
}

/// One script for a shell on the host.
#[derive(Debug, Clone)]
pub struct Command<'a> {
    /// What the shell hears; it never stands on a command line.
    pub script: &'a str,
    /// Which shell.
    pub shell: Shell<'a>,
    /// Whether, and with which password, the script runs as root through sudo.
    pub elevate: Option<Elevation>,
    /// The longest time from sending the script to its end.
    pub time_limit: Duration,
    /// What it prints when what it is for has begun, which is waited for; none if only its end tells that.
    pub begun: Option<&'a str>,
    /// The last bytes of standard output that are kept.
    pub stdout_limit: usize,
    /// The last bytes of standard error that are kept.
    pub stderr_limit: usize,
}

impl<'a> Command<'a> {
    /// A script for `sh` as the login account, of which the last 64 KiB of output and 16 KiB of errors are kept.
    pub fn new(script: &'a str, time_limit: Duration) -> Self {
        let (stdout_limit, stderr_limit) = (64 * 1024, 16 * 1024);
        Self { script, shell: Shell::Sh, elevate: None, time_limit, begun: None, stdout_limit, stderr_limit }
    }
}

/// What a command left behind when it ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The exit status, 0 to 255 from a POSIX host, 32 bits from Windows; certain, see the rule in `exchange`.
    pub status: i32,
    /// The end of standard output; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// The end of standard error, without sudo's question.
    pub stderr: String,
    /// Bytes of standard output that came before `stdout` and were not kept.
    pub stdout_dropped: u64,
    /// Bytes of standard error that came before `stderr` and were not kept.
    pub stderr_dropped: u64,
}

/// The answer of whoever holds the gate before a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// The script is sent at once.
    Start,
    /// The script is not sent.
    Stop,
}

/// What is known of a command that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The host has not said that it began; told now and then while that is waited for, and when it is not any more.
    Silent,
    /// It has begun, or ended without saying so.
    Begun,
}

/// Hears of a command that was sent, up to and with [`Word::Begun`].
pub type Listener<'a> = dyn FnMut(Word) + 'a;

/// Decides whether a command starts; it is told how to ask whether the connection is still there.
pub type Gate<'a> = dyn FnMut(&dyn Fn() -> bool) -> Go + 'a;

/// A channel on which the next thing that is sent starts a script.
struct Ready<'a> {
    exchange: Exchange<'a>,
    marks: Marks,
    /// Where it lies, if it is a batch file.
    batch: Option<String>,
}

/// A host that was entered; it is left when this is dropped.
pub struct Session {
    wire: Wire,
    user: String,
    limits: Limits,
    /// Where batch files lie, once one was needed.
    desk: Option<Desk>,
    /// Becomes true if their folder stays on the host.
    left: Arc<AtomicBool>,
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(desk) = self.desk.take()
            && !desk.clear(&self.wire)
        {
            self.left.store(true, Ordering::Relaxed);
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Session({})", self.user)
    }
}

impl Session {
    pub(super) fn new(wire: Wire, user: String, limits: Limits) -> Self {
        Self { wire, user, limits, desk: None, left: Arc::default() }
    }

    /// Has it told there, once the session is dropped, if its folder for batch files stays on the host.
    pub fn tell_of_left(&mut self, left: &Arc<AtomicBool>) {
        self.left = Arc::clone(left);
    }

    /// The login name; for `root` there is no need of sudo.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Runs a script to its end; children of the script read nothing from standard input.
    ///
    /// Any end that is not certain, a signal and a passed time limit are failures, never a status.
    pub fn run(&mut self, command: &Command<'_>) -> Result<Finished, Failure> {
        self.make_desk(command)?;
        let ready = self.open(command)?;
        self.carry_out(ready, command, &mut |_| {})
    }

    /// Runs a script once `gate` says so; `None` if it says [`Go::Stop`].
    ///
    /// The gate is asked when the shell already listens, or the batch file lies there, and may take minutes; the
    /// connection is kept alive meanwhile, and the gate can ask whether it still is there. After [`Go::Start`]
    /// only the script itself is sent, or the line that runs the batch file. If the connection was lost while the gate
    /// thought, the failure is not `started` and the gate's permission was not used, nor is `listener` told anything.
    pub fn run_gated(
        &mut self,
        command: &Command<'_>,
        gate: &mut Gate<'_>,
        listener: &mut Listener<'_>,
    ) -> Result<Option<Finished>, Failure> {
        self.make_desk(command)?;
        let mut ready = self.open(command)?;
        match attended(&mut ready.exchange, gate)? {
            Go::Start => self.carry_out(ready, command, listener).map(Some),
            Go::Stop => {
                ready.exchange.give_up();
                self.take_away(ready.batch.as_deref());
                Ok(None)
            }
        }
    }

    /// Makes the folder for batch files, if the command is the session's first that needs it.
    fn make_desk(&mut self, command: &Command<'_>) -> Result<(), Failure> {
        if let (Shell::Cmd { folder }, None) = (command.shell, &self.desk) {
            self.desk = Some(Desk::make(&self.wire, folder, Instant::now() + self.limits.shell)?);
        }
        Ok(())
    }

    fn open(&self, command: &Command<'_>) -> Result<Ready<'_>, Failure> {
        let marks = Marks::new();
        let deadline = Instant::now() + self.limits.shell;
        let limits = (command.stdout_limit, command.stderr_limit);
        let (exchange, batch) = match &self.desk {
            Some(desk) if command.shell != Shell::Sh => {
                let path = desk.lay(&self.wire, &marks, command.script, deadline)?;
                let exchange = Exchange::reserve(&self.wire, limits, deadline).map_err(shell::unopened)?;
                (exchange, Some(path))
            }
            _ => (shell::open(&self.wire, command.elevate.as_ref(), &marks, limits, deadline)?, None),
        };
        Ok(Ready { exchange, marks, batch })
    }

    fn carry_out(
        &self,
        ready: Ready<'_>,
        command: &Command<'_>,
        listener: &mut Listener<'_>,
    ) -> Result<Finished, Failure> {
        let Ready { mut exchange, marks, batch } = ready;
        let deadline = Instant::now() + command.time_limit;
        let sent = match &batch {
            Some(path) => exchange.exec(&batch::line(path), deadline),
            None => exchange.send(marks.wrap(command.script).as_bytes(), deadline),
        };
        let believe = if batch.is_some() { Believe::Mark } else { Believe::Server };
        let heard = sent.and_then(|()| exchange.end_input(deadline)).and_then(|()| match command.begun {
            Some(mark) => exchange.hear(mark, deadline, self.limits.silence, &mut || listener(Word::Silent)),
            None => Ok(false),
        });
        let is_heard = matches!(heard, Ok(true));
        if is_heard {
            listener(Word::Begun);
        }
        let ended = match heard {
            Ok(_) => exchange.end(&marks.ended(), believe, deadline),
            Err(trouble) => {
                exchange.give_up();
                Err(trouble.into())
            }
        };
        if !is_heard {
            listener(if ended.is_ok() { Word::Begun } else { Word::Silent });
        }
        ended.map(finished).map_err(|unended| unfinished(unended, command.time_limit).after_start())
    }

    fn take_away(&self, batch: Option<&str>) {
        if let (Some(desk), Some(path)) = (&self.desk, batch) {
            desk.take_away(&self.wire, path);
        }
    }

    /// Writes `size` bytes from `source` to a file in a folder of a Windows host, by SFTP.
    ///
    /// The file has its name only when it is complete. The session must have run a command for [`Shell::Cmd`].
    pub fn put(
        &mut self,
        source: &mut dyn Read,
        size: u64,
        folder: &str,
        name: &str,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let desk = self.files()?;
        let target = files::path(&format!(r"{folder}\{name}"));
        let part = files::path(&format!(r"{folder}\jumpfleet.part"));
        let written = desk.write(&self.wire, &part, source, size, deadline);
        let done = written.and_then(|()| desk.rename(&self.wire, &part, &target, deadline));
        done.map_err(|undone| files::failure(undone, "the upload was not kept"))
    }

    /// The end of a file on a Windows host, at most so many bytes of it; none when there is no such file.
    ///
    /// The session must have run a command for [`Shell::Cmd`].
    pub fn get_end(&mut self, path: &str, most: u64, deadline: Instant) -> Result<Option<Vec<u8>>, Failure> {
        let read = self.files()?.read_end(&self.wire, &files::path(path), most, deadline);
        read.map_err(|undone| files::failure(undone, "a file could not be read"))
    }

    fn files(&self) -> Result<&files::Files, Failure> {
        let none = || Failure::on_the_host(Class::Internal, "SFTP was wanted before any batch file was run");
        self.desk.as_ref().map(Desk::files).ok_or_else(none)
    }

    /// Writes `size` bytes from `source` to `directory/name` as the login account, mode 0700.
    ///
    /// The file has its name only when it is complete. The name stands on no command line, and not in
    /// a failure, because it may hold a key.
    pub fn upload(
        &mut self,
        source: &mut dyn Read,
        size: u64,
        directory: &str,
        name: &str,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let target = shell::target(directory, name)?;
        let marks = Marks::new();
        let mut exchange =
            shell::open_upload(&self.wire, &marks, deadline.min(Instant::now() + self.limits.shell))?;
        let header = format!("{target}\n{size}\n");
        let sent = exchange
            .send(header.as_bytes(), deadline)
            .map_err(unsent)
            .and_then(|()| send_all(&mut exchange, source, size, deadline))
            .and_then(|()| exchange.end_input(deadline).map_err(unsent));
        if let Err(failure) = sent {
            exchange.give_up();
            return Err(failure);
        }
        match exchange.end(&marks.ended(), Believe::Server, deadline) {
            Ok(ended) if ended.status == 0 => Ok(()),
            Ok(ended) => Err(shell::upload_failure(&ended, name)),
            Err(Unended::Killed(signal)) => Err(killed(&signal)),
            Err(Unended::Trouble(trouble)) => Err(unsent(trouble)),
        }
    }
}

/// Keeps the connection alive while the gate is asked.
fn attended(exchange: &mut Exchange<'_>, gate: &mut Gate<'_>) -> Result<Go, Failure> {
    let (awake, asleep) = UnixStream::pair()
        .map_err(|error| Failure::on_the_host(Class::Internal, format!("cannot wait: {error}")))?;
    let (go, kept) = thread::scope(|scope| {
        let keeper = scope.spawn(move || exchange.attend(&asleep));
        let go = gate(&|| !keeper.is_finished());
        drop(awake);
        (go, keeper.join())
    });
    match kept {
        Ok(Ok(())) => Ok(go),
        Ok(Err(trouble)) => Err(unsent(trouble)),
        Err(_) => Err(Failure::on_the_host(Class::Internal, "the keeper of the connection panicked")),
    }
}

fn send_all(
    exchange: &mut Exchange<'_>,
    source: &mut dyn Read,
    size: u64,
    deadline: Instant,
) -> Result<(), Failure> {
    let mut buffer = vec![0; UPLOAD_BUFFER];
    let mut left = size;
    while left > 0 && !exchange.is_over {
        let want = usize::try_from(left).unwrap_or(UPLOAD_BUFFER).min(UPLOAD_BUFFER);
        let count = source.read(&mut buffer[..want]).map_err(unreadable)?;
        if count == 0 {
            return Err(Failure::on_the_host(Class::Internal, "the file to upload is shorter than it was"));
        }
        exchange.send(&buffer[..count], deadline).map_err(unsent)?;
        left -= count as u64;
    }
    Ok(())
}

fn unreadable(error: std::io::Error) -> Failure {
    Failure::on_the_host(Class::Internal, format!("cannot read the file to upload: {error}"))
}

fn finished(ended: Ended) -> Finished {
    Finished {
        status: ended.status,
        stdout: ended.stdout.text(),
        stderr: ended.stderr.text(),
        stdout_dropped: ended.stdout.dropped,
        stderr_dropped: ended.stderr.dropped,
    }
}

fn killed(signal: &str) -> Failure {
    Failure::on_the_host(Class::CommandFailed, format!("the command was ended by signal {}", quote(signal)))
}

fn unfinished(unended: Unended, limit: Duration) -> Failure {
    match unended {
        Unended::Killed(signal) => killed(&signal),
        Unended::Trouble(Trouble::Late) => {
            let detail = format!("the command did not end within {} s", limit.as_secs_f32());
            Failure::on_the_host(Class::Timeout, detail)
        }
        Unended::Trouble(trouble) => unsent(trouble),
    }
}

fn unsent(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Late => Failure::on_the_host(Class::Timeout, "the host did not take everything in time"),
        Trouble::Broken { message, .. } => {
            Failure::on_the_host(Class::ConnectionLost, format!("the connection was lost: {message}"))
        }
    }
}
