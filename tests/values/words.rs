//! Values that are never templates, trees as Ansible draws them, and every word on a variable in its order.

use super::*;

fn platform(text: &str) -> Inventory {
    read(&format!("all: {{vars: {{jc_platform: linux_service}}}}\n{text}"))
}

#[test]
fn what_is_unsafe_is_never_worked_out() {
    let inventory = platform(
        "web:\n  hosts: {web01: }\n  vars:\n    site: berlin\n    raw: !unsafe '{{ site }}'\n    many: !unsafe ['{{ site }}', {a: '{{ site }}'}]\n    \
         jc_tag: !unsafe '{{ site }}'\n    jc_comments: '{{ raw }} {{ many[0] }} {{ many[1].a }} {{ site }}'\n    jc_max_offline_minutes: !unsafe 30\n",
    );
    let host = &inventory.resolve(&all(&inventory), None).unwrap()[0];
    let parameter = |parameter| host.parameters.get(&parameter).map(|value| value.to_string());
    assert_eq!(parameter(Parameter::Tag).as_deref(), Some("{{ site }}"));
    let comments = parameter(Parameter::Comments).unwrap();
    assert_eq!(comments, "{{ site }} {{ site }} {{ site }} berlin");
    assert_eq!(parameter(Parameter::MaxOfflineMinutes).as_deref(), Some("30"));
    let mut out = Vec::new();
    inventory.write_text(&all(&inventory), &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().contains("jc_tag                  {{ site }}"));
}

/// `graph.txt` and `graph_vars.txt` hold what ansible-core drew; `compare_with_ansible` writes them.
#[test]
fn trees_are_drawn_as_ansible_draws_them() {
    let mut drawn = 0;
    for case in std::fs::read_dir(folder("tests/inventory/same")).unwrap().map(|entry| entry.unwrap().path())
    {
        let named = std::fs::read_to_string(case.join("sources")).unwrap_or_else(|_| "hosts.yml".into());
        let path = |name: &str| {
            if name.contains(',') { name.to_owned() } else { case.join(name).display().to_string() }
        };
        let found = store::find_inventory(&named.lines().map(path).collect::<Vec<_>>()).unwrap();
        let files = store::read_inventory(found, Duration::from_secs(20), None).unwrap();
        let inventory = inventory::read(files.into_iter().filter_map(|file| file.source).collect()).unwrap();
        for (kept, variables) in [("graph.txt", false), ("graph_vars.txt", true)] {
            let Ok(wanted) = std::fs::read_to_string(case.join(kept)) else { continue };
            let mut out = Vec::new();
            inventory.write_graph("all", &all(&inventory), variables, &mut out).unwrap().unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), wanted, "{}", case.display());
            drawn += 1;
        }
    }
    assert!(drawn > 30, "{drawn}");
}

#[test]
fn a_tree_may_begin_anywhere_and_a_chain_of_groups_has_an_end_on_paper() {
    let inventory = read("a: {children: {b: {children: {c: {hosts: {h1: , h2: }}}}}}\n");
    let draw = |group: &str, ids: &[HostId]| {
        let mut out = Vec::new();
        inventory.write_graph(group, ids, false, &mut out).map(|done| {
            done.unwrap();
            String::from_utf8(out).unwrap()
        })
    };
    assert_eq!(draw("b", &all(&inventory)).unwrap(), "@b:\n  |--@c:\n  |  |--h1\n  |  |--h2\n");
    assert_eq!(draw("c", &all(&inventory)[1..]).unwrap(), "@c:\n  |--h2\n", "only chosen hosts");
    let wrong = draw("bb", &[]).unwrap_err().to_string();
    assert!(wrong.starts_with("no group is called `bb`\n   = did you mean"), "{wrong}");
    let chain: String = (0..5000).map(|n| format!("g{n}: {{children: {{g{}: }}}}\n", n + 1)).collect();
    let deep = read(&format!("{chain}g5000: {{hosts: {{h: }}}}\n"));
    let mut out = Vec::new();
    deep.write_graph("g0", &[], false, &mut out).unwrap().unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().count() < 150 && text.trim_end().ends_with(": …"), "{text}");
}

fn explained(inventory: &Inventory, host: &str, variable: &str) -> Explained {
    let explained = inventory.explain(inventory.find(host).unwrap());
    explained.into_iter().find(|known| &*known.name == variable).unwrap()
}

#[test]
fn every_word_is_told_from_the_one_that_counts_to_the_weakest() {
    let hosts = "
all: {vars: {x: all, x2: 1}}
deep:
  vars: {x: deep}
  children:
    deeper:
      vars: {x: deeper}
      hosts: {h: {x: first}}
aaa: {vars: {x: aaa}, hosts: {h: {x: second}}}
zzz: {vars: {x: zzz, ansible_group_priority: 5}, hosts: {h: }}
mmm: {vars: {x: mmm, ansible_group_priority: 5}, hosts: {h: }}
";
    let file =
        |path: &str, role: fn(String) -> Role, of: &str, text: &str| source(path, role(of.into()), text);
    let inventory = inventory::read(vec![
        source("hosts.yml", Role::Inventory, hosts),
        file("group_vars/all.yml", Role::GroupVars, "all", "x: all file\n"),
        file("group_vars/aaa/1.yml", Role::GroupVars, "aaa", "x: aaa file\n"),
        file("group_vars/aaa/2.yml", Role::GroupVars, "aaa", "x: aaa later file\n"),
        file("host_vars/h.yml", Role::HostVars, "h", "x: host file\n"),
    ])
    .unwrap();
    let told: Vec<String> = explained(&inventory, "h", "x")
        .words
        .into_iter()
        .map(|word| {
            let Value::Text(value) = word.value else { panic!("a text") };
            format!("{value} | {} | {}", word.from, word.lost.unwrap_or_default())
        })
        .collect();
    let file_first = "a group's file goes before what the inventory says of any group";
    assert_eq!(
        told,
        [
            "host file | host_vars/h.yml:1:4 | ",
            "second | hosts.yml:9:38 | a file goes before the inventory",
            "first | hosts.yml:8:22 | it is written later",
            "aaa later file | group_vars/aaa/2.yml:1:4 | what is said of the host goes before its groups",
            "aaa file | group_vars/aaa/1.yml:1:4 | its file is read later",
            "all file | group_vars/all.yml:1:4 | `all` is the weakest group",
            &format!("deeper | hosts.yml:7:17 | {file_first}"),
            "zzz | hosts.yml:10:17 | `deeper` lies deeper than `zzz` (2 against 1)",
            "mmm | hosts.yml:11:17 | of two groups as deep, `zzz` is the later name",
            "deep | hosts.yml:4:13 | priority 5 goes before 1",
            "aaa | hosts.yml:9:17 | of two groups as deep, `deep` is the later name",
            "all | hosts.yml:2:17 | `aaa` lies deeper than `all` (1 against 0)",
        ]
    );
    // The first of them is the word that counts everywhere else.
    let listed = inventory.variables(inventory.find("h").unwrap());
    assert_eq!(listed[0].from.to_string(), "host_vars/h.yml:1:4");
}

#[test]
fn templates_tell_what_they_used_and_secrets_stay_hidden() {
    let inventory = read(
        "web:\n  hosts: {h: {ansible_password: {env: LOGIN}, db_password: hunter2, note: 'db {{ db_password }}', via: '{{ note }}', \
         jc_tag: '{{ site }}-{{ inventory_hostname }}', bad: '{{ nothing }}'}}\n  vars: {site: berlin}\n",
    );
    let tag = explained(&inventory, "h", "jc_tag");
    assert_eq!(tag.value, Value::Text("berlin-h".into()));
    let used: Vec<String> = tag
        .template
        .unwrap()
        .used
        .iter()
        .map(|(name, value, from)| {
            format!("{name} {} {:?}", inventory::shown(value), from.as_ref().map(ToString::to_string))
        })
        .collect();
    assert_eq!(used, ["inventory_hostname h None", "site berlin Some(\"hosts.yml:3:16\")"]);
    let bad = explained(&inventory, "h", "bad").template.unwrap().failure;
    assert_eq!(bad.as_deref(), Some("no variable is called `nothing` here"));
    let login = explained(&inventory, "h", "ansible_password");
    assert_eq!(inventory::shown(&login.value), "{env: LOGIN}");
    let all = format!("{:?}", inventory.explain(inventory.find("h").unwrap()));
    assert!(!all.contains("hunter"), "{all}");
}
