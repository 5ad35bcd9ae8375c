//! Who gets a Jump Client, and with which settings?

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Access, Place, Window};

/// One computer of the inventory with everything resolved and checked.
#[derive(Debug, Clone)]
pub struct Host {
    /// The name in the inventory (`inventory_hostname`).
    pub name: Arc<str>,
    /// Where the inventory first names the host.
    pub place: Place,
    /// The groups the host is in, without `all`, sorted.
    pub groups: Vec<Arc<str>>,
    /// Name or address to connect to (`ansible_host`).
    pub address: Arc<str>,
    /// How to connect and log in.
    pub access: Arc<Access>,
    /// What kind of installer the host takes (`jc_platform`).
    pub platform: Platform,
    /// Which release of the settings it gets (`jc_release`); none means the settings' default.
    pub release: Option<Arc<str>>,
    /// The vendor's install-time overrides that are set for this host.
    pub parameters: BTreeMap<Parameter, Arc<str>>,
    /// Where each parameter was written, for findings that concern it.
    pub parameter_places: BTreeMap<Parameter, Place>,
    /// Where the client goes (`jc_install_dir`); the platform has a default where one is needed.
    pub install_dir: Option<Arc<str>>,
    /// The account the client runs as (`jc_user`).
    pub user: Option<Arc<str>>,
    /// How the client comes back after a reboot (`jc_boot`).
    pub boot: Boot,
    /// Name of the wave the host belongs to (`jc_wave`).
    pub wave: Option<Arc<str>>,
    /// When the host may be started (`jc_window`); none means at any time.
    pub window: Option<Arc<Window>>,
    /// What its wave is spread over, if the rollout spreads over anything: the site, say.
    pub spread: Option<Arc<str>>,
    /// Folder on the host below which files are staged (`jc_staging_dir`).
    pub staging_dir: Option<Arc<str>>,
    /// The file whose presence says that a client is there (`jc_marker_file`).
    pub marker_file: Option<Arc<str>>,
    /// Where its variables were written.
    pub origins: Arc<Origins>,
}

/// Where each variable of a host was written: `file:line`, in which [`OWN_NAME`] stands for the host's name, or `+2`
/// for two lines below the line that names the host. Hosts that are written alike share one.
pub type Origins = BTreeMap<Arc<str>, Arc<str>>;

/// What stands for a host's own name where hosts that differ in nothing else are told of together.
pub const OWN_NAME: &str = "{{ inventory_hostname }}";

macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
        #[schemars(transform = $crate::model::schema::words)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All of them, in the order documents list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word used in inventories, settings, plans and reports.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(self.word())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!(concat!("`{}` is not ", $what, ": write one of {}"),
                        $crate::model::readable(text),
                        [$($word),+].join(", "))),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Which installer of the vendor a host takes, and so which words it hears.
    Platform, "a platform" {
        /// `bomgar-pec-<key>.exe` with `--jc-*` flags (up to 24.x).
        WindowsExe = "windows_exe",
        /// `bomgar-pec-win64.msi` or `sra-pin-win_x64-<key>.msi` through msiexec with properties.
        WindowsMsi = "windows_msi",
        /// Linux, installed by root as a system service.
        LinuxService = "linux_service",
        /// Linux without a desktop, with its own directory, user and boot arrangement.
        LinuxHeadless = "linux_headless",
        /// Raspberry Pi OS, a headless Linux with its own installer file.
        RaspberryPi = "raspberry_pi",
        /// macOS, a disk image with `sdcust` inside.
        MacosDmg = "macos_dmg",
    }
}

words! {
    /// An install-time override, named after the vendor's parameter.
    Parameter, "a parameter" {
        /// `--jc-name`: the client's name in the console, at most 128 characters.
        Name = "jc_name",
        /// `--jc-jump-group`: `jumpgroup:<code name>` or `user:<name>`.
        JumpGroup = "jc_jump_group",
        /// `--jc-jump-policy`: the code name of a Jump Policy.
        JumpPolicy = "jc_jump_policy",
        /// `--jc-session-policy`: the code name of a session policy.
        SessionPolicy = "jc_session_policy",
        /// `--jc-tag`: at most 64 characters.
        Tag = "jc_tag",
        /// `--jc-comments`: at most 1,024 characters.
        Comments = "jc_comments",
        /// `--jc-max-offline-minutes`: minutes offline before the site deletes the client.
        MaxOfflineMinutes = "jc_max_offline_minutes",
        /// `--jc-ephemeral`: the same as 5 minutes, a flag without a value.
        Ephemeral = "jc_ephemeral",
    }
}

impl Parameter {
    /// The permission of the release this override needs, as settings and the vendor's API name it.
    pub fn permission(self) -> &'static str {
        match self {
            Self::Ephemeral => "max_offline_minutes",
            other => other.word().trim_start_matches("jc_"),
        }
    }

    /// The flag of EXE, BIN and DMG installers, such as `--jc-jump-group`.
    pub fn flag(self) -> String {
        format!("--{}", self.word().replace('_', "-"))
    }

    /// Whether the flag stands alone.
    pub fn is_switch(self) -> bool {
        self == Self::Ephemeral
    }

    /// The most characters the site stores, where there is a limit (PRA Configuration API 1.10).
    pub fn limit(self) -> Option<usize> {
        match self {
            Self::Name => Some(128),
            Self::Tag => Some(64),
            Self::Comments => Some(1024),
            _ => None,
        }
    }
}

words! {
    /// How a headless client is started again when its host boots.
    Boot, "a boot arrangement" {
        /// A systemd unit of ours, enabled.
        Systemd = "systemd",
        /// A link in `/etc/init.d`, registered with `update-rc.d` or `chkconfig`.
        Init = "init",
        /// Nothing: the client runs until the next reboot.
        None = "none",
    }
}
