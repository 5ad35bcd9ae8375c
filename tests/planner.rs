//! Does the plan say what will happen, and refuse what cannot?

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jumpfleet::inventory::{self, Role, Source};
use jumpfleet::model::{
    Appliance, Budget, Class, Climb, FindingLevel, Gate, GateKind, Host, InstallerFile, KeySource, Mistakes,
    Observation, Plan, Platform, Portion, Product, Rate, Release, Rule, Rules, Slot, Task, Trace,
};
use jumpfleet::planner::{self, Request, Wanted};
use proptest::prelude::*;

const NOW: &str = "2026-03-01T20:00:00Z";

fn hosts(text: &str) -> Vec<Host> {
    let source = Source { path: "fleet.yaml".into(), role: Role::Inventory, text: text.to_owned() };
    let inventory = inventory::read(vec![source]).expect("an inventory");
    let ids: Vec<_> = inventory.ids().collect();
    inventory.resolve(&ids, None).expect("hosts")
}

/// Headless hosts `h1`, `h2`… with these lines of variables for all.
fn fleet(count: usize, vars: &str) -> Vec<Host> {
    let names: String = (1..=count).map(|n| format!("    h{n}: {{ansible_host: 192.0.2.{n}}}\n")).collect();
    hosts(&format!(
        "all:\n  hosts:\n{names}  vars:\n    jc_platform: linux_headless\n    jc_user: jumpclient\n    ansible_become: true\n{vars}"
    ))
}

/// What a test changes of an ordinary request.
struct World {
    appliance: Appliance,
    release: Release,
    other: Option<Release>,
    rate: Rate,
    at_once: u32,
    wanted: Wanted,
    task: Task,
}

impl Default for World {
    fn default() -> Self {
        let files = [(Platform::LinuxHeadless, "bomgar-pec-*.bin".to_owned())];
        Self {
            appliance: Appliance {
                site: "pra.example.org".into(),
                ceiling: Some(1000),
                clients: 0,
                told: None,
            },
            release: Release {
                name: "main".into(),
                product: Product::BomgarPec,
                version: None,
                expires: Some("2026-03-02T20:00:00Z".parse().expect("a moment")),
                key: None,
                overrides: ["tag", "jump_group"].map(str::to_owned).into(),
                files: files.into(),
            },
            other: None,
            rate: Rate::VENDOR_LIMIT,
            at_once: 48,
            wanted: Wanted { ramp: Some(Vec::new()), ..Wanted::default() },
            task: Task::Install,
        }
    }
}

impl World {
    fn plan(&self, hosts: Vec<Host>) -> Result<Plan, Mistakes> {
        let releases = [Some(&self.release), self.other.as_ref()].into_iter().flatten();
        let releases: BTreeMap<_, _> =
            releases.map(|release| (release.name.clone(), release.clone())).collect();
        planner::needs(&hosts, &releases, Some("main"))?;
        let installer = |release: &Release, platform: &Platform, pattern: &String| InstallerFile {
            release: release.name.clone(),
            platform: *platform,
            pattern: pattern.clone(),
            shown: "bomgar-pec-‹key 1a2b3c4d›.bin".into(),
            key_fingerprint: Some("1a2b3c4d".into()),
            key: KeySource::FileName,
            architecture: None,
            sha256: "0".repeat(64),
            bytes: 1,
        };
        let installers = releases.values().flat_map(|release| {
            release.files.iter().map(|(platform, pattern)| installer(release, platform, pattern))
        });
        planner::plan(Request {
            now: NOW.parse::<Timestamp>().expect("a moment"),
            tool_version: "0",
            settings: "/jumpfleet.yaml".into(),
            inventory: vec!["/fleet.yaml".into()],
            inputs: Vec::new(),
            limit: None,
            task: self.task,
            appliance: &self.appliance,
            releases: &releases,
            default_release: Some("main"),
            rate: self.rate,
            at_once: self.at_once,
            expected_install: Duration::from_secs(20),
            install_deadline: None,
            wanted: &self.wanted,
            hosts,
            left_out: &[],
            installers: installers.collect(),
        })
    }
}

#[track_caller]
fn has(plan: &Plan, level: FindingLevel, code: &str) {
    let found = plan.findings.iter().any(|finding| finding.level == level && finding.code == code);
    assert!(found, "{code} is not among {:?}", plan.findings);
}

fn shown(plan: &Plan) -> String {
    let mut out = Vec::new();
    planner::write_text(plan, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_same_input_gives_the_same_plan() {
    let plan = || World::default().plan(fleet(3, "    jc_tag: web\n")).expect("a plan");
    assert_eq!(plan().plan_id, plan().plan_id);
    let other = World::default().plan(fleet(3, "    jc_tag: db\n")).expect("a plan");
    assert_ne!(plan().plan_id, other.plan_id);
}

#[test]
fn what_hosts_share_is_written_once() {
    let vars = "    jc_tag: web\n    jc_jump_group: jumpgroup:{{ inventory_hostname }}\n";
    let plan = World::default().plan(fleet(3, vars)).expect("a plan");
    assert_eq!((plan.treatments.len(), plan.accesses.len()), (1, 1));
    assert!(plan.treatments[0].values.contains_key(&Slot::InstallDir));
    let group = Slot::Parameter(jumpfleet::model::Parameter::JumpGroup);
    for host in &plan.hosts {
        assert_eq!(host.values.keys().copied().collect::<Vec<_>>(), [group]);
        assert_eq!(plan.value(host, group).expect("a value").as_ref(), format!("jumpgroup:{}", host.name));
    }
}

#[test]
fn waves_keep_their_order_and_the_rest_comes_last() {
    let text = "all:\n  vars: {jc_platform: linux_headless, jc_user: j, ansible_become: true}\n  hosts:\n    \
                a: {}\n    b: {jc_wave: pilot}\n    c: {jc_wave: broad}\n    d: {jc_wave: pilot}\n";
    let plan = World::default().plan(hosts(text)).expect("a plan");
    assert_eq!(plan.waves, ["pilot", "broad", "rest"]);
    let order: Vec<_> = plan.hosts.iter().map(|host| (&*host.name, host.wave)).collect();
    assert_eq!(order, [("b", 0), ("d", 0), ("c", 1), ("a", 2)]);
    let one = World::default().plan(fleet(2, "")).expect("a plan");
    assert_eq!(one.waves, ["all"]);
}

/// A fleet without a ramp whose waves have these sizes.
fn in_waves(sizes: &str) -> World {
    let waves = sizes.split(',').map(|size| size.parse().expect("a portion")).collect();
    let wanted = Wanted { waves, ramp: Some(Vec::new()), ..Wanted::default() };
    World { wanted, ..World::default() }
}

fn sizes(plan: &Plan) -> Vec<usize> {
    plan.hosts.chunk_by(|one, other| one.wave == other.wave).map(<[_]>::len).collect()
}

#[test]
fn waves_hold_their_portions_and_the_last_portion_repeats() {
    let of = |sizes_of: &str, hosts| sizes(&in_waves(sizes_of).plan(fleet(hosts, "")).expect("a plan"));
    assert_eq!(of("5,10%,100%", 40), [5, 4, 31]);
    assert_eq!(of("3", 8), [3, 3, 2]);
    assert_eq!(of("50%", 5), [2, 2, 1]);
    assert_eq!(of("1%,1", 3), [1, 1, 1]);
    assert_eq!(of("100", 3), [3]);
    let plan = in_waves("1,100%").plan(fleet(4, "")).expect("a plan");
    assert_eq!(plan.waves, ["1", "2"]);
    assert_eq!(plan.rules.gates.len(), 1);
    assert!(in_waves("5").plan(Vec::new()).expect("a plan").waves.is_empty());
}

#[test]
fn named_waves_come_first_and_sizes_split_the_rest() {
    let text = "all:\n  vars: {jc_platform: linux_headless, jc_user: j, ansible_become: true}\n  hosts:\n    \
                a: {}\n    b: {jc_wave: pilot}\n    c: {}\n    d: {}\n    e: {jc_wave: pilot}\n";
    let plan = in_waves("1,100%").plan(hosts(text)).expect("a plan");
    assert_eq!(plan.waves, ["pilot", "2", "3"]);
    let order: Vec<_> = plan.hosts.iter().map(|host| (&*host.name, host.wave)).collect();
    assert_eq!(order, [("b", 0), ("e", 0), ("a", 1), ("c", 2), ("d", 2)]);
    let text = shown(&plan);
    for part in ["Wave 1: pilot (2 hosts), done ", "\nWave 2 (1 host), done ", "\nWave 3 (2 hosts), done "] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

/// Hosts of these sites, in this order; no site where it is empty.
fn at_sites(sites: &[&str]) -> Vec<Host> {
    let mut hosts = fleet(sites.len(), "");
    for (host, site) in hosts.iter_mut().zip(sites) {
        host.spread = (!site.is_empty()).then(|| (*site).into());
    }
    hosts
}

#[test]
fn a_canary_is_spread_over_all_sites() {
    let sites = [["es"; 20], [""; 20], ["ic"; 20]].concat();
    let plan = in_waves("5,100%").plan(at_sites(&sites)).expect("a plan");
    let canary: Vec<_> = plan.hosts.iter().take(5).map(|host| &*host.name).collect();
    assert_eq!(canary, ["h1", "h21", "h41", "h2", "h22"]);
    let next: Vec<_> = plan.hosts.iter().skip(5).take(3).map(|host| &*host.name).collect();
    assert_eq!(next, ["h42", "h3", "h23"]);
}

#[test]
fn a_plan_says_what_each_host_is_spread_over() {
    let plan = in_waves("100%").plan(at_sites(&["es", "", "ic", "es"])).expect("a plan");
    let spread = |host: &jumpfleet::model::PlannedHost| host.spread.map(|at| &*plan.spreads[at as usize]);
    let of_each: BTreeMap<&str, _> = plan.hosts.iter().map(|host| (&*host.name, spread(host))).collect();
    let wanted = [("h1", Some("es")), ("h2", None), ("h3", Some("ic")), ("h4", Some("es"))];
    assert_eq!(of_each, wanted.into());
    assert_eq!(plan.spreads.len(), 2, "each value stands there once");
    let mut bytes = Vec::new();
    planner::write_json(&plan, &mut bytes).expect("memory takes everything");
    assert_eq!(planner::parse(&bytes).expect("a plan"), plan);
    let mut wrong = plan.clone();
    wrong.spreads.pop();
    planner::refresh(&mut wrong);
    let mut bytes = Vec::new();
    planner::write_json(&wrong, &mut bytes).expect("memory takes everything");
    assert!(planner::parse(&bytes).is_err(), "a host points to no value");
}

fn portion() -> impl Strategy<Value = Portion> {
    prop_oneof![(1..=20_u32).prop_map(Portion::Count), (1..=100_u32).prop_map(Portion::Percent)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_host_is_in_one_wave_of_the_size_that_was_asked(
        sites in prop::collection::vec(prop_oneof!["", "a", "b", "c", "d"], 1..60),
        named in prop::collection::vec(prop::option::weighted(0.2, "[xy]"), 60),
        waves in prop::collection::vec(portion(), 0..5),
    ) {
        let sites: Vec<&str> = sites.iter().map(String::as_str).collect();
        let given = || {
            let mut hosts = at_sites(&sites);
            for (host, wave) in hosts.iter_mut().zip(&named) {
                host.wave = wave.as_deref().map(Into::into);
            }
            hosts
        };
        let world = World { wanted: Wanted { waves: waves.clone(), ..Wanted::default() }, ..World::default() };
        let plan = world.plan(given()).expect("a plan");
        prop_assert_eq!(&plan.plan_id, &world.plan(given()).expect("a plan").plan_id);
        let names: BTreeSet<_> = plan.hosts.iter().map(|host| host.name.clone()).collect();
        prop_assert_eq!(names.len(), sites.len());
        prop_assert_eq!(plan.rules.gates.len(), plan.waves.len() - 1);
        let given = given();
        let own: BTreeSet<_> = given.iter().filter_map(|host| host.wave.clone()).collect();
        let unnamed = given.iter().filter(|host| host.wave.is_none()).count();
        let mut left = unnamed;
        for (wave, size) in sizes(&plan).into_iter().enumerate() {
            if let Some(name) = own.iter().find(|name| plan.waves[wave] == ***name) {
                prop_assert_eq!(size, given.iter().filter(|host| host.wave.as_ref() == Some(name)).count());
                continue;
            }
            let asked = waves.get(wave - own.len()).or(waves.last());
            let asked = asked.map_or(unnamed, |portion| usize::try_from(portion.of(unnamed as u64)).unwrap_or(0));
            prop_assert_eq!(size, asked.min(left));
            left -= size;
        }
        prop_assert_eq!(left, 0);
    }

    #[test]
    fn no_site_is_ahead_by_more_than_one_while_others_have_hosts_left(
        sites in prop::collection::vec(prop_oneof!["", "a", "b", "c", "d"], 1..80),
        waves in prop::collection::vec(portion(), 1..5),
    ) {
        let sites: Vec<&str> = sites.iter().map(String::as_str).collect();
        let hosts = at_sites(&sites);
        let site: BTreeMap<_, _> = hosts.iter().map(|host| (host.name.clone(), host.spread.clone())).collect();
        let world = World { wanted: Wanted { waves, ..Wanted::default() }, ..World::default() };
        let plan = world.plan(hosts).expect("a plan");
        for wave in 0..plan.waves.len() {
            let in_wave = |host: &&jumpfleet::model::PlannedHost| host.wave as usize == wave;
            let later: BTreeSet<_> =
                plan.hosts.iter().filter(|host| host.wave as usize > wave).map(|host| &site[&host.name]).collect();
            let mut counts: BTreeMap<_, usize> = BTreeMap::new();
            for host in plan.hosts.iter().filter(in_wave) {
                *counts.entry(&site[&host.name]).or_default() += 1;
            }
            let most = counts.values().copied().max().unwrap_or_default();
            for with_more in later {
                prop_assert!(counts.get(with_more).copied().unwrap_or_default() + 1 >= most);
            }
        }
    }
}

#[test]
fn the_estimate_follows_the_ramp_and_the_gates() {
    let climb = |rate: &str, hosts| Climb { rate: rate.parse().expect("a rate"), hosts };
    let mut world = in_waves("2,100%");
    world.wanted.ramp = Some(vec![climb("6/min", Some(2)), climb("60/min", None)]);
    world.wanted.gates = vec![Gate { kind: GateKind::Auto, soak: 100 }];
    let plan = world.plan(fleet(4, "")).expect("a plan");
    // The first wave: starts at 0 and 10.167, done at 30.167. Then 100 s, and two starts a second apart.
    assert_eq!(plan.estimate.done, "2026-03-01T20:02:31Z".parse().expect("a moment"));
    let text = shown(&plan);
    for part in [
        "  ramp 6/min for 2 clients, then 60/min\n",
        "Wave 1 (2 hosts), done 2026-03-01T20:00:30Z\n",
        "  gate auto: 1m 40s later every client of the wave is looked at again; it opens below 10% bad hosts\n",
        "Wave 2 (2 hosts), done 2026-03-01T20:02:31Z\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    world.wanted.gates = vec![Gate { kind: GateKind::Manual, soak: 0 }];
    let text = shown(&world.plan(fleet(4, "")).expect("a plan"));
    assert!(text.contains("ends 2026-03-01T20:00:51Z, without the wait for a person at 1 gate\n"), "{text}");
    assert!(text.contains("  gate manual: a person opens it\n"), "{text}");
}

#[test]
fn the_ramp_climbs_when_so_many_are_installed_and_not_when_they_are_started() {
    let climb = |rate: &str, hosts| Climb { rate: rate.parse().expect("a rate"), hosts };
    let ramp = Some(vec![climb("6/min", Some(1)), climb("30/min", Some(2)), climb("60/min", None)]);
    let world = World { wanted: Wanted { ramp, ..Wanted::default() }, ..World::default() };
    // 0 and 10.167 at 6/min; the first is done at 20, so the next may start at 20; 22.033 and on at 30/min.
    let starts = |hosts| world.plan(fleet(hosts, "")).expect("a plan").estimate.starts;
    let close = |one: f64, other: f64| assert!((one - other).abs() < 1e-3, "{one} is not {other}");
    close(starts(2), 10.1667);
    close(starts(3), 20.0);
    close(starts(4), 22.0333);
    close(starts(12), 20.0 + 9.0 * 2.033_33);
    // Two more are done at 40: the rate that begins then lets the next one start at once.
    close(starts(13), 40.0);
    close(starts(15), 40.0 + 2.0 * 1.016_67);
}

fn with_windows(windows: &[&str]) -> Vec<Host> {
    let mut hosts = fleet(windows.len(), "");
    for (host, window) in hosts.iter_mut().zip(windows) {
        host.window = (!window.is_empty()).then(|| std::sync::Arc::new(window.parse().expect("a window")));
    }
    hosts
}

#[test]
fn hosts_wait_for_their_windows_and_windows_are_said_once() {
    // Now is a Sunday, 20:00 UTC.
    let (open, later) = ("sun 19:00-21:00 UTC", "daily 23:00-02:00 Europe/Berlin");
    let world = in_waves("100%");
    let plan = world.plan(with_windows(&[later, open, later, ""])).expect("a plan");
    assert_eq!(plan.windows.len(), 2);
    let windows: Vec<_> = plan.hosts.iter().map(|host| host.window).collect();
    assert_eq!(windows, [Some(0), Some(1), Some(0), None]);
    // 23:00 in Berlin is 22:00 UTC in winter; two starts, and 20 s for the last one.
    assert_eq!(plan.estimate.done, "2026-03-01T22:00:21Z".parse().expect("a moment"));
    assert!(plan.findings.iter().all(|finding| finding.code != "window_too_short"), "{:?}", plan.findings);
    let text = shown(&plan);
    for part in [
        "  window daily 23:00-02:00 Europe/Berlin: 2 hosts, opens 2026-03-01T22:00:00Z, closes 2026-03-02T01:00:00Z\n",
        "  window sun 19:00-21:00 UTC: 1 host, open until 2026-03-01T21:00:00Z\n",
        "  h[1,3] (2 hosts)\n",
        "      only daily 23:00-02:00 Europe/Berlin\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn hosts_whose_window_closes_before_their_turn_are_counted() {
    let mut world = in_waves("100%");
    world.at_once = 1;
    // A start every 20 s: at 20:00:00, 20, 40 and 60, which is too late.
    let short = "sun 19:00-20:01 UTC";
    let plan = world.plan(with_windows(&[short; 5])).expect("a plan");
    has(&plan, FindingLevel::Warning, "window_too_short");
    let found = plan.findings.iter().find(|finding| finding.code == "window_too_short").expect("a finding");
    let wanted = "`sun 19:00-20:01 UTC` closes at 2026-03-01T20:01:00Z before the turn of 2 hosts comes: they \
                  would not be started";
    assert_eq!(found.message, wanted);
    assert!(!planner::has_errors(&plan));
    assert_eq!(plan.estimate.done, "2026-03-01T20:01:00Z".parse().expect("a moment"));
    assert!(shown(&plan).contains("; 2 would come too late\n"), "{}", shown(&plan));
    assert_eq!(shown(&plan).matches("too late").count(), 1);
}

#[test]
fn installers_that_expire_before_the_window_opens_forbid_the_plan() {
    let mut world = in_waves("100%");
    world.release.expires = Some("2026-03-01T22:00:00Z".parse().expect("a moment"));
    let plan = world.plan(with_windows(&["daily 23:00-02:00 UTC"])).expect("a plan");
    has(&plan, FindingLevel::Error, "installer_expires_too_soon");
}

#[test]
fn limits_and_tries_are_said() {
    let mut world = in_waves("1");
    let text = shown(&world.plan(fleet(1, "")).expect("a plan"));
    for part in [
        "  halts at 10% failed or 50% unreachable of the last 100 hosts (a share counts from 50 hosts on), or 5 failed in a row\n",
        "  tries again up to 2 times connection_refused, connect_timeout, no_route, \
         connection_lost; up to 4 times no_banner; up to 5 times installer_busy, server_busy; rests 2s first, 5m at most\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    world.wanted.budget = Budget { failures: Some(Portion::Count(3)), ..Budget::NONE };
    world.wanted.retries.limits.clear();
    (world.wanted.adaptive, world.wanted.wait_for_offline) = (false, Some(4 * 3600));
    let text = shown(&world.plan(fleet(1, "")).expect("a plan"));
    for part in [
        "  halts at 3 failed of the last 100 hosts\n",
        "  tries nothing again\n",
        "  the rate is kept even when the appliance is overloaded\n",
        "  hosts that are away are tried again for 4h\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    world.wanted.budget = Budget::NONE;
    let text = shown(&world.plan(fleet(1, "")).expect("a plan"));
    assert!(text.contains("  never halts by itself\n"), "{text}");
}

#[test]
fn the_estimate_counts_starts_the_guard_and_the_last_install() {
    let plan = World::default().plan(fleet(61, "")).expect("a plan");
    assert!((plan.estimate.starts - 61.0).abs() < 1e-6, "{}", plan.estimate.starts);
    let done: Timestamp = "2026-03-01T20:01:21Z".parse().expect("a moment");
    assert!(plan.estimate.done.duration_since(done).abs() < jiff::SignedDuration::from_millis(1));
}

#[test]
fn installers_that_expire_before_the_end_forbid_the_plan() {
    let mut world = World::default();
    world.release.expires = Some("2026-03-01T20:01:00Z".parse().expect("a moment"));
    let late = world.plan(fleet(61, "")).expect("a plan");
    has(&late, FindingLevel::Error, "installer_expires_too_soon");
    assert!(planner::has_errors(&late));
    assert!(!planner::has_errors(&world.plan(fleet(20, "")).expect("a plan")));
    world.release.expires = Some("2026-03-01T19:00:00Z".parse().expect("a moment"));
    has(&world.plan(fleet(1, "")).expect("a plan"), FindingLevel::Error, "installer_expired");
    world.release.expires = None;
    has(&world.plan(fleet(1, "")).expect("a plan"), FindingLevel::Warning, "installer_expiry_unknown");
}

#[test]
fn starts_are_no_faster_than_visits_become_free() {
    let world = World { at_once: 2, ..World::default() };
    let plan = world.plan(fleet(5, "")).expect("a plan");
    assert!((plan.estimate.starts - 40.0).abs() < 1e-6, "{}", plan.estimate.starts);
    assert_eq!(plan.estimate.done, "2026-03-01T20:01:00Z".parse().expect("a moment"));
    let one = World { at_once: 1, ..World::default() }.plan(fleet(5, "")).expect("a plan");
    assert!((one.estimate.starts - 80.0).abs() < 1e-6, "{}", one.estimate.starts);
}

#[test]
fn a_release_must_last_until_its_own_last_host_is_done() {
    let text = "all:\n  vars: {jc_platform: linux_headless, jc_user: j, ansible_become: true}\n  hosts:\n    \
                a: {jc_wave: one, jc_release: old}\n    b: {jc_wave: two}\n    c: {jc_wave: two}\n";
    let expiring = |moment: &str| {
        let mut world = World { at_once: 1, ..World::default() };
        world.other = Some(Release {
            name: "old".into(),
            expires: Some(moment.parse().expect("a moment")),
            ..world.release.clone()
        });
        world.plan(hosts(text)).expect("a plan")
    };
    let plan = expiring("2026-03-01T20:00:30Z");
    assert!(!planner::has_errors(&plan), "{:?}", plan.findings);
    has(&expiring("2026-03-01T20:00:19Z"), FindingLevel::Error, "installer_expires_too_soon");
    let later = plan.created + jiff::SignedDuration::from_secs(11);
    let late = planner::too_late(&plan, later, |_| true);
    assert_eq!(late.len(), 1);
    assert!(late[0].contains("`old` expire at 2026-03-01T20:00:30Z"), "{late:?}");
    assert!(late[0].contains("done at 2026-03-01T20:00:31Z"), "{late:?}");
    assert!(planner::too_late(&plan, later, |host| host > 0).is_empty());
}

#[test]
fn more_clients_than_the_appliance_holds_forbid_the_plan() {
    let mut world = World::default();
    world.appliance.clients = 998;
    assert!(!planner::has_errors(&world.plan(fleet(2, "")).expect("a plan")));
    let full = world.plan(fleet(3, "")).expect("a plan");
    has(&full, FindingLevel::Error, "appliance_full");
    world.appliance.ceiling = None;
    has(&world.plan(fleet(3, "")).expect("a plan"), FindingLevel::Note, "appliance_size_unknown");
}

#[test]
fn hosts_that_were_seen_with_a_client_are_not_counted() {
    let mut world = World::default();
    world.appliance.clients = 998;
    let mut plan = world.plan(fleet(3, "")).expect("a plan");
    let id = plan.plan_id.clone();
    let seen = Observation {
        facts: BTreeMap::new(),
        traces: vec![Trace { rule: Rule::InstallDirectory, evidence: "/opt/jumpclient".into() }],
    };
    planner::observe(&mut plan, vec![Some(seen), Some(Observation::default()), None]);
    assert_eq!(planner::changes(&plan), 2);
    assert!(!planner::has_errors(&plan));
    assert_ne!(plan.plan_id, id);
    let text = shown(&plan);
    assert!(text.contains("2 to install, 1 already present"), "{text}");
    assert!(text.contains("already present (install_directory): nothing is done"), "{text}");
}

#[test]
fn overrides_that_are_not_permitted_or_not_taken_are_mistakes_at_their_place() {
    let refused = |vars: &str| World::default().plan(fleet(40, vars)).expect_err("a mistake").to_string();
    let text = refused("    jc_comments: x\n");
    assert!(text.starts_with("fleet.yaml:47:18:"), "{text}");
    assert!(text.contains("release `main` does not permit `jc_comments`"), "{text}");
    assert!(text.contains("host `h1` and 39 more"), "{text}");
    let text = refused("    jc_name: x\n");
    assert!(text.contains("`jc_name` is not an override that linux_headless takes"), "{text}");
    let both = World::default().plan(fleet(2, "    jc_name: x\n    jc_comments: y\n")).expect_err("mistakes");
    assert_eq!(both.0.len(), 2, "{both}");
}

#[test]
fn releases_that_do_not_exist_or_lack_a_file_are_mistakes() {
    let refused = |vars: &str| World::default().plan(fleet(2, vars)).expect_err("a mistake").to_string();
    let text = refused("    jc_release: other\n");
    assert!(text.contains("no release `other`") && text.contains("the settings have: `main`"), "{text}");
    let world = World::default();
    let raspberry = "all: {hosts: {p: {jc_platform: raspberry_pi, jc_user: j, ansible_become: true}}}\n";
    let text = world.plan(hosts(raspberry)).expect_err("a mistake").to_string();
    assert!(text.contains("release `main` has no installer file for raspberry_pi"), "{text}");
}

#[test]
fn too_few_visits_for_the_rate_are_warned_of() {
    let world = World { at_once: 10, ..World::default() };
    has(&world.plan(fleet(30, "")).expect("a plan"), FindingLevel::Warning, "at_once_limits_rate");
    let enough = world.plan(fleet(10, "")).expect("a plan");
    assert!(enough.findings.iter().all(|finding| finding.code != "at_once_limits_rate"));
}

#[test]
fn windows_hosts_are_planned() {
    let mut world = World::default();
    world.release.files = [(Platform::WindowsMsi, "bomgar-pec-win64.msi".to_owned())].into();
    world.release.key = Some(jumpfleet::model::SecretReference::Env("KEY".into()));
    let text = "all: {hosts: {w: {jc_platform: windows_msi, jc_tag: one two}}}\n";
    let plan = world.plan(hosts(text)).expect("a plan");
    assert!(!planner::has_errors(&plan), "{:?}", plan.findings);
    assert!(
        shown(&plan).contains("JC_TAG=\"one two\"") || shown(&plan).contains("jc_tag=\"one two\""),
        "{}",
        shown(&plan)
    );
}

#[test]
fn a_marker_file_that_hosts_share_is_told_of() {
    let mut world = World::default();
    world.release.files = [(Platform::WindowsMsi, "bomgar-pec-win64.msi".to_owned())].into();
    world.release.key = Some(jumpfleet::model::SecretReference::Env("KEY".into()));
    let fleet = |file: &str| {
        format!(
            "all: {{hosts: {{v: , w: }}, vars: {{jc_platform: windows_msi, jc_marker_file: '{file}'}}}}\n"
        )
    };
    let shared = world.plan(hosts(&fleet(r"\\server\share\PRAJumpClient.txt"))).expect("a plan");
    has(&shared, FindingLevel::Warning, "marker_shared");
    let own = fleet(r"\\server\share\{{ inventory_hostname }}.txt");
    let own = world.plan(hosts(&own)).expect("a plan");
    assert!(own.findings.iter().all(|finding| finding.code != "marker_shared"), "{:?}", own.findings);
}

#[test]
fn hosts_that_hear_the_same_are_shown_together() {
    let text = shown(
        &World::default().plan(fleet(20, "    jc_tag: '{{ inventory_hostname }} x'\n")).expect("a plan"),
    );
    assert!(text.contains("  h[1-20] (20 hosts)\n"), "{text}");
    assert!(text.contains("--jc-tag '{{ inventory_hostname }} x'"), "{text}");
    let mut many = fleet(20, "    jc_tag: '{{ ansible_host }}'\n");
    many.truncate(20);
    let text = shown(&World::default().plan(many).expect("a plan"));
    assert!(text.contains("  h[1-20] (20 hosts, each with values of its own)\n"), "{text}");
    assert!(text.contains("--jc-tag {{ jc_tag }}"), "{text}");
    assert!(text.contains("jc_tag: 20 values: 192.0.2.1 (1 host)"), "{text}");
}

#[test]
fn a_plan_survives_its_file() {
    let plan = World::default().plan(fleet(3, "    jc_tag: '{{ inventory_hostname }}'\n")).expect("a plan");
    let mut file = Vec::new();
    planner::write_json(&plan, &mut file).expect("memory takes it");
    assert_eq!(planner::parse(&file), Ok(plan));
    let text = String::from_utf8(file).expect("text");
    let changed = text.replacen("192.0.2.1", "192.0.2.9", 1);
    assert_eq!(planner::parse(changed.as_bytes()), Err(planner::PlanError::Changed));
}

/// A plan as a file with its id reckoned anew, as somebody would who changes it on purpose.
fn reread(change: impl FnOnce(&mut Plan)) -> Result<Plan, planner::PlanError> {
    let vars = "    jc_tag: web\n    jc_staging_dir: /var/tmp\n    jc_marker_file: /etc/client\n";
    let mut plan = World::default().plan(fleet(3, vars)).expect("a plan");
    plan.inputs.push(jumpfleet::model::Input {
        path: "/fleet.yaml".into(),
        sha256: "0".repeat(64),
        kind: jumpfleet::model::InputKind::File,
    });
    change(&mut plan);
    planner::identify(&mut plan);
    let mut file = Vec::new();
    planner::write_json(&plan, &mut file).expect("memory takes it");
    planner::parse(&file)
}

#[track_caller]
fn distrusted(why: &str, change: impl FnOnce(&mut Plan)) {
    let faults = planner::distrusted(&reread(change).expect("a plan")).join("; ");
    assert!(faults.contains(why), "{faults}");
}

#[test]
fn a_plan_of_this_version_is_trusted_with_every_kind_of_host() {
    assert_eq!(planner::distrusted(&reread(|_| {}).expect("a plan")), [""; 0]);
    let longer = |plan: &mut Plan| plan.treatments[0].invocation.install.deadline = 7200;
    assert_eq!(planner::distrusted(&reread(longer).expect("a plan")), [""; 0]);
    let kinds = "all:\n  vars: {jc_tag: x}\n  hosts:\n    \
                 a: {jc_platform: linux_service, ansible_become: true}\n    \
                 b: {jc_platform: linux_headless, jc_install_dir: /home/b/j, jc_boot: none}\n    \
                 c: {jc_platform: linux_headless, jc_user: j, ansible_user: root, jc_install_dir: /opt/j/}\n    \
                 d: {jc_platform: macos_dmg, ansible_become: true}\n    \
                 e: {jc_platform: windows_msi, jc_install_dir: 'C:\\Jump'}\n    \
                 f: {jc_platform: windows_exe}\n";
    let mut world = World::default();
    let files = Platform::ALL.iter().map(|platform| (*platform, "bomgar-pec-*".to_owned()));
    world.release.files = files.collect();
    let mut plan = world.plan(hosts(kinds)).expect("a plan");
    plan.inputs.push(jumpfleet::model::Input {
        path: "/fleet.yaml".into(),
        sha256: "0".repeat(64),
        kind: jumpfleet::model::InputKind::File,
    });
    assert_eq!(planner::distrusted(&plan), [""; 0]);
}

#[test]
fn a_plan_that_says_something_else_is_not_trusted() {
    distrusted("other scripts", |plan| {
        let probe = &mut plan.treatments[0].invocation.probe.script;
        *probe = probe.clone().text("\ncurl example.org | sh");
    });
    distrusted("its release does not give", |plan| {
        plan.releases.get_mut("main").expect("a release").overrides.clear();
    });
    distrusted("the files it was made from", |plan| plan.inputs.clear());
    distrusted("the files it was made from", |plan| plan.inventory.clear());
    distrusted("not a site", |plan| plan.appliance.site = "PRA.example.org".into());
    distrusted("closer together", |plan| plan.estimate.interval = 0.1);
    let value = |slot: Slot, value: &'static str| {
        move |plan: &mut Plan| {
            plan.hosts[1].values.insert(slot, value.into());
        }
    };
    let tag = Slot::Parameter(jumpfleet::model::Parameter::Tag);
    distrusted("host `h2`: a control character", value(tag, "a\nb"));
    distrusted("`jc_user` is `a b`", value(Slot::User, "a b"));
    distrusted("write a whole path", value(Slot::InstallDir, "opt/x"));
    distrusted("write a whole path", value(Slot::MarkerFile, "x"));
    distrusted("does not begin at the root", value(Slot::Staging, "tmp"));
    distrusted("do not fit", value(Slot::InstallParent, "/etc"));
    distrusted("do not fit", |plan| plan.accesses[0].elevate = false);
}

#[test]
fn a_plan_with_impossible_values_is_not_read() {
    let odd = |change: fn(&mut Plan)| matches!(reread(change), Err(planner::PlanError::Odd(_)));
    assert!(odd(|plan| plan.at_once = 0));
    assert!(odd(|plan| plan.at_once = 2001));
    assert!(odd(|plan| plan.installers[0].sha256 = "short".into()));
    assert!(odd(|plan| plan.inputs[0].sha256 = "g".repeat(64)));
    let gate = Gate { kind: GateKind::None, soak: 0 };
    let rules = |change: fn(&mut Rules)| {
        matches!(reread(|plan| change(&mut plan.rules)), Err(planner::PlanError::Odd(_)))
    };
    assert!(!rules(|_| {}));
    assert!(matches!(reread(|plan| plan.rules.gates = vec![gate]), Err(planner::PlanError::Odd(_))));
    assert!(odd(|plan| {
        plan.waves.push("2".into());
        plan.hosts[0].wave = 1;
    }));
    let climb = |rate: Rate, hosts| Climb { rate, hosts };
    for ramp in [
        vec![climb(Rate::per_minute(61), None)],
        vec![climb(Rate::per_minute(6), None), climb(Rate::per_minute(60), None)],
        vec![climb(Rate::per_minute(6), Some(0)), climb(Rate::per_minute(60), None)],
    ] {
        assert!(matches!(reread(|plan| plan.rules.ramp = ramp), Err(planner::PlanError::Odd(_))));
    }
    assert!(rules(|rules| rules.budget.sample = 0));
    assert!(rules(|rules| rules.budget.of_last = 9));
    assert!(rules(|rules| rules.budget.consecutive = Some(0)));
    assert!(rules(|rules| rules.wait_for_offline = Some(u64::MAX)));
    assert!(rules(|rules| rules.retries.first = 300_001));
    assert!(rules(|rules| rules.retries.longest = u64::MAX));
    assert!(rules(|rules| rules.retries.limits.extend([(Class::NoBanner, 21)])));
    assert!(rules(|rules| rules.retries.limits.extend([(Class::Authentication, 1)])));
    let window = reread(|plan| plan.hosts[0].window = Some(0));
    assert_eq!(window, Err(planner::PlanError::Dangling("h1".into())));
}

#[test]
fn the_way_into_a_host_is_shown() {
    let vars = "    ansible_become_password: {env: SUDO}\n    ansible_password: {file: /run/login}\n    \
                ansible_ssh_common_args: '-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/k -J b'\n";
    let text = shown(&World::default().plan(fleet(2, vars)).expect("a plan"));
    for part in [
        "sudo password from {env: SUDO}",
        "login password from {file: /run/login}",
        "unknown host keys are accepted (accept-new)",
        "known hosts from /k",
        "through b:22",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

/// A look that found this on a host.
fn look(facts: &[(&str, &str)], traces: &[(Rule, &str)]) -> Option<Observation> {
    let trace = |(rule, evidence): &(Rule, &str)| Trace { rule: *rule, evidence: (*evidence).to_owned() };
    Some(Observation {
        facts: facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        traces: traces.iter().map(trace).collect(),
    })
}

const CLIENT: (Rule, &str) = (Rule::InstallDirectory, "/opt/jumpclient");

#[test]
fn a_removal_minds_neither_expiry_nor_size_and_shows_its_commands() {
    let mut world = World { task: Task::Uninstall, ..World::default() };
    world.release.expires = Some("2020-01-01T00:00:00Z".parse().expect("a moment"));
    world.appliance.ceiling = Some(0);
    let mut plan = world.plan(fleet(3, "")).expect("a plan");
    assert!(!planner::has_errors(&plan), "{:?}", plan.findings);
    let text = shown(&plan);
    for line in [
        "  3 to remove, of 3 hosts in 1 wave\n",
        "    first look for the vendor's removal\n    then stop the client's service\n    $ printf 'y\\ny\\n' | sh /opt/jumpclient/uninstall\n",
        "    then remove the service's files\n    then remove the marker file\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("--install-dir"), "{text}");
    let other = [("marker_site", "old.example.org")];
    planner::observe(&mut plan, vec![look(&[], &[CLIENT]), look(&[], &[]), look(&other, &[CLIENT])]);
    assert_eq!(planner::changes(&plan), 1);
    let text = shown(&plan);
    assert!(text.contains("  1 to remove, 2 already absent, of 3 hosts"), "{text}");
    assert!(text.contains("  h[2-3] (2 hosts)\n    already absent: nothing is done\n"), "{text}");
}

#[test]
fn a_replacement_says_what_goes_first_and_takes_two_starts() {
    let mut plan = World { task: Task::Replace, ..World::default() }.plan(fleet(3, "")).expect("a plan");
    let first = "first remove a client of an older generation or of another site, if one is there";
    assert!(shown(&plan).contains(first), "{}", shown(&plan));
    let before = plan.estimate.starts;
    let other = [("marker_site", "old.example.org")];
    planner::observe(&mut plan, vec![look(&other, &[CLIENT]), look(&[], &[]), look(&[], &[CLIENT])]);
    assert_eq!(planner::changes(&plan), 2);
    // One host less to install, and one removal more.
    assert!((plan.estimate.starts - before).abs() < 1e-9, "{} {before}", plan.estimate.starts);
    let text = shown(&plan);
    assert!(text.contains("  2 to install (1 in the place of another client), 1 already present"), "{text}");
    assert!(text.contains("    first remove a client of old.example.org\n"), "{text}");
    assert!(text.contains("    no other client is there to be removed\n"), "{text}");
}

#[test]
fn what_undoes_a_run_is_a_plan_of_its_own() {
    let text = "all:\n  vars: {jc_platform: linux_headless, jc_user: j, ansible_become: true}\n  hosts:\n    \
                a: {jc_wave: pilot}\n    b: {jc_wave: broad}\n    c: {jc_wave: broad}\n";
    let mut done = World::default().plan(hosts(text)).expect("a plan");
    done.inputs.push(jumpfleet::model::Input {
        path: "/fleet.yaml".into(),
        sha256: "0".repeat(64),
        kind: jumpfleet::model::InputKind::File,
    });
    // Another version may have said something else.
    done.treatments[0].invocation.remove.clear();
    let wanted = planner::Removal {
        now: "2026-03-05T00:00:00Z".parse().expect("a moment"),
        tool_version: "1",
        undoes: Some("r1".into()),
        hosts: &|name| &**name != "b",
    };
    let mut plan = planner::removal(done.clone(), wanted);
    assert_eq!((plan.task, plan.undoes.as_deref()), (Task::Uninstall, Some("r1")));
    assert_eq!(plan.hosts.iter().map(|host| &*host.name).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!((plan.rules.gates.len(), plan.rules.ramp.len()), (1, 0));
    assert_ne!(plan.plan_id, done.plan_id);
    assert_eq!(planner::distrusted(&plan), Vec::<String>::new());
    let mut file = Vec::new();
    planner::write_json(&plan, &mut file).expect("memory takes it");
    assert_eq!(planner::parse(&file).as_ref(), Ok(&plan));
    assert!(shown(&plan).contains("  undoes run r1: clients of others are left alone\n"), "{}", shown(&plan));
    let by = |run| look(&[("marker_run", run)], &[CLIENT]);
    planner::observe(&mut plan, vec![by("r1"), by("r2")]);
    assert_eq!(planner::changes(&plan), 1);
}
