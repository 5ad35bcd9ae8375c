//! Does a removal take the record away too, and are ghosts told of?

use std::time::Duration;

use serde_json::{Value, json};

use crate::fleet::Stage;
use crate::scene::{Site, count, events, said, until};

pub fn a_removal_has_two_sides(stage: &Stage) {
    let site = Site::of(stage, "", "");
    stage.rollout(&[]).expect(0);
    let record = |host: &str| {
        let clients = site.all("clients");
        clients.into_iter().find(|client| client["hostname"] == host).unwrap_or(Value::Null)
    };
    let [whole, ghost, unknown, stuck] = &stage.hosts[..] else { panic!("four hosts") };
    // A record whose client is gone, and a client whose record is gone.
    stage.on(ghost, "pkill bomgar-pec; rm -rf /opt/jumpclient /var/lib/jumpfleet*").expect(0);
    until("it is offline", || record(ghost)["last_disconnect_timestamp"] != "");
    site.order(json!({"do": "remove", "kind": "clients", "id": record(unknown)["id"]}));
    let path = format!("/api/config/v1/jump-client/{}", record(stuck)["id"]);
    site.order(json!({"do": "fault", "path": path, "answer": 500, "times": 1}));
    let done = stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(3);
    let text = said(&done);
    for told in ["deleted: ", "deleted, a ghost: there was no client: ", "none was there, a ghost"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(text.contains("record_left") && text.contains("the client is removed, and its record"), "{text}");
    assert_eq!((count(stage, "removed"), count(stage, "already_absent"), count(stage, "failed")), (2, 1, 1));
    let report = stage.report();
    let end = |host: &str| {
        let hosts = report["hosts"].as_array().unwrap();
        hosts.iter().find(|line| line["name"] == host).unwrap()["record"].clone()
    };
    assert_eq!([end(whole), end(ghost), end(unknown), end(stuck)], ["deleted", "deleted", "none", "left"]);
    assert_eq!(events(stage, "record_ended").len(), 4);
    assert!(stage.hosts.iter().all(|host| stage.clients(host) == 0));
    // The half that is left is done by the next one.
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    assert_eq!(site.all("clients"), Vec::<Value>::new(), "the site is empty");
    // What a run installed is taken back on both sides, too.
    stage.rollout(&["--limit", whole]).expect(0);
    assert_eq!(site.all("clients").len(), 1);
    stage.jumpfleet(&["undo", "latest", "--yes"]).expect(0);
    assert_eq!(site.all("clients"), Vec::<Value>::new());
}

pub fn a_limit_deletes_no_record_that_may_be_anothers(stage: &Stage) {
    let site = Site::of(stage, "", "");
    stage.rollout(&[]).expect(0);
    let host = &stage.hosts[0];
    // The record of a computer without a domain, of which the inventory has two.
    stage.on(host, "pkill bomgar-pec").expect(0);
    until("it is offline", || site.all("clients")[0]["last_disconnect_timestamp"] != "");
    let id = site.all("clients")[0]["id"].clone();
    site.order(json!({"do": "change", "kind": "clients", "id": id, "fqdn": host, "private_ip": ""}));
    stage.write(
        "more.yaml",
        &format!("all: {{hosts: {{{host}.elsewhere.example: {{ansible_host: 192.0.2.9}}}}}}\n"),
    );
    let limited = ["uninstall", "-i", "inventory.yaml", "-i", "more.yaml", "--limit", host, "--yes"];
    let done = stage.jumpfleet(&limited).expect(0);
    assert_eq!((stage.clients(host), site.all("clients").len()), (0, 1), "{}", said(&done));
    assert_eq!(events(stage, "record_ended").iter().filter(|event| event["end"] == "deleted").count(), 0);
}

pub fn an_open_session_keeps_its_host(stage: &Stage) {
    let site = Site::of(stage, "", "");
    stage.rollout(&[]).expect(0);
    let [busy, free] = &stage.hosts[..] else { panic!("two hosts") };
    let session = json!({"do": "add", "kind": "session", "hostname": busy, "username": "eve"});
    let lsid = site.order(session)["lsid"].clone();
    let uninstall = |more: &[&str]| {
        // The last run is told by the second in which it began.
        std::thread::sleep(Duration::from_millis(1100));
        stage.jumpfleet(&[&["uninstall", "-i", "inventory.yaml", "--yes"], more].concat())
    };
    let text = said(&uninstall(&[]).expect(3));
    for told in ["session_open", "--terminate-sessions", "of eve is open", lsid.as_str().unwrap()] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert_eq!([stage.clients(busy), stage.clients(free)], [1, 0], "nobody is cut off");
    let ends =
        || -> Vec<Value> { events(stage, "session_met").iter().map(|event| event["end"].clone()).collect() };
    assert_eq!(ends(), ["refused"]);
    // Who waits in vain leaves the host, too.
    uninstall(&["--limit", busy, "--wait-for-sessions", "3s"]).expect(3);
    assert_eq!(ends(), ["awaited", "refused"]);
    assert_eq!(stage.clients(busy), 1);
    // A site that does not tell keeps the host as well.
    site.order(json!({"do": "fault", "path": "/api/reporting", "answer": 403, "times": 1}));
    let text = said(&uninstall(&["--limit", busy, "--terminate-sessions"]).expect(3));
    assert!(text.contains("sessions_unknown"), "{text}");
    assert_eq!(stage.clients(busy), 1);
    uninstall(&["--limit", busy, "--terminate-sessions"]).expect(0);
    assert_eq!(ends(), ["ended"]);
    let session = site.all("sessions").into_iter().find(|session| session["lsid"] == lsid).unwrap();
    assert_ne!(session["end_time"], Value::Null, "it is ended at the site");
    assert_eq!(stage.clients(busy), 0);
    let report = stage.report();
    let host = report["hosts"].as_array().unwrap().iter().find(|line| line["name"] == **busy).unwrap();
    assert_eq!(host["sessions"][0], json!({"lsid": lsid, "users": ["eve"], "end": "ended"}));
}

pub fn a_replacement_cuts_nobody_off_and_names_the_ghost(stage: &Stage) {
    let site = Site::of(stage, "", "");
    stage.rollout(&[]).expect(0);
    // The site is upgraded to one with Command API v2, and a newer generation of clients takes the old one's place.
    site.order(json!({"do": "upgrade", "version": "1.12"}));
    stage
        .jumpfleet(&["installer", "create", "next", "--group", "servers", "--platform", "linux_headless"])
        .expect(0);
    let inventory = std::fs::read_to_string(stage.path().join("inventory.yaml")).unwrap();
    let inventory = inventory.replace("jc_release: main", "jc_release: next");
    stage.write("inventory.yaml", &inventory.replace("    jc_jump_group: 'jumpgroup:servers'\n", ""));
    let [busy, free] = &stage.hosts[..] else { panic!("two hosts") };
    let session = json!({"do": "add", "kind": "session", "hostname": busy, "username": "eve"});
    let lsid = site.order(session)["lsid"].clone();
    let replace = |more: &[&str]| {
        // The last run is told by the second in which it began.
        std::thread::sleep(Duration::from_millis(1100));
        stage.rollout(&[&["--replace"], more].concat())
    };
    let ends =
        || -> Vec<Value> { events(stage, "session_met").iter().map(|event| event["end"].clone()).collect() };
    let records = |host: &str| {
        let clients = site.all("clients").into_iter();
        clients.filter(|client| client["hostname"] == host).collect::<Vec<_>>()
    };
    let text = said(&replace(&[]).expect(3));
    assert!(text.contains("session_open") && text.contains("of eve is open"), "{text}");
    assert_eq!(ends(), ["refused"]);
    assert_eq!([records(busy).len(), records(free).len()], [1, 2], "{text}");
    // The old client's record is what is left of it, and is named.
    assert!(text.contains("that of the client before, a ghost"), "{text}");
    let ghosts = events(stage, "record_ended");
    assert_eq!(
        (ghosts.len(), &ghosts[0]["end"], &ghosts[0]["client"]),
        (1, &json!("replaced"), &records(free)[0]["id"])
    );
    let ghost = records(free)[0]["id"].clone();
    assert!(text.contains(&format!("deleted by: jumpfleet clients prune --id {ghost}\n")), "{text}");
    let table = stage.jumpfleet(&["report", "latest", "--format", "csv"]).expect(0).stdout;
    assert!(table.lines().any(|row| row.ends_with(" by eve: refused")), "{table}");
    let prune = ["clients", "prune", "--id", &ghost.to_string(), "--yes"];
    assert!(said(&stage.jumpfleet(&prune).expect(0)).contains("1 deleted"));
    assert_eq!(records(free).len(), 1);
    // A site that does not tell keeps the host as well.
    site.order(json!({"do": "fault", "path": "/api/command/v2/client", "answer": 500, "times": 1}));
    let text = said(&replace(&["--limit", busy, "--terminate-sessions"]).expect(3));
    assert!(text.contains("sessions_unknown"), "{text}");
    assert_eq!(stage.clients(busy), 1);
    replace(&["--limit", busy, "--terminate-sessions"]).expect(0);
    assert_eq!(ends(), ["ended"]);
    let session = site.all("sessions").into_iter().find(|session| session["lsid"] == lsid).unwrap();
    assert_ne!(session["end_time"], Value::Null, "it is ended at the site");
    assert!(
        site.asked(&format!("/api/command/v2/session/{}", lsid.as_str().unwrap()))
            .iter()
            .any(|asked| asked["status"] == 204)
    );
    assert_eq!(records(busy).len(), 2);
    for format in ["text", "markdown", "junit", "html", "json", "csv"] {
        let report = stage.jumpfleet(&["report", "latest", "--format", format]).expect(0).stdout;
        assert!(report.contains(lsid.as_str().unwrap()) && report.contains("eve"), "{format}: {report}");
    }
    // A removal from such a site looks at the same sessions.
    let again = json!({"do": "add", "kind": "session", "hostname": busy, "username": "bob"});
    site.order(again);
    std::thread::sleep(Duration::from_millis(1100));
    let removal = stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes", "--limit", busy]);
    assert_eq!((removal.code, ends()), (Some(3), vec![json!("refused")]), "{}", said(&removal));
}
