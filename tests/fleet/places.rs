//! When did hosts say that their starts have begun? The file of the start limit tells, in which each holds its place.

use std::fs;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

use super::Stage;

/// How long a place is held after the host's word, in seconds.
const HELD_AFTER: f64 = 61.0;

/// The bytes before the places.
const HEAD: usize = 128;

impl Stage {
    /// When each start that holds a place was heard of, first to last, in seconds of the wall clock.
    ///
    /// Of one that was not heard of it is a moment that is still to come.
    pub fn words(&self) -> Vec<f64> {
        let folder = fs::read_dir(self.permits()).expect("the folder of start limits");
        let files = folder.flatten().map(|entry| fs::read_to_string(entry.path()).expect("a start limit"));
        let files: Vec<String> = files.collect();
        let lines = files.iter().flat_map(|text| text[HEAD..].lines());
        let untils = lines.map(|line| line.trim().parse::<f64>().expect("a moment") / 1e9);
        let booted = seconds_now() - seconds_since_boot();
        let mut words: Vec<f64> =
            untils.filter(|until| *until > 0.0).map(|until| booted + until - HELD_AFTER).collect();
        words.sort_by(f64::total_cmp);
        words
    }

    /// When a host's installer was started, in seconds of the wall clock.
    pub fn started(&self, host: &str) -> f64 {
        let report = self.report();
        let hosts = report["hosts"].as_array().expect("the hosts");
        let record = hosts.iter().find(|record| record["name"] == host).expect("the host");
        let started = record["install_started"].as_str().expect("a start").parse::<Timestamp>();
        started.expect("a moment").as_millisecond() as f64 / 1000.0
    }

    /// Insists that the only host's word came with its start, and not with its installer's end so many seconds later.
    #[track_caller]
    pub fn assert_heard_before(&self, end: f64) {
        let (words, started) = (self.words(), self.started(&self.hosts[0]));
        assert_eq!(words.len(), 1, "{words:?}");
        let after = words[0] - started;
        assert!((-0.1..end - 0.5).contains(&after), "heard {after} s after the start");
    }
}

fn seconds_now() -> f64 {
    Timestamp::now().as_millisecond() as f64 / 1000.0
}

fn seconds_since_boot() -> f64 {
    let time = clock_gettime(ClockId::Boottime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
