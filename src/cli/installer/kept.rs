//! How is a release kept that was made on the site? A folder beside the settings, as the settings themselves would have it.
//!
//! ```text
//!  releases/main/secrets.json              the key and the code to download with: told once by the site, for the owner only;
//!                                          or the name of the keyring's entry that has them
//!  releases/main/linux-64/sra-pin-….bin    the installer files under their own names, which hold the key
//!  releases/main/key                       the key, where installers take it as an argument
//!  releases/main/release.yaml              everything else; written last: a release is whole or not there
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::appliance::{Installer, KeyInfo};
use crate::cli::settings::{Kept as Found, Settings};
use crate::cli::{Problem, output};
use crate::model::{Platform, Product, Secret, SecretReference};
use crate::store::{self, StoreError};

/// The folder of all of them, beside the settings.
const FOLDER: &str = "releases";

/// The file that makes a folder a release.
const RELEASE: &str = "release.yaml";

/// The file of what the site tells once.
const SECRETS: &str = "secrets.json";

/// What is written to see whether anything can be, and taken away at once.
const TRIAL: &str = "trial";

/// What keeps version control from taking any of them along.
const IGNORED: &str = "# Installers and their keys: whoever has them can install clients.\n*\n";

/// Every release that is kept beside these settings.
pub fn releases(settings: &Path) -> Result<Vec<Found>, Problem> {
    let folder = settings.parent().unwrap_or(Path::new("")).join(FOLDER);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for path in store::children(&folder)? {
        let file = path.join(RELEASE);
        if file.is_file() {
            let text = store::read_text(&file)?;
            found.push(Found { name: store::name_of(&path).to_owned(), path: file, text });
        }
    }
    Ok(found)
}

/// The releases that were made on the site and are kept here, with the numbers of their installers.
pub fn made_here(settings: &Settings) -> Vec<(String, u32)> {
    // One without what the site told was not made here.
    let number = |name: &str| Kept::of(settings, name).ok()?.id().ok();
    settings.kept.iter().filter_map(|kept| Some((kept.name.clone(), number(&kept.name)?))).collect()
}

/// A release's folder.
pub struct Kept {
    folder: PathBuf,
    name: String,
}

/// What the site tells once.
#[derive(Serialize, Deserialize)]
pub struct Secrets {
    /// The installer's number on the site.
    pub id: u32,
    /// The version of the appliance's software that it is of.
    version: Option<String>,
    /// The code to download it with.
    installer_id: String,
    /// The key, as the site wrote it.
    key_info: Value,
}

/// What stands in the file of secrets where the keyring has them.
#[derive(Serialize, Deserialize)]
struct InKeyring {
    id: u32,
    version: Option<String>,
    keyring: String,
}

/// What the file of secrets says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    There(InKeyring),
    Here(Secrets),
}

impl Secrets {
    /// What the site told when it made an installer of this version.
    pub fn new(installer: &Installer, keys: &KeyInfo, version: &str) -> Self {
        let installer_id = installer.installer_id.reveal().to_owned();
        let version = Some(version.to_owned());
        Self { id: installer.id, version, installer_id, key_info: keys.to_json() }
    }

    /// The code to download with.
    pub fn code(&self) -> Secret {
        Secret::new(self.installer_id.clone())
    }

    /// The key for downloads of this platform.
    pub fn key(&self, platform: &str) -> Option<Secret> {
        KeyInfo::read(&self.key_info)?.of(platform).cloned()
    }
}

/// What `release.yaml` says.
pub struct Said<'a> {
    /// The site.
    pub site: &'a str,
    /// The installer's number.
    pub id: u32,
    /// When it was made or looked at.
    pub at: Timestamp,
    /// The vendor's name for the client.
    pub product: Product,
    /// When it stops working.
    pub expires: Timestamp,
    /// The version of the appliance's software.
    pub version: Option<&'a str>,
    /// What may be overridden.
    pub overrides: BTreeSet<String>,
    /// The files, with their digests.
    pub files: BTreeMap<Platform, (String, String)>,
    /// Where the key is, for installers that take it as an argument.
    pub key: Option<SecretReference>,
}

impl Kept {
    /// The folder of a release of this name.
    pub fn of(settings: &Settings, name: &str) -> Result<Self, Problem> {
        let fits = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
            return Err(Problem::usage(format!("`{name}` is no name for a release"))
                .hint("write letters, digits, `-`, `_` and `.`, such as `main` or `2026-12`"));
        }
        let beside = settings.path.parent().unwrap_or(Path::new(""));
        Ok(Self { folder: beside.join(FOLDER).join(name), name: name.to_owned() })
    }

    /// Whether anything is there.
    pub fn is_there(&self) -> bool {
        store::beside(&self.path(TRIAL)).iter().any(|name| !name.starts_with(TRIAL))
    }

    /// A file inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// An installer file, by the site's word for its platform and its own name: two of a site may be called the same.
    pub fn file(&self, word: &str, name: &str) -> PathBuf {
        self.folder.join(word).join(name)
    }

    /// Makes the folder, and looks whether files can be written there.
    pub fn try_folder(&self) -> Result<(), StoreError> {
        let all = self.folder.parent().unwrap_or(Path::new(FOLDER));
        if !store::is_there(all) {
            store::make_private(all)?;
            store::write_whole(&all.join(".gitignore"), |out| out.write_all(IGNORED.as_bytes()))?;
        }
        store::make_private(&self.folder)?;
        let trial = self.path(TRIAL);
        store::write_whole(&trial, |out| out.write_all(IGNORED.as_bytes()))?;
        store::remove(&trial)
    }

    /// Looks whether a keyring is here that takes something; what it has stays as it is.
    pub fn try_keyring(&self, site: &str) -> Result<(), String> {
        let name = format!("{site}/{}/{TRIAL}", self.name);
        store::keep_in_keyring(&name, &Secret::new(TRIAL))?;
        store::forget_in_keyring(&name)
    }

    /// Keeps what the site tells once in a file.
    pub fn keep(&self, secrets: &Secrets) -> Result<(), StoreError> {
        store::write_whole(&self.path(SECRETS), |out| output::json(out, secrets))
    }

    /// The same in the keyring. The installer's number is in the entry's name: releases of other folders may be called
    /// as this one is.
    pub fn keep_in_keyring(&self, secrets: &Secrets, site: &str) -> Result<(), String> {
        let keyring = format!("{site}/{}/{}", self.name, secrets.id);
        let there = InKeyring { id: secrets.id, version: secrets.version.clone(), keyring };
        let text = Secret::new(serde_json::to_string(secrets).map_err(|error| error.to_string())?);
        store::keep_in_keyring(&there.keyring, &text)?;
        store::write_whole(&self.path(SECRETS), |out| output::json(out, &there))
            .map_err(|error| error.to_string())
    }

    /// The number of its installer, which is no secret.
    pub fn id(&self) -> Result<u32, Problem> {
        Ok(match self.written()? {
            Written::There(there) => there.id,
            Written::Here(secrets) => secrets.id,
        })
    }

    /// The version of the appliance's software that its installers are of; none where nobody wrote it down.
    pub fn version(&self) -> Result<Option<String>, Problem> {
        Ok(match self.written()? {
            Written::There(there) => there.version,
            Written::Here(secrets) => secrets.version,
        })
    }

    /// What the site told when the release was made.
    pub fn secrets(&self) -> Result<Secrets, Problem> {
        match self.written()? {
            Written::Here(secrets) => Ok(secrets),
            Written::There(InKeyring { keyring, .. }) => {
                let text = store::found_in_keyring(&keyring).map_err(Problem::usage)?;
                serde_json::from_str(text.reveal()).map_err(|_| {
                    Problem::usage(format!("`{keyring}` of the keyring is not what was written there"))
                })
            }
        }
    }

    fn written(&self) -> Result<Written, Problem> {
        let path = self.path(SECRETS);
        let text = store::read_text(&path).map_err(|error| {
            Problem::usage(format!("`{}` is no release that was made here: {error}", self.name))
                .hint("`jumpfleet installer create` makes one")
        })?;
        // Of what does not fit, nothing may be shown.
        serde_json::from_str(&text)
            .map_err(|_| Problem::usage(format!("`{}` is not what was written there", path.display())))
    }

    /// Keeps the key for installers that take it as an argument, where the other secrets are, and tells where that is.
    pub fn keep_key(&self, key: &Secret) -> Result<SecretReference, Problem> {
        if let Written::There(InKeyring { keyring, .. }) = self.written()? {
            let name = format!("{keyring}/key");
            store::keep_in_keyring(&name, key).map_err(Problem::tool)?;
            return Ok(SecretReference::Keyring(name));
        }
        store::write_whole(&self.path("key"), |out| writeln!(out, "{}", key.reveal()))?;
        Ok(SecretReference::File("key".to_owned()))
    }

    /// Makes it a release.
    pub fn tell(&self, said: &Said<'_>) -> Result<PathBuf, Problem> {
        let path = self.path(RELEASE);
        store::write_whole(&path, |out| out.write_all(text(said).as_bytes()))?;
        Ok(path)
    }
}

/// The release as settings would have it.
fn text(said: &Said<'_>) -> String {
    // A text in JSON is one in YAML too.
    let quoted = |text: &str| Value::from(text).to_string();
    let mut text = format!("# Installer {} of {}, downloaded {}.\n", said.id, said.site, said.at);
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    line(format!("product: {}", said.product));
    if let Some(version) = said.version {
        line(format!("version: {}", quoted(version)));
    }
    line(format!("expires: {}", said.expires));
    if let Some(key) = &said.key {
        line(format!("key: {key}"));
    }
    let overrides: Vec<&str> = said.overrides.iter().map(String::as_str).collect();
    line(format!("overrides: [{}]", overrides.join(", ")));
    line("files:".to_owned());
    for (platform, (name, _)) in &said.files {
        line(format!("  {platform}: {}", quoted(name)));
    }
    line("sha256:".to_owned());
    for (platform, (_, digest)) in &said.files {
        line(format!("  {platform}: {}", quoted(digest)));
    }
    text
}
