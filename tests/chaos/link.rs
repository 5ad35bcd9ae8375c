//! How is a line to a host made slow? A small proxy in the lab's network that lets bytes lie for a while.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::fleet::Stage;

/// Bytes on their way, with the moment at which they arrive; none at all is the end of the stream.
type Parcel = (Instant, Vec<u8>);

/// A slow line to one host; it answers as long as the process lives.
pub struct Link {
    port: u16,
    address: String,
    /// The host's key as its own known_hosts line has it.
    key: String,
}

impl Link {
    /// A line that takes so long each way.
    pub fn to(stage: &Stage, host: &str, delay: Duration) -> Self {
        let network =
            File::open(format!("/run/netns/jumpfleet-{}", stage.fleet.name())).expect("the network");
        let address = stage.address(host);
        let known = fs::read_to_string(stage.fleet.folder().join("known_hosts")).expect("known hosts");
        let line = known.lines().find(|line| line.starts_with(&format!("{address} "))).expect("a key");
        let key = line.split_once(' ').expect("a key").1.to_owned();
        let target: SocketAddr = format!("{address}:22").parse().expect("an address");
        let (opened, port) = channel();
        // Threads that a moved thread starts live in its network too.
        spawn(move || {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network)).expect("root may");
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            opened.send(listener.local_addr().expect("a port").port()).expect("somebody waits");
            for caller in listener.incoming().flatten() {
                spawn(move || connect(caller, target, delay));
            }
        });
        Self { port: port.recv().expect("a port"), address, key }
    }

    /// The host's line in known_hosts when it is reached this way.
    pub fn known_host(&self) -> String {
        format!("[127.0.0.1]:{} {}\n", self.port, self.key)
    }

    /// The inventory in which the host is reached this way.
    pub fn redirect(&self, inventory: &str, known_hosts: &Path) -> String {
        let (port, file) = (self.port, known_hosts.display());
        let there = format!("ansible_host: 127.0.0.1, ansible_port: {port}, ");
        let there = there + &format!("ansible_ssh_common_args: '-o UserKnownHostsFile={file}'");
        let here = format!("ansible_host: {}", self.address);
        assert!(inventory.contains(&format!("{here}}}")), "{here} is not in {inventory}");
        inventory.replace(&format!("{here}}}"), &format!("{there}}}"))
    }
}

fn connect(caller: TcpStream, target: SocketAddr, delay: Duration) {
    let Ok(host) = TcpStream::connect(target) else { return };
    for (from, to) in [(&caller, &host), (&host, &caller)] {
        let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
        let (sender, parcels) = channel();
        spawn(move || take(from, &sender, delay));
        spawn(move || deliver(to, &parcels));
    }
}

fn take(mut from: TcpStream, parcels: &Sender<Parcel>, delay: Duration) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut bytes).unwrap_or(0);
        if parcels.send((Instant::now() + delay, bytes[..read].to_vec())).is_err() || read == 0 {
            return;
        }
    }
}

fn deliver(mut to: TcpStream, parcels: &Receiver<Parcel>) {
    for (due, bytes) in parcels {
        sleep(due.saturating_duration_since(Instant::now()));
        if bytes.is_empty() || to.write_all(&bytes).is_err() {
            break;
        }
    }
    // The other end may have gone first.
    let _ = to.shutdown(Shutdown::Write);
}
