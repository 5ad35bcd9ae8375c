//! Does the house stand as it was drawn? Rooms use lower floors only, every outside crate has one door,
//! effects stay at the edge, and every file says what it is for.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up; a room may name rooms of lower floors only.
const FLOORS: &[&[&str]] = &[
    &["model"],
    &["shell", "template", "ci", "vault", "proxy", "matching"],
    &["inventory", "installer", "report"],
    &["planner", "package"],
    &["web"],
    &["transport", "store", "appliance"],
    &["rollout"],
    &["ui", "watch"],
    &["cli"],
];

/// Outside crates and the one file, or folder of one room, that may name each.
const DOORS: &[(&str, &str)] = &[
    ("ssh2", "transport/ssh/"),
    ("governor", "store/permits.rs"),
    ("governor", "appliance/quota.rs"),
    ("indicatif", "ui/bar.rs"),
    ("unicode_width", "ui/width.rs"),
    ("clap", "cli/"),
    ("clap_complete", "cli/"),
    ("clap_mangen", "cli/generate.rs"),
    ("serde_yaml", "cli/settings/mod.rs"),
    ("granit_parser", "inventory/yaml.rs"),
    ("minijinja", "template"),
    ("quick_xml", "report/junit.rs"),
    ("quick_xml", "appliance/xml.rs"),
    ("csv", "report/table.rs"),
    ("regex", "inventory/pattern.rs"),
    ("ureq", "web.rs"),
    ("prometheus", "watch/metrics.rs"),
    ("opentelemetry", "watch/traces.rs"),
    ("opentelemetry_http", "watch/traces.rs"),
    ("opentelemetry_otlp", "watch/traces.rs"),
    ("opentelemetry_sdk", "watch/traces.rs"),
    ("async_trait", "watch/traces.rs"),
    ("hmac", "transport/known_hosts.rs"),
    ("sha1", "transport/known_hosts.rs"),
    ("aes", "vault.rs"),
    ("ctr", "vault.rs"),
    ("pbkdf2", "vault.rs"),
    ("csv_core", "inventory/table/"),
    ("plist", "package/profile.rs"),
    ("uuid", "package/profile.rs"),
    ("encoding_rs", "store/decode.rs"),
    ("keyring", "store/keyrings.rs"),
];

/// What the pure floors must not touch.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net::Tcp",
    "std::net::Udp",
    "ToSocketAddrs",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "tokio",
    "println!",
    "eprintln!",
];

/// Floors 0 to 3 are pure.
const PURE: usize = 4;

struct File {
    path: String,
    /// The text without tests, comments and strings' tests.
    code: String,
    text: String,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let path = path.strip_prefix(&root).expect("a path below src").display().to_string();
        File { path, code, text }
    };
    files(&root).into_iter().map(read).collect()
}

fn room(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or_default()
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn rooms_use_lower_floors_only() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(own) = floor(room(&file.path)) else { continue };
        for mention in file.code.split("crate::").skip(1) {
            let other =
                mention.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            match floor(other) {
                Some(_) if other == room(&file.path) => {}
                Some(other_floor) if other_floor < own => {}
                Some(_) => wrong.push(format!("{} names `{other}`, which is not below it", file.path)),
                None => wrong.push(format!("{} names `{other}`, which is on no floor", file.path)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_a_floor() {
    for file in sources() {
        let room = room(&file.path);
        assert!(matches!(room, "lib" | "main") || floor(room).is_some(), "{} is on no floor", file.path);
    }
}

#[test]
fn each_outside_crate_has_one_door() {
    let mut wrong = Vec::new();
    for file in sources() {
        for (name, door) in DOORS {
            let named = [format!("{name}::"), format!("use {name};")];
            let inside = file.code.split_whitespace().any(|word| {
                named.iter().any(|named| {
                    word.find(named.as_str()).is_some_and(|at| {
                        !word[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':')
                    })
                })
            });
            let other = DOORS.iter().any(|(crate_, door)| crate_ == name && file.path.starts_with(door));
            if inside && !other {
                wrong.push(format!("{} names `{name}`, whose door is {door}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lower_floors_are_pure() {
    let mut wrong = Vec::new();
    for file in sources() {
        if floor(room(&file.path)).is_some_and(|floor| floor < PURE) {
            for effect in EFFECTS.iter().filter(|effect| file.code.contains(**effect)) {
                wrong.push(format!("{} touches `{effect}`", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_opens_with_its_question() {
    for file in sources() {
        assert!(file.text.starts_with("//! "), "{} does not say what it is for", file.path);
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for file in sources() {
        let lines = file.text.split("#[cfg(test)]").next().unwrap_or_default().lines().count();
        assert!(lines <= 400, "{} has {lines} lines without its tests", file.path);
    }
}

#[test]
fn every_platform_has_its_installer() {
    for platform in jumpfleet::model::Platform::ALL {
        assert_eq!(jumpfleet::installer::installer(*platform).platform(), *platform);
    }
    assert_eq!(jumpfleet::installer::INSTALLERS.len(), jumpfleet::model::Platform::ALL.len());
}
