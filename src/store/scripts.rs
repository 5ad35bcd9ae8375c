//! What does an inventory script say? Run with a limit to its time and its output, and never waited for in vain.
#![expect(clippy::disallowed_methods, reason = "whether a file is a script stands in its first bytes")]

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, kill_process_group};

use super::StoreError;
use crate::model::readable;

/// How long a script may take when the settings do not say: the slow ones ask an interface of a cloud page by page.
pub const SCRIPT_DEADLINE: Duration = Duration::from_secs(60);

/// The most bytes a script may print: a hundred thousand hosts are some thirty million.
const MOST_PRINTED: usize = 256 << 20;

/// So much of the end of standard error is kept.
const KEPT: usize = 8 << 10;

/// So many lines of it are shown.
const SHOWN: usize = 5;

/// How long a killed script may take to be gone before it is left to itself.
const BURIAL: Duration = Duration::from_secs(1);

/// Whether Ansible would run the file and the system could: it may be executed, and begins as a program does.
///
/// On disks without such rights every file may be executed; those that begin like text are inventories.
pub fn is_script(path: &Path) -> bool {
    if access(path, Access::EXEC_OK).is_err() {
        return false;
    }
    let mut begin = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4).read_to_end(&mut begin));
    read.is_ok() && (begin.starts_with(b"#!") || begin == b"\x7fELF")
}

/// What a script prints on standard output; its whole process group is ended when it takes longer or prints too much.
pub fn run(path: &Path, arguments: &[&str], deadline: Instant) -> Result<String, StoreError> {
    let wrong = |what: String| StoreError::Script { path: path.to_owned(), what };
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let began = Instant::now();
    let mut command = Command::new(&whole);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command.spawn().map_err(|error| wrong(refused(&error)))?;
    let guard = Guard::over(&child);
    let mut heard = Heard::default();
    let ended = listen(&mut child, deadline, &mut heard);
    if !matches!(ended, Ok(Ended::With(_))) {
        bury(&mut child);
    }
    drop(guard);
    let call = arguments.join(" ");
    match ended {
        Ok(Ended::With(status)) if status.success() => String::from_utf8(heard.output).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            wrong(format!("printed something that is not UTF-8 text for `{call}`: byte {place} does not fit"))
        }),
        Ok(Ended::With(status)) => Err(wrong(format!("{} on `{call}`{}", how(status), heard.complaint()))),
        Ok(Ended::Late) => {
            let seconds = began.elapsed().as_secs_f64();
            Err(wrong(format!(
                "was ended: it took longer than {seconds:.1} s on `{call}`{}",
                heard.complaint()
            )))
        }
        Ok(Ended::Loud) => Err(wrong(format!("was ended: it printed more than {} MiB", MOST_PRINTED >> 20))),
        Err(error) => Err(wrong(format!("cannot be listened to: {error}"))),
    }
}

/// Why a program could not be begun.
fn refused(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => {
            "cannot be run: the program that its first line names is not there (does the line end \
                                with a carriage return?)"
                .to_owned()
        }
        _ => format!("cannot be run: {error}"),
    }
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    }
}

/// How a script came to its end.
enum Ended {
    With(ExitStatus),
    Late,
    Loud,
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Heard {
    /// The last lines of standard error, fit to be shown.
    fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.errors);
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        match lines.as_slice() {
            [] => String::new(),
            lines => format!(": {}", readable(&lines[lines.len().saturating_sub(SHOWN)..].join(" | "))),
        }
    }
}

/// Takes in what a script prints until it has ended and both its outputs are closed.
fn listen(child: &mut Child, deadline: Instant, heard: &mut Heard) -> io::Result<Ended> {
    let (mut output, mut errors) = (child.stdout.take(), child.stderr.take());
    let mut buffer = vec![0; 64 << 10];
    loop {
        let Some(left) = deadline.checked_duration_since(Instant::now()) else { return Ok(Ended::Late) };
        if output.is_none() && errors.is_none() {
            if let Some(status) = child.try_wait()? {
                return Ok(Ended::With(status));
            }
            std::thread::sleep(left.min(Duration::from_millis(2)));
            continue;
        }
        let ready = wait(output.as_ref(), errors.as_ref(), left)?;
        if ready.0 {
            match output.as_mut().map_or(Ok(0), |pipe| pipe.read(&mut buffer))? {
                0 => output = None,
                read => heard.output.extend_from_slice(&buffer[..read]),
            }
        }
        if ready.1 {
            match errors.as_mut().map_or(Ok(0), |pipe| pipe.read(&mut buffer))? {
                0 => errors = None,
                read => keep_end(&mut heard.errors, &buffer[..read]),
            }
        }
        if heard.output.len() > MOST_PRINTED {
            return Ok(Ended::Loud);
        }
    }
}

/// Which of two pipes has something to read, or has ended.
fn wait(
    output: Option<&impl AsFd>,
    errors: Option<&impl AsFd>,
    longest: Duration,
) -> io::Result<(bool, bool)> {
    let mut pipes = Vec::new();
    pipes.extend(output.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
    pipes.extend(errors.map(|pipe| PollFd::new(pipe, PollFlags::IN)));
    let longest = Timespec::try_from(longest).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
    match poll(&mut pipes, Some(&longest)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let mut ready = pipes.iter().map(|pipe| !pipe.revents().is_empty());
    let mut next = |is_open: bool| is_open && ready.next().unwrap_or(false);
    Ok((next(output.is_some()), next(errors.is_some())))
}

fn keep_end(kept: &mut Vec<u8>, more: &[u8]) {
    kept.extend_from_slice(more);
    if kept.len() > KEPT {
        kept.drain(..kept.len() - KEPT);
    }
}

/// A shell that ends a script with everything it began when this process is gone before it.
///
/// The script is out of reach of the terminal's Ctrl-C, for it has a process group of its own; and of a killed process
/// nothing is left that could end it.
struct Guard(Child);

impl Guard {
    /// None where there is no shell, which costs the watch and not the inventory.
    fn over(script: &Child) -> Option<Self> {
        let mut shell = Command::new("/bin/sh");
        // A line says that the script has ended, the end of the pipe that nobody is there any more.
        shell.args(["-c", "read -r _ || kill -9 \"-$1\"", "guard", &script.id().to_string()]);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        shell.spawn().ok().map(Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A guard that is gone needs no word.
        let told = self.0.stdin.take().map(|mut pipe| pipe.write_all(b"\n"));
        if !matches!(told, Some(Ok(()))) {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// Ends a script with everything it began.
fn bury(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // One that is gone already needs no ending.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let late = Instant::now() + BURIAL;
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < late {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// What a script of this text says within so many milliseconds, and how long that took.
    fn said(text: &str, milliseconds: u64) -> (Result<String, String>, Duration) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let began = Instant::now();
        let said = run(&path, &["--list"], began + Duration::from_millis(milliseconds));
        let said = said.map_err(|error| error.to_string().replace(&path.display().to_string(), "PATH"));
        (said, began.elapsed())
    }

    #[test]
    fn what_a_script_prints_is_taken_with_its_argument_and_no_input() {
        let (said, _) = said("#!/bin/sh\ncat\necho \"$1\"; echo noise >&2\n", 10_000);
        assert_eq!(said.as_deref(), Ok("--list\n"));
    }

    #[test]
    fn a_failure_is_told_with_the_end_of_what_it_said() {
        let text = "#!/bin/sh\nfor n in 1 2 3 4 5 6 7; do echo \"line $n\" >&2; done\nprintf '\\033[2Jx\\n' >&2\nexit 3\n";
        let (said, _) = said(text, 10_000);
        let wanted =
            "the inventory script `PATH` ended with 3 on `--list`: line 4 | line 5 | line 6 | line 7 | ␛[2Jx";
        assert_eq!(said.unwrap_err(), wanted);
    }

    #[test]
    fn a_script_that_hangs_is_ended_with_all_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let text = format!("#!/bin/sh\n(sleep 2; echo late >{}) &\nsleep 60\n", mark.display());
        let (said, took) = said(&text, 300);
        assert!(said.unwrap_err().contains("was ended: it took longer than"), "it hung");
        assert!(took < Duration::from_secs(2), "{took:?}");
        std::thread::sleep(Duration::from_millis(2500));
        assert!(!mark.exists(), "what it began lives on");
    }

    #[test]
    fn nobody_waits_for_a_process_that_slipped_away_with_the_output() {
        let (said, took) = said("#!/bin/sh\nsetsid sleep 5 &\necho {}\n", 500);
        assert!(said.is_err() && took < Duration::from_secs(3), "{took:?}");
    }

    #[test]
    fn endless_output_is_cut_off() {
        let (said, _) = said("#!/bin/sh\nexec yes 0123456789012345678901234567890123456789\n", 60_000);
        assert!(said.unwrap_err().contains("printed more than 256 MiB"), "no limit");
    }

    #[test]
    fn what_cannot_be_run_and_what_is_no_text_is_said() {
        assert!(said("#!/nowhere/python\n", 1000).0.unwrap_err().contains("its first line names"));
        assert!(said("#!/bin/sh\nprintf 'a\\377'\n", 10_000).0.unwrap_err().contains("byte 1 does not fit"));
        assert!(said("#!/bin/sh\nkill -9 $$\n", 10_000).0.unwrap_err().contains("was ended by signal 9"));
    }

    #[test]
    fn only_files_that_may_be_executed_and_begin_so_are_scripts() {
        let folder = tempfile::tempdir().unwrap();
        for (text, mode, wanted) in [
            ("#!/bin/sh\n", 0o755, true),
            ("#!/bin/sh\n", 0o644, false),
            ("[web]\n", 0o755, false),
            ("", 0o755, false),
        ] {
            let path = folder.path().join("file");
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_script(&path), wanted, "{text:?} {mode:o}");
        }
    }
}
