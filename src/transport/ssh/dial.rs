//! How does a connection come about: name, socket, greeting, key exchange, host key, login?

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt;

use super::host_key::{Files, Trust};
use super::login::{Login, Secrets};
use super::wire::{KEEP_ALIVE, REFUSED, Socket, Trouble, Wire};
use super::{Limits, Session, Surroundings, greeting, hop};
use crate::model::{Access, Class, Secret, SecretReference};
use crate::transport::Failure;
use crate::transport::known_hosts::name_of;
use crate::transport::turns::Turns;

/// How many visits may ask the ssh-agent at once.
const AGENT_VISITORS: usize = 4;

/// Makes connections; one for the whole run, shared by all its threads.
pub struct Dialer {
    limits: Limits,
    around: Surroundings,
    trust: Trust,
    servers: Turns,
    handshakes: Turns,
    agents: Turns,
}

/// One server on the way, the host itself being the last.
struct Stop<'a> {
    host: &'a str,
    port: u16,
    user: &'a str,
    is_bastion: bool,
}

/// What stays the same on the whole way.
struct Way<'a> {
    access: &'a Access,
    files: Files,
    secrets: &'a Secrets<'a>,
    deadline: Instant,
}

impl Dialer {
    /// A dialer with its limits and what it may read and write.
    pub fn new(limits: Limits, around: Surroundings) -> Self {
        Self {
            limits,
            around,
            trust: Trust::default(),
            servers: Turns::new(limits.per_server),
            handshakes: Turns::new(limits.handshakes),
            agents: Turns::new(AGENT_VISITORS),
        }
    }

    /// Enters the host at `address` through all bastions of `access`, at the latest by `deadline`.
    ///
    /// `secrets` is asked only for what is needed. Bastions are entered with keys, never with the
    /// host's password.
    pub fn connect(
        &self,
        address: &str,
        access: &Access,
        secrets: &dyn Fn(&SecretReference) -> Result<Secret, String>,
        deadline: Instant,
    ) -> Result<Session, Failure> {
        let files = self.trust.files(access, &self.around)?;
        let way = Way { access, files, secrets, deadline };
        let user = access.user.as_deref().unwrap_or(&self.around.user);
        let mut behind: Option<(Wire, &str)> = None;
        for bastion in &access.jump {
            let stop = Stop {
                host: &bastion.host,
                port: bastion.port,
                user: bastion.user.as_deref().unwrap_or(user),
                is_bastion: true,
            };
            let wire = self.enter(&stop, behind.take(), &way)?;
            behind = Some((wire, &bastion.host));
        }
        let stop = Stop { host: address, port: access.port, user, is_bastion: false };
        let wire = self.enter(&stop, behind, &way)?;
        Ok(Session::new(wire, user.to_owned(), self.limits))
    }

    fn enter(&self, stop: &Stop<'_>, behind: Option<(Wire, &str)>, way: &Way<'_>) -> Result<Wire, Failure> {
        let named = |failure: Failure| if stop.is_bastion { failure.at_bastion(stop.host) } else { failure };
        let key = name_of(stop.host, stop.port);
        // sshd counts a connection from its first packet until the login is done, so do we.
        let Some(_turn) = self.servers.take(&key, way.deadline) else {
            let detail = format!("no place was free among the logins in progress at `{key}`");
            return Err(named(Failure::on_the_way(Class::ConnectTimeout, detail)));
        };
        let socket = match behind {
            None => self.dial(stop, way.deadline).map(Socket::Tcp).map_err(named)?,
            Some((bastion, name)) => self.pass(bastion, name, stop, way.deadline).map(Socket::Tunnel)?,
        };
        let wire = self.greet(socket, stop, way).map_err(named)?;
        way.files
            .judge(&wire, stop.host, stop.port, way.access.host_key_policy, &self.around)
            .map_err(named)?;
        let login = Login {
            wire: &wire,
            user: stop.user,
            access: way.access,
            with_password: !stop.is_bastion,
            around: &self.around,
            secrets: way.secrets,
            agents: &self.agents,
            deadline: way.deadline,
        };
        login.run().map_err(named)?;
        if stop.is_bastion {
            // sshd says that we are in before it stops counting us. Its next answer comes after that,
            // and is worth the wait where many come at once; whether it is a refusal does not matter.
            let _ = wire.drive(way.deadline, ssh2::Session::channel_session);
        }
        Ok(wire)
    }

    fn dial(&self, stop: &Stop<'_>, deadline: Instant) -> Result<TcpStream, Failure> {
        let deadline = deadline.min(Instant::now() + self.limits.connect);
        let addresses = resolve(stop.host, stop.port, deadline)?;
        let mut last = Failure::on_the_way(Class::ConnectTimeout, "no time was left to connect");
        for (index, address) in addresses.iter().enumerate() {
            let shares = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let share = left(deadline) / shares;
            if share.is_zero() {
                break;
            }
            match TcpStream::connect_timeout(address, share) {
                Ok(stream) => return tune(stream),
                Err(error) => last = unconnected(*address, &error),
            }
        }
        Err(last)
    }

    fn pass(
        &self,
        bastion: Wire,
        name: &str,
        stop: &Stop<'_>,
        deadline: Instant,
    ) -> Result<UnixStream, Failure> {
        let deadline = deadline.min(Instant::now() + self.limits.connect);
        let target = name_of(stop.host, stop.port);
        let failure = match hop::through(bastion, stop.host, stop.port, deadline) {
            Ok(socket) => return Ok(socket),
            Err(Trouble::Late) => Failure::on_the_way(
                Class::ConnectTimeout,
                format!("bastion `{name}` did not connect to `{target}` in time"),
            ),
            Err(Trouble::Broken { code: REFUSED, message }) if message.contains("connect failed") => {
                let detail = format!("bastion `{name}` cannot connect to `{target}`");
                Failure::on_the_way(Class::ConnectTimeout, detail)
            }
            Err(Trouble::Broken { code, message }) => {
                let class = if code == REFUSED { Class::Unfit } else { Class::ConnectionLost };
                let detail = format!("it does not pass connections on to `{target}`: {message}");
                return Err(Failure::on_the_way(class, detail).at_bastion(name));
            }
        };
        Err(if stop.is_bastion { failure.at_bastion(stop.host) } else { failure })
    }

    /// Greeting and key exchange.
    fn greet(&self, socket: Socket, stop: &Stop<'_>, way: &Way<'_>) -> Result<Wire, Failure> {
        let broken = |error: ssh2::Error| Failure::on_the_way(Class::Handshake, error.message());
        let wire = Wire::new(socket).map_err(broken)?;
        if let Some(methods) = way.files.preferences(stop.host, stop.port) {
            wire.session().method_pref(ssh2::MethodType::HostKey, &methods).map_err(broken)?;
        }
        let exchanges = key_exchanges(wire.session()).map_err(broken)?;
        wire.session().method_pref(ssh2::MethodType::Kex, &exchanges).map_err(broken)?;
        let deadline = way.deadline.min(Instant::now() + self.limits.handshake);
        greeting::wait(wire.socket(), deadline)?;
        let Some(_turn) = self.handshakes.take("", way.deadline) else {
            let detail = "no place was free among the key exchanges in progress";
            return Err(Failure::on_the_way(Class::ConnectTimeout, detail));
        };
        let deadline = way.deadline.min(Instant::now() + self.limits.handshake);
        let mut session = wire.session().clone();
        match wire.drive(deadline, |_| session.handshake()) {
            Ok(()) => Ok(wire),
            Err(trouble) => Err(unshaken(trouble)),
        }
    }
}

/// The key exchanges in the order of libssh2, but P-256 before curve25519.
///
/// Both are as strong; sshd has the processor's own code for the first and portable C for the second, a
/// millisecond on every host.
fn key_exchanges(ssh: &ssh2::Session) -> Result<String, ssh2::Error> {
    let mut names = ssh.supported_algs(ssh2::MethodType::Kex)?;
    // What is no key exchange is added by libssh2 itself.
    names.retain(|name| !name.starts_with("ext-info-") && !name.starts_with("kex-strict-"));
    let quick = names.iter().position(|name| *name == "ecdh-sha2-nistp256");
    let usual = names.iter().position(|name| name.starts_with("curve25519"));
    if let (Some(quick), Some(usual)) = (quick, usual)
        && usual < quick
    {
        names[usual..=quick].rotate_right(1);
    }
    Ok(names.join(","))
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// The addresses of a name; the question is asked on a thread because it cannot be given a limit.
fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (answer, question) = mpsc::channel();
    let name = host.to_owned();
    let asked = thread::Builder::new().name("resolve".to_owned()).spawn(move || {
        let addresses = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody listens any more if it came too late.
        let _ = answer.send(addresses);
    });
    let unresolved = |why: &str| Failure::on_the_way(Class::NameResolution, format!("`{host}`: {why}"));
    if let Err(error) = asked {
        return Err(Failure::on_the_way(Class::Internal, format!("cannot start a thread: {error}")));
    }
    match question.recv_timeout(left(deadline)) {
        Ok(Ok(addresses)) if addresses.is_empty() => Err(unresolved("the name has no address")),
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(unresolved(&error.to_string())),
        Err(_) => Err(unresolved("the name was not resolved in time")),
    }
}

fn tune(stream: TcpStream) -> Result<TcpStream, Failure> {
    let tuned = stream.set_nodelay(true).and_then(|()| {
        // For the long silence of an installer, when firewalls forget connections.
        sockopt::set_socket_keepalive(&stream, true)?;
        sockopt::set_tcp_keepidle(&stream, KEEP_ALIVE)?;
        sockopt::set_tcp_keepintvl(&stream, KEEP_ALIVE)?;
        Ok(())
    });
    match tuned {
        Ok(()) => Ok(stream),
        Err(error) => {
            Err(Failure::on_the_way(Class::ConnectionLost, format!("cannot set up the socket: {error}")))
        }
    }
}

fn unconnected(address: SocketAddr, error: &io::Error) -> Failure {
    let (class, what) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (Class::ConnectionRefused, "nothing listens".to_owned()),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            (Class::NoRoute, "there is no route".to_owned())
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            (Class::ConnectTimeout, "no answer in time".to_owned())
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            (Class::ConnectionLost, "the connection was cut".to_owned())
        }
        _ => (Class::ConnectTimeout, error.to_string()),
    };
    Failure::on_the_way(class, format!("{address}: {what}"))
}

fn unshaken(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Late => {
            Failure::on_the_way(Class::Handshake, "the server did not finish the key exchange in time")
        }
        // In the moment between looking and reading, the server may still hang up.
        Trouble::Broken { message, .. } if message.contains("banner") => {
            Failure::on_the_way(Class::NoBanner, format!("the server cut its SSH greeting short: {message}"))
        }
        Trouble::Broken { message, .. } => {
            Failure::on_the_way(Class::Handshake, format!("the key exchange failed: {message}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_answers_have_classes() {
        let address = SocketAddr::from(([192, 0, 2, 1], 22));
        for (kind, class) in [
            (io::ErrorKind::ConnectionRefused, Class::ConnectionRefused),
            (io::ErrorKind::HostUnreachable, Class::NoRoute),
            (io::ErrorKind::NetworkUnreachable, Class::NoRoute),
            (io::ErrorKind::TimedOut, Class::ConnectTimeout),
            (io::ErrorKind::ConnectionReset, Class::ConnectionLost),
        ] {
            let failure = unconnected(address, &kind.into());
            assert_eq!(failure.class, class);
            assert!(failure.detail.starts_with("192.0.2.1:22: "), "{failure}");
        }
    }
}
