//! A folder with settings, an inventory and an installer file, and the program run in it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const SETTINGS: &str = "\
appliance: {site: pra.example.org, model: b400, clients: 140}
releases:
  spring:
    product: bomgar-pec
    expires: 2035-01-01T00:00:00Z
    overrides: [jump_group, tag, comments]
    files: {linux_headless: installers/bomgar-pec-*.bin}
rollout: {release: spring, retries: none}
";

/// What all hosts of the tests have.
pub const VARS: &str = "\
all:
  vars:
    ansible_user: admin
    ansible_become: true
    jc_platform: linux_headless
    jc_user: jumpclient
";

pub struct Scene {
    folder: TempDir,
}

/// What a command printed, and how it ended.
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Scene {
    pub fn new(fleet: &str) -> Self {
        let scene = Self { folder: tempfile::tempdir().expect("a folder") };
        scene.write("jumpfleet.yaml", SETTINGS);
        scene.write("installers/bomgar-pec-0123456789abcdef0123456789abcdef.bin", "installer");
        scene.write("fleet.yaml", &format!("{fleet}{VARS}"));
        scene
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program, in this folder and in no CI system.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
        command.current_dir(self.path()).env("XDG_STATE_HOME", self.path().join("state"));
        command.env("HOME", self.path());
        for name in
            ["GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "CI_PROJECT_DIR"]
        {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        done(self.command().args(arguments).output().expect("the program starts"))
    }

    /// The same in a step of a GitHub job.
    pub fn on_github(&self, arguments: &[&str]) -> Done {
        let mut command = self.command();
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", self.path());
        command.env("GITHUB_STEP_SUMMARY", self.path().join("summary.md"));
        command.env("GITHUB_OUTPUT", self.path().join("outputs"));
        done(command.args(arguments).output().expect("the program starts"))
    }

    /// Saves a plan of the inventory under this name.
    pub fn plan(&self, name: &str, more: &[&str]) {
        let arguments = [&["plan", "-q", "-i", "fleet.yaml", "-o", name], more].concat();
        self.run(&arguments).expect(0);
    }

    /// A saved plan in a format.
    pub fn show(&self, plan: &str, format: &str) -> String {
        self.run(&["plan", "show", plan, "--format", format]).expect(0).stdout
    }
}

pub fn done(output: Output) -> Done {
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

impl Done {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }
}
