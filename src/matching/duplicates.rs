//! Which records are of one computer, and which of them is the one that counts?

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
    /// What identifies the computer.
    pub system: String,
    /// When the client was installed.
    pub installed: Option<Timestamp>,
}

/// What makes records without a word of the site one computer's.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    /// The whole name, in one Jump Group.
    Whole(String, u32),
    /// The name and the address, in one Jump Group.
    Name(String, IpAddr, u32),
}

/// Groups the records that the site identifies, in one Jump Group, and leaves out the others.
///
/// Records in different groups may be copies that somebody wants.
pub fn identified(records: Vec<JumpClient>, known: &BTreeMap<u32, Identified>) -> Vec<Same> {
    let mut groups: BTreeMap<(&str, u32), Vec<JumpClient>> = BTreeMap::new();
    for record in records {
        if let Some(one) = known.get(&record.id) {
            groups.entry((&one.system, record.jump_group_id)).or_default().push(record);
        }
    }
    let installed = |record: &JumpClient| known.get(&record.id).and_then(|one| one.installed);
    let groups = groups.into_iter().filter(|(_, records)| records.len() > 1);
    groups.filter_map(|((system, _), records)| same(system.to_owned(), records, &installed)).collect()
}

/// Groups records by what computers tell of themselves: the whole name, or else name and address, in one Jump Group.
///
/// Records in different groups may be copies that somebody wants.
pub fn alike(records: Vec<JumpClient>) -> Vec<Same> {
    let mut groups: HashMap<Key, Vec<JumpClient>> = HashMap::new();
    for record in records {
        if let Some(key) = key(&record) {
            groups.entry(key).or_default().push(record);
        }
    }
    let groups = groups.into_iter().filter(|(_, records)| records.len() > 1);
    let known_by = |key: &Key| match key {
        Key::Whole(name, _) => name.clone(),
        Key::Name(name, address, _) => format!("{name}, {address}"),
    };
    let mut found: Vec<Same> =
        groups.filter_map(|(key, records)| same(known_by(&key), records, &|_| None)).collect();
    found.sort_by(|one, other| (&one.known_by, one.survivor.id).cmp(&(&other.known_by, other.survivor.id)));
    found
}

fn key(record: &JumpClient) -> Option<Key> {
    let plain = |name: &str| name.trim().trim_end_matches('.').to_lowercase();
    let (whole, short) = (plain(&record.fqdn), plain(&record.hostname));
    let group = record.jump_group_id;
    // Many a computer is `raspberrypi.local` or `localhost.localdomain`: such a name tells nothing without an address.
    let is_local = |name: &str| {
        let end = name.rsplit('.').next().unwrap_or_default();
        name.starts_with("localhost") || ["local", "localdomain", "lan", "home", "internal"].contains(&end)
    };
    let is_whole = |name: &&String| name.contains('.') && name.parse::<IpAddr>().is_err() && !is_local(name);
    if let Some(name) = [&whole, &short].into_iter().find(is_whole) {
        return Some(Key::Whole(name.clone(), group));
    }
    let address = record.private_ip.filter(|_| !short.is_empty())?;
    Some(Key::Name(short, address, group))
}

/// The vendor's rule, but for what is connected now, which stays before all others however long ago it connected: the one
/// that connected last stays, and of several the one installed last; what was removed on the host counts only where
/// nothing else is left.
fn same(
    known_by: String,
    mut records: Vec<JumpClient>,
    installed: &dyn Fn(&JumpClient) -> Option<Timestamp>,
) -> Option<Same> {
    records.sort_by_key(|record| {
        let presence = record.presence();
        let (is_installed, is_online) = (presence != Presence::Uninstalled, presence == Presence::Online);
        // Numbers grow: without a word of when it was installed, the greatest is the newest.
        (is_installed, is_online, record.last_connect_timestamp, installed(record), record.id)
    });
    let survivor = records.pop()?;
    records.reverse();
    Some(Same { known_by, survivor, others: records })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u32, fqdn: &str, ip: &str, connected: &str, more: &str) -> JumpClient {
        let hostname = fqdn.split('.').next().unwrap_or_default();
        let text = format!(
            "{{\"id\":{id},\"jump_group_id\":1,\"hostname\":\"{hostname}\",\"fqdn\":\"{fqdn}\",\"private_ip\":\"{ip}\",\
             \"last_connect_timestamp\":\"{connected}\"{more}}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    fn ids(same: &[Same]) -> Vec<(u32, Vec<u32>)> {
        same.iter().map(|one| (one.survivor.id, one.others.iter().map(|other| other.id).collect())).collect()
    }

    #[test]
    fn the_one_that_connected_last_stays_however_its_time_is_written() {
        let found = alike(vec![
            record(1, "web1.example", "", "2026-01-09T00:00:00+00:00", ""),
            record(2, "WEB1.example.", "", "2026-01-10T00:00:00+00:00", ""),
            record(3, "web1.example", "", "2026-01-10T01:00:00+02:00", ""),
            record(4, "web2.example", "", "2026-01-10T00:00:00+00:00", ""),
        ]);
        assert_eq!(ids(&found), [(2, vec![3, 1])]);
    }

    #[test]
    fn what_is_connected_stays_before_what_connected_later_and_went() {
        let gone = ",\"last_disconnect_timestamp\":\"2026-01-31T00:00:00+00:00\"";
        let records = || {
            vec![
                record(1, "web1.example", "", "2026-01-01T00:00:00+00:00", ""),
                record(2, "web1.example", "", "2026-01-30T00:00:00+00:00", gone),
            ]
        };
        assert_eq!(ids(&alike(records())), [(1, vec![2])]);
        let one = || Identified { system: "x".into(), installed: None };
        assert_eq!(ids(&identified(records(), &BTreeMap::from([(1, one()), (2, one())]))), [(1, vec![2])]);
    }

    #[test]
    fn a_name_that_many_computers_have_needs_the_same_address() {
        let at = |id, ip: &str| record(id, "raspberrypi.local", ip, "2026-01-09T00:00:00+00:00", "");
        assert_eq!(ids(&alike(vec![at(1, "10.0.0.1"), at(2, "10.0.0.2"), at(3, "")])), []);
        assert_eq!(ids(&alike(vec![at(1, "10.0.0.1"), at(2, "10.0.0.1")])), [(2, vec![1])]);
    }

    #[test]
    fn short_names_need_the_same_address_and_group() {
        let gone = ",\"connection_type\":\"uninstalled\"";
        let at = "2026-01-09T00:00:00+00:00";
        let later = "2026-01-10T00:00:00+00:00";
        let mut elsewhere = record(5, "pc", "10.0.0.1", later, "");
        elsewhere.jump_group_id = 2;
        let found = alike(vec![
            record(1, "pc", "10.0.0.1", at, ""),
            record(2, "pc", "10.0.0.2", at, ""),
            record(3, "pc", "10.0.0.1", later, gone),
            record(4, "", "10.0.0.1", at, ""),
            elsewhere,
        ]);
        assert_eq!(ids(&found), [(1, vec![3])], "what was removed does not go before what is there");
    }

    #[test]
    fn what_the_site_identifies_goes_by_when_it_was_installed_too() {
        let at = "2026-01-09T00:00:00+00:00";
        let one = |system: &str, hour: u32| Identified {
            system: system.into(),
            installed: format!("2026-01-01T{hour:02}:00:00Z").parse().ok(),
        };
        let known = BTreeMap::from([(1, one("x", 2)), (2, one("x", 1)), (3, one("y", 1)), (9, one("y", 1))]);
        let records = [1, 2, 3, 4].map(|id| record(id, "other", "", at, ""));
        assert_eq!(ids(&identified(records.into(), &known)), [(1, vec![2])]);
    }

    #[test]
    fn a_copy_in_another_group_is_no_duplicate_whatever_the_site_identifies() {
        let known = (1..=4).map(|id| (id, Identified { system: "x".into(), installed: None })).collect();
        let mut records: Vec<JumpClient> = (1..=4).map(|id| record(id, "pc", "", "", "")).collect();
        records[1].jump_group_id = 2;
        records[3].jump_group_id = 2;
        assert_eq!(ids(&identified(records.clone(), &known)), [(3, vec![1]), (4, vec![2])]);
        records.truncate(2);
        assert_eq!(ids(&identified(records, &known)), []);
    }
}
