//! Which record of the site is each host's, and how does it stand?

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::matching::{By, Hosts, Known as Named, Match};
use crate::model::{Bystander, JumpClient, Known, Matched, Plan, Presence};

/// The best record of each host of a plan, as their pages come: one look-up a record, one record kept a host.
#[derive(Debug)]
pub struct Search {
    hosts: Hosts,
    namesakes: Namesakes,
    best: Vec<Option<(Rank, Known)>>,
    seen: u64,
}

/// Surer, then more alive, then by a better name, then younger is better.
type Rank = (bool, Reverse<Presence>, Reverse<Matched>, Option<Timestamp>);

impl Search {
    /// Nothing was seen yet of a plan's hosts, beside those that it leaves out, as far as they are known.
    pub fn among(plan: &Plan, left_out: &[Bystander]) -> Self {
        let hosts = plan.hosts.iter().map(Named::from).chain(left_out.iter().map(Named::from));
        Self {
            hosts: Hosts::new(hosts).beside(plan.hosts.iter().map(|host| host.namesakes)),
            namesakes: Namesakes::default(),
            best: plan.hosts.iter().map(|_| None).collect(),
            seen: 0,
        }
    }

    /// Takes a record into account.
    pub fn take(&mut self, client: &JumpClient) {
        // One whose client was uninstalled takes no seat.
        self.seen += u64::from(client.presence() != Presence::Uninstalled);
        self.namesakes.take(client);
        let (places, ambiguous) = match self.hosts.of(client) {
            Match::Nobody => return,
            Match::One { host, by } => (vec![(host, by)], false),
            Match::Several(hosts) => (hosts.into_iter().map(|host| (host, By::Hostname)).collect(), true),
        };
        // A record of a host that is left out is none of the plan's.
        let meant = self.best.len();
        for (place, by) in places.into_iter().filter(|(place, _)| *place < meant) {
            let matched = self.hosts.matched(place, by, client);
            let state = client.presence();
            // What is found by less may be another computer's.
            let tells = by == By::Address || !ambiguous && matched.is_sure();
            let is_news = |name: &&String| tells && !name.is_empty() && !self.hosts.is_called(place, name);
            let called = Some(&client.hostname).filter(is_news).cloned();
            let (shares_name, others) = (false, Vec::new());
            let known = Known { client: client.id, state, matched, called, ambiguous, shares_name, others };
            self.weigh(place, known, client.last_connect_timestamp.at());
        }
    }

    fn weigh(&mut self, place: usize, known: Known, connected: Option<Timestamp>) {
        let rank: Rank = (known.is_sure(), Reverse(known.state), Reverse(known.matched), connected);
        let (loser, winner) = match self.best[place].take() {
            None => (None, (rank, known)),
            Some(before) if rank > before.0 => (Some(before.1), (rank, known)),
            Some(before) => (Some(known), before),
        };
        let (rank, mut known) = winner;
        if let Some(loser) = loser {
            known.others.extend(loser.others.iter().copied());
            known.others.extend(Some(loser.client).filter(|_| loser.is_sure()));
        }
        self.best[place] = Some((rank, known));
    }

    /// How many clients the site has, and each host's best record.
    pub fn end(self) -> (u64, Vec<Option<Known>>) {
        let (hosts, namesakes) = (&self.hosts, &self.namesakes);
        let best = self.best.into_iter().enumerate().map(|(place, best)| {
            let (_, mut known) = best?;
            let mut names = hosts.names(place).iter().chain(&known.called);
            known.shares_name = names.any(|name| namesakes.has_several(name));
            Some(known)
        });
        (self.seen, best.collect())
    }
}

/// Computers by how they call themselves: the only one's whole name, or that there are several.
#[derive(Debug, Default)]
struct Namesakes(HashMap<String, Option<String>>);

impl Namesakes {
    fn take(&mut self, client: &JumpClient) {
        // Nobody is in a session with a client that is not there.
        if !client.presence().is_there() {
            return;
        }
        let plain = |name: &str| name.trim().trim_end_matches('.').to_lowercase();
        let (whole, own) = (plain(&client.fqdn), plain(&client.hostname));
        // Records of one whole name are one computer's; of others nobody knows.
        let who = if whole.contains('.') { whole.clone() } else { format!("{own}#{}", client.id) };
        let short = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        for name in BTreeSet::from([short(&whole), short(&own)]) {
            let known = self.0.entry(name).or_insert_with(|| Some(who.clone()));
            if known.as_ref().is_some_and(|known| *known != who) {
                *known = None;
            }
        }
    }

    fn has_several(&self, name: &str) -> bool {
        matches!(self.0.get(&name.to_lowercase()), Some(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: u32, hostname: &str, more: &str) -> JumpClient {
        let text = format!("{{\"id\":{id},\"jump_group_id\":1,\"hostname\":\"{hostname}\"{more}}}");
        serde_json::from_str(&text).unwrap()
    }

    fn among(hosts: &[(&str, &str)]) -> Search {
        let mut plan: Plan = serde_json::from_str(include_str!("../../tests/report/plan.json")).unwrap();
        let first = plan.hosts[0].clone();
        let named = |(name, address): &(&str, &str)| crate::model::PlannedHost {
            name: (*name).into(),
            address: (*address).into(),
            ..first.clone()
        };
        plan.hosts = hosts.iter().map(named).collect();
        Search::among(&plan, &[])
    }

    #[test]
    fn of_several_records_the_surest_and_most_alive_one_is_the_hosts() {
        let online = ",\"last_connect_timestamp\":\"2026-01-01T00:00:00+00:00\"";
        let records = [
            client(1, "web1", ",\"connection_type\":\"uninstalled\""),
            client(2, "web1", online),
            client(3, "web1", ",\"is_lost\":true"),
            client(4, "WEB1", ""),
            client(5, "web1", ",\"private_ip\":\"10.0.0.9\""),
        ];
        let mut search = among(&[("web1", "10.0.0.1"), ("web2", "10.0.0.2")]);
        records.iter().for_each(|record| search.take(record));
        let (seen, known) = search.end();
        assert_eq!((seen, &known[1]), (4, &None));
        let known = known[0].as_ref().unwrap();
        assert_eq!((known.client, known.state, known.is_client()), (2, Presence::Online, true));
        let mut others = known.others.clone();
        others.sort_unstable();
        assert_eq!(others, [1, 3, 4], "5 is not surely its");
    }

    #[test]
    fn a_name_at_another_address_or_on_several_hosts_is_not_sure() {
        let mut search = among(&[("web1.a.example", "x"), ("web1.b.example", "y"), ("db1", "10.0.0.3")]);
        search.take(&client(1, "web1", ""));
        search.take(&client(2, "db1", ",\"private_ip\":\"10.9.9.9\""));
        search.take(&client(3, "other", ",\"private_ip\":\"10.0.0.3\""));
        let (_, known) = search.end();
        let sure: Vec<_> = known.iter().map(|known| known.as_ref().map(Known::is_sure)).collect();
        assert_eq!(sure, [Some(false), Some(false), Some(false)]);
        assert_eq!(known[2].as_ref().map(|known| known.client), Some(2));
        let mut search = among(&[("the-gateway", "10.0.0.3"), ("db1", "10.0.0.4")]);
        search.take(&client(3, "SRV0815", ",\"private_ip\":\"10.0.0.3\""));
        search.take(&client(4, "DB1", ",\"private_ip\":\"10.0.0.4\""));
        let (_, known) = search.end();
        let called: Vec<_> =
            known.iter().map(|known| known.as_ref().and_then(|known| known.called.as_deref())).collect();
        assert_eq!(called, [Some("SRV0815"), None], "only where the name would not tell");
        let mut search =
            among(&[("web1.a.example", "x"), ("workstation-number-7.a.example", "y"), ("db1", "z")]);
        search.take(&client(5, "SRV0816", ",\"fqdn\":\"web1.a.example\""));
        search.take(&client(6, "WORKSTATION-NUM", ",\"fqdn\":\"workstation-number-7.a.example\""));
        search.take(&client(7, "SRV0817", ",\"fqdn\":\"db1.a.example\",\"private_ip\":\"10.9.9.9\""));
        let (_, known) = search.end();
        let called: Vec<_> =
            known.iter().map(|known| known.as_ref().and_then(|known| known.called.as_deref())).collect();
        assert_eq!(called, [Some("SRV0816"), None, Some("SRV0817")]);
    }

    #[test]
    fn names_that_several_computers_of_the_site_have_are_known() {
        let hosts =
            [("web1.a.example", "x"), ("db1.a.example", "y"), ("pc1", "z"), ("the-gateway", "10.0.0.3")];
        let mut search = among(&hosts);
        for record in [
            client(1, "WEB1", ",\"fqdn\":\"web1.a.example\""),
            client(2, "web1", ",\"fqdn\":\"web1.b.example\""),
            client(3, "db1", ",\"fqdn\":\"db1.a.example\""),
            client(4, "DB1", ",\"fqdn\":\"DB1.a.example.\""),
            client(5, "db1", ",\"fqdn\":\"db1.b.example\",\"is_lost\":true"),
            client(6, "pc1", ""),
            client(7, "pc1", ""),
            client(8, "SRV0815", ",\"private_ip\":\"10.0.0.3\""),
            client(9, "srv0815", ",\"fqdn\":\"srv0815.b.example\""),
        ] {
            search.take(&record);
        }
        let (_, known) = search.end();
        let shared: Vec<_> =
            known.iter().map(|known| known.as_ref().map(|known| known.shares_name)).collect();
        assert_eq!(shared, [Some(true), Some(false), Some(true), Some(true)]);
    }
}
