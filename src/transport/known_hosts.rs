//! Is this the key that known_hosts promises for this host?
//!
//! Text in, decisions out, as OpenSSH decides with `StrictHostKeyChecking=yes` and no `HostKeyAlias`.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// One line of one known_hosts file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The file as it was named.
    pub file: Arc<str>,
    /// The line, from 1.
    pub number: u32,
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.number)
    }
}

/// What the files say about a key that a host has just shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The key is listed for this host.
    Known,
    /// Nothing is listed for this host.
    Unknown,
    /// Another key is listed for this host; one of the same type is named first, if there is one.
    Changed {
        /// Where the other key is listed.
        line: Line,
        /// The type and the fingerprint of the other key.
        listed: String,
    },
    /// The key is marked `@revoked`, whatever else is listed.
    Revoked {
        /// Where it is marked.
        line: Line,
    },
    /// Only an `@cert-authority` is listed for this host, and host certificates are not verified here.
    OnlyAuthority {
        /// Where the authority is listed.
        line: Line,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    None,
    Revoked,
    Authority,
}

#[derive(Debug)]
enum Names {
    /// Plain names only; found through the index.
    Indexed,
    /// At least one wildcard or negation.
    Patterns(Vec<String>),
    /// `|1|salt|HMAC-SHA1(salt, name)`.
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
}

#[derive(Debug)]
struct Entry {
    names: Names,
    marker: Marker,
    key_type: String,
    blob: Vec<u8>,
    line: Line,
}

/// The content of all known_hosts files of a run: read once, asked for every host.
#[derive(Debug, Default)]
pub struct KnownHosts {
    entries: Vec<Entry>,
    by_name: HashMap<String, Vec<usize>>,
    /// Hashed entries and patterns, which no index can find.
    scanned: Vec<usize>,
    ignored: Vec<Line>,
    lengths: HashMap<Arc<str>, u32>,
}

impl KnownHosts {
    /// Reads the text of one file that is called `file` in messages.
    pub fn parse(file: &str, text: &str) -> Self {
        let mut known = Self::default();
        known.add(file, text);
        known
    }

    /// Adds the lines of a file, or lines that were appended to a file which was added before.
    pub fn add(&mut self, file: &str, text: &str) {
        let file: Arc<str> = Arc::from(file);
        let mut number = self.lengths.get(&file).copied().unwrap_or(0);
        for source in text.lines() {
            number += 1;
            let line = Line { file: Arc::clone(&file), number };
            match read_line(source) {
                Content::Nothing => {}
                Content::Bad => self.ignored.push(line),
                Content::Entry { marker, names, key_type, blob } => {
                    self.file_entry(&names, marker, key_type, blob, line);
                }
            }
        }
        self.lengths.insert(file, number);
    }

    /// The lines that could not be understood and count for nothing.
    pub fn ignored(&self) -> &[Line] {
        &self.ignored
    }

    /// How many keys are listed.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no key is listed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What the files say about the key `blob` (SSH wire form) that `host` showed on `port`.
    pub fn check(&self, host: &str, port: u16, blob: &[u8], key_type: &str) -> Verdict {
        let entries = self.matching(&name_of(host, port));
        let marked = |marker| entries.iter().filter(move |entry| entry.marker == marker);
        if let Some(entry) = marked(Marker::Revoked).find(|entry| entry.blob == blob) {
            return Verdict::Revoked { line: entry.line.clone() };
        }
        if marked(Marker::None).any(|entry| entry.blob == blob) {
            return Verdict::Known;
        }
        let same_type = marked(Marker::None).find(|entry| entry.key_type == key_type);
        if let Some(entry) = same_type.or_else(|| marked(Marker::None).next()) {
            let listed = format!("{} {}", entry.key_type, fingerprint(&entry.blob));
            return Verdict::Changed { line: entry.line.clone(), listed };
        }
        match marked(Marker::Authority).next() {
            Some(entry) => Verdict::OnlyAuthority { line: entry.line.clone() },
            None => Verdict::Unknown,
        }
    }

    /// The types of the keys listed for `host`, in the order of the files, each once.
    pub fn key_types_for(&self, host: &str, port: u16) -> Vec<&str> {
        let mut seen = HashSet::new();
        let entries = self.matching(&name_of(host, port)).into_iter();
        let types = entries.filter(|entry| entry.marker == Marker::None).map(|entry| entry.key_type.as_str());
        types.filter(|key_type| seen.insert(*key_type)).collect()
    }

    fn file_entry(&mut self, names: &str, marker: Marker, key_type: String, blob: Vec<u8>, line: Line) {
        let index = self.entries.len();
        let names = if let Some(hashed) = names.strip_prefix('|') {
            let Some((salt, hash)) = read_hash(hashed) else {
                self.ignored.push(line);
                return;
            };
            self.scanned.push(index);
            Names::Hashed { salt, hash }
        } else if names.contains(['*', '?', '!']) {
            self.scanned.push(index);
            Names::Patterns(names.split(',').map(str::to_ascii_lowercase).collect())
        } else {
            for name in names.split(',').filter(|name| !name.is_empty()) {
                self.by_name.entry(name.to_ascii_lowercase()).or_default().push(index);
            }
            Names::Indexed
        };
        self.entries.push(Entry { names, marker, key_type, blob, line });
    }

    /// The entries that speak about `name`, in the order of the files.
    fn matching(&self, name: &str) -> Vec<&Entry> {
        let mut found: Vec<usize> = self.by_name.get(name).cloned().unwrap_or_default();
        found.extend(self.scanned.iter().copied().filter(|&index| self.entries[index].names.cover(name)));
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|index| &self.entries[index]).collect()
    }
}

impl Names {
    fn cover(&self, name: &str) -> bool {
        match self {
            Self::Indexed => false,
            Self::Patterns(patterns) => patterns_cover(patterns, name),
            Self::Hashed { salt, hash } => hash_of(salt, name).is_some_and(|made| made == *hash),
        }
    }
}

/// The name under which OpenSSH files a host: the plain name on port 22, `[name]:port` on any other.
pub fn name_of(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == 22 { host } else { format!("[{host}]:{port}") }
}

/// The line that lists a key for a host, without its line end.
pub fn entry_line(host: &str, port: u16, key_type: &str, blob: &[u8]) -> String {
    format!("{} {key_type} {}", name_of(host, port), STANDARD.encode(blob))
}

/// The fingerprint of a key as OpenSSH shows it, `SHA256:…`.
pub fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}

/// The type that a key in SSH wire form says it has.
pub fn type_of(blob: &[u8]) -> Option<&str> {
    let length = u32::from_be_bytes(*blob.first_chunk::<4>()?);
    std::str::from_utf8(blob.get(4..4 + usize::try_from(length).ok()?)?).ok()
}

enum Content {
    Nothing,
    Bad,
    Entry { marker: Marker, names: String, key_type: String, blob: Vec<u8> },
}

fn read_line(source: &str) -> Content {
    let source = source.trim();
    if source.is_empty() || source.starts_with('#') {
        return Content::Nothing;
    }
    let mut words = source.split_ascii_whitespace().peekable();
    let marker = match words.peek() {
        Some(&"@revoked") => Marker::Revoked,
        Some(&"@cert-authority") => Marker::Authority,
        Some(word) if word.starts_with('@') => return Content::Bad,
        _ => Marker::None,
    };
    if marker != Marker::None {
        words.next();
    }
    let (Some(names), Some(key_type), Some(key)) = (words.next(), words.next(), words.next()) else {
        return Content::Bad;
    };
    match STANDARD.decode(key) {
        Ok(blob) if type_of(&blob) == Some(key_type) => {
            Content::Entry { marker, names: names.to_owned(), key_type: key_type.to_owned(), blob }
        }
        _ => Content::Bad,
    }
}

/// Reads `1|salt|hash`, the only kind of hash OpenSSH has ever written.
fn read_hash(hashed: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (salt, hash) = hashed.strip_prefix("1|")?.split_once('|')?;
    Some((STANDARD.decode(salt).ok()?, STANDARD.decode(hash).ok()?))
}

fn hash_of(salt: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(salt).ok()?;
    mac.update(name.as_bytes());
    Some(mac.finalize().into_bytes().to_vec())
}

/// One negated pattern that matches excludes the name from the whole line.
fn patterns_cover(patterns: &[String], name: &str) -> bool {
    let mut covered = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(excluded) if pattern_matches(excluded, name) => return false,
            Some(_) => {}
            None => covered |= pattern_matches(pattern, name),
        }
    }
    covered
}

/// `*` stands for any run of characters, `?` for one; brackets are ordinary characters.
fn pattern_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((star_at, tried)) = star else { return false };
                star = Some((star_at, tried + 1));
                at = star_at + 1;
                seen = tried + 1;
            }
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests;
