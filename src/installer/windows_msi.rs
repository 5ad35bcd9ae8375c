//! What does a Windows host hear that gets the MSI package?

use crate::model::{
    Class, Generation, Invocation, KeySource, Observation, Parameter, Platform, Quote, Script, Shape, Slot,
};

use super::platform::{ALL_PARAMETERS, Installer, refused_parameters};
use super::windows::{self, Words};

/// `bomgar-pec-win64.msi` or `sra-pin-win_x64-<key>.msi` through msiexec, with properties.
pub(super) struct WindowsMsi;

impl Installer for WindowsMsi {
    fn platform(&self) -> Platform {
        Platform::WindowsMsi
    }

    fn accepts(&self, _generation: Generation) -> &'static [Parameter] {
        ALL_PARAMETERS
    }

    fn default_install_dir(&self, _generation: Generation, _elevate: bool) -> Option<&'static str> {
        None
    }

    fn default_marker_file(&self) -> &'static str {
        windows::MARKER_FILE
    }

    fn refusals(&self, shape: &Shape) -> Vec<String> {
        let mut refusals = refused_parameters(self, shape);
        refusals.extend(windows::refusals(shape));
        refusals
    }

    fn invocation(&self, shape: &Shape) -> Invocation {
        let words = Words {
            command: command(shape),
            after: include_str!("windows/msi_log.cmd"),
            removal: Script::new().text("msiexec /x {ProductCode} /qn /norestart"),
            remove: include_str!("windows/msi_remove.cmd"),
            abandon: include_str!("windows/abandon_msi.cmd"),
        };
        windows::invocation(shape, words)
    }

    fn unfit(&self, _shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
        windows::unfit(seen)
    }

    fn missing(&self, _shape: &Shape, seen: &Observation) -> Vec<String> {
        windows::missing(seen)
    }

    fn explain(&self, status: i32, output: &str) -> Class {
        windows::explain(status, output)
    }
}

/// The guide's line, and what careful scripts add: no restart, a log with every property in it.
fn command(shape: &Shape) -> Script {
    let mut script = Script::new().text("msiexec /i ").gap(Slot::FileName, Quote::WindowsArgument);
    if shape.key == KeySource::Argument {
        script = script.text(" KEY_INFO=").gap(Slot::Key, Quote::MsiProperty);
    }
    if shape.install_dir {
        // Upper case and no underscore, whatever the rule for the other names says.
        script = script.text(" INSTALLDIR=").gap(Slot::InstallDir, Quote::MsiProperty);
    }
    for parameter in &shape.parameters {
        script = match parameter {
            Parameter::Ephemeral => script.text(" jc_ephemeral=1"),
            valued => {
                script.text(format!(" {}=", valued.word())).gap(Slot::Parameter(*valued), Quote::MsiProperty)
            }
        };
    }
    script.text(" /quiet /norestart /l*v install.log")
}
