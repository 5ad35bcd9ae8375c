//! What is deployed, and to which site does it report?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::host::words;
use super::{Platform, SecretReference, Told};
use std::str::FromStr;

words! {
    /// The vendor's name for a client, as its file names begin.
    Product, "a product" {
        /// Privileged Remote Access up to 24.x.
        BomgarPec = "bomgar-pec",
        /// Remote Support up to 24.x.
        BomgarScc = "bomgar-scc",
        /// Either product from 24.2 on.
        SraPin = "sra-pin",
        /// Either product from 24.2 on, another spelling.
        SraScc = "sra-scc",
    }
}

impl Product {
    /// The command-line generation the product belongs to.
    pub fn generation(self) -> Generation {
        match self {
            Self::BomgarPec | Self::BomgarScc => Generation::Bomgar,
            Self::SraPin | Self::SraScc => Generation::Sra,
        }
    }
}

words! {
    /// Which of the two command-line languages an installer understands.
    Generation, "a generation" {
        /// `bomgar-*`, to 24.x: two Linux installers, `--install-dir`, `--user`, `--silent`.
        Bomgar = "bomgar",
        /// `sra-*`, 25.2 and later: one Linux installer, `--scope`, `--startup`, `--headless`, `--key-info`.
        Sra = "sra",
    }
}

/// One set of installer files made on the site with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its name in the settings.
    pub name: String,
    /// The vendor's product name.
    pub product: Product,
    /// The client version, for people.
    pub version: Option<String>,
    /// When the installers stop working; none means that nobody wrote it down.
    pub expires: Option<Timestamp>,
    /// Where the key is, when it is not taken from the file name.
    pub key: Option<SecretReference>,
    /// The overrides that are marked "Allow Override During Installation", by permission name.
    pub overrides: BTreeSet<String>,
    /// The installer file of each platform; `*` stands for the key in its name.
    pub files: BTreeMap<Platform, String>,
}

impl Release {
    /// The command-line generation of its installers.
    pub fn generation(&self) -> Generation {
        self.product.generation()
    }
}

/// The fewest characters of a run that is taken for a key (observed keys have 39 to 46).
pub const SHORTEST_KEY: usize = 24;

/// The key in an installer file's name, such as `bomgar-pec-<key>.bin`; none in a generic name.
///
/// The vendor's clients read their key from there, which is why a renamed file fails.
pub fn key_in_name(file_name: &str) -> Option<&str> {
    let vendor = Product::ALL.iter().any(|product| file_name.starts_with(product.word()));
    let mut runs = file_name.split(|c: char| !c.is_ascii_alphanumeric());
    if vendor { runs.rfind(|run| run.len() >= SHORTEST_KEY) } else { None }
}

/// A path as people may see it: no name of an installer file in it shows its key.
pub fn shown_path(path: &Path) -> String {
    let shown = |name: &str| match key_in_name(name) {
        Some(key) => name.replace(key, "…"),
        None => name.to_owned(),
    };
    path.to_string_lossy().split('/').map(shown).collect::<Vec<_>>().join("/")
}

/// How an installer learns its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// From its own file name, which must not change.
    FileName,
    /// From the command line (`KEY_INFO=`, `--key-info`).
    Argument,
}

/// The PRA site all clients of a plan report to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Appliance {
    /// The site's host name; the start limit belongs to it.
    pub site: String,
    /// How many clients it can hold; none means unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<u64>,
    /// How many it holds already.
    #[serde(default)]
    pub clients: u64,
    /// What it told when the plan was made; none when it was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_vendor_names_only() {
        let key = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";
        for name in ["bomgar-pec-KEY.bin", "sra-pin-linux_x86_64-KEY.bin", "bomgar-scc-KEY.dmg"] {
            assert_eq!(key_in_name(&name.replace("KEY", key)), Some(key), "{name}");
        }
        for name in ["bomgar-pec-win64.msi", "jumpclient-KEY.bin", "sra-pin-mac_x86.pkg"] {
            assert_eq!(key_in_name(&name.replace("KEY", key)), None, "{name}");
        }
    }

    #[test]
    fn paths_are_shown_without_keys() {
        let key = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";
        let shown = |path: &str| shown_path(Path::new(&path.replace("KEY", key)));
        assert_eq!(
            shown("/a/linux-64/sra-pin-linux_x86_64-KEY.bin"),
            "/a/linux-64/sra-pin-linux_x86_64-….bin"
        );
        assert_eq!(shown("bomgar-pec-KEY.bin/KEY"), format!("bomgar-pec-….bin/{key}"));
        assert_eq!(shown("/a/release.yaml"), "/a/release.yaml");
    }
}
