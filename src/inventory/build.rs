//! What do the inventory's files say? From parts of YAML straight to groups, hosts and variables.

use std::sync::Arc;

use super::check;
use super::complaint::{Complaints, File, Flaw};
use super::members::{GroupId, HostId, Members};
use super::names::{group_name, host_names, named, unknown};
use super::range;
use super::scalar::{Interner, next_value};
use super::schema::{self, KNOWN};
use super::yaml::{Key, Mark, Reader, Stop, Token};
use super::{Role, Source};
use crate::model::{FileId, Mistake, Origin, Value, Variables};
use crate::template;

/// Takes in what stands below one name.
type Visit<'v> = &'v mut dyn FnMut(&mut Build, &mut Reader<'_>, Key<'_>, Mark) -> Result<(), Stop>;

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
    interner: Interner,
    file: FileId,
    /// How often a host was named, each host of a range counted.
    named: usize,
    /// How many files hold variables that nobody gets.
    unclaimed: usize,
}

/// The most hosts an inventory may have.
const MOST_HOSTS: usize = range::LIMIT;

/// How often hosts may be named: a few characters name a million of them.
const MOST_NAMED: usize = 4 * MOST_HOSTS;

impl Build {
    /// Reads all sources: the inventory files first, whatever their order.
    pub fn read(sources: Vec<Source>) -> Self {
        let mut build = Self {
            files: Vec::new(),
            members: Members::new(),
            complaints: Complaints::default(),
            broken: false,
            host_files: Vec::new(),
            interner: Interner::default(),
            file: FileId(0),
            named: 0,
            unclaimed: 0,
        };
        let (inventories, variables): (Vec<_>, Vec<_>) =
            sources.into_iter().partition(|source| source.role == Role::Inventory);
        for source in inventories.into_iter().chain(variables) {
            build.source(source);
        }
        build
    }

    fn source(&mut self, source: Source) {
        let Ok(number) = u16::try_from(self.files.len()) else {
            self.complaints.general(Flaw::new("more than 65,536 files belong to this inventory"));
            return;
        };
        if u32::try_from(source.text.len()).is_err() {
            self.complaints.general(Flaw::new(format!("`{}` is larger than 4 GiB", source.path)));
            return;
        }
        self.file = FileId(number);
        let file = File::new(&source.path, source.text);
        let mut reader = Reader::new(file.text());
        let outcome = match &source.role {
            Role::Inventory => self.inventory(&mut reader),
            Role::GroupVars(group) => self.group_file(group, &mut reader),
            Role::HostVars(host) => self.host_file(host, &mut reader),
        };
        self.broken |= outcome.is_err();
        for (mark, flaw) in reader.flaws {
            self.complaints.add(self.origin(mark), flaw);
        }
        self.files.push(file);
    }

    fn origin(&self, mark: Mark) -> Origin {
        Origin { file: self.file, line: mark.line, column: mark.column }
    }

    fn inventory(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let item = reader.next_item()?;
        let hint = "an inventory begins with groups, such as `all:` with `hosts:` and `children:` below it";
        match &item.token {
            Token::Finish => {
                reader.wrong(Mark { line: 1, column: 1 }, Flaw::new("the file is empty").hint(hint));
                return Ok(());
            }
            Token::Scalar(text) if text.is_null() => {
                reader.wrong(item.mark, Flaw::new("the file is empty").hint(hint));
            }
            Token::Map => reader.entries(&mut |reader, key, mark| {
                if &*key.text == "plugin" {
                    let flaw =
                        Flaw::new("this is the configuration of an inventory plugin, not an inventory");
                    reader
                        .wrong(mark, flaw.hint("save what `ansible-inventory --list --yaml` prints for it"));
                    return reader.skip();
                }
                self.group(reader, key, mark, None)
            })?,
            _ => {
                reader.wrong(item.mark, Flaw::new("this is not a mapping of groups").hint(hint));
                return finish(reader, &item.token);
            }
        }
        reader.next_item().map(|_| ())
    }

    /// One group with everything below it.
    fn group(
        &mut self,
        reader: &mut Reader<'_>,
        key: Key<'_>,
        mark: Mark,
        parent: Option<GroupId>,
    ) -> Result<(), Stop> {
        if let Err(flaw) = group_name(&key.text) {
            reader.wrong(mark, flaw);
            return reader.skip();
        }
        let origin = self.origin(mark);
        let name = self.interner.text(&key.text);
        let group = self.members.add_group(name, Some(origin));
        if let Some(parent) = parent {
            self.members.add_child(parent, group, Some(origin));
        }
        let item = reader.next_item()?;
        match &item.token {
            Token::Scalar(text) if text.is_null() => {
                self.members.groups[group as usize].defined |= parent.is_none();
                Ok(())
            }
            Token::Map => {
                self.members.groups[group as usize].defined = true;
                reader.entries(&mut |reader, section, mark| self.section(reader, group, &section, mark))
            }
            token => {
                self.members.groups[group as usize].defined = true;
                let flaw = Flaw::new(format!("group `{}` is not a mapping", key.text));
                reader.wrong(item.mark, flaw.hint("write `hosts:`, `children:` and `vars:` below the group"));
                finish(reader, token)
            }
        }
    }

    fn section(
        &mut self,
        reader: &mut Reader<'_>,
        group: GroupId,
        section: &Key<'_>,
        mark: Mark,
    ) -> Result<(), Stop> {
        match &*section.text {
            "hosts" => self.names(reader, "hosts", &mut |build, reader, key, mark| {
                build.host_entry(reader, group, &key, mark)
            }),
            "children" => self.names(reader, "children", &mut |build, reader, key, mark| {
                build.group(reader, key, mark, Some(group))
            }),
            "vars" => {
                let variables = self.variables(reader, "`vars`")?;
                self.group_variables(group, variables);
                Ok(())
            }
            other => {
                let flaw = Flaw::new(format!("a group has no `{}`", check::shown(other)));
                let hint = match Mistake::nearest(other, ["hosts", "children", "vars"]) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write `hosts`, `children` or `vars`; variables stand below `vars`, \
                             hosts below `hosts`, groups below `children`"
                        .to_owned(),
                };
                reader.wrong(mark, flaw.hint(hint));
                reader.skip()
            }
        }
    }

    /// The entries of `hosts` or `children`: a mapping, or a single name.
    fn names(&mut self, reader: &mut Reader<'_>, section: &str, visit: Visit<'_>) -> Result<(), Stop> {
        let item = reader.next_item()?;
        let hint = format!("write each name below `{section}:` in a line of its own, with a colon: `name:`");
        match item.token {
            Token::Scalar(text) if text.is_null() => Ok(()),
            Token::Scalar(names) if names.text.contains(char::is_whitespace) => {
                let what = format!("YAML takes these names for one text: `{}`", check::shown(&names.text));
                reader.wrong(item.mark, Flaw::new(what).hint(hint));
                Ok(())
            }
            Token::Scalar(name) => {
                reader.put_null(item.mark);
                visit(self, reader, name, item.mark)
            }
            Token::Map => reader.entries(&mut |reader, key, mark| visit(self, reader, key, mark)),
            token => {
                reader.wrong(item.mark, Flaw::new(format!("`{section}` is a list here")).hint(hint));
                finish(reader, &token)
            }
        }
    }

    fn host_entry(
        &mut self,
        reader: &mut Reader<'_>,
        group: GroupId,
        key: &Key<'_>,
        mark: Mark,
    ) -> Result<(), Stop> {
        let names = match range::expand(&key.text).and_then(host_names) {
            Ok(names) => names,
            Err(flaw) => {
                reader.wrong(mark, flaw);
                return reader.skip();
            }
        };
        self.named += names.len();
        if self.members.hosts.len() > MOST_HOSTS || self.named > MOST_NAMED {
            let what = format!("more than {MOST_HOSTS} hosts are named up to here");
            reader.wrong(mark, Flaw::new(what).hint("write several inventories"));
            return Err(Stop);
        }
        let mut variables = self.variables(reader, "what a host has")?;
        variables.sort_by(|a, b| a.0.cmp(&b.0));
        let shared = (!variables.is_empty()).then(|| Arc::new(variables));
        let origin = self.origin(mark);
        for name in names {
            let host = self.members.add_host(&name, origin, group);
            let Some(new) = &shared else { continue };
            match &mut self.members.hosts[host.index()].variables {
                // Which of two variables of one name counts is settled when all are read: the later one.
                Some(old) => Arc::make_mut(old).extend_from_slice(new),
                none => *none = Some(new.clone()),
            }
        }
        Ok(())
    }

    /// A mapping of variables, each checked as far as it can be without its host.
    fn variables(&mut self, reader: &mut Reader<'_>, whose: &str) -> Result<Variables, Stop> {
        let item = reader.next_item()?;
        let mut variables = Variables::new();
        match item.token {
            Token::Scalar(text) if text.is_null() => {}
            Token::Finish => {}
            Token::Map => reader.entries(&mut |reader, key, mark| {
                variables.push(self.variable(reader, &key, mark)?);
                Ok(())
            })?,
            token => {
                let flaw = Flaw::new(format!("{whose} is not a mapping of variables"));
                reader.wrong(item.mark, flaw.hint("write `name: value`, a blank behind the colon"));
                finish(reader, &token)?;
            }
        }
        Ok(variables)
    }

    fn variable(
        &mut self,
        reader: &mut Reader<'_>,
        key: &Key<'_>,
        mark: Mark,
    ) -> Result<(Arc<str>, Value, Origin), Stop> {
        let name = self.interner.text(&key.text);
        let start = reader.peek()?.mark;
        let value = next_value(reader, &mut self.interner)?;
        // Nothing has no place of its own.
        let origin = self.origin(if value == Value::Null { mark } else { start });
        match schema::find(&name) {
            Some(known) => self.check(known, &value, origin, reader.last_line()),
            None if name.starts_with("jc_") => reader.wrong(mark, unknown(&name)),
            None => {}
        }
        Ok((name, value, origin))
    }

    fn check(&mut self, known: usize, value: &Value, origin: Origin, last: u32) {
        let known = &KNOWN[known];
        if !known.secret && template::is_template_value(value) {
            return;
        }
        if let Err(flaw) = known.check(value) {
            if known.secret {
                self.complaints.hide(origin, last);
            }
            self.complaints.add(origin, named(known.name, flaw));
        }
    }

    fn group_variables(&mut self, group: GroupId, mut variables: Variables) {
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

    fn group_file(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let mut variables = self.variables(reader, "this file")?;
        match self.members.group(name) {
            Some(group) => {
                self.members.groups[group as usize].file_variables.append(&mut variables);
            }
            None if self.broken => {}
            None => {
                let known = self.members.groups.iter().map(|group| &*group.name);
                let near = self.nearest(name, known);
                self.nobody(format!("no group is called `{name}`"), near);
            }
        }
        reader.next_item().map(|_| ())
    }

    fn host_file(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let variables = self.variables(reader, "this file")?;
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
        reader.next_item().map(|_| ())
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

/// Passes over what is left of a node whose first part was taken.
fn finish(reader: &mut Reader<'_>, first: &Token<'_>) -> Result<(), Stop> {
    if matches!(first, Token::List | Token::Map) {
        while !matches!(reader.peek()?.token, Token::End | Token::Finish) {
            reader.skip()?;
        }
        reader.next_item()?;
    }
    Ok(())
}
