//! Which records are of one computer, and which of them is the one that counts?
//!
//! What the site identifies is one computer's. Elsewhere only names and addresses tell, and identical shops behind routers
//! have the same of both: records count as one computer's only where nothing that they tell speaks against it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use jiff::Timestamp;

use crate::model::{JumpClient, Presence};

/// Records of one computer: the one that counts, and the others with the newest first.
#[derive(Debug, Clone)]
pub struct Same {
    /// By what they are known to be of one computer.
    pub known_by: String,
    /// The record that stays.
    pub survivor: JumpClient,
    /// The others.
    pub others: Vec<JumpClient>,
}

/// What the site itself tells of a record.
#[derive(Debug, Clone)]
pub struct Identified {
    /// What identifies the computer; what is empty identifies none.
    pub system: String,
    /// When the client was installed.
    pub installed: Option<Timestamp>,
}

/// Records that may be of one computer, of which nobody knows.
#[derive(Debug, Clone)]
pub struct Resembling {
    /// What they have in common.
    pub known_by: String,
    /// What speaks against it.
    pub why: &'static str,
    /// They, with the one that would count first.
    pub records: Vec<JumpClient>,
}

/// What records without a word of the site tell.
#[derive(Debug, Clone, Default)]
pub struct Alike {
    /// Those that are surely of one computer.
    pub same: Vec<Same>,
    /// Those that may be.
    pub resembling: Vec<Resembling>,
}

/// Groups the records that the site identifies, in one Jump Group, and leaves out the others.
///
/// Records in different groups may be copies that somebody wants.
pub fn identified(records: Vec<JumpClient>, known: &BTreeMap<u32, Identified>) -> Vec<Same> {
    let mut groups: BTreeMap<(&str, u32), Vec<JumpClient>> = BTreeMap::new();
    for record in records {
        if let Some(one) = known.get(&record.id).filter(|one| !one.system.trim().is_empty()) {
            groups.entry((&one.system, record.jump_group_id)).or_default().push(record);
        }
    }
    let installed = |record: &JumpClient| known.get(&record.id).and_then(|one| one.installed);
    let groups = groups.into_iter().filter(|(_, records)| records.len() > 1);
    groups.filter_map(|((system, _), records)| same(system.to_owned(), records, &installed)).collect()
}

/// What records of one Jump Group have in common that may be of one computer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kin {
    /// The whole name.
    Whole(String, u32),
    /// The first part of the name and the computer's own address.
    Short(String, IpAddr, u32),
}

/// Compares records by what computers tell of themselves, in one Jump Group: records in different groups may be copies
/// that somebody wants.
///
/// Of one computer are those that tell the same whole name, or the same name and own address, if they were also seen at one
/// address, have the same own one, and were never connected at the same time.
pub fn alike(records: Vec<JumpClient>) -> Alike {
    let mut found = Alike::default();
    let families = families(records).into_iter().filter(|(_, records)| records.len() > 1);
    for (kin, records) in families {
        let known_by = match kin {
            Kin::Whole(name, _) => name,
            Kin::Short(name, address, _) => format!("{name}, {address}"),
        };
        let (same, left) = apart(&known_by, records);
        if left.len() > 1 {
            let why = why(&left);
            found.resembling.push(Resembling { known_by, why, records: ranked(left, &|_| None) });
        }
        found.same.extend(same);
    }
    found
        .same
        .sort_by(|one, other| (&one.known_by, one.survivor.id).cmp(&(&other.known_by, other.survivor.id)));
    found
}

/// Records that have a name in common; one without a domain belongs to the whole name at its own address, if there is one.
fn families(records: Vec<JumpClient>) -> BTreeMap<Kin, Vec<JumpClient>> {
    let mut families: BTreeMap<Kin, Vec<JumpClient>> = BTreeMap::new();
    let mut wholes: HashMap<Kin, Option<Kin>> = HashMap::new();
    let mut short = Vec::new();
    for record in records {
        let Some(name) = whole(&record) else {
            short.push(record);
            continue;
        };
        let kin = Kin::Whole(name.clone(), record.jump_group_id);
        let first = name.split('.').next().unwrap_or_default().to_owned();
        if let Some(address) = record.private_ip {
            let at = Kin::Short(first, address, record.jump_group_id);
            let known = wholes.entry(at).or_insert_with(|| Some(kin.clone()));
            // Of two whole names it may be either.
            *known = known.take().filter(|known| *known == kin);
        }
        families.entry(kin).or_default().push(record);
    }
    for record in short {
        let name = plain(&record.hostname);
        let name = if name.is_empty() { plain(&record.fqdn) } else { name };
        let name = name.split('.').next().unwrap_or_default().to_owned();
        let Some(address) = record.private_ip.filter(|_| !name.is_empty()) else { continue };
        let kin = Kin::Short(name, address, record.jump_group_id);
        let kin = wholes.get(&kin).cloned().flatten().unwrap_or(kin);
        families.entry(kin).or_default().push(record);
    }
    families
}

/// The name with a domain that a record tells, if it tells more than that the computer is at home.
fn whole(record: &JumpClient) -> Option<String> {
    // Many a computer is `raspberrypi.local` or `localhost.localdomain`: such a name tells nothing without an address.
    let is_local = |name: &str| {
        let end = name.rsplit('.').next().unwrap_or_default();
        name.starts_with("localhost")
            || ["local", "localdomain", "lan", "home", "internal", "box"].contains(&end)
            || name.ends_with(".home.arpa")
    };
    let is_whole = |name: &String| name.contains('.') && name.parse::<IpAddr>().is_err() && !is_local(name);
    [&record.fqdn, &record.hostname].into_iter().map(|name| plain(name)).find(is_whole)
}

fn plain(name: &str) -> String {
    name.trim().trim_end_matches('.').to_lowercase()
}

/// Tells those that are surely of one computer from the others; of each computer the one that counts is among these too.
fn apart(known_by: &str, records: Vec<JumpClient>) -> (Vec<Same>, Vec<JumpClient>) {
    let mut places: BTreeMap<(IpAddr, IpAddr), Vec<JumpClient>> = BTreeMap::new();
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for record in records {
        match record.private_ip.zip(record.public_ip) {
            Some(place) => places.entry(place).or_default().push(record),
            None => left.push(record),
        }
    }
    for records in places.into_values() {
        if records.len() > 1 && !were_there_at_once(&records) {
            let one = same(known_by.to_owned(), records, &|_| None);
            left.extend(one.iter().map(|one| one.survivor.clone()));
            found.extend(one);
        } else {
            left.extend(records);
        }
    }
    (found, left)
}

/// Whether two of these clients were connected at the same time, as one computer's hardly are when it is set up anew, or
/// may have been, as one of their times is not understood.
fn were_there_at_once(records: &[JumpClient]) -> bool {
    if records.iter().any(JumpClient::has_unclear_time) {
        return true;
    }
    let mut times: Vec<(Timestamp, Timestamp)> = records.iter().filter_map(connected).collect();
    times.sort_unstable();
    let mut last = None;
    times.into_iter().any(|(came, went)| {
        let is_there = last.is_some_and(|last| came < last);
        last = last.max(Some(went));
        is_there
    })
}

/// From when until when a client was connected last; one that is there is without an end.
fn connected(record: &JumpClient) -> Option<(Timestamp, Timestamp)> {
    let came = record.last_connect_timestamp.at()?;
    let went = record.last_disconnect_timestamp.at().unwrap_or(came).max(came);
    Some((came, if record.is_online() { Timestamp::MAX } else { went }))
}

/// What speaks against it that they are of one computer.
fn why(records: &[JumpClient]) -> &'static str {
    let places: Vec<_> = records.iter().map(|record| record.private_ip.zip(record.public_ip)).collect();
    match places.first() {
        _ if places.contains(&None) => "not all of their addresses are known",
        _ if records.iter().any(JumpClient::has_unclear_time) => "a time of theirs cannot be understood",
        Some(first) if places.iter().all(|place| place == first) => {
            "two of them were connected at the same time"
        }
        _ => "their addresses differ",
    }
}

/// The vendor's rule, but for what is connected now, which stays before all others however long ago it connected: the one
/// that connected last stays, and of several the one installed last; what was removed on the host counts only where
/// nothing else is left.
fn same(
    known_by: String,
    records: Vec<JumpClient>,
    installed: &dyn Fn(&JumpClient) -> Option<Timestamp>,
) -> Option<Same> {
    let mut others = ranked(records, installed);
    if others.is_empty() {
        return None;
    }
    Some(Same { known_by, survivor: others.remove(0), others })
}

/// Records with the one that counts first.
fn ranked(
    mut records: Vec<JumpClient>,
    installed: &dyn Fn(&JumpClient) -> Option<Timestamp>,
) -> Vec<JumpClient> {
    records.sort_by_key(|record| {
        let presence = record.presence();
        let (is_installed, is_online) = (presence != Presence::Uninstalled, presence == Presence::Online);
        // Numbers grow: without a word of when it was installed, the greatest is the newest.
        Reverse((is_installed, is_online, record.last_connect_timestamp.at(), installed(record), record.id))
    });
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Moment;

    /// A record that was connected on this day of January and for an hour, seen at 198.51.100.1.
    fn record(id: u32, fqdn: &str, ip: &str, day: u32, more: &str) -> JumpClient {
        let hostname = fqdn.split('.').next().unwrap_or_default();
        let at = |hour| format!("2026-01-{day:02}T{hour:02}:00:00+00:00");
        let text = format!(
            "{{\"id\":{id},\"jump_group_id\":1,\"hostname\":\"{hostname}\",\"fqdn\":\"{fqdn}\",\"private_ip\":\"{ip}\",\
             \"public_ip\":\"198.51.100.1\",\"last_connect_timestamp\":\"{}\",\
             \"last_disconnect_timestamp\":\"{}\"{more}}}",
            at(1),
            at(2)
        );
        serde_json::from_str(&text).unwrap()
    }

    /// The same, seen at another address.
    fn seen_at(public: &str, mut record: JumpClient) -> JumpClient {
        record.public_ip = public.parse().ok();
        record
    }

    /// The same, connected until then or until now.
    fn until(gone: Option<&str>, mut record: JumpClient) -> JumpClient {
        record.last_disconnect_timestamp =
            gone.map_or(Moment::Never, |gone| Moment::At(gone.parse().unwrap()));
        record
    }

    fn ids(same: &[Same]) -> Vec<(u32, Vec<u32>)> {
        same.iter().map(|one| (one.survivor.id, one.others.iter().map(|other| other.id).collect())).collect()
    }

    fn surely(records: Vec<JumpClient>) -> Vec<(u32, Vec<u32>)> {
        let found = alike(records);
        assert_eq!(found.resembling.len(), 0, "{:?}", found.resembling);
        ids(&found.same)
    }

    /// Which records may be of one computer, and what speaks against it; none of them surely is.
    fn perhaps(records: Vec<JumpClient>) -> Vec<(Vec<u32>, &'static str)> {
        let found = alike(records);
        assert_eq!(ids(&found.same), []);
        let ids = |one: &Resembling| one.records.iter().map(|record| record.id).collect();
        found.resembling.iter().map(|one| (ids(one), one.why)).collect()
    }

    const DIFFER: &str = "their addresses differ";
    const AT_ONCE: &str = "two of them were connected at the same time";
    const UNKNOWN: &str = "not all of their addresses are known";

    #[test]
    fn the_one_that_connected_last_stays_however_its_time_is_written() {
        let mut third = record(3, "web1.example", "10.0.0.1", 10, "");
        third.last_connect_timestamp = Moment::At("2026-01-10T01:00:00+02:00".parse().unwrap());
        third.last_disconnect_timestamp = Moment::At("2026-01-10T02:00:00+02:00".parse().unwrap());
        let found = surely(vec![
            record(1, "web1.example", "10.0.0.1", 9, ""),
            record(2, "WEB1.example.", "10.0.0.1", 10, ""),
            third,
            record(4, "web2.example", "10.0.0.1", 10, ""),
        ]);
        assert_eq!(found, [(2, vec![3, 1])]);
    }

    #[test]
    fn shops_behind_routers_with_the_same_names_and_addresses_are_not_one_computer() {
        let shop =
            |id: u32, day| seen_at(&format!("203.0.113.{id}"), record(id, "pos1", "192.168.1.10", day, ""));
        assert_eq!(perhaps(vec![shop(1, 1), shop(2, 2), shop(3, 3)]), [(vec![3, 2, 1], DIFFER)]);
        let mut unseen = shop(2, 2);
        unseen.public_ip = None;
        assert_eq!(perhaps(vec![shop(1, 1), unseen]), [(vec![2, 1], UNKNOWN)]);
    }

    #[test]
    fn a_whole_name_is_nothing_without_an_address() {
        let pc = |id, ip: &str, day| record(id, "pc1.example", ip, day, "");
        assert_eq!(perhaps(vec![pc(1, "10.0.0.1", 1), pc(2, "10.0.0.2", 2)]), [(vec![2, 1], DIFFER)]);
        assert_eq!(perhaps(vec![pc(1, "", 1), pc(2, "", 2)]), [(vec![2, 1], UNKNOWN)]);
        // Another computer of that name does not keep a double from being found.
        let found = alike(vec![pc(1, "10.0.0.1", 1), pc(2, "10.0.0.2", 2), pc(3, "10.0.0.1", 3)]);
        assert_eq!(ids(&found.same), [(3, vec![1])]);
        let left: Vec<u32> = found.resembling[0].records.iter().map(|record| record.id).collect();
        assert_eq!((left, found.resembling[0].why), (vec![3, 2], DIFFER));
    }

    #[test]
    fn clients_that_were_connected_at_the_same_time_are_not_surely_one_computers() {
        let pc = |id, day| record(id, "pc1.example", "10.0.0.1", day, "");
        let long = |gone| until(gone, pc(1, 1));
        let (within, before) = (Some("2026-01-05T01:30:00Z"), Some("2026-01-05T01:00:00Z"));
        assert_eq!(perhaps(vec![long(within), pc(2, 5)]), [(vec![2, 1], AT_ONCE)]);
        assert_eq!(surely(vec![long(before), pc(2, 5)]), [(2, vec![1])], "the one came as the other went");
        // What is connected since then was when the other one came.
        assert_eq!(perhaps(vec![long(None), pc(2, 5)]), [(vec![1, 2], AT_ONCE)]);
        assert_eq!(perhaps(vec![long(within), pc(2, 2), pc(3, 5)]), [(vec![3, 2, 1], AT_ONCE)]);
        assert_eq!(perhaps(vec![long(None), until(None, pc(2, 5))]), [(vec![2, 1], AT_ONCE)]);
    }

    #[test]
    fn what_is_connected_stays_before_what_connected_later_and_went() {
        let records =
            vec![until(None, record(1, "web1.example", "", 1, "")), record(2, "web1.example", "", 30, "")];
        let one = || Identified { system: "x".into(), installed: None };
        assert_eq!(ids(&identified(records, &BTreeMap::from([(1, one()), (2, one())]))), [(1, vec![2])]);
    }

    #[test]
    fn a_name_that_many_computers_have_needs_the_same_address() {
        for name in ["raspberrypi.local", "raspberrypi.fritz.box", "raspberrypi.home.arpa", "raspberrypi"] {
            let at = |id, ip: &str, day| record(id, name, ip, day, "");
            assert_eq!(perhaps(vec![at(1, "10.0.0.1", 1), at(2, "10.0.0.2", 2), at(3, "", 3)]), [], "{name}");
            assert_eq!(surely(vec![at(1, "10.0.0.1", 1), at(2, "10.0.0.1", 2)]), [(2, vec![1])], "{name}");
        }
    }

    #[test]
    fn short_names_need_the_same_address_and_group() {
        let gone = ",\"connection_type\":\"uninstalled\"";
        let mut elsewhere = record(5, "pc", "10.0.0.1", 10, "");
        elsewhere.jump_group_id = 2;
        let found = surely(vec![
            record(1, "pc", "10.0.0.1", 9, ""),
            record(2, "pc", "10.0.0.2", 9, ""),
            record(3, "pc", "10.0.0.1", 10, gone),
            record(4, "", "10.0.0.1", 9, ""),
            elsewhere,
        ]);
        assert_eq!(found, [(1, vec![3])], "what was removed does not go before what is there");
    }

    #[test]
    fn a_name_without_a_domain_belongs_to_the_whole_name_at_its_address() {
        let named = |id, name, day| record(id, name, "10.0.0.1", day, "");
        assert_eq!(surely(vec![named(1, "web1", 1), named(2, "web1.example.org", 2)]), [(2, vec![1])]);
        let both = vec![until(None, named(1, "web1", 1)), until(None, named(2, "web1.example.org", 2))];
        assert_eq!(perhaps(both), [(vec![2, 1], AT_ONCE)]);
        let either = vec![named(1, "web1", 1), named(2, "web1.a.example", 2), named(3, "web1.b.example", 3)];
        assert_eq!(perhaps(either), [], "it may be either's, and is nobody's");
    }

    #[test]
    fn what_the_site_identifies_goes_by_when_it_was_installed_too() {
        let one = |system: &str, hour: u32| Identified {
            system: system.into(),
            installed: format!("2026-01-01T{hour:02}:00:00Z").parse().ok(),
        };
        let known = BTreeMap::from([(1, one("x", 2)), (2, one("x", 1)), (3, one("y", 1)), (9, one("y", 1))]);
        let records = [1, 2, 3, 4].map(|id| record(id, "other", "", 9, ""));
        assert_eq!(ids(&identified(records.into(), &known)), [(1, vec![2])]);
    }

    #[test]
    fn records_with_a_time_that_nobody_understands_are_not_surely_one_computers() {
        let mut unclear = record(1, "web1.example", "10.0.0.1", 9, "");
        unclear.last_connect_timestamp = Moment::Unclear("soon".into());
        let found = alike(vec![unclear, record(2, "web1.example", "10.0.0.1", 10, "")]);
        assert_eq!((ids(&found.same), found.resembling.len()), (vec![], 1));
        assert_eq!(found.resembling[0].why, "a time of theirs cannot be understood");
    }

    #[test]
    fn records_that_nothing_identifies_are_not_one_computers() {
        let one = |system: &str| Identified { system: system.into(), installed: None };
        let known = BTreeMap::from([(1, one("")), (2, one("")), (3, one(" ")), (4, one(" "))]);
        let records = (1..=4).map(|id| record(id, "pc", "", 9, "")).collect();
        assert_eq!(ids(&identified(records, &known)), []);
    }

    #[test]
    fn a_copy_in_another_group_is_no_duplicate_whatever_the_site_identifies() {
        let known = (1..=4).map(|id| (id, Identified { system: "x".into(), installed: None })).collect();
        let mut records: Vec<JumpClient> = (1..=4).map(|id| record(id, "pc", "", 9, "")).collect();
        records[1].jump_group_id = 2;
        records[3].jump_group_id = 2;
        assert_eq!(ids(&identified(records.clone(), &known)), [(3, vec![1]), (4, vec![2])]);
        records.truncate(2);
        assert_eq!(ids(&identified(records, &known)), []);
    }
}
