"""What may a test tell the appliance, or ask of it? Lines of JSON over a socket in its folder."""

import json
import secrets
import socketserver
from datetime import datetime, timedelta

from site_state import AHEAD, now, written


def add(site, kind, **fields):
    """Something new: an account, a group, a client, a session."""
    if kind == "account":
        return {"id": site.account(**fields).id}
    if kind == "client":
        return site.client(**fields)
    if kind == "session":
        begun = now() - timedelta(seconds=fields.pop("age", 60))
        session = {"lsid": secrets.token_hex(16), "start_time": begun, "end_time": None, **fields}
        site.sessions[session["lsid"]] = session
        return {"lsid": session["lsid"]}
    plural = {"group": "groups", "policy": "policies", "session_policy": "session_policies", "jumpoint": "jumpoints",
              "user": "users"}
    return site.add(plural[kind], **fields)


def change(site, kind, id, **fields):
    """Other values for something that is there."""
    site.change(kind, id, **fields)


def fill(site, clients):
    """So many clients, h1 and so on."""
    for number in range(1, clients + 1):
        site.client(hostname=f"h{number}")


def remove(site, kind, id):
    """Takes something away."""
    del getattr(site, kind)[id]


def show(site, kind):
    """All there is of a kind."""
    return list(getattr(site, kind).values())


def fault(site, **how):
    """The next request below `path` (after `after` others, `times` times) is answered with `answer`, later, or cut;
    `end_session` ends a session meanwhile, `change` changes and `remove` removes something before it is answered, and
    `lose` takes these headers out of the answer, and `chunked` sends it by pieces without saying how long it is."""
    site.faults.append(how)


def settle(site, **values):
    """Other settings of the site: token_lifetime, per_second, per_hour, key_shape, report_namespace, ceiling, returns, is_cloud, deaf
    (clients that connect get no record), more (fields that everything has besides), names_hold_keys (those of files), tags_files, calls
    (fields of clients that connect, whatever they say)."""
    for name, value in values.items():
        assert hasattr(site, name), name
        setattr(site, name, value)


def revoke(site):
    """Makes every token invalid."""
    for account in site.accounts.values():
        account.tokens.clear()


def clock(site, seconds):
    """Sets the site's clock so far ahead of this machine's."""
    AHEAD["seconds"] = seconds


def upgrade(site, version, **build):
    """Another version, or another `build` of the same, in the middle of whatever goes on."""
    site.upgrade_to(version, **build)


DOES = {function.__name__: function for function in (add, change, fill, remove, show, fault, settle, revoke, clock, upgrade)}


def plain(thing):
    """How a thing that JSON does not know is written."""
    return written(thing) if isinstance(thing, datetime) else str(thing)


class Control(socketserver.ThreadingUnixStreamServer):
    """The socket."""

    daemon_threads = True

    def __init__(self, site):
        class Lines(socketserver.StreamRequestHandler):
            def handle(self):
                for line in self.rfile:
                    self.wfile.write(json.dumps(carry_out(site, line), default=plain).encode() + b"\n")

        super().__init__(str(site.folder / "control"), Lines)


def carry_out(site, line):
    """What comes of one line."""
    try:
        order = json.loads(line)
        with site.lock:
            return {"done": DOES[order.pop("do")](site, **order)}
    except Exception as error:  # noqa: BLE001 whatever it is, the test has to hear of it
        return {"error": f"{type(error).__name__}: {error}"}
