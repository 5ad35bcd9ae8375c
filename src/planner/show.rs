//! What does a person read before saying yes?

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::sync::Arc;

use super::course::{Course, course};
use super::task::{Skip, replaced, skip};
use super::{counted, said, seconds};
use crate::installer;
use crate::model::{Access, HostKeyPolicy, Piece, Plan, PlannedHost, Script, Slot, Task, Treatment};
use crate::report::names::fold;
use crate::shell;

/// What stands for a host's own name where hosts that differ in nothing else are shown together.
const OWN_NAME: &str = "{{ inventory_hostname }}";

/// Up to so many different commands of one kind are shown each; beyond, only what differs is.
const MOST_COMMANDS: usize = 12;

/// So many of a gap's values are shown, the most frequent first.
const MOST_VALUES: usize = 3;

/// What fills gaps, host's own or common.
type Values = BTreeMap<Slot, Arc<str>>;

/// A script as hosts will hear it, secrets masked.
fn shown(plan: &Plan, treatment: &Treatment, script: &Script, values: &Values) -> String {
    let installer = &plan.installers[treatment.installer];
    let mut text = String::new();
    for piece in &script.0 {
        let (slot, quote) = match piece {
            Piece::Text(fixed) => {
                text.push_str(fixed);
                continue;
            }
            Piece::Gap { slot, quote } => (*slot, *quote),
        };
        match slot {
            Slot::FileName => text.push_str(&installer.shown),
            Slot::Key => match &installer.key_fingerprint {
                Some(fingerprint) => text.push_str(&format!("‹key {fingerprint}›")),
                None => text.push_str("‹key›"),
            },
            Slot::FileDigest => text.push_str(&installer.sha256),
            Slot::Site => text.push_str(&shell::quote(quote, &plan.appliance.site)),
            Slot::Run => text.push_str("‹run›"),
            Slot::Staging => text.push_str("‹staging›"),
            other => match values.get(&other).or_else(|| treatment.values.get(&other)) {
                Some(value) => text.push_str(&shell::quote(quote, value)),
                None => text.push_str(&format!("{{{{ {other} }}}}")),
            },
        }
    }
    text
}

/// Hosts of one treatment in one wave and one window, reached alike.
struct Kind<'a> {
    wave: u32,
    treatment: u32,
    access: u32,
    skip: Option<Skip>,
    replaced: Option<String>,
    window: Option<u32>,
    hosts: Vec<&'a PlannedHost>,
}

impl Kind<'_> {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|host| host.name.as_ref())
    }

    /// The hosts that hear exactly the same, but for their own names; none when the commands are too many.
    fn commands(&self) -> Option<Vec<(Values, Vec<&str>)>> {
        let mut commands: Vec<(Values, Vec<&str>)> = Vec::new();
        for host in &self.hosts {
            let values = without_own_name(host);
            match commands.iter().position(|(known, _)| *known == values) {
                Some(at) => commands[at].1.push(&host.name),
                None if commands.len() == MOST_COMMANDS => return None,
                None => commands.push((values, vec![&host.name])),
            }
        }
        Some(commands)
    }

    /// What all hosts have in common, and the hosts of each value where they differ.
    fn compared(&self) -> (Values, BTreeMap<Slot, HashMap<Arc<str>, usize>>) {
        let mut differing: BTreeMap<Slot, HashMap<Arc<str>, usize>> = BTreeMap::new();
        for host in &self.hosts {
            for (slot, value) in &host.values {
                *differing.entry(*slot).or_default().entry(general(value, &host.name)).or_default() += 1;
            }
        }
        let mut alike = Values::new();
        differing.retain(|slot, values| match values.keys().next() {
            Some(only) if values.len() == 1 => {
                alike.insert(*slot, only.clone());
                false
            }
            _ => true,
        });
        (alike, differing)
    }
}

fn without_own_name(host: &PlannedHost) -> Values {
    host.values.iter().map(|(slot, value)| (*slot, general(value, &host.name))).collect()
}

/// A value with the host's own name taken out.
fn general(value: &Arc<str>, name: &str) -> Arc<str> {
    if value.contains(name) { value.replace(name, OWN_NAME).into() } else { value.clone() }
}

fn kinds(plan: &Plan) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    let mut index = HashMap::new();
    for host in &plan.hosts {
        let (skip, replaced) = (skip(plan, host), replaced(plan, host));
        let key = (host.wave, host.treatment, host.access, skip, replaced.clone(), host.window);
        let at = *index.entry(key).or_insert_with(|| {
            let (wave, treatment, access, window) = (host.wave, host.treatment, host.access, host.window);
            kinds.push(Kind { wave, treatment, access, skip, replaced, window, hosts: Vec::new() });
            kinds.len() - 1
        });
        kinds[at].hosts.push(host);
    }
    kinds
}

/// Writes the plan for reading: verdict, findings, then hosts folded by identical treatment.
pub fn write_text(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let kinds = kinds(plan);
    let course = course(plan, plan.created, |_| true);
    head(plan, &kinds, &course, out)?;
    said::rules(plan, &course, out)?;
    releases(plan, out)?;
    if !plan.findings.is_empty() {
        writeln!(out, "\nFindings")?;
        for finding in &plan.findings {
            writeln!(out, "  {}: {} [{}]", finding.level, finding.message, finding.code)?;
        }
    }
    for here in kinds.chunk_by(|one, other| one.wave == other.wave) {
        let index = here[0].wave;
        let name = &plan.waves[index as usize];
        let hosts: usize = here.iter().map(|kind| kind.hosts.len()).sum();
        let number = (index + 1).to_string();
        let name = if *name == number { String::new() } else { format!(": {name}") };
        write!(out, "\nWave {number}{name} ({})", counted(hosts))?;
        said::wave(plan, &course, index, out)?;
        for kind in here {
            write_kind(plan, kind, out)?;
        }
        if let Some(gate) = plan.rules.gates.get(index as usize) {
            said::gate(plan, gate, out)?;
        }
    }
    Ok(())
}

/// How many, how fast, how long.
fn head(plan: &Plan, kinds: &[Kind<'_>], course: &Course<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = |is_meant: fn(&&Kind<'_>) -> bool| -> usize {
        kinds.iter().filter(is_meant).map(|kind| kind.hosts.len()).sum()
    };
    let changes = count(|kind| kind.skip.is_none());
    let replaced = count(|kind| kind.replaced.is_some());
    let skipped = plan.hosts.len() - changes;
    writeln!(out, "Plan {} for {}", &plan.plan_id[..plan.plan_id.len().min(12)], plan.appliance.site)?;
    if let Some(run) = &plan.undoes {
        writeln!(out, "  undoes run {run}: clients of others are left alone")?;
    }
    let (verb, done) =
        if plan.task.installs() { ("install", "already present") } else { ("remove", "already absent") };
    write!(out, "  {changes} to {verb}")?;
    if replaced > 0 {
        write!(out, " ({replaced} in the place of another client)")?;
    }
    if skipped > 0 {
        write!(out, ", {skipped} {done}")?;
    }
    let waves = plan.waves.len();
    writeln!(
        out,
        ", of {} in {waves} {}",
        counted(plan.hosts.len()),
        if waves == 1 { "wave" } else { "waves" }
    )?;
    writeln!(
        out,
        "  rate {} (one start every {:.3} s), {} {} at once",
        plan.rate,
        plan.estimate.interval,
        plan.at_once,
        if plan.at_once == 1 { "visit" } else { "visits" }
    )?;
    writeln!(
        out,
        "  takes at least {:#}; started now it ends {}{}",
        seconds(course.end.ceil()),
        plan.estimate.done,
        said::people(plan)
    )
}

fn releases(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    for (name, release) in &plan.releases {
        write!(out, "  release {name}: {}", release.product)?;
        if !plan.task.installs() {
            writeln!(out)?;
            continue;
        }
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
                file.sha256.get(..16).unwrap_or_default()
            )?;
        }
        if let Some(key) = &release.key {
            writeln!(out, "    key from {key}")?;
        }
    }
    Ok(())
}

fn write_kind(plan: &Plan, kind: &Kind<'_>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(skip) = kind.skip {
        writeln!(out, "  {} ({})", fold(kind.names()), counted(kind.hosts.len()))?;
        return writeln!(out, "    {skip}: nothing is done");
    }
    if let Some(commands) = kind.commands() {
        for (values, names) in &commands {
            writeln!(out, "  {} ({})", fold(names.iter().copied()), counted(names.len()))?;
            write_command(plan, kind, values, out)?;
        }
        return Ok(());
    }
    writeln!(out, "  {} ({}, each with values of its own)", fold(kind.names()), counted(kind.hosts.len()))?;
    let (alike, differing) = kind.compared();
    write_command(plan, kind, &alike, out)?;
    for (slot, values) in differing {
        write_values(slot, values, out)?;
    }
    writeln!(out, "      the command of each host: --format json")
}

fn write_values(slot: Slot, values: HashMap<Arc<str>, usize>, out: &mut dyn Write) -> io::Result<()> {
    let count = values.len();
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let most: Vec<_> = values
        .iter()
        .take(MOST_VALUES)
        .map(|(value, hosts)| format!("{value} ({})", counted(*hosts)))
        .collect();
    let more = if count > MOST_VALUES { ", …" } else { "" };
    writeln!(out, "      {slot}: {count} values: {}{more}", most.join(", "))
}

fn write_command(plan: &Plan, kind: &Kind<'_>, values: &Values, out: &mut dyn Write) -> io::Result<()> {
    let treatment = &plan.treatments[kind.treatment as usize];
    let access = &plan.accesses[kind.access as usize];
    let root = if access.elevate { ", root through sudo" } else { "" };
    let user = access.user.as_deref().unwrap_or("the caller's name");
    writeln!(out, "    {} of release {}, as {user}{root}", treatment.shape.platform, treatment.release)?;
    for told in entered(access) {
        writeln!(out, "      {told}")?;
    }
    if let Some(window) = kind.window {
        writeln!(out, "      only {}", plan.windows[window as usize])?;
    }
    match plan.task {
        Task::Uninstall => return write_removal(plan, treatment, values, out),
        Task::Replace => writeln!(out, "    {}", first(kind))?,
        Task::Install => {}
    }
    let line = shown(plan, treatment, &treatment.invocation.command, values);
    for part in line.lines() {
        writeln!(out, "    $ {part}")?;
    }
    for step in &treatment.invocation.start {
        writeln!(out, "    then {}", step.name)?;
    }
    Ok(())
}

/// What a replacement does before it installs.
fn first(kind: &Kind<'_>) -> String {
    match &kind.replaced {
        Some(other) => format!("first remove {other}"),
        None if kind.hosts.iter().all(|host| host.observation.is_some()) => {
            "no other client is there to be removed".to_owned()
        }
        None => "first remove a client of an older generation or of another site, if one is there".to_owned(),
    }
}

fn write_removal(plan: &Plan, treatment: &Treatment, values: &Values, out: &mut dyn Write) -> io::Result<()> {
    let mut word = "first";
    for step in &treatment.invocation.remove {
        if step.name == installer::VENDORS_REMOVAL {
            writeln!(out, "    $ {}", shown(plan, treatment, &treatment.invocation.removal, values))?;
        } else {
            writeln!(out, "    {word} {}", step.name)?;
        }
        word = "then";
    }
    Ok(())
}

/// What a person should know of the way into a host before saying yes, one line each.
fn entered(access: &Access) -> Vec<String> {
    let mut told = Vec::new();
    if !access.jump.is_empty() {
        let passed: Vec<_> = access.jump.iter().map(|hop| format!("{}:{}", hop.host, hop.port)).collect();
        told.push(format!("through {}", passed.join(", then ")));
    }
    if access.host_key_policy == HostKeyPolicy::AcceptNew {
        told.push("unknown host keys are accepted (accept-new)".to_owned());
    }
    if !access.known_hosts.is_empty() {
        told.push(format!("known hosts from {}", access.known_hosts.join(", ")));
    }
    let secrets = [
        ("login password", &access.password),
        ("passphrase", &access.key_passphrase),
        ("sudo password", &access.elevate_password),
    ];
    let named = secrets.into_iter().filter_map(|(name, secret)| Some((name, secret.as_ref()?)));
    told.extend(named.map(|(name, secret)| format!("{name} from {secret}")));
    told
}
