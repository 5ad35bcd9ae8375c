//! What do the exit codes of Windows Installer mean?
//!
//! Numbers and names are those of Microsoft's page "Error Codes" of Windows Installer, but 112, which is one of
//! Windows' own. The vendor documents no exit codes of its EXE installer.

use crate::installer::End;
use crate::model::Class;

/// One exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The number.
    pub number: i32,
    /// Microsoft's name for it.
    pub name: &'static str,
    /// What becomes of the host.
    pub end: End,
    /// What it means, a fragment.
    pub meaning: &'static str,
    /// What to do about it; empty where nothing is to be done.
    pub advice: &'static str,
}

const fn code(
    number: i32,
    name: &'static str,
    end: End,
    meaning: &'static str,
    advice: &'static str,
) -> Code {
    Code { number, name, end, meaning, advice }
}

const FAILED: End = End::Fails(Class::InstallerFailed);

/// Every code that is known, by its number.
pub const CODES: &[Code] = &[
    code(0, "ERROR_SUCCESS", End::Success, "success", ""),
    code(
        112,
        "ERROR_DISK_FULL",
        End::Fails(Class::DiskFull),
        "there is not enough room on the disk",
        "make room on the host",
    ),
    code(
        1601,
        "ERROR_INSTALL_SERVICE_FAILURE",
        FAILED,
        "the Windows Installer service could not be reached",
        "see on the host whether the service `msiserver` is disabled or broken",
    ),
    code(
        1602,
        "ERROR_INSTALL_USEREXIT",
        FAILED,
        "the installation was cancelled",
        "see who or what cancels it, such as a security product",
    ),
    code(
        1603,
        "ERROR_INSTALL_FAILURE",
        FAILED,
        "a fatal error during the installation",
        "see the cause from its log, which the report quotes",
    ),
    code(
        1605,
        "ERROR_UNKNOWN_PRODUCT",
        FAILED,
        "the product is not installed; after a removal that is a success",
        "make a new plan: the host is not as the installer takes it to be",
    ),
    code(
        1612,
        "ERROR_INSTALL_SOURCE_ABSENT",
        FAILED,
        "the source of an installation is not there",
        "remove the older registration of the product by hand",
    ),
    code(
        1618,
        "ERROR_INSTALL_ALREADY_RUNNING",
        End::Fails(Class::InstallerBusy),
        "another installation is in progress",
        "see which one holds Windows Installer, and try again later",
    ),
    code(
        1619,
        "ERROR_INSTALL_PACKAGE_OPEN_FAILED",
        End::Fails(Class::Checksum),
        "the package could not be opened",
        "see what on the host changes or locks the file, such as a virus scanner",
    ),
    code(
        1620,
        "ERROR_INSTALL_PACKAGE_INVALID",
        End::Fails(Class::Checksum),
        "the package is not valid",
        "download the installer again",
    ),
    code(
        1622,
        "ERROR_INSTALL_LOG_FAILURE",
        FAILED,
        "the log file could not be opened",
        "see on the host what keeps files from being made in the staging folder",
    ),
    code(
        1625,
        "ERROR_INSTALL_PACKAGE_REJECTED",
        FAILED,
        "a policy of the host forbids the installation",
        "allow the package in the group policy or in application control",
    ),
    code(
        1633,
        "ERROR_INSTALL_PLATFORM_UNSUPPORTED",
        End::Fails(Class::Unfit),
        "the package is not for this kind of processor",
        "name the 32-bit package in a release of its own for this host",
    ),
    code(
        1638,
        "ERROR_PRODUCT_VERSION",
        End::Present,
        "another version of the product is installed already",
        "see which client is on the host; a replacement is `--replace`",
    ),
    code(
        1639,
        "ERROR_INVALID_COMMAND_LINE",
        FAILED,
        "an argument on the command line is not valid",
        "compare the plan's command line with the installer's own help",
    ),
    code(
        1640,
        "ERROR_INSTALL_REMOTE_DISALLOWED",
        FAILED,
        "installations from a remote session are not permitted",
        "allow them in the group policy of the host",
    ),
    code(
        1641,
        "ERROR_SUCCESS_REBOOT_INITIATED",
        End::Restart,
        "success, and the installer has begun a restart",
        "wait until the host is back",
    ),
    code(
        1644,
        "ERROR_INSTALL_TRANSFORM_REJECTED",
        FAILED,
        "a policy of the host does not permit these properties",
        "allow them in the group policy of the host",
    ),
    code(1707, "INSTALL_SUCCESS_MESSAGE", End::Success, "success, as some packages put it", ""),
    code(
        3010,
        "ERROR_SUCCESS_REBOOT_REQUIRED",
        End::Restart,
        "success, and a restart is needed to complete it",
        "restart the host when it suits",
    ),
];

/// What is known of a code.
pub fn find(number: i32) -> Option<&'static Code> {
    CODES.iter().find(|code| code.number == number)
}

/// The codes that say of an installation that it succeeded.
pub fn successes() -> Vec<i32> {
    let good = CODES.iter().filter(|code| matches!(code.end, End::Success | End::Restart));
    good.map(|code| code.number).collect()
}

/// Whether a restart is needed or was begun.
pub fn wants_restart(number: i32) -> bool {
    find(number).is_some_and(|code| code.end == End::Restart)
}

/// Whether the installer has begun a restart by itself.
pub fn has_begun_restart(number: i32) -> bool {
    number == 1641
}

/// A failure's code in words; none for a code that is not known.
pub fn meaning(number: i32) -> Option<String> {
    find(number).map(|code| match code.advice {
        "" => code.meaning.to_owned(),
        advice => format!("{}; {advice}", code.meaning),
    })
}

/// The table as Markdown, one line a code.
pub fn table() -> String {
    let mut text = String::from("| Code | Name | Means | Outcome | What to do |\n|---|---|---|---|---|\n");
    for code in CODES {
        let end = match code.end {
            End::Success => "[proved](outcomes.md#installed) on the host".to_owned(),
            End::Restart => "the same, with `restart_pending`".to_owned(),
            End::Present => "`already_present`, if a look finds it".to_owned(),
            End::Fails(Class::InstallerBusy) => "tried again, then `installer_busy`".to_owned(),
            End::Fails(class) => format!("`{class}`"),
        };
        let advice = if code.advice.is_empty() { "nothing" } else { code.advice };
        text += &format!("| {} | `{}` | {} | {end} | {advice} |\n", code.number, code.name, code.meaning);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_there_once_by_its_number() {
        assert!(CODES.windows(2).all(|pair| pair[0].number < pair[1].number));
        for code in CODES {
            let nothing_to_do = code.end == End::Success;
            assert_eq!(code.advice.is_empty(), nothing_to_do, "{}", code.number);
        }
    }

    #[test]
    fn successes_with_and_without_a_restart() {
        assert_eq!(successes(), [0, 1641, 1707, 3010]);
        assert!(wants_restart(3010) && wants_restart(1641) && !wants_restart(0) && !wants_restart(1603));
    }

    #[test]
    fn only_another_installation_is_tried_again() {
        let again: Vec<i32> = CODES
            .iter()
            .filter(|code| code.end == End::Fails(Class::InstallerBusy))
            .map(|code| code.number)
            .collect();
        assert_eq!(again, [1618]);
        assert_eq!(find(1638).map(|code| code.end), Some(End::Present));
        assert_eq!(meaning(4711), None);
    }
}
