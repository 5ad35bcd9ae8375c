//! Does `lint` say everything that is wrong or odd, at its line and in every format, and does `init` write what
//! `lint` and `plan` are content with?
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "lint/findings.rs"]
mod findings;
#[path = "lint/formats.rs"]
mod formats;
#[path = "lint/init.rs"]
mod init;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A folder to work in.
pub struct Project(tempfile::TempDir);

/// What a command came to.
pub struct Done {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl Done {
    /// The same, if it ended so.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        self
    }
}

impl Project {
    /// A folder with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| project.write(name, text));
        project
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file that its owner may write and all may read.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.allow(name, 0o644);
    }

    /// Sets the permissions of a file.
    pub fn allow(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Runs the program here.
    pub fn jumpfleet(&self, arguments: &[&str]) -> Done {
        self.jumpfleet_with(arguments, &[])
    }

    /// Runs the program here, with these environment variables.
    pub fn jumpfleet_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
        command.args(arguments).current_dir(self.path()).env("HOME", self.path()).stdin(Stdio::null());
        for variable in ["JUMPFLEET_CONFIG", "JUMPFLEET_STATE_DIR", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"] {
            command.env_remove(variable);
        }
        command.envs(environment.iter().copied());
        let done = command.output().expect("the program can be started");
        Done {
            code: done.status.code().unwrap_or(-1),
            stdout: String::from_utf8(done.stdout).unwrap(),
            stderr: String::from_utf8(done.stderr).unwrap(),
        }
    }
}

/// What checks against a schema that lies in the repository.
pub fn validator(path: &str) -> jsonschema::Validator {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// Everything that a validator has to say about a value.
pub fn flaws(validator: &jsonschema::Validator, value: &serde_json::Value) -> String {
    validator.iter_errors(value).map(|flaw| format!("  at {}: {flaw}\n", flaw.instance_path())).collect()
}
