# SPDX-License-Identifier: Apache-2.0
"""Self-update: a new agent is verified, tests itself, does a run, and is installed; no other file is ever executed."""
from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from archives import zipped
from releases import NEXT_AGENT, NEXT_VERSION, of_self_update, real_agents, tell_tale
from terminal import Terminal
from traces import fingerprints


@real_agents
@pytest.mark.parametrize("command", ["now", "run"])
def test_a_new_agent_finishes_the_run_and_takes_the_name(gateway, install, publisher, meter, command):
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    commit = meter.push({"main.py": "print(2)\n"})
    install.agent.chmod(0o754)
    run = gateway.run(command)
    assert run.code == 0, run
    assert meter.head == commit, run
    assert install.version == NEXT_VERSION
    assert install.agent.stat().st_mode & 0o777 == 0o754
    assert install.names == ["gup-agent", "gup-agent.previous"]
    assert subprocess.run([install.folder / "gup-agent.previous", "version"]).returncode == 0
    assert "trial" not in install.state and install.state["highest_serial"] == publisher.serial
    assert sum("run finished" in line for line in gateway.log_lines()) == 1


@real_agents
def test_it_waits_only_once(gateway, install, publisher, meter):
    gateway.configure("run", delay="1ms..2ms")
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    run = gateway.run("run", "-v")
    assert run.code == 0
    assert install.version == NEXT_VERSION
    assert run.err.count("waiting") == 1, run


@real_agents
def test_a_night_with_nothing_new_costs_one_small_request_and_no_write(gateway, install, publisher, meter, web):
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    assert gateway.now().code == 0
    assert gateway.now().code == 0  # the new agent's first look
    places = [gateway.state, install.folder]
    before, asked = [fingerprints(place) for place in places], len(web.requests(publisher.folder))
    assert gateway.now().code == 0
    assert [fingerprints(place) for place in places] == before
    requests = web.requests(publisher.folder)[asked:]
    assert len(requests) == 1 and "manifest.json 304 0" in requests[0], requests


REFUSED = {
    "unsigned": (lambda p, k: p.signature.unlink(), "the manifest is not signed"),
    "no signature": (lambda p, k: p.signature.write_text("<html>no</html>"), "not a minisign signature"),
    "another key": (lambda p, k: p.change(key=k[1]), "the manifest has an unknown signer"),
    "changed": (lambda p, k: p.manifest.write_text(p.manifest.read_text().replace("1.0.0", "1.0.1")), "does not match"),
    "another comment": (lambda p, k: p.signature.write_text(p.signature.read_text().replace("serial", "SERIAL")),
                        "does not match"),
    "expired": (lambda p, k: p.change(expires="2026-01-01T00:00:00Z"), "the manifest expired at 2026-01-01T00:00:00Z"),
    "older version": (lambda p, k: p.change(version="0.0.1"), "older than this agent"),
    "another target": (lambda p, k: p.change(targets={}), "but not for"),
    "larger": (lambda p, k: p.change_file(size=7), "bytes instead of 7"),
    "another hash": (lambda p, k: p.change_file(sha256="0" * 64), "has the wrong hash"),
    "no serial": (lambda p, k: p.change(serial=None), "the manifest has no serial"),
    "another schema": (lambda p, k: p.change(schema=2), "schema must be 1"),
    "a path": (lambda p, k: p.change_file(file="../x"), "a file name without folders"),
    "not there": (lambda p, k: p.change_file(file="x"), "answered 404"),
    "no manifest": (lambda p, k: p.manifest.unlink(), "manifest.json answered 404"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_release_is_reported_and_never_executed(gateway, install, publisher, meter, keys, case):
    publisher.release("1.0.0", tell_tale(install))
    change, message = REFUSED[case]
    change(publisher, keys)
    commit = meter.push({"main.py": "print(2)\n"})
    run = gateway.now()
    assert run.code == 0, run
    assert meter.head == commit, run  # the run continues with the installed agent
    said = of_self_update(gateway)
    assert len(said) == 1 and message in said[0], gateway.log_lines()
    assert not install.mark.exists() and install.is_original
    assert "gup-agent.previous" not in install.names and ".gup-agent.new" not in install.names


def test_a_manifest_from_before_is_refused(gateway, install, publisher, meter):
    publisher.release("0.1.0", tell_tale(install), serial=2_000_000_000)
    assert gateway.now().code == 0
    assert install.state["highest_serial"] == 2_000_000_000
    publisher.release("1.0.0", tell_tale(install), serial=1_999_999_999)
    for _ in range(2):
        assert gateway.now().code == 0
    said = of_self_update(gateway)
    assert len(said) == 2 and all("serial 1999999999 is older than 2000000000" in line for line in said), said
    assert not install.mark.exists() and install.is_original


def test_a_clock_that_went_back_judges_no_expiry_date(gateway, install, publisher, meter):
    publisher.release("1.0.0", tell_tale(install))
    (gateway.state / "self-update.json").write_text(json.dumps(
        {"schema": 1, "highest_serial": 1, "newest_created": 4102444800, "refused": []}))
    assert gateway.now().code == 0
    said = of_self_update(gateway)
    assert len(said) == 1 and "2100-01-01T00:00:00Z has passed: the agent cannot tell whether the manifest has expired" in said[0]
    assert not install.mark.exists() and install.is_original


def test_a_server_that_cannot_be_reached_costs_a_warning(gateway, install, meter):
    gateway.configure("self-update", url="http://127.0.0.1:9/manifest.json")
    run = gateway.now()
    run.must("meter", code=0, outcome="unchanged")
    assert len(of_self_update(gateway)) == 1


@real_agents
def test_a_download_that_was_cut_goes_on_the_next_night(gateway, install, publisher, meter, web, relay):
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    slow = relay(web.http_port)
    slow.cut_after = 1_000_000
    gateway.configure("network", retries=0)
    gateway.configure("self-update", url=web.files(publisher.folder).replace(str(web.http_port), str(slow.port)) + "manifest.json")
    run = gateway.now()
    assert run.code == 0, run
    assert install.is_original, run
    there = (install.folder / ".gup-agent.part").stat().st_size
    assert there > 0  # the kernel decides how much a cut connection still delivers
    slow.cut_after = None
    assert gateway.now().code == 0
    assert install.version == NEXT_VERSION
    last = [line for line in web.requests(publisher.folder) if "gup-agent-" in line][-1]
    assert " 206 " in last and f" {NEXT_AGENT.stat().st_size - there} " in last, last


@real_agents
def test_keys_are_rotated_from_end_to_end(gateway, install, publisher, meter, keys):
    first, second = keys
    publisher.release("0.1.0", NEXT_AGENT)
    assert gateway.now().code == 0
    assert of_self_update(gateway) == []
    install.trust(first, second)                       # 1. every gateway learns the new key
    publisher.release("0.1.0", NEXT_AGENT, key=second)  # 2. releases are signed with it
    assert gateway.now().code == 0
    assert of_self_update(gateway) == []
    install.trust(second)                              # 3. the old key is forgotten
    publisher.release(NEXT_VERSION, NEXT_AGENT, key=first)
    assert gateway.now().code == 0
    assert install.is_original
    assert "the manifest has an unknown signer" in of_self_update(gateway)[0]
    publisher.release(NEXT_VERSION, NEXT_AGENT, key=second)
    assert gateway.now().code == 0
    assert install.version == NEXT_VERSION


@real_agents
def test_a_lost_key_is_replaced_by_the_spare_one(gateway, install, publisher, meter, keys):
    lost, spare = keys
    install.trust(lost, spare)
    publisher.release(NEXT_VERSION, NEXT_AGENT, key=spare)
    assert gateway.now().code == 0
    assert install.version == NEXT_VERSION
    # A lost key is useless once the configuration no longer names it.
    install.trust(spare)
    publisher.release("100.0.0", tell_tale(install), key=lost)
    assert gateway.now().code == 0
    assert install.version == NEXT_VERSION
    assert not install.mark.exists()


def test_check_names_the_new_release_and_changes_nothing(gateway, install, publisher, meter):
    publisher.release("1.0.0", tell_tale(install))
    before = fingerprints(gateway.folder)
    check = gateway.run("self-update", "--check", "--json")
    assert check.code == 10
    assert check.document["offered"] == "1.0.0"
    assert check.document["result"] == "available"
    publisher.release("0.1.0", tell_tale(install))
    assert gateway.run("self-update", "--check").code == 0
    publisher.signature.unlink()
    refused = gateway.run("self-update", "--check")
    assert refused.code == 1
    assert "not signed" in refused.out
    after = fingerprints(gateway.folder)
    assert {path: seen for path, seen in after.items() if "publisher" not in path} == \
           {path: seen for path, seen in before.items() if "publisher" not in path}


@real_agents
def test_a_person_can_start_a_self_update(gateway, install, publisher, meter):
    behind = meter.head
    meter.push({"main.py": "print(2)\n"})
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    run = gateway.run("self-update")
    assert run.code == 0, run
    assert install.version == NEXT_VERSION, run
    assert meter.head == behind  # only now and run update connectors
    assert gateway.run("self-update", "--json").document["result"] == "up_to_date"


@real_agents
def test_a_new_agent_that_a_person_installs_asks_the_archives_of_sources_too(gateway, install, publisher, meter, web, folder):
    archive = folder / "served/app.zip"
    archive.parent.mkdir()
    archive.write_bytes(zipped({"main.py": "1\n"}))
    connector = gateway.declare("app", source=web.under("files", archive))
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    run = gateway.run("self-update")
    assert run.code == 0, run
    assert install.version == NEXT_VERSION and "trial" not in install.state, run
    assert any("GET" in line or "HEAD" in line for line in web.requests(archive.parent)), "it was asked"
    assert not connector.exists()


def test_self_test_names_the_version_and_changes_nothing(gateway, install, meter):
    before = fingerprints(gateway.folder)
    run = gateway.run("self-test")
    assert run.code == 0, run
    assert run.out.splitlines()[0] == f"gup-agent {install.version}", run
    assert fingerprints(gateway.folder) == before


def test_self_test_needs_a_ca_file(gateway, install):
    gateway.configure("network", ca_file=str(gateway.folder / "nothing"))
    run = gateway.run("self-test")
    assert run.code == 1, run
    assert "TLS" in run.err, run


@pytest.mark.parametrize("settings, message", [
    ({"public_keys": []}, "public-keys is empty"), ({"public_keys": ["RWnonsense"]}, "minisign public keys"),
    ({"url": "ftp://example.org/manifest.json"}, "http or https URL"), ({"url": "https://example.org/m?x=1"}, "http or https")])
def test_invalid_settings_are_refused(gateway, install, settings, message):
    gateway.configure("self-update", **settings)
    run = gateway.run("now")
    assert run.code == 2, run
    assert message in run.err, run


def test_self_update_without_a_url_names_the_missing_key(gateway, install):
    gateway.configure("self-update", url=None)
    run = gateway.run("self-update")
    assert run.code == 2, run
    assert "self-update.url is not set" in run.err, run


def test_a_damaged_memory_is_replaced(gateway, install, publisher, meter):
    publisher.release("0.1.0", tell_tale(install))
    (gateway.state / "self-update.json").write_text("{")
    assert gateway.now().code == 0
    assert install.state["highest_serial"] == publisher.serial


def test_a_server_cannot_make_the_memory_too_long_to_be_read_again(gateway, install, publisher, meter):
    class Chatty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (publisher.folder / self.path.strip("/")).read_bytes()
            self.send_response(200)
            for name, value in {"Content-Length": len(body), "ETag": "\x01" * 90_000, "Last-Modified": "\x01" * 90_000}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    publisher.release(install.version, b"the same")
    with ThreadingHTTPServer(("127.0.0.1", 0), Chatty) as server:
        threading.Thread(target=server.serve_forever).start()
        gateway.configure("self-update", url=f"http://127.0.0.1:{server.server_port}/manifest.json")
        for _ in range(2):
            assert gateway.now().code == 0
        server.shutdown()
    assert install.state["highest_serial"] == publisher.serial
    assert not [line for line in gateway.log_lines() if "starting again" in line]


def test_a_self_update_tells_its_steps(gateway, web, relay, key):
    line = relay(web.http_port)
    line.stall_after = 0
    gateway.configure("self-update", url=f"http://127.0.0.1:{line.port}/manifest.json", public_keys=[key.public])
    for words in (["now"], ["self-update"]):
        with Terminal(gateway, *words) as terminal:
            terminal.wait_for(r"gup-agent: asking its server \(\d+ s\)")
            terminal.press_ctrl_c()
            shown = terminal.end()
        assert "asking its server" not in shown, shown
