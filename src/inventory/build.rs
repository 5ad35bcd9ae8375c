//! What do the inventory's files say together? Every form puts its groups, hosts and variables in here.
//!
//! A form's own file reads the text. How many there may be, what things may be called, who gets which variables and
//! what is said of those that jumpfleet understands is the same for all forms, and is decided here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::check;
use super::complaint::{Complaints, File, Flaw};
use super::form;
use super::grouped;
use super::layers::layered;
use super::members::{GroupId, HostId, Members};
use super::names::{group_name, host_names, named, unknown, without_port};
use super::range;
use super::scalar::{Interner, hidden};
use super::schema::{self, KNOWN};
use super::sealed::{self, ShutFile};
use super::yaml::{Mark, Reader, Stop};
use super::{Columns, Manner, Open, Role, Source};
use crate::model::{FileId, Mistake, Origin, Value, Variables};
use crate::template;
use crate::vault;

/// Everything that was read, before it is put in order.
pub struct Build {
    /// The files, for messages.
    pub files: Vec<File>,
    /// Who was named.
    pub members: Members,
    /// What is wrong so far.
    pub complaints: Complaints,
    /// Whether a file could not be read to its end, so that what seems to be missing may stand there.
    pub broken: bool,
    /// Variables of `host_vars` files; they override what the inventory says.
    pub host_files: Vec<(HostId, Variables)>,
    /// Sealed files of variables that could not be opened.
    pub shut: Vec<ShutFile>,
    /// What is no file, but what a script printed.
    pub printed: HashSet<FileId>,
    /// Which files hold the variables of a group or host.
    pub variable_files: HashSet<FileId>,
    /// Variables of hosts that were written again later, in the order written.
    pub overridden: HashMap<HostId, Variables>,
    /// Templates of secret variables, each with its last line: nothing of them is shown.
    pub veiled: HashMap<Origin, u32>,
    /// Keeps one copy of every text.
    pub interner: Interner,
    /// Whether the file that is read now has lines of words.
    pub in_words: bool,
    /// What stands between the cells of the table that is read now.
    pub delimiter: Option<char>,
    /// What the columns of tables mean.
    pub columns: Columns,
    /// Whether the file at hand is a sealed one, whose values nobody shall see.
    pub is_sealed: bool,
    file: FileId,
    /// Which of the inventories the files of variables belong to that are read now.
    layer: u16,
    /// How often a host was named, each host of a range counted.
    named: usize,
    /// How many files hold variables that nobody gets.
    unclaimed: usize,
}

/// One variable with the place of its value.
pub type Variable = (Arc<str>, Value, Origin);

/// The hosts that one name stands for, on their way into groups.
#[derive(Debug, Clone)]
pub struct Named {
    names: Vec<String>,
    port: Option<Variable>,
    origin: Origin,
}

/// The most hosts an inventory may have.
const MOST_HOSTS: usize = range::LIMIT;

/// How often hosts may be named: a few characters name a million of them.
const MOST_NAMED: usize = 4 * MOST_HOSTS;

impl Build {
    /// Reads all sources: the inventories first, wherever they stand.
    pub fn read(sources: Vec<Source>, manner: &Manner<'_>) -> Self {
        let mut build = Self {
            files: Vec::new(),
            members: Members::new(),
            complaints: Complaints::default(),
            broken: false,
            host_files: Vec::new(),
            shut: Vec::new(),
            printed: HashSet::new(),
            variable_files: HashSet::new(),
            overridden: HashMap::new(),
            veiled: HashMap::new(),
            interner: Interner::default(),
            in_words: false,
            delimiter: None,
            columns: manner.columns.clone(),
            is_sealed: false,
            file: FileId(0),
            layer: 0,
            named: 0,
            unclaimed: 0,
        };
        let (inventories, variables) = layered(sources);
        for (layer, source) in inventories.into_iter().map(|source| (0, source)).chain(variables) {
            build.layer = layer;
            build.source(source, manner.open);
        }
        build
    }

    fn source(&mut self, source: Source, open: Open<'_>) {
        let Ok(number) = u16::try_from(self.files.len()) else {
            self.complaints.general(Flaw::new("more than 65,536 files belong to this inventory"));
            return;
        };
        if u32::try_from(source.text.len()).is_err() {
            self.complaints.general(Flaw::new(format!("`{}` is larger than 4 GiB", source.path)));
            return;
        }
        self.file = FileId(number);
        let mut file = File::new(&source.path, source.text);
        self.in_words = false;
        if matches!(source.role, Role::Output | Role::HostOutput(_)) {
            self.printed.insert(self.file);
        }
        if matches!(source.role, Role::GroupVars(_) | Role::HostVars(_)) {
            self.variable_files.insert(self.file);
        }
        let outcome = match vault::is_sealed(file.text()) {
            true => sealed::read(self, &source.role, &source.path, file.text(), open),
            false => self.text(&source.role, &source.path, file.text()),
        };
        file.in_words = self.in_words;
        file.delimiter = self.delimiter.take();
        self.broken |= outcome.is_err();
        self.files.push(file);
    }

    /// Takes in the text of the file at hand.
    pub fn text(&mut self, role: &Role, path: &str, text: &str) -> Result<(), Stop> {
        match role {
            Role::GroupVars(group) => self.group_file(group, text),
            Role::HostVars(host) => self.host_file(host, text),
            role => form::read(self, role, path, text),
        }
    }

    /// The place in the file that is read now.
    pub fn origin(&self, mark: Mark) -> Origin {
        Origin { file: self.file, line: mark.line, column: mark.column }
    }

    /// Notes that something is wrong at a place of the file that is read now.
    pub fn wrong(&mut self, mark: Mark, flaw: Flaw) {
        self.complaints.add(self.origin(mark), flaw);
    }

    /// Lets a form take parts from a reader, and notes what the reader found wrong with the text.
    pub fn take<T>(
        &mut self,
        mut reader: Reader<'_>,
        take: impl FnOnce(&mut Self, &mut Reader<'_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let taken = take(self, &mut reader);
        for (mark, flaw) in reader.flaws {
            self.wrong(mark, if self.is_sealed { sealed::unreadable() } else { flaw });
        }
        taken
    }

    /// The group of this name, made if it is new; none, and a complaint, if no group may be called so.
    pub fn group(&mut self, name: &str, mark: Mark) -> Option<GroupId> {
        if let Err(flaw) = group_name(name) {
            self.wrong(mark, flaw);
            return None;
        }
        let name = self.interner.text(name);
        Some(self.members.add_group(name, Some(self.origin(mark))))
    }

    /// Notes that a group's content was written, and not only its name among a group's children.
    pub fn define(&mut self, group: GroupId) {
        self.members.groups[group as usize].defined = true;
    }

    /// Puts one group into another.
    pub fn child(&mut self, parent: GroupId, child: GroupId, mark: Mark) {
        self.members.add_child(parent, child, Some(self.origin(mark)));
    }

    /// The hosts a name stands for, which may have ranges and a port; none, and a complaint, if it stands for nobody.
    ///
    /// When there are too many of them, the file is read no further.
    pub fn named(&mut self, pattern: &str, mark: Mark) -> Result<Option<Named>, Stop> {
        let (name, port) = without_port(pattern);
        let names = match range::expand(name).and_then(host_names) {
            Ok(names) => names,
            Err(flaw) => {
                self.wrong(mark, flaw);
                return Ok(None);
            }
        };
        self.count(names.len(), mark)?;
        let port = port.filter(|port| port.bytes().any(|digit| digit != b'0')).map(|port| {
            let value = port.parse().map_or_else(|_| Value::Text(port.into()), Value::Integer);
            self.variable("ansible_port", mark, (value, mark), mark.line)
        });
        Ok(Some(Named { names, port, origin: self.origin(mark) }))
    }

    /// The one host of this very name; none, and a complaint, if no host may be called so.
    pub fn named_alone(&mut self, name: &str, mark: Mark) -> Result<Option<Named>, Stop> {
        let names = match name.contains(['[', ']']) {
            true => Err(Flaw::new(format!("`{}` cannot be the name of a host", check::shown(name)))
                .hint("ranges do not work here: write each name")),
            false => range::expand(name).and_then(host_names),
        };
        match names {
            Ok(names) => {
                self.count(1, mark)?;
                Ok(Some(Named { names, port: None, origin: self.origin(mark) }))
            }
            Err(flaw) => {
                self.wrong(mark, flaw);
                Ok(None)
            }
        }
    }

    fn count(&mut self, more: usize, mark: Mark) -> Result<(), Stop> {
        self.named += more;
        if self.members.hosts.len() > MOST_HOSTS || self.named > MOST_NAMED {
            let what = format!("more than {MOST_HOSTS} hosts are named up to here");
            self.wrong(mark, Flaw::new(what).hint("write several inventories"));
            return Err(Stop);
        }
        Ok(())
    }

    /// Puts hosts into a group and gives them variables of their own; of two of one name the later counts.
    pub fn hosts(&mut self, named: &Named, group: GroupId, mut variables: Variables) {
        variables.sort_by(|a, b| a.0.cmp(&b.0));
        let shared = (!variables.is_empty()).then(|| Arc::new(variables));
        for name in &named.names {
            let new = named.port.as_ref().filter(|_| self.members.host(name).is_none());
            let host = self.members.add_host(name, named.origin, group);
            if let Some(port) = new {
                // A port counts where the host is named first, and less than what is written for the host.
                self.members.hosts[host.index()].variables = Some(Arc::new(vec![port.clone()]));
            }
            if let Some(shared) = &shared {
                self.add_variables(host, shared);
            }
        }
    }

    /// Gives hosts variables of their own.
    pub fn variables_of(&mut self, named: &Named, variables: Variables) {
        let hosts: Vec<HostId> = named.names.iter().filter_map(|name| self.members.host(name)).collect();
        hosts.into_iter().for_each(|host| self.host_variables(host, variables.clone()));
    }

    /// Keeps what stands from a place to the end of a line out of every message.
    pub fn hide(&mut self, from: Mark, last: u32) {
        self.complaints.hide(self.origin(from), last);
    }

    /// Gives a host more variables of its own.
    pub fn host_variables(&mut self, host: HostId, mut variables: Variables) {
        if !variables.is_empty() {
            variables.sort_by(|a, b| a.0.cmp(&b.0));
            self.add_variables(host, &Arc::new(variables));
        }
    }

    fn add_variables(&mut self, host: HostId, shared: &Arc<Variables>) {
        match &mut self.members.hosts[host.index()].variables {
            // Which of two variables of one name counts is settled when all are read: the later one.
            Some(old) => Arc::make_mut(old).extend_from_slice(shared),
            none => *none = Some(shared.clone()),
        }
    }

    /// A variable, checked as far as it can be without its host.
    ///
    /// Its value begins at a place of its own and ends on line `last`, up to which it is hidden if it is a secret.
    pub fn variable(&mut self, name: &str, mark: Mark, value: (Value, Mark), last: u32) -> Variable {
        let name = self.interner.text(name);
        let (value, start) = value;
        let known = schema::find(&name);
        let may_hand_on = known.is_none_or(|known| KNOWN[known].secret) && sealed::hands_on(&value);
        let value = if self.is_sealed && !may_hand_on { hidden(value) } else { value };
        // Nothing has no place of its own.
        let origin = self.origin(if value == Value::Null { mark } else { start });
        match known {
            Some(known) => self.check(known, &value, origin, last),
            None if name.starts_with("jc_") => self.wrong(mark, unknown(&name)),
            None => {}
        }
        (name, value, origin)
    }

    fn check(&mut self, known: usize, value: &Value, origin: Origin, last: u32) {
        let known = &KNOWN[known];
        if template::is_template_value(value) && (!known.secret || matches!(value, Value::Text(_))) {
            // What a template hands on may be sealed; what stands in it may be a secret after all.
            if known.secret {
                self.veiled.insert(origin, last);
            }
            return;
        }
        if let Err(flaw) = known.check(value) {
            if known.secret {
                self.complaints.hide(origin, last);
            }
            self.complaints.add(origin, named(known.name, flaw));
        }
    }

    /// Gives a group variables; of two of one name the later counts.
    pub fn group_variables(&mut self, group: GroupId, mut variables: Variables) {
        variables.retain(|(name, value, origin)| {
            if &**name != "ansible_group_priority" {
                return true;
            }
            match check::number(value, i64::MIN, i64::MAX) {
                Ok(priority) => self.members.groups[group as usize].priority = priority.unwrap_or(1),
                Err(_) => {
                    let flaw = Flaw::new(format!("{} is not a whole number", check::kind(value)));
                    self.complaints.add(*origin, named(name, flaw));
                }
            }
            false
        });
        self.members.groups[group as usize].variables.append(&mut variables);
    }

    fn group_file(&mut self, name: &str, text: &str) -> Result<(), Stop> {
        let variables = self.file_variables(text)?;
        match self.members.group(name) {
            Some(group) => {
                let group = &mut self.members.groups[group as usize];
                let layer = self.layer;
                group.file_variables.extend(variables.into_iter().map(|variable| (layer, variable)));
            }
            None if self.broken => {}
            None => {
                let known = self.members.groups.iter().map(|group| &*group.name);
                let near = self.nearest(name, known);
                self.nobody(format!("no group is called `{name}`"), near);
            }
        }
        Ok(())
    }

    fn host_file(&mut self, name: &str, text: &str) -> Result<(), Stop> {
        let variables = self.file_variables(text)?;
        match self.members.host(name) {
            Some(host) => self.host_files.push((host, variables)),
            None if self.broken => {}
            None => {
                // A suggestion is not worth comparing with every host of a large fleet.
                let known = self.members.hosts.iter().take(2_000).map(|host| &*host.name);
                let near = self.nearest(name, known);
                self.nobody(format!("no host is called `{name}`"), near);
            }
        }
        Ok(())
    }

    fn file_variables(&mut self, text: &str) -> Result<Variables, Stop> {
        self.take(form::reader(text), |build, reader| {
            let variables = grouped::variables(build, reader, "this file")?;
            reader.next_item().map(|_| variables)
        })
    }

    fn nearest<'n>(&self, name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
        let known = known.filter(|_| self.unclaimed < Mistake::MOST_SUGGESTIONS);
        Mistake::nearest(name, known).map(str::to_owned)
    }

    /// A file of variables that nobody gets.
    fn nobody(&mut self, what: String, near: Option<String>) {
        self.unclaimed += 1;
        let hint = match near {
            Some(near) => format!("the file's name says whose variables it holds; did you mean `{near}`?"),
            None => "the file's name says whose variables it holds: rename it or take it away".to_owned(),
        };
        let origin = Origin { file: self.file, line: 1, column: 1 };
        self.complaints.add(origin, Flaw::new(what).hint(hint));
    }
}
