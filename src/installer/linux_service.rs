//! What does a Linux host hear that gets its client as a system service?

use crate::model::{
    Boot, Class, Generation, Invocation, KeySource, Observation, Parameter, Platform, Quote, Rule, Script,
    Shape, Slot,
};

use super::linux;
use super::platform::{ALL_PARAMETERS, Installer, NO_KEY_ARGUMENT, flags, has, refused_parameters};
use super::posix::Unit;

/// Linux, installed by root; the vendor's installer makes the service.
pub(super) struct LinuxService;

impl Installer for LinuxService {
    fn platform(&self) -> Platform {
        Platform::LinuxService
    }

    fn accepts(&self, _generation: Generation) -> &'static [Parameter] {
        ALL_PARAMETERS
    }

    fn default_install_dir(&self, _generation: Generation, _elevate: bool) -> Option<&'static str> {
        None
    }

    fn default_marker_file(&self) -> &'static str {
        linux::MARKER_FILE
    }

    fn refusals(&self, shape: &Shape) -> Vec<String> {
        let mut refusals = refused_parameters(self, shape);
        let mut refuse = |when: bool, text: &str| {
            if when {
                refusals.push(text.to_owned());
            }
        };
        let bomgar = shape.generation() == Generation::Bomgar;
        refuse(
            !shape.elevate,
            "the service is installed by root: write `ansible_become: true` or `ansible_user: root`",
        );
        refuse(
            shape.user,
            "`jc_user` is for headless clients: leave it out, or write `jc_platform: linux_headless`",
        );
        refuse(
            bomgar && shape.boot == Boot::Init,
            "the vendor's installer arranges the service's start at boot itself: leave `jc_boot` out, or write \
             `jc_boot: none` where no proof of it is wanted",
        );
        refuse(!bomgar && shape.boot == Boot::Init, linux::NO_INIT);
        refuse(bomgar && shape.key == KeySource::Argument, NO_KEY_ARGUMENT);
        refusals
    }

    fn invocation(&self, shape: &Shape) -> Invocation {
        match shape.generation() {
            Generation::Bomgar => {
                linux::invocation(shape, &Unit::Vendors, bomgar_command(shape), vec![linux::await_client()])
            }
            Generation::Sra => linux::invocation(
                shape,
                &linux::sra_unit(shape),
                linux::sra_command(shape, false),
                linux::sra_start(shape),
            ),
        }
    }

    fn unfit(&self, shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
        linux::unfit(shape, seen, false)
    }

    fn missing(&self, shape: &Shape, seen: &Observation) -> Vec<String> {
        let mut missing = linux::missing_client(seen);
        // Up to 24.x the guide does not say what the service is registered as: any kind is proof.
        let registered = shape.generation() == Generation::Bomgar && has(seen, Rule::Service);
        if shape.boot == Boot::Systemd && (!registered || seen.fact("unit").is_some()) {
            missing.extend(linux::missing_unit(seen));
        }
        missing
    }

    fn is_own_folder(&self, shape: &Shape, install_dir: Option<&str>, folder: &str) -> bool {
        linux::is_own_folder(shape, install_dir, folder)
    }
}

/// The desktop installer up to 24.x; without `--silent` it may open windows.
fn bomgar_command(shape: &Shape) -> Script {
    let mut script = linux::run_file().text(" --silent");
    if shape.install_dir {
        script = script.text(" --install-dir ").gap(Slot::InstallDir, Quote::Posix);
    }
    flags(script, shape, Quote::Posix)
}
