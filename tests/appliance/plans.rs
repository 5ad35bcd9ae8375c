//! What does the site say to a plan?

use std::fs;

use serde_json::{Value, json};

use crate::scene::{OWN, Site, ended};

/// A site with a release that is kept as `main`, and an inventory of two hosts.
fn prepared(create: &str) -> Site {
    let site = Site::start("1.10");
    site.settings("  max_clients: 100\n");
    site.order(json!({"do": "add", "kind": "group", "name": "Our Servers", "code_name": "servers"}));
    site.order(json!({"do": "add", "kind": "policy", "display_name": "Nightly", "code_name": "nightly"}));
    let create = format!("installer create main --group servers --platform linux_service {create}");
    let (code, _, err) = run(&site, &create);
    assert_eq!(code, 0, "{err}");
    inventory(&site, "jc_jump_group: 'jumpgroup:servers'");
    site
}

fn inventory(site: &Site, vars: &str) {
    let text = format!(
        "web:\n  hosts:\n    web1: {{ansible_host: 10.0.0.1}}\n    web2: {{ansible_host: 10.0.0.2}}\n  vars: {{jc_platform: linux_service, \
         ansible_user: root, jc_release: main, {vars}}}\n"
    );
    fs::write(site.path().join("fleet.yaml"), text).unwrap();
}

fn run(site: &Site, line: &str) -> (i32, String, String) {
    let words: Vec<&str> = line.split_whitespace().collect();
    ended(&site.jumpfleet(&words, &OWN))
}

/// The plan, its exit code, and the codes of its findings with their levels.
fn plan(site: &Site, more: &str) -> (i32, Value, Vec<String>) {
    let (code, _, err) = run(site, &format!("plan -i fleet.yaml -o plan.json {more}"));
    let text = fs::read_to_string(site.path().join("plan.json")).unwrap_or_else(|_| panic!("no plan: {err}"));
    let plan: Value = serde_json::from_str(&text).unwrap();
    let found = plan["findings"].as_array().unwrap().iter();
    let found = found
        .map(|found| format!("{} {}", found["level"].as_str().unwrap(), found["code"].as_str().unwrap()));
    (code, plan.clone(), found.collect())
}

#[track_caller]
fn has(found: &[String], wanted: &str) {
    assert!(found.iter().any(|one| one == wanted), "{wanted} is not in {found:?}");
}

const OVERRIDES: &str = "--allow-override jump_group,jump_policy --valid 1d";

#[test]
fn a_plan_that_fits_says_what_the_site_told() {
    let site = prepared(OVERRIDES);
    let before = site.asked().len();
    let (code, plan, found) = plan(&site, "");
    assert_eq!(code, 0, "{found:?}");
    let told = &plan["appliance"]["told"];
    assert_eq!((&told["version"], &told["connect_within"]), (&json!("25.2.1 (12345)"), &json!(300)));
    assert!(!found.iter().any(|one| one.starts_with("error")), "{found:?}");
    let asked = site.asked().len() - before;
    assert!(asked <= 8, "{asked} requests are more than a handful");
    assert!(
        site.asked()[before..].iter().all(|asked| asked.method == "GET" || asked.path == "/oauth2/token")
    );
    let offline = run(&site, "plan -i fleet.yaml --offline");
    assert_eq!((offline.0, site.asked().len()), (0, before + asked), "{}", offline.2);
}

#[test]
fn names_that_the_site_does_not_have_forbid_the_plan() {
    let site = prepared(OVERRIDES);
    inventory(&site, "jc_jump_group: 'jumpgroup:servrs', jc_jump_policy: Nightly");
    let (code, plan, found) = plan(&site, "");
    assert_eq!(code, 2, "{found:?}");
    has(&found, "error code_name_unknown");
    let said = plan["findings"].to_string();
    assert!(
        said.contains("did you mean `servers`?") && said.contains("its code name is `nightly`"),
        "{said}"
    );
    assert!(said.contains("jc_jump_policy of 2 hosts"), "{said}");
    let (code, _, err) = run(&site, "rollout plan.json --yes");
    assert!(code == 2 && err.contains("must not be carried out"), "{err}");
}

#[test]
fn session_policies_are_looked_up_by_their_code_names_too() {
    let site = prepared("--allow-override session_policy");
    site.order(json!({"do": "add", "kind": "session_policy", "display_name": "Recorded", "code_name": "always_recorded"}));
    for (value, hint) in [
        ("always_recoded", "did you mean `always_recorded`?"),
        ("Recorded", "its code name is `always_recorded`"),
    ] {
        inventory(&site, &format!("jc_session_policy: {value}"));
        let (code, plan, found) = plan(&site, "");
        assert_eq!(code, 2, "{found:?}");
        has(&found, "error code_name_unknown");
        let said = plan["findings"].to_string();
        let what = format!("no session policy with the code name `{value}` (jc_session_policy of 2 hosts)");
        assert!(said.contains(&what) && said.contains(hint), "{said}");
    }
    inventory(&site, "jc_session_policy: always_recorded");
    let (code, _, found) = plan(&site, "");
    assert!(code == 0 && !found.iter().any(|one| one.contains("code_name_unknown")), "{code} {found:?}");
}

#[test]
fn an_account_that_is_told_no_version_is_warned_of() {
    let site = Site::with("1.10", &[], json!({"perm_command": "deny"}));
    site.settings("");
    site.order(json!({"do": "add", "kind": "group", "name": "Our Servers", "code_name": "servers"}));
    assert_eq!(run(&site, "installer create main --group servers --platform linux_service").0, 0);
    inventory(&site, "x: y");
    let (code, planned, found) = plan(&site, "");
    assert_eq!((code, &planned["appliance"]["told"]["version"]), (0, &json!("API 1.10")));
    has(&found, "warning version_not_known");
    assert!(planned["findings"].to_string().contains("perm_command (read_only is enough)"), "{planned}");
    let (code, out, _) = run(&site, "appliance check");
    let lacks = "LACKS       perm_command (deny): needed by jumpfleet sessions terminate; read_only is enough to list, \
                 for removals, and for plan and rollout to notice upgrades";
    assert!(code == 3 && out.contains(lacks), "{out}");
}

#[test]
fn seats_are_counted_by_clients_not_by_records() {
    let site = prepared(OVERRIDES);
    let add = |hostname: &str, more: Value| {
        let mut order = json!({"do": "add", "kind": "client", "hostname": hostname, "fqdn": hostname});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        site.order(order)
    };
    // All seats are taken, two of them by the plan's own hosts.
    site.order(json!({"do": "fill", "clients": 98}));
    for (name, address) in [("web1", "10.0.0.1"), ("web2", "10.0.0.2")] {
        add(name, json!({"private_ip": address}));
    }
    let (code, planned, found) = plan(&site, "--replace");
    assert_eq!((code, &planned["appliance"]["clients"]), (0, &json!(100)), "{found:?}");
    let settings = fs::read_to_string(site.path().join("jumpfleet.yaml")).unwrap();
    let install = settings.replace("  max_clients: 100\n", "  max_clients: 100\n  known_clients: install\n");
    fs::write(site.path().join("jumpfleet.yaml"), install).unwrap();
    assert_eq!(plan(&site, "").0, 0);
    // One that may be another computer's is none of theirs.
    site.order(json!({"do": "change", "kind": "clients", "id": 100, "private_ip": "10.9.9.9"}));
    let (code, planned, found) = plan(&site, "--replace");
    assert_eq!(code, 2, "{found:?}");
    assert!(planned["findings"].to_string().contains("1 more are 1 too many"), "{planned}");
    // What was uninstalled takes no seat.
    site.order(json!({"do": "change", "kind": "clients", "id": 1, "connection_type": "uninstalled"}));
    let (code, planned, found) = plan(&site, "--replace");
    assert_eq!((code, &planned["appliance"]["clients"]), (0, &json!(99)), "{found:?}");
}

#[test]
fn installers_that_are_gone_or_changed_on_the_site_are_found() {
    let site = prepared(OVERRIDES);
    site.order(json!({"do": "change", "kind": "installers", "id": 1, "expiration_timestamp": "2040-01-01T00:00:00.000+00:00"}));
    let (_, planned, found) = plan(&site, "");
    has(&found, "warning installer_expiry_differs");
    assert_eq!(planned["releases"]["main"]["expires"], json!("2040-01-01T00:00:00Z"));
    site.order(json!({"do": "change", "kind": "installers", "id": 1, "allow_override_jump_policy": false}));
    has(&plan(&site, "").2, "warning installer_overrides_differ");
    inventory(&site, "jc_jump_policy: nightly");
    let (code, _, err) = run(&site, "plan -i fleet.yaml");
    assert!(
        code == 2 && err.contains("jump_policy"),
        "what the site does not permit fails every install: {err}"
    );
    inventory(&site, "x: y");
    assert_eq!(plan(&site, "").0, 0);
    site.order(json!({"do": "remove", "kind": "installers", "id": 1}));
    let (code, _, err) = run(&site, "rollout plan.json --yes");
    assert!(
        code == 6 && err.contains("the installers of `main` are not on the site any more"),
        "{code} {err}"
    );
    let (code, _, found) = plan(&site, "");
    assert_eq!(code, 2);
    has(&found, "error installer_gone");
}

#[test]
fn an_upgraded_appliance_forbids_plans_with_older_installers() {
    let site = prepared(OVERRIDES);
    assert_eq!(plan(&site, "").0, 0);
    site.order(json!({"do": "upgrade", "version": "1.12"}));
    let (code, _, err) = run(&site, "rollout plan.json --yes");
    assert!(
        code == 6 && err.contains("the appliance was upgraded from 25.2.1 (12345) to 26.1.1 (12345)"),
        "{code} {err}"
    );
    let (code, _, found) = plan(&site, "");
    assert_eq!(code, 2);
    has(&found, "error appliance_version_differs");
}

#[test]
fn an_upgrade_to_another_build_of_the_same_version_forbids_them_too() {
    let site = prepared(OVERRIDES);
    site.order(json!({"do": "upgrade", "version": "1.10", "build": "12346"}));
    let (code, _, found) = plan(&site, "");
    assert_eq!(code, 2);
    has(&found, "error appliance_version_differs");
}

#[test]
fn seats_and_jumpoints_are_looked_at() {
    let site = prepared(OVERRIDES);
    for number in 0..99 {
        site.order(json!({"do": "add", "kind": "client", "hostname": format!("other{number}")}));
    }
    let (code, planned, found) = plan(&site, "");
    assert_eq!((code, &planned["appliance"]["clients"]), (2, &json!(99)));
    has(&found, "error appliance_full");
    assert!(
        planned["findings"].to_string().contains("clients in personal lists are not counted"),
        "{planned}"
    );
    site.order(json!({"do": "settle", "clients": {}}));
    let point = json!({"do": "add", "kind": "jumpoint", "name": "edge", "connected": true, "jzp_enabled": true, "code_name": "edge", "platform": "linux-x86"});
    let id = site.order(point)["id"].clone();
    let line = "installer create edge --group servers --platform linux_service --jumpoint-proxy edge";
    assert_eq!(run(&site, line).0, 0);
    let text = fs::read_to_string(site.path().join("fleet.yaml"))
        .unwrap()
        .replace("jc_release: main", "jc_release: edge");
    fs::write(site.path().join("fleet.yaml"), text.replace("jc_jump_group: 'jumpgroup:servers'", "x: y"))
        .unwrap();
    assert_eq!(plan(&site, "").0, 0);
    site.order(json!({"do": "change", "kind": "jumpoints", "id": id, "connected": false}));
    has(&plan(&site, "").2, "error jumpoint_offline");
}

#[test]
fn lost_uninstalled_known_and_doubtful_records_are_told_apart() {
    let site = prepared(OVERRIDES);
    let client = |more: Value| {
        let mut order = json!({"do": "add", "kind": "client", "hostname": "web1", "fqdn": "web1", "private_ip": "10.0.0.1"});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        site.order(order)["id"].clone()
    };
    let gone = |id: Value| site.order(json!({"do": "remove", "kind": "clients", "id": id}));
    for (more, code, skips) in [
        (json!({"is_lost": true}), "note site_lost", false),
        (json!({"connection_type": "uninstalled"}), "note site_uninstalled", false),
        (json!({}), "warning site_knows", true),
        (json!({"hostname": "WEB1.", "private_ip": ""}), "warning site_knows", true),
        (json!({"last_disconnect_timestamp": "2040-01-01T00:00:00.000+00:00"}), "warning site_knows", true),
        (json!({"private_ip": "10.9.9.9"}), "warning site_may_know", false),
        (json!({"hostname": "else", "fqdn": "else"}), "warning site_may_know", false),
    ] {
        let id = client(more.clone());
        let (_, plan, found) = plan(&site, "");
        has(&found, code);
        assert!(plan["hosts"][0]["record"].is_object() && plan["hosts"][1].get("record").is_none(), "{more}");
        let shown = run(&site, "plan -i fleet.yaml").1;
        assert_eq!(shown.contains("1 to install"), skips, "{more}: {shown}");
        gone(id);
    }
    let id = client(json!({"jump_group_type": "personal"}));
    assert!(plan(&site, "").1["hosts"][0].get("record").is_none(), "personal lists are not shown");
    gone(id);
}

#[test]
fn a_limit_does_not_change_whose_record_it_is() {
    let site = prepared(OVERRIDES);
    let hosts = |first: &str, second: &str| {
        let text = format!(
            "shops:\n  hosts:\n    pos1.shop1.example: {{{first}}}\n    pos1.shop2.example: {{{second}}}\n  vars: \
             {{jc_platform: linux_service, ansible_user: root, jc_release: main}}\n"
        );
        fs::write(site.path().join("fleet.yaml"), text).unwrap();
    };
    hosts("", "");
    let add = |more: Value| {
        let mut order = json!({"do": "add", "kind": "client", "hostname": "POS1", "fqdn": "POS1"});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        site.order(order)["id"].clone()
    };
    let id = add(json!({}));
    for task in ["", "--uninstall"] {
        for limit in ["", "--limit pos1.shop1.example", "--limit pos1.shop2.example"] {
            let (_, plan, found) = plan(&site, &format!("{task} {limit}"));
            has(&found, "warning site_may_know");
            assert_eq!(plan["hosts"][0]["record"]["ambiguous"], json!(true), "{task} {limit}: {plan}");
            let shared = json!({"by": "name", "in_group": "name"});
            let shared = if limit.is_empty() { Value::Null } else { shared };
            assert_eq!(plan["hosts"][0]["namesakes"], shared, "{task} {limit}");
            let shown = run(&site, &format!("plan -i fleet.yaml {task} {limit}")).1;
            assert!(!shown.contains("already present"), "{task} {limit}: {shown}");
        }
    }
    let limited = |limit: &str| {
        let (_, out, _) = run(&site, &format!("clients drift -i fleet.yaml --limit {limit}"));
        out.lines().next().unwrap().to_owned()
    };
    for shop in ["pos1.shop1.example", "pos1.shop2.example"] {
        let said = "ambiguous     `POS1` may be pos1.shop1.example or pos1.shop2.example (client ";
        let said = if shop.contains("shop1") { said } else { "ambiguous     `POS1` may be " };
        assert!(limited(shop).starts_with(said), "{}", limited(shop));
    }
    site.order(json!({"do": "remove", "kind": "clients", "id": id}));
    // What tells whose it is tells it whoever is left out.
    hosts("ansible_host: 10.0.1.1", "ansible_host: '10.0.{{ shop }}.1', shop: 2");
    let id = add(json!({"private_ip": "10.0.2.1"}));
    let record = |limit: &str| plan(&site, &format!("--limit {limit}")).1["hosts"][0].get("record").cloned();
    assert_eq!(record("pos1.shop1.example"), None);
    assert_eq!(record("pos1.shop2.example").unwrap()["matched"], json!("name_and_address"));
    assert_eq!(
        limited("pos1.shop1.example"),
        "missing       pos1.shop1.example: the site has no client of it"
    );
    site.order(json!({"do": "remove", "kind": "clients", "id": id}));
    // One that is left out and whose address cannot be told has its name nevertheless.
    hosts("", "ansible_host: '{{ nowhere }}'");
    add(json!({}));
    has(&plan(&site, "--limit pos1.shop1.example").2, "warning site_may_know");
}

#[test]
fn a_name_that_windows_cut_keeps_nobody_from_a_client() {
    let site = prepared(OVERRIDES);
    let text = "web:\n  hosts: {workstation-number-7.corp.example: }\n  vars: {jc_platform: linux_service, \
                ansible_user: root, jc_release: main}\n";
    fs::write(site.path().join("fleet.yaml"), text).unwrap();
    let add = |fqdn: &str| {
        let order = json!({"do": "add", "kind": "client", "hostname": "WORKSTATION-NUM", "fqdn": fqdn});
        site.order(order)["id"].clone()
    };
    let other = add("workstation-number-8.corp.example");
    let (_, planned, _) = plan(&site, "");
    assert_eq!(planned["hosts"][0].get("record"), None, "it is number 8's");
    site.order(json!({"do": "remove", "kind": "clients", "id": other}));
    add("WORKSTATION-NUM");
    for task in ["", "--uninstall"] {
        let (_, planned, found) = plan(&site, task);
        has(&found, "warning site_may_know");
        assert_eq!(planned["hosts"][0]["record"]["matched"], json!("cut_name"));
    }
}

#[test]
fn a_site_that_is_away_is_told_with_the_way_around_it() {
    let site = prepared(OVERRIDES);
    site.order(json!({"do": "fault", "path": "/api", "answer": 500, "times": 100}));
    let (code, _, err) = run(&site, "plan -i fleet.yaml");
    assert!(code == 1 && err.contains("answered 500"), "{code} {err}");
    assert_eq!(run(&site, "plan -i fleet.yaml --offline").0, 0);
}
