//! Who answers where a page asks the site's API?

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fleet::{Stage, scripts};

/// What the site knows from the start.
const KNOWN: &[&str] = &[
    r#"{"do": "add", "kind": "account", "client_id": "jumpfleet", "secret": "an-API-secret-1"}"#,
    r#"{"do": "add", "kind": "group", "name": "Servers", "code_name": "servers"}"#,
];

/// A stand-in for the site in the lab's network; ended when it is dropped.
pub struct Appliance(Child);

impl Appliance {
    pub fn start(stage: &Stage, version: &str) -> Self {
        let folder = stage.path().join("site");
        let child = Command::new(scripts("lab"))
            .args(["--name", stage.fleet.name(), "run"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/appliance/serve"))
            .arg(&folder)
            .args(["--version", version, "--port", "18443"])
            .stdin(Stdio::null())
            .spawn()
            .expect("the appliance can be started");
        let begin = Instant::now();
        while !folder.join("port").exists() {
            assert!(begin.elapsed() < Duration::from_secs(30), "the appliance does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        for order in KNOWN {
            let mut control = UnixStream::connect(folder.join("control")).expect("a socket");
            writeln!(control, "{order}").expect("an order");
            let mut answer = String::new();
            BufReader::new(control).read_line(&mut answer).expect("an answer");
            assert!(answer.starts_with("{\"done\""), "{order}: {answer}");
        }
        Self(child)
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
