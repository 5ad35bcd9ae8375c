//! What does a Windows host hear that gets the EXE installer?

use crate::model::{Class, Generation, Parameter, Platform, Quote, Script, Shape, Slot};

use super::platform::{ALL_PARAMETERS, flags};
use super::windows::Kind;

/// `bomgar-pec-<key>.exe` with flags; there is none from 25.2 on.
pub(super) const WINDOWS_EXE: Kind = Kind {
    platform: Platform::WindowsExe,
    accepts,
    absent: |generation| {
        let text = "generation `sra` has no EXE installer: write `jc_platform: windows_msi`";
        (generation == Generation::Sra).then_some(text)
    },
    takes_key: false,
    command,
    removal,
    nothing_there: Class::NothingInstalled,
    log: None,
};

fn accepts(generation: Generation) -> &'static [Parameter] {
    match generation {
        Generation::Bomgar => ALL_PARAMETERS,
        Generation::Sra => &[],
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
