//! What does a Mac's install step do? Stand-ins for the programs only a Mac has leave notes.
//!
//! Whole cycles on hosts that pass for Macs are in `tests/macs.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use jumpfleet::installer::{self, observe};
use jumpfleet::model::{Boot, Invocation, Parameter, Platform, Slot, Step};

use crate::cases::{Case, CaseHost, fill, headless, shape, values};
use crate::programs::{program, told};

/// Programs of a Mac that leave a note of how they were called; the image is a folder, and `open` says that it is
/// attached. `BUSY` attaches and detaches fail.
const MAC: &[(&str, &str)] = &[
    (
        "hdiutil",
        r#"echo "hdiutil $*" >>"$NOTES"
busy() { echo x >>"$NOTES.$1"; [ "$(grep -c x "$NOTES.$1")" -le "${BUSY:-0}" ]; }
if busy "$1"; then echo "hdiutil: $1 failed - Resource busy" >&2; exit 16; fi
case $1 in
    attach) for last; do :; done
        mkdir -p "$last/Open To Start Support Session.app/Contents/MacOS"
        cp "$IMAGE" "$last/Open To Start Support Session.app/Contents/MacOS/sdcust"
        : >"$last/../open" ;;
    detach) rm -rf "$2/"* "$2/../open" ;;
esac"#,
    ),
    (
        "df",
        r#"if [ -e "$2/../open" ]; then echo "disk4s1 1 1 1 1% /private$2"; else echo "disk3s1 1 1 1 1% /"; fi"#,
    ),
    (
        "xattr",
        r#"echo "xattr $*" >>"$NOTES"
case ${QUARANTINE:-none}-$1 in
    none-*) exit 1 ;;
    locked--d) echo 'xattr: Operation not permitted' >&2; exit 1 ;;
esac"#,
    ),
    ("ps", "exit 0"),
    ("sleep", r#"echo "$1" >>"$NOTES.sleep""#),
];

/// A Mac in a folder, with an installer's steps.
struct Mac {
    folder: tempfile::TempDir,
    invocation: Invocation,
    values: BTreeMap<Slot, Arc<str>>,
}

impl Mac {
    fn new(sdcust: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).unwrap();
        for (name, text) in MAC {
            program(&programs.join(name), &format!("#!/bin/sh\n{text}\n"));
        }
        // Without setsid and flock, as on a Mac.
        for name in ["sh", "mkdir", "rm", "mv", "cat", "tail", "grep", "nohup", "cp", "ls", "id"] {
            let path = std::env::split_paths("/usr/bin:/bin")
                .map(|folder| folder.join(name))
                .find(|path| path.exists());
            std::os::unix::fs::symlink(path.unwrap(), programs.join(name)).unwrap();
        }
        program(
            &folder.path().join("image"),
            &format!("#!/bin/sh\necho \"sdcust $*\" >>\"$NOTES\"\n{sdcust}\n"),
        );
        let case = Case {
            host: CaseHost {
                elevate: true,
                parameters: [(Parameter::Tag, "it's".to_owned())].into(),
                ..CaseHost::default()
            },
            ..headless(Path::new("/"), Boot::Systemd)
        };
        let mut values = values(Platform::MacosDmg, &case);
        let staging = folder.path().join("jumpfleet-r1");
        fs::create_dir(&staging).unwrap();
        values.insert(Slot::Staging, staging.to_string_lossy().into());
        let invocation =
            installer::installer(Platform::MacosDmg).invocation(&shape(Platform::MacosDmg, &case));
        Self { folder, invocation, values }
    }

    fn volume(&self) -> PathBuf {
        self.folder.path().join("jumpfleet-r1/volume")
    }

    fn run(&self, step: &Step, environment: &[(&str, &str)]) -> Output {
        use std::io::Write as _;
        // macOS runs sh as bash.
        let mut child = Command::new("/bin/bash")
            .arg("--posix")
            .env_clear()
            .env("PATH", self.folder.path().join("programs"))
            .env("NOTES", self.folder.path().join("notes"))
            .env("IMAGE", self.folder.path().join("image"))
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let script = fill(&step.script, &self.values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn install(&self, environment: &[(&str, &str)]) -> String {
        assert!(self.run(self.invocation.ready.as_ref().unwrap(), environment).status.success());
        told(&self.run(&self.invocation.install, environment))
    }

    /// What the programs noted, with the volume's path shortened.
    fn notes(&self) -> String {
        let notes = fs::read_to_string(self.folder.path().join("notes")).unwrap_or_default();
        notes.replace(&*self.volume().to_string_lossy(), "VOLUME").replace("bomgar-pec-k1 it's.bin", "FILE")
    }

    fn seconds_waited(&self) -> usize {
        fs::read_to_string(self.folder.path().join("notes.sleep"))
            .map_or(0, |notes| notes.lines().filter(|line| *line == "1").count())
    }

    fn is_open(&self) -> bool {
        self.folder.path().join("jumpfleet-r1/open").exists()
    }
}

const ATTACH: &str = "hdiutil attach ./FILE -nobrowse -readonly -noautoopen -mountpoint VOLUME\n";

#[test]
fn a_disk_image_is_always_closed_again() {
    for (status, sdcust) in [(0, "exit 0"), (9, "exit 9")] {
        let mac = Mac::new(sdcust);
        let told = mac.install(&[]);
        assert_eq!(observe::status(&told), Some(status), "{told}\n{}", mac.notes());
        assert_eq!(
            mac.notes(),
            format!(
                "xattr -p com.apple.quarantine ./FILE\n{ATTACH}sdcust --silent --jc-tag it's\n\
                 hdiutil detach VOLUME\n"
            )
        );
        assert!(!mac.is_open());
    }
}

#[test]
fn a_client_that_does_not_come_is_waited_for_within_bounds() {
    let mac = Mac::new("exit 0");
    let told = mac.install(&[]);
    assert!(told.contains("60 s later its client is not whole"), "{told}");
    assert_eq!(mac.seconds_waited(), 60);
    // An installer that failed puts no client there.
    let mac = Mac::new("exit 9");
    mac.install(&[]);
    assert_eq!(mac.seconds_waited(), 0);
}

#[test]
fn an_image_that_is_busy_is_tried_again() {
    let mac = Mac::new("exit 9");
    let told = mac.install(&[("BUSY", "2")]);
    assert_eq!(observe::status(&told), Some(9), "{told}");
    assert_eq!(mac.notes().matches("hdiutil attach").count(), 3);
    assert_eq!(mac.notes().matches("hdiutil detach").count(), 3);
    assert!(!mac.is_open() && !mac.notes().contains("-force"));
    // One that is not opened runs nothing.
    let mac = Mac::new("exit 0");
    let told = mac.install(&[("BUSY", "3")]);
    assert_eq!(observe::status(&told), Some(66), "{told}");
    assert!(told.contains("Resource busy") && told.contains("cannot be opened"), "{told}");
    assert!(!mac.notes().contains("sdcust"));
}

#[test]
fn an_image_that_stays_busy_is_closed_by_force() {
    let mac = Mac::new("exit 9");
    fs::write(mac.folder.path().join("notes.attach"), "x\n".repeat(15)).unwrap();
    mac.install(&[("BUSY", "15")]);
    let notes = mac.notes();
    assert_eq!(notes.matches("hdiutil detach VOLUME\n").count(), 15);
    assert!(notes.ends_with("hdiutil detach VOLUME -force\n"), "{notes}");
    assert!(!mac.is_open());
}

#[test]
fn a_quarantined_image_loses_its_mark_or_it_is_told() {
    for (quarantine, word) in [("yes", "its mark was removed"), ("locked", "its mark cannot be removed")] {
        let mac = Mac::new("exit 9");
        let told = mac.install(&[("QUARANTINE", quarantine)]);
        assert!(told.contains(word), "{told}");
        assert!(mac.notes().contains("xattr -d com.apple.quarantine ./FILE\n"), "{}", mac.notes());
    }
}

#[test]
fn what_was_given_up_is_closed_before_it_is_swept() {
    for step in ["abandon", "clean"] {
        let mac = Mac::new("exit 0");
        fs::create_dir_all(mac.volume()).unwrap();
        fs::write(mac.folder.path().join("jumpfleet-r1/open"), "").unwrap();
        let step = if step == "abandon" { &mac.invocation.abandon } else { &mac.invocation.clean };
        let output = mac.run(step, &[]);
        assert!(output.status.success(), "{}", told(&output));
        assert_eq!(mac.notes(), "hdiutil detach VOLUME\n");
        assert!(!mac.is_open());
    }
}

#[test]
fn root_runs_no_removal_that_others_could_have_put_there() {
    let text = include_str!("../../src/installer/macos/remove.sh");
    let functions = text.split("found=no\n").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = folder.path().join("client");
    let program = client.join("Some.app/Contents/MacOS/sdcust");
    let asked = |before: &str| {
        let _ = fs::remove_dir_all(&client);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        crate::programs::program(&program, "#!/bin/sh\necho removed\n");
        let line = format!(
            "client={} program={}\n{before}\n{functions}\nremove \"$client\" \"$program\" -uninstall silent",
            client.display(),
            program.display()
        );
        let output = Command::new("dash").args(["-c", &line]).output().unwrap();
        (output.status.code(), told(&output))
    };
    assert_eq!(asked(":"), (Some(0), "::jumpfleet:: begun\nremoved\n".to_owned()));
    assert_eq!(asked("chgrp 80 \"$client\"; chmod g+w \"$client\"").0, Some(0), "admin may become root");
    for before in [
        "chown 1000 \"$program\"",
        "chown 1000 \"$client\"",
        "chmod o+w \"${program%/*}\"",
        "chgrp 20 \"$program\"; chmod g+w \"$program\"",
        "mv \"$client\" \"$client.real\"; ln -s \"$client.real\" \"$client\"",
    ] {
        let (code, told) = asked(before);
        assert_eq!(code, Some(77), "{before}: {told}");
        assert!(told.contains("remove this client by hand") && !told.contains("removed"), "{told}");
        let _ = fs::remove_file(&client);
        let _ = fs::remove_dir_all(folder.path().join("client.real"));
    }
}
