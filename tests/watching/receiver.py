"""Who takes what jumpfleet tells? A server that writes every request down and answers as its path says.

    receiver.py FOLDER [CERTIFICATE KEY]

It listens on a free port of 127.0.0.1, writes the port into FOLDER/port, and a line of JSON for each request into
FOLDER/requests. The first part of a path says how it answers.
"""

import base64
import json
import os
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])
LOCK = threading.Lock()
SEEN = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.take()

    def do_POST(self):
        self.take()

    def do_CONNECT(self):
        self.note(b"")
        self.answer(403)

    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.note(body)
        how = self.path.split("/")[1]
        if how == "hang":
            time.sleep(600)
        elif how == "drip":
            self.drip()
        elif how == "cut":
            self.wfile.write(b"HTTP/1.1 20")
            self.close_connection = True
        elif how == "rubbish":
            self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
            self.close_connection = True
        elif how == "fail":
            self.answer(500)
        elif how == "gone":
            self.answer(404)
        elif how == "redirect":
            self.answer(302, ("Location", "/ok/stolen"))
        elif how == "busy" and self.nth() == 1:
            self.answer(429, ("Retry-After", "1"))
        else:
            self.answer(200)

    def nth(self):
        with LOCK:
            SEEN[self.path] = SEEN.get(self.path, 0) + 1
            return SEEN[self.path]

    def drip(self):
        """A byte of a head that never ends, again and again."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while True:
                self.wfile.write(b"X: y\r\n")
                time.sleep(0.5)
        except OSError:
            self.close_connection = True

    def answer(self, status, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def note(self, body):
        line = {
            "at": time.time(),
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": base64.b64encode(body).decode(),
        }
        with LOCK, open(FOLDER / "requests", "a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that goes is no news."""


def main():
    server = Server(("127.0.0.1", 0), Handler)
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    (FOLDER / "requests").touch()
    (FOLDER / "port.part").write_text(str(server.server_port))
    os.rename(FOLDER / "port.part", FOLDER / "port")
    server.serve_forever()


main()
