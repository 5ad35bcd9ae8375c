//! Which record of the site is which host's? By several names, of which none is unique. Pure.
//!
//! A record has the computer's name, its whole name and its private address; a host has a name in the inventory and a
//! name or address to connect to. Each record is looked up once in an index of the hosts, as its page comes.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;

use crate::model::{Connection, JumpClient, Known, Matched, RecordState};

/// Windows cuts a computer's NetBIOS name here.
const NETBIOS: usize = 15;

/// The hosts of a plan by all that records may know them by.
#[derive(Debug, Default)]
pub struct Roster {
    hosts: Vec<Identity>,
    whole: HashMap<String, Vec<u32>>,
    short: HashMap<String, Vec<u32>>,
    addresses: HashMap<IpAddr, Vec<u32>>,
}

#[derive(Debug)]
struct Identity {
    /// Names with a domain, in lower case.
    whole: Vec<String>,
    address: Option<IpAddr>,
}

/// What a record may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The hosts' places; more than one where they cannot be told apart.
    pub places: Vec<u32>,
    /// By what.
    pub matched: Matched,
}

impl Roster {
    /// The hosts in their order: each one's name in the inventory, and the name or address to connect to.
    pub fn of<'a>(hosts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut roster = Self::default();
        for (place, (name, address)) in (0..).zip(hosts) {
            roster.add(place, [name, address]);
        }
        roster
    }

    fn add(&mut self, place: u32, names: [&str; 2]) {
        let mut identity = Identity { whole: Vec::new(), address: None };
        for name in names {
            let name = plain(name);
            match name.parse::<IpAddr>() {
                // Whoever connects to himself goes through a tunnel, as all others do.
                Ok(address) if address.is_loopback() || address.is_unspecified() => {}
                Ok(address) => identity.address = Some(address),
                Err(_) => {
                    enter(&mut self.short, cut(first(&name)).to_owned(), place);
                    if name.contains('.') {
                        enter(&mut self.whole, name.clone(), place);
                        identity.whole.push(name);
                    }
                }
            }
        }
        if let Some(address) = identity.address {
            enter(&mut self.addresses, address, place);
        }
        self.hosts.push(identity);
    }

    /// Which hosts a record may be, by the surest of its names; none when it is none of them.
    pub fn find(&self, client: &JumpClient) -> Option<Match> {
        let [fqdn, hostname] = [plain(&client.fqdn), plain(&client.hostname)];
        let whole = [&fqdn, &hostname].into_iter().filter(|name| name.contains('.'));
        for name in whole.clone() {
            if let Some(places) = self.whole.get(name) {
                return Some(Match { places: places.clone(), matched: Matched::WholeName });
            }
        }
        let named = if hostname.is_empty() { &fqdn } else { &hostname };
        let key = cut(first(named));
        let places = if key.is_empty() || key == "localhost" { None } else { self.short.get(key) };
        let places = places.map(Vec::as_slice).unwrap_or_default();
        let here = |place: &u32| {
            client.private_ip.is_some() && self.hosts[*place as usize].address == client.private_ip
        };
        let is_elsewhere = |place: &u32| {
            let address = self.hosts[*place as usize].address;
            address.is_some() && client.private_ip.is_some() && address != client.private_ip
        };
        // Another domain is another computer, unless the address says otherwise.
        let is_foreign = |place: &u32| {
            let own = &self.hosts[*place as usize].whole;
            !own.is_empty() && whole.clone().next().is_some()
        };
        let found = |matched: Matched, fits: &dyn Fn(&u32) -> bool| {
            let places: Vec<u32> = places.iter().copied().filter(fits).collect();
            (!places.is_empty()).then_some(Match { places, matched })
        };
        let by_address = || {
            let places = client.private_ip.and_then(|address| self.addresses.get(&address))?;
            Some(Match { places: places.clone(), matched: Matched::Address })
        };
        found(Matched::NameAndAddress, &here)
            .or_else(|| found(Matched::Name, &|place| !is_foreign(place) && !is_elsewhere(place)))
            .or_else(|| found(Matched::NameElsewhere, &|place| !is_foreign(place)))
            .or_else(by_address)
    }
}

/// A name as it is compared: without case, blanks around it and a dot at its end.
fn plain(name: &str) -> String {
    name.trim().trim_end_matches('.').to_lowercase()
}

fn first(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// What NetBIOS leaves of a name. Two hosts that begin alike so far share it, and are not told apart by it.
fn cut(name: &str) -> &str {
    name.char_indices().nth(NETBIOS).map_or(name, |(end, _)| &name[..end])
}

fn enter<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<u32>>, key: K, place: u32) {
    let places = map.entry(key).or_default();
    if places.last() != Some(&place) {
        places.push(place);
    }
}

/// How a record stands: what was uninstalled may be lost as well.
pub fn state(client: &JumpClient) -> RecordState {
    match client {
        JumpClient { connection_type: Connection::Uninstalled, .. } => RecordState::Uninstalled,
        JumpClient { is_lost: true, .. } => RecordState::Lost,
        client if client.is_online() => RecordState::Connected,
        _ => RecordState::Offline,
    }
}

/// The best record of each host of a roster, as their pages come.
#[derive(Debug)]
pub struct Search {
    roster: Roster,
    best: Vec<Option<(Rank, Known)>>,
    seen: u64,
}

/// Surer, then more alive, then by a better name, then younger is better.
type Rank = (bool, Reverse<RecordState>, Reverse<Matched>, Option<jiff::Timestamp>);

impl Search {
    /// Nothing was seen yet.
    pub fn among(roster: Roster) -> Self {
        let best = roster.hosts.iter().map(|_| None).collect();
        Self { roster, best, seen: 0 }
    }

    /// Takes a record into account.
    pub fn take(&mut self, client: &JumpClient) {
        self.seen += 1;
        let Some(found) = self.roster.find(client) else { return };
        let known = Known {
            client: client.id,
            state: state(client),
            matched: found.matched,
            ambiguous: found.places.len() > 1,
            others: Vec::new(),
        };
        let when = client.last_connect_timestamp;
        let rank: Rank = (known.is_sure(), Reverse(known.state), Reverse(known.matched), when);
        for place in found.places {
            let best = &mut self.best[place as usize];
            let Some((before, kept)) = best else {
                *best = Some((rank, known.clone()));
                continue;
            };
            let mut others = std::mem::take(&mut kept.others);
            let is_better = rank > *before;
            let loser = if is_better { &*kept } else { &known };
            if loser.is_sure() {
                others.push(loser.client);
            }
            if is_better {
                *best = Some((rank, known.clone()));
            }
            if let Some((_, kept)) = best {
                kept.others = others;
            }
        }
    }

    /// How many records there were, and each host's best.
    pub fn end(self) -> (u64, Vec<Option<Known>>) {
        (self.seen, self.best.into_iter().map(|best| best.map(|(_, known)| known)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(hostname: &str, fqdn: &str, address: &str) -> JumpClient {
        let text = format!(
            "{{\"id\":1,\"jump_group_id\":1,\"hostname\":\"{hostname}\",\"fqdn\":\"{fqdn}\",\"private_ip\":\"{address}\"}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_record_is_found_by_the_surest_of_its_names() {
        let roster = Roster::of([
            ("web1", "10.0.0.1"),
            ("web2.a.example", "web2.a.example"),
            ("a-long-computer-name", "10.0.0.3"),
            ("plain", "plain"),
            ("tunnel", "127.0.0.1"),
        ]);
        let found = |hostname, fqdn, address| {
            roster.find(&client(hostname, fqdn, address)).map(|found| (found.places, found.matched))
        };
        let one = |place, matched| Some((vec![place], matched));
        assert_eq!(found("WEB1", "web1.b.example", "10.0.0.1"), one(0, Matched::NameAndAddress));
        assert_eq!(found("web1", "", ""), one(0, Matched::Name));
        assert_eq!(found("web1", "", "10.9.9.9"), one(0, Matched::NameElsewhere));
        assert_eq!(found("web2", "WEB2.a.example.", "10.9.9.9"), one(1, Matched::WholeName));
        assert_eq!(found("web2", "web2.b.example", ""), None, "another domain is another computer");
        assert_eq!(found("A-LONG-COMPUTER", "", "10.0.0.3"), one(2, Matched::NameAndAddress));
        assert_eq!(found("other", "", "10.0.0.1"), one(0, Matched::Address));
        assert_eq!(found("plain", "plain.c.example", "10.7.7.7"), one(3, Matched::Name));
        assert_eq!(found("x", "", "127.0.0.1"), None, "a tunnel's end is nobody's address");
        assert_eq!(found("", "", ""), None);
        assert_eq!(found("localhost", "localhost.localdomain", ""), None);
    }

    #[test]
    fn hosts_that_cannot_be_told_apart_are_all_told() {
        let roster = Roster::of([("web1.a.example", "10.0.0.1"), ("web1.b.example", "10.0.0.2")]);
        let found = |address| roster.find(&client("web1", "web1", address)).map(|found| found.places);
        assert_eq!(found(""), Some(vec![0, 1]));
        assert_eq!(found("10.0.0.2"), Some(vec![1]));
    }

    #[test]
    fn of_several_records_the_surest_and_most_alive_one_is_the_hosts() {
        let at = |id, more: &str| {
            let text = format!("{{\"id\":{id},\"jump_group_id\":1,\"hostname\":\"web1\"{more}}}");
            serde_json::from_str::<JumpClient>(&text).unwrap()
        };
        let online = ",\"last_connect_timestamp\":\"2026-01-01T00:00:00+00:00\"";
        let records = [
            at(1, ",\"connection_type\":\"uninstalled\""),
            at(2, online),
            at(3, ",\"is_lost\":true"),
            at(4, ""),
            at(5, ",\"private_ip\":\"10.0.0.9\",\"is_lost\":true"),
        ];
        let mut search = Search::among(Roster::of([("web1", "10.0.0.1"), ("web2", "10.0.0.2")]));
        records.iter().for_each(|record| search.take(record));
        let (seen, known) = search.end();
        assert_eq!((seen, &known[1]), (5, &None));
        let known = known[0].as_ref().unwrap();
        assert_eq!((known.client, known.state, known.is_client()), (2, RecordState::Connected, true));
        let mut others = known.others.clone();
        others.sort_unstable();
        assert_eq!(others, [1, 3, 4], "5 is not surely its");
    }
}
