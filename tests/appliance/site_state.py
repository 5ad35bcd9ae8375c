"""What does the appliance know? Accounts, groups, policies, installers, clients, sessions."""

import secrets
import threading
import time
from datetime import datetime, timedelta, timezone

from specification import Specification

PERMISSIONS = {
    "perm_command": "full_access", "perm_configuration": True, "perm_configuration_vault_account": False,
    "perm_backup": False, "perm_ecm": False, "perm_reporting_jump_item": True, "perm_reporting_license": False,
    "perm_reporting_support": True, "perm_reporting_syslog": False, "perm_reporting_vault": False, "perm_scim": False,
    "perm_vault_backup": False,
}

# The newest products, by version of the API.
RELEASES = {"1.9": "24.1.2", "1.10": "25.2.1", "1.12": "26.1.1"}


# How far the site's clock is ahead of this machine's.
AHEAD = {"seconds": 0}


def now():
    return datetime.now(timezone.utc) + timedelta(**AHEAD)


def written(moment):
    """A time as the API writes it: always with `+00:00`; never connected or disconnected is an empty text."""
    return moment.isoformat(timespec="milliseconds") if moment else ""


class Account:
    """An API account, its tokens and what it asked for."""

    HOLDS = 30

    def __init__(self, number, client_id, secret, permissions):
        self.id, self.client_id, self.secret = number, client_id, secret
        self.permissions = {**PERMISSIONS, **permissions}
        self.tokens = {}
        self.asked = []

    def mint(self, lifetime):
        """A new token; the oldest is invalid when there would be too many."""
        while len(self.tokens) >= self.HOLDS:
            del self.tokens[next(iter(self.tokens))]
        token = secrets.token_urlsafe(32)
        self.tokens[token] = time.monotonic() + lifetime
        return token

    def holds(self, token):
        return self.tokens.get(token, 0) > time.monotonic()


class Site:
    """One appliance, as it is now; whoever changes it holds `lock`."""

    def __init__(self, name, version, folder):
        self.lock = threading.RLock()
        self.name, self.folder = name, folder
        self.upgrade_to(version)
        self.accounts, self.numbers = {}, {}
        self.groups, self.policies, self.session_policies, self.users = {}, {}, {}, {}
        self.is_cloud = False
        # What a newer site tells of everything, and nobody knows yet.
        self.more = {}
        self.names_hold_keys = True
        # What all computers whose clients connect call themselves, whatever they say.
        self.calls = {}
        # Whether files are known again by a tag, or by the time of their last change.
        self.tags_files = True
        self.jumpoints, self.installers, self.clients, self.sessions = {}, {}, {}, {}
        self.consoles = {}
        self.begins, self.identities, self.deaf = {}, {}, False
        self.token_lifetime = 3600
        self.per_second, self.per_hour = 20, 15000
        self.ceiling = 1000
        self.faults = []
        # How often a user comes back whose session was ended.
        self.returns = 0
        self.report_namespace = "documented"
        # Real sites write it by platform, whatever their documents say.
        self.key_shape = "text" if version == "1.9" else "platforms"

    def upgrade_to(self, version, build="12345"):
        """Another version; whoever upgrades makes all earlier installers invalid."""
        self.version, self.release, self.build = version, RELEASES[version], build
        self.specification = Specification(version)
        for installer in getattr(self, "installers", {}).values():
            installer["valid"] = False

    def number(self, kind):
        """The next number of a kind of things."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]

    def add(self, kind, **fields):
        """Something new with a number of its own."""
        number = fields.pop("id", None) or self.number(kind)
        self.numbers[kind] = max(number, self.numbers.get(kind, 0))
        thing = {"id": number, **fields}
        getattr(self, kind)[number] = thing
        return thing

    def change(self, kind, id, **fields):
        """Other values for something that is there."""
        getattr(self, kind)[id].update(fields)

    def account(self, client_id, secret, **permissions):
        account = Account(len(self.accounts) + 1, client_id, secret, permissions)
        self.accounts[client_id] = account
        return account

    def of_token(self, token):
        return next((account for account in self.accounts.values() if account.holds(token)), None)

    def client(self, **fields):
        """A Jump Client as it is recorded once it has connected."""
        moment = now()
        made = {
            "jump_group_id": 1, "jump_group_type": "shared", "name": fields.get("hostname", ""), "hostname": "host",
            "fqdn": fields.get("hostname", "host"), "tag": "", "comments": "", "jump_policy_id": None,
            "session_policy_id": None, "install_mode": "service", "connection_type": "active",
            "last_connect_timestamp": written(moment), "last_disconnect_timestamp": "", "is_lost": False,
            "needs_update": False, "unavailable_reason": "none", "operating_system": "Linux", "public_ip": "192.0.2.1",
            "private_ip": "192.0.2.1", "console_user": "", "expiration_timestamp": "", "max_offline_minutes": 0,
            "last_access_timestamp": "", "endpoint_agreement_policy": "no_prompt",
        }
        return self.add("clients", **{**made, **fields})

    def expiry(self, minutes):
        return now() + timedelta(minutes=minutes)
