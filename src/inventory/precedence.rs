//! Whose word counts? Order among groups, and what all groups of a host say together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::build::{Build, Variable};
use super::complaint::{Complaints, Flaw};
use super::members::{ALL, GroupId, HostId, Members, UNGROUPED};
use crate::model::{Mistake, Origin, Value, Variables};

/// What the groups of some hosts say, worked out once for all hosts that are in the same groups.
#[derive(Debug)]
pub struct Profile {
    /// The groups, `all` left out, sorted.
    pub groups: Vec<Arc<str>>,
    variables: Vec<Reference>,
}

/// Where a variable that counts is kept.
#[derive(Debug, Clone, Copy)]
struct Reference {
    group: GroupId,
    from_file: bool,
    index: u32,
}

/// A variable that counts for a host.
pub type Effective<'i> = (&'i Arc<str>, &'i Value, Origin);

/// Puts everything that was read in order; what does not fit together is a complaint.
///
/// There is no order if a group lies inside itself.
pub fn settle(build: &mut Build) -> Option<Vec<Profile>> {
    if !build.broken {
        undefined(&build.members, &mut build.complaints);
    }
    if !acyclic(&build.members, &mut build.complaints) {
        return None;
    }
    link(&mut build.members);
    deepen(&mut build.members);
    gather_ungrouped(&mut build.members);
    for (host, variables) in std::mem::take(&mut build.host_files) {
        let own = build.members.hosts[host.index()].variables.get_or_insert_default();
        Arc::make_mut(own).extend(variables);
    }
    for (number, member) in build.members.hosts.iter_mut().enumerate() {
        if let Some(own) = &mut member.variables
            && !own.is_sorted_by(|a, b| a.0 < b.0)
        {
            let own = Arc::make_mut(own);
            // The first of one name is kept, which is the last that was written.
            own.reverse();
            own.sort_by(|a, b| a.0.cmp(&b.0));
            let mut lost = Vec::new();
            own.dedup_by(|earlier, last| {
                let twice = earlier.0 == last.0;
                if twice {
                    lost.push(earlier.clone());
                }
                twice
            });
            if !lost.is_empty() {
                lost.reverse();
                build.overridden.insert(HostId(number as u32), lost);
            }
        }
    }
    let profiles = profiles(&mut build.members);
    if profiles.is_none() {
        let what = "the hosts have too many different sets of groups and variables";
        build.complaints.general(Flaw::new(what).hint("write several inventories"));
    }
    profiles
}

/// Groups that are only ever named as somebody's children.
fn undefined(members: &Members, complaints: &mut Complaints) {
    for (count, group) in members.groups.iter().filter(|group| !group.defined).enumerate() {
        let Some(origin) = group.origin else { continue };
        let known = members.groups.iter().filter(|known| known.defined && count < Mistake::MOST_SUGGESTIONS);
        let known = known.map(|known| &*known.name);
        let hint = match Mistake::nearest(&group.name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "give `{0}` hosts or children; a group meant to be empty is written `{0}: {{}}`, in INI `[{0}]`",
                group.name
            ),
        };
        let flaw = Flaw::new(format!("group `{}` is named here but defined nowhere", group.name));
        complaints.add(origin, flaw.hint(hint));
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Walk {
    New,
    Open,
    Done,
}

/// Whether no group lies inside itself.
fn acyclic(members: &Members, complaints: &mut Complaints) -> bool {
    let mut walk = vec![Walk::New; members.groups.len()];
    let mut rings = 0;
    for start in 0..members.groups.len() {
        if walk[start] != Walk::New {
            continue;
        }
        walk[start] = Walk::Open;
        let mut trail = vec![(start, 0usize)];
        while let Some((group, next)) = trail.last_mut() {
            let Some((child, origin)) = members.groups[*group].children.get(*next).copied() else {
                walk[*group] = Walk::Done;
                trail.pop();
                continue;
            };
            *next += 1;
            match walk[child as usize] {
                Walk::Open => {
                    complain_of_ring(members, &trail, child, origin, complaints);
                    rings += 1;
                    if rings == MOST_RINGS {
                        return false;
                    }
                }
                Walk::New => {
                    walk[child as usize] = Walk::Open;
                    trail.push((child as usize, 0));
                }
                Walk::Done => {}
            }
        }
    }
    rings == 0
}

/// So many rings are told: one group can close many, and each is told whole.
const MOST_RINGS: usize = 20;

fn complain_of_ring(
    members: &Members,
    trail: &[(usize, usize)],
    child: GroupId,
    origin: Option<Origin>,
    complaints: &mut Complaints,
) {
    let ring = trail.iter().skip_while(|(group, _)| *group != child as usize);
    let mut names: Vec<&str> = ring.map(|(group, _)| &*members.groups[*group].name).collect();
    names.push(&members.groups[child as usize].name);
    let flaw = Flaw::new(format!("a group lies inside itself: {}", names.join(" > ")));
    let flaw = flaw.hint(format!("take `{}` out of these children", members.groups[child as usize].name));
    match origin {
        Some(origin) => complaints.add(origin, flaw),
        None => complaints.general(flaw),
    }
}

/// Notes parents; a group without any lies in `all`.
fn link(members: &mut Members) {
    let mut parents = vec![Vec::new(); members.groups.len()];
    for (number, group) in members.groups.iter().enumerate() {
        for (child, _) in &group.children {
            parents[*child as usize].push(number as GroupId);
        }
    }
    for (number, parents) in parents.into_iter().enumerate() {
        let number = number as GroupId;
        members.groups[number as usize].parents = parents;
        if number != ALL && members.groups[number as usize].parents.is_empty() {
            members.groups[number as usize].parents.push(ALL);
            members.add_child(ALL, number, None);
        }
    }
}

/// Works out how far below `all` each group lies at most.
fn deepen(members: &mut Members) {
    let mut waiting: Vec<usize> = members.groups.iter().map(|group| group.parents.len()).collect();
    let mut ready = vec![ALL];
    while let Some(group) = ready.pop() {
        let depth = members.groups[group as usize].depth + 1;
        for at in 0..members.groups[group as usize].children.len() {
            let child = members.groups[group as usize].children[at].0 as usize;
            members.groups[child].depth = members.groups[child].depth.max(depth);
            waiting[child] -= 1;
            if waiting[child] == 0 {
                ready.push(child as GroupId);
            }
        }
    }
}

/// Puts hosts that are in no group into `ungrouped`, and takes the others out of it.
fn gather_ungrouped(members: &mut Members) {
    let mut wrongly = HashSet::new();
    for number in 0..members.hosts.len() {
        let groups = &members.hosts[number].groups;
        let grouped = groups.iter().any(|group| *group != ALL && *group != UNGROUPED);
        let listed = groups.contains(&UNGROUPED);
        if grouped && listed {
            members.hosts[number].groups.retain(|group| *group != UNGROUPED);
            wrongly.insert(HostId(number as u32));
        } else if !grouped && !listed {
            members.hosts[number].groups.push(UNGROUPED);
            members.groups[UNGROUPED as usize].hosts.push(HostId(number as u32));
        }
    }
    members.groups[UNGROUPED as usize].hosts.retain(|host| !wrongly.contains(host));
}

/// The most groups and variables that all profiles name: their number can grow with the square of the text.
const MOST_NAMED: usize = 20_000_000;

/// What the groups of each host say; none if that is too much.
fn profiles(members: &mut Members) -> Option<Vec<Profile>> {
    let mut profiles = Vec::new();
    let mut named = 0;
    let mut known: HashMap<Vec<GroupId>, u32> = HashMap::new();
    for number in 0..members.hosts.len() {
        let mut groups = members.hosts[number].groups.clone();
        groups.sort_unstable();
        let profile = match known.get(&groups) {
            Some(profile) => *profile,
            None => {
                let new = profiles.len() as u32;
                let profile = profile(members, &groups);
                named += profile.groups.len() + profile.variables.len();
                if named > MOST_NAMED {
                    return None;
                }
                profiles.push(profile);
                known.insert(groups, new);
                new
            }
        };
        members.hosts[number].profile = profile;
    }
    Some(profiles)
}

/// The groups of a host with all around them, the weakest first.
pub fn ordered(members: &Members, direct: &[GroupId]) -> Vec<GroupId> {
    let mut groups = direct.to_vec();
    groups.push(ALL);
    let mut known: HashSet<GroupId> = groups.iter().copied().collect();
    let mut at = 0;
    while let Some(group) = groups.get(at).copied() {
        at += 1;
        for parent in &members.groups[group as usize].parents {
            if known.insert(*parent) {
                groups.push(*parent);
            }
        }
    }
    groups.sort_unstable();
    groups.dedup();
    let group = |number: &GroupId| &members.groups[*number as usize];
    groups.sort_by(|a, b| {
        let rank = |number| (group(number).depth, group(number).priority, &group(number).name);
        rank(a).cmp(&rank(b))
    });
    groups
}

/// What a group says of a variable.
pub struct Definition<'m> {
    /// The group.
    pub group: GroupId,
    /// The number of the inventories beside which its file lies.
    pub layer: u16,
    /// The variable.
    pub variable: &'m Variable,
}

/// Everything that groups in their order say, in the order in which later words override.
pub fn definitions<'m>(members: &'m Members, groups: &[GroupId]) -> Vec<Definition<'m>> {
    let group = |number: GroupId| &members.groups[number as usize];
    let inline = groups.iter().flat_map(|number| {
        group(*number).variables.iter().map(|variable| Definition { group: *number, layer: 0, variable })
    });
    let files = by_layer(members, groups).into_iter().filter_map(|(number, index)| {
        let (layer, variable) = group(number).file_variables.get(index as usize)?;
        Some(Definition { group: number, layer: *layer, variable })
    });
    inline.chain(files).collect()
}

fn profile(members: &Members, direct: &[GroupId]) -> Profile {
    let groups = ordered(members, direct);
    let group = |number: &GroupId| &members.groups[*number as usize];
    let mut variables: BTreeMap<&Arc<str>, Reference> = BTreeMap::new();
    for number in &groups {
        for (index, (name, ..)) in group(number).variables.iter().enumerate() {
            variables.insert(name, Reference { group: *number, from_file: false, index: index as u32 });
        }
    }
    for (number, index) in by_layer(members, &groups) {
        let (_, (name, ..)) = &group(&number).file_variables[index as usize];
        variables.insert(name, Reference { group: number, from_file: true, index });
    }
    let variables = variables.into_values().collect();
    let mut names: Vec<Arc<str>> =
        groups.iter().filter(|number| **number != ALL).map(|number| group(number).name.clone()).collect();
    names.sort();
    Profile { groups: names, variables }
}

/// The variables of the groups' files in the order in which later ones override: those of `all`, then those beside
/// each inventory, and only among these the order of the groups.
fn by_layer(members: &Members, groups: &[GroupId]) -> Vec<(GroupId, u32)> {
    let mut found = Vec::new();
    for number in groups {
        for (index, (layer, _)) in members.groups[*number as usize].file_variables.iter().enumerate() {
            found.push(((*number != ALL, *layer), (*number, index as u32)));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, variable)| variable).collect()
}

impl Reference {
    /// The variable itself.
    fn find<'m>(&self, members: &'m Members) -> Option<&'m Variable> {
        let group = &members.groups[self.group as usize];
        match self.from_file {
            true => group.file_variables.get(self.index as usize).map(|(_, variable)| variable),
            false => group.variables.get(self.index as usize),
        }
    }
}

/// All variables that count for a host, sorted by name: its own, and those of its groups it does not set itself.
pub fn effective<'i>(
    members: &'i Members,
    profile: &'i Profile,
    own: Option<&'i Variables>,
) -> Vec<Effective<'i>> {
    let mut own = own.into_iter().flatten().map(|(name, value, origin)| (name, value, *origin)).peekable();
    let mut all = Vec::with_capacity(profile.variables.len() + own.size_hint().0);
    for reference in &profile.variables {
        let Some((name, value, origin)) = reference.find(members) else { continue };
        while let Some(earlier) = own.next_if(|(mine, ..)| *mine < name) {
            all.push(earlier);
        }
        match own.next_if(|(mine, ..)| *mine == name) {
            Some(mine) => all.push(mine),
            None => all.push((name, value, *origin)),
        }
    }
    all.extend(own);
    all
}
