//! Are inventories taken from files, folders, scripts and the command line as the pages say, and does a plan made
//! from them notice what has changed?
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const SETTINGS: &str = "\
appliance: {site: pra.example.org}
releases:
  spring:
    product: bomgar-pec
    overrides: [tag]
    files: {linux_headless: bomgar-pec-*.bin}
rollout: {release: spring}
";

const GROUPS: &str = r#"{"web": {"hosts": ["web01", "web02"], "vars": {"ansible_user": "root", "jc_platform": "linux_headless", "jc_user": "jumpclient"}}, "_meta": {"hostvars": {"web01": {"ansible_host": "192.0.2.1", "load": 1}, "web02": {"ansible_host": "192.0.2.2"}}}}"#;

/// A folder with settings and an installer.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("jumpfleet.yaml", SETTINGS);
        project.write("bomgar-pec-w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90.bin", "an installer");
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A script that prints what stands in a file of the same name with `.json` behind it.
    fn script(&self, name: &str, json: &str) {
        self.write(&format!("{name}.json"), json);
        self.program(name, "#!/bin/sh\nexec cat \"$0.json\"\n");
    }

    fn program(&self, name: &str, text: &str) {
        self.write(name, text);
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.run_in(self.folder.path(), arguments)
    }

    fn run_in(&self, folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
        let state = self.path("state");
        let Output { status, stdout, stderr } =
            command.args(arguments).env("JUMPFLEET_STATE_DIR", state).current_dir(folder).output().unwrap();
        let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
        (status.code(), text)
    }

    /// Saves a plan made from these inventories.
    fn plan(&self, sources: &[&str]) {
        let mut arguments = vec!["plan", "-o", "plan.json"];
        arguments.extend(sources.iter().flat_map(|source| ["-i", source]));
        let (code, said) = self.run(&arguments);
        assert_eq!(code, Some(0), "{said}");
    }

    /// Whether the saved plan is refused, and what is said. The rollout ends before anything is connected to, for
    /// nobody is there to approve it.
    fn refusal(&self) -> Option<String> {
        let (code, said) = self.run(&["rollout", "plan.json"]);
        assert_eq!(code, Some(6), "{said}");
        if said.contains("nobody is there to be asked") { None } else { Some(said) }
    }
}

#[test]
fn a_plan_from_a_script_lasts_as_long_as_its_hosts_stay_what_they_are() {
    let project = Project::new();
    project.script("cmdb", GROUPS);
    project.plan(&["cmdb"]);
    assert_eq!(project.refusal(), None);
    let again = |json: &str| {
        project.write("cmdb.json", json);
        project.refusal()
    };
    let unrelated =
        GROUPS.replace("\"load\": 1", "\"load\": 2").replace("\"web02\"]", "\"web02\", \"web03\"]");
    assert_eq!(again(&unrelated), None, "a new host and a variable of nobody's are no reason");
    let moved = again(&GROUPS.replace("192.0.2.2", "192.0.2.99")).unwrap();
    assert!(moved.contains("the plan is stale: `web02` has another address"), "{moved}");
    let tagged = again(&GROUPS.replace("\"load\": 1", "\"ansible_port\": 2222, \"jc_tag\": \"x\"")).unwrap();
    assert!(tagged.contains("`web01` is reached in another way"), "{tagged}");
    let tagged = again(&GROUPS.replace("\"load\": 1", "\"jc_tag\": \"x\"")).unwrap();
    assert!(tagged.contains("`web01` gets other values"), "{tagged}");
    let gone = again(&GROUPS.replace("[\"web01\", ", "[")).unwrap();
    assert!(gone.contains("`web01` is not in the inventory any more"), "{gone}");
    assert_eq!(again(GROUPS), None);
    project.program("cmdb", "#!/bin/sh\nexec cat \"$0.json\" # another program\n");
    assert!(
        project.refusal().unwrap().contains("`cmdb` was changed"),
        "the script itself is a file like others"
    );
}

#[test]
fn a_plan_from_several_inventories_notices_what_became_of_each() {
    let project = Project::new();
    project.write("one/hosts", "[web]\nweb01 ansible_host=192.0.2.1\n[web:vars]\nansible_user=root\n");
    project.write("two/more.yml", "web: {hosts: {web02: {ansible_host: 192.0.2.2}}}\n");
    project.write("two/group_vars/web.yml", "{jc_platform: linux_headless, jc_user: jumpclient}\n");
    project.plan(&["one/hosts", "two"]);
    assert_eq!(project.refusal(), None);
    project.write("two/extra.ini", "web03 ansible_host=192.0.2.4\n");
    assert!(project.refusal().unwrap().contains("`two/extra.ini` is new"));
    std::fs::remove_file(project.path("two/extra.ini")).unwrap();
    project.write("one/hosts", "[web]\nweb01 ansible_host=192.0.2.9\n");
    assert!(project.refusal().unwrap().contains("`one/hosts` was changed"));
}

#[test]
fn a_plan_remembers_a_typed_list_and_paths_that_hold_everywhere() {
    let project = Project::new();
    project.write(
        "vars/group_vars/all.yml",
        "{jc_platform: linux_headless, jc_user: jumpclient, ansible_user: root}\n",
    );
    project.write("vars/hosts", "first\n");
    project.plan(&["192.0.2.7,192.0.2.8", "vars/hosts"]);
    let plan: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(project.path("plan.json")).unwrap()).unwrap();
    let whole = project.path("vars/hosts").display().to_string();
    assert_eq!(plan["inventory"], serde_json::json!(["192.0.2.7,192.0.2.8", whole]));
    let (code, said) =
        project.run_in(Path::new("/"), &["rollout", project.path("plan.json").to_str().unwrap()]);
    assert!(code == Some(6) && said.contains("nobody is there to be asked"), "{said}");
    project.plan(&["vars/hosts"]);
    let plan: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(project.path("plan.json")).unwrap()).unwrap();
    assert_eq!(plan["inventory"], serde_json::json!(whole), "one alone stands as before");
}

#[test]
fn a_script_that_hangs_is_ended_at_the_limit_of_the_settings() {
    let project = Project::new();
    project.program("slow", "#!/bin/sh\necho asking >&2\nsleep 100\n");
    project.write("jumpfleet.yaml", &format!("{SETTINGS}inventory: {{script_deadline: 1s}}\n"));
    let began = Instant::now();
    let (code, said) = project.run(&["inventory", "list", "-i", "slow"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("the inventory script `slow` was ended: it took longer than 1.0 s"), "{said}");
    assert!(said.contains("asking"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_script_does_not_outlive_the_program() {
    for signal in ["INT", "TERM", "KILL"] {
        let project = Project::new();
        project.program("slow", "#!/bin/sh\nsleep 300 &\necho $$ $! >part; mv part pids; wait\n");
        let mut program = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
        program.args(["inventory", "list", "-i", "slow"]).current_dir(project.folder.path());
        let mut program = program.spawn().unwrap();
        until(&|| project.path("pids").exists(), "the script runs");
        let pids = std::fs::read_to_string(project.path("pids")).unwrap();
        assert!(pids.split_whitespace().all(is_alive), "{pids}");
        let killed =
            Command::new("kill").args([&format!("-{signal}"), &program.id().to_string()]).status().unwrap();
        assert!(killed.success());
        program.wait().unwrap();
        until(&|| !pids.split_whitespace().any(is_alive), "the script and what it began are gone");
    }
}

/// Whether a process is there and no mere entry.
fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn until(is_so: &dyn Fn() -> bool, what: &str) {
    let late = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < late, "not after 20 s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn everything_that_cannot_be_read_is_said_at_once() {
    let project = Project::new();
    project.program("one", "#!/bin/sh\necho no token >&2\nexit 4\n");
    project.program("two", "#!/nowhere/python\n");
    project.write("three", "web01\n");
    std::fs::write(project.path("four"), b"web\xff\n").unwrap();
    let (code, said) =
        project.run(&["inventory", "list", "-i", "one", "-i", "two", "-i", "three", "-i", "four"]);
    assert_eq!(code, Some(2));
    for wanted in [
        "`one` ended with 4 on `--list`: no token",
        "`two` cannot be run",
        "`four` is not UTF-8",
        "3 mistakes",
    ] {
        assert!(said.contains(wanted), "{wanted} is not in:\n{said}");
    }
    let (code, said) = project.run(&["inventory", "list", "-i", "one,three"]);
    assert!(code == Some(2) && said.contains("`one` in it is a file"), "{said}");
}
