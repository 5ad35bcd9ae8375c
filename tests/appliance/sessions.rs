//! Are exactly the sessions ended that are meant, on old and new sites, and is what came of it told so that a flow
//! of other tools can go on?

use std::collections::BTreeSet;

use jumpfleet::appliance::{ApiError, Ended, SessionWay};
use serde_json::{Value, json};

use crate::scene::{OWN, Site, ended};

/// What session reports and the older Command API are asked by.
const REPORT: &str = "/api/reporting";
const COMMAND: &str = "/api/command";

fn run(site: &Site, line: &str) -> (i32, String, String) {
    ended(&site.jumpfleet(&line.split(' ').collect::<Vec<_>>(), &OWN))
}

/// The same, whose result is JSON.
fn json_of(site: &Site, line: &str) -> (i32, Value) {
    let (code, out, err) = run(site, line);
    (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
}

fn open(site: &Site, hostname: &str, username: &str) -> String {
    let order = json!({"do": "add", "kind": "session", "hostname": hostname, "username": username});
    site.order(order)["lsid"].as_str().unwrap().to_owned()
}

/// The sessions that are open on the site.
fn left(site: &Site) -> BTreeSet<String> {
    let all = site.order(json!({"do": "show", "kind": "sessions"}));
    let open = all.as_array().unwrap().iter().filter(|session| session["end_time"].is_null());
    open.map(|session| session["lsid"].as_str().unwrap().to_owned()).collect()
}

/// Sites of each kind, with settings for them.
fn sites() -> impl Iterator<Item = Site> {
    [("1.10", "documented"), ("1.10", "seen"), ("1.9", "none"), ("1.12", "documented")].into_iter().map(
        |(version, namespace)| {
            let site = Site::start(version);
            site.settings("");
            site.order(json!({"do": "settle", "report_namespace": namespace}));
            site
        },
    )
}

fn old() -> Site {
    sites().next().unwrap()
}

fn new() -> Site {
    sites().last().unwrap()
}

#[test]
fn exactly_those_on_a_host_of_exactly_this_name_are_ended() {
    for site in sites() {
        let meant = [open(&site, "WEB01", "eve"), open(&site, "WEB01", "bob & co")];
        let others =
            [open(&site, "web01", "eve"), open(&site, "WEB01.example.org", "eve"), open(&site, "WEB0", "x")];
        let (code, done) = json_of(&site, "sessions terminate --hostname WEB01 --json");
        assert_eq!((code, &done["result"], &done["hostname"]), (0, &json!("success"), &json!("WEB01")));
        let listed: BTreeSet<&str> =
            done["ended"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(listed, meant.iter().map(String::as_str).collect());
        assert_eq!((&done["already_ended"], &done["failed"]), (&json!([]), &json!({})));
        assert!(
            done["found"].as_array().unwrap().iter().any(|one| one["usernames"] == json!(["bob & co"])),
            "{done}"
        );
        assert_eq!(left(&site), others.into());
    }
}

#[test]
fn exactly_those_of_a_user_of_exactly_this_name_are_ended_on_whatever_host() {
    for site in sites() {
        let meant = [open(&site, "web1", "eve"), open(&site, "web2", "eve")];
        let others = [open(&site, "web1", "Eve"), open(&site, "web1", "eve2"), open(&site, "eve", "bob")];
        let (code, dry) = json_of(&site, "sessions terminate --username eve --dry-run --json");
        assert_eq!((code, dry["found"].as_array().unwrap().len(), &dry["ended"]), (0, 2, &json!([])));
        assert_eq!(left(&site).len(), 5, "a dry run ends nothing");
        let (code, out, err) = run(&site, "sessions terminate --username eve");
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(meant.iter().all(|lsid| out.contains(&format!("ended          {lsid}"))), "{out}");
        assert_eq!(left(&site), others.into());
    }
}

#[test]
fn none_is_fine_and_another_spelling_is_told() {
    for site in sites() {
        open(&site, "web01", "eve");
        let (code, out, _) = run(&site, "sessions terminate --hostname WEB01");
        assert_eq!(code, 0);
        assert!(out.starts_with("no session on the host `WEB01` is open; there is one of `web01`"), "{out}");
        let (code, done) = json_of(&site, "sessions terminate --username nobody --json");
        assert_eq!((code, &done["result"], &done["found"]), (0, &json!("success"), &json!([])));
        assert_eq!(left(&site).len(), 1);
    }
}

#[test]
fn a_session_that_ends_by_itself_meanwhile_is_success() {
    // On the way to it the session is gone already: 404 from the newer API, an error in XML from the older one.
    let gone =
        "<error xmlns=\"https://www.beyondtrust.com/namespaces/API/command\">Session was not found.</error>";
    for (site, path, status) in [(new(), "/api/command/v2/session", 404), (old(), COMMAND, 200)] {
        let lsid = open(&site, "web1", "eve");
        let body =
            if status == 200 { json!(gone) } else { json!({"message": "The resource was not found."}) };
        // The look before finds whether there is a newer API; the second request below /api/command ends the session.
        let after = u32::from(status == 200);
        site.order(json!({"do": "fault", "path": path, "answer": status, "body": body, "after": after,
            "end_session": lsid}));
        let (code, done) = json_of(&site, "sessions terminate --hostname web1 --json");
        assert_eq!((code, &done["already_ended"]), (0, &json!([lsid])), "{done}");
        assert_eq!((&done["ended"], &done["failed"]), (&json!([]), &json!({})));
    }
}

#[test]
fn a_user_who_comes_back_at_once_is_found_again() {
    for site in [new(), old()] {
        let first = open(&site, "web1", "eve");
        site.order(json!({"do": "settle", "returns": 1}));
        let (code, done) = json_of(&site, "sessions terminate --username eve --json");
        assert_eq!((code, done["ended"].as_array().unwrap().len()), (0, 2), "{done}");
        assert!(done["ended"].as_array().unwrap().contains(&json!(first)));
        assert!(left(&site).is_empty());
        // Whoever comes back again and again is not followed for ever.
        open(&site, "web1", "eve");
        site.order(json!({"do": "settle", "returns": 100}));
        let (code, done) = json_of(&site, "sessions terminate --username eve --json");
        assert_eq!((code, &done["result"]), (3, &json!("error")), "{done}");
        assert_eq!(done["failed"].as_object().unwrap().len(), 1);
    }
}

#[test]
fn what_the_site_refuses_is_told_session_by_session() {
    let site = Site::with("1.12", &[], json!({"perm_command": "read_only"}));
    site.settings("");
    let lsid = open(&site, "web1", "eve");
    let (code, done) = json_of(&site, "sessions terminate --hostname web1 --json");
    assert_eq!((code, &done["result"]), (3, &json!("error")));
    assert!(done["failed"][&lsid].as_str().unwrap().contains("not permitted"), "{done}");
    assert_eq!(left(&site).len(), 1);
}

#[test]
fn a_site_that_cannot_tell_is_no_success() {
    let site = Site::with("1.10", &[], json!({"perm_reporting_support": false}));
    site.settings("");
    let (code, done) = json_of(&site, "sessions terminate --hostname web1 --json");
    assert_eq!((code, &done["result"]), (1, &json!("error")));
    assert!(done["error"].as_str().unwrap().contains("permission to run this report"), "{done}");
    site.order(json!({"do": "fault", "path": REPORT, "answer": 503, "headers": {"Retry-After": "900"}}));
    let (code, done) = json_of(&site, "sessions terminate --hostname web1 --json");
    assert_eq!((code, &done["result"]), (4, &json!("error")), "{done}");
    site.order(json!({"do": "fault", "path": "/", "answer": 401, "times": 5}));
    let (code, out, err) = run(&site, "sessions list");
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
}

#[test]
fn an_answer_that_is_no_report_is_not_taken_for_nobody_at_work() {
    let page = "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head/><body><p>Log in</p></body></html>";
    for (body, said) in [
        (page, "it is no list of sessions"),
        ("<error>The report failed.</error>", "the appliance says: The report failed."),
        ("<x><session_list/></x>", "it is no list of sessions"),
    ] {
        let site = old();
        open(&site, "web1", "eve");
        site.order(json!({"do": "fault", "path": REPORT, "answer": 200, "body": body}));
        let (code, done) = json_of(&site, "sessions terminate --hostname web1 --json");
        assert_eq!((code, &done["result"]), (1, &json!("error")), "{done}");
        assert!(done["error"].as_str().unwrap().contains(said), "{done}");
        assert_eq!(left(&site).len(), 1);
    }
}

#[test]
fn an_end_that_the_site_does_not_confirm_is_none() {
    for body in ["<html><body>Log in</body></html>", "<success_later/>", ""] {
        let site = old();
        let lsid = open(&site, "web1", "eve");
        site.order(json!({"do": "fault", "path": COMMAND, "answer": 200, "body": body}));
        let account = site.account();
        let error = account.end_session(SessionWay::SessionReport, &lsid).unwrap_err();
        assert!(matches!(error, ApiError::Unreadable { .. }), "{error}");
        assert_eq!(account.end_session(SessionWay::SessionReport, &lsid).unwrap(), Ended::Now);
        assert!(left(&site).is_empty());
    }
}

#[test]
fn what_goes_wrong_on_the_way_is_waited_for_and_asked_again() {
    // The older API is asked below the same path whether there is a newer one.
    for (site, list, end, after) in
        [(old(), REPORT, COMMAND, 1), (new(), "/api/command/v2/client", "/api/command/v2/session", 0)]
    {
        open(&site, "web1", "eve");
        let busy = json!({"Retry-After": "1"});
        for fault in [
            json!({"path": list, "cut": 40}),
            json!({"path": list, "answer": 429, "headers": busy}),
            json!({"path": list, "slow": 1}),
            json!({"path": end, "after": after, "answer": 503, "headers": busy}),
            json!({"path": end, "after": after, "cut": 0}),
        ] {
            let mut order = json!({"do": "fault"});
            order.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
            site.order(order);
        }
        let (code, done) = json_of(&site, "sessions terminate --hostname web1 --json");
        assert_eq!((code, &done["result"]), (0, &json!("success")), "{done}");
        assert!(left(&site).is_empty());
    }
}

#[test]
fn an_end_that_fails_once_is_tried_again_and_one_that_may_not_be_is_not() {
    for (site, end, after) in [(old(), COMMAND, 1), (new(), "/api/command/v2/session", 0)] {
        let lsid = open(&site, "web1", "eve");
        let fault =
            json!({"do": "fault", "path": end, "after": after, "answer": 500, "body": {"message": "Oops."}});
        site.order(fault.clone());
        let (code, done) = json_of(&site, "sessions terminate --hostname web1 --json");
        assert_eq!((code, &done["ended"], &done["failed"]), (0, &json!([lsid]), &json!({})), "{done}");
        assert!(left(&site).is_empty());
        open(&site, "web1", "eve");
        let mut fault = fault;
        fault["answer"] = json!(403);
        site.order(fault);
        let before = site.asked().len();
        let (code, done) = json_of(&site, "sessions terminate --hostname web1 --json");
        assert_eq!((code, &done["ended"]), (3, &json!([])), "{done}");
        let tries = site.asked()[before..].iter().filter(|asked| asked.status == 403).count();
        assert_eq!(tries, 1);
        assert_eq!(left(&site).len(), 1);
    }
}

#[test]
fn a_session_that_began_before_the_window_is_found_with_a_longer_one() {
    let site = old();
    let order =
        json!({"do": "add", "kind": "session", "hostname": "web1", "username": "eve", "age": 9 * 86_400});
    site.order(order);
    assert_eq!(run(&site, "sessions list").1, "no session is open\n");
    let (code, out, _) = run(&site, "sessions list --within 10d");
    assert_eq!(code, 0);
    assert!(out.contains("  web1  by eve, since "), "{out}");
    let (_, listed) = json_of(&site, "sessions list --within 10d --json");
    assert_eq!(
        (&listed["way"], &listed["sessions"][0]["hostnames"]),
        (&json!("session_report"), &json!(["web1"]))
    );
}

#[test]
fn one_host_or_one_user_is_named() {
    let site = new();
    for line in ["sessions terminate", "sessions terminate --hostname a --username b"] {
        assert_eq!(run(&site, line).0, 2, "{line}");
    }
    assert_eq!(ended(&site.jumpfleet(&["sessions", "terminate", "--hostname", ""], &OWN)).0, 2);
}

#[test]
fn what_starts_a_session_is_printed_or_written_without_asking_the_site() {
    let site = new();
    let before = site.asked().len();
    let (code, out, _) = run(&site, "jump web1 --tag x --method local_push");
    let address = "https://localhost/api/client_script?type=rep&operation=generate&action=start_jump_item_session\
                   &client.hostname=web1&client.tag=x&jump.method=local_push\n";
    assert_eq!((code, out.as_str()), (0, address));
    assert_eq!(
        run(&site, "jump 10.0.0.1 --custom ticket=1&2 -o web1.brcs-localhost"),
        (0, String::new(), String::new())
    );
    let written = std::fs::read_to_string(site.path().join("web1.brcs-localhost")).unwrap();
    assert_eq!(
        written,
        "BRCS1.0\naction=start_jump_item_session&client.private_ip=10.0.0.1&session.custom.ticket=1%262\n"
    );
    // Computers mostly call themselves by the first part of their name.
    assert!(run(&site, "jump web1.example.org").1.ends_with("&client.hostname=web1\n"));
    for line in ["jump web1 --custom ticket", "jump web1 --custom a.b=c", "jump web1 --method ssh"] {
        assert_eq!(run(&site, line).0, 2, "{line}");
    }
    assert_eq!(site.asked().len(), before);
}
