//! Does it stay small and quick with as many hosts as a site can have?

use jumpfleet::model::Outcome;
use jumpfleet::report::Report;

use crate::Test;
use crate::browser::Browser;
use crate::fleet::{failure, large_journal, large_plan, written};
use crate::table::NAMES;

pub const TESTS: &[Test] =
    &[("twenty_five_thousand_hosts_can_be_used", many), ("twenty_five_thousand_failures_can_be_used", worst)];

const HOSTS: usize = 25_000;
/// What a mail or a CI system takes without thinking.
const MOST_BYTES: usize = 8_000_000;

fn report(end: impl FnMut(usize) -> Outcome) -> Report {
    let plan = large_plan(HOSTS);
    Report::of(&plan, large_journal(&plan, end))
}

fn many(browser: &Browser) {
    let report = report(|at| match at % 50 {
        7 => failure(at % 5, "some\nlines\n"),
        _ => Outcome::Installed { directory: Some("/opt/jumpclient".into()), notes: Vec::new() },
    });
    assert!(written(&report, "html").len() < MOST_BYTES / 2);
    browser.show(&report);
    assert_eq!(browser.text("document.getElementById('shown').textContent"), "All 25,000 hosts");
    browser.run("document.querySelector('.hosts thead button').click(); document.querySelector('.hosts thead button').click();");
    assert!(browser.text(NAMES).starts_with("host24999.example.org host24998.example.org"));
    assert!(
        browser.number("document.querySelectorAll('*').length") < 6000.0,
        "rows are made when they are shown"
    );
}

/// Everything that takes room: a reason, an address and an output of its own for each host.
fn worst(browser: &Browser) {
    let report = report(|at| failure(at, &format!("<b>\"{at}\"</b> &\n").repeat(200)));
    let page = written(&report, "html");
    assert!(page.len() < MOST_BYTES, "{}", page.len());
    browser.show(&report);
    assert_eq!(browser.text("document.getElementById('shown').textContent"), "All 25,000 hosts");
    let left_out = browser.text("document.querySelector('.trouble > .quiet').textContent");
    assert!(left_out.contains("more causes on"), "{left_out}");
}
