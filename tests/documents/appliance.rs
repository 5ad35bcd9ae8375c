//! Who answers where a page asks the site's API?

use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;

use crate::fleet::{Stage, scripts};
use crate::stand_in;

/// Pages name its port, and the lab has one network: one page after the other has an appliance.
static PORT: Mutex<()> = Mutex::new(());

/// A stand-in for the site in the lab's network; ended when it is dropped.
pub struct Appliance {
    process: Child,
    _port: MutexGuard<'static, ()>,
}

impl Appliance {
    pub fn start(stage: &Stage, version: &str) -> Self {
        let port = PORT.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = stage.path().join("site");
        let child = Command::new(scripts("lab"))
            .args(["--name", stage.fleet.name(), "run"])
            .arg(stand_in::program())
            .arg(&folder)
            .args(["--version", version, "--port", "18443"])
            .stdin(Stdio::null())
            .spawn()
            .expect("the appliance can be started");
        stand_in::listening(&folder);
        // What the site knows from the start.
        for order in [
            json!({"do": "add", "kind": "account", "client_id": "jumpfleet", "secret": "an-API-secret-1"}),
            json!({"do": "add", "kind": "group", "name": "Servers", "code_name": "servers"}),
        ] {
            stand_in::order(&folder, &order);
        }
        Self { process: child, _port: port }
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
