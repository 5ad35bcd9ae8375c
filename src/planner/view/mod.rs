//! What does a reviewer see of a plan? One value that every format is written from, so that none says otherwise.

mod kind;
mod spoken;
mod unusual;

use std::collections::BTreeMap;

use super::course::{Course, course};
use super::{said, seconds};
use crate::model::{FindingLevel, Plan, Platform, counted};
use crate::report::names::fold;

pub(in crate::planner) use kind::general;
pub use kind::{Kind, Own};
pub use spoken::Spoken;
pub(in crate::planner) use unusual::DERIVED;

/// A plan as it is reviewed: what it comes to, then what is done to whom, then what may go wrong, then the details.
#[derive(Debug)]
pub struct View<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The first digits of its id.
    pub id: &'a str,
    /// How many hosts there are of each fate.
    pub counts: Counts,
    /// Such as `4 to install, of 4 hosts in 1 wave`.
    pub headline: String,
    /// How many hosts there are of each platform, the most first.
    pub platforms: Vec<(Platform, usize)>,
    /// How fast it goes.
    pub pace: String,
    /// How long it takes.
    pub takes: String,
    /// How long it takes and when it would end, if it began when the plan was made.
    pub lasts: String,
    /// How many findings are errors and warnings, if any are.
    pub alarm: Option<String>,
    /// The hosts folded by identical treatment, the most first.
    pub kinds: Vec<Kind<'a>>,
    /// What may go wrong: the plan's findings, the most serious first.
    pub findings: Vec<Remark>,
    /// What sets a few hosts apart from nearly all others.
    pub unusual: Vec<Remark>,
    /// The ramp, the limits, the tries and the windows, a sentence each.
    pub rules: Vec<String>,
    /// What is installed.
    pub releases: Vec<Release>,
    /// The waves, in order.
    pub waves: Vec<Wave>,
}

/// How many hosts a plan does what to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub hosts: usize,
    /// A client is installed where none is known of.
    pub install: usize,
    /// A client is installed in the place of another one.
    pub replace: usize,
    /// The client is removed.
    pub remove: usize,
    /// Nothing is done.
    pub nothing: usize,
}

/// Something worth knowing before the plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How serious.
    pub level: FindingLevel,
    /// A stable word for programs.
    pub code: String,
    /// What, for people.
    pub message: String,
    /// The first line of the inventory that it concerns, as `file:line`.
    pub place: Option<String>,
}

/// A release in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Such as `spring: bomgar-pec, installers expire 2035-01-01T00:00:00Z`.
    pub title: String,
    /// Its installer files.
    pub files: Vec<String>,
    /// Where its key is, when it is not in the file name.
    pub key: Option<String>,
}

/// A wave in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Such as `Wave 1: pilot`.
    pub title: String,
    /// How many hosts it holds.
    pub hosts: usize,
    /// Their names, folded.
    pub names: String,
    /// When it is done, where there is more than one.
    pub done: Option<String>,
    /// What stands behind it.
    pub gate: Option<String>,
}

impl Remark {
    /// Whether somebody has to see it at a line: a note that stands nowhere is for readers of the plan alone.
    pub fn is_for_somebody(&self) -> bool {
        self.level != FindingLevel::Note || self.place.is_some()
    }
}

impl<'a> View<'a> {
    /// Looks at a plan.
    pub fn of(plan: &'a Plan) -> Self {
        let kinds = kind::kinds(plan);
        let course = course(plan, plan.created, |_| true);
        let counts = Counts::of(plan, &kinds);
        Self {
            id: plan.plan_id.get(..12).unwrap_or(&plan.plan_id),
            headline: headline(plan, counts),
            counts,
            platforms: platforms(&kinds),
            pace: pace(plan),
            takes: takes(&course) + &said::people(plan),
            lasts: lasts(plan, &course),
            alarm: alarm(plan),
            findings: findings(plan),
            unusual: unusual::unusual(plan, &kinds),
            rules: said::rules(plan, &course),
            releases: releases(plan),
            waves: waves(plan, &course),
            kinds,
            plan,
        }
    }

    /// What is done to hosts, in one word: `install` or `remove`.
    pub fn verb(&self) -> &'static str {
        if self.plan.task.installs() { "install" } else { "remove" }
    }
}

impl Counts {
    fn of(plan: &Plan, kinds: &[Kind<'_>]) -> Self {
        let count = |is_meant: fn(&&Kind<'_>) -> bool| -> usize {
            kinds.iter().filter(is_meant).map(|kind| kind.hosts.len()).sum()
        };
        let nothing = count(|kind| kind.nothing.is_some());
        let replace = count(|kind| kind.replaced);
        let (hosts, changes) = (plan.hosts.len(), plan.hosts.len() - nothing);
        if plan.task.installs() {
            Self { hosts, install: changes - replace, replace, nothing, ..Self::default() }
        } else {
            Self { hosts, remove: changes, nothing, ..Self::default() }
        }
    }

    /// How many hosts something is done to.
    pub fn changes(&self) -> usize {
        self.hosts - self.nothing
    }
}

fn headline(plan: &Plan, counts: Counts) -> String {
    let (verb, done) =
        if plan.task.installs() { ("install", "already present") } else { ("remove", "already absent") };
    let mut said = format!("{} to {verb}", counts.changes());
    if counts.replace > 0 {
        said += &format!(" ({} in the place of another client)", counts.replace);
    }
    if counts.nothing > 0 {
        said += &format!(", {} {done}", counts.nothing);
    }
    format!("{said}, of {} in {}", counted(plan.hosts.len(), "host"), counted(plan.waves.len(), "wave"))
}

fn platforms(kinds: &[Kind<'_>]) -> Vec<(Platform, usize)> {
    let mut counts: BTreeMap<Platform, usize> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind.platform).or_default() += kind.hosts.len();
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, hosts)| std::cmp::Reverse(*hosts));
    counts
}

fn pace(plan: &Plan) -> String {
    format!(
        "rate {} (one start every {:.3} s), {} at once",
        plan.rate,
        plan.estimate.interval,
        counted(plan.at_once, "visit")
    )
}

fn takes(course: &Course<'_>) -> String {
    format!("takes at least {:#}", seconds(course.end.ceil()))
}

fn lasts(plan: &Plan, course: &Course<'_>) -> String {
    format!(
        "{}; started when it was made it ends {}{}",
        takes(course),
        plan.estimate.done,
        said::people(plan)
    )
}

fn alarm(plan: &Plan) -> Option<String> {
    let count = |level| plan.findings.iter().filter(|finding| finding.level == level).count();
    let plural = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let errors = plural(count(FindingLevel::Error), "error").map(|said| format!("{said}: not carried out"));
    let said: Vec<_> = errors.into_iter().chain(plural(count(FindingLevel::Warning), "warning")).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn findings(plan: &Plan) -> Vec<Remark> {
    let remarks = plan.findings.iter().map(|finding| Remark {
        level: finding.level,
        code: finding.code.clone(),
        message: finding.message.clone(),
        place: finding.place.clone(),
    });
    remarks.collect()
}

fn releases(plan: &Plan) -> Vec<Release> {
    let releases = plan.releases.iter().map(|(name, release)| {
        let mut title = format!("{name}: {}", release.product);
        if !plan.task.installs() {
            return Release { title, files: Vec::new(), key: None };
        }
        if let Some(version) = &release.version {
            title += &format!(" {version}");
        }
        if let Some(expires) = release.expires {
            title += &format!(", installers expire {expires}");
        }
        let files = plan.installers.iter().filter(|file| file.release == *name).map(|file| {
            let digest = file.sha256.get(..16).unwrap_or_default();
            format!("{} {} ({} bytes, sha256 {digest})", file.platform, file.shown, file.bytes)
        });
        let key = release.key.as_ref().map(|key| format!("key from {key}"));
        Release { title, files: files.collect(), key }
    });
    releases.collect()
}

fn waves(plan: &Plan, course: &Course<'_>) -> Vec<Wave> {
    let waves = plan.hosts.chunk_by(|one, other| one.wave == other.wave).map(|hosts| {
        let index = hosts[0].wave;
        let name = &plan.waves[index as usize];
        let number = (index + 1).to_string();
        let name = if *name == number { String::new() } else { format!(": {name}") };
        Wave {
            title: format!("Wave {number}{name}"),
            hosts: hosts.len(),
            names: fold(hosts.iter().map(|host| host.name.as_ref())),
            done: said::done(plan, course, index),
            gate: plan.rules.gates.get(index as usize).map(|gate| said::gate(plan, gate)),
        }
    });
    waves.collect()
}
