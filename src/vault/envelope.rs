//! What does the text around a ciphertext say?

use super::{DEFAULT_LABEL, Shut};

/// How such a text begins.
const SIGN: &str = "$ANSIBLE_VAULT";

/// Whether a text, or a whole file, is one that Ansible Vault sealed.
pub fn is_sealed(text: &str) -> bool {
    text.starts_with(SIGN)
}

/// The label that a sealed text names, if it names one.
pub fn label(text: &str) -> Option<&str> {
    let mut words = text.lines().next()?.trim().split(';').map(str::trim);
    let (_, version, _) = (words.next()?, words.next()?, words.next()?);
    words.next().filter(|label| version == "1.2" && !label.is_empty())
}

/// A sealed text taken apart.
pub struct Envelope {
    /// Which password it wants, by its own word.
    pub label: String,
    /// Makes the keys differ from those of another text.
    pub salt: Vec<u8>,
    /// The HMAC-SHA256 of the ciphertext.
    pub mac: Vec<u8>,
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
}

impl Envelope {
    /// Takes a text apart; indentation, blank lines and line ends of any kind do not matter.
    pub fn read(text: &str) -> Result<Self, Shut> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let header = lines.next().unwrap_or_default();
        let mut words = header.split(';').map(str::trim);
        if words.next() != Some(SIGN) {
            return Err(Shut::Malformed("it does not begin with `$ANSIBLE_VAULT;`"));
        }
        let (version, cipher) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !matches!(version, "1.1" | "1.2") || cipher != "AES256" {
            let shown =
                |word: &str| word.chars().filter(|c| c.is_ascii_graphic()).take(12).collect::<String>();
            return Err(Shut::Unknown(format!("`{}` with `{}`", shown(version), shown(cipher))));
        }
        let label = label(header);
        let inner = unhex(lines.flat_map(str::bytes))?;
        let mut parts = inner.splitn(3, |byte| *byte == b'\n');
        let mut part = || unhex(parts.next().unwrap_or_default().iter().copied());
        let (salt, mac, ciphertext) = (part()?, part()?, part()?);
        if salt.is_empty() || mac.len() != 32 || ciphertext.is_empty() {
            return Err(Shut::Malformed("lines are missing"));
        }
        Ok(Self { label: label.unwrap_or(DEFAULT_LABEL).to_owned(), salt, mac, ciphertext })
    }
}

fn unhex(digits: impl Iterator<Item = u8>) -> Result<Vec<u8>, Shut> {
    let mut bytes = Vec::new();
    let mut high = None;
    for digit in digits {
        let Some(value) = char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()) else {
            return Err(Shut::Malformed("a character is no hexadecimal digit"));
        };
        high = match high {
            None => Some(value << 4),
            Some(first) => {
                bytes.push(first | value);
                None
            }
        };
    }
    if high.is_some() { Err(Shut::Malformed("it ends within a byte")) } else { Ok(bytes) }
}
