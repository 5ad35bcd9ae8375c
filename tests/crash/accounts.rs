//! Do accounts of one machine, whose homes have nothing in common, keep the limit together?

use std::fs;
use std::path::PathBuf;

use crate::fleet::{SITE, Stage};
use crate::hosts;
use crate::shares::{self, Share};
use crate::window::{INTERVAL, LEAST_GAP, Times};

/// The machine's own folder, which holds the limits of other tests' sites too.
const MACHINE_FOLDER: &str = "/run/lock/jumpfleet";

/// A limit of the machine that goes away with the test.
struct Limit(PathBuf);

impl Drop for Limit {
    fn drop(&mut self) {
        // The test failed before there was one.
        let _ = fs::remove_file(&self.0);
    }
}

pub fn accounts_share_the_limit(stage: &Stage) {
    shares::prepare(stage);
    let site = format!("accounts-{}.example.org", std::process::id());
    let settings = fs::read_to_string(stage.path().join("jumpfleet.yaml")).expect("settings");
    stage.write("jumpfleet.yaml", &settings.replace(SITE, &site));
    let limit = Limit(PathBuf::from(format!("{MACHINE_FOLDER}/{site}.permits")));
    let (mine, theirs) = stage.hosts.split_at(stage.hosts.len() / 2);
    let shares = [Share::new(stage, "mine", mine), Share::new(stage, "theirs", theirs)];
    for process in shares.each_ref().map(Share::begin_at_home) {
        let done = process.end().expect(0);
        assert!(!done.stderr.contains("warning"), "{}", done.stderr);
    }
    assert!(limit.0.is_file(), "the limit is not the machine's");
    let sent = Times::new(shares.iter().flat_map(Share::sent).map(|(_, at)| at));
    eprintln!("two accounts: {sent}");
    assert_eq!(sent.count(), stage.hosts.len());
    assert!(sent.smallest_gap() >= LEAST_GAP, "{sent}");
    assert!(sent.span() >= INTERVAL * (stage.hosts.len() - 1) as f64 - 0.3, "{sent}");
    hosts::assert_installed_once(stage, &stage.hosts);
}
