# SPDX-License-Identifier: Apache-2.0
"""doctor: clocks, names, remotes, credentials and certificates, with real servers."""
from __future__ import annotations

import http.server
import shutil
import socket
import threading
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from gateway import git
from servers import free_port, openssl


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers each request with 404 and a date that is `behind` seconds behind."""
    behind = 0

    def do_GET(self):
        self.send_response_only(404)
        self.send_header("Date", formatdate(time.time() - self.behind, usegmt=True))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_GET

    def log_message(self, *arguments):
        pass


@pytest.fixture
def dated():
    """Makes a web server with a clock that is so many seconds behind; returns its URL."""
    made = []

    def make(behind: int) -> str:
        handler = type("Handler", (Answering,), {"behind": behind})
        made.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=made[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{made[-1].server_port}/"

    yield make
    for server in made:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("behind, words", [(7200, "ahead of"), (-7200, "behind")])
def test_a_clock_that_differs_from_a_remote_s(machine, gateway, dated, behind, words):
    url = dated(behind)
    gateway.connector("meter", url=lambda path: url + "meter.git")
    found = {one["check"]: one for one in machine.findings()}
    assert set(found) == {"clock", "remote"}, found
    assert words in found["clock"]["what"] and "h " in found["clock"]["what"] and url in found["clock"]["what"]


def test_a_clock_that_was_never_set_without_a_server_to_compare_with(machine, gateway):
    gateway.connector("meter")
    (machine.folder / "run/systemd/timesync").mkdir()
    assert "timesyncd" in machine.only("clock")["what"]
    (machine.folder / "run/systemd/timesync/synchronized").touch()
    assert machine.findings() == []


def test_an_unknown_host_name_is_one_finding_for_all_its_connectors(machine, gateway):
    for name in ("one", "two"):
        gateway.connector(name, url=lambda path: f"https://git.invalid{path}")
    found = {one["check"]: one for one in machine.findings()}
    assert found["dns"]["subject"] == "git.invalid (one and two)", found
    assert "/etc/resolv.conf names no name server" in found["dns"]["hint"]


def test_a_local_name_needs_an_entry_in_etc_hosts(machine, gateway):
    gateway.connector("meter", url=lambda path: f"http://nas.local{path}")
    found = machine.only("dns")
    assert found["subject"] == "meter" and "/etc/hosts" in found["hint"], found


def test_a_remote_that_does_not_answer(machine, gateway):
    gateway.connector("meter", url=lambda path: f"http://127.0.0.1:{free_port()}{path}")
    assert "127.0.0.1" in machine.only("remote")["what"]


def test_a_silent_remote_does_not_block_doctor(machine, gateway):
    gateway.configure("network", low_speed_time="1s")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gateway.connector("meter", url=lambda path: f"http://127.0.0.1:{silent.getsockname()[1]}{path}")
        assert machine.only("remote", timeout=30)["subject"] == "meter"


def test_an_untrusted_certificate(machine, gateway, web):
    gateway.connector("meter", url=web.https)
    found = machine.only("tls")
    assert "certificate" in found["what"] and "ca-file" in found["hint"], found


def test_credentials_that_are_missing_or_refused(machine, gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    gateway.connector("none", url=web.private)
    gateway.connector("wrong", url=lambda path: web.private(path, "gateway:wr0ng"))
    run = machine.doctor()
    assert [one["check"] for one in run.document["findings"]] == ["credentials", "credentials"], run
    assert "wr0ng" not in run.out + run.err


def test_a_repository_and_a_branch_that_are_gone(machine, gateway, web):
    meter = gateway.connector("meter", url=web.http)
    meter.remote.push({"x": "1\n"}, branch="other")
    git("-C", meter.remote.bare, "symbolic-ref", "HEAD", "refs/heads/other")
    git("-C", meter.remote.bare, "branch", "-D", "main")
    assert "refs/heads/main" in machine.only("branch")["what"]
    shutil.rmtree(meter.remote.bare)
    assert machine.only("remote")["subject"] == "meter"


def test_an_unknown_host_key_and_a_refused_deploy_key(machine, gateway, sshd):
    gateway.connector("meter", url=sshd.url)
    assert "known_hosts" in machine.only("host-key", env={"GIT_SSH_COMMAND": sshd.command(known="known-none")})["hint"]
    assert machine.only("credentials", env={"GIT_SSH_COMMAND": sshd.command(key="stranger")})["subject"] == "meter"


def expired_certificate(folder: Path) -> str:
    key, request, made = folder / "old.key", folder / "old.csr", folder / "old.pem"
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request,
            "-subj", "/CN=old")
    openssl("x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", made)
    return made.read_text()


def test_a_ca_bundle_that_is_missing_empty_damaged_or_expired(machine, gateway):
    gateway.connector("meter")
    bundle = gateway.folder / "ca.pem"
    gateway.configure("network", ca_file=str(bundle))
    assert "ca.pem" in machine.only("ca-bundle")["what"]
    bundle.write_text("nothing\n")
    assert "no certificate" in machine.only("ca-bundle")["what"]
    old = expired_certificate(gateway.folder)
    bundle.write_text(old.replace("M", "N"))
    assert "can be parsed" in machine.only("ca-bundle")["what"]
    bundle.write_text(old)
    assert "all of its 1 certificates are expired" in machine.only("ca-bundle")["what"]
