//! How is a client shown, with code names in the place of numbers?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::IpAddr;

use jiff::Timestamp;
use serde::Serialize;

use crate::appliance::{Account, ApiError, Named};
use crate::cli::appliance::{account, number, problem};
use crate::cli::settings::Settings;
use crate::cli::{Problem, Surroundings, inputs};
use crate::matching::drift::Codes;
use crate::model::{JumpClient, Presence, readable};

/// The site, and what its numbers mean.
pub struct Site {
    /// The settings.
    pub settings: Settings,
    /// The account that it is asked by.
    pub account: Account,
    groups: Vec<Named>,
    jump_policies: Vec<Named>,
    session_policies: Vec<Named>,
    /// The code names by their numbers.
    pub codes: Codes,
}

impl Site {
    /// Asks the site of the settings for its groups and policies.
    pub fn reach(around: &Surroundings) -> Result<Self, Problem> {
        Self::of(inputs::settings(around)??)
    }

    /// The same for settings that were read.
    pub fn of(settings: Settings) -> Result<Self, Problem> {
        let account = account(&settings)?;
        let failed = |error: ApiError| problem(&error);
        let groups = account.jump_groups().map_err(failed)?;
        let jump_policies = account.jump_policies().map_err(failed)?;
        let session_policies = account.session_policies().map_err(failed)?;
        let codes = Codes {
            groups: by_number(&groups),
            jump_policies: by_number(&jump_policies),
            session_policies: by_number(&session_policies),
        };
        Ok(Self { settings, account, groups, jump_policies, session_policies, codes })
    }
}

fn by_number(all: &[Named]) -> BTreeMap<u32, String> {
    all.iter().map(|one| (one.id, one.code_name.clone())).collect()
}

/// The number of a Jump Group.
pub fn group(site: &Site, code: &str) -> Result<u32, Problem> {
    number(code, "Jump Group", &site.groups)
}

/// The number of a Jump Policy.
pub fn jump_policy(site: &Site, code: &str) -> Result<u32, Problem> {
    number(code, "Jump Policy", &site.jump_policies)
}

/// The number of a session policy.
pub fn session_policy(site: &Site, code: &str) -> Result<u32, Problem> {
    number(code, "session policy", &site.session_policies)
}

/// A client as programs read it.
#[derive(Debug, Serialize)]
pub struct Shown<'c> {
    id: u32,
    name: &'c str,
    hostname: &'c str,
    fqdn: &'c str,
    state: Presence,
    group: String,
    jump_policy: Option<String>,
    session_policy: Option<String>,
    tag: &'c str,
    comments: &'c str,
    operating_system: &'c str,
    needs_update: bool,
    last_connect: Option<Timestamp>,
    last_disconnect: Option<Timestamp>,
    public_ip: Option<IpAddr>,
    private_ip: Option<IpAddr>,
    max_offline_minutes: u32,
}

impl<'c> Shown<'c> {
    /// A client with the site's code names.
    pub fn of(client: &'c JumpClient, codes: &Codes) -> Self {
        Self {
            id: client.id,
            name: &client.name,
            hostname: &client.hostname,
            fqdn: &client.fqdn,
            state: client.presence(),
            group: Codes::name(&codes.groups, client.jump_group_id),
            jump_policy: client.jump_policy_id.map(|id| Codes::name(&codes.jump_policies, id)),
            session_policy: client.session_policy_id.map(|id| Codes::name(&codes.session_policies, id)),
            tag: &client.tag,
            comments: &client.comments,
            operating_system: &client.operating_system,
            needs_update: client.needs_update,
            last_connect: client.last_connect_timestamp,
            last_disconnect: client.last_disconnect_timestamp,
            public_ip: client.public_ip,
            private_ip: client.private_ip,
            max_offline_minutes: client.max_offline_minutes,
        }
    }
}

/// A client in one line.
pub fn line(client: &JumpClient, codes: &Codes, out: &mut dyn Write) -> io::Result<()> {
    let whole = if client.fqdn.is_empty() { &client.hostname } else { &client.fqdn };
    let other = !client.name.is_empty() && client.name != *whole && client.name != client.hostname;
    let name = if other { format!(" `{}`", readable(&client.name)) } else { String::new() };
    let tag = if client.tag.is_empty() { String::new() } else { format!(", tag {}", readable(&client.tag)) };
    let old = if client.needs_update { ", needs update" } else { "" };
    let connected =
        client.last_connect_timestamp.map_or_else(String::new, |at| format!(", connected last {at}"));
    let group = Codes::name(&codes.groups, client.jump_group_id);
    writeln!(
        out,
        "{:>6}  {:11}  {}{name}  group {}{tag}{old}{connected}",
        client.id,
        client.presence().word(),
        readable(whole),
        readable(&group),
    )
}
