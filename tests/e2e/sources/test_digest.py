# SPDX-License-Identifier: Apache-2.0
"""Servers and proxies that take a password only by HTTP Digest (RFC 7616)."""
from __future__ import annotations

import pytest

from archives import zipped
from completed import Has
from digest import challenge, is_right_digest
from recorder import Recorder


@pytest.fixture
def servers():
    made = []

    def make(answer) -> Recorder:
        made.append(Recorder(answer))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("place", ["url", "netrc"])
def test_an_archive_behind_digest_is_deployed(gateway, servers, place, algorithm):
    content = zipped({"main.py": "1\n"})

    def answer(asked):
        if is_right_digest(asked, "gate", "s3cret"):
            return 200, {"ETag": '"1"'}, content
        return 401, {"WWW-Authenticate": challenge(algorithm)}, b""

    server = servers(answer)
    login = "gate:s3cret@" if place == "url" else ""
    (gateway.home / ".netrc").write_text("machine 127.0.0.1 login gate password s3cret\n")
    link = gateway.declare("meter", source=server.url("app.zip").replace("://", f"://{login}"))
    gateway.now().must("meter", code=0, outcome="updated")
    assert (link / "main.py").read_text() == "1\n"


def test_wrong_credentials_are_refused_once(gateway, servers):
    server = servers(lambda _: (401, {"WWW-Authenticate": challenge("MD5")}, b"no"))
    gateway.connector("meter", url=lambda path: server.url(path.name).replace("://", "://gate:wr0ng@"))
    run = gateway.now("-v")
    run.must("meter", outcome="failed", reason=Has("401"), hint=Has("refused"))
    assert "wr0ng" not in run.out + run.err + gateway.log.read_text() and not server.logins()


@pytest.mark.parametrize("schemes", ["Digest", "Basic and Digest"])
@pytest.mark.parametrize("as_archive", [False, True], ids=["git", "archive"])
def test_a_proxy_with_digest_gets_no_password(gateway, servers, schemes, as_archive):
    def answer(asked):
        if is_right_digest(asked, "gate", "s3cret", "Proxy-Authorization"):
            return 404, {}, b"not here"
        offered = challenge("MD5") if schemes == "Digest" else 'Basic realm="gup"\n' + challenge("MD5")
        return 407, {"Proxy-Authenticate": offered}, b"x" * 100_000

    proxy = servers(answer)
    (gateway.home / ".gitconfig").write_text(f"[http]\n\tproxy = {proxy.url().replace('://', '://gate:s3cret@')}\n")
    if as_archive:
        gateway.declare("meter", source="http://example.org/app.zip")
    else:
        gateway.connector("meter", url=lambda path: "http://example.org/meter.git")
    gateway.now().must("meter", outcome="failed", reason=Has("404"))
    assert not any(value.startswith("Basic") for value in proxy.values("Proxy-Authorization")), proxy.heard


def test_a_proxy_that_refuses_says_so(gateway, servers):
    proxy = servers(lambda _: (407, {"Proxy-Authenticate": challenge("MD5")}, b"x" * 200_000))
    (gateway.home / ".gitconfig").write_text(f"[http]\n\tproxy = {proxy.url().replace('://', '://gate:wr0ng@')}\n")
    gateway.connector("meter", url=lambda path: "http://example.org/meter.git")
    gateway.now().must("meter", outcome="failed", reason=Has("407"), hint=Has("http.proxy"))
