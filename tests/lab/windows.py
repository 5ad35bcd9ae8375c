"""How is a host made that is a Windows, as far as Wine can be one?

Its programs, registry, services and Windows Installer are Wine's, in a prefix of the host's own; its SSH
server is the lab's (`wine/sshd.py`). The prefix is made once per machine; hosts lay their changes over it.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import kernel
import tree
import world
from folder import Refusal
from kind import Kind

_SOURCES = Path(__file__).resolve().parent / "wine"
_STAND_IN = Path(__file__).resolve().parents[1] / "stand_in/windows"
_NEEDS = Path(__file__).resolve().parents[2] / "scripts/needs"
_COMPILER = "x86_64-w64-mingw32-gcc"
_LIBRARIES = ("bcrypt", "psapi", "advapi32", "msi", "ole32", "iphlpapi", "ws2_32")
_SERVER = "asyncssh==2.24.1"
# Wine has them, and they do nothing and say that all is well.
_ABSENT = ("bitsadmin", "cscript", "dism", "findstr", "mofcomp", "netsh", "secedit", "systeminfo", "wevtutil", "wmic",
           "wscript")

_ENVIRONMENT = {**world.ENVIRONMENT, "HOME": "/root", "WINEPREFIX": "/prefix", "WINEARCH": "win64", "WINEDEBUG": "-all"}

# Wine needs the page at 0x7ffe0000 in every program, and Linux begins the heap anywhere in the gigabyte behind
# 0x7d000000: where chance decides, one program of eight thousand cannot begin.
_STEADY = "setarch --addr-no-randomize"

# The registry's own server outlives the commands; Windows is up, with its services, before anybody can log in.
_BOOT = f"""
cd /prefix/drive_c
/usr/lib/wine/wineserver64 -p
{_STEADY} /usr/lib/wine/wine64 cmd /c exit
{_STEADY} /lab/venv/bin/python3 -I -B /lab/code/sshd.py &
while :; do sleep infinity & wait; done
"""

_ENTER = f'mount --bind /usr "$0/usr"; mount -t proc proc "$0/proc"; exec {_STEADY} chroot "$0" /bin/sh -c "$1"'

# In the words of the tree itself: make the prefix, give our programs precedence over Wine's of the same name,
# take away the drive that leads out, and make the accounts' folders.
_MAKE = r"""
set -eu
wine=/usr/lib/wine/wine64
$wine wineboot -i
$wine winecfg -v win10
for program in /prefix/drive_c/windows/lab/tools/*.exe; do
    name=${program##*/}
    mv "$program" /prefix/drive_c/windows/system32/
    $wine reg add 'HKCU\Software\Wine\DllOverrides' /v "$name" /d native /f
done
cd /prefix/drive_c/windows/system32
mv powershell.exe WindowsPowerShell/v1.0/
for user in Administrator operator; do
    mkdir -p /prefix/drive_c/users/$user/AppData/Local/Temp /prefix/drive_c/users/$user/AppData/Roaming
done
/usr/lib/wine/wineserver64 -w
rm -f /prefix/dosdevices/z: /prefix/dosdevices/com*
ln -s /run/session /prefix/dosdevices/l:
"""


class Windows(Kind):
    """Wine prefixes behind an SSH server."""

    name = "windows"
    about = "Windows as far as Wine is one: no PowerShell, no access rights; docs/lab.md says more"
    prefix = "w"
    block = 30
    group = "windows"
    variables = {"jc_platform": "windows_msi"}
    access = {"ansible_user": "Administrator", "ansible_become": "false", "ansible_shell_type": "cmd"}
    commands = {"/usr/lib/wine/wine64": "wine64", "/usr/bin/wine": "wine", _COMPILER: "gcc-mingw-w64-x86-64-win32"}
    record = "prefix/drive_c/ProgramData/jump-client-stand-in/starts"
    patience = 5

    boot = _BOOT
    environment = _ENVIRONMENT

    def tree(self, say):
        return tree.kept("windows", _recipe(), "half a minute", _build, say)

    def make_layer(self, lab, tree):
        public = lab.key.with_suffix(".pub").read_text()
        world.put(lab.layer(self), tree, "/lab/authorized_keys", public, 0o644)

    def make_host(self, host, tree):
        world.own_folder(host.upper, tree, "/lab")
        return world.make_key(host.upper / "lab/ssh_host_ed25519_key", host.name)

    def furnish(self, root):
        _lend("/usr", root / "usr")
        _lend(_SOURCES, root / "lab/code")
        kernel.mount("tmpfs", root / "tmp", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=1777,size=64m")
        (root / "run/session").mkdir()

    def root(self, host, init):
        return f"/proc/{init}/root/prefix/drive_c"

    def enter(self, host, init):
        return [*_inside(init), *_STEADY.split(), "/usr/lib/wine/wine64"]

    def reboot(self, host, pid):
        # As at every orderly shutdown: the registry is written out before the power goes.
        subprocess.run([*_inside(host.running()), "timeout", "20", "/usr/lib/wine/wineserver64", "-k", "-w"],
                       stdin=subprocess.DEVNULL)
        super().reboot(host, pid)


def _inside(init):
    words = [f"{name}={value}" for name, value in _ENVIRONMENT.items()]
    return ["nsenter", f"--target={init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--root",
            "--wdns=/prefix/drive_c", "--", "env", "-i", *words]


def _lend(folder, place):
    """Let the host see a folder of this machine, and not change it."""
    kernel.mount(folder, place, None, kernel.MS_BIND)
    kernel.mount("none", place, None, kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY)


def _recipe():
    sources = [*_SOURCES.rglob("*.[ch]"), *(_STAND_IN / name for name in ("msiexec.c", "setup.c", "client.h"))]
    texts = [path.name.encode() + path.read_bytes() for path in sorted(sources)]
    wine = subprocess.run(["/usr/lib/wine/wine64", "--version"], capture_output=True).stdout
    return hashlib.sha256(b"\0".join([wine, Path(__file__).read_bytes(), *texts])).hexdigest()[:12]


def _build(part):
    """Make the files that all Windows hosts stand on in the folder, which is new."""
    if subprocess.run([_NEEDS, "python3-venv"]).returncode != 0:
        raise Refusal("the lab's Windows hosts need python3-venv")
    _make_skeleton(part)
    log = part.with_suffix(".log")
    tools = part / "prefix/drive_c/windows/lab/tools"
    tools.mkdir(parents=True)
    with open(log, "w") as stream:
        for source in sorted((_SOURCES / "tools").glob("*.c")):
            _run(stream, log, _compiled(tools, source))
        _run(stream, log, _compiled(tools, _SOURCES / "absent.c"))
        for name in _ABSENT:
            shutil.copy(tools / "absent.exe", tools / f"{name}.exe")
        (tools / "absent.exe").unlink()
        _run(stream, log, _compiled(tools, _STAND_IN / "msiexec.c", _STAND_IN / "setup.c"))
        _run(stream, log, _compiled(tools.parent, _SOURCES / "session.c"))
        _run(stream, log, ["/usr/bin/python3", "-m", "venv", str(part / "lab/venv")])
        pip = str(part / "lab/venv/bin/pip")
        _run(stream, log, [pip, "install", "--quiet", "--disable-pip-version-check", _SERVER])
        # In a process list and mount table of its own, so that an interrupted build leaves neither behind.
        _run(stream, log, [*"unshare --mount --pid --net --fork --kill-child --mount-proc sh -ec".split(), _ENTER,
                           str(part), _MAKE])
    tools.rmdir()
    log.unlink()


def _make_skeleton(part):
    for folder in ("usr", "proc", "sys", "dev/pts", "dev/shm", "run", "tmp", "root", "lab/code", "etc", "var/log"):
        (part / folder).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (part / name).symlink_to(f"usr/{name}")
    # The account that Wine runs as; it gives Windows its own name.
    (part / "etc/passwd").write_text("Administrator:x:0:0::/root:/bin/sh\n")
    (part / "etc/group").write_text("root:x:0:\n")
    (part / "etc/fonts").mkdir()
    (part / "etc/fonts/fonts.conf").write_text("<fontconfig><cachedir>/tmp</cachedir></fontconfig>\n")
    shutil.copy("/etc/ld.so.cache", part / "etc/ld.so.cache")
    shutil.copytree("/etc/alternatives", part / "etc/alternatives", symlinks=True)
    for name, minor in (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)):
        os.mknod(part / "dev" / name, 0o020666, os.makedev(1, minor))
        os.chmod(part / "dev" / name, 0o666)
    (part / "dev/fd").symlink_to("/proc/self/fd")
    os.chmod(part / "tmp", 0o1777)


def _compiled(folder, *sources):
    return [_COMPILER, "-municode", "-O2", "-s", "-Wall", "-Werror", "-o", str(folder / f"{sources[0].stem}.exe"),
            *map(str, sources), *(f"-l{name}" for name in _LIBRARIES)]


def _run(stream, log, command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env=_ENVIRONMENT,
                          preexec_fn=kernel.die_with_parent)
    if done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Refusal(f"the Windows hosts could not be made ready; the end of {log}:\n{tail}")
