//! How is a client shown, with code names in the place of numbers?

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::appliance::{Account, ApiError, Named};
use crate::cli::appliance::{account, number, problem};
use crate::cli::settings::Settings;
use crate::cli::{Problem, Surroundings, inputs};
use crate::matching::drift::Codes;
use crate::model::{JumpClient, Moment, Presence, readable};

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

/// Refuses to go on where the site shows no clients of some numbers that were asked for; `spared` says what that means.
pub fn all_met(unmet: &BTreeSet<u32>, spared: &str) -> Result<(), Problem> {
    if unmet.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = unmet.iter().map(u32::to_string).collect();
    Err(Problem::usage(format!("the site shows no such client: {}", ids.join(", ")))
        .hint(format!("{spared}; `jumpfleet clients list` shows the numbers")))
}

/// A client as programs read it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown<'c> {
    /// Its number on the site.
    id: u32,
    /// The name that people see.
    name: &'c str,
    /// How the computer calls itself.
    hostname: &'c str,
    /// The computer's whole name.
    fqdn: &'c str,
    /// How it stands.
    state: Presence,
    /// The code name of its Jump Group; `#` and the number where the site tells none.
    group: String,
    /// The code name of its Jump Policy.
    jump_policy: Option<String>,
    /// The code name of its session policy.
    session_policy: Option<String>,
    /// Its tag.
    tag: &'c str,
    /// Its comments.
    comments: &'c str,
    /// What it runs on.
    operating_system: &'c str,
    /// Whether it is older than the site.
    needs_update: bool,
    /// When it connected last; none where it never did, or the site says it in a form that nobody knows.
    last_connect: Option<Timestamp>,
    /// When it was disconnected last; none where it never was, or the site says it in a form that nobody knows.
    last_disconnect: Option<Timestamp>,
    /// The address it is seen by.
    public_ip: Option<IpAddr>,
    /// The address it has itself.
    private_ip: Option<IpAddr>,
    /// After how many minutes without a connection it is deleted; 0 means as the site says.
    max_offline_minutes: u32,
}

/// The columns of a table of clients, in order; new ones are added at the end.
pub const COLUMNS: [&str; 17] = [
    "id",
    "name",
    "hostname",
    "fqdn",
    "state",
    "group",
    "jump_policy",
    "session_policy",
    "tag",
    "comments",
    "operating_system",
    "needs_update",
    "last_connect",
    "last_disconnect",
    "public_ip",
    "private_ip",
    "max_offline_minutes",
];

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
            last_connect: client.last_connect_timestamp.at(),
            last_disconnect: client.last_disconnect_timestamp.at(),
            public_ip: client.public_ip,
            private_ip: client.private_ip,
            max_offline_minutes: client.max_offline_minutes,
        }
    }
}

impl Shown<'_> {
    /// Its row in a table, by the columns.
    pub fn row(&self) -> [String; COLUMNS.len()] {
        let or_none = |text: Option<String>| text.unwrap_or_default();
        [
            self.id.to_string(),
            self.name.to_owned(),
            self.hostname.to_owned(),
            self.fqdn.to_owned(),
            self.state.word().to_owned(),
            self.group.clone(),
            or_none(self.jump_policy.clone()),
            or_none(self.session_policy.clone()),
            self.tag.to_owned(),
            self.comments.to_owned(),
            self.operating_system.to_owned(),
            self.needs_update.to_string(),
            or_none(self.last_connect.map(|at| at.to_string())),
            or_none(self.last_disconnect.map(|at| at.to_string())),
            or_none(self.public_ip.map(|address| address.to_string())),
            or_none(self.private_ip.map(|address| address.to_string())),
            self.max_offline_minutes.to_string(),
        ]
    }
}

/// A client in one line.
pub fn line(client: &JumpClient, codes: &Codes, out: &mut dyn Write) -> io::Result<()> {
    let whole = if client.fqdn.is_empty() { &client.hostname } else { &client.fqdn };
    let other = !client.name.is_empty() && client.name != *whole && client.name != client.hostname;
    let name = if other { format!(" `{}`", readable(&client.name)) } else { String::new() };
    let tag = if client.tag.is_empty() { String::new() } else { format!(", tag {}", readable(&client.tag)) };
    let old = if client.needs_update { ", needs update" } else { "" };
    let connected = match &client.last_connect_timestamp {
        Moment::Never => String::new(),
        Moment::At(at) => format!(", connected last {at}"),
        unclear => format!(", connected last at {}", readable(&unclear.to_string())),
    };
    let disconnected = match &client.last_disconnect_timestamp {
        unclear @ Moment::Unclear(_) => format!(", disconnected last at {}", readable(&unclear.to_string())),
        _ => String::new(),
    };
    let group = Codes::name(&codes.groups, client.jump_group_id);
    writeln!(
        out,
        "{:>6}  {:11}  {}{name}  group {}{tag}{old}{connected}{disconnected}",
        client.id,
        client.presence().word(),
        readable(whole),
        readable(&group),
    )
}
