//! How is a host reached and entered?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretReference;

/// Everything but the address that decides how a connection is made; hosts of a group share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// TCP port of the SSH server (`ansible_port`, default 22).
    pub port: u16,
    /// Login name (`ansible_user`); none means the name of the person who runs jumpfleet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Private key file (`ansible_ssh_private_key_file`); none means the agent, then the usual files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// Where the passphrase of `key_file` is (`jc_key_passphrase`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_passphrase: Option<SecretReference>,
    /// Where the login password is (`ansible_password`), for password and keyboard-interactive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretReference>,
    /// Whether root is wanted through sudo (`ansible_become`).
    #[serde(rename = "become")]
    pub elevate: bool,
    /// Where the sudo password is (`ansible_become_password`); none means sudo must not ask.
    #[serde(default, rename = "become_password", skip_serializing_if = "Option::is_none")]
    pub elevate_password: Option<SecretReference>,
    /// Bastions in the order they are passed (`-J a,b` or `-o ProxyJump=a,b`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jump: Vec<JumpHost>,
    /// The known_hosts files (`-o UserKnownHostsFile=`); empty means the user's and the system's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_hosts: Vec<String>,
    /// What to do about a host whose key is not known yet.
    pub host_key_policy: HostKeyPolicy,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            port: 22,
            user: None,
            key_file: None,
            key_passphrase: None,
            password: None,
            elevate: false,
            elevate_password: None,
            jump: Vec::new(),
            known_hosts: Vec::new(),
            host_key_policy: HostKeyPolicy::Strict,
        }
    }
}

/// One bastion of a ProxyJump chain, as `[user@]host[:port]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JumpHost {
    /// Login name on the bastion; none means the host's own login name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Name or address of the bastion.
    pub host: String,
    /// TCP port of the bastion's SSH server.
    pub port: u16,
}

/// What happens when a host shows a key that known_hosts does not hold; "accept anything" does not exist.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum HostKeyPolicy {
    /// An unknown key refuses the connection.
    #[default]
    Strict,
    /// An unknown key is written down and trusted from then on; a changed key still refuses.
    AcceptNew,
}
