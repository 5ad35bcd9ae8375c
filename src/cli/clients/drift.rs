//! Does the site know the hosts as the inventory has them?

use std::collections::BTreeSet;
use std::io::{self, Write};

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::shown::{self, Site};
use crate::appliance::{ApiError, Owner};
use crate::cli::appliance::problem;
use crate::cli::args::{Format, Selection};
use crate::cli::installer::made_here;
use crate::cli::settings::Settings;
use crate::cli::{Problem, Surroundings, exit, inputs, output};
use crate::matching::drift::{Comparison, Difference, Extras, Kind, Wanted};
use crate::model::{Host, Parameter, counted, readable};

/// `jumpfleet clients drift`
#[derive(Debug, Args)]
pub struct DriftArgs {
    /// Which hosts
    #[command(flatten)]
    pub selection: Selection,
    /// Tell of clients of no host only in the Jump Groups of these code names
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub extras_in: Vec<String>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Compared<'c> {
    /// The site.
    site: &'c str,
    /// How many hosts of the inventory were compared.
    hosts: usize,
    /// How many clients the site showed.
    clients: u64,
    /// What differs.
    differences: Vec<Difference>,
}

/// `jumpfleet clients drift`
pub fn run(around: &Surroundings, args: &DriftArgs) -> Result<u8, Problem> {
    let loaded = inputs::load(around, &args.selection, None)?;
    loaded.mistakes.none_or(())?;
    let site = Site::of(loaded.settings)?;
    let personal = personal(&site)?;
    let wanted: Vec<Wanted> =
        loaded.hosts.iter().map(|host| wanted(host, &site.settings, &personal)).collect();
    let extras = extras(&site, args)?;
    let mut comparison = Comparison::new(&wanted, &loaded.left_out, &site.codes, extras);
    let mut clients = 0;
    let taken = site.account.clients(|client| {
        clients += 1;
        comparison.take(client);
    });
    taken.map_err(|error: ApiError| problem(&error))?;
    let differences = comparison.finish();
    let has_drift = differences.iter().any(|one| one.kind.is_drift());
    let compared =
        Compared { site: &site.settings.appliance.site, hosts: wanted.len(), clients, differences };
    output::print(|out| match args.format {
        Format::Json => output::json(out, &compared),
        Format::Text => text(&compared, out),
    })?;
    Ok(if has_drift { exit::DRIFT } else { exit::GOOD })
}

/// Which clients of no host are told of: of the hosts that a limit leaves out nobody knows.
fn extras(site: &Site, args: &DriftArgs) -> Result<Extras, Problem> {
    if !args.extras_in.is_empty() {
        let groups: Result<BTreeSet<u32>, Problem> =
            args.extras_in.iter().map(|code| shown::group(site, code)).collect();
        return groups.map(Extras::In);
    }
    Ok(if args.selection.limit.is_some() { Extras::None } else { Extras::All })
}

/// The releases whose clients go to somebody's personal list, by what the site tells of their installers.
fn personal(site: &Site) -> Result<BTreeSet<String>, Problem> {
    let made = made_here(&site.settings);
    if made.is_empty() {
        return Ok(BTreeSet::new());
    }
    let there = site.account.installers().map_err(|error| problem(&error))?;
    let personal = there.iter().filter(|one| one.jump_group_type == Owner::Personal);
    let personal: BTreeSet<u32> = personal.map(|one| one.id).collect();
    Ok(made.into_iter().filter(|(_, id)| personal.contains(id)).map(|(release, _)| release).collect())
}

/// What the inventory says of a host's client; a group of its own goes before its release's personal list.
fn wanted(host: &Host, settings: &Settings, personal: &BTreeSet<String>) -> Wanted {
    let said =
        |parameter| host.parameters.get(&parameter).map(|value: &std::sync::Arc<str>| value.to_string());
    let group = said(Parameter::JumpGroup);
    let behind = |prefix| group.as_deref().and_then(|group| group.strip_prefix(prefix)).map(str::to_owned);
    let release = host.release.as_deref().or(settings.rollout.release.as_deref());
    let of_release = release.filter(|release| group.is_none() && personal.contains(*release));
    let list = match behind("user:") {
        Some(user) => Some(format!("the personal list of `{user}`")),
        None => of_release.map(|release| format!("the personal list that release `{release}` is for")),
    };
    Wanted {
        host: host.name.to_string(),
        address: host.address.to_string(),
        group: behind("jumpgroup:"),
        personal: list,
        jump_policy: said(Parameter::JumpPolicy),
        session_policy: said(Parameter::SessionPolicy),
        name: said(Parameter::Name),
        tag: said(Parameter::Tag),
        comments: said(Parameter::Comments),
    }
}

fn text(compared: &Compared<'_>, out: &mut dyn Write) -> io::Result<()> {
    for Difference { kind, host, clients, what } in &compared.differences {
        let host = host.as_deref().map_or_else(String::new, |host| format!("{}: ", readable(host)));
        let ids: Vec<String> = clients.iter().map(u32::to_string).collect();
        let ids = if ids.is_empty() { String::new() } else { format!(" (client {})", ids.join(", ")) };
        writeln!(out, "{:13} {host}{}{ids}", kind.word(), readable(what))?;
    }
    let count = |kind: Kind| compared.differences.iter().filter(|one| one.kind == kind).count();
    let counts = Kind::ALL.map(|kind| (kind.word(), count(kind)));
    let counts = counts.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}"));
    let counts: Vec<String> = counts.collect();
    let sum = if counts.is_empty() { "no difference".to_owned() } else { counts.join(", ") };
    writeln!(out, "{}, {}: {sum}", counted(compared.hosts, "host"), counted(compared.clients, "client"))
}
