//! What does a person read before saying yes?

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::sync::Arc;

use super::feasible::skip;
use super::seconds;
use crate::model::{Piece, Plan, PlannedHost, Rule, Script, Slot, Treatment};
use crate::report::names::fold;
use crate::shell;

/// What stands for a host's own name where hosts that differ in nothing else are shown together.
const OWN_NAME: &str = "{{ inventory_hostname }}";

/// A script as one host will hear it, secrets masked.
pub fn command(plan: &Plan, host: &PlannedHost, script: &Script) -> String {
    let treatment = &plan.treatments[host.treatment as usize];
    shown(plan, treatment, script, &host.values)
}

fn shown(plan: &Plan, treatment: &Treatment, script: &Script, values: &BTreeMap<Slot, Arc<str>>) -> String {
    let installer = &plan.installers[treatment.installer];
    let mut text = String::new();
    for piece in &script.0 {
        match piece {
            Piece::Text(fixed) => text.push_str(fixed),
            Piece::Gap { slot, quote } => match slot {
                Slot::FileName => text.push_str(&installer.shown),
                Slot::Key => match &installer.key_fingerprint {
                    Some(fingerprint) => text.push_str(&format!("‹key {fingerprint}›")),
                    None => text.push_str("‹key›"),
                },
                Slot::FileDigest => text.push_str(&installer.sha256),
                Slot::Site => text.push_str(&shell::quote(*quote, &plan.appliance.site)),
                Slot::Release => text.push_str(&shell::quote(*quote, &treatment.release)),
                Slot::Run => text.push_str("‹run›"),
                Slot::Staging => text.push_str("‹staging›"),
                other => match values.get(other) {
                    Some(value) => text.push_str(&shell::quote(*quote, value)),
                    None => text.push_str(&format!("‹{other}›")),
                },
            },
        }
    }
    text
}

/// Hosts that hear the same, but for their own names.
struct Alike<'a> {
    names: Vec<&'a str>,
    wave: u32,
    treatment: u32,
    access: u32,
    skip: Option<Rule>,
    values: BTreeMap<Slot, Arc<str>>,
}

fn alike(plan: &Plan) -> Vec<Alike<'_>> {
    let mut groups: Vec<Alike<'_>> = Vec::new();
    let mut index: HashMap<(u32, u32, u32, Option<Rule>, BTreeMap<Slot, Arc<str>>), usize> = HashMap::new();
    for host in &plan.hosts {
        let values: BTreeMap<Slot, Arc<str>> = host
            .values
            .iter()
            .map(|(slot, value)| {
                let own = value.contains(host.name.as_ref());
                (*slot, if own { value.replace(host.name.as_ref(), OWN_NAME).into() } else { value.clone() })
            })
            .collect();
        let skip = skip(plan, host).map(|trace| trace.rule);
        let key = (host.wave, host.treatment, host.access, skip, values);
        let at = *index.entry(key).or_insert_with_key(|key| {
            groups.push(Alike {
                names: Vec::new(),
                wave: key.0,
                treatment: key.1,
                access: key.2,
                skip: key.3,
                values: key.4.clone(),
            });
            groups.len() - 1
        });
        groups[at].names.push(&host.name);
    }
    groups
}

/// Writes the plan for reading: verdict, findings, then hosts folded by identical treatment.
pub fn write_text(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let groups = alike(plan);
    let installs: usize =
        groups.iter().filter(|group| group.skip.is_none()).map(|group| group.names.len()).sum();
    let present = plan.hosts.len() - installs;
    writeln!(out, "Plan {} for {}", &plan.plan_id[..plan.plan_id.len().min(12)], plan.appliance.site)?;
    write!(out, "  {installs} to install")?;
    if present > 0 {
        write!(out, ", {present} already present")?;
    }
    let waves = plan.waves.len();
    writeln!(
        out,
        ", of {} hosts in {waves} {}",
        plan.hosts.len(),
        if waves == 1 { "wave" } else { "waves" }
    )?;
    writeln!(
        out,
        "  rate {} (one start every {:.3} s), {} visits at once",
        plan.rate, plan.estimate.interval, plan.at_once
    )?;
    let lasts = plan.estimate.starts + if installs == 0 { 0.0 } else { plan.estimate.install };
    writeln!(
        out,
        "  takes at least {:#}; started now it ends {}",
        seconds(lasts.ceil()),
        plan.estimate.done
    )?;
    releases(plan, out)?;
    if !plan.findings.is_empty() {
        writeln!(out, "\nFindings")?;
        for finding in &plan.findings {
            writeln!(out, "  {}: {} [{}]", finding.level, finding.message, finding.code)?;
        }
    }
    for (index, wave) in plan.waves.iter().enumerate() {
        let here: Vec<_> = groups.iter().filter(|group| group.wave as usize == index).collect();
        let hosts: usize = here.iter().map(|group| group.names.len()).sum();
        writeln!(out, "\nWave {}: {wave} ({hosts} hosts)", index + 1)?;
        for group in here {
            kind(plan, group, out)?;
        }
    }
    Ok(())
}

fn releases(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    for (name, release) in &plan.releases {
        write!(out, "  release {name}: {}", release.product)?;
        if let Some(version) = &release.version {
            write!(out, " {version}")?;
        }
        match release.expires {
            Some(expires) => writeln!(out, ", installers expire {expires}")?,
            None => writeln!(out)?,
        }
        for file in plan.installers.iter().filter(|file| file.release == *name) {
            writeln!(
                out,
                "    {} {} ({} bytes, sha256 {})",
                file.platform,
                file.shown,
                file.bytes,
                &file.sha256[..16]
            )?;
        }
    }
    Ok(())
}

fn kind(plan: &Plan, group: &Alike<'_>, out: &mut dyn Write) -> io::Result<()> {
    let treatment = &plan.treatments[group.treatment as usize];
    let access = &plan.accesses[group.access as usize];
    let count = group.names.len();
    writeln!(
        out,
        "  {} ({count} {})",
        fold(group.names.iter().copied()),
        if count == 1 { "host" } else { "hosts" }
    )?;
    if let Some(rule) = group.skip {
        return writeln!(out, "    already present ({rule}): nothing is done");
    }
    let root = if access.elevate { ", root through sudo" } else { "" };
    let user = access.user.as_deref().unwrap_or("the caller's name");
    writeln!(out, "    {} of release {}, as {user}{root}", treatment.shape.platform, treatment.release)?;
    let line = shown(plan, treatment, &treatment.invocation.command, &group.values);
    for part in line.lines() {
        writeln!(out, "    $ {part}")?;
    }
    for step in &treatment.invocation.start {
        writeln!(out, "    then {}", step.name)?;
    }
    Ok(())
}
