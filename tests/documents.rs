//! Do the pages show what really happens? Runs every command they show, on real hosts of their own.
//!
//! A block fenced with `console` holds lines `$ command` with the output beneath. The commands of a
//! page run one after the other in one folder, which holds the files that the page shows in blocks
//! fenced with `file=NAME`. The addresses 192.0.2.11, 192.0.2.12, … stand for the page's own hosts.
//! Behind `console`, `exit=CODE` is the exit code of the last command, and `interrupt=TEXT` says that
//! Ctrl-C is pressed when this has been printed; a line `^C` shows it.
//! What a page does not say aloud stands in comments: `on HOST: COMMAND`, `file PATH: TEXT` and
//! `appliance VERSION`, which lets a stand-in for the site answer on port 18443; `site ORDER` tells it something.
use std::process::ExitCode;

#[path = "documents/appliance.rs"]
mod appliance;
#[path = "documents/blocks.rs"]
mod blocks;
#[path = "documents/compare.rs"]
mod compare;
#[path = "documents/console.rs"]
mod console;
mod fleet;
#[path = "documents/pages.rs"]
mod pages;
#[path = "appliance/stand_in.rs"]
mod stand_in;

use fleet::{Stage, Test};

macro_rules! shows {
    ($($test:ident $page:literal $hosts:literal)+) => {
        const TESTS: &[Test] = &[$((stringify!($test), $hosts, $test),)+];
        $(fn $test(stage: &Stage) { console::run(stage, $page); })+

        /// The pages whose commands are run.
        const PAGES: &[&str] = &[$($page,)+];
    };
}

// Each page with the number of hosts it needs.
shows! {
    readme "README.md" 4
    start "docs/start.md" 1
    lint "docs/lint.md" 1
    schemas "docs/schemas.md" 1
    inventory "docs/inventory.md" 1
    settings "docs/settings.md" 1
    appliance "docs/appliance.md" 1
    clients "docs/clients.md" 1
    sessions "docs/sessions.md" 1
    plan "docs/plan.md" 2
    rehearse "docs/rehearse.md" 1
    rollout "docs/rollout.md" 3
    verify "docs/verify.md" 3
    proxy "docs/proxy.md" 2
    remove "docs/remove.md" 3
    outcomes "docs/outcomes.md" 1
    packages "docs/packages.md" 2
    reports "docs/reports.md" 2
    watching "docs/watching.md" 2
    platforms "docs/platforms.md" 1
    secrets "docs/secrets.md" 1
    state "docs/state.md" 1
}

fn main() -> ExitCode {
    assert!(compare::is_sharp(), "the comparison takes wrong output for right");
    let shown =
        pages::all().into_iter().filter(|page| blocks::of(page).iter().any(|block| block.is("console")));
    for page in shown {
        assert!(PAGES.contains(&page.name.as_str()), "{} shows commands that nobody runs", page.name);
    }
    fleet::run("documents", false, TESTS)
}
