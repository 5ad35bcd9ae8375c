//! Which proxy does a Jump Client go through, and how is that said in its `settings.ini`?
//!
//! The vendor's guide, "Manually Modify Windows Jump Client Proxy Information", says which lines these are. Nothing
//! else of a file is understood, so nothing else of it is touched.

mod edit;
mod found;
mod units;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::model::Secret;

pub use edit::set;
pub use found::{Fit, Found, read};

/// How a client reaches its site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Without a proxy.
    Direct,
    /// Through a proxy that is asked with HTTP's `CONNECT`.
    Connect,
    /// Through a proxy that speaks SOCKS 4.
    Socks4,
}

impl Method {
    /// The number that stands for it (`ProxyMethod`).
    pub fn number(self) -> u16 {
        match self {
            Self::Direct => 0,
            Self::Connect => 100,
            Self::Socks4 => 200,
        }
    }

    /// The method of a number, if it is one.
    pub fn of(number: &str) -> Option<Self> {
        let all = [Self::Direct, Self::Connect, Self::Socks4];
        all.into_iter().find(|method| method.number().to_string() == number)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Direct => "direct",
            Self::Connect => "HTTP CONNECT",
            Self::Socks4 => "SOCKS 4",
        })
    }
}

/// A user and a password as a proxy asks for them.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user, in a domain `DOMAIN\user`.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// The proxy that is wanted.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// How the site is reached.
    pub method: Method,
    /// The proxy's host name or address and port; none for [`Method::Direct`].
    pub server: Option<(String, u16)>,
    /// Who asks the proxy, if it wants to know.
    pub login: Option<Login>,
}

/// Where a site is reached without a proxy.
const SITE_PORT: u16 = 443;

impl Proxy {
    /// Whether a connection to `remote` is one to this proxy, or without a proxy one as to a site.
    ///
    /// Names cannot be compared, for only the host knows their addresses: then the port decides.
    pub fn is_reached_at(&self, remote: SocketAddr) -> bool {
        let Some((host, wanted)) = &self.server else { return remote.port() == SITE_PORT };
        let is_elsewhere =
            host.parse::<Ipv4Addr>().is_ok_and(|host| remote.ip().to_canonical() != IpAddr::V4(host));
        remote.port() == *wanted && !is_elsewhere
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.method)?;
        if let Some((host, port)) = &self.server {
            write!(out, " {host}:{port}")?;
        }
        match &self.login {
            Some(login) => write!(out, " as {}", login.user),
            None => Ok(()),
        }
    }
}

/// Why a value cannot stand behind a `=`; none if it can.
///
/// A line end would begin another setting, and what reads such files takes blanks and quotes at the ends away.
pub fn unsayable(value: &str) -> Option<&'static str> {
    let quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    if value.is_empty() {
        Some("is empty")
    } else if value.contains(char::is_control) {
        Some("has a control character in it")
    } else if value.starts_with(char::is_whitespace) || value.ends_with(char::is_whitespace) {
        Some("has a blank at its beginning or end")
    } else if quoted('"') || quoted('\'') {
        Some("has quotes around it, which are taken away")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_the_vendors_numbers() {
        for (method, number) in [(Method::Direct, "0"), (Method::Connect, "100"), (Method::Socks4, "200")] {
            assert_eq!((method.number().to_string().as_str(), Method::of(number)), (number, Some(method)));
        }
        assert_eq!(Method::of("300"), None);
    }

    #[test]
    fn a_connection_tells_where_it_leads() {
        let through = |host: &str, port| Proxy {
            method: Method::Connect,
            server: Some((host.into(), port)),
            login: None,
        };
        let direct = Proxy { method: Method::Direct, server: None, login: None };
        for (proxy, remote, reached) in [
            (through("127.0.0.1", 8080), "127.0.0.1:8080", true),
            (through("127.0.0.1", 8080), "[::ffff:127.0.0.1]:8080", true),
            (through("127.0.0.2", 8080), "127.0.0.1:8080", false),
            (through("127.0.0.1", 8081), "127.0.0.1:8080", false),
            (through("proxy.example.org", 8080), "127.0.0.1:8080", true),
            (direct.clone(), "127.0.0.1:443", true),
            (direct.clone(), "127.0.0.1:8080", false),
            (direct, "[2001:db8::1]:443", true),
        ] {
            assert_eq!(proxy.is_reached_at(remote.parse().unwrap()), reached, "{proxy} {remote}");
        }
    }

    #[test]
    fn what_would_not_come_back_is_refused() {
        for fine in ["proxy.example.org", r"DOMAIN\user", "p;w#=[x]", "a b", "\"", "Zürich"] {
            assert_eq!(unsayable(fine), None, "{fine}");
        }
        for bad in ["", "a\nb", "a\0", " a", "a\t", "\"a\"", "'a'", "\"\""] {
            assert!(unsayable(bad).is_some(), "{bad:?}");
        }
    }
}
