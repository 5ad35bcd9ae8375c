//! Which hosts does each of several rollouts get?
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fs;
use std::path::PathBuf;

use crate::fleet::Stage;
use crate::journal::{self, Line};
use crate::process::Running;

/// Settings, installers and an inventory of headless hosts that nothing starts at boot.
pub fn prepare(stage: &Stage) {
    stage.standard();
    let vars = ["jc_platform: linux_headless", "jc_user: jumpclient", "jc_boot: none"];
    stage.inventory(&vars, |_, _| String::new());
}

/// One of several rollouts: its own hosts and its own state folder; permits are the whole stage's.
pub struct Share<'s> {
    stage: &'s Stage,
    name: String,
}

impl<'s> Share<'s> {
    /// Writes the inventory of these hosts.
    pub fn new(stage: &'s Stage, name: &str, hosts: &[String]) -> Self {
        let all = fs::read_to_string(stage.path().join("inventory.yaml")).expect("the inventory");
        let is = |line: &str, host: &String| line.starts_with(&format!("    {host}:"));
        let is_foreign = |line: &str| stage.hosts.iter().any(|host| !hosts.contains(host) && is(line, host));
        let lines: Vec<&str> = all.lines().filter(|line| !is_foreign(line)).collect();
        stage.write(&format!("{name}.yaml"), &format!("{}\n", lines.join("\n")));
        Self { stage, name: name.to_owned() }
    }

    fn state(&self) -> PathBuf {
        self.stage.path().join(format!("{}-state", self.name))
    }

    /// Begins the rollout.
    pub fn begin(&self, more: &[&str]) -> Running {
        let inventory = format!("{}.yaml", self.name);
        let rollout = ["rollout", "-i", &inventory, "--yes"];
        Running::start_with(self.stage, &self.state(), &[&rollout[..], more].concat())
    }

    /// Begins the rollout as somebody whose home holds nothing yet, and who names no folder of permits.
    pub fn begin_at_home(&self) -> Running {
        let home = self.stage.path().join(format!("{}-home", self.name));
        let mut command = self.stage.command(&["rollout", "-i", &format!("{}.yaml", self.name), "--yes"]);
        command.env("HOME", &home).env("XDG_STATE_HOME", home.join("state"));
        command.env_remove("JUMPFLEET_PERMITS_DIR");
        Running::start_command(self.stage, &self.state(), command)
    }

    /// Goes on with the rollout, or begins it when no run came into being.
    pub fn go_on(&self) -> Running {
        if journal::newest(&self.state()).is_none() {
            return self.begin(&[]);
        }
        Running::start_with(self.stage, &self.state(), &["rollout", "--resume"])
    }

    /// The hosts and the moments at which their installers were told to start, in seconds since 1970.
    pub fn sent(&self) -> Vec<(String, f64)> {
        let lines = journal::read(&journal::newest(&self.state()).expect("a journal"));
        let started = lines.into_iter().filter(|line| line.event == "install_started");
        let seconds = |line: Line| (line.host, line.at.as_millisecond() as f64 / 1000.0);
        started.map(seconds).collect()
    }
}
