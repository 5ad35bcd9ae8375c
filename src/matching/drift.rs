//! Does the site know the hosts as the inventory has them? Missing, twice, other than wanted, or not in the inventory.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{By, Hosts, Known, Match};
use crate::model::{Bystander, JumpClient, Presence};

/// What numbers mean on the site, by their code names.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    /// Jump Groups.
    pub groups: BTreeMap<u32, String>,
    /// Jump Policies.
    pub jump_policies: BTreeMap<u32, String>,
    /// Session policies.
    pub session_policies: BTreeMap<u32, String>,
}

impl Codes {
    /// The code name behind a number, or the number where the site tells none.
    pub fn name(codes: &BTreeMap<u32, String>, id: u32) -> String {
        codes.get(&id).filter(|code| !code.is_empty()).cloned().unwrap_or_else(|| format!("#{id}"))
    }
}

/// What the inventory wants of a host's client; what it does not say may be anything.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The host's name in the inventory.
    pub host: String,
    /// How it is reached.
    pub address: String,
    /// The code name of its Jump Group.
    pub group: Option<String>,
    /// The personal list that it is in, such as `the personal list of eve`, which the site does not show to others.
    pub personal: Option<String>,
    /// The code name of its Jump Policy.
    pub jump_policy: Option<String>,
    /// The code name of its session policy.
    pub session_policy: Option<String>,
    /// The name in the console.
    pub name: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The comments.
    pub comments: Option<String>,
}

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The site knows no client of the host.
    Missing,
    /// The client was removed on the host, and a record is left.
    Uninstalled,
    /// The site considers it lost.
    Lost,
    /// More than one client is there.
    Twice,
    /// A record may be of several hosts, and nothing tells of which.
    Ambiguous,
    /// A value is not the wanted one.
    Other,
    /// The client is older than the site.
    NeedsUpdate,
    /// It is in a personal list, which the site shows to nobody else.
    Unseen,
    /// The site knows a client of no host of the inventory.
    Extra,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Missing,
        Self::Uninstalled,
        Self::Lost,
        Self::Twice,
        Self::Ambiguous,
        Self::Other,
        Self::NeedsUpdate,
        Self::Unseen,
        Self::Extra,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Uninstalled => "uninstalled",
            Self::Lost => "lost",
            Self::Twice => "twice",
            Self::Ambiguous => "ambiguous",
            Self::Other => "other",
            Self::NeedsUpdate => "needs_update",
            Self::Unseen => "unseen",
            Self::Extra => "extra",
        }
    }

    /// Whether something is amiss; what nobody can see is not known to be.
    pub fn is_drift(self) -> bool {
        self != Self::Unseen
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// Which kind.
    pub kind: Kind,
    /// The host, where one is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The numbers of the records.
    pub clients: Vec<u32>,
    /// What people are told.
    pub what: String,
}

/// Of which clients it is told that they are of no host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extras {
    /// Of all.
    All,
    /// Of those in the Jump Groups of these numbers.
    In(BTreeSet<u32>),
    /// Of none.
    None,
}

impl Extras {
    fn has(&self, record: &JumpClient) -> bool {
        match self {
            Self::All => true,
            Self::In(groups) => groups.contains(&record.jump_group_id),
            Self::None => false,
        }
    }
}

/// The hosts of the inventory and what the site tells of them so far.
pub struct Comparison<'c> {
    wanted: &'c [Wanted],
    left_out: &'c [Bystander],
    codes: &'c Codes,
    extras: Extras,
    hosts: Hosts,
    records: Vec<Vec<(By, JumpClient)>>,
    /// Whether a record may be the host's, and may be another's.
    perhaps: Vec<bool>,
    found: Vec<Difference>,
}

impl<'c> Comparison<'c> {
    /// Nothing was told yet; of the hosts that are left out nothing is told, but records may be theirs.
    pub fn new(wanted: &'c [Wanted], left_out: &'c [Bystander], codes: &'c Codes, extras: Extras) -> Self {
        let groups: BTreeMap<&str, u32> = codes.groups.iter().map(|(id, code)| (&**code, *id)).collect();
        let number = |code: Option<&str>| code.and_then(|code| groups.get(code).copied());
        let wanted_ones = wanted.iter().map(|one| Known {
            name: &one.host,
            address: &one.address,
            jump_group: number(one.group.as_deref()),
        });
        let others = left_out.iter().map(|one| Known {
            jump_group: number(one.jump_group.as_deref().and_then(|group| group.strip_prefix("jumpgroup:"))),
            ..Known::from(one)
        });
        let hosts = Hosts::new(wanted_ones.chain(others));
        let (records, perhaps) = (vec![Vec::new(); wanted.len()], vec![false; wanted.len()]);
        Self { wanted, left_out, codes, extras, hosts, records, perhaps, found: Vec::new() }
    }

    /// Takes a record that the site has.
    pub fn take(&mut self, record: JumpClient) {
        match self.hosts.of(&record) {
            Match::One { host, by } => {
                if let Some(records) = self.records.get_mut(host) {
                    records.push((by, record));
                }
            }
            // A record that is left of a removed client misses nobody.
            Match::Nobody if record.presence() == Presence::Uninstalled || !self.extras.has(&record) => {}
            Match::Nobody => {
                let what = format!("{}, {}", called(&record), self.group(&record));
                self.found.push(Difference { kind: Kind::Extra, host: None, clients: vec![record.id], what });
            }
            Match::Several(hosts) if hosts.iter().all(|host| *host >= self.wanted.len()) => {}
            Match::Several(hosts) => {
                for host in &hosts {
                    self.perhaps.get_mut(*host).into_iter().for_each(|perhaps| *perhaps = true);
                }
                let names: Vec<&str> = hosts.iter().take(5).map(|host| self.name(*host)).collect();
                let more = hosts.len().saturating_sub(names.len());
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let what = format!("{} may be {}{more}", called(&record), names.join(" or "));
                self.found.push(Difference {
                    kind: Kind::Ambiguous,
                    host: None,
                    clients: vec![record.id],
                    what,
                });
            }
        }
    }

    /// Everything that differs, in the order of the hosts, and what is nobody's behind it.
    pub fn finish(mut self) -> Vec<Difference> {
        let records = std::mem::take(&mut self.records);
        let mut found = Vec::new();
        for (host, records) in records.into_iter().enumerate() {
            // A record that may be its is told of as ambiguous: nobody knows that the host has none.
            if !records.is_empty() || !self.perhaps[host] {
                self.judge(host, records, &mut found);
            }
        }
        found.append(&mut self.found);
        found
    }

    fn name(&self, host: usize) -> &str {
        match host.checked_sub(self.wanted.len()) {
            None => &self.wanted[host].host,
            Some(other) => &self.left_out[other].name,
        }
    }

    fn judge(&self, host: usize, mut records: Vec<(By, JumpClient)>, found: &mut Vec<Difference>) {
        let wanted = &self.wanted[host];
        records.sort_by_key(|(by, record)| {
            std::cmp::Reverse((
                record.presence().is_there(),
                *by,
                record.last_connect_timestamp.at(),
                record.id,
            ))
        });
        let ids: Vec<u32> = records.iter().map(|(_, record)| record.id).collect();
        let mut say = |kind, clients: &[u32], what: String| {
            let host = Some(wanted.host.clone());
            found.push(Difference { kind, host, clients: clients.to_vec(), what });
        };
        let Some((_, best)) = records.first() else {
            return match &wanted.personal {
                Some(list) => say(Kind::Unseen, &[], format!("in {list}, if it is there")),
                None => say(Kind::Missing, &[], "the site has no client of it".to_owned()),
            };
        };
        match best.presence() {
            Presence::Uninstalled => {
                return say(Kind::Uninstalled, &ids, "only its record is left".to_owned());
            }
            Presence::Lost => return say(Kind::Lost, &ids, "the site considers it lost".to_owned()),
            Presence::Online | Presence::Offline => {}
        }
        let twice: Vec<&(By, JumpClient)> = self.clients(host, &records).collect();
        if twice.len() > 1 {
            let ways: BTreeSet<By> = twice.iter().map(|(by, _)| *by).collect();
            let ways: Vec<&str> = ways.into_iter().rev().map(By::words).collect();
            let what = format!("{} clients are there, found {}", twice.len(), ways.join(" and "));
            say(Kind::Twice, &twice.iter().map(|(_, record)| record.id).collect::<Vec<_>>(), what);
        }
        for what in self.others(wanted, best) {
            say(Kind::Other, &[best.id], what);
        }
        if best.needs_update {
            say(Kind::NeedsUpdate, &[best.id], "the client is older than the site".to_owned());
        }
    }

    /// The clients of a host that are there, the best first: all that are known as the best is, and those that are surely its
    /// though they are known by less; one at another address may be of another computer.
    fn clients<'r>(
        &self,
        host: usize,
        records: &'r [(By, JumpClient)],
    ) -> impl Iterator<Item = &'r (By, JumpClient)> {
        let best = records.first();
        records.iter().filter(move |(by, record)| {
            let Some((best_by, best)) = best else { return false };
            let is_elsewhere = record.private_ip.zip(best.private_ip).is_some_and(|(own, best)| own != best);
            let is_sure = self.hosts.matched(host, *by, record).is_sure() && !is_elsewhere;
            record.presence().is_there() && (by == best_by || is_sure)
        })
    }

    /// Each value that is not the wanted one.
    fn others(&self, wanted: &Wanted, record: &JumpClient) -> Vec<String> {
        let none = || "none".to_owned();
        let policy = |codes, id: Option<u32>| id.map_or_else(none, |id| Codes::name(codes, id));
        let values = [
            ("group", &wanted.group, Codes::name(&self.codes.groups, record.jump_group_id)),
            ("jump policy", &wanted.jump_policy, policy(&self.codes.jump_policies, record.jump_policy_id)),
            (
                "session policy",
                &wanted.session_policy,
                policy(&self.codes.session_policies, record.session_policy_id),
            ),
            ("name", &wanted.name, record.name.clone()),
            ("tag", &wanted.tag, record.tag.clone()),
            ("comments", &wanted.comments, record.comments.clone()),
        ];
        let differs = |(what, wanted, is): (&str, &Option<String>, String)| {
            let wanted = wanted.as_ref().filter(|wanted| **wanted != is)?;
            Some(format!("{what} is `{is}`, not `{wanted}`"))
        };
        values.into_iter().filter_map(differs).collect()
    }

    fn group(&self, record: &JumpClient) -> String {
        format!("group {}", Codes::name(&self.codes.groups, record.jump_group_id))
    }
}

/// How a record is called for people.
pub fn called(record: &JumpClient) -> String {
    let names = [&record.fqdn, &record.hostname, &record.name];
    let name = names.into_iter().find(|name| !name.is_empty()).map_or("a client without a name", |name| name);
    format!("`{name}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u32, hostname: &str, more: &str) -> JumpClient {
        let text = format!("{{\"id\":{id},\"jump_group_id\":1,\"hostname\":\"{hostname}\"{more}}}");
        serde_json::from_str(&text).unwrap()
    }

    fn host(name: &str) -> Wanted {
        Wanted { host: name.to_owned(), address: name.to_owned(), ..Wanted::default() }
    }

    fn compared(wanted: &[Wanted], records: Vec<JumpClient>) -> Vec<(Kind, String, Vec<u32>)> {
        compared_beside(wanted, &[], records)
    }

    fn compared_beside(
        wanted: &[Wanted],
        left_out: &[Bystander],
        records: Vec<JumpClient>,
    ) -> Vec<(Kind, String, Vec<u32>)> {
        let codes =
            Codes { groups: BTreeMap::from([(1, "servers".into()), (2, "web".into())]), ..Codes::default() };
        let mut comparison = Comparison::new(wanted, left_out, &codes, Extras::All);
        records.into_iter().for_each(|record| comparison.take(record));
        let found = comparison.finish().into_iter();
        found.map(|one| (one.kind, one.host.unwrap_or_default(), one.clients)).collect()
    }

    #[test]
    fn each_kind_is_told_apart() {
        let gone = ",\"connection_type\":\"uninstalled\"";
        let wanted: Vec<Wanted> = ["fine", "missing", "gone", "lost", "twice", "old"].map(host).into();
        let records = vec![
            record(1, "FINE", ""),
            record(2, "gone", gone),
            record(3, "lost", ",\"is_lost\":true"),
            record(4, "twice", ""),
            record(5, "twice", ""),
            record(6, "old", ",\"needs_update\":true"),
            record(7, "stranger", ""),
            record(8, "stranger2", gone),
            // What is left of an earlier client does not matter where there is one.
            record(9, "fine", gone),
            record(10, "fine", ",\"is_lost\":true"),
        ];
        let name = |name: &str| name.to_owned();
        assert_eq!(
            compared(&wanted, records),
            [
                (Kind::Missing, name("missing"), vec![]),
                (Kind::Uninstalled, name("gone"), vec![2]),
                (Kind::Lost, name("lost"), vec![3]),
                (Kind::Twice, name("twice"), vec![5, 4]),
                (Kind::NeedsUpdate, name("old"), vec![6]),
                (Kind::Extra, name(""), vec![7]),
            ]
        );
    }

    #[test]
    fn values_that_are_wanted_are_compared_and_others_may_be_anything() {
        let some = |text: &str| Some(text.to_owned());
        let wanted = [
            Wanted { group: some("web"), tag: some("x"), jump_policy: some("always"), ..host("a") },
            Wanted { group: some("servers"), tag: some("y"), ..host("b") },
            Wanted { personal: some("the personal list of `eve`"), ..host("c") },
        ];
        let records =
            vec![record(1, "a", ",\"tag\":\"X\""), record(2, "b", ",\"tag\":\"y\",\"comments\":\"z\"")];
        let found = compared(&wanted, records);
        let kinds: Vec<_> = found.iter().map(|(kind, host, _)| (*kind, host.as_str())).collect();
        let other = (Kind::Other, "a");
        assert_eq!(kinds, [other, other, other, (Kind::Unseen, "c")]);
        assert!(!Kind::Unseen.is_drift());
    }

    #[test]
    fn a_longer_name_than_windows_keeps_says_whose_a_record_is() {
        let wanted = [host("workstation-number-7.corp.example")];
        let record = |fqdn: &str| record(1, "WORKSTATION-NUM", &format!(",\"fqdn\":\"{fqdn}\""));
        let found = compared(&wanted, vec![record("workstation-number-8.corp.example")]);
        let name = "workstation-number-7.corp.example".to_owned();
        assert_eq!(found, [(Kind::Missing, name, vec![]), (Kind::Extra, String::new(), vec![1])]);
        assert_eq!(compared(&wanted, vec![record("WORKSTATION-NUM")]), []);
    }

    #[test]
    fn a_record_of_a_host_that_is_left_out_is_none_of_the_others() {
        let wanted = [host("pos1.shop1.example")];
        let out = |name: &str, group: Option<&str>| Bystander {
            name: name.into(),
            address: name.into(),
            jump_group: group.map(Into::into),
        };
        let left_out = [out("pos1.shop2.example", None), out("gateway", None)];
        let record = |more: &str| record(1, "POS1", more);
        let ambiguous = (Kind::Ambiguous, String::new(), vec![1]);
        let missing = [(Kind::Missing, "pos1.shop1.example".to_owned(), vec![])];
        let beside = |wanted: &[Wanted], left_out: &[Bystander], more: &str| {
            compared_beside(wanted, left_out, vec![record(more)])
        };
        assert_eq!(beside(&wanted, &left_out, ""), [ambiguous]);
        let theirs = ",\"fqdn\":\"pos1.shop2.example\"";
        assert_eq!(beside(&wanted, &left_out, theirs), missing);
        assert_eq!(beside(&wanted, &left_out, ",\"fqdn\":\"pos1.shop1.example\""), []);
        assert_eq!(beside(&wanted, &left_out[1..], ""), []);
        // Its Jump Group tells as well.
        let wanted = [Wanted { group: Some("web".into()), ..host("pos1.shop1.example") }];
        let left_out = [out("pos1.shop2.example", Some("jumpgroup:servers"))];
        assert_eq!(beside(&wanted, &left_out, ""), missing);
    }

    #[test]
    fn a_client_more_is_found_however_it_is_known() {
        let wanted = [host("web1.example.org")];
        let whole = || record(1, "web1", ",\"fqdn\":\"web1.example.org\",\"private_ip\":\"10.0.0.1\"");
        let short = |id, more: &str| record(id, "web1", more);
        let twice = |ids: &[u32]| [(Kind::Twice, "web1.example.org".to_owned(), ids.to_vec())];
        let at = ",\"private_ip\":\"10.0.0.1\"";
        assert_eq!(compared(&wanted, vec![whole(), short(2, at)]), twice(&[1, 2]));
        assert_eq!(compared(&wanted, vec![short(2, ""), whole()]), twice(&[1, 2]));
        // It may be another computer.
        assert_eq!(compared(&wanted, vec![whole(), short(2, ",\"private_ip\":\"10.0.0.2\"")]), []);
        assert_eq!(compared(&wanted, vec![whole(), short(2, ",\"fqdn\":\"web1.other.example\"")]), []);
        assert_eq!(compared(&wanted, vec![whole(), short(2, ",\"is_lost\":true")]), []);
    }

    #[test]
    fn hosts_of_one_name_are_told_apart_by_their_groups_or_not_at_all() {
        let some = |text: &str| Some(text.to_owned());
        let both = |first: &str, second: &str| {
            [
                Wanted { group: some(first), address: "a.one".into(), ..host("x") },
                Wanted { group: some(second), address: "a.two".into(), ..host("y") },
            ]
        };
        let found = compared(&both("servers", "web"), vec![record(1, "a", "")]);
        assert_eq!(found, [(Kind::Missing, "y".to_owned(), vec![])]);
        let found = compared(&both("web", "web"), vec![record(1, "a", "")]);
        assert_eq!(found, [(Kind::Ambiguous, String::new(), vec![1])], "and neither is called missing");
        let many: Vec<Wanted> = (0..100).map(|shop| host(&format!("pos1.shop{shop}.example"))).collect();
        assert_eq!(compared(&many, vec![record(1, "POS1", "")]), [(Kind::Ambiguous, String::new(), vec![1])]);
    }
}
