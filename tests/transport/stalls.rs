//! Does every silent, slow or refusing server end in time, in the right class?

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use jumpfleet::model::{Access, Class};
use jumpfleet::transport::{Dialer, Failure, Limits};

use crate::lab::{
    Sshd, assert_failure, command, connect_with, dialer, in_seconds, limits, secrets, shut_port,
    surroundings, within,
};

const LIMIT: Duration = Duration::from_millis(500);

/// A server that does with every connection what `behave` says.
fn server(behave: fn(TcpStream)) -> Access {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            thread::spawn(move || behave(stream));
        }
    });
    Access { port, known_hosts: vec!["/nonexistent".into()], ..Access::default() }
}

/// Connects with half a second in all, and fails if it takes much longer.
fn given_up(address: &str, access: &Access) -> Failure {
    within(LIMIT, || dialer().connect(address, access, &secrets, Instant::now() + LIMIT).unwrap_err())
}

fn silence(stream: &mut TcpStream) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer), Ok(count) if count > 0) {}
}

fn drip(stream: &mut TcpStream, bytes: &[u8]) {
    for byte in bytes.iter().cycle() {
        if stream.write_all(&[*byte]).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn no_greeting() {
    let failure = given_up("127.0.0.1", &server(|mut stream| silence(&mut stream)));
    assert_failure(&failure, Class::NoBanner, &["no SSH greeting in time"]);
    assert!(!failure.reached);
}

#[test]
fn a_greeting_that_drips() {
    let failure = given_up("127.0.0.1", &server(|mut stream| drip(&mut stream, b"SSH-2.0-slow-and-slower-")));
    assert_failure(&failure, Class::NoBanner, &["no SSH greeting in time", "it said `SSH-"]);
}

#[test]
fn a_greeting_that_never_becomes_ssh() {
    let failure = given_up("127.0.0.1", &server(|mut stream| drip(&mut stream, b"hi\r\n")));
    assert_failure(&failure, Class::NoBanner, &["it said `hi hi"]);
}

#[test]
fn a_greeting_that_floods() {
    let access = server(|mut stream| while stream.write_all(b"0123456789\r\n").is_ok() {});
    assert_failure(&given_up("127.0.0.1", &access), Class::NoBanner, &["does not speak SSH"]);
}

#[test]
fn a_greeting_and_then_nothing() {
    let access = server(|mut stream| {
        stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n").unwrap();
        silence(&mut stream);
    });
    assert_failure(&given_up("127.0.0.1", &access), Class::Handshake, &["key exchange in time"]);
}

#[test]
fn a_key_exchange_that_drips() {
    let access = server(|mut stream| {
        stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n").unwrap();
        drip(&mut stream, &[0, 0, 4, 0, 4, 20, 1, 2, 3]);
    });
    assert_failure(&given_up("127.0.0.1", &access), Class::Handshake, &[]);
}

#[test]
fn a_server_that_is_not_ssh() {
    let access = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    assert_failure(&given_up("127.0.0.1", &access), Class::NoBanner, &["HTTP/1.1 400 Bad Request"]);
}

#[test]
fn nothing_listens() {
    let (_held, port) = shut_port();
    let access = Access { port, ..server(drop) };
    assert_failure(&given_up("127.0.0.1", &access), Class::ConnectionRefused, &["nothing listens"]);
}

#[test]
fn no_answer_to_the_first_packet() {
    let (deaf, port) = shut_port();
    rustix::net::listen(&deaf, 0).unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    // Its queue is full after one or two, and the kernel drops what comes then.
    let _queued: Vec<_> =
        (0..3).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(50))).collect();
    let access = Access { port, ..server(drop) };
    assert_failure(&given_up("127.0.0.1", &access), Class::ConnectTimeout, &["no answer in time"]);
}

#[test]
fn a_name_without_an_address() {
    let failure = given_up("no-such-host.invalid", &server(drop));
    assert_failure(&failure, Class::NameResolution, &["`no-such-host.invalid`"]);
}

#[test]
fn a_login_that_stalls() {
    let sshd = Sshd::with(
        "AuthorizedKeysCommand /bin/sleep 5\nAuthorizedKeysCommandUser nobody\nAuthorizedKeysFile none",
    );
    assert_failure(&given_up("127.0.0.1", &sshd.access()), Class::Timeout, &["logging in as `root`"]);
}

#[test]
fn a_login_shell_that_stalls() {
    let sshd = Sshd::with("ForceCommand echo wait a moment; sleep 20");
    let dialer = Dialer::new(Limits { shell: LIMIT, ..limits() }, surroundings());
    let mut session = connect_with(&dialer, &sshd.access()).unwrap();
    let failure = within(LIMIT, || session.run(&command("true")).unwrap_err());
    assert_failure(&failure, Class::Timeout, &["did not start a shell in time", "wait a moment"]);
    assert!(failure.reached && !failure.started);
}

#[test]
fn a_command_that_never_stops_talking() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let flood = jumpfleet::transport::Command::new("yes", LIMIT);
    let failure = within(LIMIT, || session.run(&flood).unwrap_err());
    assert_failure(&failure, Class::Timeout, &[]);
}

#[test]
fn a_refusal_by_max_startups_is_no_greeting() {
    let sshd = Sshd::with("MaxStartups 1:100:1");
    let _first = TcpStream::connect(("127.0.0.1", sshd.port)).unwrap();
    let deadline = in_seconds(5.0);
    // sshd takes a moment to count the first one.
    let failure = loop {
        match dialer().connect("127.0.0.1", &sshd.access(), &secrets, in_seconds(5.0)) {
            Err(failure) => break failure,
            Ok(_) => assert!(Instant::now() < deadline, "never refused"),
        }
    };
    assert_failure(&failure, Class::NoBanner, &["closed it before its SSH greeting"]);
}

#[test]
fn silent_servers_do_not_hold_the_others() {
    let silent = server(|mut stream| silence(&mut stream));
    let sshd = Sshd::start();
    let dialer = Dialer::new(Limits { handshakes: 1, ..limits() }, surroundings());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| dialer.connect("127.0.0.1", &silent, &secrets, in_seconds(2.0)).unwrap_err());
        }
        thread::sleep(Duration::from_millis(50));
        within(LIMIT, || connect_with(&dialer, &sshd.access()).unwrap());
    });
}

#[test]
fn a_full_house_is_waited_for_until_the_deadline() {
    let silent = server(|mut stream| silence(&mut stream));
    let dialer = Dialer::new(Limits { per_server: 1, ..limits() }, surroundings());
    thread::scope(|scope| {
        scope.spawn(|| dialer.connect("127.0.0.1", &silent, &secrets, in_seconds(1.2)).unwrap_err());
        thread::sleep(Duration::from_millis(50));
        let failure = within(LIMIT, || {
            dialer.connect("127.0.0.1", &silent, &secrets, Instant::now() + LIMIT).unwrap_err()
        });
        assert_failure(&failure, Class::ConnectTimeout, &["no place was free"]);
    });
}
