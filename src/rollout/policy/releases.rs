//! Do the installers still work?

use jiff::Timestamp;

use crate::model::reason::EXPIRED;
use crate::model::{Plan, PlannedHost};

/// The plan's releases by name, with the moment from which on their installers refuse to work.
///
/// A plan reckons with them; a gate that a person opens late, or hosts that were away, may still outlast them.
#[derive(Debug, Clone)]
pub(super) struct Releases(Vec<(String, Option<Timestamp>)>);

impl Releases {
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let installs = plan.task.installs();
        let release = |(name, release): (&String, &crate::model::PlannedRelease)| {
            (name.clone(), release.expires.filter(|_| installs))
        };
        Self(plan.releases.iter().map(release).collect())
    }

    /// The number of a host's release.
    pub(super) fn of(&self, plan: &Plan, host: &PlannedHost) -> u16 {
        let name = plan.treatments.get(host.treatment as usize).map(|treatment| treatment.release.as_str());
        let number = self.0.iter().position(|(known, _)| Some(known.as_str()) == name);
        number.and_then(|number| u16::try_from(number).ok()).unwrap_or(u16::MAX)
    }

    pub(super) fn has_expired(&self, release: u16, now: Timestamp) -> bool {
        self.reason(release, now).is_some()
    }

    /// Why no installer of this release is started any more, if that is so.
    pub(super) fn reason(&self, release: u16, now: Timestamp) -> Option<String> {
        let (name, expires) = self.0.get(usize::from(release))?;
        let expires = expires.filter(|expires| *expires <= now)?;
        Some(format!("{EXPIRED}`{name}` expired at {expires}"))
    }
}
