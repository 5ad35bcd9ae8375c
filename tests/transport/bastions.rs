//! Are hosts reached through bastions, and is a bastion's mishap named as such?

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use jumpfleet::model::{Access, Class, JumpHost};

use crate::lab::{
    Account, Relay, Sshd, assert_failure, connect, connect_with, dialer, in_seconds, refused, run, secrets,
    shut_port, who, within,
};

/// Access to `host` through `bastions`, all with the key and the known_hosts of `host`.
fn through(host: &Sshd, bastions: &[&Sshd]) -> Access {
    for bastion in bastions {
        let key = fs::read_to_string(host.path("key.pub")).unwrap();
        fs::write(bastion.path("authorized_keys"), key).unwrap();
        let line = format!("[127.0.0.1]:{} {}\n", bastion.port, bastion.host_key());
        let known = fs::read_to_string(host.path("known_hosts")).unwrap();
        fs::write(host.path("known_hosts"), known + &line).unwrap();
    }
    Access { jump: bastions.iter().map(|bastion| bastion.as_bastion()).collect(), ..host.access() }
}

fn passed(bastion: &Sshd) -> usize {
    fs::read_to_string(bastion.path("log")).unwrap().matches("Accepted publickey").count()
}

#[test]
fn through_one() {
    let (host, bastion) = (Sshd::start(), Sshd::start());
    let mut session = connect(&through(&host, &[&bastion])).unwrap();
    assert_eq!(who(&mut session), "root");
    assert_eq!((passed(&bastion), passed(&host)), (1, 1));
}

#[test]
fn through_two_with_many_bytes_both_ways() {
    let (host, outer, inner) = (Sshd::start(), Sshd::start(), Sshd::start());
    let mut session = connect(&through(&host, &[&outer, &inner])).unwrap();
    assert_eq!((passed(&outer), passed(&inner), passed(&host)), (1, 1, 1));
    let content: Vec<u8> =
        (0..5_000_000_u32).map(|number| number.to_le_bytes()[0] ^ number.to_le_bytes()[2]).collect();
    session.upload(&mut &content[..], 5_000_000, &host.text(""), "file", in_seconds(20.0)).unwrap();
    assert!(fs::read(host.path("file")).unwrap() == content);
    let done = run(&mut session, "head -c 4000000 /dev/zero | tr '\\0' x; echo last");
    assert!(done.stdout.ends_with("xlast\n") && done.stdout_dropped > 3_000_000);
}

#[test]
fn many_at_once_through_one_that_takes_few_logins() {
    let (host, bastion) = (Sshd::start(), Sshd::with("MaxStartups 10:30:100"));
    let access = through(&host, &[&bastion]);
    let dialer = dialer();
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| assert_eq!(who(&mut connect_with(&dialer, &access).unwrap()), "root"));
        }
    });
    assert_eq!(passed(&bastion), 24);
    assert!(!fs::read_to_string(bastion.path("log")).unwrap().contains("beginning MaxStartups"));
}

#[test]
fn a_bastion_is_left_with_the_session() {
    let (host, bastion) = (Sshd::start(), Sshd::start());
    let mut session = connect(&through(&host, &[&bastion])).unwrap();
    assert_eq!(who(&mut session), "root");
    drop(session);
    for server in [&bastion, &host] {
        let deadline = in_seconds(2.0);
        let left = |log: String| log.contains("Disconnected from") || log.contains("Connection closed by");
        while !left(fs::read_to_string(server.path("log")).unwrap()) {
            assert!(Instant::now() < deadline, "still connected");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn an_unknown_bastion_is_refused_as_such() {
    let (host, bastion) = (Sshd::start(), Sshd::start());
    let access = Access { jump: vec![bastion.as_bastion()], ..host.access() };
    let failure = refused(&access);
    assert_failure(&failure, Class::Bastion, &["bastion `127.0.0.1`", "SHA256:"]);
    assert_eq!(failure.cause, Some(Class::HostKeyUnknown));
    assert!(!failure.reached);
}

#[test]
fn a_bastion_that_does_not_let_us_in() {
    let (host, bastion) = (Sshd::start(), Sshd::start());
    let access = through(&host, &[&bastion]);
    fs::write(bastion.path("authorized_keys"), "").unwrap();
    let failure = refused(&access);
    assert_failure(&failure, Class::Bastion, &["no way to log in"]);
    assert_eq!(failure.cause, Some(Class::Authentication));
}

#[test]
fn a_bastion_where_nothing_listens() {
    let host = Sshd::start();
    let (_held, port) = shut_port();
    let jump = vec![JumpHost { user: None, host: "127.0.0.1".into(), port }];
    let failure = refused(&Access { jump, ..host.access() });
    assert_failure(&failure, Class::Bastion, &["nothing listens"]);
    assert_eq!(failure.cause, Some(Class::ConnectionRefused));
}

#[test]
fn a_bastion_that_passes_nothing_on() {
    let (host, bastion) = (Sshd::start(), Sshd::with("AllowTcpForwarding no"));
    let failure = refused(&through(&host, &[&bastion]));
    assert_failure(&failure, Class::Bastion, &["does not pass connections on", "prohibited"]);
}

#[test]
fn a_host_that_the_bastion_cannot_reach() {
    let (host, bastion) = (Sshd::start(), Sshd::start());
    let (_held, port) = shut_port();
    let failure = refused(&Access { port, ..through(&host, &[&bastion]) });
    assert_failure(&failure, Class::ConnectTimeout, &["bastion `127.0.0.1` cannot connect"]);
}

#[test]
fn the_host_key_of_a_host_behind_a_bastion_is_checked() {
    let (host, bastion) = (Sshd::start(), Sshd::start());
    let access = through(&host, &[&bastion]);
    let line = format!("[127.0.0.1]:{} {}\n", bastion.port, bastion.host_key());
    fs::write(host.path("known_hosts"), line).unwrap();
    assert_failure(&refused(&access), Class::HostKeyUnknown, &[&format!("[127.0.0.1]:{}", host.port)]);
}

#[test]
fn a_bastion_never_hears_the_password_of_the_host() {
    let bastion = Sshd::with("PasswordAuthentication yes");
    let host = Sshd::with("PasswordAuthentication yes");
    let account = Account::new(None);
    let access = Access { key_file: Some(host.text("none")), ..through(&host, &[&bastion]) };
    let access = Access {
        password: host.password_access(&account).password,
        user: Some(account.name.clone()),
        ..access
    };
    let failure = refused(&access);
    assert_failure(&failure, Class::Bastion, &["tried nothing"]);
    assert!(!fs::read_to_string(bastion.path("log")).unwrap().contains("password for"));
}

#[test]
fn a_bastion_cut_mid_command_is_a_lost_connection() {
    let (host, bastion) = (Sshd::start(), Sshd::start());
    let access = through(&host, &[&bastion]);
    let relay = Relay::to(bastion.port);
    let line = format!("[127.0.0.1]:{} {}\n", relay.port, bastion.host_key());
    let known = fs::read_to_string(host.path("known_hosts")).unwrap();
    fs::write(host.path("known_hosts"), known + &line).unwrap();
    let jump = vec![JumpHost { user: None, host: "127.0.0.1".into(), port: relay.port }];
    let mut session = connect(&Access { jump, ..access }).unwrap();
    let failure = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            relay.cut();
        });
        session.run(&crate::lab::command("sleep 20")).unwrap_err()
    });
    assert_failure(&failure, Class::ConnectionLost, &[]);
}

#[test]
fn a_silent_bastion_is_given_up_in_time() {
    let host = Sshd::start();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let jump = vec![JumpHost { user: None, host: "127.0.0.1".into(), port }];
    let access = Access { jump, ..host.access() };
    let failure = within(Duration::from_millis(400), || {
        dialer().connect("127.0.0.1", &access, &secrets, in_seconds(0.4)).unwrap_err()
    });
    assert_failure(&failure, Class::Bastion, &["no SSH greeting"]);
    assert_eq!(failure.cause, Some(Class::NoBanner));
}
