//! Can it be used with the keyboard alone, and by somebody who hears it?

use std::path::{Path, PathBuf};
use std::process::Command;

use fantoccini::key::Key;
use jumpfleet::report::Report;
use serde_json::{Value, json};

use crate::Test;
use crate::browser::Browser;
use crate::fleet::{halted_journal, plan};
use crate::table::{NAMES, report};

pub const TESTS: &[Test] = &[
    ("the_keyboard_is_enough", keyboard),
    ("axe_finds_nothing_in_the_light", light),
    ("axe_finds_nothing_in_the_dark", dark),
    ("axe_finds_nothing_on_a_telephone", telephone),
];

/// What has the focus, in a word or two.
const FOCUS: &str =
    "(document.activeElement.innerText || document.activeElement.type || document.activeElement.tagName)";

fn key(key: Key) -> [char; 1] {
    [key.into()]
}

/// Presses Tab until the focus is on something with this text.
fn tab_to(browser: &Browser, wanted: &str) {
    for _ in 0..80 {
        browser.press(key(Key::Tab));
        if browser.text(FOCUS) == wanted {
            let seen = "getComputedStyle(document.activeElement).outlineStyle";
            assert_ne!(browser.text(seen), "none", "{wanted} does not show that it has the focus");
            return;
        }
    }
    panic!("{wanted} is not to be reached with Tab");
}

fn keyboard(browser: &Browser) {
    browser.show(&report());
    browser.press(key(Key::Tab));
    assert_eq!(browser.text(FOCUS), "Skip to the hosts");
    browser.press(key(Key::Enter));
    assert_eq!(browser.text("document.activeElement.id"), "hosts");
    tab_to(browser, "search");
    browser.press("web0".chars());
    browser.until("document.getElementById('shown').textContent === '8 of 18 hosts'");
    tab_to(browser, "checkbox");
    browser.press([' ']);
    assert_eq!(browser.text(NAMES), "web02 web04 web05 web06 web07");
    tab_to(browser, "Host");
    browser.press(key(Key::Enter));
    browser.press([' ']);
    assert_eq!(browser.text(NAMES), "web07 web06 web05 web04 web02");
    tab_to(browser, "web06");
    browser.press(key(Key::Enter));
    assert_eq!(browser.text("document.activeElement.ariaExpanded"), "true");
    assert!(
        browser.text("document.querySelector('.more:not([hidden])').innerText").contains("authentication")
    );
}

/// axe-core as the tests' own script fetches it, once.
fn axe() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let done = Command::new(root.join("tests/html/axe")).output().expect("the script starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let path = PathBuf::from(String::from_utf8_lossy(&done.stdout).trim());
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails with everything that axe complains of, on the open page with one host opened.
#[track_caller]
fn examine(browser: &Browser, report: &Report) {
    browser.show(report);
    browser.run("document.querySelector('.open').click(); document.querySelectorAll('details').forEach(each => each.open = true);");
    // A driver's script is not the page's: the page's policy does not hold for it.
    browser.run(&axe());
    browser.run(
        "window.found = null;
         axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
            .then(found => { window.found = found; }, error => { window.found = {violations: [String(error)], passes: []}; });",
    );
    browser.until("window.found !== null");
    let found: Value = browser.get(
        "({passes: found.passes.length, violations: found.violations.map(each =>
            [each.id, each.help, ...each.nodes.slice(0, 4).map(node => node.html.slice(0, 200) + ' ' + node.failureSummary)])})",
    );
    assert_eq!(found["violations"], json!([]), "{found:#}");
    assert!(found["passes"].as_u64().is_some_and(|passes| passes > 25), "{found:#}");
}

fn halted() -> Report {
    Report::of(&plan(), halted_journal())
}

fn light(browser: &Browser) {
    examine(browser, &report());
    examine(browser, &halted());
}

fn dark(browser: &Browser) {
    let features = json!([{"name": "prefers-color-scheme", "value": "dark"}]);
    browser.call("Emulation.setEmulatedMedia", json!({"features": features}));
    examine(browser, &report());
    examine(browser, &halted());
}

fn telephone(browser: &Browser) {
    let metrics = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": true});
    browser.call("Emulation.setDeviceMetricsOverride", metrics);
    examine(browser, &halted());
}
