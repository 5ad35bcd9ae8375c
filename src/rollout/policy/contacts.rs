//! Whose client was installed, and was not seen on the site yet?

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;

use super::{Policy, State};
use crate::model::{Happening, Outcome, OutcomeKind, Plan};

/// A host whose client is waited for on the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// Its place in the plan.
    pub host: usize,
    /// When its installer was started.
    pub started: Timestamp,
    /// Until when it is waited for.
    pub until: Timestamp,
}

/// The hosts that are waited for; none where nobody looks.
#[derive(Debug, Clone, Default)]
pub(super) struct Contacts {
    within: Option<Duration>,
    is_seen: Vec<bool>,
    started: HashMap<u32, Timestamp>,
    awaited: BTreeMap<u32, Awaited>,
}

impl Contacts {
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let within = plan.appliance.told.as_ref().and_then(|told| told.connect_within);
        let is_seen = match within {
            Some(_) => plan.hosts.iter().map(|host| plan.shows_on_site(host)).collect(),
            None => Vec::new(),
        };
        Self { within: within.map(Duration::from_secs), is_seen, ..Self::default() }
    }

    fn installed(&mut self, place: u32, at: Timestamp) {
        let started = self.started.remove(&place).unwrap_or(at);
        let (Some(within), true) = (self.within, self.is_seen.get(place as usize) == Some(&true)) else {
            return;
        };
        let until = at.checked_add(within).unwrap_or(Timestamp::MAX);
        self.awaited.insert(place, Awaited { host: place as usize, started, until });
    }

    fn forget(&mut self, place: u32) {
        self.started.remove(&place);
        self.awaited.remove(&place);
    }
}

impl Policy {
    /// The hosts whose clients are waited for on the site.
    pub fn awaited(&self) -> impl Iterator<Item = &Awaited> {
        self.contacts.awaited.values()
    }

    /// Whether any client is waited for on the site.
    pub fn awaits_contact(&self) -> bool {
        !self.contacts.awaited.is_empty()
    }

    /// Waits for no client: nobody looks at the site.
    pub fn await_no_contact(&mut self) {
        self.contacts = Contacts::default();
    }

    pub(super) fn hear_contact(&mut self, place: u32, what: &Happening, at: Timestamp) {
        match what {
            Happening::InstallStarted { .. } if self.contacts.within.is_some() => {
                self.contacts.started.insert(place, at);
            }
            Happening::HostFinished { outcome: Outcome::Installed { .. }, .. } => {
                self.contacts.installed(place, at);
            }
            Happening::HostFinished { .. } => self.contacts.forget(place),
            Happening::Rechecked { missing, .. } if !missing.is_empty() => self.contacts.forget(place),
            Happening::ClientConnected { .. } => self.contacted(place, OutcomeKind::Connected),
            Happening::ClientNotConnected { unseen: false, .. } => {
                self.contacted(place, OutcomeKind::NotConnected);
            }
            Happening::ClientNotConnected { .. } => self.contacts.forget(place),
            _ => {}
        }
    }

    fn contacted(&mut self, place: u32, kind: OutcomeKind) {
        self.contacts.forget(place);
        let host = &mut self.hosts[place as usize];
        if host.state != State::Ended(OutcomeKind::Installed) {
            return;
        }
        host.state = State::Ended(kind);
        let wave = &mut self.waves[host.wave as usize];
        wave.uncount(OutcomeKind::Installed);
        wave.count(kind);
        // That it connected says no more than that it was installed, which was counted.
        if kind == OutcomeKind::NotConnected {
            self.sample.add(place, kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Moment;
    use super::*;
    use crate::model::{Event, Told};

    /// The policy of a plan whose clients are waited for, after the first host was installed.
    fn installed() -> (Policy, impl Fn(&mut Policy, i64, Happening)) {
        let mut plan: Plan = serde_json::from_str(include_str!("../../../tests/report/plan.json")).unwrap();
        plan.hosts.truncate(1);
        plan.appliance.told = Some(Told {
            at: plan.created,
            version: "25.2.1".into(),
            connect_within: Some(300),
            keeps_known: true,
            installers: BTreeMap::new(),
            personal: std::collections::BTreeSet::new(),
            findings: Vec::new(),
        });
        let moment = |second| Moment {
            at: Timestamp::from_second(second).unwrap(),
            clock: Duration::from_secs(second.unsigned_abs()),
        };
        let mut policy = Policy::new(&plan, moment(0));
        let name = plan.hosts[0].name.clone();
        let hear = move |policy: &mut Policy, second, what| {
            let now = moment(second);
            policy.hear(&Event { at: now.at, host: Some(name.clone()), what }, now);
        };
        hear(&mut policy, 10, Happening::InstallStarted { waited: 0 });
        let outcome = Outcome::Installed { directory: None, notes: Vec::new() };
        hear(&mut policy, 40, Happening::HostFinished { outcome, milliseconds: 0 });
        (policy, hear)
    }

    #[test]
    fn a_run_is_not_over_while_a_client_is_waited_for() {
        let (mut policy, hear) = installed();
        let awaited: Vec<_> = policy.awaited().copied().collect();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(awaited, [Awaited { host: 0, started: at(10), until: at(340) }]);
        assert!(!policy.is_over());
        hear(&mut policy, 50, Happening::ClientConnected { client: 1, milliseconds: 1 });
        assert!(policy.is_over() && !policy.awaits_contact());
    }

    #[test]
    fn nobody_is_waited_for_whose_time_is_up_or_where_nobody_looks() {
        for unseen in [false, true] {
            let (mut policy, hear) = installed();
            hear(&mut policy, 400, Happening::ClientNotConnected { detail: String::new(), unseen });
            assert!(policy.is_over(), "{unseen}");
        }
        let (mut policy, _) = installed();
        policy.await_no_contact();
        assert!(policy.is_over());
    }
}
