"""What do all hosts of a lab have in common, and how is that tree of files built once and kept?"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import kernel
from folder import Refusal, cache_home

# The whole of python3, not only its minimal part: Ansible's modules import json and zipfile on the host.
PACKAGES = "systemd,systemd-sysv,dbus,openssh-server,sudo,iproute2,procps,python3-minimal,python3"

# In the tree's own words, run inside it. Passwords are of a fleet that exists inside one machine only.
FINISH = r"""
set -eu
useradd --create-home --shell /bin/bash admin
useradd --create-home --shell /bin/bash --gid operator operator
useradd --create-home --shell /bin/bash plain
useradd --system --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin jumpclient
echo operator:operator-Pass1 | chpasswd

cat >/etc/sudoers.d/lab <<'END'
admin ALL=(ALL:ALL) NOPASSWD: ALL
operator ALL=(ALL:ALL) ALL
END
chmod 0440 /etc/sudoers.d/lab
chmod 1777 /dev/shm

cat >/etc/ssh/sshd_config.d/lab.conf <<'END'
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
END
rm -f /etc/ssh/ssh_host_*

for unit in apt-daily.service apt-daily.timer apt-daily-upgrade.service apt-daily-upgrade.timer \
    e2scrub_all.service e2scrub_all.timer e2scrub_reap.service dpkg-db-backup.timer fstrim.timer \
    console-getty.service getty@tty1.service getty-static.service systemd-networkd.service \
    systemd-resolved.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
: >/etc/machine-id
rm -f /etc/hostname /etc/resolv.conf
rm -rf /var/log/journal /var/log/bootstrap.log /usr/share/doc/* /usr/share/man/*
apt-get clean
rm -rf /var/lib/apt/lists/*
"""


@dataclass(frozen=True)
class Recipe:
    """How a tree is made: its family in the cache, debootstrap's words for it, and how long that takes."""

    family: str
    options: tuple
    time: str


NATIVE = Recipe("tree", (), "about a minute")
ARM64 = Recipe("arm64", ("--arch=arm64",), "two minutes, all its programs emulated")


def built(recipe, say):
    """The folder of the finished tree and a descriptor that keeps it from being cleared away."""
    suite, mirror = _origin()
    text = f"{PACKAGES}{FINISH}{suite}{os.uname().machine}{''.join(recipe.options)}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return kept(recipe.family, digest, recipe.time, lambda part: _build(part, recipe, suite, mirror), say)


def kept(family, digest, time, build, say):
    """The folder `FAMILY-DIGEST` of the cache, which `build` makes when it is missing, and a descriptor that
    keeps it from being cleared away."""
    cache = cache_home()
    cache.mkdir(parents=True, exist_ok=True)
    tree = cache / f"{family}-{digest}"
    if any(character in str(tree) for character in ":,\\"):
        raise Refusal(f"the cache folder `{cache}` has characters that mount options cannot carry")

    guard = os.open(cache / f"{family}.build.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(guard, fcntl.LOCK_EX)
    try:
        if not tree.exists():
            _clear_unused(cache, family)
            say(f"building the base tree {tree} ({time}, once)")
            part = cache / f"part-{tree.name}"
            build(part)
            part.rename(tree)
        return tree, _hold(cache, tree.name, fcntl.LOCK_SH)
    finally:
        os.close(guard)


def _hold(cache, name, kind):
    descriptor = os.open(cache / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _clear_unused(cache, family):
    """Remove what a crash left and trees of older recipes, but none that a running lab stands on."""
    for part in cache.glob(f"part-{family}-*"):
        if part.is_dir():
            shutil.rmtree(part)
    for old in cache.glob(f"{family}-*"):
        if not old.is_dir():
            continue
        held = _hold(cache, old.name, fcntl.LOCK_EX)
        if held is not None:
            shutil.rmtree(old)
            (cache / f"{old.name}.lock").unlink(missing_ok=True)
            os.close(held)


def _build(part, recipe, suite, mirror):
    log = part.with_suffix(".log")
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    environment.update(_proxies())
    # In a process list and mount table of its own, so that an interrupted build leaves neither behind.
    inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    steps = [
        inside + ["debootstrap", *recipe.options, "--variant=minbase", f"--include={PACKAGES}", suite, str(part), mirror],
        inside + ["chroot", str(part), "/bin/sh", "-c", FINISH],
    ]
    with open(log, "w") as stream:
        for step in steps:
            done = subprocess.run(step, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env=environment,
                                  preexec_fn=kernel.die_with_parent)
            if done.returncode != 0:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise Refusal(f"the base tree could not be built; the end of {log}:\n{tail}")
    log.unlink()


def _origin():
    """The release this machine runs and the mirror its own apt uses."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(SUITE) $(RELEASE) $(COMPONENT) $(REPO_URI)",
         "Created-By: Packages"], capture_output=True, text=True)
    release = _release()
    for line in listed.stdout.splitlines():
        words = line.split()
        if words[-2] == "main" and release in words[:-2]:
            mirror = _first_mirror(words[-1])
            if mirror:
                return release, mirror
    raise Refusal("apt's sources name no mirror with the component `main` of this release "
                  f"(`{release}`): the lab copies its hosts' packages from there")


def _release():
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise Refusal("/etc/os-release has no VERSION_CODENAME: the lab needs Debian or Ubuntu")


def _first_mirror(address):
    """apt may be given a file of mirrors instead of a mirror; debootstrap may not."""
    if address.startswith("mirror+file:"):
        lines = Path(address.removeprefix("mirror+file:")).read_text().split()
        return next((line for line in lines if line.startswith("http")), None)
    return address if address.startswith(("http", "file")) else None


def _proxies():
    asked = subprocess.run(
        ["apt-config", "shell", "http_proxy", "Acquire::http::Proxy", "https_proxy", "Acquire::https::Proxy"],
        capture_output=True, text=True).stdout
    found = {name: value for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy", "no_proxy")}
    for line in asked.splitlines():
        name, _, value = line.partition("=")
        if value.strip("'") not in ("", "DIRECT"):
            found[name] = value.strip("'")
    return found
