"""What do the stand-ins for a Mac's programs have in common?"""

import os
import sys
from pathlib import Path

PROC = Path("/usr/lib/gnu/proc")
_SETTINGS = Path("/etc/mac-stand-in")


def setting(name, otherwise=""):
    """What `name=value` in /etc/mac-stand-in says; the last such line counts."""
    found = otherwise
    for line in _SETTINGS.read_text().splitlines() if _SETTINGS.exists() else []:
        word, _, value = line.partition("=")
        if word == name:
            found = value
    return found


def refuse(words, code=1):
    print(words, file=sys.stderr)
    sys.exit(code)


def needs_root(words):
    if os.geteuid() != 0:
        refuse(words)


def processes():
    """Number and command line of every process, as ps shows them."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").replace(b"\n", b"\\012")
                name = (entry / "comm").read_text().strip()
            except OSError:
                continue
            found.append((int(entry.name), words.decode(errors="replace") or f"({name})"))
    return sorted(found)
