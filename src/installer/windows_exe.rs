//! What does a Windows host hear that gets the EXE installer?

use crate::model::{
    Class, Generation, Invocation, KeySource, Note, Observation, Parameter, Platform, Quote, Script, Shape,
    Slot, Trace,
};

use super::platform::{
    ALL_PARAMETERS, End, Installer, NO_KEY_ARGUMENT, flags, marked_otherwise, refused_parameters,
};
use super::windows;

/// `bomgar-pec-<key>.exe` with flags; there is none from 25.2 on.
pub(super) struct WindowsExe;

impl Installer for WindowsExe {
    fn platform(&self) -> Platform {
        Platform::WindowsExe
    }

    fn accepts(&self, generation: Generation) -> &'static [Parameter] {
        match generation {
            Generation::Bomgar => ALL_PARAMETERS,
            Generation::Sra => &[],
        }
    }

    fn default_install_dir(&self, _generation: Generation, _elevate: bool) -> Option<&'static str> {
        None
    }

    fn default_marker_file(&self) -> &'static str {
        windows::MARKER_FILE
    }

    fn refusals(&self, shape: &Shape) -> Vec<String> {
        if shape.generation() == Generation::Sra {
            let text = "generation `sra` has no EXE installer: write `jc_platform: windows_msi`";
            return vec![text.to_owned()];
        }
        let mut refusals = refused_parameters(self, shape);
        refusals.extend(windows::refusals(shape));
        if shape.key == KeySource::Argument {
            refusals.push(NO_KEY_ARGUMENT.to_owned());
        }
        refusals
    }

    fn invocation(&self, shape: &Shape) -> Invocation {
        windows::invocation(shape, command(shape), removal(shape))
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

    fn explain(&self, status: i32, output: &str) -> Class {
        windows::explain(status, output)
    }
}

fn removal(shape: &Shape) -> Script {
    let program = format!("\\{}.exe -uninstall silent", shape.product);
    let script = Script::new();
    match shape.install_dir {
        true => script.gap(Slot::InstallDir, Quote::WindowsArgument).text(program),
        false => script.text(format!("%ProgramData%\\{}-*{program}", shape.product)),
    }
}

fn command(shape: &Shape) -> Script {
    let mut script = Script::new().gap(Slot::FileName, Quote::WindowsArgument);
    if shape.install_dir {
        script = script.text(" --install-dir ").gap(Slot::InstallDir, Quote::WindowsArgument);
    }
    flags(script, shape, Quote::WindowsArgument).text(" --silent")
}
