//! Does a script become root only by sudo's leave, and does the password go to sudo alone?

use std::time::Duration;

use jumpfleet::model::{Class, Secret};
use jumpfleet::transport::{Command, Dialer, Elevation, Failure, Finished, Limits, Session};

use crate::lab::{
    Account, PASSWORD, Sshd, assert_failure, command, connect, connect_with, limits, run, surroundings,
    within,
};

fn entered(rule: Option<&str>) -> (Sshd, Account, Session) {
    let sshd = Sshd::with("PasswordAuthentication yes");
    let account = Account::new(rule);
    let session = connect(&sshd.password_access(&account)).unwrap();
    (sshd, account, session)
}

fn elevated(session: &mut Session, password: Option<&str>, script: &str) -> Result<Finished, Failure> {
    let elevate = Some(Elevation { password: password.map(Secret::new) });
    session.run(&Command { elevate, ..command(script) })
}

#[test]
fn without_a_password_where_none_is_wanted() {
    let (_sshd, account, mut session) = entered(Some("ALL=(ALL) NOPASSWD: ALL"));
    assert_eq!(run(&mut session, "id -un").stdout.trim(), account.name);
    let done = elevated(&mut session, None, "id -un; echo err >&2; exit 7").unwrap();
    assert_eq!((done.status, done.stdout.as_str(), done.stderr.as_str()), (7, "root\n", "err\n"));
    // A password that nobody asks for is not sent, least of all to the shell.
    let done = elevated(&mut session, Some("touch /tmp/never"), "cat; id -un").unwrap();
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("root\n", ""));
}

#[test]
fn with_the_right_password_which_nobody_sees() {
    let (_sshd, _account, mut session) = entered(Some("ALL=(ALL) ALL"));
    let script = "cat; id -un; word='open ses''ame'\n\
                  seen=$(cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' ')\n\
                  case $seen in *$word*) echo seen;; *sshd*) echo unseen;; esac";
    let done = elevated(&mut session, Some(PASSWORD), script).unwrap();
    assert_eq!((done.status, done.stdout.as_str()), (0, "root\nunseen\n"));
    assert!(!done.stderr.contains("jumpfleet"), "{}", done.stderr);
}

#[test]
fn with_a_wrong_password() {
    let (_sshd, _account, mut session) = entered(Some("ALL=(ALL) ALL"));
    let failure = elevated(&mut session, Some("not it"), "id -un").unwrap_err();
    assert_failure(&failure, Class::Sudo, &["did not accept the password"]);
    assert!(failure.reached && !failure.started && !failure.detail.contains("not it"));
    assert!(!run(&mut session, "id -un").stdout.is_empty());
}

#[test]
fn with_a_password_wanted_and_none_named() {
    let (_sshd, _account, mut session) = entered(Some("ALL=(ALL) ALL"));
    let failure = elevated(&mut session, None, "id -un").unwrap_err();
    assert_failure(&failure, Class::Sudo, &["none is named", "ansible_become_password"]);
}

#[test]
fn for_an_account_that_may_not() {
    let (_sshd, account, mut session) = entered(None);
    let failure = elevated(&mut session, Some(PASSWORD), "id -un").unwrap_err();
    assert_failure(&failure, Class::Sudo, &[&account.name, "is not in the sudoers file"]);
}

#[test]
fn for_an_account_that_may_do_something_else() {
    let (_sshd, _account, mut session) = entered(Some("ALL=(ALL) NOPASSWD: /bin/true"));
    let failure = elevated(&mut session, Some(PASSWORD), "id -un").unwrap_err();
    assert_failure(&failure, Class::Sudo, &["not allowed to execute"]);
}

#[test]
fn where_sudo_wants_a_terminal_or_is_missing() {
    let sshd = Sshd::with("ForceCommand echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1");
    let failure = elevated(&mut sshd.session(), None, "true").unwrap_err();
    assert_failure(&failure, Class::Sudo, &["you must have a tty"]);
    let sshd = Sshd::with("ForceCommand PATH=/nowhere; eval \"$SSH_ORIGINAL_COMMAND\"");
    let failure = elevated(&mut sshd.session(), None, "true").unwrap_err();
    assert_failure(&failure, Class::Sudo, &["not found"]);
}

#[test]
fn a_shell_that_repeats_its_command_line_does_not_get_the_password() {
    // As if a profile had switched tracing on, and sudo let anybody in without a question.
    let sshd = Sshd::with(
        "ForceCommand echo \"$SSH_ORIGINAL_COMMAND\" >&2; echo \"$SSH_ORIGINAL_COMMAND\"; exec sh -s 2>&1",
    );
    let shell = Duration::from_secs(1);
    let dialer = Dialer::new(Limits { shell, ..limits() }, surroundings());
    let mut session = connect_with(&dialer, &sshd.access()).unwrap();
    let failure = within(shell, || elevated(&mut session, Some("touch /tmp/never"), "true").unwrap_err());
    assert_failure(&failure, Class::Timeout, &["did not start a shell in time"]);
    assert!(!std::path::Path::new("/tmp/never").exists());
}
