//! How are the real interpreters run, and what is said when one is missing?

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::process::Command;

use tempfile::NamedTempFile;

/// What a program left behind.
pub struct Ran {
    /// Whether it ended with 0.
    pub success: bool,
    /// Its standard output.
    pub out: Vec<u8>,
    /// Its standard error, as far as it is text.
    pub err: String,
}

/// Runs a program to its end; one that is not installed fails the test with the package to install.
pub fn run(command: &mut Command, package: &str) -> Ran {
    // Files and not pipes: what a program leaves running would keep a pipe open for ever.
    let (mut out, mut err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    let status = command
        .stdin(std::process::Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(err.try_clone().unwrap())
        .status()
        .unwrap_or_else(|error| {
            panic!("{:?} did not start ({error}): apt-get install {package}", command.get_program())
        });
    let err = String::from_utf8_lossy(&content(&mut err)).into_owned();
    Ran { success: status.success(), out: content(&mut out), err }
}

/// A temporary file with a text in it.
pub fn written(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn content(file: &mut File) -> Vec<u8> {
    let mut content = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut content).unwrap();
    content
}
