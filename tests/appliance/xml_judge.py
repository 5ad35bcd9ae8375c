"""Are answers in XML as the vendor documents them? Judged by xmllint, against schemas written after its documents."""

import re
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree

ROOM = Path(__file__).resolve().parent

# The APIs in XML, by their paths: the schema, and the namespace that the vendor documents.
SCHEMAS = {"/api/command": ("command.xsd", "https://www.beyondtrust.com/namespaces/API/command"),
           "/api/reporting": ("reporting.xsd", "https://www.beyondtrust.com/namespaces/API/reporting")}

# Sites are known to declare none for reports, or another one than is documented.
ALSO_SEEN = {"/api/reporting": ("", "http://www.beyondtrust.com/sra/namespaces/API/reporting")}


class Judge:
    """Collects answers, and judges them all at once."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.answers = {path: {} for path in SCHEMAS}
        self.wrong = []

    def take(self, where, note):
        """An answer of one of these APIs; whether it is one."""
        path, text = note["path"], note["answer"]
        if path not in SCHEMAS or note["content_type"] != "text/xml":
            return False
        known = self.answers[path]
        known.setdefault(text, where)
        return True

    def verdict(self):
        """What is wrong, a line each."""
        for path, answers in self.answers.items():
            files = {}
            for number, (text, where) in enumerate(answers.items()):
                file = Path(self.folder.name) / f"{path.replace('/', '_')}-{number}.xml"
                try:
                    file.write_bytes(documented(path, text))
                except (ElementTree.ParseError, ValueError) as error:
                    self.wrong.append(f"{where}: {error}")
                    continue
                files[str(file)] = where
            self.wrong += judged(ROOM / SCHEMAS[path][0], files)
        return self.wrong


def documented(path, text):
    """The answer in the namespace that is documented, where sites are known to declare another one."""
    root = ElementTree.fromstring(text)
    space = root.tag[1:].split("}")[0] if root.tag.startswith("{") else ""
    wanted = SCHEMAS[path][1]
    if space != wanted and space not in ALSO_SEEN.get(path, ()):
        raise ValueError(f"its namespace is `{space}`")
    for element in root.iter():
        element.tag = f"{{{wanted}}}" + re.sub(r"^\{[^}]*\}", "", element.tag)
    return ElementTree.tostring(root, encoding="utf-8")


def judged(schema, files, most=500):
    """What xmllint says of these files against a schema."""
    names, wrong = list(files), []
    for begin in range(0, len(names), most):
        some = names[begin:begin + most]
        done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", str(schema), *some],
                              capture_output=True, text=True, timeout=120)
        said = [line for line in done.stderr.splitlines() if not line.endswith(" validates")]
        if done.returncode and not said:
            said = [f"xmllint ended with {done.returncode}"]
        for line in said:
            file = next((name for name in some if line.startswith(name)), None)
            wrong.append(f"{files[file]}: {line[len(file):]}" if file else line)
    return wrong
