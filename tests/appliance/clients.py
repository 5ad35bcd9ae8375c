"""How do clients come to the appliance? Those of the lab's hosts really connect; the vendor's protocol is not known.

A line from an installer that starts, `begin KEY HOST`, is answered with `go` or `no`. A client says `hello` with what it
is, by names and values with tabs between, and stays; the record says when it came and went. `bye ID` uninstalls it."""

import hashlib
import socketserver

from site_state import now, written


def installer_of(site, fingerprint):
    """The installer that has this key."""
    return next((made for made in site.installers.values()
                 if hashlib.sha256(made["key"].encode()).hexdigest() == fingerprint), None)


def begin(site, fingerprint, host):
    """An installer was started: when, and whether it still may."""
    made = installer_of(site, fingerprint)
    takes = bool(made and made["valid"] and made["expires"] > now())
    site.add("begins", at=now().timestamp(), host=host, takes=takes)
    return takes


def hello(site, said, address):
    """The record of a client that connects; none where it was deleted."""
    made = installer_of(site, said["key_sha256"])
    known = site.identities.get(said["id"])
    if known:
        record = site.clients.get(known)
    elif not made:
        return None
    else:
        told = {"hostname": said["hostname"], "fqdn": said["fqdn"], "private_ip": address, "public_ip": address}
        record = site.client(**told, **given(site, made, said))
        record.update(site.calls)
        site.identities[said["id"]] = record["id"]
    if record:
        record["last_connect_timestamp"] = written(now())
    return record


def given(site, made, said):
    """What the installer and the overrides give the client."""
    found = {"jump_group_id": made["jump_group_id"], "tag": said.get("jc_tag", made["tag"]),
             "comments": said.get("jc_comments", made["comments"]), "name": said.get("jc_name") or said["hostname"],
             "operating_system": said.get("operating_system", "Linux")}
    group = said.get("jc_jump_group", "")
    if group.startswith("user:"):
        found["jump_group_type"] = "personal"
    elif group:
        code = group.removeprefix("jumpgroup:")
        found["jump_group_id"] = next(one["id"] for one in site.groups.values() if one["code_name"] == code)
    return found


class Line(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self):
        try:
            word, *rest = self.rfile.readline().decode().rstrip("\n").split("\t")
            getattr(self, f"_{word}")(*rest)
        except (ConnectionError, AttributeError, ValueError, StopIteration, KeyError):
            pass

    def _begin(self, fingerprint, host):
        with self.server.site.lock:
            takes = begin(self.server.site, fingerprint, host)
        self.wfile.write(b"go\n" if takes else b"no\n")

    def _hello(self, *words):
        site = self.server.site
        said = dict(word.split("=", 1) for word in words)
        with site.lock:
            record = None if site.deaf else hello(site, said, self.client_address[0])
        if record:
            self.rfile.read()
            with site.lock:
                record["last_disconnect_timestamp"] = written(now())

    def _bye(self, identity):
        site = self.server.site
        with site.lock:
            record = site.clients.get(site.identities.get(identity))
            if record:
                record["connection_type"] = "uninstalled"


class Clients(socketserver.ThreadingTCPServer):
    """Where clients connect."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address, site):
        self.site = site
        super().__init__(address, Line)
