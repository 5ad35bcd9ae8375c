//! Does a keyring keep what files would, and is it read by everything that refers to it? With a real Secret Service.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::scene::{ID, OWN, SECRET, Site, ended};

/// A session of its own, whose keyring is unlocked, with `$JUMPFLEET` for the program.
const SESSION: &str =
    "printf word | gnome-keyring-daemon --unlock --components=secrets >unlocked 2>&1; . ./script";

/// Runs lines of a shell in such a session; the keyring outlives it.
fn session(site: &Site, script: &str) -> Output {
    fs::write(site.path().join("script"), format!("set -e\n{script}\n")).unwrap();
    let runtime = site.path().join("run");
    if !runtime.exists() {
        fs::DirBuilder::new().mode(0o700).create(&runtime).unwrap();
    }
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", SESSION]).current_dir(site.path()).stdin(Stdio::null());
    command
        .env("HOME", site.path())
        .env("XDG_RUNTIME_DIR", runtime)
        .env("JUMPFLEET", env!("CARGO_BIN_EXE_jumpfleet"));
    for variable in
        ["XDG_DATA_HOME", "DISPLAY", "WAYLAND_DISPLAY", "JUMPFLEET_CONFIG", "BT_API_HOST", "BT_CLIENT_SECRET"]
    {
        command.env_remove(variable);
    }
    command
        .env("BT_CLIENT_ID", ID)
        .output()
        .expect("dbus-run-session (packages dbus-daemon, gnome-keyring, libsecret-tools)")
}

fn prepared() -> Site {
    let site = Site::start("1.9");
    site.order(json!({"do": "add", "kind": "group", "name": "Servers", "code_name": "servers"}));
    site
}

/// Every file below a folder that holds one of these texts.
fn holds(folder: &Path, secrets: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holds(&path, secrets));
        } else {
            let bytes = fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            // The vendor's file is what it is.
            let is_installer = path.extension().is_some_and(|end| end == "msi");
            if !is_installer && secrets.iter().any(|secret| text.contains(secret)) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn the_keyring_keeps_what_files_would_and_everything_finds_it_there() {
    let site = prepared();
    site.settings("  client_secret: {keyring: api secret}\n");
    let script = format!(
        "printf '%s' '{SECRET}' | secret-tool store --label='jumpfleet' service jumpfleet username 'api secret'\n\
         \"$JUMPFLEET\" installer create msi --group servers --platform windows_msi --keep-key keyring"
    );
    let (code, out, err) = ended(&session(&site, &script));
    assert_eq!((code, out.trim()), (0, "releases/msi/release.yaml"), "{err}");
    let installer = site.order(json!({"do": "show", "kind": "installers"}))[0].clone();
    let (key, download) = (installer["key"].as_str().unwrap(), installer["installer_id"].as_str().unwrap());
    assert_eq!(holds(&site.path().join("releases"), &[key, download]), Vec::<String>::new());
    let text = fs::read_to_string(site.path().join("releases/msi/release.yaml")).unwrap();
    assert!(text.contains("key: {keyring: localhost/msi/1/key}\n"), "{text}");
    // Another session, after a restart, say: what is missing is downloaded with what the keyring has.
    fs::remove_dir_all(site.path().join("releases/msi/windows-64-msi")).unwrap();
    let script = "\"$JUMPFLEET\" installer download msi --platform windows_msi >/dev/null\n\
                  secret-tool lookup service jumpfleet username localhost/msi/1/key";
    let (code, out, err) = ended(&session(&site, script));
    assert_eq!((code, out.trim()), (0, key), "{err}");
    // A plan refers to it, and holds nothing of it; a list needs no keyring.
    let hosts = "w: {hosts: {win1: }, vars: {jc_platform: windows_msi, ansible_user: Administrator, ansible_password: {keyring: win}}}\n";
    fs::write(site.path().join("fleet.yaml"), hosts).unwrap();
    let plan = "\"$JUMPFLEET\" plan -i fleet.yaml --release msi --format json || true";
    let (_, out, err) = ended(&session(&site, plan));
    let plan: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    assert_eq!(plan["releases"]["msi"]["key"], json!({"keyring": "localhost/msi/1/key"}), "{plan}");
    assert!(plan["accesses"].to_string().contains("{\"keyring\":\"win\"}"), "{}", plan["accesses"]);
    assert!(!out.contains(key));
    // What is not there is told by its name.
    let script = "\"$JUMPFLEET\" appliance check";
    site.settings("  client_secret: {keyring: nobody}\n");
    let (code, _, err) = ended(&session(&site, script));
    assert!(code == 2 && err.contains("the keyring has no entry of `jumpfleet` called `nobody`"), "{err}");
}

#[test]
fn releases_of_one_name_in_two_folders_have_their_own_entries() {
    let site = prepared();
    site.settings("  client_secret: {keyring: api secret}\n");
    let other = site.path().join("other");
    fs::create_dir(&other).unwrap();
    let settings = fs::read_to_string(site.path().join("jumpfleet.yaml")).unwrap();
    fs::write(other.join("jumpfleet.yaml"), settings.replace("site/ca.pem", "../site/ca.pem")).unwrap();
    let script = format!(
        "printf '%s' '{SECRET}' | secret-tool store --label='jumpfleet' service jumpfleet username 'api secret'\n         create() {{ \"$JUMPFLEET\" installer create msi --group servers --platform windows_msi --keep-key keyring; }}\n         create\n(cd other && create)"
    );
    let (code, _, err) = ended(&session(&site, &script));
    assert_eq!(code, 0, "{err}");
    let installers = site.order(json!({"do": "show", "kind": "installers"}));
    let both = [&installers[0], &installers[1]];
    let keys = both.map(|installer| installer["key"].as_str().unwrap());
    let ids = both.map(|installer| installer["installer_id"].as_str().unwrap());
    // Each is downloaded anew by its own code, and its reference leads to its own key.
    for (folder, key, id) in [(site.path(), keys[0], ids[0]), (&*other, keys[1], ids[1])] {
        fs::remove_dir_all(folder.join("releases/msi/windows-64-msi")).unwrap();
        let text = fs::read_to_string(folder.join("releases/msi/release.yaml")).unwrap();
        let name = text.split("{keyring: ").nth(1).unwrap().split('}').next().unwrap().to_owned();
        let script = format!(
            "cd {}\n\"$JUMPFLEET\" installer download msi --platform windows_msi >/dev/null\n\
             secret-tool lookup service jumpfleet username {name}",
            folder.display()
        );
        let (code, out, err) = ended(&session(&site, &script));
        assert_eq!((code, out.trim()), (0, key), "{err}");
        let file = fs::read(folder.join("releases/msi/windows-64-msi/bomgar-pec-win64.msi")).unwrap();
        let own = fs::read(site.path().join(format!("site/installers/{id}-windows-64-msi"))).unwrap();
        assert!(file == own, "the file of another installer");
    }
    // A release of an older version, whose entry has no number in its name.
    let script = "secret-tool lookup service jumpfleet username localhost/msi/1 | \\\n\
                  secret-tool store --label=jumpfleet service jumpfleet username localhost/msi\n\
                  printf '{\"id\": 1, \"keyring\": \"localhost/msi\"}' >releases/msi/secrets.json\n\
                  \"$JUMPFLEET\" installer download msi --platform windows_msi >/dev/null\n\
                  secret-tool lookup service jumpfleet username localhost/msi/key\n\
                  ! secret-tool lookup service jumpfleet username localhost/msi/trial";
    let (code, out, err) = ended(&session(&site, script));
    assert_eq!((code, out.trim()), (0, keys[0]), "{err}");
}

#[test]
fn a_keyring_that_goes_before_the_key_comes_leaves_it_to_a_file() {
    let site = prepared();
    site.settings("  client_secret: {file: secret}\n");
    fs::write(site.path().join("secret"), SECRET).unwrap();
    let path = "/api/config/v1/jump-client/installer";
    site.order(json!({"do": "fault", "path": path, "slow": 3}));
    // The keyring's own program is ended while the site answers.
    let script = "asked() { grep -q '\"method\": \"POST\", \"path\": \"/api/config' site/requests.jsonl; }\n\
         keyring() {\n\
           dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \\\n\
             org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | awk '{print $2}'\n\
         }\n\
         (until asked; do sleep 0.05; done; kill -9 $(keyring)) &\n\
         \"$JUMPFLEET\" installer create msi --group servers --platform windows_msi --keep-key keyring";
    let (code, _, err) = ended(&session(&site, script));
    assert!(code == 0 && err.contains("a file keeps the key instead"), "{code} {err}");
    let key = fs::read_to_string(site.path().join("releases/msi/key")).unwrap();
    let installers = site.order(json!({"do": "show", "kind": "installers"}));
    assert_eq!(key.trim(), installers[0]["key"].as_str().unwrap());
}

#[test]
fn without_a_keyring_nothing_is_made_that_nobody_could_keep() {
    let site = prepared();
    site.settings("");
    let create = ["installer", "create", "msi", "--group", "servers", "--platform", "windows_msi"];
    let none = [
        OWN[0],
        OWN[1],
        ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"),
        ("XDG_RUNTIME_DIR", "/nonexistent"),
    ];
    let done = site.jumpfleet(&[&create[..], &["--keep-key", "keyring"]].concat(), &none);
    let (code, _, err) = ended(&done);
    assert!(
        code == 2 && err.contains("there is no keyring here") && err.contains("nothing was made"),
        "{err}"
    );
    assert_eq!(site.order(json!({"do": "show", "kind": "installers"})), json!([]));
    // A file needs none.
    assert_eq!(ended(&site.jumpfleet(&create, &none)).0, 0);
}
