//! Which proxy does a `settings.ini` name?

use std::fmt;

use super::edit::{Kind, is_word, kind, lines};
use super::units::Units;
use super::{Method, Proxy};
use crate::model::Secret;

/// What a file says of the proxy, as it stands there.
#[derive(Debug, Clone, Default)]
pub struct Found {
    version: Option<String>,
    user: Option<Secret>,
    password: Option<Secret>,
    method: Option<String>,
    host: Option<String>,
    port: Option<String>,
}

/// Whether a file already names the wanted proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It does not.
    No,
    /// It does.
    Yes,
    /// It does, but for user and password: the client has made something unreadable of them, and nobody can compare it.
    Unread,
}

/// Reads what a file says of the proxy; where something stands twice, the first counts. The error says why it cannot
/// be read.
pub fn read(file: &[u8]) -> Result<Found, String> {
    let units = Units::of(file)?;
    let mut found = Found::default();
    let mut section: &[u16] = &[];
    for line in lines(&units.all[units.start()..]) {
        match kind(line) {
            Kind::Section(name) => section = name,
            Kind::Setting(name, value) => found.take(section, name, || units.text(value)),
            Kind::Other => {}
        }
    }
    Ok(found)
}

impl Found {
    fn take(&mut self, section: &[u16], name: &[u16], value: impl Fn() -> String) {
        let plain = [
            ("Proxy", "version", &mut self.version),
            ("Proxy\\Manual", "ProxyMethod", &mut self.method),
            ("Proxy\\Manual", "ProxyHost", &mut self.host),
            ("Proxy\\Manual", "ProxyPort", &mut self.port),
        ];
        for (wanted, setting, field) in plain {
            if is_word(section, wanted) && is_word(name, setting) {
                field.get_or_insert_with(&value);
            }
        }
        for (setting, field) in [("ProxyUser", &mut self.user), ("ProxyPass", &mut self.password)] {
            if is_word(section, "Proxy") && is_word(name, setting) {
                field.get_or_insert_with(|| Secret::new(value()));
            }
        }
    }

    /// Whether this is the wanted proxy.
    pub fn fit(&self, proxy: &Proxy) -> Fit {
        let server = proxy.server.as_ref().map(|(host, port)| (host.to_ascii_lowercase(), port.to_string()));
        let there = self.host.as_ref().zip(self.port.as_ref());
        let there = there.map(|(host, port)| (host.to_ascii_lowercase(), port.clone()));
        let method = self.method.as_deref() == Some(&*proxy.method.number().to_string());
        let manual = self.version.as_deref() == Some("1") && method && server == there;
        match (&proxy.login, &self.user, &self.password) {
            _ if !manual => Fit::No,
            (None, None, None) => Fit::Yes,
            (Some(login), Some(user), Some(password)) => {
                let same = user.reveal() == login.user && password.reveal() == login.password.reveal();
                if same { Fit::Yes } else { Fit::Unread }
            }
            _ => Fit::No,
        }
    }

    /// Whether a password stands there.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }
}

/// Neither user nor password is shown: nobody can tell which of them the client has made unreadable.
impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.method {
            None => out.write_str("looks for a proxy itself")?,
            Some(number) => match Method::of(number) {
                Some(method) => write!(out, "{method}")?,
                None => write!(out, "method `{}`", crate::model::readable(number))?,
            },
        }
        if let Some((host, port)) = self.host.as_ref().zip(self.port.as_ref()) {
            write!(out, " {}:{}", crate::model::readable(host), crate::model::readable(port))?;
        }
        match self.user.is_some() || self.password.is_some() {
            true => out.write_str(", with a user and a password"),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Login;
    use super::*;

    fn proxy(login: Option<(&str, &str)>) -> Proxy {
        let login =
            login.map(|(user, password)| Login { user: user.into(), password: Secret::new(password) });
        Proxy { method: Method::Connect, server: Some(("p.example.org".into(), 3128)), login }
    }

    const MANUAL: &str = "[Proxy\\Manual]\nProxyMethod=100\nProxyHost=P.example.org\nProxyPort=3128\n";

    #[test]
    fn a_file_fits_or_not() {
        let fit = |head: &str, login| read(format!("{head}{MANUAL}").as_bytes()).unwrap().fit(&proxy(login));
        let hashed = "[Proxy]\nversion=1\nProxyUser=x1f\nProxyPass=x2e\n";
        assert_eq!(fit("[Proxy]\nversion=1\n", None), Fit::Yes);
        assert_eq!(fit("[Proxy]\nversion=2\n", None), Fit::No);
        assert_eq!(fit("[Proxy]\nversion=1\n", Some(("u", "p"))), Fit::No);
        assert_eq!(fit(hashed, None), Fit::No);
        assert_eq!(fit(hashed, Some(("u", "p"))), Fit::Unread);
        assert_eq!(fit(hashed, Some(("x1f", "x2e"))), Fit::Yes);
        assert_eq!(read(b"").unwrap().fit(&proxy(None)), Fit::No);
    }

    #[test]
    fn the_first_of_two_counts_and_no_password_is_shown() {
        let file =
            format!("[proxy]\nproxyuser=u\nProxyPass=geheim\n{MANUAL}[Proxy\\Manual]\nProxyMethod=0\n");
        let found = read(file.as_bytes()).unwrap();
        assert_eq!(found.to_string(), "HTTP CONNECT P.example.org:3128, with a user and a password");
        assert!(!format!("{found:?}").contains("geheim"));
        assert_eq!(read(b"[A]\nb=1\n").unwrap().to_string(), "looks for a proxy itself");
        assert!(found.has_password());
    }
}
