//! How does a request reach a server over HTTP, and whom is believed to be that server?

use std::fmt;
use std::io::{self, Write};
use std::net::IpAddr;
use std::time::Duration;

use ureq::http::{HeaderMap, Request, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy};

/// The most of an answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// Where a request may go without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// To this machine alone.
    Loopback,
    /// Anywhere.
    Anywhere,
}

/// Where requests go; all but its host may be secret, and is never shown.
#[derive(Clone)]
pub struct Address {
    uri: Uri,
    host: String,
}

impl Address {
    /// Reads an `https://` address, or an `http://` one where `plain` allows it.
    ///
    /// The error says what is wrong and shows nothing of the text.
    pub fn parse(text: &str, plain: Plain) -> Result<Self, String> {
        let wrong = || "is no address such as https://example.org/path".to_owned();
        let uri: Uri = text.trim().parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?.to_owned();
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if plain == Plain::Anywhere || is_loopback(&host) => {}
            Some("http") => return Err("goes over the network without TLS: write https".to_owned()),
            _ => return Err(wrong()),
        }
        Ok(Self { uri, host })
    }

    /// The whole address, for the one place that has to say it.
    pub fn reveal(&self) -> String {
        self.uri.to_string()
    }

    /// The host, which may be shown.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Address({}, …)", self.host)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// One request to the host of a client's address.
pub struct Ask<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path and the query, from `/` on.
    pub target: &'a str,
    /// Headers that the request has.
    pub headers: &'a [(&'a str, &'a str)],
    /// What is sent with it; may be empty.
    pub body: &'a [u8],
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until it begins, once the request is sent.
    pub begin: Duration,
    /// Until all of it is there.
    pub end: Duration,
}

/// Takes the body of an answer, which has none itself yet.
pub type Take<'a> = &'a mut dyn FnMut(&Answer, &mut dyn io::Read) -> io::Result<()>;

/// What a server said.
pub struct Answer {
    /// The status.
    pub status: u16,
    headers: HeaderMap,
    /// The body; empty where it was written elsewhere.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer; names the host, the proxy on the way to it, and nothing else of the address.
#[derive(Debug, thiserror::Error)]
#[error("`{host}`{}: {what}", via.as_ref().map(|proxy| format!(" through the proxy `{proxy}`")).unwrap_or_default())]
pub struct WebError {
    host: String,
    via: Option<String>,
    what: String,
}

/// Sends requests to one address: TLS is verified, redirects are not followed, and every request ends in time.
pub struct Client {
    agent: Agent,
    address: Address,
    limit: Duration,
    /// The proxy's host and port; never the rest of it, which may hold a password.
    via: Option<String>,
}

/// The environment, passed in by whoever may read it.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Client {
    /// A client whose requests take `limit` at most, through the proxy that the environment names.
    ///
    /// `authority` is the text of a PEM file; with it, certificates below those in it are believed, and otherwise
    /// those that the system believes. The error is that there is none in it, or that the proxy cannot be understood.
    pub fn new(
        address: Address,
        authority: Option<&str>,
        limit: Duration,
        environment: Environment<'_>,
    ) -> Result<Self, String> {
        let roots = authority.map_or(Ok(RootCerts::PlatformVerifier), roots)?;
        let proxy = proxy(&address, environment)?;
        let via = proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        let config = Agent::config_builder()
            .timeout_global(Some(limit))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(proxy)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("jumpfleet/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.new_agent(), address, limit, via })
    }

    /// The address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a body of this type to the address, and gives the answer's status and how many seconds the server
    /// wants to be left alone.
    pub fn post(&self, content_type: &str, body: &[u8]) -> Result<(u16, Option<u64>), WebError> {
        let request = Request::post(&self.address.uri).header("Content-Type", content_type).body(body);
        let request = request.map_err(|_| self.failed("the request cannot be made"))?;
        // What else the server says is not waited for.
        let answer = self.agent.run(request).map_err(|error| self.cause(&error))?;
        let rest = answer.headers().get("retry-after").and_then(|rest| rest.to_str().ok()?.parse().ok());
        Ok((answer.status().as_u16(), rest))
    }

    /// Sends a request and gives the whole answer, whatever its status.
    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, WebError> {
        let answer = self.agent.run(request).map_err(|error| self.cause(&error))?;
        let (head, mut body) = answer.into_parts();
        let body = body.with_config().limit(LONGEST_ANSWER).read_to_vec();
        Ok(Response::from_parts(head, body.map_err(|error| self.cause(&error))?))
    }

    /// Sends a request to the address's host and gives the whole answer, whatever its status.
    pub fn ask(&self, ask: &Ask<'_>) -> Result<Answer, WebError> {
        let patience = Patience { begin: self.limit, end: self.limit };
        let (mut answer, body) = answered(self.run(ask, patience)?);
        let body = read(body, LONGEST_ANSWER, &mut answer.body);
        body.map(|()| answer).map_err(|error| self.cause(&error))
    }

    /// The same, but with another patience, and `take` takes a body of success as it comes, however long it is.
    ///
    /// When the connection is lost on the way, it has what came before, and the error says so.
    pub fn fetch(&self, ask: &Ask<'_>, patience: Patience, take: Take<'_>) -> Result<Answer, WebError> {
        let (mut answer, body) = answered(self.run(ask, patience)?);
        let body = if (200..300).contains(&answer.status) {
            let mut reader = body.into_with_config().limit(u64::MAX).reader();
            take(&answer, &mut reader).map_err(ureq::Error::from)
        } else {
            read(body, LONGEST_ANSWER, &mut answer.body)
        };
        body.map(|()| answer).map_err(|error| self.cause_within(&error, patience.end))
    }

    fn run(&self, ask: &Ask<'_>, patience: Patience) -> Result<Response<Body>, WebError> {
        let scheme = self.address.uri.scheme_str().unwrap_or("https");
        let authority = self.address.uri.authority().map_or("", |authority| authority.as_str());
        let address = format!("{scheme}://{authority}{}", ask.target);
        let mut request = Request::builder().method(ask.method).uri(address);
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).map_err(|_| self.failed("the request cannot be made"))?;
        let Patience { begin, end } = patience;
        let answer = match ask.body {
            [] => {
                let request = self.agent.configure_request(request);
                self.agent.run(request.timeout_global(Some(end)).timeout_recv_response(Some(begin)).build())
            }
            body => {
                let request = self.agent.configure_request(request.map(|()| body));
                self.agent.run(request.timeout_global(Some(end)).timeout_recv_response(Some(begin)).build())
            }
        };
        answer.map_err(|error| self.cause_within(&error, begin))
    }

    fn failed(&self, what: impl Into<String>) -> WebError {
        WebError { host: self.address.host.clone(), via: self.via.clone(), what: what.into() }
    }

    fn cause(&self, error: &ureq::Error) -> WebError {
        self.cause_within(error, self.limit)
    }

    /// Only texts that cannot hold an address are shown as they are.
    fn cause_within(&self, error: &ureq::Error, limit: Duration) -> WebError {
        use std::io::ErrorKind;
        let late = || format!("no answer within {} s", limit.as_secs_f64());
        self.failed(match error {
            ureq::Error::Timeout(_) => late(),
            ureq::Error::Io(error) => match error.kind() {
                ErrorKind::TimedOut => late(),
                ErrorKind::UnexpectedEof => "the connection was cut".to_owned(),
                _ => error.to_string(),
            },
            ureq::Error::HostNotFound => "the name has no address".to_owned(),
            ureq::Error::Rustls(error) => error.to_string(),
            ureq::Error::Tls(what) => (*what).to_owned(),
            ureq::Error::ConnectProxyFailed(_) => "the proxy does not connect to it".to_owned(),
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                "its answer is not HTTP".to_owned()
            }
            ureq::Error::BodyExceedsLimit(_) => "its answer is too long".to_owned(),
            _ => "the request failed".to_owned(),
        })
    }
}

/// An answer whose body is still to come.
fn answered(answer: Response<Body>) -> (Answer, Body) {
    let (head, body) = answer.into_parts();
    (Answer { status: head.status.as_u16(), headers: head.headers, body: Vec::new() }, body)
}

/// Writes a body of `most` bytes at most.
fn read(body: Body, most: u64, out: &mut dyn Write) -> Result<(), ureq::Error> {
    let mut reader = body.into_with_config().limit(most).reader();
    io::copy(&mut reader, out)?;
    Ok(())
}

/// The certificates of a PEM file.
fn roots(authority: &str) -> Result<RootCerts, String> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let found: Vec<Certificate<'static>> =
        ureq::tls::parse_pem(authority.as_bytes()).filter_map(certificate).collect();
    if found.is_empty() { Err("holds no certificate in PEM form".to_owned()) } else { Ok(found.into()) }
}

/// The proxy on the way to an address, by the variables that curl and others go by.
fn proxy(address: &Address, environment: Environment<'_>) -> Result<Option<Proxy>, String> {
    let named =
        |names: &[&str]| names.iter().find_map(|name| environment(name).filter(|value| !value.is_empty()));
    let direct = named(&["no_proxy", "NO_PROXY"]).is_some_and(|list| is_listed(&list, &address.host));
    if direct || is_loopback(&address.host) {
        return Ok(None);
    }
    let found = match address.uri.scheme_str() {
        Some("https") => named(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
        // The upper-case name can be set by whoever calls a CGI program, so nobody goes by it.
        _ => named(&["http_proxy", "all_proxy", "ALL_PROXY"]),
    };
    let Some(found) = found else { return Ok(None) };
    Proxy::new(&found).map(Some).map_err(|_| "the proxy that the environment names cannot be used".to_owned())
}

/// Whether a `no_proxy` list names the host, or a domain that it is in.
fn is_listed(list: &str, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).filter(|entry| !entry.is_empty()).any(
        |entry| {
            let domain = entry.trim_start_matches("*.").trim_start_matches('.');
            entry == "*"
                || host == domain
                || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_or_of_this_machine() {
        for fine in [
            "https://hooks.example.org/T0/B1/x?y=z",
            "http://127.0.0.1:80/x",
            "http://localhost",
            "http://[::1]:9/",
        ] {
            assert!(Address::parse(fine, Plain::Loopback).is_ok(), "{fine}");
        }
        for wrong in [
            "http://hooks.example.org/secret",
            "secret",
            "ftp://x/secret",
            "https:///secret",
            "",
            "https://a b/secret",
        ] {
            let said = Address::parse(wrong, Plain::Loopback).unwrap_err();
            assert!(!said.contains("secret"), "{said}");
        }
        assert!(Address::parse("http://collector:4318", Plain::Anywhere).is_ok());
    }

    #[test]
    fn nothing_but_the_host_is_shown() {
        let address = Address::parse("https://user:word@hooks.example.org/secret", Plain::Loopback).unwrap();
        assert_eq!(format!("{address:?}"), "Address(hooks.example.org, …)");
        let client = Client::new(address, None, Duration::from_secs(1), &|_| None).unwrap();
        let shown = client.cause(&ureq::Error::BadUri("https://hooks.example.org/secret".into())).to_string();
        assert_eq!(shown, "`hooks.example.org`: the request failed");
    }

    #[test]
    fn proxies_are_named_by_the_environment() {
        let through = |address: &str, variables: &[(&str, &str)]| {
            let environment = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            let address = Address::parse(address, Plain::Anywhere).unwrap();
            proxy(&address, &environment).unwrap().map(|proxy| proxy.host().to_owned())
        };
        let squid = Some("squid".to_owned());
        assert_eq!(through("https://a.example.org/", &[("HTTPS_PROXY", "http://squid:3128")]), squid);
        assert_eq!(through("https://a.example.org/", &[("ALL_PROXY", "squid:3128")]), squid);
        assert_eq!(through("http://a.example.org/", &[("https_proxy", "squid:3128")]), None);
        assert_eq!(through("http://a.example.org/", &[("http_proxy", "squid:3128")]), squid);
        assert_eq!(through("http://127.0.0.1/", &[("http_proxy", "squid:3128")]), None);
        for list in ["*", "a.example.org", ".example.org", "x, example.org", "*.example.org"] {
            let variables = [("https_proxy", "squid:3128"), ("no_proxy", list)];
            assert_eq!(through("https://a.Example.org/", &variables), None, "{list}");
        }
        let variables = [("https_proxy", "squid:3128"), ("NO_PROXY", "ample.org,b.example.org")];
        assert_eq!(through("https://a.example.org/", &variables), squid);
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        assert!(roots("nothing").is_err());
    }
}
