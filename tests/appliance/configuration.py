"""What does the Configuration API do? `/api/config/v1`, by its own specification."""

import hashlib
import json
import math
import secrets

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import urlencode

from answer import Answer, forbidden, invalid, missing, refused
from installer_files import file_name, file_of
from site_state import now, written
from specification import PLATFORMS
from yaml_text import in_yaml

BASE = "/api/config/v1"

# What the internal name of a platform is inside `key_info`, as far as it is known.
INTERNAL = {"windows-64-msi": "winNT-64-msi", "linux-64": "linux64-x86", "mac-dmg": "mac-osx-x86"}

LISTS = {"/jump-client": "clients", "/jump-client/installer": "installers", "/jump-group": "groups",
         "/jump-policy": "policies", "/session-policy": "session_policies", "/jumpoint": "jumpoints",
         "/api-account": "accounts", "/user": "users"}


def answer(site, account, request):
    """Always raises what is answered."""
    if not account.permissions["perm_configuration"]:
        raise forbidden()
    if request.path == BASE + "/openapi.yaml" and request.method in ("GET", "HEAD"):
        raise Answer(200, in_yaml(site.specification.whole).encode(), content_type="application/yaml")
    found = site.specification.find(request.path[len(BASE):])
    if not found:
        raise missing()
    template, gaps, methods = found
    method = "get" if request.method == "HEAD" else request.method.lower()
    if method == "options":
        raise Answer(200, headers={"Allow": ",".join(sorted(name.upper() for name in methods if name != "parameters"))})
    if method not in methods:
        raise Answer(405, {"message": "Method Not Allowed"})
    operation = methods[method]
    if method in ("get", "delete") and "application/json" not in request.header("accept") \
            and "{platform}" not in template:
        raise Answer(406, {"message": "Not Acceptable"})
    values = _read(site, request, operation, gaps)
    HANDLERS[template, method](site, request, template, gaps, values)
    raise missing()


def _read(site, request, operation, gaps):
    """The values of the query or of the body, which the specification knows and takes."""
    specification = site.specification
    for name, schema in specification.parameters(operation, "path").items():
        kind = specification.resolved(schema)
        if kind.get("type") == "integer" and not gaps[name].isdigit():
            raise missing()
    queried = specification.parameters(operation, "query")
    if specification.unknown(request.query, queried):
        raise refused()
    values = specification.typed(request.query, queried)
    faults = specification.faults(values, queried)
    schema = specification.body(operation)
    if schema:
        if request.header("content-type").split(";")[0] != "application/json":
            raise Answer(415, {"message": "Unsupported Media Type"})
        try:
            values = json.loads(request.body)
        except ValueError:
            raise Answer(400, {"message": "Malformed JSON"}) from None
        if not isinstance(values, dict) or specification.unknown(values, schema["properties"]):
            raise refused()
        values = {name: value for name, value in values.items()
                  if not specification.resolved(schema["properties"][name]).get("readOnly")}
        faults = specification.faults(values, schema["properties"], schema.get("required", ()))
    if faults:
        raise invalid(faults)
    return values


def _paged(site, request, things, values, shown):
    """One page, and the way to the others."""
    size, page = values.get("per_page", 100), values.get("current_page", 1)
    filters = {name: value for name, value in values.items() if name not in ("per_page", "current_page")}

    def fits(thing):
        return all(str(thing.get(name, "")).lower() == str(value).lower() for name, value in filters.items())

    found = [thing for thing in things if fits(thing)]
    last = max(1, math.ceil(len(found) / size))

    def link(number, relation):
        query = urlencode({**filters, "per_page": size, "current_page": number})
        return f'<https://{request.header("host")}{request.path}?{query}>; rel="{relation}"'

    links = [link(1, "first")]
    if page > 1:
        links.append(link(page - 1, "previous"))
    if page < last:
        links.append(link(page + 1, "next"))
    links.append(link(last, "last"))
    headers = {"Link": ", ".join(links), "X-BT-Pagination-Current-Page": page, "X-BT-Pagination-Per-Page": size,
               "X-BT-Pagination-Last-Page": last, "X-BT-Pagination-Total": len(found)}
    raise Answer(200, [shown(thing) for thing in found[(page - 1) * size:page * size]], headers)


def _shown(site, kind):
    """A thing without what is nobody's business."""
    name = {"clients": "JumpClient", "installers": "JumpClientInstaller", "groups": "JumpGroup",
            "policies": "JumpPolicy", "session_policies": "SessionPolicy", "jumpoints": "Jumpoint",
            "accounts": "ApiAccount", "users": "User"}[kind]
    known = set(site.specification.whole["components"]["schemas"][name]["properties"])
    if kind == "installers":
        known.discard("key_info")
    return lambda thing: {**{field: value for field, value in thing.items() if field in known}, **site.more}


def _things(site, kind):
    if kind == "accounts":
        return [{"id": account.id, "name": account.client_id, "client_id": account.client_id, "enabled": True,
                 **account.permissions} for account in site.accounts.values()]
    things = getattr(site, kind).values()
    if kind == "clients":
        # The list is of what shared groups own: a client of somebody's personal list is not in it.
        things = [client for client in things if client["jump_group_type"] == "shared"]
    return list(things)


def _list(site, request, template, gaps, values):
    kind = LISTS[template]
    _paged(site, request, _things(site, kind), values, _shown(site, kind))


def _one(site, template, gaps):
    kind = LISTS[template.removesuffix("/{id}")]
    found = next((thing for thing in _things(site, kind) if thing["id"] == int(gaps["id"])), None)
    if not found:
        raise missing()
    return kind, found


def _get(site, request, template, gaps, values):
    kind, found = _one(site, template, gaps)
    raise Answer(200, _shown(site, kind)(found))


def _delete(site, request, template, gaps, values):
    kind, found = _one(site, template, gaps)
    del getattr(site, kind)[found["id"]]
    raise Answer(204)


def _patch_client(site, request, template, gaps, values):
    _, found = _one(site, template, gaps)
    _known(site, values)
    found.update(values)
    raise Answer(200, _shown(site, "clients")(found))


def _known(site, values):
    """Every number that is given means something."""
    faults = {}
    owners = "users" if values.get("jump_group_type") == "personal" else "groups"
    for field, kind in (("jump_group_id", owners), ("jump_policy_id", "policies"),
                        ("session_policy_id", "session_policies")):
        if values.get(field) is not None and values[field] not in getattr(site, kind):
            faults[field] = ["The selected value is invalid."]
    if values.get("connection_type") == "passive" and site.is_cloud:
        faults["connection_type"] = ["Cloud deployments only allow active installers."]
    proxy = values.get("jumpoint_proxy")
    if proxy and not any(point["name"] == proxy and point["connected"] and point["jzp_enabled"]
                         for point in site.jumpoints.values()):
        faults["jumpoint_proxy"] = ["The Jumpoint must be online and have Jump Zone Proxy enabled."]
    if faults:
        raise invalid(faults)


def _create_installer(site, request, template, gaps, values):
    _known(site, values)
    minutes = values.pop("valid_duration", 1440)
    key = secrets.token_hex(23)
    given = {"jump_group_type": "shared", "tag": "", "comments": "", "connection_type": "active",
             "max_offline_minutes": 0, **values}
    if not given.get("name"):
        # Blank is taken, and means the computer's; the answer's schema has no blank name.
        given.pop("name", None)
    given["elevate_install"] = given["elevate_prompt"] = False
    for name in ("comments", "jump_group", "jump_policy", "name", "session_policy", "tag", "max_offline_minutes"):
        given.setdefault(f"allow_override_{name}", False)
    made = site.add("installers", **given, installer_id=secrets.token_hex(16), expires=site.expiry(minutes), key=key,
                    expiration_timestamp="", valid=True, platforms=PLATFORMS[site.version])
    made["expiration_timestamp"] = written(made["expires"])
    shown = _shown(site, "installers")(made)
    raise Answer(201, {**shown, "key_info": key_info(site, made)})


def key_info(site, installer):
    """The key, in the shape that such a site writes it in."""
    def one(platform, internal):
        return {"encodedInfo": installer["key"], "filename": file_name(site, installer, platform),
                "installerPath": f"/download_client_connector?jc={installer['installer_id']}&p={internal}"}

    if site.key_shape == "text":
        return installer["key"]
    if site.key_shape == "object":
        return one("windows-64-msi", INTERNAL["windows-64-msi"])
    return {internal: one(platform, internal) for platform, internal in INTERNAL.items()}


def _download(site, request, template, gaps, values):
    installer = next((made for made in site.installers.values() if made["installer_id"] == gaps["installer_id"]), None)
    if not installer or gaps["platform"] not in PLATFORMS[site.version]:
        raise missing()
    if not installer["valid"] or installer["expires"] < now():
        raise missing()
    body = file_of(site, installer, gaps["platform"])
    name = file_name(site, installer, gaps["platform"])
    # As strong as can be: another file has another tag.
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known_by, same = ("ETag", tag) if site.tags_files else ("Last-Modified", format_datetime(_made_at(body), usegmt=True))
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Accept-Ranges": "bytes", known_by: same}
    asked = request.header("range") if request.header("if-range") in ("", same) else ""
    if asked.startswith("bytes=") and asked.endswith("-") and asked[6:-1].isdigit():
        begin = int(asked[6:-1])
        if begin >= len(body):
            raise Answer(416, headers={"Content-Range": f"bytes */{len(body)}"})
        headers["Content-Range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        raise Answer(206, body[begin:], headers, "application/x-executable")
    raise Answer(200, body, headers, "application/x-executable")


def _made_at(body):
    """A time long ago, another one for another file."""
    return datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=int(hashlib.sha256(body).hexdigest()[:7], 16) % 10**8)


def _nodes(site, request, template, gaps, values):
    raise Answer(200, [])


HANDLERS = {
    **{(template, "get"): _list for template in LISTS},
    ("/jump-client/{id}", "get"): _get, ("/jump-client/{id}", "patch"): _patch_client,
    ("/jump-client/{id}", "delete"): _delete, ("/jump-client/installer", "post"): _create_installer,
    ("/jump-client/installer/{id}", "get"): _get, ("/jump-client/installer/{id}", "delete"): _delete,
    ("/jump-client/installer/{installer_id}/{platform}", "get"): _download,
    ("/jump-group/{id}", "get"): _get, ("/jumpoint/{id}", "get"): _get, ("/jumpoint/{id}/node", "get"): _nodes,
    ("/api-account/{id}", "get"): _get,
}
