"""How does a path of a Windows host lead to a file of its Wine prefix?

As in Win32-OpenSSH's sftp-server: `/C:/Windows/Temp/x`, also `C:/…` and `C:\\…`, whatever the case; relative
paths begin in the account's folder. What Windows cannot have in a name is refused.
"""

import os
import re

import asyncssh
from asyncssh import SFTPAttrs, SFTPFailure, SFTPNoSuchFile

DRIVES = "/prefix/dosdevices"
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')


class Files(asyncssh.SFTPServer):
    """The SFTP subsystem of one session."""

    def __init__(self, channel):
        super().__init__(channel)
        user = channel.get_extra_info("username").lower()
        self._home = f"/C:/Users/{'Administrator' if user == 'administrator' else user}"

    def map_path(self, path):
        return _found(self._absolute(path)).encode()

    def reverse_map_path(self, path):
        return path

    def realpath(self, path):
        return self._absolute(path).encode()

    def _absolute(self, path):
        words = path.decode("utf-8", "surrogateescape").replace("\\", "/")
        if re.match(r"[A-Za-z]:", words):
            words = f"/{words}"
        elif not words.startswith("/"):
            words = f"{self._home}/{words}"
        parts = []
        for part in words.split("/"):
            if part == "..":
                del parts[max(1, len(parts) - 1):]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + "/".join(parts)

    def setstat(self, path, attrs, *, follow_symlinks=True):
        # Windows has neither owners nor modes that SFTP could set.
        return super().setstat(path, _without_modes(attrs))

    def fsetstat(self, file_obj, attrs):
        return super().fsetstat(file_obj, _without_modes(attrs))

    def open(self, path, pflags, attrs):
        return super().open(path, pflags, SFTPAttrs())

    def mkdir(self, path, attrs):
        return super().mkdir(path, SFTPAttrs())

    def symlink(self, oldpath, newpath):
        raise SFTPFailure("A required privilege is not held by the client")


def _without_modes(attrs):
    return SFTPAttrs(size=attrs.size, atime=attrs.atime, mtime=attrs.mtime)


def _found(path):
    parts = path.strip("/").split("/")
    if not re.fullmatch(r"[A-Za-z]:", parts[0]):
        raise SFTPNoSuchFile("No such file or directory")
    place = os.path.realpath(f"{DRIVES}/{parts[0].lower()}")
    for part in parts[1:]:
        if _FORBIDDEN.search(part):
            raise SFTPFailure("The filename, directory name, or volume label syntax is incorrect")
        place = f"{place}/{_entry(place, part.rstrip('. '))}"
    return place


def _entry(folder, name):
    if os.path.lexists(f"{folder}/{name}"):
        return name
    try:
        return next((entry for entry in os.listdir(folder) if entry.lower() == name.lower()), name)
    except OSError:
        return name

