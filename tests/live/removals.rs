//! Does a removal take the record away too, and are ghosts told of?

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
