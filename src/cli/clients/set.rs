//! Which values shall clients have? What is there already is left alone.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::str::FromStr;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::chosen::Chosen;
use super::shown::{self, Site};
use super::work::{Did, Manner, Work};
use crate::appliance::{ApiError, ClientChange};
use crate::cli::args::Format;
use crate::cli::ask::Question;
use crate::cli::{Problem, Surroundings, exit, output};
use crate::matching::drift::{Codes, called};
use crate::model::{JumpClient, counted, readable};

/// `jumpfleet clients set`
#[derive(Debug, Args)]
pub struct SetArgs {
    /// What they shall have: tag, comments, name, group, jump_policy or session_policy, each as KEY=VALUE; groups and
    /// policies by code name, and `none` for no policy
    #[arg(required = true, value_name = "KEY=VALUE")]
    pub values: Vec<Setting>,
    /// The clients of these numbers
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    pub id: Vec<u32>,
    /// Which ones
    #[command(flatten)]
    pub chosen: Chosen,
    /// Every client, where nothing else says which
    #[arg(long)]
    pub all: bool,
    /// How it is done
    #[command(flatten)]
    pub manner: Manner,
    /// How what came of it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// A value that is to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    key: Key,
    value: String,
}

/// What may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Tag,
    Comments,
    Name,
    Group,
    JumpPolicy,
    SessionPolicy,
}

/// Each by its word, and how many characters the site takes at most (Configuration API 1.10).
const KEYS: [(&str, Key, usize); 6] = [
    ("tag", Key::Tag, 64),
    ("comments", Key::Comments, 1024),
    ("name", Key::Name, 128),
    ("group", Key::Group, 64),
    ("jump_policy", Key::JumpPolicy, 64),
    ("session_policy", Key::SessionPolicy, 64),
];

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = || KEYS.map(|(word, ..)| word).join(", ");
        let (word, value) = text.split_once('=').ok_or("write KEY=VALUE, such as tag=web")?;
        let known = KEYS.iter().find(|(known, ..)| *known == word);
        let (_, key, most) =
            known.ok_or_else(|| format!("`{word}` cannot be set: write one of {}", words()))?;
        if value.chars().count() > *most {
            return Err(format!("the site takes {most} characters at most for `{word}`"));
        }
        if value.is_empty() && !matches!(key, Key::Tag | Key::Comments) {
            return Err(format!("`{word}` must not be empty"));
        }
        Ok(Self { key: *key, value: value.to_owned() })
    }
}

/// What changes at a client, for the site and for people.
struct Changed {
    client: JumpClient,
    change: ClientChange,
    told: Vec<String>,
}

/// `jumpfleet clients set`
pub fn run(around: &Surroundings, args: &SetArgs) -> Result<u8, Problem> {
    if !args.all && args.id.is_empty() && !args.chosen.is_given() {
        return Err(Problem::usage("nothing says which clients are meant")
            .hint("name them by --id, by --hostname and the like, or all with --all"));
    }
    let site = Site::reach(around)?;
    let wanted = Wanted::of(&site, &args.values)?;
    let mut changed = Vec::new();
    let mut meant = 0;
    let mut unmet: BTreeSet<u32> = args.id.iter().copied().collect();
    args.chosen.each(&site, |client| {
        if args.id.is_empty() || args.id.contains(&client.id) {
            unmet.remove(&client.id);
            meant += 1;
            changed.extend(wanted.change(client, &site.codes));
        }
    })?;
    shown::all_met(&unmet, "nothing was changed")?;
    let is_json = args.format == Format::Json;
    if args.manner.dry_run || !is_json {
        output::print(|out| if is_json { json(&changed, out) } else { text(&changed, meant, out) })?;
    }
    if args.manner.dry_run || changed.is_empty() && !is_json {
        return Ok(exit::GOOD);
    }
    let work = Work { around, site: &site, kind: "set", manner: &args.manner };
    let asked = format!("Change {} of {}?", counted(changed.len(), "client"), site.settings.appliance.site);
    let question = Question { text: &asked, deed: "change them", declined: "nothing was changed" };
    let show = |out: &mut dyn Write| text(&changed, meant, out);
    work.agree(&question, is_json.then_some(&show))?;
    let act = |one: &Changed| change(&site, one, wanted.group.is_some());
    work.carry_out(&changed, |one| &one.client, act)?.end(around.global.quiet, "changed", is_json)
}

/// Changes a client. The site wants to be told its group with every change: one that was moved since it was looked at is
/// left alone, unless its group is what is to be set.
fn change(site: &Site, one: &Changed, to_group: bool) -> Result<Did, ApiError> {
    let id = one.client.id;
    let Some(now) = ApiError::if_there(site.account.client(id))? else { return Ok(Did::GONE) };
    if !to_group && now.jump_group_id != one.client.jump_group_id {
        return Ok(Did::Nothing("it was moved to another group meanwhile"));
    }
    Did::of(site.account.change_client(id, &one.change))
}

/// What is wanted, with the site's numbers.
struct Wanted {
    change: ClientChange,
    group: Option<u32>,
}

impl Wanted {
    fn of(site: &Site, values: &[Setting]) -> Result<Self, Problem> {
        let mut wanted = Self { change: ClientChange::default(), group: None };
        for Setting { key, value } in values {
            let policy = |number: &dyn Fn(&Site, &str) -> Result<u32, Problem>| match &**value {
                "none" => Ok(Some(None)),
                code => number(site, code).map(|id| Some(Some(id))),
            };
            match key {
                Key::Tag => wanted.change.tag = Some(value.clone()),
                Key::Comments => wanted.change.comments = Some(value.clone()),
                Key::Name => wanted.change.name = Some(value.clone()),
                Key::Group => wanted.group = Some(shown::group(site, value)?),
                Key::JumpPolicy => wanted.change.jump_policy_id = policy(&shown::jump_policy)?,
                Key::SessionPolicy => wanted.change.session_policy_id = policy(&shown::session_policy)?,
            }
        }
        Ok(wanted)
    }

    /// What changes at this client; none where it is as wanted.
    fn change(&self, client: JumpClient, codes: &Codes) -> Option<Changed> {
        let mut told = Vec::new();
        let mut differ = |what: &str, is: &str, wanted: &str| {
            if is != wanted {
                told.push(format!("{what} `{}` → `{}`", readable(is), readable(wanted)));
            }
        };
        let policy =
            |codes, id: Option<u32>| id.map_or_else(|| "none".to_owned(), |id| Codes::name(codes, id));
        let wanted = &self.change;
        let texts = [
            ("name", &client.name, &wanted.name),
            ("tag", &client.tag, &wanted.tag),
            ("comments", &client.comments, &wanted.comments),
        ];
        for (what, is, wanted) in texts {
            if let Some(wanted) = wanted {
                differ(what, is, wanted);
            }
        }
        if let Some(id) = self.group {
            let name = |id| Codes::name(&codes.groups, id);
            differ("group", &name(client.jump_group_id), &name(id));
        }
        let policies = [
            ("jump policy", client.jump_policy_id, wanted.jump_policy_id, &codes.jump_policies),
            ("session policy", client.session_policy_id, wanted.session_policy_id, &codes.session_policies),
        ];
        for (what, is, wanted, codes) in policies {
            if let Some(wanted) = wanted {
                differ(what, &policy(codes, is), &policy(codes, wanted));
            }
        }
        if told.is_empty() {
            return None;
        }
        let jump_group_id = self.group.unwrap_or(client.jump_group_id);
        Some(Changed { change: ClientChange { jump_group_id, ..wanted.clone() }, client, told })
    }
}

/// A client that would be changed.
#[derive(Serialize, JsonSchema)]
pub struct Planned<'p> {
    /// Its number.
    client: u32,
    /// How the computer is called.
    called: String,
    /// What would change.
    changes: &'p [String],
}

fn json(changed: &[Changed], out: &mut dyn Write) -> io::Result<()> {
    let planned = |one| {
        let Changed { client, told, .. }: &Changed = one;
        Planned { client: client.id, called: called(client).to_string(), changes: told }
    };
    output::json(out, &changed.iter().map(planned).collect::<Vec<_>>())
}

fn text(changed: &[Changed], meant: usize, out: &mut dyn Write) -> io::Result<()> {
    if meant == 0 {
        return writeln!(out, "the site has no such clients");
    }
    for one in changed {
        writeln!(out, "{:>6}  {}: {}", one.client.id, readable(&called(&one.client)), one.told.join(", "))?;
    }
    match meant - changed.len() {
        0 => Ok(()),
        same => writeln!(out, "{same} are so already"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_refused_that_the_site_would_not_take() {
        assert_eq!("tag=".parse(), Ok(Setting { key: Key::Tag, value: String::new() }));
        assert_eq!("comments=a=b".parse(), Ok(Setting { key: Key::Comments, value: "a=b".into() }));
        for wrong in ["tag", "colour=red", "name=", "group=", &format!("tag={}", "x".repeat(65))] {
            assert!(wrong.parse::<Setting>().is_err(), "{wrong}");
        }
    }
}
