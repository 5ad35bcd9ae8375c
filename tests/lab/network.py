"""How are the hosts' addresses kept inside the lab, where nothing else of the machine can see them?

The lab has a network namespace of its own with a bridge; every host has one with a cable to that
bridge. The main namespace gets no address, no route and no device.
"""

import fcntl
import os
import socket
import struct
import subprocess
from pathlib import Path

import kernel
from folder import Refusal

GATEWAY = "10.99.255.254"

_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_SIOCSIFADDR = 0x8916
_SIOCSIFNETMASK = 0x891C
_IFF_UP = 0x1


def make(lab, hosts):
    """Make the lab's network and one per host; returns the hosts' namespaces as descriptors.

    The calling process stays in the lab's network.
    """
    kernel.unshare(kernel.NEWNET)
    _silence_ipv6()
    _name(lab)
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    _ip(["link set lo up", "link add br0 type bridge", f"addr add {GATEWAY}/16 dev br0", "link set br0 up"])

    spaces = {}
    for host in hosts:
        kernel.unshare(kernel.NEWNET)
        _silence_ipv6()
        spaces[host.name] = os.open("/proc/self/ns/net", os.O_RDONLY)
    kernel.setns(own, kernel.NEWNET)

    cables = []
    for host in hosts:
        space = f"/proc/{os.getpid()}/fd/{spaces[host.name]}"
        cables.append(f"link add {host.link} type veth peer name eth0 netns {space}")
        cables.append(f"link set {host.link} master br0 up")
    _ip(cables)

    for host in hosts:
        kernel.setns(spaces[host.name], kernel.NEWNET)
        _bring_up("lo")
        _bring_up("eth0", host.address)
    kernel.setns(own, kernel.NEWNET)
    os.close(own)
    return spaces


def enter(lab):
    """Move the calling process into the lab's network."""
    keeper = lab.keeper()
    if keeper is None:
        raise Refusal(f"lab `{lab.name}` is not up")
    descriptor = os.open(f"/proc/{keeper}/ns/net", os.O_RDONLY)
    kernel.setns(descriptor, kernel.NEWNET)
    os.close(descriptor)


def set_cable(host, up):
    enter(host.lab)
    _ip([f"link set {host.link} {'up' if up else 'down'}"])


def inhabitants(lab):
    """Processes that live in the lab's network: the keeper and whatever `run` started."""
    try:
        wanted = lab.network_file.stat().st_ino
    except FileNotFoundError:
        return []
    if not os.path.ismount(lab.network_file) and not _is_namespace(lab.network_file):
        return []
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.stat(f"/proc/{entry}/ns/net").st_ino == wanted:
                    found.append(int(entry))
            except OSError:
                continue
    return found


def forget(lab):
    """Take away the network's name; the network goes with the last process in it."""
    kernel.unmount(lab.network_file)
    lab.network_file.unlink(missing_ok=True)
    try:
        lab.network_file.parent.rmdir()
    except OSError:
        pass


def _is_namespace(path):
    return path.stat().st_dev == os.stat("/proc/self/ns/net").st_dev


def _name(lab):
    lab.network_file.parent.mkdir(parents=True, exist_ok=True)
    lab.network_file.touch()
    kernel.mount("/proc/self/ns/net", lab.network_file, None, kernel.MS_BIND)


def _silence_ipv6():
    # A thousand hosts that announce themselves to a thousand others take longer than all the rest.
    for scope in ("all", "default"):
        try:
            Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6").write_text("1")
        except FileNotFoundError:
            pass


def _ip(lines):
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, capture_output=True)
    if done.returncode != 0:
        raise Refusal(f"the lab's network could not be made: {done.stderr.strip()}")


def _bring_up(device, address=None):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        if address:
            for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.0.0")):
                fcntl.ioctl(handle, request, struct.pack("16sHH4s8x", device.encode(), socket.AF_INET, 0,
                                                         socket.inet_aton(value)))
        asked = fcntl.ioctl(handle, _SIOCGIFFLAGS, struct.pack("16sH14x", device.encode(), 0))
        flags = struct.unpack("16sH14x", asked)[1]
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sH14x", device.encode(), flags | _IFF_UP))
