//! What does the appliance know about a Jump Client? Its record, as the Configuration API tells it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::blank::or_default;
use super::host::words;
use super::moment::Moment;

/// One record. Which host it is is told by several names, of which none is unique.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct JumpClient {
    /// The record's number, by which it is changed and deleted.
    pub id: u32,
    /// The Jump Group that owns it, or the user whose personal list it is in.
    pub jump_group_id: u32,
    /// Which of both.
    #[serde(default, deserialize_with = "or_default")]
    pub jump_group_type: Owner,
    /// The name that people see; blank where the installer gave none.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The computer's own name; Windows cuts it at 15 characters.
    #[serde(default, deserialize_with = "or_default")]
    pub hostname: String,
    /// The computer's whole name.
    #[serde(default, deserialize_with = "or_default")]
    pub fqdn: String,
    /// The tag.
    #[serde(default, deserialize_with = "or_default")]
    pub tag: String,
    /// The comments.
    #[serde(default, deserialize_with = "or_default")]
    pub comments: String,
    /// The Jump Policy.
    #[serde(default)]
    pub jump_policy_id: Option<u32>,
    /// The session policy.
    #[serde(default)]
    pub session_policy_id: Option<u32>,
    /// How it connects, or that it was uninstalled.
    #[serde(default, deserialize_with = "or_default")]
    pub connection_type: Connection,
    /// When it connected last.
    #[serde(default)]
    pub last_connect_timestamp: Moment,
    /// When it was disconnected last.
    #[serde(default)]
    pub last_disconnect_timestamp: Moment,
    /// Whether the site considers it lost.
    #[serde(default, deserialize_with = "or_default")]
    pub is_lost: bool,
    /// Whether it is older than the site.
    #[serde(default, deserialize_with = "or_default")]
    pub needs_update: bool,
    /// What it runs on.
    #[serde(default, deserialize_with = "or_default")]
    pub operating_system: String,
    /// The user who is logged in there.
    #[serde(default, deserialize_with = "or_default")]
    pub console_user: String,
    /// The address it is seen by.
    #[serde(default, deserialize_with = "address")]
    pub public_ip: Option<IpAddr>,
    /// The address it has itself.
    #[serde(default, deserialize_with = "address")]
    pub private_ip: Option<IpAddr>,
    /// How long it may stay away before the site deletes it, in minutes; 0 means as the site says.
    #[serde(default, deserialize_with = "or_default")]
    pub max_offline_minutes: u32,
}

/// Whose clients are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A Jump Group's, which several users share.
    #[default]
    Shared,
    /// One user's, in a list that the API does not show.
    Personal,
    /// A word that this version does not know.
    #[serde(other)]
    Other,
}

/// How a client connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// It keeps a connection open.
    #[default]
    Active,
    /// It waits to be connected to.
    Passive,
    /// It was removed on the host, and the record is what is left.
    Uninstalled,
    /// A word that this version does not know.
    #[serde(other)]
    Other,
}

words! {
    /// Where a record stands, which decides whether its host counts as one that has a client.
    Presence, "where a record stands" {
        /// It is connected.
        Online = "online",
        /// It is not connected now: a laptop asleep, say.
        Offline = "offline",
        /// The site considers it lost.
        Lost = "lost",
        /// It was removed on the host, and the record is what is left.
        Uninstalled = "uninstalled",
    }
}

impl Presence {
    /// Whether there is a client, as far as the site knows; what is lost or uninstalled is none.
    pub fn is_there(self) -> bool {
        matches!(self, Self::Online | Self::Offline)
    }
}

impl JumpClient {
    /// Where it stands.
    pub fn presence(&self) -> Presence {
        match self.connection_type {
            Connection::Uninstalled => Presence::Uninstalled,
            _ if self.is_lost => Presence::Lost,
            _ if self.is_online() => Presence::Online,
            _ => Presence::Offline,
        }
    }

    /// When it was connected last, as far as the site knows: it came then, or it went; none means that it never was, or
    /// that one of these times is unclear.
    pub fn last_seen(&self) -> Option<Timestamp> {
        let came = self.last_connect_timestamp.at().filter(|_| !self.has_unclear_time())?;
        Some(self.last_disconnect_timestamp.at().map_or(came, |gone| gone.max(came)))
    }

    /// Whether it is connected now, as far as the record tells (there is no field for it).
    pub fn is_online(&self) -> bool {
        self.connection_type != Connection::Uninstalled
            && match (&self.last_connect_timestamp, &self.last_disconnect_timestamp) {
                (Moment::At(_), Moment::Never) => true,
                (Moment::At(came), Moment::At(gone)) => came > gone,
                _ => false,
            }
    }

    /// Whether it may be connected now: what is deleted while it is would be removed from its host.
    pub fn may_be_online(&self) -> bool {
        self.is_online() || self.connection_type != Connection::Uninstalled && self.has_unclear_time()
    }

    /// Whether one of its times is said in a form that nobody knows, so that nothing goes by them.
    pub fn has_unclear_time(&self) -> bool {
        self.last_connect_timestamp.is_unclear() || self.last_disconnect_timestamp.is_unclear()
    }
}

/// An address; whatever is none, such as an empty text or a name, is unknown. A port behind it is left away.
fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<IpAddr>, D::Error> {
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    let bare = || text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
    Ok(text.parse().ok().or_else(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(more: &str) -> JumpClient {
        serde_json::from_str(&format!("{{\"id\":1,\"jump_group_id\":2{more}}}")).unwrap()
    }

    #[test]
    fn times_tell_whether_it_is_connected() {
        let at = |name: &str, hour: u32| {
            format!(",\"last_{name}_timestamp\":\"2026-11-26T{hour:02}:00:00+00:00\"")
        };
        assert!(!record("").is_online());
        assert_eq!(record(&at("connect", 2)).presence(), Presence::Online);
        assert_eq!(record("").presence(), Presence::Offline);
        assert_eq!(record(",\"is_lost\":true").presence(), Presence::Lost);
        assert!(record(&at("connect", 2)).is_online());
        assert!(record(&(at("connect", 2) + &at("disconnect", 1))).is_online());
        assert!(!record(&(at("connect", 1) + &at("disconnect", 2))).is_online());
        let gone = ",\"connection_type\":\"uninstalled\"";
        assert!(!record(&(at("connect", 2) + gone)).is_online());
        let presence = record(&(",\"is_lost\":true".to_owned() + gone)).presence();
        assert!(presence == Presence::Uninstalled && !presence.is_there());
    }

    #[test]
    fn a_time_that_nobody_understands_proves_nothing_and_rules_nothing_out() {
        let at = "\"2026-11-26T02:00:00+00:00\"";
        for (came, gone) in [("\"soon\"", "\"\""), (at, "\"soon\""), ("\"soon\"", at)] {
            let record =
                record(&format!(",\"last_connect_timestamp\":{came},\"last_disconnect_timestamp\":{gone}"));
            assert!(!record.is_online() && record.may_be_online(), "{came} {gone}");
            assert_eq!((record.last_seen(), record.presence()), (None, Presence::Offline));
        }
        let gone = record(",\"connection_type\":\"uninstalled\",\"last_connect_timestamp\":\"soon\"");
        assert!(!gone.may_be_online());
    }

    #[test]
    fn null_is_the_same_as_nothing_said() {
        let written = serde_json::to_value(record("")).unwrap();
        let nulls: String = written
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| !name.ends_with("id"))
            .fold(String::new(), |nulls, name| nulls + ",\"" + name + "\":null");
        assert!(nulls.contains("fqdn") && nulls.contains("max_offline_minutes"));
        assert_eq!(record(&nulls), record(""));
    }

    #[test]
    fn what_a_newer_version_adds_is_no_trouble() {
        let client = record(
            ",\"connection_type\":\"quantum\",\"colour\":\"red\",\"private_ip\":\"\",\"public_ip\":\"192.0.2.1:99\",\"last_connect_timestamp\":\"\"",
        );
        assert_eq!(client.connection_type, Connection::Other);
        assert_eq!((client.private_ip, client.last_connect_timestamp), (None, Moment::Never));
        assert_eq!(client.public_ip, "192.0.2.1".parse().ok());
    }
}
