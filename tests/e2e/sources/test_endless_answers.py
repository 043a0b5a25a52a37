# SPDX-License-Identifier: Apache-2.0
"""A server's answer may have no end, and few bytes may become many. The others are updated within 300 MB."""
from __future__ import annotations

import contextlib
import http.server
import socketserver
import subprocess
import sys
import threading

import pytest

from completed import Has
from gateway import git
from memory import memory_limit
from tools import tool

COMMIT = "1234567890123456789012345678901234567890"


def packet(text: str) -> bytes:
    return f"{len(text) + 4:04x}{text}".encode()


def many_refs(prefix: str) -> bytes:
    """A megabyte of refs; sent again and again, the names are not unique, which nobody looks at while they arrive."""
    return b"".join(packet(f"{COMMIT} {prefix}/{number:06}\n") for number in range(14_000))


NEW_COMMIT = packet(f"{COMMIT} refs/heads/main\n") + b"0000"
FIRST_REF = packet(f"{COMMIT} HEAD\0multi_ack side-band-64k ofs-delta agent=git/2\n")


class EndlessGit(http.server.BaseHTTPRequestHandler):
    """`refs`: the answer to ls-refs has no end either; otherwise it names a new commit, so that a fetch begins."""
    protocol_version = "HTTP/1.0"
    refs = ""

    def log_message(self, *_):
        pass

    def endless(self, kind: str, head: bytes, prefix: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"application/x-git-upload-pack-{kind}")
        self.end_headers()
        piece = many_refs(prefix)
        with contextlib.suppress(OSError):
            self.wfile.write(head)
            while True:
                self.wfile.write(piece)

    def do_GET(self):
        self.endless("advertisement", packet("# service=git-upload-pack\n") + b"0000" + FIRST_REF, "refs/heads/other")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.refs:
            self.endless("result", b"", self.refs)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/x-git-upload-pack-result")
        self.end_headers()
        self.wfile.write(NEW_COMMIT)


class EndlessDaemon(socketserver.BaseRequestHandler):
    """git://"""

    def handle(self):
        self.request.recv(4096)
        with contextlib.suppress(OSError):
            self.request.sendall(FIRST_REF)
            while True:
                self.request.sendall(many_refs("refs/heads/other"))


@contextlib.contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    server.daemon_threads = True
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def pair(gateway):
    """A connector whose remote is set to an attacker's, and one that has something to update."""
    meter, other = gateway.connector("meter"), gateway.connector("other")
    new = other.push({"new": "1\n"})
    gateway.configure("network", max_bytes_per_run="0")

    def run_within_limits():
        with memory_limit(300) as wrapper:
            run = gateway.run("now", "--json", wrapper=wrapper, timeout=60)
        run.must("other", outcome="updated")
        assert other.head == new
        return run

    return meter, run_within_limits


@pytest.mark.parametrize("refs", ["", "refs/heads/main", "refs/unwanted"])
def test_a_list_of_refs_over_http_has_an_end(pair, refs):
    meter, run_within_limits = pair
    handler = type("Handler", (EndlessGit,), {"refs": refs})
    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        meter.git("remote", "set-url", "origin", f"http://127.0.0.1:{port}/meter.git")
        run = run_within_limits()
    run.must("meter", outcome="failed", reason=Has("list of refs has"))


def test_a_list_of_refs_over_git_has_an_end(pair):
    meter, run_within_limits = pair
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), EndlessDaemon)) as port:
        meter.git("remote", "set-url", "origin", f"git://127.0.0.1:{port}/meter.git")
        run = run_within_limits()
    run.must("meter", outcome="failed", reason=Has("the server's list of refs has more than"))


@pytest.mark.parametrize("answer", ["", "NEW_COMMIT"])
def test_a_list_of_refs_over_ssh_has_an_end(gateway, pair, answer):
    """Of the poll, and after a poll that says that there is a new commit."""
    meter, run_within_limits = pair
    program = gateway.folder / "ssh"
    program.write_text(f"""#!{sys.executable}
import os, sys
def packet(text): return f"{{len(text) + 4:04x}}{{text}}".encode()
out = sys.stdout.buffer
if "{answer}" and os.environ.get("GIT_PROTOCOL"):
    out.write(packet("version 2\\n") + packet("ls-refs\\n") + b"0000" + {NEW_COMMIT!r})
    out.flush()
    sys.stdin.buffer.read()
    sys.exit()
out.write({FIRST_REF!r})
piece = b"".join(packet(f"{COMMIT} refs/heads/other/{{number:06}}\\n") for number in range(14_000))
while True:
    out.write(piece)
""")
    program.chmod(0o755)
    meter.git("config", "core.sshCommand", program)
    meter.git("config", "ssh.variant", "ssh")
    meter.git("remote", "set-url", "origin", "ssh://localhost/meter.git")
    run = run_within_limits()
    run.must("meter", outcome="failed", reason=Has("list of refs has more than"))


def zeros(meter) -> None:
    """Two versions of a file of 250 MB in the history, 300 kB on the wire, and none in the tip."""
    for end in (b"a", b"b"):
        meter.push({"long": bytes(250_000_000) + end}, f"Version {end.decode()}")
    meter.push({"long": None, "new": "1\n"}, "Gone")
    meter.remote.git("gc", "-q", "--prune=now")
    git("-C", meter.remote.bare, "gc", "-q", "--prune=now")
    assert sum(file.stat().st_size for file in meter.remote.bare.glob("objects/pack/*.pack")) < 1 << 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["http", "ssh", "path"])
def test_a_long_object_of_a_history_is_refused_before_it_is_in_memory(gateway, pair, web, sshd, kind):
    meter, run_within_limits = pair
    zeros(meter)
    urls = {"http": web.http, "ssh": sshd.url, "path": str}
    if kind == "ssh":
        meter.git("config", "core.sshCommand", sshd.command())
    meter.git("remote", "set-url", "origin", urls[kind](meter.remote.bare))
    run = run_within_limits()
    run.must("meter", outcome="failed", reason=Has(" of 250000001 bytes, and at most 134217728 are taken"),
             hint=Has("network.max-object-size"))
    assert not list(meter.path.glob(".git/objects/pack/pack_*")), "parts of the pack are left"
    gateway.configure("network", max_object_size="1GiB")
    gateway.now("meter").must("meter", outcome="updated")


@pytest.mark.slow
def test_a_long_object_that_is_there_already_is_not_read(gateway, pair):
    """The owner fetched it with git; the agent would have it in memory to write it."""
    meter, run_within_limits = pair
    meter.push({"long": bytes(250_000_000)})
    meter.git("fetch", "-q")
    run = run_within_limits()
    run.must("meter", outcome="failed", reason=Has("long", "of 250000000 bytes, and at most 134217728 are taken"))


def test_a_loose_object_with_a_hole_is_not_read(gateway, pair):
    meter, run_within_limits = pair
    head = meter.head
    loose = meter.path / ".git/objects" / head[:2] / head[2:]
    if not loose.exists():
        packs = [pack.rename(gateway.folder / pack.name) for pack in meter.path.glob(".git/objects/pack/*")]
        with open(next(pack for pack in packs if pack.suffix == ".pack"), "rb") as pack:
            subprocess.run([tool("git"), "-C", meter.path, "unpack-objects", "-q"], stdin=pack, check=True)
    loose.chmod(0o644)
    with open(loose, "r+b") as file:
        file.truncate(6 << 30)
    run = run_within_limits()
    run.must("meter", outcome="failed", reason=Has(f"objects/{head[:2]}/{head[2:]} is an object of {6 << 30} bytes"))
