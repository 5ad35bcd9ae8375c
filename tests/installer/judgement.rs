//! What is made of a look at a host, and of an installer's last words?

use std::path::Path;

use jumpfleet::installer;
use jumpfleet::model::{Boot, Class, Observation, Platform, Product, Rule, Shape, Trace};

use crate::cases::{headless, shape};

fn seen(facts: &[(&str, &str)], traces: &[(Rule, &str)]) -> Observation {
    let trace = |(rule, evidence): &(Rule, &str)| Trace { rule: *rule, evidence: (*evidence).to_owned() };
    Observation {
        facts: facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        traces: traces.iter().map(trace).collect(),
    }
}

const FIT: &[(&str, &str)] = &[
    ("os", "Linux"),
    ("arch", "x86_64"),
    ("uid", "0"),
    ("login", "ops"),
    ("systemd", "252"),
    ("digest_tool", "sha256sum"),
    ("user_exists", "yes"),
    ("install_parent", "writable"),
    ("staging_free_kib", "1000000"),
    ("install_free_kib", "1000000"),
    ("processes", "all"),
];

fn elevated(platform: Platform, product: Product, boot: Boot) -> Shape {
    let case = headless(Path::new("/opt/jumpclient"), Boot::Systemd);
    Shape { product, boot, platform, ..shape(Platform::LinuxHeadless, &case) }
}

#[test]
fn a_host_that_cannot_take_the_client_is_told_why() {
    let shape = elevated(Platform::LinuxHeadless, Product::BomgarPec, Boot::Systemd);
    let installer = installer::installer(Platform::LinuxHeadless);
    assert_eq!(installer.unfit(&shape, &seen(FIT, &[])), None);
    for (name, value, class, word) in [
        ("os", "FreeBSD", Class::Unfit, "FreeBSD"),
        ("arch", "aarch64", Class::Unfit, "raspberry_pi"),
        ("arch", "riscv64", Class::Unfit, "riscv64"),
        ("uid", "1000", Class::Sudo, "ops"),
        ("systemd", "no", Class::Unfit, "jc_boot"),
        ("digest_tool", "none", Class::Unfit, "sha256sum"),
        ("user_exists", "no", Class::Unfit, "jc_user"),
        ("install_parent", "read_only", Class::Unfit, "written"),
        ("staging_free_kib", "100", Class::DiskFull, "staging"),
        ("install_free_kib", "0", Class::DiskFull, "client"),
    ] {
        let mut looked = seen(FIT, &[]);
        looked.facts.insert(name.to_owned(), value.to_owned());
        let (found, text) = installer.unfit(&shape, &looked).unwrap_or_else(|| panic!("{name}={value}"));
        assert!(found == class && text.contains(word), "{name}={value}: {found} {text}");
    }
    // Root makes the folder above the install directory itself.
    let mut looked = seen(FIT, &[]);
    looked.facts.insert("install_parent".to_owned(), "missing".to_owned());
    assert_eq!(installer.unfit(&shape, &looked), None);
    // The vendor's service finds its own way to start.
    let shape = elevated(Platform::LinuxService, Product::BomgarPec, Boot::Systemd);
    looked.facts.insert("systemd".to_owned(), "no".to_owned());
    assert_eq!(installer::installer(Platform::LinuxService).unfit(&shape, &looked), None);
    looked.facts.insert("arch".to_owned(), "armv7l".to_owned());
    let shape = elevated(Platform::RaspberryPi, Product::BomgarPec, Boot::Init);
    assert_eq!(installer::installer(Platform::RaspberryPi).unfit(&shape, &looked), None);
}

#[test]
fn the_first_rule_that_matches_is_named() {
    let shape = elevated(Platform::LinuxHeadless, Product::BomgarPec, Boot::Systemd);
    let installer = installer::installer(Platform::LinuxHeadless);
    let first = |traces: &[(Rule, &str)]| {
        installer.duplicate(&shape, Some("/opt/jumpclient"), &seen(FIT, traces)).map(|trace| trace.evidence)
    };
    assert_eq!(first(&[]), None);
    let mut traces = vec![
        (Rule::OtherGeneration, "/opt/beyondtrust/sra-pin-x"),
        (Rule::MarkerFile, "/var/lib/jumpfleet/PRAJumpClient.txt"),
        (Rule::Service, "/etc/systemd/system/jumpfleet-jump-client.service"),
        (Rule::Process, "bomgar-pec"),
        (Rule::InstallDirectory, "/opt/bomgar/bomgar-pec-x"),
        (Rule::InstallDirectory, "/opt/jumpclient"),
    ];
    while let Some((_, evidence)) = traces.last().copied() {
        assert_eq!(first(&traces).as_deref(), Some(evidence));
        traces.pop();
    }
}

#[test]
fn only_traces_of_the_hosts_own_client_are_removed() {
    let unit = (Rule::Service, "/etc/systemd/system/jumpfleet-jump-client.service");
    let vendors = (Rule::Service, "/etc/systemd/system/bomgar-pec-x.service");
    let (process, other) = ((Rule::Process, "bomgar-pec"), (Rule::OtherGeneration, "sra-pin"));
    let (own, foreign) =
        ((Rule::InstallDirectory, "/opt/jumpclient"), (Rule::InstallDirectory, "/opt/bomgar/bomgar-pec-x"));
    let kept = |platform, directory: Option<&str>, traces: &[(Rule, &str)]| {
        let shape = elevated(platform, Product::BomgarPec, Boot::Systemd);
        let own = installer::installer(platform).own(&shape, directory, &seen(FIT, traces));
        own.into_iter().map(|trace| trace.evidence).collect::<Vec<_>>().join(" ")
    };
    let headless = |traces: &[(Rule, &str)]| kept(Platform::LinuxHeadless, Some("/opt/jumpclient"), traces);
    assert_eq!(headless(&[own, process, unit]), format!("{} {} {}", own.1, process.1, unit.1));
    assert_eq!(headless(&[foreign, process, vendors]), "");
    assert_eq!(headless(&[foreign, process, unit]), unit.1);
    assert_eq!(headless(&[own, foreign, process]), format!("{} {}", own.1, process.1));
    assert_eq!(headless(&[other]), "");
    assert_eq!(headless(&[process]), process.1);
    let service = |traces: &[(Rule, &str)]| kept(Platform::LinuxService, None, traces);
    assert_eq!(service(&[foreign, process, vendors]), format!("{} {} {}", foreign.1, process.1, vendors.1));
    assert_eq!(service(&[(Rule::InstallDirectory, "/opt/bomgar/bomgar-scc-x"), process]), "");
}

#[test]
fn a_removal_spares_clients_that_are_not_meant() {
    let why = |undoes: Option<&str>, facts: &[(&str, &str)]| {
        let shape = elevated(Platform::LinuxService, Product::BomgarPec, Boot::Systemd);
        let installer = installer::installer(Platform::LinuxService);
        installer.spared(&shape, None, "pra.example.org", undoes, &seen(facts, &[])).unwrap_or_default()
    };
    let own = [("marker_run", "r1"), ("marker_site", "pra.example.org"), ("marker_product", "bomgar-pec")];
    assert_eq!(why(None, &[]), "", "whoever installed it");
    assert_eq!(why(None, &own), "");
    assert_eq!(why(Some("r1"), &own), "");
    assert!(why(Some("r2"), &own).ends_with("not installed by run r2, but by r1"));
    assert!(why(Some("r2"), &own[1..]).contains("no marker file says so"));
    assert!(why(None, &[("marker_site", "old.example.org")]).contains("of old.example.org"));
    assert!(why(None, &[("marker_product", "sra-pin")]).contains("`sra-pin`"));
    assert!(why(None, &[("marker_directory", "/opt/old")]).contains("put into /opt/old"));
    assert_eq!(why(None, &[("marker_directory", "/opt/bomgar/bomgar-pec-x")]), "");
}

#[test]
fn another_sites_client_and_an_older_one_may_be_replaced() {
    let other = |product, directory: Option<&str>, facts: &[(&str, &str)], traces: &[(Rule, &str)]| {
        let shape = elevated(Platform::LinuxHeadless, product, Boot::Systemd);
        let installer = installer::installer(Platform::LinuxHeadless);
        installer.other(&shape, directory, "pra.example.org", &seen(facts, traces)).is_some()
    };
    let (old, new) = (Product::BomgarPec, Product::SraPin);
    let older = (Rule::OtherGeneration, "bomgar-pec");
    let own = (Rule::InstallDirectory, "/opt/beyondtrust/sra-pin-x");
    let at = "/opt/jumpclient";
    assert!(!other(new, None, &[], &[]));
    assert!(other(new, None, &[], &[older]));
    assert!(other(new, Some(at), &[], &[(Rule::InstallDirectory, at), older]));
    assert!(!other(new, None, &[], &[own, older]), "the new one is there already");
    assert!(!other(old, None, &[], &[(Rule::OtherGeneration, "sra-pin")]), "never back to an older one");
    // What does not run leaves no word of its generation, but the marker file does.
    assert!(other(new, None, &[("marker_product", "bomgar-pec")], &[(Rule::MarkerFile, "m")]));
    assert!(!other(new, None, &[("marker_product", "sra-pin")], &[(Rule::MarkerFile, "m")]));
    assert!(!other(old, None, &[("marker_product", "sra-pin")], &[(Rule::MarkerFile, "m")]));
    let process = (Rule::Process, "bomgar-pec");
    assert!(other(old, None, &[("marker_site", "old.example.org")], &[process]));
    assert!(!other(old, None, &[("marker_site", "pra.example.org")], &[process]));
    // What is in a home would stay, and keep the new one away.
    let home = (Rule::InstallDirectory, "/home/ada/.beyondtrust-scc-x");
    assert!(!other(old, None, &[("marker_site", "old.example.org")], &[process, home]));
    let known = [("marker_site", "old.example.org"), ("marker_directory", home.1)];
    assert!(other(old, None, &known, &[process, home]));
}

#[test]
fn a_client_is_proven_by_what_runs_and_what_starts_it_at_boot() {
    let directory = (Rule::InstallDirectory, "/opt/jumpclient");
    let process = (Rule::Process, "bomgar-pec");
    let service = (Rule::Service, "/etc/systemd/system/x.service");
    let unit = [("unit", "x.service"), ("unit_active", "active"), ("unit_enabled", "enabled")];
    let missing = |platform, product, boot, facts: &[(&str, &str)], traces: &[(Rule, &str)]| {
        let facts: Vec<(&str, &str)> = FIT.iter().chain(facts).copied().collect();
        installer::installer(platform)
            .missing(&elevated(platform, product, boot), &seen(&facts, traces))
            .len()
    };
    let (headless, service_mode) = (Platform::LinuxHeadless, Platform::LinuxService);
    let (old, new) = (Product::BomgarPec, Product::SraPin);
    let running = [directory, process, service];
    assert_eq!(missing(headless, old, Boot::Systemd, &unit, &running), 0);
    assert_eq!(missing(headless, old, Boot::Systemd, &unit, &[directory]), 1);
    assert_eq!(missing(headless, old, Boot::Systemd, &[], &running), 1);
    let dead = [("unit", "x.service"), ("unit_active", "failed"), ("unit_enabled", "disabled")];
    assert_eq!(missing(headless, old, Boot::Systemd, &dead, &[]), 4);
    assert_eq!(missing(headless, old, Boot::Init, &[("init_boot", "yes")], &running), 0);
    assert_eq!(missing(headless, old, Boot::Init, &[], &running), 1);
    assert_eq!(missing(headless, old, Boot::None, &[("init_status", "0")], &[directory]), 0);
    assert_eq!(missing(headless, old, Boot::None, &[("init_status", "1")], &[directory]), 1);
    assert_eq!(missing(headless, new, Boot::Systemd, &unit, &running), 0);
    assert_eq!(missing(service_mode, old, Boot::Systemd, &[], &running), 0, "any service is one");
    assert_eq!(missing(service_mode, old, Boot::Systemd, &dead, &running), 2);
    assert_eq!(missing(service_mode, old, Boot::Systemd, &[], &[directory, process]), 1);
    assert_eq!(missing(service_mode, new, Boot::Systemd, &[], &running), 1);
    assert_eq!(missing(service_mode, new, Boot::None, &[], &running), 0);
}

#[test]
fn an_installers_last_words_are_understood() {
    let linux = installer::installer(Platform::LinuxHeadless);
    for (output, class) in [
        ("Error: the option --jc-name may not be overridden for this installer", Class::OverrideRefused),
        ("Error: unknown option: --jc-name", Class::OverrideRefused),
        ("Error: this installer has expired", Class::InstallerExpired),
        ("the file was renamed: its name holds no key, and no --key-info was given", Class::KeyMissing),
        ("could not find the installer key", Class::KeyMissing),
        ("cp: error writing 'x': No space left on device", Class::DiskFull),
        ("cannot write to the staging folder", Class::DiskFull),
        ("The server is currently too busy. Try again later.", Class::ServerBusy),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend.", Class::InstallerBusy),
        ("something else", Class::InstallerFailed),
        ("", Class::InstallerFailed),
    ] {
        assert_eq!(linux.explain(1, output), class, "{output}");
    }
    let windows = installer::installer(Platform::WindowsMsi);
    for (status, output, class) in [
        (1603, "", Class::InstallerFailed),
        (1603, "the installer has expired", Class::InstallerExpired),
        (112, "", Class::DiskFull),
        (1619, "", Class::Checksum),
        (1620, "", Class::Checksum),
        (1618, "", Class::InstallerBusy),
    ] {
        assert_eq!(windows.explain(status, output), class, "{status}");
    }
}
