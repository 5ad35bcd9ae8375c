//! Which host of a plan is a session on? It tells only how the computer calls itself. Pure.

use std::collections::HashMap;

use crate::appliance::Session;
use crate::matching::{By, Hosts, Known as Named, Match};
use crate::model::{Known, Matched, Plan};

/// A session that is a host's, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is known by.
    pub lsid: String,
    /// The names of the users in it.
    pub users: Vec<String>,
    /// Whether it is surely this host's.
    pub is_sure: bool,
}

/// The plan's hosts by all their names, ready to be found.
#[derive(Debug, Default)]
pub struct Whose {
    hosts: Hosts,
    /// Whose name it is, as [`Hosts`] counts them, and whether nobody else of the site has it: a host may have two.
    names: Vec<(usize, bool)>,
}

impl Whose {
    /// The hosts of a plan, also by how their computers call themselves where the site told another name.
    pub fn of_plan(plan: &Plan) -> Self {
        // What the site did not tell is not known to be unique.
        let is_told = plan.appliance.told.is_some();
        let own = plan.hosts.iter().enumerate().map(|(place, host)| {
            let is_doubtful = |record: &Known| record.shares_name || record.matched == Matched::NameElsewhere;
            let is_called_so = host.namesakes.is_some_and(|others| others.by <= Matched::CutName);
            let is_unique = is_told && !is_called_so && !host.record.as_ref().is_some_and(is_doubtful);
            (place, &*host.name, &*host.address, is_unique)
        });
        let called = plan.hosts.iter().enumerate().filter_map(|(place, host)| {
            let record = host.record.as_ref()?;
            let called = record.called.as_deref()?;
            // A record that is found by its address alone may be of a computer behind another router.
            Some((place, called, called, record.is_sure() && !record.shares_name))
        });
        let (mut known, mut names) = (Vec::new(), Vec::new());
        for (place, name, address, is_unique) in own.chain(called) {
            known.push(Named { name, address, jump_group: None });
            names.push((place, is_unique));
        }
        let namesakes = plan.hosts.iter().map(|host| host.namesakes);
        Self { hosts: Hosts::new(known).beside(namesakes), names }
    }

    /// The sessions by the host they are on, each once.
    pub fn of(&self, sessions: &[Session]) -> HashMap<usize, Vec<Found>> {
        let mut all: HashMap<usize, Vec<Found>> = HashMap::new();
        for session in sessions {
            for (place, is_sure) in self.places(session) {
                let users = session.usernames.iter().cloned().collect();
                let found = Found { lsid: session.lsid.clone(), users, is_sure };
                all.entry(place).or_default().push(found);
            }
        }
        all
    }

    fn places(&self, session: &Session) -> HashMap<usize, bool> {
        let mut all = HashMap::new();
        for hostname in &session.hostnames {
            let (mut places, is_sure) = match self.hosts.called(hostname) {
                Match::Nobody => continue,
                Match::One { host, by } => {
                    let (place, is_unique) = self.names[host];
                    (vec![place], by == By::Fqdn || is_unique && by > By::CutName)
                }
                Match::Several(hosts) => {
                    let is_unique = hosts.iter().all(|host| self.names[*host].1);
                    (hosts.into_iter().map(|host| self.names[host].0).collect(), is_unique)
                }
            };
            places.dedup();
            let is_sure = is_sure && places.len() == 1;
            for place in places {
                *all.entry(place).or_insert(false) |= is_sure;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Namesakes, PlannedHost, Presence};

    fn plan(hosts: &[(&str, Option<&str>)]) -> Plan {
        let mut plan: Plan = serde_json::from_str(include_str!("../../../tests/report/plan.json")).unwrap();
        let first = plan.hosts[0].clone();
        let host = |(name, called): &(&str, Option<&str>)| PlannedHost {
            name: (*name).into(),
            address: (*name).into(),
            record: called.map(|called| Known {
                client: 1,
                state: Presence::Online,
                matched: Matched::Address,
                called: Some(called.to_owned()),
                ambiguous: false,
                shares_name: false,
                others: Vec::new(),
            }),
            ..first.clone()
        };
        plan.hosts = hosts.iter().map(host).collect();
        // Such a plan is one that the site was asked for.
        let told = r#"{"at": "2026-01-01T00:00:00Z", "version": "25.2.1", "keeps_known": true}"#;
        plan.appliance.told = serde_json::from_str(told).unwrap();
        plan
    }

    fn session(hostnames: &[&str]) -> Session {
        Session {
            lsid: "a".into(),
            hostnames: hostnames.iter().map(|&name| name.to_owned()).collect(),
            usernames: ["eve".to_owned()].into(),
            started: None,
        }
    }

    #[test]
    fn a_session_is_on_the_host_whose_name_it_tells() {
        let plan = plan(&[
            ("web1.a.example", None),
            ("web1.b.example", None),
            ("db1.a.example", None),
            ("the-gateway", Some("SRV0815")),
        ]);
        let whose = Whose::of_plan(&plan);
        let on = |hostnames: &[&str]| {
            let mut on: Vec<_> = whose.places(&session(hostnames)).into_iter().collect();
            on.sort_unstable();
            on
        };
        assert_eq!(on(&["WEB1.B.example"]), [(1, true)]);
        assert_eq!(on(&["web1"]), [(0, false), (1, false)], "it may be either");
        assert_eq!(on(&["DB1"]), [(2, true)]);
        assert_eq!(on(&["db1.other.example"]), [(2, false)]);
        assert_eq!(on(&["srv0815"]), [(3, false)], "a record of its address had that name");
        assert_eq!(on(&["the-gateway"]), [(3, true)]);
        assert_eq!(on(&["elsewhere"]), []);
        assert_eq!(on(&["DB1", "srv0815"]), [(2, true), (3, false)], "a session may be on two");
    }

    #[test]
    fn a_session_is_the_hosts_whose_own_record_tells_the_name() {
        let mut plan = plan(&[("web1.a.example", Some("SRV0815"))]);
        let mut on = |matched, shares_name| {
            let record = plan.hosts[0].record.as_mut().unwrap();
            (record.matched, record.shares_name) = (matched, shares_name);
            Whose::of_plan(&plan).places(&session(&["srv0815"]))
        };
        for (matched, shares_name, is_sure) in [
            (Matched::WholeName, false, true),
            (Matched::NameAndAddress, false, true),
            (Matched::WholeName, true, false),
            (Matched::Address, false, false),
        ] {
            assert_eq!(on(matched, shares_name), HashMap::from([(0, is_sure)]), "{matched}");
        }
    }

    #[test]
    fn a_name_that_others_of_the_site_have_tells_of_no_host_surely() {
        let mut plan = plan(&[
            ("web1.a.example", Some("x")),
            ("db1.a.example", Some("y")),
            ("the-gateway", Some("SRV0815")),
            ("workstation-number-7", None),
        ]);
        let mut records = plan.hosts.iter_mut().filter_map(|host| host.record.as_mut());
        let mut next = |called: Option<&str>, matched, shares_name| {
            let record = records.next().unwrap();
            (record.called, record.matched, record.shares_name) =
                (called.map(str::to_owned), matched, shares_name);
        };
        next(None, Matched::WholeName, true);
        next(None, Matched::NameElsewhere, false);
        next(Some("SRV0815"), Matched::Address, true);
        let on = |plan: &Plan, hostname| Whose::of_plan(plan).places(&session(&[hostname]));
        for (hostname, host, is_sure) in [
            ("WEB1", 0, false),
            ("web1.a.example", 0, true),
            ("db1", 1, false),
            ("srv0815", 2, false),
            ("WORKSTATION-NUM", 3, false),
            ("workstation-number-7", 3, true),
        ] {
            assert_eq!(on(&plan, hostname), HashMap::from([(host, is_sure)]), "{hostname}");
        }
        plan.appliance.told = None;
        assert_eq!(on(&plan, "workstation-number-7"), HashMap::from([(3, false)]), "nobody asked the site");
    }

    #[test]
    fn a_name_that_hosts_have_that_are_left_out_tells_of_no_host_surely() {
        let mut plan = plan(&[("web1.a.example", None)]);
        let mut on = |by, hostname| {
            plan.hosts[0].namesakes = Some(Namesakes { by, in_group: None });
            Whose::of_plan(&plan).places(&session(&[hostname]))
        };
        let (name, whole) = ("WEB1", "web1.a.example");
        for (by, hostname, is_sure) in [
            (Matched::Name, name, false),
            (Matched::Name, whole, true),
            (Matched::NameAndAddress, name, false),
            (Matched::WholeName, whole, false),
            (Matched::Address, name, true),
        ] {
            assert_eq!(on(by, hostname), HashMap::from([(0, is_sure)]), "{by} {hostname}");
        }
    }

    #[test]
    fn a_session_on_a_host_whose_name_ever_so_many_have_keeps_them_all() {
        let names: Vec<String> = (0..70).map(|shop| format!("pos1.shop{shop}.example")).collect();
        let plan = plan(&names.iter().map(|name| (&**name, None)).collect::<Vec<_>>());
        let places = Whose::of_plan(&plan).places(&session(&["POS1"]));
        assert!(places.len() == 70 && places.values().all(|is_sure| !is_sure));
    }

    #[test]
    fn each_session_is_told_with_its_users() {
        let found = Whose::of_plan(&plan(&[("db1", None)])).of(&[session(&["DB1", "db1"])]);
        let expected = Found { lsid: "a".into(), users: vec!["eve".into()], is_sure: true };
        assert_eq!(found[&0], [expected]);
    }
}
