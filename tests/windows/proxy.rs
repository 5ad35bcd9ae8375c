//! Do clients on Windows get the proxy that is wanted, or keep the one they had?

use std::fs;
use std::path::{Path, PathBuf};

use crate::fleet::{Done, KEY, SITE, Stage, Test};
use crate::scene::{self, PRODUCT, UNINSTALL, behave, drive, one};

pub const TESTS: &[Test] = &[
    ("a_client_that_is_not_connected_gets_its_settings_back", 2, taken_back),
    ("a_service_that_does_not_stop_is_waited_for_a_minute", 1, clings),
    ("a_lost_connection_leaves_no_settings_half_made", 1, lost),
    ("every_client_of_the_site_gets_its_proxy_settings", 2, every_client),
    ("a_password_in_settings_is_left_nowhere", 1, password),
    ("settings_that_are_not_certain_are_left_alone", 1, refused),
];

const PASSWORD: &str = "geheim;#=[x]%d'\"";

/// What the vendor's guide wants to stand there.
const CONNECT: &str = "[Proxy]\r\nversion=1\r\n[Proxy\\Manual]\r\nProxyMethod=100\r\nProxyHost=";

/// Starts a proxy beside the hosts, one for each port; its address.
fn proxy(stage: &Stage, port: u16, login: &str) -> String {
    let program = include_str!("../stand_in/proxy.pl");
    let login = login.replace('\'', r"'\''");
    stage.on("h001", &format!("cat >/root/proxy-{port}.pl <<'END'\n{program}END")).expect(0);
    let line =
        format!("setsid perl /root/proxy-{port}.pl {port} '{login}' </dev/null >/root/proxy.log 2>&1 &");
    stage.on("h001", &line).expect(0);
    stage.address("h001")
}

fn set(stage: &Stage, words: &str) -> Done {
    let words: Vec<&str> =
        ["proxy", "set", "-i", "inventory.yaml"].into_iter().chain(words.split(' ')).collect();
    let done: Done =
        stage.command(&words).env("PROXY_PASSWORD", PASSWORD).output().expect("the program").into();
    assert!(!done.stdout.contains(PASSWORD) && !done.stderr.contains(PASSWORD), "{done:?}");
    done
}

/// The `settings.ini` of the vendor's folder on a host.
fn settings(stage: &Stage, host: &str) -> PathBuf {
    let folders = fs::read_dir(drive(stage, host).join("ProgramData")).unwrap().flatten();
    let vendors = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("bomgar-pec-"))
    };
    let folder = folders.map(|entry| entry.path()).find(vendors).expect("the client's folder");
    folder.join("settings.ini")
}

fn copy_of(settings: &Path) -> PathBuf {
    settings.with_file_name("settings.ini.jumpfleet-backup")
}

/// What tells whether clients were restarted.
fn processes(stage: &Stage, host: &str) -> String {
    scene::run(stage, host, &["tasklist", "/nh", "/fo", "csv", "/fi", "imagename eq bomgar-pec.exe"])
}

/// A file as it is to be once the proxy of the guide stands in it, where only the last section follows it.
fn changed(before: &[u8], server: &str, port: u16) -> Vec<u8> {
    let find = |what: &[u8]| before.windows(what.len()).position(|part| part == what).unwrap();
    let (start, end) = (find(b"[Proxy]"), find(b"[Updates]"));
    let block = format!("{CONNECT}{server}\r\nProxyPort={port}\r\n");
    [&before[..start], block.as_bytes(), &before[end..]].concat()
}

fn wide(text: &[u8]) -> Vec<u8> {
    let units = text.iter().flat_map(|byte| [*byte, 0]);
    [0xff, 0xfe].into_iter().chain(units).collect()
}

/// Installs one more client beside jumpfleet's.
fn beside(stage: &Stage, host: &str, site: &str, folder: &str) -> PathBuf {
    let builder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand_in/build_windows");
    let out = stage.path().join(site);
    let built = std::process::Command::new(builder)
        .args(["--kind", "exe", "--product", "bomgar-pec", "--uid", KEY, "--site", site])
        .args(["--expires", "2035-01-01T00:00:00Z", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let name = format!("bomgar-pec-{KEY}.exe");
    fs::copy(out.join(&name), drive(stage, host).join(&name)).unwrap();
    scene::run(stage, host, &[&format!(r"C:\{name}"), "--silent", "--install-dir", &format!(r"C:\{folder}")]);
    fs::remove_file(drive(stage, host).join(&name)).unwrap();
    drive(stage, host).join(folder).join("settings.ini")
}

fn every_client(stage: &Stage) {
    scene::standard(stage);
    scene::inventory(stage, |_, _| String::new());
    stage.rollout(&[]).expect(0);
    let server = proxy(stage, 3128, "");
    let server = server.as_str();
    let [first, second] = [0, 1].map(|index| stage.hosts[index].as_str());
    let ansi = settings(stage, first);
    // A letter of a code page, a comment, another setting of the same name, and no end.
    let before = [&fs::read(&ansi).unwrap()[..], b"; kept\n[Other]\r\nname=\xe4\r\nname=2"].concat();
    fs::write(&ansi, &before).unwrap();
    let more = beside(stage, first, SITE, "Jump & Client");
    let more_before = fs::read(&more).unwrap();
    let others = beside(stage, first, "other.example.org", "Other");
    let others_before = fs::read(&others).unwrap();
    let utf16 = settings(stage, second);
    let utf16_before = fs::read(&utf16).unwrap();
    fs::write(&utf16, wide(&utf16_before)).unwrap();
    behave(stage, second, "drone=1");

    let shown = stage.jumpfleet(&["proxy", "show", "-i", "inventory.yaml"]).expect(0).stdout;
    assert!(shown.starts_with("looks for a proxy itself: ") && shown.contains("(3 clients)"), "{shown}");
    let words = format!("--method connect --server {server}:3128 --yes");
    let checked = set(stage, &words.replace("--yes", "--check")).expect(10);
    assert!(checked.stdout.contains("would change"), "{checked:?}");
    assert_eq!(fs::read(&ansi).unwrap(), before);
    let done = set(stage, &words).expect(0);
    assert!(done.stdout.starts_with("changed: ") && done.stdout.contains("(3 clients)"), "{done:?}");
    assert_eq!(fs::read(&ansi).unwrap(), changed(&before, server, 3128));
    assert_eq!(fs::read(&more).unwrap(), changed(&more_before, server, 3128));
    assert_eq!(fs::read(&utf16).unwrap(), wide(&changed(&utf16_before, server, 3128)));
    assert_eq!(fs::read(&others).unwrap(), others_before);
    for (file, before) in [(&ansi, before), (&more, more_before), (&utf16, wide(&utf16_before))] {
        assert_eq!(fs::read(copy_of(file)).unwrap(), before, "{}", file.display());
    }
    assert!(!copy_of(&others).exists());
    for host in &stage.hosts {
        assert_eq!(scene::left(stage, host), Vec::<String>::new());
    }
    let before = processes(stage, first);
    let again = set(stage, &words).expect(0);
    assert!(again.stdout.starts_with("as wanted: "), "{again:?}");
    assert_eq!(processes(stage, first), before);
    let shown = stage.jumpfleet(&["proxy", "show", "-i", "inventory.yaml"]).expect(0).stdout;
    assert!(shown.starts_with(&format!("HTTP CONNECT {server}:3128: ")), "{shown}");
}

fn password(stage: &Stage) {
    let host = one(stage);
    stage.rollout(&[]).expect(0);
    let server = proxy(stage, 3129, &format!("D\\u:{PASSWORD}"));
    let first = fs::read(settings(stage, &host)).unwrap();
    let words =
        format!("--method connect --server {server}:3129 --user D\\u --password env:PROXY_PASSWORD --yes");
    set(stage, &words).expect(0);
    let written = fs::read_to_string(settings(stage, &host)).unwrap();
    assert!(written.contains("ProxyUser=hashed:") && written.contains("ProxyPass=hashed:"), "{written}");
    for root in [drive(stage, &host).join("ProgramData"), drive(stage, &host).join("windows/temp")] {
        let found = std::process::Command::new("grep").args(["-rlF", PASSWORD]).arg(root).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    }
    let before = processes(stage, &host);
    let again = set(stage, &words).expect(0);
    assert!(again.stdout.contains("as wanted (user and password could not be compared"), "{again:?}");
    assert_eq!(processes(stage, &host), before);
    assert_eq!(fs::read(copy_of(&settings(stage, &host))).unwrap(), first);
    set(stage, &format!("{words} --anew")).expect(0);
    assert_ne!(processes(stage, &host), before);
    // The copy of the earlier change stays.
    let earlier = copy_of(&settings(stage, &host)).with_extension("jumpfleet-backup.1");
    assert_eq!(fs::read(earlier).unwrap(), first);
    let shown = stage.jumpfleet(&["proxy", "show", "-i", "inventory.yaml"]).expect(0).stdout;
    assert!(shown.contains(", with a user and a password") && !shown.contains("hashed"), "{shown}");
    // Without a proxy, to the site's own port.
    let [name, port] = ["pra.example.org", "443"];
    fs::write(drive(stage, &host).join("../../etc/hosts"), format!("{server} {name}\n")).unwrap();
    proxy(stage, port.parse().unwrap(), "x:y");
    set(stage, "--method direct --yes").expect(0);
}

fn taken_back(stage: &Stage) {
    scene::standard(stage);
    scene::inventory(stage, |_, _| String::new());
    stage.rollout(&[]).expect(0);
    let [absent, dies] = [0, 1].map(|index| stage.hosts[index].as_str());
    let server = proxy(stage, 3130, "");
    let before = [absent, dies].map(|host| fs::read(settings(stage, host)).unwrap());
    let words = "--method connect --server 127.0.0.1:1 --wait 5 --yes";
    let done = set(stage, &format!("--limit {absent} {words}")).expect(3);
    let wanted = "taken back (the client runs, but had no connection as it is set to 5 s after its restart)";
    assert!(done.stdout.contains(wanted), "{done:?}");
    assert!(processes(stage, absent).contains("bomgar-pec.exe"));

    behave(stage, dies, "dies=1");
    let words = format!("--method socks4 --server {server}:3130 --wait 5 --yes");
    let done = set(stage, &format!("--limit {dies} {words}")).expect(3);
    assert!(
        done.stdout.contains("failed (") && done.stdout.contains("its old settings are back"),
        "{done:?}"
    );
    for (host, before) in [absent, dies].into_iter().zip(before) {
        assert_eq!(fs::read(settings(stage, host)).unwrap(), before);
        assert!(!copy_of(&settings(stage, host)).exists());
        assert_eq!(scene::left(stage, host), Vec::<String>::new());
    }
    behave(stage, dies, "");
    set(stage, &format!("--limit {dies} {words}")).expect(0);
}

/// Its old settings come back.
fn clings(stage: &Stage) {
    let host = one(stage);
    stage.rollout(&[]).expect(0);
    let server = proxy(stage, 3132, "");
    let file = settings(stage, &host);
    let before = fs::read(&file).unwrap();
    behave(stage, &host, "clings=1");
    let words = format!("proxy set -i inventory.yaml --method connect --server {server}:3132 --yes");
    let mut setting = stage.start(&words.split(' ').collect::<Vec<_>>());
    scene::until(60, "the settings are written", || fs::read(&file).unwrap() != before);
    let written = std::time::Instant::now();
    scene::until(240, "the old settings are back", || fs::read(&file).unwrap() == before);
    let waited = written.elapsed().as_secs();
    assert!((59..240).contains(&waited), "given up after {waited} s");
    behave(stage, &host, "");
    let ended = setting.wait().unwrap();
    let said = fs::read_to_string(stage.path().join("stdout")).unwrap();
    assert_eq!(ended.code(), Some(3), "{said}");
    let why = format!("the service {} does not stop", service(stage, &host));
    assert!(said.contains("taken back (") && said.contains(&why), "{said}");
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(scene::left(stage, &host), Vec::<String>::new());
}

/// The cable is pulled and the session ended while the client is stopped; both are seen to by then.
fn lost(stage: &Stage) {
    let host = one(stage);
    stage.rollout(&[]).expect(0);
    let server = proxy(stage, 3131, "");
    let file = settings(stage, &host);
    let before = fs::read(&file).unwrap();
    behave(stage, &host, "slow=5");
    let server = format!("{server}:3131");
    let mut setting = stage.start(&[
        "proxy",
        "set",
        "-i",
        "inventory.yaml",
        "--method",
        "connect",
        "--server",
        &server,
        "--yes",
    ]);
    scene::until(60, "the settings are written", || fs::read(&file).unwrap() != before);
    let is_stopped =
        || !scene::run(stage, &host, &["sc", "query", &service(stage, &host)]).contains(": 4  RUNNING");
    scene::until(60, "the client is stopped", is_stopped);
    stage.lab("cut", &host);
    std::thread::sleep(std::time::Duration::from_secs(1));
    stage.fleet.lab(&["exec", &host, "taskkill", "/f", "/im", "session.exe"]);
    stage.lab("mend", &host);
    let ended = setting.wait().unwrap();
    let said = fs::read_to_string(stage.path().join("stderr")).unwrap();
    assert_eq!(ended.code(), Some(0), "{said}");
    assert_eq!(fs::read(&file).unwrap(), changed(&before, server.split(':').next().unwrap(), 3131));
    assert_eq!(scene::left(stage, &host), Vec::<String>::new());
}

fn service(stage: &Stage, host: &str) -> String {
    let text = fs::read_to_string(settings(stage, host)).unwrap();
    let id = text.lines().find_map(|line| line.strip_prefix("id=")).expect("an id").trim();
    format!("bomgar-ps-{id}")
}

fn refused(stage: &Stage) {
    let host = one(stage);
    stage.rollout(&[]).expect(0);
    let words = "--method connect --server 127.0.0.1:1 --yes";
    let before = processes(stage, &host);
    let is_left_alone = |why: &str| {
        let done = set(stage, words).expect(3);
        assert!(done.stdout.contains(why), "{why}: {done:?}");
        assert_eq!(processes(stage, &host), before);
    };
    // A folder of anybody's.
    let folder = drive(stage, &host).join("ProgramData/sra-pin-1");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("settings.ini"), "[Proxy]\r\n").unwrap();
    let shown = stage.jumpfleet(&["proxy", "show", "-i", "inventory.yaml"]).expect(3).stdout;
    assert!(shown.contains("no service starts a program of its folder"), "{shown}");
    fs::remove_dir_all(&folder).unwrap();
    // Of a package's entry nobody can tell which folder is its.
    let name = format!("{PRODUCT} [other.example.org]");
    let entry = format!(r"{UNINSTALL}\{{0}}");
    scene::run(stage, &host, &["reg", "add", &entry, "/v", "DisplayName", "/d", &name, "/f"]);
    is_left_alone("a client of another site is registered on the host, and nothing tells whose this one is");
    scene::run(stage, &host, &["reg", "delete", &entry, "/f"]);
    let file = settings(stage, &host);
    let old = fs::read(&file).unwrap();
    for (odd, why) in [
        (b"\xfe\xff\0[".to_vec(), "is no text in ANSI, UTF-8 or UTF-16LE"),
        (vec![b'x'; 300 * 1024], "its settings.ini is larger than 256 KiB"),
    ] {
        fs::write(&file, odd).unwrap();
        is_left_alone(why);
    }
    fs::remove_file(&file).unwrap();
    is_left_alone("it has no settings.ini");
    fs::write(&file, old).unwrap();
    let typed = set(stage, "--method connect --server nowhere --yes").expect(2);
    assert!(typed.stderr.contains("is not a proxy server"), "{typed:?}");
    let inventory = fs::read_to_string(stage.path().join("inventory.yaml")).unwrap();
    let macs = inventory.replace("ansible_become: false", "ansible_become: true");
    stage.write("inventory.yaml", &macs.replace("windows_msi", "macos_dmg"));
    let settings = fs::read_to_string(stage.path().join("jumpfleet.yaml")).unwrap();
    let image = "    files:\n      macos_dmg: installers/bomgar-pec-*.dmg\n";
    stage.write("jumpfleet.yaml", &settings.replacen("    files:\n", image, 1));
    let mac = set(stage, words).expect(2);
    assert!(mac.stderr.contains("there are `macos_dmg` hosts"), "{mac:?}");
}
