//! Which proofs open the door, and what is said when none does?

use std::fs;
use std::process::{Child, Command as Process, Stdio};
use std::thread;
use std::time::Duration;

use jumpfleet::model::{Access, Class};
use jumpfleet::transport::{Dialer, Surroundings};

use crate::lab::{
    Account, Sshd, assert_failure, connect, connect_with, keygen, limits, reference, refused, surroundings,
    tool, who,
};

#[test]
fn a_key_file_of_every_kind() {
    let sshd = Sshd::start();
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let public = keygen(&sshd.path(kind), kind, "");
        fs::write(sshd.path("authorized_keys"), public).unwrap();
        let mut session = connect(&Access { key_file: Some(sshd.text(kind)), ..sshd.access() }).unwrap();
        assert_eq!(who(&mut session), "root", "{kind}");
        assert_eq!(session.user(), "root");
    }
}

#[test]
fn an_encrypted_key_needs_its_passphrase() {
    let sshd = Sshd::start();
    let public = keygen(&sshd.path("locked"), "ed25519", "the passphrase");
    fs::write(sshd.path("authorized_keys"), public).unwrap();
    let access = |phrase: Option<&str>| Access {
        key_file: Some(sshd.text("locked")),
        key_passphrase: phrase.and_then(reference),
        ..sshd.access()
    };
    assert_eq!(who(&mut connect(&access(Some("PHRASE"))).unwrap()), "root");
    assert_failure(&refused(&access(None)), Class::Authentication, &["encrypted", "no passphrase is named"]);
    let wrong = refused(&access(Some("WRONG")));
    assert_failure(&wrong, Class::Authentication, &["passphrase does not open"]);
    assert_failure(&refused(&access(Some("NONE"))), Class::SecretMissing, &["NONE"]);
}

#[test]
fn a_certificate_beside_the_key_is_shown() {
    let sshd = Sshd::start();
    keygen(&sshd.path("ca"), "ed25519", "");
    let authority = fs::read_to_string(sshd.path("ca.pub")).unwrap();
    fs::write(sshd.path("authorized_keys"), format!("cert-authority {authority}")).unwrap();
    let failure = refused(&sshd.access());
    assert_failure(&failure, Class::Authentication, &["tried key", "the server offers publickey"]);
    tool("ssh-keygen", &["-q", "-s", &sshd.text("ca"), "-I", "test", "-n", "root", &sshd.text("key.pub")]);
    assert_eq!(who(&mut connect(&sshd.access()).unwrap()), "root");
}

#[test]
fn a_file_that_is_no_key_is_named() {
    let sshd = Sshd::start();
    let access = |name: &str| Access { key_file: Some(sshd.text(name)), ..sshd.access() };
    assert_failure(&refused(&access("key.pub")), Class::Authentication, &["not a private key"]);
    assert_failure(&refused(&access("none")), Class::Authentication, &["does not exist"]);
}

#[test]
fn the_usual_key_files_of_the_home_directory() {
    let sshd = Sshd::start();
    fs::create_dir(sshd.path(".ssh")).unwrap();
    keygen(&sshd.path(".ssh/id_ed25519"), "ed25519", "");
    let public = keygen(&sshd.path(".ssh/id_rsa"), "rsa", "");
    fs::write(sshd.path("authorized_keys"), public).unwrap();
    let around = Surroundings { home: Some(sshd.folder.path().into()), ..surroundings() };
    let access = Access { key_file: None, ..sshd.access() };
    let mut session = connect_with(&Dialer::new(limits(), around), &access).unwrap();
    assert_eq!(who(&mut session), "root");
}

struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn agent(sshd: &Sshd, keys: &[&str]) -> (Agent, Dialer) {
    let socket = sshd.path("agent");
    let mut start = Process::new("ssh-agent");
    start.args(["-D", "-a", socket.to_str().unwrap()]).stdout(Stdio::null()).stderr(Stdio::null());
    let agent = Agent(start.spawn().unwrap());
    while !socket.exists() {
        thread::sleep(Duration::from_millis(5));
    }
    for key in keys {
        let added =
            Process::new("ssh-add").arg(sshd.path(key)).env("SSH_AUTH_SOCK", &socket).output().unwrap();
        assert!(added.status.success(), "{added:?}");
    }
    let around = Surroundings { agent: Some(socket), ..surroundings() };
    (agent, Dialer::new(limits(), around))
}

#[test]
fn the_agent() {
    let sshd = Sshd::start();
    keygen(&sshd.path("other"), "rsa", "");
    let (_agent, dialer) = agent(&sshd, &["other", "key"]);
    let mut session = connect_with(&dialer, &Access { key_file: None, ..sshd.access() }).unwrap();
    assert_eq!(who(&mut session), "root");
}

#[test]
fn an_agent_with_many_keys_is_not_asked_until_the_server_hangs_up() {
    let sshd = Sshd::start();
    let names: Vec<String> = (0..7).map(|number| format!("k{number}")).collect();
    for name in &names {
        keygen(&sshd.path(name), "ed25519", "");
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_agent, dialer) = agent(&sshd, &names);
    let failure = connect_with(&dialer, &Access { key_file: None, ..sshd.access() }).unwrap_err();
    assert_failure(
        &failure,
        Class::Authentication,
        &["agent key `test key`", "not all keys", "offers publickey"],
    );
    assert_eq!(failure.detail.matches("agent key").count(), 5);
}

#[test]
fn a_dead_agent_is_a_note_not_an_end() {
    let sshd = Sshd::start();
    let around = Surroundings { agent: Some(sshd.path("nobody")), ..surroundings() };
    let dialer = Dialer::new(limits(), around);
    assert_eq!(who(&mut connect_with(&dialer, &sshd.access()).unwrap()), "root");
    let failure = connect_with(&dialer, &Access { key_file: None, ..sshd.access() }).unwrap_err();
    assert_failure(&failure, Class::Authentication, &["tried nothing", "ssh-agent", "does not answer"]);
}

#[test]
fn an_agent_that_hangs_does_not_hold_the_visit() {
    let sshd = Sshd::start();
    let _silent = std::os::unix::net::UnixListener::bind(sshd.path("silent")).unwrap();
    let around = Surroundings { agent: Some(sshd.path("silent")), ..surroundings() };
    let dialer = Dialer::new(limits(), around);
    let failure = connect_with(&dialer, &Access { key_file: None, ..sshd.access() }).unwrap_err();
    assert_failure(&failure, Class::Authentication, &["ssh-agent", "does not answer"]);
}

#[test]
fn a_password_right_and_wrong() {
    let sshd = Sshd::with("PasswordAuthentication yes");
    let account = Account::new(None);
    let access = sshd.password_access(&account);
    assert_eq!(who(&mut connect(&access).unwrap()), account.name);
    let failure = refused(&Access { password: reference("WRONG"), ..access });
    assert_failure(
        &failure,
        Class::Authentication,
        &[&account.name, "tried password", "offers publickey, password"],
    );
    assert!(!failure.detail.contains("not it") && !failure.reached);
}

#[test]
fn keyboard_interactive_alone() {
    let sshd = Sshd::with("UsePAM yes\nKbdInteractiveAuthentication yes\nPasswordAuthentication no");
    let account = Account::new(None);
    let access = sshd.password_access(&account);
    assert_eq!(who(&mut connect(&access).unwrap()), account.name);
    let failure = refused(&Access { password: reference("WRONG"), ..access });
    assert_failure(&failure, Class::Authentication, &["tried keyboard-interactive"]);
}

#[test]
fn a_key_and_then_a_password() {
    let sshd = Sshd::with("PasswordAuthentication yes\nAuthenticationMethods publickey,password");
    let account = Account::new(None);
    let access = Access { key_file: Some(sshd.text("key")), ..sshd.password_access(&account) };
    assert_eq!(who(&mut connect(&access).unwrap()), account.name);
}

#[test]
fn a_password_is_not_asked_for_when_a_key_opens() {
    let sshd = Sshd::with("PasswordAuthentication yes");
    let access = Access { password: reference("NONE"), ..sshd.access() };
    assert_eq!(who(&mut connect(&access).unwrap()), "root");
    let failure = refused(&Access { key_file: Some(sshd.text("none")), ..access });
    assert_failure(&failure, Class::SecretMissing, &["NONE"]);
}

#[test]
fn a_server_that_takes_no_password_says_so() {
    let sshd = Sshd::start();
    let account = Account::new(None);
    let failure = refused(&sshd.password_access(&account));
    assert_failure(&failure, Class::Authentication, &["takes no password", "offers publickey"]);
}

#[test]
fn a_banner_before_the_login_is_no_obstacle() {
    let sshd = Sshd::with("Banner /etc/passwd");
    assert_eq!(who(&mut sshd.session()), "root");
}
