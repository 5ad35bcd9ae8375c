//! Is what `init` writes right as it is, and does it leave alone what is there?

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Project, flaws};

const KEY: &str = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";
const ALL: &str = "windows_exe,windows_msi,linux_service,linux_headless,raspberry_pi,macos_dmg";

#[test]
fn a_new_project_lacks_nothing_but_the_expiry() {
    let folder = Project::with(&[]);
    let done = folder.jumpfleet(&["init", "fleet"]).expect(0);
    let files = "fleet/jumpfleet.yaml\nfleet/inventory/hosts.yaml\nfleet/inventory/group_vars/all.yml\n\
                 fleet/inventory/group_vars/linux_headless.yml\nfleet/releases/README.md\nfleet/.gitignore\n\
                 fleet/schemas/settings.json\nfleet/schemas/inventory.json\nfleet/schemas/variables.json\n";
    assert_eq!(done.stdout, files);
    for step in ["cd fleet", "jumpfleet lint -i inventory", "jumpfleet plan -i inventory"] {
        assert!(done.stderr.contains(step), "{}", done.stderr);
    }
    let config = ["--config", "fleet/jumpfleet.yaml", "lint", "-i", "fleet/inventory"];
    let lint = folder.jumpfleet(&config).expect(0).stdout;
    assert!(lint.contains("[installer_expiry_unknown]") && lint.ends_with("\n1 warning\n"), "{lint}");
}

/// Puts stand-ins for the vendor's installers where the settings look for them.
fn put_installers(folder: &Path) {
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand_in/build");
    for (into, mode) in
        [("releases", "headless"), ("releases/desktop", "service"), ("releases/raspberry_pi", "headless")]
    {
        let done = Command::new(&build)
            .args(["--product", "bomgar-pec", "--uid", KEY, "--site", "pra.example.org", "--size", "1000"])
            .args(["--expires", "2035-01-01T00:00:00Z", "--overrides", "jump_group,tag", "--mode", mode])
            .arg("--out")
            .arg(folder.join(into))
            .output()
            .expect("stand-ins can be built");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    for name in ["bomgar-pec-KEY.dmg", "bomgar-pec-KEY.exe", "bomgar-pec-win64.msi"] {
        fs::write(folder.join("releases").join(name.replace("KEY", KEY)), "installer").unwrap();
    }
}

#[test]
fn with_installers_in_place_it_plans_without_findings() {
    for platforms in [
        "linux_headless",
        "linux_service",
        "raspberry_pi",
        "macos_dmg",
        "linux_service,linux_headless,raspberry_pi,macos_dmg",
    ] {
        let folder = Project::with(&[]);
        let more = ["--site", "PRA.example.org", "--expires", "2035-01-01T00:00:00Z"];
        folder.jumpfleet(&[&["init", "--platform", platforms], &more[..]].concat()).expect(0);
        let lint = folder.jumpfleet(&["lint", "-i", "inventory", "--strict"]).expect(0).stdout;
        assert_eq!(lint, "nothing to say\n", "{platforms}");
        put_installers(folder.path());
        let plan =
            folder.jumpfleet(&["plan", "-i", "inventory", "-o", "plan.json", "--format", "json"]).expect(0);
        let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
        let found: Vec<_> =
            plan["findings"].as_array().unwrap().iter().map(|finding| &finding["code"]).collect();
        assert_eq!(found, ["start_interval"], "{platforms}");
        assert!(plan["hosts"].as_array().unwrap().len() >= 3);
        assert_eq!(plan["appliance"]["site"], "pra.example.org");
    }
}

#[test]
fn every_platform_can_be_planned() {
    let folder = Project::with(&[]);
    folder.jumpfleet(&["init", "--platform", ALL, "--expires", "2035-01-01T00:00:00Z"]).expect(0);
    let lint = folder.jumpfleet(&["lint", "-i", "inventory", "--strict"]).expect(0).stdout;
    assert!(!lint.contains("note"), "{lint}");
    put_installers(folder.path());
    let plan = folder.jumpfleet(&["plan", "-i", "inventory", "--format", "json"]).expect(0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let codes = plan["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap());
    assert_eq!(codes.collect::<Vec<_>>(), ["start_interval"]);
}

#[test]
fn everything_that_is_in_the_way_is_said_and_nothing_written() {
    let folder = Project::with(&[("jumpfleet.yaml", "mine\n"), (".gitignore", "mine\n")]);
    std::os::unix::fs::symlink("nowhere", folder.path().join("inventory")).unwrap();
    fs::create_dir_all(folder.path().join("releases/README.md")).unwrap();
    let done = folder.jumpfleet(&["init"]).expect(2);
    for taken in ["jumpfleet.yaml", ".gitignore", "releases/README.md", "inventory"] {
        assert!(done.stderr.contains(&format!("`{taken}`")), "{}", done.stderr);
    }
    assert_eq!(done.stdout, "");
    assert!(!folder.path().join("schemas").exists());
    assert_eq!(fs::read_to_string(folder.path().join("jumpfleet.yaml")).unwrap(), "mine\n");
    let second = Project::with(&[]);
    second.jumpfleet(&["init", "new"]).expect(0);
    let again = second.jumpfleet(&["init", "new"]).expect(2);
    assert_eq!(again.stderr.matches('`').count(), 18, "{}", again.stderr);
}

#[test]
fn its_files_name_schemas_that_they_fit() {
    let folder = Project::with(&[]);
    folder.jumpfleet(&["init", "--platform", ALL]).expect(0);
    let mut checked = 0;
    let mut waiting = vec![folder.path().to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        if !path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let schema =
            text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let schema =
            path.parent().unwrap().join(schema.unwrap_or_else(|| panic!("{}: {text}", path.display())));
        let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
        let value: Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(flaws(&jsonschema::validator_for(&schema).unwrap(), &value), "", "{}", path.display());
        checked += 1;
    }
    assert_eq!(checked, 9);
}

#[test]
fn a_site_is_a_bare_host_name() {
    let folder = Project::with(&[]);
    let done = folder.jumpfleet(&["init", "--site", "https://pra.example.org"]).expect(2);
    assert!(done.stderr.contains("host name alone"), "{}", done.stderr);
}
