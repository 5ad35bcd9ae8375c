//! What does a Mac's install step do? Stand-ins for the programs only a Mac has leave notes.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use jumpfleet::installer::{self, observe};
use jumpfleet::model::{Boot, Parameter, Platform, Slot, Step};

use crate::cases::{Case, CaseHost, fill, headless, shape, values};
use crate::programs::{program, told};

/// Programs of a Mac that leave a note of how they were called; the image is a folder.
const MAC: &[(&str, &str)] = &[
    (
        "hdiutil",
        r#"echo "hdiutil $*" >>"$NOTES"
case $1 in
    attach) for last; do :; done
        mkdir -p "$last/Open To Start Support Session.app/Contents/MacOS"
        cp "$IMAGE" "$last/Open To Start Support Session.app/Contents/MacOS/sdcust" ;;
    detach) rm -rf "$2/"* ;;
esac"#,
    ),
    ("xattr", r#"echo "xattr $*" >>"$NOTES"; exit 1"#),
    ("sleep", r#"case $1 in 15) echo "sleep $*" >>"$NOTES" ;; *) exec /bin/sleep "$@" ;; esac"#),
];

#[test]
fn a_disk_image_is_always_closed_again() {
    for (status, image) in [(0, "exit 0"), (9, "exit 9")] {
        let folder = tempfile::tempdir().unwrap();
        let (programs, notes) = (folder.path().join("programs"), folder.path().join("notes"));
        fs::create_dir(&programs).unwrap();
        for (name, text) in MAC {
            program(&programs.join(name), &format!("#!/bin/sh\n{text}\n"));
        }
        // Without setsid, as on a Mac.
        for name in ["sh", "mkdir", "rm", "mv", "cat", "tail", "grep", "nohup", "cp"] {
            let path = std::env::split_paths("/usr/bin:/bin")
                .map(|folder| folder.join(name))
                .find(|path| path.exists());
            std::os::unix::fs::symlink(path.unwrap(), programs.join(name)).unwrap();
        }
        let client = folder.path().join("image");
        program(&client, &format!("#!/bin/sh\necho \"sdcust $*\" >>\"$NOTES\"\n{image}\n"));
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
        // macOS runs sh as bash.
        let run = |step: &Step| {
            let mut child = Command::new("/bin/bash")
                .arg("--posix")
                .env_clear()
                .env("PATH", &programs)
                .env("NOTES", &notes)
                .env("IMAGE", &client)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let script = fill(&step.script, &values);
            child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
            child.wait_with_output().unwrap()
        };
        assert!(run(invocation.ready.as_ref().unwrap()).status.success());
        let output = run(&invocation.install);
        let told = told(&output);
        assert_eq!(observe::status(&told), Some(status), "{told}\n{:?}", fs::read_to_string(&notes));
        let notes = fs::read_to_string(&notes).unwrap();
        let volume = staging.join("volume").to_string_lossy().into_owned();
        let expected = format!(
            "xattr -d com.apple.quarantine ./bomgar-pec-k1 it's.bin\n\
             hdiutil attach ./bomgar-pec-k1 it's.bin -nobrowse -readonly -noautoopen -quiet -mountpoint {volume}\n\
             sdcust --silent --jc-tag it's\n\
             sleep 15\n\
             hdiutil detach {volume} -quiet\n"
        );
        assert_eq!(notes, expected);
    }
}
