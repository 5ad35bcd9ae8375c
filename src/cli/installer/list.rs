//! Which installers are valid on the site, and which of them are kept here?

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::kept::{Kept, made_here};
use crate::appliance::{ApiError, Installer};
use crate::cli::appliance::{account, problem};
use crate::cli::args::Format;
use crate::cli::settings::Settings;
use crate::cli::{Problem, Surroundings, exit, inputs, output};
use crate::model::readable;

/// An installer in the list.
#[derive(Debug, Serialize)]
struct Listed {
    id: u32,
    /// The release it is kept as here.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    group: String,
    name: String,
    tag: String,
    expires: Timestamp,
    is_expired: bool,
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

/// The number of an installer that is named by its release or by itself.
pub fn number(settings: &Settings, name: &str) -> Result<u32, Problem> {
    match name.parse() {
        Ok(number) => Ok(number),
        Err(_) => Ok(Kept::of(settings, name)?.secrets()?.id),
    }
}

fn listed(settings: &Settings) -> Result<Vec<Listed>, Problem> {
    let account = account(settings)?;
    let failed = |error: ApiError| problem(&error);
    let installers = account.installers().map_err(failed)?;
    let groups = account.jump_groups().map_err(failed)?;
    let groups: BTreeMap<u32, String> = groups.into_iter().map(|group| (group.id, group.code_name)).collect();
    let releases: BTreeMap<u32, String> =
        made_here(settings).into_iter().map(|(name, id)| (id, name)).collect();
    let now = Surroundings::now();
    let one = |installer: Installer| Listed {
        id: installer.id,
        release: releases.get(&installer.id).cloned(),
        group: groups
            .get(&installer.jump_group_id)
            .cloned()
            .unwrap_or_else(|| installer.jump_group_id.to_string()),
        overrides: installer.overrides().map(str::to_owned).collect(),
        is_expired: installer.expiration_timestamp <= now,
        expires: installer.expiration_timestamp,
        name: installer.name,
        tag: installer.tag,
    };
    Ok(installers.into_iter().map(one).collect())
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
        writeln!(out, "{:>6}{name}  group {}, {end} {}{release}", one.id, readable(&one.group), one.expires)?;
    }
    Ok(())
}

fn detail(one: &Listed, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "installer  {}", one.id)?;
    if let Some(release) = &one.release {
        writeln!(out, "kept as    {release}")?;
    }
    writeln!(out, "group      {}", readable(&one.group))?;
    if !one.name.is_empty() {
        writeln!(out, "name       {}", readable(&one.name))?;
    }
    if !one.tag.is_empty() {
        writeln!(out, "tag        {}", readable(&one.tag))?;
    }
    writeln!(out, "{} {}", if one.is_expired { "expired   " } else { "valid until" }, one.expires)?;
    let overrides = if one.overrides.is_empty() { "nothing".to_owned() } else { one.overrides.join(", ") };
    writeln!(out, "overrides  {overrides}")
}
