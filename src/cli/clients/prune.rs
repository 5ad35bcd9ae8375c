//! Which records does nobody need any more? They are shown first, and looked at once more before they go.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::duplicates;
use super::shown::{self, Shown, Site, line};
use super::work::{Did, Manner, Work};
use crate::appliance::{ApiError, Filter};
use crate::cli::args::Format;
use crate::cli::ask::Question;
use crate::cli::{Problem, Surroundings, care, exit, output};
use crate::model::{JumpClient, Presence, counted};

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
    /// Those of these numbers, such as a report names
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    pub id: Vec<u32>,
    /// Those that were not connected for so long, such as 90d
    #[arg(long, value_name = "TIME", value_parser = care::days)]
    pub unseen_for: Option<Duration>,
}

/// A record that shall go, and why.
#[derive(Debug)]
struct Doomed {
    client: JumpClient,
    why: String,
    /// The record of the same computer that stays, as it stood.
    survivor: Option<(u32, Presence)>,
}

/// A record that would go.
#[derive(Serialize, JsonSchema)]
pub struct Planned<'p> {
    /// The record.
    client: Shown<'p>,
    /// Why it would go.
    why: &'p str,
}

/// `jumpfleet clients prune`
pub fn run(around: &Surroundings, args: &PruneArgs) -> Result<u8, Problem> {
    let site = Site::reach(around)?;
    let Sorted { doomed, connected, doubtful, unclear } = plan(&site, args, around.global.quiet)?;
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
    if unclear > 0 {
        let said = "a time cannot be understood, and nothing goes by them";
        output::say(
            quiet,
            &format!("{unclear} more stay: of their records or of those in their place {said}"),
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
    let asked = format!("Delete {} of {}?", counted(doomed.len(), "record"), site.settings.appliance.site);
    let question = Question { text: &asked, deed: "delete them", declined: "nothing was deleted" };
    let show = |out: &mut dyn Write| text(&doomed, &site, out);
    work.agree(&question, is_json.then_some(&show))?;
    let act = |one: &Doomed| delete(&site, one, args.even_connected);
    work.carry_out(&doomed, |one| &one.client, act)?.end(quiet, "deleted", is_json)
}

/// Deletes a record, unless its client came back since it was looked at, or the one that was to stay is gone.
fn delete(site: &Site, doomed: &Doomed, even_connected: bool) -> Result<Did, ApiError> {
    let planned = &doomed.client;
    if let Some((survivor, stood)) = doomed.survivor {
        let now = ApiError::if_there(site.account.client(survivor))?;
        if let Some(why) = is_no_survivor(planned, stood, now.as_ref()) {
            return Ok(Did::Nothing(why));
        }
    }
    let Some(now) = ApiError::if_there(site.account.client(planned.id))? else { return Ok(Did::GONE) };
    match why_not(planned, &now, even_connected) {
        Some(why) => Ok(Did::Nothing(why)),
        None => Did::of(site.account.delete_client(planned.id)),
    }
}

/// Why a record stays whose computer has another one that was to stay, by what the site says of that one now.
fn is_no_survivor(planned: &JumpClient, stood: Presence, now: Option<&JumpClient>) -> Option<&'static str> {
    let Some(now) = now else { return Some("the record that was to stay is gone") };
    if now.jump_group_id != planned.jump_group_id {
        return Some("the record that was to stay was moved to another group meanwhile");
    }
    // Of records that were all lost, one stays that is lost.
    let is_well = now.presence().is_there() || now.presence() <= stood;
    (!is_well).then_some("the record that was to stay has lost its client meanwhile")
}

/// Why a record stays that was to go, by what the site says of it now.
fn why_not(planned: &JumpClient, now: &JumpClient, even_connected: bool) -> Option<&'static str> {
    if now.last_connect_timestamp != planned.last_connect_timestamp {
        return Some("it has connected meanwhile");
    }
    if now.last_disconnect_timestamp != planned.last_disconnect_timestamp {
        return Some("it was disconnected meanwhile, so that it was connected until then");
    }
    if now.jump_group_id != planned.jump_group_id {
        return Some("it was moved to another group meanwhile");
    }
    if even_connected || !now.may_be_online() {
        None
    } else if now.is_online() {
        Some("it is connected")
    } else {
        Some("it may be connected: a time of its record cannot be understood")
    }
}

/// What came of looking at all records.
#[derive(Default)]
struct Sorted {
    /// Those that shall go, each once.
    doomed: Vec<Doomed>,
    /// How many stay because they are connected.
    connected: usize,
    /// How many stay because nobody knows whether they are of computers that are there twice.
    doubtful: usize,
    /// How many stay because nobody knows when they or those in their place were connected.
    unclear: usize,
}

/// Sorts all records.
fn plan(site: &Site, args: &PruneArgs, quiet: bool) -> Result<Sorted, Problem> {
    let mut found: BTreeMap<u32, Doomed> = BTreeMap::new();
    let mut sorted = Sorted::default();
    let jump_group = args.group.as_ref().map(|code| shown::group(site, code)).transpose()?;
    let filter = Filter { jump_group, ..Filter::default() };
    // Every page is read before anything is deleted: what goes shifts the pages behind it.
    if args.what.duplicates {
        let alike = duplicates::find(site, &filter, quiet)?.1;
        sorted.doubtful = alike.resembling.iter().map(|one| one.records.len()).sum();
        for same in alike.same {
            if same.survivor.has_unclear_time() {
                sorted.unclear += same.others.len();
                continue;
            }
            let why = format!("the same computer as {}", same.survivor.id);
            let survivor = Some((same.survivor.id, same.survivor.presence()));
            found.extend(
                same.others
                    .into_iter()
                    .map(|client| (client.id, Doomed { client, why: why.clone(), survivor })),
            );
        }
    }
    let mut unmet: BTreeSet<u32> = args.what.id.iter().copied().collect();
    if args.what.goes_by_records() {
        let now = Surroundings::now();
        let taken = site.account.clients_of(&filter, |client| {
            unmet.remove(&client.id);
            if let Some(why) = args.what.why(&client, now) {
                // It goes whatever becomes of another one of the same computer.
                found.insert(client.id, Doomed { client, why, survivor: None });
            }
        });
        taken.map_err(|error| crate::cli::appliance::problem(&error))?;
    }
    shown::all_met(&unmet, "nothing was deleted")?;
    for one in found.into_values() {
        let client = &one.client;
        // What the site itself calls lost or uninstalled does not go by its times.
        let goes_by_times = one.survivor.is_some() && client.presence().is_there();
        if client.has_unclear_time() && (goes_by_times || !args.even_connected && client.may_be_online()) {
            sorted.unclear += 1;
        } else if client.is_online() && !args.even_connected {
            sorted.connected += 1;
        } else {
            sorted.doomed.push(one);
        }
    }
    Ok(sorted)
}

impl What {
    /// Whether each record tells by itself whether it shall go.
    fn goes_by_records(&self) -> bool {
        self.lost || self.uninstalled || self.unseen_for.is_some() || !self.id.is_empty()
    }

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
            _ if self.id.contains(&client.id) => Some("asked for".to_owned()),
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

    fn record(came: &str, gone: &str, more: &str) -> JumpClient {
        let text = format!(
            "{{\"id\":1,\"jump_group_id\":1,\"last_connect_timestamp\":\"{came}\",\
             \"last_disconnect_timestamp\":\"{gone}\"{more}}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_record_stays_for_the_reason_that_is_so() {
        let [first, second, third] = ["01", "02", "03"].map(|day| format!("2026-01-{day}T00:00:00+00:00"));
        let planned = record(&first, &second, "");
        for (came, gone, said) in [
            (&first, &second, None),
            (&third, &second, Some("it has connected")),
            (&first, &third, Some("it was disconnected meanwhile")),
            (&third, &third, Some("it has connected")),
        ] {
            let why = why_not(&planned, &record(came, gone, ""), false);
            assert_eq!(why.map(|why| said.is_some_and(|said| why.starts_with(said))), said.map(|_| true));
        }
        let online = record(&first, "", "");
        assert_eq!(why_not(&online, &online, false), Some("it is connected"));
        assert_eq!(why_not(&online, &online, true), None);
        let unclear = record(&first, "then", "");
        assert!(why_not(&unclear, &unclear, false).is_some_and(|why| why.contains("may be connected")));
        assert!(why_not(&unclear, &record(&first, "now", ""), true).is_some());
        let mut moved = record(&first, &second, "");
        moved.jump_group_id = 2;
        assert!(why_not(&planned, &moved, true).is_some_and(|why| why.contains("another group")));
    }

    #[test]
    fn a_record_stays_where_the_one_in_its_place_is_worse_than_it_was() {
        let planned = record("", "", "");
        let (lost, gone) = (",\"is_lost\":true", ",\"connection_type\":\"uninstalled\"");
        let why = |stood, more: &str| is_no_survivor(&planned, stood, Some(&record("", "", more))).is_some();
        assert!(!why(Presence::Offline, "") && !why(Presence::Online, "") && why(Presence::Online, lost));
        assert!(!why(Presence::Lost, lost) && !why(Presence::Lost, "") && why(Presence::Lost, gone));
        assert!(!why(Presence::Uninstalled, gone) && !why(Presence::Uninstalled, lost));
        assert!(is_no_survivor(&planned, Presence::Lost, None).is_some_and(|why| why.ends_with("is gone")));
        let mut moved = planned.clone();
        moved.jump_group_id = 2;
        assert!(is_no_survivor(&planned, Presence::Offline, Some(&moved)).is_some());
    }

    #[test]
    fn a_client_that_went_a_moment_ago_was_seen_a_moment_ago() {
        let what = What {
            duplicates: false,
            lost: false,
            uninstalled: false,
            id: Vec::new(),
            unseen_for: Some(Duration::from_secs(90 * 86_400)),
        };
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let why = |came: &str, gone: &str| what.why(&record(came, gone, ""), now);
        let (old, older, fresh) =
            ("2026-01-02T00:00:00+00:00", "2026-01-01T00:00:00+00:00", "2026-05-31T23:59:00+00:00");
        assert_eq!(why(older, fresh), None, "it was connected for months and reboots now");
        assert_eq!(why(older, old).as_deref(), Some("not connected since 2026-01-02T00:00:00Z"));
        assert_eq!(why(older, ""), None, "it is connected");
        assert_eq!(why("", old), None, "it never connected");
        assert_eq!(why("long ago", old), None, "nobody knows when it connected");
        assert_eq!(why(older, "long ago"), None, "nobody knows when it went");
    }
}
