//! What do Windows programs hear from a batch file, as far as Wine can tell?

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::programs::run;

/// A Windows of its own in a temporary folder; it ends and goes away when dropped.
pub struct Windows {
    folder: TempDir,
}

impl Windows {
    /// Makes the prefix, which takes some seconds.
    pub fn new() -> Self {
        let windows = Self { folder: tempfile::tempdir().unwrap() };
        let ran = run(&mut windows.command("wineboot", &["-i"]), "wine wine64");
        assert!(ran.success, "{}", ran.err);
        windows
    }

    /// Builds one of the C programs beside this file.
    pub fn compile(&self, name: &str) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quoting").join(format!("{name}.c"));
        let ran = run(
            Command::new("x86_64-w64-mingw32-gcc")
                .args(["-municode", "-O2", "-s", "-o"])
                .arg(self.folder.path().join(format!("{name}.exe")))
                .arg(source),
            "gcc-mingw-w64-x86-64-win32",
        );
        assert!(ran.success, "{}", ran.err);
    }

    /// Builds an installer whose properties `V0` to `V<count - 1>` go to the registry key.
    pub fn package(&self, name: &str, key: &str, count: usize) {
        let source = format!("{name}.wxs");
        std::fs::write(self.folder.path().join(&source), installer_source(key, count)).unwrap();
        let ran = run(&mut self.command("wixl", &["-a", "x64", "-o", name, &source]), "wixl");
        assert!(ran.success, "{}", ran.err);
    }

    /// Runs the lines as a batch file, the way scripts are carried out on a host: the lines it printed.
    pub fn batch(&self, lines: &[String]) -> Vec<String> {
        let text = format!("@echo off\r\n{}\r\n", lines.join("\r\n"));
        std::fs::write(self.folder.path().join("run.cmd"), text).unwrap();
        let words = ["300", "wine", "cmd", "/c", "run.cmd"];
        let ran = run(&mut self.command("timeout", &words), "coreutils");
        String::from_utf8_lossy(&ran.out).lines().map(|line| line.trim().to_owned()).collect()
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        // Else one program in thousands is lost: tests/lab/windows.py says why.
        let mut command = Command::new("setarch");
        command
            .args(["--addr-no-randomize", program])
            .args(words)
            .current_dir(self.folder.path())
            .env("WINEPREFIX", self.folder.path().join("prefix"))
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

fn installer_source(key: &str, count: usize) -> String {
    let value =
        |n| format!(r#"<RegistryValue Root="HKLM" Key="{key}" Name="V{n}" Value="=[V{n}]" Type="string"/>"#);
    let values: Vec<String> = (0..count).map(value).collect();
    include_str!("properties.wxs").replace("<!-- values -->", &values.join("\n"))
}
