//! Does it look right in the dark, on a telephone, on paper, and without scripts?

use jumpfleet::report::Report;
use serde_json::json;

use crate::Test;
use crate::browser::Browser;
use crate::fleet::{failure, halted_journal, large_journal, large_plan, plan};
use crate::table::report;

pub const TESTS: &[Test] = &[
    ("the_dark_is_dark_and_the_light_is_light", dark),
    ("nothing_hangs_over_on_a_telephone", telephone),
    ("paper_has_the_hosts_and_no_buttons", paper),
    ("without_scripts_every_failure_is_there", without_scripts),
    ("the_drawing_keeps_to_its_numbers", drawing),
];

fn prefer(browser: &Browser, scheme: &str) {
    let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
    browser.call("Emulation.setEmulatedMedia", json!({"media": "", "features": features}));
}

/// How bright the page's ground is, from 0 to 255.
fn brightness(browser: &Browser) -> f64 {
    browser.number("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
}

fn dark(browser: &Browser) {
    prefer(browser, "light");
    browser.show(&report());
    assert!(brightness(browser) > 230.0);
    prefer(browser, "dark");
    assert!(brightness(browser) < 40.0);
    assert!(browser.number("Number(getComputedStyle(document.body).color.match(/\\d+/)[0])") > 200.0);
}

fn telephone(browser: &Browser) {
    let metrics = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": true});
    browser.call("Emulation.setDeviceMetricsOverride", metrics);
    browser.show(&Report::of(&plan(), halted_journal()));
    assert_eq!(browser.number("document.documentElement.clientWidth"), 360.0);
    let over = "[...document.querySelectorAll('body *')].filter(each => !each.parentElement.closest('.scroll') && \
                each.getBoundingClientRect().right > 360).map(each => each.outerHTML.slice(0, 80)).join('\\n')";
    assert_eq!(browser.text(over), "");
    assert_eq!(browser.number("document.documentElement.scrollWidth"), 360.0);
}

fn paper(browser: &Browser) {
    let plan = large_plan(300);
    browser.show(&Report::of(&plan, large_journal(&plan, |at| failure(at % 3, "no\n"))));
    // What the browser itself tells a page that is going to be printed.
    browser.run("dispatchEvent(new Event('beforeprint'));");
    browser.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    assert_eq!(browser.number("document.querySelectorAll('.hosts tbody th').length"), 300.0);
    let seen = "[...document.querySelectorAll('input, select, .pages, .show')].filter(each => each.checkVisibility()).length";
    assert_eq!(browser.number(seen), 0.0);
    assert_eq!(browser.number("document.querySelectorAll('details:not([open], .numbers)').length"), 0.0);
    browser.call("Emulation.setEmulatedMedia", json!({"media": ""}));
    browser.run("dispatchEvent(new Event('afterprint'));");
    assert_eq!(browser.number("document.querySelectorAll('.hosts tbody th').length"), 50.0);
    let pages = browser.pdf();
    assert!(pages.starts_with(b"%PDF") && pages.len() > 20_000, "{}", pages.len());
}

fn without_scripts(browser: &Browser) {
    let report = report();
    browser.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    browser.show_file(&browser.file(&report));
    browser.call("Emulation.setScriptExecutionDisabled", json!({"value": false}));
    let shown = browser.text("document.body.innerText");
    assert!(shown.contains("needs JavaScript"), "{shown}");
    assert!(!shown.contains("Search names"), "{shown}");
    for cause in &report.causes {
        let names = jumpfleet::report::names::fold(cause.names(&report));
        assert!(shown.replace(", ", ",").contains(&names), "{names} is not in\n{shown}");
    }
}

fn drawing(browser: &Browser) {
    let report = Report::of(&plan(), halted_journal());
    browser.show(&report);
    let drawn = browser.number(
        "[...document.querySelectorAll('rect.column title')].reduce((sum, title) =>
            sum + Number(title.textContent.match(/: (\\d+) of/)[1]), 0)",
    );
    assert_eq!(drawn as u64, report.pace.starts);
    assert_eq!(browser.number("document.querySelectorAll('rect.column.over').length"), 0.0);
    let inside = "[...document.querySelectorAll('.chart rect, .chart line, .chart path, .chart text')].every(each => {
        const [own, whole] = [each.getBoundingClientRect(), document.querySelector('.chart').getBoundingClientRect()];
        return own.left >= whole.left - 1 && own.right <= whole.right + 1 && own.top >= whole.top - 1 && own.bottom <= whole.bottom + 1;
    })";
    assert_eq!(browser.get(inside), true);
}
