//! Which host of a plan is a session on? It tells only how the computer calls itself. Pure.

use std::collections::HashMap;

use crate::appliance::Session;
use crate::matching::{By, Hosts, Known, Match};
use crate::model::Plan;

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
    /// Whose name it is, as [`Hosts`] counts them: a host may have two.
    places: Vec<usize>,
}

impl Whose {
    /// The hosts of a plan, also by how their computers call themselves where the site told another name.
    pub fn of_plan(plan: &Plan) -> Self {
        let own = plan.hosts.iter().enumerate().map(|(place, host)| (place, &*host.name, &*host.address));
        let called = plan.hosts.iter().enumerate().filter_map(|(place, host)| {
            let called = host.record.as_ref()?.called.as_deref()?;
            Some((place, called, called))
        });
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for (place, name, address) in own.chain(called) {
            names.push(Known { name, address, jump_group: None });
            places.push(place);
        }
        Self { hosts: Hosts::new(names), places }
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
                Match::One { host, by } => (vec![self.places[host]], by >= By::CutName),
                Match::Several(hosts) => (hosts.into_iter().map(|host| self.places[host]).collect(), true),
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
    use crate::model::{Known as Record, Matched, PlannedHost, Presence};

    fn plan(hosts: &[(&str, Option<&str>)]) -> Plan {
        let mut plan: Plan = serde_json::from_str(include_str!("../../../tests/report/plan.json")).unwrap();
        let first = plan.hosts[0].clone();
        let host = |(name, called): &(&str, Option<&str>)| PlannedHost {
            name: (*name).into(),
            address: (*name).into(),
            record: called.map(|called| Record {
                client: 1,
                state: Presence::Online,
                matched: Matched::Address,
                called: Some(called.to_owned()),
                ambiguous: false,
                others: Vec::new(),
            }),
            ..first.clone()
        };
        plan.hosts = hosts.iter().map(host).collect();
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
        assert_eq!(on(&["srv0815"]), [(3, true)], "the site told that name");
        assert_eq!(on(&["the-gateway"]), [(3, true)]);
        assert_eq!(on(&["elsewhere"]), []);
        assert_eq!(on(&["DB1", "srv0815"]), [(2, true), (3, true)], "a session may be on two");
    }

    #[test]
    fn each_session_is_told_with_its_users() {
        let found = Whose::of_plan(&plan(&[("db1", None)])).of(&[session(&["DB1", "db1"])]);
        let expected = Found { lsid: "a".into(), users: vec!["eve".into()], is_sure: true };
        assert_eq!(found[&0], [expected]);
    }
}
