# SPDX-License-Identifier: Apache-2.0
"""An HTTP server that records every request, with its headers and the client's certificate."""
from __future__ import annotations

import base64
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable


class Asked(str):
    """The path of a request, with its method and headers."""

    method = "GET"
    headers: dict[str, str]


Answer = tuple[int, dict[str, str], bytes]


class Recorder:
    """`answer` gets an Asked, and returns status, headers and body. A header's value may have several lines: one header each."""

    def __init__(self, answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None):
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.certificates: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.path)
                asked.method, asked.headers = self.command, dict(self.headers)
                outer.requests.append((self.path, asked.headers))
                if tls:
                    outer.certificates.append(str((self.connection.getpeercert() or {}).get("subject", "")))
                status, headers, body = answer(asked)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    for line in value.split("\n"):
                        self.send_header(name, line)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_CONNECT = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.scheme = "https" if tls else "http"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str = "", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}/{path}"

    @property
    def heard(self) -> str:
        return "\n".join(f"{path} {headers}" for path, headers in self.requests)

    def values(self, header: str) -> set[str]:
        return {headers[header] for _, headers in self.requests if header in headers}

    def logins(self) -> set[str]:
        words = self.values("Authorization")
        return {base64.b64decode(word.split()[1]).decode() for word in words if word.startswith("Basic ")}

    def forget(self) -> None:
        self.requests.clear()
        self.certificates.clear()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
