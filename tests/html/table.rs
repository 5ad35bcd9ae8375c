//! Can hosts be searched, narrowed, sorted, opened and paged?

use jumpfleet::report::{Comparison, Report};

use crate::Test;
use crate::browser::Browser;
use crate::fleet::{any_outcome, halted_journal, journal, large_journal, large_plan, plan};

pub const TESTS: &[Test] = &[
    ("the_table_holds_every_host_in_the_order_of_the_plan", every_host),
    ("a_search_narrows", search),
    ("outcomes_narrow", outcomes),
    ("a_wave_and_a_platform_narrow", choices),
    ("a_column_sorts_both_ways", sort),
    ("a_host_opens_and_closes", open),
    ("a_cause_shows_its_hosts", cause),
    ("pages_are_turned", pages),
    ("a_comparison_is_shown", comparison),
];

/// The names that the table shows.
pub const NAMES: &str =
    "[...document.querySelectorAll('.hosts tbody th')].map(cell => cell.textContent).join(' ')";

pub fn report() -> Report {
    Report::of(&plan(), journal())
}

fn status(browser: &Browser) -> String {
    browser.text("document.getElementById('shown').textContent")
}

/// Types into the search and waits for the table.
fn type_in(browser: &Browser, text: &str) {
    let search = "document.querySelector('input[type=search]')";
    browser.run(&format!("{search}.value = {text:?}; {search}.dispatchEvent(new Event('input'));"));
    std::thread::sleep(std::time::Duration::from_millis(300));
}

fn click(browser: &Browser, selector: &str) {
    browser.run(&format!("document.querySelector({selector:?}).click();"));
}

fn every_host(browser: &Browser) {
    browser.show(&report());
    let planned: Vec<String> = plan().hosts.iter().map(|host| host.name.to_string()).collect();
    assert_eq!(browser.text(NAMES), planned.join(" "));
    assert_eq!(status(browser), "All 18 hosts");
    let said = browser.text("document.querySelector('h1').innerText");
    assert_eq!(said, jumpfleet::report::verdict(&report()).replacen(": ", " ", 1));
    let sections = "[...document.querySelectorAll('main > section > h2')].map(title => title.id).join(' ')";
    assert_eq!(browser.text(sections), "outcomes causes pace funnels hosts audit");
    browser.show(&Report::of(&plan(), halted_journal()));
    assert_eq!(browser.text(sections), "outcomes causes pace course funnels hosts audit");
    assert_eq!(browser.number("document.querySelectorAll('.waves tbody tr').length"), 2.0);
}

fn search(browser: &Browser) {
    browser.show(&report());
    type_in(browser, "WEB0 ");
    assert_eq!(browser.text(NAMES), "web01 web02 web03 web04 web05 web06 web07 web08");
    type_in(browser, "authentication web");
    assert_eq!(browser.text(NAMES), "web06");
    assert_eq!(status(browser), "1 of 18 hosts");
    type_in(browser, "no such host");
    assert_eq!(browser.text(NAMES), "");
    assert_eq!(status(browser), "0 of 18 hosts");
    click(browser, ".controls button");
    assert_eq!(status(browser), "All 18 hosts");
}

fn outcomes(browser: &Browser) {
    browser.show(&report());
    for kind in ["installed", "already_present", "unreachable", "unknown", "not_started"] {
        click(browser, &format!("fieldset .k-{kind} input"));
    }
    assert_eq!(browser.text(NAMES), "web04 web05 web06 mac1");
    let kinds = browser
        .text("[...document.querySelectorAll('fieldset label')].map(label => label.innerText).join(', ')");
    assert_eq!(kinds, "installed 4, already present 3, failed 4, unreachable 2, unknown 3, not started 2");
}

fn choices(browser: &Browser) {
    browser.show(&report());
    let choose = |label: usize, value: &str| {
        browser.run(&format!(
            "const select = document.querySelectorAll('.controls select')[{label}];
             select.value = [...select.options].find(option => option.text === {value:?}).value;
             select.dispatchEvent(new Event('change'));"
        ));
    };
    choose(1, "macos_dmg");
    assert_eq!(browser.text(NAMES), "mac1");
    choose(1, "all");
    choose(0, "canary");
    let canary: Vec<_> =
        plan().hosts.iter().filter(|host| host.wave == 0).map(|host| host.name.to_string()).collect();
    assert_eq!(browser.text(NAMES), canary.join(" "));
}

fn sort(browser: &Browser) {
    let plan = large_plan(30);
    browser.show(&Report::of(&plan, large_journal(&plan, any_outcome)));
    click(browser, ".hosts thead th:nth-child(2) button");
    let kinds = "[...new Set([...document.querySelectorAll('.hosts .kind')].map(cell => cell.textContent))].join(', ')";
    let urgent =
        "failed, unreachable, unknown, not started, installed, already present, removed, already absent";
    assert_eq!(browser.text(kinds), urgent);
    assert_eq!(browser.text("document.querySelectorAll('th[aria-sort]')[1].ariaSort"), "ascending");
    click(browser, ".hosts thead th:nth-child(2) button");
    assert!(browser.text(kinds).ends_with("unreachable, failed"));
    assert_eq!(browser.text("document.querySelectorAll('th[aria-sort]')[1].ariaSort"), "descending");
    click(browser, ".hosts thead th:nth-child(1) button");
    assert!(browser.text(NAMES).starts_with("host00000.example.org host00001.example.org"));
    assert_eq!(browser.text("document.querySelectorAll('th[aria-sort]')[1].ariaSort"), "none");
}

fn open(browser: &Browser) {
    browser.show(&report());
    let button = "[...document.querySelectorAll('.open')].find(button => button.textContent === 'web04')";
    browser.run(&format!("{button}.click();"));
    assert_eq!(browser.get(&format!("{button}.ariaExpanded")), "true");
    let more = format!("document.getElementById({button}.getAttribute('aria-controls'))");
    let shown = browser.text(&format!("{more}.innerText"));
    for said in ["override_refused", "Next", "Address", "In the inventory", "Exit code", "Printed at the end"]
    {
        assert!(shown.contains(said), "{said} is not in\n{shown}");
    }
    browser.run(&format!("{button}.click();"));
    assert_eq!(browser.get(&format!("{more}.hidden")), true);
    assert_eq!(browser.get(&format!("{button}.ariaExpanded")), "false");
}

fn cause(browser: &Browser) {
    browser.show(&report());
    click(browser, ".cause .show");
    assert_eq!(browser.text(NAMES), "web04 web05");
    assert_eq!(status(browser), "2 of 18 hosts, with one cause");
    assert_eq!(browser.text("document.activeElement.id"), "hosts");
}

fn pages(browser: &Browser) {
    let plan = large_plan(120);
    browser.show(&Report::of(&plan, large_journal(&plan, any_outcome)));
    let button = |text: &str| {
        browser.run(&format!(
            "[...document.querySelectorAll('.pages button')].find(button => button.textContent === {text:?}).click();"
        ));
    };
    let place = || browser.text("document.querySelector('.pages span').textContent");
    assert_eq!(place(), "page 1 of 3");
    button("Next");
    button("Next");
    button("Next");
    assert_eq!(place(), "page 3 of 3");
    assert!(browser.text(NAMES).starts_with("host00100.example.org"));
    assert_eq!(browser.number("document.querySelectorAll('.hosts tbody th').length"), 20.0);
    button("Back");
    assert_eq!(place(), "page 2 of 3");
    browser.run(
        "const size = document.querySelector('.pages select'); size.value = '500';
         size.dispatchEvent(new Event('change'));",
    );
    assert_eq!(place(), "page 1 of 1");
    assert_eq!(browser.number("document.querySelectorAll('.hosts tbody th').length"), 120.0);
}

fn comparison(browser: &Browser) {
    let earlier = report();
    let mut now = Report::of(&plan(), halted_journal());
    now.since = Some(Comparison::between(&earlier, &now));
    browser.show(&now);
    let since = browser.text("document.querySelector('[aria-labelledby=since]').innerText");
    assert!(since.starts_with("Since 2026-05-01"), "{since}");
    for said in ["2 newly failing", "1 still failing", "8 failing before, not started now"] {
        assert!(since.contains(said), "{since}");
    }
    click(browser, ".open");
    let shown = browser.text("document.querySelector('.more').innerText");
    assert!(shown.contains("In the earlier run\ninstalled"), "{shown}");
}
