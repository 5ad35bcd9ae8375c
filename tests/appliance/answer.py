"""What does the appliance answer?"""

import json


class Answer(Exception):
    """A status, headers and a body; raised where nothing more is to be done."""

    def __init__(self, status, body=None, headers=None, content_type="application/json"):
        super().__init__(status)
        self.status, self.headers, self.content_type = status, dict(headers or {}), content_type
        if body is None:
            self.body = b""
        else:
            self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


def refused():
    """A token that is none, or words that nobody knows: the API does not tell which."""
    return Answer(401, {"error": "access_denied",
                        "message": "The resource owner or authorization server denied the request."})


def forbidden():
    return Answer(403, {"message": "You do not have permission to access this API."})


def missing():
    return Answer(404, {"message": "The resource was not found."})


def invalid(faults):
    return Answer(422, {"message": "The given data was invalid.", "errors": faults})
