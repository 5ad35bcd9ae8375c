//! Does the HTML report work in a real browser? Chromium, led through WebDriver; each test has a browser of its own.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]
#![allow(clippy::disallowed_methods, reason = "a test writes and reads the files of its own folder")]

#[path = "html/access.rs"]
mod access;
#[path = "html/browser.rs"]
mod browser;
#[path = "report/fleet.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod fleet;
#[path = "html/hostile.rs"]
mod hostile;
#[path = "html/looks.rs"]
mod looks;
#[path = "html/sizes.rs"]
mod sizes;
#[path = "html/table.rs"]
mod table;

use std::process::ExitCode;
use std::sync::Arc;

use browser::{Browser, Driver};
use libtest_mimic::{Arguments, Trial};

/// A test: its name and what it does.
type Test = (&'static str, fn(&Browser));

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let tests = [table::TESTS, looks::TESTS, access::TESTS, hostile::TESTS, sizes::TESTS].concat();
    let driver = (!arguments.list).then(|| Arc::new(Driver::start()));
    let trial = |(name, test): Test| {
        let driver = driver.clone();
        Trial::test(name, move || {
            let driver = driver.ok_or("there is no driver")?;
            let browser = Browser::open(&driver);
            test(&browser);
            browser.assert_silent();
            Ok(())
        })
    };
    let conclusion = libtest_mimic::run(&arguments, tests.into_iter().map(trial).collect());
    drop(driver);
    conclusion.exit_code()
}
