"""How does a Windows host of the lab answer SSH? An asyncssh server in front of Wine.

Runs inside the host as its only server. What happens to a line that is to be run is decided in session.c,
which stands for the Windows half of Win32-OpenSSH; what happens to paths in files.py.
"""

import asyncio
import ctypes
import hmac
import logging
import os
import sys
import time
from pathlib import Path

import asyncssh
from asyncssh.packet import UInt32

sys.path.insert(0, str(Path(__file__).resolve().parent))

from files import Files  # noqa: E402

WINE = "/usr/lib/wine/wine64"
EXCHANGE = Path("/run/session")
PASSWORDS = {"administrator": "Administrator-Pass1", "operator": "operator-Pass1"}
NAMES = {"administrator": "Administrator", "operator": "operator"}

_PR_SET_NAME = 15
_RB_AUTOBOOT, _RB_POWER_OFF = 0x01234567, 0x4321FEDC
_libc = ctypes.CDLL(None, use_errno=True)


class Server(asyncssh.SSHServer):
    """Who may log in: the two accounts, by password or by the lab's key; names in any case."""

    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        wanted = PASSWORDS.get(username.lower())
        return wanted is not None and hmac.compare_digest(wanted.encode(), password.encode())

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        return username.lower() in NAMES and key in asyncssh.read_public_key_list("/lab/authorized_keys")


async def answer(process):
    """Run what one session asked for, and pass on bytes and status until either side ends."""
    if process.command is None:
        process.stderr.write(b"The lab's Windows hosts have no interactive shell: ask for a command.\r\n")
        process.exit(1)
        return
    await Run(process).run()


class Run:
    """One command of one session."""

    _number = 0
    # What outlives its connection; a process that nobody refers to is killed by Python.
    _left = set()

    def __init__(self, process):
        Run._number += 1
        self.id = f"{os.getpid()}-{Run._number}"
        self.process = process
        self.user = NAMES[process.get_extra_info("username").lower()]

    async def run(self):
        _file(self.id, "line").write_bytes(self.process.command.encode("utf-16-le"))
        peer, own = self.process.get_extra_info("peername"), self.process.get_extra_info("sockname")
        self.child = await asyncio.create_subprocess_exec(
            WINE, r"C:\windows\lab\session.exe", self.id, self.user, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd="/prefix/drive_c",
            env={**os.environ, "SSH_CONNECTION": f"{peer[0]} {peer[1]} {own[0]} {own[1]}"})
        work = asyncio.create_task(self._carry())
        gone = asyncio.create_task(self.process.wait_closed())
        feeding = asyncio.create_task(self._feed())
        done, _ = await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in (feeding, gone, work):
            task.cancel()
        if work in done and work.exception() is None:
            self._end()
        else:
            await self._left_alone()
        self._forget()

    async def _carry(self):
        """All the command says, until it has ended."""
        await asyncio.gather(self._pass(self.child.stdout, self.process.stdout),
                             self._pass(self.child.stderr, self.process.stderr))
        await self.child.wait()

    async def _pass(self, source, sink):
        while chunk := await source.read(65536):
            sink.write(chunk)
            await sink.drain()

    async def _feed(self):
        """What the client says, until there is no more."""
        try:
            while chunk := await self.process.stdin.read(65536):
                self.child.stdin.write(chunk)
                await self.child.stdin.drain()
            self.child.stdin.close()
        except (OSError, asyncssh.Error):
            pass

    def _end(self):
        try:
            status = int(_file(self.id, "status").read_text())
        except (OSError, ValueError):
            status = 255
        # asyncssh's own way would keep the lowest eight bits only.
        self.process.channel._send_request(b"exit-status", UInt32(status & 0xFFFFFFFF))
        self.process.channel.close()

    async def _left_alone(self):
        """The connection is gone: without a terminal the processes run on into closed pipes, with one they end.

        So it is with Win32-OpenSSH (its issue 1751).
        """
        if self.process.term_type is not None:
            self.child.kill()
        Run._left.add(self)
        for number in (0, 1, 2):
            self.child._transport.get_pipe_transport(number).close()
        await self.child.wait()
        Run._left.discard(self)

    def _forget(self):
        for kind in ("line", "status", "part"):
            _file(self.id, kind).unlink(missing_ok=True)


def _file(number, kind):
    return EXCHANGE / f"{number}.{kind}"


async def restart_when_asked():
    """shutdown.exe leaves a word and a delay; the registry is written out before the host goes down."""
    asked = EXCHANGE / "shutdown"
    while not (word := _due(asked)):
        await asyncio.sleep(0.1)
    stopping = await asyncio.create_subprocess_exec("/usr/lib/wine/wineserver64", "-k", "-w")
    try:
        await asyncio.wait_for(stopping.wait(), 20)
    except asyncio.TimeoutError:
        pass
    _libc.reboot(_RB_AUTOBOOT if word == "r" else _RB_POWER_OFF)


def _due(asked):
    try:
        word, seconds = asked.read_text().split()
        return word if time.time() >= asked.stat().st_mtime + int(seconds) else None
    except (OSError, ValueError):
        return None


async def main():
    # So that the lab finds it as it finds every host's server.
    _libc.prctl(_PR_SET_NAME, b"sshd", 0, 0, 0)
    EXCHANGE.mkdir(exist_ok=True)
    logging.basicConfig(level=logging.WARNING)
    await asyncssh.create_server(
        Server, "0.0.0.0", 22, server_host_keys=["/lab/ssh_host_ed25519_key"], process_factory=answer,
        sftp_factory=Files, encoding=None, server_version="OpenSSH_for_Windows_9.5", allow_scp=False,
        login_timeout=120, kbdint_auth=False, line_editor=False, reuse_address=True, keepalive_interval=0)
    await restart_when_asked()
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(main())
    sys.exit(1)
