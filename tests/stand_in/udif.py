#!/usr/bin/python3
"""How does the content of a disk image become a DMG?

    tests/stand_in/udif.py RAW DMG

Writes UDIF as hdiutil does for `-format UDZO`: the raw image in chunks, each compressed by zlib, a property list that
says where they are, and the `koly` trailer. The layout is known from readers such as dmg2img and 7-Zip; both are held
against this writer by tests/lab/check.
"""

import plistlib
import struct
import sys
import uuid
import zlib
from pathlib import Path

_SECTOR = 512
_CHUNK = 512 * _SECTOR
_CRC32 = 2
_ZLIB, _LAST = 0x80000005, 0xFFFFFFFF


def udif(raw):
    """The DMG that holds these bytes."""
    raw += bytes(-len(raw) % _SECTOR)
    data, entries = bytearray(), []
    for start in range(0, len(raw), _CHUNK):
        part = raw[start:start + _CHUNK]
        packed = zlib.compress(part)
        entries.append((_ZLIB, start // _SECTOR, len(part) // _SECTOR, len(data), len(packed)))
        data += packed
    entries.append((_LAST, len(raw) // _SECTOR, 0, len(data), 0))
    table = _table(raw, entries)
    listed = plistlib.dumps({"resource-fork": {"blkx": [{
        "Attributes": "0x0050", "CFName": "whole disk", "Data": table, "ID": "0", "Name": "whole disk"}]}})
    whole = zlib.crc32(struct.pack(">I", zlib.crc32(raw)))
    return bytes(data) + listed + _trailer(len(data), zlib.crc32(data), listed, whole, len(raw) // _SECTOR)


def _checksum(value):
    return struct.pack(">III", _CRC32, 32, value) + bytes(124)


def _table(raw, entries):
    sectors, needed = len(raw) // _SECTOR, _CHUNK // _SECTOR + 8
    head = struct.pack(">4sIQQQII24x", b"mish", 1, 0, sectors, 0, needed, 0)
    lines = [struct.pack(">IIQQQQ", kind, 0, *place) for kind, *place in entries]
    return head + _checksum(zlib.crc32(raw)) + struct.pack(">I", len(lines)) + b"".join(lines)


def _trailer(length, checksum, listed, whole, sectors):
    return b"".join([
        struct.pack(">4sIIIQQQQQII16s", b"koly", 4, 512, 1, 0, 0, length, 0, 0, 1, 1, uuid.uuid4().bytes),
        _checksum(checksum),
        struct.pack(">QQ120x", length, len(listed)),
        _checksum(whole),
        struct.pack(">IQ12x", 1, sectors),
    ])


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(udif(source.read_bytes()))
