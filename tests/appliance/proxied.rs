//! Is the site reached through a proxy, and is the proxy blamed for what it does?

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
use serde_json::json;

use crate::scene::{OWN, Site, ended};

const SITE: &str = "pra.example.org";
const PASSWORD: &str = "Wort-of-the-proxy";

/// A proxy that knows no other way than HTTP's CONNECT, and leads every name to this machine.
struct Proxy {
    port: u16,
    /// The first line of each request, and its credentials.
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Proxy {
    /// `refusal` is what it answers in the place of connecting.
    fn start(refusal: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let asked = proxy.asked.clone();
        // It ends with the tests' process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let asked = asked.clone();
                thread::spawn(move || serve(client?, &asked, refusal));
            }
        });
        proxy
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    mut client: TcpStream,
    asked: &Mutex<Vec<(String, String)>>,
    refusal: Option<&str>,
) -> io::Result<()> {
    let head = head(&mut client)?;
    let first = head.lines().next().unwrap_or_default().to_owned();
    let login = head.lines().find_map(|line| line.strip_prefix("proxy-authorization: ")).unwrap_or_default();
    asked.lock().unwrap().push((first.clone(), login.to_owned()));
    if let Some(refusal) = refusal {
        return client.write_all(refusal.as_bytes());
    }
    let port =
        first.strip_prefix(&format!("CONNECT {SITE}:")).and_then(|rest| rest.split(' ').next()?.parse().ok());
    let Some(port) = port else { return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n") };
    let site = TcpStream::connect(("127.0.0.1", port))?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (back, forth) = ((site.try_clone()?, client.try_clone()?), (client, site));
    let back = thread::spawn(move || pass(back));
    pass(forth)?;
    back.join().unwrap_or(Ok(()))
}

fn pass((mut from, mut to): (TcpStream, TcpStream)) -> io::Result<()> {
    io::copy(&mut from, &mut to)?;
    to.shutdown(std::net::Shutdown::Write)
}

/// All up to the empty line, and nothing of what comes behind it; names of headers in small letters.
fn head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let lower = |line: &str| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}\n", name.to_lowercase()),
        None => format!("{line}\n"),
    };
    Ok(String::from_utf8_lossy(&head).lines().map(lower).collect())
}

/// A site whose name only the proxy knows.
fn prepared(proxy: &str) -> Site {
    let site = Site::with("1.10", &["--site", SITE], json!({}));
    let proxy = if proxy.is_empty() { String::new() } else { format!("  proxy: {proxy}\n") };
    let text = format!(
        "appliance:\n  site: {SITE}\n  api_host: {SITE}:{}\n  ca_file: site/ca.pem\n{proxy}releases: {{}}\n",
        site.port()
    );
    fs::write(site.path().join("jumpfleet.yaml"), text).unwrap();
    site
}

#[track_caller]
fn check(site: &Site, environment: &[(&str, &str)]) -> (i32, String, String) {
    let done = ended(&site.jumpfleet(&["appliance", "check"], &[&OWN[..], environment].concat()));
    assert!(!format!("{}{}", done.1, done.2).contains(PASSWORD), "{done:?}");
    done
}

#[test]
fn the_site_is_asked_through_the_proxy_of_the_settings_or_of_the_environment() {
    let proxy = Proxy::start(None);
    let address = format!("http://eve:{PASSWORD}@127.0.0.1:{}", proxy.port);
    let site = prepared(&address);
    // The settings go before the environment.
    let elsewhere = [("https_proxy", "http://127.0.0.1:9"), ("no_proxy", "*")];
    let (code, out, err) = check(&site, &elsewhere);
    assert!(code == 0 && out.contains("Configuration 1.10"), "{out}{err}");
    let asked = proxy.asked();
    // Each request has a connection of its own, and goes to the site's own name, which nobody else resolves.
    assert_eq!(asked.len(), site.asked().len());
    let first = format!("CONNECT {SITE}:{} HTTP/1.1", site.port());
    assert!(asked.iter().all(|(line, login)| *line == first && login.starts_with("Basic ")), "{asked:?}");
    let site = prepared("");
    let (code, out, err) = check(&site, &[("https_proxy", &address)]);
    assert!(code == 0 && out.contains("Configuration 1.10"), "{out}{err}");
    assert!(proxy.asked().len() > asked.len());
}

#[test]
fn what_the_proxy_does_is_not_blamed_on_the_site() {
    // A port that is held, and at which nothing listens.
    let held = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&held, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let closed = SocketAddr::try_from(getsockname(&held).unwrap()).unwrap().port();
    let site = prepared(&format!("http://eve:{PASSWORD}@127.0.0.1:{closed}"));
    let (code, _, err) = check(&site, &[]);
    let through = format!("`{SITE}` through the proxy `127.0.0.1:{closed}`: ");
    assert!(code == 4 && err.contains(&through) && err.contains("onnection refused"), "{code} {err}");
    let refusing = Proxy::start(Some("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
    let site = prepared(&format!("http://127.0.0.1:{}", refusing.port));
    let (code, _, err) = check(&site, &[]);
    let through =
        format!("through the proxy `127.0.0.1:{}`: the proxy does not connect to it", refusing.port);
    assert!(code == 4 && err.contains(&through), "{code} {err}");
    assert!(site.asked().is_empty());
}
