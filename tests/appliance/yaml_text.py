"""How is a specification written in YAML, as the vendor's is? Blocks, plain words, quoted numbers and a long text."""

import json
import re

# Plain scalars that are nothing else than text.
PLAIN = re.compile(r"(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z/_][\w/{}. -]*[\w/}]", re.IGNORECASE)

PROSE = """\
>
    ## What this is for

    Requests: 20 in a second. The version of this text is 0.1; "info" and 'version' are words like others #1.

        Authorization: Basic <client_id:secret>"""


def in_yaml(document):
    """The whole text; what it is about says it in many words, as the vendor's does."""
    text = "\n".join(_lines(document, 0)) + "\n"
    head, title, rest = re.split(r"(^  title: .*\n)", text, maxsplit=1, flags=re.MULTILINE)
    return f"{head}{title}  description: {PROSE}\n{rest}"


def _lines(value, depth):
    pad = "  " * depth
    for key, inner in value.items() if isinstance(value, dict) else ((None, inner) for inner in value):
        begin = f"{pad}-" if key is None else f"{pad}{_scalar(key)}:"
        if not inner or not isinstance(inner, (dict, list)):
            yield f"{begin} {_scalar(inner)}"
        elif key is None:
            first, *rest = _lines(inner, depth + 1)
            yield from (f"{begin} {first.lstrip()}", *rest)
        else:
            yield begin
            yield from _lines(inner, depth + 1)


def _scalar(value):
    if not isinstance(value, str) or "\n" in value:
        return json.dumps(value)
    return value if PLAIN.fullmatch(value) else "'" + value.replace("'", "''") + "'"
