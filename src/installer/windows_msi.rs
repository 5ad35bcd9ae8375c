//! What does a Windows host hear that gets the MSI package?

use crate::model::{
    Class, Generation, Invocation, KeySource, Note, Observation, Parameter, Platform, Quote, Script, Shape,
    Slot, Trace,
};

use super::platform::{ALL_PARAMETERS, End, Installer, marked_otherwise, refused_parameters};
use super::windows;

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
        let removal = Script::new().text("msiexec /x {ProductCode} /qn /norestart");
        windows::invocation(shape, command(shape), removal)
    }

    fn unfit(&self, _shape: &Shape, seen: &Observation) -> Option<(Class, String)> {
        windows::unfit(seen)
    }

    fn missing(&self, _shape: &Shape, seen: &Observation) -> Vec<String> {
        windows::missing(seen)
    }

    fn own(&self, _shape: &Shape, install_dir: Option<&str>, seen: &Observation) -> Vec<Trace> {
        windows::own(install_dir, seen)
    }

    fn duplicate(&self, _shape: &Shape, install_dir: Option<&str>, seen: &Observation) -> Option<Trace> {
        windows::duplicate(install_dir, seen)
    }

    fn left_over(&self, seen: &Observation) -> Option<String> {
        windows::left_over(seen)
    }

    fn notes(&self, status: Option<i32>, seen: &Observation) -> Vec<Note> {
        windows::notes(status, seen)
    }

    fn same_place(&self, one: &str, other: &str) -> bool {
        windows::same_place(one, other)
    }

    fn spared(
        &self,
        shape: &Shape,
        install_dir: Option<&str>,
        site: &str,
        undoes: Option<&str>,
        seen: &Observation,
    ) -> Option<String> {
        marked_otherwise(self, shape, install_dir, site, undoes, seen).or_else(|| windows::spared(seen))
    }

    fn may_restart(&self) -> bool {
        true
    }

    fn ended(&self, status: i32) -> End {
        windows::ended(status)
    }

    fn meaning(&self, status: i32) -> Option<String> {
        windows::codes::meaning(status)
    }

    /// Windows Installer returns 0 and does nothing where it has a product registered that is gone.
    fn nothing_there(&self) -> Class {
        Class::OrphanKey
    }

    fn log(&self) -> Option<&'static str> {
        Some(windows::LOG)
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
