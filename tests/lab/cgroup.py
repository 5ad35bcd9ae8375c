"""Which control groups does a systemd host get, so that two of them never share one?

systemd empties and removes groups by name; hosts that were started from the same group would do that
to each other's services.
"""

import os
from pathlib import Path


def join(host):
    """Move the calling process into a fresh group of its own in every hierarchy systemd uses."""
    for folder in _of_host(host):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.procs").write_text("0")


def clear(host):
    """Remove the groups of a host that has ended."""
    for folder in _of_host(host):
        _remove(folder)


def clear_all(lab):
    for base in _hierarchies():
        _remove(base / f"jumpfleet-{lab.name}")


def _of_host(host):
    return [base / f"jumpfleet-{host.lab.name}" / host.name for base in _hierarchies()]


def _hierarchies():
    top = Path("/sys/fs/cgroup")
    if (top / "cgroup.controllers").exists():
        return [top]
    return [folder for folder in (top / "unified", top / "systemd") if (folder / "cgroup.procs").exists()]


def _remove(folder):
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(path)
        except OSError:
            pass


def usable(lab):
    """Whether a group can be made here at all."""
    hierarchies = _hierarchies()
    for base in hierarchies:
        folder = base / f"jumpfleet-{lab.name}"
        try:
            folder.mkdir(exist_ok=True)
        except OSError:
            return False
        _remove(folder)
    return bool(hierarchies)
