# SPDX-License-Identifier: Apache-2.0
"""Servers that ask to be left alone (Retry-After), and helpers that do not answer."""
from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from completed import Has
from recorder import Recorder
from systemd import script


@pytest.fixture
def busy():
    """A server that is busy for its first `count` requests, and then knows nothing (404)."""
    made = []

    def make(after: str, count: int = 10_000, status: int = 429) -> Recorder:
        def answer(_):
            if len(made[-1].requests) > count:
                return 404, {}, b""
            return status, {"Retry-After": after}, b""
        made.append(Recorder(answer))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def timed(gateway):
    start = time.monotonic()
    run = gateway.now()
    return run, time.monotonic() - start


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("as_archive", [False, True], ids=["git", "archive"])
def test_a_server_is_asked_again_when_it_wants_to_be(gateway, busy, form, as_archive):
    server = busy("2" if form == "seconds" else formatdate(time.time() + 3, usegmt=True), count=1)
    gateway.configure("network", retries=3)
    if as_archive:
        gateway.declare("meter", source=server.url("app.zip"))
    else:
        gateway.connector("meter", url=lambda path: server.url(path.name))
    run, took = timed(gateway)
    run.must("meter", outcome="failed", reason=Has("404"))
    assert took >= 1, "it waited"


def test_a_server_that_stays_busy_is_waited_for_once_for_all_its_connectors(gateway, busy):
    server = busy("1", status=503)
    gateway.configure("network", retries=3)
    for number in range(5):
        gateway.connector(f"meter-{number}", url=lambda path: server.url(path.name))
    run, took = timed(gateway)
    assert set(run.outcomes().values()) == {"failed"} and took < 20, run
    assert len(server.requests) == 10, server.heard
    run.must("meter-0", reason=Has("answered 503", "no other request within 1 s"), hint=Has("next run"))


def test_a_wait_beyond_the_patience_is_never_slept(gateway, busy):
    server = busy("3600")
    gateway.configure("network", retries=3, patience="5s")
    gateway.connector("meter", url=lambda path: server.url(path.name))
    run, took = timed(gateway)
    run.must("meter", outcome="failed", reason=Has("within 3600 s"), hint=Has("network.patience"))
    assert len(server.requests) == 1 and took < 20, server.heard


def test_a_helper_that_hangs_is_named_with_its_time_and_holds_nobody_up(gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca), connect_timeout="1s", retries=0)
    asked = gateway.folder / "asked"
    script(gateway.folder / "helper", f"#!/bin/sh\necho $1 >>{asked}\nexec sleep 1000\n")
    (gateway.home / ".gitconfig").write_text(f"[credential]\n\thelper = {gateway.folder}/helper\n")
    names = [f"meter-{number}" for number in range(8)]
    for name in names:
        gateway.connector(name, url=web.private)
    gateway.configure("network", parallel=2)
    run, took = timed(gateway)
    for name in names:
        run.must(name, outcome="failed", reason=Has("401", "did not answer within 3 s"))
    assert took < 30, took
    assert set(asked.read_text().split()) == {"get"} and len(asked.read_text().split()) < len(names), asked.read_text()
