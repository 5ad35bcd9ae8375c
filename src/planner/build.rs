//! What is the same for many hosts of a plan, and what is each one's own?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Request;
use super::faults::Faults;
use super::waves::Waves;
use crate::installer;
use crate::matching::LeftOut;
use crate::model::{
    Access, Host, Origins, Parameter, PlannedHost, PlannedRelease, Release, Shape, Slot, Treatment, Window,
};

/// Collects what differs little between hosts into tables that hosts point into.
pub(super) struct Builder<'a> {
    request: &'a Request<'a>,
    left_out: LeftOut,
    pub(super) accesses: Vec<Access>,
    access_index: HashMap<Arc<Access>, u32>,
    pub(super) treatments: Vec<Treatment>,
    treatment_index: HashMap<(String, Shape), u32>,
    pub(super) waves: Waves,
    pub(super) windows: Vec<Window>,
    window_index: HashMap<String, u32>,
    pub(super) spreads: Vec<Arc<str>>,
    spread_index: HashMap<Arc<str>, u32>,
    origins: Vec<Arc<Origins>>,
    /// By the address of the answer, which stays where it is while it is kept here.
    origins_index: HashMap<*const Origins, u32>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Self {
        Self {
            request,
            left_out: LeftOut::of(request.left_out),
            accesses: Vec::new(),
            access_index: HashMap::new(),
            treatments: Vec::new(),
            treatment_index: HashMap::new(),
            waves: Waves::default(),
            windows: Vec::new(),
            window_index: HashMap::new(),
            spreads: Vec::new(),
            spread_index: HashMap::new(),
            origins: Vec::new(),
            origins_index: HashMap::new(),
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
        self.waves.add(host);
        let group = host.parameters.get(&Parameter::JumpGroup).map(AsRef::as_ref);
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
            wave: 0,
            window: host.window.as_deref().map(|window| self.window(window)),
            spread: host.spread.as_ref().map(|spread| self.spread(spread)),
            origins: self.origins(&host.origins),
            values,
            observation: None,
            namesakes: self.left_out.beside(&host.name, &host.address, group),
            record: None,
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

    fn window(&mut self, window: &Window) -> u32 {
        let text = window.to_string();
        if let Some(index) = self.window_index.get(&text) {
            return *index;
        }
        let index = u32::try_from(self.windows.len()).unwrap_or(u32::MAX);
        self.windows.push(window.clone());
        self.window_index.insert(text, index);
        index
    }

    fn spread(&mut self, spread: &Arc<str>) -> u32 {
        if let Some(index) = self.spread_index.get(spread) {
            return *index;
        }
        let index = u32::try_from(self.spreads.len()).unwrap_or(u32::MAX);
        self.spreads.push(spread.clone());
        self.spread_index.insert(spread.clone(), index);
        index
    }

    fn origins(&mut self, origins: &Arc<Origins>) -> Option<u32> {
        if origins.is_empty() {
            return None;
        }
        if let Some(index) = self.origins_index.get(&Arc::as_ptr(origins)) {
            return Some(*index);
        }
        let index = u32::try_from(self.origins.len()).ok()?;
        self.origins.push(origins.clone());
        self.origins_index.insert(Arc::as_ptr(origins), index);
        Some(index)
    }

    /// Where variables were written, in the order hosts point to it.
    pub(super) fn take_origins(&mut self) -> Vec<Origins> {
        std::mem::take(&mut self.origins).iter().map(|origins| Origins::clone(origins)).collect()
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
