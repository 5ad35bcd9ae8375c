//! Where is the value behind a secret reference?

use std::collections::BTreeMap;
use std::path::Path;

use super::{VaultPasswords, found_in_keyring, read_text};
use crate::inventory::{Found, found};
use crate::model::{Secret, SecretReference, VaultReference};
use crate::vault::Keyring;

/// The environment, passed in by whoever may read it.
pub type Environment<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// Where secrets are looked for.
#[derive(Clone, Copy)]
pub struct Finder<'a> {
    /// The environment.
    pub environment: Environment<'a>,
    /// What opens the values that Ansible Vault sealed.
    pub passwords: &'a VaultPasswords,
}

impl Finder<'_> {
    /// Finds secrets, each once, in their order; the errors name the reference, never a value.
    pub fn find(&self, references: &[&SecretReference]) -> Vec<Result<Secret, String>> {
        let mut sealed: BTreeMap<&str, Vec<&VaultReference>> = BTreeMap::new();
        for reference in references {
            if let SecretReference::Vault(place) = reference {
                sealed.entry(&place.file).or_default().push(place);
            }
        }
        let mut opened: BTreeMap<&VaultReference, Result<Secret, String>> = BTreeMap::new();
        for (file, places) in sealed {
            let secrets = self.unseal(file, &places);
            opened.extend(places.into_iter().zip(secrets));
        }
        let one = |reference: &&SecretReference| match reference {
            SecretReference::Vault(place) => opened.get(place).cloned().unwrap_or_else(|| Err(gone(place))),
            other => resolve(other, self.environment),
        };
        references.iter().map(one).collect()
    }

    /// What is sealed at these places of one file, which is read once.
    fn unseal(&self, file: &str, places: &[&VaultReference]) -> Vec<Result<Secret, String>> {
        let all = |why: String| places.iter().map(|place| Err(format!("{place}: {why}"))).collect();
        let keyring = match self.passwords.keyring(self.environment) {
            Ok(keyring) => keyring,
            Err(why) => return all(why),
        };
        let text = match read_text(Path::new(file)) {
            Ok(text) => text,
            Err(error) => return all(error.to_string()),
        };
        match found(&text, places, &|text| keyring.open(text)) {
            Ok(found) => open_all(places, found, keyring),
            Err(shut) => all(format!("{shut}; {}", shut.hint())),
        }
    }
}

/// Making a key takes milliseconds: so many values are opened by one thread.
const A_THREAD: usize = 16;

/// Opens what was found, on all processors where it is much.
fn open_all(
    places: &[&VaultReference],
    found: Vec<Option<Found>>,
    keyring: &Keyring,
) -> Vec<Result<Secret, String>> {
    let pairs: Vec<(&VaultReference, Option<Found>)> = places.iter().copied().zip(found).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = pairs.len().div_ceil(threads).max(A_THREAD);
    let one = |(place, found): &(&VaultReference, Option<Found>)| open(place, found.as_ref(), keyring);
    std::thread::scope(|scope| {
        let shares: Vec<_> = pairs
            .chunks(share)
            .map(|share| scope.spawn(move || share.iter().map(one).collect::<Vec<_>>()))
            .collect();
        let done = shares.into_iter().map(|share| share.join().unwrap_or_default());
        done.flatten().collect()
    })
}

fn open(place: &VaultReference, found: Option<&Found>, keyring: &Keyring) -> Result<Secret, String> {
    let secret = match found {
        None => return Err(gone(place)),
        Some(Found::Plain(secret)) => secret.clone(),
        Some(Found::Sealed(text)) => {
            keyring.open(text).map_err(|shut| format!("{place}: {shut}; {}", shut.hint()))?
        }
    };
    // Who pipes a password into `ansible-vault encrypt_string` seals the end of the line with it.
    let line = secret.reveal().trim_end_matches(['\r', '\n']);
    if line.trim().is_empty() || line.contains('\n') {
        return Err(format!("{place}: what is encrypted is not one line of text"));
    }
    Ok(Secret::new(line))
}

fn gone(place: &VaultReference) -> String {
    format!("{place}: nothing that Ansible Vault encrypted stands there any more; make a new plan")
}

/// Finds a secret in the environment, a file or the keyring; the error names the reference, never a value.
pub fn resolve(reference: &SecretReference, environment: Environment<'_>) -> Result<Secret, String> {
    let value = match reference {
        SecretReference::Env(name) => {
            environment(name).ok_or_else(|| format!("the environment variable `{name}` is not set"))?
        }
        SecretReference::File(path) => {
            let text = read_text(Path::new(path)).map_err(|error| error.to_string())?;
            text.lines().next().unwrap_or_default().to_owned()
        }
        SecretReference::Keyring(name) => return found_in_keyring(name),
        SecretReference::Vault(place) => return Err(gone(place)),
    };
    if value.trim().is_empty() {
        return Err(format!("the secret {reference} is empty"));
    }
    Ok(Secret::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::VaultSource;

    const OPERATOR: &str = include_str!("../../tests/vault/operator.vault");
    const WHOLE: &str = include_str!("../../tests/vault/file.vault");

    #[test]
    fn a_file_gives_its_first_line_and_the_environment_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        super::super::write_whole(&path, |out| out.write_all(b"one\ntwo\n")).unwrap();
        let file = SecretReference::File(path.display().to_string());
        let none = |_: &str| None;
        assert_eq!(resolve(&file, &none).unwrap().reveal(), "one");
        let env = SecretReference::Env("KEY".into());
        assert_eq!(resolve(&env, &|name| (name == "KEY").then(|| "v".into())).unwrap().reveal(), "v");
        assert_eq!(resolve(&env, &none).unwrap_err(), "the environment variable `KEY` is not set");
        assert!(resolve(&env, &|_| Some("  ".into())).unwrap_err().contains("is empty"));
    }

    fn place(file: &Path, line: u32, column: u32, inside: &[&str]) -> SecretReference {
        SecretReference::Vault(VaultReference {
            file: file.display().to_string(),
            line,
            column,
            variable: "x".into(),
            inside: inside.iter().map(|step| (*step).to_owned()).collect(),
            label: None,
        })
    }

    #[test]
    fn sealed_values_and_those_of_sealed_files_are_found_at_their_places() {
        let folder = tempfile::tempdir().unwrap();
        let (inline, whole) = (folder.path().join("all.yml"), folder.path().join("vault.yml"));
        let indented = OPERATOR.trim_end().replace('\n', "\n    ");
        let text = format!("a: 1\nx: !vault |\n    {indented}\nm: {{k: 1}}\n");
        super::super::write_whole(&inline, |out| out.write_all(text.as_bytes())).unwrap();
        super::super::write_whole(&whole, |out| out.write_all(WHOLE.as_bytes())).unwrap();
        let env = |name: &str| match name {
            "ONE" => Some("open-Sesame1".to_owned()),
            "TWO" => Some("other-Pass2".to_owned()),
            _ => None,
        };
        let source = |label: &str, name: &str| VaultSource {
            label: label.into(),
            from: SecretReference::Env(name.into()),
        };
        let passwords = VaultPasswords::new(vec![source("default", "ONE"), source("prod", "TWO")]);
        let finder = Finder { environment: &env, passwords: &passwords };
        let wanted = [
            place(&inline, 3, 5, &[]),
            place(&whole, 1, 22, &[]),
            place(&whole, 3, 3, &["db"]),
            place(&whole, 3, 3, &["port"]),
            place(&inline, 1, 4, &[]),
            place(&whole, 9, 9, &[]),
            SecretReference::Env("ONE".into()),
        ];
        let found = finder.find(&wanted.iter().collect::<Vec<_>>());
        let shown: Vec<Result<&str, &str>> =
            found.iter().map(|found| found.as_ref().map(Secret::reveal).map_err(String::as_str)).collect();
        assert_eq!(shown[..4], [Ok("operator-Pass1"), Ok("operator-Pass1"), Ok("db-Pass3"), Ok("2222")]);
        assert!(shown[4].is_err_and(|why| why.contains("all.yml:1:4: nothing that Ansible Vault encrypted")));
        assert!(shown[5].is_err(), "{shown:?}");
        assert_eq!(shown[6], Ok("open-Sesame1"));
        let none = VaultPasswords::default();
        let shut = Finder { environment: &env, passwords: &none }.find(&[&wanted[0], &wanted[1]]);
        assert!(
            shut.iter().all(|why| why.as_ref().is_err_and(|why| why.contains("no vault password is given")))
        );
    }
}
