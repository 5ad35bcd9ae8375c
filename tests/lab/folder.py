"""Where does a lab keep what it knows, and how is a process it started told from a stranger's?"""

import fcntl
import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

MOST_HOSTS = 1000
SUBNET = "10.99.0.0/16"
GATEWAY = "10.99.255.254"


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


class Host:
    """One host of a lab: its number, name, address and folder."""

    def __init__(self, lab, number):
        self.lab = lab
        self.number = number
        self.name = f"h{number:03d}"
        self.address = f"10.99.{number // 250}.{number % 250 + 1}"
        self.folder = lab.folder / "hosts" / self.name
        self.upper = self.folder / "upper"
        self.console = self.folder / "console.log"
        self.link = f"v{number}"

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
        if pid is None or self.lab.kind != "systemd":
            return pid
        for child in (read(f"/proc/{pid}/task/{pid}/children") or "").split():
            # systemd-nspawn's helper lives in the outer process list, systemd is number 1 of an inner one.
            numbers = re.search(r"^NSpid:\s+(.*)$", read(f"/proc/{child}/status") or "", re.M)
            if numbers and len(numbers[1].split()) >= 3 and numbers[1].split()[-1] == "1":
                return int(child)
        return None

    def root(self):
        init = self.init()
        if init is None:
            raise Refusal(f"{self.name} is not running")
        return Path(f"/proc/{init}/root")


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
        self.layer = self.folder / "layer"
        self.network_name = f"jumpfleet-{name}"
        self.network_file = Path("/run/netns") / self.network_name
        self.keeper_file = self.folder / "keeper.pid"

    @property
    def settings(self):
        text = read(self.settings_file)
        return json.loads(text) if text else None

    @property
    def kind(self):
        return self.settings["kind"] if self.settings else None

    def exists(self):
        return self.settings is not None

    def keeper(self):
        identity = read(self.keeper_file)
        return int(identity.split()[0]) if identity and is_running(identity) else None

    def is_up(self):
        return self.keeper() is not None

    def hosts(self):
        kept = self.settings
        return [Host(self, number) for number in range(1, kept["hosts"] + 1)] if kept else []

    def host(self, name):
        if not self.is_up():
            raise Refusal(f"lab `{self.name}` is not up")
        for host in self.hosts():
            if host.name == name:
                return host
        raise Refusal(f"lab `{self.name}` has no host `{name}`: it has h001 to {self.hosts()[-1].name}")

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
        self._held = _locked(path)
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


def _locked(path):
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
