//! Which version of the APIs answers, and what can it do?

use serde::Deserialize;

use super::{Account, ApiError, Call};
use crate::inventory;
use crate::model::Platform;

/// The Configuration API's version, as its specification tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edition {
    parts: Vec<u32>,
    text: String,
    platforms: Vec<String>,
    /// What may be asked for when installers are made; empty where the specification does not tell.
    fields: Vec<String>,
}

/// What the newer Command API tells of itself and of the account.
#[derive(Debug, Clone, Deserialize)]
pub struct Info {
    /// What the account may do: `true`, or a word such as `full_access`.
    pub permissions: serde_json::Map<String, serde_json::Value>,
    /// The product: `pra` or `rs`.
    pub product: String,
}

impl Info {
    /// Asks the newer Command API; none where the site has none (404), or the account may not use it (403).
    ///
    /// 401 is the answer of older sites to whatever they do not know. Of those that have it, it says that the account may
    /// not ask it, or that its token is not taken: that is the error then.
    pub fn find(account: &Account) -> Result<Option<Self>, ApiError> {
        match account.send(&Call::get("/api/command/v2/info")) {
            Ok(reply) => reply.json().map(Some),
            Err(refused @ ApiError::Refused { .. }) => match Edition::detect(account) {
                Ok(edition) if !edition.is_since(1, 12) => Ok(None),
                _ => Err(refused),
            },
            Err(ApiError::Missing { .. } | ApiError::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Edition {
    /// Asks the site for its own specification.
    pub fn detect(account: &Account) -> Result<Self, ApiError> {
        let call = Call::get("/api/config/v1/openapi.yaml");
        let reply = account.send(&call)?;
        let what = || ApiError::Unreadable { call: call.shown(), what: "it names no version".to_owned() };
        Self::read(&String::from_utf8_lossy(&reply.body)).ok_or_else(what)
    }

    /// Reads the specification's version and which installers can be downloaded.
    fn read(specification: &str) -> Option<Self> {
        let text = version(specification)?;
        let parts = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let tree = inventory::tree("openapi.yaml", specification).ok();
        let read = |find: fn(&inventory::Tree) -> Vec<String>| tree.as_ref().map(find).unwrap_or_default();
        Some(Self { parts, text: text.to_owned(), platforms: read(platforms), fields: read(fields) })
    }

    /// The version as the site writes it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is this version or a newer one.
    pub fn is_since(&self, major: u32, minor: u32) -> bool {
        self.parts >= vec![major, minor]
    }

    /// The site's word for the installer of a platform, if it has one.
    pub fn word_of(&self, platform: Platform) -> Option<&str> {
        let words: &[&str] = match platform {
            Platform::WindowsExe => &["windows-64"],
            Platform::WindowsMsi => &["windows-64-msi"],
            Platform::LinuxService => &["linux-64"],
            // From 25.2 on one installer is both.
            Platform::LinuxHeadless if self.is_since(1, 10) => &["linux-64"],
            Platform::LinuxHeadless => &["linux-64-headless"],
            Platform::RaspberryPi => &["raspberry-pi-32-headless"],
            Platform::MacosDmg => &["mac-dmg"],
        };
        self.platforms.iter().map(String::as_str).find(|known| words.contains(known))
    }

    /// Whether installers can be asked for with this field; sites take those of a client's absence without telling.
    pub fn takes(&self, field: &str) -> bool {
        self.fields.is_empty()
            || field.ends_with("max_offline_minutes")
            || self.fields.iter().any(|known| known == field)
    }

    /// The words for installers that can be downloaded; empty where the specification does not tell.
    pub fn platforms(&self) -> &[String] {
        &self.platforms
    }
}

/// The version behind `info`; as text, because 1.10 is not 1.1.
fn version(specification: &str) -> Option<&str> {
    let info = &specification[specification.find("info")?..];
    info.match_indices("version").find_map(|(at, word)| {
        let number = info[at + word.len()..].trim_start_matches(['"', '\'', ':', ' ']);
        let end = number.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(number.len());
        Some(&number[..end]).filter(|number| !number.is_empty())
    })
}

fn platforms(tree: &inventory::Tree) -> Vec<String> {
    const DOWNLOAD: [&str; 4] =
        ["paths", "/jump-client/installer/{installer_id}/{platform}", "get", "parameters"];
    let parameters = tree.root.find(DOWNLOAD).map(|found| found.items()).unwrap_or_default();
    let is_it = |one: &&inventory::Node| one.get("name").and_then(|name| name.text()) == Some("platform");
    let words = parameters.iter().find(is_it).and_then(|one| one.find(["schema", "enum"]));
    let words = words.map(|words| words.items()).unwrap_or_default();
    words.iter().filter_map(|word| word.text().map(str::to_owned)).collect()
}

fn fields(tree: &inventory::Tree) -> Vec<String> {
    const CREATE: [&str; 8] = [
        "paths",
        "/jump-client/installer",
        "post",
        "requestBody",
        "content",
        "application/json",
        "schema",
        "properties",
    ];
    let properties = tree.root.find(CREATE).map(|found| found.entries()).unwrap_or_default();
    properties.iter().map(|entry| entry.key.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_told_by_the_specification() {
        for text in [
            "openapi: 3.0.0\ninfo:\n  title: version of x\n  version: '1.10'\n",
            "{\"info\": {\"version\": \"1.10\"}}",
        ] {
            let edition = Edition::read(text);
            assert_eq!(edition.as_ref().map(Edition::text), Some("1.10"), "{text}");
            assert!(edition.is_some_and(|edition| edition.is_since(1, 9) && !edition.is_since(1, 12)));
        }
        assert_eq!(Edition::read("<html>"), None);
    }
}
