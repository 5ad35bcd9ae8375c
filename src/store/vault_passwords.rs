//! Which passwords open what Ansible Vault sealed? Read when the first is needed.
#![expect(clippy::disallowed_methods, reason = "password files are looked at and run here, as Ansible does")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::secrets::{Environment, resolve};
use crate::model::SecretReference;
use crate::vault::Keyring;

/// A vault password, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultSource {
    /// The label it is known by (`--vault-id LABEL@…`).
    pub label: String,
    /// Where it is: a file that can be executed is run, and prints it.
    pub from: SecretReference,
}

/// The vault passwords that were named.
#[derive(Default)]
pub struct VaultPasswords {
    sources: Vec<VaultSource>,
    keyring: OnceLock<Result<Keyring, String>>,
}

impl VaultPasswords {
    /// These passwords, of which nothing is read yet.
    pub fn new(sources: Vec<VaultSource>) -> Self {
        Self { sources, keyring: OnceLock::new() }
    }

    /// All of them, read once; the error says which one cannot be read.
    pub fn keyring(&self, environment: Environment<'_>) -> Result<&Keyring, String> {
        let read = || {
            let mut keyring = Keyring::default();
            for source in &self.sources {
                keyring.add(&source.label, &password(source, environment)?);
            }
            Ok(keyring)
        };
        self.keyring.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}

fn password(source: &VaultSource, environment: Environment<'_>) -> Result<Zeroizing<Vec<u8>>, String> {
    let (bytes, path) = match &source.from {
        SecretReference::File(path) => (from_file(Path::new(path), &source.label)?, path),
        other => return Ok(Zeroizing::new(resolve(other, environment)?.reveal().trim().as_bytes().to_vec())),
    };
    match bytes.trim_ascii() {
        [] => Err(format!("the vault password file `{path}` gives nothing")),
        trimmed => Ok(Zeroizing::new(trimmed.to_vec())),
    }
}

fn from_file(path: &Path, label: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let failed = |error: std::io::Error| format!("the vault password file `{}`: {error}", path.display());
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() || metadata.permissions().mode() & 0o111 == 0 {
        return std::fs::read(path).map(Zeroizing::new).map_err(failed);
    }
    // What has no folder in its name would be looked for in PATH.
    let whole = std::path::absolute(path).map_err(failed)?;
    let mut command = Command::new(whole);
    if is_client(path) {
        command.args(["--vault-id", label]);
    }
    let done = command.stdout(Stdio::piped()).spawn().and_then(std::process::Child::wait_with_output);
    let done = done.map_err(failed)?;
    let printed = Zeroizing::new(done.stdout);
    match done.status.success() {
        true => Ok(Zeroizing::new(printed.trim_ascii_end().to_vec())),
        false => Err(format!("the vault password program `{}` failed: {}", path.display(), done.status)),
    }
}

/// A program whose name ends so is asked for the password of a label.
fn is_client(path: &Path) -> bool {
    path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| stem.ends_with("-client"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &Path, label: &str) -> Result<String, String> {
        let source =
            VaultSource { label: label.into(), from: SecretReference::File(path.display().to_string()) };
        password(&source, &|_| None).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn files_are_read_and_programs_are_run_as_ansible_does() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        assert_eq!(told(&file("plain", " pass word \n", 0o600), "x"), Ok("pass word".into()));
        let script = "#!/bin/sh\necho \"asked $*\"\n";
        assert_eq!(told(&file("script.sh", script, 0o700), "prod"), Ok("asked".into()));
        assert_eq!(told(&file("keys-client.sh", script, 0o700), "prod"), Ok("asked --vault-id prod".into()));
        assert!(told(&file("empty", "\n", 0o600), "x").unwrap_err().contains("gives nothing"));
        assert!(
            told(&file("fails", "#!/bin/sh\nexit 3\n", 0o700), "x").unwrap_err().contains("exit status: 3")
        );
        assert!(told(&folder.path().join("none"), "x").unwrap_err().contains("none"));
    }

    #[test]
    fn nothing_is_read_before_it_is_needed_and_then_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("count.sh");
        let count = folder.path().join("count");
        std::fs::write(&path, format!("#!/bin/sh\necho x >>'{}'\necho pass\n", count.display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        let from = SecretReference::File(path.display().to_string());
        let passwords = VaultPasswords::new(vec![VaultSource { label: "default".into(), from }]);
        assert!(!count.exists());
        for _ in 0..3 {
            assert!(passwords.keyring(&|_| None).is_ok());
        }
        assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n");
    }
}
