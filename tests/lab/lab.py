"""What is a lab: which hosts does it have, of which kinds, and where do its files lie?"""

import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import kinds
from folder import Refusal, default_home, is_running, locked, read, write

MOST_HOSTS = 1000


class Host:
    """One host of a lab: its kind, name, address and folder."""

    def __init__(self, lab, kind, number):
        self.lab = lab
        self.kind = kind
        self.name = f"{kind.prefix}{number:03d}"
        self.address = f"10.99.{kind.block + number // 250}.{number % 250 + 1}"
        self.folder = lab.folder / "hosts" / self.name
        self.upper = self.folder / "upper"
        self.console = self.folder / "console.log"
        self.link = f"v{number}" if kind.block == 0 else f"v{kind.prefix}{number}"

    def mark(self, word):
        """A file that says something about the host by being there: `cut`, `frozen`, `again`."""
        return self.folder / word

    def process(self):
        """The process the keeper started for this host, or None when it is not running."""
        identity = read(self.folder / "pid")
        return int(identity.split()[0]) if identity and is_running(identity) else None

    def init(self):
        """PID 1 of the host as this machine numbers it, or None while there is none."""
        pid = self.process()
        return None if pid is None else self.kind.init(pid)

    def running(self):
        """The same of a host that has to be running."""
        init = self.init()
        if init is None:
            raise Refusal(f"{self.name} is not running")
        return init

    def root(self):
        return Path(self.kind.root(self, self.running()))

    def enter(self):
        """The words that run a command as root inside the host, to be followed by the command."""
        return self.kind.enter(self, self.running())

    def did_not_come_up(self, why, count=1):
        tail = "\n".join((read(self.console) or "").splitlines()[-8:])
        raise Refusal(f"{count} of the hosts did not come up; {self.name} {why}. Its console ends:\n{tail}")


class Lab:
    """One named lab and its files."""

    def __init__(self, name):
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
            raise Refusal(f"`{name}` cannot be a lab's name: lower case letters, digits and `-`, at most 32")
        self.name = name
        self.home = Path(os.environ.get("JUMPFLEET_LAB_DIR") or default_home()).absolute()
        if re.search(r"[^A-Za-z0-9._/+-]", str(self.home)):
            raise Refusal(f"the lab folder `{self.home}` has characters that mount options cannot carry")
        self.folder = self.home / name
        self.settings_file = self.folder / "lab.json"
        self.key = self.folder / "id_ed25519"
        self.known_hosts = self.folder / "known_hosts"
        self.inventory = self.folder / "inventory.yaml"
        self.trial = self.home / f".{name}.trial"
        self.network_name = f"jumpfleet-{name}"
        self.network_file = Path("/run/netns") / self.network_name
        self.keeper_file = self.folder / "keeper.pid"

    @property
    def settings(self):
        text = read(self.settings_file)
        return json.loads(text) if text else None

    def layer(self, kind):
        """The files that all hosts of a kind have in common above their tree."""
        return self.folder / "layers" / kind.name

    def is_loopback(self):
        return "loopback" in (self.settings or {})

    def kinds(self):
        """The kinds of its hosts and how many there are of each."""
        counts = (self.settings or {}).get("kinds", {})
        return {kinds.ALL[name]: count for name, count in counts.items()}

    def exists(self):
        return self.settings is not None

    def keeper(self):
        identity = read(self.keeper_file)
        return int(identity.split()[0]) if identity and is_running(identity) else None

    def is_up(self):
        return self.keeper() is not None

    def hosts(self):
        return [Host(self, kind, number) for kind, count in self.kinds().items() for number in range(1, count + 1)]

    def host(self, name):
        if not self.is_up():
            raise Refusal(f"lab `{self.name}` is not up")
        hosts = {host.name: host for host in self.hosts()}
        if name not in hosts:
            raise Refusal(f"lab `{self.name}` has no host `{name}`: it has {self.spans()}")
        return hosts[name]

    def spans(self):
        """Its hosts in few words."""
        return ", ".join(f"{kind.prefix}001 to {kind.prefix}{count:03d}" for kind, count in self.kinds().items())

    def create(self, settings):
        self.folder.mkdir(parents=True, mode=0o755)
        write(self.settings_file, json.dumps(settings) + "\n")

    def remove(self):
        if not self.folder.exists():
            return
        if not self.exists() and any(self.folder.iterdir()):
            raise Refusal(f"`{self.folder}` was not made by the lab; remove it by hand if it may go")
        shutil.rmtree(self.folder)
        try:
            self.home.rmdir()
        except OSError:
            pass

    @contextmanager
    def lock(self):
        """One `up` or `down` of this lab at a time."""
        path = self.home / f".{self.name}.lock"
        self._held = locked(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            os.close(self._held)
            if not self.folder.exists():
                try:
                    self.home.rmdir()
                except OSError:
                    pass

    def leave_lock(self):
        """For a process that lives on when its parent, which holds the lock, is gone."""
        os.close(self._held)
