//! Does somebody who is new here learn from each error what to do instead?

use std::fs;
use std::process::Stdio;

use crate::scene::{Host, Scene};

/// What is said on both outputs, and the exit code.
fn said(scene: &Scene, line: &str) -> (String, Option<i32>) {
    let mut command = scene.command("jumpfleet");
    command.args(line.split_whitespace()).stdin(Stdio::null());
    let done = command.output().expect("the program can be started");
    let both = [done.stdout, done.stderr].concat();
    (String::from_utf8_lossy(&both).into_owned(), done.status.code())
}

#[test]
fn the_mistakes_of_the_first_day_are_answered_with_what_to_do() {
    let scene = Scene::new(&[("web01", Host::Refuses), ("db01", Host::Refuses)]);
    let once = [
        ("report", 2, "there are no runs yet in", "`jumpfleet rollout` begins one"),
        ("rollout plan.json", 2, "cannot read `plan.json`", "jumpfleet plan -i INVENTORY -o plan.json"),
    ];
    let (planned, code) = {
        for (line, code, what, hint) in once {
            answers(&scene, line, code, what, hint);
        }
        said(&scene, "plan -i fleet.yaml -o plan.json")
    };
    assert_eq!(code, Some(0), "{planned}");
    scene.run("20260501T220000Z-3f2a");
    scene.run("20260501T221500Z-77aa");
    for (line, code, what, hint) in [
        ("", 2, "requires a subcommand", "tip: a first look is taken with: jumpfleet plan -i INVENTORY"),
        (
            "deploy plan.json",
            2,
            "unrecognized subcommand 'deploy'",
            "tip: clients are installed by: jumpfleet rollout PLAN",
        ),
        ("rolout plan.json", 2, "unrecognized subcommand 'rolout'", "a similar subcommand exists: 'rollout'"),
        ("plan", 2, "no inventory is named", "name one with --inventory SOURCE"),
        ("plan fleet.yaml", 2, "'fleet.yaml'", "tip: an inventory is named with -i: -i fleet.yaml"),
        ("plan -i flet.yaml", 2, "cannot read `flet.yaml`", "did you mean `fleet.yaml`?"),
        ("plan -i web09", 2, "cannot read `web09`", "end with a comma, such as `web01,`"),
        ("plan -i fleet.yaml -l wep", 2, "wep", "web"),
        ("plan -i fleet.yaml --rate 60", 2, "`60` is not a rate", "such as `60/min`"),
        ("rollout paln.json", 2, "cannot read `paln.json`", "did you mean `plan.json`?"),
        ("rollout fleet.yaml", 2, "`fleet.yaml`: it is not a plan", "named with -i: -i fleet.yaml"),
        (
            "rollout plan.json --dry-run",
            2,
            "unexpected argument '--dry-run'",
            "`jumpfleet plan` shows what would happen",
        ),
        ("rollout plan.json --rate 6/min", 2, "carried out exactly as it was made", "to `jumpfleet plan`"),
        ("rollout plan.json", 6, "nobody is there to be asked", "add --yes"),
        ("report 2027", 2, "there is no run `2027`", "`jumpfleet runs` lists the runs"),
        ("report 20260501", 2, "20260501T221500Z-77aa, 20260501T220000Z-3f2a", "write more of its name"),
        ("report --format pdf", 2, "invalid value 'pdf'", "possible values: text, json"),
    ] {
        answers(&scene, line, code, what, hint);
    }
    fs::remove_file(scene.path().join("jumpfleet.yaml")).expect("the settings");
    answers(&scene, "plan -i fleet.yaml", 2, "there is no `jumpfleet.yaml` here", "name it with --config");
}

#[track_caller]
fn answers(scene: &Scene, line: &str, code: i32, what: &str, hint: &str) {
    let (said, ended) = said(scene, line);
    assert!(said.contains(what) && said.contains(hint), "`jumpfleet {line}` said:\n{said}");
    assert_eq!(ended, Some(code), "`jumpfleet {line}` said:\n{said}");
}

#[test]
fn a_rehearsal_returns_what_the_run_would() {
    let scene = Scene::new(&[("web01", Host::Refuses), ("db01", Host::Refuses)]);
    assert_eq!(said(&scene, "plan -i fleet.yaml -o plan.json").1, Some(0));
    // The installers have expired by then: no other process could start these hosts.
    let (said_late, _) = said(&scene, "rehearse plan.json --start 2036-01-01T00:00:00Z");
    assert!(said_late.contains("the run ends with exit code 3\n"), "{said_late}");
    assert!(said_late.contains("not started              2\n"), "{said_late}");
    let (said, _) = said(&scene, "rehearse plan.json");
    assert!(said.contains("the run ends with exit code 0\n"), "{said}");
}

#[test]
fn a_replacement_takes_two_starts_a_host() {
    let scene = Scene::new(&[("web01", Host::Refuses), ("db01", Host::Refuses)]);
    assert_eq!(said(&scene, "plan -i fleet.yaml --replace -o plan.json").1, Some(0));
    let (said, _) = said(&scene, "rehearse plan.json");
    for row in ["installed                2\n", "starts                   4\n"] {
        assert!(said.contains(row), "{said}");
    }
}
