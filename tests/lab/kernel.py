"""Which Linux calls does the lab need that Python's own library lacks?"""

import ctypes
import errno
import os
import platform
import signal

NEWNS = 0x00020000
NEWCGROUP = 0x02000000
NEWUTS = 0x04000000
NEWIPC = 0x08000000
NEWPID = 0x20000000
NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_MOVE = 0x2000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "armv7l": 218, "riscv64": 41, "ppc64le": 203, "s390x": 217}

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags):
    _checked(_libc.unshare(flags), "unshare")


def setns(descriptor, flags):
    _checked(_libc.setns(descriptor, flags), "setns")


def mount(source, target, kind=None, flags=0, options=None):
    def text(value):
        return None if value is None else os.fsencode(value)

    _checked(_libc.mount(text(source), text(target), text(kind), ctypes.c_ulong(flags), text(options)),
             f"mount {target}")


def make_mounts_private():
    mount("none", "/", None, MS_REC | MS_PRIVATE)


def unmount(target):
    """Detach what is mounted on target; nothing mounted there is no error."""
    if _libc.umount2(os.fsencode(target), MNT_DETACH) != 0:
        number = ctypes.get_errno()
        if number not in (errno.EINVAL, errno.ENOENT):
            raise OSError(number, f"umount {target}: {os.strerror(number)}")


def enter_root(folder):
    """Make folder, a mount point, the root; the old root and all that was mounted in it go."""
    os.chdir(folder)
    _checked(_libc.syscall(ctypes.c_long(_PIVOT_ROOT[platform.machine()]), b".", b"."), "pivot_root")
    _checked(_libc.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def die_with_parent():
    """SIGKILL for this process as soon as the one that forked it is gone, however it went."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0), "prctl")


def forget_signal_settings():
    """Python ignores some signals, and whoever called it may too; what is started next shall not."""
    for number in signal.valid_signals():
        try:
            signal.signal(number, signal.SIG_DFL)
        except OSError:
            pass
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def set_hostname(name):
    _checked(_libc.sethostname(name.encode(), len(name)), "sethostname")


def drop_capabilities(numbers):
    for number in numbers:
        _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
