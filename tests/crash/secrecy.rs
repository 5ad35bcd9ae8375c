//! Is any secret written where people or programs could read it?

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use crate::chance::Chance;
use crate::fleet::{Done, Stage};
use crate::hosts;
use crate::journal;

/// Planted strings; each is a secret of another kind.
struct Canaries {
    key_in_name: String,
    key_in_environment: String,
    loud_key_in_name: String,
    loud_key_in_environment: String,
    login: String,
    sudo: String,
    passphrase: String,
    wrong_login: String,
    wrong_sudo: String,
    wrong_passphrase: String,
}

impl Canaries {
    fn new() -> Self {
        let mut chance = Chance::new("secrecy");
        let mut planted =
            |name: &str| format!("canary{name}{:012x}{:012x}", chance.below(1 << 48), chance.below(1 << 48));
        Self {
            key_in_name: planted("KeyInName"),
            key_in_environment: planted("KeyInEnvironment"),
            loud_key_in_name: planted("LoudKeyInName"),
            loud_key_in_environment: planted("LoudKeyInEnvironment"),
            login: planted("Login"),
            sudo: planted("Sudo"),
            passphrase: planted("Passphrase"),
            wrong_login: planted("WrongLogin"),
            wrong_sudo: planted("WrongSudo"),
            wrong_passphrase: planted("WrongPassphrase"),
        }
    }

    fn keys(&self) -> [&str; 4] {
        [&self.key_in_name, &self.key_in_environment, &self.loud_key_in_name, &self.loud_key_in_environment]
    }

    /// The ones that no host may show to anybody.
    fn passwords(&self) -> [&str; 6] {
        let Self { login, sudo, passphrase, wrong_login, wrong_sudo, wrong_passphrase, .. } = self;
        [login, sudo, passphrase, wrong_login, wrong_sudo, wrong_passphrase]
    }

    fn all(&self) -> Vec<&str> {
        [&self.keys()[..], &self.passwords()].concat()
    }

    fn environment(&self) -> [(&'static str, &str); 6] {
        [
            ("KEY", &self.key_in_environment),
            ("LOUD_KEY", &self.loud_key_in_environment),
            ("LOGIN", &self.login),
            ("WRONG_LOGIN", &self.wrong_login),
            ("WRONG_SUDO", &self.wrong_sudo),
            ("WRONG_PASSPHRASE", &self.wrong_passphrase),
        ]
    }
}

pub fn secrets_are_nowhere(stage: &Stage) {
    let canaries = Canaries::new();
    prepare(stage, &canaries);
    let (said, watched) = watch(stage, &canaries);
    assert_masked(&said);
    assert_outcomes(stage);
    canaries.all().into_iter().for_each(|canary| assert_unsaid(stage, &said, &watched, canary));
    canaries.passwords().into_iter().for_each(|canary| assert_unseen_on_hosts(stage, &watched, canary));
    assert_eq!(hosts::staged(stage, &stage.hosts), Vec::<String>::new());
    prove_the_search(stage, &canaries.login);
}

/// Neither printed, nor in a file of this machine, nor on a command line of the program.
fn assert_unsaid(stage: &Stage, said: &[String], watched: &Watched, canary: &str) {
    for text in said {
        assert!(!text.contains(canary), "{canary} was printed:\n{text}");
    }
    assert!(!watched.controller.iter().any(|line| line.contains(canary)), "{canary} on a command line");
    assert_eq!(found(stage.path(), canary), Vec::<PathBuf>::new(), "{canary}");
}

/// Neither on a command line nor in a file of any host.
fn assert_unseen_on_hosts(stage: &Stage, watched: &Watched, canary: &str) {
    assert!(!watched.everybody.iter().any(|line| line.contains(canary)), "{canary} on a command line");
    for host in &stage.hosts {
        let files = stage.fleet.folder().join("hosts").join(host).join("upper");
        assert_eq!(found(&files, canary), Vec::<PathBuf>::new(), "{canary} on {host}");
    }
}

/// What a planted canary looks like when it is found: the searches above would have seen it.
fn prove_the_search(stage: &Stage, canary: &str) {
    stage.write("state/jumpfleet/runs/planted", &format!("before {canary} after"));
    stage.write(&format!("planted-{canary}"), "");
    assert_eq!(found(stage.path(), canary).len(), 2);
    let mut shown = Command::new("sh").args(["-c", "sleep 30; :", canary]).spawn().expect("a shell");
    let mut watched = Watched::default();
    while watched.controller.is_empty() {
        watched.look(shown.id(), true);
    }
    shown.kill().and_then(|()| shown.wait()).expect("the shell's end");
    assert!(watched.controller.iter().any(|line| line.contains(canary)));
    assert!(watched.everybody.iter().any(|line| line.contains(canary)));
}

/// The files below a folder whose name or content holds the string; installers and secrets are meant to.
pub fn found(folder: &Path, canary: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type().expect("a kind of file");
        if kind.is_dir() && (name == "installers" || name == "secrets") {
            continue;
        }
        if name.to_string_lossy().contains(canary) {
            files.push(path.clone());
        }
        if kind.is_dir() {
            files.extend(found(&path, canary));
        } else if kind.is_file() && holds(&fs::read(&path).unwrap_or_default(), canary.as_bytes()) {
            files.push(path);
        }
    }
    files
}

fn holds(content: &[u8], wanted: &[u8]) -> bool {
    content.windows(wanted.len()).any(|window| window == wanted)
}

/// Every secret was used, the wrong ones too.
fn assert_outcomes(stage: &Stage) {
    let first = journal::runs(&stage.path().join("state/jumpfleet")).remove(0);
    let lines = journal::read(&first.join("journal.jsonl"));
    for (host, (_, _, expected)) in stage.hosts.iter().zip(HOSTS) {
        let finished = lines.iter().find(|line| line.host == *host && line.event == "host_finished");
        let value = &finished.expect("an outcome").value;
        let outcome = value["class"].as_str().or(value["outcome"].as_str());
        assert_eq!(outcome, Some(expected), "{value}");
    }
}

/// The masked key stands where the installers printed it, so they did print it.
fn assert_masked(said: &[String]) {
    let masked = said.iter().filter(|text| text.contains("‹key ")).count();
    assert!(masked >= 8, "only {masked} outputs have a masked key");
    assert!(said.iter().any(|text| text.contains("--key-info ‹key ")));
    assert!(
        said.iter().any(|text| text.contains("/bomgar-pec-‹key ") || text.contains("./bomgar-pec-‹key "))
    );
}

/// Does everything that writes or prints, and returns what was printed and which processes there were.
fn watch(stage: &Stage, canaries: &Canaries) -> (Vec<String>, Watched) {
    let mut watched = Watched::default();
    let mut said = Vec::new();
    for (line, code) in COMMANDS {
        let mut command = stage.command(&line.split(' ').collect::<Vec<_>>());
        let done = attended(command.envs(canaries.environment()), &mut watched).expect(*code);
        said.extend([done.stdout, done.stderr]);
    }
    let rollout: Vec<&str> = ROLLOUT.split(' ').collect();
    let mut bars = in_a_terminal(&stage.command(&rollout));
    let done = attended(bars.envs(canaries.environment()), &mut watched).expect(3);
    assert!(done.stdout.contains("starts/min"), "no bars: {}", done.stdout);
    said.push(done.stdout);
    said.push(fs::read_to_string(stage.path().join("report.md")).expect("a report"));
    (said, watched)
}

const ROLLOUT: &str = "rollout -i inventory.yaml --yes --rate 600/min --exceed-vendor-rate";

/// What is called, with the exit code it has to have.
const COMMANDS: &[(&str, i32)] = &[
    ("inventory list -i inventory.yaml", 0),
    ("inventory list -i inventory.yaml --format json --origins", 0),
    ("plan -i inventory.yaml", 0),
    ("plan -i inventory.yaml --format json", 0),
    ("plan -i inventory.yaml --probe -o probed.json", 0),
    ("plan -i inventory.yaml --rate 600/min --exceed-vendor-rate -o plan.json", 0),
    ("rollout plan.json --yes --exceed-vendor-rate", 3),
    ("report --format text", 0),
    ("report --format json", 0),
    ("report --format junit", 0),
    ("report --format markdown -o report.md", 0),
    ("rollout -i inventory.yaml --yes --rate 600/min --exceed-vendor-rate --json", 3),
    ("runs", 0),
    ("runs --format json", 0),
];

/// The same command with a terminal of its own.
fn in_a_terminal(command: &Command) -> Command {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let mut script = Command::new("script");
    script.args(["-qec", &line.join(" "), "/dev/null"]).env("TERM", "xterm").stdin(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        script.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    script
}

/// Command lines that were seen.
#[derive(Default)]
struct Watched {
    /// Of the program and its children.
    controller: BTreeSet<String>,
    /// Of every process of the machine, those of the hosts included.
    everybody: BTreeSet<String>,
}

impl Watched {
    fn look(&mut self, program: u32, at_everybody: bool) {
        let mut family = vec![program.to_string()];
        while let Some(process) = family.pop() {
            self.controller.extend(command_line(Path::new("/proc"), &process));
            let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
            family.extend(children.unwrap_or_default().split_whitespace().map(str::to_owned));
        }
        if at_everybody {
            for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
                self.everybody.extend(command_line(Path::new("/proc"), &entry.file_name().to_string_lossy()));
            }
        }
    }
}

fn command_line(processes: &Path, process: &str) -> Option<String> {
    let line = fs::read(processes.join(process).join("cmdline")).ok()?;
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    (!line.is_empty()).then_some(line)
}

/// Runs a command to its end and looks at the process list meanwhile.
fn attended(command: &mut Command, watched: &mut Watched) -> Done {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it can be started");
    let (program, over) = (child.id(), AtomicBool::new(false));
    scope(|scope| {
        scope.spawn(|| {
            for round in 0.. {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                watched.look(program, round % 8 == 0);
                sleep(Duration::from_millis(20));
            }
        });
        let done = child.wait_with_output().expect("its end").into();
        over.store(true, Ordering::Relaxed);
        done
    })
}

fn prepare(stage: &Stage, canaries: &Canaries) {
    let sra = ["--product", "sra-pin", "--generic"];
    let rest = ["--expires", "2035-01-01T00:00:00Z", "--uid"];
    stage.build(
        "installers/main",
        &[&["--product", "bomgar-pec"], &rest[..], &[&canaries.key_in_name]].concat(),
    );
    stage.build("installers/sra", &[&sra[..], &rest, &[&canaries.key_in_environment]].concat());
    // These print what they are called and what they were told, as careless installers do when they fail.
    let loud = "#!/bin/sh\necho \"cannot install with $0 $*\"\necho \"$0 $*: no\" >&2\nexit 7\n";
    stage.write(&format!("installers/loud-name/bomgar-pec-{}.bin", canaries.loud_key_in_name), loud);
    stage.write("installers/loud-argument/sra-pin-linux_x86_64.bin", loud);
    settings(stage);
    make_private_key(stage, &canaries.passphrase);
    stage.write("secrets/sudo", &canaries.sudo);
    stage.write("secrets/passphrase", &canaries.passphrase);
    let (login, sudo) = (&stage.hosts[2..3], &stage.hosts[3..4]);
    hosts::everywhere(stage, login, &format!("echo operator:{} | chpasswd", canaries.login));
    hosts::everywhere(stage, sudo, &format!("echo operator:{} | chpasswd", canaries.sudo));
    inventory(stage);
}

fn settings(stage: &Stage) {
    let release = |name: &str, product: &str, key: &str, file: &str| {
        format!(
            "  {name}:\n    product: {product}\n    expires: 2035-01-01T00:00:00Z\n{key}    files:\n      \
             linux_headless: installers/{name}/{file}\n"
        )
    };
    let releases = [
        release("main", "bomgar-pec", "", "bomgar-pec-*.bin"),
        release("loud-name", "bomgar-pec", "", "bomgar-pec-*.bin"),
        release("sra", "sra-pin", "    key: {env: KEY}\n", "sra-pin-linux_x86_64.bin"),
        release("loud-argument", "sra-pin", "    key: {env: LOUD_KEY}\n", "sra-pin-linux_x86_64.bin"),
    ];
    let appliance = format!("appliance: {{site: {}}}\n", crate::fleet::SITE);
    stage.write(
        "jumpfleet.yaml",
        &format!(
            "{appliance}releases:\n{}rollout: {{release: main, ramp: none, budget: none}}\n",
            releases.concat()
        ),
    );
}

/// A key that opens with the passphrase only, and opens the account `operator` of one host.
fn make_private_key(stage: &Stage, passphrase: &str) {
    fs::create_dir(stage.path().join("secrets")).expect("a folder");
    let path = stage.path().join("secrets/id");
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", passphrase, "-f"]).arg(&path).status();
    assert!(made.expect("ssh-keygen can be started").success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a private key");
    let public = fs::read_to_string(path.with_extension("pub")).expect("a public key");
    let add = format!("umask 077; cat >>~operator/.ssh/authorized_keys <<'END'\n{public}END");
    hosts::everywhere(stage, &stage.hosts[3..4], &add);
}

/// What each host's secrets are, whether the lab's key opens it, and what becomes of it.
const HOSTS: [(&str, bool, &str); 9] = [
    ("jc_user: jumpclient", true, "installed"),
    ("jc_release: sra", true, "installed"),
    (
        "jc_user: jumpclient, ansible_user: operator, ansible_password: {env: LOGIN}, \
         ansible_become_password: {env: LOGIN}",
        false,
        "installed",
    ),
    (
        "jc_user: jumpclient, ansible_user: operator, ansible_ssh_private_key_file: secrets/id, \
         jc_key_passphrase: {file: secrets/passphrase}, ansible_become_password: {file: secrets/sudo}",
        false,
        "installed",
    ),
    ("jc_user: jumpclient, jc_release: loud-name", true, "installer_failed"),
    ("jc_release: loud-argument", true, "installer_failed"),
    ("jc_user: jumpclient, ansible_user: operator, ansible_become_password: {env: WRONG_SUDO}", true, "sudo"),
    (
        "jc_user: jumpclient, ansible_user: operator, ansible_password: {env: WRONG_LOGIN}",
        false,
        "authentication",
    ),
    (
        "jc_user: jumpclient, ansible_user: operator, ansible_ssh_private_key_file: secrets/id, \
         jc_key_passphrase: {env: WRONG_PASSPHRASE}",
        false,
        "authentication",
    ),
];

fn inventory(stage: &Stage) {
    let key = stage.fleet.folder().join("id_ed25519");
    let vars = ["jc_platform: linux_headless", "jc_boot: none"];
    stage.inventory(&vars, |index, _| match HOSTS[index] {
        (own, true, _) => format!("{own}, ansible_ssh_private_key_file: {}", key.display()),
        (own, false, _) => own.to_owned(),
    });
    let all = fs::read_to_string(stage.path().join("inventory.yaml")).expect("the inventory");
    // The key that opens every host is for those only that name it.
    let lines: Vec<&str> =
        all.lines().filter(|line| !line.starts_with("    ansible_ssh_private_key_file")).collect();
    stage.write("inventory.yaml", &format!("{}\n", lines.join("\n")));
}
