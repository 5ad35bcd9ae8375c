//! What is the same for many hosts of a plan, and what is each one's own?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Request;
use super::faults::Faults;
use crate::installer;
use crate::model::{Access, Host, PlannedHost, PlannedRelease, Release, Shape, Slot, Treatment};

/// Collects what differs little between hosts into tables that hosts point into.
pub(super) struct Builder<'a> {
    request: &'a Request<'a>,
    pub(super) accesses: Vec<Access>,
    access_index: HashMap<Arc<Access>, u32>,
    pub(super) treatments: Vec<Treatment>,
    treatment_index: HashMap<(String, Shape), u32>,
    wave_names: Vec<Option<Arc<str>>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Self {
        Self {
            request,
            accesses: Vec::new(),
            access_index: HashMap::new(),
            treatments: Vec::new(),
            treatment_index: HashMap::new(),
            wave_names: Vec::new(),
        }
    }

    pub(super) fn host(&mut self, host: &Host, faults: &mut Faults) -> Option<PlannedHost> {
        let name = host.release.as_deref().or(self.request.default_release)?;
        let release = self.request.releases.get(name)?;
        let installer = self
            .request
            .installers
            .iter()
            .position(|file| file.release == name && file.platform == host.platform);
        let Some(installer) = installer else {
            let what = format!("the installer file of release `{name}` for {} was not read", host.platform);
            faults.add(host, None, what, String::new());
            return None;
        };
        let shape = installer::shape(host, release, self.request.installers[installer].key);
        if !permitted(host, release, faults) {
            return None;
        }
        let refused = installer::refused_values(host, release);
        if !refused.is_empty() {
            for refusal in refused {
                faults.add(host, None, refusal, String::new());
            }
            return None;
        }
        let treatment = self.treatment(host, name, installer, shape, faults)?;
        let wave = self.wave(host.wave.as_ref());
        let mut values = installer::values(host, release);
        if let Some(base) = &host.staging_dir {
            values.insert(Slot::Staging, base.clone());
        }
        Some(PlannedHost {
            name: host.name.clone(),
            place: format!("{}:{}", host.place.file, host.place.line),
            address: host.address.clone(),
            access: self.access(&host.access),
            treatment,
            wave,
            window: None,
            values,
            observation: None,
        })
    }

    fn access(&mut self, access: &Arc<Access>) -> u32 {
        if let Some(index) = self.access_index.get(access) {
            return *index;
        }
        let index = u32::try_from(self.accesses.len()).unwrap_or(u32::MAX);
        self.accesses.push(access.as_ref().clone());
        self.access_index.insert(access.clone(), index);
        index
    }

    fn treatment(
        &mut self,
        host: &Host,
        release: &str,
        installer: usize,
        shape: Shape,
        faults: &mut Faults,
    ) -> Option<u32> {
        let key = (release.to_owned(), shape);
        if let Some(index) = self.treatment_index.get(&key) {
            return Some(*index);
        }
        let platform = installer::installer(host.platform);
        let refusals = platform.refusals(&key.1);
        if !refusals.is_empty() {
            for refusal in refusals {
                faults.add(host, None, refusal, String::new());
            }
            return None;
        }
        let index = u32::try_from(self.treatments.len()).unwrap_or(u32::MAX);
        let mut invocation = platform.invocation(&key.1);
        if let Some(deadline) = self.request.install_deadline {
            invocation.install.deadline = u32::try_from(deadline.as_secs()).unwrap_or(u32::MAX).max(1);
        }
        self.treatments.push(Treatment {
            release: release.to_owned(),
            shape: key.1.clone(),
            installer,
            invocation,
            values: BTreeMap::new(),
        });
        self.treatment_index.insert(key, index);
        Some(index)
    }

    /// Waves are numbered as they appear; there are few of them.
    fn wave(&mut self, name: Option<&Arc<str>>) -> u32 {
        let known = self.wave_names.iter().position(|known| known.as_ref() == name);
        let index = known.unwrap_or_else(|| {
            self.wave_names.push(name.cloned());
            self.wave_names.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// Puts the hosts in the order of their waves; those that name none come last.
    pub(super) fn waves(&mut self, hosts: &mut [PlannedHost]) -> Vec<String> {
        let mut order: Vec<usize> = (0..self.wave_names.len()).collect();
        order.sort_by_key(|wave| self.wave_names[*wave].is_none());
        for host in hosts.iter_mut() {
            let place = order.iter().position(|wave| *wave == host.wave as usize).unwrap_or_default();
            host.wave = u32::try_from(place).unwrap_or(u32::MAX);
        }
        // A stable sort: within a wave the inventory's order stays.
        hosts.sort_by_key(|host| host.wave);
        let only = order.len() == 1;
        let name = |wave: &usize| match &self.wave_names[*wave] {
            Some(name) => name.to_string(),
            None if only => "all".to_owned(),
            None => "rest".to_owned(),
        };
        order.iter().map(name).collect()
    }

    pub(super) fn releases(&self) -> BTreeMap<String, PlannedRelease> {
        let used: BTreeSet<&str> =
            self.treatments.iter().map(|treatment| treatment.release.as_str()).collect();
        let planned = |release: &Release| PlannedRelease {
            product: release.product,
            version: release.version.clone(),
            expires: release.expires,
            key: release.key.clone(),
            overrides: release.overrides.iter().cloned().collect(),
        };
        self.request
            .releases
            .iter()
            .filter(|(name, _)| used.contains(name.as_str()))
            .map(|(name, release)| (name.clone(), planned(release)))
            .collect()
    }
}

/// Moves what all hosts of a treatment have in common from the hosts to the treatment.
pub(super) fn share_values(treatments: &mut [Treatment], hosts: &mut [PlannedHost]) {
    let mut seen = vec![false; treatments.len()];
    for host in hosts.iter() {
        let at = host.treatment as usize;
        let common = &mut treatments[at].values;
        if seen[at] {
            common.retain(|slot, value| host.values.get(slot) == Some(value));
        } else {
            seen[at] = true;
            common.clone_from(&host.values);
        }
    }
    for host in hosts {
        let common = &treatments[host.treatment as usize].values;
        host.values.retain(|slot, _| !common.contains_key(slot));
    }
}

/// Whether every override of the host is taken by its platform and permitted by its release.
fn permitted(host: &Host, release: &Release, faults: &mut Faults) -> bool {
    let accepted = installer::installer(host.platform).accepts(release.generation());
    let mut fine = true;
    for parameter in host.parameters.keys().copied() {
        if !accepted.contains(&parameter) {
            fine = false;
            let what = format!(
                "`{parameter}` is not an override that {} takes with a {} installer",
                host.platform, release.product
            );
            let taken: Vec<_> = accepted.iter().map(|parameter| parameter.word()).collect();
            faults.add(host, Some(parameter), what, format!("it takes: {}", taken.join(", ")));
        } else if !release.overrides.contains(parameter.permission()) {
            fine = false;
            let what = format!("release `{}` does not permit `{parameter}` to be set", release.name);
            let hint = format!(
                "the installer would fail: mark it \"Allow Override During Installation\" on the site and add \
                 `{}` to the release's overrides, or remove the variable",
                parameter.permission()
            );
            faults.add(host, Some(parameter), what, hint);
        }
    }
    fine
}
