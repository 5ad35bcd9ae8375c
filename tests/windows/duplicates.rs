//! Is every trace of a client seen, and a client of another site told apart?

use std::fs;

use crate::fleet::{Stage, Test};
use crate::scene::{self, PRODUCT, UNINSTALL, ends, one, record, run};

pub const TESTS: &[Test] = &[
    ("every_trace_of_a_client_is_a_duplicate", 1, every_rule),
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

    fs::copy(drive.join("windows/system32/ping.exe"), drive.join("bomgar-pec.exe")).unwrap();
    let client = ["exec", &host, r"C:\bomgar-pec.exe", "-n", "60", "127.0.0.1"];
    std::thread::scope(|scope| {
        let running = scope.spawn(|| stage.fleet.lab(&client));
        scene::until(20, "a process", || run(stage, &host, &["tasklist"]).contains("bomgar-pec.exe"));
        ends(stage, &[], 0, "already_present/process");
        run(stage, &host, &["taskkill", "/f", "/im", "bomgar-pec.exe"]);
        running.join().unwrap();
    });
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
