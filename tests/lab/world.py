"""What is a host made of: which files of its own does it get, and how does its first process start?"""

import os
import shutil
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cgroup
import kernel

# Loading modules, raw hardware, the clock, security labels, the kernel log: a host's root has no
# business with these on the machine it runs on.
_FOREIGN_CAPABILITIES = (16, 17, 25, 32, 33, 34)

# Everything a light host does as PID 1: start sshd, then bury orphans. sshd may die, be stopped or be
# started again without the host going down with it.
_LIGHT_INIT = """
/usr/sbin/sshd -E /var/log/auth.log -o MaxStartups=200:30:1000
while :; do sleep infinity & wait; done
"""

_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def make_layer(lab, tree):
    """What all hosts of this lab share above the base tree: who may log in, where starts are recorded."""
    public = lab.key.with_suffix(".pub").read_text()
    for line in (tree / "etc/passwd").read_text().splitlines():
        user, _, uid, gid, _, home, _ = line.split(":")
        if user in ("root", "admin", "operator", "plain"):
            _put(lab.layer, tree, f"{home}/.ssh/authorized_keys", public, 0o600, (int(uid), int(gid)))
    # The files are there beforehand: with fs.protected_regular the kernel lets nobody create-or-open
    # another user's file in a folder that everyone may write to.
    for name in ("starts", "ends"):
        _put(lab.layer, tree, f"/var/lib/jump-client-stand-in/{name}", "", 0o666)
    os.chmod(lab.layer / "var/lib/jump-client-stand-in", 0o1777)


def make_hosts(lab, hosts, tree):
    """Write each host's own files and the fleet's known_hosts."""
    for host in hosts:
        for folder in ("upper", "work", "root"):
            (host.folder / folder).mkdir(parents=True)
        names = f"127.0.0.1 localhost\n127.0.1.1 {host.name}\n::1 localhost ip6-localhost ip6-loopback\n"
        _put(host.upper, tree, "/etc/hostname", host.name + "\n", 0o644)
        _put(host.upper, tree, "/etc/hosts", names, 0o644)
        _put(host.upper, tree, "/etc/machine-id", uuid.uuid4().hex + "\n", 0o444)
        _own_folder(host.upper, tree, "/etc/ssh")
    with ThreadPoolExecutor(os.cpu_count()) as several:
        known = list(several.map(_make_host_key, hosts))
    lab.known_hosts.write_text("".join(known))


def _make_host_key(host):
    key = host.upper / "etc/ssh/ssh_host_ed25519_key"
    make_key(key, host.name)
    kind, text, _ = key.with_suffix(".pub").read_text().split()
    return f"{host.address} {kind} {text}\n"


def make_key(path, comment):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)],
                   check=True, stdin=subprocess.DEVNULL)


def _put(layer, tree, path, text, mode, owner=(0, 0)):
    _own_folder(layer, tree, str(Path(path).parent), owner)
    target = layer / path.lstrip("/")
    target.write_text(text)
    os.chmod(target, mode)
    os.chown(target, *owner)


def _own_folder(layer, tree, path, owner=(0, 0)):
    """Make a folder of a layer look like the one it will cover in the tree below."""
    upper, lower = layer, tree
    upper.mkdir(exist_ok=True)
    for part in Path(path).parts[1:]:
        upper, lower = upper / part, lower / part
        if upper.exists():
            continue
        upper.mkdir()
        if lower.exists():
            shutil.copystat(lower, upper)
            os.chown(upper, lower.stat().st_uid, lower.stat().st_gid)
        else:
            os.chmod(upper, 0o700 if part == ".ssh" else 0o755)
            os.chown(upper, *owner)


def become(host, kind, tree, network):
    """Turn the calling process, PID 1 of a new process list, into the host. Does not return."""
    kernel.die_with_parent()
    if host.lab.keeper() is None:
        raise ChildProcessError("the lab's keeper ended while this host was starting")
    kernel.setns(network, kernel.NEWNET)
    kernel.unshare(kernel.NEWNS)
    kernel.make_mounts_private()
    _let_go_of_other_labs()
    os.umask(0o022)
    root = host.folder / "root"
    kernel.mount("overlay", root, "overlay", 0,
                 f"lowerdir={host.lab.layer}:{tree},upperdir={host.upper},workdir={host.folder / 'work'}")
    if kind == "systemd":
        _start_systemd(host, root)
    _start_light(host, root)


def _let_go_of_other_labs():
    """This mount namespace is a copy of the machine's; another lab's network must not live on in it."""
    names = Path("/run/netns")
    if names.is_dir():
        for name in names.iterdir():
            kernel.unmount(name)


def _start_systemd(host, root):
    kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    # nspawn leaves lock and socket folders in /run; here they go with the host.
    kernel.mount("tmpfs", "/run", "tmpfs", 0, "mode=755")
    cgroup.join(host)
    os.execve("/usr/bin/systemd-nspawn", [
        "systemd-nspawn", "--quiet", "--boot", "--settings=no", "-D", str(root), f"--machine={host.name}",
        "--network-namespace-path=/proc/self/ns/net", "--register=no", "--keep-unit", "--link-journal=no",
        "--timezone=off", "--resolv-conf=off", "--console=pipe"], _ENVIRONMENT)


def _start_light(host, root):
    quiet = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.unshare(kernel.NEWUTS | kernel.NEWIPC)
    kernel.set_hostname(host.name)
    kernel.mount("proc", root / "proc", "proc", quiet)
    for fixed in ("sys", "sysrq-trigger"):
        inner = root / "proc" / fixed
        if not inner.exists():
            continue
        kernel.mount(inner, inner, None, kernel.MS_BIND)
        kernel.mount("none", inner, None, kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | quiet)
    kernel.mount("sysfs", root / "sys", "sysfs", quiet | kernel.MS_RDONLY)
    kernel.mount("devpts", root / "dev/pts", "devpts", kernel.MS_NOSUID | kernel.MS_NOEXEC,
                 "newinstance,ptmxmode=0666,mode=620,gid=5")
    kernel.mount("tmpfs", root / "run", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=8m")
    for folder in ("sshd", "lock"):
        (root / "run" / folder).mkdir()
    kernel.enter_root(root)
    kernel.drop_capabilities(_FOREIGN_CAPABILITIES)
    os.execve("/bin/sh", ["init", "-c", _LIGHT_INIT], _ENVIRONMENT)
