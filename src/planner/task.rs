//! What does a plan that has looked expect to do to a host, and which plan takes away what a run installed?

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::file::digest_of_nothing;
use super::refresh;
use crate::installer;
use crate::matching::LeftOut;
use crate::model::{
    Bystander, Gate, GateKind, InstallerFile, Known, Parameter, Plan, PlannedHost, Rule, Slot, Task,
};

/// Why nothing is done to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Skip {
    /// It has a client; the rule that matched first.
    Present(Rule),
    /// It has none that the plan removes.
    Absent,
}

impl fmt::Display for Skip {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present(rule) => write!(out, "already present ({rule})"),
            Self::Absent => write!(out, "already absent"),
        }
    }
}

/// Why a host would be skipped, if the plan looked.
pub(super) fn skip(plan: &Plan, host: &PlannedHost) -> Option<Skip> {
    let shape = &plan.treatments.get(host.treatment as usize)?.shape;
    let known = kept(plan, host).map(|_| Skip::Present(Rule::Site));
    let Some(seen) = host.observation.as_ref() else { return known };
    let directory = plan.value(host, Slot::InstallDir).map(AsRef::as_ref);
    let platform = installer::installer(shape.platform);
    if plan.task.installs() {
        let Some(trace) = platform.duplicate(shape, directory, seen) else { return known };
        return replaced(plan, host).is_none().then_some(Skip::Present(trace.rule));
    }
    let (site, undoes) = (&plan.appliance.site, plan.undoes.as_deref());
    let spared = platform.spared(shape, directory, site, undoes, seen);
    (spared.is_some() || platform.own(shape, directory, seen).is_empty()).then_some(Skip::Absent)
}

/// The record because of which a host is left alone that shows no client itself.
pub fn kept<'p>(plan: &Plan, host: &'p PlannedHost) -> Option<&'p Known> {
    let keeps = plan.task == Task::Install && plan.appliance.told.as_ref()?.keeps_known;
    host.record.as_ref().filter(|known| keeps && known.is_client())
}

/// The client that is removed before the host's own is installed, if the plan looked.
pub(super) fn replaced(plan: &Plan, host: &PlannedHost) -> Option<String> {
    let shape = &plan.treatments.get(host.treatment as usize)?.shape;
    let seen = host.observation.as_ref().filter(|_| plan.task == Task::Replace)?;
    let directory = plan.value(host, Slot::InstallDir).map(AsRef::as_ref);
    installer::installer(shape.platform).other(shape, directory, &plan.appliance.site, seen)
}

/// The file of a removal, which is not there and need not be.
pub fn without_file(file: InstallerFile) -> InstallerFile {
    InstallerFile { key_fingerprint: None, architecture: None, sha256: digest_of_nothing(), bytes: 0, ..file }
}

/// What is to be taken away of what a plan was for.
pub struct Removal<'a> {
    /// When the new plan is made.
    pub now: Timestamp,
    /// The version of jumpfleet.
    pub tool_version: &'a str,
    /// The run whose clients alone are removed; none removes any run's.
    pub undoes: Option<String>,
    /// Which of its hosts are meant, by name.
    pub hosts: &'a dyn Fn(&Arc<str>) -> bool,
}

/// The plan that removes the clients of these hosts of `done`, at its pace but without its gates, ramp and windows.
pub fn removal(mut done: Plan, wanted: Removal<'_>) -> Plan {
    done.task = Task::Uninstall;
    done.undoes = wanted.undoes;
    done.created = wanted.now;
    wanted.tool_version.clone_into(&mut done.tool_version);
    done.appliance.told = None;
    leave_out(&mut done, wanted.hosts);
    done.windows = Vec::new();
    for host in &mut done.hosts {
        host.window = None;
        host.observation = None;
        host.record = None;
    }
    done.rules.gates = vec![Gate { kind: GateKind::None, soak: 0 }; done.waves.len().saturating_sub(1)];
    done.rules.ramp = Vec::new();
    done.rules.wait_for_offline = None;
    done.installers = done.installers.into_iter().map(without_file).collect();
    for treatment in &mut done.treatments {
        let deadline = treatment.invocation.install.deadline;
        // Another version may have planned the run.
        treatment.invocation = installer::installer(treatment.shape.platform).invocation(&treatment.shape);
        treatment.invocation.install.deadline = deadline;
    }
    refresh(&mut done);
    done
}

/// Leaves only these hosts, and notes what they have in common with the others: a record may be theirs.
fn leave_out(plan: &mut Plan, is_meant: &dyn Fn(&Arc<str>) -> bool) {
    let group = |host: &PlannedHost| plan.value(host, Slot::Parameter(Parameter::JumpGroup)).cloned();
    let out = plan.hosts.iter().filter(|host| !is_meant(&host.name));
    let bystander = |host: &PlannedHost| Bystander {
        name: host.name.clone(),
        address: host.address.clone(),
        jump_group: group(host),
    };
    let left_out = LeftOut::of(&out.map(bystander).collect::<Vec<_>>());
    let shared = |host: &PlannedHost| {
        let found = left_out.beside(&host.name, &host.address, group(host).as_deref());
        host.namesakes.map_or(found, |known| Some(known.and(found)))
    };
    let all: Vec<_> = plan.hosts.iter().map(shared).collect();
    for (host, namesakes) in plan.hosts.iter_mut().zip(all) {
        host.namesakes = namesakes;
    }
    plan.hosts.retain(|host| is_meant(&host.name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Matched, Namesakes};

    #[test]
    fn hosts_that_a_removal_leaves_out_are_reckoned_with() {
        let mut plan: Plan = serde_json::from_str(include_str!("../../tests/report/plan.json")).unwrap();
        let first = plan.hosts[0].clone();
        let names = ["pos1.a.example", "pos1.b.example", "pos2.a.example", "pos3.a.example"];
        let named =
            |name: &&str| PlannedHost { name: (*name).into(), address: (*name).into(), ..first.clone() };
        plan.hosts = names.iter().map(named).collect();
        let (cut, whole) = (Matched::CutName, Matched::WholeName);
        plan.hosts[0].namesakes = Some(Namesakes { by: cut, in_group: Some(cut) });
        plan.hosts[2].namesakes = Some(Namesakes { by: whole, in_group: None });
        leave_out(&mut plan, &|name| &**name != "pos1.b.example");
        let shared: Vec<_> =
            plan.hosts.iter().map(|host| host.namesakes.map(|shared| (shared.by, shared.in_group))).collect();
        let name = Matched::Name;
        assert_eq!(shared, [Some((name, Some(name))), Some((whole, None)), None]);
    }
}
