//! What does a file say in which each group has `hosts`, `children` and `vars`? Ansible's form in YAML and in JSON.

use super::build::{Build, Variable};
use super::check;
use super::complaint::Flaw;
use super::members::GroupId;
use super::scalar::next_value;
use super::yaml::{Key, Mark, Reader, Stop, Token};
use crate::model::{Mistake, Variables};

/// Takes in what stands below one name.
type Visit<'v> = &'v mut dyn FnMut(&mut Build, &mut Reader<'_>, Key<'_>, Mark) -> Result<(), Stop>;

/// Takes in a whole file.
pub fn read(build: &mut Build, reader: &mut Reader<'_>) -> Result<(), Stop> {
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
                let flaw = Flaw::new("this is the configuration of an inventory plugin, not an inventory");
                reader.wrong(mark, flaw.hint("save what `ansible-inventory --list --yaml` prints for it"));
                return reader.skip();
            }
            group(build, reader, key, mark, None)
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
    build: &mut Build,
    reader: &mut Reader<'_>,
    key: Key<'_>,
    mark: Mark,
    parent: Option<GroupId>,
) -> Result<(), Stop> {
    let Some(group) = build.group(&key.text, mark) else { return reader.skip() };
    if let Some(parent) = parent {
        build.child(parent, group, mark);
    }
    let item = reader.next_item()?;
    match &item.token {
        Token::Scalar(text) if text.is_null() => {
            if parent.is_none() {
                build.define(group);
            }
            Ok(())
        }
        Token::Map => {
            build.define(group);
            reader.entries(&mut |reader, key, mark| section(build, reader, group, &key, mark))
        }
        token => {
            build.define(group);
            let flaw = Flaw::new(format!("group `{}` is not a mapping", key.text));
            reader.wrong(item.mark, flaw.hint("write `hosts:`, `children:` and `vars:` below the group"));
            finish(reader, token)
        }
    }
}

fn section(
    build: &mut Build,
    reader: &mut Reader<'_>,
    parent: GroupId,
    key: &Key<'_>,
    mark: Mark,
) -> Result<(), Stop> {
    match &*key.text {
        "hosts" => names(build, reader, "hosts", &mut |build, reader, key, mark| {
            host(build, reader, parent, &key, mark)
        }),
        "children" => names(build, reader, "children", &mut |build, reader, key, mark| {
            group(build, reader, key, mark, Some(parent))
        }),
        "vars" => {
            let variables = variables(build, reader, "`vars`")?;
            build.group_variables(parent, variables);
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
fn names(build: &mut Build, reader: &mut Reader<'_>, section: &str, visit: Visit<'_>) -> Result<(), Stop> {
    let item = reader.next_item()?;
    let hint = format!(
        "write each name below `{section}:` in a line of its own, with a colon: `name:`; in JSON `\"name\": {{}}`"
    );
    match item.token {
        Token::Scalar(text) if text.is_null() => Ok(()),
        Token::Scalar(names) if names.text.contains(char::is_whitespace) => {
            let what = format!("YAML takes these names for one text: `{}`", check::shown(&names.text));
            reader.wrong(item.mark, Flaw::new(what).hint(hint));
            Ok(())
        }
        Token::Scalar(name) => {
            reader.put_null(item.mark);
            visit(build, reader, name, item.mark)
        }
        Token::Map => reader.entries(&mut |reader, key, mark| visit(build, reader, key, mark)),
        token => {
            reader.wrong(item.mark, Flaw::new(format!("`{section}` is a list here")).hint(hint));
            finish(reader, &token)
        }
    }
}

fn host(
    build: &mut Build,
    reader: &mut Reader<'_>,
    group: GroupId,
    key: &Key<'_>,
    mark: Mark,
) -> Result<(), Stop> {
    let Some(named) = build.named(&key.text, mark)? else { return reader.skip() };
    let variables = variables(build, reader, "what a host has")?;
    build.hosts(&named, group, variables);
    Ok(())
}

/// A mapping of variables.
pub fn variables(build: &mut Build, reader: &mut Reader<'_>, whose: &str) -> Result<Variables, Stop> {
    let item = reader.next_item()?;
    let mut variables = Variables::new();
    match item.token {
        Token::Scalar(text) if text.is_null() => {}
        Token::Finish => {}
        Token::Map => reader.entries(&mut |reader, key, mark| {
            variables.push(variable(build, reader, &key, mark)?);
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

fn variable(build: &mut Build, reader: &mut Reader<'_>, key: &Key<'_>, mark: Mark) -> Result<Variable, Stop> {
    let start = reader.peek()?.mark;
    let value = next_value(reader, &mut build.interner)?;
    Ok(build.variable(&key.text, mark, (value, start), reader.last_line()))
}

/// Passes over what is left of a node whose first part was taken.
pub fn finish(reader: &mut Reader<'_>, first: &Token<'_>) -> Result<(), Stop> {
    if matches!(first, Token::List | Token::Map) {
        while !matches!(reader.peek()?.token, Token::End | Token::Finish) {
            reader.skip()?;
        }
        reader.next_item()?;
    }
    Ok(())
}
