"""Which file does the appliance hand out for an installer, and under which name? Stand-ins for the vendor's."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from answer import Answer

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = ROOT / "tests/stand_in"

# The programs in Windows installers take seconds to compile, and are the same for all keys and appliances.
PROGRAMS = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "stand-in"

BUILDERS = {
    "linux-64": ("build", "--mode", "service"),
    "linux-64-headless": ("build", "--mode", "headless"),
    "raspberry-pi-32-headless": ("build", "--mode", "headless", "--arch", "armhf"),
    "mac-dmg": ("build", "--mode", "mac"),
    **{f"windows-{bits}{end}": ("build_windows", "--kind", kind, "--bits", bits, "--size", "1500000",
                                "--programs", PROGRAMS)
       for bits in ("64", "32") for end, kind in (("", "exe"), ("-msi", "msi"))},
}

# Installers that jumpfleet does not install are a beginning of the right kind, and filling.
FILLED = {"mac-zip": b"PK\x03\x04", "mac-pkg": b"xar!"}

OVERRIDES = ("name", "jump_group", "jump_policy", "session_policy", "tag", "comments", "max_offline_minutes")


def file_name(site, installer, platform):
    """What the file is called by a site of this version."""
    named = _name_with_key(site, installer["key"], platform)
    return named if site.names_hold_keys else named.replace(f"-{installer['key']}", "")


def _name_with_key(site, key, platform):
    if site.version == "1.9":
        ends = {"linux-64": "bin", "linux-64-headless": "bin", "raspberry-pi-32-headless": "bin", "mac-dmg": "dmg",
                "mac-zip": "zip", "windows-64": "exe", "windows-32": "exe"}
        if platform in ends:
            return f"bomgar-pec-{key}.{ends[platform]}"
        return f"bomgar-pec-{'win64' if '64' in platform else 'win32'}.msi"
    return {"linux-64": f"sra-pin-linux_x86_64-{key}.bin", "raspberry-pi-32-headless": f"sra-pin-linux_armhf-{key}.bin",
            "mac-dmg": f"sra-pin-mac_x86-{key}.dmg", "mac-zip": f"sra-pin-mac_x86-{key}.zip",
            "mac-pkg": "sra-pin-mac_x86.pkg", "windows-64-msi": f"sra-pin-win_x64-{key}.msi",
            "windows-32-msi": f"sra-pin-win_x86-{key}.msi"}[platform]


def file_of(site, installer, platform):
    """The file, made when it is first asked for; always the same for one key."""
    kept = site.folder / "installers" / f"{installer['installer_id']}-{platform}"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=site.folder) as folder:
            _made(site, installer, platform, Path(folder)).rename(kept)
    return kept.read_bytes()


def _made(site, installer, platform, folder):
    if platform in FILLED:
        filled = folder / "file"
        filled.write_bytes(FILLED[platform] + (installer["key"].encode() * 40000)[:1_500_000])
        return filled
    program, *words = BUILDERS[platform]
    permitted = ",".join(name for name in OVERRIDES if installer[f"allow_override_{name}"])
    built = subprocess.run(
        [STAND_INS / program, *words, "--product", "bomgar-pec" if site.version == "1.9" else "sra-pin",
         "--uid", installer["key"], "--expires", installer["expires"].isoformat(timespec="seconds"),
         "--site", site.name, "--overrides", permitted, "--out", folder],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if built.returncode != 0:
        # Such as that a tool is missing: it is seen here, and in what the program says.
        why = f"the stand-in for {platform} cannot be built: {(built.stderr or built.stdout).strip()}"
        print(f"tests/appliance/serve: {why}", file=sys.stderr)
        raise Answer(500, {"message": why})
    return Path(built.stdout.splitlines()[-1])
