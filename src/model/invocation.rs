//! What must be said to one kind of host, with gaps for what differs from host to host?

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Boot, Generation, KeySource, Parameter, Platform, Product};

/// The language of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// POSIX sh.
    Posix,
    /// cmd.exe: carried to the host as a `.cmd` file with CRLF line ends, without which it misses labels.
    Cmd,
}

/// How a value is protected where it stands in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quote {
    /// One word of POSIX sh.
    Posix,
    /// One argument of a Windows program that uses CommandLineToArgvW, inside a cmd.exe line.
    WindowsArgument,
    /// The value of an msiexec property, inside a cmd.exe line: `"a b"`, quotes doubled.
    MsiProperty,
    /// One word of a systemd unit's command line.
    SystemdWord,
    /// As it is; only for values whose characters were checked.
    Bare,
}

/// A gap in a script that each host fills with its own value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The value of an install-time override.
    Parameter(Parameter),
    /// Where the client goes.
    InstallDir,
    /// The last part of `InstallDir`, which names the unit of newer clients.
    InstallName,
    /// The folder `InstallDir` is made in.
    InstallParent,
    /// The client's own start script inside `InstallDir`; a unit's command line quotes whole words only.
    InitScript,
    /// The account the client runs as.
    User,
    /// The marker file.
    MarkerFile,
    /// The folder the marker file is in.
    MarkerFolder,
    /// The folder of this run on the host, where the installer file lies.
    Staging,
    /// The installer file's own name; it holds the key and is shown masked.
    FileName,
    /// The installer file's SHA-256, 64 hexadecimal digits.
    FileDigest,
    /// The installer key; a secret.
    Key,
    /// The site's host name.
    Site,
    /// The release's name in the settings.
    Release,
    /// The run's name.
    Run,
}

impl Slot {
    const PLAIN: [(Self, &'static str); 14] = [
        (Self::InstallDir, "install_dir"),
        (Self::InstallName, "install_name"),
        (Self::InstallParent, "install_parent"),
        (Self::InitScript, "init_script"),
        (Self::User, "user"),
        (Self::MarkerFile, "marker_file"),
        (Self::MarkerFolder, "marker_folder"),
        (Self::Staging, "staging"),
        (Self::FileName, "file_name"),
        (Self::FileDigest, "file_digest"),
        (Self::Key, "key"),
        (Self::Site, "site"),
        (Self::Release, "release"),
        (Self::Run, "run"),
    ];

    /// The words of all gaps but the overrides.
    pub(super) fn plain_words() -> impl Iterator<Item = &'static str> {
        Self::PLAIN.iter().map(|(_, word)| *word)
    }

    /// The word used in plans; an override keeps its variable's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Parameter(parameter) => parameter.word(),
            plain => Self::PLAIN.iter().find(|(slot, _)| *slot == plain).map_or("", |(_, word)| word),
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

impl FromStr for Slot {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((slot, _)) = Self::PLAIN.iter().find(|(_, word)| *word == text) {
            return Ok(*slot);
        }
        text.parse()
            .map(Self::Parameter)
            .map_err(|_| format!("`{}` is not a gap of a script", super::readable(text)))
    }
}

impl Serialize for Slot {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = std::borrow::Cow::<'de, str>::deserialize(from)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

/// A part of a script: fixed text, or a gap with the quoting its place needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Piece {
    /// Fixed text.
    Text(String),
    /// A gap.
    Gap {
        /// What fills it.
        slot: Slot,
        /// How the value is protected.
        quote: Quote,
    },
}

/// A script with gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Script(pub Vec<Piece>);

impl Script {
    /// An empty script.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds fixed text.
    #[must_use]
    pub fn text(mut self, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
        self
    }

    /// Adds a gap.
    #[must_use]
    pub fn gap(mut self, slot: Slot, quote: Quote) -> Self {
        self.0.push(Piece::Gap { slot, quote });
        self
    }

    /// Adds another script.
    #[must_use]
    pub fn script(mut self, other: &Self) -> Self {
        for piece in &other.0 {
            self = match piece {
                Piece::Text(text) => self.text(text),
                Piece::Gap { slot, quote } => self.gap(*slot, *quote),
            };
        }
        self
    }

    /// The slots it needs, each once.
    pub fn slots(&self) -> BTreeSet<Slot> {
        self.0
            .iter()
            .filter_map(|piece| match piece {
                Piece::Gap { slot, .. } => Some(*slot),
                Piece::Text(_) => None,
            })
            .collect()
    }
}

/// Which part of a host's visit something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Connecting and logging in.
    Connect,
    /// Gathering facts and traces of clients.
    Probe,
    /// Bringing the installer file onto the host.
    Stage,
    /// Waiting for a permit.
    Permit,
    /// Running the installer.
    Install,
    /// Starting the client and arranging its start at boot.
    Start,
    /// Looking whether the client is there and runs.
    Verify,
    /// Running the vendor's removal.
    Remove,
    /// Taking staged files away.
    Clean,
}

impl Phase {
    /// The word used in events and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Probe => "probe",
            Self::Stage => "stage",
            Self::Permit => "permit",
            Self::Install => "install",
            Self::Start => "start",
            Self::Verify => "verify",
            Self::Remove => "remove",
            Self::Clean => "clean",
        }
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(self.word())
    }
}

/// One thing the host is told, in the imperative.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it does, such as `write the systemd unit`.
    pub name: String,
    /// What the shell hears.
    pub script: Script,
    /// Seconds until it counts as hanging.
    pub deadline: u32,
    /// The exit codes that mean success.
    pub success: Vec<i32>,
}

/// Everything said to one kind of host, from the first look to the last sweep; pure data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invocation {
    /// The language of every script in it.
    pub dialect: Dialect,
    /// Prints facts and traces, each on a marked line; the same look is taken again for the proof.
    pub probe: Step,
    /// Makes the staging folder, private to the login account.
    pub prepare: Step,
    /// Prints the SHA-256 of the staged file, if it is there.
    pub digest: Step,
    /// The vendor's command line and nothing else, for people to read.
    pub command: Script,
    /// Lays ready what `install` starts, before the wait for a permit; none where nothing needs to be.
    #[serde(default)]
    pub ready: Option<Step>,
    /// Runs `command` so that it outlives a lost connection, waits, and prints its exit code.
    pub install: Step,
    /// Starts the client and arranges its start at boot, in order.
    pub start: Vec<Step>,
    /// Writes the marker file after the proof.
    pub mark: Step,
    /// The vendor's removal as a command line, for people to read.
    #[serde(default)]
    pub removal: Script,
    /// The vendor's removal of the host's own client and our own traces, in order.
    pub remove: Vec<Step>,
    /// The same for a client of another generation or site in whose place the host's own comes, in order.
    #[serde(default)]
    pub replace: Vec<Step>,
    /// Removes the folders that a failed try left, where the plan wants that; none where they are no trouble.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tidy: Option<Step>,
    /// Ends what a given-up installer left running.
    pub abandon: Step,
    /// Removes the staging folder.
    pub clean: Step,
}

/// What a host's variables ask for, without the values: hosts of one shape hear the same scripts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The platform.
    pub platform: Platform,
    /// The product, which decides the generation and the names of traces.
    pub product: Product,
    /// How the installer learns its key.
    pub key: KeySource,
    /// The overrides that are set.
    pub parameters: BTreeSet<Parameter>,
    /// Whether an install directory is named, by the host or by the platform's default.
    pub install_dir: bool,
    /// Whether an account is named.
    pub user: bool,
    /// Whether scripts run as root, through sudo or because the login is root.
    #[serde(rename = "become")]
    pub elevate: bool,
    /// Whether a marker file is written.
    pub marker: bool,
    /// How the client comes back after a reboot.
    pub boot: Boot,
}

impl Shape {
    /// The command-line generation of the product.
    pub fn generation(&self) -> Generation {
        self.product.generation()
    }
}
