//! Into which Jump Group is each host's client put? By that, the clients of two hosts that are called alike are told apart.

use std::collections::BTreeMap;

use crate::appliance::{Account, ApiError, Owner};
use crate::model::{Parameter, Plan, PlannedHost, Slot};

/// The site's numbers of the Jump Groups that a plan's clients are put into.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_code: BTreeMap<String, u32>,
    /// Those of clients for which the plan names none.
    by_release: BTreeMap<String, u32>,
}

impl Groups {
    /// Asks the site for the groups that the plan names, and for those of its installers where it names none.
    pub(super) fn ask(account: &Account, plan: &Plan) -> Result<Self, ApiError> {
        let mut groups = Self::default();
        let has = |host: &PlannedHost| named(plan, host).is_some();
        if plan.hosts.iter().any(has) {
            let all = account.jump_groups()?.into_iter();
            groups.by_code = all.map(|group| (group.code_name, group.id)).collect();
        }
        let made = plan.appliance.told.as_ref().map(|told| &told.installers);
        if let Some(made) = made.filter(|made| !made.is_empty() && !plan.hosts.iter().all(has)) {
            let there = account.installers()?.into_iter().filter(|one| one.jump_group_type == Owner::Shared);
            let there: BTreeMap<u32, u32> = there.map(|one| (one.id, one.jump_group_id)).collect();
            let group = |(name, id): (&String, &u32)| Some((name.clone(), *there.get(id)?));
            groups.by_release = made.iter().filter_map(group).collect();
        }
        Ok(groups)
    }

    /// The number of a host's; none where nobody knows it, or its client is in a personal list.
    pub(super) fn of(&self, plan: &Plan, host: &PlannedHost) -> Option<u32> {
        match named(plan, host) {
            Some(named) => self.by_code.get(named.strip_prefix("jumpgroup:")?),
            None => self.by_release.get(&plan.treatment(host).release),
        }
        .copied()
    }
}

fn named<'p>(plan: &'p Plan, host: &'p PlannedHost) -> Option<&'p str> {
    plan.value(host, Slot::Parameter(Parameter::JumpGroup)).map(AsRef::as_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_the_group_that_the_plan_names_or_that_of_its_installer() {
        let mut plan: Plan = serde_json::from_str(include_str!("../../tests/report/plan.json")).unwrap();
        let slot = Slot::Parameter(Parameter::JumpGroup);
        let release = plan.treatment(&plan.hosts[0]).release.clone();
        plan.treatments.iter_mut().for_each(|treatment| drop(treatment.values.remove(&slot)));
        let groups = Groups {
            by_code: BTreeMap::from([("web".into(), 2)]),
            by_release: BTreeMap::from([(release, 7)]),
        };
        let mut host = plan.hosts[0].clone();
        for (said, group) in [
            (None, Some(7)),
            (Some("jumpgroup:web"), Some(2)),
            (Some("jumpgroup:db"), None),
            (Some("user:eve"), None),
        ] {
            host.values.remove(&slot);
            host.values.extend(said.map(|said| (slot, said.into())));
            assert_eq!(groups.of(&plan, &host), group, "{said:?}");
        }
        assert_eq!(Groups::default().of(&plan, &plan.hosts[0]), None);
    }
}
