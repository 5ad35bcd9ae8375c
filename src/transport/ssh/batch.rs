//! How does a Windows host hear a script? As a batch file in a folder that others cannot read.
//!
//! What is sent on the command line is `cmd.exe /d /c "…"` without a value in it, which cmd.exe and PowerShell
//! read alike: which of them `DefaultShell` names does not matter.

use std::time::{Duration, Instant};

use super::exchange::{Believe, Exchange};
use super::files::{self, Files};
use super::shell::{Marks, unopened};
use super::wire::Wire;
use crate::model::Class;
use crate::shell::windows::batch_file;
use crate::transport::Failure;

/// How long a host may take to let the session's folder go; one whose connection is gone does not use it up.
const FAREWELL: Duration = Duration::from_secs(30);

/// The login account by its ownership, the administrators and the system (well-known security identifiers):
/// names of accounts differ from language to language and may hold blanks.
const GRANTS: &str = "*S-1-3-4:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F";

/// A folder for the batch files of one session, and the way to it.
pub(super) struct Desk {
    folder: String,
    files: Files,
}

impl Desk {
    /// Makes the folder, whose name begins with `folder`, and closes it to all others.
    pub(super) fn make(wire: &Wire, folder: &str, deadline: Instant) -> Result<Self, Failure> {
        if !is_plain(folder) {
            let detail = "the staging folder has characters in its name that shells on Windows read";
            return Err(Failure::on_the_host(Class::Internal, detail));
        }
        let marks = Marks::new();
        // Nobody can have made it beforehand, for nobody knows the name.
        let folder = format!("{folder}-{}", marks.nonce());
        let line = first_line(&folder, &marks.ended());
        let mut exchange = Exchange::reserve(wire, (4096, 4096), deadline).map_err(unopened)?;
        exchange.exec(&line, deadline).map_err(unopened)?;
        let ended = exchange.end(&marks.ended(), Believe::Mark, deadline).map_err(|_| {
            let detail = "cmd.exe did not make a folder for its batch files on the host";
            Failure::on_the_host(Class::Unfit, detail)
        })?;
        if ended.status != 0 {
            let said = super::shell::said(&ended.stdout, &ended.stderr);
            let detail = format!("a private folder could not be made on the host: {said}");
            return Err(Failure::on_the_host(Class::Unfit, detail));
        }
        let files = Files::open(wire, deadline).map_err(|trouble| files::failure(trouble.into(), "SFTP"))?;
        Ok(Self { folder, files })
    }

    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// Lays a script ready; where it lies.
    pub(super) fn lay(
        &self,
        wire: &Wire,
        marks: &Marks,
        script: &str,
        deadline: Instant,
    ) -> Result<String, Failure> {
        let text = zeroize::Zeroizing::new(batch_file(script, &marks.ended()));
        let path = format!(r"{}\{}.cmd", self.folder, marks.nonce());
        let (mut bytes, size) = (text.as_bytes(), text.len() as u64);
        let written = self.files.write(wire, &files::path(&path), &mut bytes, size, deadline);
        written.map_err(|undone| files::failure(undone, "a batch file could not be written"))?;
        Ok(path)
    }

    /// Takes a batch file away that was not run, for one that was run goes by itself.
    pub(super) fn take_away(&self, wire: &Wire, path: &str) {
        let _ = self.files.remove(wire, &files::path(path), Instant::now() + FAREWELL);
    }

    /// Takes the folder away; whether it is gone.
    pub(super) fn clear(self, wire: &Wire) -> bool {
        let folder = files::path(&self.folder);
        let cleared = self.files.remove_folder(wire, &folder, Instant::now() + FAREWELL);
        self.files.close();
        cleared.is_ok()
    }
}

/// The line that makes the folder.
///
/// What is typed differs from what is printed by a caret, so that a shell that repeats its line is not taken for an
/// answer. Neither shell reads it inside the quotes; the cmd.exe that is started does.
fn first_line(folder: &str, mark: &str) -> String {
    let typed = mark.replacen('-', "^-", 1);
    format!(
        "cmd.exe /d /c \"mkdir {folder} && icacls {folder} /inheritance:r /grant:r {GRANTS} && echo {typed}0\""
    )
}

/// The one line that runs a batch file and takes it away, also when nobody is connected any more to wait for its end.
pub(super) fn line(path: &str) -> String {
    format!("cmd.exe /d /c \"call {path} & del {path}\"")
}

/// Whether neither cmd.exe nor PowerShell reads anything else in it than a path.
fn is_plain(path: &str) -> bool {
    path.chars().all(|character| character.is_ascii_alphanumeric() || r"_-.:\".contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_never_what_is_printed() {
        let marks = Marks::new();
        let typed = first_line(r"C:\Windows\Temp\jumpfleet-r1-x", &marks.ended());
        assert!(!typed.contains(&marks.ended()), "{typed}");
        assert!(typed.contains(&format!("echo {}0", marks.ended().replacen('-', "^-", 1))), "{typed}");
    }

    #[test]
    fn only_plain_folders_stand_on_a_command_line() {
        assert!(is_plain(r"C:\Windows\Temp\jumpfleet-20260501T220000Z-3f2a"));
        for folder in [r"C:\a b", r"C:\a&b", r"C:\%TEMP%", r"C:\$x", "C:\\a\"b", r"C:\a'b", r"C:\ä"] {
            assert!(!is_plain(folder), "{folder}");
        }
    }
}
