//! Do the installers still work?

use jiff::Timestamp;

use crate::model::reason::EXPIRED;
use crate::model::{Plan, PlannedHost};

/// The plan's releases.
///
/// A plan reckons with their end; a gate that a person opens late, or hosts that were away, may still outlast them, and
/// the site may end them early.
#[derive(Debug, Clone)]
pub(super) struct Releases(Vec<Release>);

#[derive(Debug, Clone)]
struct Release {
    name: String,
    /// From when on its installers refuse to work.
    expires: Option<Timestamp>,
    /// Why the site does not take them any more.
    ended: Option<String>,
}

impl Releases {
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let installs = plan.task.installs();
        let release = |(name, release): (&String, &crate::model::PlannedRelease)| {
            let expires = release.expires.filter(|_| installs);
            Release { name: name.clone(), expires, ended: None }
        };
        Self(plan.releases.iter().map(release).collect())
    }

    /// The number of a host's release.
    pub(super) fn of(&self, plan: &Plan, host: &PlannedHost) -> u16 {
        let name = plan.treatments.get(host.treatment as usize).map(|treatment| treatment.release.as_str());
        let number = self.0.iter().position(|known| Some(known.name.as_str()) == name);
        number.and_then(|number| u16::try_from(number).ok()).unwrap_or(u16::MAX)
    }

    pub(super) fn has_expired(&self, release: u16, now: Timestamp) -> bool {
        self.reason(release, now).is_some()
    }

    /// Why no installer of this release is started any more, if that is so.
    pub(super) fn reason(&self, release: u16, now: Timestamp) -> Option<String> {
        let Release { name, expires, ended } = self.0.get(usize::from(release))?;
        if let Some(why) = ended {
            return Some(format!("{EXPIRED}`{name}` {why}"));
        }
        let expires = expires.filter(|expires| *expires <= now)?;
        Some(format!("{EXPIRED}`{name}` expired at {expires}"))
    }

    /// Starts none of this release's installers any more.
    pub(super) fn end(&mut self, name: &str, why: &str) {
        for release in self.0.iter_mut().filter(|release| release.name == name) {
            release.ended.get_or_insert_with(|| why.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installers_that_the_site_ended_are_not_waited_for() {
        let plan: Plan = serde_json::from_str(include_str!("../../../tests/report/plan.json")).unwrap();
        let mut releases = Releases::of_plan(&plan);
        let (name, now) = (plan.releases.keys().next().unwrap(), plan.created);
        let release = releases.of(&plan, &plan.hosts[0]);
        assert!(!releases.has_expired(release, now));
        releases.end("another", "are gone");
        assert!(!releases.has_expired(release, now));
        releases.end(name, "are gone");
        assert_eq!(releases.reason(release, now), Some(format!("{EXPIRED}`{name}` are gone")));
    }
}
