//! What does every fault begin with: hosts as if new, settings, installers, a planted secret?

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use crate::chance::Chance;
use crate::fleet::{Done, SITE, Stage};
use crate::hosts;
use crate::journal::{self, Line};
use crate::process::Running;

/// The variable through which the planted secret is given.
const CANARY: &str = "CHAOS_CANARY";

/// A rate at which many rounds fit into an hour; the vendor's own is tested with it in turn.
const FAST: [&str; 3] = ["--rate", "600/min", "--exceed-vendor-rate"];

/// A fleet, and the program as this fault runs it.
pub struct Scene<'s> {
    /// The hosts and the folder.
    pub stage: &'s Stage,
    /// Where the program keeps its runs.
    pub state: PathBuf,
    /// A password that must not be seen anywhere.
    pub canary: String,
    /// Whether installers start faster than the vendor allows.
    pub is_fast: bool,
    /// Whether its start limit is shared with other rounds.
    pub is_shared: bool,
    environment: Vec<(&'static str, OsString)>,
}

impl<'s> Scene<'s> {
    /// Headless hosts without a client, and runs that go by these settings of `rollout:` beside the usual.
    pub fn new(stage: &'s Stage, chance: &mut Chance, rules: &str) -> Self {
        tidy(stage);
        stage.standard_with(SITE, rules);
        let canary = format!("canary{:012x}{:012x}", chance.below(1 << 48), chance.below(1 << 48));
        let state = stage.path().join("state/jumpfleet");
        let is_fast = chance.percent(60);
        let environment = vec![(CANARY, canary.clone().into())];
        let is_shared = stage.shares_permits();
        let scene = Self { stage, state, canary, is_fast, is_shared, environment };
        scene.inventory(|_, _| String::new());
        scene
    }

    /// Writes the inventory with further variables of each host.
    pub fn inventory(&self, host: impl Fn(usize, &str) -> String) {
        let password = format!("ansible_become_password: {{env: {CANARY}}}");
        let vars = ["jc_platform: linux_headless", "jc_user: jumpclient", "jc_boot: none", &password];
        self.stage.inventory(&vars, host);
    }

    /// Gives the program a variable of its environment.
    pub fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.environment.push((name, value.into()));
    }

    /// Keeps the vendor's rate, with a start limit of its own.
    pub fn alone(&mut self) {
        self.set("JUMPFLEET_PERMITS_DIR", self.stage.path().join("own-permits"));
        (self.is_fast, self.is_shared) = (false, false);
    }

    /// Lets each installer take some time.
    pub fn installs_take(&self, chance: &mut Chance, least: u64, most: u64) {
        for host in &self.stage.hosts {
            let sleep = chance.between(least, most).as_secs_f64();
            hosts::behave(self.stage, host, &format!("sleep={sleep:.1}"));
        }
    }

    /// Starts the program.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.stage.command(arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        // Ctrl-C is for the rounds, not for what they test.
        command.process_group(0);
        Running::start_command(self.stage, &self.state, command)
    }

    /// Begins a rollout to the inventory.
    pub fn begin(&self, more: &[&str]) -> Running {
        let rate = if self.is_fast { &FAST[..] } else { &[] };
        self.start(&[&["rollout", "-i", "inventory.yaml", "--yes"], rate, more].concat())
    }

    /// Goes on with the newest run.
    pub fn go_on(&self) -> Running {
        self.start(&["rollout", "--resume"])
    }

    /// Kills a process and goes on with its run.
    pub fn go_on_after(&self, running: Running) -> Running {
        running.kill();
        self.go_on()
    }

    /// Goes on until nothing is left open; hosts that were lost are looked at again by each further process.
    pub fn bring_to_its_end(&self, mut done: Done) -> Done {
        for _ in 0..4 {
            if !self.is_open() {
                break;
            }
            done = self.go_on().end_within(PATIENCE);
        }
        done
    }

    /// Whether a resumed run would have something to do.
    pub fn is_open(&self) -> bool {
        let lines = self.lines();
        let is_closed = |host: &String| {
            let mut finished =
                lines.iter().filter(|line| line.host == *host && line.event == "host_finished");
            finished
                .next_back()
                .is_some_and(|line| is_final(line.value["outcome"].as_str().unwrap_or_default()))
        };
        !self.stage.hosts.iter().all(is_closed)
    }

    /// The newest run's journal.
    pub fn journal(&self) -> PathBuf {
        journal::newest(&self.state).expect("a journal")
    }

    /// What stands in it.
    pub fn lines(&self) -> Vec<Line> {
        journal::newest(&self.state).map_or_else(Vec::new, |path| journal::read(&path))
    }
}

/// How long a run may take that met a fault: hosts that were lost are waited for.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(240);

/// Whether a resumed run leaves a host with this outcome alone.
pub fn is_final(outcome: &str) -> bool {
    !matches!(outcome, "unknown" | "not_started")
}

/// Makes the hosts as they were before any fault, whatever an earlier one left when it failed.
fn tidy(stage: &Stage) {
    hosts::everywhere(
        stage,
        &stage.hosts,
        "pkill -CONT -x sshd; pkill -KILL -x bomgar-pec; pkill -KILL -f '[j]umpfleet-2'
         rm -rf /opt/jumpclient /var/lib/jumpfleet /var/tmp/jumpfleet-* /etc/jump-client-stand-in
         : >/var/lib/jump-client-stand-in/starts
         : >/var/lib/jump-client-stand-in/ends
         printf 'admin ALL=(ALL:ALL) NOPASSWD: ALL\\noperator ALL=(ALL:ALL) ALL\\n' >/etc/sudoers.d/lab
         rm -f /etc/ssh/sshrc; cp /etc/skel/.bashrc /home/admin/.bashrc; passwd -q -l admin",
    );
}
