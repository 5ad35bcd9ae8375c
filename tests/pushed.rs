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
    ("sccm_and_altiris_find_what_their_package_says", 1, sccm_and_altiris),
    ("a_client_of_another_site_is_no_client_and_no_proof", 1, beside_another_site),
    ("a_computer_waits_for_the_slot_it_was_given", 1, a_computer_waits_for_its_slot),
];

fn main() -> ExitCode {
    fleet::run_on(fleet::WINDOWS, "pushed", TESTS)
}

/// The uninstall entries' home.
const UNINSTALL: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall";

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
        self.line(before, &format!("cmd /d /c ^\"\"C:\\R&D\\{file}\" ^\""))
    }

    /// Runs lines of batch; the whole exit code of the last one, and what was printed or logged.
    fn line(&self, before: &str, line: &str) -> (i32, String) {
        let logged = self.log().len();
        let text = format!("@echo off\n{before}\n{line}\necho.\necho ended %ERRORLEVEL%\n");
        self.write("run.cmd", &text.replace('\n', "\r\n"));
        let done = self.stage.fleet.lab(&["exec", self.name, "cmd", "/c", r"C:\run.cmd"]);
        let printed = String::from_utf8_lossy(&done.stdout).replace('\r', "");
        let code = printed.rsplit_once("ended ").and_then(|(_, code)| code.trim().parse().ok());
        // Wine takes `9>` for `>`: what is said while the lock is held is only in the log there.
        let told = printed.clone() + &self.log()[logged..];
        (code.unwrap_or_else(|| panic!("{line}: {printed}")), told)
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
    // `echo KEY > key.txt` leaves a blank behind it.
    host.write("R&D/key.txt", &format!("{KEY} \r\n"));
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

    let logged = host.log().len();
    host.ends("startup.cmd", 0);
    assert_eq!(host.log().len(), logged, "a computer that has its mark was looked at again");
    // The mark of another site's policy tells nothing of this one's client.
    let done = host.read("ProgramData/jumpfleet/package.done");
    host.write("ProgramData/jumpfleet/package.done", &done.replace(SITE, "other.example.org"));
    assert!(host.ends("startup.cmd", 0).contains("a client is there already"));
    assert_eq!(host.read("ProgramData/jumpfleet/package.done"), done);
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
    // Nor are a folder, and variables that a tool may have of the same names.
    let left = host.drive.join("ProgramData/bomgar-pec-0x65e0");
    host.installers("lie=1\nsleep=3");
    let (code, told) = scope(|threads| {
        threads.spawn(|| {
            let (before, begun) = (host.starts().len(), Instant::now());
            while host.starts().len() == before && begun.elapsed() < Duration::from_secs(90) {
                sleep(Duration::from_millis(100));
            }
            fs::create_dir_all(&left).unwrap();
        });
        host.run("set service=agent\nset ours=yes\nset program=yes", "install.cmd")
    });
    assert!(code == 1603 && told.contains("but no client is there"), "{code}: {told}");
    fs::remove_dir(&left).unwrap();
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

/// What stands in backticks behind a text of the package's README.
fn told(readme: &str, before: &str) -> String {
    let (_, rest) = readme.split_once(before).unwrap_or_else(|| panic!("{before} is not in the README"));
    rest.split('`').nth(1).unwrap().to_owned()
}

/// The literal that a variable of a script for PowerShell is given.
fn literal(script: &str, variable: &str) -> String {
    let line = script.lines().find_map(|line| line.strip_prefix(&format!("${variable} = "))).unwrap();
    line.trim_start_matches("[version] ").trim_matches('\'').to_owned()
}

/// Whether the package's `detect.ps1` finds the client: no PowerShell is here, so what it asks is asked with other words.
fn is_detected(host: &Host) -> bool {
    let script = host.read("R&D/detect.ps1").replace('\r', "");
    let values = ["wanted", "product", "least", "folder"].map(|name| literal(&script, name));
    let [wanted, product, least, folder] = &values;
    // It is the script that this function knows, and nothing else.
    let mut known = include_str!("../templates/package/windows/detect.ps1").replace("{{ site }}", SITE);
    for (gap, value) in ["display_name", "product", "version", "install_dir"].iter().zip(&values) {
        known = known.replace(&format!("{{{{ {gap} }}}}"), &format!("'{value}'"));
    }
    assert_eq!((script, least.as_str()), (known, "0.0"));
    let is_registered = ["/reg:64", "/reg:32"].iter().any(|view| {
        let words = ["exec", host.name, "reg", "query", UNINSTALL, "/s", "/v", "DisplayName", view];
        let listed = String::from_utf8(host.stage.fleet.lab(&words).stdout).unwrap();
        listed.lines().any(|line| line.trim_end().ends_with(&format!("REG_SZ    {wanted}")))
    });
    let family = format!("{}-", product.split('-').next().unwrap());
    let named = |path: &Path| path.file_name().unwrap().to_string_lossy().to_lowercase().starts_with(&family);
    let inside = |folder: PathBuf| {
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let folders = match folder.strip_prefix("C:\\") {
        Some(folder) => vec![host.drive.join(folder.replace('\\', "/"))],
        None => inside(host.drive.join("ProgramData")).into_iter().filter(|path| named(path)).collect(),
    };
    let is_program = |path: &PathBuf| named(path) && path.extension().is_some_and(|end| end == "exe");
    is_registered && folders.into_iter().flat_map(inside).any(|path| is_program(&path))
}

fn sccm_and_altiris(stage: &Stage) {
    let host = Host::with(stage, "sccm", "windows_msi", "", &[]);
    host.bring("msi");
    // `echo KEY > key.txt` leaves a blank behind it.
    host.write("R&D/key.txt", &format!("{KEY} \r\n"));
    let readme = fs::read_to_string(stage.path().join("package/README.md")).unwrap();
    let (program, removal) =
        (told(&readme, "| Installation program |"), told(&readme, "| Uninstall program |"));
    let altiris = readme.split_once("## In Altiris").unwrap().1;
    let (line, second) = (told(altiris, "command line"), told(altiris, "a second command line"));
    let successes = told(altiris, "success codes");
    let successes: Vec<i32> = successes.split(", ").map(|code| code.parse().unwrap()).collect();
    let condition = host.read("R&D/condition.ps1");
    assert_eq!(literal(&condition, "wanted"), literal(&host.read("R&D/detect.ps1"), "wanted"));

    // Another site's client is none of this package.
    let other = literal(&condition, "wanted").replace(SITE, "other.example.org");
    let entry = format!(r"{UNINSTALL}\other");
    let add = ["exec", host.name, "reg", "add", &entry, "/v", "DisplayName", "/d", &other, "/f"];
    assert!(stage.fleet.lab(&add).status.success());
    assert!(!is_detected(&host));
    for (round, (install, uninstall, wish)) in
        [(&program, &removal, ""), (&line, &second, "after=3010")].into_iter().enumerate()
    {
        host.installers(wish);
        // Both tools start their lines in the folder.
        let ends = |line: &str| host.line("cd /d \"C:\\R&D\"", line);
        let (code, said) = ends(install);
        assert!(successes.contains(&code) && said.contains("installed"), "{install}: {code}: {said}");
        assert_eq!(code == 3010, wish == "after=3010");
        assert!(is_detected(&host), "{said}");
        let (code, said) = ends(install);
        assert!(code == 0 && said.contains("a client is there already: "), "{code}: {said}");
        assert_eq!(host.starts().len(), round + 1, "a second client was installed");
        let (code, said) = ends(uninstall);
        assert_eq!(code, 0, "{said}");
        assert!(!is_detected(&host), "{said}");
    }
    let query = ["exec", host.name, "reg", "query", &entry];
    assert!(stage.fleet.lab(&query).status.success(), "the other site's client was removed");
    assert!(!host.log().contains(KEY));
}

/// Puts on the host what a client of another site has: its uninstall entry, its service and its folder.
fn another_site(host: &Host) {
    const UNINSTALL: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\other";
    const SERVICE: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\bomgar-ps-0";
    let product = "BeyondTrust Privileged Remote Access Jump Client [other.example.org]";
    for (key, name, value) in [(UNINSTALL, "DisplayName", product), (SERVICE, "ImagePath", r"C:\other.exe")] {
        let add = ["exec", host.name, "reg", "add", key, "/v", name, "/d", value, "/f"];
        assert!(host.stage.fleet.lab(&add).status.success(), "{key}");
    }
    fs::create_dir_all(host.drive.join("ProgramData/bomgar-pec-0x07e4")).unwrap();
}

fn beside_another_site(stage: &Stage) {
    let host = Host::with(stage, "pdq", "windows_exe", "", &[]);
    host.bring("exe");
    another_site(&host);
    let script = host.read("R&D/install.cmd");
    // One look again is as good as twelve.
    host.write("R&D/install.cmd", &script.replace("geq 12", "geq 1"));
    host.installers("lie=1");
    let told = host.ends("install.cmd", 1603);
    assert!(told.contains("a client of another site is here"), "{told}");
    assert!(told.contains("but no client is there"), "the other site's client was taken for ours: {told}");
    host.installers("");
    host.write("R&D/install.cmd", &script);
    assert!(host.ends("install.cmd", 0).contains("installed"));
    assert_eq!(host.starts().len(), 2);
    let told = host.ends("install.cmd", 0);
    assert!(told.contains("a client is there already") && !told.contains("marker file"), "{told}");
    assert_eq!(host.starts().len(), 2, "a second client was installed");
    let marker = "ProgramData/jumpfleet/PRAJumpClient.txt";
    host.write(marker, &host.read(marker).replace(SITE, "other.example.org"));
    let told = host.ends("install.cmd", 0);
    assert!(told.contains("the marker file names another site"), "{}{told}", host.read(marker));
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
