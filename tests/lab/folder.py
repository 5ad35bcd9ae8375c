"""Where does a lab keep what it knows, and how is a process it started told from a stranger's?"""

import fcntl
import os
from pathlib import Path


class Refusal(Exception):
    """Why the lab does not do what was asked, in words for the person who asked."""

    def __init__(self, words, code=1):
        super().__init__(words)
        self.code = code


def default_home():
    if os.geteuid() == 0:
        return Path("/var/lib/jumpfleet-lab")
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(state) / "jumpfleet-lab"


def cache_home():
    return Path(os.environ.get("JUMPFLEET_LAB_CACHE") or "/var/cache/jumpfleet-lab")


def is_running(identity):
    """Whether `PID START` is still that very process: a number alone may have been given to another."""
    return identity is not None and identity == identity_of(identity.split()[0])


def identity_of(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else f"{pid} {fields[19]}"


def locked(path):
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Whoever held it before removed the file: a lock on a file without a name excludes nobody.
        try:
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)


def read(path):
    """The text of a file, stripped, or None when it is not there (any more, if it tells of a process)."""
    try:
        return Path(path).read_text(errors="replace").strip()
    except PermissionError:
        raise
    except OSError:
        return None


def write(path, text, mode=0o644):
    """Write through a neighbour and rename: a reader, or a crash, never meets half a file."""
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    part.rename(path)
