//! Is what is wrong with a package told, and do texts of one's own take the place of ours?

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::scene;

/// A folder with settings and installer files for every platform of a product.
fn settings(folder: &Path, product: &str) {
    let mut files = String::new();
    for platform in jumpfleet::model::Platform::ALL {
        let end = match platform.word() {
            "windows_exe" => "exe",
            "windows_msi" => "msi",
            "macos_dmg" => "dmg",
            _ => "bin",
        };
        let name = format!("{product}-{}.{end}", scene::KEY);
        fs::create_dir_all(folder.join(platform.word())).unwrap();
        fs::write(folder.join(platform.word()).join(&name), "-").unwrap();
        files += &format!("      {platform}: {platform}/{product}-*.{end}\n");
    }
    let overrides = "name, jump_group, jump_policy, session_policy, tag, comments, max_offline_minutes";
    let text = format!(
        "appliance: {{site: {}, model: b300}}\nreleases:\n  main:\n    product: {product}\n    expires: \
         2035-01-01T00:00:00Z\n    overrides: [{overrides}]\n    files:\n{files}rollout: {{release: main}}\n",
        scene::SITE
    );
    fs::write(folder.join("jumpfleet.yaml"), text).unwrap();
}

#[test]
fn what_is_wrong_with_a_package_is_told() {
    let folder = tempfile::tempdir().unwrap();
    settings(folder.path(), "bomgar-pec");
    let inventory = scene::root().join("inventories/linux_headless.yaml");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
        command.arg("package").args(arguments).arg("-i").arg(&inventory).current_dir(folder.path());
        let output = command.env("HOME", folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&["jamf", "-o", "x"]).contains("no selected host is a Mac"));
    assert!(run(&["horoscope", "-o", "x"]).contains("jamf"));
    fs::create_dir_all(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "").unwrap();
    assert!(run(&["ansible", "-o", "full"]).contains("is there and not empty"));
    fs::create_dir_all(folder.path().join("own/ansible")).unwrap();
    fs::write(folder.path().join("own/ansible/task.yml"), "").unwrap();
    let told = run(&["ansible", "-o", "x", "--templates", "own"]);
    assert!(told.contains("did you mean `ansible/tasks.yml`?"), "{told}");
    fs::rename(folder.path().join("own/ansible/task.yml"), folder.path().join("own/ansible/README.md"))
        .unwrap();
    fs::write(folder.path().join("own/ansible/README.md"), "{{ sight }}").unwrap();
    assert!(run(&["ansible", "-o", "x", "--templates", "own"]).contains("asks for `sight`"));
    assert!(!folder.path().join("x").exists(), "nothing was written");
}

#[test]
fn a_text_of_ones_own_takes_the_place_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    settings(folder.path(), "bomgar-pec");
    fs::create_dir_all(folder.path().join("own/systemd")).unwrap();
    fs::write(folder.path().join("own/systemd/README.md"), "Ours at {{ site }}\n").unwrap();
    let unit = "own/systemd/jumpfleet-jump-client.service";
    fs::write(folder.path().join(unit), "ExecStart=/ours {{ init_script }}\nUser={{ user }}\n").unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_jumpfleet"))
        .args(["package", "systemd", "--templates", "own", "-o", "unit", "-i"])
        .arg(scene::root().join("inventories/linux_headless.yaml"))
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = fs::read_to_string(folder.path().join("unit/README.md")).unwrap();
    assert_eq!(text, format!("Ours at {}\n", scene::SITE));
    let text = fs::read_to_string(folder.path().join("unit/jumpfleet-jump-client.service")).unwrap();
    assert_eq!(text, "ExecStart=/ours /opt/beyondtrust/client/init-script\nUser=beyondtrust\n");
}
