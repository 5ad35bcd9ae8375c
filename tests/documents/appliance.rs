//! Who answers where a page asks the site's API?

use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::fleet::{Stage, scripts};
use crate::stand_in;

/// A stand-in for the site in the lab's network; ended when it is dropped.
pub struct Appliance(Child);

impl Appliance {
    pub fn start(stage: &Stage, version: &str) -> Self {
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
        Self(child)
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
