//! Is each request sent as the vendor wants it, and is what goes wrong understood?

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jumpfleet::appliance::{Account, ApiError, Call, Edition, NewInstaller, SessionWay};
use jumpfleet::model::Platform;
use jumpfleet::web::{Address, Answer, Ask, Client, Patience, Plain};
use serde_json::json;

use crate::scene::Site;

const GROUPS: &str = "/api/config/v1/jump-group";

#[test]
fn one_token_serves_all_requests_and_threads() {
    let site = Site::start("1.10");
    let account = site.account();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| account.jump_groups().unwrap());
        }
    });
    let asked = site.asked();
    assert_eq!(asked.iter().filter(|asked| asked.path == "/oauth2/token").count(), 1);
    assert!(asked.iter().all(|asked| asked.status == 200 && asked.headers["connection"] == "close"));
    assert_eq!(asked[0].headers["authorization"], "Basic");
    assert!(asked[1..].iter().all(|asked| asked.headers["accept"] == "application/json"));
}

#[test]
fn a_token_that_was_ended_is_replaced_once_and_an_unknown_parameter_is_not_asked_for_ever() {
    let site = Site::start("1.10");
    let account = site.account();
    account.jump_groups().unwrap();
    site.order(json!({"do": "revoke"}));
    account.jump_groups().unwrap();
    let before = site.asked().len();
    let error = account.send(&Call::get(GROUPS).with("nmae", "x")).unwrap_err();
    assert!(matches!(error, ApiError::Refused { .. }), "{error}");
    assert!(error.hint().unwrap().contains("parameter"));
    // The request, a new token, the request again.
    assert_eq!(site.asked().len() - before, 3);
}

#[test]
fn a_token_is_left_before_it_ends() {
    let site = Site::start("1.10");
    site.order(json!({"do": "settle", "token_lifetime": 2}));
    let account = site.account();
    account.jump_groups().unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    account.jump_groups().unwrap();
    let asked = site.asked();
    assert_eq!(asked.iter().filter(|asked| asked.path == "/oauth2/token").count(), 2);
    assert!(asked.iter().all(|asked| asked.status == 200), "no token was used to its end");
}

#[test]
fn no_second_sees_more_than_twenty_requests() {
    let site = Site::start("1.10");
    let account = site.account();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..12).for_each(|_| drop(account.jump_groups().unwrap())));
        }
    });
    let asked = site.asked();
    let times: Vec<f64> = asked.iter().map(|asked| asked.at).collect();
    assert_eq!(times.len(), 49);
    assert!(asked.iter().all(|asked| asked.status == 200), "none was refused");
    assert!(times.windows(21).all(|window| window[20] - window[0] >= 0.95), "{times:?}");
}

#[test]
fn a_busy_appliance_is_waited_for_as_long_as_it_says() {
    let site = Site::start("1.10");
    let account = site.account();
    account.jump_groups().unwrap();
    site.order(json!({"do": "fault", "path": GROUPS, "answer": 429, "headers": {"Retry-After": "2"}}));
    let begin = Instant::now();
    account.jump_groups().unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(2));
    // A time is one of the site's own clock, which is an hour ahead.
    site.order(json!({"do": "clock", "seconds": 3600}));
    account.jump_groups().unwrap();
    let there = account.time().expect("a time") + Duration::from_secs(3);
    let date =
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&there).expect("a date");
    site.order(json!({"do": "fault", "path": GROUPS, "answer": 503, "headers": {"Retry-After": date}}));
    let begin = Instant::now();
    account.jump_groups().unwrap();
    let waited = begin.elapsed().as_secs_f64();
    assert!((1.5..4.5).contains(&waited), "{waited}");
    site.order(
        json!({"do": "fault", "path": GROUPS, "answer": 503, "times": 1, "headers": {"Retry-After": "900"}}),
    );
    let error = account.jump_groups().unwrap_err();
    assert!(matches!(error, ApiError::Busy { status: 503, .. }), "{error}");
}

/// What people are told by an account, and the account.
fn told(site: &Site) -> (Account, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    (site.account().telling(Arc::new(move |wait| heard.lock().unwrap().push(wait.to_owned()))), told)
}

#[test]
fn nothing_is_asked_while_the_appliance_grants_no_more_requests() {
    let site = Site::start("1.10");
    let (account, told) = told(&site);
    account.jump_groups().unwrap();
    let spent = |headers: serde_json::Value| {
        let mut all = json!({"X-RateLimit-Remaining": "0"});
        all.as_object_mut().unwrap().extend(headers.as_object().unwrap().clone());
        site.order(json!({"do": "fault", "path": GROUPS, "answer": 200, "body": [], "headers": all}));
        account.jump_groups().unwrap();
    };
    let waited = || {
        let begin = Instant::now();
        account.jump_groups().map(|_| begin.elapsed().as_secs_f64())
    };
    let reset = |seconds: i64| json!({"X-RateLimit-Reset": (account.time().expect("a time").as_second() + seconds).to_string()});
    let said: [&dyn Fn() -> serde_json::Value; 3] =
        [&|| json!({"Retry-After": "2"}), &|| reset(3), &|| json!({"X-RateLimit-Reset": "2"})];
    for said in said {
        let headers = said();
        spent(headers.clone());
        let waited = waited().unwrap();
        assert!((1.5..8.0).contains(&waited), "{headers}: {waited}");
    }
    // Without a word of it, longer and longer.
    spent(json!({}));
    let once = waited().unwrap();
    assert!(once >= 1.9, "{once}");
    assert_eq!(told.lock().unwrap().len(), 0, "nobody wonders about so short a wait");
    spent(json!({"Retry-After": "6"}));
    assert!(waited().unwrap() >= 5.5);
    let said = told.lock().unwrap().clone();
    assert!(
        said.len() == 1 && said[0].starts_with("the account's requests of this hour are used up: waiting "),
        "{said:?}"
    );
    // For longer than anybody waits it is not asked at all.
    let before = site.asked().len();
    spent(json!({"Retry-After": "2700"}));
    let error = waited().unwrap_err();
    assert!(matches!(error, ApiError::Spent { .. }) && error.concerns_all(), "{error}");
    assert!(error.to_string().contains("no more requests for 45 min"), "{error}");
    assert_eq!(site.asked().len() - before, 1);
}

#[test]
fn a_busy_appliance_is_waited_for_until_its_limit_is_reset_and_that_is_told() {
    let site = Site::start("1.10");
    let (account, told) = told(&site);
    site.order(json!({"do": "fault", "path": GROUPS, "answer": 429, "times": 3, "headers": {"X-RateLimit-Reset": "6"}}));
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| account.jump_groups().unwrap());
        }
    });
    assert!(begin.elapsed() >= Duration::from_secs(6));
    let said = told.lock().unwrap().clone();
    assert!(
        said.len() == 1 && said[0].contains("busy") && said[0].ends_with("waiting 6 s for localhost"),
        "{said:?}"
    );
}

#[test]
fn an_account_that_the_newer_command_api_refuses_is_not_taken_for_an_older_site() {
    const INFO: &str = "/api/command/v2/info";
    let refused = json!({"do": "fault", "path": INFO, "answer": 401, "times": 2});
    let site = Site::start("1.12");
    site.order(refused.clone());
    let error = SessionWay::of(&site.account()).unwrap_err();
    assert!(matches!(error, ApiError::Refused { .. }), "{error}");
    assert!(error.hint().unwrap().contains("may not ask the Command API"), "{:?}", error.hint());
    // Older sites may answer so to whatever they do not know.
    let older = Site::start("1.10");
    older.order(refused);
    assert_eq!(SessionWay::of(&older.account()).unwrap(), SessionWay::SessionReport);
}

#[test]
fn pages_are_followed_by_their_links() {
    let site = Site::start("1.10");
    site.order(json!({"do": "add", "kind": "group", "name": "Servers", "code_name": "servers"}));
    site.order(json!({"do": "fill", "clients": 230}));
    let mut names = Vec::new();
    site.account().clients(|client| names.push(client.hostname)).unwrap();
    assert_eq!(names.len(), 230);
    assert_eq!(names[229], "h230");
    let pages = site.asked().into_iter().filter(|asked| asked.path == "/api/config/v1/jump-client");
    assert_eq!(pages.count(), 3);
}

#[test]
fn what_a_newer_site_tells_besides_is_passed_over() {
    for version in ["1.9", "1.10", "1.12"] {
        let site = Site::start(version);
        site.order(json!({"do": "settle", "more": {"colour": "red", "of_late": {"a": [1, null]}}}));
        for (kind, more) in [
            ("group", json!({"name": "Servers", "code_name": "servers"})),
            ("policy", json!({"display_name": "Always", "code_name": "always"})),
            ("session_policy", json!({"display_name": "Recorded", "code_name": "recorded"})),
            (
                "jumpoint",
                json!({"name": "edge", "code_name": "edge", "connected": true, "jzp_enabled": true, "platform": "linux-x86"}),
            ),
            ("user", json!({"username": "ada", "public_display_name": "Ada"})),
            ("client", json!({"hostname": "web1"})),
        ] {
            let mut order = json!({"do": "add", "kind": kind});
            order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            site.order(order);
        }
        let account = site.account();
        let wanted = NewInstaller { jump_group_id: 1, valid_duration: 60, ..NewInstaller::default() };
        let (made, _) = account.create_installer(&wanted).unwrap();
        assert_eq!(account.installer(made.id).unwrap().installer_id, made.installer_id);
        let mut hosts = Vec::new();
        account.clients(|client| hosts.push(client.hostname)).unwrap();
        assert_eq!(hosts, ["web1"]);
        let found = [
            account.jump_groups().unwrap().len(),
            account.jump_policies().unwrap().len(),
            account.session_policies().unwrap().len(),
            account.jumpoints().unwrap().len(),
            account.users("ada").unwrap().len(),
            account.installers().unwrap().len(),
            account.own_record().unwrap().map_or(0, |own| usize::from(own.contains_key("colour"))),
        ];
        assert_eq!(found, [1; 7]);
        // They really came, with everything.
        let notes = std::fs::read_to_string(site.path().join("site/requests.jsonl")).unwrap();
        let told = notes.lines().filter(|note| note.contains("of_late")).count();
        assert_eq!(told, 10);
    }
}

#[test]
fn what_the_newer_apis_tell_besides_is_passed_over_too() {
    let site = Site::with("1.12", &[], json!({"perm_reporting_duplicate_jump_client": true}));
    site.order(json!({"do": "settle", "more": {"colour": "red", "of_late": {"a": [1, null]}}}));
    site.order(json!({"do": "add", "kind": "group", "name": "Servers", "code_name": "servers"}));
    for _ in 0..2 {
        site.order(json!({"do": "add", "kind": "client", "hostname": "web1", "system_identifier": "x",
            "installed": "2026-01-01T00:00:00+00:00"}));
    }
    site.order(json!({"do": "add", "kind": "session", "hostname": "web1", "username": "eve"}));
    let account = site.account();
    let way = SessionWay::of(&account).unwrap();
    assert_eq!(way, SessionWay::CommandV2);
    let open = account.sessions(way, jiff::Timestamp::now()).unwrap();
    assert_eq!((open.len(), open[0].usernames.contains("eve")), (1, true));
    assert_eq!(account.duplicates().unwrap().unwrap().len(), 2);
    let notes = std::fs::read_to_string(site.path().join("site/requests.jsonl")).unwrap();
    let told = notes.lines().filter(|note| note.contains("of_late")).count();
    // Itself, those in sessions, their users, and those that are twice there.
    assert_eq!(told, 4);
}

#[test]
fn a_token_that_thirty_newer_ones_have_ended_is_replaced() {
    let site = Site::start("1.10");
    let account = site.account();
    account.jump_groups().unwrap();
    let tokens: Vec<String> = (0..30).map(|_| site.mint()).collect();
    let before = site.asked().len();
    account.jump_groups().unwrap();
    let asked = site.asked();
    let asked = asked[before..].iter().map(|asked| (asked.path.as_str(), asked.status));
    assert_eq!(asked.collect::<Vec<_>>(), [(GROUPS, 401), ("/oauth2/token", 200), (GROUPS, 200)]);
    // Its own ended the oldest of those in turn, and no other.
    assert_eq!(
        [&tokens[0], &tokens[1], &tokens[29]].map(|token| site.status(GROUPS, token)),
        [401, 200, 200]
    );
}

#[test]
fn what_only_reads_is_asked_again_after_a_cut_and_what_makes_something_is_not() {
    let site = Site::start("1.10");
    let account = site.account();
    account.jump_groups().unwrap();
    site.order(json!({"do": "fault", "path": GROUPS, "cut": 1}));
    account.jump_groups().unwrap();
    let path = "/api/config/v1/jump-client/installer";
    site.order(json!({"do": "fault", "path": path, "cut": 1}));
    let error = account.send(&Call::post(path, json!({"jump_group_id": 1}))).unwrap_err();
    assert!(matches!(error, ApiError::Unreachable { .. }), "{error}");
    assert_eq!(site.asked().iter().filter(|asked| asked.method == "POST" && asked.path == path).count(), 1);
}

#[test]
fn what_is_wrong_is_said_field_by_field() {
    let site = Site::start("1.10");
    let call =
        Call::post("/api/config/v1/jump-client/installer", json!({"jump_group_id": 7, "valid_duration": 5}));
    let error = site.account().send(&call).unwrap_err().to_string();
    assert!(error.contains("`valid_duration`: The value is out of range."), "{error}");
}

#[test]
fn each_version_is_known_with_its_downloads() {
    for (version, since, platform) in
        [("1.9", (1, 9), "windows-64"), ("1.10", (1, 10), "windows-64-msi"), ("1.12", (1, 12), "mac-pkg")]
    {
        let edition = Edition::detect(&Site::start(version).account()).unwrap();
        assert_eq!(edition.text(), version);
        assert!(edition.is_since(since.0, since.1) && !edition.is_since(since.0, since.1 + 1));
        assert!(edition.platforms().iter().any(|known| known == platform), "{:?}", edition.platforms());
    }
}

/// The table's head, which has its rows behind it.
const VERSIONS: &str = "\
| Configuration API | PRA | Installers, by `jc_platform` | Jumpoint proxy | Sessions by | Duplicates by |
|---|---|---|---|---|---|
";

/// With `JUMPFLEET_BLESS=1` in the environment the table is written instead of compared.
#[test]
fn the_table_of_versions_is_what_the_program_makes_of_them() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/appliance.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(VERSIONS).expect("the table's head");
    let (written, after) = rest.split_at(rest.find("\n\n").expect("the table's end") + 1);
    let wanted: String = [("1.9", "24.1"), ("1.10", "25.2"), ("1.12", "26.x")].into_iter().map(row).collect();
    if std::env::var("JUMPFLEET_BLESS").is_ok() {
        std::fs::write(path, format!("{before}{VERSIONS}{wanted}{after}")).unwrap();
    } else {
        assert_eq!(
            written, wanted,
            "docs/appliance.md is old: JUMPFLEET_BLESS=1 cargo test --test appliance"
        );
    }
}

/// What a site of this version has, as the program finds it.
fn row((version, product): (&str, &str)) -> String {
    let site = Site::with(version, &[], json!({"perm_reporting_duplicate_jump_client": true}));
    let account = site.account();
    let edition = Edition::detect(&account).unwrap();
    let software = account.software().unwrap();
    assert!(software.starts_with(product.trim_end_matches('x')), "{software}");
    let platforms = Platform::ALL.iter().filter(|platform| edition.word_of(**platform).is_some());
    let platforms: Vec<String> = platforms.map(|platform| format!("`{platform}`")).collect();
    let proxy = if edition.takes("jumpoint_proxy") { "yes" } else { "no" };
    let sessions = match SessionWay::of(&account).unwrap() {
        SessionWay::CommandV2 => "Command API v2",
        SessionWay::SessionReport => "the session report and Command API v1",
    };
    let duplicates =
        if account.duplicates().unwrap().is_ok() { "the site's report" } else { "names and addresses" };
    format!("| {version} | {product} | {} | {proxy} | {sessions} | {duplicates} |\n", platforms.join(", "))
}

#[test]
fn the_version_is_told_with_its_build_or_is_that_of_the_api() {
    let site = Site::start("1.10");
    let account = site.account();
    assert_eq!(account.software().unwrap(), "25.2.1 (12345)");
    for body in ["<error>Not now.</error>", "<appliance><version/></appliance>", "<p>Welcome<br></p>", "{}"] {
        site.order(json!({"do": "fault", "path": "/api/command", "answer": 200, "body": body}));
        assert_eq!(account.software().unwrap(), "API 1.10", "{body}");
        site.order(json!({"do": "fault", "path": "/api/command", "answer": 200, "body": body}));
        assert!(account.software_like("25.2.1 (12345)").is_err(), "only like is compared with like: {body}");
    }
}

#[test]
fn an_answer_that_does_not_begin_or_does_not_end_is_not_waited_for_ever() {
    let [soon, late] = [Duration::from_millis(300), Duration::from_secs(3)];
    for (begun, limit) in [("", "0.3"), ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "3")] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let client =
            Client::new(Address::parse(&address, Plain::Loopback).unwrap(), None, late * 9, &|_| None);
        std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            connection.write_all(begun.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_secs(20));
        });
        let ask = Ask { method: "GET", target: "/", headers: &[], body: &[] };
        let begin = Instant::now();
        let mut came = Vec::new();
        let take = &mut |_: &Answer, body: &mut dyn Read| body.read_to_end(&mut came).map(drop);
        let said = client.unwrap().fetch(&ask, Patience { begin: soon, end: late }, take).err().unwrap();
        assert!(begin.elapsed() < Duration::from_secs(15), "{begun}");
        assert_eq!(said.to_string(), format!("`127.0.0.1`: no answer within {limit} s"));
        assert_eq!(came, begun.rsplit('\n').next().unwrap().as_bytes());
    }
}

#[test]
fn a_wrong_secret_and_a_wrong_certificate_are_told_apart_and_nothing_secret_is_said() {
    let site = Site::start("1.10");
    let error = site.account_with("wrong-Secret1").jump_groups().unwrap_err();
    assert!(matches!(error, ApiError::NoToken { .. }), "{error}");
    assert_eq!(error.to_string(), "the site grants no token: invalid client");
    let other = Site::with("1.10", &["--other-name"], json!({}));
    let error = other.account().jump_groups().unwrap_err();
    assert!(matches!(error, ApiError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(other.asked().is_empty());
}
