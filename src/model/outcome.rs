//! How did a host's visit end? Exactly one answer for every planned host.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::host::words;
use super::{Phase, Rule, Task};

/// The end of one host's visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// The client was installed and was seen running afterwards.
    Installed {
        /// The directory it was seen in, masked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
        /// What else is worth knowing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
    },
    /// The client was installed, was seen running, and has connected to the site since.
    Connected {
        /// The directory it was seen in, masked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
        /// Its record's number on the site.
        client: u32,
        /// What else is worth knowing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
    },
    /// The client was installed and was seen running, and did not connect to the site in time.
    NotConnected {
        /// The directory it was seen in, masked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
        /// What the site has of it.
        detail: String,
        /// What else is worth knowing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
    },
    /// A client was there before; nothing was changed.
    AlreadyPresent {
        /// The rule that matched first.
        rule: Rule,
        /// What matched, masked.
        evidence: String,
        /// False when the host was searched for a client's process and none runs: somebody should look.
        #[serde(default = "runs", skip_serializing_if = "Clone::clone")]
        running: bool,
    },
    /// The client was removed and nothing of it was seen afterwards.
    Removed {
        /// The directory it was seen in before, masked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
        /// What else is worth knowing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
    },
    /// There was no client to remove; nothing was changed.
    AlreadyAbsent {
        /// What kept the removal from a client that is there, such as another run's mark; empty when none is.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// The host was reached and something went wrong.
    Failed {
        /// Where.
        phase: Phase,
        /// What kind of mishap, for folding and for retry rules.
        class: Class,
        /// What happened, masked, one line.
        detail: String,
        /// The end of what the host printed, masked; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        tail: String,
    },
    /// No session could be had; nothing was started.
    Unreachable {
        /// What kind of mishap.
        class: Class,
        /// What happened, masked, one line.
        detail: String,
    },
    /// An installer was started and nobody could look afterwards.
    Unknown {
        /// Where the connection was lost.
        phase: Phase,
        /// What happened, masked, one line.
        detail: String,
    },
    /// The visit did not begin, or stopped before its installer.
    NotStarted {
        /// Why, such as `interrupted`.
        reason: String,
    },
}

fn runs() -> bool {
    true
}

words! {
    /// What is worth knowing of a host on which all went well.
    Note, "a note" {
        /// The host has to be restarted before everything works (Windows Installer codes 3010, 1641).
        RestartPending = "restart_pending",
        /// A client of another site is there as well.
        OtherSite = "other_site",
    }
}

impl Note {
    /// What people read.
    pub fn said(self) -> &'static str {
        match self {
            Self::RestartPending => "restart pending",
            Self::OtherSite => "beside a client of another site",
        }
    }
}

words! {
    /// The kinds of outcome, in the order reports list them.
    OutcomeKind, "an outcome" {
        /// See [`Outcome::Installed`].
        Installed = "installed",
        /// See [`Outcome::Connected`].
        Connected = "connected",
        /// See [`Outcome::NotConnected`].
        NotConnected = "not_connected",
        /// See [`Outcome::AlreadyPresent`].
        AlreadyPresent = "already_present",
        /// See [`Outcome::Removed`].
        Removed = "removed",
        /// See [`Outcome::AlreadyAbsent`].
        AlreadyAbsent = "already_absent",
        /// See [`Outcome::Failed`].
        Failed = "failed",
        /// See [`Outcome::Unreachable`].
        Unreachable = "unreachable",
        /// See [`Outcome::Unknown`].
        Unknown = "unknown",
        /// See [`Outcome::NotStarted`].
        NotStarted = "not_started",
    }
}

impl OutcomeKind {
    /// Whether a resumed run leaves the host alone.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Unknown | Self::NotStarted)
    }

    /// Whether reports of this task list it even when no host ended so.
    pub fn is_usual_in(self, task: Task) -> bool {
        match self {
            Self::Installed | Self::AlreadyPresent => task != Task::Uninstall,
            Self::Removed | Self::AlreadyAbsent => task == Task::Uninstall,
            // Only runs that ask the site know of them.
            Self::Connected | Self::NotConnected => false,
            _ => true,
        }
    }
}

impl Outcome {
    /// Which kind it is.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Installed { .. } => OutcomeKind::Installed,
            Self::Connected { .. } => OutcomeKind::Connected,
            Self::NotConnected { .. } => OutcomeKind::NotConnected,
            Self::AlreadyPresent { .. } => OutcomeKind::AlreadyPresent,
            Self::Removed { .. } => OutcomeKind::Removed,
            Self::AlreadyAbsent { .. } => OutcomeKind::AlreadyAbsent,
            Self::Failed { .. } => OutcomeKind::Failed,
            Self::Unreachable { .. } => OutcomeKind::Unreachable,
            Self::Unknown { .. } => OutcomeKind::Unknown,
            Self::NotStarted { .. } => OutcomeKind::NotStarted,
        }
    }

    /// Whether a resumed run leaves the host alone.
    pub fn is_final(&self) -> bool {
        self.kind().is_final()
    }

    /// What else is worth knowing of a host on which all went well.
    pub fn notes(&self) -> &[Note] {
        match self {
            Self::Installed { notes, .. }
            | Self::Connected { notes, .. }
            | Self::NotConnected { notes, .. }
            | Self::Removed { notes, .. } => notes,
            _ => &[],
        }
    }
}

words! {
    /// The kind of mishap; retry rules and folding go by it.
    Class, "a class of mishap" {
        /// The name of the host has no address.
        NameResolution = "name_resolution",
        /// Nothing listens.
        ConnectionRefused = "connection_refused",
        /// No way to the host, or no answer in time.
        ConnectTimeout = "connect_timeout",
        /// The network says that there is no route.
        NoRoute = "no_route",
        /// The connection was cut.
        ConnectionLost = "connection_lost",
        /// The server took the connection but sent no greeting: too many at once, or asleep.
        NoBanner = "no_banner",
        /// The key exchange failed.
        Handshake = "handshake",
        /// The host's key is not in known_hosts.
        HostKeyUnknown = "host_key_unknown",
        /// The host's key differs from known_hosts.
        HostKeyChanged = "host_key_changed",
        /// The host's key is marked as revoked.
        HostKeyRevoked = "host_key_revoked",
        /// No way to log in was accepted.
        Authentication = "authentication",
        /// A secret reference has no value here.
        SecretMissing = "secret_missing",
        /// A bastion on the way could not be passed.
        Bastion = "bastion",
        /// sudo refused: wrong password, a password wanted but none named, or not allowed.
        Sudo = "sudo",
        /// The host is not what the inventory says: other system, missing account, missing tool.
        Unfit = "unfit",
        /// No room on the host.
        DiskFull = "disk_full",
        /// What arrived on the host is not what was sent.
        Checksum = "checksum",
        /// A step did not end before its deadline.
        Timeout = "timeout",
        /// Another installation holds the host's package manager or Windows Installer (1618).
        InstallerBusy = "installer_busy",
        /// The installer says that the appliance is too busy.
        ServerBusy = "server_busy",
        /// The installer ended with an error.
        InstallerFailed = "installer_failed",
        /// The installer refused an override that the release was said to permit.
        OverrideRefused = "override_refused",
        /// The installer, or its first start, came after its expiry.
        InstallerExpired = "installer_expired",
        /// The installer could not find its key: its file was renamed.
        KeyMissing = "key_missing",
        /// The installer said that it succeeded, but no client is there.
        NothingInstalled = "nothing_installed",
        /// Windows Installer said that it succeeded and did nothing: it has a product registered that is gone.
        OrphanKey = "orphan_key",
        /// A folder of a try that failed is there, and nothing else of a client.
        LeftOver = "left_over",
        /// The client is there but does not run, or would not survive a reboot.
        NotRunning = "not_running",
        /// The removal ended and something of the client is still there.
        StillThere = "still_there",
        /// The client is removed, and its record on the site could not be deleted.
        RecordLeft = "record_left",
        /// Somebody is in a session with the host, and the client was not removed.
        SessionOpen = "session_open",
        /// The site did not tell whether somebody is in a session with the host, and the client was not removed.
        SessionsUnknown = "sessions_unknown",
        /// What the host printed could not be understood.
        BadAnswer = "bad_answer",
        /// The host's maintenance window is not open yet: it is visited again when it is.
        WindowShut = "window_shut",
        /// Any other command failed.
        CommandFailed = "command_failed",
        /// jumpfleet itself failed; a fault of ours.
        Internal = "internal",
    }
}
