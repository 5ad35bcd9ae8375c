//! What do Windows programs hear from a batch file, as far as Wine can tell?

use std::path::Path;
use std::process::Command;

use crate::programs::run;
use crate::wine::Windows;

impl Windows {
    /// Builds one of the C programs beside this file.
    pub fn compile(&self, name: &str) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quoting").join(format!("{name}.c"));
        let ran = run(
            Command::new("x86_64-w64-mingw32-gcc")
                .args(["-municode", "-O2", "-s", "-o"])
                .arg(self.beside(format!("{name}.exe")))
                .arg(source),
            "gcc-mingw-w64-x86-64-win32",
        );
        assert!(ran.success, "{}", ran.err);
    }

    /// Builds an installer whose properties `V0` to `V<count - 1>` go to the registry key.
    pub fn package(&self, name: &str, key: &str, count: usize) {
        let source = format!("{name}.wxs");
        std::fs::write(self.beside(&source), installer_source(key, count)).unwrap();
        let built = self.run("wixl", "wixl", &["-a", "x64", "-o", name, &source]);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }

    /// Runs the lines as a batch file, the way scripts are carried out on a host: the lines it printed.
    pub fn batch(&self, lines: &[String]) -> Vec<String> {
        let text = format!("@echo off\r\n{}\r\n", lines.join("\r\n"));
        std::fs::write(self.beside("run.cmd"), text).unwrap();
        let ran = self.run("timeout", "coreutils", &["300", "wine", "cmd", "/c", "run.cmd"]);
        String::from_utf8_lossy(&ran.stdout).lines().map(|line| line.trim().to_owned()).collect()
    }
}

fn installer_source(key: &str, count: usize) -> String {
    let value =
        |n| format!(r#"<RegistryValue Root="HKLM" Key="{key}" Name="V{n}" Value="=[V{n}]" Type="string"/>"#);
    let values: Vec<String> = (0..count).map(value).collect();
    include_str!("properties.wxs").replace("<!-- values -->", &values.join("\n"))
}
