//! What will happen, exactly? A value that can be shown, signed and carried out.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::host::words;
use super::{
    Access, Appliance, Architecture, Invocation, KeySource, Known, Namesakes, OWN_NAME, Observation, Origins,
    Parameter, Platform, Product, Rate, Rules, SecretReference, Shape, Slot, Window,
};

/// The version of the plan file's format; readers refuse a newer one.
pub const PLAN_FORMAT: u32 = 1;

/// 64 hexadecimal digits, as a regular expression.
const DIGEST: &str = "^[0-9a-f]{64}$";

/// A whole rollout, decided; it holds references to secrets, never secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of the format, [`PLAN_FORMAT`].
    #[schemars(extend("const" = PLAN_FORMAT))]
    pub format_version: u32,
    /// SHA-256 of the canonical JSON of everything below, 64 hexadecimal digits.
    #[schemars(regex(pattern = DIGEST))]
    pub plan_id: String,
    /// The version of jumpfleet that made it.
    pub tool_version: String,
    /// When it was made.
    pub created: Timestamp,
    /// The settings file it was made with, an absolute path.
    pub settings: String,
    /// The inventories it was made from in their order: absolute paths, or lists of hosts with commas; one alone is
    /// written without a list around it.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "one_or_more")]
    #[schemars(with = "one_or_more::OneOrMore")]
    pub inventory: Vec<String>,
    /// Every file it was made from, with its digest.
    pub inputs: Vec<Input>,
    /// The pattern given with `--limit`, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The site.
    pub appliance: Appliance,
    /// What is done to the hosts.
    #[serde(default)]
    pub task: Task,
    /// The run whose clients alone are removed; none removes any run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// The most starts per time.
    pub rate: Rate,
    /// How many visits go on at once.
    pub at_once: u32,
    /// How carefully it goes.
    pub rules: Rules,
    /// The releases that hosts get, by name.
    pub releases: BTreeMap<String, PlannedRelease>,
    /// The installer files that are needed.
    pub installers: Vec<InstallerFile>,
    /// Names of the waves, in order.
    pub waves: Vec<String>,
    /// The times at which hosts may be started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// What the waves are spread over, such as sites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spreads: Vec<Arc<str>>,
    /// Ways to reach hosts.
    pub accesses: Vec<Access>,
    /// What the kinds of hosts hear.
    pub treatments: Vec<Treatment>,
    /// Where variables of hosts were written, each kind of answer once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origins>,
    /// The hosts in the order they are started.
    pub hosts: Vec<PlannedHost>,
    /// How long it takes.
    pub estimate: Estimate,
    /// What is worth knowing before it is carried out; an error forbids it.
    pub findings: Vec<Finding>,
}

impl Plan {
    /// What a host hears.
    pub fn treatment(&self, host: &PlannedHost) -> &Treatment {
        &self.treatments[host.treatment as usize]
    }

    /// Where a variable of a host was written, as `file:line`; none when the plan does not say.
    pub fn origin(&self, host: &PlannedHost, variable: &str) -> Option<String> {
        let place = self.origins.get(host.origins? as usize)?.get(variable)?;
        match place.strip_prefix('+') {
            None => Some(place.replacen(OWN_NAME, &host.name, 1)),
            Some(below) => {
                let (file, line) = host.place.rsplit_once(':')?;
                let line = line.parse::<u32>().ok()?.checked_add(below.parse().ok()?)?;
                Some(format!("{file}:{line}"))
            }
        }
    }

    /// Whether the site shows the client of a host to the API: those of personal lists it does not.
    pub fn shows_on_site(&self, host: &PlannedHost) -> bool {
        let is_personal = match self.value(host, Slot::Parameter(Parameter::JumpGroup)) {
            Some(group) => group.starts_with("user:"),
            None => {
                let release = &self.treatment(host).release;
                self.appliance.told.as_ref().is_some_and(|told| told.personal.contains(release))
            }
        };
        self.task.installs() && !is_personal
    }

    /// What fills a gap on a host, where the plan knows it.
    pub fn value<'a>(&'a self, host: &'a PlannedHost, slot: Slot) -> Option<&'a Arc<str>> {
        host.values.get(&slot).or_else(|| self.treatment(host).values.get(&slot))
    }
}

words! {
    /// What a run does to its hosts.
    #[derive(Default)]
    Task, "a task" {
        /// Installs the client where there is none.
        #[default]
        Install = "install",
        /// Installs it, and first removes an older generation's client or another appliance's.
        Replace = "replace",
        /// Removes the client.
        Uninstall = "uninstall",
    }
}

impl Task {
    /// Whether a client is there when it went well; a removal needs no installer and no key.
    pub fn installs(self) -> bool {
        self != Self::Uninstall
    }
}

/// A file the plan was made from, or what an inventory script printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The absolute path of the file or the script.
    pub path: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    #[schemars(regex(pattern = DIGEST))]
    pub sha256: String,
    /// What the bytes are.
    #[serde(default, skip_serializing_if = "InputKind::is_file")]
    pub kind: InputKind,
}

words! {
    /// What the digest of an input is made of.
    #[derive(Default)]
    InputKind, "a kind of input" {
        /// The file itself.
        #[default]
        File = "file",
        /// What the inventory script of this path printed.
        Output = "output",
    }
}

impl InputKind {
    /// Whether it is the file itself.
    pub fn is_file(&self) -> bool {
        *self == Self::File
    }
}

/// A list of texts of which one alone is written as a text.
mod one_or_more {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, schemars::JsonSchema)]
    #[serde(untagged)]
    #[schemars(inline)]
    pub enum OneOrMore {
        /// One alone.
        One(String),
        /// Several.
        More(Vec<String>),
    }

    pub fn serialize<S: Serializer>(texts: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        match texts {
            [only] => only.serialize(serializer),
            more => more.serialize(serializer),
        }
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        Ok(match OneOrMore::deserialize(deserializer)? {
            OneOrMore::One(text) => vec![text],
            OneOrMore::More(texts) => texts,
        })
    }
}

/// What the plan needs to know of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedRelease {
    /// The vendor's product name.
    pub product: Product,
    /// The client version, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When its installers stop working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Where its key is, when it is not in the file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SecretReference>,
    /// Its permitted overrides, sorted.
    pub overrides: Vec<String>,
}

/// One installer file; in the plan of a removal, which needs none, the name of one and the digest of nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstallerFile {
    /// The release it belongs to.
    pub release: String,
    /// The platform it is for.
    pub platform: Platform,
    /// Its path as the settings write it, where `*` stands for the key.
    pub pattern: String,
    /// Its name with the key masked, for people.
    pub shown: String,
    /// Fingerprint of the key it installs with, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_fingerprint: Option<String>,
    /// How it learns the key.
    pub key: KeySource,
    /// Which processors it is for, where its name or the programs inside it tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<Architecture>,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    #[schemars(regex(pattern = DIGEST))]
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What one kind of hosts hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    /// The release.
    pub release: String,
    /// What its hosts' variables ask for, without the values.
    pub shape: Shape,
    /// Index into [`Plan::installers`].
    pub installer: usize,
    /// The scripts.
    pub invocation: Invocation,
    /// What fills the gaps of its scripts on all its hosts alike.
    pub values: BTreeMap<Slot, Arc<str>>,
}

/// One host with what differs from the others of its treatment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedHost {
    /// The name in the inventory.
    pub name: Arc<str>,
    /// Where the inventory names it, as `file:line`.
    pub place: String,
    /// Name or address to connect to.
    pub address: Arc<str>,
    /// Index into [`Plan::accesses`].
    pub access: u32,
    /// Index into [`Plan::treatments`].
    pub treatment: u32,
    /// Index into [`Plan::waves`].
    pub wave: u32,
    /// Index into [`Plan::windows`]; none may be started at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
    /// Index into [`Plan::spreads`]; none where the waves are spread over nothing, or the host has no value for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<u32>,
    /// Index into [`Plan::origins`]; none when an older version made the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<u32>,
    /// What fills the gaps of its scripts on this host alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Slot, Arc<str>>,
    /// What was seen, when the plan was made with a look at the hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observation: Option<Observation>,
    /// By what hosts of the inventory that the plan leaves out are called so too; none where none of them is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namesakes: Option<Namesakes>,
    /// The record that the site has of it, or may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Known>,
}

/// How long a rollout takes at least.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Seconds between two starts, the guard included.
    pub interval: f64,
    /// Seconds from the first start to the last.
    pub starts: f64,
    /// Seconds one install is expected to take.
    pub install: f64,
    /// When the last host would be done if it began when the plan was made.
    pub done: Timestamp,
}

words! {
    /// How serious a finding is.
    FindingLevel, "a level" {
        /// Good to know.
        Note = "note",
        /// Probably not meant.
        Warning = "warning",
        /// The plan must not be carried out.
        Error = "error",
    }
}

/// Something worth knowing before the plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// How serious.
    pub level: FindingLevel,
    /// A stable word for programs, such as `installer_expires_too_soon`.
    pub code: String,
    /// What, for people, secrets masked.
    pub message: String,
    /// Where the first host it concerns is named, as `file:line`; none when it concerns no host in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}
