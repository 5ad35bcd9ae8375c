//! What do a page's commands print, in the folder the page describes?

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use regex::{Captures, Regex};

use crate::appliance::Appliance;
use crate::blocks::{self, Block};
use crate::compare::{fits, plain};
use crate::fleet::{KEY, Stage};
use crate::pages::{Page, page};
use crate::stand_in;

/// Runs every command a page shows and compares what it prints.
pub fn run(stage: &Stage, name: &str) {
    let page = page(name);
    let names = Names::of(stage);
    prepare(stage);
    let mut commands = 0;
    // It answers to the end of the page.
    let mut appliance: Option<Appliance> = None;
    for block in blocks::of(&page) {
        if let Some(file) = block.value("file") {
            stage.write(file, &names.inside(&block.text));
        } else if let Some(version) = block.text.strip_prefix("appliance ").filter(|_| block.is("remark")) {
            // The one before lets its port go first.
            drop(appliance.take());
            appliance = Some(Appliance::start(stage, version));
        } else if block.is("remark") {
            remark(stage, &names, &page, &block.text);
        } else if block.is("console") {
            commands += console(stage, &names, &page, &block);
        }
    }
    assert!(commands > 0, "{name} shows no command");
}

/// What every page takes for granted: a way in to the hosts and the installers of the site.
fn prepare(stage: &Stage) {
    let lab = stage.fleet.folder();
    for (from, to) in [("id_ed25519", ".ssh/id_ed25519"), ("known_hosts", ".ssh/known_hosts")] {
        stage.write(to, &fs::read_to_string(lab.join(from)).expect("a file of the lab"));
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(stage.path().join(to), private).expect("a file of ours");
    }
    for (mode, folder) in [("headless", "installers"), ("service", "installers/desktop")] {
        let fixed = ["--product", "bomgar-pec", "--uid", KEY, "--mode", mode, "--sleep", "1"];
        let permitted = ["--overrides", "jump_group,jump_policy,tag", "--expires", "2035-01-01T00:00:00Z"];
        stage.build(folder, &[&fixed[..], &permitted].concat());
    }
}

/// A comment: something done to a host, or a file that only has to be there.
fn remark(stage: &Stage, names: &Names, page: &Page, text: &str) {
    if let Some((host, line)) = text.strip_prefix("on ").and_then(|rest| rest.split_once(": ")) {
        let done = stage.on(names.host(page, host), line);
        assert_eq!(done.code, Some(0), "{}: on {host}: {line}: {}", page.name, done.stderr);
    } else if let Some(order) = text.strip_prefix("site ") {
        let order = order.parse().unwrap_or_else(|error| panic!("{}: {order}: {error}", page.name));
        stand_in::order(&stage.path().join("site"), &order);
    } else if let Some((path, text)) = text.strip_prefix("file ").and_then(|rest| rest.split_once(": ")) {
        stage.write(&path.replace("KEY", KEY), &names.inside(&format!("{text}\n")));
    } else {
        panic!("{}: nobody knows what `{text}` means", page.name);
    }
}

/// Runs the commands of one block; returns how many.
fn console(stage: &Stage, names: &Names, page: &Page, block: &Block) -> usize {
    let commands = commands(page, block);
    let last = commands.len() - 1;
    for (at, (command, shown)) in commands.iter().enumerate() {
        let code = if at == last { block.value("exit").unwrap_or("0") } else { "0" };
        let line = names.inside(command);
        let done = match block.value("interrupt").filter(|_| at == last) {
            Some(text) => interrupted(stage.shell(&format!("exec {line}")), text),
            None => stage.shell(&line).output().expect("a shell can be started"),
        };
        let printed = names.outside(stage, &String::from_utf8_lossy(&done.stdout));
        let shown = shown.replace("^C\n", "");
        let place = format!("{}:{}: $ {command}", page.name, block.line);
        assert!(
            fits(&shown, &printed),
            "{place}\n--- the page shows\n{}--- but this was printed\n{}--- as it was\n{printed}",
            plain(&shown),
            plain(&printed)
        );
        let ended = done.status.code().map_or("a signal".to_owned(), |code| code.to_string());
        assert_eq!(ended, code, "{place}: the exit code, after\n{printed}");
    }
    commands.len()
}

/// Runs a command, and presses Ctrl-C a moment after it has printed a line with this text.
fn interrupted(mut command: Command, text: &str) -> Output {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("a shell can be started");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    let mut stdout = Vec::new();
    while !String::from_utf8_lossy(&stdout).contains(text) {
        let read = lines.read_until(b'\n', &mut stdout).expect("its output");
        assert!(read > 0, "`{text}` was never printed:\n{}", String::from_utf8_lossy(&stdout));
    }
    // By then the next host is being visited.
    sleep(Duration::from_secs(1));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()), "the command ended too early");
    lines.read_to_end(&mut stdout).expect("its output");
    Output { status: child.wait().expect("its end"), stdout, stderr: Vec::new() }
}

/// The commands of a block, each with the output shown beneath it; a backslash goes on in the next line.
fn commands(page: &Page, block: &Block) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((format!("{command}\n"), String::new())),
            (None, Some((command, _))) if open => *command += &format!("{line}\n"),
            (None, Some((_, shown))) => *shown += &format!("{line}\n"),
            (None, None) => panic!("{}:{}: the block does not begin with `$ `", page.name, block.line),
        }
        open = line.ends_with('\\');
    }
    assert!(!commands.is_empty(), "{}:{}: the block is empty", page.name, block.line);
    commands
}

/// What the pages call the lab's hosts.
struct Names {
    /// The page's address and the lab's, in the order of the hosts.
    addresses: Vec<(String, String)>,
    hosts: Vec<String>,
}

impl Names {
    fn of(stage: &Stage) -> Self {
        let lab =
            fs::read_to_string(stage.fleet.folder().join("inventory.yaml")).expect("the lab's inventory");
        let address = |host: &String| {
            let from = lab.split_once(&format!("    {host}: {{ansible_host: ")).expect("the host").1;
            from.split(['}', ',']).next().expect("an address").to_owned()
        };
        let addresses =
            stage.hosts.iter().enumerate().map(|(at, host)| (format!("192.0.2.{}", 11 + at), address(host)));
        Self { addresses: addresses.collect(), hosts: stage.hosts.clone() }
    }

    /// The page's text as the lab has to hear it.
    fn inside(&self, text: &str) -> String {
        self.exchanged(text, |(page, lab)| (page, lab))
    }

    /// The lab's output as the page shows it.
    fn outside(&self, stage: &Stage, text: &str) -> String {
        assert!(!text.contains(KEY), "the installer key was printed:\n{text}");
        let text = text.replace(&stage.path().display().to_string(), "/home/ada");
        self.exchanged(&text, |(page, lab)| (lab, page))
    }

    fn exchanged(&self, text: &str, way: fn(&(String, String)) -> (&String, &String)) -> String {
        let address = Regex::new(r"\b\d+\.\d+\.\d+\.\d+\b").expect("an expression");
        let other = |found: &Captures<'_>| {
            let known = self.addresses.iter().map(way).find(|(from, _)| **from == found[0]);
            known.map_or_else(|| found[0].to_owned(), |(_, to)| to.clone())
        };
        address.replace_all(text, other).into_owned()
    }

    /// The lab's host behind a name of the page's inventory.
    fn host(&self, page: &Page, name: &str) -> &str {
        let from = page.text.split_once(&format!("{name}: {{ansible_host: "));
        let address = from.and_then(|(_, rest)| rest.split(['}', ',']).next());
        let at = self.addresses.iter().position(|(known, _)| Some(known.as_str()) == address);
        &self.hosts[at.unwrap_or_else(|| panic!("{}: no host is called {name}", page.name))]
    }
}
