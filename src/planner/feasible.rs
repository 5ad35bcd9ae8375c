//! Can it be done at all: in time, within the appliance's size, with what this version can carry out?

use std::collections::BTreeMap;

use jiff::{Timestamp, Unit};

use super::course::{Course, course};
use super::seen::remarkable;
use super::site::records;
use super::task::skip;
use super::{finding, seconds};
use crate::model::{
    Estimate, Finding, FindingLevel, HostKeyPolicy, Known, Plan, PlannedHost, Rate, Slot, counted,
};

/// The code of the finding that nobody is planned for.
pub const NO_HOSTS: &str = "no_hosts";

/// Whether a finding forbids the plan.
pub fn has_errors(plan: &Plan) -> bool {
    plan.findings.iter().any(|finding| finding.level == FindingLevel::Error)
}

/// How many hosts something is done to, as far as the plan has looked.
pub fn changes(plan: &Plan) -> usize {
    plan.hosts.iter().filter(|host| skip(plan, host).is_none()).count()
}

/// Reckons the estimate, the findings and the plan's id anew.
pub fn refresh(plan: &mut Plan) {
    plan.findings = Vec::new();
    let course = course(plan, plan.created, |_| true);
    let (starts, done) = (course.starts, moment(plan.created, course.end));
    let mut found = if plan.task.installs() { expiry(plan, &course) } else { Vec::new() };
    found.extend(too_short(plan, &course));
    plan.estimate = Estimate { starts, done, ..plan.estimate.clone() };
    rate(plan);
    if plan.task.installs() {
        ceiling(plan);
        found.extend(super::unfit::unfit(plan));
        found.extend(remarkable(plan));
    }
    found.extend(records(plan));
    found.extend(plan.appliance.told.iter().flat_map(|told| told.findings.iter().cloned()));
    plan.findings.extend(found);
    host_keys(plan);
    no_hosts(plan);
    shared_marker(plan);
    plan.findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    super::identify(plan);
}

/// So many seconds later; an estimate is no better for its fractions of a second.
pub(super) fn moment(from: Timestamp, later: f64) -> Timestamp {
    let moment = from.saturating_add(seconds(later)).unwrap_or(Timestamp::MAX);
    moment.round(Unit::Second).unwrap_or(moment)
}

/// What expires before its last host is done, each in a sentence, when the hosts that are left (by their places
/// in the plan) are begun at this moment; empty means that nothing does.
pub fn too_late(plan: &Plan, from: Timestamp, left: impl Fn(usize) -> bool) -> Vec<String> {
    // A removal needs no installer.
    if !plan.task.installs() {
        return Vec::new();
    }
    let late = course(plan, from, left).releases.into_iter().filter_map(|(name, end)| {
        let end = moment(from, end);
        let expires = plan.releases.get(name)?.expires.filter(|expires| *expires < end)?;
        Some(expires_first(name, expires, end))
    });
    late.collect()
}

fn expires_first(name: &str, expires: Timestamp, end: Timestamp) -> String {
    format!("the installers of `{name}` expire at {expires}, its last host would be done at {end}")
}

fn rate(plan: &mut Plan) {
    let interval = plan.estimate.interval;
    plan.findings.push(finding(
        FindingLevel::Note,
        "start_interval",
        format!(
            "{}: one start every {interval:.3} s, so that starts that reach their host up to {} s late still \
             leave no more than {} in any minute",
            plan.rate,
            Rate::GUARD.as_secs(),
            (plan.rate.per_hour() / 60.0).ceil(),
        ),
    ));
    if plan.rate.exceeds_vendor_limit() {
        plan.findings.push(finding(
            FindingLevel::Warning,
            "vendor_rate_exceeded",
            format!("{} is more than the {} the vendor allows", plan.rate, Rate::VENDOR_LIMIT),
        ));
    }
    // Little's law: so many installs are under way at once when they start at this rate.
    let under_way = plan.estimate.install / interval;
    if f64::from(plan.at_once) < under_way.min(plan.hosts.len() as f64) {
        plan.findings.push(finding(
            FindingLevel::Warning,
            "at_once_limits_rate",
            format!(
                "{} visits at once are too few for {}: installs of {:.0} s need about {:.0}",
                plan.at_once,
                plan.rate,
                plan.estimate.install,
                under_way.ceil()
            ),
        ));
    }
}

/// What the site's own count of clients leaves away (Configuration API: the list is of shared Jump Groups).
const UNSEEN: &str = "clients in personal lists are not counted, as the API does not show them: see Status > Information on the site";

fn ceiling(plan: &mut Plan) {
    // Whose client is counted already gets another one in its place.
    let is_new = |host: &&PlannedHost| !host.record.as_ref().is_some_and(Known::is_client);
    let installs = plan.hosts.iter().filter(|host| skip(plan, host).is_none()).filter(is_new).count() as u64;
    let appliance = &plan.appliance;
    let after = appliance.clients.saturating_add(installs);
    let found = match appliance.ceiling {
        Some(ceiling) if after > ceiling && installs > 0 => finding(
            FindingLevel::Error,
            "appliance_full",
            format!(
                "{} holds at most {ceiling} clients and has {}: {installs} more are {} too many{}",
                appliance.site,
                appliance.clients,
                after - ceiling,
                if appliance.told.is_some() { format!("; {UNSEEN}") } else { String::new() }
            ),
        ),
        // So near to the end, those that nobody sees may be too many.
        Some(ceiling) if appliance.told.is_some() && after > ceiling - ceiling / 10 => finding(
            FindingLevel::Note,
            "seats_nearly_taken",
            format!(
                "{} holds at most {ceiling} clients, and will have {after} of shared groups; {UNSEEN}",
                appliance.site
            ),
        ),
        Some(_) => return,
        None => finding(
            FindingLevel::Note,
            "appliance_size_unknown",
            format!("how many clients {} can hold is not in the settings", appliance.site),
        ),
    };
    plan.findings.push(found);
}

fn expiry(plan: &Plan, course: &Course<'_>) -> Vec<Finding> {
    let found = plan.releases.iter().filter_map(|(name, release)| {
        let end = course.releases.get(name.as_str()).map(|end| moment(plan.created, *end));
        Some(match release.expires {
            None => finding(
                FindingLevel::Warning,
                "installer_expiry_unknown",
                format!("when the installers of `{name}` expire is not in the settings"),
            ),
            Some(expires) if expires <= plan.created => finding(
                FindingLevel::Error,
                "installer_expired",
                format!("the installers of `{name}` expired at {expires}"),
            ),
            Some(expires) => finding(
                FindingLevel::Error,
                "installer_expires_too_soon",
                expires_first(name, expires, end.filter(|end| expires < *end)?),
            ),
        })
    });
    found.collect()
}

/// The windows that close before all their hosts were started.
fn too_short(plan: &Plan, course: &Course<'_>) -> Vec<Finding> {
    let found = course.missed.iter().map(|(window, hosts)| {
        let first = plan.hosts.iter().find(|host| host.window == Some(*window));
        let window = &plan.windows[*window as usize];
        let closes = window.occurrence(plan.created).map(|occurrence| format!(" at {}", occurrence.closes));
        let found = finding(
            FindingLevel::Warning,
            "window_too_short",
            format!(
                "`{window}` closes{} before the turn of {} comes: they would not be started",
                closes.unwrap_or_default(),
                counted(*hosts, "host")
            ),
        );
        Finding { place: first.map(|host| host.place.clone()), ..found }
    });
    found.collect()
}

fn no_hosts(plan: &mut Plan) {
    if plan.hosts.is_empty() {
        let what = match &plan.limit {
            Some(limit) => format!("`--limit {limit}` leaves no hosts"),
            None => "the inventory has no hosts".to_owned(),
        };
        plan.findings.push(finding(FindingLevel::Warning, NO_HOSTS, what));
    }
}

/// A marker file on a share that several hosts have in common: the first one's mark stands for all of them.
fn shared_marker(plan: &mut Plan) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for host in &plan.hosts {
        let file = plan.value(host, Slot::MarkerFile).filter(|file| file.starts_with(r"\\"));
        if let Some(file) = file {
            *seen.entry(file).or_default() += 1;
        }
    }
    let Some((file, hosts)) = seen.into_iter().find(|(_, hosts)| *hosts > 1) else { return };
    let what = format!(
        "{} share the marker file `{file}`: once it is there, all of them count as installed; \
         put `{{{{ inventory_hostname }}}}` into its name",
        counted(hosts, "host")
    );
    plan.findings.push(finding(FindingLevel::Warning, "marker_shared", what));
}

fn host_keys(plan: &mut Plan) {
    let accepts: Vec<bool> =
        plan.accesses.iter().map(|access| access.host_key_policy == HostKeyPolicy::AcceptNew).collect();
    let first = plan.hosts.iter().find(|host| accepts[host.access as usize]);
    if let Some(host) = first {
        let what = "hosts whose key is not known yet are trusted at first sight (accept-new)".to_owned();
        let place = Some(host.place.clone());
        plan.findings.push(Finding { place, ..finding(FindingLevel::Warning, "host_keys_accepted", what) });
    }
}
