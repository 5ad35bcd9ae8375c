"""What do the Reporting APIs tell? Access sessions in XML, and duplicates in JSON on the newest sites."""

import json
from xml.sax.saxutils import escape, quoteattr

from answer import Answer, forbidden, missing
from site_state import now

BASE_V2 = "/api/reporting/v2/duplicate-jump-clients"
NAMESPACES = {"documented": "https://www.beyondtrust.com/namespaces/API/reporting",
              "seen": "http://www.beyondtrust.com/sra/namespaces/API/reporting", "none": ""}


def answer_v1(site, account, request):
    """Always raises what is answered."""
    permitted = account.permissions.get("perm_reporting_support") or account.permissions.get("perm_reporting_session")
    if not permitted:
        raise _xml(site, "<error>You do not have permission to run this report.</error>")
    asked = request.query
    if asked.get("generate_report") != "AccessSession":
        raise _xml(site, "<error>Unknown report.</error>")
    if "start_time" not in asked or "duration" not in asked:
        raise _xml(site, "<error>Required parameter missing.</error>")
    begin, duration = int(asked["start_time"]), int(asked["duration"])
    until = begin + duration if duration else now().timestamp()
    found = [session for session in site.sessions.values() if begin <= session["start_time"].timestamp() <= until]
    raise _xml(site, "".join(_session(session) for session in found))


def _time(name, moment):
    if not moment:
        return f"<{name}/>"
    return f'<{name} timestamp="{int(moment.timestamp())}">{moment.isoformat()}</{name}>'


def _session(session):
    host, user = escape(session["hostname"]), escape(session["username"])
    return (f'<session lsid={quoteattr(session["lsid"])}><session_type>support</session_type><lseq>1</lseq>'
            f'{_time("start_time", session["start_time"])}{_time("end_time", session["end_time"])}'
            f'<jump_group type="shared" id="1">Servers</jump_group><primary_customer gsnumber="1">{host}</primary_customer>'
            f'<primary_rep gsnumber="2" id="1">{user}</primary_rep><customer_list><customer gsnumber="1">'
            f'<username>{host}</username><public_ip>192.0.2.1</public_ip><private_ip>192.0.2.1</private_ip>'
            f'<hostname>{host}</hostname><os>Linux</os></customer></customer_list><rep_list>'
            f'<representative gsnumber="2" id="1"><username>{user}</username><display_name>{user}</display_name>'
            f'<public_ip>192.0.2.9:5000</public_ip><private_ip>192.0.2.9</private_ip><hostname>console</hostname>'
            f'<os>Windows</os><session_owner>1</session_owner><seconds_involved>60</seconds_involved>'
            f'<invited>0</invited></representative></rep_list></session>')


def _xml(site, inside):
    space = NAMESPACES[site.report_namespace]
    attribute = f" xmlns={quoteattr(space)}" if space else ""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<session_list{attribute}>{inside}</session_list>'
    return Answer(200, text.encode(), content_type="text/xml")


def duplicates(site):
    """Clients that share what identifies their machine, in groups."""
    groups = {}
    for client in site.clients.values():
        if client.get("system_identifier"):
            groups.setdefault(client["system_identifier"], []).append(client)
    return {identifier: clients for identifier, clients in groups.items() if len(clients) > 1}


def answer_v2(site, account, request):
    """Always raises what is answered."""
    if site.version != "1.12":
        raise missing()
    if not account.permissions.get("perm_reporting_duplicate_jump_client"):
        raise forbidden()
    if request.method == "GET" and request.path == BASE_V2:
        unknown = set(request.query) - {"id", "name", "jump_group", "comments", "tag", "system_identifier", "status",
                                        "limit", "offset"}
        if unknown:
            raise Answer(400, {"message": "Unknown parameter"})
        limit, offset = int(request.query.get("limit", 500)), int(request.query.get("offset", 0))
        items = [_item(site, client) for clients in duplicates(site).values() for client in clients]
        page = items[offset:offset + limit]
        raise Answer(200, {"data": {"items": page, "count": len(page), "offset": offset, "limit": limit,
                                    "total": len(items)}})
    if request.method == "DELETE" and request.path == BASE_V2:
        _delete(site, json.loads(request.body or b"{}"))
    raise missing()


def _item(site, client):
    online = not client["last_disconnect_timestamp"]
    return {"id": client["id"], "name": client["name"], "jump_group": site.groups[client["jump_group_id"]]["name"],
            "install_time": client["installed"], "comments": client["comments"], "tag": client["tag"],
            "status": "online" if online else "offline", "system_identifier": client["system_identifier"],
            **site.more}


def _delete(site, asked):
    if set(asked) - {"ids", "system_identifiers", "allow_delete_all"} or ("ids" in asked) == ("system_identifiers" in asked):
        raise Answer(422, {"message": "The given data was invalid.",
                           "errors": {"ids": ["Either ids or system_identifiers must be given."]}})
    doomed = set(asked.get("ids", []))
    for identifier, clients in duplicates(site).items():
        ids = {client["id"] for client in clients}
        if identifier in asked.get("system_identifiers", []):
            survivor = max(clients, key=lambda client: (client["last_connect_timestamp"], client["installed"]))
            doomed |= ids - {survivor["id"]}
        elif ids <= doomed and not asked.get("allow_delete_all"):
            raise Answer(422, {"message": "The given data was invalid.",
                               "errors": {"ids": ["At least one Jump Client of a group must stay."]}})
    for number in doomed:
        site.clients.pop(number, None)
    raise Answer(204)
