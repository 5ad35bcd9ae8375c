"""How is a host made that passes for a Mac, as far as our scripts look?

A light host without /proc, without the programs that only Linux has, and with stand-ins (`darwin/`) for those that only
a Mac has. Of the programs that both have it knows no option but a Mac's.
"""

import os
import shutil
import stat
from pathlib import Path

import kernel
import world
from kind import Kind

_HERE = Path(__file__).resolve().parent
_STAND_INS = _HERE / "darwin"
_PROFILES = _HERE.parents[1] / "tests/packaged/golden"

# Where this machine's own programs go on a Mac; no script looks there.
_GNU = "/usr/lib/gnu"

_OWN = ("hdiutil", "ps", "df", "launchctl", "profiles", "xattr")
_SMALL = ("uname", "sw_vers", "stat", "sysctl", "shasum")
_STRICT = ("cat", "chmod", "chown", "cp", "cut", "date", "grep", "head", "id", "ln", "ls", "mkdir", "mktemp", "mv",
           "readlink", "rm", "rmdir", "sed", "sort", "tail", "tee", "touch", "tr", "wc")
_MISSING = ("setsid", "flock", "runuser", "setpriv", "systemctl", "systemd-run", "journalctl", "loginctl", "getent",
            "timeout", "nproc", "tac", "pidof", "sha256sum", "sha1sum", "md5sum", "free", "shred", "stdbuf")

_SETTINGS = """\
machine=arm64
version=14.6.1
user=plain
"""

_FOLDERS = {"/Applications": 0o775, "/Users/Shared": 0o1777, "/Library/LaunchDaemons": 0o755,
            "/Library/LaunchAgents": 0o755, "/Library/Application Support": 0o755,
            "/var/db/ConfigurationProfiles": 0o700, f"{_GNU}/proc": 0o555}


class Mac(Kind):
    """Macs, in name."""

    name = "mac"
    about = "hosts that pass for Macs"
    prefix = "m"
    block = 20
    group = "macs"
    variables = {"jc_platform": "macos_dmg"}
    commands = {"7z": "p7zip-full"}

    def make_layer(self, lab, tree):
        super().make_layer(lab, tree)
        layer = lab.layer(self)
        for path, mode in _FOLDERS.items():
            world.own_folder(layer, tree, path)
            os.chmod(layer / path.lstrip("/"), mode)
        world.put(layer, tree, "/etc/mac-stand-in", _SETTINGS, 0o644)
        _install_programs(layer, tree)
        for profile in sorted(_PROFILES.glob("*/*.mobileconfig")):
            text = profile.read_text()
            world.put(layer, tree, f"/var/db/ConfigurationProfiles/{profile.name}", text, 0o600)

    def furnish(self, root):
        kernel.mount(root / "proc", root / _GNU.lstrip("/") / "proc", None, kernel.MS_MOVE)


def _install_programs(layer, tree):
    own, theirs = layer / "usr/bin", layer / _GNU.lstrip("/")
    world.own_folder(layer, tree, "/usr/bin")
    world.own_folder(layer, tree, "/usr/sbin")
    for name in (*_STRICT, "stat", "sha256sum"):
        shutil.copy2(tree / "usr/bin" / name, theirs / name)
    for part in ("7z", "7z.so"):
        shutil.copy2(Path("/usr/lib/p7zip") / part, theirs / part)
    shutil.copy2(_STAND_INS / "stand_in.py", theirs / "stand_in.py")
    for name in _OWN:
        shutil.copy2(_STAND_INS / name, own / name)
    for source, names in (("strict", _STRICT), ("small", _SMALL)):
        for name in names:
            shutil.copy2(_STAND_INS / source, (layer / "usr/sbin" if name == "sysctl" else own) / name)
    (own / "sh").symlink_to("bash")
    for name in _MISSING:
        for folder in ("usr/bin", "usr/sbin"):
            if (tree / folder / name).exists() or (tree / folder / name).is_symlink():
                # An overlay takes this for a file that was removed.
                os.mknod(layer / folder / name, stat.S_IFCHR, os.makedev(0, 0))
