//! Does `jumpfleet appliance check` say what is wrong?

use serde_json::{Value, json};

use crate::scene::{ID, OWN, SECRET, Site, ended};

fn code_and_texts(site: &Site, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    ended(&site.jumpfleet(arguments, environment))
}

#[test]
fn a_site_that_is_as_it_should_be() {
    for (version, command) in [("1.10", "v1"), ("1.12", "v2")] {
        let site = Site::with(version, &[], json!({"perm_reporting_duplicate_jump_client": true}));
        site.settings("");
        let (code, out, err) = code_and_texts(&site, &["appliance", "check"], &OWN);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert!(out.contains(&format!("Configuration {version}, Command {command}")), "{out}");
        assert!(out.contains("has         perm_configuration (true)"), "{out}");
    }
}

#[test]
fn a_permission_that_is_missing_is_named_with_who_needs_it() {
    let site = Site::with("1.10", &[], json!({"perm_configuration": false}));
    site.settings("  client_id: {env: MY_ID}\n  client_secret: {file: secret}\n");
    std::fs::write(site.path().join("secret"), SECRET).unwrap();
    let (code, out, _) = code_and_texts(&site, &["appliance", "check", "--format", "json"], &[("MY_ID", ID)]);
    assert_eq!(code, 3);
    let checked: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(checked["permissions"][0]["is_enough"], false);
    let (_, out, _) = code_and_texts(&site, &["appliance", "check"], &[("MY_ID", ID)]);
    assert!(
        out.contains("LACKS       perm_configuration (false): needed by jumpfleet installer, clients, plan, rollout, uninstall and undo"),
        "{out}"
    );
}

#[test]
fn what_the_duplicates_need_is_looked_at_where_there_is_a_report_of_them() {
    for (version, has, code) in [("1.12", true, 0), ("1.12", false, 3), ("1.10", false, 0)] {
        let site = Site::with(version, &[], json!({"perm_reporting_duplicate_jump_client": has}));
        site.settings("");
        let (found, out, _) = code_and_texts(&site, &["appliance", "check"], &OWN);
        assert_eq!(found, code, "{out}");
        assert_eq!(out.contains("perm_reporting_duplicate_jump_client"), version == "1.12", "{out}");
    }
}

#[test]
fn an_account_that_the_command_api_refuses_lacks_it() {
    let site = Site::with("1.12", &[], json!({"perm_reporting_duplicate_jump_client": true}));
    site.settings("");
    let refused = json!({"do": "fault", "path": "/api/command/v2/info", "answer": 401, "times": 2});
    site.order(refused.clone());
    let (code, out, err) = code_and_texts(&site, &["appliance", "check"], &OWN);
    assert_eq!(code, 3, "{err}");
    assert!(out.contains("Configuration 1.12, Command v2"), "{out}");
    assert!(
        out.contains("LACKS       perm_command (refused with 401): needed by jumpfleet sessions"),
        "{out}"
    );
    site.order(refused);
    let (code, _, err) = code_and_texts(&site, &["sessions", "list"], &OWN);
    assert!(code == 1 && err.contains("the API account may not ask the Command API"), "{err}");
}

#[test]
fn what_the_site_does_not_tell_of_the_account_costs_nothing_else() {
    const OWN_RECORD: &str = "/api/config/v1/api-account";
    let site = Site::start("1.10");
    site.settings("");
    for (status, times, code, word) in [
        (403, 1, 3, "LACKS       perm_configuration (false)"),
        (401, 2, 0, "unknown     perm_configuration (not told)"),
        (404, 1, 0, "unknown     perm_configuration (not told)"),
    ] {
        site.order(json!({"do": "fault", "path": OWN_RECORD, "answer": status, "times": times}));
        let (found, out, err) = code_and_texts(&site, &["appliance", "check"], &OWN);
        assert_eq!((found, err.as_str()), (code, ""), "{status}: {out}");
        assert!(out.contains("Configuration 1.10") && out.contains(word), "{status}: {out}");
        assert!(out.contains("unknown     perm_command (not told)"), "{status}: {out}");
    }
    site.order(json!({"do": "fault", "path": "/api/config/v1/openapi.yaml", "answer": 401, "times": 2}));
    let (code, _, err) = code_and_texts(&site, &["appliance", "check"], &OWN);
    assert!(
        code == 1 && err.contains("the account was disabled") && !err.contains("appliance check"),
        "{err}"
    );
}

#[test]
fn what_keeps_it_from_being_asked_is_told_apart() {
    let site = Site::start("1.10");
    site.settings("");
    let (code, _, err) = code_and_texts(&site, &["appliance", "check"], &[]);
    assert_eq!(code, 2);
    assert!(err.contains("BT_CLIENT_ID") && err.contains("client_id: {env: NAME}"), "{err}");
    let wrong = [("BT_CLIENT_ID", ID), ("BT_CLIENT_SECRET", "wrong")];
    let (code, _, err) = code_and_texts(&site, &["appliance", "check"], &wrong);
    assert_eq!(code, 2);
    assert!(err.contains("the site grants no token: invalid client"), "{err}");
    std::fs::write(site.path().join("jumpfleet.yaml"), "appliance: {site: localhost}\nreleases: {}\n")
        .unwrap();
    let elsewhere = [OWN[0], OWN[1], ("BT_API_HOST", "pra.example.net")];
    let (code, _, err) = code_and_texts(&site, &["appliance", "check"], &elsewhere);
    assert_eq!(code, 2);
    assert!(err.contains("BT_API_HOST is `pra.example.net`"), "{err}");
    std::fs::write(
        site.path().join("jumpfleet.yaml"),
        "appliance: {site: localhost, api_host: 'localhost:9'}\nreleases: {}\n",
    )
    .unwrap();
    let (code, _, err) = code_and_texts(&site, &["appliance", "check"], &OWN);
    assert_eq!(code, 4, "{err}");
}
