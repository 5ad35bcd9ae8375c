//! What is in a private key file, before anybody tries to use it?

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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
    const MAGIC: &[u8] = b"openssh-key-v1\0";
    let body: String = text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    let Ok(bytes) = STANDARD.decode(body) else { return KeyFile::Other };
    match bytes.strip_prefix(MAGIC) {
        Some(rest) if rest.starts_with(b"\0\0\0\x04none") => KeyFile::Open,
        Some(_) => KeyFile::Encrypted,
        None => KeyFile::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn openssh(cipher: &[u8]) -> String {
        let mut bytes = b"openssh-key-v1\0".to_vec();
        bytes.extend(u32::try_from(cipher.len()).unwrap().to_be_bytes());
        bytes.extend(cipher);
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
