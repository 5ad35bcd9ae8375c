//! What does a Windows host hear that gets the MSI package?

use crate::model::{Class, KeySource, Parameter, Platform, Quote, Script, Shape, Slot};

use super::platform::ALL_PARAMETERS;
use super::windows::{Kind, LOG};

/// `bomgar-pec-win64.msi` or `sra-pin-win_x64-<key>.msi` through msiexec, with properties.
pub(super) const WINDOWS_MSI: Kind = Kind {
    platform: Platform::WindowsMsi,
    accepts: |_| ALL_PARAMETERS,
    absent: |_| None,
    takes_key: true,
    command,
    removal: |_| Script::new().text("msiexec /x {ProductCode} /qn /norestart"),
    // Windows Installer returns 0 and does nothing where it has a product registered that is gone.
    nothing_there: Class::OrphanKey,
    log: Some(LOG),
};

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
