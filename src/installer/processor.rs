//! Are an installer file, its platform and a host of one kind of processor?

use crate::model::{Architecture, Class, Observation, Platform};

/// Which processors the installer file of a platform is for: the programs inside it tell, else its name; none when
/// neither does, or when the platform's hosts run the programs of other processors too.
pub fn architecture(platform: Platform, name: &str, inside: Option<Architecture>) -> Option<Architecture> {
    if is_windows(platform) {
        return Architecture::of_file_name(name);
    }
    is_arm(platform)?;
    inside.or_else(|| Architecture::of_file_name(name))
}

/// Why a file cannot be that of its platform, and what to do about it.
pub fn other_processor(platform: Platform, file: Option<Architecture>) -> Option<(String, &'static str)> {
    let (file, arm) = (file?, is_arm(platform)?);
    let what =
        format!("is for {} processors ({file}), and {platform} is for {}", maker(file.is_arm()), maker(arm));
    let hint = match arm {
        true => "name the file that the site gives out for Raspberry Pi OS",
        false => {
            "name the file that the site gives out for Linux, and give Raspberry Pis `jc_platform: raspberry_pi`"
        }
    };
    (file.is_arm() != arm).then_some((what, hint))
}

/// Why a host that was looked at cannot start what is in an installer file of this architecture.
///
/// A 64-bit kernel is no proof: its system may have the loaders (ld.so(8)) of 64-bit or of 32-bit programs, or both.
pub fn cannot_start(file: Option<Architecture>, seen: &Observation) -> Option<(Class, String)> {
    let file = file?;
    let machine = seen.fact("arch").and_then(Architecture::of_machine)?;
    if seen.fact("os") == Some("Windows") {
        return cannot_start_on_windows(file, machine);
    }
    let loaders = seen.fact("loaders").unwrap_or_default();
    let mut known = loaders.split(' ').filter(|word| !word.is_empty()).peekable();
    let text = if file.is_arm() != machine.is_arm() || is_wider(file, machine) {
        format!("the installer is for {file} processors and the host has `{machine}`")
    } else if known.peek().is_some() && !known.any(|word| word == file.word()) {
        format!("the installer is for {file} and the system on the host starts programs for {loaders} only")
    } else {
        return None;
    };
    Some((Class::Unfit, text))
}

/// Windows of 64 bits starts programs of 32, and on ARM those for Intel too.
fn cannot_start_on_windows(file: Architecture, machine: Architecture) -> Option<(Class, String)> {
    let text = format!("the installer is for {file} processors and Windows on the host is for {machine}");
    (is_wider(file, machine) || file.is_arm() && !machine.is_arm()).then_some((Class::Unfit, text))
}

fn is_windows(platform: Platform) -> bool {
    matches!(platform, Platform::WindowsExe | Platform::WindowsMsi)
}

/// Which processors a platform's installers are for, where there is more than one kind.
fn is_arm(platform: Platform) -> Option<bool> {
    match platform {
        Platform::LinuxService | Platform::LinuxHeadless => Some(false),
        Platform::RaspberryPi => Some(true),
        Platform::WindowsExe | Platform::WindowsMsi | Platform::MacosDmg => None,
    }
}

/// Whether programs of 64 bits would be started by a kernel of 32.
fn is_wider(file: Architecture, machine: Architecture) -> bool {
    let is_wide = |of| matches!(of, Architecture::X86_64 | Architecture::Arm64);
    is_wide(file) && !is_wide(machine)
}

fn maker(arm: bool) -> &'static str {
    if arm { "ARM" } else { "Intel" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTEL: Option<Architecture> = Some(Architecture::X86_64);
    const PI: Option<Architecture> = Some(Architecture::Arm);

    #[test]
    fn the_programs_inside_tell_more_than_the_name() {
        let name = "sra-pin-linux_arm64-‹key›.bin";
        assert_eq!(architecture(Platform::RaspberryPi, name, None), Some(Architecture::Arm64));
        assert_eq!(architecture(Platform::RaspberryPi, name, PI), PI);
        // It is for 64 bits whatever its name says, and a Mac of either kind takes it.
        assert_eq!(architecture(Platform::MacosDmg, "sra-pin-mac_x86.dmg", INTEL), None);
    }

    #[test]
    fn a_file_for_other_processors_is_not_the_platforms() {
        let refused = |platform, file| other_processor(platform, file).map(|(what, _)| what);
        let text = refused(Platform::RaspberryPi, INTEL).unwrap();
        assert_eq!(text, "is for Intel processors (x86_64), and raspberry_pi is for ARM");
        assert!(
            refused(Platform::LinuxHeadless, PI).is_some() && refused(Platform::LinuxService, PI).is_some()
        );
        for (platform, file) in [
            (Platform::RaspberryPi, PI),
            (Platform::LinuxHeadless, INTEL),
            (Platform::RaspberryPi, None),
            (Platform::WindowsExe, PI),
        ] {
            assert_eq!(refused(platform, file), None, "{platform} {file:?}");
        }
    }

    #[test]
    fn windows_of_64_bits_starts_what_is_for_32() {
        for (name, machine, starts) in [
            ("bomgar-pec-win64.msi", "AMD64", true),
            ("bomgar-pec-win32.msi", "AMD64", true),
            ("bomgar-pec-win64.msi", "x86", false),
            ("sra-pin-win_x64-‹key›.msi", "x86", false),
            ("sra-pin-win_x86-‹key›.msi", "x86", true),
            ("bomgar-pec-win64.msi", "ARM64", true),
            ("bomgar-pec-‹key›.exe", "x86", true),
        ] {
            let mut seen = Observation::default();
            seen.facts.insert("os".into(), "Windows".into());
            seen.facts.insert("arch".into(), machine.into());
            let file = architecture(Platform::WindowsMsi, name, None);
            assert_eq!(cannot_start(file, &seen).is_none(), starts, "{name} on {machine}");
        }
    }

    #[test]
    fn a_host_starts_what_its_kernel_and_its_system_are_for() {
        for (file, machine, loaders, starts) in [
            (Architecture::X86_64, "x86_64", "x86_64", true),
            (Architecture::X86_64, "x86_64", "", true),
            (Architecture::X86_64, "i686", "", false),
            (Architecture::X86, "x86_64", "x86 x86_64", true),
            (Architecture::X86, "x86_64", "x86_64", false),
            (Architecture::X86_64, "aarch64", "arm64", false),
            (Architecture::Arm, "aarch64", "arm64", false),
            (Architecture::Arm, "aarch64", "arm arm64", true),
            // A Raspberry Pi OS of 32 bits on the 64-bit kernel that it comes with.
            (Architecture::Arm, "aarch64", "arm", true),
            (Architecture::Arm64, "aarch64", "arm", false),
            (Architecture::Arm64, "armv7l", "", false),
            (Architecture::Arm, "armv6l", "", true),
            (Architecture::Arm, "riscv64", "", true),
        ] {
            let mut seen = Observation::default();
            seen.facts.insert("arch".into(), machine.into());
            seen.facts.insert("loaders".into(), loaders.into());
            let found = cannot_start(Some(file), &seen);
            assert_eq!(found.is_none(), starts, "{file} on {machine} with `{loaders}`: {found:?}");
            assert_eq!(cannot_start(None, &seen), None);
        }
    }
}
