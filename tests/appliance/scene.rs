//! A stand-in appliance, and what it was asked.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jumpfleet::appliance::{Account, Credentials};
use jumpfleet::model::Secret;
use jumpfleet::web::{Address, Ask, Client, Plain};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::stand_in;

pub const ID: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
pub const SECRET: &str = "S3cretOfTheApiAccount+/=";

/// The appliance; ended when it is dropped.
pub struct Site {
    folder: TempDir,
    port: u16,
    child: Child,
}

/// A request as it came, and its answer.
#[derive(Debug, Deserialize)]
pub struct Asked {
    pub at: f64,
    pub method: String,
    pub path: String,
    pub query: Map<String, Value>,
    pub headers: Map<String, Value>,
    pub status: u16,
}

impl Site {
    /// An appliance of this version of the API with an account that may do everything.
    pub fn start(version: &str) -> Self {
        Self::with(version, &[], json!({}))
    }

    /// The same with options of its own, and an account with these permissions.
    pub fn with(version: &str, options: &[&str], permissions: Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let child = Command::new(stand_in::program())
            .arg(folder.path().join("site"))
            .args(["--version", version])
            .args(options)
            .stdin(Stdio::null())
            .spawn()
            .expect("the appliance can be started");
        let port = stand_in::listening(&folder.path().join("site"));
        let site = Self { folder, port, child };
        let mut account = json!({"do": "add", "kind": "account", "client_id": ID, "secret": SECRET});
        let fields = account.as_object_mut().expect("an object");
        fields.extend(permissions.as_object().expect("an object").clone());
        site.order(account);
        site
    }

    /// Tells the appliance to do something.
    pub fn order(&self, order: Value) -> Value {
        stand_in::order(&self.folder.path().join("site"), &order)
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        let text = fs::read_to_string(self.folder.path().join("site/requests.jsonl")).expect("the notes");
        text.lines().map(|line| serde_json::from_str(line).expect("a note")).collect()
    }

    /// The account, as the program asks through it.
    pub fn account(&self) -> Account {
        self.account_with(SECRET)
    }

    /// The same with another secret.
    pub fn account_with(&self, secret: &str) -> Account {
        Account::new(self.client(), Credentials { id: Secret::new(ID), secret: Secret::new(secret) })
    }

    fn client(&self) -> Client {
        let address = Address::parse(&format!("https://localhost:{}", self.port), Plain::Loopback).unwrap();
        let authority = fs::read_to_string(self.folder.path().join("site/ca.pem")).expect("a certificate");
        Client::new(address, Some(&authority), Duration::from_secs(10), &|_| None).unwrap()
    }

    /// A token that somebody else got for the account.
    pub fn mint(&self) -> String {
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{ID}:{SECRET}")));
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let headers = [("Authorization", &*basic), kind, ("Connection", "close")];
        let body = b"grant_type=client_credentials";
        let ask = Ask { method: "POST", target: "/oauth2/token", headers: &headers, body };
        let answer: Value = serde_json::from_slice(&self.client().ask(&ask).unwrap().body).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// What somebody hears who asks with this token.
    pub fn status(&self, target: &str, token: &str) -> u16 {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", &*bearer), ("Accept", "application/json"), ("Connection", "close")];
        self.client().ask(&Ask { method: "GET", target, headers: &headers, body: &[] }).unwrap().status
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Settings for this site, with these lines below `appliance`.
    pub fn settings(&self, lines: &str) {
        let text = format!(
            "appliance:\n  site: localhost\n  api_host: localhost:{}\n  ca_file: site/ca.pem\n{lines}releases: {{}}\n",
            self.port
        );
        fs::write(self.path().join("jumpfleet.yaml"), text).expect("settings");
    }

    /// Runs the program beside those settings.
    pub fn jumpfleet(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
        command.args(arguments).current_dir(self.path()).env("HOME", self.path()).stdin(Stdio::null());
        for variable in ["JUMPFLEET_CONFIG", "BT_API_HOST", "BT_CLIENT_ID", "BT_CLIENT_SECRET", "https_proxy"]
        {
            command.env_remove(variable);
        }
        command.envs(environment.iter().copied()).output().expect("the program can be started")
    }
}

/// How a run of the program ended: its code, and both outputs, in which no secret of the account may stand.
pub fn ended(done: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert!(!format!("{out}{err}").contains(SECRET));
    (done.status.code().expect("a code"), out, err)
}

/// The account in the environment.
pub const OWN: [(&str, &str); 2] = [("BT_CLIENT_ID", ID), ("BT_CLIENT_SECRET", SECRET)];

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A validator reads afterwards whether all was as the vendor's specification has it.
        if let Some(folder) = std::env::var_os("JUMPFLEET_APPLIANCE_NOTES") {
            let kept = Path::new(&folder).join(format!("{}.jsonl", self.port));
            let notes = fs::read(self.path().join("site/requests.jsonl")).unwrap_or_default();
            let mut file =
                fs::OpenOptions::new().create(true).append(true).open(kept).expect("a file for notes");
            file.write_all(&notes).expect("notes");
        }
    }
}
