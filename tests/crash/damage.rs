//! What if the journal was damaged, is too new, is somebody else's, or has no room?

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::chance::Chance;
use crate::fleet::Stage;
use crate::hosts;
use crate::journal;
use crate::process::{Running, until};
use crate::shares;

const RESUME: [&str; 2] = ["rollout", "--resume"];

/// How often the last line is torn before the run may end.
const TEARS: usize = 5;

pub fn a_torn_last_line_is_tolerated(stage: &Stage) {
    let mut chance = Chance::new("torn");
    shares::prepare(stage);
    let mut running = begin(stage, "sleep=2");
    // Killed before anything was done, its first line torn: an empty journal.
    running.await_events("run_started", 1);
    running.kill();
    tear_off(&path(stage), true, &mut chance);
    running = Running::start(stage, &RESUME);
    for _ in 1..TEARS {
        let known = running.lines().len();
        let more = chance.below(8) as usize;
        until("some more is in the journal", || running.lines().len() > known + more || running.has_ended());
        running.kill();
        tear_off(&path(stage), false, &mut chance);
        running = Running::start(stage, &RESUME);
    }
    let done = running.end().expect(0);
    assert!(done.stdout.contains("ALL GOOD"), "{}", done.stdout);
    hosts::assert_installed_once(stage, &stage.hosts);
    let lines = journal::read(&path(stage));
    journal::assert_one_outcome_each(&lines, &stage.hosts, "installed");
    let listed = stage.jumpfleet(&["runs"]).expect(0).stdout;
    assert!(listed.contains("  all good  "), "{listed}");
}

/// Cuts the last line, or everything but the first line's beginning, at a random byte.
fn tear_off(path: &Path, everything: bool, chance: &mut Chance) {
    let text = fs::read(path).expect("a journal");
    let ends: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').collect();
    let lines = if everything { &ends[..1] } else { &ends[..] };
    let end = *lines.last().expect("a line");
    let start = if lines.len() > 1 { lines[lines.len() - 2] + 1 } else { 0 };
    let cut = start as u64 + chance.below((end - start) as u64);
    let file = OpenOptions::new().write(true).open(path).expect("a journal");
    file.set_len(cut).expect("a shorter journal");
}

pub fn a_journal_of_a_newer_format_is_refused(stage: &Stage) {
    shares::prepare(stage);
    let mut running = begin(stage, "sleep=1");
    running.await_events("install_started", 1);
    running.kill();
    let old = fs::read_to_string(path(stage)).expect("a journal");
    let newer = old.replacen("\"format_version\":1", "\"format_version\":2", 1);
    assert_ne!(old, newer);
    fs::write(path(stage), &newer).expect("a journal");
    let refused = stage.jumpfleet(&RESUME).expect(1);
    assert!(refused.stderr.contains("newer jumpfleet (format 2"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(path(stage)).expect("a journal"), newer, "the journal was touched");
    fs::write(path(stage), old).expect("a journal");
    stage.jumpfleet(&RESUME).expect(0);
    hosts::assert_installed_once(stage, &stage.hosts);
}

pub fn one_run_has_one_process(stage: &Stage) {
    shares::prepare(stage);
    let mut running = begin(stage, hosts::HELD);
    running.await_events("install_started", 1);
    refuse_another(stage);
    running.kill();
    let mut resumed = Running::start(stage, &RESUME);
    resumed.await_events("run_resumed", 1);
    refuse_another(stage);
    until("the run has ended", || {
        hosts::release(stage, &stage.hosts);
        resumed.has_ended()
    });
    resumed.end().expect(0);
    hosts::assert_installed_once(stage, &stage.hosts);
}

fn refuse_another(stage: &Stage) {
    let before = journal::count(&journal::read(&path(stage)), "run_resumed");
    let second = stage.jumpfleet(&RESUME).expect(1);
    assert!(second.stderr.contains("another jumpfleet works on"), "{}", second.stderr);
    assert!(second.stderr.contains("wait for it to end"), "{}", second.stderr);
    assert_eq!(journal::count(&journal::read(&path(stage)), "run_resumed"), before);
}

pub fn a_full_state_folder_stops_the_run(stage: &Stage) {
    shares::prepare(stage);
    for host in &stage.hosts {
        hosts::behave(stage, host, "sleep=1");
    }
    let disk = Disk::new(&stage.path().join("small"));
    let mut running = Running::start_with(stage, &disk.path, &["rollout", "-i", "inventory.yaml", "--yes"]);
    running.await_events("install_started", 2);
    disk.fill();
    let stopped = running.end().expect(1);
    assert!(stopped.stderr.contains("cannot write"), "{}", stopped.stderr);
    assert!(
        stopped.stderr.contains("make room, then go on with `jumpfleet rollout --resume`"),
        "{}",
        stopped.stderr
    );
    let started = hosts::starts(stage, &stage.hosts).len();
    assert!(started < stage.hosts.len(), "nothing was held back");
    disk.make_room();
    let done = Running::start_with(stage, &disk.path, &RESUME).end().expect(0);
    assert!(done.stdout.contains("ALL GOOD"), "{}", done.stdout);
    hosts::assert_installed_once(stage, &stage.hosts);
    let lines = journal::read(&journal::newest(&disk.path).expect("a journal"));
    journal::assert_one_outcome_each(&lines, &stage.hosts, "installed");
}

/// A file system of half a megabyte, gone when this is dropped.
pub struct Disk {
    /// Where it is.
    pub path: PathBuf,
}

impl Disk {
    /// Mounts it there.
    pub fn new(path: &Path) -> Self {
        fs::create_dir(path).expect("a folder");
        let disk = Self { path: path.to_owned() };
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"]).arg(path).status();
        assert!(mounted.expect("mount can be started").success());
        disk
    }

    /// Leaves no byte free.
    pub fn fill(&self) {
        let mut file = fs::File::create(self.path.join("filling")).expect("a file");
        while file.write_all(&[0; 1024]).is_ok() {}
    }

    /// Makes it as free as it was.
    pub fn make_room(&self) {
        fs::remove_file(self.path.join("filling")).expect("the filling");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.path).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("`{}` is still mounted", self.path.display());
        }
    }
}

fn begin(stage: &Stage, how: &str) -> Running {
    for host in &stage.hosts {
        hosts::behave(stage, host, how);
    }
    Running::start(stage, &["rollout", "-i", "inventory.yaml", "--yes"])
}

fn path(stage: &Stage) -> PathBuf {
    journal::newest(&stage.path().join("state/jumpfleet")).expect("a journal")
}
