//! Which secrets does a run need, and how are they kept out of everything written?

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{KeySource, Mask, Plan, Secret, SecretReference, fingerprint};
use crate::store::Finder;

/// The secrets a plan refers to, each fetched once.
pub struct Secrets {
    values: BTreeMap<SecretReference, Secret>,
    keys: Vec<Option<Secret>>,
    mask: Mask,
}

impl Secrets {
    /// Fetches every secret of the plan; `keys` are the keys found in the names of its installer files.
    ///
    /// The errors name the references that have no value.
    pub fn fetch(plan: &Plan, keys: Vec<Option<Secret>>, finder: Finder<'_>) -> Result<Self, Vec<String>> {
        let mut mask = Mask::default();
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        let wanted = references(plan);
        let found = finder.find(&wanted.iter().map(|(reference, _)| reference).collect::<Vec<_>>());
        for ((reference, name), found) in wanted.into_iter().zip(found) {
            match found {
                Ok(secret) => {
                    let shown = if name == "key" {
                        format!("key {}", fingerprint(secret.reveal()))
                    } else {
                        name.into()
                    };
                    mask.know(&secret, shown);
                    values.insert(reference, secret);
                }
                Err(why) => missing.push(why),
            }
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        // Each installer has one key, but what is in the name of another's file is as secret.
        for key in keys.iter().flatten() {
            mask.know(key, format!("key {}", fingerprint(key.reveal())));
        }
        let used = |(index, named): (usize, Option<Secret>)| {
            let installer = plan.installers.get(index)?;
            match installer.key {
                KeySource::FileName => named,
                KeySource::Argument => {
                    let release = plan.releases.get(&installer.release)?;
                    values.get(release.key.as_ref()?).cloned()
                }
            }
        };
        let keys = keys.into_iter().enumerate().map(used).collect();
        Ok(Self { values, keys, mask })
    }

    /// The secret behind a reference of the plan.
    pub fn get(&self, reference: &SecretReference) -> Result<Secret, String> {
        self.values.get(reference).cloned().ok_or_else(|| format!("the secret {reference} was not fetched"))
    }

    /// The key of an installer, by its place in the plan.
    pub fn key(&self, installer: usize) -> Option<&Secret> {
        self.keys.get(installer)?.as_ref()
    }

    /// Masks a secret too that the plan does not refer to.
    pub fn know(&mut self, secret: &Secret, name: &str) {
        self.mask.know(secret, name);
    }

    /// The text with every secret replaced by its name.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.mask.apply(text)
    }
}

/// Whether a plan refers to something that Ansible Vault sealed.
pub fn needs_vault(plan: &Plan) -> bool {
    references(plan).iter().any(|(reference, _)| matches!(reference, SecretReference::Vault(_)))
}

fn references(plan: &Plan) -> BTreeSet<(SecretReference, &'static str)> {
    let releases = plan.releases.values().filter(|_| plan.task.installs());
    let keys = releases.map(|release| (release.key.clone(), "key"));
    let logins = plan.accesses.iter().flat_map(|access| {
        [
            (access.password.clone(), "password"),
            (access.elevate_password.clone(), "sudo password"),
            (access.key_passphrase.clone(), "passphrase"),
        ]
    });
    keys.chain(logins).filter_map(|(reference, name)| reference.map(|reference| (reference, name))).collect()
}
