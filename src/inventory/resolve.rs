//! What is one host, all told? Its variables worked out, checked and turned into the model's host.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::check::{shown, wrapped};
use super::complaint::{Complaints, Flaw, place};
use super::draft::{Draft, Written};
use super::names::named;
use super::origins::Answers;
use super::precedence::Effective;
use super::scalar::{UNSAFE, is_sealed};
use super::schema::{self, KNOWN};
use super::sealed::whereabouts;
use super::{HostId, Inventory};
use crate::model::{Access, Boot, Bystander, Host, JumpHost, Origin, Parameter, Platform, Value};
use crate::template::{Engine, Failure, Hidden, Rendered, Scope, is_template, is_template_value};

/// Turns hosts of one inventory into the model's hosts, sharing what they have in common.
pub struct Resolver<'i> {
    inventory: &'i Inventory,
    default_platform: Option<Platform>,
    /// Whether the hosts are the ones that are meant, so that all that is wrong with them counts.
    chosen: bool,
    /// Places whose mistakes are known already.
    known: HashSet<Origin>,
    engine: Engine,
    texts: HashSet<Arc<str>>,
    answers: Answers,
    accesses: HashSet<Arc<Access>>,
    jumps: HashMap<Vec<JumpHost>, u32>,
    addresses: HashMap<(Arc<str>, u16, u32), HostId>,
    tally: HashMap<(Origin, &'static str), usize>,
    flaws: Vec<Repeated>,
    /// Which of the flaws is that of hosts without a platform.
    without_platform: Option<usize>,
}

/// Something wrong at one place, with the hosts it is wrong for.
struct Repeated {
    origin: Origin,
    flaw: Flaw,
    first: HostId,
    others: usize,
}

impl<'i> Resolver<'i> {
    /// A resolver; hosts without `jc_platform` take the default, if there is one.
    pub fn new(inventory: &'i Inventory, default_platform: Option<Platform>) -> Self {
        Self {
            inventory,
            default_platform,
            chosen: true,
            known: HashSet::new(),
            engine: Engine::default(),
            texts: HashSet::new(),
            answers: Answers::default(),
            accesses: HashSet::new(),
            jumps: HashMap::new(),
            addresses: HashMap::new(),
            tally: HashMap::new(),
            flaws: Vec::new(),
            without_platform: None,
        }
    }

    /// A resolver that looks for what else is wrong in an inventory with mistakes at these places.
    pub fn beside(inventory: &'i Inventory, known: HashSet<Origin>) -> Self {
        Self { chosen: false, known, ..Self::new(inventory, None) }
    }

    /// One host, or none if something is wrong with it.
    pub fn host(&mut self, id: HostId) -> Option<Host> {
        let inventory = self.inventory;
        let effective = inventory.effective(id);
        let scope = HostScope { inventory, id, effective: &effective };
        let mut draft = Draft::default();
        let mut wrong = 0;
        for shut in inventory.shut.iter().filter(|shut| shut.concerns(inventory, id)) {
            wrong += 1;
            self.complain(id, shut.origin, "shut", shut.flaw.clone());
        }
        let understood = understood(&effective);
        for (known, value, origin) in understood.iter().copied() {
            if let Err(flaw) = self.apply(known, value, origin, &scope, &mut draft) {
                wrong += 1;
                self.complain(id, origin, KNOWN[known].name, named(KNOWN[known].name, flaw));
            }
        }
        draft.platform = draft.platform.or(self.default_platform);
        let judged = if self.chosen { draft.judge_connection() } else { Vec::new() };
        for (origin, flaw) in judged.into_iter().chain(draft.judge()) {
            wrong += 1;
            self.complain(id, origin, "together", flaw);
        }
        let mut host = self.finish_host(id, draft, wrong == 0)?;
        let member = &inventory.members.hosts[id.index()];
        let own: Vec<Origin> = member.variables.iter().flat_map(|own| own.iter()).map(|own| own.2).collect();
        let written = understood.into_iter().map(|(known, _, origin)| (known, origin));
        host.origins = self.answers.of(&inventory.files, &member.name, member.origin, &own, written);
        Some(host)
    }

    /// What a host is called that is not meant, as far as that can be told; what is wrong with it does not matter.
    pub fn bystander(&mut self, id: HostId) -> Bystander {
        let inventory = self.inventory;
        let effective = inventory.effective(id);
        let scope = HostScope { inventory, id, effective: &effective };
        let mut draft = Draft::default();
        let tells =
            |known: usize| ["ansible_host", "ansible_ssh_host", "jc_jump_group"].contains(&KNOWN[known].name);
        for (known, value, origin) in understood(&effective).into_iter().filter(|(known, ..)| tells(*known)) {
            let _ = self.apply(known, value, origin, &scope, &mut draft);
        }
        let name = inventory.name(id).clone();
        let address = draft.address.map_or_else(|| name.clone(), |(address, _)| address);
        let jump_group = draft.parameters.remove(&Parameter::JumpGroup).map(|(group, _)| group);
        Bystander { name, address, jump_group }
    }

    /// Everything that was wrong with the hosts seen so far.
    pub fn finish(self) -> Complaints {
        let mut complaints = Complaints::default();
        for Repeated { origin, mut flaw, first, others } in self.flaws {
            let name = self.inventory.name(first);
            flaw.what.push_str(&match others {
                0 => format!(" (host `{name}`)"),
                1 => format!(" (host `{name}` and 1 other)"),
                _ => format!(" (host `{name}` and {others} others)"),
            });
            if let Some(last) = self.inventory.veiled.get(&origin) {
                complaints.hide(origin, *last);
            }
            complaints.add(origin, flaw);
        }
        complaints
    }

    fn apply(
        &mut self,
        known: usize,
        value: &Value,
        origin: Origin,
        scope: &HostScope<'_>,
        draft: &mut Draft,
    ) -> Result<(), Flaw> {
        draft.origin = origin;
        if KNOWN[known].secret
            && let Some(hidden) = self.hidden(KNOWN[known].name, value, scope)?
        {
            let sealed = whereabouts(&hidden, scope)?;
            draft.sealed = sealed.as_ref().map(|(place, _)| place.clone());
            return KNOWN[known].set(draft, sealed.map_or(value, |(_, value)| value));
        }
        if wrapped(value, UNSAFE).is_none() && is_template_value(value) {
            let value = self.render(value, scope)?;
            return KNOWN[known].set(draft, &value);
        }
        KNOWN[known].set(draft, value)
    }

    /// The sealed value behind a variable: its own, or one that its template hands on.
    fn hidden(&mut self, name: &str, value: &Value, scope: &HostScope<'_>) -> Result<Option<Hidden>, Flaw> {
        match value {
            _ if is_sealed(value) => Ok(Some(Hidden { variable: name.to_owned(), inside: Vec::new() })),
            Value::Text(text) if is_template(text) => {
                match self.engine.hand_on(text, scope).map_err(flaw)? {
                    Rendered::HandedOn(hidden) => Ok(Some(hidden)),
                    Rendered::Text(_) => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    fn render(&mut self, value: &Value, scope: &HostScope<'_>) -> Result<Value, Flaw> {
        if wrapped(value, UNSAFE).is_some() {
            return Ok(value.clone());
        }
        Ok(match value {
            Value::Text(text) if is_template(text) => {
                let text = self.engine.render(text, scope).map_err(flaw)?;
                Value::Text(self.text(&text))
            }
            Value::Map(entries) => {
                let render = |(key, value): &(Arc<str>, Value)| Ok((key.clone(), self.render(value, scope)?));
                Value::Map(entries.iter().map(render).collect::<Result<_, Flaw>>()?)
            }
            other => other.clone(),
        })
    }

    /// The one copy of a text.
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(new.clone());
        new
    }

    /// Says a thing once for each place, and counts the hosts it is true of.
    fn complain(&mut self, id: HostId, origin: Origin, kind: &'static str, flaw: Flaw) {
        if self.known.contains(&origin) {
            return;
        }
        match self.tally.get(&(origin, kind)).and_then(|index| self.flaws.get_mut(*index)) {
            Some(known) => known.others += 1,
            None => {
                self.tally.insert((origin, kind), self.flaws.len());
                self.flaws.push(Repeated { origin, flaw, first: id, others: 0 });
            }
        }
    }

    fn finish_host(&mut self, id: HostId, mut draft: Draft, sound: bool) -> Option<Host> {
        let member = &self.inventory.members.hosts[id.index()];
        let access = self.access(draft.access());
        let address =
            draft.address.as_ref().map_or_else(|| member.name.clone(), |(address, _)| address.clone());
        let alone = self.is_alone(id, &address, draft.address.as_ref(), &access);
        let platform = self.platform(id, &draft);
        if !(sound && alone) {
            return None;
        }
        let mut parameters = std::collections::BTreeMap::new();
        let mut parameter_places = std::collections::BTreeMap::new();
        for (parameter, (value, origin)) in draft.parameters {
            parameters.insert(parameter, value);
            parameter_places.insert(parameter, place(&self.inventory.files, origin));
        }
        let bare = |written: Option<Written>| written.map(|(value, _)| value);
        Some(Host {
            name: member.name.clone(),
            place: self.inventory.place(id),
            groups: self.inventory.profile(id).groups.clone(),
            address,
            access,
            platform: platform?,
            release: draft.release,
            parameters,
            parameter_places,
            install_dir: bare(draft.install_dir),
            user: bare(draft.user),
            boot: draft.boot.unwrap_or(Boot::Systemd),
            wave: draft.wave,
            window: draft.window.map(Arc::new),
            spread: None,
            staging_dir: bare(draft.staging_dir),
            marker_file: bare(draft.marker_file),
            origins: Arc::default(),
        })
    }

    /// The platform; hosts without one are one mistake together, shown at the first of them.
    fn platform(&mut self, id: HostId, draft: &Draft) -> Option<Platform> {
        if draft.platform.is_some() || !self.chosen {
            return draft.platform;
        }
        match self.without_platform.and_then(|index| self.flaws.get_mut(index)) {
            Some(known) => known.others += 1,
            None => {
                let words: Vec<&str> = Platform::ALL.iter().map(|platform| platform.word()).collect();
                let flaw = Flaw::new("nothing says which platform this is").hint(format!(
                    "write `jc_platform: …` below `vars` of a group, one of {}",
                    words.join(", ")
                ));
                let origin = self.inventory.members.hosts[id.index()].origin;
                self.without_platform = Some(self.flaws.len());
                self.flaws.push(Repeated { origin, flaw, first: id, others: 0 });
            }
        }
        None
    }

    fn access(&mut self, access: Access) -> Arc<Access> {
        if let Some(known) = self.accesses.get(&access) {
            return known.clone();
        }
        let new = Arc::new(access);
        self.accesses.insert(new.clone());
        new
    }

    /// Whether no other host so far has the same address and port through the same bastions.
    fn is_alone(
        &mut self,
        id: HostId,
        address: &Arc<str>,
        written: Option<&Written>,
        access: &Access,
    ) -> bool {
        let jump = match self.jumps.get(&access.jump) {
            Some(jump) => *jump,
            None => {
                let new = self.jumps.len() as u32;
                self.jumps.insert(access.jump.clone(), new);
                new
            }
        };
        let first = *self.addresses.entry((plain_address(address), access.port, jump)).or_insert(id);
        if first == id {
            return true;
        }
        let inventory = self.inventory;
        let origin = written.map_or(inventory.members.hosts[id.index()].origin, |(_, origin)| *origin);
        let what = format!(
            "address `{}` port {} belongs to `{}` of {} already",
            shown(address),
            access.port,
            inventory.name(first),
            inventory.place(first),
        );
        let hint = "two names for one computer would install twice: take one out, or correct the address";
        self.complain(id, origin, "address", Flaw::new(what).hint(hint));
        false
    }
}

/// The variables jumpfleet understands, in the order they are taken in.
fn understood<'i>(effective: &[Effective<'i>]) -> Vec<(usize, &'i Value, Origin)> {
    let mut understood: Vec<_> = effective
        .iter()
        .filter_map(|(name, value, origin)| schema::find(name).map(|known| (known, *value, *origin)))
        .collect();
    understood.sort_by_key(|(known, ..)| *known);
    understood
}

/// One spelling for each address.
fn plain_address(address: &Arc<str>) -> Arc<str> {
    if address.contains(':')
        && let Ok(ip) = address.parse::<IpAddr>()
    {
        return ip.to_string().into();
    }
    let bare = address.strip_suffix('.').unwrap_or(address);
    match bare.len() == address.len() && !address.bytes().any(|b| b.is_ascii_uppercase()) {
        true => address.clone(),
        false => bare.to_ascii_lowercase().into(),
    }
}

fn flaw(failure: Failure) -> Flaw {
    Flaw { what: failure.what, hint: failure.hint }
}

/// A host's variables as templates see them, with Ansible's names for the host itself.
pub struct HostScope<'h> {
    /// The inventory.
    pub inventory: &'h Inventory,
    /// The host.
    pub id: HostId,
    /// Its variables, sorted by name.
    pub effective: &'h [Effective<'h>],
}

impl Scope for HostScope<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        let own = || self.inventory.name(self.id);
        match name {
            "inventory_hostname" => Some(Value::Text(own().clone())),
            "inventory_hostname_short" => {
                let short = own().split('.').next().unwrap_or_default();
                Some(Value::Text(short.into()))
            }
            "group_names" => {
                let groups = self.inventory.profile(self.id).groups.iter().cloned();
                Some(Value::List(groups.map(Value::Text).collect()))
            }
            _ => {
                let at = self.effective.binary_search_by(|(known, ..)| (***known).cmp(name)).ok()?;
                self.effective.get(at).map(|(_, value, _)| (*value).clone())
            }
        }
    }

    fn is_unsafe<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        wrapped(value, UNSAFE)
    }

    fn is_sealed(&self, value: &Value) -> bool {
        is_sealed(value)
    }

    fn names(&self) -> Vec<&str> {
        let own = ["inventory_hostname", "inventory_hostname_short", "group_names"];
        own.into_iter().chain(self.effective.iter().map(|(name, ..)| &***name)).collect()
    }
}
