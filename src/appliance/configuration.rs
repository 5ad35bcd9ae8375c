//! What is configured on the site? Groups, policies, Jumpoints, installers and clients.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::DOWNLOAD;
use super::piece::{Begun, Piece};
use super::{Account, ApiError, Call};
use crate::model::{Owner, Secret, certain, or_default};

const BASE: &str = "/api/config/v1";

/// A Jump Group, a Jump Policy or a session policy: what people name by its code name and the API by its number.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    /// The number.
    pub id: u32,
    /// The code name.
    #[serde(default, deserialize_with = "or_default")]
    pub code_name: String,
    /// The name that people see.
    #[serde(default, alias = "display_name", deserialize_with = "or_default")]
    pub name: String,
}

/// A Jumpoint.
#[derive(Debug, Clone, Deserialize)]
pub struct Jumpoint {
    /// Its name, by which an installer is told to go through it.
    pub name: String,
    /// Whether it is online.
    #[serde(default, deserialize_with = "or_default")]
    pub connected: bool,
    /// Whether clients may go through it.
    #[serde(default, deserialize_with = "or_default")]
    pub jzp_enabled: bool,
}

/// What installers are asked for.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewInstaller {
    /// The Jump Group's number, or the user's whose personal list it is.
    pub jump_group_id: u32,
    /// Which of both; none means a shared one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jump_group_type: Option<Owner>,
    /// How clients connect: `active` or `passive`; none means as the site has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<&'static str>,
    /// Whether a client becomes a service where that is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevate_install: Option<bool>,
    /// Whether a person is asked for credentials for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevate_prompt: Option<bool>,
    /// The name of the clients; none means the computer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The Jump Policy's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jump_policy_id: Option<u32>,
    /// The session policy's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_policy_id: Option<u32>,
    /// The tag, at most 64 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The comments, at most 1024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// How many minutes the installers stay valid, from 10 to 525,600.
    pub valid_duration: u32,
    /// How many minutes a client may stay away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_offline_minutes: Option<u32>,
    /// The Jumpoint whose proxy clients go through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jumpoint_proxy: Option<String>,
    /// What may be overridden when it is installed: `allow_override_…`.
    #[serde(flatten)]
    pub overrides: BTreeMap<String, bool>,
}

/// Somebody who may log in on the site.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    /// The number.
    pub id: u32,
    /// The name to log in with.
    pub username: String,
    /// The name that others see.
    #[serde(default, deserialize_with = "or_default")]
    pub public_display_name: String,
}

/// Installers as the site knows them.
#[derive(Debug, Clone, Deserialize)]
pub struct Installer {
    /// The number, by which it is listed and deleted.
    pub id: u32,
    /// The 32 characters by which it is downloaded; whoever knows them can install.
    pub installer_id: Code,
    /// The number of the Jump Group, or of the user whose personal list it is.
    pub jump_group_id: u32,
    /// Which of both.
    #[serde(default, deserialize_with = "or_default")]
    pub jump_group_type: Owner,
    /// The name of its clients.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Their tag.
    #[serde(default, deserialize_with = "or_default")]
    pub tag: String,
    /// Their comments.
    #[serde(default, deserialize_with = "or_default")]
    pub comments: String,
    /// How they connect: `active` or `passive`.
    #[serde(default, deserialize_with = "or_default")]
    pub connection_type: String,
    /// Their Jump Policy.
    #[serde(default)]
    pub jump_policy_id: Option<u32>,
    /// Their session policy.
    #[serde(default)]
    pub session_policy_id: Option<u32>,
    /// After how many minutes without a connection they are deleted; 0 means as the site says.
    #[serde(default, deserialize_with = "or_default")]
    pub max_offline_minutes: u32,
    /// When it stops working.
    #[serde(deserialize_with = "certain")]
    pub expiration_timestamp: Timestamp,
    /// The Jumpoint that its clients go through.
    #[serde(default)]
    pub jumpoint_proxy: Option<String>,
    /// Everything else, of which the permitted overrides are read.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// A code that lets whoever knows it install; never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Code(Secret);

impl From<String> for Code {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

impl Code {
    /// The code itself, for the one place that has to say it.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl Installer {
    /// What may be overridden when it is installed, by the words that settings have for it.
    pub fn overrides(&self) -> impl Iterator<Item = &str> {
        self.more.iter().filter_map(|(name, value)| {
            (*value == Value::Bool(true)).then(|| name.strip_prefix("allow_override_"))?
        })
    }
}

impl Account {
    /// What the site knows of this account itself, if it tells.
    pub fn own_record(&self) -> Result<Option<serde_json::Map<String, Value>>, ApiError> {
        let mut own = None;
        self.each(&Call::get(format!("{BASE}/api-account")), |one: serde_json::Map<String, Value>| {
            if one.get("client_id").and_then(Value::as_str) == Some(self.client_id()) {
                own = Some(one);
            }
        })?;
        Ok(own)
    }

    /// All Jump Groups that are shared.
    pub fn jump_groups(&self) -> Result<Vec<Named>, ApiError> {
        self.all(&Call::get(format!("{BASE}/jump-group")))
    }

    /// All Jump Policies.
    pub fn jump_policies(&self) -> Result<Vec<Named>, ApiError> {
        self.all(&Call::get(format!("{BASE}/jump-policy")))
    }

    /// All session policies.
    pub fn session_policies(&self) -> Result<Vec<Named>, ApiError> {
        self.all(&Call::get(format!("{BASE}/session-policy")))
    }

    /// The users of this name, which the site compares in capital and small letters alike.
    pub fn users(&self, username: &str) -> Result<Vec<User>, ApiError> {
        self.all(&Call::get(format!("{BASE}/user")).with("username", username))
    }

    /// All Jumpoints.
    pub fn jumpoints(&self) -> Result<Vec<Jumpoint>, ApiError> {
        self.all(&Call::get(format!("{BASE}/jumpoint")))
    }

    /// All installers that are still valid.
    pub fn installers(&self) -> Result<Vec<Installer>, ApiError> {
        self.all(&Call::get(format!("{BASE}/jump-client/installer")))
    }

    /// When each of them stops working, by their numbers.
    pub fn expiries(&self) -> Result<BTreeMap<u32, Timestamp>, ApiError> {
        let installers = self.installers()?.into_iter();
        Ok(installers.map(|one| (one.id, one.expiration_timestamp)).collect())
    }

    /// One installer.
    pub fn installer(&self, id: u32) -> Result<Installer, ApiError> {
        self.send(&Call::get(format!("{BASE}/jump-client/installer/{id}")))?.json()
    }

    /// Makes an installer, and gives its keys, which nobody is told again.
    pub fn create_installer(&self, wanted: &NewInstaller) -> Result<(Installer, KeyInfo), ApiError> {
        let body = serde_json::to_value(wanted).unwrap_or_default();
        let reply = self.send(&Call::post(format!("{BASE}/jump-client/installer"), body))?;
        let keys: Keys = reply.json()?;
        Ok((reply.json()?, keys.key_info))
    }

    /// Downloads the file for a platform, by the site's word for it, or the rest of what was begun.
    ///
    /// `take` gets which piece of it comes, and what comes. The file's own name is given back.
    pub fn download(
        &self,
        code: &Secret,
        platform: &str,
        begun: Option<&Begun>,
        take: &mut dyn FnMut(&Piece, &mut dyn io::Read) -> io::Result<()>,
    ) -> Result<Option<String>, ApiError> {
        let path = |code: &str| format!("{BASE}/jump-client/installer/{code}/{platform}");
        let call = Call::get(path(code.reveal())).rest_of(begun).known_as(path("…"));
        let mut wrong = None;
        let reply = self.fetch(&call, DOWNLOAD, &mut |answer, body| match Piece::read(
            answer.status,
            |name| answer.header(name),
            begun,
        ) {
            Ok(piece) => take(&piece, body),
            Err(what) => Err(io::Error::other(*wrong.insert(what))),
        });
        if let Some(what) = wrong {
            return Err(ApiError::Unreadable { call: call.shown(), what: what.to_owned() });
        }
        Ok(reply?.disposition.as_deref().and_then(file_name))
    }

    /// Deletes an installer; what was installed with it stays.
    pub fn delete_installer(&self, id: u32) -> Result<(), ApiError> {
        self.send(&Call::delete(format!("{BASE}/jump-client/installer/{id}"))).map(drop)
    }
}

/// The file name of a `Content-Disposition`; one that leads elsewhere is none.
fn file_name(disposition: &str) -> Option<String> {
    let named = disposition.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
    let name = named.trim_matches('"');
    let fits = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    (!name.is_empty() && !name.starts_with('.') && name.chars().all(fits)).then(|| name.to_owned())
}

#[derive(Deserialize)]
struct Keys {
    key_info: KeyInfo,
}

/// The key of an installer, in the three shapes that sites are known to write it in.
#[derive(Deserialize)]
#[serde(from = "Value")]
pub struct KeyInfo {
    raw: Secret,
    shape: Option<Shape>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    /// The key alone (documented up to API 1.9).
    Text(Code),
    /// One key for all platforms (documented from 1.10 on).
    One(Key),
    /// One for each platform, by the site's own words for them (what sites really write).
    Many(BTreeMap<String, Key>),
}

/// The key for one platform.
#[derive(Deserialize)]
struct Key {
    #[serde(rename = "encodedInfo")]
    key: Code,
}

impl From<Value> for KeyInfo {
    fn from(value: Value) -> Self {
        Self { raw: Secret::new(value.to_string()), shape: serde_json::from_value(value).ok() }
    }
}

/// What sites call the platform of a download inside `key_info`.
const INTERNAL: [(&str, &str); 4] = [
    ("windows-64-msi", "winNT-64-msi"),
    ("linux-64", "linux64-x86"),
    ("mac-dmg", "mac-osx-x86"),
    ("mac-zip", "mac-osx-x86"),
];

impl KeyInfo {
    /// The key for a download of this platform; where the site's word for it is not known, the only key there is.
    pub fn of(&self, platform: &str) -> Option<&Secret> {
        let key = match self.shape.as_ref()? {
            Shape::Text(code) => code,
            Shape::One(one) => &one.key,
            Shape::Many(many) => {
                let word = INTERNAL.iter().find(|(known, _)| *known == platform).map(|(_, word)| *word);
                let named = word.and_then(|word| many.get(word)).or_else(|| many.get(platform));
                let mut keys = many.values().map(|one| &one.key);
                let first = keys.next()?;
                let only = || keys.all(|key| key == first).then_some(first);
                named.map(|one| &one.key).or_else(only)?
            }
        };
        Some(&key.0)
    }

    /// Reads what [`to_json`](Self::to_json) gave.
    pub fn read(value: &Value) -> Option<Self> {
        Some(Self::from(value.clone())).filter(|read| read.shape.is_some())
    }

    /// The same as the site wrote it, for a file that its owner alone reads.
    pub fn to_json(&self) -> Value {
        serde_json::from_str(self.raw.reveal()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_all_three_shapes() {
        let one = |key: &str| format!(r#"{{"encodedInfo":"{key}","filename":"f","installerPath":"p"}}"#);
        let of = |text: &str, platform: &str| {
            let info = KeyInfo::from(serde_json::from_str::<Value>(text).unwrap());
            assert_eq!(info.to_json(), serde_json::from_str::<Value>(text).unwrap());
            info.of(platform).map(|key| key.reveal().to_owned())
        };
        assert_eq!(of("\"abc\"", "linux-64").as_deref(), Some("abc"));
        assert_eq!(of(&one("abc"), "windows-64-msi").as_deref(), Some("abc"));
        let many = format!("{{\"winNT-64-msi\":{},\"linux64-x86\":{}}}", one("w"), one("l"));
        assert_eq!(of(&many, "windows-64-msi").as_deref(), Some("w"));
        assert_eq!(of(&many, "linux-64").as_deref(), Some("l"));
        assert_eq!(of(&many, "raspberry-pi-32-headless"), None);
        let same = format!("{{\"winNT-64-msi\":{},\"linux64-x86\":{}}}", one("x"), one("x"));
        assert_eq!(of(&same, "windows-32-msi").as_deref(), Some("x"));
        assert_eq!(of("[1]", "linux-64"), None);
    }

    #[test]
    fn null_is_the_same_as_nothing_said() {
        let named: Named = serde_json::from_str(r#"{"id":1,"code_name":null,"display_name":null}"#).unwrap();
        assert_eq!((named.code_name.as_str(), named.name.as_str()), ("", ""));
        let point: Jumpoint =
            serde_json::from_str(r#"{"name":"x","connected":null,"jzp_enabled":null}"#).unwrap();
        assert!(!point.connected && !point.jzp_enabled);
        let user: User =
            serde_json::from_str(r#"{"id":1,"username":"x","public_display_name":null}"#).unwrap();
        assert_eq!(user.public_display_name, "");
        let installer: Installer = serde_json::from_str(
            r#"{"id":1,"installer_id":"x","jump_group_id":1,"jump_group_type":null,"name":null,"tag":null,
                "comments":null,"connection_type":null,"max_offline_minutes":null,
                "expiration_timestamp":"2026-01-01T00:00:00Z"}"#,
        )
        .unwrap();
        assert_eq!((installer.jump_group_type, installer.max_offline_minutes), (Owner::Shared, 0));
        let ends = |at: &str| {
            let text =
                format!(r#"{{"id":1,"installer_id":"x","jump_group_id":1,"expiration_timestamp":{at}}}"#);
            serde_json::from_str::<Installer>(&text).map(|one| one.expiration_timestamp.as_second())
        };
        assert_eq!(ends("\"2026-01-01 00:00:00\"").unwrap(), 1_767_225_600);
        assert_eq!(ends("1767225600").unwrap(), 1_767_225_600);
        assert!(ends("\"some day\"").unwrap_err().to_string().contains("`some day` is no time"));
        assert!(ends("null").is_err());
    }

    #[test]
    fn a_file_name_leads_nowhere_else() {
        let named = |text: &str| file_name(&format!("attachment; filename={text}"));
        assert_eq!(named("\"sra-pin-x.bin\"").as_deref(), Some("sra-pin-x.bin"));
        for text in ["\"../x.bin\"", "\".x\"", "\"\"", "\"a b\"", "\"C:\\x\""] {
            assert_eq!(named(text), None, "{text}");
        }
        assert_eq!(file_name("attachment"), None);
    }
}
