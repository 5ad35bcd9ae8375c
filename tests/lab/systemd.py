"""How is a host made on which systemd is PID 1?"""

import os
import re
import subprocess
import time

import cgroup
import kernel
import world
from folder import Refusal, read
from kind import Kind

# What systemd-nspawn exits with, without a service manager around it, when its guest asked for a reboot.
_REBOOT = 133


class Systemd(Kind):
    """Hosts that boot."""

    name = "systemd"
    commands = {"systemd-nspawn": "systemd-container"}

    def check(self, lab):
        if not cgroup.usable(lab):
            raise Refusal("systemd hosts need control groups that root may write under /sys/fs/cgroup; "
                          "light hosts (--light) do not")

    def start(self, host, root):
        kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
        # nspawn leaves lock and socket folders in /run; here they go with the host.
        kernel.mount("tmpfs", "/run", "tmpfs", 0, "mode=755")
        cgroup.join(host)
        os.execve("/usr/bin/systemd-nspawn", [
            "systemd-nspawn", "--quiet", "--boot", "--settings=no", "-D", str(root), f"--machine={host.name}",
            "--network-namespace-path=/proc/self/ns/net", "--register=no", "--keep-unit", "--link-journal=no",
            "--timezone=off", "--resolv-conf=off", "--console=pipe"], world.ENVIRONMENT)

    def init(self, pid):
        for child in (read(f"/proc/{pid}/task/{pid}/children") or "").split():
            # systemd-nspawn's helper lives in the outer process list, systemd is number 1 of an inner one.
            numbers = re.search(r"^NSpid:\s+(.*)$", read(f"/proc/{child}/status") or "", re.M)
            if numbers and len(numbers[1].split()) >= 3 and numbers[1].split()[-1] == "1":
                return int(child)
        return None

    def wait_for_boot(self, hosts, deadline):
        asking = {}
        for host in hosts:
            command = host.enter() + ["systemctl", "is-system-running", "--wait"]
            asking[host] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, text=True)
        for host, asked in asking.items():
            try:
                answer = asked.communicate(timeout=max(0.1, deadline - time.monotonic()))[0].strip()
            except subprocess.TimeoutExpired:
                asked.kill()
                answer = "still booting"
            if answer not in ("running", "degraded"):
                host.did_not_come_up(f"says it is `{answer}`")

    def reboot(self, host, pid):
        subprocess.run(host.enter() + ["systemctl", "reboot"], stdin=subprocess.DEVNULL)

    def wants_again(self, code):
        return code == _REBOOT
