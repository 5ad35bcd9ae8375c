//! What do the Windows steps do, as far as Wine can tell?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use jumpfleet::installer::{self, observe};
use jumpfleet::model::{Boot, Parameter, Platform, Product, Rule, Slot, Step};

use crate::cases::{Case, CaseHost, CaseRelease, fill, headless, root, shape, values};
use crate::programs::told;
use crate::wine::Windows;

impl Windows {
    /// Carries a script over as a file with CRLF line ends and runs it; what it printed.
    fn step(&self, script: &str) -> Output {
        fs::write(self.beside("step.cmd"), script.replace('\n', "\r\n")).unwrap();
        self.run("wine", "wine", &["cmd", "/c", "step.cmd"])
    }

    fn path(&self, below_drive: &str) -> PathBuf {
        self.beside("prefix/drive_c").join(below_drive)
    }
}

/// No value ends in a backslash here: Wine's `start` is a program that reads `\"` its own way.
const GIVEN: [(Parameter, &str); 4] = [
    (Parameter::Name, r"web\1 & more"),
    (Parameter::JumpGroup, "jumpgroup:web"),
    (Parameter::Tag, "100% ^ (y) !z!"),
    (Parameter::Ephemeral, "1"),
];

/// A package with the values of `GIVEN`.
fn given() -> Case {
    Case {
        host: CaseHost {
            parameters: GIVEN.map(|(name, value)| (name, value.to_owned())).into(),
            install_dir: Some(r"C:\Program Files\Jump & Client".to_owned()),
            ..CaseHost::default()
        },
        release: CaseRelease {
            product: Product::BomgarPec,
            file: "bomgar-pec-win64.msi".to_owned(),
            key: Some("k1".to_owned()),
        },
        ..headless(Path::new("/"), Boot::None)
    }
}

#[test]
fn what_others_put_in_the_way_is_neither_followed_nor_run() {
    let windows = Windows::new();
    let case = given();
    let values = values(Platform::WindowsMsi, &case);
    let invocation =
        installer::installer(Platform::WindowsMsi).invocation(&shape(Platform::WindowsMsi, &case));
    let ends = |before: &str, step: &Step, code: i32| {
        let output = windows.step(&format!("{before}{}", fill(&step.script, &values)));
        assert_eq!(output.status.code(), Some(code), "{}: {}", step.name, told(&output));
        told(&output)
    };
    let staging = windows.path("windows/temp/jumpfleet-r1");
    let (victim, file) = (windows.path("victim"), windows.path("victim/file.txt"));
    fs::create_dir_all(&victim).unwrap();
    fs::write(&file, "mine").unwrap();
    std::os::unix::fs::symlink(&victim, &staging).unwrap();
    assert!(ends("", &invocation.prepare, 73).contains("is a link"));
    fs::remove_file(&staging).unwrap();
    fs::create_dir_all(&staging).unwrap();
    std::os::unix::fs::symlink(&victim, staging.join("inside")).unwrap();
    assert!(ends("", &invocation.prepare, 73).contains("holds folders"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    fs::remove_file(staging.join("inside")).unwrap();
    // What an earlier visit staged is kept, and nothing else.
    for name in ["bomgar-pec-win64.msi", "install.rc", "version.dll"] {
        fs::write(staging.join(name), name).unwrap();
    }
    ends("", &invocation.prepare, 0);
    let left: Vec<_> = fs::read_dir(&staging).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["bomgar-pec-win64.msi"]);
    assert_eq!(fs::read_to_string(staging.join("bomgar-pec-win64.msi")).unwrap(), "bomgar-pec-win64.msi");

    let folder = windows.path("ProgramData/jumpfleet");
    std::os::unix::fs::symlink(&victim, &folder).unwrap();
    assert!(ends("", &invocation.mark, 73).contains("is a link"));
    assert_eq!(fs::read_dir(&victim).unwrap().count(), 1);
    fs::remove_file(&folder).unwrap();
    fs::create_dir_all(&folder).unwrap();
    // Wine takes a link to a file for the file itself, so it is a second name here.
    fs::hard_link(&file, folder.join("PRAJumpClient.txt.new")).unwrap();
    ends("", &invocation.mark, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");

    let hostile = r#"@set PATH=C:\a"&echo.>C:\ran&"b"#.to_owned() + "\n";
    ends(&hostile, &invocation.prepare, 0);
    assert!(!windows.path("ran").exists(), "the search path was read as a command");

    // Wine's own tasklist prints nothing, as a broken one would.
    let clients = windows.path("ProgramData/bomgar-pec-0x1");
    fs::create_dir_all(&clients).unwrap();
    assert!(ends("", invocation.tidy.as_ref().unwrap(), 74).contains("cannot be listed"));
    assert!(clients.exists());
}

/// A Windows of 32 bits shows one entry in both views; here two are made, and the name of the processor is what differs.
#[test]
fn a_client_that_both_views_show_is_one_where_there_is_one_view() {
    let windows = Windows::new();
    for view in ["/reg:64", "/reg:32"] {
        let key = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Other";
        let name = "BeyondTrust Privileged Remote Access Jump Client [other.example.org]";
        let added = windows.run("wine", "wine", &["reg", "add", key, "/v", "DisplayName", "/d", name, view]);
        assert!(added.status.success(), "{}", told(&added));
    }
    let case = given();
    let mut values = values(Platform::WindowsMsi, &case);
    // As in a package, which has no job.
    values.insert(Slot::Staging, "".into());
    let invocation =
        installer::installer(Platform::WindowsMsi).invocation(&shape(Platform::WindowsMsi, &case));
    let replace = fill(&invocation.replace[0].script, &values);
    let run = |processor: &str| windows.step(&format!("@set PROCESSOR_ARCHITECTURE={processor}\n{replace}"));
    let two = run("AMD64");
    assert!(
        two.status.code() == Some(65) && told(&two).contains("2 clients of other sites"),
        "{}",
        told(&two)
    );
    let one = run("x86");
    assert!(told(&one).contains("::jumpfleet:: status 1605"), "{}", told(&one));
}

/// Names and folders of others and of our own may hold what means something to cmd.exe.
#[test]
fn an_entry_is_read_and_run_whatever_its_neighbours_are_called() {
    let windows = Windows::new();
    let enter = |key: &str, values: &[(&str, &str)]| {
        let key = format!(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{key}");
        for (name, value) in values {
            let added = windows.run("wine", "wine", &["reg", "add", &key, "/v", name, "/d", value]);
            assert!(added.status.success(), "{}", told(&added));
        }
    };
    enter("A screen", &[("DisplayName", "Screen 24\" & %PATH% ^")]);
    enter("Another", &[("DisplayName", "\"")]);
    let program = windows.path("R&D/bomgar-pec.exe");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    // Any program will do that says something else than 1605.
    fs::copy(windows.path("windows/system32/hostname.exe"), &program).unwrap();
    let own = "BeyondTrust Privileged Remote Access Jump Client [pra.example.org]";
    let command = r#""C:\R&D\bomgar-pec.exe" -uninstall prompt"#;
    enter("Our own", &[("DisplayName", own), ("UninstallString", command)]);
    enter("Zoom", &[("DisplayName", "Zoom 2\"")]);
    let case = given();
    let mut values = values(Platform::WindowsExe, &case);
    let invocation =
        installer::installer(Platform::WindowsExe).invocation(&shape(Platform::WindowsExe, &case));
    let looked = told(&windows.step(&fill(&invocation.probe.script, &values)));
    let seen = observe::read(&looked).unwrap();
    assert_eq!(seen.traces.iter().map(|trace| trace.rule).collect::<Vec<_>>(), [Rule::Registry]);
    assert_eq!(seen.fact("own_uninstall"), Some(command), "{looked}");
    values.insert(Slot::Staging, "".into());
    let removed = told(&windows.step(&fill(&invocation.remove[0].script, &values)));
    let status = removed.lines().find_map(|line| line.trim().strip_prefix("::jumpfleet:: status "));
    assert!(status.is_some_and(|status| status != "1605"), "{removed}");
}

#[test]
fn a_package_is_installed_and_removed_under_wine() {
    let windows = Windows::new();
    fs::write(windows.beside("client.txt"), "client").unwrap();
    let source = root().join("tests/cases/stand_in.wxs");
    let arguments = ["-a", "x64", "-o", "bomgar-pec-win64.msi", &source.to_string_lossy()];
    let built = windows.run("wixl", "wixl", &arguments);
    assert!(built.status.success(), "{}", told(&built));

    let case = given();
    let values = values(Platform::WindowsMsi, &case);
    let invocation =
        installer::installer(Platform::WindowsMsi).invocation(&shape(Platform::WindowsMsi, &case));
    let said = |step: &Step| {
        let output = windows.step(&fill(&step.script, &values));
        assert!(output.status.success(), "{}: {}", step.name, told(&output));
        assert!(output.stderr.is_empty(), "{}: {}", step.name, told(&output));
        told(&output)
    };
    let rules = |output: &str| -> Vec<Rule> {
        observe::read(output).unwrap().traces.into_iter().map(|trace| trace.rule).collect()
    };
    assert_eq!(rules(&said(&invocation.probe)), []);
    said(&invocation.prepare);
    let file = "bomgar-pec-win64.msi";
    let staging = windows.path("windows/temp/jumpfleet-r1");
    fs::copy(windows.beside(file), staging.join(file)).unwrap();
    // A job itself, as the task scheduler starts it: its script knows by its place that it is meant.
    let job = |name: &str, step: &Step| {
        fs::write(staging.join(format!("{name}.cmd")), fill(&step.script, &values).replace('\n', "\r\n"))
            .unwrap();
        let path = format!(r"C:\windows\temp\jumpfleet-r1\{name}.cmd");
        let ran = windows.run("wine", "wine", &["cmd", "/c", &path]);
        assert!(ran.status.success(), "{}", told(&ran));
        assert_eq!(fs::read_to_string(staging.join(format!("{name}.rc"))).unwrap().trim(), "0");
    };
    job("install", invocation.ready.as_ref().unwrap());
    // It holds the key, and nobody asks for that of a success.
    assert!(!staging.join("install.log").exists());
    assert!(windows.path("Program Files/Jump & Client/client.txt").exists());

    let query = windows.run("wine", "wine", &["reg", "query", r"HKLM\SOFTWARE\StandIn"]);
    let registered = told(&query);
    for (name, value) in [("key", "k1"), ("name", GIVEN[0].1), ("group", GIVEN[1].1), ("tag", GIVEN[2].1)] {
        assert!(registered.contains(&format!("{name}    REG_SZ    ={value}\r")), "{name}: {registered}");
    }
    assert!(registered.contains("ephemeral    REG_SZ    =1\r"), "{registered}");

    said(&invocation.mark);
    let after = said(&invocation.probe);
    assert_eq!(rules(&after), [Rule::InstallDirectory, Rule::Registry, Rule::MarkerFile]);
    assert_eq!(observe::read(&after).unwrap().fact("installer_status"), Some("0"));
    let mark = fs::read_to_string(windows.path("ProgramData/jumpfleet/PRAJumpClient.txt")).unwrap();
    // Sorted by cmd.exe itself. A `%` that came out of a variable is read once more by Wine, not by Windows.
    let mut settings = GIVEN.map(|(name, value)| format!("setting: {name}={}\r\n", value.replace('%', "")));
    settings.sort();
    let words = ["release: servers", "product: bomgar-pec", "site: pra.example.org", "run: r1"];
    let directory = r"install directory: C:\Program Files\Jump & Client";
    assert_eq!(mark, format!("{}\r\n{directory}\r\n{}", words.join("\r\n"), settings.concat()));

    job("remove", &invocation.remove[0]);
    said(&invocation.remove[1]);
    // Wine's Windows Installer looks for the files in the package's own folder, so they stay.
    let after = rules(&said(&invocation.probe));
    assert!(!after.contains(&Rule::Registry) && !after.contains(&Rule::MarkerFile), "{after:?}");
    said(&invocation.clean);
    assert!(!staging.exists());
}
