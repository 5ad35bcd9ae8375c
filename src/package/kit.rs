//! Which hosts of a plan can be given the same files? Those that hear the same scripts in the same places.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use crate::model::{InstallerFile, Plan, PlannedHost, PlannedRelease, Slot, Treatment};

/// One kind of hosts: a treatment, and the values that are the same for all of them.
pub(super) struct Kit<'a> {
    /// The platform's word, with a number where there is more than one of it.
    pub(super) name: String,
    /// What they hear.
    pub(super) treatment: &'a Treatment,
    /// The installer they take.
    pub(super) file: &'a InstallerFile,
    /// The release it is of.
    pub(super) release: &'a PlannedRelease,
    /// The site.
    pub(super) site: &'a str,
    /// Values all of them share; every one but the overrides is among them.
    pub(super) common: BTreeMap<Slot, &'a Arc<str>>,
    /// The hosts, in the plan's order.
    pub(super) hosts: Vec<&'a PlannedHost>,
}

impl<'a> Kit<'a> {
    /// The overrides with a value, in the order of their names.
    pub(super) fn settings(&self) -> impl Iterator<Item = Slot> {
        let valued = self.treatment.shape.parameters.iter().filter(|parameter| !parameter.is_switch());
        valued.map(|parameter| Slot::Parameter(*parameter))
    }

    /// The overrides whose value differs from host to host.
    pub(super) fn own_settings(&self) -> impl Iterator<Item = Slot> {
        self.settings().filter(|slot| !self.common.contains_key(slot))
    }

    /// What is the same for all of them and known when the package of a run is made.
    pub(super) fn known<'k>(&'k self, slot: Slot, run: &'k str) -> Option<&'k str> {
        Some(match slot {
            Slot::FileDigest => &self.file.sha256,
            Slot::Site => self.site,
            Slot::Run => run,
            Slot::Release => &self.treatment.release,
            other => self.common.get(&other)?,
        })
    }

    /// What a host gets for an override.
    pub(super) fn value(&self, host: &'a PlannedHost, slot: Slot) -> Option<&'a str> {
        let value = host.values.get(&slot).or_else(|| self.treatment.values.get(&slot));
        value.map(AsRef::as_ref)
    }

    /// The names a computer may call itself by, in lower case: the inventory's, and its first part where no other
    /// host's begins like it.
    pub(super) fn names(&self) -> Vec<Vec<String>> {
        let whole: Vec<String> = self.hosts.iter().map(|host| host.name.to_lowercase()).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for name in &whole {
            *counts.entry(first_part(name)).or_default() += 1;
        }
        let named = |name: &String| {
            let short = first_part(name);
            let is_own = short != name && counts[short] == 1 && name.parse::<IpAddr>().is_err();
            [Some(name.clone()), is_own.then(|| short.to_owned())].into_iter().flatten().collect()
        };
        whole.iter().map(named).collect()
    }

    /// How many hosts, and some of their names.
    pub(super) fn told(&self) -> String {
        let names: Vec<&str> = self.hosts.iter().map(|host| host.name.as_ref()).collect();
        match names.as_slice() {
            [first, second, third, rest @ ..] if rest.len() > 1 => {
                format!("`{first}`, `{second}`, `{third}` and {} more", rest.len())
            }
            names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        }
    }

    /// The installer file's name with a star for its key.
    pub(super) fn file_pattern(&self) -> String {
        match (self.file.shown.split_once('‹'), self.file.shown.rsplit_once('›')) {
            (Some((before, _)), Some((_, after))) => format!("{before}*{after}"),
            _ => self.file.shown.clone(),
        }
    }
}

fn first_part(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The kinds of hosts that a package is for, in the order in which the plan has them.
pub(super) fn kits<'a>(plan: &'a Plan, wanted: impl Fn(&Treatment) -> bool) -> Vec<Kit<'a>> {
    let mut kits: Vec<Kit<'a>> = Vec::new();
    let mut places: HashMap<(u32, Vec<&Arc<str>>), usize> = HashMap::new();
    for host in &plan.hosts {
        let treatment = plan.treatment(host);
        if !wanted(treatment) {
            continue;
        }
        let values = treatment.values.iter().chain(&host.values);
        let values: BTreeMap<Slot, &Arc<str>> = values.map(|(slot, value)| (*slot, value)).collect();
        let fixed = values.iter().filter(|(slot, _)| !matches!(slot, Slot::Parameter(_)));
        let key = (host.treatment, fixed.map(|(_, value)| *value).collect());
        let place = *places.entry(key).or_insert(kits.len());
        match kits.get_mut(place) {
            Some(kit) => {
                kit.common.retain(|slot, value| values.get(slot) == Some(value));
                kit.hosts.push(host);
            }
            None => kits.push(Kit {
                name: treatment.shape.platform.word().to_owned(),
                treatment,
                file: &plan.installers[treatment.installer],
                release: &plan.releases[&treatment.release],
                site: &plan.appliance.site,
                common: values,
                hosts: vec![host],
            }),
        }
    }
    number(&mut kits);
    kits
}

/// Tells kits of one platform apart; a kit that is alone keeps the platform's word as its name.
fn number(kits: &mut [Kit<'_>]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for kit in kits.iter() {
        *counts.entry(kit.name.clone()).or_default() += 1;
    }
    let mut next: BTreeMap<String, usize> = BTreeMap::new();
    for kit in kits.iter_mut().filter(|kit| counts[&kit.name] > 1) {
        let number = next.entry(kit.name.clone()).or_default();
        *number += 1;
        kit.name = format!("{}-{number}", kit.name);
    }
}

/// A step's text with an end to its last line.
pub(super) fn ended(text: String) -> String {
    if text.ends_with('\n') { text } else { text + "\n" }
}
