"""What does the lab have to know of a kind of hosts?

`Kind` says it for light hosts: a Debian with sshd and no systemd. The other kinds say where they differ,
each in a file of its own; `kinds.py` lists them.
"""

import os
import signal

import kernel
import tree
import world

# Loading modules, raw hardware, the clock, security labels, the kernel log: a host's root has no
# business with these on the machine it runs on.
_FOREIGN_CAPABILITIES = (16, 17, 25, 32, 33, 34)

# Everything a light host does as PID 1: start sshd, then bury orphans. sshd may die, be stopped or be
# started again without the host going down with it.
_LIGHT_INIT = """
/usr/sbin/sshd -E /var/log/auth.log -o MaxStartups=200:30:1000
while :; do sleep infinity & wait; done
"""

_INSIDE = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root",
           "LOGNAME=root", "SHELL=/bin/bash", "LANG=C.UTF-8"]


class Kind:
    """Light hosts, and what any other kind is unless it says otherwise."""

    name = "light"
    """What `list` shows."""
    about = "Debian with sshd"
    """What they are, for the help text."""
    prefix = "h"
    """What the names of its hosts begin with; two kinds of one lab have different ones."""
    block = 0
    """Its addresses are 10.99.BLOCK.1 and up; blocks are ten apart."""
    group = None
    """Its group in the inventory, below `fleet`; without one its hosts are in `fleet` itself."""
    variables = {}
    """Variables of its group, such as jc_platform."""
    access = {}
    """Further ansible_* variables of each host, where they differ from those of `fleet`."""
    commands = {}
    """Commands of this machine that it needs besides those all need, and their Debian packages."""
    boot = _LIGHT_INIT
    """What PID 1 does, where it is a shell."""
    environment = world.ENVIRONMENT
    """The environment of PID 1, where it is a shell."""
    server = "sshd"
    """The name of the processes that `freeze` stops."""
    record = "var/lib/jump-client-stand-in/starts"
    """Where below a host's upper folder its stand-in installers write down their starts."""
    patience = 1
    """How many times as long as a light host one may take until it answers."""

    def check(self, lab):
        """Refuse in plain words what this machine cannot do for such hosts."""

    def tree(self, say):
        """The cached folder all its hosts stand on, built if need be, and a descriptor that keeps it there."""
        return tree.built(tree.NATIVE, say)

    def make_layer(self, lab, tree):
        """Write into `lab.layer(self)` what all such hosts of this lab have above the tree."""
        world.make_layer(lab.layer(self), lab.key, tree)

    def make_host(self, host, tree):
        """Write a host's own files below `host.upper`; returns its host key for known_hosts, `TYPE TEXT`."""
        return world.make_host(host, tree)

    def start(self, host, root):
        """Become the host's first process. Its files are mounted at `root`; network, mount table and
        process list are its own already. Does not return."""
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
        self.furnish(root)
        kernel.enter_root(root)
        kernel.drop_capabilities(_FOREIGN_CAPABILITIES)
        os.execve("/bin/sh", ["init", "-c", self.boot], self.environment)

    def furnish(self, root):
        """Mount what such a host has besides; called before it closes the door behind itself."""

    def init(self, pid):
        """The process that is number 1 of the host, given the one the keeper started."""
        return pid

    def root(self, host, init):
        """Where the files of the running host can be seen from outside."""
        return f"/proc/{init}/root"

    def enter(self, host, init):
        """The words that run a command as root inside the host, to be followed by the command."""
        return ["nsenter", f"--target={init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root",
                "--wd", "--", *_INSIDE, f"TERM={os.environ.get('TERM', 'dumb')}"]

    def wait_for_boot(self, hosts, deadline):
        """After port 22 is open: until the hosts are ready; refuses at the deadline, a monotonic time."""

    def reboot(self, host, pid):
        """Make the running host start again."""
        host.mark("again").touch()
        os.kill(pid, signal.SIGKILL)

    def wants_again(self, code):
        """Whether a host that ended by itself with this exit code asked for a reboot."""
        # reboot(2) inside a process list of its own shows as SIGHUP of its PID 1.
        return code == -signal.SIGHUP
