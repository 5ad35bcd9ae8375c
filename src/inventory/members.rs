//! The groups and hosts of an inventory: who is in what, and which variables were written where.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::build::Variable;
use crate::model::{Origin, Variables};

/// A group's number.
pub type GroupId = u32;

/// A host's number in one inventory, in the order the inventory first names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostId(pub(super) u32);

impl HostId {
    /// The same as a position in a list.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The number of the group every host is in.
pub const ALL: GroupId = 0;

/// The number of the group of hosts that are in no other.
pub const UNGROUPED: GroupId = 1;

/// A group.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: Arc<str>,
    /// Where it was first named; none for `all` and `ungrouped` that nobody wrote.
    pub origin: Option<Origin>,
    /// Whether its content was written somewhere, besides its name among a group's children.
    pub defined: bool,
    /// Groups inside it, with the place that says so.
    pub children: Vec<(GroupId, Option<Origin>)>,
    /// Groups it is inside of.
    pub parents: Vec<GroupId>,
    /// Hosts directly in it.
    pub hosts: Vec<HostId>,
    /// Variables of the inventory files.
    pub variables: Variables,
    /// Variables of the `group_vars` files, each with the number of the inventories it belongs to, in their order.
    pub file_variables: Vec<(u16, Variable)>,
    /// The longest way down from `all`.
    pub depth: u32,
    /// `ansible_group_priority`, 1 if not set.
    pub priority: i64,
}

/// A host with what was written about itself.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: Arc<str>,
    /// Where it was first named.
    pub origin: Origin,
    /// Groups it is directly in.
    pub groups: Vec<GroupId>,
    /// Its own variables; hosts of one range share them.
    pub variables: Option<Arc<Variables>>,
    /// Which [`super::precedence::Profile`] holds what its groups say.
    pub profile: u32,
}

/// All groups and hosts, by number and by name.
#[derive(Debug)]
pub struct Members {
    /// The groups; the first two are `all` and `ungrouped`.
    pub groups: Vec<Group>,
    /// The hosts.
    pub hosts: Vec<Member>,
    group_numbers: HashMap<Arc<str>, GroupId>,
    host_numbers: HashMap<Arc<str>, HostId>,
    family: HashSet<(GroupId, GroupId)>,
    /// The groups of hosts that are in more than a few.
    crowded: HashSet<(HostId, GroupId)>,
}

/// So many groups of a host are looked through faster than they are hashed.
const FEW: usize = 16;

impl Members {
    /// Nobody, in the two groups that always exist.
    pub fn new() -> Self {
        let mut members = Self {
            groups: Vec::new(),
            hosts: Vec::new(),
            group_numbers: HashMap::new(),
            host_numbers: HashMap::new(),
            family: HashSet::new(),
            crowded: HashSet::new(),
        };
        for name in ["all", "ungrouped"] {
            let number = members.add_group(name.into(), None);
            members.groups[number as usize].defined = true;
        }
        members.add_child(ALL, UNGROUPED, None);
        members
    }

    /// The group of this name.
    pub fn group(&self, name: &str) -> Option<GroupId> {
        self.group_numbers.get(name).copied()
    }

    /// The host of this name.
    pub fn host(&self, name: &str) -> Option<HostId> {
        self.host_numbers.get(name).copied()
    }

    /// The number of a group, which is made if it is new.
    pub fn add_group(&mut self, name: Arc<str>, origin: Option<Origin>) -> GroupId {
        if let Some(number) = self.group(&name) {
            let group = &mut self.groups[number as usize];
            group.origin = group.origin.or(origin);
            return number;
        }
        let number = self.groups.len() as GroupId;
        self.group_numbers.insert(name.clone(), number);
        self.groups.push(Group {
            name,
            origin,
            defined: false,
            children: Vec::new(),
            parents: Vec::new(),
            hosts: Vec::new(),
            variables: Vec::new(),
            file_variables: Vec::new(),
            depth: 0,
            priority: 1,
        });
        number
    }

    /// The number of a host, which is made if it is new, and puts it into a group.
    pub fn add_host(&mut self, name: &str, origin: Origin, group: GroupId) -> HostId {
        let number = match self.host(name) {
            Some(number) => number,
            None => {
                let number = HostId(self.hosts.len() as u32);
                let name: Arc<str> = name.into();
                self.host_numbers.insert(name.clone(), number);
                self.hosts.push(Member { name, origin, groups: Vec::new(), variables: None, profile: 0 });
                number
            }
        };
        let member = &mut self.hosts[number.index()];
        let known = match member.groups.len() {
            0..FEW => member.groups.contains(&group),
            FEW => {
                self.crowded.extend(member.groups.iter().map(|group| (number, *group)));
                !self.crowded.insert((number, group))
            }
            _ => !self.crowded.insert((number, group)),
        };
        if !known {
            member.groups.push(group);
            self.groups[group as usize].hosts.push(number);
        }
        number
    }

    /// Puts one group into another.
    pub fn add_child(&mut self, parent: GroupId, child: GroupId, origin: Option<Origin>) {
        if self.family.insert((parent, child)) {
            self.groups[parent as usize].children.push((child, origin));
        }
    }

    /// The group and all groups below it, each once, in the order Ansible walks them.
    pub fn below(&self, group: GroupId) -> Vec<GroupId> {
        let mut seen = vec![false; self.groups.len()];
        let mut order = vec![group];
        seen[group as usize] = true;
        let mut at = 0;
        while let Some(next) = order.get(at).copied() {
            at += 1;
            for (child, _) in &self.groups[next as usize].children {
                if !std::mem::replace(&mut seen[*child as usize], true) {
                    order.push(*child);
                }
            }
        }
        order
    }
}
