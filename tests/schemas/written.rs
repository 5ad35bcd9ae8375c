//! Does everything that the program writes fit its schema, and would something else be refused?

use std::fs;
use std::path::Path;

use jumpfleet::model::{Happening, Plan};
use jumpfleet::store::{Journal, StateFolder, write_whole};
use jumpfleet::{planner, report};
use serde_json::{Value, json};

use crate::{flaws, fleet, none, printed, validator};

const KEY: &str = "w0dc3056g7ff8d1j68ee6wi6dhwzfefggyezh7c40jc90";

/// A folder with settings, installers and an inventory of many kinds of hosts.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "jumpfleet.yaml",
        "appliance: {site: pra.example.org, model: b300}\n\
         releases:\n  spring:\n    product: bomgar-pec\n    expires: 2035-01-01T00:00:00Z\n    key: {env: PRA_KEY}\n    \
         overrides: [name, tag, jump_group]\n    files:\n      linux_headless: i/bomgar-pec-*.bin\n      \
         linux_service: s/bomgar-pec-*.bin\n      windows_msi: i/bomgar-pec-win64.msi\n\
         rollout: {release: spring, waves: [1, 50%, 100%], gates: [auto, manual], wait_for_offline: 1h, windows: {night: 'daily 00:00-24:00 UTC'}}\n",
    );
    write(
        "fleet.yaml",
        "web: {hosts: {'web[01:60]': {jc_tag: '{{ inventory_hostname }}'}}, vars: {jc_platform: linux_headless, jc_user: jc, ansible_become: true}}\n\
         night: {hosts: {'n[1:5]': {}}, vars: {jc_platform: linux_service, ansible_become: true, ansible_become_password: {env: SUDO}, \
         ansible_ssh_common_args: '-J a@b:2222 -o StrictHostKeyChecking=accept-new', jc_name: x}}\n",
    );
    write(
        "windows.yaml",
        "night: {hosts: {w1: }, vars: {jc_platform: windows_msi, ansible_password: {file: /run/x}}}\n",
    );
    for file in ["i/bomgar-pec-KEY.bin", "s/bomgar-pec-KEY.bin", "i/bomgar-pec-win64.msi"] {
        write(&file.replace("KEY", KEY), "installer");
    }
    folder
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Asserts that a value fits and that it does not with any of its fields gone or of another kind.
#[track_caller]
fn fits_alone(name: &str, value: &Value) {
    let validator = validator(name);
    assert_eq!(flaws(&validator, value), "", "{name}");
    let mut wrong = Vec::new();
    for key in value.as_object().unwrap().keys() {
        let mut bent = value.clone();
        bent[key] = json!([[1]]);
        if validator.is_valid(&bent) {
            wrong.push(format!("{name}: `{key}` may be anything"));
        }
    }
    none(&wrong);
}

#[test]
fn plans_fit() {
    let folder = project();
    let plan = |more: &[&str]| {
        let arguments = [&["plan", "--format", "json"], more].concat();
        let done = crate::jumpfleet(folder.path(), &arguments);
        assert!(!done.stdout.is_empty(), "{more:?}: {}", String::from_utf8_lossy(&done.stderr));
        read(&String::from_utf8(done.stdout).unwrap())
    };
    for more in [
        &["-i", "fleet.yaml"][..],
        &["-i", "fleet.yaml", "--limit", "web*", "--replace"],
        &["-i", "fleet.yaml", "--uninstall"],
        &["-i", "windows.yaml"],
    ] {
        let plan = plan(more);
        fits_alone("plan", &plan);
        for lacking in ["format_version", "hosts", "rules", "findings", "appliance"] {
            let mut bent = plan.clone();
            bent.as_object_mut().unwrap().remove(lacking);
            assert!(!validator("plan").is_valid(&bent), "`{lacking}` may be missing");
        }
        for (path, value) in [
            ("/colour", json!(1)),
            ("/hosts/0/colour", json!(1)),
            ("/format_version", json!(2)),
            ("/plan_id", json!("x")),
            ("/rate", json!("fast")),
            ("/task", json!("dance")),
        ] {
            let mut bent = plan.clone();
            let (parent, key) = path.rsplit_once('/').unwrap();
            bent.pointer_mut(parent).unwrap()[key] = value;
            assert!(!validator("plan").is_valid(&bent), "{path}");
        }
    }
    let large: Plan = fleet::plan();
    fits_alone("plan", &serde_json::to_value(&large).unwrap());
}

/// The lines of a rehearsal in which much goes wrong.
fn stream(folder: &Path) -> Vec<Value> {
    printed(folder, &["plan", "-i", "fleet.yaml", "-o", "plan.json"]);
    let failures = "present=5%,failed=3%,unreachable=5%,flaky=5%,busy=3%,timeout=2%,gone=2%";
    let arguments =
        ["rehearse", "plan.json", "--json", "--failures", failures, "--start", "2026-05-01T22:00:00Z"];
    printed(folder, &arguments).lines().map(read).collect()
}

#[test]
fn a_stream_says_its_version_first_and_every_line_fits() {
    let folder = project();
    let lines = stream(folder.path());
    assert_eq!(
        lines[0],
        json!({"at": "2026-05-01T22:00:00Z", "event": "stream_started", "format_version": 1,
               "tool_version": env!("CARGO_PKG_VERSION")})
    );
    assert_eq!(lines.iter().filter(|line| line["event"] == "stream_started").count(), 1);
    assert_eq!(lines[1]["event"], "run_started");
    let last = &lines[lines.len() - 1];
    let finished = lines.iter().filter(|line| line["event"] == "host_finished").count() as u64;
    assert_eq!(last["event"], "run_finished");
    let counts = last["counts"].as_object().expect("counts").values();
    assert_eq!(counts.filter_map(Value::as_u64).sum::<u64>(), finished);
    let events = validator("events");
    let flaws: String = lines.iter().map(|line| flaws(&events, line)).collect();
    assert_eq!(flaws, "");
    assert!(lines.len() > 300, "{}", lines.len());
}

#[test]
fn every_event_fits_and_a_bent_one_does_not() {
    let plan = fleet::large_plan(40);
    let mut events = [fleet::journal(), fleet::halted_journal()].concat();
    events.extend(fleet::large_journal(&plan, fleet::any_outcome));
    let names: std::collections::BTreeSet<_> = events.iter().map(|event| name(&event.what)).collect();
    assert!(names.len() > 18, "{names:?}");
    for event in events.iter().take(200) {
        let line = serde_json::to_value(event).unwrap();
        fits_alone("events", &line);
        let mut more = line.clone();
        more["colour"] = json!("green");
        assert!(validator("events").is_valid(&more), "later versions may add fields");
        let mut none = line.clone();
        none.as_object_mut().unwrap().remove("at");
        assert!(!validator("events").is_valid(&none));
        let mut unknown = line;
        unknown["event"] = json!("danced");
        assert!(!validator("events").is_valid(&unknown));
    }
}

fn name(what: &Happening) -> String {
    serde_json::to_value(what).unwrap()["event"].as_str().unwrap().to_owned()
}

#[test]
fn reports_fit() {
    let folder = project();
    let lines = stream(folder.path());
    let state = folder.path().join(".local/state/jumpfleet");
    let run = StateFolder::new(&state).new_run("20260501T220000Z-3f2a").unwrap();
    fs::copy(folder.path().join("plan.json"), run.plan()).unwrap();
    let journal: String = lines[1..].iter().map(|line| format!("{line}\n")).collect();
    fs::write(run.journal(), journal).unwrap();
    fits_alone("report", &read(&printed(folder.path(), &["report", "--format", "json"])));
    let mut plan = fleet::large_plan(40);
    planner::identify(&mut plan);
    let run = StateFolder::new(&state).new_run("20260601T220000Z-3f2a").unwrap();
    write_whole(&run.plan(), |out| planner::write_json(&plan, out)).unwrap();
    let mut journal = Journal::create(&run.journal()).unwrap();
    for event in fleet::large_journal(&plan, fleet::any_outcome) {
        journal.append(&event).unwrap();
    }
    drop(journal);
    let shown = read(&printed(folder.path(), &["report", "--format", "json"]));
    fits_alone("report", &shown);
    let since = ["report", "20260601", "--compare", "20260501", "--format", "json"];
    let compared = read(&printed(folder.path(), &since));
    assert!(compared["since"]["new"]["count"].as_u64().is_some_and(|count| count > 0), "{compared}");
    fits_alone("report", &compared);
    for path in ["/hosts/0/name", "/hosts/0/outcome", "/summary/verdict", "/course"] {
        let mut bent = shown.clone();
        let (parent, key) = path.rsplit_once('/').unwrap();
        bent.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
        assert!(!validator("report").is_valid(&bent), "{path} may be missing");
    }
    let mut fold = report::Report::open(&fleet::plan());
    fleet::halted_journal().iter().for_each(|event| fold.add(event));
    fits_alone("report", &read(&fleet::written(&fold.close(), "json")));
}
