//! What became of a host, by the report and by the host itself?

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fleet::Stage;

/// A host's line in a report.
pub fn record<'r>(report: &'r Value, host: &str) -> &'r Value {
    let hosts = report["hosts"].as_array().expect("hosts");
    hosts
        .iter()
        .find(|record| record["name"] == host)
        .unwrap_or_else(|| panic!("{host} is not in {report:#}"))
}

/// How a host ended by a report, such as `failed/install/timeout` or `already_present/process`.
pub fn end(report: &Value, host: &str) -> String {
    let record = record(report, host);
    let words = ["outcome", "phase", "class", "rule"].map(|name| record[name].as_str());
    words.into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// Insists that a host ended like this.
#[track_caller]
pub fn ended(report: &Value, host: &str, wanted: &str) {
    assert_eq!(end(report, host), wanted, "{:#}", record(report, host));
}

/// The detail of a host's end.
pub fn detail<'r>(report: &'r Value, host: &str) -> &'r str {
    record(report, host)["detail"].as_str().unwrap_or_default()
}

/// Everything of jumpfleet's or the vendor's that lies or runs on a host.
pub fn traces(stage: &Stage, host: &str) -> Vec<String> {
    let look = "for path in /var/tmp/jumpfleet-* /tmp/jumpfleet-* /opt/* /etc/systemd/system/*jump* \
        /etc/systemd/system/bomgar-* /etc/systemd/system/sra-* /var/lib/jumpfleet/*; do \
        [ ! -e \"$path\" ] || echo \"$path\"; done; \
        ps -A -o comm= -o args= | grep -E 'bomgar|sra-|jumpfleet' | grep -v grep";
    stage.on(host, look).stdout.lines().map(str::to_owned).collect()
}

/// Insists that nobody installed, staged or started anything on a host.
#[track_caller]
pub fn untouched(stage: &Stage, host: &str) {
    assert_eq!(traces(stage, host), Vec::<String>::new(), "{host}");
    assert_eq!(stage.starts(host), Vec::<String>::new(), "{host}");
}

/// Insists that an installer was started once and that nothing of it, or of jumpfleet, is left.
#[track_caller]
pub fn tried_and_swept(stage: &Stage, host: &str) {
    assert_eq!(traces(stage, host), Vec::<String>::new(), "{host}");
    assert_eq!(stage.starts(host).len(), 1, "{host}: {:?}", stage.starts(host));
}

/// Insists on one client from one start, with the staging folder gone.
#[track_caller]
pub fn has_its_client(stage: &Stage, host: &str) {
    assert_eq!(stage.starts(host).len(), 1, "{host}: {:?}", stage.starts(host));
    assert_eq!(stage.clients(host), 1, "{host}: {:?}", traces(stage, host));
    assert_eq!(staged(stage, host), "", "{host}");
}

/// What lies in the usual staging place of a host.
pub fn staged(stage: &Stage, host: &str) -> String {
    stage.on(host, "ls -d /var/tmp/jumpfleet-* 2>/dev/null; true").stdout
}

/// Tells the stand-in installers on a host how to behave, as `word=value` lines.
pub fn behave(stage: &Stage, host: &str, words: &str) {
    run(stage, host, &format!("printf '%s\\n' {words} >/etc/jump-client-stand-in"));
}

/// Runs a line as root on a host and insists that it succeeds; returns what it printed.
#[track_caller]
pub fn run(stage: &Stage, host: &str, line: &str) -> String {
    stage.on(host, line).expect(0).stdout
}

/// Waits until something holds, and fails when it does not in time.
#[track_caller]
pub fn until(seconds: u64, what: &str, mut holds: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(seconds);
    while !holds() {
        assert!(Instant::now() < give_up, "not within {seconds} s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How many installers a host has started by now, also when it cannot be reached.
pub fn begun(stage: &Stage, host: &str) -> usize {
    let record = stage.changed(host).join("var/lib/jump-client-stand-in/starts");
    fs::read_to_string(record).map_or(0, |text| text.lines().count())
}

/// Waits for the start of an installer on a host.
#[track_caller]
pub fn await_start(stage: &Stage, host: &str) {
    until(60, "an installer starts", || begun(stage, host) > 0);
}

/// The settings file with one piece of its text replaced.
pub fn resettle(stage: &Stage, from: &str, to: &str) {
    replace(stage, "jumpfleet.yaml", from, to);
}

/// A file of the test with one piece of its text replaced.
#[track_caller]
pub fn replace(stage: &Stage, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(stage.path().join(file)).expect("a file");
    assert!(text.contains(from), "{file} holds no {from}:\n{text}");
    stage.write(file, &text.replacen(from, to, 1));
}
