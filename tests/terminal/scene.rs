//! Settings, installers and hosts that are only sockets.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::{env, fs, mem};

use jumpfleet::store::StateFolder;
use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};

const SETTINGS: &str = "\
appliance: {site: pra.example.org, model: b300, clients: 140}
releases:
  spring:
    product: bomgar-pec
    expires: 2035-01-01T00:00:00Z
    files: {linux_headless: installers/bomgar-pec-*.bin}
rollout:
  release: spring
  ramp: none
  budget: {unreachable: none, consecutive: none}
  retries: {classes: {connection_refused: 0, no_banner: 0, connection_lost: 0, connect_timeout: 0}}
";

const KEY: &str = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";

/// What a host does with whoever connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Nobody listens.
    Refuses,
    /// It takes the connection and says nothing.
    KeepsSilent,
    /// It greets with what would clear a terminal and change its title.
    SendsEscapes,
}

/// A folder to work in.
pub struct Scene {
    folder: tempfile::TempDir,
}

/// Connections that are held, so that they stay silent.
static HELD: Mutex<Vec<TcpStream>> = Mutex::new(Vec::new());

impl Scene {
    /// A folder with these hosts in its inventory.
    pub fn new(hosts: &[(&str, Host)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        write("jumpfleet.yaml", SETTINGS);
        write(&format!("installers/bomgar-pec-{KEY}.bin"), "an installer");
        let line = |(name, host): &(&str, Host)| {
            format!("    \"{name}\": {{ansible_host: 127.0.0.1, ansible_port: {}}}\n", listening(*host))
        };
        let lines: String = hosts.iter().map(line).collect();
        let variables = "ansible_user: admin, ansible_become: true, jc_platform: linux_headless, jc_user: jc";
        write("fleet.yaml", &format!("web:\n  hosts:\n{lines}all: {{vars: {{{variables}}}}}\n"));
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A run that is listed.
    pub fn run(&self, name: &str) {
        let run = StateFolder::new(self.path().join("state")).new_run(name).expect("a run");
        fs::write(run.journal(), "").expect("a journal");
    }

    /// A program in this folder, which finds ours.
    pub fn command(&self, program: &str) -> Command {
        let ours = Path::new(env!("CARGO_BIN_EXE_jumpfleet")).parent().expect("a folder");
        let paths = env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command.current_dir(self.path()).env("PATH", format!("{}:{paths}", ours.display()));
        for (name, folder) in
            [("JUMPFLEET_STATE_DIR", "state"), ("JUMPFLEET_PERMITS_DIR", "permits"), ("HOME", ".")]
        {
            command.env(name, self.path().join(folder));
        }
        for name in [
            "CI",
            "GITHUB_ACTIONS",
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "FORCE_COLOR",
            "JUMPFLEET_CONFIG",
            "COLUMNS",
            "LINES",
        ] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env("LOGNAME", "ada");
        command
    }

    /// A rollout to all hosts with these options.
    pub fn rollout(&self, options: &[&str]) -> Command {
        let mut command = self.command("jumpfleet");
        command.args(["rollout", "-i", "fleet.yaml", "--yes"]).args(options);
        command
    }
}

/// The port of a new host.
fn listening(host: Host) -> u16 {
    if host == Host::Refuses {
        return shut_port();
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for mut guest in listener.incoming().flatten() {
            if host == Host::SendsEscapes {
                let _ =
                    guest.write_all(b"\x1b[2J\x1b]0;title\x07\x1b[31mrubbish\r\nSSH-2.0-\x1b[2Jrubbish\r\n");
            } else {
                HELD.lock().expect("the guests").push(guest);
            }
        }
    });
    port
}

/// A port at which nothing listens, held to the end of the process so that nothing else gets it.
fn shut_port() -> u16 {
    let held = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    bind(&held, &SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    let port = SocketAddr::try_from(getsockname(&held).expect("its name")).expect("an address").port();
    mem::forget(held);
    port
}
