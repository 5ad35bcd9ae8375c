//! Which clients have come to the site by now, and does the site still take them?
//!
//! The list of clients is read page by page, never host by host, and no more than a page a second on average: that is
//! less than a quarter of what an account may ask. The version and the installers are looked at from time to time, since
//! an upgrade ends all installers, and a person some.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::groups::Groups;
use super::{Awaited, Crew};
use crate::appliance::{Account, ApiError};
use crate::matching::{By, Hosts, Known, Match};
use crate::model::{Happening, JumpClient, RecordEnd, Told, readable};
use crate::planner;

/// The shortest time between two readings of the list.
const SHORTEST: Duration = Duration::from_secs(3);

/// How many clients a page of the list holds.
const PAGE: u64 = 100;

/// The time between two looks at the version.
const VERSION: Duration = Duration::from_secs(60);

/// The pause between two looks at what is due.
const PAUSE: Duration = Duration::from_millis(200);

/// How long a site that cannot be asked is asked again for hosts whose time is up.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// Looks at the site as long as this lives.
pub(super) struct Lookout {
    is_over: Arc<Mutex<bool>>,
}

impl Lookout {
    /// Looks from here on, in a thread of its own; there is nothing to see without an account.
    pub(super) fn begin(crew: &Arc<Crew>) -> Self {
        let is_over = Arc::new(Mutex::new(false));
        if crew.site.is_some() {
            let (crew, is_over) = (crew.clone(), is_over.clone());
            // Nobody waits for it: an answer may take minutes, and what comes late is not written down.
            thread::spawn(move || {
                if let Some(account) = &crew.site {
                    let hosts = OnceCell::new();
                    let (crew, is_over) = (&*crew, &*is_over);
                    let (wave, upgraded, ended) = (None, false, BTreeSet::new());
                    Looker { crew, account, is_over, hosts, wave, upgraded, ended }.look();
                }
            });
        }
        Self { is_over }
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        *self.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

struct Looker<'a> {
    crew: &'a Crew,
    account: &'a Account,
    is_over: &'a Mutex<bool>,
    /// All hosts of the plan, so that a record is not taken for the nearest of the few that are waited for.
    hosts: OnceCell<Hosts>,
    wave: Option<usize>,
    upgraded: bool,
    /// The releases whose installers have ended.
    ended: BTreeSet<String>,
}

impl Looker<'_> {
    fn look(&mut self) {
        // The version was looked at just before the run.
        let (mut version, mut list) = (Instant::now() + VERSION, Instant::now());
        while !*self.is_over.lock().unwrap_or_else(PoisonError::into_inner) {
            let wave = self.crew.recorder.ask(|policy, _| policy.wave());
            let is_new = wave.is_some() && self.wave.is_some() && wave != self.wave;
            self.wave = wave;
            if is_new || Instant::now() >= version {
                self.version();
                version = Instant::now() + VERSION;
            }
            if Instant::now() >= list
                && self.crew.recorder.ask(|policy, _| policy.awaits_contact()) == Some(true)
            {
                let clients = self.clients();
                list = Instant::now() + SHORTEST.max(Duration::from_secs(clients.div_ceil(PAGE)));
            }
            thread::sleep(PAUSE);
        }
    }

    fn version(&mut self) {
        let told = self.crew.plan.appliance.told.as_ref();
        let Some(told) = told.filter(|_| self.crew.plan.task.installs() && !self.upgraded) else { return };
        // A site that cannot be asked now is asked again.
        if let Ok(now) = self.account.software_like(&told.version)
            && now != told.version
        {
            self.upgraded = true;
            self.note(None, Happening::ApplianceUpgraded { from: told.version.clone(), to: now });
        }
        self.installers(told);
    }

    /// Whether the site still has the installers of the plan: they end early where somebody deletes them, or where the
    /// account of who made them goes.
    fn installers(&mut self, told: &Told) {
        if told.installers.keys().all(|release| self.ended.contains(release)) {
            return;
        }
        let Ok(there) = self.account.expiries() else { return };
        let here = self.crew.recorder.ask(|_, now| now.at);
        let Some(now) = self.account.time().or(here) else { return };
        for (release, why) in planner::ended(told, &there, now) {
            if self.ended.insert(release.clone()) {
                self.note(None, Happening::InstallersEnded { release, why });
            }
        }
    }

    /// Reads the list once and writes down who came and whose time is up; how many clients there are.
    fn clients(&self) -> u64 {
        let asked = |policy: &mut super::Policy, now: super::Moment| {
            (policy.awaited().copied().collect::<Vec<Awaited>>(), now.at)
        };
        let Some((awaited, begun)) = self.crew.recorder.ask(asked) else { return 0 };
        let none = Hosts::default();
        let (hosts, asked) = self.hosts().map_or_else(|error| (&none, Err(error)), |hosts| (hosts, Ok(())));
        let mut arrivals = Arrivals::among(hosts);
        let mut seen = 0;
        let read = asked.and_then(|()| {
            self.account.clients(|client| {
                seen += 1;
                arrivals.take(&client);
            })
        });
        arrivals.ahead = self.ahead();
        for one in &awaited {
            if let Some(what) = arrivals.end(one, begun, read.as_ref().err()) {
                let came = matches!(what, Happening::ClientConnected { .. });
                // The run may be over with the last client that came, and nothing is told behind that.
                self.ghosts(one.host, came.then(|| arrivals.found.get(&one.host)).flatten().map(|own| own.0));
                self.note(Some(one.host), what);
            }
        }
        seen
    }

    /// The plan's hosts with the Jump Groups that their clients are put into, as far as the site tells; one that cannot
    /// be asked now is asked again.
    fn hosts(&self) -> Result<&Hosts, ApiError> {
        if let Some(hosts) = self.hosts.get() {
            return Ok(hosts);
        }
        let plan = &self.crew.plan;
        let groups = match Groups::ask(self.account, plan) {
            Err(
                ApiError::Forbidden { .. }
                | ApiError::Missing { .. }
                | ApiError::Refused { .. }
                | ApiError::Unreadable { .. },
            ) => Groups::default(),
            groups => groups?,
        };
        let known = |host| Known { jump_group: groups.of(plan, host), ..Known::from(host) };
        let beside = plan.hosts.iter().map(|host| host.namesakes);
        Ok(self.hosts.get_or_init(|| Hosts::new(plan.hosts.iter().map(known)).beside(beside)))
    }

    /// Tells of the record that the host had when the plan was made, if the client that came has another one: it is a
    /// ghost then, which nothing connects any more.
    fn ghosts(&self, host: usize, came: Option<u32>) {
        let known = self.crew.plan.hosts[host].record.as_ref().filter(|known| known.is_sure());
        let (Some(known), Some(came)) = (known, came) else { return };
        if known.client == came {
            return;
        }
        // Who cannot be asked leaves it for `clients drift`.
        if let Ok(Some(there)) = ApiError::if_there(self.account.client(known.client))
            && !there.may_be_online()
        {
            let others = known.others.iter().copied().filter(|other| *other != came).collect();
            let end = RecordEnd::Replaced;
            self.note(Some(host), Happening::RecordEnded { client: Some(known.client), end, others });
        }
    }

    /// How far the site's clock is ahead of this machine's; one that no answer tells is taken for the same.
    fn ahead(&self) -> SignedDuration {
        let here = self.crew.recorder.ask(|_, now| now.at);
        let both = here.zip(self.account.time());
        both.map_or(SignedDuration::ZERO, |(here, there)| there.duration_since(here))
    }

    fn note(&self, host: Option<usize>, what: Happening) {
        // Held while it is written: nothing comes behind the run's last word.
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_over {
            let what = match what {
                Happening::ClientNotConnected { detail, unseen } => {
                    let detail = self.crew.secrets.mask(&detail).into_owned();
                    Happening::ClientNotConnected { detail, unseen }
                }
                what => what,
            };
            self.crew.recorder.note(host.map(|host| &self.crew.plan.hosts[host].name), what);
        }
    }
}

/// Which awaited hosts have come, by one reading of the list. Pure.
struct Arrivals<'a> {
    hosts: &'a Hosts,
    /// Each host's youngest record: its number, and when it connected.
    found: HashMap<usize, (u32, Option<Timestamp>)>,
    /// The youngest record that may be a host's and is not surely: the same, and why it is not.
    doubtful: HashMap<usize, (u32, Timestamp, &'static str)>,
    /// A record that is the host's, and when it connected is not understood: its number, and what the site says.
    unclear: HashMap<usize, (u32, String)>,
    /// How far the site's clock is ahead.
    ahead: SignedDuration,
}

impl<'a> Arrivals<'a> {
    fn among(hosts: &'a Hosts) -> Self {
        Self {
            hosts,
            found: HashMap::new(),
            doubtful: HashMap::new(),
            unclear: HashMap::new(),
            ahead: SignedDuration::ZERO,
        }
    }

    fn take(&mut self, client: &JumpClient) {
        let connected = client.last_connect_timestamp.at().filter(|_| client.presence().is_there());
        let (host, by) = match self.hosts.of(client) {
            Match::Nobody => return,
            Match::Several(hosts) => {
                return self.doubt(
                    hosts,
                    client.id,
                    connected,
                    "several hosts of the inventory are called so",
                );
            }
            Match::One { host, by } => (host, by),
        };
        match by {
            // There is nothing else to know it by.
            By::Address if self.hosts.is_nameless(host) => {}
            By::Address => {
                return self.doubt(vec![host], client.id, connected, "only its address is the host's");
            }
            By::OtherDomain => {
                return self.doubt(vec![host], client.id, connected, "its domain is another one");
            }
            // The address of the inventory may be one of several that the computer has, and the site shows another.
            By::Fqdn | By::HostnameAndAddress | By::Hostname | By::CutName => {}
        }
        if client.last_connect_timestamp.is_unclear() {
            let said = readable(&client.last_connect_timestamp.to_string()).into_owned();
            self.unclear.insert(host, (client.id, said));
        }
        let best = self.found.entry(host).or_insert((client.id, connected));
        if connected > best.1 {
            *best = (client.id, connected);
        }
    }

    fn doubt(&mut self, hosts: Vec<usize>, client: u32, connected: Option<Timestamp>, why: &'static str) {
        let Some(connected) = connected else { return };
        for host in hosts {
            let youngest = self.doubtful.entry(host).or_insert((client, connected, why));
            if connected > youngest.1 {
                *youngest = (client, connected, why);
            }
        }
    }

    /// What is to be said of a client that came since, and is not surely the host's.
    fn perhaps(&self, one: &Awaited) -> String {
        if let Some((client, said)) = self.unclear.get(&one.host) {
            return format!(
                "; its record {client} of the site connected last at {said}, which proves nothing"
            );
        }
        let started = self.there(one.started);
        let came = self.doubtful.get(&one.host).filter(|(_, at, _)| *at >= in_digits_of(*at, started));
        came.map_or(String::new(), |(client, at, why)| {
            format!("; client {client} connected at {at} and may be the host's, but {why}")
        })
    }

    /// A moment of this machine's clock by the site's.
    fn there(&self, here: Timestamp) -> Timestamp {
        here.checked_add(self.ahead).unwrap_or(here)
    }

    /// What this reading, which began at that time, means for a host; none when it is waited for still.
    fn end(&self, one: &Awaited, begun: Timestamp, failed: Option<&ApiError>) -> Option<Happening> {
        let found = self.found.get(&one.host).copied();
        if let Some((client, Some(connected))) = found
            && let started = self.there(one.started)
            && connected >= in_digits_of(connected, started)
        {
            let took = connected.duration_since(started).as_millis();
            return Some(Happening::ClientConnected {
                client,
                milliseconds: u64::try_from(took).unwrap_or(0),
            });
        }
        let late = begun.duration_since(one.until);
        let (detail, unseen) = match (failed, found) {
            (Some(error), _) if late >= PATIENCE => (format!("nobody could look: {error}"), true),
            (None, Some((client, Some(connected)))) if late >= SignedDuration::ZERO => (
                format!("its record {client} of the site connected last at {connected}, before the install"),
                false,
            ),
            (None, _) if late >= SignedDuration::ZERO => {
                ("the site has no record of a client that connected since".to_owned(), false)
            }
            _ => return None,
        };
        let perhaps = if unseen { String::new() } else { self.perhaps(one) };
        Some(Happening::ClientNotConnected { detail: detail + &perhaps, unseen })
    }
}

/// A time as the site would write it that writes another one so: some have no fractions of a second.
fn in_digits_of(written: Timestamp, time: Timestamp) -> Timestamp {
    let whole = Timestamp::from_second(time.as_second()).unwrap_or(time);
    if written.subsec_nanosecond() == 0 { whole } else { time }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn client(id: u32, hostname: &str, connected: Option<i64>, more: &str) -> JumpClient {
        let connected =
            connected.map_or(String::new(), |second| at(second).to_string().replace('Z', "+00:00"));
        let text = format!(
            "{{\"id\":{id},\"jump_group_id\":1,\"hostname\":\"{hostname}\",\"last_connect_timestamp\":\"{connected}\"{more}}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    /// What a reading at this second means for a host that was started at 100 and is waited for until 400.
    fn end(records: &[JumpClient], second: i64, failed: Option<&ApiError>) -> Option<Happening> {
        let awaited = Awaited { host: 0, started: at(100), until: at(400) };
        let hosts = Hosts::new([Known { name: "web1", address: "10.0.0.1", jump_group: None }]);
        let mut arrivals = Arrivals::among(&hosts);
        records.iter().for_each(|record| arrivals.take(record));
        arrivals.end(&awaited, at(second), failed)
    }

    #[test]
    fn a_record_of_another_host_of_the_plan_proves_nothing() {
        let named =
            ["web1.a.example", "web1.b.example"].map(|name| Known { name, address: name, jump_group: None });
        let hosts = Hosts::new(named);
        let mut arrivals = Arrivals::among(&hosts);
        arrivals.take(&client(3, "web1", Some(130), ",\"fqdn\":\"web1.b.example\""));
        let awaited = |host| Awaited { host, started: at(100), until: at(400) };
        assert_eq!(arrivals.end(&awaited(0), at(140), None), None);
        let came = Happening::ClientConnected { client: 3, milliseconds: 30_000 };
        assert_eq!(arrivals.end(&awaited(1), at(140), None), Some(came));
    }

    #[test]
    fn clients_of_one_name_are_told_apart_by_the_group_they_were_put_into() {
        let known = |name, jump_group| Known { name, address: name, jump_group };
        let end = |groups: [Option<u32>; 2], host| {
            let hosts = Hosts::new([known("web1.a.example", groups[0]), known("web1.b.example", groups[1])]);
            let mut arrivals = Arrivals::among(&hosts);
            arrivals.take(&client(3, "web1", Some(130), ""));
            arrivals.end(&Awaited { host, started: at(100), until: at(400) }, at(140), None)
        };
        let came = Some(Happening::ClientConnected { client: 3, milliseconds: 30_000 });
        assert_eq!((end([Some(1), Some(2)], 0), end([Some(1), Some(2)], 1)), (came, None));
        for groups in [[Some(1), Some(1)], [Some(2), Some(3)], [Some(1), None], [None, None]] {
            assert_eq!((end(groups, 0), end(groups, 1)), (None, None), "it may be either's: {groups:?}");
        }
    }

    #[test]
    fn a_client_has_come_when_its_record_connected_after_the_start() {
        let came = |client, milliseconds| Some(Happening::ClientConnected { client, milliseconds });
        assert_eq!(end(&[client(3, "web1", Some(130), "")], 140, None), came(3, 30_000));
        let both = [client(3, "web1", Some(10), ""), client(4, "WEB1", Some(130), "")];
        assert_eq!(end(&both, 140, None), came(4, 30_000), "the youngest of several records");
        for none in [
            client(3, "web1", Some(99), ""),
            client(3, "web2", Some(130), ""),
            client(3, "web1", None, ""),
            client(3, "web1", Some(10), ""),
            client(3, "web1", Some(130), ",\"connection_type\":\"uninstalled\""),
        ] {
            assert_eq!(end(&[none], 140, None), None);
        }
    }

    #[test]
    fn a_client_that_may_be_anothers_proves_nothing_and_is_told_of() {
        let known = |(name, address)| Known { name, address, jump_group: None };
        let hosts = [
            ("web1.a.example", "10.0.0.1"),
            ("10.0.0.2", "10.0.0.2"),
            ("db1.a.example", "x"),
            ("db1.b.example", "y"),
        ];
        let hosts = Hosts::new(hosts.map(known));
        let end = |host, records: &[JumpClient]| {
            let mut arrivals = Arrivals::among(&hosts);
            records.iter().for_each(|record| arrivals.take(record));
            arrivals.end(&Awaited { host, started: at(100), until: at(400) }, at(400), None)
        };
        for (host, said, record) in [
            (0, "only its address", client(3, "other", Some(130), ",\"private_ip\":\"10.0.0.1\"")),
            (0, "its domain", client(3, "web1", Some(130), ",\"fqdn\":\"web1.b.example\"")),
            (2, "several hosts", client(3, "DB1", Some(130), "")),
            (3, "several hosts", client(3, "DB1", Some(130), "")),
        ] {
            let Some(Happening::ClientNotConnected { detail, unseen: false }) = end(host, &[record]) else {
                panic!("{said}: it is not surely the host's")
            };
            assert!(detail.contains("client 3") && detail.contains(said), "{detail}");
        }
        let old = end(2, &[client(3, "DB1", Some(10), "")]);
        let Some(Happening::ClientNotConnected { detail, .. }) = old else { panic!("its time is up") };
        assert!(!detail.contains("client 3"), "it did not connect since: {detail}");
        let at_its_address = client(3, "other", Some(130), ",\"private_ip\":\"10.0.0.2\"");
        let came = Happening::ClientConnected { client: 3, milliseconds: 30_000 };
        assert_eq!(end(1, &[at_its_address]), Some(came.clone()), "nothing else is known of the host");
        let at_another = client(3, "web1", Some(130), ",\"private_ip\":\"10.0.0.9\"");
        assert_eq!(end(0, &[at_another]), Some(came), "computers have several addresses");
    }

    #[test]
    fn a_time_that_nobody_understands_is_no_proof_and_is_told_of() {
        let record = client(3, "web1", None, "");
        let unclear = serde_json::from_value(serde_json::json!("26.11.2026")).unwrap();
        let record = JumpClient { last_connect_timestamp: unclear, ..record };
        assert_eq!(end(std::slice::from_ref(&record), 140, None), None);
        let Some(Happening::ClientNotConnected { detail, unseen: false }) =
            end(std::slice::from_ref(&record), 400, None)
        else {
            panic!("its time is up")
        };
        assert!(detail.contains("record 3") && detail.contains("`26.11.2026`"), "{detail}");
        let came = Happening::ClientConnected { client: 4, milliseconds: 30_000 };
        assert_eq!(end(&[record, client(4, "web1", Some(130), "")], 140, None), Some(came));
    }

    #[test]
    fn a_client_that_may_be_a_hosts_that_is_left_out_proves_nothing() {
        let namesakes = crate::model::Namesakes { by: crate::model::Matched::Name, in_group: None };
        let known = Known { name: "web1.a.example", address: "10.0.0.1", jump_group: None };
        let hosts = Hosts::new([known]).beside([Some(namesakes)]);
        let came = |more| {
            let mut arrivals = Arrivals::among(&hosts);
            arrivals.take(&client(3, "WEB1", Some(130), more));
            arrivals.end(&Awaited { host: 0, started: at(100), until: at(400) }, at(400), None)
        };
        let Some(Happening::ClientNotConnected { detail, .. }) = came("") else {
            panic!("it may be another's")
        };
        assert!(detail.contains("several hosts of the inventory are called so"), "{detail}");
        let connected = Happening::ClientConnected { client: 3, milliseconds: 30_000 };
        assert_eq!(came(",\"private_ip\":\"10.0.0.1\""), Some(connected));
    }

    #[test]
    fn a_connection_is_new_by_the_sites_own_clock() {
        let hosts = Hosts::new([Known { name: "web1", address: "10.0.0.1", jump_group: None }]);
        let is_new = |connected, ahead| {
            let mut arrivals = Arrivals::among(&hosts);
            arrivals.ahead = SignedDuration::from_millis(ahead);
            arrivals.take(&client(3, "web1", Some(connected), ""));
            arrivals.end(&Awaited { host: 0, started: at(100), until: at(400) }, at(140), None).is_some()
        };
        assert!(is_new(100, 0) && !is_new(99, 0));
        assert!(!is_new(399, 300_000) && is_new(400, 300_000), "the site is five minutes ahead");
        assert!(!is_new(39, -60_000) && is_new(41, -60_000), "the site is a minute behind");
        assert!(is_new(100, 700), "whole seconds are written, and not rounded");
    }

    #[test]
    fn only_a_reading_after_the_time_is_up_says_that_nobody_came() {
        assert_eq!(end(&[], 399, None), None);
        let Some(Happening::ClientNotConnected { unseen: false, .. }) = end(&[], 400, None) else {
            panic!("its time is up")
        };
        let old = [client(3, "web1", Some(10), "")];
        let Some(Happening::ClientNotConnected { detail, .. }) = end(&old, 400, None) else {
            panic!("its time is up")
        };
        assert!(detail.contains("record 3"), "{detail}");
        let away = ApiError::Missing { call: "GET /x".into() };
        assert_eq!(end(&[], 459, Some(&away)), None, "the site is asked again");
        assert!(matches!(
            end(&[], 460, Some(&away)),
            Some(Happening::ClientNotConnected { unseen: true, .. })
        ));
    }
}
