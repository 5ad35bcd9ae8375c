//! Do installed clients come to the site, and what is said of those that do not?

use serde_json::json;

use crate::fleet::Stage;
use crate::scene::{Site, count, events, said, until};

const LIST: &str = "/api/config/v1/jump-client";

pub fn installed_clients_are_seen_to_connect(stage: &Stage) {
    let site = Site::of(stage, "", "");
    let done = stage.rollout(&[]).expect(0);
    assert!(
        done.stdout.contains("all 4 hosts have the client, newly installed and connected"),
        "{}",
        said(&done)
    );
    assert_eq!((count(stage, "connected"), count(stage, "installed")), (4, 0));
    assert_eq!(events(stage, "client_connected").len(), 4);
    assert_eq!(site.all("clients").len(), 4);
    // One token for the plan and the run: the other one was that of the process that made the installer.
    assert_eq!(site.asked("/oauth2/token").len(), 2);
    let asked = site.asked(LIST);
    assert!(asked.iter().all(|asked| asked["query"].get("hostname").is_none()), "never host by host");
    // The plan reads the list once, the run again and again, but not all the time.
    let read: Vec<f64> = asked.iter().skip(1).map(|asked| asked["at"].as_f64().unwrap()).collect();
    assert!(!read.is_empty() && read.windows(2).all(|pair| pair[1] - pair[0] >= 2.9), "{read:?}");
    // The site's own clock says how far apart the installers were started: no 61 in a minute.
    let mut begins: Vec<f64> = site.all("begins").iter().map(|begin| begin["at"].as_f64().unwrap()).collect();
    begins.sort_by(f64::total_cmp);
    assert_eq!(begins.len(), 4);
    assert!(begins.last().unwrap() - begins[0] >= 2.9, "{begins:?}");
    assert!(begins.windows(2).all(|pair| pair[1] - pair[0] >= 0.5), "{begins:?}");
    let again = stage.rollout(&[]).expect(0);
    assert_eq!(count(stage, "already_present"), 4, "{}", said(&again));
    assert!(said(&again).contains("online, known by its name and address"), "{}", said(&again));
    // A client of a personal list is there, and the API does not show it.
    let first = site.all("clients")[0].clone();
    site.order(json!({"do": "change", "kind": "clients", "id": first["id"], "jump_group_type": "personal"}));
    let again = stage.rollout(&[]).expect(0);
    assert!(said(&again).contains("the site shows no record"), "{}", said(&again));
}

pub fn clients_of_one_name_are_told_apart_by_their_groups(stage: &Stage) {
    let site = Site::of(stage, ", connect_within: 10s", "");
    // Three shops have a computer that calls itself so, and tells no more.
    site.order(
        json!({"do": "settle", "calls": {"hostname": "POS1", "fqdn": "POS1", "private_ip": "", "public_ip": ""}}),
    );
    let groups = ["a", "b", "b"];
    for code in ["a", "b"] {
        site.order(json!({"do": "add", "kind": "group", "name": code, "code_name": code}));
    }
    let mut inventory = std::fs::read_to_string(stage.path().join("inventory.yaml")).unwrap();
    for (shop, (host, group)) in stage.hosts.iter().zip(groups).enumerate() {
        let own = format!("    pos1.shop{shop}.example: {{jc_jump_group: 'jumpgroup:{group}', ");
        inventory = inventory.replace(&format!("    {host}: {{"), &own);
    }
    let inventory = inventory.replace("    jc_jump_group: 'jumpgroup:servers'\n", "");
    stage.write("inventory.yaml", &inventory);
    let done = stage.rollout(&[]).expect(3);
    assert_eq!((count(stage, "connected"), count(stage, "not_connected")), (1, 2), "{}", said(&done));
    let (came, known) = (&events(stage, "client_connected")[0], site.all("clients"));
    let record = known.iter().find(|record| record["id"] == came["client"]).unwrap();
    let group = site.all("groups").into_iter().find(|group| group["id"] == record["jump_group_id"]).unwrap();
    assert_eq!((&came["host"], &group["code_name"]), (&json!("pos1.shop0.example"), &json!("a")));
    let told = events(stage, "client_not_connected");
    let why = told[0]["detail"].as_str().unwrap();
    assert!(why.contains("several hosts of the inventory are called so"), "{why}");
}

pub fn a_client_that_does_not_connect_is_told_of(stage: &Stage) {
    let site = Site::of(stage, ", connect_within: 3s", "");
    site.order(json!({"do": "settle", "deaf": true}));
    let done = stage.rollout(&[]).expect(3);
    assert!(done.stdout.contains("1 installed but not connected"), "{}", said(&done));
    assert!(done.stdout.contains("reaches the site's port 443"), "{}", said(&done));
    assert_eq!(count(stage, "not_connected"), 1);
    let told = &events(stage, "client_not_connected")[0];
    assert!(told["detail"].as_str().unwrap().contains("no record"), "{told}");
    let junit = stage.jumpfleet(&["report", "latest", "--format", "junit"]).expect(0).stdout;
    assert!(junit.contains("type=\"not_connected\""), "{junit}");
    let offline = stage.jumpfleet(&["report", "latest", "--fail-on", "not_connected"]);
    assert_eq!(offline.code, Some(3), "{}", said(&offline));
}

pub fn a_site_that_stumbles_is_asked_again(stage: &Stage) {
    let site = Site::of(stage, "", "");
    // The plan reads the installers and the clients, and the run the installers again; what goes wrong comes after that.
    let faults =
        [json!({"answer": 500}), json!({"answer": 429, "headers": {"Retry-After": "1"}}), json!({"slow": 2})];
    for fault in faults {
        let mut order = json!({"do": "fault", "path": LIST, "after": 3});
        order.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        site.order(order);
    }
    let done = stage.rollout(&[]).expect(0);
    assert_eq!(count(stage, "connected"), 1, "{}", said(&done));
    assert!(site.asked(LIST).iter().any(|asked| asked["status"] == 500), "the fault was met");
}

pub fn a_record_without_a_client_keeps_its_host(stage: &Stage) {
    let site = Site::of(stage, "", "");
    let host = &stage.hosts[0];
    stage.rollout(&["--limit", host]).expect(0);
    // A machine that was set up anew: its record is left.
    stage
        .on(host, "pkill bomgar-pec; rm -rf /opt/jumpclient /var/lib/jumpfleet* /etc/init.d/jump*")
        .expect(0);
    until("the record is offline", || site.all("clients")[0]["last_disconnect_timestamp"] != "");
    let kept = stage.rollout(&["--limit", host]);
    let text = said(&kept);
    assert!(text.contains("already present (site: Jump Client 1 of the site, offline"), "{text}");
    assert_eq!(stage.clients(host), 0);
    let settings = std::fs::read_to_string(stage.path().join("jumpfleet.yaml")).unwrap();
    stage.write("jumpfleet.yaml", &settings.replace("model: b300", "model: b300, known_clients: install"));
    stage.rollout(&["--limit", host]).expect(0);
    assert_eq!(count(stage, "connected"), 1);
    // A record that the site considers lost keeps nobody.
    let other = &stage.hosts[1];
    stage.write("jumpfleet.yaml", &settings);
    site.order(json!({"do": "add", "kind": "client", "hostname": other, "fqdn": other, "is_lost": true,
        "private_ip": stage.address(other)}));
    stage.rollout(&["--limit", other]).expect(0);
    assert_eq!(count(stage, "connected"), 1);
}

pub fn a_connection_is_new_by_the_sites_clock(stage: &Stage) {
    let site = Site::of(stage, ", connect_within: 5s", "");
    let [behind, ahead] = &stage.hosts[..] else { panic!("two hosts") };
    site.order(json!({"do": "clock", "seconds": -600}));
    stage.rollout(&["--limit", behind]).expect(0);
    assert_eq!(count(stage, "connected"), 1);
    let took = events(stage, "client_connected")[0]["milliseconds"].as_u64().unwrap();
    assert!(took < 60_000, "{took}");
    // Ten minutes ahead, and the host's client is mute: what connected half a minute before is not this one.
    site.order(json!({"do": "clock", "seconds": 570}));
    site.order(json!({"do": "add", "kind": "client", "hostname": ahead, "fqdn": ahead, "private_ip": stage.address(ahead)}));
    site.order(json!({"do": "clock", "seconds": 600}));
    site.order(json!({"do": "settle", "deaf": true}));
    let settings = std::fs::read_to_string(stage.path().join("jumpfleet.yaml")).unwrap();
    stage.write("jumpfleet.yaml", &settings.replace("model: b300", "model: b300, known_clients: install"));
    let done = stage.rollout(&["--limit", ahead]).expect(3);
    assert_eq!(count(stage, "not_connected"), 1, "{}", said(&done));
    assert!(
        events(stage, "client_not_connected")[0]["detail"].as_str().unwrap().contains("connected last at")
    );
}
