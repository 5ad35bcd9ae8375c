//! What does an end-to-end test stand on? Real hosts of its own, stand-in installers, and the program.
//!
//! A test binary raises one fleet, shares its hosts out so that no two tests touch the same one, and
//! takes the fleet down when the last test has ended.
#![allow(dead_code, reason = "each test binary uses a part of it")]

mod places;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

/// A test: its name, how many hosts it needs for itself, and what it does.
pub type Test = (&'static str, usize, fn(&Stage));

/// A key as the site gives it out; tests look for it in everything that is written.
pub const KEY: &str = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";

/// The site of all releases, unless a test wants its own start limit.
pub const SITE: &str = "pra.example.org";

/// How many tests go on at once when the command line does not say.
const AT_ONCE: usize = 10;

/// A kind of hosts that the lab can raise.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What the names of its hosts begin with.
    prefix: char,
    /// The words of `scripts/lab up` for so many of them.
    words: fn(usize) -> Vec<String>,
}

/// Hosts on which systemd is the first process.
pub const SYSTEMD: Kind = Kind { prefix: 'h', words: |count| vec![count.to_string()] };

/// Hosts with sshd only.
pub const LIGHT: Kind = Kind { prefix: 'h', words: |count| vec![count.to_string(), "--light".into()] };

/// Raspberry Pis, light and with emulated programs.
pub const ARM64: Kind =
    Kind { prefix: 'p', words: |count| vec!["0".into(), "--arm64".into(), count.to_string()] };

/// Wine behind an SSH server that behaves like Windows' own.
pub const WINDOWS: Kind =
    Kind { prefix: 'w', words: |count| vec!["0".into(), "--windows".into(), count.to_string()] };

/// The same beside two light hosts, `h001` and `h002`, that belong to no test in particular.
pub const WINDOWS_AND_LIGHT: Kind = Kind {
    prefix: 'w',
    words: |count| ["2", "--light", "--windows", &count.to_string()].map(str::to_owned).to_vec(),
};

/// Hosts that pass for Macs.
pub const MAC: Kind =
    Kind { prefix: 'm', words: |count| vec!["0".into(), "--mac".into(), count.to_string()] };

/// Raises a fleet of that name, runs the tests on it, takes it down.
pub fn run<F>(name: &str, light: bool, tests: &[(&'static str, usize, F)]) -> ExitCode
where
    F: Fn(&Stage) + Copy + Send + 'static,
{
    run_on(if light { LIGHT } else { SYSTEMD }, name, tests)
}

/// The same on hosts of any kind.
pub fn run_on<F>(kind: Kind, name: &str, tests: &[(&'static str, usize, F)]) -> ExitCode
where
    F: Fn(&Stage) + Copy + Send + 'static,
{
    let mut arguments = Arguments::from_args();
    // Most of a test is waiting for a host, so more of them go on at once than there are processors.
    arguments.test_threads.get_or_insert(AT_ONCE);
    let wanted: Vec<_> = tests.iter().filter(|(name, ..)| is_wanted(&arguments, name)).collect();
    let hosts: usize = wanted.iter().map(|(_, hosts, _)| hosts).sum();
    let idle = arguments.list || hosts == 0;
    let fleet = if idle { None } else { Some(Arc::new(Fleet::raise(name, &(kind.words)(hosts)))) };
    let mut next = 1;
    let mut trials = Vec::new();
    for (name, hosts, test) in wanted {
        let names: Vec<String> =
            (next..next + hosts).map(|number| format!("{}{number:03}", kind.prefix)).collect();
        next += hosts;
        let (fleet, test) = (fleet.clone(), *test);
        trials.push(Trial::test(*name, move || {
            let fleet = fleet.ok_or_else(|| Failed::from("there is no fleet"))?;
            test(&Stage::new(fleet, names));
            Ok(())
        }));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(fleet);
    conclusion.exit_code()
}

/// Whether a test was asked for, so that hosts are raised only for those that were.
fn is_wanted(arguments: &Arguments, name: &str) -> bool {
    let fits = |word: &String| if arguments.exact { name == word } else { name.contains(word.as_str()) };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}

/// A program of `scripts/`.
pub fn scripts(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name)
}

/// A fleet that is up as long as this lives.
pub struct Fleet {
    name: String,
}

impl Fleet {
    /// Raises a fleet of light or systemd hosts.
    pub fn up(name: &str, hosts: usize, light: bool) -> Self {
        Self::raise(name, &((if light { LIGHT } else { SYSTEMD }).words)(hosts))
    }

    /// Raises a fleet of any kinds; `words` are those of `scripts/lab up`.
    pub fn raise(name: &str, words: &[String]) -> Self {
        let name = format!("{name}-{}", std::process::id());
        let mut up = Command::new(scripts("lab"));
        up.args(["--name", &name, "up"]).args(words);
        let fleet = Self { name };
        let raised = up.status().expect("scripts/lab can be started");
        assert!(raised.success(), "the fleet could not be raised");
        fleet
    }

    /// The lab's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The lab's own folder.
    pub fn folder(&self) -> PathBuf {
        let base = std::env::var("JUMPFLEET_LAB_DIR").unwrap_or_else(|_| "/var/lib/jumpfleet-lab".into());
        Path::new(&base).join(&self.name)
    }

    /// A command of the lab.
    pub fn lab(&self, arguments: &[&str]) -> Output {
        let mut lab = Command::new(scripts("lab"));
        lab.args(["--name", &self.name]).args(arguments).stdin(Stdio::null());
        lab.output().expect("scripts/lab can be started")
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let down = self.lab(&["down"]);
        if !down.status.success() {
            eprintln!("the fleet could not be taken down: {}", String::from_utf8_lossy(&down.stderr));
        }
    }
}

/// What one test works with: its hosts and a folder of its own.
pub struct Stage {
    /// The fleet.
    pub fleet: Arc<Fleet>,
    /// The hosts that are this test's own.
    pub hosts: Vec<String>,
    folder: tempfile::TempDir,
    permits: Option<PathBuf>,
}

/// What a finished program left.
#[derive(Debug)]
pub struct Done {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Done {
    /// The same, if the exit code is this one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

impl Stage {
    /// Hosts of a fleet, for one test alone.
    pub fn new(fleet: Arc<Fleet>, hosts: Vec<String>) -> Self {
        Self { fleet, hosts, folder: tempfile::tempdir().expect("a temporary folder"), permits: None }
    }

    /// The same with start limits that other tests share.
    pub fn sharing(mut self, permits: &Path) -> Self {
        self.permits = Some(permits.to_owned());
        self
    }

    /// Whether other tests share its start limits.
    pub fn shares_permits(&self) -> bool {
        self.permits.is_some()
    }

    /// The test's own folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the test's folder.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Builds a stand-in installer into `folder` of the test's folder.
    pub fn build(&self, folder: &str, arguments: &[&str]) -> PathBuf {
        let builder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand_in/build");
        let built = Command::new(builder)
            .args(["--site", SITE, "--out", folder])
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("the builder can be started");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        self.path().join(String::from_utf8_lossy(&built.stdout).trim())
    }

    /// Settings and installers as most tests want them: headless and service mode, overrides permitted.
    pub fn standard(&self) {
        self.standard_for(SITE);
    }

    /// The same for another site, which has a start limit of its own.
    pub fn standard_for(&self, site: &str) {
        self.standard_with(site, "");
    }

    /// The same with further settings of `rollout:`, such as `connect_deadline: 5s`.
    ///
    /// Runs go straight ahead, without ramp, gates and budget, unless the test names them.
    pub fn standard_with(&self, site: &str, rollout: &str) {
        let plain = ["ramp", "gates", "budget"].into_iter().filter(|name| !rollout.contains(name));
        let plain: String = plain.map(|name| format!(", {name}: none")).collect();
        for mode in ["headless", "service"] {
            let expires = ["--expires", "2035-01-01T00:00:00Z"];
            let overrides = ["--overrides", "name,jump_group,jump_policy,tag,comments"];
            let rest = ["--product", "bomgar-pec", "--uid", KEY, "--mode", mode];
            self.build(&format!("installers/{mode}"), &[&expires[..], &overrides, &rest].concat());
        }
        self.write(
            "jumpfleet.yaml",
            &format!(
                "appliance: {{site: {site}, model: b300}}\n\
                 releases:\n  main:\n    product: bomgar-pec\n    expires: 2035-01-01T00:00:00Z\n    \
                 overrides: [name, jump_group, jump_policy, tag, comments]\n    files:\n      \
                 linux_headless: installers/headless/bomgar-pec-*.bin\n      \
                 linux_service: installers/service/bomgar-pec-*.bin\n\
                 rollout: {{release: main, expected_install: 5s{plain}{}{rollout}}}\n",
                if rollout.is_empty() { "" } else { ", " }
            ),
        );
    }

    /// Writes `inventory.yaml` with the test's hosts; `vars` are lines for all, `host` adds a host's own.
    pub fn inventory(&self, vars: &[&str], host: impl Fn(usize, &str) -> String) {
        let lab =
            fs::read_to_string(self.fleet.folder().join("inventory.yaml")).expect("the lab's inventory");
        let address = |name: &str| {
            let line = lab.lines().find(|line| line.trim_start().starts_with(&format!("{name}:")));
            let line = line.unwrap_or_else(|| panic!("{name} is not in the lab's inventory"));
            line.split_once('{').expect("variables").1.trim_end_matches('}').to_owned()
        };
        let common = lab.split_once("\n  vars:\n").expect("variables").1;
        let mut text = String::from("fleet:\n  hosts:\n");
        for (index, name) in self.hosts.iter().enumerate() {
            let own = host(index, name);
            let own = if own.is_empty() { String::new() } else { format!(", {own}") };
            text += &format!("    {name}: {{{}{own}}}\n", address(name));
        }
        text += "  vars:\n";
        let named: Vec<&str> =
            vars.iter().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
        for line in common.lines() {
            let name = line.trim().split(':').next().unwrap_or_default();
            if !named.contains(&name) {
                text += &format!("{line}\n");
            }
        }
        for line in vars {
            text += &format!("    {line}\n");
        }
        self.write("inventory.yaml", &text);
    }

    /// The inventory of headless hosts that most tests want.
    pub fn headless(&self) {
        self.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient"], |_, _| String::new());
    }

    /// A host's address in the lab's network.
    pub fn address(&self, host: &str) -> String {
        let known =
            fs::read_to_string(self.fleet.folder().join("inventory.yaml")).expect("the lab's inventory");
        let line = known.lines().find(|line| line.trim_start().starts_with(&format!("{host}:")));
        let address = line.and_then(|line| line.split_once("ansible_host: ")).expect("an address").1;
        address.trim_end_matches('}').to_owned()
    }

    /// Where the files that a host has changed can be read from outside, also while it is cut off.
    pub fn changed(&self, host: &str) -> PathBuf {
        self.fleet.folder().join("hosts").join(host).join("upper")
    }

    /// Something done to a host from outside, such as `cut` or `thaw`.
    pub fn lab(&self, command: &str, host: &str) {
        let done = self.fleet.lab(&[command, host]);
        assert!(done.status.success(), "{command} {host}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Where the start limits of this test's runs are kept, so that tests do not wait for each other.
    pub fn permits(&self) -> PathBuf {
        self.permits.clone().unwrap_or_else(|| self.path().join("state/jumpfleet/permits"))
    }

    /// The program in the lab's network, to be given more and started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(scripts("lab"));
        command
            .args(["--name", &self.fleet.name, "run", env!("CARGO_BIN_EXE_jumpfleet")])
            .args(arguments)
            .current_dir(self.path())
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("JUMPFLEET_PERMITS_DIR", self.permits())
            .env("HOME", self.path())
            .env_remove("SSH_AUTH_SOCK")
            .env_remove("CI")
            .env_remove("GITHUB_ACTIONS")
            .stdin(Stdio::null());
        command
    }

    /// A shell line in the lab's network, where `jumpfleet` is the program; both outputs become one.
    pub fn shell(&self, line: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_jumpfleet"));
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(scripts("lab"));
        command
            .args(["--name", &self.fleet.name, "run", "sh", "-c", &format!("exec 2>&1\n{line}")])
            .current_dir(self.path())
            .env("PATH", format!("{}:{path}", program.parent().expect("a folder").display()))
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("JUMPFLEET_PERMITS_DIR", self.permits())
            .env("HOME", self.path())
            .env("LOGNAME", "ada")
            .env_remove("SSH_AUTH_SOCK")
            .env_remove("CI")
            .env_remove("GITHUB_ACTIONS")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn jumpfleet(&self, arguments: &[&str]) -> Done {
        self.command(arguments).output().expect("the program can be started").into()
    }

    /// Starts the program and leaves it running; its output goes to files of the test's folder.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let file = |name: &str| fs::File::create(self.path().join(name)).expect("a file");
        let mut command = self.command(arguments);
        command.stdout(file("stdout")).stderr(file("stderr")).spawn().expect("the program can be started")
    }

    /// Rolls out to the inventory unasked.
    pub fn rollout(&self, more: &[&str]) -> Done {
        self.jumpfleet(&[&["rollout", "-i", "inventory.yaml", "--yes"], more].concat())
    }

    /// The last run's report as JSON.
    pub fn report(&self) -> serde_json::Value {
        let report = self.jumpfleet(&["report", "latest", "--format", "json"]).expect(0);
        serde_json::from_str(&report.stdout).expect("a JSON report")
    }

    /// Runs a shell line as root inside a host.
    pub fn on(&self, host: &str, line: &str) -> Done {
        self.fleet.lab(&["exec", host, "sh", "-c", line]).into()
    }

    /// The start lines of a host's installers, as the stand-ins wrote them.
    pub fn starts(&self, host: &str) -> Vec<String> {
        let text = self.on(host, "cat /var/lib/jump-client-stand-in/starts 2>/dev/null || true").stdout;
        text.lines().map(str::to_owned).collect()
    }

    /// How many clients run on a host.
    pub fn clients(&self, host: &str) -> usize {
        self.on(host, "pgrep -cx bomgar-pec || true").stdout.trim().parse().unwrap_or_default()
    }
}
