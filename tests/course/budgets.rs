//! When does a run stop itself?

use crate::fleet::Stage;
use crate::hosts;
use crate::scene::{begin, count, lines, of, prepare, resume};

pub fn a_budget_ends_the_starts(stage: &Stage) {
    prepare(stage, "budget: {failures: 2}, at_once: 3");
    for host in &stage.hosts {
        hosts::behave(stage, host, "exit=7");
    }
    let done = begin(stage, &[]).end().expect(5);
    let lines = lines(stage);
    let reached = lines.iter().position(|line| line.event == "budget_reached").expect("a reached budget");
    assert_eq!(
        of(&lines[reached..], "install_started").len(),
        0,
        "something was started after the budget was spent"
    );
    let failed = count(stage, "failed");
    assert_eq!(failed as usize, of(&lines, "install_started").len());
    assert!((2..=4).contains(&failed), "{failed} failed");
    let names: Vec<_> =
        lines[reached].value["hosts"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert!(
        done.stdout.contains("HALTED (2 of the last") && done.stdout.contains(names[0]),
        "{}",
        done.stdout
    );
    assert_eq!(count(stage, "not_started"), 8 - failed);
}

pub fn a_halted_run_goes_on_when_a_person_says_so(stage: &Stage) {
    prepare(stage, "budget: {consecutive: 2}, at_once: 1");
    for host in &stage.hosts[..2] {
        hosts::behave(stage, host, "exit=7");
    }
    begin(stage, &[]).end().expect(5);
    assert_eq!((count(stage, "failed"), count(stage, "not_started")), (2, 4));
    resume(stage).end().expect(3);
    assert_eq!((count(stage, "failed"), count(stage, "installed")), (2, 4));
    hosts::assert_installed_once(stage, &stage.hosts[2..]);
}
