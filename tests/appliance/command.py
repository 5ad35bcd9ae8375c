"""What do the Command APIs do? v2 in JSON where the site has it, v1 in XML everywhere."""

import re
import secrets
from urllib.parse import parse_qs
from xml.sax.saxutils import escape, quoteattr

from answer import Answer, forbidden, missing
from site_state import now, written

BASE = "/api/command/v2"
NAMESPACE = "https://www.beyondtrust.com/namespaces/API/command"


def _permitted(account, change):
    allowed = ("full_access",) if change else ("read_only", "full_access")
    if account.permissions["perm_command"] not in allowed:
        raise forbidden()


def answer_v2(site, account, request):
    """Always raises what is answered."""
    if site.version != "1.12":
        raise missing()
    path, method = request.path[len(BASE):], "GET" if request.method == "HEAD" else request.method
    session = re.fullmatch(r"/session/([^/]+)", path)
    if path in ("/info", "/client", "/health") and method == "GET":
        _permitted(account, False)
        if set(request.query) - ({"type"} if path == "/client" else set()):
            raise Answer(400, {"message": "Unknown parameter"})
        raise {"/info": _info, "/client": _clients, "/health": _health}[path](site, account, request)
    if session and method == "DELETE":
        _permitted(account, True)
        if not re.fullmatch(r"[0-9a-fA-F]{32}", session[1]):
            raise Answer(422, {"message": "The given data was invalid.", "errors": {"lsid": ["The format is invalid."]}})
        if not end(site, session[1]):
            raise missing()
        raise Answer(204)
    raise missing()


def end(site, lsid):
    """Ends a session that is open, and tells whether there was one."""
    session = site.sessions.get(lsid)
    if not session or session["end_time"]:
        return False
    session["end_time"] = now()
    if site.returns > 0:
        # The user comes back at once.
        site.returns -= 1
        again = {**session, "lsid": secrets.token_hex(16), "start_time": now(), "end_time": None}
        site.sessions[again["lsid"]] = again
    return True


def _info(site, account, request):
    # Sessions and assets are called otherwise than in the Configuration API, and more is told.
    old = ("perm_reporting_jump_item", "perm_reporting_support")
    permissions = {"perm_reporting_asset": False, "perm_reporting_session": account.permissions["perm_reporting_support"],
                   "perm_reporting_duplicate_jump_client": False,
                   **{name: value for name, value in account.permissions.items() if name not in old}}
    return Answer(200, {"permissions": permissions, "current_time": written(now()),
                        "command_api_version": "2.0", "config_api_version": site.version,
                        "reporting_api_version": "2.0", "backup_api_version": "1.0", "product": "pra", **site.more})


def _health(site, account, request):
    return Answer(200, {"version": site.release, "build": site.build, "appliance_hostname": site.name, "appliance_id": "0" * 32,
                        "cluster_role": "single", "failover_role": "none", "enabled_shared_ips": None,
                        "last_data_sync": None, "last_data_sync_status": None, **site.more})


def _open(site):
    return [session for session in site.sessions.values() if not session["end_time"]]


def _clients(site, account, request):
    wanted = request.query.get("type")
    if wanted not in (None, "access_console", "asset_client", "gateway"):
        raise Answer(422, {"message": "The given data was invalid.", "errors": {"type": ["The value is invalid."]}})
    consoles = {}
    for session in _open(site):
        consoles.setdefault(session["username"], []).append(session["lsid"])
    found = [{"id": int(session["lsid"][:7], 16) + 1, "type": "asset_client", "hostname": session["hostname"],
              "platform": "Linux", "timezone_offset": "0", "lsid": session["lsid"]} for session in _open(site)]
    found += [{"id": number, "type": "access_console", "hostname": "console", "platform": "Windows",
               "timezone_offset": "0", "user_id": number, "user_type": "normal", "username": name,
               "display_name": name.title(), "session_count": len(lsids), "session_lsids": lsids}
              for number, (name, lsids) in enumerate(sorted(consoles.items()), 1)]
    return Answer(200, [{**client, **site.more} for client in found if wanted in (None, client["type"])])


def answer_v1(site, account, request):
    """Always raises what is answered."""
    texts = dict(request.query)
    if request.method == "POST":
        if request.header("content-type").split(";")[0] != "application/x-www-form-urlencoded":
            raise _xml("<error>Unsupported content type.</error>", 400)
        texts.update({name: values[-1] for name, values in parse_qs(request.body.decode()).items()})
    action = texts.get("action")
    if action == "terminate_session":
        _permitted(account, True)
        lsid = texts.get("lsid", "")
        if end(site, lsid):
            raise _xml(f"<success xmlns={quoteattr(NAMESPACE)}>Successfully terminated</success>")
        raise _xml(f"<error xmlns={quoteattr(NAMESPACE)}>Session {escape(lsid)} was not found.</error>")
    _permitted(account, False)
    if action == "check_health":
        raise _xml(f'<check_health xmlns={quoteattr(NAMESPACE)}><appliance id="{"0" * 32}">{escape(site.name)}</appliance>'
                   f"<version>{site.release} ({site.build})</version><success>1</success>"
                   f"<failover_role>none</failover_role></check_health>")
    raise _xml(f"<error xmlns={quoteattr(NAMESPACE)}>Unknown action.</error>")


def _xml(text, status=200):
    return Answer(status, b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode(), content_type="text/xml")
