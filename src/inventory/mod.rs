//! Who are we deploying to?
//!
//! Files of Ansible's forms and what its scripts print become groups, hosts and variables; every mistake in them is
//! found in one go and shown at its place. The room opens no file and runs nothing: it is handed their text.

mod build;
mod check;
mod complaint;
mod draft;
mod dynamic;
mod explain;
mod form;
mod graph;
mod grouped;
mod ini;
mod json;
mod layers;
mod lines;
mod listing;
mod looks;
mod lookup;
mod members;
mod names;
mod node;
mod oddities;
mod origins;
mod pattern;
mod precedence;
mod python;
mod range;
mod resolve;
mod scalar;
pub mod schema;
mod sealed;
mod ssh_arguments;
mod table;
mod words;
mod yaml;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Bystander, FileId, Host, Mistakes, Origin, Place, Platform, Secret, Variables};
use crate::vault::Shut;

pub use dynamic::to_be_asked;
pub use explain::{Explained, Word, Worked};
pub use lines::starts;
pub use listing::{Listed, shown};
pub use lookup::BY_GROUP;
pub use members::HostId;
pub use node::{Entry, Node, Tree, tree};
pub use oddities::Guarded;
pub use pattern::{Pattern, Selection};
pub use sealed::{Found, found};
pub use table::Columns;

use complaint::File;
use members::Members;
use precedence::{Effective, Profile};
use sealed::ShutFile;

/// One file of an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path, as messages shall show it.
    pub path: String,
    /// What it holds.
    pub role: Role,
    /// Its whole text.
    pub text: String,
}

/// What a file of an inventory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Groups and hosts, in the form that its name and its text say.
    Inventory,
    /// Hosts that were typed as a list with commas.
    Hosts,
    /// What an inventory script printed for `--list`.
    Output,
    /// What an inventory script printed for `--host` and the host of this name.
    HostOutput(String),
    /// The variables of the group of this name (`group_vars/NAME`).
    GroupVars(String),
    /// The variables of the host of this name (`host_vars/NAME`).
    HostVars(String),
}

/// Groups and hosts with everything that was written about them.
#[derive(Debug)]
pub struct Inventory {
    files: Vec<File>,
    members: Members,
    profiles: Vec<Profile>,
    shut: Vec<ShutFile>,
    /// What is no file, but what a script printed.
    printed: HashSet<FileId>,
    variable_files: HashSet<FileId>,
    overridden: HashMap<HostId, Variables>,
    veiled: HashMap<Origin, u32>,
    folder: PathBuf,
}

/// Opens a file that Ansible Vault sealed.
pub type Open<'o> = &'o dyn Fn(&str) -> Result<Secret, Shut>;

/// How an inventory is read.
pub struct Manner<'m> {
    /// Opens sealed files.
    pub open: Open<'m>,
    /// What the columns of tables mean.
    pub columns: Columns,
}

impl Default for Manner<'_> {
    fn default() -> Self {
        Self { open: &|_| Err(Shut::NoPassword), columns: Columns::default() }
    }
}

/// Reads an inventory; inventories are taken in the order given, later ones override.
///
/// Files of variables stand behind the inventories they lie beside; those of later inventories override those of
/// earlier ones, whichever groups they are of.
///
/// If anything is wrong, the error holds everything that is wrong, whichever hosts are meant. What
/// depends on the choice of hosts, or on a default platform, is left to [`Inventory::resolve`].
pub fn read(sources: Vec<Source>) -> Result<Inventory, Mistakes> {
    read_with(sources, &Manner::default())
}

/// The same with a way to open sealed files of variables; what stays shut is wrong only for the hosts it concerns.
pub fn read_with(sources: Vec<Source>, manner: &Manner<'_>) -> Result<Inventory, Mistakes> {
    let mut build = build::Build::read(sources, manner);
    let profiles = precedence::settle(&mut build);
    let whole = profiles.is_some() && !build.broken;
    let build::Build {
        files,
        members,
        mut complaints,
        shut,
        printed,
        variable_files,
        overridden,
        veiled,
        ..
    } = build;
    let profiles = profiles.unwrap_or_default();
    let folder = PathBuf::new();
    let inventory =
        Inventory { files, members, profiles, shut, printed, variable_files, overridden, veiled, folder };
    if complaints.is_empty() {
        return Ok(inventory);
    }
    if whole {
        let mut resolver = resolve::Resolver::beside(&inventory, complaints.origins());
        for id in inventory.ids() {
            resolver.host(id);
        }
        complaints.extend(resolver.finish());
    }
    Err(complaints.finish(&inventory.files))
}

impl Inventory {
    /// The same, read in this folder: the places of sealed values are whole paths then.
    #[must_use]
    pub fn read_in(mut self, folder: PathBuf) -> Self {
        self.folder = folder;
        self
    }

    /// The sealed files that could not be opened, each with why.
    pub fn shut(&self) -> impl Iterator<Item = (&str, &str)> {
        let shown = |shut: &'_ ShutFile| self.files.get(shut.origin.file.0 as usize).map(|file| &*file.path);
        self.shut.iter().filter_map(move |shut| Some((shown(shut)?, &*shut.flaw.what)))
    }

    /// All hosts in the order the inventory first names them.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = HostId> + use<> {
        (0..self.members.hosts.len() as u32).map(HostId)
    }

    /// The names of all hosts, in the same order.
    pub fn hosts(&self) -> impl ExactSizeIterator<Item = &Arc<str>> {
        self.members.hosts.iter().map(|member| &member.name)
    }

    /// The names of all groups, `all` and `ungrouped` first, then in the order they are first named.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Arc<str>> {
        self.members.groups.iter().map(|group| &group.name)
    }

    /// The host of this name.
    pub fn find(&self, name: &str) -> Option<HostId> {
        self.members.host(name)
    }

    /// The name of a host.
    pub fn name(&self, id: HostId) -> &Arc<str> {
        &self.members.hosts[id.index()].name
    }

    /// The groups a host is in, without `all`, sorted.
    pub fn groups_of(&self, id: HostId) -> &[Arc<str>] {
        &self.profile(id).groups
    }

    /// Where the inventory first names a host.
    pub fn place(&self, id: HostId) -> Place {
        complaint::place(&self.files, self.members.hosts[id.index()].origin)
    }

    /// One host with everything resolved and checked.
    pub fn host(&self, id: HostId, default_platform: Option<Platform>) -> Result<Host, Mistakes> {
        let mut hosts = self.resolve(&[id], default_platform)?;
        hosts.pop().ok_or_else(Mistakes::default)
    }

    /// These hosts with everything resolved and checked; the error holds the mistakes of all of them.
    pub fn resolve(&self, ids: &[HostId], default_platform: Option<Platform>) -> Result<Vec<Host>, Mistakes> {
        let mut hosts = Vec::with_capacity(ids.len());
        self.resolve_each(ids, default_platform, &mut |host| hosts.push(host))?;
        Ok(hosts)
    }

    /// Hands these hosts on one by one, resolved and checked; hosts with mistakes are left out of it.
    pub fn resolve_each(
        &self,
        ids: &[HostId],
        default_platform: Option<Platform>,
        take: &mut dyn FnMut(Host),
    ) -> Result<(), Mistakes> {
        let mut resolver = resolve::Resolver::new(self, default_platform);
        for id in ids {
            if let Some(host) = resolver.host(*id) {
                take(host);
            }
        }
        let complaints = resolver.finish();
        if complaints.is_empty() { Ok(()) } else { Err(complaints.finish(&self.files)) }
    }

    /// Every host but these, as far as it can be told how it is called; what is wrong with them does not matter.
    pub fn others(&self, ids: &[HostId]) -> Vec<Bystander> {
        let meant: HashSet<HostId> = ids.iter().copied().collect();
        let mut resolver = resolve::Resolver::new(self, None);
        self.ids().filter(|id| !meant.contains(id)).map(|id| resolver.bystander(id)).collect()
    }

    /// The whole text of the file a place is in.
    fn text_of(&self, origin: Origin) -> &str {
        self.files.get(origin.file.0 as usize).map_or("", File::text)
    }

    fn profile(&self, id: HostId) -> &Profile {
        &self.profiles[self.members.hosts[id.index()].profile as usize]
    }

    fn effective(&self, id: HostId) -> Vec<Effective<'_>> {
        let own = self.members.hosts[id.index()].variables.as_deref();
        precedence::effective(&self.members, self.profile(id), own)
    }
}
