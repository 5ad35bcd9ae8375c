//! Which clients does the site know, how are they changed, and which of them are twice there?

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Account, ApiError, Call};
use crate::model::{Connection, JumpClient, Moment, Owner, or_default};

const CLIENTS: &str = "/api/config/v1/jump-client";

/// Which clients are meant; the site itself leaves out the others, as far as it can.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this name.
    pub name: Option<String>,
    /// On the computer of this name.
    pub hostname: Option<String>,
    /// On the computer of this whole name.
    pub fqdn: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// In the Jump Group of this number.
    pub jump_group: Option<u32>,
    /// Where this user is logged in.
    pub console_user: Option<String>,
    /// Seen by this address.
    pub public_ip: Option<IpAddr>,
    /// Of this own address.
    pub private_ip: Option<IpAddr>,
    /// That connect so.
    pub connection: Option<Connection>,
}

impl Filter {
    /// Each value by the site's own word for it, as far as it is asked for.
    fn words(&self) -> impl Iterator<Item = (&'static str, String)> {
        let connection = self.connection.and_then(|connection| match connection {
            Connection::Active => Some("active"),
            Connection::Passive => Some("passive"),
            Connection::Uninstalled => Some("uninstalled"),
            Connection::Other => None,
        });
        [
            ("name", self.name.clone()),
            ("hostname", self.hostname.clone()),
            ("fqdn", self.fqdn.clone()),
            ("tag", self.tag.clone()),
            ("jump_group_id", self.jump_group.map(|id| id.to_string())),
            ("console_user", self.console_user.clone()),
            ("public_ip", self.public_ip.map(|address| address.to_string())),
            ("private_ip", self.private_ip.map(|address| address.to_string())),
            ("connection_type", connection.map(str::to_owned)),
        ]
        .into_iter()
        .filter_map(|(word, value)| Some((word, value?)))
    }

    /// Whether a client is one of them; how the site compares is documented for other lists alone.
    fn has(&self, client: &JumpClient) -> bool {
        let same = |wanted: &Option<String>, own: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.to_lowercase() == own.to_lowercase())
        };
        // Of a personal list the number is a user's, and no Jump Group's.
        client.jump_group_type != Owner::Personal
            && same(&self.name, &client.name)
            && same(&self.hostname, &client.hostname)
            && same(&self.fqdn, &client.fqdn)
            && same(&self.tag, &client.tag)
            && same(&self.console_user, &client.console_user)
            && self.jump_group.is_none_or(|id| id == client.jump_group_id)
            && self.public_ip.is_none_or(|address| Some(address) == client.public_ip)
            && self.private_ip.is_none_or(|address| Some(address) == client.private_ip)
            && self.connection.is_none_or(|connection| connection == client.connection_type)
    }
}

/// What a client shall be; what is left away stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClientChange {
    /// The Jump Group's number, which the site wants to be told even when it stays.
    pub jump_group_id: u32,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// The Jump Policy's number; none within means that there shall be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jump_policy_id: Option<Option<u32>>,
    /// The session policy's number; none within means that there shall be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_policy_id: Option<Option<u32>>,
}

/// A client that the site's own report says to be on the same computer as another one.
#[derive(Debug, Clone, Deserialize)]
pub struct Duplicate {
    /// The client's number.
    #[serde(default)]
    id: Option<u32>,
    /// What identifies the computer; empty where the site does not tell.
    #[serde(default, deserialize_with = "or_default")]
    pub system_identifier: String,
    /// When it was installed.
    #[serde(default)]
    pub install_time: Moment,
}

/// What the site's own report says of clients on the same computer, by their numbers; or why there is no such report.
pub type Duplicates = Result<BTreeMap<u32, Duplicate>, ApiError>;

#[derive(Deserialize)]
struct Page {
    data: Items,
}

#[derive(Deserialize)]
struct Items {
    items: Vec<Duplicate>,
    #[serde(default)]
    total: Option<u64>,
}

impl Account {
    /// Every client of shared groups, as its page comes; clients of personal lists are not among them.
    pub fn clients(&self, take: impl FnMut(JumpClient)) -> Result<(), ApiError> {
        self.clients_of(&Filter::default(), take)
    }

    /// Every client of shared groups that is meant, as its page comes.
    pub fn clients_of(&self, filter: &Filter, mut take: impl FnMut(JumpClient)) -> Result<(), ApiError> {
        let call = Call::get(CLIENTS);
        let call = filter.words().fold(call, |call, (word, value)| call.with(word, &value));
        self.each(&call, |client: JumpClient| {
            if filter.has(&client) {
                take(client);
            }
        })
    }

    /// One client.
    pub fn client(&self, id: u32) -> Result<JumpClient, ApiError> {
        self.send(&Call::get(format!("{CLIENTS}/{id}")))?.json()
    }

    /// Gives a client other values, and tells what it is then.
    pub fn change_client(&self, id: u32, change: &ClientChange) -> Result<JumpClient, ApiError> {
        let body = serde_json::to_value(change).unwrap_or_default();
        self.send(&Call::patch(format!("{CLIENTS}/{id}"), body))?.json()
    }

    /// Deletes a client's record; what is on the host goes only if it is connected.
    pub fn delete_client(&self, id: u32) -> Result<(), ApiError> {
        self.send(&Call::delete(format!("{CLIENTS}/{id}"))).map(drop)
    }

    /// What the site's own report says of clients on the same computer.
    ///
    /// Sites without it, and accounts that may not see it, are told of by 400, 401, 403 or 404, or by a page for people.
    pub fn duplicates(&self) -> Result<Duplicates, ApiError> {
        match self.reported_duplicates() {
            Ok(found) => Ok(Ok(found)),
            Err(
                why @ (ApiError::Missing { .. }
                | ApiError::Forbidden { .. }
                | ApiError::Refused { .. }
                | ApiError::Unreadable { .. }
                | ApiError::Failed { status: 400, .. }),
            ) => Ok(Err(why)),
            Err(error) => Err(error),
        }
    }

    fn reported_duplicates(&self) -> Result<BTreeMap<u32, Duplicate>, ApiError> {
        /// How many are asked for at once: as many as come where nobody says (Reporting API v2), so that no answer is long.
        const LIMIT: u64 = 500;
        const PATH: &str = "/api/reporting/v2/duplicate-jump-clients";
        let (mut found, mut nameless) = (BTreeMap::new(), 0);
        for offset in (0..).step_by(usize::try_from(LIMIT).unwrap_or(usize::MAX)) {
            let call = Call::get(PATH).with("limit", &LIMIT.to_string());
            let page: Page = self.send(&call.with("offset", &u64::to_string(&offset)))?.json()?;
            let Items { items, total } = page.data;
            let end = offset + LIMIT;
            let is_last =
                items.is_empty() || total.map_or((items.len() as u64) < LIMIT, |total| end >= total);
            for item in items {
                match item.id {
                    Some(id) => drop(found.insert(id, item)),
                    None => nameless += 1,
                }
            }
            let came = found.len() as u64 + nameless;
            if let Some(total) = total.filter(|total| is_last && came < *total) {
                let what = format!("{came} of {total} came");
                return Err(ApiError::Incomplete { call: Call::get(PATH).shown(), what });
            }
            if is_last {
                break;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_asked_of_the_site() {
        let filter = Filter {
            hostname: Some("web 1".into()),
            jump_group: Some(7),
            connection: Some(Connection::Uninstalled),
            ..Filter::default()
        };
        let call = filter.words().fold(Call::get("/x"), |call, (word, value)| call.with(word, &value));
        assert_eq!(call.target, "/x?hostname=web%201&jump_group_id=7&connection_type=uninstalled");
    }

    #[test]
    fn a_change_says_what_changes_and_the_group() {
        let change = ClientChange {
            jump_group_id: 3,
            tag: Some(String::new()),
            jump_policy_id: Some(None),
            ..ClientChange::default()
        };
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(text, r#"{"jump_group_id":3,"tag":"","jump_policy_id":null}"#);
    }
}
