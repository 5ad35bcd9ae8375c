//! Is a host entered only with the key that known_hosts promises?

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jumpfleet::model::{Access, Class, HostKeyPolicy};
use jumpfleet::transport::{Dialer, Surroundings};

use crate::lab::{
    Sshd, assert_failure, connect, connect_with, dialer, keygen, limits, refused, surroundings, tool, who,
};

fn listing(sshd: &Sshd, text: &str) -> Access {
    fs::write(sshd.path("known_hosts"), text).unwrap();
    sshd.access()
}

fn other_key(sshd: &Sshd, kind: &str) -> String {
    let public = keygen(&sshd.path(&format!("other_{kind}")), kind, "");
    public.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn an_unknown_key_refuses_and_shows_its_fingerprint() {
    let sshd = Sshd::start();
    let failure = refused(&listing(&sshd, "# nothing\n"));
    let shown = tool("ssh-keygen", &["-lf", &sshd.text("host_ed25519.pub")]);
    let fingerprint = shown.split(' ').nth(1).unwrap();
    let name = format!("[127.0.0.1]:{}", sshd.port);
    assert_failure(
        &failure,
        Class::HostKeyUnknown,
        &[fingerprint, &name, &sshd.text("known_hosts"), "accept-new"],
    );
    assert!(!failure.reached);
}

#[test]
fn a_changed_key_refuses_and_names_the_line() {
    let sshd = Sshd::start();
    let text = format!("# first\n[127.0.0.1]:{} {}\n", sshd.port, other_key(&sshd, "ed25519"));
    for host_key_policy in [HostKeyPolicy::Strict, HostKeyPolicy::AcceptNew] {
        let failure = refused(&Access { host_key_policy, ..listing(&sshd, &text) });
        let line = format!("{}:2", sshd.text("known_hosts"));
        assert_failure(&failure, Class::HostKeyChanged, &[&line, "ssh-keygen -R"]);
        assert_eq!(fs::read_to_string(sshd.path("known_hosts")).unwrap(), text);
    }
}

#[test]
fn a_revoked_key_refuses_though_it_is_listed() {
    let sshd = Sshd::start();
    let key = sshd.host_key();
    let text = format!("[127.0.0.1]:{} {key}\n@revoked * {key}\n", sshd.port);
    let line = format!("{}:2", sshd.text("known_hosts"));
    assert_failure(&refused(&listing(&sshd, &text)), Class::HostKeyRevoked, &[&line]);
}

#[test]
fn hashed_names_and_patterns_are_found() {
    let sshd = Sshd::start();
    tool("ssh-keygen", &["-q", "-H", "-f", &sshd.text("known_hosts")]);
    assert!(fs::read_to_string(sshd.path("known_hosts")).unwrap().starts_with("|1|"));
    assert_eq!(who(&mut connect(&sshd.access()).unwrap()), "root");
    let text = format!("[127.0.*]:* {}\n", sshd.host_key());
    assert_eq!(who(&mut connect(&listing(&sshd, &text)).unwrap()), "root");
    let text = format!("[127.0.*]:*,![127.0.0.1]:* {}\n", sshd.host_key());
    assert_failure(&refused(&listing(&sshd, &text)), Class::HostKeyUnknown, &[]);
}

#[test]
fn an_authority_alone_does_not_vouch() {
    let sshd = Sshd::start();
    let text = format!("@cert-authority * {}\n", other_key(&sshd, "ed25519"));
    for host_key_policy in [HostKeyPolicy::Strict, HostKeyPolicy::AcceptNew] {
        let failure = refused(&Access { host_key_policy, ..listing(&sshd, &text) });
        assert_failure(&failure, Class::HostKeyUnknown, &["@cert-authority", "known_hosts:1"]);
    }
}

#[test]
fn the_type_on_file_is_asked_for_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ecdsa");
    let public = keygen(&file, "ecdsa", "");
    let sshd = Sshd::with(&format!("HostKey {}", file.display()));
    let key: Vec<&str> = public.split(' ').take(2).collect();
    let text = format!("[127.0.0.1]:{} {}\n", sshd.port, key.join(" "));
    assert_eq!(who(&mut connect(&listing(&sshd, &text)).unwrap()), "root");
}

#[test]
fn a_key_of_another_type_counts_as_changed() {
    let sshd = Sshd::start();
    let text = format!("[127.0.0.1]:{} {}\n", sshd.port, other_key(&sshd, "ecdsa"));
    assert_failure(&refused(&listing(&sshd, &text)), Class::HostKeyChanged, &["ecdsa-sha2-nistp256"]);
}

#[test]
fn accept_new_writes_once_and_refuses_a_change_later() {
    let sshd = Sshd::start();
    let access = Access { host_key_policy: HostKeyPolicy::AcceptNew, ..listing(&sshd, "# no line end") };
    let shared = dialer();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| assert_eq!(who(&mut connect_with(&shared, &access).unwrap()), "root"));
        }
    });
    let text = fs::read_to_string(sshd.path("known_hosts")).unwrap();
    assert_eq!(text.matches(&sshd.host_key()).count(), 1, "{text}");
    let strict = Access { host_key_policy: HostKeyPolicy::Strict, ..access.clone() };
    fs::write(sshd.path("known_hosts"), format!("[127.0.0.1]:{} {}\n", sshd.port, sshd.host_key())).unwrap();
    assert_eq!(who(&mut connect(&strict).unwrap()), "root");
    let changed = format!("[127.0.0.1]:{} {}\n", sshd.port, other_key(&sshd, "ed25519"));
    fs::write(sshd.path("known_hosts"), changed).unwrap();
    assert_failure(&refused(&access), Class::HostKeyChanged, &[]);
}

#[test]
fn a_new_key_that_cannot_be_written_is_not_trusted() {
    let sshd = Sshd::start();
    let access = Access { host_key_policy: HostKeyPolicy::AcceptNew, ..listing(&sshd, "") };
    let append = Box::new(|_: &str, _: &str| Err(std::io::Error::other("read-only")));
    let dialer = Dialer::new(limits(), Surroundings { append, ..surroundings() });
    let failure = connect_with(&dialer, &access).unwrap_err();
    assert_failure(&failure, Class::HostKeyUnknown, &["cannot write", "read-only"]);
}

#[test]
fn a_file_that_cannot_be_read_refuses() {
    let sshd = Sshd::start();
    let access = Access { known_hosts: vec![sshd.text("")], ..sshd.access() };
    assert_failure(&refused(&access), Class::HostKeyUnknown, &["cannot read"]);
}

#[test]
fn the_files_are_read_once_for_many_hosts() {
    let sshd = Sshd::start();
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let plain = surroundings();
    let read = Box::new(move |file: &str| {
        counted.fetch_add(usize::from(file.ends_with("known_hosts")), Ordering::SeqCst);
        (plain.read)(file)
    });
    let dialer = Dialer::new(limits(), Surroundings { read, ..surroundings() });
    for _ in 0..3 {
        connect_with(&dialer, &sshd.access()).unwrap();
    }
    assert_eq!(reads.load(Ordering::SeqCst), 1);
}
