//! Do the options of `package` do what they say, and does every example give every package it has hosts for?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jumpfleet::package;

use crate::{batch, scene};

const SETTINGS: &str = "\
appliance: {site: pra.example.org, model: b300}
releases:
RELEASES
rollout: {release: spring}
";

const RELEASE: &str = "  NAME:
    product: PRODUCT
    expires: 2035-01-01T00:00:00Z
    overrides: [name, jump_group, jump_policy, session_policy, tag, comments, max_offline_minutes]
    key: {env: PRA_KEY}
    files:
      windows_exe: bomgar-pec-*.exe
      windows_msi: bomgar-pec-win64.msi
      linux_service: bomgar-pec-*.desktop
      linux_headless: bomgar-pec-*.bin
      raspberry_pi: bomgar-pec-*.pi
      macos_dmg: bomgar-pec-*.dmg
";

/// A project with installers that nobody looks into.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // `main` is what the mixed fleet asks for.
    let releases: String = ["spring", "main"].map(|name| RELEASE.replace("NAME", name)).concat();
    let settings = SETTINGS.replace("RELEASES\n", &releases);
    for (file, product) in [("jumpfleet.yaml", "bomgar-pec"), ("newer.yaml", "sra-pin")] {
        fs::write(folder.path().join(file), settings.replace("PRODUCT", product)).unwrap();
    }
    for end in ["exe", "desktop", "bin", "pi", "dmg"] {
        fs::write(folder.path().join(format!("bomgar-pec-{}.{end}", scene::KEY)), end).unwrap();
    }
    fs::write(folder.path().join("bomgar-pec-win64.msi"), "msi").unwrap();
    folder
}

fn jumpfleet(project: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
    command.args(arguments).current_dir(project).stdin(Stdio::null());
    command.env_remove("JUMPFLEET_CONFIG").env("PRA_KEY", scene::KEY).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The inventories that are shown.
fn inventories() -> Vec<PathBuf> {
    let folder = scene::root().join("inventories");
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    found.push(folder.join("mixed/mixed.yaml"));
    found.sort();
    found
}

/// Asserts that neither a name nor a text below a folder has the key that the installers' names and the settings have.
fn holds_no_key(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert!(!path.to_string_lossy().contains(scene::KEY), "{}", path.display());
        if path.is_dir() {
            holds_no_key(&path);
        } else {
            assert!(!fs::read_to_string(&path).unwrap().contains(scene::KEY), "{}", path.display());
        }
    }
}

/// Insists that every batch file below a folder keeps our rules.
fn flawless(folder: &Path) {
    for path in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            flawless(&path);
        } else if path.extension().is_some_and(|end| end == "cmd") {
            let told = batch::told([(&*path.to_string_lossy(), &fs::read(&path).unwrap()[..])]);
            assert!(told.is_empty(), "\n{told}");
        }
    }
}

#[test]
fn every_package_of_every_example_can_be_made_and_holds_no_key() {
    let project = project();
    for kind in package::kind_names() {
        let mut made = 0;
        for inventory in inventories() {
            let inventory = inventory.display().to_string();
            // Two sites of the mixed fleet call computers the same, so each gets a package of its own.
            let limits: &[&str] = match inventory.ends_with("mixed.yaml") {
                true => &["*.berlin.example.org", "*.lisbon.example.org"],
                false => &["all"],
            };
            // The Raspberry Pis name overrides that came with 25.2.
            let config =
                if inventory.ends_with("raspberry_pi.yaml") { "newer.yaml" } else { "jumpfleet.yaml" };
            for limit in limits {
                let folder = format!("{kind}-{made}");
                let typed =
                    ["package", kind, "--config", config, "-i", &inventory, "-l", limit, "-o", &folder];
                let done = jumpfleet(project.path(), &typed);
                let no_host = done.status.code() == Some(2) && said(&done).contains("no selected host");
                assert!(done.status.success() || no_host, "{kind} of {inventory}: {}", said(&done));
                assert!(!format!("{done:?}").contains(scene::KEY), "{done:?}");
                made += usize::from(done.status.success());
                let folder = project.path().join(folder);
                assert_eq!(folder.exists(), done.status.success());
                if folder.exists() {
                    holds_no_key(&folder);
                    flawless(&folder);
                }
            }
        }
        assert!(made > 0, "no example has hosts for {kind}");
    }
}

#[test]
fn a_folder_with_files_is_left_alone_unless_they_may_be_replaced() {
    let project = project();
    let mixed = scene::root().join("inventories/windows_msi.yaml").display().to_string();
    let package = |more: &[&str]| {
        let typed = ["package", "pdq", "-i", &mixed, "-o", "out"];
        jumpfleet(project.path(), &[&typed, more].concat())
    };
    assert!(package(&[]).status.success());
    fs::write(project.path().join("out/windows_msi/key.txt"), "mine").unwrap();
    fs::write(project.path().join("out/README.md"), "old").unwrap();
    let refused = package(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("is there and not empty"), "{}", said(&refused));
    assert!(package(&["--overwrite"]).status.success());
    assert_eq!(fs::read_to_string(project.path().join("out/windows_msi/key.txt")).unwrap(), "mine");
    assert!(fs::read_to_string(project.path().join("out/README.md")).unwrap().contains("PDQ"));
    let own = project.path().join("own/windows");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("codes.md"), "MY CODES\n").unwrap();
    assert!(package(&["--overwrite", "--templates", "own"]).status.success());
    assert!(fs::read_to_string(project.path().join("out/README.md")).unwrap().contains("MY CODES"));
    fs::write(own.join("code.md"), "").unwrap();
    let refused = package(&["--overwrite", "--templates", "own"]);
    assert!(said(&refused).contains("did you mean `windows/codes.md`?"), "{}", said(&refused));
}

#[test]
fn start_slots_need_a_time_that_is_long_enough_and_a_kind_that_knows_them() {
    let project = project();
    let fleet = "pcs:\n  hosts:\n    pc[0001:4000]:\n  vars: {jc_platform: windows_exe}\n";
    fs::write(project.path().join("fleet.yaml"), fleet).unwrap();
    let package = |kind: &str, over: &str| {
        jumpfleet(project.path(), &["package", kind, "-i", "fleet.yaml", "--over", over, "-o", "out"])
    };
    for (kind, over, what) in [
        (
            "gpo",
            "1h",
            "4000 starts at 60/min do not fit into --over 1h: the shortest time that works is --over 72m",
        ),
        ("gpo", "5h", "the next longer one is --over 6h"),
        (
            "intune",
            "24h",
            "--over 24h is longer than `intune` waits for an installation: the longest time that works is --over 12h",
        ),
        ("sccm", "12h", "the longest time that works is --over 8h"),
        ("gpo", "0h", "write a time such as"),
        ("jamf", "3h", "`jamf` knows none"),
    ] {
        let refused = package(kind, over);
        assert!(
            refused.status.code() == Some(2) && said(&refused).contains(what),
            "{over}: {}",
            said(&refused)
        );
    }
    let narrow = ["package", "sccm", "-i", "fleet.yaml", "--over", "8h", "--rate", "6/min", "-o", "out"];
    let told = said(&jumpfleet(project.path(), &narrow));
    assert!(told.contains("do not fit into --over 8h, the longest time for which `sccm` waits"), "{told}");
    assert!(package("gpo", "72m").status.success());
    let table = fs::read_to_string(project.path().join("out/windows_exe/hosts.txt")).unwrap();
    assert_eq!(table.lines().count(), 4000);
    fs::remove_dir_all(project.path().join("out")).unwrap();
    let twins =
        "pcs:\n  hosts: {pc1.a.example.org: , pc1.b.example.org: }\n  vars: {jc_platform: windows_exe}\n";
    fs::write(project.path().join("fleet.yaml"), twins).unwrap();
    assert!(said(&package("gpo", "3h")).contains("are both called `PC1` by Windows"));
}

#[test]
fn the_kinds_are_listed() {
    let listed = jumpfleet(Path::new("/"), &["package", "--list"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    let words: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(words, package::kind_names().collect::<Vec<_>>());
    let held = [scene::KINDS, scene::WINDOWS_KINDS].concat();
    assert!(words.len() == held.len() && words.iter().all(|word| held.contains(word)), "{words:?}");
}
