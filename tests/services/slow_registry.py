# SPDX-License-Identifier: Apache-2.0
"""A registry in front of the tree's own, whose line ends when the test says so. It notes each request and what it sent."""
from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ADDRESS = ("127.0.0.1", 5001)
NAME = "%s:%s" % ADDRESS
BEHIND = ("127.0.0.1", 5000)


@dataclass
class Asked:
    path: str
    first: int  # the first byte that was asked for
    sent: int   # bytes of the body


class SlowRegistry:
    """Its images are those of the tree's registry under another name."""

    def __init__(self, tree, folder: Path):
        self.folder, self.tree = folder, tree
        self._left, self._log = folder / "left", folder / "log"
        self._log.write_text("")
        tree.write("/etc/containers/registries.conf.d/slow.conf", f'[[registry]]\nlocation = "{NAME}"\ninsecure = true\n')
        self.start()

    def start(self) -> None:
        """Also after another boot of the tree. Only its network is the tree's, which has no python3."""
        self._process = subprocess.Popen(["nsenter", f"--target={self.tree.leader}", "--net", "--", sys.executable, __file__, self.folder],
                                         stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def end_after(self, size: int | None) -> None:
        """After `size` more bytes of layers nothing is sent any more; None: without an end."""
        for file in (self._left, self.folder / "stalled"):
            file.unlink(missing_ok=True)
        if size is not None:
            self._left.write_text(str(size))

    def stall(self) -> None:
        """From now on a line that ended is open, and silent."""
        (self.folder / "stalled").touch()

    def asked(self, part: str = "/blobs/") -> list[Asked]:
        rows = [Asked(**json.loads(line)) for line in self._log.read_text().splitlines()]
        return [row for row in rows if part in row.path]

    def forget(self) -> None:
        self._log.write_text("")


def serve(folder: Path) -> None:
    left, log, stalled = folder / "left", folder / "log", folder / "stalled"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.pass_on()

        def do_GET(self) -> None:
            self.pass_on()

        def pass_on(self) -> None:
            there = http.client.HTTPConnection(*BEHIND)
            there.putrequest(self.command, self.path, skip_accept_encoding=True)
            for key, value in self.headers.items():
                if key.lower() != "host":
                    there.putheader(key, value)
            there.endheaders()
            answer = there.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                self.send_header(key, value.replace("%s:%s" % BEHIND, NAME))
            self.end_headers()
            sent = body
            if "/blobs/" in self.path and left.exists():
                sent = body[:int(left.read_text())]
                left.write_text(str(int(left.read_text()) - len(sent)))
            first = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
            with open(log, "a") as out:
                out.write(json.dumps({"path": self.path, "first": first, "sent": len(sent)}) + "\n")
            self.wfile.write(sent)
            self.close_connection = len(sent) < len(body)
            while self.close_connection and stalled.exists():
                time.sleep(0.1)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(ADDRESS, Handler)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
