//! How do files reach and leave a Windows host? By SFTP, which no shell reads.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::wire::{Trouble, Wire};
use crate::model::Class;
use crate::transport::Failure;
use crate::transport::failure::quote;

const BUFFER: usize = 256 * 1024;

// Numbers from the SFTP protocol (draft-ietf-secsh-filexfer-02, "SSH_FXP_STATUS").
const NO_SUCH_FILE: i32 = 2;
const FAILURE: i32 = 4;

/// The SFTP side of one connection.
///
/// Handles that are dropped are closed without a limit of time, so they are closed here, and where that does
/// not come to its end the connection is cut, on which nothing waits.
pub(super) struct Files {
    sftp: ssh2::Sftp,
}

/// Why something with files was not done.
pub(super) enum Undone {
    /// The connection is gone or stuck.
    Trouble(Trouble),
    /// The host's answer.
    Refused { code: i32, message: String },
    /// The file that is sent cannot be read here.
    Unreadable(String),
}

impl From<Trouble> for Undone {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// `C:\Windows\Temp` as SFTP servers on Windows name it: `/C:/Windows/Temp`.
pub(super) fn path(windows: &str) -> PathBuf {
    PathBuf::from(format!("/{}", windows.replace('\\', "/")))
}

impl Files {
    pub(super) fn open(wire: &Wire, deadline: Instant) -> Result<Self, Trouble> {
        wire.drive(deadline, ssh2::Session::sftp).map(|sftp| Self { sftp })
    }

    /// Writes `size` bytes from `source` to a new file, or over an old one.
    pub(super) fn write(
        &self,
        wire: &Wire,
        path: &Path,
        source: &mut dyn Read,
        size: u64,
        deadline: Instant,
    ) -> Result<(), Undone> {
        let mut file = self.asked(wire, deadline, |sftp| sftp.create(path))?;
        let sent = send_all(wire, &mut file, source, size, deadline);
        let closed = close(wire, file, deadline);
        sent.and(closed)
    }

    /// The last bytes of a file, at most so many; none when there is no such file.
    pub(super) fn read_end(
        &self,
        wire: &Wire,
        path: &Path,
        most: u64,
        deadline: Instant,
    ) -> Result<Option<Vec<u8>>, Undone> {
        let mut file = match self.asked(wire, deadline, |sftp| sftp.open(path)) {
            Err(Undone::Refused { code: NO_SUCH_FILE, .. }) => return Ok(None),
            opened => opened?,
        };
        let read = read_all(wire, &mut file, most, deadline);
        let closed = close(wire, file, deadline);
        let bytes = read?;
        closed.map(|()| Some(bytes))
    }

    /// Gives a file its name; an older one of that name goes.
    pub(super) fn rename(
        &self,
        wire: &Wire,
        from: &Path,
        to: &Path,
        deadline: Instant,
    ) -> Result<(), Undone> {
        match self.asked(wire, deadline, |sftp| sftp.unlink(to)) {
            Ok(()) | Err(Undone::Refused { .. }) => {}
            Err(undone) => return Err(undone),
        }
        self.asked(wire, deadline, |sftp| sftp.rename(from, to, None))
    }

    pub(super) fn remove(&self, wire: &Wire, path: &Path, deadline: Instant) -> Result<(), Undone> {
        self.asked(wire, deadline, |sftp| sftp.unlink(path))
    }

    pub(super) fn remove_folder(&self, wire: &Wire, path: &Path, deadline: Instant) -> Result<(), Undone> {
        self.asked(wire, deadline, |sftp| sftp.rmdir(path))
    }

    /// Lets go of it at the end of a session, without waiting for the host's answer.
    pub(super) fn close(mut self) {
        let _ = self.sftp.shutdown();
    }

    fn asked<T>(
        &self,
        wire: &Wire,
        deadline: Instant,
        mut ask: impl FnMut(&ssh2::Sftp) -> Result<T, ssh2::Error>,
    ) -> Result<T, Undone> {
        let mut refused = None;
        let answered = wire.drive(deadline, |_| match ask(&self.sftp) {
            Err(error) if matches!(error.code(), ssh2::ErrorCode::SFTP(_)) => {
                refused = Some(error);
                Ok(None)
            }
            answer => answer.map(Some),
        });
        match (answered, refused) {
            (Ok(Some(answer)), _) => Ok(answer),
            (Ok(None), refused) => {
                let code = match refused.as_ref().map(ssh2::Error::code) {
                    Some(ssh2::ErrorCode::SFTP(code)) => code,
                    _ => FAILURE,
                };
                let message = refused.map_or_else(String::new, |error| error.message().to_owned());
                Err(Undone::Refused { code, message })
            }
            (Err(trouble), _) => {
                wire.cut();
                Err(Undone::Trouble(trouble))
            }
        }
    }
}

fn close(wire: &Wire, mut file: ssh2::File, deadline: Instant) -> Result<(), Undone> {
    let closed = wire.drive(deadline, |_| match file.close() {
        // A full disk may show itself here; the crate lets go of the handle all the same.
        Err(error) if matches!(error.code(), ssh2::ErrorCode::SFTP(_)) => Ok(Some(error)),
        closed => closed.map(|()| None),
    });
    match closed {
        Ok(None) => Ok(()),
        Ok(Some(error)) => Err(Undone::Refused { code: FAILURE, message: error.message().to_owned() }),
        Err(trouble) => {
            wire.cut();
            Err(Undone::Trouble(trouble))
        }
    }
}

fn send_all(
    wire: &Wire,
    file: &mut ssh2::File,
    source: &mut dyn Read,
    size: u64,
    deadline: Instant,
) -> Result<(), Undone> {
    let mut buffer = vec![0; BUFFER];
    let mut left = size;
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
        let count =
            source.read(&mut buffer[..want]).map_err(|error| Undone::Unreadable(error.to_string()))?;
        if count == 0 {
            return Err(Undone::Unreadable("it is shorter than it was".to_owned()));
        }
        let mut sent = 0;
        while sent < count {
            // The same bytes must be offered again until they are taken.
            sent += again(wire, deadline, || file.write(&buffer[sent..count]))?;
        }
        left -= count as u64;
    }
    Ok(())
}

fn read_all(wire: &Wire, file: &mut ssh2::File, most: u64, deadline: Instant) -> Result<Vec<u8>, Undone> {
    let size = wire.drive(deadline, |_| file.stat())?.size.unwrap_or(0);
    if size > most {
        io::Seek::seek(file, io::SeekFrom::Start(size - most))
            .map_err(|error| Undone::Refused { code: FAILURE, message: error.to_string() })?;
    }
    let mut bytes = Vec::new();
    let mut buffer = vec![0; BUFFER];
    while (bytes.len() as u64) < most {
        match again(wire, deadline, || file.read(&mut buffer))? {
            0 => break,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(bytes)
}

/// Repeats an attempt until it no longer would block, or until the deadline.
fn again(
    wire: &Wire,
    deadline: Instant,
    mut attempt: impl FnMut() -> io::Result<usize>,
) -> Result<usize, Undone> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => wire.wait(deadline)?,
            Err(error) => return Err(Undone::Refused { code: FAILURE, message: error.to_string() }),
            Ok(count) => return Ok(count),
        }
        // A host that takes a byte at a time is late as well.
        if Instant::now() > deadline {
            return Err(Undone::Trouble(Trouble::Late));
        }
    }
}

/// The failure of something with files on a host that was entered; `what` was to be done.
pub(super) fn failure(undone: Undone, what: &str) -> Failure {
    match undone {
        Undone::Trouble(Trouble::Late) => {
            Failure::on_the_host(Class::Timeout, format!("{what}: the host did not answer in time"))
        }
        Undone::Trouble(Trouble::Broken { message, .. }) => {
            Failure::on_the_host(Class::ConnectionLost, format!("the connection was lost: {message}"))
        }
        // Win32-OpenSSH has no word of its own for a full disk: it answers with a failure.
        Undone::Refused { message, .. } => Failure::on_the_host(
            Class::CommandFailed,
            format!("{what}: the host answered `{}`", quote(&message)),
        ),
        Undone::Unreadable(why) => {
            Failure::on_the_host(Class::Internal, format!("cannot read the file to upload: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_said_as_sftp_servers_on_windows_read_it() {
        assert_eq!(path(r"C:\Windows\Temp\a b"), Path::new("/C:/Windows/Temp/a b"));
    }
}
