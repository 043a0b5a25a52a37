# SPDX-License-Identifier: Apache-2.0
"""The cost of a poll in connections, requests, processes, files and bytes, never in seconds."""
from __future__ import annotations

import random
import re
import threading

import pytest

from gateway import Connector, Gateway, finish, git, wait_for
from relay import Relay
from servers import Web
from tools import tool

COUNT = 20


class Gate(Relay):
    """Delays answers until it is opened: on connections where `holds(chunk)` was true for a request, from the byte `passing` on
    (a TLS handshake must pass)."""

    def __init__(self, target: int, holds=lambda chunk: True, passing: int = 0):
        self.holds, self.passing, self.opened = holds, passing, threading.Event()
        self.asking: set[int] = set()
        super().__init__(target)

    def _pump(self, source, sink, down):
        passed = 0
        try:
            while chunk := source.recv(65536):
                if not down and self.holds(chunk):
                    self.asking.add(id(source))
                if down and id(sink) in self.asking and passed >= self.passing:
                    self.opened.wait(60)
                passed += len(chunk)
                self.pass_on(chunk, sink, down)
        except OSError:
            pass

    def stop(self):
        self.opened.set()
        super().stop()


def behind(web: Web, relay: Relay):
    """Makes HTTPS URLs that go through a relay."""
    return lambda path: web.https(path).replace(f":{web.https_port}/", f":{relay.port}/")


@pytest.fixture
def many(base, web):
    """Makes gateways with COUNT connectors that are up to date, with their remotes (over HTTPS) behind a relay."""
    made = []

    def make(relay: Relay, url=None) -> Gateway:
        gateway = Gateway(base / f"many-{relay.port}")
        gateway.configure("network", ca_file=str(web.authority.ca))
        for number in range(COUNT):
            gateway.connector(f"meter-{number:02}", url=url or behind(web, relay))
        made.extend([gateway, relay])
        return gateway

    yield make
    for thing in made:
        thing.stop() if isinstance(thing, Relay) else thing.discard()


def asked(web: Web, gateway: Gateway) -> list[str]:
    return web.requests(gateway.folder.name)


def test_many_repositories_of_a_server_are_asked_over_one_connection_with_one_request_each(many, web):
    relay = Relay(web.https_port)
    gateway = many(relay)
    assert gateway.now().code == 0
    first, connections = len(asked(web, gateway)), relay.connections
    assert first == COUNT and connections == 1, "from the first night on"
    up, down = len(relay.sent_up), relay.bytes_down
    run = gateway.now()
    assert run.code == 0
    assert set(run.outcomes().values()) == {"unchanged"}
    lines = asked(web, gateway)[first:]
    assert len(lines) == COUNT, lines
    assert all(line.startswith("POST ") and " 200 " in line and "HTTP/2.0" in line for line in lines), lines
    assert relay.connections - connections == 1
    assert len(relay.sent_up) - up < 1000 + 400 * COUNT, "bytes up: the handshake, and some hundred for each"
    assert relay.bytes_down - down < 4000 + 600 * COUNT, "bytes down"


def test_all_questions_are_sent_before_the_first_answer(many, web):
    gate = Gate(web.https_port, passing=2500)  # the handshake and at most some first answers
    gate.opened.set()
    gateway = many(gate)
    assert gateway.now().code == 0
    before = len(asked(web, gateway))
    gate.opened.clear()
    process = gateway.start("now", "--json")
    try:
        wait_for(lambda: len(asked(web, gateway)) - before == COUNT, "a request from every connector")
        assert process.poll() is None
    finally:
        gate.opened.set()
    assert finish(process, True).code == 0


def test_a_check_asks_all_at_once_too(many, web):
    relay = Relay(web.https_port)
    gateway = many(relay)
    gateway.now()
    before, connections = len(asked(web, gateway)), relay.connections
    assert gateway.check().code == 0
    assert len(asked(web, gateway)) - before == COUNT and relay.connections - connections == 1


def test_all_connectors_ask_a_busy_server_again_over_few_connections(many, web):
    relay = Relay(web.http_port)
    gateway = many(relay, web.through(relay))
    gateway.configure("network", retries=1, retry_delay="10ms")
    assert gateway.now().code == 0
    before, asked_before = relay.connections, len(asked(web, gateway))
    relay.answers = [b""] * before + [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"] * COUNT
    run = gateway.now()
    assert run.code == 0, run
    assert set(run.outcomes().values()) == {"unchanged"}, run
    assert len(asked(web, gateway)) - asked_before == COUNT
    assert relay.connections - before - COUNT <= 6, "the second round shares the connections that a host is allowed"


def test_the_ca_file_is_read_once_for_all_connections(gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    gateway.connector("one", url=web.https)
    gateway.connector("two", url=lambda path: web.https(path).replace("localhost", "127.0.0.1"))
    trace = gateway.folder / "trace"
    run = gateway.run("now", "--json", wrapper=[tool("strace"), "-f", "-qq", "-e", "trace=openat,open,connect", "-o", str(trace)])
    assert run.code == 0
    lines = trace.read_text().splitlines()
    assert len([line for line in lines if str(web.authority.ca) in line]) == 1
    assert len([line for line in lines if f"htons({web.https_port})" in line]) >= 2, "two hosts, two connections"


def test_a_request_that_trusts_another_authority_gets_its_own_connection(gateway, web):
    """The second connector must not use the first one's TLS connection, because its owner trusts another authority."""
    gateway.configure("network", ca_file=str(web.authority.ca))
    gateway.connector("one", url=web.https)
    other = gateway.connector("two", url=web.https)
    other.git("config", "http.sslCAInfo", "/etc/ssl/certs/ca-certificates.crt")
    gateway.now("one")
    run = gateway.now()
    run.must("one", outcome="unchanged")
    run.must("two", outcome="failed")
    assert "certificate" in run["two"]["reason"] or "verif" in run["two"]["reason"].lower(), run


def test_downloads_of_several_connectors_overlap(gateway, web):
    gate = Gate(web.http_port, holds=lambda chunk: b"want " in chunk)
    try:
        meters = [gateway.connector(name, url=web.through(gate)) for name in ("one", "two", "three")]
        new = {meter.name: meter.push({"main.py": "print(2)\n"}) for meter in meters}
        process = gateway.start("now", "--json")
        try:
            wait_for(lambda: len(gate.asking) == 3, "three downloads under way")
            assert not (gateway.root / "one/main.py").exists(), "nothing is changed before its turn"
        finally:
            gate.opened.set()
        run = finish(process, True)
        assert run.code == 0, run
        assert {meter.name: meter.head for meter in meters} == new, run
    finally:
        gate.stop()


# The data budget


BLOB = {"data.bin": bytes(range(256)) * 16 + random.Random(6).randbytes(300_000)}


def budgeted(gateway: Gateway, web: Web, limit: str) -> Connector:
    meter = gateway.connector("meter", url=web.http)
    gateway.configure("network", max_bytes_per_day=limit)
    return meter


def test_a_download_beyond_the_days_limit_is_deferred_and_reported_with_the_numbers(gateway, web):
    meter = budgeted(gateway, web, "100KiB")
    old, new = meter.head, meter.push(BLOB)
    run = gateway.now()
    run.must("meter", code=0, outcome="deferred")
    assert re.search(r"[\d.]+ KiB of the daily limit of 100\.0 KiB", run["meter"]["reason"]), run
    assert "max-bytes-per-day" in run["meter"]["hint"]
    assert meter.head == old and meter.changes == ""
    gateway.status().must("meter", outcome="deferred")
    before = len(web.requests(meter.remote.bare))
    again = gateway.now()
    again.must("meter", outcome="deferred")
    lines = web.requests(meter.remote.bare)[before:]
    assert len(lines) == 1, f"it is asked, and nothing is begun: {lines}"
    data = gateway.state / "data"
    data.write_text(re.sub(r"\d{4}-\d\d-\d\d", "2026-01-01", data.read_text()))
    gateway.configure("network", max_bytes_per_day="10MiB")
    gateway.now().must("meter", outcome="updated")
    assert meter.head == new
    assert 300_000 < int(data.read_text().split()[-1]) < 400_000, "what this day took"


def test_a_named_connector_is_updated_above_the_days_limit(gateway, web):
    meter = budgeted(gateway, web, "1KiB")
    new = meter.push(BLOB)
    gateway.now("meter").must("meter", outcome="updated")
    assert meter.head == new
    assert int((gateway.state / "data").read_text().split()[-1]) > 300_000, "it is counted, too"


def test_a_day_without_downloads_writes_no_count_and_is_never_deferred(gateway, web):
    meter = budgeted(gateway, web, "1KiB")
    for _ in range(2):
        gateway.now().must("meter", outcome="unchanged")
    assert not (gateway.state / "data").exists()
    meter.push(BLOB)
    assert gateway.check().steps("meter") == ["fast_forward"], "a look is not held to the limit"
    assert not (gateway.state / "data").exists()


def test_a_rate_slows_a_download_down_and_it_arrives_whole(gateway, web, sshd):
    gateway.configure("network", max_rate="20MiB")
    gateway.environment["GIT_SSH_COMMAND"] = sshd.command()
    meters = [gateway.connector("http", url=web.http), gateway.connector("ssh", url=sshd.url)]
    new = [meter.push(BLOB) for meter in meters]
    assert set(gateway.now().outcomes().values()) == {"updated"}
    assert [meter.head for meter in meters] == new


# A quiet log


def test_with_quiet_noop_a_night_with_nothing_to_do_leaves_no_trace(gateway, web):
    meter = gateway.connector("meter", url=web.http)
    gateway.configure("logging", quiet_noop=True)
    assert gateway.now().code == 0
    first = gateway.log_lines()
    assert any("run finished" in line for line in first), "the first look at a connector is news"
    state = sorted((path.name, path.stat().st_mtime_ns) for path in gateway.state.iterdir())
    assert gateway.now().code == 0
    assert gateway.run("run").code == 0
    assert gateway.log_lines() == first
    assert sorted((path.name, path.stat().st_mtime_ns) for path in gateway.state.iterdir()) == state
    assert "are not logged (logging.quiet-noop)" in gateway.run("status").out
    meter.push({"main.py": "print(2)\n"})
    gateway.now()
    assert sum("run finished: 1 updated" in line for line in gateway.log_lines()) == 1


def test_with_quiet_noop_a_problem_still_names_when_it_was_last_seen(gateway):
    gateway.connector("meter")
    (gateway.root / "meter/gupfile").write_text("pyserial\n")
    gateway.configure("logging", quiet_noop=True)
    gateway.now()
    gateway.now()
    assert sum("run finished" in line for line in gateway.log_lines()) == 2


# Shallow clones


def test_a_new_clone_can_be_shallow_and_of_one_branch_and_stays_so(gateway, web):
    remote = gateway.remote("meter")
    for number in range(12):
        remote.push({"gupfile": "", "main.py": f"print({number})\n"})
    remote.push({"other.py": ""}, branch="side")
    remote.git("checkout", "-q", "main")
    gateway.configure("git", depth=1, single_branch=True)
    run = gateway.run("add", web.http(remote.bare), "--name", "meter", "--json")
    assert run.code == 0, run
    meter = Connector("meter", gateway.root / "meter", remote)
    assert meter.git("rev-parse", "--is-shallow-repository") == "true"
    assert meter.git("rev-list", "--count", "HEAD") == "1"
    assert meter.git("config", "--get-all", "remote.origin.fetch") == "+refs/heads/main:refs/remotes/origin/main"
    new = remote.push({"main.py": "print(99)\n"})
    gateway.now().must("meter", outcome="updated")
    assert meter.head == new
    assert meter.git("rev-parse", "--is-shallow-repository") == "true"
    assert meter.git("rev-list", "--count", "HEAD") == "2", "what is new, and not what was before"
    assert git("-C", meter.path, "branch", "-r").split() == ["origin/main"]
