//! What must never be shown, and how is it named instead?

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::release::SHORTEST_KEY;

/// A secret value: never printed, never serialised, wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a value into keeping.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself, for the one place that has to say it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// The first eight hexadecimal digits of a value's SHA-256: enough to tell two installer keys apart.
///
/// Only for long random values; a password could be guessed from it.
pub fn fingerprint(value: &str) -> String {
    hex(&Sha256::digest(value.as_bytes())[..4])
}

/// Bytes as lower-case hexadecimal digits, two for each.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Where a secret can be found: the only form in which settings, plans and journals know one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretReference {
    /// The value of this environment variable.
    Env(String),
    /// The first line of this file.
    File(String),
    /// The entry of this name in the keyring of whoever runs jumpfleet.
    Keyring(String),
    /// What Ansible Vault sealed at a place of the inventory.
    Vault(VaultReference),
}

/// A place of the inventory at which Ansible Vault sealed a value, or the whole file around it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultReference {
    /// The file, an absolute path.
    pub file: String,
    /// The line the variable's value begins in, from 1; in a sealed file that of the text inside.
    pub line: u32,
    /// Its column in characters, from 1.
    pub column: u32,
    /// The variable that has the value.
    pub variable: String,
    /// Keys and positions that lead from there to the value, where the variable is a mapping or a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<String>,
    /// The label of the password it was sealed with (`--vault-id`), if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl SecretReference {
    /// The reference that a person typed, `env:NAME`, `file:PATH` or `keyring:NAME`; of anything else, which may be the secret itself,
    /// nothing.
    pub fn typed(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("env", name) if !name.is_empty() => Some(Self::Env(name.to_owned())),
            ("file", path) if !path.is_empty() => Some(Self::File(path.to_owned())),
            ("keyring", name) if !name.is_empty() => Some(Self::Keyring(name.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for VaultReference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}", self.variable)?;
        for step in &self.inside {
            write!(out, ".{step}")?;
        }
        write!(out, "` of {}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(out, "{{env: {name}}}"),
            Self::File(path) => write!(out, "{{file: {path}}}"),
            Self::Keyring(name) => write!(out, "{{keyring: {name}}}"),
            Self::Vault(place) => match &place.label {
                Some(label) => write!(out, "the vault `{label}`, {place}"),
                None => write!(out, "the vault, {place}"),
            },
        }
    }
}

/// The values that must not appear in anything shown or written, each with the name shown instead.
#[derive(Clone, Default)]
pub struct Mask {
    known: Vec<(Secret, String)>,
}

impl Mask {
    /// Remembers a secret by the name that is shown in its place; blank values are ignored.
    pub fn know(&mut self, secret: &Secret, name: impl Into<String>) {
        let value = secret.reveal();
        if value.trim().is_empty() || self.known.iter().any(|(known, _)| known == secret) {
            return;
        }
        // The longest first, so that a secret that contains another one is replaced whole.
        let at = self.known.partition_point(|(known, _)| known.reveal().len() >= value.len());
        self.known.insert(at, (secret.clone(), name.into()));
    }

    /// The text with every known secret, and every installer key inside a vendor file name, replaced.
    pub fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut shown = Cow::Borrowed(text);
        for (secret, name) in &self.known {
            if shown.contains(secret.reveal()) {
                shown = Cow::Owned(shown.replace(secret.reveal(), &format!("‹{name}›")));
            }
        }
        match mask_vendor_keys(&shown) {
            Some(masked) => Cow::Owned(masked),
            None => shown,
        }
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Mask({} secrets)", self.known.len())
    }
}

/// Replaces the keys in names such as `bomgar-pec-<key>`, which identify any release, also another one's.
fn mask_vendor_keys(text: &str) -> Option<String> {
    const PREFIXES: [&str; 4] = ["bomgar-", "sra-", "scc-", "pec-"];
    if !PREFIXES.iter().any(|prefix| text.contains(prefix)) {
        return None;
    }
    let mut masked = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    let mut vendor = false;
    while !rest.is_empty() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let run = &rest[..word];
        if vendor && run.len() >= SHORTEST_KEY {
            masked.push_str(&format!("‹key {}›", fingerprint(run)));
            changed = true;
        } else {
            masked.push_str(run);
        }
        vendor = match run {
            "bomgar" | "sra" | "scc" | "pec" => true,
            _ => vendor,
        };
        let between = rest[word..].find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(rest.len() - word);
        let gap = &rest[word..word + between];
        masked.push_str(gap);
        vendor = vendor && (gap == "-" || gap == "_");
        rest = &rest[word + between..];
    }
    changed.then_some(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    #[test]
    fn the_mask_replaces_values_not_messages() {
        let mut mask = Mask::default();
        mask.know(&Secret::new("hunter2"), "password");
        assert_eq!(mask.apply("login with hunter2 failed"), "login with ‹password› failed");
        assert!(matches!(mask.apply("nothing here"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_longer_secret_is_replaced_before_the_one_inside_it() {
        let mut mask = Mask::default();
        mask.know(&Secret::new("abc"), "short");
        mask.know(&Secret::new("abcdef"), "long");
        assert_eq!(mask.apply("abcdef abc"), "‹long› ‹short›");
    }

    #[test]
    fn vendor_names_lose_their_keys_also_unknown_ones() {
        let mask = Mask::default();
        let key = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";
        for name in ["/opt/bomgar/bomgar-pec-", "sra-pin-linux_x86_64-", "bomgar-scc-"] {
            let shown = mask.apply(&format!("{name}{key}.bin is there")).into_owned();
            assert!(!shown.contains(key), "{shown}");
            assert!(shown.starts_with(name) && shown.ends_with("›.bin is there"), "{shown}");
        }
        assert_eq!(mask.apply("bomgar-pec-win64.msi"), "bomgar-pec-win64.msi");
    }
}
