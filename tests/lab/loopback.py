"""What can the lab still show to someone who is not root?

One sshd of that user on several loopback addresses. The same files, the same commands where they make
sense, and a plain message about what is not shown.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time

import fleet
import hosts
import kinds
import world
from folder import Refusal, identity_of, write
from lab import MOST_HOSTS

NOT_SHOWN = """\
not root: one sshd of user `{user}` on {count} loopback addresses stands in for the fleet. Not shown:
  hosts of their own (all share this machine's files, processes, name and host key), sudo and other
  accounts, systemd, reboots, frozen or cut hosts, and anything about the network. Run it as root for those."""


def do(asked, lab, say):
    if lab.exists() and not lab.is_loopback():
        raise Refusal(f"lab `{lab.name}` was raised by root: use sudo")
    if asked.command == "up":
        if any(getattr(asked, kind.name) for kind in kinds.FURTHER):
            raise Refusal("hosts of other kinds take root")
        up(lab, asked.count, say)
        fleet.show_paths(lab)
    elif asked.command == "down":
        with lab.lock():
            _clear(lab)
    elif asked.command == "list":
        for number in range(1, (lab.settings or {}).get("loopback", 0) + 1):
            print(_name(number), _address(number), "loopback", "up" if lab.is_up() else "down")
    elif asked.command == "run":
        if not lab.is_up():
            raise Refusal(f"lab `{lab.name}` is not up")
        hosts.become(asked.rest)
    else:
        raise Refusal(f"`{asked.command}` needs a lab with hosts of their own: only root can raise one")
    return 0


def up(lab, count, say):
    if not 1 <= count <= MOST_HOSTS:
        raise Refusal(f"a lab has 1 to {MOST_HOSTS} hosts")
    with lab.lock():
        if lab.is_up():
            raise Refusal(f"lab `{lab.name}` is already up; `scripts/lab --name {lab.name} down` ends it")
        server = _sshd()
        _clear(lab)
        try:
            _raise(lab, count, server)
        except BaseException:
            _clear(lab)
            raise
        say(NOT_SHOWN.format(user=getpass.getuser(), count=count))


def _sshd():
    server = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if server is None:
        asked = subprocess.run([fleet.NEEDS, "openssh-server"], capture_output=True, text=True)
        raise Refusal(f"the fallback needs an SSH server: {(asked.stdout or asked.stderr).strip()}")
    return server


def _raise(lab, count, server):
    port = _free_port()
    lab.create({"loopback": count, "port": port})
    world.make_key(lab.key, f"jumpfleet-lab-{lab.name}")
    host_key = lab.folder / "host_key"
    public = world.make_key(host_key, "loopback")
    authorized = lab.folder / "authorized_keys"
    authorized.write_text(lab.key.with_suffix(".pub").read_text())
    authorized.chmod(0o600)
    addresses = [_address(number) for number in range(1, count + 1)]
    lab.known_hosts.write_text("".join(f"[{address}]:{port} {public}\n" for address in addresses))
    lines = [f"{_name(number)}: {{ansible_host: {address}, ansible_port: {port}}}"
             for number, address in enumerate(addresses, 1)]
    fleet.write_access(lab, lines, getpass.getuser(), "false")
    (lab.folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 0.0.0.0\nHostKey {host_key}\nAuthorizedKeysFile {authorized}\nUsePAM no\n"
        "StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no\n"
        f"MaxStartups 200:30:1000\nPidFile none\nSubsystem sftp internal-sftp\n")
    _start(lab, server, port)


def _start(lab, server, port):
    with open(lab.folder / "sshd.log", "w") as log:
        started = subprocess.Popen([server, "-D", "-e", "-f", str(lab.folder / "sshd_config")], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True)
    write(lab.keeper_file, identity_of(started.pid))
    for _ in range(200):
        try:
            with socket.create_connection((_address(1), port), timeout=1) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.05)
    raise Refusal(f"sshd did not start: {(lab.folder / 'sshd.log').read_text()}")


def _clear(lab):
    keeper = lab.keeper()
    if keeper:
        os.kill(keeper, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while lab.is_up():
            if time.monotonic() > deadline:
                os.kill(keeper, signal.SIGKILL)
            time.sleep(0.02)
    lab.remove()


def _name(number):
    return f"h{number:03d}"


def _address(number):
    return f"127.0.{1 + number // 250}.{number % 250 + 1}"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
