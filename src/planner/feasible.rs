//! Can it be done at all: in time, within the appliance's size, with what this version can carry out?

use std::collections::BTreeMap;

use jiff::{Timestamp, Unit};

use super::task::{replaced, skip};
use super::{can_carry_out, counted, finding, seconds};
use crate::model::{FindingLevel, HostKeyPolicy, Plan, Platform, Rate};

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
    let changes = changes(plan);
    // A client that is removed first takes a start of its own.
    let removals = plan.hosts.iter().filter(|host| replaced(plan, host).is_some()).count();
    plan.estimate.starts = pace(plan) * (changes + removals).saturating_sub(1) as f64;
    let lasts = if changes == 0 { 0.0 } else { plan.estimate.starts + plan.estimate.install };
    let done = plan.created.saturating_add(seconds(lasts)).unwrap_or(Timestamp::MAX);
    // An estimate is no better for its fractions of a second.
    plan.estimate.done = done.round(Unit::Second).unwrap_or(done);
    plan.findings = Vec::new();
    rate(plan);
    if plan.task.installs() {
        ceiling(plan, changes as u64);
        expiry(plan);
    }
    carried_out(plan);
    host_keys(plan);
    plan.findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    super::identify(plan);
}

/// Seconds between two starts: no faster than the rate, and no faster than visits become free.
fn pace(plan: &Plan) -> f64 {
    plan.estimate.interval.max(plan.estimate.install / f64::from(plan.at_once.max(1)))
}

/// When the last host of each release is done if the hosts that are left are begun at this moment.
fn ends(plan: &Plan, from: Timestamp, left: impl Fn(usize) -> bool) -> BTreeMap<&str, Timestamp> {
    let pace = pace(plan);
    let hosts = plan.hosts.iter().enumerate().filter(|(index, _)| left(*index)).map(|(_, host)| host);
    let installs = hosts.filter(|host| skip(plan, host).is_none());
    // In the order of their starts: a release's last entry stays.
    let ended = installs.enumerate().map(|(before, host)| {
        let lasts = pace * before as f64 + plan.estimate.install;
        let end = from.saturating_add(seconds(lasts)).unwrap_or(Timestamp::MAX);
        (plan.treatment(host).release.as_str(), end.round(Unit::Second).unwrap_or(end))
    });
    ended.collect()
}

/// What expires before its last host is done, each in a sentence, when the hosts that are left (by their places
/// in the plan) are begun at this moment; empty means that nothing does.
pub fn too_late(plan: &Plan, from: Timestamp, left: impl Fn(usize) -> bool) -> Vec<String> {
    let ends = ends(plan, from, left);
    let late = ends.into_iter().filter_map(|(name, end)| {
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

fn ceiling(plan: &mut Plan, installs: u64) {
    let appliance = &plan.appliance;
    let after = appliance.clients + installs;
    let found = match appliance.ceiling {
        Some(ceiling) if after > ceiling => finding(
            FindingLevel::Error,
            "appliance_full",
            format!(
                "{} holds at most {ceiling} clients and has {}: {installs} more are {} too many",
                appliance.site,
                appliance.clients,
                after - ceiling
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

fn expiry(plan: &mut Plan) {
    let ends = ends(plan, plan.created, |_| true);
    let mut found = Vec::new();
    for (name, release) in &plan.releases {
        found.push(match release.expires {
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
            Some(expires) => match ends.get(name.as_str()).filter(|end| expires < **end) {
                Some(end) => finding(
                    FindingLevel::Error,
                    "installer_expires_too_soon",
                    expires_first(name, expires, *end),
                ),
                None => continue,
            },
        });
    }
    plan.findings.extend(found);
}

fn carried_out(plan: &mut Plan) {
    let mut left: BTreeMap<Platform, usize> = BTreeMap::new();
    for host in &plan.hosts {
        let treatment = plan.treatment(host);
        if !can_carry_out(treatment) {
            *left.entry(treatment.shape.platform).or_default() += 1;
        }
    }
    plan.findings.extend(left.into_iter().map(|(platform, hosts)| {
        finding(
            FindingLevel::Error,
            "platform_not_carried_out",
            format!(
                "this version does not carry out {platform} itself ({}): leave them out with --limit",
                counted(hosts)
            ),
        )
    }));
}

fn host_keys(plan: &mut Plan) {
    if plan.accesses.iter().any(|access| access.host_key_policy == HostKeyPolicy::AcceptNew) {
        plan.findings.push(finding(
            FindingLevel::Warning,
            "host_keys_accepted",
            "hosts whose key is not known yet are trusted at first sight (accept-new)".to_owned(),
        ));
    }
}
