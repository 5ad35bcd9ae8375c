//! A site in the lab's network that the hosts' clients connect to.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fleet::{Done, Stage, scripts};

/// The lab's own end of its network.
const GATEWAY: &str = "10.99.255.254";

/// Where the next site's clients connect.
static PORT: AtomicU16 = AtomicU16::new(20_001);

/// The site; ended when it is dropped.
pub struct Site {
    folder: PathBuf,
    clients: String,
    child: Child,
}

impl Site {
    /// A site with a group `servers`, its installers kept as release `main`, and the stage's hosts told where it is.
    pub fn of(stage: &Stage, appliance: &str, rollout: &str) -> Self {
        let site = Self::start(stage, "1.9", appliance, rollout);
        let overrides = ["--allow-override", "tag,jump_group", "--platform", "linux_headless"];
        stage
            .jumpfleet(&[&["installer", "create", "main", "--group", "servers"], &overrides[..]].concat())
            .expect(0);
        let vars = [
            "jc_platform: linux_headless",
            "jc_user: jumpclient",
            "jc_boot: none",
            "jc_release: main",
            "jc_jump_group: 'jumpgroup:servers'",
        ];
        stage.inventory(&vars, |_, _| String::new());
        for host in &stage.hosts {
            let line = format!("echo appliance={} >>/etc/jump-client-stand-in", site.clients());
            stage.on(host, &line).expect(0);
        }
        site
    }

    /// A site of this version of the API with a group `servers` and an account, and settings for it, with these additions.
    pub fn start(stage: &Stage, version: &str, appliance: &str, rollout: &str) -> Self {
        let folder = stage.path().join("site");
        let clients = format!("{GATEWAY}:{}", PORT.fetch_add(1, Ordering::Relaxed));
        let child = Command::new(scripts("lab"))
            .args(["--name", stage.fleet.name(), "run"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/appliance/serve"))
            .arg(&folder)
            .args(["--version", version, "--clients", &clients])
            .stdin(Stdio::null())
            .spawn()
            .expect("the site can be started");
        let site = Self { folder, clients, child };
        until("the site listens", || site.folder.join("port").exists());
        site.order(json!({"do": "add", "kind": "account", "client_id": "live", "secret": "an-API-secret-1"}));
        site.order(json!({"do": "add", "kind": "group", "name": "Servers", "code_name": "servers"}));
        stage.write("id", "live");
        stage.write("secret", "an-API-secret-1");
        let port = std::fs::read_to_string(site.folder.join("port")).expect("a port");
        stage.write(
            "jumpfleet.yaml",
            &format!(
                "appliance: {{site: localhost, api_host: 'localhost:{port}', ca_file: site/ca.pem, client_id: {{file: id}}, \
                 client_secret: {{file: secret}}, model: b300{appliance}}}\nreleases: {{}}\n\
                 rollout: {{expected_install: 2s, ramp: none, budget: none{rollout}}}\n"
            ),
        );
        site
    }

    /// Where clients connect to it, as the stand-ins on hosts are told.
    pub fn clients(&self) -> &str {
        &self.clients
    }

    /// Tells the site to do something.
    pub fn order(&self, order: Value) -> Value {
        let mut control = UnixStream::connect(self.folder.join("control")).expect("a socket");
        writeln!(control, "{order}").expect("an order");
        let mut line = String::new();
        BufReader::new(control).read_line(&mut line).expect("an answer");
        let mut answer: Value = serde_json::from_str(&line).expect("JSON");
        assert!(answer.get("error").is_none(), "{order}: {answer}");
        answer["done"].take()
    }

    /// All the site has of a kind.
    pub fn all(&self, kind: &str) -> Vec<Value> {
        self.order(json!({"do": "show", "kind": kind})).as_array().expect("a list").clone()
    }

    /// The requests whose path is this one.
    pub fn asked(&self, path: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.join("requests.jsonl")).expect("the notes");
        let notes = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a note"));
        notes.filter(|note| note["path"] == path).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A validator reads afterwards whether all was as the vendor's specification has it.
        if let Some(folder) = std::env::var_os("JUMPFLEET_APPLIANCE_NOTES") {
            let kept = Path::new(&folder).join(format!("live-{}.jsonl", self.child.id()));
            std::fs::copy(self.folder.join("requests.jsonl"), kept).expect("notes");
        }
    }
}

/// Waits for something, a minute at most.
#[track_caller]
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How many hosts of the last run ended so.
pub fn count(stage: &Stage, outcome: &str) -> u64 {
    stage.report()["summary"]["counts"][outcome].as_u64().unwrap_or(0)
}

/// The events of this kind in the journal of the last run.
pub fn events(stage: &Stage, kind: &str) -> Vec<Value> {
    let runs = stage.path().join("state/jumpfleet/runs");
    let mut runs: Vec<_> =
        std::fs::read_dir(runs).expect("runs").map(|run| run.expect("a run").path()).collect();
    runs.sort();
    let journal = runs.last().expect("a run").join("journal.jsonl");
    let text = std::fs::read_to_string(journal).expect("a journal");
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
    events.filter(|event| event["event"] == kind).collect()
}

/// Both outputs of a program.
pub fn said(done: &Done) -> String {
    format!("{}{}", done.stdout, done.stderr)
}
