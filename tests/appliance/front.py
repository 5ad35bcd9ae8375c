"""How does a request reach the appliance, and what goes wrong on the way when it is told to?"""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import command
import configuration
import oauth
import reporting
from answer import Answer, missing
from site_state import now


class Request:
    """What was asked."""

    def __init__(self, method, target, headers, body):
        self.method, self.body, self.headers = method, body, headers
        parts = urlsplit(target)
        self.path, self.query = parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))
        self.limits = {}

    def header(self, name):
        return self.headers.get(name, "")


def answer(site, request):
    """What the site says to a request."""
    try:
        if request.path == "/oauth2/token":
            oauth.token(site, request)
        account = oauth.admitted(site, request)
        for base, room in ((configuration.BASE + "/", configuration.answer), (command.BASE + "/", command.answer_v2),
                           ("/api/command", command.answer_v1), (reporting.BASE_V2, reporting.answer_v2),
                           ("/api/reporting", reporting.answer_v1)):
            if request.path == base or base.endswith("/") and request.path.startswith(base):
                room(site, account, request)
        raise missing()
    except Answer as said:
        said.headers.update(request.limits)
        return said


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "stand-in", ""

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, self.headers, body)
        site = self.server.site
        with site.lock:
            fault = self._fault(site, request.path)
            if "change" in fault:
                site.change(**fault["change"])
            body = fault.get("body", {"message": "Server Error"})
            if "remove" in fault:
                getattr(site, fault["remove"]["kind"]).pop(fault["remove"]["id"], None)
            said = fault.get("answer") and Answer(fault["answer"], body.encode() if isinstance(body, str) else body,
                                                  fault.get("headers"))
            said = said or answer(site, request)
            if "end_session" in fault:
                command.end(site, fault["end_session"])
        said.headers = {name: value for name, value in said.headers.items() if name not in fault.get("lose", ())}
        self.server.note(request, said, fault)
        time.sleep(fault.get("slow", 0))
        self._say(said, fault)

    do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_PUT = _serve

    @staticmethod
    def _fault(site, path):
        """The first fault that is meant for this path, which is used up by it."""
        for fault in site.faults:
            if path.startswith(fault.get("path", "/")) and fault.get("after", 0) <= 0:
                fault["times"] = fault.get("times", 1) - 1
                site.faults = [kept for kept in site.faults if kept.get("times", 1) > 0]
                return fault
            if path.startswith(fault.get("path", "/")):
                fault["after"] -= 1
        return {}

    def _say(self, said, fault):
        cut = fault.get("cut")
        if cut == 0:
            # What was asked was done, and nobody hears of it.
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, str(value))
        if said.status != 204:
            self.send_header("Content-Type", said.content_type)
        body = said.body
        if fault.get("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            pieces = [body[begin:begin + 65536] for begin in range(0, len(body), 65536)]
            body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
        elif "Content-Length" not in fault.get("lose", ()):
            self.send_header("Content-Length", str(len(body)))
        else:
            self.close_connection = True
        if self.headers.get("Connection", "").lower() == "close":
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True

    def date_time_string(self, timestamp=None):
        # The site's own clock.
        return super().date_time_string(timestamp or now().timestamp())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    """The appliance's door."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address, site, context):
        super().__init__(address, Handler)
        self.site, self.context = site, context
        self.notes = (site.folder / "requests.jsonl").open("a", buffering=1)
        self.noting = threading.Lock()

    def process_request_thread(self, connection, address):
        # The handshake is done where it holds nobody up.
        try:
            connection.settimeout(60)
            connection = self.context.wrap_socket(connection, server_side=True)
        except (OSError, ValueError):
            connection.close()
            return
        super().process_request_thread(connection, address)

    def handle_error(self, *_):
        if not isinstance(__import__("sys").exc_info()[1], (ConnectionError, ssl.SSLError, TimeoutError)):
            super().handle_error(*_)

    def note(self, request, said, fault):
        """Writes down what was asked and answered, without secrets of the one who asked."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers["authorization"] = headers.get("authorization", "").split(" ")[0]
        text = said.body.decode(errors="replace") if len(said.body) < 1_000_000 and b"\0" not in said.body else None
        line = {"at": time.time(), "method": request.method, "path": request.path, "query": request.query,
                "headers": headers, "body": "" if request.path == "/oauth2/token" else request.body.decode(errors="replace"),
                "status": said.status, "answer": None if request.path == "/oauth2/token" else text,
                "answer_headers": {name: str(value) for name, value in said.headers.items()},
                "content_type": said.content_type, "fault": bool(fault), "version": self.site.version}
        with self.noting:
            self.notes.write(json.dumps(line) + "\n")
