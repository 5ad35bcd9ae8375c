//! What will happen? Hosts and releases in, a plan out.

mod build;
mod course;
mod diff;
mod faults;
mod feasible;
mod file;
mod formats;
mod odd;
mod records;
mod said;
mod seen;
mod site;
mod still;
mod task;
mod trust;
mod unfit;
mod view;
mod wanted;
mod waves;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{
    Appliance, Bystander, Estimate, Finding, FindingLevel, Host, Input, InstallerFile, Mistakes, Observation,
    PLAN_FORMAT, Plan, Platform, Rate, Release, Task,
};

use build::{Builder, share_values};
use faults::Faults;

pub use diff::{DIFF_FORMATS, DiffFormat, Difference, diff_format, diff_format_names, diff_step};
pub use feasible::{NO_HOSTS, changes, has_errors, refresh, too_late};
pub use file::{PlanError, identify, parse, write_json};
pub use formats::{FORMATS, Format, GITHUB, format, format_names, step, write_text};
pub use odd::{LONGEST, MOST_TRIES};
pub use records::Search;
pub use site::{Heard, Made as InstallersMade, coded, correct, ended, hear};
pub use still::unlike;
pub use task::{Removal, kept, removal, without_file};
pub use trust::{MOST_AT_ONCE, distrusted, is_site};
pub use view::View;
pub use wanted::{SOAK, Wanted};

/// Everything a plan is made from; reading files and the clock is over by now.
pub struct Request<'a> {
    /// When the plan is made.
    pub now: Timestamp,
    /// The version of jumpfleet.
    pub tool_version: &'a str,
    /// The settings file's absolute path.
    pub settings: String,
    /// The inventories in their order, with absolute paths.
    pub inventory: Vec<String>,
    /// Every file that was read, with its digest.
    pub inputs: Vec<Input>,
    /// The `--limit` pattern.
    pub limit: Option<String>,
    /// What is done to the hosts.
    pub task: Task,
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
    /// How careful the run shall be.
    pub wanted: &'a Wanted,
    /// The hosts, resolved and checked, in inventory order.
    pub hosts: Vec<Host>,
    /// The hosts of the inventory that are not meant.
    pub left_out: &'a [Bystander],
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
    let waves = std::mem::take(&mut builder.waves).assign(&mut hosts, &request.wanted.waves);
    share_values(&mut builder.treatments, &mut hosts);
    let origins = builder.take_origins();
    let mut plan = Plan {
        format_version: PLAN_FORMAT,
        plan_id: String::new(),
        tool_version: request.tool_version.to_owned(),
        created: request.now,
        settings: request.settings.clone(),
        inventory: request.inventory.clone(),
        inputs: request.inputs.clone(),
        limit: request.limit.clone(),
        appliance: request.appliance.clone(),
        task: request.task,
        undoes: None,
        rate: request.rate,
        at_once: request.at_once,
        rules: request.wanted.rules(request.rate, waves.len()),
        releases: builder.releases(),
        waves,
        windows: builder.windows,
        spreads: builder.spreads,
        accesses: builder.accesses,
        treatments: builder.treatments,
        installers: request.installers.clone(),
        estimate: Estimate {
            interval: request.rate.interval().as_secs_f64(),
            starts: 0.0,
            install: request.expected_install.as_secs_f64(),
            done: request.now,
        },
        origins,
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

fn seconds(seconds: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX)
}

fn finding(level: FindingLevel, code: &str, message: String) -> Finding {
    Finding { level, code: code.to_owned(), message, place: None }
}
