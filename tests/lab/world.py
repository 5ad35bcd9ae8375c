"""What is a host made of: which files of its own does it get, and how does its first process start?"""

import os
import shutil
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kernel

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def make_layer(layer, key, tree):
    """What all hosts of a kind share above their tree: who may log in, where starts are recorded."""
    public = key.with_suffix(".pub").read_text()
    for line in (tree / "etc/passwd").read_text().splitlines():
        user, _, uid, gid, _, home, _ = line.split(":")
        if user in ("root", "admin", "operator", "plain"):
            put(layer, tree, f"{home}/.ssh/authorized_keys", public, 0o600, (int(uid), int(gid)))
    # The files are there beforehand: with fs.protected_regular the kernel lets nobody create-or-open
    # another user's file in a folder that everyone may write to.
    for name in ("starts", "ends"):
        put(layer, tree, f"/var/lib/jump-client-stand-in/{name}", "", 0o666)
    os.chmod(layer / "var/lib/jump-client-stand-in", 0o1777)


def make_host(host, tree):
    """Write a host's own files; returns its host key as known_hosts has it."""
    names = f"127.0.0.1 localhost\n127.0.1.1 {host.name}\n::1 localhost ip6-localhost ip6-loopback\n"
    put(host.upper, tree, "/etc/hostname", host.name + "\n", 0o644)
    put(host.upper, tree, "/etc/hosts", names, 0o644)
    put(host.upper, tree, "/etc/machine-id", uuid.uuid4().hex + "\n", 0o444)
    own_folder(host.upper, tree, "/etc/ssh")
    return make_key(host.upper / "etc/ssh/ssh_host_ed25519_key", host.name)


def make_all(lab, trees):
    """Write the files of every host and the fleet's known_hosts."""
    def make(host):
        for folder in ("upper", "work", "root"):
            (host.folder / folder).mkdir(parents=True)
        return f"{host.address} {host.kind.make_host(host, trees[host.kind])}\n"

    with ThreadPoolExecutor(os.cpu_count()) as several:
        known = list(several.map(make, lab.hosts()))
    lab.known_hosts.write_text("".join(known))


def make_key(path, comment):
    """Make a pair of keys; returns the public one, `TYPE TEXT`."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)],
                   check=True, stdin=subprocess.DEVNULL)
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


def put(layer, tree, path, text, mode, owner=(0, 0)):
    """Write a file of a layer, in folders that look like those it will cover."""
    own_folder(layer, tree, str(Path(path).parent), owner)
    target = layer / path.lstrip("/")
    target.write_text(text)
    os.chmod(target, mode)
    os.chown(target, *owner)


def own_folder(layer, tree, path, owner=(0, 0)):
    """Make a folder of a layer look like the one it will cover in the tree below."""
    upper, lower = layer, tree
    upper.mkdir(parents=True, exist_ok=True)
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


def become(host, tree, network):
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
    layer = host.lab.layer(host.kind)
    kernel.mount("overlay", root, "overlay", 0,
                 f"lowerdir={layer}:{tree},upperdir={host.upper},workdir={host.folder / 'work'}")
    host.kind.start(host, root)


def _let_go_of_other_labs():
    """This mount namespace is a copy of the machine's; another lab's network must not live on in it."""
    names = Path("/run/netns")
    if names.is_dir():
        for name in names.iterdir():
            kernel.unmount(name)
