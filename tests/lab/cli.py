"""What can be asked of the lab on the command line, and how does it answer?"""

import argparse
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import fleet  # noqa: E402
import hosts  # noqa: E402
import kinds  # noqa: E402
import loopback  # noqa: E402
import network  # noqa: E402
from folder import Refusal  # noqa: E402
from lab import Lab  # noqa: E402

HELP = """\
A fleet of real hosts on this machine: each with its own address, files, process list and sshd.

  up N [--light]    raise N hosts: systemd as PID 1, or sshd only with --light; for other kinds see below
  prepare KIND...   build what hosts of these kinds stand on, if it is not there; `up` does it by itself
  down              take the fleet away, whatever state it is in
  list              name, address, kind and state of each host
  run COMMAND...    run COMMAND where the hosts can be reached
  exec HOST CMD...  run CMD as root inside HOST
  reboot HOST       reboot HOST and wait until it answers again
  freeze|thaw HOST  stop, or continue, every sshd process of HOST
  cut|mend HOST     pull, or plug, the network cable of HOST
  root HOST         where the files of HOST can be seen and written from outside
  starts            every start of a stand-in installer in the fleet, first to last

The inventory, the known_hosts file and the key lie in /var/lib/jumpfleet-lab/NAME, or in
$JUMPFLEET_LAB_DIR/NAME. Several labs may be up under different names. Accounts: admin (sudo without
a password), operator (password operator-Pass1, sudo with it), plain (no sudo), root; all by key.

`up` takes further kinds of hosts into the same lab, also with N = 0:

"""


def main():
    asked = _parse()
    # Told to end, `up` takes back what it has begun, as it does for Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return _do(asked, Lab(asked.name))
    except Refusal as refusal:
        say(refusal)
        return refusal.code
    except BrokenPipeError:
        os._exit(1)
    except KeyboardInterrupt:
        return 130


def say(text):
    print(f"lab: {text}", file=sys.stderr, flush=True)


def _further():
    lines = [(f"--{kind.name} K", f"K more hosts, {kind.prefix}001 and so on: {kind.about}") for kind in kinds.FURTHER]
    return "".join(f"  {option:<18}{text}\n" for option, text in lines)


def _parse():
    parser = argparse.ArgumentParser(prog="scripts/lab", description=HELP + _further(), usage="scripts/lab [--name NAME] COMMAND",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="lab", help="which lab (default: lab)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS)
    up = commands.add_parser("up")
    up.add_argument("count", type=int, metavar="N")
    up.add_argument("--light", action="store_true")
    for kind in kinds.FURTHER:
        up.add_argument(f"--{kind.name}", type=int, default=0, metavar="K")
    commands.add_parser("prepare").add_argument("kinds", nargs="+", choices=kinds.ALL, metavar="KIND")
    for word in ("down", "list", "starts"):
        commands.add_parser(word)
    for word in ("reboot", "freeze", "thaw", "cut", "mend", "root", "exec"):
        commands.add_parser(word).add_argument("host", metavar="HOST")
    commands.add_parser("run")
    # What follows `run` and `exec HOST` belongs to the command, options included.
    words = sys.argv[1:]
    start = next((at for at, word in enumerate(words) if word in ("run", "exec")), len(words))
    if start < len(words):
        start += 1 if words[start] == "run" else 2
    asked = parser.parse_args(words[:start])
    asked.rest = words[start:]
    if asked.command in ("run", "exec") and not asked.rest:
        parser.error(f"{asked.command} needs a command")
    return asked


def _do(asked, lab):
    if os.geteuid() != 0 or lab.is_loopback():
        return loopback.do(asked, lab, say)
    if asked.command == "up":
        fleet.up(lab, _counts(asked), say)
        fleet.show_paths(lab)
    elif asked.command == "prepare":
        fleet.prepare(lab, [kinds.ALL[name] for name in asked.kinds], say)
    elif asked.command == "down":
        fleet.down(lab)
    elif asked.command == "list":
        for host in lab.hosts():
            print(host.name, host.address, host.kind.name, hosts.state(host))
    elif asked.command == "starts":
        print("".join(line + "\n" for line in hosts.starts(lab.hosts())), end="")
    elif asked.command == "run":
        network.enter(lab)
        hosts.become(asked.rest)
    else:
        _do_to_host(asked, lab.host(asked.host))
    return 0


def _counts(asked):
    counts = {kinds.LIGHT if asked.light else kinds.SYSTEMD: asked.count}
    counts.update((kind, getattr(asked, kind.name)) for kind in kinds.FURTHER)
    if min(counts.values()) < 0:
        raise Refusal("there are no fewer than 0 hosts of a kind")
    return {kind: count for kind, count in counts.items() if count}


def _do_to_host(asked, host):
    if asked.command == "exec":
        hosts.execute(host, asked.rest)
    elif asked.command == "reboot":
        hosts.reboot(host, say)
    elif asked.command == "root":
        print(host.root())
    else:
        getattr(hosts, asked.command)(host)


if __name__ == "__main__":
    sys.exit(main())
