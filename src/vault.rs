//! What stands behind `$ANSIBLE_VAULT`? The door to the ciphers.
//!
//! The format is Ansible's, versions 1.1 and 1.2: 32 bytes of salt, an HMAC-SHA256 and a ciphertext, each in
//! hexadecimal, a line each, and all of it in hexadecimal once more. PBKDF2-HMAC-SHA256 makes the keys of AES-256-CTR
//! and of the HMAC and the first counter out of a password (Ansible's documentation, "Format of files encrypted with
//! Ansible Vault").

mod envelope;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aes::Aes256;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use pbkdf2::hmac::{Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::model::Secret;
use envelope::Envelope;

pub use envelope::{is_sealed, label};

/// The label of a password for which none is named, and of what was encrypted without one.
pub const DEFAULT_LABEL: &str = "default";

/// How often PBKDF2 goes round (`VaultAES256._create_key_cryptography` of ansible-core).
const ROUNDS: u32 = 10_000;

/// Two keys of 32 bytes and the first counter of 16.
type Keys = Zeroizing<[u8; 80]>;

/// Why something stays shut; nothing of what was sealed is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// It is not what Ansible writes.
    #[error("this is not a whole Ansible Vault text: {0}")]
    Malformed(&'static str),
    /// Another version or cipher.
    #[error("this is Ansible Vault {0}, and 1.1 and 1.2 with AES256 are understood")]
    Unknown(String),
    /// Nobody named a password.
    #[error("no vault password is given")]
    NoPassword,
    /// A password was named and cannot be read.
    #[error("{0}")]
    Unread(String),
    /// All passwords were tried.
    #[error("none of the vault passwords opens it (tried: {0})")]
    Wrong(String),
    /// What came out is not text.
    #[error("what is encrypted is not UTF-8 text")]
    NotText,
}

impl Shut {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoPassword => {
                "name one with `--vault-password-file FILE` or `--vault-id LABEL@FILE`, or below \
                 `inventory: vault_passwords:` in the settings"
            }
            Self::Unread(_) => "write the file and its name right, or leave it out",
            Self::Wrong(_) => {
                "name the password it was encrypted with; `ansible-vault view` shows whether it is"
            }
            Self::Malformed(_) | Self::Unknown(_) | Self::NotText => {
                "encrypt it anew with `ansible-vault`, and copy all its lines"
            }
        }
    }
}

/// Whether a sealed text is whole, as far as can be seen from outside.
pub fn look(text: &str) -> Result<(), Shut> {
    Envelope::read(text).map(|_| ())
}

/// One password with the label it is known by.
struct Password {
    label: String,
    bytes: Zeroizing<Vec<u8>>,
}

/// Keys by the number of their password and the salt.
type Made = HashMap<(usize, Vec<u8>), Arc<Keys>>;

/// The vault passwords there are; keys that were made once are kept, because making them takes milliseconds.
#[derive(Default)]
pub struct Keyring {
    passwords: Vec<Password>,
    made: Mutex<Made>,
}

impl Keyring {
    /// Adds a password; the first that fits opens.
    pub fn add(&mut self, label: &str, password: &[u8]) {
        let bytes = Zeroizing::new(password.to_vec());
        self.passwords.push(Password { label: label.to_owned(), bytes });
    }

    /// What is sealed in a text: those passwords are tried first whose label stands in it.
    pub fn open(&self, text: &str) -> Result<Secret, Shut> {
        let envelope = Envelope::read(text)?;
        if self.passwords.is_empty() {
            return Err(Shut::NoPassword);
        }
        let fits = |at: &usize| self.passwords[*at].label == envelope.label;
        let (named, others): (Vec<usize>, Vec<usize>) = (0..self.passwords.len()).partition(fits);
        for at in named.into_iter().chain(others) {
            if let Some(bytes) = self.try_open(at, &envelope) {
                let text = std::str::from_utf8(unpadded(&bytes)?).map_err(|_| Shut::NotText)?;
                return Ok(Secret::new(text));
            }
        }
        let labels: Vec<&str> = self.passwords.iter().map(|password| &*password.label).collect();
        Err(Shut::Wrong(labels.join(", ")))
    }

    fn try_open(&self, at: usize, envelope: &Envelope) -> Option<Zeroizing<Vec<u8>>> {
        let keys = self.keys(at, &envelope.salt);
        let mut mac = Hmac::<Sha256>::new_from_slice(&keys[32..64]).ok()?;
        mac.update(&envelope.ciphertext);
        mac.verify_slice(&envelope.mac).ok()?;
        let mut bytes = Zeroizing::new(envelope.ciphertext.clone());
        let mut cipher = Ctr128BE::<Aes256>::new_from_slices(&keys[..32], &keys[64..]).ok()?;
        cipher.apply_keystream(&mut bytes);
        Some(bytes)
    }

    fn keys(&self, at: usize, salt: &[u8]) -> Arc<Keys> {
        let name = (at, salt.to_vec());
        if let Some(made) = self.made.lock().ok().and_then(|made| made.get(&name).cloned()) {
            return made;
        }
        // Outside of the lock, so that many can be made at once.
        let mut keys = Zeroizing::new([0; 80]);
        pbkdf2_hmac::<Sha256>(&self.passwords[at].bytes, salt, ROUNDS, &mut keys[..]);
        let keys = Arc::new(keys);
        if let Ok(mut made) = self.made.lock() {
            made.insert(name, keys.clone());
        }
        keys
    }
}

/// The bytes without the padding that PKCS #7 puts behind them.
fn unpadded(bytes: &[u8]) -> Result<&[u8], Shut> {
    let broken = Shut::Malformed("its padding is wrong");
    let count = usize::from(*bytes.last().ok_or(broken.clone())?);
    let whole = (1..=16).contains(&count) && count <= bytes.len();
    let (text, padding) = bytes.split_at(if whole { bytes.len() - count } else { 0 });
    if whole && padding.iter().all(|byte| usize::from(*byte) == count) { Ok(text) } else { Err(broken) }
}

#[cfg(test)]
mod tests;
