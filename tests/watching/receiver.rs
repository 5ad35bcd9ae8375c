//! Who takes what jumpfleet tells? A server in the lab's network, and what it wrote down.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine;
use serde::Deserialize;
use serde_json::Value;

use crate::fleet::{Stage, scripts};
use crate::process::{Running, until};

/// The part of an address that must not be found anywhere.
pub const SECRET: &str = "T0k3nOfTheWebhook";

/// The server; ended when it is dropped.
pub struct Receiver {
    folder: PathBuf,
    port: u16,
    scheme: &'static str,
    child: Child,
}

/// A request as it came.
#[derive(Debug, Clone, Deserialize)]
pub struct Taken {
    pub at: f64,
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    body: String,
}

impl Taken {
    pub fn body(&self) -> Vec<u8> {
        base64::engine::general_purpose::STANDARD.decode(&self.body).expect("base64")
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/json");
        serde_json::from_slice(&self.body()).expect("JSON")
    }
}

impl Receiver {
    /// A server without TLS.
    pub fn start(stage: &Stage) -> Self {
        Self::with(stage, &[])
    }

    /// A server with this certificate and key.
    pub fn start_tls(stage: &Stage, certificate: &Path, key: &Path) -> Self {
        Self::with(stage, &[certificate, key])
    }

    fn with(stage: &Stage, files: &[&Path]) -> Self {
        let folder = stage.path().join(format!("receiver-{}", files.len()));
        fs::create_dir_all(&folder).expect("a folder");
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/watching/receiver.py");
        let child = Command::new(scripts("lab"))
            .args(["--name", stage.fleet.name(), "run", "python3"])
            .arg(program)
            .arg(&folder)
            .args(files)
            .stdin(Stdio::null())
            .spawn()
            .expect("the receiver can be started");
        let port = folder.join("port");
        until("the receiver listens", || port.exists());
        let port = fs::read_to_string(port).expect("a port").parse().expect("a number");
        let scheme = if files.is_empty() { "http" } else { "https" };
        Self { folder, port, scheme, child }
    }

    /// An address at which it answers in this way.
    pub fn url(&self, how: &str) -> String {
        format!("{}://127.0.0.1:{}/{how}/{SECRET}", self.scheme, self.port)
    }

    /// Where it listens.
    pub fn base(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// Everything that came so far.
    pub fn taken(&self) -> Vec<Taken> {
        let text = fs::read_to_string(self.folder.join("requests")).expect("the requests");
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).expect("a request")).collect()
    }

    /// The JSON of the webhook's messages so far.
    pub fn messages(&self) -> Vec<Value> {
        self.taken().iter().map(Taken::json).collect()
    }

    /// Forgets what came so far.
    pub fn clear(&self) {
        fs::write(self.folder.join("requests"), "").expect("a file");
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // It has ended already if it could not be started.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Begins a rollout with these variables.
pub fn begin(stage: &Stage, variables: &[(&str, &str)], more: &[&str]) -> Running {
    command(stage, variables, &[&["rollout", "-i", "inventory.yaml", "--yes"], more].concat())
}

/// Begins a command with these variables, and none of those that would be in the way.
pub fn command(stage: &Stage, variables: &[(&str, &str)], arguments: &[&str]) -> Running {
    let mut command = stage.command(arguments);
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]
    {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    Running::start_command(stage, &stage.path().join("state/jumpfleet"), command)
}

/// Asserts that no file below the stage's folder holds the secret, but for what the server wrote down.
#[track_caller]
pub fn assert_secret_is_kept(stage: &Stage) {
    let mut folders = vec![stage.path().to_owned()];
    let mut looked = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with("receiver-") {
                    folders.push(path);
                }
            } else if let Ok(bytes) = fs::read(&path) {
                looked += 1;
                let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
                assert!(!found, "{} shows the address", path.display());
            }
        }
    }
    assert!(looked > 5, "only {looked} files were looked at");
}
