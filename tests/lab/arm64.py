"""How is a host made whose programs are those of a Raspberry Pi, on a machine of another architecture?

Its tree is Debian for arm64, its programs run under qemu's emulation of a processor; the kernel is this
machine's.
"""

import os
from pathlib import Path

import kernel
import tree
from folder import Refusal
from kind import Kind

_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_INTERPRETER = Path("/usr/bin/qemu-aarch64-static")

# ELF, 64 bits, little-endian, executable or shared, machine 183 (EM_AARCH64); the mask leaves out the
# bytes that differ between such programs.
_MAGIC = (r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
          r":\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff")

MODEL = "Raspberry Pi 4 Model B Rev 1.5"


class Arm64(Kind):
    """Raspberry Pis: light hosts with emulated programs."""

    name = "arm64"
    about = "Raspberry Pis, their programs emulated"
    prefix = "p"
    block = 10
    group = "raspberry"
    variables = {"jc_platform": "raspberry_pi"}
    commands = {} if os.uname().machine == "aarch64" else {str(_INTERPRETER): "qemu-user-static"}
    patience = 5

    def check(self, lab):
        if os.uname().machine != "aarch64":
            _let_kernel_run_it()

    def tree(self, say):
        return tree.built(tree.ARM64, say)

    def furnish(self, root):
        # Where the kernel of a Pi has its device tree, and /proc/device-tree leads there. Nothing can be added to
        # /proc, so on these hosts that other name is missing.
        firmware = root / "sys/firmware"
        kernel.mount("tmpfs", firmware, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, "mode=755,size=64k")
        base = firmware / "devicetree/base"
        base.mkdir(parents=True)
        (base / "model").write_bytes(MODEL.encode() + b"\0")


def _let_kernel_run_it():
    """Register the emulator: without flag C sudo is not root, without F it must lie in each tree, without P no
    shell sees that it is a login shell."""
    try:
        if not (_BINFMT / "register").exists():
            kernel.mount("binfmt_misc", _BINFMT, "binfmt_misc")
        entry = _BINFMT / "jumpfleet-arm64"
        if not entry.exists():
            (_BINFMT / "register").write_text(f":jumpfleet-arm64:M::{_MAGIC}:{_INTERPRETER}:POCF")
    except OSError as error:
        raise Refusal(f"arm64 hosts need the kernel's binfmt_misc, to run programs under qemu: {error}") from None
