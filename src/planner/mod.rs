//! What will happen? Hosts and releases in, a plan out.

mod feasible;
mod file;
mod show;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::installer;
use crate::model::{
    Access, Appliance, Dialect, Estimate, Finding, FindingLevel, Host, Input, InstallerFile, Mistake,
    Mistakes, Observation, PLAN_FORMAT, Parameter, Place, Plan, PlannedHost, PlannedRelease, Platform, Rate,
    Release, Shape, Slot, Treatment,
};

pub use feasible::{has_errors, installs, refresh};
pub use file::{PlanError, identify, parse, write_json};
pub use show::{command, write_text};

/// Everything a plan is made from; reading files and the clock is over by now.
pub struct Request<'a> {
    /// When the plan is made.
    pub now: Timestamp,
    /// The version of jumpfleet.
    pub tool_version: &'a str,
    /// The settings file's path.
    pub settings: String,
    /// Every file that was read, with its digest.
    pub inputs: Vec<Input>,
    /// The `--limit` pattern.
    pub limit: Option<String>,
    /// The site.
    pub appliance: &'a Appliance,
    /// All releases of the settings.
    pub releases: &'a BTreeMap<String, Release>,
    /// The release of hosts that name none.
    pub default_release: Option<&'a str>,
    /// The most starts per time.
    pub rate: Rate,
    /// How many visits go on at once.
    pub at_once: u32,
    /// How long one install is expected to take.
    pub expected_install: Duration,
    /// How long an installer may run, when it is not what the platform takes as its own.
    pub install_deadline: Option<Duration>,
    /// The hosts, resolved and checked, in inventory order.
    pub hosts: Vec<Host>,
    /// The installer files of every release and platform the hosts need.
    pub installers: Vec<InstallerFile>,
}

/// A release and a platform: together they name an installer file.
pub type Need = (String, Platform);

/// Which installer files the hosts need; the mistakes are releases that do not exist or lack a file.
pub fn needs(
    hosts: &[Host],
    releases: &BTreeMap<String, Release>,
    default_release: Option<&str>,
) -> Result<BTreeSet<Need>, Mistakes> {
    let mut needs = BTreeSet::new();
    let mut faults = Faults::default();
    for host in hosts {
        let Some(name) = host.release.as_deref().or(default_release) else {
            let what = "no release is named: neither `jc_release` nor a default".to_owned();
            let hint = format!("set `jc_release` to one of: {}", listed(releases.keys()));
            faults.add(host, None, what, hint);
            continue;
        };
        match releases.get(name) {
            None => {
                let hint = format!("the settings have: {}", listed(releases.keys()));
                faults.add(host, None, format!("the settings have no release `{name}`"), hint);
            }
            Some(release) if !release.files.contains_key(&host.platform) => {
                let what = format!("release `{name}` has no installer file for {}", host.platform);
                faults.add(
                    host,
                    None,
                    what,
                    format!("add `files: {{{}: PATH}}` to the release", host.platform),
                );
            }
            Some(_) => {
                if !needs.contains(&(name.to_owned(), host.platform)) {
                    needs.insert((name.to_owned(), host.platform));
                }
            }
        }
    }
    faults.mistakes().none_or(needs)
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Makes the plan; the mistakes are what a host asks for and cannot get.
pub fn plan(mut request: Request<'_>) -> Result<Plan, Mistakes> {
    let given = std::mem::take(&mut request.hosts);
    let mut builder = Builder::new(&request);
    let mut faults = Faults::default();
    let mut hosts = Vec::with_capacity(given.len());
    for host in given {
        if let Some(planned) = builder.host(&host, &mut faults) {
            hosts.push(planned);
        }
    }
    faults.mistakes().none_or(())?;
    let waves = builder.waves(&mut hosts);
    share_values(&mut builder.treatments, &mut hosts);
    let mut plan = Plan {
        format_version: PLAN_FORMAT,
        plan_id: String::new(),
        tool_version: request.tool_version.to_owned(),
        created: request.now,
        settings: request.settings.clone(),
        inputs: request.inputs.clone(),
        limit: request.limit.clone(),
        appliance: request.appliance.clone(),
        rate: request.rate,
        at_once: request.at_once,
        releases: builder.releases(),
        waves,
        accesses: builder.accesses,
        treatments: builder.treatments,
        installers: request.installers.clone(),
        estimate: Estimate {
            interval: request.rate.interval().as_secs_f64(),
            starts: 0.0,
            install: request.expected_install.as_secs_f64(),
            done: request.now,
        },
        hosts,
        findings: Vec::new(),
    };
    refresh(&mut plan);
    Ok(plan)
}

/// Adds what was seen on the hosts, in the order of the plan's hosts, and reckons anew.
pub fn observe(plan: &mut Plan, observations: Vec<Option<Observation>>) {
    for (host, observation) in plan.hosts.iter_mut().zip(observations) {
        host.observation = observation;
    }
    refresh(plan);
}

/// Collects what differs little between hosts into tables that hosts point into.
struct Builder<'a> {
    request: &'a Request<'a>,
    accesses: Vec<Access>,
    access_index: HashMap<Arc<Access>, u32>,
    treatments: Vec<Treatment>,
    treatment_index: HashMap<(String, Shape), u32>,
    wave_names: Vec<Option<Arc<str>>>,
}

impl<'a> Builder<'a> {
    fn new(request: &'a Request<'a>) -> Self {
        Self {
            request,
            accesses: Vec::new(),
            access_index: HashMap::new(),
            treatments: Vec::new(),
            treatment_index: HashMap::new(),
            wave_names: Vec::new(),
        }
    }

    fn host(&mut self, host: &Host, faults: &mut Faults) -> Option<PlannedHost> {
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
    fn waves(&mut self, hosts: &mut [PlannedHost]) -> Vec<String> {
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

    fn releases(&self) -> BTreeMap<String, PlannedRelease> {
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
fn share_values(treatments: &mut [Treatment], hosts: &mut [PlannedHost]) {
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

/// Mistakes that many hosts share are said once, with the number of hosts.
#[derive(Default)]
struct Faults {
    order: Vec<(Place, String, String)>,
    hosts: HashMap<(Place, String), (Arc<str>, usize)>,
    said: HashMap<String, Place>,
}

impl Faults {
    fn add(&mut self, host: &Host, parameter: Option<Parameter>, what: String, hint: String) {
        let written = parameter.and_then(|parameter| host.parameter_places.get(&parameter));
        // Without a place of its own a mistake stands at the first host that has it.
        let place = match written {
            Some(place) => place.clone(),
            None => self.said.entry(what.clone()).or_insert_with(|| host.place.clone()).clone(),
        };
        let key = (place, what);
        if let Some((_, more)) = self.hosts.get_mut(&key) {
            *more += 1;
            return;
        }
        self.order.push((key.0.clone(), key.1.clone(), hint));
        self.hosts.insert(key, (host.name.clone(), 0));
    }

    fn mistakes(self) -> Mistakes {
        let mistakes = self.order.into_iter().map(|(place, what, hint)| {
            let concerned = match &self.hosts[&(place.clone(), what.clone())] {
                (name, 0) => format!("host `{name}`"),
                (name, more) => format!("host `{name}` and {more} more"),
            };
            let mistake = Mistake::at(place, format!("{what} ({concerned})"));
            if hint.is_empty() { mistake } else { mistake.hint(hint) }
        });
        Mistakes(mistakes.collect())
    }
}

/// Whether this version can carry out a treatment itself: it speaks POSIX sh over SSH.
fn can_carry_out(treatment: &Treatment) -> bool {
    treatment.invocation.dialect == Dialect::Posix
}

fn seconds(seconds: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX)
}

fn finding(level: FindingLevel, code: &str, message: String) -> Finding {
    Finding { level, code: code.to_owned(), message }
}
