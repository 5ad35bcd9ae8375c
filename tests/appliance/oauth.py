"""Who asks, may they, and how often? Tokens, permissions and the limits of requests."""

import base64
import time
from urllib.parse import parse_qs

from answer import Answer, refused


def token(site, request):
    """A token for whoever knows an account's secret."""
    def wrong(status, code):
        return Answer(status, {"error": code, "message": code.replace("_", " ")})

    if request.method != "POST":
        raise Answer(405, {"message": "Method Not Allowed"})
    if request.header("content-type").split(";")[0] != "application/x-www-form-urlencoded":
        raise wrong(400, "invalid_request")
    if parse_qs(request.body.decode()).get("grant_type") != ["client_credentials"]:
        raise wrong(400, "unsupported_grant_type")
    kind, _, words = request.header("authorization").partition(" ")
    try:
        client_id, _, secret = base64.b64decode(words, validate=True).decode().partition(":")
    except ValueError:
        raise wrong(401, "invalid_client") from None
    account = site.accounts.get(client_id)
    if kind != "Basic" or not account or account.secret != secret:
        raise wrong(401, "invalid_client")
    raise Answer(200, {"access_token": account.mint(site.token_lifetime), "token_type": "Bearer",
                       "expires_in": int(site.token_lifetime)})


def admitted(site, request):
    """The account behind a request, which has not asked too often."""
    kind, _, word = request.header("authorization").partition(" ")
    account = site.of_token(word) if kind == "Bearer" else None
    if not account:
        raise refused()
    moment = time.monotonic()
    account.asked = [at for at in account.asked if at > moment - 3600]
    left = site.per_hour - len(account.asked)
    in_second = sum(1 for at in account.asked if at > moment - 1)
    request.limits = {"X-RateLimit-Limit": site.per_hour, "X-RateLimit-Remaining": max(left - 1, 0)}
    if left <= 0:
        raise Answer(429, {"message": "Too Many Attempts."}, {"Retry-After": "60"})
    if in_second >= site.per_second:
        raise Answer(429, {"message": "Too Many Attempts."}, {"Retry-After": "1"})
    account.asked.append(moment)
    return account
