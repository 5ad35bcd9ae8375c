//! Which records does nobody need any more? They are shown first, and looked at once more before they go.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::duplicates;
use super::shown::{self, Shown, Site, line};
use super::work::{Did, Manner, Tally, Work};
use crate::appliance::{ApiError, Filter};
use crate::cli::args::Format;
use crate::cli::{Problem, Surroundings, care, exit, output};
use crate::model::{JumpClient, Presence};

/// `jumpfleet clients prune`
#[derive(Debug, Args)]
pub struct PruneArgs {
    /// Which records
    #[command(flatten)]
    pub what: What,
    /// Only those in the Jump Group of this code name
    #[arg(long, value_name = "CODE")]
    pub group: Option<String>,
    /// Also delete records whose client is connected; it is removed from its host then
    #[arg(long)]
    pub even_connected: bool,
    /// How it is done
    #[command(flatten)]
    pub manner: Manner,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Which records shall go?
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct What {
    /// Those of computers that are there twice, but for the one that counts
    #[arg(long)]
    pub duplicates: bool,
    /// Those that the site considers lost
    #[arg(long)]
    pub lost: bool,
    /// What is left of clients that were removed on their hosts
    #[arg(long)]
    pub uninstalled: bool,
    /// Those that were not connected for so long, such as 90d
    #[arg(long, value_name = "TIME", value_parser = care::days)]
    pub unseen_for: Option<Duration>,
}

/// A record that shall go, and why.
#[derive(Debug)]
struct Doomed {
    client: JumpClient,
    why: String,
    /// The record of the same computer that stays.
    survivor: Option<u32>,
}

/// A record that would go.
#[derive(Serialize, JsonSchema)]
pub struct Planned<'p> {
    /// The record.
    client: Shown<'p>,
    /// Why it would go.
    why: &'p str,
}

/// What is printed as JSON.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "its schema is what is wanted of it")]
pub enum Document<'p> {
    /// With `--dry-run`: what would go.
    Planned(Vec<Planned<'p>>),
    /// Without it: what came of it.
    Done(Tally),
}

/// `jumpfleet clients prune`
pub fn run(around: &Surroundings, args: &PruneArgs) -> Result<u8, Problem> {
    let site = Site::reach(around)?;
    let Prunable { doomed, connected, doubtful } = plan(&site, args)?;
    let is_json = args.format == Format::Json;
    if args.manner.dry_run || !is_json {
        output::print(|out| if is_json { json(&doomed, &site, out) } else { text(&doomed, &site, out) })?;
    }
    let quiet = around.global.quiet;
    if connected > 0 {
        output::say(
            quiet,
            &format!("{connected} more are connected, and stay; --even-connected takes them too"),
        );
    }
    if doubtful > 0 {
        let what = "records may be of computers that are there twice, and stay: `jumpfleet clients duplicates` shows them";
        output::say(quiet, &format!("{doubtful} {what}"));
    }
    if args.manner.dry_run || doomed.is_empty() && !is_json {
        return Ok(exit::GOOD);
    }
    let work = Work { around, site: &site, kind: "prune", manner: &args.manner };
    let question = format!("Delete {} records of {}?", doomed.len(), site.settings.appliance.site);
    work.agree(&question, "delete them", "nothing was deleted")?;
    let act = |one: &Doomed| delete(&site, one, args.even_connected);
    work.carry_out(&doomed, |one| &one.client, act)?.end(quiet, "deleted", is_json)
}

/// Deletes a record, unless its client came back since it was looked at, or the one that was to stay is gone.
fn delete(site: &Site, doomed: &Doomed, even_connected: bool) -> Result<Did, ApiError> {
    let planned = &doomed.client;
    if let Some(survivor) = doomed.survivor {
        let survivor = ApiError::if_there(site.account.client(survivor))?;
        if survivor.is_none_or(|survivor| !survivor.presence().is_there()) {
            return Ok(Did::Nothing("the record that was to stay is gone"));
        }
    }
    let Some(now) = ApiError::if_there(site.account.client(planned.id))? else { return Ok(Did::GONE) };
    let came_back = now.last_seen() != planned.last_seen();
    if came_back || !even_connected && now.is_online() {
        return Ok(Did::Nothing("it has connected meanwhile"));
    }
    Did::of(site.account.delete_client(planned.id))
}

/// What was found.
struct Prunable {
    /// Everything that shall go, each record once.
    doomed: Vec<Doomed>,
    /// How many are left because they are connected.
    connected: usize,
    /// How many are left because nobody knows whether they are of computers that are there twice.
    doubtful: usize,
}

fn plan(site: &Site, args: &PruneArgs) -> Result<Prunable, Problem> {
    let mut found: BTreeMap<u32, Doomed> = BTreeMap::new();
    let jump_group = args.group.as_ref().map(|code| shown::group(site, code)).transpose()?;
    let filter = Filter { jump_group, ..Filter::default() };
    // Every page is read before anything is deleted: what goes shifts the pages behind it.
    let mut doubtful = 0;
    if args.what.duplicates {
        let alike = duplicates::find(site, &filter)?.1;
        doubtful = alike.resembling.iter().map(|one| one.records.len()).sum();
        for same in alike.same {
            let why = format!("the same computer as {}", same.survivor.id);
            let survivor = Some(same.survivor.id);
            found.extend(
                same.others
                    .into_iter()
                    .map(|client| (client.id, Doomed { client, why: why.clone(), survivor })),
            );
        }
    }
    if args.what.lost || args.what.uninstalled || args.what.unseen_for.is_some() {
        let now = Surroundings::now();
        let taken = site.account.clients_of(&filter, |client| {
            if let Some(why) = args.what.why(&client, now) {
                found.entry(client.id).or_insert(Doomed { client, why, survivor: None });
            }
        });
        taken.map_err(|error| crate::cli::appliance::problem(&error))?;
    }
    let all = found.len();
    found.retain(|_, one| args.even_connected || one.client.presence() != Presence::Online);
    let connected = all - found.len();
    Ok(Prunable { doomed: found.into_values().collect(), connected, doubtful })
}

impl What {
    /// Why a record shall go, if it shall.
    fn why(&self, client: &JumpClient, now: Timestamp) -> Option<String> {
        let presence = client.presence();
        // One that was connected for months and went a minute ago was seen a minute ago.
        let last = client.last_seen();
        let before = |unseen: Duration| now.checked_sub(unseen).ok();
        let is_unseen = self.unseen_for.and_then(before).is_some_and(|limit| {
            // One that never connected has no time to go by.
            presence != Presence::Online && last.is_some_and(|last| last < limit)
        });
        match presence {
            Presence::Lost if self.lost => Some("lost".to_owned()),
            Presence::Uninstalled if self.uninstalled => Some("uninstalled".to_owned()),
            _ => last.filter(|_| is_unseen).map(|last| format!("not connected since {last}")),
        }
    }
}

fn json(doomed: &[Doomed], site: &Site, out: &mut dyn Write) -> io::Result<()> {
    let planned =
        doomed.iter().map(|one| Planned { client: Shown::of(&one.client, &site.codes), why: &one.why });
    output::json(out, &planned.collect::<Vec<_>>())
}

fn text(doomed: &[Doomed], site: &Site, out: &mut dyn Write) -> io::Result<()> {
    if doomed.is_empty() {
        return writeln!(out, "nothing is to be deleted");
    }
    for one in doomed {
        write!(out, "{}: ", one.why)?;
        line(&one.client, &site.codes, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_went_a_moment_ago_was_seen_a_moment_ago() {
        let what = What {
            duplicates: false,
            lost: false,
            uninstalled: false,
            unseen_for: Some(Duration::from_secs(90 * 86_400)),
        };
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let why = |came: &str, gone: &str| {
            let text = format!(
                "{{\"id\":1,\"jump_group_id\":1,\"last_connect_timestamp\":\"{came}\",\
                 \"last_disconnect_timestamp\":\"{gone}\"}}"
            );
            what.why(&serde_json::from_str(&text).unwrap(), now)
        };
        let (old, older, fresh) =
            ("2026-01-02T00:00:00+00:00", "2026-01-01T00:00:00+00:00", "2026-05-31T23:59:00+00:00");
        assert_eq!(why(older, fresh), None, "it was connected for months and reboots now");
        assert_eq!(why(older, old).as_deref(), Some("not connected since 2026-01-02T00:00:00Z"));
        assert_eq!(why(older, ""), None, "it is connected");
        assert_eq!(why("", old), None, "it never connected");
    }
}
