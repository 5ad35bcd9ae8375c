//! Plans to make packages of, with installers that nobody reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jumpfleet::inventory::{self, Role, Source};
use jumpfleet::model::{
    Appliance, Generation, InstallerFile, KeySource, Plan, Platform, Product, Rate, Release, Task,
};
use jumpfleet::package::{self, Made, Templates};
use jumpfleet::planner::{self, Request, Wanted};

pub const SITE: &str = "pra.example.org";
pub const KEY: &str = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";

/// The kinds of packages that are held here.
pub const KINDS: &[&str] = &["jamf", "pppc", "login-items", "golden-image", "systemd", "ansible"];

/// The kinds for Windows, which have a fleet of their own.
pub const WINDOWS_KINDS: &[&str] = &["intune", "sccm", "gpo", "pdq"];

/// The Windows hosts.
pub const WINDOWS_FLEET: &str = include_str!("windows.yaml");

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of an inventory as a plan, with every override permitted.
pub fn plan(inventory: &str, product: Product, sha256: &str) -> Plan {
    let source = Source { path: "fleet.yaml".into(), role: Role::Inventory, text: inventory.to_owned() };
    let inventory = inventory::read(vec![source]).expect("an inventory");
    let ids: Vec<_> = inventory.ids().collect();
    let hosts = inventory.resolve(&ids, None).expect("hosts");
    let files: BTreeMap<_, _> =
        Platform::ALL.iter().map(|platform| (*platform, file(product, *platform))).collect();
    let overrides =
        ["name", "jump_group", "jump_policy", "session_policy", "tag", "comments", "max_offline_minutes"];
    let release = Release {
        name: "spring".to_owned(),
        product,
        version: None,
        expires: Some("2035-01-01T00:00:00Z".parse().expect("a moment")),
        key: None,
        overrides: overrides.map(str::to_owned).into(),
        files: files.clone(),
    };
    let installers = files.iter().map(|(platform, pattern)| InstallerFile {
        release: release.name.clone(),
        platform: *platform,
        pattern: pattern.clone(),
        shown: pattern.replace('*', "‹key 1a2b3c4d›"),
        key_fingerprint: Some("1a2b3c4d".to_owned()),
        key: KeySource::FileName,
        architecture: None,
        sha256: sha256.to_owned(),
        bytes: 1,
    });
    let installers = installers.collect();
    let releases = BTreeMap::from([(release.name.clone(), release)]);
    let appliance = Appliance { site: SITE.to_owned(), ceiling: None, clients: 0, told: None };
    planner::plan(Request {
        now: "2026-03-01T20:00:00Z".parse().expect("a moment"),
        tool_version: "0",
        settings: "/jumpfleet.yaml".to_owned(),
        inventory: vec!["/fleet.yaml".to_owned()],
        inputs: Vec::new(),
        limit: None,
        task: Task::Install,
        appliance: &appliance,
        releases: &releases,
        default_release: Some("spring"),
        rate: Rate::VENDOR_LIMIT,
        at_once: 48,
        expected_install: Duration::from_secs(10),
        install_deadline: None,
        wanted: &Wanted::default(),
        hosts,
        left_out: &[],
        installers,
    })
    .unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

/// The installer file of a platform, with a star for its key.
fn file(product: Product, platform: Platform) -> String {
    let end = match platform {
        Platform::WindowsExe => "exe",
        Platform::WindowsMsi => "msi",
        Platform::MacosDmg => "dmg",
        _ => "bin",
    };
    match product.generation() {
        Generation::Bomgar => format!("{product}-*.{end}"),
        Generation::Sra => format!("{product}-x86_64-*.{end}"),
    }
}

/// A package of a plan.
pub fn made(kind: &str, plan: &Plan) -> Made {
    made_over(kind, plan, None)
}

/// The same with start slots over so many seconds.
pub fn made_over(kind: &str, plan: &Plan, over: Option<u32>) -> Made {
    let request = package::Request { plan, templates: &Templates::default(), over };
    let kind = package::kind(kind).expect("a kind");
    (kind.make)(&request).unwrap_or_else(|what| panic!("{}: {what}", kind.word))
}

/// A package on disk.
pub fn write(made: &Made, folder: &Path) {
    for file in &made.files {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, &file.text).expect("a file");
    }
}
