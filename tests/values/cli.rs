//! The program itself: passwords as Ansible's users give them, and nothing secret in anything it says or writes.

use super::*;

const SETTINGS: &str = "appliance: {site: pra.example.org, model: b300}\nreleases:\n  spring:\n    product: bomgar-pec\n    \
    files: {linux_headless: bomgar-pec-*.bin}\nrollout: {release: spring}\n";

struct Place(tempfile::TempDir);

impl Place {
    /// The fixture with settings, an installer and a file of each password.
    fn new(more: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let fixture = folder("tests/inventory/vaulted");
        for name in [
            "hosts.yml",
            "group_vars/all/vars.yml",
            "group_vars/all/vault.yml",
            "default.password",
            "prod.password",
        ] {
            place.write(name, &std::fs::read_to_string(fixture.join(name)).unwrap());
        }
        place.write("jumpfleet.yaml", &format!("{SETTINGS}{more}"));
        place.write("bomgar-pec-w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90.bin", "#!/bin/sh\n");
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, words: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jumpfleet"));
        command.args(words).current_dir(self.0.path()).env_remove("ANSIBLE_VAULT_PASSWORD_FILE");
        command.env("JUMPFLEET_STATE_DIR", self.0.path().join("state"));
        command.env("JUMPFLEET_PERMITS_DIR", self.0.path().join("permits"));
        command.envs(environment.iter().copied()).output().unwrap()
    }

    #[track_caller]
    fn told(&self, words: &[&str], environment: &[(&str, &str)]) -> String {
        let done = self.run(words, environment);
        let text = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
        nothing_secret(&text);
        text
    }
}

const BOTH: [&str; 4] = ["--vault-id", "prod@prod.password", "--vault-password-file", "default.password"];

#[test]
fn passwords_are_named_in_all_of_ansibles_ways_and_in_the_settings() {
    let opens = |place: &Place, words: &[&str], environment: &[(&str, &str)]| {
        let words: Vec<&str> =
            ["inventory", "list", "-i", "hosts.yml"].into_iter().chain(words.iter().copied()).collect();
        let told = place.told(&words, environment);
        assert_ne!(
            told.contains("vault_sudo_password  "),
            told.contains("its variables are not shown"),
            "{told}"
        );
        told.contains("vault_sudo_password  ")
    };
    let place = Place::new("");
    assert!(!opens(&place, &[], &[]));
    assert!(!opens(&place, &["--vault-password-file", "default.password"], &[]));
    assert!(opens(&place, &["--vault-password-file", "prod.password"], &[]));
    assert!(opens(
        &place,
        &["--vault-pass-file", "default.password", "--vault-pass-file", "prod.password"],
        &[]
    ));
    assert!(opens(&place, &["--vault-id", "dev@default.password", "--vault-id", "prod@prod.password"], &[]));
    assert!(opens(&place, &["--vault-id", "prod.password"], &[]));
    assert!(opens(&place, &[], &[("ANSIBLE_VAULT_PASSWORD_FILE", "prod.password")]));
    assert!(!opens(&place, &["--vault-id", "prod@nothing"], &[]));
    let settings =
        Place::new("inventory: {vault_passwords: {default: {file: default.password}, prod: {env: PROD}}}\n");
    assert!(opens(&settings, &[], &[("PROD", "other-Pass2")]));
    assert!(!opens(&settings, &[], &[]));
    let prompt = place.run(&["inventory", "list", "-i", "hosts.yml", "--vault-id", "prod@prompt"], &[]);
    assert!(String::from_utf8(prompt.stderr).unwrap().contains("write LABEL@FILE"));
}

#[test]
fn a_plan_points_to_what_is_sealed_and_a_rollout_opens_it_before_anything_starts() {
    let place = Place::new("");
    let plan = |words: &[&str]| {
        let words: Vec<&str> =
            ["plan", "-i", "hosts.yml", "-o", "plan.json"].into_iter().chain(words.iter().copied()).collect();
        place.told(&words, &[])
    };
    let shut = plan(&[]);
    assert!(shut.contains("group_vars/all/vault.yml:1:1: this file of variables stays encrypted"), "{shut}");
    let told = plan(&BOTH);
    assert!(told.contains("sudo password from the vault `prod`, `vault_sudo_password` of"), "{told}");
    let written = std::fs::read_to_string(place.0.path().join("plan.json")).unwrap();
    nothing_secret(&written);
    assert!(written.contains("\"variable\":\"vault_sudo_password\""), "{written}");

    let missing = place.told(&["rollout", "plan.json", "--yes"], &[]);
    assert!(
        missing.contains("a secret is missing") && missing.contains("no vault password is given"),
        "{missing}"
    );
    let wrong =
        place.told(&["rollout", "plan.json", "--yes", "--vault-password-file", "default.password"], &[]);
    assert!(wrong.contains("none of the vault passwords opens it (tried: default)"), "{wrong}");
    assert!(!place.0.path().join("state").exists(), "nothing was begun");
}

#[test]
fn explanations_and_trees_are_told_for_people_and_programs() {
    let place = Place::new("");
    let explain: Vec<&str> =
        ["inventory", "explain", "web02", "-i", "hosts.yml"].into_iter().chain(BOTH).collect();
    let told = place.told(&explain, &[]);
    let wanted = "ansible_become_password  ‹vaulted›\n  from the host, hosts.yml:6:9\n  over {{ vault_sudo_password }}  group all, \
                  group_vars/all/vars.yml:3:26: what is said of the host goes before its groups\n";
    assert!(told.contains(wanted), "{told}");
    let json: Vec<&str> = explain.iter().copied().chain(["--format", "json", "jc_user"]).collect();
    let json: serde_json::Value = serde_json::from_str(&place.told(&json, &[])).unwrap();
    assert_eq!(json["variables"][0]["words"][0]["from"], "group_vars/all/vars.yml:5:10");
    assert_eq!(json["variables"].as_array().map(Vec::len), Some(1));
    let nobody = place.told(&["inventory", "explain", "web2", "-i", "hosts.yml"], &[]);
    assert!(nobody.contains("no host is called `web2`") && nobody.contains("did you mean `web0"), "{nobody}");
    let odd = place.told(&["inventory", "explain", "web01", "jc_usr", "-i", "hosts.yml"], &[]);
    assert!(
        odd.contains("host `web01` has no variable `jc_usr`") && odd.contains("did you mean `jc_user`?"),
        "{odd}"
    );
    let graph = place.told(&["inventory", "graph", "db", "--vars", "-i", "hosts.yml", "-l", "db01"], &[]);
    assert!(graph.contains("{logins_of_db = {'main': ‹vaulted›}}") && !graph.contains("db02"), "{graph}");
    assert_eq!(place.run(&["inventory", "graph", "dbs", "-i", "hosts.yml"], &[]).status.code(), Some(2));
}

#[test]
fn a_table_is_planned_as_the_settings_map_it() {
    let place = Place::new(
        "inventory:\n  csv:\n    host: Device name\n    groups: Site\n    variables: {ansible_host: IP address}\n    encoding: windows-1252\n",
    );
    std::fs::write(
        place.0.path().join("fleet.csv"),
        b"sep=;\r\nDevice name;Site;IP address\r\nPC1;K\xf6ln;192.0.2.1\r\n",
    )
    .unwrap();
    let graph = place.told(&["inventory", "graph", "-i", "fleet.csv"], &[]);
    assert_eq!(graph.lines().last(), Some("  |  |--PC1"));
    assert!(graph.contains("@Köln:"), "{graph}");
    place.write("rest/group_vars/all.yml", "jc_platform: linux_headless\njc_user: j\nansible_become: true\n");
    std::fs::rename(place.0.path().join("fleet.csv"), place.0.path().join("rest/fleet.csv")).unwrap();
    let plan = place.told(&["plan", "-i", "rest/fleet.csv", "-o", "p.json"], &[]);
    assert!(plan.contains("1 to install, of 1 host"), "{plan}");
    place.write("rest/fleet.csv", "Device name;Site;IP address\r\nPC2;x;192.0.2.1\r\n");
    let stale = place.told(&["rollout", "p.json", "--yes"], &[]);
    assert!(stale.contains("`rest/fleet.csv` was changed"), "{stale}");
    let wrong = Place::new("inventory: {csv: {encoding: latin, delimiter: ab, grups: x}}\n");
    wrong.write("fleet.csv", "host\na\n");
    let told = wrong.told(&["inventory", "list", "-i", "fleet.csv"], &[]);
    for said in [
        "`encoding` is none of the words",
        "this cannot stand between cells",
        "`grups` is not a setting of csv",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
}
