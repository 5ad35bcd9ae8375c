"""What may be asked of the Configuration API, and how must it be said? By its own specification."""

import json
import re
from pathlib import Path

WHOLE = json.loads((Path(__file__).parent / "specification.json").read_text())

# Which installers can be downloaded, by version of the API (1.9: 23.x to 24.1, 1.10: 25.2, 1.12: 26.x).
PLATFORMS = {
    "1.9": ["linux-64", "linux-64-headless", "raspberry-pi-32-headless", "mac-dmg", "mac-zip", "windows-64",
            "windows-64-msi", "windows-32", "windows-32-msi"],
    "1.10": ["linux-64", "raspberry-pi-32-headless", "mac-dmg", "mac-zip", "windows-64-msi", "windows-32-msi"],
    "1.12": ["linux-64", "raspberry-pi-32-headless", "mac-dmg", "mac-zip", "mac-pkg", "windows-64-msi",
             "windows-32-msi"],
}

# Taken of whoever makes an installer, though the specification's table lacks them: the vendor's own provider sends both.
ALSO_TAKEN = {
    "max_offline_minutes": {"type": "integer", "minimum": 0, "maximum": 2147483647},
    "allow_override_max_offline_minutes": {"type": "boolean"},
}


def document(version):
    """The specification as a site of this version hands it out."""
    text = json.dumps(WHOLE)
    whole = json.loads(text)
    whole["info"]["version"] = version
    download = whole["paths"]["/jump-client/installer/{installer_id}/{platform}"]["get"]
    download["parameters"][1]["schema"]["enum"] = PLATFORMS[version]
    create = whole["paths"]["/jump-client/installer"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    create["properties"].update(ALSO_TAKEN)
    if version == "1.9":
        del create["properties"]["jumpoint_proxy"]
        whole["components"]["schemas"]["JumpClientInstaller"]["properties"]["key_info"] = {"type": "string"}
    if version == "1.12":
        del whole["components"]["schemas"]["JumpGroup"]["properties"]["ecm_group_id"]
    return whole


class Specification:
    """One version's rules."""

    def __init__(self, version):
        self.version = version
        self.whole = document(version)
        self.routes = [(self._pattern(path), path, methods) for path, methods in self.whole["paths"].items()]

    @staticmethod
    def _pattern(path):
        return re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.escape(path).replace(r"\{", "{")
                                       .replace(r"\}", "}")) + "$")

    def find(self, path):
        """The route of a path, what stands in its gaps, and its methods; the most literal route wins."""
        found = [(len(pattern.groupindex), template, match.groupdict(), methods)
                 for pattern, template, methods in self.routes if (match := pattern.match(path))]
        return min(found, key=lambda route: route[0])[1:] if found else None

    def resolved(self, schema):
        """A schema itself, where another one is meant."""
        while "$ref" in schema:
            where = self.whole
            for step in schema["$ref"].split("/")[1:]:
                where = where[step]
            schema = where
        return schema

    def parameters(self, operation, place):
        """The parameters that may stand in the path or in the query."""
        known = [self.resolved(parameter) for parameter in operation.get("parameters", [])]
        return {parameter["name"]: parameter["schema"] for parameter in known if parameter["in"] == place}

    def body(self, operation):
        """The schema of the body, if there is one."""
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        return self.resolved(content["schema"]) if content else None

    def unknown(self, names, allowed):
        """The names that nobody knows."""
        return sorted(set(names) - set(allowed))

    def faults(self, values, properties, required=()):
        """What is wrong with values, field by field; values of a query are texts."""
        faults = {name: ["The field is required."] for name in required if values.get(name) in (None, "")}
        for name, value in values.items():
            said = self._fault(value, self.resolved(properties[name]))
            if said and name not in faults:
                faults[name] = [said]
        return faults

    def _fault(self, value, schema):
        if value is None:
            return None if schema.get("nullable") else "The field must not be null."
        kind = schema.get("type", "object")
        fits = {"integer": lambda: isinstance(value, int) and not isinstance(value, bool),
                "boolean": lambda: isinstance(value, bool), "string": lambda: isinstance(value, str)}
        if kind in fits and not fits[kind]():
            return f"The field must be of type {kind}."
        if "enum" in schema and value not in schema["enum"]:
            return "The selected value is invalid."
        if kind == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            return "The value is out of range."
        if kind == "string":
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
                return "The length is out of range."
            # The pattern stands in the specification with one backslash too many.
            if value and "pattern" in schema and not re.match(schema["pattern"].replace("\\\\", "\\"), value):
                return "The format is invalid."
        return None

    def typed(self, texts, properties):
        """The values of a query by their types; a text that is no number stays one, and is found out."""
        def one(name, text):
            schema = self.resolved(properties[name])
            return int(text) if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text) else text
        return {name: one(name, text) for name, text in texts.items()}
