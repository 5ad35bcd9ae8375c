//! What do the POSIX steps do to a host, in three shells? A temporary folder plays the host.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jumpfleet::installer::{self, observe};
use jumpfleet::model::{Boot, Class, Invocation, Observation, Parameter, Platform, Rule, Slot, Step, Trace};

use crate::cases::{Case, fill, headless, shape, values};
use crate::programs::{mode, told, tool};

/// A temporary folder that plays the host, with a headless client without root going through its steps.
struct Stage {
    folder: tempfile::TempDir,
    invocation: Invocation,
    values: BTreeMap<Slot, Arc<str>>,
}

const SHELLS: &[&[&str]] = &[&["dash"], &["busybox", "sh"], &["bash", "--posix"]];

impl Stage {
    fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// The same with what `change` makes of the case; it is given the folder too.
    fn with(change: impl Fn(&mut Case, &Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut case = headless(&folder.path().join("jump client"), Boot::None);
        change(&mut case, folder.path());
        let mut values = values(Platform::LinuxHeadless, &case);
        let staging = folder.path().join("jumpfleet-r1");
        values.insert(Slot::Staging, staging.to_string_lossy().into());
        let invocation =
            installer::installer(Platform::LinuxHeadless).invocation(&shape(Platform::LinuxHeadless, &case));
        Self { folder, invocation, values }
    }

    fn staging(&self) -> PathBuf {
        PathBuf::from(&*self.values[&Slot::Staging])
    }

    fn client(&self) -> PathBuf {
        PathBuf::from(&*self.values[&Slot::InstallDir])
    }

    fn command(&self, shell: &[&str]) -> Command {
        let mut command = tool(shell[0], shell[0]);
        command.args(&shell[1..]).current_dir(self.folder.path()).env("HOME", self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The script on the shell's standard input, as a transport would send it.
    fn run(&self, shell: &[&str], step: &Step) -> Output {
        let mut child = self.command(shell).spawn().unwrap();
        let script = fill(&step.script, &self.values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn look(&self, shell: &[&str]) -> Observation {
        let output = self.run(shell, &self.invocation.probe);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", told(&output));
        observe::read(&told(&output)).unwrap()
    }

    fn stage(&self, shell: &[&str], installer: &str) {
        let output = self.run(shell, &self.invocation.prepare);
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
        fs::write(self.staging().join(&*self.values[&Slot::FileName]), installer).unwrap();
        let output = self.run(shell, self.ready());
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
    }

    fn ready(&self) -> &Step {
        self.invocation.ready.as_ref().unwrap()
    }
}

/// Stands for the vendor's installer: makes the folder it is told to, and a client in it.
const STAND_IN: &str = r#"printf 'asked: %s\n' "$*"
directory=$2
mkdir "$directory" || exit 1
printf '#!/bin/sh\nexit 0\n' >"$directory/init-script"
printf '#!/bin/sh\nread -r sure; [ "$sure" = y ] && rm -rf "%s"\n' "$directory" >"$directory/uninstall"
chmod 0755 "$directory/init-script" "$directory/uninstall"
umask >"$directory/umask"
"#;

#[test]
fn a_client_is_installed_and_removed_for_real() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, STAND_IN);
        assert_eq!(mode(&stage.staging()), 0o700);
        let digest = stage.run(shell, &stage.invocation.digest);
        let expected = Command::new("sha256sum").arg(stage.staging().join("bomgar-pec-k1 it's.bin")).output();
        let expected = told(&expected.unwrap());
        assert_eq!(observe::digest(&told(&digest)).as_deref(), expected.split_whitespace().next());

        let before = stage.look(shell);
        assert_eq!(before.fact("os"), Some("Linux"));
        assert_eq!(before.fact("installer_running"), Some("no"));
        assert_eq!(before.fact("installer_status"), None);
        assert_eq!(before.fact("install_parent"), Some("writable"));
        assert!(!before.traces.iter().any(|trace| trace.rule == Rule::InstallDirectory));

        let output = stage.run(shell, &stage.invocation.install);
        assert_eq!(observe::status(&told(&output)), Some(0), "{shell:?}: {}", told(&output));
        assert!(output.status.success());
        assert_eq!(mode(&stage.staging().join("install.log")), 0o600);
        assert_eq!(fs::read_to_string(stage.client().join("umask")).unwrap().trim(), "0022");

        let after = stage.look(shell);
        assert_eq!(after.fact("installer_status"), Some("0"));
        assert_eq!(after.fact("init_status"), Some("0"));
        let trace =
            Trace { rule: Rule::InstallDirectory, evidence: stage.client().to_string_lossy().into_owned() };
        assert!(after.traces.contains(&trace), "{after:?}");

        // What is there already is not installed again.
        assert_eq!(stage.run(shell, &stage.invocation.install).status.code(), Some(75));
        fs::remove_file(stage.staging().join("install.rc")).unwrap();
        assert_eq!(stage.run(shell, &stage.invocation.install).status.code(), Some(76));
        for step in &stage.invocation.remove {
            let output = stage.run(shell, step);
            assert!(output.status.success(), "{}", told(&output));
        }
        assert!(!stage.client().exists());
        let output = stage.run(shell, &stage.invocation.clean);
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
        assert!(!stage.staging().exists());
        assert!(stage.run(shell, &stage.invocation.clean).status.success(), "nothing is clean too");
    }
}

/// A case with a marker file and odd settings.
fn marked(case: &mut Case, folder: &Path) {
    let file = folder.join("jumpfleet/mark of it's own.txt");
    case.host.marker_file = Some(file.to_string_lossy().into_owned());
    case.host.parameters = BTreeMap::from([
        (Parameter::JumpGroup, "jumpgroup:a=b".to_owned()),
        (Parameter::Tag, r#"it's "one" $HOME \"#.to_owned()),
        (Parameter::Comments, "-n é; ::jumpfleet:: end".to_owned()),
    ]);
}

#[test]
fn the_marker_file_says_what_was_installed_and_goes_with_its_folder() {
    for shell in SHELLS {
        let stage = Stage::with(marked);
        assert_eq!(stage.look(shell).fact("marker_release"), None);
        let output = stage.run(shell, &stage.invocation.mark);
        assert!(output.status.success() && told(&output).is_empty(), "{shell:?}: {}", told(&output));
        let seen = stage.look(shell);
        let directory = stage.client().to_string_lossy().into_owned();
        for (fact, value) in [
            ("marker_release", "servers"),
            ("marker_product", "bomgar-pec"),
            ("marker_site", "pra.example.org"),
            ("marker_run", "r1"),
            ("marker_directory", &directory),
            ("marker_setting_jc_jump_group", "jumpgroup:a=b"),
            ("marker_setting_jc_tag", r#"it's "one" $HOME \"#),
            ("marker_setting_jc_comments", "-n é; ::jumpfleet:: end"),
        ] {
            assert_eq!(seen.fact(fact), Some(value), "{shell:?} {fact}");
        }
        let marker = PathBuf::from(&*stage.values[&Slot::MarkerFile]);
        assert_eq!(mode(&marker), 0o644);
        let unmark = stage.invocation.remove.last().unwrap();
        for _ in 0..2 {
            let output = stage.run(shell, unmark);
            assert!(output.status.success() && told(&output).is_empty(), "{shell:?}: {}", told(&output));
            assert!(!marker.parent().unwrap().exists());
        }
    }
}

#[test]
fn a_marker_file_of_somebody_elses_is_not_read_on_and_on() {
    for shell in SHELLS {
        let stage = Stage::with(marked);
        let marker = PathBuf::from(&*stage.values[&Slot::MarkerFile]);
        fs::create_dir(marker.parent().unwrap()).unwrap();
        fs::write(&marker, format!("root:x:0\nsite: one\n{}run: late\n", "x\n".repeat(70))).unwrap();
        let seen = stage.look(shell);
        assert_eq!((seen.fact("marker_site"), seen.fact("marker_run")), (Some("one"), None));
        fs::write(marker.with_extension("keep"), "").unwrap();
        assert!(stage.run(shell, stage.invocation.remove.last().unwrap()).status.success());
        assert!(marker.parent().unwrap().exists(), "a folder that holds something else stays");
        // A look must not wait for whoever writes into a pipe.
        assert!(Command::new("mkfifo").arg(&marker).status().unwrap().success());
        assert!(stage.look(shell).traces.iter().any(|trace| trace.rule == Rule::MarkerFile));
    }
}

#[test]
fn another_client_is_removed_where_the_marker_file_names_it() {
    for shell in SHELLS {
        let stage = Stage::with(marked);
        let old = stage.folder.path().join("old client");
        let marker = PathBuf::from(&*stage.values[&Slot::MarkerFile]);
        fs::create_dir(marker.parent().unwrap()).unwrap();
        fs::write(&marker, format!("site: old.example.org\ninstall directory: {}\n", old.display())).unwrap();
        let replace = || {
            let run = |step: &Step| stage.run(shell, step);
            stage.invocation.replace.iter().map(run).find(|output| !output.status.success())
        };
        // Two clients are one too many to choose from.
        for folder in [&old, &stage.client()] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("uninstall"), "exit 9\n").unwrap();
        }
        assert_eq!(replace().unwrap().status.code(), Some(65));
        fs::remove_dir_all(stage.client()).unwrap();
        assert_eq!(replace().unwrap().status.code(), Some(9));
        assert!(marker.exists(), "the mark stays as long as the client");
        fs::write(old.join("uninstall"), format!("read -r a; rm -rf '{}'; test $a = y\n", old.display()))
            .unwrap();
        assert!(replace().is_none());
        assert!(!old.exists() && !marker.exists());
    }
}

#[test]
fn root_runs_no_removal_that_others_may_write() {
    use std::os::unix::fs::PermissionsExt;
    let is_root = fs::metadata("/proc/self").unwrap();
    assert_eq!(
        std::os::unix::fs::MetadataExt::uid(&is_root),
        0,
        "this test says nothing about other accounts"
    );
    for shell in SHELLS {
        let stage = Stage::new();
        let vendors = &stage.invocation.remove[1];
        fs::create_dir(stage.client()).unwrap();
        let script = stage.client().join("uninstall");
        fs::write(&script, format!("rm -rf '{}'\n", stage.client().display())).unwrap();
        for (path, mode) in [(&script, 0o666), (&stage.client(), 0o777)] {
            let usual = fs::metadata(path).unwrap().permissions();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(stage.run(shell, vendors).status.code(), Some(67), "{mode:o}");
            assert!(script.exists());
            fs::set_permissions(path, usual).unwrap();
        }
        assert!(stage.run(shell, vendors).status.success());
        assert!(!script.exists());
    }
}

#[test]
fn what_has_no_removal_of_the_vendors_is_left_unless_it_is_empty() {
    for shell in SHELLS {
        let stage = Stage::new();
        let [look, .., vendors] = &stage.invocation.remove[..2] else { panic!("two steps") };
        fs::create_dir(stage.client()).unwrap();
        fs::write(stage.client().join("file"), "").unwrap();
        for step in [look, vendors] {
            assert_eq!(stage.run(shell, step).status.code(), Some(66));
        }
        std::os::unix::fs::symlink("/bin/true", stage.client().join("uninstall")).unwrap();
        for step in [look, vendors] {
            assert_eq!(stage.run(shell, step).status.code(), Some(66));
        }
        for name in ["file", "uninstall"] {
            fs::remove_file(stage.client().join(name)).unwrap();
        }
        for step in [look, vendors] {
            assert!(stage.run(shell, step).status.success());
        }
        assert!(!stage.client().exists());
    }
}

#[test]
fn a_failed_installer_leaves_no_half_made_directory() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, "mkdir \"$2\"; echo no space left on device >&2; exit 7\n");
        let output = stage.run(shell, &stage.invocation.install);
        assert_eq!(observe::status(&told(&output)), Some(7));
        assert_eq!(output.status.code(), Some(7));
        assert!(!stage.client().exists());
        let installer = installer::installer(Platform::LinuxHeadless);
        assert_eq!(installer.explain(7, &told(&output)), Class::DiskFull);
        // Its result stays until it is swept away; then a second try starts afresh.
        assert_eq!(stage.run(shell, &stage.invocation.install).status.code(), Some(75));
        assert!(stage.run(shell, &stage.invocation.clean).status.success());
        stage.stage(shell, STAND_IN);
        assert_eq!(observe::status(&told(&stage.run(shell, &stage.invocation.install))), Some(0));
    }
}

#[test]
fn only_folders_that_appeared_half_made_are_removed() {
    let half_made = include_str!("../../src/installer/posix/half_made.sh");
    let before = include_str!("../../src/installer/posix/run_before.sh");
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, "");
        let parent = stage.folder.path().join("vendor");
        let run = |body: &str| {
            let lines = format!(
                "staging='{}'\ninstall_dir=\ndefault='{}/pec-'\n{half_made}{body}\n",
                stage.staging().display(),
                parent.display()
            );
            assert!(stage.command(shell).arg("-c").arg(lines).status().unwrap().success());
        };
        fs::create_dir_all(parent.join("pec-old client")).unwrap();
        run(before);
        for name in ["pec-half", "pec-whole", "other"] {
            fs::create_dir(parent.join(name)).unwrap();
        }
        fs::write(parent.join("pec-whole/uninstall"), "").unwrap();
        run("remove_half_made");
        let left = |name: &str| parent.join(name).exists();
        assert!(
            left("pec-old client") && left("pec-whole") && left("other") && !left("pec-half"),
            "{shell:?}"
        );

        // Without a note of what was there before, nothing is touched; a new folder above goes too.
        fs::remove_file(stage.staging().join("install.before")).unwrap();
        fs::create_dir(parent.join("pec-half")).unwrap();
        run("remove_half_made");
        assert!(left("pec-half"));
        fs::remove_dir_all(&parent).unwrap();
        run(before);
        fs::create_dir_all(parent.join("pec-half")).unwrap();
        run("remove_half_made");
        assert!(!parent.exists());
    }
}

#[test]
fn an_installer_that_cannot_be_found_again_is_not_begun() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, STAND_IN);
        // Stands for a full disk: the number cannot be written.
        let file = stage.staging().join("install.sh");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("\"$$\" >install.pid", "\"$$\" >/dev/full")).unwrap();
        let output = stage.run(shell, &stage.invocation.install);
        assert_eq!(output.status.code(), Some(74), "{shell:?}: {}", told(&output));
        assert_eq!(observe::status(&told(&output)), None);
        assert!(!stage.client().exists());
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_installer_outlives_its_connection() {
    for shell in SHELLS {
        let stage = Stage::new();
        let slow = format!("while [ ! -e go ]; do sleep 0.05; done\n{STAND_IN}");
        stage.stage(shell, &slow);
        let mut child = stage.command(shell).spawn().unwrap();
        let script = fill(&stage.invocation.install.script, &stage.values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        until("the installer runs", || stage.look(shell).fact("installer_running") == Some("yes"));
        // The connection is gone, and everything that hung on it.
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(stage.look(shell).fact("installer_running"), Some("yes"));
        assert_eq!(stage.run(shell, &stage.invocation.install).status.code(), Some(75), "started twice");
        assert_eq!(stage.run(shell, &stage.invocation.clean).status.code(), Some(75), "swept while it works");
        fs::write(stage.staging().join("go"), "").unwrap();
        until("it has ended", || stage.look(shell).fact("installer_status") == Some("0"));
        assert!(stage.client().join("init-script").exists());
        assert_eq!(stage.look(shell).fact("installer_running"), Some("no"));
    }
}

#[test]
fn of_two_runs_at_once_only_one_begins() {
    for shell in SHELLS {
        let mut stage = Stage::new();
        stage.stage(shell, &format!("while [ ! -e go ]; do sleep 0.05; done\n{STAND_IN}"));
        let mut child = stage.command(shell).spawn().unwrap();
        let script = fill(&stage.invocation.install.script, &stage.values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        until("the installer runs", || stage.look(shell).fact("installer_running") == Some("yes"));
        let first = stage.staging();
        let other = stage.folder.path().join("jumpfleet-r2").to_string_lossy().into_owned();
        stage.values.insert(Slot::Staging, other.as_str().into());
        stage.stage(shell, STAND_IN);
        let output = stage.run(shell, &stage.invocation.install);
        assert_eq!(output.status.code(), Some(76), "{shell:?}: {}", told(&output));
        assert!(told(&output).contains("another installer"), "{}", told(&output));
        fs::write(first.join("go"), "").unwrap();
        assert!(child.wait().unwrap().success());
        let output = stage.run(shell, &stage.invocation.install);
        assert_eq!(output.status.code(), Some(76), "{shell:?}: {}", told(&output));
        assert!(told(&output).contains("exists already"), "{}", told(&output));
        // What the first installer has started does not keep others away.
        fs::remove_dir_all(stage.client()).unwrap();
        assert!(stage.run(shell, &stage.invocation.install).status.success());
    }
}

/// Whether the process is there and not a corpse that nobody collects.
fn runs(process: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(process).join("stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn a_given_up_installer_is_ended_as_a_whole() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, "mkdir \"$2\"; trap '' TERM; sleep 300 & echo $! >sleeper; wait; sleep 300\n");
        let mut child = stage.command(shell).spawn().unwrap();
        let script = fill(&stage.invocation.install.script, &stage.values);
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        until("it sleeps", || stage.staging().join("sleeper").metadata().is_ok_and(|file| file.len() > 1));
        let sleeper = fs::read_to_string(stage.staging().join("sleeper")).unwrap();
        let output = stage.run(shell, &stage.invocation.abandon);
        assert!(output.status.success(), "{}", told(&output));
        until("nothing of it runs", || !runs(sleeper.trim()));
        assert_eq!(stage.look(shell).fact("installer_running"), Some("no"));
        assert!(!stage.client().exists());
        child.wait().unwrap();
        assert!(stage.run(shell, &stage.invocation.abandon).status.success(), "nothing to end is fine");
    }
}

#[test]
fn an_install_script_cut_off_on_its_way_starts_nothing() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, STAND_IN);
        for (step, left) in [(&stage.invocation.install, "install.pid"), (stage.ready(), "install.sh")] {
            let script = fill(&step.script, &stage.values);
            let ends: Vec<usize> = script.match_indices('\n').map(|(end, _)| end + 1).collect();
            for end in &ends[..ends.len() - 1] {
                let mut child = stage.command(shell).spawn().unwrap();
                child.stdin.take().unwrap().write_all(&script.as_bytes()[..*end]).unwrap();
                child.wait_with_output().unwrap();
                assert!(!stage.staging().join(left).exists(), "{shell:?} after {end} bytes");
            }
            let _ = fs::remove_file(stage.staging().join("install.sh"));
        }
        assert!(!stage.client().exists());
    }
}

#[test]
fn nothing_is_written_through_what_was_put_into_the_staging_folder() {
    for shell in SHELLS {
        let stage = Stage::new();
        stage.stage(shell, STAND_IN);
        let elsewhere = stage.folder.path().join("elsewhere");
        fs::write(&elsewhere, "mine").unwrap();
        for name in ["install.sh", "install.pid", "install.before", "install.log"] {
            let _ = fs::remove_file(stage.staging().join(name));
            std::os::unix::fs::symlink(&elsewhere, stage.staging().join(name)).unwrap();
        }
        assert!(stage.run(shell, stage.ready()).status.success());
        assert_eq!(observe::status(&told(&stage.run(shell, &stage.invocation.install))), Some(0));
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
    }
}

#[test]
fn a_strange_staging_folder_is_refused() {
    for shell in SHELLS {
        let stage = Stage::new();
        let elsewhere = stage.folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, stage.staging()).unwrap();
        let output = stage.run(shell, &stage.invocation.prepare);
        assert_eq!(output.status.code(), Some(73), "{}", told(&output));
        assert!(told(&output).contains("symbolic link"));
        fs::remove_file(stage.staging()).unwrap();

        // What is open to others is closed, what is there stays there.
        stage.stage(shell, "first");
        Command::new("chmod").arg("0755").arg(stage.staging()).status().unwrap();
        assert!(stage.run(shell, &stage.invocation.prepare).status.success());
        assert_eq!(mode(&stage.staging()), 0o700);
        assert!(stage.staging().join("bomgar-pec-k1 it's.bin").exists());
    }
}

#[test]
fn only_folders_of_ours_are_swept_away() {
    for shell in SHELLS {
        for name in ["other", "jumpfleet-", "jumpfleet-x/../other", "jumpfleet-x/.."] {
            let mut stage = Stage::new();
            fs::create_dir_all(stage.folder.path().join("jumpfleet-x")).unwrap();
            fs::create_dir(stage.folder.path().join("other")).unwrap();
            let path = stage.folder.path().join(name).to_string_lossy().into_owned();
            stage.values.insert(Slot::Staging, path.as_str().into());
            let output = stage.run(shell, &stage.invocation.clean);
            assert_eq!(output.status.code(), Some(64), "{name}: {}", told(&output));
            assert!(
                stage.folder.path().join("other").exists()
                    && stage.folder.path().join("jumpfleet-x").exists()
            );
        }
    }
}
