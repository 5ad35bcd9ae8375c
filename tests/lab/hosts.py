"""What can be done to one running host from outside: enter it, reboot it, freeze it, cut it off?"""

import os
import signal
import socket
import time

import network
from folder import Refusal, read


def state(host):
    words = ["up" if host.process() else "down"]
    words += [word for word in ("cut", "frozen") if host.mark(word).exists()]
    return ",".join(words)


def wait_for(hosts, seconds):
    """Until every host answers SSH and has finished booting."""
    deadline = time.monotonic() + seconds
    waiting = list(hosts)
    while waiting:
        waiting = [host for host in waiting if not _is_listening(host)]
        if waiting:
            _give_up_at(deadline, waiting, "does not listen on port 22")
            _give_up_at(0, [host for host in waiting if host.process() is None], "has ended")
            time.sleep(0.02)
    for kind in {host.kind: None for host in hosts}:
        alike = [host for host in hosts if host.kind is kind]
        kind.wait_for_boot(alike, deadline)
        # One end and the other, over the network: what all the others share is then proven too.
        for host in {alike[0].name: alike[0], alike[-1].name: alike[-1]}.values():
            while not _greets(host):
                _give_up_at(deadline, [host], "does not answer SSH")
                time.sleep(0.05)


def _give_up_at(deadline, waiting, what):
    if waiting and time.monotonic() > deadline:
        waiting[0].did_not_come_up(what, len(waiting))


def _is_listening(host):
    """Whether something inside the host listens on port 22, read from its own table of sockets."""
    init = host.init()
    for table in ("tcp", "tcp6"):
        for line in (read(f"/proc/{init}/net/{table}") or "").splitlines()[1:]:
            words = line.split()
            if words[1].endswith(":0016") and words[3] == "0A":
                return True
    return False


def _greets(host):
    """Whether sshd's first line arrives over the lab's network, asked from a child that moves there."""
    pid = os.fork()
    if pid == 0:
        try:
            network.enter(host.lab)
            with socket.create_connection((host.address, 22), timeout=5) as connection:
                os._exit(0 if connection.recv(4) == b"SSH-" else 1)
        except BaseException:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def execute(host, command):
    """Become the command inside the host. Does not return."""
    become(host.enter() + command)


def become(command):
    """Replace this process by the command; answers like a shell when there is none."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        code = 127 if isinstance(error, FileNotFoundError) else 126
        raise Refusal(f"{command[0]}: {error.strerror}", code) from None


def reboot(host, say):
    before = host.process()
    started = time.monotonic()
    if before is None:
        host.mark("again").touch()
        os.kill(host.lab.keeper(), signal.SIGUSR1)
    else:
        host.kind.reboot(host, before)
    while host.process() in (None, before):
        if time.monotonic() > started + 120:
            raise Refusal(f"{host.name} did not start again within 120 s")
        time.sleep(0.02)
    host.mark("frozen").unlink(missing_ok=True)
    if not host.mark("cut").exists():
        wait_for([host], 120)
    say(f"{host.name} is back after {time.monotonic() - started:.1f} s")


def freeze(host):
    """Stop every SSH server of the host, listener and sessions; again until no new one has slipped in."""
    while stopped := [pid for pid in _servers(host) if _process_state(pid) != "T"]:
        for pid in stopped:
            _send(pid, signal.SIGSTOP)
    host.mark("frozen").touch()


def thaw(host):
    for pid in _servers(host):
        _send(pid, signal.SIGCONT)
    host.mark("frozen").unlink(missing_ok=True)


def _send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _process_state(pid):
    status = read(f"/proc/{pid}/stat")
    return status.rpartition(")")[2].split()[0] if status else "T"


def _servers(host):
    wanted = os.stat(f"/proc/{host.running()}/ns/pid").st_ino
    found = []
    for entry in sorted((name for name in os.listdir("/proc") if name.isdigit()), key=int):
        if read(f"/proc/{entry}/comm") != host.kind.server:
            continue
        try:
            if os.stat(f"/proc/{entry}/ns/pid").st_ino == wanted:
                found.append(int(entry))
        except OSError:
            continue
    return found


def cut(host):
    network.set_cable(host, False)
    host.mark("cut").touch()


def mend(host):
    network.set_cable(host, True)
    host.mark("cut").unlink(missing_ok=True)


def starts(hosts):
    """Every start of an installer on every host, first to last: host, uptime, wall time, pid, uid, arguments."""
    lines = []
    for host in hosts:
        record = host.upper / host.kind.record
        # Bytes and line feeds only: an argument may hold other characters that Python takes for line ends.
        text = record.read_bytes().decode(errors="replace") if record.exists() else ""
        for line in text.split("\n")[:-1]:
            lines.append((float(line.split()[0]), f"{host.name} {line}"))
    return [line for _, line in sorted(lines)]
