//! Does exactly the file arrive, or else nothing?

use std::env;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use jumpfleet::model::{Access, Class};
use jumpfleet::transport::{Failure, Session};

use crate::lab::{Relay, Sshd, assert_failure, connect, in_seconds, run, tool, who, within};

const NAME: &str = "bomgar-pec-w0dc3056g7ff8d1j68ee6wi6dhwz fegg.bin";

fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..size).map(|_| next()).collect()
}

fn upload(session: &mut Session, content: &[u8], directory: &Path) -> Result<(), Failure> {
    let directory = directory.to_str().unwrap();
    session.upload(&mut &content[..], content.len() as u64, directory, NAME, in_seconds(20.0))
}

#[test]
fn every_byte_arrives() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let awkward = b"\n\nfirst\0\0\r\n\\n\xff\xfe\n\0".to_vec();
    for content in [awkward, Vec::new(), b"\n".to_vec(), noise(5_000_001)] {
        upload(&mut session, &content, sshd.folder.path()).unwrap();
        let file = sshd.path(NAME);
        assert!(fs::read(&file).unwrap() == content, "{} bytes differ", content.len());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o700);
        assert!(!sshd.path(&format!("{NAME}.part")).exists());
    }
    let theirs = run(&mut session, &format!("sha256sum '{}'", sshd.text(NAME))).stdout;
    let ours = tool("sha256sum", &[&sshd.text(NAME)]);
    assert_eq!(theirs.split(' ').next(), ours.split(' ').next());
}

#[test]
fn a_full_disk_is_told_apart_and_the_session_stays_usable() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let disk = sshd.path("disk");
    fs::create_dir(&disk).unwrap();
    tool("mount", &["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.to_str().unwrap()]);
    let failure = upload(&mut session, &noise(5_000_000), &disk);
    let left = fs::read_dir(&disk).unwrap().count();
    tool("umount", &[disk.to_str().unwrap()]);
    let failure = failure.unwrap_err();
    assert_failure(&failure, Class::DiskFull, &["No space left on device"]);
    assert!(!failure.detail.contains("w0dc3056g7ff8d1j68ee6wi6dhwz"), "{failure:?}");
    assert_eq!(left, 0, "the part was not removed");
    assert_eq!(who(&mut session), "root");
}

#[test]
fn a_directory_that_is_missing_is_a_failure_without_the_name() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let failure = upload(&mut session, &noise(3_000_000), &sshd.path("nowhere")).unwrap_err();
    assert_failure(&failure, Class::CommandFailed, &["nowhere", "‹file›"]);
    assert!(!failure.detail.contains("w0dc3056g7ff8d1j68ee6wi6dhwz"), "{failure:?}");
}

#[test]
fn the_name_stands_on_no_command_line() {
    struct Looking(Vec<u8>);
    impl Read for Looking {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            for entry in fs::read_dir("/proc")? {
                let line = fs::read(entry?.path().join("cmdline")).unwrap_or_default();
                assert!(!String::from_utf8_lossy(&line).contains("keyed-7f3a"), "seen");
            }
            into[..self.0.len()].copy_from_slice(&self.0);
            Ok(self.0.len())
        }
    }
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let directory = sshd.text("");
    session.upload(&mut Looking(noise(1000)), 1000, &directory, "keyed-7f3a", in_seconds(20.0)).unwrap();
}

#[test]
fn a_source_that_fell_short_leaves_nothing() {
    let sshd = Sshd::start();
    let mut session = sshd.session();
    let content = noise(1000);
    let result = session.upload(&mut &content[..], 2000, &sshd.text(""), NAME, in_seconds(20.0));
    assert_failure(&result.unwrap_err(), Class::Internal, &["shorter"]);
    assert_eq!(who(&mut session), "root");
    assert!(!sshd.path(NAME).exists());
}

#[test]
fn a_cut_leaves_no_file_of_that_name() {
    struct Cutting<'a>(&'a Relay, usize);
    impl Read for Cutting<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1 == 3 {
                self.0.cut();
            }
            Ok(into.len())
        }
    }
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.trust(relay.port);
    let mut session = connect(&Access { port: relay.port, ..sshd.access() }).unwrap();
    let mut source = Cutting(&relay, 0);
    let result = session.upload(&mut source, 50_000_000, &sshd.text(""), NAME, in_seconds(20.0));
    assert_failure(&result.unwrap_err(), Class::ConnectionLost, &[]);
    std::thread::sleep(Duration::from_millis(200));
    assert!(!sshd.path(NAME).exists());
}

#[test]
fn a_host_that_stops_taking_is_given_up_in_time() {
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.trust(relay.port);
    let mut session = connect(&Access { port: relay.port, ..sshd.access() }).unwrap();
    relay.freeze();
    let limit = Duration::from_millis(500);
    let failure = within(limit, || {
        session.upload(&mut io::repeat(7), 500_000_000, &sshd.text(""), NAME, in_seconds(0.5)).unwrap_err()
    });
    assert_failure(&failure, Class::Timeout, &[]);
}

/// Set in the process that sends the large file.
const ALONE: &str = "JUMPFLEET_TEST_ALONE";

#[test]
fn a_large_file_takes_no_memory_of_its_size() {
    if env::var_os(ALONE).is_some() {
        return send_a_large_file();
    }
    // The other tests take memory at the same time, so this one goes on in a process of its own.
    let name = "uploads::a_large_file_takes_no_memory_of_its_size";
    let child = Command::new(env::current_exe().unwrap()).args(["--exact", name]).env(ALONE, "1").output();
    let child = child.unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

fn send_a_large_file() {
    const LARGE: u64 = 200_000_000;
    let sshd = Sshd::start();
    let mut session = sshd.session();
    upload(&mut session, &noise(1_000_000), sshd.folder.path()).unwrap();
    let before = most_memory();
    fs::File::create(sshd.path("large")).unwrap().set_len(LARGE).unwrap();
    let mut large = fs::File::open(sshd.path("large")).unwrap();
    session.upload(&mut large, LARGE, &sshd.text(""), NAME, in_seconds(60.0)).unwrap();
    assert_eq!(fs::metadata(sshd.path(NAME)).unwrap().len(), LARGE);
    let more = most_memory() - before;
    assert!(more < 4096, "{more} KiB more than for a small file");
}

/// The most memory that this process ever had at once, in KiB.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
