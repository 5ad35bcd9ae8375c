//! Which processors is a program for?

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::host::words;

words! {
    /// A kind of processor, as far as the vendor's Linux installers differ by it.
    Architecture, "an architecture" {
        /// Intel and AMD, 64 bits.
        X86_64 = "x86_64",
        /// Intel and AMD, 32 bits.
        X86 = "x86",
        /// ARM, 64 bits.
        Arm64 = "arm64",
        /// ARM, 32 bits.
        Arm = "arm",
    }
}

impl Architecture {
    /// Whether it is one of ARM's.
    pub fn is_arm(self) -> bool {
        matches!(self, Self::Arm | Self::Arm64)
    }

    /// By a kernel's word for its machine, as `uname -m` prints it, or Windows' (`PROCESSOR_ARCHITECTURE`).
    pub fn of_machine(machine: &str) -> Option<Self> {
        match machine.to_ascii_lowercase().as_str() {
            "x86_64" | "amd64" => Some(Self::X86_64),
            "x86" | "i386" | "i486" | "i586" | "i686" => Some(Self::X86),
            "arm64" => Some(Self::Arm64),
            // `aarch64_be`, and `armv8l` for a 64-bit processor that shows itself to 32-bit programs.
            word if word.starts_with("aarch64") => Some(Self::Arm64),
            word if word.starts_with("arm") => Some(Self::Arm),
            _ => None,
        }
    }

    /// By the words of a file's name, such as `sra-pin-linux_x86_64-<key>.bin`; none when it has none or several.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase().replace("x86_64", "amd64");
        let known = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|word| match word {
            "amd64" | "x64" | "win64" => Some(Self::X86_64),
            "x86" | "i386" | "i686" | "win32" => Some(Self::X86),
            "arm64" | "aarch64" => Some(Self::Arm64),
            "arm" | "arm32" | "armhf" | "armv6l" | "armv7" | "armv7l" => Some(Self::Arm),
            _ => None,
        });
        alike(known)
    }

    /// By the start of a program, an ELF header of at least [`ELF_HEADER`] bytes (elf(5)).
    pub fn of_elf(header: &[u8]) -> Option<Self> {
        let header = header.get(..ELF_HEADER)?;
        let half = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        // Little-endian, version 1 in both places, an executable or a shared object: nothing else looks so.
        let is_program = header.starts_with(b"\x7fELF")
            && header[5..7] == [1, 1]
            && matches!(half(16), 2 | 3)
            && header[20..24] == [1, 0, 0, 0];
        match (header[4], half(18)) {
            _ if !is_program => None,
            (2, 62) => Some(Self::X86_64),
            (1, 3) => Some(Self::X86),
            (2, 183) => Some(Self::Arm64),
            (1, 40) => Some(Self::Arm),
            _ => None,
        }
    }
}

/// How many bytes of a program tell its architecture.
pub const ELF_HEADER: usize = 24;

/// The one architecture of all; none when there is none or they differ.
pub fn alike(mut all: impl Iterator<Item = Architecture>) -> Option<Architecture> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_tell_it() {
        for (name, told) in [
            ("sra-pin-linux_x86_64-w0dc3056g7ff8d1j68ee6wi6dhwz.bin", Some(Architecture::X86_64)),
            ("sra-pin-linux_arm64.bin", Some(Architecture::Arm64)),
            ("sra-pin-linux-aarch64-k.bin", Some(Architecture::Arm64)),
            ("sra-pin-raspberry_armhf-k.bin", Some(Architecture::Arm)),
            ("bomgar-pec-w0dc3056g7ff8d1j68ee6wi6dhwz.bin", None),
            ("x86_64-or-arm64.bin", None),
            ("charm-k.bin", None),
        ] {
            assert_eq!(Architecture::of_file_name(name), told, "{name}");
        }
    }

    #[test]
    fn the_start_of_a_program_tells_it() {
        // What `head -c 24 /bin/sh` shows on four machines.
        let header = |class: u8, machine: u8| {
            let mut header = *b"\x7fELF\x00\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x00\0\x01\0\0\0";
            (header[4], header[18]) = (class, machine);
            header
        };
        for (class, machine, told) in [
            (2, 0x3e, Some(Architecture::X86_64)),
            (1, 0x03, Some(Architecture::X86)),
            (2, 0xb7, Some(Architecture::Arm64)),
            (1, 0x28, Some(Architecture::Arm)),
            (2, 0x28, None),
            (2, 0xf3, None),
        ] {
            assert_eq!(Architecture::of_elf(&header(class, machine)), told, "{class} {machine}");
        }
        let whole = header(2, 0x3e);
        for at in [0, 3, 5, 6, 16, 20, 23] {
            let mut other = whole;
            other[at] ^= 0x54;
            assert_eq!(Architecture::of_elf(&other), None, "byte {at}");
        }
        assert_eq!(Architecture::of_elf(&whole[..ELF_HEADER - 1]), None);
    }

    #[test]
    fn kernels_have_several_words_for_one_machine() {
        for (machine, told) in [
            ("x86_64", Some(Architecture::X86_64)),
            ("i686", Some(Architecture::X86)),
            ("aarch64", Some(Architecture::Arm64)),
            ("armv7l", Some(Architecture::Arm)),
            ("armv6l", Some(Architecture::Arm)),
            ("riscv64", None),
        ] {
            assert_eq!(Architecture::of_machine(machine), told, "{machine}");
        }
    }
}
