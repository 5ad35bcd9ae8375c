//! What must be said to each platform? One file a platform, one registry.
//!
//! ```text
//!  Host ─┐
//!        ├─ shape ──▶ Shape ──▶ Installer::invocation ──▶ Invocation (scripts with gaps)
//!  Release ─ values ─▶ Slot → value, one set a host                    │
//!                                                                      ▼
//!  what a host printed ──▶ observe::read ──▶ Observation ──▶ unfit · duplicate · missing
//! ```

mod linux;
mod linux_headless;
mod linux_service;
mod macos_dmg;
pub mod observe;
mod platform;
mod posix;
mod processor;
mod raspberry_pi;
pub mod settings_file;
mod windows;
mod windows_exe;
mod windows_msi;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    Boot, Class, Generation, Host, InstallerFile, KeySource, Observation, Platform, Product, Quote, Release,
    Shape, Slot,
};

pub use platform::{End, Installer, Remarkable, VENDORS_REMOVAL};
use processor::cannot_start;
pub use processor::{architecture, other_processor};
pub use windows::{OWN as OWN_FOLDER, codes, log};

/// Every platform there is, in the order of [`Platform::ALL`].
pub static INSTALLERS: [&dyn Installer; Platform::ALL.len()] = [
    &windows_exe::WINDOWS_EXE,
    &windows_msi::WINDOWS_MSI,
    &linux_service::LinuxService,
    &linux_headless::LINUX_HEADLESS,
    &raspberry_pi::RASPBERRY_PI,
    &macos_dmg::MacosDmg,
];

/// The installer of a platform.
pub fn installer(platform: Platform) -> &'static dyn Installer {
    INSTALLERS[platform as usize]
}

/// The words in the text of the systemd unit that we write for such a host, and what they stand for; none where the
/// vendor's installer brings what starts the client.
pub fn unit_gaps(shape: &Shape) -> Option<&'static [(&'static str, Slot, Quote)]> {
    let is_ours = is_headless(shape.platform)
        && shape.boot == Boot::Systemd
        && shape.generation() == Generation::Bomgar;
    is_ours.then_some(linux::UNIT_GAPS)
}

/// Why a host that was looked at cannot take the client of this installer file.
pub fn unfit(shape: &Shape, file: Option<&InstallerFile>, seen: &Observation) -> Option<(Class, String)> {
    let rights = || installer(shape.platform).unfit(shape, seen);
    let processor = || cannot_start(file?.architecture, seen);
    let room = || if is_windows(shape.platform) { windows::lacks_room(file?.bytes, seen) } else { None };
    rights().or_else(processor).or_else(room)
}

/// The name of a client's uninstall entry on Windows.
pub fn uninstall_name(product: Product, site: &str) -> String {
    format!("{} [{site}]", windows::display_product(product))
}

/// What a host asks for, without its values.
pub fn shape(host: &Host, release: &Release, key: KeySource) -> Shape {
    let elevate = elevated(host);
    Shape {
        platform: host.platform,
        product: release.product,
        key,
        parameters: host.parameters.keys().copied().collect(),
        install_dir: install_dir(host, release).is_some(),
        user: host.user.is_some(),
        elevate,
        marker: marker_file(host).is_some(),
        boot: host.boot,
    }
}

/// What fills the gaps of a host's scripts, except what is known only at run time:
/// `Staging`, `FileName`, `FileDigest`, `Key`, `Site` and `Run`.
pub fn values(host: &Host, release: &Release) -> BTreeMap<Slot, Arc<str>> {
    let mut values: BTreeMap<Slot, Arc<str>> = host
        .parameters
        .iter()
        .map(|(parameter, value)| (Slot::Parameter(*parameter), value.clone()))
        .collect();
    let platform = host.platform;
    if let Some(directory) = install_dir(host, release) {
        let (parent, name) = split(platform, &directory);
        values.insert(Slot::InstallParent, parent.into());
        values.insert(Slot::InstallName, name.into());
        values.insert(Slot::InitScript, format!("{directory}/init-script").into());
        values.insert(Slot::InstallDir, directory);
    }
    if let Some(file) = marker_file(host) {
        values.insert(Slot::MarkerFolder, split(platform, &file).0.into());
        values.insert(Slot::MarkerFile, file);
    }
    if let Some(user) = &host.user {
        values.insert(Slot::User, user.clone());
    }
    values.insert(Slot::Release, release.name.as_str().into());
    values
}

/// Why values of this host cannot be said to it, each with what to write instead; empty means they can.
pub fn refused_values(host: &Host, release: &Release) -> Vec<String> {
    let mut refusals = Vec::new();
    if let Some(directory) = install_dir(host, release) {
        refusals.extend(refused_path("jc_install_dir", host.platform, &directory, false));
        if is_windows(host.platform) && windows::is_systems(&directory) {
            refusals.push(format!(
                "`jc_install_dir` is `{directory}`, a folder of Windows' own: write one that the client has for itself, as \
                 `C:\\Program Files\\Jump Client` is"
            ));
        }
        let starts_it = host.boot == Boot::Systemd && release.generation() == Generation::Bomgar;
        // systemd takes no quotes, backslashes or `$` in the path of a program (systemd.service(5)).
        if starts_it && is_headless(host.platform) && directory.contains(['$', '\'', '"', '\\']) {
            refusals.push(format!(
                "`jc_install_dir` is `{directory}`, and systemd starts nothing from a path with a quote, \
                 a backslash or `$`: write another folder"
            ));
        }
    }
    if let Some(file) = marker_file(host) {
        refusals.extend(refused_path("jc_marker_file", host.platform, &file, true));
    }
    if let Some(folder) = host.staging_dir.as_deref().filter(|_| is_windows(host.platform)) {
        // It stands on the one line that the account's own shell reads.
        let plain = |character: char| character.is_ascii_alphanumeric() || r"_-.:\".contains(character);
        if !folder.chars().all(plain) || refused_path("", host.platform, folder, false).is_some() {
            let shown = folder.escape_debug();
            refusals.push(format!(
                "`jc_staging_dir` is `{shown}`: on Windows write a whole path of letters, digits, `_`, `-` and `.`, \
                 as `D:\\Temp` is one"
            ));
        }
    }
    if let Some(user) = host.user.as_deref().filter(|user| !is_account(user)) {
        let shown = user.escape_debug();
        refusals.push(format!(
            "`jc_user` is `{shown}`, which is no account name: write one such as `jumpclient`"
        ));
    }
    if host.user.as_deref() == Some("root") && is_headless(host.platform) {
        refusals.push(
            "`jc_user` is `root`, and the vendor advises against a client that runs as root: \
             write an account of its own"
                .to_owned(),
        );
    }
    refusals
}

/// What is wrong with a path; on Windows `shared` permits one on a share.
fn refused_path(variable: &str, platform: Platform, path: &str, shared: bool) -> Option<String> {
    let whole = if is_windows(platform) && shared && path.starts_with(r"\\") {
        is_on_share(path)
    } else if is_windows(platform) {
        let mut start = path.chars();
        start.next().is_some_and(|letter| letter.is_ascii_alphabetic())
            && start.next() == Some(':')
            && start.next().is_some_and(|separator| separators(platform).contains(&separator))
            && !path.contains(['"', '*', '?', '<', '>', '|'])
    } else {
        path.starts_with('/')
    };
    let last = split(platform, path).1;
    let refused = !whole || last.is_empty() || last == "." || last == ".." || path.contains(char::is_control);
    let example = if is_windows(platform) { r"C:\Tools\Jump Client" } else { "/opt/jumpclient" };
    let shown = path.escape_debug();
    refused.then(|| format!("`{variable}` is `{shown}`: write a whole path, as `{example}` is one"))
}

/// Whether a path names server, share and file: `\\server\share\file`.
fn is_on_share(path: &str) -> bool {
    let parts: Vec<&str> = path.trim_start_matches('\\').split('\\').collect();
    let fits = |part: &&str| !part.is_empty() && !part.contains(['"', '*', '?', '<', '>', '|', '/', ':']);
    path.starts_with(r"\\") && !path.starts_with(r"\\\") && parts.len() > 2 && parts.iter().all(fits)
}

/// Account names as Linux tools make them, and those of a domain (`support@example.org`).
fn is_account(name: &str) -> bool {
    let fits = |character: char| character.is_alphanumeric() || "_.-@+".contains(character);
    name.chars().all(fits) && name.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn is_headless(platform: Platform) -> bool {
    matches!(platform, Platform::LinuxHeadless | Platform::RaspberryPi)
}

/// Windows has no sudo: whoever may log in to install is an administrator already.
fn elevated(host: &Host) -> bool {
    !is_windows(host.platform) && (host.access.elevate || host.access.user.as_deref() == Some("root"))
}

fn install_dir(host: &Host, release: &Release) -> Option<Arc<str>> {
    let named = host.install_dir.as_deref().map(|directory| without_end(host.platform, directory));
    let default = || installer(host.platform).default_install_dir(release.generation(), elevated(host));
    named.or_else(default).map(Arc::from)
}

fn marker_file(host: &Host) -> Option<Arc<str>> {
    let root = elevated(host) || is_windows(host.platform);
    let default = root.then(|| Arc::from(installer(host.platform).default_marker_file()));
    host.marker_file.clone().or(default)
}

fn is_windows(platform: Platform) -> bool {
    matches!(platform, Platform::WindowsExe | Platform::WindowsMsi)
}

fn separators(platform: Platform) -> &'static [char] {
    if is_windows(platform) { &['\\', '/'] } else { &['/'] }
}

/// A path without the separators at its end, which would hide its last part.
fn without_end(platform: Platform, path: &str) -> &str {
    let trimmed = path.trim_end_matches(separators(platform));
    // `/` and `C:\` are nothing without their separator.
    if trimmed.is_empty() || trimmed.ends_with(':') { path } else { trimmed }
}

/// The folder and the last part of a path.
fn split(platform: Platform, path: &str) -> (&str, &str) {
    let path = without_end(platform, path);
    match path.rfind(separators(platform)) {
        // The root folder keeps its separator.
        Some(end) if end == 0 || path[..end].ends_with(':') => (&path[..=end], &path[end + 1..]),
        Some(end) => (&path[..end], &path[end + 1..]),
        None => ("", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_holds_every_platform_once() {
        let listed: Vec<Platform> = INSTALLERS.iter().map(|installer| installer.platform()).collect();
        assert_eq!(listed, Platform::ALL);
        for platform in Platform::ALL {
            assert_eq!(installer(*platform).platform(), *platform);
        }
    }

    #[test]
    fn account_names_fit_into_a_unit() {
        for name in ["jumpclient", "_svc", "support@example.org", "jürgen", "a.b-c"] {
            assert!(is_account(name), "{name}");
        }
        for name in ["", "-x", "a b", "50%", "a\nb", "1000", "$user", "a\"b"] {
            assert!(!is_account(name), "{name}");
        }
    }

    #[test]
    fn paths_must_be_whole() {
        for path in ["/opt/jumpclient", "/opt/jump client", "/jumpclient"] {
            assert_eq!(refused_path("x", Platform::LinuxHeadless, path, true), None, "{path}");
        }
        for path in ["", "/", "opt/jumpclient", "~/jumpclient", "/opt/..", "/opt/a\nb"] {
            assert!(refused_path("x", Platform::LinuxHeadless, path, true).is_some(), "{path}");
        }
        for path in [r"C:\Jump", r"D:\Program Files\Jump", "C:/Jump"] {
            assert_eq!(refused_path("x", Platform::WindowsMsi, path, false), None, "{path}");
        }
        for path in [r"\\server\share\x.txt", r"\\server\share$\a b\x.txt"] {
            assert_eq!(refused_path("x", Platform::WindowsMsi, path, true), None, "{path}");
        }
        for path in
            [r"\\server\share", r"\\\server\share\x", r"\\server\\x\y", r"\\?\C:\x", r"\\server\share\"]
        {
            assert!(refused_path("x", Platform::WindowsMsi, path, true).is_some(), "{path}");
        }
        for path in ["Jump", r"\Jump", r"C:\", "C:Jump", r"C:\a|b", r"\\server\share"] {
            assert!(refused_path("x", Platform::WindowsMsi, path, false).is_some(), "{path}");
        }
    }

    #[test]
    fn paths_are_split_as_their_platform_writes_them() {
        for (platform, path, parent, name) in [
            (Platform::LinuxHeadless, "/opt/jumpclient", "/opt", "jumpclient"),
            (Platform::LinuxHeadless, "/opt/jump client//", "/opt", "jump client"),
            (Platform::LinuxHeadless, "/jumpclient", "/", "jumpclient"),
            (Platform::LinuxHeadless, r"/opt/a\b", "/opt", r"a\b"),
            (Platform::WindowsMsi, r"C:\Program Files\Jump\", r"C:\Program Files", "Jump"),
            (Platform::WindowsMsi, r"C:\Jump", r"C:\", "Jump"),
            (Platform::WindowsExe, "C:/Jump/Client", "C:/Jump", "Client"),
        ] {
            assert_eq!(split(platform, path), (parent, name), "{path}");
        }
    }
}
