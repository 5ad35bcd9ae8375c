//! What do both Windows platforms have in common? Steps as the text of `.cmd` files.
//!
//! Each script is carried to the host as a file and run with `cmd /c`: cmd.exe reads `%`, `^` and
//! quotes differently on a line that is typed. A value reaches its script in a variable without
//! quotes, and stands in quotes wherever it is used.

use crate::model::{
    Boot, Class, Dialect, Generation, Invocation, Observation, Product, Quote, Rule, Script, Shape, Slot,
    Step,
};

use super::platform::{VENDORS_REMOVAL, explain_output, has, settings, step};

/// Where the marker file is when the host does not say.
pub(super) const MARKER_FILE: &str = r"C:\ProgramData\jumpfleet\PRAJumpClient.txt";
/// Success, and success with a restart begun or needed (Windows Installer error codes 1641, 3010;
/// 1707 is the message of success that some packages return).
const INSTALLED: &[i32] = &[0, 1641, 1707, 3010];
/// The same, and 1605: the product is not installed (Windows Installer error codes).
const REMOVED: &[i32] = &[0, 1605, 1641, 3010];

const HEAD: &str = include_str!("windows/head.cmd");

/// What differs between the two platforms.
pub(super) struct Words {
    pub(super) command: Script,
    pub(super) after: &'static str,
    pub(super) removal: Script,
    pub(super) remove: &'static str,
    pub(super) abandon: &'static str,
}

/// A `.cmd` file: its head, its variables, its body.
struct File(Script);

impl File {
    fn new() -> Self {
        Self(Script::new().text(HEAD))
    }

    fn slot(self, name: &str, slot: Slot) -> Self {
        // The value may come in quotes, which a path cannot hold itself.
        let set = self.0.text(format!("set {name}=")).gap(slot, Quote::WindowsArgument);
        Self(set.text(format!("\nset \"{name}=%{name}:\"=%\"\n")))
    }

    fn slot_if(self, there: bool, name: &str, slot: Slot) -> Self {
        if there { self.slot(name, slot) } else { self.word(name, "") }
    }

    fn word(self, name: &str, value: &str) -> Self {
        Self(self.0.text(format!("set \"{name}={value}\"\n")))
    }

    fn display_name(self, product: Product) -> Self {
        let shown = display_product(product);
        let set = self.0.text(format!("set \"display_name={shown} [")).gap(Slot::Site, Quote::Bare);
        Self(set.text("]\"\n"))
    }

    fn body(self, body: &str) -> Script {
        self.0.text(body)
    }
}

/// What both platforms hear around their own words.
pub(super) fn invocation(shape: &Shape, words: Words) -> Invocation {
    Invocation {
        dialect: Dialect::Cmd,
        probe: probe(shape),
        prepare: prepare(),
        digest: digest(),
        ready: None,
        install: install(shape, &words.command, words.after),
        command: words.command,
        start: Vec::new(),
        mark: mark(shape),
        removal: words.removal,
        remove: remove(shape, words.remove),
        // Plans show Windows hosts, and nothing is carried out there.
        replace: Vec::new(),
        abandon: step("end the installer", 60, staged(words.abandon)),
        clean: clean(),
    }
}

fn staged(body: &str) -> Script {
    File::new().slot("staging", Slot::Staging).slot("file_name", Slot::FileName).body(body)
}

fn probe(shape: &Shape) -> Step {
    let mut file = File::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .slot_if(shape.marker, "marker_file", Slot::MarkerFile)
        .word("own", shape.generation().word())
        .display_name(shape.product)
        .word("display_product", display_product(shape.product));
    for generation in [Generation::Bomgar, Generation::Sra] {
        for (what, rule) in
            [("directory", Rule::InstallDirectory), ("process", Rule::Process), ("service", Rule::Service)]
        {
            let rule = if generation == shape.generation() { rule } else { Rule::OtherGeneration };
            file = file.word(&format!("{generation}_{what}"), rule.word());
        }
    }
    step("look at the host", 120, file.body(include_str!("windows/probe.cmd")))
}

fn prepare() -> Step {
    let file = File::new().slot("staging", Slot::Staging).word("attributes", "");
    step("make the staging folder", 60, file.body(include_str!("windows/prepare.cmd")))
}

fn digest() -> Step {
    step("read the digest of the staged file", 300, staged(include_str!("windows/digest.cmd")))
}

fn install(shape: &Shape, command: &Script, after: &str) -> Step {
    let script = File::new()
        .slot("staging", Slot::Staging)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .body(include_str!("windows/install_before.cmd"))
        .text("start \"\" /wait ")
        .script(command)
        .text("\n")
        .text(include_str!("windows/install_after.cmd"))
        .text(after)
        .text(include_str!("windows/install_end.cmd"));
    Step { success: INSTALLED.to_vec(), ..step("run the installer", 900, script) }
}

fn mark(shape: &Shape) -> Step {
    let file = File::new()
        .slot("marker_file", Slot::MarkerFile)
        .slot("marker_folder", Slot::MarkerFolder)
        .slot("release", Slot::Release)
        .word("product", shape.product.word())
        .slot("site", Slot::Site)
        .slot("run", Slot::Run)
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir);
    let named = |file: File, slot: Slot| {
        let name = slot.word();
        file.slot(name, slot).word(&format!("setting: {name}"), &format!("%{name}%"))
    };
    let file = settings(shape).fold(file, named);
    step("write the marker file", 60, file.body(include_str!("windows/mark.cmd")))
}

fn remove(shape: &Shape, body: &str) -> Vec<Step> {
    let removal = File::new()
        .slot_if(shape.install_dir, "install_dir", Slot::InstallDir)
        .word("product", shape.product.word())
        .display_name(shape.product);
    let unmark = File::new().slot("marker_file", Slot::MarkerFile);
    vec![
        Step { success: REMOVED.to_vec(), ..step(VENDORS_REMOVAL, 600, removal.body(body)) },
        step("remove the marker file", 60, unmark.body(include_str!("windows/unmark.cmd"))),
    ]
}

fn clean() -> Step {
    let file = File::new().slot("staging", Slot::Staging);
    step("remove the staging folder", 120, file.body(include_str!("windows/clean.cmd")))
}

/// How the uninstall entry's name begins; the site's host name in brackets follows.
pub(super) fn display_product(product: Product) -> &'static str {
    match product {
        Product::BomgarScc => "BeyondTrust Remote Support Jump Client",
        _ => "BeyondTrust Privileged Remote Access Jump Client",
    }
}

/// What a Windows host lacks.
pub(super) fn unfit(seen: &Observation) -> Option<(Class, String)> {
    let os = seen.fact("os").unwrap_or("nothing known");
    let text = if os != "Windows" {
        format!("the host runs {os}, not Windows")
    } else if seen.fact("administrator") == Some("no") {
        let login = seen.fact("login").unwrap_or("the login account");
        format!("`{login}` has no administrator rights")
    } else if seen.fact("digest_tool") == Some("none") {
        "certutil is not there to check the installer file with".to_owned()
    } else {
        return None;
    };
    Some((Class::Unfit, text))
}

/// What a running client shows.
pub(super) fn missing(seen: &Observation) -> Vec<String> {
    let mut missing = Vec::new();
    let mut lacks = |is_there: bool, what: &str| {
        if !is_there {
            missing.push(what.to_owned());
        }
    };
    lacks(
        has(seen, Rule::Registry) || has(seen, Rule::InstallDirectory),
        "neither an uninstall entry of the site nor a directory of the client is there",
    );
    lacks(has(seen, Rule::Process), "no process of the client runs");
    lacks(has(seen, Rule::Service), "no service of the client is registered");
    if has(seen, Rule::Service) {
        lacks(seen.fact("unit_active") == Some("active"), "the client's service does not run");
        lacks(seen.fact("unit_enabled") == Some("enabled"), "the client's service would not start at boot");
    }
    missing
}

/// Windows Installer's codes, then the words (Windows Installer error codes).
pub(super) fn explain(status: i32, output: &str) -> Class {
    match status {
        // ERROR_DISK_FULL.
        112 => Class::DiskFull,
        // The package cannot be opened, or is not one.
        1619 | 1620 => Class::Checksum,
        // ERROR_INSTALL_ALREADY_RUNNING: another installation is in progress.
        1618 => Class::InstallerBusy,
        _ => explain_output(output),
    }
}

/// Why a host of this shape cannot be installed, whichever of the two installers it gets.
pub(super) fn refusals(shape: &Shape) -> Vec<String> {
    let mut refusals = Vec::new();
    if shape.user {
        refusals.push("`jc_user` is for headless Linux clients: leave it out on Windows".to_owned());
    }
    if shape.boot != Boot::Systemd {
        refusals.push("`jc_boot` is for headless Linux clients: leave it out on Windows".to_owned());
    }
    refusals
}
