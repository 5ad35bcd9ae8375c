//! What is in a private key file, before anybody tries to use it?

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::known_hosts::type_of;

/// What a private key file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFile {
    /// A key that can be used as it is.
    Open,
    /// A key that needs its passphrase.
    Encrypted,
    /// No private key in OpenSSH or PEM form.
    Other,
}

/// Looks at the text of a private key file.
pub fn look_at(text: &str) -> KeyFile {
    let Some(begin) = text.lines().map(str::trim).find(|line| line.starts_with("-----BEGIN ")) else {
        return KeyFile::Other;
    };
    if begin == "-----BEGIN OPENSSH PRIVATE KEY-----" {
        return look_at_openssh(text);
    }
    if !begin.ends_with("PRIVATE KEY-----") {
        return KeyFile::Other;
    }
    let encrypted = begin.contains("ENCRYPTED") || text.contains("Proc-Type: 4,ENCRYPTED");
    if encrypted { KeyFile::Encrypted } else { KeyFile::Open }
}

/// The name of the cipher follows the magic of the format (OpenSSH, PROTOCOL.key).
fn look_at_openssh(text: &str) -> KeyFile {
    match openssh_body(text) {
        Some(body) if body.starts_with(b"\0\0\0\x04none") => KeyFile::Open,
        Some(_) => KeyFile::Encrypted,
        None => KeyFile::Other,
    }
}

/// What follows the magic of the format.
fn openssh_body(text: &str) -> Option<Vec<u8>> {
    const MAGIC: &[u8] = b"openssh-key-v1\0";
    let body: String = text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    Some(STANDARD.decode(body).ok()?.strip_prefix(MAGIC)?.to_vec())
}

/// The public key as a line of its file, where the private key file says it openly, encrypted or not.
pub fn public_half(text: &str) -> Option<String> {
    let body = openssh_body(text)?;
    let mut rest = body.as_slice();
    // Cipher, key derivation and its options stand before the number of keys, which is one.
    for _ in 0..3 {
        taken(&mut rest)?;
    }
    rest = rest.strip_prefix(&[0, 0, 0, 1])?;
    let blob = taken(&mut rest)?;
    Some(format!("{} {}\n", type_of(blob)?, STANDARD.encode(blob)))
}

/// Takes a string with its length before it (RFC 4251, 5).
fn taken<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<4>()?;
    let (string, behind) = behind.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = behind;
    Some(string)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn openssh(cipher: &[u8]) -> String {
        let mut bytes = b"openssh-key-v1\0".to_vec();
        bytes.extend(u32::try_from(cipher.len()).unwrap().to_be_bytes());
        bytes.extend(cipher);
        armoured(bytes)
    }

    fn armoured(bytes: Vec<u8>) -> String {
        let body = STANDARD.encode(bytes);
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n")
    }

    #[test]
    fn the_kinds_of_key_files() {
        for (text, expected) in [
            (openssh(b"none"), KeyFile::Open),
            (openssh(b"aes256-ctr"), KeyFile::Encrypted),
            ("-----BEGIN RSA PRIVATE KEY-----\nAAAA".into(), KeyFile::Open),
            ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n".into(), KeyFile::Encrypted),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\n".into(), KeyFile::Encrypted),
            ("PuTTY-User-Key-File-3: ssh-ed25519\n".into(), KeyFile::Other),
            ("ssh-ed25519 AAAA me\n".into(), KeyFile::Other),
            ("-----BEGIN CERTIFICATE-----\n".into(), KeyFile::Other),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\n???\n".into(), KeyFile::Other),
        ] {
            assert_eq!(look_at(&text), expected, "{text}");
        }
    }

    #[test]
    fn the_public_half_is_said_openly() {
        let strings = |parts: &[&[u8]]| -> Vec<u8> {
            let one = |part: &&[u8]| [&u32::try_from(part.len()).unwrap().to_be_bytes(), *part].concat();
            parts.iter().flat_map(one).collect()
        };
        let blob = strings(&[b"ssh-ed25519", &[7; 32]]);
        for (cipher, derivation, options) in [("none", "none", ""), ("aes256-ctr", "bcrypt", "salt")] {
            let head = strings(&[cipher.as_bytes(), derivation.as_bytes(), options.as_bytes()]);
            let file = |count: u8| {
                let keys = [&[0, 0, 0, count][..], &strings(&[&blob, b"private"])].concat();
                armoured([&b"openssh-key-v1\0"[..], &head, &keys].concat())
            };
            assert_eq!(public_half(&file(1)), Some(format!("ssh-ed25519 {}\n", STANDARD.encode(&blob))));
            assert_eq!(public_half(&file(2)), None);
        }
        for text in [openssh(b"none").as_str(), "-----BEGIN RSA PRIVATE KEY-----\nAAAA", ""] {
            assert_eq!(public_half(text), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_one_of_the_kinds(pieces in prop::collection::vec(prop_oneof![
            ".{0,20}".boxed(),
            "[A-Za-z0-9+/]{0,20}={0,2}".boxed(),
            prop::sample::select(vec![
                "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----", "-----BEGIN ", "b3BlbnNzaC1rZXktdjEA",
                "-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED", "PRIVATE KEY-----", "\n", "\r",
            ]).prop_map(str::to_owned).boxed(),
        ], 0..12)) {
            let text = pieces.concat();
            let usable = look_at(&text) != KeyFile::Other;
            prop_assert!(!usable || text.contains("-----BEGIN "));
        }
    }
}
