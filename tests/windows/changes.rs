//! What becomes of clients that are there: replaced, undone, of the other generation, from a package?

use std::fs;
use std::path::Path;

use crate::fleet::{KEY, SITE, Stage, Test};
use crate::scene::{self, PRODUCT, UNINSTALL, behave, ends, one, record, run};

pub const TESTS: &[Test] = &[
    ("a_client_of_another_site_is_replaced", 1, replaced),
    ("a_newer_generation_takes_the_place_of_an_older_one", 1, generations),
    ("undo_removes_what_its_run_installed", 1, undone),
    ("another_version_of_the_product_is_looked_for", 1, another_version),
    ("a_marker_file_may_be_on_a_share", 1, share),
    ("a_client_from_a_package_is_verified_and_removed", 1, packaged),
    ("the_service_of_the_clients_own_folder_is_looked_at", 1, services),
];

fn folders(stage: &Stage, host: &str, begin: &str) -> usize {
    let entries = fs::read_dir(scene::drive(stage, host).join("ProgramData")).unwrap().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(begin)).count()
}

/// The names of all clients' uninstall entries.
fn registered(stage: &Stage, host: &str) -> Vec<String> {
    let listed = run(stage, host, &["reg", "query", UNINSTALL, "/s", "/v", "DisplayName"]);
    let names =
        listed.lines().filter_map(|line| line.split_once("REG_SZ").map(|(_, name)| name.trim().to_owned()));
    names.filter(|name| name.starts_with(PRODUCT)).collect()
}

fn replaced(stage: &Stage) {
    let host = one(stage);
    let other = "other.example.org";
    scene::build("msi", "bomgar-pec", other, &stage.path().join("elsewhere"));
    let settings = fs::read_to_string(stage.path().join("jumpfleet.yaml")).unwrap();
    stage.write(
        "jumpfleet.yaml",
        &settings.replace(SITE, other).replace("installers/bomgar-pec-win64", "elsewhere/bomgar-pec-win64"),
    );
    ends(stage, &[], 0, "installed");
    stage.write("jumpfleet.yaml", &settings);
    assert_eq!(registered(stage, &host), [format!("{PRODUCT} [{other}]")]);
    let report = ends(stage, &["--replace"], 0, "installed");
    assert!(record(&report, &host)["notes"].is_null(), "the other site's is noted");
    assert_eq!(registered(stage, &host), [format!("{PRODUCT} [{SITE}]")]);
    assert_eq!((folders(stage, &host, "bomgar-pec"), scene::starts(stage, &host)), (1, 2));
}

fn generations(stage: &Stage) {
    let host = one(stage);
    scene::newer(stage);
    let newer = |words: &[&str], code: i32| {
        let typed = [words, &["-i", "inventory.yaml", "--release", "newer"]].concat();
        stage.jumpfleet(&typed).expect(code)
    };
    ends(stage, &[], 0, "installed");
    // Nothing says whose it is but what is there besides.
    fs::remove_file(scene::drive(stage, &host).join("ProgramData/jumpfleet/PRAJumpClient.txt")).unwrap();
    newer(&["uninstall", "--yes"], 0);
    assert!(scene::end(&stage.report(), &host).starts_with("already_absent"));
    assert_eq!(folders(stage, &host, "bomgar-pec"), 1, "the other generation's client was removed");
    ends(stage, &["--release", "newer", "--replace"], 0, "installed");
    assert_eq!((folders(stage, &host, "bomgar-pec"), folders(stage, &host, "sra-pin")), (0, 1));
    newer(&["verify"], 0);
    newer(&["uninstall", "--yes"], 0);
    assert_eq!(scene::end(&stage.report(), &host), "removed");
    assert_eq!((folders(stage, &host, "sra-pin"), registered(stage, &host).len()), (0, 0));
}

fn undone(stage: &Stage) {
    let host = one(stage);
    ends(stage, &[], 0, "installed");
    let run = scene::last_run(stage);
    stage.jumpfleet(&["undo", &run, "--yes"]).expect(0);
    assert_eq!(scene::end(&stage.report(), &host), "removed");
    assert_eq!((folders(stage, &host, "bomgar-pec"), scene::left(stage, &host).len()), (0, 0));
    // What a later run has installed is not the first one's.
    ends(stage, &[], 0, "installed");
    stage.jumpfleet(&["undo", &run, "--yes"]).expect(0);
    assert!(scene::end(&stage.report(), &host).starts_with("already_absent"));
    assert_eq!(folders(stage, &host, "bomgar-pec"), 1);
}

/// 1638 says that a client is there; a look decides.
fn another_version(stage: &Stage) {
    let host = one(stage);
    behave(stage, &host, "exit=1638");
    let report = ends(stage, &[], 3, "failed/install/installer_failed");
    let detail = record(&report, &host)["detail"].as_str().unwrap();
    assert!(
        detail.contains("exit code 1638: another version of the product is installed already"),
        "{detail}"
    );
    behave(stage, &host, "after=1638");
    ends(stage, &[], 0, "already_present/install_directory");
}

fn share(stage: &Stage) {
    let host = one(stage);
    // What Wine takes for a server's share is a folder of the host's.
    let server = scene::drive(stage, &host).parent().unwrap().join("dosdevices/unc/fileserver");
    fs::create_dir_all(server.join("clients")).unwrap();
    let file = r"jc_marker_file: '\\fileserver\clients\done\{{ inventory_hostname }}.txt'";
    scene::inventory(stage, |_, _| file.to_owned());
    ends(stage, &[], 0, "installed");
    let marker = server.join(format!("clients/done/{host}.txt"));
    assert!(fs::read_to_string(&marker).unwrap().contains(&format!("site: {SITE}")));
    let verified = stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0);
    assert!(verified.stdout.starts_with("AS PLANNED: 1 host\n"), "{}", verified.stdout);
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    assert!(!marker.exists());
    fs::write(&marker, "release: old\r\n").unwrap();
    ends(stage, &[], 0, "already_present/marker_file");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}

fn packaged(stage: &Stage) {
    let host = one(stage);
    stage.jumpfleet(&["package", "pdq", "-i", "inventory.yaml", "-o", "package"]).expect(0);
    let there = scene::drive(stage, &host).join("package");
    copy(&stage.path().join("package/windows_msi"), &there);
    fs::copy(stage.path().join("installers/bomgar-pec-win64.msi"), there.join("bomgar-pec-win64.msi"))
        .unwrap();
    fs::write(there.join("key.txt"), KEY).unwrap();
    run(stage, &host, &["cmd", "/d", "/c", r"C:\package\install.cmd"]);
    let verified = stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0);
    assert!(verified.stdout.starts_with("AS PLANNED: 1 host\n"), "{}", verified.stdout);
    ends(stage, &[], 0, "already_present/install_directory");
    stage.jumpfleet(&["uninstall", "-i", "inventory.yaml", "--yes"]).expect(0);
    assert_eq!(scene::end(&stage.report(), &host), "removed");
    assert_eq!((folders(stage, &host, "bomgar-pec"), scene::left(stage, &host).len()), (0, 0));
}

fn services(stage: &Stage) {
    let host = one(stage);
    scene::inventory(stage, |_, _| r"jc_install_dir: 'C:\Tools\Jump & Client'".to_owned());
    let name = format!("{PRODUCT} [other.example.org]");
    run(
        stage,
        &host,
        &["reg", "add", &format!(r"{UNINSTALL}\other"), "/v", "DisplayName", "/d", &name, "/f"],
    );
    // Of the names, one comes before ours and one behind it.
    for other in ["bomgar-ps-0", "bomgar-ps-zzz"] {
        let service = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{other}");
        let program = r"C:\ProgramData\bomgar-pec-0x1\bomgar-pec.exe -service x";
        run(
            stage,
            &host,
            &["reg", "add", &service, "/v", "ImagePath", "/t", "REG_EXPAND_SZ", "/d", program, "/f"],
        );
    }
    // Paths are the same in upper and lower case.
    ends(stage, &[], 0, "installed");
    scene::inventory(stage, |_, _| r"jc_install_dir: 'c:\tools\jump & client'".to_owned());
    stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(0);
    let listed = run(stage, &host, &["reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services"]);
    let names = listed.lines().filter_map(|line| line.trim().rsplit('\\').next());
    let ours = names
        .filter(|name| name.starts_with("bomgar-ps-"))
        .find(|name| !["bomgar-ps-0", "bomgar-ps-zzz"].contains(name));
    run(stage, &host, &["sc", "stop", ours.unwrap()]);
    let verified = stage.jumpfleet(&["verify", "-i", "inventory.yaml"]).expect(3);
    assert!(
        verified.stdout.contains(&format!("the client's service `{}` does not run", ours.unwrap())),
        "{}",
        verified.stdout
    );
}
