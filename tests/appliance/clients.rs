//! Are the site's clients listed, compared, changed and deleted as they should be, and nothing else?

use std::fs;

use serde_json::{Value, json};

use crate::scene::{OWN, Site, ended};

const CLIENTS: &str = "/api/config/v1/jump-client";

fn run(site: &Site, line: &str) -> (i32, String, String) {
    ended(&site.jumpfleet(&line.split(' ').collect::<Vec<_>>(), &OWN))
}

fn json_of(site: &Site, line: &str) -> (i32, Value) {
    let (code, out, err) = run(site, line);
    (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
}

/// A site with two groups and two policies.
fn prepared(version: &str) -> Site {
    let site = Site::with(version, &[], json!({"perm_reporting_duplicate_jump_client": true}));
    site.settings("");
    for (kind, code) in
        [("group", "servers"), ("group", "web"), ("policy", "always"), ("session_policy", "none1")]
    {
        // The first session policy can be given to nobody.
        let id = if kind == "session_policy" { json!(2) } else { Value::Null };
        site.order(json!({"do": "add", "kind": kind, "name": code, "display_name": code, "code_name": code, "id": id}));
    }
    site
}

fn client(site: &Site, fields: Value) -> u64 {
    let mut order = json!({"do": "add", "kind": "client"});
    order.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    site.order(order)["id"].as_u64().unwrap()
}

/// The numbers of the clients that the site has.
fn left(site: &Site) -> Vec<u64> {
    let all = site.order(json!({"do": "show", "kind": "clients"}));
    all.as_array().unwrap().iter().map(|client| client["id"].as_u64().unwrap()).collect()
}

fn numbers(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect()
}

const EARLY: &str = "2026-01-01T00:00:00.000+00:00";
const LATE: &str = "2026-01-02T00:00:00.000+00:00";

/// A client that was connected until then.
fn gone(hostname: &str, until: &str, more: Value) -> Value {
    let mut fields = json!({"hostname": hostname, "fqdn": format!("{hostname}.example"),
        "last_connect_timestamp": until, "last_disconnect_timestamp": LATE});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

#[test]
fn filters_are_the_sites_where_it_has_them_and_ours_where_not() {
    let site = prepared("1.10");
    client(&site, json!({"hostname": "WEB1", "tag": "a b", "jump_group_id": 2, "needs_update": true}));
    client(&site, gone("web2", EARLY, json!({"tag": "x", "operating_system": "Windows 11"})));
    client(&site, json!({"hostname": "web3", "is_lost": true}));
    client(&site, json!({"hostname": "web4", "connection_type": "uninstalled"}));
    client(&site, json!({"hostname": "mine", "jump_group_type": "personal"}));
    for (line, found) in [
        ("", vec![1, 2, 3, 4]),
        ("--hostname web1", vec![1]),
        ("--group web", vec![1]),
        ("--tag x", vec![2]),
        ("--state offline", vec![2]),
        ("--state lost,uninstalled", vec![3, 4]),
        ("--state uninstalled", vec![4]),
        ("--state online", vec![1]),
        ("--needs-update", vec![1]),
        ("--os windows", vec![2]),
        ("--fqdn web2.example", vec![2]),
        ("--private-ip 192.0.2.1 --connection active", vec![1, 2, 3]),
        ("--hostname nobody", vec![]),
    ] {
        let line = format!("clients list --format json {line}");
        let (code, listed) = json_of(&site, line.trim());
        assert_eq!((code, numbers(&listed)), (0, found), "{line}");
    }
    let done = site.jumpfleet(&["clients", "list", "--tag", "a b"], &OWN);
    let (code, out, _) = ended(&done);
    assert_eq!(code, 0);
    assert!(
        out.starts_with("     1  online       WEB1  group web, tag a b, needs update, connected last 2"),
        "{out}"
    );
    // What the site can leave out is not asked for.
    let asked = site.asked().into_iter().filter(|asked| asked.path == CLIENTS);
    assert!(
        asked.filter(|asked| asked.query["per_page"] == "100").any(|asked| asked.query.contains_key("tag"))
    );
    let (code, _, err) = run(&site, "clients list --group wbe");
    assert!(code == 2 && err.contains("did you mean `web`?"), "{err}");
    assert_eq!(run(&site, "clients list --hostname nobody").1, "the site has no such clients\n");
}

#[test]
fn a_client_without_a_value_is_listed_as_any_other() {
    let site = prepared("1.10");
    client(&site, json!({"hostname": "web1"}));
    client(&site, json!({"hostname": "web2"}));
    // The vendor's specification has no null there; real sites are not bound by it.
    let mut all = site.order(json!({"do": "show", "kind": "clients"}));
    for name in
        ["fqdn", "tag", "comments", "name", "operating_system", "console_user", "is_lost", "needs_update"]
    {
        all[0][name] = Value::Null;
    }
    let headers = json!({"X-BT-Pagination-Total": "2", "X-BT-Pagination-Last-Page": "1"});
    site.order(json!({"do": "fault", "path": CLIENTS, "answer": 200, "body": all, "headers": headers}));
    let (code, listed) = json_of(&site, "clients list --format json");
    assert_eq!((code, numbers(&listed)), (0, vec![1, 2]));
}

#[test]
fn a_filter_that_the_site_lets_through_is_ours_too() {
    let site = prepared("1.10");
    client(&site, json!({"hostname": "web1", "console_user": "Eve"}));
    client(&site, json!({"hostname": "web2", "console_user": "bob"}));
    client(&site, json!({"hostname": "web3"}));
    let line = "clients list --console-user eve --format json";
    assert_eq!(numbers(&json_of(&site, line).1), [1]);
    let all = site.order(json!({"do": "show", "kind": "clients"}));
    let headers = json!({"X-BT-Pagination-Total": "3", "X-BT-Pagination-Last-Page": "1"});
    site.order(json!({"do": "fault", "path": CLIENTS, "answer": 200, "body": all, "headers": headers}));
    assert_eq!(numbers(&json_of(&site, line).1), [1], "also where the site does not compare");
}

#[test]
fn clients_of_personal_lists_are_passed_over_where_a_site_lists_them() {
    let site = prepared("1.10");
    // The number of a user's list is that of the group `servers`.
    let pc = |came, owner| {
        let more = json!({"private_ip": "10.0.0.1", "jump_group_type": owner, "is_lost": true,
            "last_disconnect_timestamp": came});
        client(&site, gone("pc1", came, more));
    };
    pc(EARLY, "personal");
    pc(LATE, "shared");
    let all = site.order(json!({"do": "show", "kind": "clients"}));
    let headers = json!({"X-BT-Pagination-Total": "2", "X-BT-Pagination-Last-Page": "1"});
    let fleet = "web: {hosts: {pc1.example: }, vars: {jc_platform: linux_service, ansible_user: root}}\n";
    fs::write(site.path().join("fleet.yaml"), fleet).unwrap();
    let lists = || {
        let fault = json!({"do": "fault", "path": CLIENTS, "answer": 200, "body": all, "headers": headers});
        site.order(fault);
    };
    for (line, said) in [
        ("clients list", "     2  lost"),
        ("clients duplicates", "no computer is surely there twice"),
        ("clients drift -i fleet.yaml", "lost          pc1.example: the site considers it lost (client 2)"),
        ("clients set tag=x --all --dry-run", "     2  `pc1.example`"),
        ("clients prune --lost --group servers --yes", "lost:      2  lost"),
    ] {
        lists();
        let (_, out, err) = run(&site, line);
        assert!(out.starts_with(said), "{line}: {out}{err}");
    }
    assert_eq!(left(&site), [1]);
}

#[test]
fn computers_that_are_there_twice_are_found_by_the_report_and_without_it() {
    for (version, source) in [("1.12", "report"), ("1.10", "names")] {
        let site = prepared(version);
        // None of them came before the one before it had gone.
        let known = |system: &str, installed: &str, went: &str| json!({"system_identifier": system, "installed": installed, "last_disconnect_timestamp": went});
        client(&site, gone("pc1", EARLY, known("A", EARLY, EARLY)));
        client(&site, gone("pc1", LATE, known("A", EARLY, LATE)));
        client(&site, gone("PC1", EARLY, known("A", LATE, EARLY)));
        client(&site, gone("pc2", LATE, known("B", LATE, LATE)));
        let (code, found) = json_of(&site, "clients duplicates --format json");
        assert_eq!((code, &found["source"]), (3, &json!(source)));
        let computer = &found["computers"][0];
        assert_eq!(
            (computer["survivor"]["id"].as_u64(), numbers(&computer["others"])),
            (Some(2), vec![3, 1])
        );
        let (code, out, _) = run(&site, "clients prune --duplicates --dry-run");
        assert_eq!(code, 0);
        assert!(out.contains("the same computer as 2:      1  offline"), "{out}");
        assert_eq!(left(&site), [1, 2, 3, 4]);
        let (code, out, err) = run(&site, "clients prune --duplicates --yes --rate 20/s");
        assert_eq!((code, out.lines().last()), (0, Some("2 deleted")), "{err}");
        assert_eq!(left(&site), [2, 4]);
        let (code, out, _) = run(&site, "clients duplicates");
        assert!(code == 0 && out.starts_with("no computer is surely there twice"), "{out}");
    }
}

#[test]
fn what_may_be_of_two_computers_is_listed_and_never_deleted() {
    let site = prepared("1.10");
    // Shops whose networks are laid out alike, each behind a router of its own, all closed at night.
    for (shop, came) in [(1, EARLY), (2, LATE), (3, LATE)] {
        let at = json!({"private_ip": "192.168.1.10", "public_ip": format!("203.0.113.{shop}"), "fqdn": "pos1",
            "last_disconnect_timestamp": came});
        client(&site, gone("pos1", came, at));
    }
    for home in [1, 2] {
        let at = json!({"private_ip": format!("192.168.178.2{home}"), "public_ip": format!("198.51.100.{home}"),
            "fqdn": "raspberrypi.fritz.box"});
        client(&site, gone("raspberrypi", EARLY, at));
    }
    // Both were there at the same time.
    for came in [EARLY, "2026-01-01T12:00:00.000+00:00"] {
        client(&site, gone("pc1", came, json!({"private_ip": "10.0.0.1"})));
    }
    let (code, found) = json_of(&site, "clients duplicates --format json");
    assert_eq!((code, &found["computers"]), (3, &json!([])), "{found}");
    let doubtful: Vec<Vec<u64>> =
        found["doubtful"].as_array().unwrap().iter().map(|one| numbers(&one["records"])).collect();
    assert_eq!(doubtful, [vec![7, 6], vec![3, 2, 1]]);
    let (code, out, _) = run(&site, "clients duplicates");
    let first = "no computer is surely there twice, by names and addresses\n\
                 pc1.example, 2 records, may be one computer: two of them were connected at the same time\n  maybe       7  ";
    assert!(code == 3 && out.starts_with(first), "{out}");
    let (code, out, err) = run(&site, "clients prune --duplicates --even-connected --yes");
    assert_eq!((code, out.as_str()), (0, "nothing is to be deleted\n"));
    assert!(err.contains("5 records may be of computers that are there twice, and stay"), "{err}");
    assert_eq!(left(&site), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_report_that_the_account_may_not_see_is_done_without() {
    let site = Site::with("1.12", &[], json!({}));
    site.settings("");
    let (code, found) = json_of(&site, "clients duplicates --format json");
    assert_eq!((code, &found["source"]), (0, &json!("names")));
}

const REPORT: &str = "/api/reporting/v2/duplicate-jump-clients";

#[test]
fn a_report_in_whatever_form_is_read_as_far_as_it_goes() {
    let site = prepared("1.12");
    for number in 1..=2 {
        client(&site, gone("pc1", EARLY, json!({})));
        client(&site, gone(&format!("pc{number}x"), EARLY, json!({})));
    }
    // 1 and 3 are installed at times in other forms; nothing identifies 2 and 4.
    let item = |id: Option<u32>, system: Value, installed: Value| json!({"id": id, "system_identifier": system, "install_time": installed});
    let items = json!([
        item(Some(1), json!("A"), json!("2026-01-02 03:04:05")),
        item(Some(3), json!("A"), json!(1_767_225_600)),
        item(Some(2), Value::Null, Value::Null),
        item(Some(4), Value::Null, json!("some day")),
        item(None, json!("B"), json!("")),
    ]);
    let with = |total: Value| json!({"data": {"items": items, "count": 5, "offset": 0, "limit": 5000, "total": total}});
    for body in [with(json!(5)), with(Value::Null)] {
        site.order(json!({"do": "fault", "path": REPORT, "answer": 200, "body": body}));
        let (code, found) = json_of(&site, "clients duplicates --format json");
        assert_eq!((code, &found["source"]), (3, &json!("report")), "{found}");
        let computers = found["computers"].as_array().unwrap();
        assert_eq!((computers.len(), &computers[0]["survivor"]["id"]), (1, &json!(1)), "installed last");
    }
    site.order(json!({"do": "fault", "path": REPORT, "answer": 200, "body": with(json!(6))}));
    let (code, _, err) = run(&site, "clients duplicates");
    assert!(code == 1 && err.contains("5 of 6 came"), "{err}");
}

#[test]
fn a_long_report_comes_in_parts() {
    let site = prepared("1.12");
    client(&site, gone("pc1", EARLY, json!({})));
    client(&site, gone("pc1", LATE, json!({})));
    let item =
        |id: u32, system: &str| json!({"id": id, "system_identifier": system, "install_time": Value::Null});
    let first: Vec<Value> = (1..=500)
        .map(|number| if number == 1 { item(1, "A") } else { item(1000 + number, &number.to_string()) })
        .collect();
    for items in [first, vec![item(2, "A")]] {
        let body = json!({"data": {"items": items, "count": 1, "offset": 0, "limit": 500, "total": 501}});
        site.order(json!({"do": "fault", "path": REPORT, "answer": 200, "body": body}));
    }
    let (code, found) = json_of(&site, "clients duplicates --format json");
    assert_eq!((code, &found["computers"][0]["survivor"]["id"]), (3, &json!(2)), "{found}");
    let asked = site.asked().into_iter().filter(|asked| asked.path == REPORT);
    let offsets: Vec<Value> = asked.map(|asked| asked.query["offset"].clone()).collect();
    assert_eq!(offsets, [json!("0"), json!("500")]);
}

#[test]
fn a_report_that_is_none_is_done_without_and_told_of() {
    let site = prepared("1.12");
    client(&site, gone("pc1", EARLY, json!({"system_identifier": "A", "installed": EARLY})));
    client(&site, gone("pc1", LATE, json!({"system_identifier": "B", "installed": EARLY})));
    let page = json!("<html><body>Log in</body></html>");
    let refused = json!({"message": "Unknown."});
    for (status, body, times) in [(400, &refused, 1), (401, &refused, 2), (403, &refused, 1), (200, &page, 1)]
    {
        for line in ["clients duplicates", "clients prune --duplicates --dry-run"] {
            site.order(
                json!({"do": "fault", "path": REPORT, "answer": status, "body": body, "times": times}),
            );
            let (_, out, err) = run(&site, line);
            assert!(out.contains("pc1.example"), "{status}: {out}{err}");
            let said = "the site's own report is not to be had, names and addresses are compared: ";
            assert!(err.contains(said) && err.contains(REPORT), "{status}: {err}");
        }
        site.order(json!({"do": "fault", "path": REPORT, "answer": status, "body": body, "times": times}));
        let (code, found) = json_of(&site, "clients duplicates --format json");
        assert_eq!((code, &found["source"]), (3, &json!("names")));
    }
    // One that fails for a while is no report that there is none.
    site.order(json!({"do": "fault", "path": REPORT, "answer": 500}));
    assert_eq!(run(&site, "clients prune --duplicates --yes").0, 1);
    assert_eq!(left(&site), [1, 2]);
}

#[test]
fn a_record_with_a_time_that_nobody_understands_costs_no_other_one() {
    let site = prepared("1.10");
    for number in 1..=5 {
        client(&site, gone(&format!("pc{number}"), EARLY, json!({})));
    }
    client(&site, gone("pc5", EARLY, json!({})));
    let mut all = site.order(json!({"do": "show", "kind": "clients"}));
    for (place, came, gone) in [
        (0, json!("26.11.2026 03:40"), json!("")),
        (1, json!("2026-01-01 00:00:00"), json!("2026-01-02T00:00:00")),
        (2, json!(1_767_225_600), json!("1767312000")),
        (3, json!(EARLY), json!("some day")),
        (4, json!("soon"), json!(LATE)),
    ] {
        all[place]["last_connect_timestamp"] = came;
        all[place]["last_disconnect_timestamp"] = gone;
    }
    let headers = json!({"X-BT-Pagination-Total": "6", "X-BT-Pagination-Last-Page": "1"});
    site.order(
        json!({"do": "fault", "path": CLIENTS, "answer": 200, "body": all, "headers": headers, "times": 20}),
    );
    let (code, out, err) = run(&site, "clients list");
    assert_eq!((code, out.lines().count()), (0, 6), "{err}");
    let said = "connected last at a time that cannot be understood (`26.11.2026 03:40`)";
    assert!(out.lines().next().unwrap().contains(said), "{out}");
    let listed = json_of(&site, "clients list --format json").1;
    for place in [1, 2] {
        assert_eq!(listed[place]["last_connect"], "2026-01-01T00:00:00Z", "{place}");
        assert_eq!(listed[place]["last_disconnect"], "2026-01-02T00:00:00Z", "{place}");
    }
    for (line, doomed) in [
        ("--unseen-for 1d", vec![2, 3, 6]),
        ("--duplicates", vec![]),
        ("--duplicates --even-connected", vec![]),
        ("--unseen-for 1d --even-connected", vec![2, 3, 6]),
    ] {
        let (code, out, _) = run(&site, &format!("clients prune {line} --dry-run --format json"));
        assert_eq!(code, 0, "{line}");
        let planned: Value = serde_json::from_str(&out).unwrap();
        let ids: Vec<u64> =
            planned.as_array().unwrap().iter().map(|one| one["client"]["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, doomed, "{line}");
    }
    let (_, _, err) = run(&site, "clients prune --duplicates --dry-run");
    assert!(err.contains("2 records may be of computers that are there twice"), "{err}");
}

#[test]
fn records_of_these_numbers_go_and_no_others() {
    let site = prepared("1.10");
    for number in 1..=3 {
        client(&site, gone(&format!("pc{number}"), EARLY, json!({})));
    }
    client(&site, json!({"hostname": "pc4"}));
    let (code, _, err) = run(&site, "clients prune --id 2,9 --yes");
    assert!(code == 2 && err.contains("no such client: 9") && err.contains("nothing was deleted"), "{err}");
    let (code, out, err) = run(&site, "clients prune --id 2,4 --yes");
    assert!(code == 0 && out.starts_with("asked for:      2  offline"), "{out}");
    assert!(err.contains("1 more are connected, and stay"), "{err}");
    assert_eq!(left(&site), [1, 3, 4]);
}

#[test]
fn what_is_connected_stays_and_what_was_is_written_down_before() {
    // Of clients that are there at the same time the site alone knows that they are one computer's.
    let site = prepared("1.12");
    let there = |came| {
        json!({"hostname": "pc1", "last_connect_timestamp": came, "system_identifier": "A",
        "installed": EARLY})
    };
    client(&site, there(EARLY));
    client(&site, gone("pc5", LATE, json!({"tag": "t", "comments": "c", "jump_policy_id": 1})));
    client(&site, gone("pc2", EARLY, json!({"is_lost": true})));
    client(&site, gone("pc3", EARLY, json!({"connection_type": "uninstalled"})));
    client(&site, gone("pc4", EARLY, json!({})));
    client(&site, there(LATE));
    let (code, out, err) = run(&site, "clients prune --duplicates --dry-run");
    assert_eq!((code, out.as_str()), (0, "nothing is to be deleted\n"));
    assert!(err.contains("1 more are connected, and stay"), "{err}");
    assert_eq!(run(&site, "clients prune --lost").0, 6, "nobody is there to be asked");
    assert_eq!(run(&site, "clients prune").0, 2, "nothing says what");
    assert_eq!(left(&site).len(), 6);
    let line = "clients prune --lost --uninstalled --unseen-for 1d --yes --rate 20/s --format json --state-dir state";
    let (code, tally) = json_of(&site, line);
    assert_eq!((code, &tally["done"], &tally["failed"]), (0, &json!([2, 3, 4, 5]), &json!({})));
    assert_eq!(left(&site), [1, 6]);
    let journal = fs::read_to_string(site.path().join(tally["journal"].as_str().unwrap())).unwrap();
    let lines: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["what"], &lines[0]["site"]), (&json!("prune"), &json!("localhost")));
    let was = &lines[1]["with"];
    assert_eq!(
        (&was["tag"], &was["comments"], &was["group"], &was["jump_policy"]),
        (&json!("t"), &json!("c"), &json!("servers"), &json!("always"))
    );
    assert_eq!((&lines[2]["what"], &lines[2]["client"], lines.len()), (&json!("done"), &json!(2), 9));
}

#[test]
fn what_comes_back_meanwhile_is_left_and_what_fails_is_told() {
    let site = prepared("1.10");
    for number in 1..=4 {
        client(&site, gone(&format!("pc{number}"), EARLY, json!({"is_lost": true})));
    }
    // The site is asked for groups and policies, for the list, and for each client before it is deleted.
    let one = |number: u32| format!("{CLIENTS}/{number}");
    site.order(json!({"do": "fault", "path": one(1), "answer": 404, "body": {"message": "x"}}));
    site.order(json!({"do": "fault", "path": one(2), "after": 1, "answer": 500}));
    site.order(json!({"do": "fault", "path": one(3), "answer": 429, "headers": {"Retry-After": "1"}}));
    site.order(json!({"do": "fault", "path": one(4), "after": 1, "cut": 0}));
    let (code, tally) = json_of(&site, "clients prune --lost --yes --rate 20/s --format json");
    assert_eq!((code, &tally["done"]), (3, &json!([3])), "{tally}");
    // Its record was gone when it was asked for again after the cut.
    assert_eq!(tally["skipped"].as_object().unwrap().keys().collect::<Vec<_>>(), ["1", "4"]);
    assert!(tally["failed"]["2"].as_str().unwrap().contains("500"));
    assert_eq!(left(&site), [1, 2]);
    site.order(
        json!({"do": "fault", "path": CLIENTS, "after": 1, "answer": 503, "headers": {"Retry-After": "900"}}),
    );
    let (code, out, err) = run(&site, "clients prune --lost --yes");
    assert_eq!(code, 4, "{err}");
    assert!(out.contains("0 deleted, 1 failed, 1 not tried"), "{out}");
}

#[test]
fn clients_are_deleted_at_a_pace() {
    let site = prepared("1.10");
    for number in 1..=4 {
        client(&site, gone(&format!("pc{number}"), EARLY, json!({"is_lost": true})));
    }
    assert_eq!(run(&site, "clients prune --lost --yes --rate 60/min").0, 0);
    let asked = site.asked().into_iter();
    let deleted: Vec<f64> = asked.filter(|asked| asked.method == "DELETE").map(|asked| asked.at).collect();
    assert_eq!(deleted.len(), 4);
    assert!(deleted.windows(2).all(|pair| pair[1] - pair[0] >= 0.95), "{deleted:?}");
}

#[test]
fn a_client_that_has_connected_since_it_was_looked_at_is_not_deleted() {
    let site = prepared("1.10");
    client(&site, gone("pc1", EARLY, json!({"is_lost": true})));
    let path = format!("{CLIENTS}/1");
    site.order(json!({"do": "fault", "path": path, "after": 0, "change": {"kind": "clients", "id": 1,
        "last_connect_timestamp": "2026-03-01T00:00:00.000+00:00", "is_lost": false}}));
    let (code, out, _) = run(&site, "clients prune --lost --yes");
    assert_eq!(code, 0);
    assert!(
        out.contains("1  left as it is: it has connected meanwhile\n0 deleted, 1 left as they are"),
        "{out}"
    );
    assert_eq!(left(&site), [1]);
}

#[test]
fn a_client_that_went_while_it_was_looked_at_was_there_and_is_not_deleted() {
    let site = prepared("1.10");
    client(&site, gone("pc1", EARLY, json!({"is_lost": true})));
    let path = format!("{CLIENTS}/1");
    site.order(json!({"do": "fault", "path": path, "after": 0, "change": {"kind": "clients", "id": 1,
        "last_disconnect_timestamp": "2026-03-01T00:00:00.000+00:00"}}));
    let (code, out, _) = run(&site, "clients prune --lost --yes");
    assert!(code == 0 && out.contains("it was disconnected meanwhile, so that it was connected"), "{out}");
    assert_eq!(left(&site), [1]);
}

#[test]
fn what_is_connected_for_long_stays_though_a_dead_one_connected_later() {
    let site = prepared("1.12");
    let known = json!({"system_identifier": "A", "installed": EARLY});
    client(
        &site,
        json!({"hostname": "pc1", "last_connect_timestamp": EARLY, "system_identifier": "A", "installed": EARLY}),
    );
    client(&site, gone("pc1", LATE, known));
    let (code, out, err) = run(&site, "clients prune --duplicates --even-connected --yes");
    assert!(code == 0 && out.contains("1 deleted"), "{out}{err}");
    assert_eq!(left(&site), [1]);
}

#[test]
fn values_are_set_by_code_names_and_only_where_they_differ() {
    let site = prepared("1.10");
    client(&site, json!({"hostname": "web1", "tag": "old", "jump_policy_id": 1}));
    client(&site, json!({"hostname": "web2", "tag": "new", "jump_group_id": 2}));
    let line = "clients set tag=new group=web jump_policy=none session_policy=none1 --all";
    let (code, out, _) = run(&site, &format!("{line} --dry-run"));
    assert_eq!(code, 0);
    let first = "     1  `web1`: tag `old` → `new`, group `servers` → `web`, jump policy `always` → `none`, \
                 session policy `none` → `none1`\n";
    assert!(out.starts_with(first), "{out}");
    assert_eq!(run(&site, line).0, 6);
    let (code, tally) = json_of(&site, &format!("{line} --yes --rate 20/s --format json"));
    assert_eq!((code, &tally["done"]), (0, &json!([1, 2])));
    let clients = site.order(json!({"do": "show", "kind": "clients"}));
    for client in clients.as_array().unwrap() {
        let values =
            ["tag", "jump_group_id", "jump_policy_id", "session_policy_id"].map(|key| client[key].clone());
        assert_eq!(values, [json!("new"), json!(2), Value::Null, json!(2)]);
    }
    let (code, out, _) = run(&site, &format!("{line} --yes"));
    assert_eq!((code, out.as_str()), (0, "2 are so already\n"));
    let (code, out, _) = run(&site, "clients set comments= name=x --id 2 --yes");
    assert!(
        code == 0 && out.contains("     2  `web2`: name `web2` → `x`") && out.ends_with("1 changed\n"),
        "{out}"
    );
}

#[test]
fn what_cannot_be_set_is_told_before_anything_is_done() {
    let site = prepared("1.10");
    client(&site, json!({"hostname": "web1"}));
    for (line, said) in [
        ("clients set tag=x", "nothing says which clients are meant"),
        ("clients set colour=x --all", "`colour` cannot be set"),
        ("clients set group=wbe --all --yes", "did you mean `web`?"),
        ("clients set session_policy=x --all --yes", "no session policy with the code name `x`"),
    ] {
        let (code, _, err) = run(&site, line);
        assert!(code == 2 && err.contains(said), "{line}: {err}");
    }
    assert!(site.asked().iter().all(|asked| asked.method != "PATCH"));
    let faults = json!({"message": "The given data was invalid.", "errors": {"tag": ["Not this one."]}});
    site.order(json!({"do": "fault", "path": format!("{CLIENTS}/1"), "answer": 422, "body": faults}));
    let (code, out, _) = run(&site, "clients set tag=x --all --yes");
    assert_eq!(code, 3);
    assert!(out.contains("`tag`: Not this one.") && out.contains("0 changed, 1 failed"), "{out}");
    site.order(json!({"do": "fault", "path": format!("{CLIENTS}/1"), "answer": 401, "times": 2}));
    let (code, _, err) = run(&site, "clients set tag=x --all --yes");
    assert!(code == 1 && err.contains("refused (401)"), "{code} {err}");
}

#[test]
fn a_client_that_was_moved_since_it_was_looked_at_is_not_moved_back() {
    let site = prepared("1.10");
    client(&site, json!({"hostname": "web1", "tag": "old"}));
    let moved = json!({"kind": "clients", "id": 1, "jump_group_id": 2});
    site.order(json!({"do": "fault", "path": format!("{CLIENTS}/1"), "after": 0, "change": moved}));
    let (code, out, _) = run(&site, "clients set tag=new --id 1 --yes");
    assert!(code == 0 && out.contains("left as it is: it was moved to another group meanwhile"), "{out}");
    let now = &site.order(json!({"do": "show", "kind": "clients"}))[0];
    assert_eq!((&now["tag"], &now["jump_group_id"]), (&json!("old"), &json!(2)));
    let (code, _, err) = run(&site, "clients set tag=new --id 1,7,8 --yes");
    assert!(code == 2 && err.contains("the site shows no such client: 7, 8"), "{err}");
    assert!(site.asked().iter().all(|asked| asked.method != "PATCH"));
}

#[test]
fn the_last_record_of_a_computer_is_not_deleted_for_one_that_has_gone() {
    let site = prepared("1.10");
    for day in 1..=2 {
        let last = format!("2026-01-0{day}T00:00:00.000+00:00");
        let more = json!({"fqdn": "pc1.example.org", "private_ip": "10.0.0.1"});
        client(&site, gone("pc1", &last, more));
    }
    let lost = json!({"kind": "clients", "id": 2, "is_lost": true});
    site.order(json!({"do": "fault", "path": format!("{CLIENTS}/2"), "after": 0, "change": lost}));
    let (code, out, _) = run(&site, "clients prune --duplicates --yes");
    assert!(
        code == 0 && out.contains("left as it is: the record that was to stay has lost its client"),
        "{out}"
    );
    assert_eq!(left(&site), [1, 2]);
    site.order(
        json!({"do": "fault", "path": format!("{CLIENTS}/2"), "remove": {"kind": "clients", "id": 2}}),
    );
    site.order(json!({"do": "change", "kind": "clients", "id": 2, "is_lost": false}));
    let (code, out, _) = run(&site, "clients prune --duplicates --yes");
    assert!(code == 0 && out.contains("left as it is: the record that was to stay is gone"), "{out}");
    assert_eq!(left(&site), [1]);
}

#[test]
fn of_records_that_are_all_lost_one_stays_unless_lost_ones_go() {
    let site = prepared("1.10");
    let lost = json!({"private_ip": "10.0.0.1", "is_lost": true});
    for (pc, came) in [("pc1", EARLY), ("pc1", LATE), ("pc2", LATE), ("pc2", EARLY)] {
        client(&site, gone(pc, came, lost.clone()));
    }
    let (code, out, _) = run(&site, "clients prune --duplicates --lost --dry-run");
    assert_eq!((code, out.matches("lost:      ").count()), (0, 4), "{out}");
    let (code, out, err) = run(&site, "clients prune --duplicates --yes --rate 20/s");
    assert!(code == 0 && out.ends_with("2 deleted\n"), "{out}{err}");
    assert_eq!(left(&site), [2, 3]);
    // It goes for what it is, also where the one that would have stayed has gone just before.
    client(&site, gone("pc2", EARLY, lost));
    let (code, out, err) = run(&site, "clients prune --duplicates --lost --yes --rate 20/s");
    assert!(code == 0 && out.ends_with("3 deleted\n"), "{out}{err}");
}

#[test]
fn a_record_that_was_moved_to_another_group_meanwhile_is_not_deleted() {
    let site = prepared("1.10");
    client(&site, gone("pc1", EARLY, json!({"is_lost": true})));
    let moved = json!({"kind": "clients", "id": 1, "jump_group_id": 2});
    site.order(json!({"do": "fault", "path": format!("{CLIENTS}/1"), "after": 0, "change": moved}));
    let (code, out, _) = run(&site, "clients prune --lost --group servers --yes");
    assert!(code == 0 && out.contains("left as it is: it was moved to another group meanwhile"), "{out}");
    assert_eq!(left(&site), [1]);
}

#[test]
fn whoever_is_asked_sees_what_for_also_where_json_is_wanted() {
    let site = prepared("1.10");
    client(&site, gone("pc1", EARLY, json!({"is_lost": true})));
    for (line, said) in [
        ("clients prune --lost --format json", "lost:      1  lost         pc1.example"),
        ("clients set tag=new --all --format json", "     1  `pc1.example`: tag `` → `new`"),
    ] {
        let (code, out, err) = run(&site, line);
        assert_eq!((code, out.as_str()), (6, ""), "nobody is there to be asked");
        assert!(err.starts_with(said), "{line}: {err}");
    }
}

#[test]
fn what_was_done_is_told_also_where_its_journal_ends() {
    let site = prepared("1.10");
    for number in 1..=3 {
        client(&site, gone(&format!("pc{number}"), EARLY, json!({"is_lost": true})));
    }
    let folder = site.path().join("state/clients");
    // While the first record is looked at, somebody puts a folder in the place of the journal.
    site.order(json!({"do": "fault", "path": format!("{CLIENTS}/1"), "slow": 3}));
    let spoiled = std::thread::scope(|scope| {
        let spoiler = scope.spawn(|| {
            let begin = std::time::Instant::now();
            loop {
                assert!(begin.elapsed() < std::time::Duration::from_secs(30), "no journal was begun");
                let journal =
                    fs::read_dir(&folder).ok().and_then(|mut all| all.next()).map(|one| one.unwrap().path());
                if let Some(journal) = journal
                    .filter(|path| fs::read_to_string(path).is_ok_and(|text| text.lines().count() == 2))
                {
                    fs::remove_file(&journal).unwrap();
                    fs::create_dir(&journal).unwrap();
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        });
        let ended = run(&site, "clients prune --lost --yes --rate 20/s --state-dir state");
        spoiler.join().unwrap();
        ended
    });
    let (code, out, err) = spoiled;
    assert_eq!((code, out.lines().last()), (1, Some("1 deleted, 2 not tried")), "{out}{err}");
    assert!(err.contains("error: ") && err.contains("state/clients"), "{err}");
    assert_eq!(left(&site), [2, 3]);
}

const FLEET: &str = "\
web:
  hosts:
    web1: {jc_tag: right}
    web2.example: {jc_tag: right}
    web3:
    web4:
    a-long-windows-name: {jc_platform: windows_msi, ansible_password: {env: NOBODY}}
    mine: {jc_jump_group: 'user:eve'}
  vars: {jc_platform: linux_service, ansible_user: root, jc_jump_group: 'jumpgroup:web'}
";

#[test]
fn the_inventory_is_compared_with_what_the_site_knows() {
    let site = prepared("1.10");
    fs::write(site.path().join("fleet.yaml"), FLEET).unwrap();
    client(&site, json!({"hostname": "WEB1", "tag": "right", "jump_group_id": 2}));
    client(&site, json!({"hostname": "web2", "fqdn": "web2.example", "tag": "wrong", "needs_update": true}));
    client(&site, json!({"hostname": "web3", "is_lost": true, "jump_group_id": 2}));
    client(&site, json!({"hostname": "A-LONG-WINDOWS-", "jump_group_id": 2, "fqdn": "A-LONG-WINDOWS-"}));
    client(&site, json!({"hostname": "stranger", "jump_group_id": 1}));
    let (code, out, err) = run(&site, "clients drift -i fleet.yaml");
    assert_eq!((code, err.as_str()), (3, ""));
    assert_eq!(
        out,
        "other         web2.example: group is `servers`, not `web` (client 2)\n\
         other         web2.example: tag is `wrong`, not `right` (client 2)\n\
         needs_update  web2.example: the client is older than the site (client 2)\n\
         lost          web3: the site considers it lost (client 3)\n\
         missing       web4: the site has no client of it\n\
         unseen        mine: in the personal list of `eve`, if it is there\n\
         extra         `stranger`, group servers (client 5)\n\
         6 hosts, 5 clients: 1 missing, 1 lost, 2 other, 1 needs_update, 1 unseen, 1 extra\n"
    );
    let (code, found) = json_of(&site, "clients drift -i fleet.yaml --extras-in web --format json");
    assert_eq!(code, 3);
    let kinds: Vec<&str> =
        found["differences"].as_array().unwrap().iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds, ["other", "other", "needs_update", "lost", "missing", "unseen"]);
    // Of hosts that are left out nobody is a stranger.
    let (code, out, _) = run(&site, "clients drift -i fleet.yaml --limit web1:mine");
    assert_eq!((code, out.lines().count()), (0, 2), "{out}");
}

#[test]
fn a_release_for_a_personal_list_misses_nobody() {
    let site = prepared("1.10");
    site.order(json!({"do": "add", "kind": "user", "username": "eve", "public_display_name": "Eve"}));
    let (code, _, err) = run(&site, "installer create mine --personal eve --platform linux_service");
    assert_eq!(code, 0, "{err}");
    let fleet = "web: {hosts: {web1: , web2: {jc_jump_group: 'jumpgroup:web'}}, vars: {jc_platform: linux_service, \
                 ansible_user: root, jc_release: mine}}\n";
    fs::write(site.path().join("fleet.yaml"), fleet).unwrap();
    let (code, out, err) = run(&site, "clients drift -i fleet.yaml");
    assert_eq!(
        (code, out.as_str()),
        (
            3,
            "unseen        web1: in the personal list that release `mine` is for, if it is there\n\
             missing       web2: the site has no client of it\n\
             2 hosts, 0 clients: 1 missing, 1 unseen\n"
        ),
        "{err}"
    );
}

#[test]
fn a_client_more_is_found_however_it_is_known() {
    let site = prepared("1.10");
    client(&site, json!({"hostname": "web1", "fqdn": "web1.example.org", "private_ip": "10.0.0.1"}));
    client(&site, json!({"hostname": "web1", "fqdn": "web1", "private_ip": "10.0.0.1"}));
    let fleet =
        "web: {hosts: {web1.example.org: }, vars: {jc_platform: linux_service, ansible_user: root}}\n";
    fs::write(site.path().join("fleet.yaml"), fleet).unwrap();
    let (code, out, _) = run(&site, "clients drift -i fleet.yaml");
    let twice = "twice         web1.example.org: 2 clients are there, found by its whole name and by its host name (client 1, 2)\n";
    assert!(code == 3 && out.starts_with(twice), "{out}");
    let (code, found) = json_of(&site, "clients duplicates --format json");
    assert_eq!((code, numbers(&found["doubtful"][0]["records"])), (3, vec![2, 1]), "{found}");
}

#[test]
fn many_clients_are_compared_page_by_page() {
    let site = prepared("1.10");
    const MANY: usize = 2_500;
    site.order(json!({"do": "fill", "clients": MANY}));
    let hosts = "web: {hosts: {'h[1:2500]': }, vars: {jc_platform: linux_service, ansible_user: root}}\n";
    fs::write(site.path().join("fleet.yaml"), hosts).unwrap();
    let (code, out, err) = run(&site, "clients drift -i fleet.yaml");
    assert_eq!((code, out.as_str()), (0, "2500 hosts, 2500 clients: no difference\n"), "{err}");
    let pages = site.asked().iter().filter(|asked| asked.path == CLIENTS).count();
    assert_eq!(pages, MANY / 100);
}
