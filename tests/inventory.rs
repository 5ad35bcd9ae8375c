//! Does the inventory room read what Ansible reads, and say what is wrong where it is wrong?
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests read their own fixtures and stop at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jumpfleet::inventory::{self, HostId, Inventory, Pattern, Role, Source};
use jumpfleet::model::{Host, HostKeyPolicy, Mistakes, Parameter, Platform, Value};
use jumpfleet::store;
use proptest::prelude::*;

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The sources of an inventory with what lies beside it, paths relative to a folder; scripts are run.
fn gathered(base: &Path, names: &[&str]) -> Result<Vec<Source>, String> {
    let path = |name: &&str| {
        if name.contains(',') { (*name).to_owned() } else { base.join(name).display().to_string() }
    };
    let names: Vec<String> = names.iter().map(path).collect();
    let from = |text: String| text.replace(&format!("{}/", base.display()), "");
    let found = store::find_inventory(&names).map_err(|error| from(error.to_string()))?;
    let told = |errors: Vec<store::StoreError>| {
        errors.iter().map(|error| from(error.to_string())).collect::<Vec<_>>()
    };
    let files = store::read_inventory(found, Duration::from_secs(20), None)
        .map_err(|errors| told(errors).join("\n"))?;
    let relative = |source: Source| Source { path: from(source.path), ..source };
    Ok(files.into_iter().filter_map(|file| file.source).map(relative).collect())
}

/// The sources of one inventory file.
fn sources(inventory: &Path) -> Vec<Source> {
    let name = inventory.file_name().unwrap().to_str().unwrap();
    gathered(inventory.parent().unwrap(), &[name]).unwrap()
}

/// The sources that a case names in its file `sources`, one a line; without it `hosts.yml`.
fn case(folder: &Path) -> Result<Vec<Source>, String> {
    let named = std::fs::read_to_string(folder.join("sources")).unwrap_or_else(|_| "hosts.yml".into());
    gathered(folder, &named.lines().collect::<Vec<_>>())
}

fn read(text: &str) -> Result<Inventory, Mistakes> {
    inventory::read(vec![Source { path: "hosts.yml".into(), role: Role::Inventory, text: text.into() }])
}

fn good(text: &str) -> Inventory {
    read(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn pattern(text: &str) -> Result<Pattern, Mistakes> {
    Pattern::parse(text, &mut |_| Err("no file".into()))
}

fn names(inventory: &Inventory, ids: &[HostId]) -> Vec<String> {
    ids.iter().map(|id| inventory.name(*id).to_string()).collect()
}

fn selected(inventory: &Inventory, text: &str) -> Result<Vec<String>, String> {
    let selection = pattern(text).and_then(|pattern| inventory.select(Some(&pattern)));
    selection.map(|selection| names(inventory, &selection.ids)).map_err(|mistakes| mistakes.to_string())
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every folder below `mistakes/` holds an inventory and, in `expected.txt`, everything that is wrong with it.
///
/// With `JUMPFLEET_BLESS=1` in the environment the expectations are written instead of compared.
#[test]
fn every_mistake_is_shown_at_its_place_with_what_to_write() {
    let bless = std::env::var("JUMPFLEET_BLESS").is_ok_and(|word| word == "1");
    let cases = entries(&folder("tests/inventory/mistakes"));
    assert!(cases.len() > 20);
    let mut different = Vec::new();
    for case in cases {
        let found = self::case(&case).and_then(|sources| {
            let resolve =
                |inventory: Inventory| inventory.resolve(&inventory.ids().collect::<Vec<_>>(), None);
            inventory::read(sources).and_then(resolve).map_err(|mistakes| mistakes.to_string())
        });
        let shown = found.expect_err("a folder of mistakes without any") + "\n";
        assert!(!shown.contains("hunter"), "{case:?} shows a secret:\n{shown}");
        let expected = case.join("expected.txt");
        if bless {
            std::fs::write(&expected, &shown).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != shown {
            different.push(format!("{}:\n{shown}", case.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn every_example_and_every_fixture_is_free_of_mistakes() {
    let examples = entries(&folder("inventories")).into_iter().filter(|path| path.is_file());
    let mut platforms = BTreeSet::new();
    for path in examples.chain([folder("inventories/mixed/mixed.yaml")]) {
        let inventory = inventory::read(sources(&path)).unwrap_or_else(|wrong| panic!("{path:?}\n{wrong}"));
        let all: Vec<HostId> = inventory.ids().collect();
        let hosts = inventory.resolve(&all, None).unwrap_or_else(|wrong| panic!("{path:?}\n{wrong}"));
        platforms.extend(hosts.iter().map(|host| host.platform));
    }
    for case in entries(&folder("tests/inventory/same")) {
        let read = inventory::read(self::case(&case).unwrap());
        read.unwrap_or_else(|wrong| panic!("{case:?}\n{wrong}"));
    }
    assert_eq!(platforms.len(), Platform::ALL.len(), "a platform has no example: {platforms:?}");
}

/// `ansible.json` holds what ansible-core 2.19 answered; `compare_with_ansible` writes it.
#[test]
fn fixtures_are_read_and_chosen_from_as_ansible_does() {
    for case in entries(&folder("tests/inventory/same")) {
        let answers = std::fs::read_to_string(case.join("ansible.json")).unwrap();
        let answers: BTreeMap<String, serde_json::Value> = serde_json::from_str(&answers).unwrap();
        let inventory = inventory::read(self::case(&case).unwrap()).unwrap();
        for (limit, wanted) in answers {
            if limit.is_empty() {
                let all: Vec<HostId> = inventory.ids().collect();
                let mut json = Vec::new();
                inventory.write_json(&all, false, &mut json).unwrap();
                let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
                assert_eq!(json, wanted, "{case:?}");
                continue;
            }
            let mut files = |path: &str| std::fs::read_to_string(case.join(path)).map_err(|e| e.to_string());
            let pattern = Pattern::parse(&limit, &mut files).unwrap();
            let mut chosen = names(&inventory, &inventory.select(Some(&pattern)).unwrap().ids);
            chosen.sort();
            assert_eq!(serde_json::json!(chosen), wanted, "{case:?} {limit}");
        }
    }
}

#[test]
fn a_host_is_resolved_with_everything_its_groups_say() {
    let inventory = inventory::read(sources(&folder("inventories/mixed/mixed.yaml"))).unwrap();
    let host = |name: &str| inventory.host(inventory.find(name).unwrap(), None).unwrap();
    let web = host("web07.berlin.example.org");
    assert_eq!((&*web.address, web.access.port), ("192.0.2.107", 2222));
    assert_eq!(web.access.jump.first().map(|jump| &*jump.host), Some("bastion.berlin.example.org"));
    assert_eq!(web.access.host_key_policy, HostKeyPolicy::Strict);
    assert!(web.access.elevate);
    assert_eq!(web.groups.join(" "), "berlin berlin_servers servers web");
    assert_eq!(web.parameters.get(&Parameter::Tag).map(|tag| &**tag), Some("berlin"));
    let place = web.parameter_places.get(&Parameter::JumpGroup).unwrap();
    assert_eq!(place.to_string(), "group_vars/web.yml:2:16");
    let ts = host("ts01.lisbon.example.org");
    assert_eq!(ts.parameters.get(&Parameter::Name).map(|name| &**name), Some("TS01 Lisbon"));
    assert_eq!(ts.wave.as_deref(), Some("pilot"));
    assert_eq!(ts.platform, Platform::WindowsMsi);
}

#[test]
fn hosts_that_are_reached_alike_share_one_access() {
    let inventory = inventory::read(sources(&folder("inventories/linux_service.yaml"))).unwrap();
    let all: Vec<HostId> = inventory.ids().collect();
    let hosts = inventory.resolve(&all, None).unwrap();
    let shared = hosts.iter().filter(|host| std::sync::Arc::ptr_eq(&host.access, &hosts[0].access));
    assert_eq!(shared.count(), hosts.len() - 1, "all but the one with its own port");
}

#[test]
fn a_default_platform_fills_in_and_null_takes_back() {
    let inventory = good("all: {vars: {jc_tag: x}, hosts: {a: {jc_tag: null}, b: {jc_tag: ''}, c: }}");
    let all: Vec<HostId> = inventory.ids().collect();
    let hosts = inventory.resolve(&all, Some(Platform::RaspberryPi)).unwrap();
    let tags: Vec<bool> = hosts.iter().map(|host| host.parameters.contains_key(&Parameter::Tag)).collect();
    assert_eq!(tags, [false, false, true]);
    assert!(hosts.iter().all(|host| host.platform == Platform::RaspberryPi));
}

const SITES: &str = "
all:
  children:
    spain:
      vars: {region: es}
      hosts:
        a: {jc_window: 'sat 22:00-04:00 UTC'}
        b: {site: '{{ region }}-1'}
        c: {site: 7}
    tills: {hosts: {b: , d: {site: null}}}
  vars: {jc_platform: linux_headless, jc_user: j}
";

fn resolved(inventory: &Inventory) -> Vec<Host> {
    inventory.resolve(&inventory.ids().collect::<Vec<_>>(), None).unwrap()
}

#[test]
fn hosts_are_spread_over_the_values_of_any_variable() {
    let inventory = good(SITES);
    let mut hosts = resolved(&inventory);
    let spread = |hosts: &[Host]| -> Vec<Option<String>> {
        hosts.iter().map(|host| host.spread.as_deref().map(str::to_owned)).collect()
    };
    assert_eq!(inventory.spread(&mut hosts, "site"), Ok(2));
    assert_eq!(spread(&hosts), [None, Some("es-1".into()), Some("7".into()), None]);
    assert_eq!(inventory.spread(&mut hosts, "group"), Ok(4));
    let groups = ["spain", "spain, tills", "spain", "tills"].map(|groups| Some(groups.to_owned()));
    assert_eq!(spread(&hosts), groups);
    assert_eq!(inventory.spread(&mut hosts, "no_such_thing"), Ok(0));
    let odd =
        good("all: {hosts: {a: {site: [1]}, b: {site: '{{ nowhere }}'}}, vars: {jc_platform: windows_msi}}");
    let wrong = odd.spread(&mut resolved(&odd), "site").unwrap_err().to_string();
    assert!(wrong.contains("hosts.yml:1:25: `site`: hosts are spread over texts"), "{wrong}");
    assert!(wrong.contains("`nowhere`"), "{wrong}");
}

#[test]
fn a_window_of_its_own_goes_before_its_groups_and_the_deeper_group_before_all() {
    let inventory = good(SITES);
    let mut hosts = resolved(&inventory);
    let window = |text: &str| std::sync::Arc::new(text.parse().unwrap());
    let by_group = [("all", "daily 01:00-02:00 UTC"), ("tills", "daily 03:00-04:00 UTC")];
    let by_group = by_group.map(|(group, text)| (group.to_owned(), window(text))).into();
    inventory.default_windows(&mut hosts, &by_group);
    let windows: Vec<String> = hosts.iter().map(|host| host.window.as_ref().unwrap().to_string()).collect();
    let wanted =
        ["sat 22:00-04:00 UTC", "daily 03:00-04:00 UTC", "daily 01:00-02:00 UTC", "daily 03:00-04:00 UTC"];
    assert_eq!(windows, wanted);
}

#[test]
fn a_mistake_outside_the_selection_does_not_stand_in_the_way() {
    let inventory =
        inventory::read(sources(&folder("tests/inventory/mistakes/connection/hosts.yml"))).unwrap();
    let selection = inventory.select(Some(&pattern("new").unwrap())).unwrap();
    assert_eq!(inventory.resolve(&selection.ids, None).unwrap().len(), 1);
}

#[test]
fn the_listing_says_where_each_value_was_written() {
    let inventory =
        good("all:\n  vars: {t: '{{ x }}', jc_tag: 'in {{ x }}'}\n  hosts:\n    a: {x: 1}\n    b: {x: 2}\n");
    let a = inventory.find("a").unwrap();
    let listed = inventory.variables(a);
    let shown: Vec<String> = listed.iter().map(|v| format!("{} {:?} {}", v.name, v.value, v.from)).collect();
    assert_eq!(
        shown,
        [
            "jc_tag Text(\"in 1\") hosts.yml:2:32",
            "t Text(\"{{ x }}\") hosts.yml:2:13",
            "x Integer(1) hosts.yml:4:12",
        ]
    );
    let mut text = Vec::new();
    inventory.write_text(&[a], &mut text).unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "a  (hosts.yml:4)\n  in ungrouped\n  jc_tag  in 1     hosts.yml:2\n  t       {{ x }}  hosts.yml:2\n  x       1        hosts.yml:4\n"
    );
    let mut json = Vec::new();
    inventory.write_json(&[a], true, &mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        json["_meta"]["hostvars"]["a"]["jc_tag"],
        serde_json::json!({"from": "hosts.yml:2", "value": "in 1", "written": "in {{ x }}"})
    );
    assert_eq!(json["ungrouped"]["hosts"], serde_json::json!(["a"]));
}

#[test]
fn patterns_that_choose_nothing_are_mistakes_and_idle_exclusions_are_warnings() {
    let inventory = good("web: {hosts: {'web[01:09]': }}\ndb: {hosts: {db01: }}\nempty: {}\n");
    for (text, says) in [
        ("wbe", "`wbe` is neither a group nor a host of this inventory\n   = did you mean `web`?"),
        ("web:&dc", "did you mean `db`?"),
        ("web[9]", "asks for more than the 9 hosts"),
        ("~(", "is not a regular expression"),
        ("@names", "`@names` cannot be read: no file"),
        ("web:&db,db01", "a colon does not"),
        ("router[01:03]", "chooses by position behind a group's name"),
        (" : ", "is empty"),
        ("!", "nothing stands behind"),
        ("x*", "neither a group nor a host"),
    ] {
        let answer = selected(&inventory, text).unwrap_err();
        assert!(answer.contains(says), "{text}: {answer}");
    }
    let selection = inventory.select(Some(&pattern("web:!web0[1-3]:!db").unwrap())).unwrap();
    assert_eq!(selection.ids.len(), 9);
    assert_eq!(selection.warnings, ["`!web0[1-3]` excludes no host", "`!db` excludes no host"]);
    assert_eq!(selected(&inventory, "empty"), Ok(Vec::new()));
    let mut files = |_: &str| Ok("web01\nwbe02\n".to_owned());
    let wrong = Pattern::parse("@f", &mut files).and_then(|pattern| inventory.select(Some(&pattern)));
    assert!(wrong.unwrap_err().to_string().starts_with("f:2:1: `wbe02` is neither"));
}

#[test]
fn merge_keys_reach_into_groups_and_hosts() {
    let text =
        "a: &a {hosts: &h {one: {x: 1}, two: }}\nb: {<<: *a}\nc: {hosts: {<<: *h, two: {y: 2}, three: }}\n";
    let inventory = good(text);
    assert_eq!(selected(&inventory, "b").unwrap(), ["one", "two"]);
    let mut c = selected(&inventory, "c").unwrap();
    c.sort();
    assert_eq!(c, ["one", "three", "two"]);
    assert_eq!(inventory.variables(inventory.find("two").unwrap())[0].value, Value::Integer(2));
}

#[test]
fn a_bad_variable_of_a_large_group_is_one_mistake() {
    let text = "all: {vars: {jc_tag: '{{ nothing }}', jc_platform: linux_service}, hosts: {'h[1:5000]': }}";
    let inventory = good(text);
    let all: Vec<HostId> = inventory.ids().collect();
    let mistakes = inventory.resolve(&all, None).unwrap_err();
    assert_eq!(mistakes.0.len(), 1);
    assert!(mistakes.0[0].what.ends_with("(host `h1` and 4999 others)"), "{mistakes}");
}

const SEED: &str = include_str!("../inventories/mixed/mixed.yaml");

/// Reads, resolves and lists; nothing may panic, whatever the text.
fn exercise(text: &str) {
    if let Ok(inventory) = read(text) {
        let some: Vec<HostId> = inventory.ids().take(50).collect();
        let _ = inventory.resolve(&some, None);
        let mut out = Vec::new();
        inventory.write_json(&some, true, &mut out).unwrap();
        serde_json::from_slice::<serde_json::Value>(&out).unwrap();
        inventory.write_text(&some, &mut out).unwrap();
    } else {
        let _ = read(text).map_err(|mistakes| mistakes.to_string());
    }
    let _ = inventory::tree("any.yml", text);
}

/// The hosts a pattern of plain names chooses, worked out with sets.
fn by_hand(parts: &[(usize, usize)], groups: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let of =
        |operation: usize| parts.iter().filter(move |part| part.0 == operation).map(|part| &groups[part.1]);
    let mut chosen: BTreeSet<usize> = match of(0).next() {
        Some(_) => of(0).flatten().copied().collect(),
        None => (0..16).collect(),
    };
    of(1).for_each(|group| chosen = chosen.intersection(group).copied().collect());
    of(2).for_each(|group| chosen = chosen.difference(group).copied().collect());
    chosen
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        exercise(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_yaml_like_text_makes_it_panic(text in "[a-c:\\-\\[\\]{}&*!|>'\"#%@,?~<{{}} \n\t0-9.]{0,200}") {
        exercise(&text);
    }

    #[test]
    fn no_change_to_an_inventory_makes_it_panic(
        at in 0..SEED.len(),
        take in 0..40usize,
        put in "[a-z:\\-\\[\\]{}&*!|>'\" \n0-9]{0,12}",
    ) {
        let floor = |mut at: usize| { while !SEED.is_char_boundary(at) { at -= 1 } at };
        let (from, to) = (floor(at), floor((at + take).min(SEED.len())));
        exercise(&format!("{}{put}{}", &SEED[..from], &SEED[to.max(from)..]));
    }

    #[test]
    fn no_pattern_makes_it_panic(text in "[a-c0-9:,&!*?\\[\\]~@().|\\-]{0,30}") {
        let inventory = good("a: {hosts: {'a[0:9]': }}\nb: {hosts: {'b[a:c]': }}\n");
        let _ = pattern(&text).and_then(|pattern| inventory.select(Some(&pattern)));
    }

    #[test]
    fn ranges_count_like_a_loop(first in 0..2000usize, length in 0..50usize, step in 1..5usize, width in 1..5usize) {
        let last = first + length;
        let pad = |n: usize| if width > 1 { format!("{n:0width$}") } else { n.to_string() };
        prop_assume!(pad(first).len() == pad(last).len() || !pad(first).starts_with('0'));
        let text = format!("all: {{hosts: {{'h[{}:{}:{step}]': }}}}", pad(first), pad(last));
        let padded = pad(first).len() > 1 && pad(first).starts_with('0');
        let wanted: Vec<String> = (first..=last)
            .step_by(step)
            .map(|n| if padded { format!("h{n:0width$}") } else { format!("h{n}") })
            .collect();
        let inventory = good(&text);
        prop_assert_eq!(inventory.hosts().map(|name| name.to_string()).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn patterns_agree_with_sets(
        groups in proptest::collection::vec(proptest::collection::btree_set(0..16usize, 0..10), 4),
        parts in proptest::collection::vec((0..3usize, 0..4usize), 1..6),
    ) {
        let mut text = String::from("all: {hosts: {'h[0:15]': }}\n");
        for (number, group) in groups.iter().enumerate() {
            let hosts: BTreeMap<String, ()> = group.iter().map(|host| (format!("h{host}"), ())).collect();
            text.push_str(&format!("g{number}: {{hosts: {}}}\n", serde_json::to_string(&hosts).unwrap()));
        }
        let signs = ["", "&", "!"];
        let limit: Vec<String> = parts.iter().map(|(sign, group)| format!("{}g{group}", signs[*sign])).collect();
        let inventory = good(&text);
        let wanted: Vec<String> = by_hand(&parts, &groups).into_iter().map(|host| format!("h{host}")).collect();
        for separator in [":", ","] {
            prop_assert_eq!(selected(&inventory, &limit.join(separator)), Ok(wanted.clone()));
        }
    }
}
