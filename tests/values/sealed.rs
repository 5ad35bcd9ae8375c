//! What Ansible Vault sealed: opened where it is needed, referred to everywhere else.

use std::cell::Cell;

use super::*;

const OPERATOR: &str = include_str!("../vault/operator.vault");
const WHOLE: &str = include_str!("../vault/file.vault");

fn keyring() -> Keyring {
    let mut keyring = Keyring::default();
    keyring.add("default", b"open-Sesame1");
    keyring.add("prod", b"other-Pass2");
    keyring
}

fn opened(sources: Vec<Source>) -> Result<Inventory, Mistakes> {
    let keyring = keyring();
    let open = |text: &str| keyring.open(text);
    inventory::read_with(sources, &Manner { open: &open, columns: Columns::default() })
}

fn fixture() -> Vec<Source> {
    let at = folder("tests/inventory/vaulted");
    let found = store::find_inventory(&[at.join("hosts.yml").display().to_string()]).unwrap();
    let files = store::read_inventory(found, Duration::from_secs(5), None).unwrap();
    files.into_iter().filter_map(|file| file.source).collect()
}

fn references(host: &Host) -> Vec<String> {
    let access = &host.access;
    let all = [&access.password, &access.elevate_password, &access.key_passphrase];
    all.into_iter().flatten().map(ToString::to_string).collect()
}

#[test]
fn passwords_become_references_to_their_places_and_open_there() {
    let inventory = opened(fixture()).unwrap().read_in("/".into());
    let hosts = inventory.resolve(&all(&inventory), None).unwrap();
    let at = folder("tests/inventory/vaulted").display().to_string();
    let wanted = |host: &str| -> Vec<String> {
        let host = hosts.iter().find(|known| &*known.name == host).unwrap();
        references(host).into_iter().map(|reference| reference.replace(&format!("{at}/"), "")).collect()
    };
    let sudo = "the vault `prod`, `vault_sudo_password` of group_vars/all/vault.yml:1:22";
    assert_eq!(wanted("web01"), [sudo]);
    assert_eq!(wanted("web02"), ["the vault, `ansible_become_password` of hosts.yml:6:9"]);
    assert_eq!(wanted("web03"), ["the vault `prod`, `logins.db` of group_vars/all/vault.yml:3:3"]);
    let login = "the vault `prod`, `logins_of_db.main` of hosts.yml:17:7";
    assert_eq!(wanted("db01"), [login, sudo]);
    let shared = hosts.iter().filter(|host| host.access == hosts[3].access).count();
    assert_eq!(shared, 2, "hosts with the same passwords share one access");

    let places = ["default", "prod"].map(|label| store::VaultSource {
        label: label.into(),
        from: SecretReference::File(format!("{at}/{label}.password")),
    });
    let passwords = store::VaultPasswords::new(places.into());
    let finder = store::Finder { environment: &|_| None, passwords: &passwords };
    let of = |host: &Host| {
        let wanted = [host.access.password.clone(), host.access.elevate_password.clone()];
        let wanted: Vec<SecretReference> = wanted.into_iter().flatten().collect();
        let found = finder.find(&wanted.iter().collect::<Vec<_>>());
        found.into_iter().map(|secret| secret.unwrap().reveal().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&hosts[0]), ["operator-Pass1"]);
    assert_eq!(of(&hosts[1]), ["operator-Pass1"]);
    assert_eq!(of(&hosts[2]), ["db-Pass3"]);
    assert_eq!(of(&hosts[3]), ["grün 🔑 pass", "operator-Pass1"]);
}

#[test]
fn nothing_that_is_printed_holds_what_was_sealed() {
    let inventory = opened(fixture()).unwrap();
    let ids = all(&inventory);
    let mut out = Vec::new();
    inventory.write_text(&ids, &mut out).unwrap();
    inventory.write_json(&ids, false, &mut out).unwrap();
    inventory.write_json(&ids, true, &mut out).unwrap();
    inventory.write_graph("all", &ids, true, &mut out).unwrap().unwrap();
    for id in ids {
        out.extend(format!("{:?}{:?}", inventory.explain(id), inventory.variables(id)).into_bytes());
    }
    out.extend(format!("{inventory:?}").into_bytes());
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("‹vaulted›") && text.contains("vault_sudo_password"));
    nothing_secret(&text);
}

#[test]
fn a_file_that_stays_shut_is_wrong_only_for_the_hosts_it_concerns() {
    let sources = || {
        vec![
            source(
                "hosts.yml",
                Role::Inventory,
                "web: {hosts: {web01: }}\ndb: {hosts: {db01: }}\nall: {vars: {jc_platform: macos_dmg}}\n",
            ),
            source("group_vars/web.yml", Role::GroupVars("web".into()), WHOLE),
        ]
    };
    let inventory = inventory::read(sources()).unwrap();
    let (web, db) = (inventory.find("web01").unwrap(), inventory.find("db01").unwrap());
    assert!(inventory.host(db, None).is_ok());
    let wrong = inventory.host(web, None).unwrap_err().to_string();
    assert!(wrong.starts_with("group_vars/web.yml:1:1: this file of variables stays encrypted"), "{wrong}");
    assert_eq!(inventory.shut().count(), 1);
    assert!(opened(sources()).unwrap().host(web, None).is_ok());
}

#[test]
fn mistakes_in_a_sealed_file_show_none_of_it() {
    for text in [
        "a: [hunter2",
        "hunter2",
        "- hunter2",
        "jc_tga: hunter2",
        "a: hunter2\na: hunter3\nb: {hunter4",
        "a: *hunter2",
    ] {
        let open = |_: &str| -> Result<Secret, Shut> { Ok(Secret::new(text)) };
        let sources = vec![
            source("hosts.yml", Role::Inventory, "web: {hosts: {web01: }}\n"),
            source("group_vars/web.yml", Role::GroupVars("web".into()), WHOLE),
        ];
        let manner = Manner { open: &open, columns: Columns::default() };
        let wrong = inventory::read_with(sources, &manner).expect_err(text).to_string();
        assert!(wrong.starts_with("group_vars/web.yml:"), "{wrong}");
        assert!(!wrong.contains("hunter") && !wrong.contains('|'), "{wrong}");
    }
}

#[test]
fn ten_thousand_values_that_nobody_needs_cost_no_key() {
    let mut text = String::from("all:\n  vars: {jc_platform: linux_service}\n  hosts:\n");
    let sealed = OPERATOR.trim_end().replace('\n', "\n        ");
    for number in 0..10_000 {
        text.push_str(&format!("    h{number}:\n      theirs: !vault |\n        {sealed}\n"));
        text.push_str(&format!("      ansible_password: !vault |\n        {sealed}\n"));
    }
    let asked = Cell::new(0);
    let open = |_: &str| -> Result<Secret, Shut> {
        asked.set(asked.get() + 1);
        Err(Shut::NoPassword)
    };
    let manner = Manner { open: &open, columns: Columns::default() };
    let inventory = inventory::read_with(vec![source("hosts.yml", Role::Inventory, &text)], &manner).unwrap();
    let hosts = inventory.resolve(&all(&inventory), None).unwrap();
    assert_eq!((hosts.len(), asked.get()), (10_000, 0));

    // All of them have one salt, so that one key opens all.
    let at = tempfile::tempdir().unwrap();
    std::fs::write(at.path().join("hosts.yml"), &text).unwrap();
    let inventory = inventory.read_in(at.path().to_owned());
    let hosts = inventory.resolve(&all(&inventory), None).unwrap();
    let wanted: Vec<SecretReference> = hosts.iter().filter_map(|host| host.access.password.clone()).collect();
    let from = SecretReference::Env("PASS".into());
    let passwords = store::VaultPasswords::new(vec![store::VaultSource { label: "default".into(), from }]);
    let environment = |_: &str| Some("open-Sesame1".to_owned());
    let begun = std::time::Instant::now();
    let finder = store::Finder { environment: &environment, passwords: &passwords };
    let found = finder.find(&wanted.iter().collect::<Vec<_>>());
    assert!(
        found.len() == 10_000
            && found.iter().all(|secret| secret.as_ref().is_ok_and(|s| s.reveal() == "operator-Pass1"))
    );
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}: a key for each value takes minutes here",
        begun.elapsed()
    );
}

#[test]
fn what_a_script_printed_cannot_be_pointed_to() {
    let vaulted = serde_json::to_string(OPERATOR).unwrap();
    let printed = format!(
        "{{\"web\": {{\"hosts\": [\"web01\"]}}, \"_meta\": {{\"hostvars\": {{\"web01\": {{\"jc_platform\": \"macos_dmg\", \
         \"ansible_password\": {{\"__ansible_vault\": {vaulted}}}}}}}}}}}"
    );
    let inventory = inventory::read(vec![source("fleet.sh", Role::Output, &printed)]).unwrap();
    let wrong = inventory.resolve(&all(&inventory), None).unwrap_err().to_string();
    assert!(wrong.contains("a script printed this Ansible Vault value"), "{wrong}");
}

/// A host whose own file is sealed and holds this.
fn with_sealed(variables: &'static str) -> Result<Vec<Host>, Mistakes> {
    let hosts = "all: {hosts: {web01: {jc_platform: linux_headless, jc_user: x}}}\n";
    let source = |path: &str, role, text: &str| Source { path: path.into(), role, text: text.into() };
    let sources = vec![
        source("hosts.yml", Role::Inventory, hosts),
        source("host_vars/web01.yml", Role::HostVars("web01".into()), WHOLE),
    ];
    let open = |_: &str| Ok(Secret::new(variables.to_owned()));
    let inventory = inventory::read_with(sources, &Manner { open: &open, columns: Columns::default() })?;
    let inventory = inventory.read_in("/".into());
    inventory.resolve(&all(&inventory), None)
}

#[test]
fn a_template_in_a_sealed_file_names_another_variable_or_is_a_mistake() {
    let hosts = with_sealed("ansible_become_password: \"{{ of_sudo }}\"\nof_sudo: hunter2\n").unwrap();
    let told = references(&hosts[0]);
    assert!(told[0].contains("`of_sudo` of /host_vars/web01.yml:2:10"), "{told:?}");
    let tagged = with_sealed("ansible_become_password: !unsafe \"{{ hunter2 }}\"\n").unwrap();
    assert!(references(&tagged[0])[0].contains("`ansible_become_password` of"), "{tagged:?}");
    for variables in [
        "ansible_become_password: \"x{{ of_sudo }}\"\nof_sudo: hunter2\n",
        "ansible_become_password: \"{{ 'hunter2' }}\"\n",
        "ansible_become_password: \"{{ of_sudo }}\"\nof_sudo: \"{{ 'hunter2' }}\"\n",
    ] {
        let told = with_sealed(variables).unwrap_err().to_string();
        assert!(told.contains("does more than name another variable"), "{told}");
        assert!(!told.contains("hunter"), "{told}");
    }
}
