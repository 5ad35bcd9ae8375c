"""What may be asked of the JSON APIs of the newest sites, and what do they answer? Command API 2.0 and Reporting API 2.0,
as far as jumpfleet asks them, in the words of OpenAPI and after what the vendor documents of them."""

NUMBER = {"type": "integer", "minimum": 1, "maximum": 2147483647}
TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
COUNT = {"type": "integer", "minimum": 0}
HEX = {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}
MOMENT = {"type": "string", "format": "date-time"}


def words(*known):
    return {"type": "string", "enum": list(known)}


def thing(properties, optional=()):
    """An object that has all of these but for some."""
    return {"type": "object", "properties": properties,
            "required": [name for name in properties if name not in optional]}


def listed(schema):
    return {"type": "array", "items": schema}


def answers(schema=None, status="200"):
    """An answer of success, and what goes wrong."""
    def of(schema):
        return {"description": "an answer", "content": {"application/json": {"schema": schema}}}

    message = thing({"message": TEXT})
    faults = thing({"message": TEXT, "errors": {"type": "object", "additionalProperties": listed(TEXT)}})
    return {status: of(schema) if schema else {"description": "nothing more"}, "404": of(message), "422": of(faults)}


def asked(name, schema, place="query"):
    return {"name": name, "in": place, "schema": schema, "required": place == "path"}


CLIENT = {"id": NUMBER, "hostname": TEXT, "platform": TEXT, "timezone_offset": TEXT}
CONSOLE = thing({**CLIENT, "type": words("access_console"), "user_id": NUMBER, "user_type": words("normal", "invited"),
                 "username": TEXT, "display_name": TEXT, "session_count": COUNT, "session_lsids": listed(HEX)})
ASSET = thing({**CLIENT, "type": words("asset_client"), "non_interactive": words("shell", "rdp"), "lsid": HEX},
              optional=["non_interactive"])
GATEWAY = thing({**CLIENT, "type": words("gateway")})
KINDS = words("access_console", "asset_client", "gateway")

PERMISSIONS = ("perm_backup", "perm_configuration", "perm_configuration_vault_account", "perm_ecm", "perm_reporting_asset",
               "perm_reporting_duplicate_jump_client", "perm_reporting_license", "perm_reporting_session",
               "perm_reporting_syslog", "perm_reporting_vault", "perm_scim", "perm_vault_backup")
INFO = thing({
    "permissions": {**thing({"perm_command": words("full_access", "read_only", "deny"),
                             **dict.fromkeys(PERMISSIONS, FLAG)}), "additionalProperties": False},
    "current_time": MOMENT, "command_api_version": TEXT, "config_api_version": TEXT, "reporting_api_version": TEXT,
    "backup_api_version": TEXT, "product": words("rs", "pra")})
HEALTH = thing({
    "version": TEXT, "build": TEXT, "appliance_hostname": TEXT, "appliance_id": HEX,
    "cluster_role": words("single", "primary", "traffic"), "failover_role": words("none", "primary", "backup"),
    "enabled_shared_ips": {**listed(TEXT), "nullable": True}, "last_data_sync": {**MOMENT, "nullable": True},
    "last_data_sync_status": {**TEXT, "nullable": True}})

DUPLICATE = thing({"id": NUMBER, "name": TEXT, "jump_group": TEXT, "install_time": TEXT, "comments": TEXT, "tag": TEXT,
                   "status": words("online", "offline"), "system_identifier": TEXT})
DUPLICATES = thing({"data": thing({"items": listed(DUPLICATE), "count": COUNT, "offset": COUNT,
                                   "limit": {"type": "integer", "minimum": 1, "maximum": 5000}, "total": COUNT})})

COMMAND = {
    "openapi": "3.0.0", "info": {"title": "What jumpfleet asks of the Command API of PRA 26", "version": "2.0.0"},
    "paths": {
        "/info": {"get": {"responses": answers(INFO)}},
        "/health": {"get": {"responses": answers(HEALTH)}},
        "/client": {"get": {"parameters": [asked("type", KINDS)],
                            "responses": answers(listed({"oneOf": [CONSOLE, ASSET, GATEWAY]}))}},
        "/session/{lsid}": {"delete": {"parameters": [asked("lsid", HEX, "path")],
                                       "responses": answers(status="204")}},
    },
}

REPORTING = {
    "openapi": "3.0.0", "info": {"title": "What jumpfleet asks of the Reporting API of PRA 26", "version": "2.0.0"},
    "paths": {
        "/duplicate-jump-clients": {"get": {
            "parameters": [asked("limit", {"type": "integer", "minimum": 1, "maximum": 5000}), asked("offset", COUNT)],
            "responses": answers(DUPLICATES)}},
    },
}
