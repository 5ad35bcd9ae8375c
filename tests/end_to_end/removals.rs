//! Do clients go when they are to go, and only those that are meant?

use serde_json::Value;

use crate::fleet::{Done, KEY, SITE, Stage, Test};
use crate::scene::{
    behave, detail, ended, has_its_client, record, replace, resettle, run, staged, traces, until,
};

pub const TESTS: &[Test] = &[
    ("a_removal_leaves_nothing_of_any_kind_of_client", 4, every_kind),
    ("a_saved_removal_is_carried_out_without_the_installer", 2, saved),
    ("an_unprivileged_client_is_removed_by_its_account", 1, without_root),
    ("root_removes_nothing_in_the_name_of_the_clients_account", 1, in_its_name),
    ("a_raspberry_pis_client_is_removed", 1, raspberry_pi),
    ("a_removal_that_leaves_something_says_what", 3, stuck),
    ("a_removal_of_another_client_is_no_removal", 2, others),
    ("a_removal_whose_connection_is_lost_is_looked_at_again", 2, lost),
    ("a_killed_removal_is_gone_on_with", 2, killed),
    ("removals_and_installs_share_the_start_limit", 2, start_limit),
    ("undo_removes_what_its_run_installed_and_nothing_else", 4, undo),
    ("an_older_client_is_replaced_when_asked_for", 3, older),
    ("another_sites_client_is_replaced_when_asked_for", 2, other_site),
    ("verify_tells_every_drift", 6, drift),
    ("verify_tells_who_could_not_be_looked_at", 2, not_looked_at),
    ("failed_and_outstanding_hosts_are_planned_anew", 3, rerun),
];

/// Everything of jumpfleet's or the vendor's on a host, empty folders and links included.
#[track_caller]
fn bare(stage: &Stage, host: &str) {
    assert_eq!(traces(stage, host), Vec::<String>::new(), "{host}");
    let left = "find / -xdev \\( -path /proc -o -path /var/lib/jump-client-stand-in -o -path /etc/jump-client-stand-in \
        -o -path /var/log \\) -prune -o \\( -name '*jumpfleet*' -o -name '*bomgar*' -o -name '*jump-client*' \
        -o -name '*PRAJumpClient*' -o -name '*beyondtrust*' -o -name 'sra-*' \\) -print";
    assert_eq!(run(stage, host, left), "", "{host}");
    assert_eq!(
        run(stage, host, "systemctl list-units --all --no-legend | grep -iE 'jump|bomgar|sra-'; true"),
        ""
    );
}

fn uninstall(stage: &Stage, more: &[&str]) -> Done {
    stage.jumpfleet(&[&["uninstall", "-i", "inventory.yaml", "--yes"], more].concat())
}

fn verify(stage: &Stage, more: &[&str]) -> Done {
    stage.jumpfleet(&[&["verify", "-i", "inventory.yaml"], more].concat())
}

/// The name of the last run.
fn last_run(stage: &Stage) -> String {
    stage.report()["summary"]["run"].as_str().expect("a run").to_owned()
}

/// How often an event is in the journal of a run, for all its hosts.
fn events(stage: &Stage, run: &str, event: &str) -> usize {
    let path = stage.path().join("state/jumpfleet/runs").join(run).join("journal.jsonl");
    let journal = std::fs::read_to_string(path).expect("a journal");
    journal.matches(&format!("\"event\":\"{event}\"")).count()
}

/// A release of the newer generation beside the usual one.
fn newer(stage: &Stage) {
    let fixed = ["--product", "sra-pin", "--uid", KEY, "--overrides", "tag"];
    stage.build("installers/newer", &[&fixed[..], &["--expires", "2035-01-01T00:00:00Z"]].concat());
    let file = "installers/newer/sra-pin-linux_x86_64-*.bin";
    let release = "product: sra-pin, expires: 2035-01-01T00:00:00Z, overrides: [tag]";
    let files = format!("{{linux_service: {file}, linux_headless: {file}}}");
    resettle(stage, "releases:\n", &format!("releases:\n  newer: {{{release}, files: {files}}}\n"));
}

const KINDS: [&str; 4] = [
    "jc_platform: linux_headless, jc_user: jumpclient",
    "jc_platform: linux_service",
    "jc_platform: linux_headless, jc_user: jumpclient, jc_boot: init",
    "jc_platform: linux_service, jc_release: newer",
];

fn every_kind(stage: &Stage) {
    stage.standard();
    newer(stage);
    stage.inventory(&["jc_tag: web"], |index, _| KINDS[index].to_owned());
    stage.rollout(&[]).expect(0);
    let plan = stage.jumpfleet(&["plan", "--uninstall", "-i", "inventory.yaml", "--probe"]).expect(0).stdout;
    assert!(plan.contains("4 to remove, of 4 hosts"), "{plan}");
    assert!(plan.contains("$ printf 'y\\ny\\n' | sh /opt/jumpclient/uninstall\n"), "{plan}");
    assert!(plan.contains("then stop the client's service\n"), "{plan}");
    assert!(!plan.contains(KEY), "{plan}");
    let done = uninstall(stage, &[]).expect(0);
    assert!(!done.stdout.contains(KEY) && !done.stderr.contains(KEY), "{done:?}");
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "removed");
        bare(stage, host);
        stage.lab("reboot", host);
        assert_eq!(stage.clients(host), 0);
    }
    assert_eq!(record(&report, &stage.hosts[0])["directory"], "/opt/jumpclient");
    uninstall(stage, &[]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "already_absent");
    }
    assert_eq!(events(stage, &last_run(stage), "removal_started"), 0);
    // Nothing that is left keeps the next install from its place.
    stage.rollout(&[]).expect(0);
    assert_eq!(stage.report()["summary"]["counts"]["installed"], 4);
}

fn saved(stage: &Stage) {
    stage.standard();
    stage.headless();
    stage.rollout(&[]).expect(0);
    std::fs::remove_dir_all(stage.path().join("installers")).expect("no installers");
    stage.jumpfleet(&["plan", "--uninstall", "-i", "inventory.yaml", "-o", "gone.json"]).expect(0);
    let refused = stage.jumpfleet(&["rollout", "gone.json", "--yes"]).expect(2);
    assert!(refused.stderr.contains("jumpfleet uninstall gone.json"), "{}", refused.stderr);
    let unasked = stage.jumpfleet(&["uninstall", "gone.json"]).expect(6);
    assert!(unasked.stderr.contains("2 to remove"), "{}", unasked.stderr);
    for host in &stage.hosts {
        has_its_client(stage, host);
    }
    stage.jumpfleet(&["uninstall", "gone.json", "--yes"]).expect(0);
    for host in &stage.hosts {
        bare(stage, host);
    }
}

fn without_root(stage: &Stage) {
    stage.standard();
    let vars = [
        "ansible_user: plain",
        "ansible_become: false",
        "jc_platform: linux_headless",
        "jc_install_dir: /home/plain/jumpclient",
        "jc_boot: none",
    ];
    stage.inventory(&vars, |_, _| String::new());
    stage.rollout(&[]).expect(0);
    has_its_client(stage, &stage.hosts[0]);
    verify(stage, &[]).expect(0);
    uninstall(stage, &[]).expect(0);
    ended(&stage.report(), &stage.hosts[0], "removed");
    bare(stage, &stage.hosts[0]);
    assert_eq!(run(stage, &stage.hosts[0], "ls -d /home/plain/jumpclient 2>/dev/null; true"), "");
}

fn in_its_name(stage: &Stage) {
    stage.standard();
    stage.headless();
    let host = &stage.hosts[0];
    stage.rollout(&[]).expect(0);
    run(stage, host, "sed -i '2i id -un >/tmp/who' /opt/jumpclient/uninstall");
    uninstall(stage, &[]).expect(0);
    assert_eq!(run(stage, host, "cat /tmp/who"), "jumpclient\n");
    bare(stage, host);
}

fn stuck(stage: &Stage) {
    stage.standard();
    stage.headless();
    stage.rollout(&[]).expect(0);
    let [stuck, failing, missing] = [0, 1, 2].map(|index| stage.hosts[index].as_str());
    behave(stage, stuck, "uninstall=stuck");
    behave(stage, failing, "uninstall=fail");
    run(stage, missing, "rm /opt/jumpclient/uninstall");
    uninstall(stage, &[]).expect(3);
    let report = stage.report();
    ended(&report, stuck, "failed/verify/still_there");
    assert!(detail(&report, stuck).contains("/opt/jumpclient"), "{}", detail(&report, stuck));
    ended(&report, failing, "failed/remove/still_there");
    for word in ["exit code 9", "/opt/jumpclient", "/var/lib/jumpfleet/PRAJumpClient.txt"] {
        assert!(detail(&report, failing).contains(word), "{}", detail(&report, failing));
    }
    let tail = record(&report, failing)["tail"].as_str().unwrap_or_default();
    assert!(tail.contains("could not be uninstalled"), "{tail}");
    ended(&report, missing, "failed/remove/still_there");
    run(stage, stuck, "rm /etc/jump-client-stand-in");
    run(stage, failing, "rm /etc/jump-client-stand-in");
    uninstall(stage, &["-l", &format!("{stuck},{failing}")]).expect(0);
    bare(stage, stuck);
    bare(stage, failing);
}

/// A Raspberry Pi hears what any headless Linux hears; only installers ask for its processor.
fn raspberry_pi(stage: &Stage) {
    stage.standard();
    stage.headless();
    stage.rollout(&[]).expect(0);
    resettle(stage, "linux_service: ", "raspberry_pi: ");
    stage.inventory(&["jc_platform: raspberry_pi", "jc_user: jumpclient"], |_, _| String::new());
    verify(stage, &[]).expect(0);
    uninstall(stage, &[]).expect(0);
    ended(&stage.report(), &stage.hosts[0], "removed");
    bare(stage, &stage.hosts[0]);
}

/// A client of the same generation that nobody has planned.
fn foreign(stage: &Stage, host: &str) {
    run(
        stage,
        host,
        &format!(
            "mkdir -p /opt/bomgar/bomgar-pec-{KEY} && cd /opt/bomgar/bomgar-pec-{KEY} && cp /bin/sleep bomgar-pec && \
             setsid ./bomgar-pec infinity </dev/null >/dev/null 2>&1 &"
        ),
    );
    until(5, "a process runs", || stage.clients(host) == 1);
}

fn others(stage: &Stage) {
    stage.standard();
    newer(stage);
    stage.headless();
    let [same, new] = [0, 1].map(|index| stage.hosts[index].as_str());
    foreign(stage, same);
    stage.rollout(&["-l", new, "--release", "newer"]).expect(0);
    uninstall(stage, &[]).expect(0);
    let report = stage.report();
    for (host, left) in
        [(same, "/opt/bomgar/bomgar-pec-"), (new, "its client is `sra-pin`, not `bomgar-pec`")]
    {
        ended(&report, host, "already_absent");
        let why = record(&report, host).to_string();
        assert!(why.contains(left) && !why.contains(KEY), "{why}");
    }
    assert_eq!(stage.clients(same), 1);
    assert_eq!(run(stage, new, "pgrep -cx sra-pin"), "1\n");
    // Where the inventory names another folder by now, nothing of the old one is stopped.
    uninstall(stage, &["-l", new, "--release", "newer"]).expect(0);
    stage.rollout(&["-l", new]).expect(0);
    stage.inventory(
        &["jc_platform: linux_headless", "jc_user: jumpclient", "jc_install_dir: /opt/elsewhere"],
        |_, _| String::new(),
    );
    uninstall(stage, &["-l", new]).expect(0);
    ended(&stage.report(), new, "already_absent");
    assert_eq!(stage.clients(new), 1);
}

/// Whether the vendor's removal goes on on a host.
fn removes(stage: &Stage, host: &str) -> bool {
    stage.on(host, "pgrep -f '[s]h /opt/jumpclient/uninstall'").code == Some(0)
}

fn lost(stage: &Stage) {
    stage.standard_with(SITE, "connect_deadline: 5s");
    stage.headless();
    let [slow, dead] = [0, 1].map(|index| stage.hosts[index].as_str());
    stage.rollout(&[]).expect(0);
    // Long enough for a busy machine to cut both off in the middle.
    behave(stage, slow, "uninstall=10");
    behave(stage, dead, "uninstall=30");
    let mut going = stage.start(&["uninstall", "-i", "inventory.yaml", "--yes"]);
    until(60, "both removals go on", || removes(stage, slow) && removes(stage, dead));
    // The session ends with its server, and the removal is begun anew or has gone on.
    run(stage, slow, "pkill -KILL -f '[s]shd: admin'; true");
    run(stage, dead, "systemctl stop ssh; pkill -KILL -f '[s]shd: admin'; true");
    assert_eq!(going.wait().expect("an end").code(), Some(3));
    let report = stage.report();
    ended(&report, slow, "removed");
    bare(stage, slow);
    ended(&report, dead, "unknown/remove");
    behave(stage, dead, "uninstall=0");
    run(stage, dead, "systemctl start ssh");
    stage.jumpfleet(&["rollout", "--resume", "latest", "--yes"]).expect(0);
    ended(&stage.report(), dead, "removed");
    bare(stage, dead);
}

fn killed(stage: &Stage) {
    stage.standard();
    stage.headless();
    stage.rollout(&[]).expect(0);
    for host in &stage.hosts {
        behave(stage, host, "uninstall=3");
    }
    let mut going = stage.start(&["uninstall", "-i", "inventory.yaml", "--yes"]);
    until(60, "both removals go on", || stage.hosts.iter().all(|host| removes(stage, host)));
    going.kill().expect("a process");
    going.wait().expect("an end");
    // One is gone by now without a trace, the other one is still as it was.
    let first = &stage.hosts[0];
    run(
        stage,
        first,
        "systemctl disable -q jumpfleet-jump-client; rm -rf /opt/jumpclient /var/lib/jumpfleet \
        /etc/systemd/system/jumpfleet-jump-client.service; systemctl daemon-reload; pkill -x bomgar-pec; true",
    );
    let unknown = stage.report();
    assert_eq!(unknown["summary"]["counts"]["removed"], 0, "{unknown:#}");
    stage.jumpfleet(&["rollout", "--resume", "latest", "--yes"]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "removed");
        bare(stage, host);
    }
}

/// When installers and removals of a run were started.
fn starts(stage: &Stage, run: &str) -> Vec<jiff::Timestamp> {
    let path = stage.path().join("state/jumpfleet/runs").join(run).join("journal.jsonl");
    let journal = std::fs::read_to_string(path).expect("a journal");
    let started = |line: &str| {
        let event: Value = serde_json::from_str(line).expect("an event");
        let at = event["at"].as_str().expect("a moment").parse().expect("a moment");
        matches!(event["event"].as_str(), Some("removal_started" | "install_started")).then_some(at)
    };
    journal.lines().filter_map(started).collect()
}

fn start_limit(stage: &Stage) {
    stage.standard();
    stage.headless();
    // One start in 10.17 s, the guard included.
    stage.rollout(&["--rate", "6/min"]).expect(0);
    let mut all = starts(stage, &last_run(stage));
    uninstall(stage, &["--rate", "6/min"]).expect(0);
    all.extend(starts(stage, &last_run(stage)));
    assert_eq!(all.len(), 4);
    for pair in all.windows(2) {
        let apart = pair[1].duration_since(pair[0]).as_secs_f64();
        assert!(apart > 10.0, "{apart} s");
    }
}

fn undo(stage: &Stage) {
    stage.standard();
    stage.headless();
    let [before, mine, unmarked, later] = [0, 1, 2, 3].map(|index| stage.hosts[index].as_str());
    stage.rollout(&["-l", before]).expect(0);
    stage.rollout(&[]).expect(0);
    let undone = last_run(stage);
    run(stage, unmarked, "rm /var/lib/jumpfleet/PRAJumpClient.txt");
    uninstall(stage, &["-l", later]).expect(0);
    stage.rollout(&["-l", later]).expect(0);
    // Neither the installer nor an unchanged inventory is needed.
    std::fs::remove_dir_all(stage.path().join("installers")).expect("no installers");
    replace(stage, "inventory.yaml", "fleet:", "# changed\nfleet:");
    let unasked = stage.jumpfleet(&["undo", &undone]).expect(6);
    assert!(unasked.stderr.contains(&format!("undoes run {undone}")), "{}", unasked.stderr);
    stage.jumpfleet(&["undo", &undone, "-l", before, "--yes"]).expect(0);
    has_its_client(stage, before);
    stage.jumpfleet(&["undo", &undone, "--yes"]).expect(0);
    let report = stage.report();
    assert_eq!(
        report["summary"]["planned"].as_u64().or(report["hosts"].as_array().map(|all| all.len() as u64)),
        Some(3)
    );
    ended(&report, mine, "removed");
    bare(stage, mine);
    for host in [unmarked, later] {
        ended(&report, host, "already_absent");
        let why = record(&report, host).to_string();
        assert!(why.contains(&format!("not installed by run {undone}")), "{why}");
        assert_eq!(stage.clients(host), 1, "{host}");
    }
    has_its_client(stage, before);
    stage.jumpfleet(&["undo", &last_run(stage), "--yes"]).expect(2);
}

fn older(stage: &Stage) {
    stage.standard();
    newer(stage);
    let [headless, service, stopped] = [0, 1, 2].map(|index| stage.hosts[index].as_str());
    stage.inventory(&["jc_tag: web"], |index, _| match index {
        1 => "jc_platform: linux_service".to_owned(),
        _ => "jc_platform: linux_headless, jc_user: jumpclient".to_owned(),
    });
    stage.rollout(&[]).expect(0);
    // What does not run leaves a marker file that tells what it is.
    run(stage, stopped, "systemctl stop jumpfleet-jump-client");
    let newer = ["--release", "newer"];
    stage.rollout(&newer).expect(0);
    assert_eq!(stage.report()["summary"]["counts"]["already_present"], 3, "never unless it is asked for");
    let look = ["plan", "-i", "inventory.yaml", "--release", "newer", "--replace", "--probe"];
    let plan = stage.jumpfleet(&look).expect(0).stdout;
    assert!(plan.contains("3 to install (3 in the place of another client)"), "{plan}");
    assert!(plan.contains("first remove a client of generation `bomgar`"), "{plan}");
    stage.rollout(&["--replace", "--release", "newer"]).expect(0);
    let (report, name) = (stage.report(), last_run(stage));
    for host in [headless, service, stopped] {
        ended(&report, host, "installed");
        assert_eq!(stage.clients(host), 0, "{host}");
        assert_eq!(run(stage, host, "pgrep -cx sra-pin"), "1\n", "{host}");
        assert_eq!(run(stage, host, "ls -d /opt/jumpclient /opt/bomgar 2>/dev/null; true"), "", "{host}");
        assert_eq!(run(stage, host, "ls /etc/systemd/system/jumpfleet* 2>/dev/null; true"), "", "{host}");
        assert_eq!(staged(stage, host), "", "{host}");
    }
    assert_eq!(events(stage, &name, "removal_started"), 3);
    assert_eq!(events(stage, &name, "install_started"), 3);
    verify(stage, &newer).expect(0);
    stage.rollout(&["--replace", "--release", "newer"]).expect(0);
    assert_eq!(stage.report()["summary"]["counts"]["already_present"], 3);
    // An older one never comes in the place of a newer one.
    stage.rollout(&["--replace"]).expect(0);
    assert_eq!(stage.report()["summary"]["counts"]["already_present"], 3);
}

fn other_site(stage: &Stage) {
    stage.standard();
    stage.headless();
    let [other, failing] = [0, 1].map(|index| stage.hosts[index].as_str());
    stage.rollout(&[]).expect(0);
    resettle(stage, SITE, "new.example.org");
    verify(stage, &[]).expect(3);
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    ended(&report, other, "already_present/install_directory");
    // Whoever thinks that the new site has its client there is told otherwise.
    let told = format!("/opt/jumpclient, of {SITE} by its marker file");
    assert_eq!(record(&report, other)["evidence"], told);
    behave(stage, failing, "uninstall=fail");
    stage.rollout(&["--replace"]).expect(3);
    let report = stage.report();
    ended(&report, other, "installed");
    assert_eq!(stage.clients(other), 1);
    assert!(
        run(stage, other, "cat /var/lib/jumpfleet/PRAJumpClient.txt").contains("site: new.example.org\n")
    );
    ended(&report, failing, "failed/remove/still_there");
    assert_eq!(stage.starts(failing).len(), 1, "nothing is installed beside a client");
    assert_eq!(staged(stage, failing), "");
    verify(stage, &["-l", other]).expect(0);
}

fn drift(stage: &Stage) {
    stage.standard();
    let tagged = |tag: &str| {
        stage.inventory(&["jc_platform: linux_headless", "jc_user: jumpclient"], |_, _| {
            format!("jc_tag: {tag}")
        })
    };
    tagged("web");
    stage.rollout(&[]).expect(0);
    let clean = verify(stage, &[]).expect(0);
    assert_eq!(clean.stdout, "AS PLANNED: 6 hosts\n");
    stage.jumpfleet(&["verify", "--run", "latest"]).expect(0);
    let [stopped, disabled, removed, unmarked, killed, fine] =
        [0, 1, 2, 3, 4, 5].map(|index| stage.hosts[index].as_str());
    run(stage, stopped, "systemctl stop jumpfleet-jump-client");
    run(stage, disabled, "systemctl disable -q jumpfleet-jump-client");
    run(stage, removed, "systemctl stop jumpfleet-jump-client; rm -r /opt/jumpclient");
    run(stage, unmarked, "rm /var/lib/jumpfleet/PRAJumpClient.txt");
    run(
        stage,
        killed,
        "sed -i 's/^setting: jc_tag=.*/setting: jc_tag=db/' /var/lib/jumpfleet/PRAJumpClient.txt",
    );
    std::fs::remove_dir_all(stage.path().join("installers")).expect("no installers");
    let found = verify(stage, &["--format", "json"]).expect(3);
    let found: Value = serde_json::from_str(&found.stdout).expect("JSON");
    assert_eq!((&found["as_planned"], &found["drift"]), (&1.into(), &5.into()), "{found:#}");
    for (host, word) in [
        (stopped, "no process of the client runs"),
        (stopped, "is inactive, not active"),
        (disabled, "it is disabled, not enabled"),
        (removed, "no directory of the client is there"),
        (unmarked, "no marker file"),
        (killed, "`jc_tag` is `db`, not `web`"),
    ] {
        let hosts = found["hosts"].as_array().expect("hosts");
        let host = hosts.iter().find(|checked| checked["name"] == host).expect("the host");
        assert!(host["found"].to_string().contains(word), "{word}: {host:#}");
    }
    // What the inventory says by now is another plan than the run's.
    tagged("db");
    let text = verify(stage, &["-l", &format!("{fine},{killed}")]).expect(3).stdout;
    let shown = format!(
        "DRIFT: of 2 hosts, 1 not as planned, 1 as planned\n\nNOT AS PLANNED\n  {fine} (1 host)\n    `jc_tag` is `web`, not `db`\n"
    );
    assert_eq!(text, shown);
    stage.jumpfleet(&["verify", "--run", "latest", "-l", fine]).expect(0);
}

fn not_looked_at(stage: &Stage) {
    stage.standard_with(SITE, "connect_deadline: 3s");
    stage.headless();
    let [there, away] = [0, 1].map(|index| stage.hosts[index].as_str());
    stage.rollout(&[]).expect(0);
    stage.lab("cut", away);
    let text = verify(stage, &[]).expect(4).stdout;
    assert!(text.starts_with("UNREACHABLE: of 2 hosts, 1 could not be looked at, 1 as planned\n"), "{text}");
    run(stage, there, "systemctl stop jumpfleet-jump-client");
    let text = verify(stage, &[]).expect(3).stdout;
    assert!(text.contains("NOT LOOKED AT\n"), "{text}");
}

fn rerun(stage: &Stage) {
    stage.standard_with(SITE, "connect_deadline: 3s");
    stage.headless();
    let [failing, waiting, gone] = [0, 1, 2].map(|index| stage.hosts[index].as_str());
    behave(stage, failing, "exit=7");
    behave(stage, gone, "exit=7");
    stage.rollout(&["-l", &format!("{failing},{gone}"), "--rate", "30/min"]).expect(3);
    let name = last_run(stage);
    let again = |which: &str| stage.jumpfleet(&["rollout", "--rerun", which, &name, "--yes"]);
    let nothing = again("outstanding").expect(0);
    assert!(nothing.stderr.contains(&format!("Run {name} has no outstanding hosts")), "{}", nothing.stderr);
    again("lost").expect(2);
    for host in [failing, gone] {
        run(stage, host, "rm /etc/jump-client-stand-in");
    }
    replace(stage, "inventory.yaml", &format!("    {gone}: "), "    newcomer: ");
    let done = again("failed").expect(0);
    assert!(done.stderr.contains(&format!("no longer in the inventory: {gone}")), "{}", done.stderr);
    let report = stage.report();
    assert_eq!(report["hosts"].as_array().map(Vec::len), Some(1));
    ended(&report, failing, "installed");
    assert_eq!(report["summary"]["rate"], "30/min", "the pace of the run it repeats");
    assert_eq!(stage.clients(waiting) + stage.clients(gone), 0);
    stage.lab("cut", waiting);
    stage.rollout(&["-l", waiting]).expect(4);
    stage.lab("mend", waiting);
    stage.jumpfleet(&["rollout", "--rerun", "outstanding", "--yes"]).expect(0);
    ended(&stage.report(), waiting, "installed");
    let nothing = stage.jumpfleet(&["rollout", "--rerun", "outstanding", "--yes"]).expect(0);
    assert!(nothing.stderr.contains("has no outstanding hosts"), "{}", nothing.stderr);
}
