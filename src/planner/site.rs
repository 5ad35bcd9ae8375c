//! What of a plan does not fit what is there on the site?

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{finding, refresh};
use crate::model::{
    Finding, FindingLevel, Known, Mistake, Parameter, Plan, Presence, Release, Slot, Task, Told, counted,
};

/// What the site told.
#[derive(Debug, Default)]
pub struct Heard {
    /// When.
    pub at: Timestamp,
    /// The version of its software.
    pub version: String,
    /// How many seconds installed clients are waited for; none when nobody waits.
    pub connect_within: Option<u64>,
    /// Whether hosts with a record that is neither lost nor uninstalled are left alone.
    pub keeps_known: bool,
    /// How many clients it has.
    pub clients: u64,
    /// The record of each host of the plan, in its order.
    pub records: Vec<Option<Known>>,
    /// The code names and names of what each of these parameters names.
    pub codes: BTreeMap<Parameter, Vec<(String, String)>>,
    /// The Jumpoints, and whether clients may go through each now.
    pub jumpoints: Vec<(String, bool)>,
    /// What became of the installers of releases that were made through the API.
    pub installers: BTreeMap<String, Option<Made>>,
}

/// Installers, as the site has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Their number.
    pub id: u32,
    /// When they stop working.
    pub expires: Timestamp,
    /// What may be overridden.
    pub overrides: BTreeSet<String>,
    /// The Jumpoint that their clients go through.
    pub jumpoint: Option<String>,
    /// Whether their clients go to somebody's personal list.
    pub personal: bool,
}

/// The parameters whose values are code names of things on the site.
pub const CODED: [(Parameter, &str); 3] = [
    (Parameter::JumpGroup, "Jump Group"),
    (Parameter::JumpPolicy, "Jump Policy"),
    (Parameter::SessionPolicy, "session policy"),
];

/// Gives releases the expiry and the overrides that the site really has for them, and tells what differed.
pub fn correct(
    releases: &mut BTreeMap<String, Release>,
    installers: &BTreeMap<String, Option<Made>>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let made = installers.iter().filter_map(|(name, made)| Some((name, made.as_ref()?)));
    for (name, made) in made {
        let Some(release) = releases.get_mut(name) else { continue };
        // A file may have fewer digits of a second than the site.
        let is_same = |before: Timestamp| before.duration_until(made.expires).unsigned_abs().as_secs() < 2;
        if let Some(before) = release.expires.filter(|before| !is_same(*before)) {
            let message = format!(
                "the installers of `{name}` are valid until {} on the site, not until {before} as the release says: \
                 the site's word is reckoned with",
                made.expires
            );
            found.push(finding(FindingLevel::Warning, "installer_expiry_differs", message));
        }
        if release.overrides != made.overrides {
            let listed = |words: &BTreeSet<String>| {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
            };
            let message = format!(
                "the site permits {} to be overridden for the installers of `{name}`, not {} as the release says: \
                 the site's word is reckoned with",
                listed(&made.overrides),
                listed(&release.overrides)
            );
            found.push(finding(FindingLevel::Warning, "installer_overrides_differ", message));
        }
        release.expires = Some(made.expires);
        release.overrides.clone_from(&made.overrides);
    }
    found
}

/// Which of the coded parameters the plan's hosts set.
pub fn coded(plan: &Plan) -> BTreeSet<Parameter> {
    let of_treatments =
        plan.treatments.iter().flat_map(|treatment| treatment.shape.parameters.iter().copied());
    of_treatments.filter(|parameter| CODED.iter().any(|(coded, _)| coded == parameter)).collect()
}

/// Adds what the site told to a plan, and reckons it anew; `before` is what was found of its releases already.
pub fn hear(plan: &mut Plan, heard: Heard, before: Vec<Finding>) {
    let mut findings = before;
    if plan.task.installs() {
        findings.extend(versions(plan, &heard));
        findings.extend(installers(plan, &heard));
        findings.extend(names(plan, &heard));
    }
    for (host, record) in plan.hosts.iter_mut().zip(heard.records) {
        host.record = record;
    }
    plan.appliance.clients = heard.clients;
    let made_here = heard.installers.iter().filter_map(|(name, made)| Some((name, made.as_ref()?)));
    let made_here = || made_here.clone().filter(|(name, _)| plan.releases.contains_key(*name));
    let installers = made_here().map(|(name, made)| (name.clone(), made.id)).collect();
    let personal = made_here().filter(|(_, made)| made.personal).map(|(name, _)| name.clone()).collect();
    plan.appliance.told = Some(Told {
        at: heard.at,
        version: heard.version,
        connect_within: heard.connect_within,
        keeps_known: heard.keeps_known,
        installers,
        personal,
        findings,
    });
    if let (Some(found), Some(told)) = (unseen(plan), &mut plan.appliance.told) {
        told.findings.push(found);
    }
    refresh(plan);
}

/// The hosts whose clients go to a personal list.
fn unseen(plan: &Plan) -> Option<Finding> {
    let mut hosts = plan.hosts.iter().filter(|host| plan.task.installs() && !plan.shows_on_site(host));
    let place = hosts.next()?.place.to_string();
    let message = format!(
        "the API shows no clients of personal lists: whether those of {} connect is not seen",
        counted(1 + hosts.count(), "host")
    );
    Some(Finding { place: Some(place), ..finding(FindingLevel::Note, "personal_list", message) })
}

/// The plan's releases whose installers the site does not take any more, and why: by the numbers of all that it has,
/// with their expiry, at this time of its own clock.
pub fn ended(told: &Told, there: &BTreeMap<u32, Timestamp>, now: Timestamp) -> Vec<(String, String)> {
    let ended = |(release, id): (&String, &u32)| {
        let why = match there.get(id) {
            None => "are not on the site any more".to_owned(),
            Some(expires) if *expires <= now => format!("expired at {expires}, by the site's word"),
            Some(_) => return None,
        };
        Some((release.clone(), why))
    };
    told.installers.iter().filter_map(ended).collect()
}

/// Releases of another version than the site's: an upgrade has ended their installers.
fn versions(plan: &Plan, heard: &Heard) -> Vec<Finding> {
    if heard.version.starts_with("API ") {
        let message = format!(
            "the site tells this account no version of its software but {}: whether the installers are of another one, and an \
             upgrade in mid-run, may not be noticed; give the account the permission perm_command (read_only is enough)",
            heard.version
        );
        return vec![finding(FindingLevel::Warning, "version_not_known", message)];
    }
    let differs = |(name, release): (&String, &crate::model::PlannedRelease)| {
        let version = release.version.as_deref()?;
        (!is_same_version(version, &heard.version)).then(|| {
            let message = format!(
                "release `{name}` is of version {version}, and the appliance runs {}: an upgrade ends all installers; \
                 make new ones with `jumpfleet installer create`, or correct `version`",
                heard.version
            );
            finding(FindingLevel::Error, "appliance_version_differs", message)
        })
    };
    plan.releases.iter().filter_map(differs).collect()
}

/// Whether one is the other, or the beginning of it: `25.2` is `25.2.1`. The build behind it counts only where both tell
/// it: an upgrade that changes nothing else ends all installers too.
fn is_same_version(one: &str, other: &str) -> bool {
    let builds = build(one).zip(build(other));
    builds.is_none_or(|(one, other)| one == other)
        && number(one).split('.').zip(number(other).split('.')).all(|(one, other)| one == other)
}

/// The build that a site writes behind a version: `12345` of `25.2.1 (12345)`.
fn build(version: &str) -> Option<&str> {
    version.strip_suffix(')')?.rsplit_once('(').map(|(_, build)| build)
}

/// The number that a version begins with: `25.2.1` of `25.2.1 (12345)`.
fn number(version: &str) -> &str {
    let end = version.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(version.len());
    version[..end].trim_end_matches('.')
}

fn installers(plan: &Plan, heard: &Heard) -> Vec<Finding> {
    let told = |name: &String| {
        let Some(made) = heard.installers.get(name) else {
            let message = format!(
                "whether the site still has the installers of `{name}` cannot be asked: they were not made with \
                 `jumpfleet installer create`"
            );
            return Some(finding(FindingLevel::Note, "installer_not_known", message));
        };
        let Some(made) = made else {
            let message = format!(
                "the site has no installers any more that release `{name}` was made of: make new ones with \
                 `jumpfleet installer create`"
            );
            return Some(finding(FindingLevel::Error, "installer_gone", message));
        };
        let point = made.jumpoint.as_deref().filter(|point| !point.is_empty())?;
        let what = match heard.jumpoints.iter().find(|(name, _)| name == point) {
            Some((_, true)) => return None,
            Some(_) => "is not online, or clients may not go through it",
            None => "is not there",
        };
        let message = format!(
            "the Jumpoint `{point}`, which the clients of `{name}` go through, {what}: see to it first"
        );
        Some(finding(FindingLevel::Error, "jumpoint_offline", message))
    };
    plan.releases.keys().filter_map(told).collect()
}

/// Code names that the site does not have, each with the first host that has it.
fn names(plan: &Plan, heard: &Heard) -> Vec<Finding> {
    let mut wrong: BTreeMap<(Parameter, &str), (usize, &str)> = BTreeMap::new();
    for host in &plan.hosts {
        for (parameter, known) in &heard.codes {
            let Some(value) = plan.value(host, Slot::Parameter(*parameter)) else { continue };
            if *parameter == Parameter::JumpGroup && value.starts_with("user:") {
                continue;
            }
            let code = code(value);
            if !known.iter().any(|(there, _)| there == code) {
                wrong.entry((*parameter, code)).or_insert((0, &host.place)).0 += 1;
            }
        }
    }
    let at = |place: &str, finding: Finding| Finding { place: Some(place.to_owned()), ..finding };
    wrong
        .into_iter()
        .map(|((parameter, code), (hosts, place))| {
            let what = CODED.iter().find(|(coded, _)| *coded == parameter).map_or("", |(_, what)| what);
            let known = heard.codes.get(&parameter).map(Vec::as_slice).unwrap_or_default();
            let hosts = counted(hosts, "host");
            let message = format!(
                "the site has no {what} with the code name `{code}` ({parameter} of {hosts}){}",
                nearest(code, known)
            );
            at(place, finding(FindingLevel::Error, "code_name_unknown", message))
        })
        .collect()
}

/// The code name in a value such as `jumpgroup:servers`.
fn code(value: &str) -> &str {
    value.strip_prefix("jumpgroup:").unwrap_or(value)
}

fn nearest(code: &str, known: &[(String, String)]) -> String {
    let same = known.iter().find(|(there, name)| name.eq_ignore_ascii_case(code) && !there.is_empty());
    let codes = || known.iter().map(|(there, _)| there.as_str()).filter(|there| !there.is_empty());
    match (same, Mistake::nearest(code, codes())) {
        (Some((there, _)), _) => format!(": its code name is `{there}`"),
        (None, Some(near)) => format!(": did you mean `{near}`?"),
        (None, None) => format!(": it has {}", codes().take(20).collect::<Vec<_>>().join(", ")),
    }
}

/// What the records of hosts mean for the plan, by kind, each with the first host it concerns.
pub(super) fn records(plan: &Plan) -> Vec<Finding> {
    let Some(told) = &plan.appliance.told else { return Vec::new() };
    let mut kinds: BTreeMap<(FindingLevel, &str, &str), (usize, &str)> = BTreeMap::new();
    for host in &plan.hosts {
        if let Some(kind) = meaning(plan.task, told, host.record.as_ref()) {
            kinds.entry(kind).or_insert((0, &host.place)).0 += 1;
        }
    }
    let said = |((level, code, what), (hosts, place)): (_, (usize, &str))| {
        let place = Some(place.to_owned());
        Finding { place, ..finding(level, code, format!("{}: {what}", counted(hosts, "host"))) }
    };
    kinds.into_iter().map(said).collect()
}

fn meaning(
    task: Task,
    told: &Told,
    record: Option<&Known>,
) -> Option<(FindingLevel, &'static str, &'static str)> {
    let Some(record) = record else {
        let none = "the site shows no record of it to delete (it may be in a personal list, which the API does not show)";
        return (task == Task::Uninstall).then_some((FindingLevel::Note, "site_shows_none", none));
    };
    if !record.is_sure() {
        let what = "a record of the site resembles it by its name or address alone: it is neither kept from its \
                    client nor deleted because of that";
        return Some((FindingLevel::Warning, "site_may_know", what));
    }
    let note = |code, what| Some((FindingLevel::Note, code, what));
    match (task, record.state) {
        (Task::Uninstall, _) => note("site_record_goes", "its record is deleted once its client is removed"),
        (_, Presence::Lost) => note(
            "site_lost",
            "the site considers its record lost: the client is installed, and `jumpfleet clients prune` takes the old record away",
        ),
        (_, Presence::Uninstalled) => note(
            "site_uninstalled",
            "the site has a record of a client that was uninstalled: the client is installed, and `jumpfleet clients \
             prune` takes the old record away",
        ),
        (Task::Install, _) if told.keeps_known => Some((
            FindingLevel::Warning,
            "site_knows",
            "the site has its client already, connected or away: it is looked at and left alone; `known_clients: \
             install` in the settings installs nevertheless",
        )),
        _ => note("site_knows", "the site has a client of it already, and gets another record"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Matched;

    fn plan() -> Plan {
        serde_json::from_str(include_str!("../../tests/report/plan.json")).unwrap()
    }

    fn codes(plan: &Plan) -> Vec<&str> {
        plan.findings.iter().map(|finding| finding.code.as_str()).collect()
    }

    #[test]
    fn what_does_not_fit_is_found() {
        let mut plan = plan();
        let release = plan.releases.keys().next().cloned().unwrap();
        plan.releases.get_mut(&release).unwrap().version = Some("24.1".into());
        plan.treatments[0].shape.parameters = [Parameter::JumpGroup].into();
        plan.treatments[0].values.insert(Slot::Parameter(Parameter::JumpGroup), "jumpgroup:servrs".into());
        assert_eq!(coded(&plan), [Parameter::JumpGroup].into());
        let made = Made {
            id: 7,
            expires: plan.created,
            overrides: BTreeSet::new(),
            jumpoint: Some("edge".into()),
            personal: true,
        };
        let heard = Heard {
            version: "25.2.1".into(),
            clients: 7,
            codes: [(Parameter::JumpGroup, vec![("servers".into(), "Servers".into())])].into(),
            installers: [(release, Some(made))].into(),
            ..Heard::default()
        };
        hear(&mut plan, heard, Vec::new());
        for code in ["appliance_version_differs", "jumpoint_offline", "code_name_unknown"] {
            assert!(codes(&plan).contains(&code), "{code}: {:?}", plan.findings);
        }
        assert!(plan.findings.iter().any(|found| found.message.contains("did you mean `servers`?")));
        assert_eq!(plan.appliance.clients, 7);
        let told_of = plan.appliance.told.clone().unwrap();
        assert_eq!(told_of.installers.values().collect::<Vec<_>>(), [&7]);
        let there = |expires: i64| BTreeMap::from([(7, Timestamp::from_second(expires).unwrap())]);
        let ends = |there| ended(&told_of, &there, Timestamp::from_second(10).unwrap());
        assert!(ends(there(11)).is_empty());
        assert!(
            ends(there(10))[0].1.starts_with("expired at")
                && ends(BTreeMap::new())[0].1.contains("not on the site")
        );
        let told = plan.findings.clone();
        refresh(&mut plan);
        assert_eq!(plan.findings, told, "a plan says the same when it is reckoned anew");
        let of_first = |plan: &Plan| plan.hosts.iter().find(|host| host.treatment == 0).cloned().unwrap();
        assert!(plan.shows_on_site(&of_first(&plan)), "it is put into a group");
        plan.treatments[0].values.remove(&Slot::Parameter(Parameter::JumpGroup));
        assert!(
            !plan.shows_on_site(&of_first(&plan)),
            "it goes where its installers say: to a personal list"
        );
    }

    #[test]
    fn versions_are_compared_as_far_as_they_are_written() {
        assert!(is_same_version("25.2", "25.2.1") && is_same_version("25.2.1", "25.2.1"));
        assert!(!is_same_version("25.2", "25.20.1") && !is_same_version("25.2.1", "25.2.2"));
        assert!(is_same_version("25.2.1", "25.2.1 (12345)") && is_same_version("25.2.1-7", "25.2.1 (12345)"));
        let built = "25.2.1 (12345)";
        assert!(is_same_version(built, built) && !is_same_version("25.2.1 (12344)", built), "an upgrade too");
        assert!(!is_same_version("25.2.2", "25.2.1 (12345)") && !is_same_version("25.2", "unknown"));
    }

    #[test]
    fn lost_uninstalled_known_and_doubtful_records_are_told_apart() {
        let known = |state, matched| {
            let mut plan = plan();
            let told = Told {
                at: plan.created,
                version: "25.2.1".into(),
                connect_within: None,
                keeps_known: true,
                installers: BTreeMap::new(),
                personal: BTreeSet::new(),
                findings: Vec::new(),
            };
            plan.appliance.told = Some(told);
            plan.hosts[0].record = Some(Known {
                client: 1,
                state,
                matched,
                called: None,
                ambiguous: false,
                shares_name: false,
                others: vec![],
            });
            records(&plan).into_iter().map(|found| found.code).collect::<Vec<_>>()
        };
        assert_eq!(known(Presence::Lost, Matched::Name), ["site_lost"]);
        assert_eq!(known(Presence::Uninstalled, Matched::Name), ["site_uninstalled"]);
        assert_eq!(known(Presence::Offline, Matched::WholeName), ["site_knows"]);
        assert_eq!(known(Presence::Online, Matched::Address), ["site_may_know"]);
    }

    #[test]
    fn the_sites_word_goes_before_the_releases() {
        let plan = plan();
        let (name, planned) = plan.releases.first_key_value().unwrap();
        let mut releases = BTreeMap::from([(name.clone(), super::super::trust::release(name, planned))]);
        releases.get_mut(name).unwrap().expires = Some(plan.created);
        let made = Made {
            id: 7,
            expires: Timestamp::UNIX_EPOCH,
            overrides: ["tag".into()].into(),
            jumpoint: None,
            personal: false,
        };
        let found = correct(&mut releases, &BTreeMap::from([(name.clone(), Some(made))]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(releases[name].expires, Some(Timestamp::UNIX_EPOCH));
        assert!(releases[name].overrides.contains("tag"));
    }
}
