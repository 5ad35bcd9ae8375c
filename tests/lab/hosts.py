"""What can be done to one running host from outside: enter it, reboot it, freeze it, cut it off?"""

import os
import signal
import socket
import subprocess
import time

import network
from folder import Refusal, read

_INSIDE = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root",
           "LOGNAME=root", "SHELL=/bin/bash", "LANG=C.UTF-8"]


def enter(host):
    """The words that run a command as root inside the host, to be followed by the command."""
    init = host.init()
    if init is None:
        raise Refusal(f"{host.name} is not running")
    return ["nsenter", f"--target={init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd",
            "--", *_INSIDE, f"TERM={os.environ.get('TERM', 'dumb')}"]


def state(host):
    words = ["up" if host.process() else "down"]
    words += [word for word in ("cut", "frozen") if host.mark(word).exists()]
    return ",".join(words)


def wait_for(hosts, seconds):
    """Until every host answers SSH and, where systemd runs, has finished booting."""
    deadline = time.monotonic() + seconds
    waiting = list(hosts)
    while waiting:
        waiting = [host for host in waiting if not _is_listening(host)]
        if waiting:
            _give_up_at(deadline, waiting, "does not listen on port 22")
            _give_up_at(0, [host for host in waiting if host.process() is None], "has ended")
            time.sleep(0.02)
    _wait_for_boot([host for host in hosts if host.lab.kind == "systemd"], deadline)
    # One end of the fleet and the other, over the network: what all the others share is then proven too.
    for host in {hosts[0].name: hosts[0], hosts[-1].name: hosts[-1]}.values():
        while not _greets(host):
            _give_up_at(deadline, [host], "does not answer SSH")
            time.sleep(0.05)


def _give_up_at(deadline, waiting, what):
    if waiting and time.monotonic() > deadline:
        host = waiting[0]
        tail = "\n".join((read(host.console) or "").splitlines()[-8:])
        raise Refusal(f"{len(waiting)} of the hosts did not come up; {host.name} {what}. Its console ends:\n{tail}")


def _is_listening(host):
    """Whether something inside the host listens on port 22, read from its own table of sockets."""
    init = host.init()
    for table in ("tcp", "tcp6"):
        for line in (read(f"/proc/{init}/net/{table}") or "").splitlines()[1:]:
            words = line.split()
            if words[1].endswith(":0016") and words[3] == "0A":
                return True
    return False


def _wait_for_boot(hosts, deadline):
    asking = {}
    for host in hosts:
        command = enter(host) + ["systemctl", "is-system-running", "--wait"]
        asking[host] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
    for host, asked in asking.items():
        try:
            answer = asked.communicate(timeout=max(0.1, deadline - time.monotonic()))[0].strip()
        except subprocess.TimeoutExpired:
            asked.kill()
            answer = "still booting"
        if answer not in ("running", "degraded"):
            _give_up_at(0, [host], f"says it is `{answer}`")


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
    become(enter(host) + command)


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
    elif host.lab.kind == "systemd":
        subprocess.run(enter(host) + ["systemctl", "reboot"], stdin=subprocess.DEVNULL)
    else:
        host.mark("again").touch()
        os.kill(before, signal.SIGKILL)
    while host.process() in (None, before):
        if time.monotonic() > started + 120:
            raise Refusal(f"{host.name} did not start again within 120 s")
        time.sleep(0.02)
    host.mark("frozen").unlink(missing_ok=True)
    if not host.mark("cut").exists():
        wait_for([host], 120)
    say(f"{host.name} is back after {time.monotonic() - started:.1f} s")


def freeze(host):
    """Stop every sshd of the host, listener and sessions; again until no new one has slipped in."""
    while stopped := [pid for pid in _sshds(host) if _process_state(pid) != "T"]:
        for pid in stopped:
            _send(pid, signal.SIGSTOP)
    host.mark("frozen").touch()


def thaw(host):
    for pid in _sshds(host):
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


def _sshds(host):
    init = host.init()
    if init is None:
        raise Refusal(f"{host.name} is not running")
    wanted = os.stat(f"/proc/{init}/ns/pid").st_ino
    found = []
    for entry in sorted((name for name in os.listdir("/proc") if name.isdigit()), key=int):
        if read(f"/proc/{entry}/comm") != "sshd":
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
        record = host.upper / "var/lib/jump-client-stand-in/starts"
        # Bytes and line feeds only: an argument may hold other characters that Python takes for line ends.
        text = record.read_bytes().decode(errors="replace") if record.exists() else ""
        for line in text.split("\n")[:-1]:
            lines.append((float(line.split()[0]), f"{host.name} {line}"))
    return [line for _, line in sorted(lines)]


