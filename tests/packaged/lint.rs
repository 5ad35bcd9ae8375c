//! Do shells, their checker, systemd and other readers find anything wrong with what is in a package?

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jumpfleet::model::Product;

use crate::{batch, scene};

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every package of both generations, and the files of one ending.
fn written(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for product in [Product::BomgarPec, Product::SraPin] {
        // From 25.2 on there are no init scripts.
        let fleet = include_str!("fleet.yaml").replace(
            "jc_boot: init",
            match product {
                Product::SraPin => "jc_boot: none",
                _ => "jc_boot: init",
            },
        );
        let plan = scene::plan(&fleet, product, &"5a".repeat(32));
        // From 25.2 on the installer brings its unit.
        for kind in scene::KINDS.iter().filter(|kind| product == Product::BomgarPec || **kind != "systemd") {
            let made = scene::made(kind, &plan);
            let folder = folder.join(product.word()).join(kind);
            scene::write(&made, &folder);
            let files = made.files.iter().filter(|file| file.path.ends_with(ending));
            found.extend(files.map(|file| folder.join(&file.path)));
        }
    }
    assert!(!found.is_empty(), "no {ending} in any package");
    found
}

#[test]
fn every_script_passes_shellcheck() {
    let folder = tempfile::tempdir().unwrap();
    let files = written(folder.path(), ".sh");
    assert!(files.len() > 20, "only {} scripts", files.len());
    let output =
        Command::new("shellcheck").args(["--norc", "-s", "sh", "-f", "gcc"]).args(&files).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn every_shell_can_read_every_script() {
    let folder = tempfile::tempdir().unwrap();
    for file in written(folder.path(), ".sh") {
        for (program, arguments) in
            [("dash", &["-n"][..]), ("busybox", &["sh", "-n"]), ("bash", &["--posix", "-n"])]
        {
            let output = Command::new(program).args(arguments).arg(&file).output().unwrap();
            assert!(output.status.success() && told(&output).is_empty(), "{program}: {}", told(&output));
        }
    }
}

#[test]
fn every_batch_file_keeps_our_rules() {
    let mut files = Vec::new();
    for product in [Product::BomgarPec, Product::SraPin] {
        let fleet = match product {
            // From 25.2 on there is no EXE.
            Product::SraPin => scene::WINDOWS_FLEET.replace("windows_exe", "windows_msi"),
            _ => scene::WINDOWS_FLEET.to_owned(),
        };
        let plan = scene::plan(&fleet, product, &"5a".repeat(32));
        for kind in scene::WINDOWS_KINDS.iter().chain(&["golden-image"]) {
            // An image knows no start slots.
            for over in
                [None, Some(3 * 3600)].into_iter().filter(|over| *kind != "golden-image" || over.is_none())
            {
                let made = scene::made_over(kind, &plan, over).files;
                let batch = made.into_iter().filter(|file| file.path.ends_with(".cmd"));
                files.extend(batch.map(|file| (format!("{product} {kind} {}", file.path), file.text)));
            }
        }
    }
    assert!(files.len() > 50, "only {} batch files", files.len());
    let told = batch::told(files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
    assert!(told.is_empty(), "\n{told}");
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = tempfile::tempdir().unwrap();
    // The client's own unit is held by the installers' tests, with a client that it starts.
    for file in written(folder.path(), "jumpfleet-first-boot.service") {
        let output =
            Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output().unwrap();
        // A wrong word is only told, with exit code 0.
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
    }
}

#[test]
fn what_an_installer_prints_of_its_key_is_masked_in_every_shell() {
    let folder = tempfile::tempdir().unwrap();
    let visit = scene::root().join("templates/package/posix/visit.sh");
    let script = format!(
        r#"
installer_pattern='bomgar-pec-*.bin'
package_file_name=bomgar-pec-in.the[name.bin
package_key='to&ld\1'
work=.
. {}
printed
"#,
        visit.display()
    );
    let printed = "::jumpfleet:: fact os Linux\n\nstarted bomgar-pec-in.the[name.bin with to&ld\\1, to&ld\\1\nnothing secret\n";
    std::fs::write(folder.path().join("script.sh"), script).unwrap();
    std::fs::write(folder.path().join("printed"), printed).unwrap();
    for (program, arguments) in [("dash", &[][..]), ("busybox", &["sh"]), ("bash", &["--posix"])] {
        let mut shell = Command::new(program);
        let output = shell.args(arguments).arg("script.sh").current_dir(folder.path()).output().unwrap();
        let masked = "started bomgar-pec-***.bin with ***, ***\nnothing secret\n";
        assert_eq!(told(&output), masked, "{program}");
    }
}
