//! Is the limit kept by all processes together, as the hosts themselves count the starts?

use std::fs;
use std::ops::Range;
use std::thread::sleep;
use std::time::Duration;

use crate::chance::Chance;
use crate::fleet::{SITE, Stage};
use crate::hosts::{self, Start};
use crate::journal;
use crate::process::Running;
use crate::shares::{self, Share};
use crate::window::{INTERVAL, LEAST_GAP, LIMIT, Times, counts_both_ends};

/// The hosts of two rollouts against one site, of a third that is killed again and again, and of
/// one against another site.
const FIRST: Range<usize> = 0..36;
const SECOND: Range<usize> = 36..56;
const RESTLESS: Range<usize> = 56..72;
const OTHER: Range<usize> = 72..82;

const KILLS: usize = 3;

/// Hosts of the one site.
const TOGETHER: usize = RESTLESS.end;

pub fn rollouts_side_by_side_share_the_limit(stage: &Stage) {
    counts_both_ends();
    let mut chance = Chance::new("pace");
    prepare(stage, &mut chance);
    let share = |name: &str, hosts: Range<usize>| Share::new(stage, name, &stage.hosts[hosts]);
    let (first, second) = (share("first", FIRST), share("second", SECOND));
    let (restless, other) = (share("restless", RESTLESS), share("other", OTHER));
    let quiet = [first.begin(&[]), second.begin(&[]), other.begin(&["--config", "other-site.yaml"])];
    let mut killed = restless.begin(&[]);
    for _ in 0..KILLS {
        killed = kill_and_resume(&restless, killed, &mut chance);
    }
    for process in quiet.into_iter().chain([killed]) {
        process.end_within(Duration::from_secs(240)).expect(0);
    }
    check_together(stage, &[first, second, restless].iter().flat_map(Share::sent).collect::<Vec<_>>());
    check_other(&Times::new(other.sent().into_iter().map(|(_, at)| at)));
    hosts::assert_installed_once(stage, &stage.hosts);
}

fn prepare(stage: &Stage, chance: &mut Chance) {
    shares::prepare(stage);
    let settings = fs::read_to_string(stage.path().join("jumpfleet.yaml")).expect("settings");
    stage.write("other-site.yaml", &settings.replace(SITE, "other.example.org"));
    for host in &stage.hosts {
        let sleep = chance.between(300, 3000).as_secs_f64();
        hosts::behave(stage, host, &format!("sleep={sleep:.1}"));
    }
}

/// Kills the process some time after its next start.
fn kill_and_resume(share: &Share<'_>, mut process: Running, chance: &mut Chance) -> Running {
    let begun = journal::count(&process.lines(), "install_started");
    process.await_events("install_started", begun + 1);
    sleep(chance.between(0, 3000));
    process.kill();
    share.go_on()
}

fn check_together(stage: &Stage, sent: &[(String, f64)]) {
    let recorded = hosts::starts(stage, &stage.hosts[..TOGETHER]);
    let by_uptime = Times::new(recorded.iter().map(|start| start.uptime));
    let by_wall_clock = Times::new(recorded.iter().map(|start| start.wall));
    tell_lateness(&recorded, sent);
    let sent = Times::new(sent.iter().map(|(_, at)| *at));
    for (way, times) in [("by uptime", &by_uptime), ("by wall clock", &by_wall_clock), ("as sent", &sent)] {
        eprintln!("{way}: {times}");
        assert!(times.most_in_a_minute() <= LIMIT, "{way}: {times}");
    }
    assert!(sent.smallest_gap() >= LEAST_GAP, "{sent}");
    // Each kill may have wasted the permit of a moment before.
    let nominal = INTERVAL * (TOGETHER + KILLS) as f64;
    assert!(sent.span() < nominal * 1.5, "the limit was not used, {nominal:.0} s would do: {sent}");
}

/// How long the starts were under way: what the guard between two starts is for.
fn tell_lateness(recorded: &[Start], sent: &[(String, f64)]) {
    let late = |start: &Start| {
        let mine = sent.iter().filter(|(host, _)| *host == start.host).map(|(_, at)| start.wall - at);
        mine.filter(|late| *late > -0.01).fold(f64::INFINITY, f64::min)
    };
    let mut late: Vec<f64> = recorded.iter().map(late).collect();
    late.sort_by(f64::total_cmp);
    let (median, most) = (late[late.len() / 2], late[late.len() - 1]);
    eprintln!("starts reached their hosts after {median:.3} s (median), {most:.3} s (longest)");
}

fn check_other(sent: &Times) {
    eprintln!("the other site: {sent}");
    assert_eq!(sent.count(), OTHER.len());
    // In one queue with the three others it would have had one start in four.
    assert!(sent.span() < INTERVAL * OTHER.len() as f64 * 2.0, "{sent}");
}
