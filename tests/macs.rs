//! Does the main job work on hosts that pass for Macs? What that cannot prove is in `docs/platforms.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes and reads the files of its own folder")]

#[path = "macs/cycles.rs"]
mod cycles;
#[path = "macs/downloads.rs"]
mod downloads;
mod fleet;
#[path = "macs/images.rs"]
mod images;
#[path = "macs/jamf.rs"]
mod jamf;
#[path = "macs/looks.rs"]
mod looks;
#[path = "end_to_end/scene.rs"]
#[allow(dead_code, reason = "Macs use a part of it")]
mod scene;
#[path = "live/scene.rs"]
#[allow(dead_code, reason = "Macs use a part of it")]
mod site;

use std::process::ExitCode;

use fleet::{KEY, SITE, Stage};

fn main() -> ExitCode {
    // Those that wait longest come first.
    fleet::run_on(
        fleet::MAC,
        "macs",
        &[images::TESTS, cycles::TESTS, downloads::TESTS, jamf::TESTS, looks::TESTS].concat(),
    )
}

/// Settings with two releases, whose applications have the name of now and the one up to 23.3.1, and the
/// inventory; `rollout` are further settings, `host` adds variables of its own.
fn standard(stage: &Stage, rollout: &str, host: impl Fn(usize, &str) -> String) {
    for (folder, app) in
        [("new", "Open To Start Support Session"), ("old", "Double-Click To Start Support Session")]
    {
        let name = ["--mode", "mac", "--product", "bomgar-pec", "--uid", KEY, "--app", app];
        let permits = ["--expires", "2035-01-01T00:00:00Z", "--overrides", "tag,comments"];
        stage.build(&format!("installers/{folder}"), &[&name[..], &permits].concat());
    }
    let release = |name: &str| {
        format!(
            "  {name}:\n    product: bomgar-pec\n    expires: 2035-01-01T00:00:00Z\n    overrides: [tag, comments]\n    \
             files: {{macos_dmg: installers/{name}/bomgar-pec-*.dmg}}\n"
        )
    };
    stage.write(
        "jumpfleet.yaml",
        &format!(
            "appliance: {{site: {SITE}, model: b300}}\nreleases:\n{}{}rollout: {{release: new, expected_install: 5s, \
             ramp: none, gates: none, budget: none{rollout}}}\n",
            release("new"),
            release("old")
        ),
    );
    stage.inventory(&["jc_platform: macos_dmg"], host);
}

/// Everything of the client's or of ours that a Mac holds, runs or has mounted.
fn left(stage: &Stage, host: &str) -> String {
    scene::run(
        stage,
        host,
        "ls -d /Applications/.com.bomgar.* /Applications/* /Library/Launch*/* /Users/Shared/* /var/tmp/jumpfleet-* \
             '/Library/Application Support/'* 2>/dev/null
         hdiutil info
         ps -A -ww -o pid= -o command= | grep -E 'sdcust|bomgar|install.sh' | grep -v grep
         true",
    )
}
