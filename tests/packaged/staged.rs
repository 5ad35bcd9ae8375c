//! Does `stage.sh` put into an image what a clone needs, and nothing where something is missing? And does a clone know
//! where its site is?

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use jumpfleet::model::Product;

use crate::scene;

const INSTALLER: &str = "sra-pin-linux_x86_64.bin";

/// A folder with an installer that has no key in its name, and the package of its image.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(INSTALLER, "-");
    write(
        "jumpfleet.yaml",
        &format!(
            "appliance: {{site: {}, model: b300}}\nreleases:\n  main:\n    product: sra-pin\n    expires: \
             2035-01-01T00:00:00Z\n    key: {{env: PRA_KEY}}\n    files: {{linux_service: {INSTALLER}}}\nrollout: \
             {{release: main}}\n",
            scene::SITE
        ),
    );
    write("fleet.yaml", "db:\n  hosts: {db01: }\n  vars: {jc_platform: linux_service, ansible_user: root}\n");
    let made = Command::new(env!("CARGO_BIN_EXE_jumpfleet"))
        .args(["package", "golden-image", "-i", "fleet.yaml", "-o", "image"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

fn stage(project: &Path) -> Output {
    let mut sh = Command::new("sh");
    sh.args(["image/linux_service/stage.sh", INSTALLER, "root"]).current_dir(project).output().unwrap()
}

#[test]
fn an_image_is_not_sealed_without_the_key_that_its_installer_needs() {
    let project = project();
    let key = project.path().join("image/linux_service/key");
    for missing in [None, Some("")] {
        if let Some(text) = missing {
            fs::write(&key, text).unwrap();
        }
        let refused = stage(project.path());
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(64) && refused.stdout.is_empty(), "{refused:?}");
        assert!(told.contains("write it into") && told.contains("/image/linux_service/key first"), "{told}");
        assert!(!project.path().join("root").exists(), "nothing was staged");
    }
    fs::write(&key, format!("{}\n", scene::KEY)).unwrap();
    let staged = stage(project.path());
    assert!(staged.status.success(), "{staged:?}");
    let inside = project.path().join("root/var/lib/jumpfleet-first-boot");
    assert_eq!(fs::read_to_string(inside.join("key")).unwrap(), format!("{}\n", scene::KEY));
    assert!(inside.join(INSTALLER).is_file() && inside.join("first-boot.sh").is_file());
}

/// Nobody can be asked for the address of a site that is one, and nobody has to be.
#[test]
fn a_clone_asks_for_the_address_of_a_site_that_has_a_name() {
    let fleet = "all:\n  vars: {ansible_user: root}\n  hosts:\n    a: {jc_platform: windows_exe}\n    \
        b: {jc_platform: linux_service}\n";
    for (site, known) in [("pra.example.org", ""), ("192.0.2.1", "192.0.2.1")] {
        let mut plan = scene::plan(fleet, Product::BomgarPec, &"0".repeat(64));
        plan.appliance.site = site.to_owned();
        let made = scene::made("golden-image", &plan).files;
        let text = |end: &str| &made.iter().find(|file| file.path.ends_with(end)).expect("a file").text;
        assert!(text("first-boot.cmd").contains(&format!("set \"address={known}\"\r\n")), "{site}");
        // The function as it stands there, where no name is ever known.
        let (_, rest) = text("first-boot.sh").split_once("await_network() {").unwrap();
        let (body, _) = rest.split_once("\n}\n").unwrap();
        let script = format!(
            "site='{site}'; network_tries=0; leave() {{ exit $1; }}; getent() {{ return 2; }}\nawait_network() {{{body}\n}}\nawait_network\n"
        );
        let ended = Command::new("sh").args(["-c", &script]).status().unwrap();
        assert_eq!(ended.code(), Some(if known.is_empty() { 75 } else { 0 }), "{site}");
    }
}
