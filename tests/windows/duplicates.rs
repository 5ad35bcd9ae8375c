//! Is every trace of a client seen, and a client of another site told apart?

use std::fs;

use crate::fleet::{Stage, Test};
use crate::scene::{self, PRODUCT, UNINSTALL, ends, one, record, run};

pub const TESTS: &[Test] = &[
    ("every_trace_of_a_client_is_a_duplicate", 1, every_rule),
    ("every_trace_of_a_newer_client_is_a_duplicate", 1, newer_rules),
    ("a_client_of_another_site_is_a_warning", 1, another_site),
    ("of_several_clients_of_other_sites_none_is_replaced", 1, several_sites),
    ("a_login_without_administrator_rights_is_unfit", 1, no_administrator),
];

fn every_rule(stage: &Stage) {
    let host = one(stage);
    let entry = format!(r"{UNINSTALL}\client");
    let name = format!("{PRODUCT} [pra.example.org]");
    // A 32-bit package is registered in the other view.
    run(stage, &host, &["reg", "add", &entry, "/v", "DisplayName", "/d", &name, "/f", "/reg:32"]);
    ends(stage, &[], 0, "already_present/registry");
    run(stage, &host, &["reg", "delete", &entry, "/f", "/reg:32"]);

    let service = r"HKLM\SYSTEM\CurrentControlSet\Services\bomgar-ps-0x1";
    run(stage, &host, &["reg", "add", service, "/v", "Start", "/t", "REG_DWORD", "/d", "4", "/f"]);
    ends(stage, &[], 0, "already_present/service");
    run(stage, &host, &["reg", "delete", service, "/f"]);

    let drive = scene::drive(stage, &host);
    let marker = drive.join("ProgramData/jumpfleet/PRAJumpClient.txt");
    fs::create_dir_all(marker.parent().unwrap()).unwrap();
    fs::write(&marker, "release: old\r\n").unwrap();
    ends(stage, &[], 0, "already_present/marker_file");
    fs::remove_file(&marker).unwrap();

    while_it_runs(stage, "bomgar-pec.exe", || drop(ends(stage, &[], 0, "already_present/process")));
    assert_eq!(scene::starts(stage, &host), 0);
}

/// Does something while a program of this name runs on the host.
fn while_it_runs(stage: &Stage, program: &str, does: impl FnOnce()) {
    let host = &stage.hosts[0];
    let drive = scene::drive(stage, host);
    fs::copy(drive.join("windows/system32/ping.exe"), drive.join(program)).unwrap();
    let path = format!(r"C:\{program}");
    std::thread::scope(|scope| {
        let running = scope.spawn(|| stage.fleet.lab(&["exec", host, &path, "-n", "200", "127.0.0.1"]));
        scene::until(20, "a process", || run(stage, host, &["tasklist"]).contains(program));
        does();
        run(stage, host, &["taskkill", "/f", "/im", program]);
        running.join().unwrap();
    });
}

/// From 25.2 on: for a release of the same generation, and for one of the older.
fn newer_rules(stage: &Stage) {
    let host = one(stage);
    scene::newer(stage);
    let both = |own: &str| {
        ends(stage, &["--release", "newer"], 0, &format!("already_present/{own}"));
        ends(stage, &[], 0, "already_present/other_generation");
    };
    // Names of programs are not only the product's.
    while_it_runs(stage, "sra-pin-helper.exe", || both("process"));

    let service = r"HKLM\SYSTEM\CurrentControlSet\Services\sra-pin-0x1";
    run(stage, &host, &["reg", "add", service, "/v", "Start", "/t", "REG_DWORD", "/d", "2", "/f"]);
    both("service");

    // Beside another site's client they would be that one's; the entry tells that ours is there too.
    for (key, site) in [("other", "other.example.org"), ("ours", crate::fleet::SITE)] {
        let (entry, name) = (format!(r"{UNINSTALL}\{key}"), format!("{PRODUCT} [{site}]"));
        run(stage, &host, &["reg", "add", &entry, "/v", "DisplayName", "/d", &name, "/f"]);
    }
    ends(stage, &["--release", "newer"], 0, "already_present/registry");
    assert_eq!(scene::starts(stage, &host), 0);
}

fn another_site(stage: &Stage) {
    let host = one(stage);
    let name = format!("{PRODUCT} [other.example.org]");
    let entry = format!(r"{UNINSTALL}\other");
    run(stage, &host, &["reg", "add", &entry, "/v", "DisplayName", "/d", &name, "/f"]);
    fs::create_dir_all(scene::drive(stage, &host).join("ProgramData/bomgar-pec-0xabc")).unwrap();
    let report = ends(stage, &[], 0, "installed");
    assert_eq!(record(&report, &host)["notes"], serde_json::json!(["other_site"]));
    // Which of the vendor's folders is ours nobody can tell, and the other's is not called ours.
    assert_eq!(record(&report, &host)["directory"], serde_json::Value::Null);
    // Ours is there by now, and nobody replaces it for the other's sake.
    ends(stage, &["--replace"], 0, "already_present/registry");
    assert_eq!(scene::starts(stage, &host), 1);
}

/// Whoever wants one client in the place of another has to say which, if there are several.
fn several_sites(stage: &Stage) {
    let host = one(stage);
    for site in ["other", "third"] {
        let (entry, name) = (format!(r"{UNINSTALL}\{site}"), format!("{PRODUCT} [{site}.example.org]"));
        run(stage, &host, &["reg", "add", &entry, "/v", "DisplayName", "/d", &name, "/f"]);
    }
    let folder = scene::drive(stage, &host).join("ProgramData/bomgar-pec-0xabc");
    fs::create_dir_all(&folder).unwrap();
    let report = ends(stage, &["--replace"], 3, "failed/remove/still_there");
    let record = format!("{}", record(&report, &host));
    assert!(record.contains("2 clients of other sites are there: remove all but one by hand"), "{record}");
    assert_eq!(scene::starts(stage, &host), 0);
    for site in ["other", "third"] {
        run(stage, &host, &["reg", "query", &format!(r"{UNINSTALL}\{site}")]);
    }
    assert!(folder.exists());
}

fn no_administrator(stage: &Stage) {
    let host = one(stage);
    scene::inventory(stage, |_, _| String::new());
    let inventory = fs::read_to_string(stage.path().join("inventory.yaml")).unwrap();
    stage
        .write("inventory.yaml", &inventory.replace("ansible_user: Administrator", "ansible_user: operator"));
    let report = ends(stage, &[], 3, "failed/probe/unfit");
    assert_eq!(record(&report, &host)["detail"], "`operator` has no administrator rights");
}
