//! Which vault passwords were named, typed or in the settings?

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::model::SecretReference;
use crate::store::VaultSource;
use crate::vault::DEFAULT_LABEL;

/// What opens values that Ansible Vault encrypted; options as Ansible's users know them.
#[derive(Debug, Clone, Default, Args)]
pub struct VaultArgs {
    /// A file with the password of Ansible Vault values; one that can be executed is run and prints it
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        visible_alias = "vault-pass-file",
        env = "ANSIBLE_VAULT_PASSWORD_FILE"
    )]
    pub vault_password_file: Vec<PathBuf>,
    /// The same for what was encrypted with this label
    #[arg(long, global = true, value_name = "LABEL@FILE")]
    pub vault_id: Vec<VaultId>,
}

/// A label and the file with its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultId {
    label: String,
    file: PathBuf,
}

impl FromStr for VaultId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (label, file) = text.split_once('@').unwrap_or(("", text));
        if file.is_empty() || file.starts_with("prompt") && !file.contains(['/', '.']) {
            return Err("nobody is asked for passwords: write LABEL@FILE".to_owned());
        }
        let label = if label.is_empty() { DEFAULT_LABEL } else { label };
        Ok(Self { label: label.to_owned(), file: file.into() })
    }
}

impl VaultArgs {
    /// What was typed, in the order in which Ansible tries it.
    pub fn sources(&self) -> Vec<VaultSource> {
        let source = |label: &str, file: &PathBuf| VaultSource {
            label: label.to_owned(),
            from: SecretReference::File(file.display().to_string()),
        };
        let labelled = self.vault_id.iter().map(|id| source(&id.label, &id.file));
        let plain = self.vault_password_file.iter().filter(|file| !file.as_os_str().is_empty());
        labelled.chain(plain.map(|file| source(DEFAULT_LABEL, file))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_files_are_told_apart() {
        let read = |text: &str| text.parse::<VaultId>().map(|id| (id.label, id.file.display().to_string()));
        assert_eq!(read("prod@~/a@b"), Ok(("prod".into(), "~/a@b".into())));
        assert_eq!(read("keys.sh"), Ok(("default".into(), "keys.sh".into())));
        assert_eq!(read("@keys"), Ok(("default".into(), "keys".into())));
        for text in ["", "prod@", "prompt", "prod@prompt"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
