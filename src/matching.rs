//! Which host is a record of? None of its names is unique, so its names, its address and its Jump Group are weighed.
//!
//! A record tells the computer's own `hostname` and `fqdn`, and its own address. The inventory tells how a host is
//! called and reached, which may be the same in another spelling: short or whole, in other case, or cut at the 15
//! characters that Windows keeps of a name.

pub mod drift;
pub mod duplicates;
mod left_out;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use crate::model::{Bystander, JumpClient, Matched, Namesakes, PlannedHost};

pub use left_out::LeftOut;

/// The most characters that Windows keeps of a computer's name (NetBIOS).
const NETBIOS: usize = 15;

/// Hosts are weighed one by one as long as no more than these share a name or an address. A name that more share may be
/// any of theirs; an address, such as a gateway's, says nothing.
const MOST: usize = 64;

/// What is known of a host.
#[derive(Debug, Clone, Copy)]
pub struct Known<'h> {
    /// Its name in the inventory.
    pub name: &'h str,
    /// The name or address it is reached by.
    pub address: &'h str,
    /// The number of the Jump Group that its client is put into, if that is known; it decides between hosts that are
    /// called alike.
    pub jump_group: Option<u32>,
}

impl<'h> From<&'h PlannedHost> for Known<'h> {
    fn from(host: &'h PlannedHost) -> Self {
        Self { name: &host.name, address: &host.address, jump_group: None }
    }
}

impl<'h> From<&'h Bystander> for Known<'h> {
    fn from(host: &'h Bystander) -> Self {
        Self { name: &host.name, address: &host.address, jump_group: None }
    }
}

/// By what a record is known to be of a host, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum By {
    /// By its address alone, though its names are others: the inventory may call it as it likes.
    Address,
    /// By the first part of its name, in another domain than the inventory says.
    OtherDomain,
    /// By the first 15 characters of its name, which are all that Windows keeps, and all that the record tells of it.
    CutName,
    /// By its name without a domain.
    Hostname,
    /// By its name in whatever form, and its address.
    HostnameAndAddress,
    /// By its whole name.
    Fqdn,
}

impl By {
    /// The same as a plan says it.
    fn told(self) -> Matched {
        match self {
            Self::Address => Matched::Address,
            Self::OtherDomain => Matched::NameElsewhere,
            Self::CutName => Matched::CutName,
            Self::Hostname => Matched::Name,
            Self::HostnameAndAddress => Matched::NameAndAddress,
            Self::Fqdn => Matched::WholeName,
        }
    }

    /// How people are told.
    pub fn words(self) -> &'static str {
        match self {
            Self::Address => "by its address alone",
            Self::OtherDomain => "by its host name, in another domain",
            Self::CutName => "by its host name as Windows cuts it",
            Self::Hostname => "by its host name",
            Self::HostnameAndAddress => "by its host name and address",
            Self::Fqdn => "by its whole name",
        }
    }
}

/// Whose record it is; hosts are counted in the order they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Of none of the hosts.
    Nobody,
    /// Of this host.
    One {
        /// Which.
        host: usize,
        /// By what.
        by: By,
    },
    /// Of one of these hosts, and nothing tells of which; a single one shares what is known with hosts that are left out.
    Several(Vec<usize>),
}

/// The hosts, ready to be found.
#[derive(Debug, Default)]
pub struct Hosts {
    known: Vec<Names>,
    by_whole: HashMap<String, Vec<usize>>,
    by_short: HashMap<String, Vec<usize>>,
    by_cut: HashMap<String, Vec<usize>>,
    by_address: HashMap<IpAddr, Vec<usize>>,
    namesakes: HashMap<usize, Namesakes>,
}

/// What a host or a record is called, in small letters.
#[derive(Debug, Default)]
struct Names {
    whole: Vec<String>,
    short: Vec<String>,
    address: Option<IpAddr>,
    jump_group: Option<u32>,
}

impl Names {
    fn of_host(known: Known<'_>) -> Self {
        let mut names = Self { jump_group: known.jump_group, ..Self::default() };
        names.called(known.name);
        names.called(known.address);
        names
    }

    fn of_record(record: &JumpClient) -> Self {
        let mut names = Self { jump_group: Some(record.jump_group_id), ..Self::default() };
        names.called(&record.fqdn);
        // What Windows keeps of a name is no name beside the whole of it.
        if !names.cut().any(|cut| cut == record.hostname.trim().to_lowercase()) {
            names.called(&record.hostname);
        }
        // A computer that is called by a number is not reached by it.
        names.address = record.private_ip;
        names
    }

    fn called(&mut self, text: &str) {
        let name = text.trim().trim_end_matches('.').to_lowercase();
        if let Ok(address) = name.trim_matches(['[', ']']).parse() {
            self.address = Some(address);
            return;
        }
        let short = name.split('.').next().unwrap_or_default().to_owned();
        if short != name && !self.whole.contains(&name) {
            self.whole.push(name);
        }
        if !short.is_empty() && !self.short.contains(&short) {
            self.short.push(short);
        }
    }

    fn cut(&self) -> impl Iterator<Item = String> {
        self.short.iter().filter(|name| name.chars().count() > NETBIOS).map(|name| cut(name))
    }
}

fn cut(name: &str) -> String {
    name.chars().take(NETBIOS).collect()
}

impl Hosts {
    /// Hosts, in the order they are counted.
    pub fn new<'h>(hosts: impl IntoIterator<Item = Known<'h>>) -> Self {
        let mut all = Self::default();
        for (host, known) in hosts.into_iter().enumerate() {
            let names = Names::of_host(known);
            let note = |index: &mut HashMap<String, Vec<usize>>, name: String| {
                index.entry(name).or_default().push(host);
            };
            names.whole.iter().for_each(|name| note(&mut all.by_whole, name.clone()));
            names.short.iter().for_each(|name| note(&mut all.by_short, name.clone()));
            names.cut().for_each(|name| note(&mut all.by_cut, name));
            if let Some(address) = names.address {
                all.by_address.entry(address).or_default().push(host);
            }
            all.known.push(names);
        }
        all
    }

    /// The same with what hosts that are left out have in common with each, in their order.
    #[must_use]
    pub fn beside(mut self, namesakes: impl IntoIterator<Item = Option<Namesakes>>) -> Self {
        let known = namesakes.into_iter().enumerate();
        self.namesakes = known.filter_map(|(host, namesakes)| Some((host, namesakes?))).collect();
        self
    }

    /// Whose record it is.
    pub fn of(&self, record: &JumpClient) -> Match {
        self.find(&Names::of_record(record))
    }

    /// Which host calls itself so.
    pub fn called(&self, name: &str) -> Match {
        let mut names = Names::default();
        names.called(name);
        self.find(&names)
    }

    /// By what a record is the host's for which it was found; a name at another address is less than a name.
    pub fn matched(&self, host: usize, by: By, record: &JumpClient) -> Matched {
        let address = self.known[host].address;
        let is_elsewhere = address.is_some() && record.private_ip.is_some() && address != record.private_ip;
        match by {
            By::Hostname | By::CutName if is_elsewhere => Matched::NameElsewhere,
            by => by.told(),
        }
    }

    /// Whether nothing but an address is known of a host.
    pub fn is_nameless(&self, host: usize) -> bool {
        self.known[host].short.is_empty()
    }

    /// Whether a host is called so, whole or as Windows cuts it, in whatever domain.
    pub fn is_called(&self, host: usize, name: &str) -> bool {
        let (own, mut other) = (&self.known[host], Names::default());
        other.called(name);
        other.short.iter().any(|short| own.short.contains(short) || own.cut().any(|cut| cut == *short))
    }

    /// The short names of a host, in small letters.
    pub fn names(&self, host: usize) -> &[String] {
        &self.known[host].short
    }

    fn find(&self, names: &Names) -> Match {
        let mut best: Option<(By, Vec<usize>)> = None;
        for host in self.candidates(names) {
            let Some(by) = self.known[host].by(names) else { continue };
            match &mut best {
                Some((known, hosts)) if *known == by => hosts.push(host),
                Some((known, _)) if *known > by => {}
                _ => best = Some((by, vec![host])),
            }
        }
        let crowd = self.crowd(names, best.as_ref().map(|(by, _)| *by));
        if !crowd.is_empty() {
            let named = best.filter(|(by, _)| *by > By::Address).map(|(_, hosts)| hosts);
            return Match::Several(
                crowd
                    .into_iter()
                    .chain(named.unwrap_or_default())
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
            );
        }
        let Some((by, hosts)) = best else { return Match::Nobody };
        match self.in_its_group(names, hosts) {
            Ok(host) if self.is_shared(host, by, names) => Match::Several(vec![host]),
            Ok(host) => Match::One { host, by },
            Err(hosts) => Match::Several(hosts),
        }
    }

    /// Every host that has a name or the address in common with the record, once.
    fn candidates(&self, record: &Names) -> HashSet<usize> {
        let whole = record.whole.iter().map(|name| self.by_whole.get(name));
        let found: Vec<_> = whole.flatten().collect();
        if !found.is_empty() {
            return found.into_iter().flatten().copied().collect();
        }
        let short = record.short.iter().map(|name| self.by_short.get(name));
        let cut = record.short.iter().map(|name| self.by_cut.get(name));
        let address = record.address.map(|address| self.by_address.get(&address));
        let shared = short.chain(cut).chain(address).flatten().filter(|hosts| hosts.len() <= MOST);
        shared.flatten().copied().collect()
    }

    /// The hosts of a name that too many have to be weighed, unless something better is known.
    fn crowd(&self, record: &Names, best: Option<By>) -> Vec<usize> {
        let of = |index: &HashMap<String, Vec<usize>>| -> Vec<usize> {
            let hosts = record.short.iter().filter_map(|name| index.get(name));
            hosts.filter(|hosts| hosts.len() > MOST).flatten().copied().collect()
        };
        let short =
            if best.is_none_or(|by| by < By::HostnameAndAddress) { of(&self.by_short) } else { Vec::new() };
        if short.is_empty() && best.is_none_or(|by| by <= By::CutName) { of(&self.by_cut) } else { short }
    }

    /// Whether a host that is left out is known by as much.
    fn is_shared(&self, host: usize, by: By, record: &Names) -> bool {
        let Some(namesakes) = self.namesakes.get(&host) else { return false };
        let is_in = record.jump_group.is_some() && record.jump_group == self.known[host].jump_group;
        let shared = if is_in { namesakes.in_group } else { Some(namesakes.by) };
        shared.is_some_and(|shared| by.told() >= shared)
    }

    /// The only host, or the only one whose client is put into the record's Jump Group; one whose group nobody knows may
    /// be put there as well.
    fn in_its_group(&self, record: &Names, mut hosts: Vec<usize>) -> Result<usize, Vec<usize>> {
        if let [host] = hosts[..] {
            return Ok(host);
        }
        let group = |host: &usize| self.known[*host].jump_group;
        let mut perhaps =
            hosts.iter().filter(|host| group(host).is_none_or(|group| Some(group) == record.jump_group));
        if let (Some(host), None) = (perhaps.next(), perhaps.next())
            && group(host).is_some()
        {
            return Ok(*host);
        }
        hosts.sort_unstable();
        Err(hosts)
    }
}

impl Names {
    /// By what a record is this host's that has something in common with it; none where its names say that it is not.
    fn by(&self, record: &Self) -> Option<By> {
        let share = |own: &[String], other: &[String]| own.iter().any(|name| other.contains(name));
        let has_name = share(&self.short, &record.short);
        let has_address = self.address.is_some() && self.address == record.address;
        if share(&self.whole, &record.whole) {
            return Some(By::Fqdn);
        }
        if !has_name && !self.is_cut_to(record) {
            return has_address.then_some(By::Address);
        }
        let has_domains = !self.whole.is_empty() && !record.whole.is_empty();
        Some(match (has_address, has_name) {
            (true, _) => By::HostnameAndAddress,
            (false, true) if has_domains => By::OtherDomain,
            (false, true) => By::Hostname,
            (false, false) if has_domains && !self.shares_domain(record) => By::OtherDomain,
            (false, false) => By::CutName,
        })
    }

    fn shares_domain(&self, record: &Self) -> bool {
        let domains = |names: &Self| {
            let behind = |name: &String| name.split_once('.').map(|(_, domain)| domain.to_owned());
            names.whole.iter().filter_map(behind).collect::<BTreeSet<_>>()
        };
        !domains(self).is_disjoint(&domains(record))
    }

    /// Whether all names of the record are what Windows keeps of one of this host's: a longer one contradicts.
    fn is_cut_to(&self, record: &Self) -> bool {
        let is_cut = |name: &String| self.cut().any(|cut| cut == *name);
        !record.short.is_empty() && record.short.iter().all(is_cut)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn record(hostname: &str, fqdn: &str, private_ip: &str) -> JumpClient {
        let text = format!(
            "{{\"id\":1,\"jump_group_id\":2,\"hostname\":\"{hostname}\",\"fqdn\":\"{fqdn}\",\"private_ip\":\"{private_ip}\"}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    fn hosts(known: &[(&str, &str)]) -> Hosts {
        Hosts::new(known.iter().map(|(name, address)| Known { name, address, jump_group: None }))
    }

    fn one(host: usize, by: By) -> Match {
        Match::One { host, by }
    }

    #[test]
    fn a_record_is_weighed_by_all_that_it_tells() {
        let hosts = hosts(&[
            ("web1.a.example", "10.0.0.1"),
            ("web1.b.example", "10.0.0.2"),
            ("db1", "10.0.0.3"),
            ("workstation-number-7", "pc7.corp.example"),
            ("the-gateway", "10.0.0.5"),
        ]);
        for (record, expected) in [
            (record("WEB1", "Web1.B.example.", ""), one(1, By::Fqdn)),
            (record("web1", "web1", ""), Match::Several(vec![0, 1])),
            (record("web1", "web1", "10.0.0.2"), one(1, By::HostnameAndAddress)),
            (record("web1", "web1.c.example", ""), Match::Several(vec![0, 1])),
            (record("DB1", "", ""), one(2, By::Hostname)),
            (record("db1", "db1.corp.example", ""), one(2, By::Hostname)),
            (record("pc7", "pc7.other.example", ""), one(3, By::OtherDomain)),
            (record("WORKSTATION-NUM", "", ""), one(3, By::CutName)),
            (record("WORKSTATION-NUM", "WORKSTATION-NUM", ""), one(3, By::CutName)),
            (record("WORKSTATION-NUM", "workstation-num.corp.example", ""), one(3, By::CutName)),
            (record("WORKSTATION-NUM", "workstation-num.other.example", ""), one(3, By::OtherDomain)),
            (record("WORKSTATION-NUM", "workstation-number-7.other.example", ""), one(3, By::OtherDomain)),
            // A longer name than Windows keeps says whose it is.
            (record("WORKSTATION-NUM", "workstation-number-8.corp.example", ""), Match::Nobody),
            (record("WORKSTATION-NUM", "workstation-number-8", "10.0.0.5"), one(4, By::Address)),
            (record("workstation-num", "other.corp.example", ""), Match::Nobody),
            (record("fw", "fw.example", "10.0.0.5"), one(4, By::Address)),
            // The whole name goes before an address that somebody else has now.
            (record("web1", "web1.a.example", "10.0.0.5"), one(0, By::Fqdn)),
            (record("db2", "db2.a.example", "10.9.9.9"), Match::Nobody),
            (record("", "", ""), Match::Nobody),
        ] {
            assert_eq!(hosts.of(&record), expected, "{record:?}");
        }
    }

    #[test]
    fn what_windows_keeps_of_a_name_is_no_name_beside_the_whole_of_it() {
        let hosts = hosts(&[("workstation-num", "x")]);
        assert_eq!(hosts.of(&record("WORKSTATION-NUM", "", "")), one(0, By::Hostname));
        assert_eq!(hosts.of(&record("WORKSTATION-NUM", "workstation-number-8", "")), Match::Nobody);
    }

    #[test]
    fn a_cut_name_alone_is_not_sure() {
        let hosts = hosts(&[("workstation-number-7", "10.0.0.1")]);
        let matched = |private_ip| {
            let record = record("WORKSTATION-NUM", "", private_ip);
            let Match::One { host: 0, by } = hosts.of(&record) else { panic!("it is like the host's") };
            hosts.matched(0, by, &record)
        };
        assert_eq!(matched(""), Matched::CutName);
        assert_eq!(matched("10.0.0.2"), Matched::NameElsewhere);
        assert_eq!(matched("10.0.0.1"), Matched::NameAndAddress);
        assert!(!Matched::CutName.is_sure() && Matched::NameAndAddress.is_sure());
    }

    #[test]
    fn the_jump_group_decides_between_equals() {
        let known = |jump_group| Known { name: "web1", address: "web1", jump_group };
        let hosts = Hosts::new([known(Some(1)), known(Some(2))]);
        assert_eq!(hosts.of(&record("web1", "", "")), one(1, By::Hostname));
        let hosts = Hosts::new([known(Some(2)), known(Some(2))]);
        assert_eq!(hosts.of(&record("web1", "", "")), Match::Several(vec![0, 1]));
        for group in [Some(2), None] {
            let hosts = Hosts::new([known(None), known(group)]);
            let found = hosts.of(&record("web1", "", ""));
            assert_eq!(found, Match::Several(vec![0, 1]), "the first may be put there too");
        }
    }

    #[test]
    fn a_name_of_ever_so_many_hosts_may_be_any_of_theirs_and_never_nobodys() {
        let names: Vec<String> = (0..=MOST).map(|shop| format!("pos1.shop{shop}.example")).collect();
        let addresses: Vec<String> = (0..=MOST).map(|shop| format!("10.0.{shop}.1")).collect();
        let known = |(name, address)| Known { name, address, jump_group: None };
        let hosts = names.iter().map(|name| &**name).zip(addresses.iter().map(|address| &**address));
        let other = [("the-gateway", "10.1.1.1"), ("workstation-number-7", "10.1.1.2")];
        let hosts = Hosts::new(hosts.chain(other).map(known));
        let all: Vec<usize> = (0..=MOST).collect();
        assert_eq!(hosts.called("POS1"), Match::Several(all.clone()));
        assert_eq!(hosts.of(&record("pos1", "pos1.elsewhere.example", "")), Match::Several(all.clone()));
        assert_eq!(
            hosts.of(&record("pos1", "", "10.1.1.1")),
            Match::Several(all),
            "a name before an address"
        );
        assert_eq!(hosts.of(&record("pos1", "", "10.0.7.1")), one(7, By::HostnameAndAddress));
        assert_eq!(hosts.of(&record("pos1", "pos1.shop9.example", "")), one(9, By::Fqdn));
        let names: Vec<String> = (0..=MOST).map(|number| format!("workstation-number-{number}")).collect();
        let hosts = Hosts::new(names.iter().map(|name| Known { name, address: name, jump_group: None }));
        assert_eq!(hosts.called("WORKSTATION-NUM"), Match::Several((0..=MOST).collect()));
        assert_eq!(hosts.called("workstation-number-3"), one(3, By::Hostname));
    }

    #[test]
    fn many_hosts_that_are_reached_alike_are_found_quickly() {
        let names: Vec<String> = (0..25_000).map(|number| format!("host{number}")).collect();
        let begin = Instant::now();
        let hosts =
            Hosts::new(names.iter().map(|name| Known { name, address: "127.0.0.1", jump_group: None }));
        for (host, name) in names.iter().enumerate() {
            let by = By::HostnameAndAddress;
            assert_eq!(hosts.of(&record(name, name, "127.0.0.1")), one(host, by));
            assert_eq!(hosts.of(&record("x", "", "127.0.0.1")), Match::Nobody);
        }
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
}
