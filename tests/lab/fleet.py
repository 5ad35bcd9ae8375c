"""How does a whole fleet come up, and how does it go so that nothing of it is left?"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import cgroup
import hosts as single
import kernel
import keeper
import network
import world
from folder import Refusal, read
from lab import MOST_HOSTS

NEEDS = Path(__file__).resolve().parents[2] / "scripts/needs"

# What the hosts of every kind need. The kinds add their own.
_COMMANDS = {"debootstrap": "debootstrap", "ip": "iproute2", "ssh-keygen": "openssh-client", "nsenter": "util-linux"}

INVENTORY = """\
# The lab's fleet, as Ansible writes it.
fleet:
{hosts}{groups}  vars:
    ansible_user: {user}
    ansible_ssh_private_key_file: {key}
    ansible_become: {become}
    ansible_ssh_common_args: "-o UserKnownHostsFile={known_hosts}"
"""


def up(lab, counts, say):
    """Raise a lab with so many hosts of each kind."""
    if not 1 <= sum(counts.values()) <= MOST_HOSTS:
        raise Refusal(f"a lab has 1 to {MOST_HOSTS} hosts: one bridge takes no more cables")
    with lab.lock():
        if lab.is_up():
            raise Refusal(f"lab `{lab.name}` is already up; `scripts/lab --name {lab.name} down` ends it")
        if lab.folder.exists():
            say(f"clearing what an earlier lab `{lab.name}` left behind")
            _clear(lab)
        _install_needed(counts)
        _try_out(lab, counts)
        for setting in keeper.raise_limits():
            say(f"could not set {setting}; a large fleet may fail")
        built = {kind: kind.tree(say) for kind in counts}
        started = time.monotonic()
        try:
            _raise(lab, counts, {kind: tree for kind, (tree, _) in built.items()}, say)
        except BaseException:
            _clear(lab)
            raise
        finally:
            for _, held in built.values():
                os.close(held)
        say(f"{_words(counts)} hosts up in {time.monotonic() - started:.1f} s")


def prepare(lab, kinds, say):
    """Build what hosts of these kinds stand on."""
    _install_needed(kinds)
    for kind in kinds:
        kind.check(lab)
        os.close(kind.tree(say)[1])


def _words(counts):
    return " and ".join(f"{count} {kind.name}" for kind, count in counts.items())


def down(lab):
    with lab.lock():
        _clear(lab)


def show_paths(lab):
    for what, path in (("folder", lab.folder), ("inventory", lab.inventory), ("known hosts", lab.known_hosts),
                       ("key", lab.key)):
        print(f"{what:<12}{path}")


def write_access(lab, lines, user, become, groups=""):
    lab.inventory.write_text(INVENTORY.format(hosts=_hosts(lines, "  "), groups=groups, user=user, key=lab.key,
                                              become=become, known_hosts=lab.known_hosts))


def _hosts(lines, indent):
    return f"{indent}hosts:\n" + "".join(f"{indent}  {line}\n" for line in lines) if lines else ""


def _access_of(host):
    words = {"ansible_host": host.address, **host.kind.access}
    return f"{host.name}: {{{', '.join(f'{name}: {value}' for name, value in words.items())}}}"


def _groups(kinds, hosts):
    text = ""
    for kind in kinds:
        text += f"    {kind.group}:\n" + _hosts([_access_of(host) for host in hosts if host.kind is kind], "      ")
        text += "      vars:\n" + "".join(f"        {name}: {value}\n" for name, value in kind.variables.items())
    return f"  children:\n{text}" if text else ""


def _install_needed(counts):
    wanted = dict(_COMMANDS)
    for kind in counts:
        wanted.update(kind.commands)
    missing = sorted({package for command, package in wanted.items() if shutil.which(command) is None})
    if missing and subprocess.run([NEEDS, *missing]).returncode != 0:
        raise Refusal(f"the lab needs {', '.join(missing)}")


def _try_out(lab, kinds):
    """Do once, in a child that ends at once, what a host will need; refuse in plain words if it fails."""
    trial = lab.trial
    for name in ("lower", "upper", "work", "root"):
        (trial / name).mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os._exit(_trial(trial, writer))
    os.close(writer)
    with os.fdopen(reader) as stream:
        problem = stream.read()
    os.waitpid(pid, 0)
    shutil.rmtree(trial)
    if problem:
        raise Refusal(f"this machine does not let root make hosts: {problem}. It takes a machine, a virtual machine or "
                      "a privileged container, and JUMPFLEET_LAB_DIR on an ordinary file system")
    for kind in kinds:
        kind.check(lab)


def _trial(trial, writer):
    try:
        kernel.unshare(kernel.NEWNS | kernel.NEWNET | kernel.NEWPID | kernel.NEWUTS | kernel.NEWIPC)
        kernel.make_mounts_private()
        kernel.mount("overlay", trial / "root", "overlay", 0,
                     f"lowerdir={trial / 'lower'},upperdir={trial / 'upper'},workdir={trial / 'work'}")
    except OSError as error:
        os.write(writer, str(error).encode())
    return 0


def _raise(lab, counts, trees, say):
    lab.create({"kinds": {kind.name: count for kind, count in counts.items()}})
    fleet = lab.hosts()
    say(f"preparing {_words(counts)} hosts in {lab.folder}")
    world.make_key(lab.key, f"jumpfleet-lab-{lab.name}")
    for kind, tree in trees.items():
        kind.make_layer(lab, tree)
    world.make_all(lab, trees)
    further = [kind for kind in counts if kind.group]
    write_access(lab, [_access_of(host) for host in fleet if not host.kind.group], "admin", "true",
                 _groups(further, fleet))
    _start_keeper(lab, trees)
    say("starting them")
    single.wait_for(fleet, 60 + sum(count * kind.patience for kind, count in counts.items()) / 2)


def _start_keeper(lab, trees):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        # Else a killed `up` would leave its lock to the keeper, and no `down` would ever get it.
        lab.leave_lock()
        _let_go_of_terminal(lab)
        keeper.keep(lab, trees, writer)
    os.close(writer)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as stream:
        answer = stream.read()
    if answer != "started":
        raise Refusal(f"the lab could not start: {answer or 'its keeper died; see ' + str(lab.folder / 'keeper.log')}")


def _let_go_of_terminal(lab):
    nothing = os.open(os.devnull, os.O_RDWR)
    log = os.open(lab.folder / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _clear(lab):
    """Take a lab away whatever state it is in: up, half raised, or left by a crash."""
    if lab.folder.exists() and not lab.exists() and any(lab.folder.iterdir()):
        raise Refusal(f"`{lab.folder}` was not made by the lab; remove it by hand if it may go")
    for host in lab.hosts():
        # Else the keeper would take the end of its hosts for a reboot.
        host.mark("again").unlink(missing_ok=True)
    ended = _end(pid for pid in [lab.keeper()] if pid)
    ended += _end(host.process() for host in lab.hosts())
    ended += _end(_strays(lab))
    mine = _ancestors()
    _end(pid for pid in network.inhabitants(lab) if pid not in mine)
    network.forget(lab)
    cgroup.clear_all(lab)
    for mount in _mounts_below(lab.folder):
        kernel.unmount(mount)
    shutil.rmtree(lab.trial, ignore_errors=True)
    lab.remove()


def _end(pids):
    """SIGKILL, then wait until they are gone: a host's mounts go with its last process."""
    ended = []
    for pid in pids:
        if pid is None:
            continue
        try:
            os.kill(pid, signal.SIGKILL)
            ended.append(pid)
        except ProcessLookupError:
            pass
    deadline = time.monotonic() + 120
    waiting = list(ended)
    while waiting and time.monotonic() < deadline:
        waiting = [pid for pid in waiting if _is_alive(pid)]
        time.sleep(0.02)
    if waiting:
        raise Refusal(f"these processes do not end: {waiting}")
    return ended


def _is_alive(pid):
    status = read(f"/proc/{pid}/stat")
    return status is not None and status.rpartition(")")[2].split()[0] not in "ZX"


def _strays(lab):
    """First processes of hosts that no pid file names, as after a kill between a start and its record."""
    trace = f"upperdir={lab.folder}/hosts/"
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        for line in (read(f"/proc/{entry}/status") or "").splitlines():
            if line.startswith("NSpid:") and len(line.split()) > 2 and line.split()[-1] == "1":
                if trace in (read(f"/proc/{entry}/mountinfo") or ""):
                    found.append(int(entry))
    return found


def _ancestors():
    pid, found = os.getpid(), set()
    while pid > 0:
        found.add(pid)
        status = read(f"/proc/{pid}/stat")
        pid = int(status.rpartition(")")[2].split()[1]) if status else 0
    return found


def _mounts_below(folder):
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place = line.split()[4]
        if place.startswith(f"{folder}/"):
            found.append(place)
    return reversed(found)
