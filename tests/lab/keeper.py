"""Who holds a lab's hosts while no command is running, and starts a host again when it reboots?

One keeper process per lab is the parent of every host. The kernel ends all hosts, and with them their
mounts and networks, as soon as the keeper is gone.
"""

import os
import resource
import signal
import sys
import time
from pathlib import Path

import cgroup
import kernel
import network
import world
from folder import identity_of, write

_SIGNALS = {signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

# At least these: a few dozen systemd hosts use up the defaults. Never lowered.
_LIMITS = {
    "fs/inotify/max_user_instances": 65536,
    "fs/inotify/max_user_watches": 1048576,
    "kernel/pid_max": 4194304,
    "kernel/keys/maxkeys": 20000,
    "net/ipv4/neigh/default/gc_thresh1": 4096,
    "net/ipv4/neigh/default/gc_thresh2": 8192,
    "net/ipv4/neigh/default/gc_thresh3": 16384,
}


def raise_limits():
    """Returns the kernel settings that are too low and could not be raised."""
    low = []
    for name, least in _LIMITS.items():
        path = Path("/proc/sys") / name
        try:
            if int(path.read_text()) < least:
                path.write_text(str(least))
        except FileNotFoundError:
            continue
        except OSError:
            low.append(f"{name.replace('/', '.')}={least}")
    return low


class Keeper:
    """The hosts of one lab, by the process that is each one's PID 1 or its nspawn."""

    def __init__(self, lab, trees):
        self.trees = trees
        self.hosts = {host.name: host for host in lab.hosts()}
        self.running = {}
        self.own_processes = os.open("/proc/self/ns/pid", os.O_RDONLY)
        self.files_of_a_host = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = len(self.hosts) + 256
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), max(hard, most)))
        self.networks = network.make(lab, list(self.hosts.values()))

    def start_all(self):
        for host in self.hosts.values():
            self.start(host)

    def start(self, host):
        kernel.unshare(kernel.NEWPID)
        pid = os.fork()
        if pid == 0:
            self._be(host)
        kernel.setns(self.own_processes, kernel.NEWPID)
        self.running[pid] = host
        write(host.folder / "pid", identity_of(pid) or "")

    def _be(self, host):
        try:
            console = os.open(host.console, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(console, 1)
            os.dup2(console, 2)
            kernel.forget_signal_settings()
            resource.setrlimit(resource.RLIMIT_NOFILE, self.files_of_a_host)
            world.become(host, self.trees[host.kind], self.networks[host.name])
        except BaseException as error:
            print(f"lab: {host.name} could not start: {error}", file=sys.stderr, flush=True)
        os._exit(127)

    def watch(self):
        """Bury hosts that ended and start those that asked for it, until told to end."""
        while True:
            received = signal.sigwait(_SIGNALS)
            if received in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                return
            for host, again in list(self._ended()):
                cgroup.clear(host)
                if again:
                    self.start(host)
            if received == signal.SIGUSR1:
                self._start_asked()

    def _ended(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            host = self.running.pop(pid, None)
            if host is None:
                continue
            code = os.waitstatus_to_exitcode(status)
            print(f"{time.time():.2f} {host.name} ended: {code}", file=sys.stderr, flush=True)
            yield host, self._wants_again(host, code)

    def _wants_again(self, host, code):
        asked = host.mark("again").exists()
        host.mark("again").unlink(missing_ok=True)
        return asked or host.kind.wants_again(code)

    def _start_asked(self):
        running = {host.name for host in self.running.values()}
        for host in self.hosts.values():
            if host.name not in running and host.mark("again").exists():
                host.mark("again").unlink()
                self.start(host)


def keep(lab, trees, ready):
    """Be the keeper of a lab whose files are written; tells `ready`, a descriptor, how the start went."""
    write(lab.keeper_file, identity_of(os.getpid()))
    os.chdir("/")
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        keeper = Keeper(lab, trees)
        keeper.start_all()
    except BaseException as error:
        os.write(ready, f"{error}".encode())
        os._exit(1)
    os.write(ready, b"started")
    os.close(ready)
    keeper.watch()
    os._exit(0)
