//! What does a Mac hear?

use crate::model::{
    Boot, Class, Dialect, Generation, Invocation, KeySource, Observation, Parameter, Platform, Quote, Rule,
    Script, Shape, Slot, Step,
};

use super::platform::{
    ALL_PARAMETERS, Installer, NO_KEY_ARGUMENT, VENDORS_REMOVAL, flags, has, refused_parameters, step,
};
use super::posix::{self, Lines, Unit};

/// macOS: a disk image with `sdcust` inside; what a user must allow afterwards is in the profiles of `templates/`.
pub(super) struct MacosDmg;

impl Installer for MacosDmg {
    fn platform(&self) -> Platform {
        Platform::MacosDmg
    }

    fn accepts(&self, _generation: Generation) -> &'static [Parameter] {
        ALL_PARAMETERS
    }

    fn default_install_dir(&self, _generation: Generation, _elevate: bool) -> Option<&'static str> {
        None
    }

    fn default_marker_file(&self) -> &'static str {
        "/Library/Application Support/jumpfleet/PRAJumpClient.txt"
    }

    fn refusals(&self, shape: &Shape) -> Vec<String> {
        let mut refusals = refused_parameters(self, shape);
        let mut refuse = |when: bool, text: &str| {
            if when {
                refusals.push(text.to_owned());
            }
        };
        let bomgar = shape.generation() == Generation::Bomgar;
        refuse(!shape.elevate, "sdcust is run by root: write `ansible_become: true`");
        refuse(shape.install_dir, "the macOS installer takes no folder: leave `jc_install_dir` out");
        refuse(shape.user, "`jc_user` is for headless Linux clients: leave it out on macOS");
        refuse(shape.boot != Boot::Systemd, "`jc_boot` is for headless Linux clients: leave it out on macOS");
        refuse(bomgar && shape.key == KeySource::Argument, NO_KEY_ARGUMENT);
        refusals
    }

    fn invocation(&self, shape: &Shape) -> Invocation {
        let command = command(shape);
        Invocation {
            dialect: Dialect::Posix,
            probe: posix::probe(shape, &Unit::Vendors, include_str!("macos/probe.sh")),
            prepare: posix::prepare(),
            digest: posix::digest(),
            ready: Some(posix::ready(shape, &inside_image(&command), "")),
            install: posix::install(shape, include_str!("macos/alone.sh"), ""),
            command,
            start: Vec::new(),
            mark: posix::mark(shape),
            removal: Script::new().text("\"$sdcust\" -uninstall silent"),
            remove: removal(shape),
            replace: removal(shape),
            abandon: posix::abandon(shape, ""),
            clean: posix::clean(),
        }
    }

    fn unfit(&self, shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
        let os = seen.fact("os").unwrap_or("nothing known");
        if os != "Darwin" {
            return Some((Class::Unfit, format!("the host runs {os}, not macOS")));
        }
        posix::lacks_rights(shape, seen).or_else(|| posix::lacks_room(seen))
    }

    fn missing(&self, _shape: &Shape, seen: &Observation) -> Vec<String> {
        let mut missing = Vec::new();
        if !has(seen, Rule::InstallDirectory) {
            missing.push("no application of the client is there".to_owned());
        }
        if !has(seen, Rule::Process) {
            missing.push("no process of the client runs".to_owned());
        }
        if seen.fact("unit").is_none() {
            missing.push("no launch daemon of the client is there".to_owned());
        } else if seen.fact("unit_active") != Some("active") {
            missing.push("the client's launch daemon is not loaded".to_owned());
        }
        missing
    }
}

/// `sdcust` is found at run time: the application's name and the volume's name differ between versions.
fn command(shape: &Shape) -> Script {
    let mut script = Script::new().text("\"$sdcust\" --silent");
    if shape.key == KeySource::Argument {
        script = script.text(" --key-info ").gap(Slot::Key, Quote::Posix);
    }
    flags(script, shape, Quote::Posix)
}

/// The command between opening and closing the disk image, in a subshell whose end always closes it.
fn inside_image(command: &Script) -> Script {
    let opened = Lines::new().slot("file_name", Slot::FileName).body(include_str!("macos/open_image.sh"));
    Script::new()
        .text("(\n")
        .script(&opened)
        .script(command)
        .text("\n")
        .text(include_str!("macos/wait.sh"))
        .text(")")
}

fn removal(shape: &Shape) -> Vec<Step> {
    let mut steps = vec![
        step(VENDORS_REMOVAL, 300, Script::new().text(include_str!("macos/remove.sh"))),
        step("remove what launchd still holds", 60, Script::new().text(include_str!("macos/boot_out.sh"))),
    ];
    if shape.marker {
        steps.push(posix::unmark());
    }
    steps
}
