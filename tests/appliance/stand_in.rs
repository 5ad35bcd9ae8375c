//! How is a stand-in appliance waited for, and told what to do?

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The program.
pub fn program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/appliance/serve")
}

/// Waits until the appliance of this folder listens, and gives its port.
pub fn listening(folder: &Path) -> u16 {
    let port = folder.join("port");
    let begin = Instant::now();
    while !port.exists() {
        assert!(begin.elapsed() < Duration::from_secs(30), "the appliance does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::read_to_string(port).expect("a port").parse().expect("a number")
}

/// Tells the appliance of this folder to do something, and gives what came of it.
pub fn order(folder: &Path, order: &Value) -> Value {
    let mut control = UnixStream::connect(folder.join("control")).expect("a socket");
    writeln!(control, "{order}").expect("an order");
    let mut line = String::new();
    BufReader::new(control).read_line(&mut line).expect("an answer");
    let mut answer: Value = serde_json::from_str(&line).expect("JSON");
    assert!(answer.get("error").is_none(), "{order}: {answer}");
    answer["done"].take()
}
