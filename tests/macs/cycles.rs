//! Is a client installed, left alone, looked at and removed?

use crate::fleet::{Stage, Test};
use crate::scene::{behave, detail, ended, record, run};
use crate::{left, standard};

pub const TESTS: &[Test] = &[
    ("a_client_is_installed_verified_and_removed", 2, whole_cycle),
    ("each_trace_alone_keeps_a_mac_as_it_is", TRACES.len(), each_trace),
    ("root_removes_nothing_that_others_can_change", 1, changed_by_others),
    ("a_removal_that_fails_is_told", 1, stuck),
    ("a_replacement_takes_one_client_away_and_no_other", 4, replaced),
];

const TAG: &str = r#"it's "one" $HOME `id` \ é;&|*"#;

fn whole_cycle(stage: &Stage) {
    let tag = serde_json::to_string(TAG).unwrap();
    standard(stage, "", |index, _| match index {
        0 => format!("jc_tag: {tag}, jc_staging_dir: /stage"),
        _ => "jc_release: old, jc_comments: x".to_owned(),
    });
    // /var and /tmp are links on a Mac.
    run(stage, &stage.hosts[0], "mkdir -m 1777 -p /private/stage && ln -s private/stage /stage");
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    for (host, app) in stage.hosts.iter().zip(["Open To Start", "Double-Click To Start"]) {
        ended(&report, host, "installed");
        assert_eq!(stage.starts(host).len(), 1, "{host}");
        let left = left(stage, host);
        assert!(!left.contains("jumpfleet-2") && !left.contains("image-path"), "{left}");
        assert!(
            left.contains(&format!("{app} Support Session.app/Contents/MacOS/sdcust -pinned drone")),
            "{left}"
        );
        assert!(left.contains("/Library/LaunchDaemons/com.bomgar.bomgar-ps-"), "{left}");
    }
    let settings = run(stage, &stage.hosts[0], "cat /Applications/.com.bomgar.*/*/Contents/settings.ini");
    assert!(settings.lines().any(|line| line == format!("jc_tag={TAG}")), "{settings}");
    assert_eq!(run(stage, &stage.hosts[0], "ls -A /stage"), "");
    assert_eq!(
        stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0).stdout,
        "AS PLANNED: 2 hosts\n"
    );

    stage.rollout(&[]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "already_present/install_directory");
        assert_eq!(stage.starts(host).len(), 1, "{host}");
    }

    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    let report = stage.report();
    for host in &stage.hosts {
        ended(&report, host, "removed");
        // Also what launchd held besides, which the vendor's removal leaves.
        assert_eq!(left(stage, host), "", "{host}");
    }
    stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(3);
}

const CLIENT: &str = "mkdir -p /tmp/other && printf '#!/bin/sh\\nwhile sleep 60; do :; done\\n' >/tmp/other/PROGRAM && \
    chmod 755 /tmp/other/PROGRAM && mkdir -p /tmp/other/Contents/MacOS && cp /tmp/other/PROGRAM /tmp/other/Contents/MacOS";

/// A rule, what is seen of it, and how the trace comes onto a host; without a line, by running that program.
const TRACES: &[(&str, &str, &str)] = &[
    ("install_directory", "/Applications/.com.bomgar.pec.1", "mkdir /Applications/.com.bomgar.pec.1"),
    ("install_directory", "/Users/Shared/bomgar-scc-1", "mkdir /Users/Shared/bomgar-scc-1"),
    (
        "install_directory",
        "/Applications/BeyondTrust Jump Client - pra.example.org.app",
        "mkdir '/Applications/BeyondTrust Jump Client - pra.example.org.app'",
    ),
    ("process", "sdcust", "/tmp/other/sdcust -pinned drone"),
    ("process", "sra-pin", "/tmp/other/Contents/MacOS/sra-pin"),
    (
        "service",
        "/Library/LaunchDaemons/com.bomgar.bomgar-ps-1.plist",
        "echo >/Library/LaunchDaemons/com.bomgar.bomgar-ps-1.plist",
    ),
    (
        "service",
        "/Library/LaunchAgents/com.bomgar.bomgar-scc-1.plist",
        "echo >/Library/LaunchAgents/com.bomgar.bomgar-scc-1.plist",
    ),
    (
        "marker_file",
        "/Library/Application Support/jumpfleet/PRAJumpClient.txt",
        "mkdir '/Library/Application Support/jumpfleet' && echo >'/Library/Application Support/jumpfleet/PRAJumpClient.txt'",
    ),
];

fn each_trace(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    for (host, (rule, evidence, line)) in stage.hosts.iter().zip(TRACES) {
        match *rule {
            "process" => {
                let client = CLIENT.replace("PROGRAM", evidence);
                run(stage, host, &format!("{client} && {{ nohup {line} </dev/null >/dev/null 2>&1 & }}"))
            }
            _ => run(stage, host, line),
        };
    }
    stage.rollout(&[]).expect(0);
    let report = stage.report();
    assert_eq!(report["summary"]["starts"], 0);
    for (host, (rule, evidence, _)) in stage.hosts.iter().zip(TRACES) {
        ended(&report, host, &format!("already_present/{rule}"));
        assert_eq!(record(&report, host)["evidence"], *evidence);
        assert!(stage.starts(host).is_empty(), "{host}");
        assert_eq!(run(stage, host, "ls -A /var/tmp"), "", "{host}");
    }

    // What jumpfleet did not put there it does not take away.
    let before: Vec<String> = stage.hosts.iter().map(|host| left(stage, host)).collect();
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    let report = stage.report();
    for (host, before) in stage.hosts.iter().zip(&before) {
        ended(&report, host, "already_absent");
        assert_eq!(&left(stage, host), before, "{host}");
    }
}

fn changed_by_others(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    let host = &stage.hosts[0];
    stage.rollout(&[]).expect(0);
    run(stage, host, "chmod o+w /Applications/.com.bomgar.*/*.app/Contents/MacOS");
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(3);
    let report = stage.report();
    ended(&report, host, "failed/remove/still_there");
    let tail = record(&report, host)["tail"].as_str().unwrap_or_default().to_owned();
    assert!(tail.contains("can be changed by others than root: remove this client by hand"), "{tail}");
    assert!(left(stage, host).contains("-pinned drone"));
}

fn stuck(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    let host = &stage.hosts[0];
    stage.rollout(&[]).expect(0);
    behave(stage, host, "uninstall=fail");
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(3);
    let report = stage.report();
    ended(&report, host, "failed/remove/still_there");
    assert!(detail(&report, host).contains("still there"), "{}", detail(&report, host));
    behave(stage, host, "''");
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    assert_eq!(left(stage, host), "");
}

/// A newer application, whose name has its site; its program takes the folder away.
const APPLICATION: &str = "app='/Applications/BeyondTrust Jump Client - SITE.app' && mkdir -p \"$app/Contents/MacOS\" && \
    printf '#!/bin/sh\\nrm -r \"%s\"\\n' \"$app\" >\"$app/Contents/MacOS/sra-pin\" && \
    chmod 755 \"$app/Contents/MacOS/sra-pin\"";

fn replaced(stage: &Stage) {
    standard(stage, "", |_, _| String::new());
    let [marked, several, named, own] = [0, 1, 2, 3].map(|index| stage.hosts[index].as_str());
    stage.rollout(&["--limit", &format!("{marked},{several}")]).expect(0);
    let marker = "'/Library/Application Support/jumpfleet/PRAJumpClient.txt'";
    for host in [marked, several] {
        run(
            stage,
            host,
            &format!("sed -e 's/^site: .*/site: other.example.org/' {marker} >new && cat new >{marker}"),
        );
    }
    run(stage, several, "mkdir /Applications/.com.bomgar.scc.another");
    run(stage, named, &APPLICATION.replace("SITE", "other.example.org"));
    run(stage, own, &APPLICATION.replace("SITE", "PRA.example.org"));
    let before = left(stage, several);

    let plan = stage.jumpfleet(&["plan", "-i", "inventory.yaml", "--replace", "--probe"]).expect(0).stdout;
    assert!(plan.contains("first remove a client of other.example.org"), "{plan}");
    stage.rollout(&["--replace"]).expect(3);
    let report = stage.report();
    ended(&report, marked, "installed");
    ended(&report, named, "installed");
    ended(&report, own, "already_present/install_directory");
    ended(&report, several, "failed/remove/still_there");
    let tail = record(&report, several)["tail"].as_str().unwrap_or_default().to_owned();
    assert!(tail.contains("more than one client is there"), "{tail}");
    assert_eq!(left(stage, several), before);
    assert_eq!(stage.starts(several).len(), 1, "nothing is installed beside a client");
    assert!(!left(stage, named).contains("other.example.org"));
    assert!(left(stage, own).contains("PRA.example.org"));

    // What our marker file tells of is not what is there by now.
    run(stage, named, "rm -r /Applications/.com.bomgar.* /Library/LaunchDaemons/*");
    run(stage, named, &APPLICATION.replace("SITE", "other.example.org"));
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--limit", named, "--yes"]).expect(0);
    ended(&stage.report(), named, "already_absent");
    assert!(left(stage, named).contains("other.example.org"));
}
