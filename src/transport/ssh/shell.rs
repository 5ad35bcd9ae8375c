//! What is said on the remote command line, and when does a shell listen?
//!
//! The command line is the same for every script: it starts `sh -s`, which prints a mark. Scripts, file
//! names and passwords go in on standard input. A password is sent only as the answer to a question
//! that sudo alone can have printed, so no shell can ever read it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Instant;

use super::exchange::{Ended, Exchange, Tail};
use super::session::Elevation;
use super::wire::{REFUSED, Trouble, Wire};
use crate::model::Class;
use crate::transport::Failure;
use crate::transport::failure::quote;

/// Marks of one command, which nothing else on the host can print by chance.
pub(super) struct Marks {
    nonce: String,
}

impl Marks {
    pub(super) fn new() -> Self {
        // The keys of the hasher are random; the host sees the mark anyway, it need not be secret.
        Self { nonce: format!("{:016x}", RandomState::new().build_hasher().finish()) }
    }

    /// What no two commands share.
    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    fn ready(&self) -> String {
        format!("jumpfleet-ready-{}\n", self.nonce)
    }

    fn question(&self) -> String {
        format!("jumpfleet-password-%{}", self.nonce)
    }

    /// Stands before the exit status at the end of standard output.
    pub(super) fn ended(&self) -> String {
        format!("jumpfleet-ended-{} ", self.nonce)
    }

    /// What is typed differs from what is printed (quotes, doubled `%`), so that a shell that repeats
    /// its command line is not mistaken for the mark or for sudo's question.
    fn greeting(&self) -> String {
        format!("echo jumpfleet\"-ready-{}\"\n", self.nonce)
    }

    /// The mark comes from the command line, because sudo would take what it is sent for a password.
    fn asking_shell(&self) -> String {
        let nonce = &self.nonce;
        let shell = format!(r#"sh -c 'echo jumpfleet"-ready-{nonce}"; exec sh -s'"#);
        format!("sudo -S -k -p 'jumpfleet-password-%%{nonce}' -- {shell}")
    }

    fn receiver(&self) -> String {
        let nonce = &self.nonce;
        format!(
            r#"sh -c 'LC_ALL=C; export LC_ALL; umask 077; echo jumpfleet"-ready-{nonce}"; IFS= read -r target && IFS= read -r size || exit 90; part=$target.part; cat > "$part" && test "$(wc -c < "$part")" -eq "$size" && chmod 700 "$part" && mv -f "$part" "$target" || {{ rm -f "$part"; exit 91; }}; echo jumpfleet"-ended-{nonce}" 0'"#
        )
    }

    /// One compound command, which a shell carries out only when it has heard it to its end.
    ///
    /// The colon stands for an empty script, which would be a syntax error.
    pub(super) fn wrap(&self, script: &str) -> String {
        format!(
            "{{ (\n:\n{script}\n) </dev/null\nstatus=$?\necho \"{}$status\"\nexit $status\n}}\n",
            self.ended()
        )
    }
}

/// Starts a shell that asks nothing and prints the mark when it hears how; a process less on every host.
const SHELL: &str = "sh -s";
const ELEVATED_SHELL: &str = "sudo -n -k -- sh -s";

/// Opens a shell that listens, as root if wanted.
pub(super) fn open<'a>(
    wire: &'a Wire,
    elevate: Option<&Elevation>,
    marks: &Marks,
    limits: (usize, usize),
    deadline: Instant,
) -> Result<Exchange<'a>, Failure> {
    let Some(elevation) = elevate else {
        let exchange = greeted(wire, SHELL, marks, limits, deadline)?;
        return await_shell(exchange, None, marks, deadline);
    };
    if elevation.password.is_none() {
        let mut exchange = greeted(wire, ELEVATED_SHELL, marks, limits, deadline)?;
        match converse(&mut exchange, elevate, marks, deadline) {
            Ok(()) => return Ok(exchange),
            // What lets nobody in who cannot be asked may let us in all the same, or say what it asks.
            Err(_) if exchange.is_over => exchange.give_up(),
            Err(failure) => {
                exchange.give_up();
                return Err(failure);
            }
        }
    }
    let exchange = Exchange::open(wire, &marks.asking_shell(), limits, deadline).map_err(unopened)?;
    await_shell(exchange, elevate, marks, deadline)
}

/// Starts a shell and has it print the mark.
fn greeted<'a>(
    wire: &'a Wire,
    command: &str,
    marks: &Marks,
    limits: (usize, usize),
    deadline: Instant,
) -> Result<Exchange<'a>, Failure> {
    let mut exchange = Exchange::open(wire, command, limits, deadline).map_err(unopened)?;
    match exchange.send(marks.greeting().as_bytes(), deadline) {
        Ok(()) => Ok(exchange),
        Err(trouble) => {
            let failure = unheard(trouble, &exchange, command == ELEVATED_SHELL);
            exchange.give_up();
            Err(failure)
        }
    }
}

/// Opens the fixed command that receives a file.
pub(super) fn open_upload<'a>(
    wire: &'a Wire,
    marks: &Marks,
    deadline: Instant,
) -> Result<Exchange<'a>, Failure> {
    let exchange = Exchange::open(wire, &marks.receiver(), (4096, 4096), deadline).map_err(unopened)?;
    await_shell(exchange, None, marks, deadline)
}

pub(super) fn unopened(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Late => Failure::on_the_host(Class::Timeout, "the host opened no channel in time"),
        Trouble::Broken { code: REFUSED, message } => {
            Failure::on_the_host(Class::Unfit, format!("the host runs no commands: {message}"))
        }
        Trouble::Broken { message, .. } => Failure::on_the_host(Class::ConnectionLost, message),
    }
}

fn await_shell<'a>(
    mut exchange: Exchange<'a>,
    elevate: Option<&Elevation>,
    marks: &Marks,
    deadline: Instant,
) -> Result<Exchange<'a>, Failure> {
    match converse(&mut exchange, elevate, marks, deadline) {
        Ok(()) => Ok(exchange),
        Err(failure) => {
            exchange.give_up();
            Err(failure)
        }
    }
}

/// Listens until the shell does, answering sudo's question once.
fn converse(
    exchange: &mut Exchange<'_>,
    elevate: Option<&Elevation>,
    marks: &Marks,
    deadline: Instant,
) -> Result<(), Failure> {
    let mut answered = false;
    loop {
        // Whatever a profile prints before the mark is no answer of ours.
        if exchange.stdout.forget_through(&marks.ready()) {
            exchange.stderr.forget_through(&marks.question());
            return Ok(());
        }
        if let Some(elevation) = elevate
            && exchange.stderr.forget_through(&marks.question())
        {
            answer(exchange, elevation, answered, deadline)?;
            answered = true;
        }
        if exchange.is_over {
            return Err(no_shell(exchange, elevate.is_some()));
        }
        exchange.listen(deadline).map_err(|trouble| unheard(trouble, exchange, elevate.is_some()))?;
    }
}

fn answer(
    exchange: &mut Exchange<'_>,
    elevation: &Elevation,
    answered: bool,
    deadline: Instant,
) -> Result<(), Failure> {
    let refused = |detail: &str| Failure::on_the_host(Class::Sudo, detail);
    if answered {
        return Err(refused("sudo did not accept the password"));
    }
    let Some(password) = &elevation.password else {
        return Err(refused(
            "sudo asks for a password and none is named; name one with `ansible_become_password`",
        ));
    };
    for part in [password.reveal(), "\n"] {
        exchange.send(part.as_bytes(), deadline).map_err(|trouble| unheard(trouble, exchange, true))?;
    }
    Ok(())
}

/// The last words of both streams.
pub(super) fn said(stdout: &Tail, stderr: &Tail) -> String {
    quote(&format!("{}\n{}", stdout.text(), stderr.text()))
}

fn no_shell(exchange: &Exchange<'_>, elevated: bool) -> Failure {
    let (class, what) = if elevated {
        (Class::Sudo, "sudo did not start a shell")
    } else {
        (Class::Unfit, "the login account did not start `sh`")
    };
    Failure::on_the_host(class, format!("{what}: {}", said(&exchange.stdout, &exchange.stderr)))
}

fn unheard(trouble: Trouble, exchange: &Exchange<'_>, elevated: bool) -> Failure {
    let who = if elevated { "sudo" } else { "the login account" };
    match trouble {
        Trouble::Late => {
            let detail = format!(
                "{who} did not start a shell in time; the host printed `{}`",
                said(&exchange.stdout, &exchange.stderr)
            );
            Failure::on_the_host(Class::Timeout, detail)
        }
        Trouble::Broken { message, .. } => Failure::on_the_host(Class::ConnectionLost, message),
    }
}

/// The path of an upload; refuses what would not arrive as one line or in that directory.
pub(super) fn target(directory: &str, name: &str) -> Result<String, Failure> {
    let odd = |text: &str| text.is_empty() || text.contains(['\n', '\r', '\0']);
    if odd(directory) || odd(name) || name.contains('/') || name == "." || name == ".." {
        return Err(Failure::on_the_host(Class::Internal, "the upload has an impossible directory or name"));
    }
    let here = if directory.starts_with('/') { "" } else { "./" };
    Ok(format!("{here}{}/{name}", directory.trim_end_matches('/')))
}

/// Why a host did not keep an upload, without the name of the file.
pub(super) fn upload_failure(ended: &Ended, name: &str) -> Failure {
    let text = ended.stderr.text().replace(name, "‹file›");
    let full = ["No space left on device", "Disk quota exceeded"].iter().any(|known| text.contains(known));
    let class = if full { Class::DiskFull } else { Class::CommandFailed };
    let text = if text.trim().is_empty() {
        "fewer or more bytes arrived than were sent".to_owned()
    } else {
        quote(&text)
    };
    Failure::on_the_host(class, format!("the upload was not kept: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_never_what_is_printed() {
        let marks = Marks::new();
        for typed in [marks.greeting(), marks.asking_shell(), marks.receiver()] {
            assert!(!typed.contains(marks.ready().trim_end()), "{typed}");
            assert!(!typed.contains(&marks.question()), "{typed}");
            assert!(!typed.trim_end().contains('\n') && !typed.contains(&marks.ended()), "{typed}");
        }
    }

    #[test]
    fn marks_differ() {
        assert_ne!(Marks::new().nonce, Marks::new().nonce);
    }

    #[test]
    fn an_upload_path_is_one_line_in_its_directory() {
        assert_eq!(target("/tmp/a", "b c").unwrap(), "/tmp/a/b c");
        assert_eq!(target("/tmp/a/", "b").unwrap(), "/tmp/a/b");
        assert_eq!(target("-d", "b").unwrap(), "./-d/b");
        assert_eq!(target("/", "b").unwrap(), "/b");
        for (directory, name) in
            [("", "b"), ("/a", ""), ("/a", "b/c"), ("/a", ".."), ("/a", "b\nc"), ("/a\n", "b")]
        {
            assert!(target(directory, name).is_err(), "{directory:?} {name:?}");
        }
    }
}
