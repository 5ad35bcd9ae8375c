//! Are installers made, fetched and kept so that a plan can use them at once, and nobody sees their keys?

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::scene::{OWN, Site, ended};

const DOWNLOAD: &str = "/api/config/v1/jump-client/installer/";

fn prepared(version: &str) -> Site {
    let site = Site::start(version);
    site.settings("");
    site.order(json!({"do": "add", "kind": "group", "name": "Our Servers", "code_name": "servers"}));
    site.order(json!({"do": "add", "kind": "policy", "display_name": "Always", "code_name": "always"}));
    site
}

/// Runs a command and gives its code and both outputs, in which no key may stand.
fn run(site: &Site, line: &str) -> (i32, String, String) {
    let words: Vec<&str> = line.split(' ').collect();
    let (code, out, err) = ended(&site.jumpfleet(&words, &OWN));
    for installer in site.order(json!({"do": "show", "kind": "installers"})).as_array().unwrap() {
        for secret in ["key", "installer_id"] {
            let secret = installer[secret].as_str().unwrap();
            assert!(!format!("{out}{err}").contains(secret), "{line}: {out}{err}");
        }
    }
    (code, out, err)
}

/// The one installer file of the release `main` with this ending.
fn downloaded(site: &Site, end: &str) -> PathBuf {
    let below = |path: PathBuf| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let folders = below(site.path().join("releases/main")).filter(|path| path.is_dir());
    let mut files = folders.flat_map(below).filter(|path| path.extension().is_some_and(|found| found == end));
    let file = files.next().unwrap();
    assert_eq!(files.next(), None);
    file
}

#[test]
fn installers_of_one_name_are_kept_apart() {
    let site = prepared("1.9");
    let line = "installer create main --group servers --platform linux_headless,linux_service";
    let (code, _, err) = run(&site, line);
    assert_eq!(code, 0, "{err}");
    let names = ["linux-64", "linux-64-headless"].map(|word| {
        let mut files = fs::read_dir(site.path().join("releases/main").join(word)).unwrap();
        let path = files.next().unwrap().unwrap().path();
        (path.file_name().unwrap().to_owned(), fs::read(path).unwrap())
    });
    assert_eq!(names[0].0, names[1].0);
    assert_ne!(names[0].1, names[1].1);
    let text = fs::read_to_string(site.path().join("releases/main/release.yaml")).unwrap();
    for platform in ["linux_service: \"linux-64/", "linux_headless: \"linux-64-headless/"] {
        assert!(text.contains(platform), "{text}");
    }
}

#[test]
fn a_new_installer_is_a_release_that_a_plan_uses_at_once() {
    for (version, platform, product) in [
        ("1.9", "linux_headless", "bomgar-pec"),
        ("1.10", "linux_headless", "sra-pin"),
        ("1.12", "linux_service", "sra-pin"),
    ] {
        let site = prepared(version);
        let line = format!(
            "installer create main --group servers --jump-policy always --valid 30d --allow-override tag,name \
             --max-offline-minutes 60 --platform {platform}"
        );
        let (code, out, err) = run(&site, &line);
        assert_eq!((code, out.trim()), (0, "releases/main/release.yaml"), "{err}");
        let text = fs::read_to_string(site.path().join("releases/main/release.yaml")).unwrap();
        assert!(text.contains(&format!("product: {product}\n")), "{text}");
        assert!(text.contains("overrides: [name, tag]\n"), "{text}");
        assert!(text.contains("-*.bin\""), "{text}");
        for entry in fs::read_dir(site.path().join("releases/main")).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "only the owner may read what holds keys");
        }
        let boot = if product == "sra-pin" { "" } else { ", jc_user: client" };
        let more = if platform == "linux_headless" { boot } else { "" };
        let hosts = format!(
            "web: {{hosts: {{web1: }}, vars: {{jc_platform: {platform}, ansible_user: root{more}, jc_tag: web}}}}\n"
        );
        fs::write(site.path().join("fleet.yaml"), hosts).unwrap();
        let (code, out, err) = run(&site, "plan -i fleet.yaml --release main");
        assert_eq!(code, 0, "{version}: {out}{err}");
        assert!(out.contains("release main"), "{out}");
        // A file that is not what was downloaded is not rolled out.
        let made: Value = serde_json::from_str(
            &fs::read_to_string(site.path().join("releases/main/secrets.json")).unwrap(),
        )
        .unwrap();
        assert!(made["installer_id"].as_str().unwrap().len() == 32);
        let file = downloaded(&site, "bin");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0);
        fs::write(file, "#!/bin/sh\n").unwrap();
        let (code, _, err) = run(&site, "plan -i fleet.yaml --release main");
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("releases/main/release.yaml:") && err.contains("digest"), "{err}");
    }
}

#[test]
fn a_key_that_stands_in_no_name_is_kept_in_a_file_in_whatever_shape_it_came() {
    for version in ["1.9", "1.10", "1.12"] {
        let site = prepared(version);
        site.order(json!({"do": "settle", "names_hold_keys": false}));
        for (number, shape) in ["text", "object", "platforms"].into_iter().enumerate() {
            site.order(json!({"do": "settle", "key_shape": shape}));
            let line = format!("installer create {shape} --group servers --platform windows_msi");
            let (code, _, err) = run(&site, &line);
            assert_eq!(code, 0, "{version} {shape}: {err}");
            let installer = &site.order(json!({"do": "show", "kind": "installers"}))[number];
            let key = fs::read_to_string(site.path().join("releases").join(shape).join("key")).unwrap();
            assert_eq!(key.trim(), installer["key"].as_str().unwrap(), "{version} {shape}");
            let path = site.path().join("releases").join(shape).join("release.yaml");
            assert!(fs::read_to_string(path).unwrap().contains("key: {file: key}\n"), "{version} {shape}");
        }
    }
}

#[test]
fn a_download_that_is_cut_goes_on_where_it_was() {
    for tags_files in [true, false] {
        let site = prepared("1.10");
        site.order(json!({"do": "settle", "tags_files": tags_files}));
        site.order(json!({"do": "fault", "path": DOWNLOAD, "cut": 600_000, "times": 2}));
        let (code, _, err) = run(&site, CREATE_MSI);
        assert_eq!(code, 0, "{err}");
        let asked = site.asked().into_iter().filter(|asked| asked.path.starts_with(DOWNLOAD));
        let headers: Vec<[String; 2]> = asked
            .map(|asked| {
                ["range", "if-range"]
                    .map(|name| asked.headers.get(name).and_then(Value::as_str).unwrap_or("-").to_owned())
            })
            .collect();
        assert_eq!(headers.len(), 3, "{headers:?}");
        assert_eq!(headers[0], ["-", "-"]);
        for [range, validator] in &headers[1..] {
            assert!(range.starts_with("bytes="), "{headers:?}");
            assert!(
                if tags_files { validator.starts_with('"') } else { validator.ends_with(" GMT") },
                "{headers:?}"
            );
        }
        assert_eq!(fs::read(downloaded(&site, "msi")).unwrap(), fs::read(on_site(&site)).unwrap());
    }
}

/// Where the site has the file of its one installer.
fn on_site(site: &Site) -> PathBuf {
    fs::read_dir(site.path().join("site/installers")).unwrap().next().unwrap().unwrap().path()
}

const CREATE_MSI: &str = "installer create main --group servers --platform windows_msi";
const DOWNLOAD_MSI: &str = "installer download main --platform windows_msi";

#[test]
fn a_file_that_changed_on_the_site_is_not_joined_to_what_came_of_the_older_one() {
    for (knows, tags_files) in [(true, true), (true, false), (false, true)] {
        let site = prepared("1.10");
        site.order(json!({"do": "settle", "tags_files": tags_files}));
        let lose = if knows { json!([]) } else { json!(["ETag"]) };
        site.order(json!({"do": "fault", "path": DOWNLOAD, "cut": 600_000, "lose": lose}));
        site.order(json!({"do": "fault", "path": DOWNLOAD, "answer": 500}));
        assert_ne!(run(&site, CREATE_MSI).0, 0);
        let mut changed = fs::read(on_site(&site)).unwrap();
        changed[8..].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
        fs::write(on_site(&site), &changed).unwrap();
        let (code, _, err) = run(&site, DOWNLOAD_MSI);
        assert_eq!(code, 0, "{err}");
        assert!(fs::read(downloaded(&site, "msi")).unwrap() == changed, "only what is there now");
        // Where the site gives nothing by which the same file is known, nobody asks for its rest.
        let last = site.asked().into_iter().rfind(|asked| asked.path.starts_with(DOWNLOAD)).unwrap();
        assert_eq!(last.headers.contains_key("if-range"), knows, "{last:?}");
        let kept = fs::read_dir(site.path().join("releases/main")).unwrap();
        let kept: Vec<String> = kept.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!kept.iter().any(|name| name.contains(".part") || name.contains("validator")), "{kept:?}");
    }
}

#[test]
fn a_file_whose_end_cannot_be_told_from_a_cut_is_not_taken() {
    let site = prepared("1.10");
    site.order(json!({"do": "fault", "path": DOWNLOAD, "cut": 400_000, "lose": ["Content-Length"]}));
    let (code, _, err) = run(&site, CREATE_MSI);
    assert!(code == 1 && err.contains("it does not tell how long the file is"), "{code} {err}");
    assert!(!site.path().join("releases/main/release.yaml").exists());
    // By pieces, each of which says its length, a cut is seen.
    for chunked in [json!({"cut": 400_000}), json!({})] {
        let mut order = json!({"do": "fault", "path": DOWNLOAD, "chunked": true});
        order.as_object_mut().unwrap().extend(chunked.as_object().unwrap().clone());
        site.order(order);
    }
    let (code, _, err) = run(&site, DOWNLOAD_MSI);
    assert_eq!(code, 0, "{err}");
    assert_eq!(fs::read(downloaded(&site, "msi")).unwrap(), fs::read(on_site(&site)).unwrap());
}

#[test]
fn nothing_is_made_where_its_key_cannot_be_kept() {
    let site = prepared("1.10");
    fs::write(site.path().join("releases"), "no folder").unwrap();
    let create = "installer create main --group servers --platform linux_service";
    let (code, _, err) = run(&site, create);
    assert!(code == 1 && err.contains("`releases") && err.contains("nothing was made"), "{code} {err}");
    assert_eq!(site.order(json!({"do": "show", "kind": "installers"})), json!([]));
    fs::remove_file(site.path().join("releases")).unwrap();
    // A try that came to nothing keeps no name.
    site.order(json!({"do": "fault", "path": "/api/config/v1/jump-client/installer", "answer": 500}));
    assert_ne!(run(&site, create).0, 0);
    assert_eq!(run(&site, create).0, 0);
}

#[test]
fn an_installer_whose_key_is_lost_is_named_with_the_way_to_be_rid_of_it() {
    let site = prepared("1.10");
    let path = "/api/config/v1/jump-client/installer";
    site.order(json!({"do": "fault", "path": path, "slow": 3}));
    let (code, err) = std::thread::scope(|scope| {
        let create =
            scope.spawn(|| run(&site, "installer create main --group servers --platform linux_service"));
        let begin = std::time::Instant::now();
        while !site.asked().iter().any(|asked| asked.method == "POST" && asked.path == path) {
            assert!(begin.elapsed() < std::time::Duration::from_secs(60), "no installer is asked for");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        // While the site answers, the folder goes.
        fs::remove_dir(site.path().join("releases/main")).unwrap();
        fs::write(site.path().join("releases/main"), "no folder").unwrap();
        let (code, _, err) = create.join().unwrap();
        (code, err)
    });
    assert!(code == 1 && err.contains("installer 1 was made, and its key is lost"), "{code} {err}");
    assert!(err.contains("`jumpfleet installer delete 1`"), "{err}");
    assert_eq!(run(&site, "installer delete 1 --yes").0, 0);
    assert_eq!(site.order(json!({"do": "show", "kind": "installers"})), json!([]));
}

#[test]
fn a_release_that_is_called_by_a_number_is_not_taken_for_another_installer() {
    let site = prepared("1.10");
    for name in ["main", "other"] {
        let line = format!("installer create {name} --group servers --platform linux_service");
        assert_eq!(run(&site, &line).0, 0);
    }
    let (code, _, err) = run(&site, "installer create 1 --group servers --platform linux_service");
    assert!(code == 2 && err.contains("`1` would be taken for an installer's number"), "{code} {err}");
    // As older versions let it be called.
    fs::rename(site.path().join("releases/other"), site.path().join("releases/1")).unwrap();
    let (_, out, err) = run(&site, "installer show 1");
    assert!(out.contains("installer  2\nkept as    1\n"), "{out}{err}");
    assert_eq!(run(&site, "installer delete 1 --yes").0, 0);
    let left = site.order(json!({"do": "show", "kind": "installers"}));
    assert_eq!((left[0]["id"].as_u64(), left.as_array().unwrap().len()), (Some(1), 1));
    // Of one that was not made here nobody knows the number.
    fs::remove_file(site.path().join("releases/1/secrets.json")).unwrap();
    let (code, _, err) = run(&site, "installer delete 1 --yes");
    assert!(code == 2 && err.contains("`1` is no release that was made here"), "{code} {err}");
}

#[test]
fn what_is_wrong_with_an_installer_file_is_told_without_its_key() {
    let site = prepared("1.10");
    assert_eq!(run(&site, "installer create main --group servers --platform linux_service").0, 0);
    let file = downloaded(&site, "bin");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let (code, _, err) = run(&site, "installer download main --platform linux_service");
    assert!(
        code == 1 && err.contains("cannot read `releases/main/linux-64/sra-pin-linux_x86_64-….bin`"),
        "{err}"
    );
}

#[test]
fn what_was_made_is_not_lost_when_the_download_fails() {
    let site = prepared("1.10");
    site.order(json!({"do": "fault", "path": DOWNLOAD, "answer": 500, "times": 1}));
    let (code, _, _) = run(&site, "installer create main --group servers --platform linux_headless");
    assert_ne!(code, 0);
    assert!(!site.path().join("releases/main/release.yaml").exists());
    let (code, out, err) = run(&site, "installer download main --platform linux_headless");
    assert_eq!((code, out.trim()), (0, "releases/main/release.yaml"), "{err}");
    assert_eq!(site.order(json!({"do": "show", "kind": "installers"})).as_array().unwrap().len(), 1);
}

#[test]
fn a_release_keeps_the_platforms_that_it_has_when_another_one_is_downloaded() {
    let site = prepared("1.10");
    let release = || fs::read_to_string(site.path().join("releases/main/release.yaml")).unwrap();
    assert_eq!(run(&site, "installer create main --group servers --platform linux_headless").0, 0);
    let (code, _, err) = run(&site, "installer download main --platform windows_msi");
    assert_eq!(code, 0, "{err}");
    for platform in ["linux_headless", "windows_msi"] {
        assert_eq!(
            release().matches(&format!("  {platform}: ")).count(),
            2,
            "file and digest: {}",
            release()
        );
    }
}

#[test]
fn what_an_upgrade_has_ended_is_not_taken_for_what_the_site_has_now() {
    for (version, build) in [("1.12", "12345"), ("1.10", "12346")] {
        let site = prepared("1.10");
        assert_eq!(run(&site, "installer create main --group servers --platform linux_headless").0, 0);
        let release = site.path().join("releases/main/release.yaml");
        let before = fs::read_to_string(&release).unwrap();
        assert!(before.contains("version: \"25.2.1 (12345)\"\n"), "{before}");
        site.order(json!({"do": "upgrade", "version": version, "build": build}));
        let (code, _, err) = run(&site, "installer download main");
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("the appliance was upgraded from 25.2.1 (12345) to "), "{err}");
        assert!(err.contains("`jumpfleet installer create`"), "{err}");
        assert_eq!(fs::read_to_string(&release).unwrap(), before);
        // The same name is there for new ones as soon as the old ones' folder is gone.
        let again = "installer create main --group servers --platform linux_headless";
        let (code, _, err) = run(&site, again);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("makes room when `releases/main/` is removed"), "{err}");
        fs::remove_dir_all(site.path().join("releases/main")).unwrap();
        assert_eq!(run(&site, again).0, 0);
        assert_ne!(fs::read_to_string(&release).unwrap(), before);
    }
}

#[test]
fn names_that_the_site_does_not_have_are_told_before_anything_is_made() {
    let site = prepared("1.10");
    let (code, _, err) = run(&site, "installer create main --group servrs");
    assert_eq!(code, 2);
    assert!(
        err.contains("no Jump Group with the code name `servrs`") && err.contains("did you mean `servers`?"),
        "{err}"
    );
    let done = site.jumpfleet(&["installer", "create", "main", "--group", "Our Servers"], &OWN);
    let (code, _, err) = ended(&done);
    assert_eq!(code, 2);
    assert!(err.contains("its code name is `servers`"), "{err}");
    let (code, _, err) = run(&site, "installer create main --group servers --jumpoint-proxy edge");
    assert_eq!(code, 2);
    assert!(err.contains("the Jumpoint `edge` is not there"), "{err}");
    let (code, _, err) = run(&site, "installer create main --group servers --platform windows_exe");
    assert_eq!(code, 2);
    assert!(err.contains("a site of API 1.10 has no installer for `windows_exe`"), "{err}");
    assert!(
        err.contains("it has: windows_msi, linux_service, linux_headless, raspberry_pi, macos_dmg"),
        "{err}"
    );
    assert_eq!(site.order(json!({"do": "show", "kind": "installers"})), json!([]));
    assert!(!site.path().join("releases").exists());
}

#[test]
fn installers_are_listed_shown_and_deleted() {
    let site = prepared("1.10");
    assert_eq!(run(&site, "installer list").1, "the site has no installers\n");
    run(&site, "installer create main --group servers --platform linux_headless --allow-override tag");
    let (code, out, _) = run(&site, "installer list");
    assert_eq!(code, 0);
    assert!(out.contains("1  group servers, valid until ") && out.contains("kept as main"), "{out}");
    let (_, out, _) = run(&site, "installer show main --format json");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&shown["release"], &shown["overrides"]), (&json!("main"), &json!(["tag"])));
    let (code, _, err) = run(&site, "installer delete main");
    assert_eq!(code, 6, "{err}");
    let (code, _, err) = run(&site, "installer delete main --yes");
    assert_eq!(code, 0, "{err}");
    assert_eq!(site.order(json!({"do": "show", "kind": "installers"})), json!([]));
    let (code, _, err) = run(&site, "installer delete main --yes");
    assert!(code == 0 && err.contains("was not there any more"), "{err}");
    let (code, _, err) = run(&site, "installer download main");
    assert!(code == 2 && err.contains("the site has no installer 1 any more"), "{err}");
}

/// The bodies of the installers that were asked for.
fn wanted(site: &Site) -> Vec<Value> {
    let text = fs::read_to_string(site.path().join("site/requests.jsonl")).unwrap();
    let notes = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let made = notes.filter(|note| note["method"] == "POST" && note["path"] != "/oauth2/token");
    made.map(|note| serde_json::from_str(note["body"].as_str().unwrap()).unwrap()).collect()
}

#[test]
fn everything_that_the_site_takes_can_be_asked_for() {
    let site = prepared("1.10");
    site.order(json!({"do": "add", "kind": "user", "username": "Ada", "public_display_name": "Ada L."}));
    site.order(json!({"do": "add", "kind": "session_policy", "display_name": "Recorded", "code_name": "recorded", "id": 5}));
    let point = json!({"do": "add", "kind": "jumpoint", "name": "edge", "connected": true, "jzp_enabled": true, "code_name": "edge", "platform": "linux-x86"});
    site.order(point);
    let line = "installer create main --personal ada --jump-policy always --session-policy recorded --client-name n --tag t \
                --comments c --valid 2h --max-offline-minutes 60 --jumpoint-proxy edge --connection-type passive \
                --elevate-install true --elevate-prompt false --platform linux_headless --allow-override \
                comments,jump_group,jump_policy,max_offline_minutes,name,session_policy,tag";
    let (code, _, err) = run(&site, &line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(code, 0, "{err}");
    let asked = &wanted(&site)[0];
    // Every field of the vendor's specification, and both that it does not name.
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/appliance/specification.json"))
        .unwrap();
    let specification: Value = serde_json::from_str(&text).unwrap();
    let body = &specification["paths"]["/jump-client/installer"]["post"]["requestBody"]["content"];
    let fields = body["application/json"]["schema"]["properties"].as_object().unwrap().keys();
    let also = ["max_offline_minutes", "allow_override_max_offline_minutes"];
    for field in fields.map(String::as_str).chain(also) {
        assert!(asked.get(field).is_some(), "{field} is not in {asked}");
    }
    assert_eq!((&asked["jump_group_id"], &asked["jump_group_type"]), (&json!(1), &json!("personal")));
    assert_eq!((&asked["elevate_install"], &asked["elevate_prompt"]), (&json!(true), &json!(false)));
    let (_, out, _) = run(&site, "installer show main");
    for shown in [
        "goes to    personal list of user 1",
        "policy     always",
        "session    recorded",
        "connects   passive",
        "offline    60 minutes",
        "through    edge",
        "comments   c",
    ] {
        assert!(out.contains(shown), "{shown}: {out}");
    }
    // Nobody waits for clients that the API does not show.
    let hosts = "web: {hosts: {web1: }, vars: {jc_platform: linux_headless, ansible_user: root}}\n";
    fs::write(site.path().join("fleet.yaml"), hosts).unwrap();
    let (code, out, err) = run(&site, "plan -i fleet.yaml --release main");
    assert!(code == 0 && out.contains("the API shows no clients of personal lists"), "{code} {out}{err}");
}

#[test]
fn what_this_site_does_not_take_is_told_by_its_name() {
    let site = prepared("1.9");
    let point = json!({"do": "add", "kind": "jumpoint", "name": "edge", "connected": true, "jzp_enabled": true, "code_name": "edge", "platform": "linux-x86"});
    site.order(point);
    let (code, _, err) = run(&site, "installer create main --group servers --jumpoint-proxy edge");
    assert!(code == 2 && err.contains("a site of API 1.9 does not know `jumpoint_proxy`"), "{err}");
    let (code, _, err) = run(&site, "installer create main --personal nobody");
    assert!(code == 2 && err.contains("the site has no user `nobody`"), "{err}");
    let (code, _, err) = run(&site, "installer create main");
    assert!(code == 2 && err.contains("--group <CODE>|--personal <USER>"), "{err}");
    let (code, _, err) = run(&site, "installer create main --group servers --colour red");
    assert!(code == 2 && err.contains("--colour"), "{err}");
    site.order(json!({"do": "settle", "is_cloud": true}));
    let (code, _, err) = run(&site, "installer create main --group servers --connection-type passive");
    assert!(code == 2 && err.contains("`connection_type`: Cloud deployments only allow active"), "{err}");
    assert_eq!(site.order(json!({"do": "show", "kind": "installers"})), json!([]));
    let newest = prepared("1.12");
    let line = "installer create main --group servers --elevate-install false --platform linux_service";
    let (code, _, err) = run(&newest, line);
    assert!(code == 0 && err.contains("passes over `elevate_install`"), "{err}");
}

#[test]
fn an_installer_whose_answer_is_lost_is_looked_for_before_another_one_is_made() {
    let site = prepared("1.10");
    let create = "installer create main --group servers --platform linux_headless";
    for how in [json!({"cut": 0}), json!({"cut": 20}), json!({"answer": 502})] {
        let mut order = json!({"do": "fault", "path": "/api/config/v1/jump-client/installer"});
        order.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
        site.order(order);
        let (code, _, err) = run(&site, create);
        assert!(code != 0 && err.contains("jumpfleet installer list"), "{how}: {err}");
    }
    // Two were made, and nobody has their keys: they can be found and taken away, and nothing hinders a new one.
    let (_, out, _) = run(&site, "installer list");
    assert_eq!(out.lines().filter(|line| !line.contains("kept as")).count(), 2, "{out}");
    assert_eq!(run(&site, "installer delete 1 --yes").0, 0);
    assert_eq!(run(&site, create).0, 0);
    // What surely was not made needs no search.
    site.order(json!({"do": "settle", "is_cloud": true}));
    let (_, _, err) = run(&site, "installer create other --group servers --connection-type passive");
    assert!(!err.contains("installer list"), "{err}");
}

#[test]
fn what_is_kept_stays_out_of_version_control() {
    let site = prepared("1.10");
    let git = |words: &[&str]| {
        let mut done = std::process::Command::new("git");
        done.args(words).current_dir(site.path()).env("HOME", site.path());
        String::from_utf8(done.output().expect("git").stdout).unwrap()
    };
    git(&["init", "--quiet", "."]);
    assert_eq!(run(&site, "installer create main --group servers --platform linux_headless").0, 0);
    let seen = git(&["status", "--porcelain", "--untracked-files=all"]);
    assert!(seen.contains("jumpfleet.yaml") && !seen.contains("releases"), "{seen}");
    // Whoever wants it otherwise says so once.
    fs::write(site.path().join("releases/.gitignore"), "").unwrap();
    assert_eq!(run(&site, "installer create more --group servers --platform linux_headless").0, 0);
    assert_eq!(fs::read_to_string(site.path().join("releases/.gitignore")).unwrap(), "");
}
