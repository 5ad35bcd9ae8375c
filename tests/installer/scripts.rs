//! Do shells, their checker and systemd find anything wrong with what is said to them?

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jumpfleet::installer;
use jumpfleet::installer::settings_file::{self, Instance};
use jumpfleet::model::{Boot, Dialect, Platform};

use crate::cases::{cases, fill, headless, shape, steps, values};
use crate::programs::{program, told, tool};

/// Every POSIX script that any case makes, each once, with a name for it.
fn posix_scripts() -> BTreeMap<String, String> {
    let mut scripts: BTreeMap<String, String> = BTreeMap::new();
    for platform in Platform::ALL.iter().copied() {
        for case in cases(platform) {
            let invocation = installer::installer(platform).invocation(&shape(platform, &case));
            if invocation.dialect != Dialect::Posix || !case.refused.is_empty() {
                continue;
            }
            let values = values(platform, &case);
            for (phase, step) in steps(&invocation) {
                let name = format!("{platform}-{phase}-{}", step.name.replace([' ', '\''], "-"));
                scripts.entry(fill(&step.script, &values)).or_insert(name);
            }
        }
    }
    let case = headless(Path::new("/opt/jump client"), Boot::Systemd);
    let (shape, values) = (shape(Platform::LinuxHeadless, &case), values(Platform::LinuxHeadless, &case));
    let client = Instance {
        directory: "/opt/it's".into(),
        services: vec!["jumpfleet-jump-client.service".into()],
        running: true,
        connections: Vec::new(),
        file: Ok(Vec::new()),
        fetch: None,
    };
    for step in [
        settings_file::look(&shape),
        settings_file::write(&shape, "/opt/it's", b"[Proxy]\n", b"%\0\xff"),
        settings_file::restore(&shape, "/opt/it's", b"[Proxy]\n"),
        settings_file::restart(&shape, &client),
    ] {
        scripts.insert(fill(&step.script, &values), step.name.replace([' ', '\''], "-"));
    }
    scripts
}

fn written(folder: &Path) -> Vec<PathBuf> {
    let scripts = posix_scripts();
    assert!(scripts.len() > 40, "only {} scripts", scripts.len());
    let write = |(number, (text, name)): (usize, (String, String))| {
        let path = folder.join(format!("{number}-{name}.sh"));
        fs::write(&path, text).unwrap();
        path
    };
    scripts.into_iter().enumerate().map(write).collect()
}

#[test]
fn every_posix_script_passes_shellcheck() {
    let folder = tempfile::tempdir().unwrap();
    let files = written(folder.path());
    for dialect in ["sh", "dash"] {
        let output = tool("shellcheck", "shellcheck")
            .args(["--norc", "-s", dialect, "-f", "gcc"])
            // Variables stand at the top of every body, also where this one does not need them,
            // and some of the cases' values hold a `$` or end in a backslash on purpose.
            .args(["-e", "SC2034,SC2016,SC1003"])
            .args(&files)
            .output()
            .unwrap();
        assert!(output.status.success(), "{dialect}:\n{}", told(&output));
    }
}

#[test]
fn every_shell_can_read_every_posix_script() {
    let folder = tempfile::tempdir().unwrap();
    for file in written(folder.path()) {
        for (program, arguments) in
            [("dash", &["-n"][..]), ("busybox", &["sh", "-n"]), ("bash", &["--posix", "-n"])]
        {
            let output = tool(program, program).args(arguments).arg(&file).output().unwrap();
            let told = told(&output);
            assert!(output.status.success() && told.is_empty(), "{program} {}: {told}", file.display());
        }
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    for directory in ["client", "jump client & co", "100% Zürich"] {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join(directory);
        fs::create_dir(&directory).unwrap();
        program(&directory.join("init-script"), "#!/bin/sh\n");
        let case = headless(&directory, Boot::Systemd);
        let shape = shape(Platform::LinuxHeadless, &case);
        let values = values(Platform::LinuxHeadless, &case);
        let start = &installer::installer(Platform::LinuxHeadless).invocation(&shape).start;
        let script = fill(&start[0].script, &values);
        let unit = script.split_once("<<'END_OF_UNIT' || exit\n").unwrap().1;
        let unit = unit.split_once("END_OF_UNIT\n").unwrap().0;
        assert!(!unit.contains("{{"), "{unit}");
        let file = folder.path().join("jumpfleet-jump-client.service");
        fs::write(&file, unit).unwrap();
        let output =
            tool("systemd-analyze", "systemd").args(["verify", "--man=no"]).arg(&file).output().unwrap();
        // A wrong word is only told, with exit code 0.
        assert!(output.status.success() && told(&output).is_empty(), "{}", told(&output));
    }
}
