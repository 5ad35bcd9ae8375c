//! Which installers are valid on the site, and which of them are kept here?

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::kept::{Kept, made_here};
use crate::appliance::{Account, ApiError, Installer, Named, Owner};
use crate::cli::appliance::{account, problem};
use crate::cli::args::Format;
use crate::cli::settings::Settings;
use crate::cli::{Problem, Surroundings, exit, inputs, output};
use crate::model::{counted, readable};

/// An installer of the site.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listed {
    /// Its number on the site.
    id: u32,
    /// The release it is kept as here.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    /// The code name of the Jump Group that its clients are put into.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// The number of the user whose personal list they are put into instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    personal_list_of: Option<u32>,
    /// The code name of their Jump Policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    jump_policy: Option<String>,
    /// The code name of their session policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_policy: Option<String>,
    /// Their name; empty means the computer's.
    name: String,
    /// Their tag.
    tag: String,
    /// Their comments.
    comments: String,
    /// How they connect: `active` or `passive`.
    connection_type: String,
    /// After how many minutes without a connection they are deleted; 0 means as the site says.
    max_offline_minutes: u32,
    /// The Jumpoint whose proxy they go through.
    #[serde(skip_serializing_if = "Option::is_none")]
    jumpoint_proxy: Option<String>,
    /// When it stops working.
    expires: Timestamp,
    /// Whether that is over.
    is_expired: bool,
    /// What hosts may set for themselves, by the words of settings.
    overrides: Vec<String>,
}

/// `jumpfleet installer list`
pub fn run(around: &Surroundings, format: Format) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let listed = listed(&settings)?;
    output::print(|out| match format {
        Format::Json => output::json(out, &listed),
        Format::Text => text(&listed, out),
    })?;
    Ok(exit::GOOD)
}

/// `jumpfleet installer show`
pub fn show(around: &Surroundings, name: &str, format: Format) -> Result<u8, Problem> {
    let settings = inputs::settings(around)??;
    let id = number(&settings, name)?;
    let found = listed(&settings)?.into_iter().find(|listed| listed.id == id);
    let found = found.ok_or_else(|| {
        Problem::usage(format!("the site has no installer {id}")).hint(
            "it was deleted, or it has expired and the site forgot it; `jumpfleet installer list` shows all",
        )
    })?;
    output::print(|out| match format {
        Format::Json => output::json(out, &found),
        Format::Text => detail(&found, out),
    })?;
    Ok(exit::GOOD)
}

/// The number of an installer that is named by its release or by itself; a release that is called by a number goes first.
pub fn number(settings: &Settings, name: &str) -> Result<u32, Problem> {
    let kept = Kept::of(settings, name)?;
    match name.parse() {
        Ok(number) if !kept.is_there() && !settings.releases.contains_key(name) => Ok(number),
        _ => kept.id(),
    }
}

fn listed(settings: &Settings) -> Result<Vec<Listed>, Problem> {
    let account = account(settings)?;
    let failed = |error: ApiError| problem(&error);
    let installers = account.installers().map_err(failed)?;
    let codes = Codes::of(&account, &installers).map_err(failed)?;
    let releases: BTreeMap<u32, String> =
        made_here(settings).into_iter().map(|(name, id)| (id, name)).collect();
    let now = Surroundings::now();
    let one = |installer: Installer| {
        let is_personal = installer.jump_group_type == Owner::Personal;
        let owner = installer.jump_group_id;
        Listed {
            id: installer.id,
            release: releases.get(&installer.id).cloned(),
            group: (!is_personal).then(|| shown(&codes.groups, owner)),
            personal_list_of: is_personal.then_some(owner),
            jump_policy: installer.jump_policy_id.map(|id| shown(&codes.jump_policies, id)),
            session_policy: installer.session_policy_id.map(|id| shown(&codes.session_policies, id)),
            overrides: installer.overrides().map(str::to_owned).collect(),
            is_expired: installer.expiration_timestamp <= now,
            expires: installer.expiration_timestamp,
            name: installer.name,
            tag: installer.tag,
            comments: installer.comments,
            connection_type: installer.connection_type,
            max_offline_minutes: installer.max_offline_minutes,
            jumpoint_proxy: installer.jumpoint_proxy.filter(|point| !point.is_empty()),
        }
    };
    Ok(installers.into_iter().map(one).collect())
}

/// What the numbers of installers mean; policies are only asked for where one has any.
struct Codes {
    groups: BTreeMap<u32, String>,
    jump_policies: BTreeMap<u32, String>,
    session_policies: BTreeMap<u32, String>,
}

impl Codes {
    fn of(account: &Account, installers: &[Installer]) -> Result<Self, ApiError> {
        let by_number = |all: Vec<Named>| all.into_iter().map(|one| (one.id, one.code_name)).collect();
        let has = |policy: fn(&Installer) -> Option<u32>| installers.iter().any(|one| policy(one).is_some());
        let jump_policies = if has(|one| one.jump_policy_id) { account.jump_policies()? } else { Vec::new() };
        let session_policies =
            if has(|one| one.session_policy_id) { account.session_policies()? } else { Vec::new() };
        Ok(Self {
            groups: by_number(account.jump_groups()?),
            jump_policies: by_number(jump_policies),
            session_policies: by_number(session_policies),
        })
    }
}

/// The code name of a number, or the number where nobody tells.
fn shown(codes: &BTreeMap<u32, String>, id: u32) -> String {
    codes.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

impl Listed {
    /// Whose its clients are.
    fn owner(&self) -> String {
        match (&self.group, self.personal_list_of) {
            (None, Some(user)) => format!("personal list of user {user}"),
            (group, _) => format!("group {}", readable(group.as_deref().unwrap_or_default())),
        }
    }
}

fn text(listed: &[Listed], out: &mut dyn Write) -> io::Result<()> {
    if listed.is_empty() {
        return writeln!(out, "the site has no installers");
    }
    for one in listed {
        let release = one.release.as_deref().map_or_else(String::new, |name| format!("  kept as {name}"));
        let end = if one.is_expired { "expired" } else { "valid until" };
        let name = readable(&one.name);
        let name = if name.is_empty() { String::new() } else { format!(" `{name}`") };
        writeln!(out, "{:>6}{name}  {}, {end} {}{release}", one.id, one.owner(), one.expires)?;
    }
    Ok(())
}

fn detail(one: &Listed, out: &mut dyn Write) -> io::Result<()> {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
    let offline = match one.max_offline_minutes {
        0 => String::new(),
        minutes => counted(minutes, "minute"),
    };
    let owner = match &one.group {
        Some(group) => ("group", group.clone()),
        None => ("goes to", one.owner()),
    };
    let overrides = if one.overrides.is_empty() { "nothing".to_owned() } else { one.overrides.join(", ") };
    let end = if one.is_expired { "expired" } else { "valid until" };
    for (what, value) in [
        ("installer", one.id.to_string()),
        ("kept as", or_none(&one.release)),
        owner,
        ("policy", or_none(&one.jump_policy)),
        ("session", or_none(&one.session_policy)),
        ("name", one.name.clone()),
        ("tag", one.tag.clone()),
        ("comments", one.comments.clone()),
        (
            "connects",
            if one.connection_type == "active" { String::new() } else { one.connection_type.clone() },
        ),
        ("offline", offline),
        ("through", or_none(&one.jumpoint_proxy)),
        (end, one.expires.to_string()),
        ("overrides", overrides),
    ] {
        if !value.is_empty() {
            writeln!(out, "{what:<10} {}", readable(&value))?;
        }
    }
    Ok(())
}
