# SPDX-License-Identifier: Apache-2.0
"""git over HTTP: TLS, redirects, proxies, bad servers, bad lines."""
from __future__ import annotations

import os
import time

import pytest

from completed import Has

ANSWER_503 = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def big(connector) -> str:
    """Pushes a commit with a pack of about 400 KB."""
    return connector.push({"big.bin": os.urandom(400_000)})


def temporary_packs(connector) -> list[str]:
    packs = connector.path / ".git/objects/pack"
    return [file.name for file in packs.iterdir()
            if not (file.name.startswith("pack-") and file.suffix in (".pack", ".idx"))]


def test_fast_forward_over_http(gateway, web):
    connector = gateway.connector("meter", url=web.http)
    new = big(connector)
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert connector.head == new and connector.changes == "" and connector.git("fsck") == ""


def test_fast_forward_over_https_with_an_own_ca(gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    connector = gateway.connector("meter", url=web.https)
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_the_certificate_of_an_ip_address_is_accepted(gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    connector = gateway.connector("meter", url=lambda path: web.https(path).replace("localhost", "127.0.0.1"))
    new = connector.push({"new": "1\n"})
    gateway.now().must("meter", outcome="updated")
    assert connector.head == new


def test_the_ca_file_may_come_from_the_environment(gateway, web):
    connector = gateway.connector("meter", url=web.https)
    new = connector.push({"new": "1\n"})
    run = gateway.now(env={"SSL_CERT_FILE": str(web.authority.ca)})
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_the_ca_file_may_come_from_the_git_configuration(gateway, web):
    connector = gateway.connector("meter", url=web.https)
    new = connector.push({"new": "1\n"})
    connector.git("config", "http.sslCAInfo", web.authority.ca)
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_an_unknown_ca_is_refused_with_a_hint(gateway, web):
    connector = gateway.connector("meter", url=web.https)
    connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="failed")
    assert "certificate" in run["meter"]["reason"].lower() and "ca-file" in run["meter"]["hint"], run
    assert not (connector.path / "new").exists()


def test_a_night_with_nothing_to_do_is_one_request_a_repository(gateway, web):
    connectors = [gateway.connector(f"meter-{number}", url=web.http) for number in range(3)]
    for night in (1, 2):
        run = gateway.now()
        assert set(run.outcomes().values()) == {"unchanged"}, run
        for connector in connectors:
            requests = web.requests(connector.remote.bare)
            assert len(requests) == night and all(line.startswith("POST ") for line in requests), requests


def test_check_asks_as_a_night_does_and_keeps_nothing_of_it(gateway, web):
    connector = gateway.connector("meter", url=web.http)
    for _ in range(2):
        assert gateway.check().code == 0
    assert [line.split()[0] for line in web.requests(connector.remote.bare)] == ["POST"] * 2
    gateway.now()
    gateway.check()
    assert [line.split()[0] for line in web.requests(connector.remote.bare)] == ["POST"] * 4
    assert not (gateway.state / "servers").exists()


def test_a_server_that_speaks_only_the_old_protocol_is_asked_for_that(gateway, web):
    connector = gateway.connector("meter", url=lambda path: web.under("old", path))
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new
    before = len(web.requests(connector.remote.bare))
    gateway.now().must("meter", outcome="unchanged")
    assert [line.split()[0] for line in web.requests(connector.remote.bare)[before:]] == ["POST", "GET"]


def test_the_list_of_servers_of_an_older_agent_is_not_read(gateway, web):
    connector = gateway.connector("meter", url=web.http)
    gateway.state.mkdir(parents=True, exist_ok=True)
    (gateway.state / "servers").write_text("\0 no list of servers\n" * 10000)
    gateway.now().must("meter", outcome="unchanged")
    assert [line.split()[0] for line in web.requests(connector.remote.bare)] == ["POST"]


def test_repositories_of_one_server_share_a_connection(gateway, web, relay):
    gateway.configure("network", ca_file=str(web.authority.ca))
    shared = relay(web.https_port)
    for number in range(6):
        gateway.connector(f"meter-{number}",
                          url=lambda path: web.https(path).replace(f":{web.https_port}/", f":{shared.port}/"))
    run = gateway.now()
    assert set(run.outcomes().values()) == {"unchanged"}, run
    assert shared.connections == 1


def test_a_repository_that_the_server_does_not_have_fails_without_a_retry(gateway, web):
    gateway.configure("network", retries=3)
    connector = gateway.connector("meter", url=lambda path: web.http(path) + "-missing")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed")
    assert "404" in run["meter"]["reason"] or "not found" in run["meter"]["reason"], run
    requests = web.requests(str(connector.remote.bare.name) + "-missing")
    assert [line.split()[0] for line in requests] == ["POST", "GET"], "each question once"


def test_a_server_error_that_passes_is_tried_again(gateway, web, relay):
    bad = relay(web.http_port)
    bad.answers = [ANSWER_503, ANSWER_503]
    gateway.configure("network", retries=2)
    connector = gateway.connector("meter", url=web.through(bad))
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert connector.head == new
    assert bad.connections >= 3


def test_a_server_error_that_stays_fails_after_the_retries(gateway, web, relay):
    bad = relay(web.http_port)
    bad.answers = [ANSWER_503] * 10
    gateway.configure("network", retries=2)
    gateway.connector("meter", url=web.through(bad))
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("503"))
    assert bad.connections == 3


def test_a_redirect_is_followed(gateway, web):
    connector = gateway.connector("meter", url=lambda path: web.under("moved", path))
    new = big(connector)
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new
    assert connector.git("remote", "get-url", "origin") == web.under("moved", connector.remote.bare)


def test_a_page_instead_of_a_repository_is_named(gateway, web):
    connector = gateway.connector("meter", url=lambda path: web.under("page", path))
    run = gateway.now()
    run.must("meter", outcome="failed")
    assert "text/html" in run["meter"]["reason"] or "not a git" in run["meter"]["reason"], run
    assert connector.changes == ""


def test_a_server_that_says_nothing_hits_the_low_speed_limit(gateway, web, relay):
    bad = relay(web.http_port)
    bad.stall_after = 0
    gateway.configure("network", retries=0, low_speed_time="1s")
    gateway.connector("meter", url=web.through(bad))
    start = time.monotonic()
    run = gateway.now(timeout=60)
    run.must("meter", code=4, outcome="failed")
    assert time.monotonic() - start < 28, "the default limit is 30 s"


def test_a_server_that_stalls_in_the_middle_of_a_pack_hits_the_low_speed_limit(gateway, web, relay):
    bad = relay(web.http_port)
    bad.stall_after = 100_000
    gateway.configure("network", retries=0, low_speed_time="1s")
    connector = gateway.connector("meter", url=web.through(bad))
    head = connector.head
    big(connector)
    start = time.monotonic()
    run = gateway.now(timeout=60)
    run.must("meter", outcome="failed")
    assert time.monotonic() - start < 28
    assert connector.head == head and connector.changes == "" and temporary_packs(connector) == []


def test_a_server_that_is_slow_for_ever_hits_the_total_limit(gateway, web, relay):
    bad = relay(web.http_port)
    gateway.configure("network", retries=0, total_timeout="2s", low_speed_time="30s")
    connector = gateway.connector("meter", url=web.through(bad))
    big(connector)
    bad.delay = 0.7
    start = time.monotonic()
    run = gateway.now(timeout=30)
    run.must("meter", outcome="failed")
    assert time.monotonic() - start < 15
    assert not (connector.path / "big.bin").exists()


def test_a_connection_cut_in_the_middle_of_a_pack_is_tried_again(gateway, web, relay):
    bad = relay(web.http_port)
    bad.cut_after, bad.cuts = 100_000, 1
    connector = gateway.connector("meter", url=web.through(bad))
    new = big(connector)
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.changes == "" and connector.git("fsck") == ""
    assert temporary_packs(connector) == []


def test_a_connection_that_is_always_cut_leaves_everything_as_it_was(gateway, web, relay):
    bad = relay(web.http_port)
    bad.cut_after = 100_000
    connector = gateway.connector("meter", url=web.through(bad))
    before, head = connector.snapshot(), connector.head
    big(connector)
    run = gateway.now()
    run.must("meter", outcome="failed")
    assert (connector.snapshot(), connector.head) == (before, head)
    assert temporary_packs(connector) == []


@pytest.mark.parametrize("setting", ["environment", "git configuration", "agent configuration"])
def test_a_proxy_is_used(gateway, web, proxy, setting):
    gateway.configure("network", ca_file=str(web.authority.ca))
    connector = gateway.connector("meter", url=web.https)
    new = connector.push({"new": "1\n"})
    one = proxy()
    env = {}
    if setting == "environment":
        env["https_proxy"] = f"http://127.0.0.1:{one.port}"
    elif setting == "git configuration":
        (gateway.home / ".gitconfig").write_text(f"[http]\n\tproxy = http://127.0.0.1:{one.port}\n")
    else:
        gateway.configure("network", proxy=f"http://127.0.0.1:{one.port}")
    run = gateway.now(env=env)
    run.must("meter", outcome="updated")
    assert connector.head == new
    assert one.requests and one.requests[0].startswith(f"CONNECT localhost:{web.https_port} "), one.requests


def test_a_proxy_for_plain_http_is_used_except_for_no_proxy(gateway, web, proxy):
    one = proxy()
    gateway.connector("meter", url=web.http)
    env = {"http_proxy": f"http://127.0.0.1:{one.port}"}
    assert gateway.now(env=env).code == 0
    assert len(one.requests) == 1 and one.requests[0].startswith("POST http://127.0.0.1:"), one.requests
    assert gateway.now(env={**env, "no_proxy": "127.0.0.1,localhost"}).code == 0
    assert len(one.requests) == 1


def test_the_password_of_a_proxy_is_sent_to_the_proxy_alone(gateway, web, proxy):
    one = proxy("Basic cHJveHk6cHIweHktczNjcmV0")  # proxy:pr0xy-s3cret
    gateway.connector("meter", url=web.http)
    for password, code in (("pr0xy-s3cret", 0), ("pr0xy-wr0ng", None)):
        gateway.configure("network", proxy=f"http://proxy:{password}@127.0.0.1:{one.port}")
        run = gateway.now("-v")
        assert run.code == code if code is not None else run.code in (1, 4), run
        for text in (run.out, run.err, gateway.log.read_text()):
            assert password not in text


def test_a_proxy_that_is_down_makes_everything_unreachable(gateway, web):
    gateway.connector("meter", url=web.http)
    run = gateway.now(env={"http_proxy": "http://127.0.0.1:9"})
    assert run.code == 4, run
