//! What does an inventory script print? Groups as JSON for `--list`, a host's variables for `--host NAME`.

use std::collections::HashSet;

use super::build::{Build, Named};
use super::check::shown;
use super::complaint::Flaw;
use super::grouped::{finish, variables};
use super::members::{GroupId, HostId};
use super::yaml::{Key, Mark, Reader, Stop, Token};
use crate::model::{Mistake, Variables};

/// What may stand in a group.
const SECTIONS: [&str; 3] = ["hosts", "vars", "children"];

/// What is said of the script's hosts besides their groups.
#[derive(Default)]
struct Said {
    hosts: HashSet<HostId>,
    variables: Vec<(String, Variables)>,
}

/// Takes in what a script printed for `--list`.
pub fn list(build: &mut Build, text: &str) -> Result<(), Stop> {
    if text.trim().is_empty() {
        let flaw = Flaw::new("the script printed nothing");
        build.wrong(
            Mark { line: 1, column: 1 },
            flaw.hint("for `--list` it prints its groups as JSON, and `{}` when it has none"),
        );
        return Err(Stop);
    }
    build.take(Reader::json(text), read)
}

fn read(build: &mut Build, reader: &mut Reader<'_>) -> Result<(), Stop> {
    let item = reader.next_item()?;
    if !matches!(item.token, Token::Map) {
        let flaw = Flaw::new("the script did not print a mapping of groups");
        reader.wrong(
            item.mark,
            flaw.hint("for `--list` it prints `{\"web\": {\"hosts\": [\"web01\"]}, \"_meta\": …}`"),
        );
        return finish(reader, &item.token);
    }
    let mut said = Said::default();
    reader.entries(&mut |reader, key, mark| match &*key.text {
        "_meta" => meta(build, reader, mark, &mut said),
        _ => group(build, reader, &key, mark, &mut said),
    })?;
    reader.next_item()?;
    for (name, variables) in said.variables {
        // Ansible too passes over what is said of hosts that are in no group.
        if let Some(host) = build.members.host(&name).filter(|host| said.hosts.contains(host)) {
            build.host_variables(host, variables);
        }
    }
    Ok(())
}

/// Takes in what a script printed for `--host NAME`; nothing means no variables.
pub fn host(build: &mut Build, name: &str, text: &str) -> Result<(), Stop> {
    if text.trim().is_empty() {
        return Ok(());
    }
    let variables = build.take(Reader::json(text), |build, reader| {
        let variables = variables(build, reader, "what the script printed")?;
        reader.next_item().map(|_| variables)
    })?;
    if let Some(host) = build.members.host(name) {
        build.host_variables(host, variables);
    }
    Ok(())
}

fn meta(build: &mut Build, reader: &mut Reader<'_>, mark: Mark, said: &mut Said) -> Result<(), Stop> {
    let mut found = false;
    let is_map = each(reader, "`_meta`", &mut |reader, key, _| match &*key.text {
        "hostvars" => {
            found = true;
            each(reader, "`hostvars`", &mut |reader, key, _| {
                let variables = variables(build, reader, "what a host has")?;
                said.variables.push((key.text.into_owned(), variables));
                Ok(())
            })
            .map(|_| ())
        }
        _ => reader.skip(),
    })?;
    if is_map && !found {
        let flaw = Flaw::new("`_meta` has no `hostvars`");
        reader.wrong(mark, flaw.hint("write `\"_meta\": {\"hostvars\": {}}` when no host has variables"));
    }
    Ok(())
}

fn group(
    build: &mut Build,
    reader: &mut Reader<'_>,
    key: &Key<'_>,
    mark: Mark,
    said: &mut Said,
) -> Result<(), Stop> {
    let Some(group) = build.group(&key.text, mark) else { return reader.skip() };
    build.define(group);
    let token = &reader.peek()?.token;
    if matches!(token, Token::List) {
        return hosts(build, reader, group, said);
    }
    let mut keys = 0;
    let mut known = false;
    let what = format!("group `{}`", shown(&key.text));
    each(reader, &what, &mut |reader, key, mark| {
        keys += 1;
        known |= SECTIONS.contains(&&*key.text);
        section(build, reader, group, &key, mark, said)
    })?;
    if keys > 0 && !known {
        let flaw = Flaw::new(format!("{what} has neither `hosts`, `vars` nor `children`"));
        reader.wrong(
            mark,
            flaw.hint("older scripts mean a host of this name: write it into the `hosts` of a group"),
        );
    }
    Ok(())
}

fn section(
    build: &mut Build,
    reader: &mut Reader<'_>,
    group: GroupId,
    key: &Key<'_>,
    mark: Mark,
    said: &mut Said,
) -> Result<(), Stop> {
    match &*key.text {
        "hosts" => hosts(build, reader, group, said),
        "vars" => {
            let variables = variables(build, reader, "`vars`")?;
            build.group_variables(group, variables);
            Ok(())
        }
        "children" => names(reader, "children", &mut |_, name, mark| {
            if let Some(child) = build.group(name, mark) {
                build.define(child);
                build.child(group, child, mark);
            }
            Ok(())
        }),
        other => {
            if let Some(near) = Mistake::nearest(other, SECTIONS) {
                let flaw = Flaw::new(format!("a group has no `{}`", shown(other)));
                reader.wrong(mark, flaw.hint(format!("did you mean `{near}`?")));
            }
            reader.skip()
        }
    }
}

fn hosts(build: &mut Build, reader: &mut Reader<'_>, group: GroupId, said: &mut Said) -> Result<(), Stop> {
    names(reader, "hosts", &mut |_, name, mark| {
        if let Some(named) = build.named_alone(name, mark)? {
            put(build, &named, name, group, said);
        }
        Ok(())
    })
}

fn put(build: &mut Build, named: &Named, name: &str, group: GroupId, said: &mut Said) {
    build.hosts(named, group, Variables::new());
    said.hosts.extend(build.members.host(name));
}

/// Hands each name of a list on.
fn names<'t>(
    reader: &mut Reader<'t>,
    what: &str,
    take: &mut dyn FnMut(&mut Reader<'t>, &str, Mark) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let item = reader.next_item()?;
    if !matches!(item.token, Token::List) {
        let flaw = Flaw::new(format!("`{what}` is not a list here"));
        reader.wrong(item.mark, flaw.hint(format!("write `\"{what}\": [\"name\"]`")));
        return finish(reader, &item.token);
    }
    loop {
        let item = reader.next_item()?;
        match item.token {
            Token::End | Token::Finish => return Ok(()),
            Token::Scalar(name) if !name.plain => take(reader, &name.text, item.mark)?,
            token => {
                reader.wrong(item.mark, Flaw::new("a name is a text in double quotes"));
                finish(reader, &token)?;
            }
        }
    }
}

/// Hands each entry of a mapping on; says whether there was a mapping.
fn each<'t>(
    reader: &mut Reader<'t>,
    what: &str,
    visit: &mut dyn FnMut(&mut Reader<'t>, Key<'t>, Mark) -> Result<(), Stop>,
) -> Result<bool, Stop> {
    let item = reader.next_item()?;
    if !matches!(item.token, Token::Map) {
        reader.wrong(item.mark, Flaw::new(format!("{what} is not a mapping")));
        finish(reader, &item.token)?;
        return Ok(false);
    }
    reader.entries(visit).map(|()| true)
}

/// The hosts whose variables a script must be asked for one by one, because it printed no `_meta`.
pub fn to_be_asked(text: &str) -> Vec<String> {
    let mut reader = Reader::json(text);
    let mut names = Vec::new();
    match gather(&mut reader, &mut names) {
        Ok(true) => names,
        _ => Vec::new(),
    }
}

/// Gathers the hosts of all groups; says whether there is no `_meta`.
fn gather(reader: &mut Reader<'_>, found: &mut Vec<String>) -> Result<bool, Stop> {
    let mut known = HashSet::new();
    let mut take = |name: &str| {
        if known.insert(name.to_owned()) {
            found.push(name.to_owned());
        }
        Ok(())
    };
    let mut without = true;
    each(reader, "", &mut |reader, key, _| {
        without &= &*key.text != "_meta";
        if matches!(reader.peek()?.token, Token::List) {
            return names(reader, "", &mut |_, name, _| take(name));
        }
        each(reader, "", &mut |reader, key, _| match &*key.text {
            "hosts" => names(reader, "", &mut |_, name, _| take(name)),
            _ => reader.skip(),
        })
        .map(|_| ())
    })?;
    Ok(without && reader.flaws.is_empty())
}
