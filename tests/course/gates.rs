//! What happens between two waves, and before the rate is reached?

use std::time::Duration;

use crate::fleet::Stage;
use crate::hosts;
use crate::journal;
use crate::process::until;
use crate::scene::{begin, count, lines, of, order, outcome, prepare, resume};

pub fn an_automatic_gate_looks_again_and_opens(stage: &Stage) {
    prepare(stage, "waves: [1, 100%], gates: {kind: auto, soak: 2s}");
    let done = begin(stage, &[]).end().expect(0);
    let lines = lines(stage);
    let reached = &of(&lines, "gate_reached")[0];
    let opened = &of(&lines, "gate_opened")[0];
    assert!(opened.at.duration_since(reached.at).as_secs() >= 2, "{reached:?} {opened:?}");
    assert_eq!(opened.value["why"], "2 s later 1 of 1 clients run; 0 of 1 hosts failed");
    let rechecked = of(&lines, "rechecked");
    assert_eq!(rechecked.len(), 1);
    assert_eq!(rechecked[0].host, stage.hosts[0]);
    let place = |event: &str| lines.iter().position(|line| line.event == event).unwrap();
    let started: Vec<_> =
        lines.iter().enumerate().filter(|(_, line)| line.event == "install_started").collect();
    assert!(started[1..].iter().all(|(at, _)| *at > place("gate_opened")), "a later wave was begun early");
    assert!(done.stderr.contains("gate behind wave 1: open"), "{}", done.stderr);
    assert!(done.stdout.contains("COURSE"), "{}", done.stdout);
    hosts::assert_installed_once(stage, &stage.hosts);
}

pub fn a_client_that_died_keeps_the_gate_closed(stage: &Stage) {
    prepare(stage, "waves: [2, 100%], gates: {kind: auto, soak: 4s}");
    let mut run = begin(stage, &[]);
    run.await_events("gate_reached", 1);
    // A client that a guard of the host removes a moment after it was installed.
    hosts::everywhere(stage, &stage.hosts[..1], "rm -rf /opt/jumpclient; pkill -KILL -x bomgar-pec || true");
    let done = run.end().expect(5);
    assert!(
        done.stdout.contains("HALTED (the gate behind wave 1 stays closed: 1 of 2 hosts failed"),
        "{}",
        done.stdout
    );
    assert_eq!((count(stage, "failed"), count(stage, "installed"), count(stage, "not_started")), (1, 1, 2));
    assert_eq!(outcome(stage, &stage.hosts[0])["phase"], "verify");
    assert!(hosts::starts(stage, &stage.hosts[2..]).is_empty());
    // Whoever goes on has seen it, and opens the gate by hand.
    let mut run = resume(stage);
    run.await_events("gate_reached", 2);
    order(stage, &["continue"]);
    run.end().expect(3);
    assert_eq!(count(stage, "installed"), 3);
}

pub fn a_gate_by_hand_waits_for_a_person(stage: &Stage) {
    prepare(stage, "waves: [1, 1, 1], gates: manual");
    let mut run = begin(stage, &[]);
    run.await_events("gate_reached", 1);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(journal::count(&run.lines(), "wave_started"), 1);
    let status = order(stage, &["status"]);
    assert!(status.stdout.contains("jumpfleet continue"), "{}", status.stdout);
    order(stage, &["continue"]);
    run.await_events("gate_reached", 2);
    order(stage, &["continue"]);
    run.end().expect(0);
    let opened = of(&lines(stage), "gate_opened");
    assert!(opened.iter().all(|line| line.value["why"].as_str().unwrap().starts_with("by ")), "{opened:?}");
    hosts::assert_installed_once(stage, &stage.hosts);
}

pub fn the_person_at_the_terminal_is_asked(stage: &Stage) {
    prepare(stage, "waves: [1, 1], gates: manual");
    // `script` gives the program a terminal; the pipe is the person: yes to the plan, then to the gate.
    // A person who is never asked goes away after a minute, and the run with its terminal.
    let line = "(echo yes; timeout 60 sh -c 'until grep -q \"Begin the next wave\" typed; do sleep 0.2; done'; \
                echo yes; sleep 15) | timeout 120 script -qefc 'jumpfleet rollout -i inventory.yaml' typed";
    let done = stage.shell(line).output().expect("script can be started");
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{told}");
    assert!(told.contains("Begin the next wave? `yes` begins it, `halt` ends the run:"), "{told}");
    assert_eq!(of(&lines(stage), "continued").len(), 1);
    hosts::assert_installed_once(stage, &stage.hosts);
}

pub fn a_run_killed_at_a_gate_goes_on_there(stage: &Stage) {
    prepare(stage, "waves: [1, 100%], gates: {kind: auto, soak: 3s}");
    let mut run = begin(stage, &[]);
    run.await_events("gate_reached", 1);
    run.kill();
    resume(stage).end().expect(0);
    let lines = lines(stage);
    assert_eq!(of(&lines, "gate_reached").len(), 2);
    assert_eq!(of(&lines, "wave_started").len(), 2);
    hosts::assert_installed_once(stage, &stage.hosts);
}

pub fn a_ramp_begins_slowly(stage: &Stage) {
    prepare(stage, "ramp: [{rate: 20/min, hosts: 2}, {rate: 60/min}]");
    begin(stage, &[]).end().expect(0);
    until("all are installed", || count(stage, "installed") == 4);
    let starts: Vec<f64> = hosts::starts(stage, &stage.hosts).iter().map(|start| start.uptime).collect();
    assert!(starts[1] - starts[0] > 2.9, "{starts:?}");
    let paces = of(&lines(stage), "pace_changed");
    let rates: Vec<_> = paces.iter().map(|line| line.value["rate"].as_str().unwrap()).collect();
    assert_eq!(rates, ["20/min", "60/min"]);
}
