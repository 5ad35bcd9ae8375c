//! What is a Windows for a test that needs no host of its own? A Wine prefix in a temporary folder.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A Windows of its own, as far as Wine has one; it ends and goes away when dropped.
pub struct Windows {
    folder: TempDir,
}

impl Windows {
    /// Makes the prefix, which takes some seconds.
    pub fn new() -> Self {
        let windows = Self { folder: tempfile::tempdir().unwrap() };
        let made = windows.run("wineboot", "wine wine64", &["-i"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        windows
    }

    /// A path below the folder in which programs run.
    pub fn beside(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a program to its end; one that is not installed fails the test with the package to install.
    pub fn run(&self, program: &str, package: &str, words: &[&str]) -> Output {
        // Files and not pipes: what Wine leaves running would keep a pipe open for long.
        let (mut out, mut err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let status = self
            .command(program, words)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(err.try_clone().unwrap())
            .status()
            .unwrap_or_else(|error| panic!("setarch did not start ({error}): apt-get install util-linux"));
        let (stdout, stderr) = (content(&mut out), content(&mut err));
        let told = String::from_utf8_lossy(&stderr);
        assert!(!told.starts_with("setarch: "), "{told}apt-get install {package}");
        Output { status, stdout, stderr }
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        // Where chance says where a program lies in memory, Wine loses one in thousands: tests/lab/windows.py says why.
        let mut command = Command::new("setarch");
        command
            .args(["--addr-no-randomize", program])
            .args(words)
            .current_dir(self.folder.path())
            .env("WINEPREFIX", self.beside("prefix"))
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            .env_remove("DISPLAY");
        command
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        for what in ["-k", "-w"] {
            // A second panic here would hide the first one's message.
            let _ = self.command("wineserver", &[what]).status();
        }
    }
}

fn content(file: &mut File) -> Vec<u8> {
    let mut content = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut content).unwrap();
    content
}
