//! What do packages do on Windows hosts, as far as Wine can tell? Each batch file is run there as a tool would run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may end here")]
#![allow(clippy::disallowed_methods, reason = "a test plays the tool that copies a package to a host")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use jumpfleet::package;

mod fleet;

use fleet::{KEY, SITE, Stage, Test};

const TESTS: &[Test] = &[
    ("a_package_is_installed_once", 1, a_package_is_installed_once),
    ("an_exe_is_installed_and_what_it_says_is_not_believed", 1, an_exe_is_installed_and_not_believed),
    ("a_computer_waits_for_the_slot_it_was_given", 1, a_computer_waits_for_its_slot),
];

fn main() -> ExitCode {
    fleet::run_on(fleet::WINDOWS, "pushed", TESTS)
}

const SETTINGS: &str = "\
appliance: {site: pra.example.org, model: b300}
releases:
  spring:
    product: bomgar-pec
    expires: 2035-01-01T00:00:00Z
    overrides: [name, tag]
    key: {env: PRA_KEY}
    files:
      windows_msi: installers/bomgar-pec-win64.msi
      windows_exe: installers/bomgar-pec-*.exe
rollout: {release: spring}
";

/// A host with a package in C:\R&D, as a tool would have copied it.
struct Host<'a> {
    stage: &'a Stage,
    name: &'a str,
    drive: PathBuf,
}

impl<'a> Host<'a> {
    fn with(stage: &'a Stage, kind: &str, platform: &str, vars: &str, more: &[&str]) -> Self {
        let name = stage.hosts[0].as_str();
        for kind in ["msi", "exe"] {
            build(stage, kind);
        }
        stage.write("jumpfleet.yaml", SETTINGS);
        let fleet = format!(
            "pcs:\n  hosts:\n    {name}.example.org: {{jc_name: 'One & only (x) \"a\"'}}\n    pc2: {{jc_name: Two}}\n\
             \x20 vars: {{jc_platform: {platform}, jc_tag: front{vars}}}\n"
        );
        stage.write("fleet.yaml", &fleet);
        let typed = ["package", kind, "-i", "fleet.yaml", "-o", "package"];
        stage.jumpfleet(&[&typed, more].concat()).expect(0);
        let drive = stage.fleet.lab(&["root", name]);
        let drive = PathBuf::from(String::from_utf8(drive.stdout).unwrap().trim());
        let host = Self { stage, name, drive };
        let made = stage.path().join("package").join(platform);
        copy(&made, &host.drive.join("R&D"));
        host
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.drive.join(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.drive.join(path)).unwrap_or_default()
    }

    /// Puts an installer of the project beside the scripts.
    fn bring(&self, ending: &str) {
        for entry in fs::read_dir(self.stage.path().join("installers")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|found| found == ending) {
                fs::copy(&path, self.drive.join("R&D").join(path.file_name().unwrap())).unwrap();
            }
        }
    }

    /// Runs a line of batch before one of the package's files; its whole exit code, and what was printed or logged.
    fn run(&self, before: &str, file: &str) -> (i32, String) {
        let logged = self.log().len();
        let text = format!(
            "@echo off\n{before}\ncmd /d /c ^\"\"C:\\R&D\\{file}\" ^\"\necho.\necho ended %ERRORLEVEL%\n"
        );
        self.write("run.cmd", &text.replace('\n', "\r\n"));
        let done = self.stage.fleet.lab(&["exec", self.name, "cmd", "/c", r"C:\run.cmd"]);
        let printed = String::from_utf8_lossy(&done.stdout).replace('\r', "");
        let code = printed.rsplit_once("ended ").and_then(|(_, code)| code.trim().parse().ok());
        // Wine takes `9>` for `>`: what is said while the lock is held is only in the log there.
        let told = printed.clone() + &self.log()[logged..];
        (code.unwrap_or_else(|| panic!("{file}: {printed}")), told)
    }

    fn log(&self) -> String {
        self.read("ProgramData/jumpfleet/package.log")
    }

    /// Runs a file that ends with this code.
    #[track_caller]
    fn ends(&self, file: &str, code: i32) -> String {
        let (ended, printed) = self.run("", file);
        assert_eq!(ended, code, "{file}: {printed}");
        printed
    }

    /// Tells installers what to do.
    fn installers(&self, line: &str) {
        self.write("ProgramData/jump-client-stand-in.txt", &format!("{line}\n"));
    }

    /// The command lines that installers were started with and that were carried out.
    fn starts(&self) -> Vec<String> {
        let text = self.read("ProgramData/jump-client-stand-in/starts");
        text.lines().map(str::to_owned).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}

fn build(stage: &Stage, kind: &str) {
    let builder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand_in/build_windows");
    let fixed = ["--product", "bomgar-pec", "--uid", KEY, "--expires", "2035-01-01T00:00:00Z"];
    let built = Command::new(builder)
        .args(["--kind", kind, "--site", SITE, "--overrides", "name,tag", "--out", "installers"])
        .args(fixed)
        .current_dir(stage.path())
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

fn a_package_is_installed_once(stage: &Stage) {
    let host = Host::with(stage, "gpo", "windows_msi", r", jc_install_dir: 'C:\Support Client'", &[]);
    // Anybody may make folders in ProgramData, and what leads elsewhere is not followed.
    let (folder, elsewhere) = (host.drive.join("ProgramData/jumpfleet"), host.drive.join("elsewhere"));
    fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink("../elsewhere", &folder).unwrap();
    for file in ["install.cmd", "uninstall.cmd"] {
        assert!(host.ends(file, 82).contains("is a link, or cannot be closed to others"));
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    fs::remove_file(&folder).unwrap();
    assert!(host.ends("install.cmd", 2).contains("exactly one file bomgar-pec-win64.msi belongs beside"));
    host.write("R&D/bomgar-pec-win64.msi", "another file");
    assert!(host.ends("install.cmd", 2).contains("key.txt"));
    host.write("R&D/key.txt", &format!("{KEY}\r\n"));
    assert!(host.ends("install.cmd", 13).contains("is not the file that this package was made for"));
    host.bring("msi");
    let (code, told) = host.run("set PROCESSOR_ARCHITECTURE=x86", "install.cmd");
    assert!(
        code == 1633 && told.contains("is for Windows of 64 bits, and this is one of 32"),
        "{code}: {told}"
    );
    let (code, told) = host.run("set COMPUTERNAME=PC3", "install.cmd");
    assert!(code == 1168 && told.contains("PC3 is not in hosts.txt"), "{told}");
    let look = host.read("R&D/steps/look.cmd");
    host.write("R&D/steps/look.cmd", "exit /b 1\r\n");
    assert!(host.ends("install.cmd", 1603).contains("the look at this computer failed"));
    host.write("R&D/steps/look.cmd", &look);
    assert_eq!(host.starts(), [""; 0], "an installer was started");

    // Wine cannot show a log in UTF-16, which Windows turns into text.
    host.installers("exit=1603\nlog=ansi");
    assert!(host.ends("startup.cmd", 1603).contains("its log is in"));
    let log = host.read("ProgramData/jumpfleet/install.log");
    assert!(log.contains("Return value 3") && !log.contains(KEY) && !log.contains("KEY_INFO"), "{log}");
    assert_eq!(host.read("ProgramData/jumpfleet/package.done"), "", "a failed try is marked as done");

    // One of the two was the start that failed.
    host.installers("busy=2");
    host.ends("startup.cmd", 1618);
    host.installers("after=3010");
    host.ends("startup.cmd", 3010);
    let starts = host.starts();
    let last = starts.last().unwrap();
    assert!(last.contains(r#"jc_name="One & only (x) ""a""" jc_tag=front /quiet /norestart"#), "{last}");
    let mark = host.read("ProgramData/jumpfleet/PRAJumpClient.txt").replace('\r', "");
    assert!(mark.contains("site: pra.example.org\nrun: gpo\n") && mark.contains("jc_tag=front\n"), "{mark}");

    host.ends("startup.cmd", 0);
    assert!(host.ends("install.cmd", 0).contains("a client is there already"));
    assert_eq!(host.starts().len(), starts.len(), "a second client was installed");
    assert!(!host.drive.join("windows/temp/jumpfleet-package").exists(), "the staging folder was left");

    host.ends("uninstall.cmd", 0);
    assert_eq!(host.read("ProgramData/jumpfleet/package.done"), "");
    fs::create_dir_all(host.drive.join("Support Client")).unwrap();
    let told = host.ends("install.cmd", 76);
    assert!(told.contains("a folder of the client is there and no client"), "{told}");
    assert!(!host.log().contains(KEY));
}

fn an_exe_is_installed_and_not_believed(stage: &Stage) {
    let host = Host::with(stage, "pdq", "windows_exe", "", &[]);
    host.bring("exe");
    // One look again is as good as twelve.
    let script = host.read("R&D/install.cmd").replace("geq 12", "geq 1");
    host.write("R&D/install.cmd", &script);
    host.installers("lie=1");
    assert!(host.ends("install.cmd", 1603).contains("but no client is there"));
    host.installers("exit=7");
    host.ends("install.cmd", 7);
    host.installers("");
    assert!(host.ends("install.cmd", 0).contains("installed"));
    let starts = host.starts();
    let last = starts.last().unwrap();
    assert!(last.contains("--jc-tag front --silent") && last.contains("--jc-name"), "{last}");
    assert!(host.ends("install.cmd", 0).contains("a client is there already"));
    // A client that has got the lock from its installer is not taken for one that is being installed.
    let held = r#"start /b ping -n 9 127.0.0.1 9>"C:\ProgramData\jumpfleet\package.lock" >nul"#;
    let (code, told) = host.run(held, "install.cmd");
    assert!(code == 0 && told.contains("a client is there already"), "{told}");
    assert!(host.drive.join("ProgramData/jumpfleet/package.lock").exists(), "nobody had the lock");
    assert_eq!(host.starts().len(), starts.len());
    assert!(!host.log().contains(KEY));
}

fn a_computer_waits_for_its_slot(stage: &Stage) {
    let host = Host::with(stage, "intune", "windows_exe", "", &["--over", "1h"]);
    let table = host.read("R&D/hosts.txt");
    let own = table.lines().find_map(|line| line.strip_prefix(&format!("{}\t", host.name.to_uppercase())));
    let own: u32 = own.and_then(|rest| rest.split('\t').next()?.parse().ok()).unwrap();
    let bias = |value: &str| {
        let key = r"HKLM\SYSTEM\CurrentControlSet\Control\TimeZoneInformation";
        let set = [
            "exec",
            host.name,
            "reg",
            "add",
            key,
            "/v",
            "ActiveTimeBias",
            "/t",
            "REG_DWORD",
            "/d",
            value,
            "/f",
        ];
        assert!(stage.fleet.lab(&set).status.success());
    };
    for (minutes, value) in [(0, "0"), (-120, "4294967176"), (300, "300"), (-345, "4294966951")] {
        bias(value);
        for (shown, hour, minute, second) in
            [("10:20:03.12", 10, 20, 3), (" 0:59:59,00", 0, 59, 59), ("23:07:08.99", 23, 7, 8)]
        {
            let now = hour * 3600 + minute * 60 + second + minutes * 60 + 86_400;
            for (name, slot) in [(None, own), (Some("LAPTOP-7"), package::fallback("LAPTOP-7", 3600))] {
                let late = (now - slot as i32).rem_euclid(3600);
                let wait = if late < package::IN_TIME as i32 { 0 } else { 3600 - late };
                let named = name.map_or(String::new(), |name| format!("set COMPUTERNAME={name}\n"));
                let (_, told) = host.run(&format!("{named}set \"TIME={shown}\""), r#"steps\slot.cmd" "show"#);
                let expected = format!("slot {slot} of 3600, {wait} seconds to wait");
                assert!(told.contains(&expected), "{shown} {minutes}: {told} instead of {expected}");
            }
        }
    }
    host.bring("exe");
    let script = host.read("R&D/steps/slot.cmd");
    let spoilt = |before: &str, from: &str, to: &str| {
        assert!(script.contains(from));
        host.write("R&D/steps/slot.cmd", &script.replace(from, to));
        let (code, told) = host.run(before, r#"steps\slot.cmd" "show"#);
        assert!(code == 1 && told.contains("or the time cannot be told"), "{code}: {told}");
    };
    for said in
        ["nothing-of-this-name", "echo. & echo CertUtil: failed: 0x80070002 & rem", "echo. & echo 12ab & rem"]
    {
        spoilt("set COMPUTERNAME=LAPTOP-7", "certutil -hashfile", said);
    }
    spoilt("", "%TIME%", "noon");
    spoilt("", "ActiveTimeBias 2", "NoSuchBias 2");
    let untold = || {
        let told = host.ends("install.cmd", 1627);
        assert!(told.contains("its start slot cannot be told, so nothing is started"), "{told}");
    };
    untold();
    // So ends a cmd.exe that Windows had no room to start (STATUS_DLL_INIT_FAILED).
    host.write("R&D/steps/slot.cmd", "@exit -1073741502\r\n");
    untold();
    host.write("R&D/steps/slot.cmd", &script);
    assert_eq!(host.starts(), [""; 0], "an installer was started");
    // Wine's own time has no seconds, so the test is the clock: it strikes after two.
    bias("0");
    let clock = |late: i64| {
        let now = (i64::from(own) + 7200 + late).rem_euclid(86_400);
        host.write("clock.txt", &format!("{}:{:02}:{:02}.00\r\n", now / 3600, now / 60 % 60, now % 60));
    };
    host.write("R&D/steps/slot.cmd", &script.replace("set \"clock=%TIME%\"", "set /p clock=<C:\\clock.txt"));
    clock(-70);
    let (_, told) = host.run("", r#"steps\slot.cmd" "show"#);
    assert!(told.contains("70 seconds to wait"), "{told}");
    // A minute before the slot it looks once more, then waits for the slot itself.
    clock(-8);
    let began = Instant::now();
    scope(|threads| {
        threads.spawn(|| {
            sleep(Duration::from_secs(6));
            // A second start, while the first waits, does not wait and install as well.
            let told = host.ends("install.cmd", 1618);
            assert!(told.contains("another start of this package is at work"), "{told}");
            clock(0);
        });
        assert!(host.ends("install.cmd", 0).contains("installed"));
    });
    let took = began.elapsed();
    // Until the slot, and not until the next round's, which is an hour later.
    assert!((6..300).contains(&took.as_secs()), "it waited {took:?}");
    assert_eq!(host.starts().len(), 1);
    clock(4);
    let (_, told) = host.run("", r#"steps\slot.cmd" "show"#);
    assert!(told.contains("3596 seconds to wait"), "{told}");
}
